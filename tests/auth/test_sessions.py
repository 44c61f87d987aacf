"""A live credential: who waits for its renewal, who does not, and how those who wait hear of a new one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any, cast

import pytest

from penstock.auth.accounts import Issued
from penstock.auth.schemes import Bearer, OAuth2
from penstock.auth.sessions import LOOK_EVERY_S, PAUSES_S, Session
from penstock.engine.answers import refuse
from penstock.engine.desk import Desk, Trip
from penstock.errors import PenstockError, ServerFailed, SignInNeeded, UsageError
from penstock.model import Headers, Request, Response, Verdict
from penstock.redact import Secret
from penstock.testing import FakeClock

LASTS_S, LEAD_S = 3600.0, 600.0
SCHEMES = (OAuth2(),)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's work, and let it take a minute at most."""
    asyncio.run(asyncio.wait_for(work, 60))


class Store:
    """A store that renews as the keeper does, by the wall clock, and counts how often it is asked and renews."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.version = clock, 1
        self.expires_at = clock.wall() + LASTS_S
        self.asked: list[tuple[int | None, bool]] = []
        self.renewals = 0
        self.troubles: list[PenstockError] = []
        self.trouble: PenstockError | None = None  # for as long as it is set
        self.gate: asyncio.Event | None = None

    def issued(self) -> Issued:
        return Issued(
            {"access_token": Secret(f"token-{self.version}")},
            self.version,
            self.expires_at,
            self.expires_at - LEAD_S,
        )

    def renew(self) -> None:
        """Put a new credential in place, as a sign-in of another process does."""
        self.version, self.expires_at = self.version + 1, self.clock.wall() + LASTS_S

    async def issue(self, seen: int | None, is_refused: bool) -> Issued:
        self.asked.append((seen, is_refused))
        if self.gate is not None:
            await self.gate.wait()
        is_current = is_refused and seen == self.version
        if not is_current and self.clock.wall() < self.expires_at - LEAD_S:
            return self.issued()
        if self.troubles:
            raise self.troubles.pop(0)
        if self.trouble is not None:
            raise self.trouble
        self.renewals += 1
        self.renew()
        return self.issued()

    def session(self) -> Session:
        return Session.of(SCHEMES, self.issued(), self.issue, self.clock)


def signs(session: Session) -> str:
    """Return the token the session signs with."""
    return session.sign()[0][0][1].removeprefix("Bearer ")


async def call(session: Session, clock: FakeClock) -> str:
    """Sign one request as the engine does."""
    if clock.monotonic() >= session.due_at:
        await session.freshen()
    return signs(session)


async def turns() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def test_a_token_that_is_due_is_renewed_behind_the_calls() -> None:
    """While it still holds nobody waits: the calls sign with the old token until the new one is there, from one renewal."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        clock.move(LASTS_S - LEAD_S - 1)
        assert await call(session, clock) == "token-1" and store.asked == []
        store.gate = asyncio.Event()
        clock.move(1)
        assert [await call(session, clock) for _ in range(20)] == ["token-1"] * 20
        store.gate.set()
        await turns()
        assert await call(session, clock) == "token-2"
        assert store.asked == [(1, False)] and store.renewals == 1

    run(work())


def test_once_it_has_ended_everybody_waits_for_the_new_one() -> None:
    """Twenty calls at the end of a token all sign with the next one, from one renewal; none leaves with the old."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        store.gate = asyncio.Event()
        clock.move(LASTS_S + 1)
        calls = [asyncio.ensure_future(call(session, clock)) for _ in range(20)]
        await turns()
        assert not any(one.done() for one in calls)
        store.gate.set()
        assert set(await asyncio.gather(*calls)) == {"token-2"} and store.renewals == 1

    run(work())


def test_twenty_calls_refused_at_once_make_one_renewal() -> None:
    """A 401 to each of twenty calls of one version asks the store once, and all go on with the next version."""

    async def work() -> None:
        store = Store(FakeClock())
        session = store.session()
        seen = session.version
        assert all(await asyncio.gather(*(session.refresh(seen) for _ in range(20))))
        assert store.asked == [(1, True)] and store.renewals == 1 and signs(session) == "token-2"
        assert await session.refresh(seen) and store.renewals == 1  # a late 401 of the old one

    run(work())


def test_a_refusal_during_an_ordinary_renewal_is_told_to_the_store() -> None:
    """Where what is under way does not know of the 401 and brings nothing, the store is asked again, with it."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        store.gate = asyncio.Event()
        flight = session._begin(is_refused=False)
        refused = asyncio.ensure_future(session.refresh(session.version))
        await turns()
        store.gate.set()
        assert await refused and await flight is False
        assert store.asked == [(1, False), (1, True)] and signs(session) == "token-2"

    run(work())


