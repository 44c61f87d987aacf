"""Sign-ins on another device (RFC 8628): the codes given out, what a person said, and what a poll is told. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.sandbox.oauth.asking import Refused
from penstock.sandbox.oauth.grants import Granted
from penstock.sandbox.state import Ids

LIFETIME_S = 900.0
INTERVAL_S = 5.0
SLOWER_BY_S = 5.0  # RFC 8628 §3.5
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so that no code is a word (RFC 8628 §6.1)


@dataclass(slots=True)
class Device:
    """A device that waits. `allowed` is None until a person says so or not."""

    user_code: str
    granted: Granted
    until: float
    interval_s: float = INTERVAL_S
    next_at: float = 0.0
    allowed: bool | None = None
    is_used: bool = False


class Devices:
    """Keep one vendor's devices."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._waiting: dict[str, Device] = {}
        self._by_user_code: dict[str, Device] = {}

    def add(self, granted: Granted, now: float) -> tuple[str, Device]:
        """Return a new device_code and its record."""
        text = f"device-{self._ids.text(40)}"
        letters = self._ids.text(8, _LETTERS)
        device = Device(f"{letters[:4]}-{letters[4:]}", granted, now + LIFETIME_S)
        self._waiting[text] = self._by_user_code[device.user_code] = device
        return text, device

    def find(self, device_code: str) -> Device | None:
        """Return the device of a device_code."""
        return self._waiting.get(device_code)

    def find_typed(self, text: str, now: float) -> Device | None:
        """Return the device whose code a person typed, however written; None where none waits for an answer."""
        letters = "".join(letter for letter in text.upper()[:40] if letter in _LETTERS)
        device = self._by_user_code.get(f"{letters[:4]}-{letters[4:]}")
        return device if device and device.allowed is None and now < device.until else None

    def poll(self, device_code: str, now: float) -> Granted:
        """Return what was allowed, once. Raises Refused until then, and where the device asks too often."""
        device = self._waiting.get(device_code)
        if device is None or device.is_used:
            raise Refused("invalid_grant", "device", "There is no such device_code, or it has served.")
        if now >= device.until:
            raise Refused("expired_token", "device", "The code was not typed in time.")
        if device.allowed is False:
            raise Refused("access_denied", "device", "The person declined.")
        if now < device.next_at:
            device.interval_s += SLOWER_BY_S
            device.next_at = now + device.interval_s
            text = "The device asks too often."
            raise Refused("slow_down", "device", text, interval_s=device.interval_s)
        device.next_at = now + device.interval_s
        if device.allowed is None:
            raise Refused("authorization_pending", "device", "The code has not been typed yet.")
        device.is_used = True
        return device.granted
