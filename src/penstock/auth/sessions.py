"""A live credential: what an account signs with now, whether it was refused, and who waits for a new one.

It keeps the account's fields as Secrets and computes the signing header fields once per credential.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from penstock.auth.schemes import Credential, Scheme, choose_scheme
from penstock.errors import UsageError

Refresh = Callable[[], Awaitable[Credential | None]]


class Session:
    """Sign requests for one account, and let runs wait here while the credential is refused."""

    def __init__(
        self, schemes: tuple[Scheme, ...], credential: Credential | None, *, refresh: Refresh | None = None
    ) -> None:
        self._schemes = schemes
        self._refresh = refresh
        self._waiters: set[asyncio.Future[None]] = set()
        self.version = 0
        self.is_refused = False
        self._install(credential)

    def _install(self, credential: Credential | None) -> None:
        self._headers: tuple[tuple[str, str], ...] = ()
        self._query: tuple[tuple[str, str], ...] = ()
        self._address: tuple[tuple[str, str], ...] = ()
        self.scheme: Scheme | None = None
        if credential is None:
            return
        chosen = choose_scheme(self._schemes, credential)
        if chosen is None:
            wanted = " or ".join(sorted({"{" + ", ".join(scheme.fields) + "}" for scheme in self._schemes}))
            given = ", ".join(sorted(credential)) or "nothing"
            raise UsageError(
                f"The credential has {given}; needed is {wanted}.",
                hint='For example credential={"token": "env:NAME"}.',
            )
        self.scheme, credential = chosen
        self._credential = credential  # a Secret is taken out of every text as long as it lives
        self._headers, self._query = self.scheme.headers(credential), self.scheme.query(credential)
        self._address = self.scheme.address(credential)

    def sign(self) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """Return the header fields and query parameters that sign a request now."""
        return self._headers, self._query

    def address(self, url: str) -> str:
        """Return an address with the credential in its place, for the few services that want it there."""
        for mark, secret in self._address:
            url = url.replace(mark, secret)
        return url

    def replace(self, credential: Credential) -> None:
        """Put a new credential in place; whoever waited for one goes on. Call on the engine's thread."""
        self._install(credential)
        self.version += 1
        self.is_refused = False
        self.wake()

    def wake(self) -> None:
        """Let those who wait try again with the credential there is."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    async def refresh(self, seen_version: int) -> bool:
        """Return True when a newer credential than `seen_version` is in place, refreshing it where that is possible."""
        if self.version != seen_version:
            return True
        if self._refresh is None:
            return False
        renewed = await self._refresh()
        if renewed is None:
            return False
        self.replace(renewed)
        return True

    async def wait_renewed(self) -> None:
        """Return when the credential was replaced, or when somebody asks for another try."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def __repr__(self) -> str:
        return f"<Session version {self.version}{', refused' if self.is_refused else ''}>"
