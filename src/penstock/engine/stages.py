"""The corridor: the stages every call walks through, in the order pipeline.py gives, top to bottom.

record → recover → retry → guard → wait → sign → transmit, and out by the same doors. Each stage takes the desk
(what the calls of one account share), the trip (what is known of this call) and the way onward.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

from penstock.auth.sessions import Session
from penstock.catalog.definition import Integration, Operation
from penstock.clock import Clock, utc
from penstock.engine.answers import build_error, give_up, judge
from penstock.engine.transport import Transport
from penstock.errors import (
    CircuitOpen,
    DeadlineExceeded,
    PenstockError,
    QuotaSpent,
    Throttled,
    TransportFailed,
)
from penstock.events import AttemptEnded, CallEnded, CredentialRefused, EventBus
from penstock.model import Call, Request, Response, Verdict
from penstock.ratelimit.headers import RateLimitHint
from penstock.ratelimit.limit import Charge
from penstock.ratelimit.queue import Limiter, WaitTooLong
from penstock.resilience.breaker import CircuitBreaker
from penstock.resilience.classify import classify_failure, is_breaker_failure
from penstock.resilience.recovery import RecoveryPath, find
from penstock.resilience.retry import Decision, RetryBudget, RetryPolicy, decide

MAX_REDIRECTS = 5
BUDGET_RESTS = 8  # how often a batch's row waits (about 16 s each) for the retry budget before it gives up
PARKED_S = 3600.0  # a wait longer than this is told as a spent quota, not as throttling


@dataclass(slots=True)
class Desk:
    """What the calls of one account share: whom they speak for, and everything that holds them back."""

    integration: Integration
    account: str
    session: Session
    transport: Transport
    limiter: Limiter
    breaker: CircuitBreaker
    policy: RetryPolicy
    budget: RetryBudget
    clock: Clock
    bus: EventBus
    random: random.Random
    host: str
    origin: str
    recoveries: tuple[RecoveryPath, ...] = ()
    probe: Callable[[], Awaitable[None]] | None = None


@dataclass(slots=True)
class Trip:
    """One call on its way: the stages leave here what the others need. It never leaves the engine."""

    call: Call
    operation: Operation
    request: Request
    charges: Sequence[Charge]
    attempt: int = 0
    verdict: Verdict = Verdict.UNCERTAIN
    hint: RateLimitHint | None = None
    status: int | None = None
    waited_s: float = 0.0
    elapsed_s: float = 0.0
    session_version: int = 0
    is_sent: bool = False
    is_foreign: bool = False  # another host than the account's: nothing is signed


Onward = Callable[[Desk, Trip], Awaitable[Response]]


async def record(desk: Desk, trip: Trip, onward: Onward) -> Response:
    """Tell who listens how the call ended."""
    started = desk.clock.monotonic()
    error: str | None = None
    try:
        return await onward(desk, trip)
    except BaseException as exc:
        error = type(exc).__name__
        raise
    finally:
        if desk.bus.wants(CallEnded):
            call = trip.call
            desk.bus.emit(
                CallEnded(
                    desk.integration.name, desk.account, call.operation, trip.verdict, trip.status, trip.attempt,
                    desk.clock.monotonic() - started, trip.waited_s, call.source, call.row, error,
                )
            )  # fmt: skip


async def recover(desk: Desk, trip: Trip, onward: Onward) -> Response:
    """Take another way, where one was given for this error."""
    try:
        return await onward(desk, trip)
    except PenstockError as exc:
        path = find(desk.recoveries, exc) if desk.recoveries else None
        if path is None:
            raise
        return await path.take(trip.call, exc)


async def retry(desk: Desk, trip: Trip, onward: Onward) -> Response:
    """Send again what may be sent again, and give up with an error that says why."""
    call, journal = trip.call, trip.call.journal
    has_refreshed = False
    while True:
        trip.attempt += 1
        trip.is_sent, trip.verdict, trip.hint, trip.status = False, Verdict.UNCERTAIN, None, None
        failure: TransportFailed | None = None
        response: Response | None = None
        try:
            response = await onward(desk, trip)
        except TransportFailed as exc:
            failure = exc
            trip.verdict = classify_failure(exc, is_resendable=trip.request.is_resendable)
        verdict = trip.verdict
        if verdict is Verdict.SUCCESS and response is not None:
            desk.budget.refill()
            _tell(desk, trip, None, None)
            return response
        if journal is not None and trip.is_sent and _had_no_effect(verdict, failure):
            journal.refused(trip.attempt)
        if verdict is Verdict.AUTH:
            _tell(desk, trip, failure, None)
            if not has_refreshed and await desk.session.refresh(trip.session_version):
                has_refreshed = True
                continue
            desk.session.is_refused = True
            desk.bus.emit(CredentialRefused(desk.integration.name, desk.account, trip.status))
            raise build_error(desk, trip, response, failure)
        asked_s = trip.hint.retry_after_s if trip.hint is not None else None
        is_throttled = verdict is Verdict.THROTTLED
        # How long a throttled call waits is decided by its patience, in `wait`; the policy only counts attempts.
        told_s = (
            min(asked_s, desk.policy.retry_after_max) if is_throttled and asked_s is not None else asked_s
        )
        decision = await _decide(desk, trip, told_s)
        _tell(desk, trip, failure, decision.retry_in_s)
        if is_throttled:
            wait_s = asked_s if asked_s is not None else (decision.retry_in_s or desk.policy.wait_initial)
            # Everyone who shares these budgets waits with us: asking on would only prolong it.
            desk.limiter.close_until(desk.clock.monotonic() + wait_s, trip.charges or None)
        if decision.retry_in_s is None:
            raise give_up(desk, trip, response, failure, decision.why)
        if not is_throttled:
            await desk.clock.sleep(decision.retry_in_s)


async def _decide(desk: Desk, trip: Trip, retry_after_s: float | None) -> Decision:
    """Decide on another attempt; a batch waits for the account's retry budget instead of failing its row."""
    deadline_at, clock = trip.call.deadline_at, desk.clock
    for rest in range(BUDGET_RESTS, -1, -1):
        decision = decide(
            desk.policy,
            trip.verdict,
            trip.attempt,
            retry_after_s=retry_after_s,
            budget=desk.budget,
            random=desk.random,
            remaining_s=None if deadline_at is None else deadline_at - clock.monotonic(),
        )
        if not decision.is_budget_spent or trip.call.journal is None or not rest:
            break
        await clock.sleep(max(1.0, desk.policy.wait_max) * (0.5 + desk.random.random()))
    return decision