def test_a_failure_for_the_moment_leaves_a_token_that_holds() -> None:
    """While the store cannot renew, calls go on with the token there is, and when it can they have the new one."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        store.troubles = [ServerFailed("Busy.") for _ in range(3)]
        clock.move(LASTS_S - LEAD_S)
        for _ in range(3):
            assert await call(session, clock) == "token-1" and not session.is_refused
            await clock.advance(1)
        await clock.advance(sum(PAUSES_S))
        assert await call(session, clock) == "token-2" and session.trouble is None

    run(work())


def test_a_longer_wait_the_service_asks_for_is_kept() -> None:
    """Between two tries lies what the error says where that is longer than the pause."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        store.troubles = [ServerFailed("Busy.", retry_after_s=45.0)]
        clock.move(LASTS_S + 1)
        calling = asyncio.ensure_future(call(session, clock))
        await clock.advance(44)
        assert len(store.asked) == 1 and not calling.done()
        await clock.advance(2)
        assert await calling == "token-2" and len(store.asked) == 2

    run(work())


def test_an_ended_token_nobody_can_renew_says_why() -> None:
    """The error of a call names the store's trouble and its hint, and the session is refused."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        store.trouble = SignInNeeded("The grant is dead.", hint="ps.sign_in('acme', account='me')")
        clock.move(LASTS_S + 1)
        with pytest.raises(SignInNeeded, match="The grant is dead") as caught:
            await call(session, clock)
        assert caught.value.hint == "ps.sign_in('acme', account='me')" and session.is_refused
        store.trouble = ServerFailed("Nothing comes from the token end point.", hint="It is theirs.")
        calling = asyncio.ensure_future(call(session, clock))
        await clock.advance(sum(PAUSES_S) + 1)
        with pytest.raises(
            SignInNeeded, match=r"has ended.* Nothing comes from the token end point"
        ) as later:
            await calling
        assert later.value.hint == "It is theirs."

    run(work())


def test_who_waits_goes_on_when_another_process_signs_in() -> None:
    """wait_renewed returns by itself within one look after somebody has signed in elsewhere, for all who wait."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        store.trouble = SignInNeeded("The grant is dead.")
        assert not await session.refresh(session.version)
        waiting = [asyncio.ensure_future(session.wait_renewed()) for _ in range(5)]
        await clock.advance(10 * LOOK_EVERY_S)
        assert not any(one.done() for one in waiting)
        looked = len(store.asked)
        store.renew()
        await clock.advance(LOOK_EVERY_S)
        await asyncio.gather(*waiting)
        assert signs(session) == "token-2" and session.trouble is None and not session.is_refused
        assert len(store.asked) == looked + 1
        await clock.advance(60)
        assert len(store.asked) == looked + 1 and clock.sleeping == 0  # nobody waits: nobody looks

    run(work())


def test_nobody_looks_for_those_who_gave_up() -> None:
    """When every waiter is cancelled the watcher ends with its next look, without asking the store."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        store.trouble = SignInNeeded("Dead.")
        waiting = asyncio.ensure_future(session.wait_renewed())
        await turns()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        asked = len(store.asked)
        await clock.advance(LOOK_EVERY_S * 5)
        assert len(store.asked) == asked and clock.sleeping == 0

    run(work())


def test_a_credential_given_by_hand_is_renewed_by_hand() -> None:
    """Without a store a 401 is final, nothing watches, and only replace or wake lets the waiters go on."""

    async def work() -> None:
        clock = FakeClock()
        session = Session((Bearer(),), {"token": Secret("typed-1")}, clock=clock)
        assert not session.is_stored and not await session.refresh(session.version)
        waiting = asyncio.ensure_future(session.wait_renewed())
        await clock.advance(3600)
        assert not waiting.done() and clock.sleeping == 0
        session.replace({"token": Secret("typed-2")})
        await waiting
        assert signs(session) == "typed-2" and session.version == 1
        again = asyncio.ensure_future(session.wait_renewed())
        await turns()
        session.wake()
        await again
        assert session.version == 1

    run(work())


@pytest.mark.parametrize("back_s", [7200.0, 100.0])
@pytest.mark.parametrize("at_s", [1000.0, LASTS_S - LEAD_S + 1])
def test_a_wall_clock_set_back_does_not_keep_an_old_token(back_s: float, at_s: float) -> None:
    """However far the wall clock goes back, no call is signed with a token older than its lifetime."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        clock.move(at_s)
        clock.jump_wall(-back_s)
        for _ in range(60):
            if clock.monotonic() >= LASTS_S:
                break
            await call(session, clock)
            await turns()
            clock.move(100)
        assert clock.monotonic() >= LASTS_S
        assert await call(session, clock) != "token-1"

    run(work())


