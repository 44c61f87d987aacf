"""Waiting in the corridor: for a limit, for a breaker, for the retry budget; and what is said when it takes too long."""

from __future__ import annotations

from penstock.clock import utc
from penstock.engine.desk import Desk, Trip
from penstock.errors import CircuitOpen, DeadlineExceeded, QuotaSpent, Throttled
from penstock.ratelimit.queue import WaitTooLong
from penstock.resilience.retry import Decision, decide

BUDGET_RESTS = 8  # how often a batch's row waits (about 16 s each) for the retry budget before it gives up
FIRST_REST_S = 0.1  # after a lone refusal without a time; the refused call itself waits by the schedule
PARKED_S = 3600.0  # a wait longer than this is told as a spent quota, not as throttling


async def decide_patiently(desk: Desk, trip: Trip, retry_after_s: float | None) -> Decision:
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


def close_for_throttling(desk: Desk, trip: Trip, asked_s: float | None) -> None:
    """Hold everyone who shares the budgets that were refused: asking on would only prolong it.

    As long as the service asks for. Where it says nothing, a lone refusal may be an accident and costs a moment; each
    further one in a row doubles the wait, by the retry schedule.
    """
    now = desk.clock.monotonic()
    if asked_s is None:
        streak = desk.streak.hit(trip.sent_at, now)
        policy = desk.policy
        rest_s = min(policy.wait_max, policy.wait_initial * policy.wait_factor ** (streak - 2))
        asked_s = FIRST_REST_S if streak < 2 else rest_s
    desk.limiter.close_until(now + asked_s, trip.charges or None)


async def wait_for_breaker(desk: Desk, trip: Trip, wait_s: float) -> None:
    """Wait until the breaker lets the call go; a call typed by hand is told at once instead."""
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


async def wait_for_limit(desk: Desk, trip: Trip) -> None:
    """Wait until every limit allows the attempt. Raises Throttled, QuotaSpent or DeadlineExceeded when that takes too long."""
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
