"""What a vendor has given to whom: codes, refresh tokens, access tokens, and what ends them. Time is an argument.

The rules: a code serves once, and serving twice ends what it gave (RFC 6749 §4.1.2). A refresh token that rotates serves
once, and serving twice ends the whole grant (RFC 9700 §4.14.2). What has ended is remembered, to be refused as that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from penstock.sandbox.oauth.facts import Flow
from penstock.sandbox.state import Ids

CODE_LIFETIME_S = 60.0


@dataclass(slots=True)
class Granted:
    """One consent and everything it gave. `refresh_until` is None where the refresh token has no end."""

    flow: Flow
    account: str
    scopes: tuple[str, ...]
    is_offline: bool
    is_public: bool = False
    is_endless: bool = False  # the exchange asked for a token that never expires
    redirect_uri: str = ""
    refresh_token: str | None = None
    refresh_until: float | None = None
    before: str | None = None  # the refresh token before this one, while both are taken
    access_tokens: list[str] = field(default_factory=list)
    is_ended: bool = False


@dataclass(slots=True)
class Code:
    """What a person allowed, until a client fetches it."""

    granted: Granted
    until: float
    challenge: str | None
    is_used: bool = False


class Grants:
    """Keep one vendor's grants. `spell` writes an access token for an account as this vendor's look."""

    def __init__(self, ids: Ids, spell: Callable[[str], str]) -> None:
        self._ids, self._spell = ids, spell
        self._codes: dict[str, Code] = {}
        self._refreshing: dict[str, Granted] = {}  # refresh token, used ones too
        self._access: dict[str, tuple[Granted, float | None]] = {}
        self._dead: set[str] = set()

    def add_code(self, granted: Granted, challenge: str | None, now: float) -> str:
        """Return a new code for what a person allowed."""
        text = f"code-{self._ids.text(32)}"
        self._codes[text] = Code(granted, now + CODE_LIFETIME_S, challenge)
        return text

    def find_code(self, text: str) -> Code | None:
        """Return a code's record, whatever became of it."""
        return self._codes.get(text)

    def use_code(self, text: str, now: float) -> Code | None:
        """Take a code in; None where it was used before, which ends what it gave, or is too old."""
        code = self._codes.get(text)
        if code is None:
            return None
        if code.is_used:
            self.end(code.granted)
            return None
        code.is_used = True
        return code if now < code.until else None

    def add_access(self, granted: Granted, now: float, lifetime_s: float | None) -> str:
        """Return a new access token; the ones before it die where a refresh ends them."""
        if granted.flow.scheme.ends_old:
            self._dead.update(granted.access_tokens)
            granted.access_tokens.clear()
        text = granted.flow.spell(self._spell(granted.account))
        self._access[text] = granted, None if lifetime_s is None else now + lifetime_s
        granted.access_tokens.append(text)
        return text

    def add_refresh(self, granted: Granted, now: float) -> str:
        """Return a new refresh token, in the place of the one before."""
        old, text = granted.refresh_token, f"refresh-{self._ids.text(40)}"
        granted.before = old if granted.flow.oddity.is_overlapping else None
        granted.refresh_token = text
        self._refreshing[text] = granted
        self.prolong(granted, now)
        return text

    def prolong(self, granted: Granted, now: float) -> None:
        """Let the refresh token's life begin anew: it is counted from the last use."""
        lifetime_s = granted.flow.scheme.refresh_token_lifetime_s
        granted.refresh_until = None if lifetime_s is None else now + lifetime_s

    def find_refresh(self, text: str) -> Granted | None:
        """Return whose refresh token this is, used or not."""
        return self._refreshing.get(text)

    def use_refresh(self, text: str, now: float) -> str:
        """Take a refresh token in; return "" or why it is refused."""
        granted = self._refreshing[text]
        if granted.is_ended:
            return "The grant has been revoked."
        if granted.refresh_until is not None and now >= granted.refresh_until:
            return "The refresh token has expired."
        if text == granted.refresh_token:
            granted.before = None
            return ""
        if text == granted.before:  # its replacement was lost on the way: it counts as never given
            granted.refresh_token = text
            return ""
        self.end(granted)
        return "The refresh token was used before: the whole grant has been revoked."

    def find(self, text: str) -> Granted | None:
        """Return the grant a token belongs to, access or refresh, alive or not."""
        found = self._access.get(text)
        return found[0] if found is not None else self._refreshing.get(text)

    def revoke(self, text: str) -> None:
        """End what a token belongs to: an access token alone, or with a refresh token the whole grant (RFC 7009 §2.1)."""
        if text in self._refreshing:
            self.end(self._refreshing[text])
        elif text in self._access:
            self._dead.add(text)

    def end(self, granted: Granted) -> None:
        """End a grant with all its tokens."""
        granted.is_ended = True
        self._dead.update(granted.access_tokens)

    def end_all(self) -> None:
        """End every grant, as a person does who takes the app's access away; who signs in again gets a new one."""
        for granted, _ in self._access.values():
            self.end(granted)
        for code in self._codes.values():
            self.end(code.granted)

    def look_up(self, text: str, now: float) -> tuple[str, bool] | None:
        """Return whose access token this is and whether it is alive, None when it is none."""
        found = self._access.get(text)
        if found is None:
            return None
        granted, until = found
        return granted.account, text not in self._dead and (until is None or now < until)
