"""Sealed bundles: some credentials of a vault as a text that opens with a key of its own, until a time.

It is a vault's file in small (a vid, a vault key and one key slot of its own), written as one line to paste or to
keep in a CI system. The time is kept by whoever opens it with Penstock; no cryptography makes a text forget.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from penstock.clock import Clock, SystemClock, utc
from penstock.errors import SealExpired, VaultDamaged
from penstock.redact import Secret
from penstock.vault.contents import Contents
from penstock.vault.envelope import KEY_BYTES, HiddenKey, VaultKeys
from penstock.vault.format import parse_image, verify
from penstock.vault.kdf import KdfPolicy
from penstock.vault.keys import make_slot, open_header
from penstock.vault.records import Credential, Entry, KdfCost, Record, SlotKind
from penstock.vault.ways import KeyWay, read_key_file

_PREFIX = "penstock-sealed-1."


@dataclass(frozen=True, slots=True)
class Sealed:
    """A bundle: `text` may lie about, `key` opens it and goes another way. `expires`: wall seconds."""

    text: str
    key: Secret
    expires: int


def seal(
    contents: Contents,
    records: Sequence[Record],
    expires: int,
    now: float,
    leave_out: Mapping[bytes, Collection[str]] | None = None,
) -> Sealed:
    """Return a bundle with these records and nothing else of the vault; of some, not every field (by record id)."""
    keys = VaultKeys(os.urandom(16), HiddenKey(os.urandom(KEY_BYTES)))
    opener = Secret(base64.b64encode(os.urandom(KEY_BYTES)).decode())
    way = KeyWay(SlotKind.KEY_FILE, read_key_file(opener))
    slot = make_slot(keys, way, KdfCost(0, 0, 0), expires=expires)
    image = contents.rekeyed(keys, [slot], records, int(now), leave_out).image
    return Sealed(_PREFIX + base64.urlsafe_b64encode(image.raw).decode(), opener, expires)


class SealedBundle:
    """An opened bundle: read it like a vault, as long as its time lasts."""

    def __init__(self, contents: Contents, expires: int, clock: Clock) -> None:
        self._contents, self._clock = contents, clock
        self.expires = expires

    def _believed(self) -> Contents:
        _check_time(self.expires, self._contents.image.header.created, self._clock)
        return self._contents

    def list(self) -> tuple[Entry, ...]:
        """Return what is in it; never a secret."""
        return self._believed().entries()

    def get(self, integration: str, account: str) -> Credential:
        """Return an account's credential."""
        return self._believed().credential(integration, account)

    def __repr__(self) -> str:
        return f"<SealedBundle of {len(self._contents.image.records)}, until {utc(self.expires):%Y-%m-%d %H:%M} UTC>"


def open_sealed(text: str, key: Secret, *, clock: Clock | None = None) -> SealedBundle:
    """Open a bundle; raises WrongPassword, VaultDamaged or SealExpired."""
    clock = clock or SystemClock()
    packed = "".join(text.split())  # pasted text comes with line ends
    if not packed.startswith(_PREFIX):
        raise VaultDamaged("The text is no sealed bundle.", hint=f"One begins with {_PREFIX}")
    try:
        raw = base64.b64decode(packed[len(_PREFIX) :], altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise VaultDamaged("The sealed bundle was not copied whole.", hint="Copy it again.") from None
    image = parse_image(raw, KdfPolicy())
    slot, keys = open_header(image.header, KeyWay(SlotKind.KEY_FILE, read_key_file(key)))
    contents = Contents(verify(image, keys), keys)
    if slot.expires is None:
        raise VaultDamaged("The sealed bundle has no time at which it ends.", hint="Seal a new one.")
    _check_time(slot.expires, image.header.created, clock)
    return SealedBundle(contents, slot.expires, clock)


def _check_time(expires: int, created: int, clock: Clock) -> None:
    now = clock.wall()
    if now >= expires:
        raise SealExpired(f"The sealed bundle ended at {utc(expires):%Y-%m-%d %H:%M} UTC.")
    if now < created - 86_400:  # a clock set back would make it last
        raise SealExpired(
            f"This machine's clock says {utc(now):%Y-%m-%d}, before the bundle was sealed.",
            hint="Set the clock right.",
        )
