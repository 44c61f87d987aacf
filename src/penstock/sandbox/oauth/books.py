"""What one vendor's sign-ins share: its flows, what was given, who waits, and for how long tokens hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from penstock.sandbox.oauth.asking import Refused
from penstock.sandbox.oauth.devices import Devices
from penstock.sandbox.oauth.facts import CODE, Flow, choose_flow
from penstock.sandbox.oauth.grants import Granted, Grants
from penstock.sandbox.oauth.trouble import Trouble

MOST_SCOPES = 200
_LONGEST_SCOPES = 8000


@dataclass(slots=True)
class Books:
    """Hold them. `base` has the sandbox's base parameters; `find_trouble` says what goes wrong on purpose now."""

    name: str
    flows: tuple[Flow, ...]
    grants: Grants
    devices: Devices
    base: Mapping[str, str]
    find_trouble: Callable[[], Trouble | None]

    def default(self, index: int | None) -> Flow:
        """Return the flow an address stands for. Raises UnknownName."""
        return choose_flow(self.flows, self.name, index)

    def find(self, grant: str, index: int | None) -> Flow | None:
        """Return the flow with this grant that an address stands for, the first where it stands for all."""
        fitting = [flow for flow in self.flows if flow.scheme.grant == grant and index in (None, flow.index)]
        if grant == CODE and index is None and fitting:
            return self.default(None)
        return fitting[0] if fitting else None

    def lifetime_s(self, granted: Granted) -> float | None:
        """Return for how long an access token given now holds, None for ever."""
        trouble = self.find_trouble()
        if trouble is not None and trouble.lifetime_s is not None:
            return trouble.lifetime_s
        return None if granted.is_endless else granted.flow.scheme.access_token_lifetime_s


def read_scopes(text: str | None, flow: Flow) -> tuple[str, ...]:
    """Return the scopes asked for; without any the scheme's own, as a service gives what the app has. Raises Refused."""
    if not text:
        return flow.scheme.scopes
    if len(text) > _LONGEST_SCOPES or not text.isprintable():
        raise Refused("invalid_scope", "scope", "The scopes cannot be read.")
    parts = text.replace(",", " ").split() if "," in flow.scheme.separator else text.split()
    if len(parts) > MOST_SCOPES:
        raise Refused("invalid_scope", "scope", "There are too many scopes.")
    return tuple(dict.fromkeys(parts))
