"""A sign-in as the person who does it sees it: where to go, how it stands, and which way can work here."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from penstock.errors import SignInNeeded, UsageError
from penstock.keeping import Keeping
from penstock.redact import Secret
from penstock.signing import SigningWay

_LOOK_EVERY_S = 0.25
_ELSEWHERE = (
    "JUPYTERHUB_USER",
    "JUPYTERHUB_API_TOKEN",
    "BINDER_SERVICE_HOST",
    "BINDER_LAUNCH_HOST",
    "COLAB_RELEASE_TAG",
    "CODESPACES",
    "SSH_CONNECTION",
    "KUBERNETES_SERVICE_HOST",
)


def is_browser_elsewhere(environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether the person's browser is on another machine: a hub, a container, a shell over the network."""
    return any(environ.get(name) for name in _ELSEWHERE) or Path("/.dockerenv").exists()


def choose_via(way: SigningWay, via: str | None, *, is_elsewhere: bool) -> str:
    """Return how a sign-in is done: "loopback" where the browser is here, else "device" where offered, else "paste"."""
    if way.kind == "client":
        return "none"
    can = {"loopback": way.can_browse, "paste": way.can_browse, "device": way.can_device}
    if via is None:
        order = ("device", "paste") if is_elsewhere else ("loopback", "device")
        via = next((name for name in order if can[name]), "paste")
    if not can.get(via):
        offered = ", ".join(name for name, is_offered in can.items() if is_offered)
        raise UsageError(f"This sign-in cannot be done by {via!r}.", hint=f"There are: {offered or 'none'}.")
    return via


class SignInUnderWay:
    """A sign-in that was begun. Codes and tokens are with the keeper of the vault; here is what a person needs."""

    def __init__(
        self, keeping: Keeping, name: str, begun: Mapping[str, Any], ended: Callable[[], None]
    ) -> None:
        self._keeping, self._ended, self.name = keeping, ended, name
        self._id = str(begun["id"])
        self.via: str = begun["via"]
        self.address: str = begun["address"]
        self.whole_address: str | None = begun["whole_address"]
        self.user_code: str | None = begun["user_code"]
        self.expires_at: float | None = begun["expires_at"]
        self._last: tuple[str, str] = ("waiting", "")

    @classmethod
    def ended(cls, keeping: Keeping, name: str, why: str) -> SignInUnderWay:
        """Return one that needed nobody and is over; `why` it failed, "" where it did not."""
        begun = dict.fromkeys(("id", "whole_address", "user_code", "expires_at"))
        made = cls(keeping, name, {**begun, "via": "none", "address": ""}, lambda: None)
        made._last = ("failed", why) if why else ("finished", "Signed in.")
        return made

    def state(self) -> tuple[str, str]:
        """Return "waiting", "finished" or "failed", and why."""
        if self._last[0] == "waiting":
            found = self._keeping.ask("sign_in_state", id=self._id)
            self._last = found["state"], found["message"]
            if self._last[0] != "waiting":
                self._ended()
        return self._last

    def answer(self, text: str | Secret) -> None:
        """Hand over the address the browser ended on. Raises UsageError where it is not this sign-in's answer."""
        answer = text if isinstance(text, Secret) else Secret(text)
        self._keeping.ask("answer_sign_in", id=self._id, answer=answer)

    def cancel(self) -> None:
        """Give it up; nothing is stored."""
        if self._last[0] == "waiting":
            self._keeping.ask("cancel_sign_in", id=self._id)
            self.state()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, and say whether it did. Raises SignInNeeded where it failed."""
        pause = threading.Event()
        left_s = float("inf") if timeout is None else timeout
        while (found := self.state())[0] == "waiting":
            if left_s <= 0:
                return False
            pause.wait(min(_LOOK_EVERY_S, left_s))
            left_s -= _LOOK_EVERY_S
        if found[0] == "failed":
            raise SignInNeeded(f"The sign-in of {self.name} failed: {found[1]}", hint="Start it again.")
        return True

    def say(self) -> str:
        """Return what the person has to do, as text."""
        if self.via == "none":
            return f"{self.name} asks for its tokens by itself; nobody has to sign in."
        if self.via == "device":
            return f"On any device, open {self.address} and enter the code {self.user_code}"
        there = self.whole_address or self.address
        if self.via == "paste":
            return f"Open this address and agree; then paste the address you end on, even if it does not load:\n\n{there}\n"
        return f"Open this address in a browser on this machine and agree:\n\n{there}\n"

    def __repr__(self) -> str:
        return f"<SignIn of {self.name} by {self.via}, {self._last[0]}>"