def _had_no_effect(verdict: Verdict, failure: TransportFailed | None) -> bool:
    if failure is not None:
        return not failure.is_sent
    return verdict in (Verdict.THROTTLED, Verdict.AUTH, Verdict.PERMANENT)


def _tell(desk: Desk, trip: Trip, failure: TransportFailed | None, retry_in_s: float | None) -> None:
    if desk.bus.wants(AttemptEnded):
        call = trip.call
        desk.bus.emit(
            AttemptEnded(
                desk.integration.name, desk.account, call.operation, desk.host, trip.attempt, trip.verdict, trip.status,
                trip.elapsed_s, trip.waited_s, call.source, call.row,
                type(failure).__name__ if failure else None, retry_in_s,
            )
        )  # fmt: skip


async def guard(desk: Desk, trip: Trip, onward: Onward) -> Response:
    """Hold calls back while the service is failing, and learn from each answer whether it is."""
    breaker, clock = desk.breaker, desk.clock
    resendable = trip.request.is_resendable
    wait_s = breaker.permit(resendable)
    if wait_s is not None:
        await _wait_for_breaker(desk, trip, wait_s)
    permitted_at = clock.monotonic()
    try:
        response = await onward(desk, trip)
    except TransportFailed as exc:
        breaker.record(True, trip.elapsed_s, type(exc).__name__)
        raise
    except BaseException:
        breaker.forget(clock.monotonic() - permitted_at)
        raise
    status = response.status
    if status < 400:
        breaker.record(False, trip.elapsed_s)
    else:
        breaker.record(is_breaker_failure(status), trip.elapsed_s, str(status))
    return response


async def _wait_for_breaker(desk: Desk, trip: Trip, wait_s: float) -> None:
    call, clock, journal = trip.call, desk.clock, trip.call.journal
    waits = clock.monotonic()
    try:
        wait: float | None = wait_s
        while wait is not None:
            spent = clock.monotonic() - waits
            left = call.patience_s - spent
            if call.deadline_at is not None:
                left = min(left, call.deadline_at - clock.monotonic())
            # A call typed by hand is told at once; a batch has the patience to wait until the service is back.
            if journal is None or wait > left:
                raise CircuitOpen(
                    f"Not sent: {desk.breaker.why}. The next try is in {wait:.0f} s.",
                    integration=desk.integration.name,
                    account=desk.account,
                    operation=call.operation,
                    row=call.row,
                    retry_after_s=wait,
                )
            journal.waits("breaker", clock.wall() + wait)
            if (
                not trip.request.is_resendable
                and desk.probe is not None
                and str(desk.breaker.state) == "HALF_OPEN"
            ):
                # Nobody here may try it out (sending twice could do harm): ask with the health operation instead.
                await desk.probe()
            else:
                await clock.sleep(max(wait, 0.05))
            wait = desk.breaker.permit(trip.request.is_resendable)
    finally:
        trip.waited_s += clock.monotonic() - waits
        if journal is not None:
            journal.waits(None, None)


