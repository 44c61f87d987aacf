"""The keys a vendor's sandbox accepts, and whose they are. They open nothing but this sandbox.

Each vendor has two accounts, "default" and "second", each a world of its own; "spare" is another key of the
default account, which goes on working while the default key is revoked. Access tokens of a sign-in open the same:
what gives them joins the ring.
"""

from __future__ import annotations

from collections.abc import Callable

from penstock.errors import UnknownName, nearest

LookUp = Callable[[str], "tuple[str, bool] | None"]  # access token -> whose it is, whether it is alive
ACCOUNTS = {"default": "default", "spare": "default", "second": "second"}  # key name -> account


class KeyRing:
    """Know every key of one vendor; `spell` writes a key from its name."""

    def __init__(self, vendor: str, spell: Callable[[str], str]) -> None:
        self._vendor = vendor
        self._spelled = {name: spell(name) for name in ACCOUNTS}
        self._names = {text: name for name, text in self._spelled.items()}
        self._revoked: set[str] = set()
        self._look_up: LookUp | None = None

    def join(self, look_up: LookUp) -> None:
        """Ask `look_up` about every key that is none of these."""
        self._look_up = look_up

    def text(self, name: str = "default") -> str:
        """Return a key as a client sends it. Raises UnknownName."""
        return self._spelled[self._known(name)]

    def account(self, text: str) -> str | None:
        """Return whose key this is, None when it is nobody's."""
        name = self._names.get(text)
        if name is not None:
            return ACCOUNTS[name]
        found = self._look_up(text) if self._look_up is not None else None
        return None if found is None else found[0]

    def is_revoked(self, text: str) -> bool:
        """Say whether a known key has been revoked, or has expired."""
        if text in self._names or self._look_up is None:
            return self._names.get(text) in self._revoked
        found = self._look_up(text)
        return found is not None and not found[1]

    def revoke(self, name: str = "default") -> None:
        """Refuse a key from now on."""
        self._revoked.add(self._known(name))

    def restore(self, name: str = "default") -> None:
        """Accept a revoked key again."""
        self._revoked.discard(self._known(name))

    @property
    def revoked(self) -> list[str]:
        """Return the names of the revoked keys."""
        return sorted(self._revoked)

    def _known(self, name: str) -> str:
        if name not in self._spelled:
            raise UnknownName(
                f"The sandbox's {self._vendor} has no key {name!r}.", hint=nearest(name, self._spelled)
            )
        return name