def test_a_wall_clock_set_forward_costs_one_renewal_at_most() -> None:
    """After a jump of a day the session renews once, and not with every call."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        clock.jump_wall(86_400)
        for _ in range(40):
            clock.move(60)
            await call(session, clock)
            await turns()
        assert store.renewals <= 1

    run(work())


def test_a_caller_that_gives_up_does_not_cut_the_renewal() -> None:
    """Cancelled while it waits, a call leaves the renewal under way, and the next call has its token."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)
        session = store.session()
        store.gate = asyncio.Event()
        clock.move(LASTS_S + 1)
        calling = asyncio.ensure_future(call(session, clock))
        await turns()
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        store.gate.set()
        assert await call(session, clock) == "token-2" and store.asked == [(1, True)]

    run(work())


def test_a_store_that_cannot_be_reached_is_no_end_of_a_token() -> None:
    """An OSError of the way to the store leaves the token in use, and is no exception of the call."""

    async def work() -> None:
        clock = FakeClock()
        store = Store(clock)

        async def gone(seen: int | None, is_refused: bool) -> Issued:
            raise ConnectionRefusedError

        session = Session.of(SCHEMES, store.issued(), gone, clock)
        clock.move(LASTS_S - 10)
        assert await call(session, clock) == "token-1"
        await turns()
        clock.move(11)
        with pytest.raises(SignInNeeded, match="has ended"):
            await call(session, clock)

    run(work())


def test_the_hint_of_the_stores_trouble_reaches_the_error_of_the_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A refused call says what the service said and what the store found; without trouble, how to put a working key."""
    clock = FakeClock()
    session = Store(clock).session()
    integration = SimpleNamespace(name="acme", title="Acme", errors={}, explain=None)
    desk = SimpleNamespace(integration=integration, session=session, account="me", clock=clock)
    trip = SimpleNamespace(
        attempt=1, status=401, verdict=Verdict.AUTH, hint=None, call=SimpleNamespace(operation="list", row=None),
        request=Request("GET", "https://api.acme.example/"),
    )  # fmt: skip
    response = Response(401, Headers({"content-type": "application/json"}), b'{"message": "expired"}')

    monkeypatch.setattr("penstock.engine.answers.explain", lambda *_: ("expired", None, None))

    def refused() -> PenstockError:
        return refuse(cast(Desk, desk), cast(Trip, trip), response, None)

    plain = refused()
    assert plain.hint and "vault.add('acme', 'me', replace=True" in plain.hint
    session.trouble = SignInNeeded(
        "The grant is dead.", hint="Sign in again: ps.sign_in('acme', account='me')."
    )
    told = refused()
    assert "answered 401" in told.message and "The grant is dead." in told.message
    assert told.hint == "Sign in again: ps.sign_in('acme', account='me')."


def test_a_session_shows_no_token() -> None:
    """Neither its repr nor that of what was issued has the token in it."""
    store = Store(FakeClock())
    session = store.session()
    assert "token-1" not in f"{session!r} {store.issued()!r}" and signs(session) == "token-1"


def test_a_credential_no_scheme_takes_is_refused() -> None:
    """A credential of other fields raises UsageError that names what is needed, and no value."""
    with pytest.raises(UsageError, match="access_token") as caught:
        Session(SCHEMES, {"user": Secret("canary-user"), "password": Secret("canary-word")})
    assert "canary" not in str(caught.value)