async def wait(desk: Desk, trip: Trip, onward: Onward) -> Response:
    """Wait until every limit allows the attempt; afterwards let the answer correct what we believe of them."""
    limiter, charges = desk.limiter, trip.charges
    if not limiter.acquire_nowait(charges):
        await _wait_for_limit(desk, trip)
    try:
        response = await onward(desk, trip)
    finally:
        if charges:
            limiter.release(charges)
    if trip.hint is not None and charges:
        limiter.settle(charges, trip.hint)
    return response


async def _wait_for_limit(desk: Desk, trip: Trip) -> None:
    call, journal = trip.call, trip.call.journal
    patience = call.patience_s
    if call.deadline_at is not None:
        patience = min(patience, call.deadline_at - desk.clock.monotonic())
    if journal is not None:
        next_in_s = desk.limiter.statistics().next_in_s
        journal.waits("limit", desk.clock.wall() + next_in_s if next_in_s is not None else None)
    try:
        trip.waited_s += await desk.limiter.acquire(trip.charges, source=call.source, patience_s=patience)
    except WaitTooLong as exc:
        until = utc(desk.clock.wall() + exc.wait_s)
        place = {
            "integration": desk.integration.name,
            "account": desk.account,
            "operation": call.operation,
            "row": call.row,
        }
        if call.deadline_at is not None and exc.wait_s <= call.patience_s:
            raise DeadlineExceeded(
                f"The limit allows the next call in {exc.wait_s:.0f} s, after the deadline.", **place
            ) from exc
        kind = QuotaSpent if exc.wait_s > PARKED_S else Throttled
        raise kind(
            f"The limit allows the next call at {until:%Y-%m-%d %H:%M:%S} UTC, in {exc.wait_s:.0f} s.",
            hint="Wait until then; a batch waits by itself (ps.batch).",
            until=until,
            retry_after_s=exc.wait_s,
            **place,
        ) from exc
    finally:
        if journal is not None:
            journal.waits(None, None)


async def sign(desk: Desk, trip: Trip, onward: Onward) -> Response:
    """Add what proves who we are: last, so that it is fresh, and never to another host."""
    session = desk.session
    trip.session_version = session.version
    headers, query = session.sign()
    request = trip.request
    if trip.is_foreign or (not headers and not query):
        return await onward(desk, trip)
    url = request.url
    if query:
        url = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
    trip.request = Request(
        request.method,
        url,
        (*request.headers, *headers),
        request.body,
        request.timeout_s,
        request.is_resendable,
    )
    try:
        return await onward(desk, trip)
    finally:
        trip.request = request


async def transmit(desk: Desk, trip: Trip) -> Response:
    """Write down the intent, send, and judge the answer: the only await on the network."""
    call, request, clock = trip.call, trip.request, desk.clock
    if call.journal is not None:
        await call.journal.intent(trip.attempt, request)
    trip.is_sent = True
    started = clock.monotonic()
    try:
        if call.deadline_at is None:
            response = await desk.transport.send(request)
        else:
            response = await _send_by(desk, trip, request, call.deadline_at)
        if 300 <= response.status < 400 and "location" in response.headers:
            response = await _follow(desk, request, response)
    finally:
        trip.elapsed_s = elapsed_s = clock.monotonic() - started
    trip.status = response.status
    # The response is new and nobody else's yet: completing it in place saves a second record for each row.
    complete = object.__setattr__
    complete(response, "elapsed", elapsed_s)
    complete(response, "attempts", trip.attempt)
    complete(response, "operation", call.operation)
    complete(response, "integration", desk.integration.name)
    trip.verdict, trip.hint = judge(desk, trip, response)
    return response


async def _send_by(desk: Desk, trip: Trip, request: Request, deadline_at: float) -> Response:
    left = deadline_at - desk.clock.monotonic()
    try:
        async with asyncio.timeout(max(left, 0.0)):
            return await desk.transport.send(request)
    except TimeoutError as exc:
        if isinstance(exc, TransportFailed):
            raise
        raise DeadlineExceeded(
            "The deadline passed while the answer was awaited"
            + ("." if request.is_resendable else "; it may have happened."),
            integration=desk.integration.name,
            account=desk.account,
            operation=trip.call.operation,
            row=trip.call.row,
        ) from exc


async def _follow(desk: Desk, request: Request, response: Response) -> Response:
    """Follow a redirect where that is safe: reads anywhere, other methods by 307/308 on the same host only.

    The credential goes along to the same origin and nowhere else.
    """
    for _ in range(MAX_REDIRECTS):
        target = urljoin(request.url, response.headers["location"])
        same = urlsplit(target)[:2] == urlsplit(request.url)[:2]
        is_read = request.method in ("GET", "HEAD")
        if not is_read and not (same and response.status in (307, 308)):
            return response
        headers = request.headers
        if not same:
            public = ("accept", "user-agent", "content-type")
            headers = tuple((name, value) for name, value in headers if name.lower() in public)
        request = Request(
            request.method, target, headers, request.body, request.timeout_s, request.is_resendable
        )
        response = await desk.transport.send(request)
        if not (300 <= response.status < 400 and "location" in response.headers):
            break
    return response
