"""A live credential: what an account signs with now, whether it was refused, and who waits for a new one.

It keeps the account's fields as Secrets and computes the signing header fields once per credential. Where the credential
comes from a store (the vault), a token near its end is renewed there, once for all calls, and a refused one is looked
after until somebody has signed in.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from penstock.auth.accounts import Issued
from penstock.auth.schemes import Credential, Scheme, choose_scheme
from penstock.clock import Clock, SystemClock
from penstock.errors import (
    PenstockError,
    ResponseUnreadable,
    ServerFailed,
    SignInNeeded,
    TransportFailed,
    UsageError,
)
from penstock.model import Request

log = logging.getLogger("penstock.auth")

# (the credential number seen last, whether the service refused that one) → what signs now.
Issue = Callable[["int | None", bool], Awaitable[Issued]]

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)  # before a token end point that fails for the moment is asked again
LOOK_EVERY_S = 2.0  # whether somebody has signed in, while something waits for it
_FOR_NOW = (ServerFailed, ResponseUnreadable, TransportFailed)


class Session:
    """Sign requests for one account, and let runs wait here while the credential is refused.

    issue: where the credential comes from, None where it was given and nobody renews it.
    due_at: when (monotonic seconds) the credential is to be renewed; until then a request costs one comparison.
    """

    def __init__(
        self,
        schemes: tuple[Scheme, ...],
        credential: Credential | None,
        *,
        issue: Issue | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._schemes = schemes
        self._issue, self._clock = issue, clock or SystemClock()
        self._waiters: set[asyncio.Future[None]] = set()
        self._flight: asyncio.Task[bool] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._number: int | None = None  # the store's number of this credential
        self._ends_at = math.inf
        self.due_at = math.inf
        self.version = 0
        self.is_refused = False
        self.trouble: PenstockError | None = None  # why the store has no better one
        self._install(credential)

    @classmethod
    def of(cls, schemes: tuple[Scheme, ...], issued: Issued, issue: Issue, clock: Clock) -> Session:
        """Return a session with what a store has issued, and will issue."""
        session = cls(schemes, issued.fields, issue=issue, clock=clock)
        session._date(issued)
        return session

    @property
    def is_stored(self) -> bool:
        """Say whether the credential comes from a store, where a better one may be put."""
        return self._issue is not None

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

    def _date(self, issued: Issued) -> None:
        """Take over the store's number and times, as monotonic ones: a clock set back must not keep an old token."""
        self._number = issued.version
        ahead = self._clock.monotonic() - self._clock.wall()
        self.due_at = math.inf if issued.refresh_at is None else issued.refresh_at + ahead
        self._ends_at = math.inf if issued.expires_at is None else issued.expires_at + ahead

    def sign(self) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """Return the header fields and query parameters that sign a request now."""
        return self._headers, self._query

    def signed(self, request: Request) -> Request:
        """Return the request signed, itself where nothing signs it. What signs stays out of the caller's variables."""
        url = self.address(request.url)
        if not self._headers and not self._query and url is request.url:
            return request
        if self._query:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(self._query)}"
        method, _, headers, body, timeout_s, is_resendable = request
        return Request(method, url, (*headers, *self._headers), body, timeout_s, is_resendable)

    def address(self, url: str) -> str:
        """Return an address with the credential in its place, for the few services that want it there."""
        for mark, secret in self._address:
            url = url.replace(mark, secret)
        return url

    def replace(self, credential: Credential) -> None:
        """Put a new credential in place; whoever waited for one goes on. Call on the engine's thread."""
        self._install(credential)
        self._number, self.due_at, self._ends_at = None, math.inf, math.inf
        self._renewed()

    def take(self, issued: Issued) -> None:
        """Put in place what the store issues now. Call on the engine's thread."""
        self._install(issued.fields)
        self._date(issued)
        self._renewed()

    def _renewed(self) -> None:
        self.version += 1
        self.is_refused, self.trouble = False, None
        self.wake()

    def wake(self) -> None:
        """Let those who wait try again with the credential there is."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    # Renewing

    async def freshen(self) -> None:
        """Have a credential that is due renewed. While it still holds nobody waits for that; once it has ended all do.

        Raises SignInNeeded where it has ended and there is no other.
        """
        flight = self._begin(is_refused=False)
        if self._clock.monotonic() < self._ends_at:
            return
        await asyncio.shield(flight)
        if self._clock.monotonic() >= self._ends_at:
            self.is_refused = True
            raise self._needed()

    async def refresh(self, seen_version: int) -> bool:
        """Return True when a newer credential than `seen_version` is in place, renewing it where that is possible."""
        if self.version != seen_version:
            return True
        if self._issue is None:
            return False
        await asyncio.shield(self._begin(is_refused=True))
        if self.version == seen_version:  # what was under way did not know that this one is refused
            await asyncio.shield(self._begin(is_refused=True))
        return self.version != seen_version

    def _begin(self, *, is_refused: bool) -> asyncio.Task[bool]:
        if self._flight is None or self._flight.done():
            self._flight = asyncio.get_running_loop().create_task(self._renew(is_refused))
        return self._flight

    async def _renew(self, is_refused: bool) -> bool:
        """Ask the store for a better credential and say whether it had one; never raises."""
        if self._issue is None:
            return False
        for pause_s in (*PAUSES_S, None):
            has_ended = self._clock.monotonic() >= self._ends_at  # whatever the wall clock there says by now
            try:
                issued = await self._issue(self._number, is_refused or has_ended)
                break
            except _FOR_NOW as exc:
                self.trouble = exc
                if pause_s is None:
                    return False
                await self._clock.sleep(max(pause_s, getattr(exc, "retry_after_s", None) or 0.0))
            except PenstockError as exc:
                self.trouble = exc
                self.due_at = min(self._ends_at, self._clock.monotonic() + LOOK_EVERY_S)
                return False
            except OSError as exc:
                log.warning("The credential store cannot be asked: %s", exc)
                return False
        if issued.version == self._number:
            ends_at = self._ends_at
            self._date(issued)
            self._ends_at = min(self._ends_at, ends_at)
            self.due_at = min(self.due_at, self._ends_at)
            return False
        self.take(issued)
        return True

    def _needed(self) -> SignInNeeded:
        trouble = self.trouble
        if isinstance(trouble, SignInNeeded):
            return trouble
        what = "The access token has ended, and no other is to be had now."
        return SignInNeeded(
            f"{what} {trouble.message}" if trouble is not None else what,
            hint=trouble.hint if trouble is not None else None,
        )

    async def wait_renewed(self) -> None:
        """Return when the credential was replaced, or when somebody asks for another try."""
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        self._waiters.add(waiter)
        if self._issue is not None and (self._watcher is None or self._watcher.done()):
            self._watcher = loop.create_task(self._watch())
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    async def _watch(self) -> None:
        """Look for a better credential, wherever somebody has signed in, as long as anybody waits for one."""
        while self._waiters:
            await self._clock.sleep(LOOK_EVERY_S)
            if not self._waiters:
                return
            flight = self._begin(is_refused=True)
            if await asyncio.shield(flight):
                return

    def __repr__(self) -> str:
        return f"<Session version {self.version}{', refused' if self.is_refused else ''}>"
