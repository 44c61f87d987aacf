"""The corridor: the stages every call walks through, in the order pipeline.py gives, top to bottom.

record → recover → retry → guard → wait → sign → transmit, and out by the same doors. Each stage takes the desk
(what the calls of one account share), the trip (what is known of this call) and the way onward.
"""

from __future__ import annotations

from penstock.engine.answers import give_up, judge, refuse
from penstock.engine.desk import Desk, Onward, Trip
from penstock.engine.sending import follow, send_by
from penstock.engine.waiting import close_for_throttling, decide_patiently, wait_for_breaker, wait_for_limit
from penstock.errors import PenstockError, SignInNeeded, TransportFailed
from penstock.events import AttemptEnded, CallEnded, CredentialRefused
from penstock.model import Response, Verdict
from penstock.resilience.classify import classify_failure, is_breaker_failure
from penstock.resilience.recovery import find


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
    journal = trip.call.journal
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
            desk.streak.end(trip.sent_at)
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
            raise refuse(desk, trip, response, failure)
        is_throttled = verdict is Verdict.THROTTLED
        asked_s = _asked_wait(trip, is_throttled)
        # How long a throttled call waits is decided by its patience, in `wait`; the policy only counts attempts.
        told_s = (
            min(asked_s, desk.policy.retry_after_max) if is_throttled and asked_s is not None else asked_s
        )
        decision = await decide_patiently(desk, trip, told_s)
        _tell(desk, trip, failure, decision.retry_in_s)
        if is_throttled:
            close_for_throttling(desk, trip, asked_s)
        if decision.retry_in_s is None:
            raise give_up(desk, trip, response, failure, decision.why)
        if not (is_throttled and asked_s is not None):
            await desk.clock.sleep(decision.retry_in_s)


def _asked_wait(trip: Trip, is_throttled: bool) -> float | None:
    """Return the seconds the service asks to wait; a refusal that only says when what is spent comes back asks for that."""
    hint = trip.hint
    if hint is None or hint.retry_after_s is not None or not is_throttled:
        return hint.retry_after_s if hint is not None else None
    return hint.reset_in_s if hint.remaining == 0 else None


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
        await wait_for_breaker(desk, trip, wait_s)
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


async def wait(desk: Desk, trip: Trip, onward: Onward) -> Response:
    """Wait until every limit allows the attempt; afterwards let the answer correct what we believe of them."""
    limiter, charges = desk.limiter, trip.charges
    if not limiter.acquire_nowait(charges):
        await wait_for_limit(desk, trip)
    try:
        response = await onward(desk, trip)
    finally:
        if charges:
            limiter.release(charges)
    if trip.hint is not None and charges:
        limiter.settle(charges, trip.hint)
    return response


async def sign(desk: Desk, trip: Trip, onward: Onward) -> Response:
    """Add what proves who we are: last, so that it is fresh, and never to another host."""
    session = desk.session
    if desk.clock.monotonic() >= session.due_at:
        await _freshen(desk)
    trip.session_version = session.version
    request = trip.request
    trip.request = session.signed(request)
    try:
        return await onward(desk, trip)
    finally:
        trip.request = request


async def _freshen(desk: Desk) -> None:
    try:
        await desk.session.freshen()
    except SignInNeeded as exc:
        exc.integration, exc.account = desk.integration.name, desk.account
        desk.bus.emit(CredentialRefused(desk.integration.name, desk.account, None))
        raise


async def transmit(desk: Desk, trip: Trip) -> Response:
    """Write down the intent, send, and judge the answer: the only await on the network."""
    call, request, clock = trip.call, trip.request, desk.clock
    if call.journal is not None:
        await call.journal.intent(trip.attempt, request)
    if desk.limiter.keeps_gaps:
        await desk.limiter.space_out(trip.charges)
    trip.is_sent = True
    trip.sent_at = started = clock.monotonic()
    try:
        if call.deadline_at is None:
            response = await desk.transport.send(request)
        else:
            response = await send_by(desk, trip, request, call.deadline_at)
        if 300 <= response.status < 400 and "location" in response.headers:
            response = await follow(desk, request, response)
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
