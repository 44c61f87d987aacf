"""A service that is down for a minute, and what its callers make of it: the load, with and without restraint.

Calls come at a steady rate; the service answers 503 during the outage. What is counted is how many requests
it gets in that time for each call made. The policies are the real ones, under a simulated clock: two minutes
pass in less than a second. Run it: python benchmarks/outage.py
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from penstock.clock import Clock
from penstock.model import Request
from penstock.resilience.breaker import BreakerPolicy, CircuitBreaker
from penstock.resilience.classify import classify_status, is_breaker_failure
from penstock.resilience.retry import RetryBudget, RetryPolicy, decide
from penstock.testing import FakeClock, ScriptedTransport

RATE = 20.0  # calls a second
OUTAGE_S = 60.0
AFTER_S = 60.0  # traffic goes on after it: what piled up is sent then
ANSWER_S = 0.05


@dataclass(frozen=True, slots=True)
class OutageResult:
    """What one simulation saw. `load`: requests per call during the outage; 1.0 is one who never retries.

    failed: share of the calls made in the outage that failed in the end. peak: most requests in any second.
    recovered_s: seconds from the outage's end until a call succeeds.
    """

    load: float
    failed: float
    peak: int
    recovered_s: float


class _Caller:
    """What the engine does for each call, reduced to its policies."""

    def __init__(
        self,
        clock: Clock,
        transport: ScriptedTransport,
        random: Random,
        *,
        has_budget: bool,
        has_breaker: bool,
    ) -> None:
        self._clock, self._transport, self._random = clock, transport, random
        self._policy = RetryPolicy()
        self._budget = RetryBudget() if has_budget else None
        self._breaker = CircuitBreaker(BreakerPolicy(), clock, random=random) if has_breaker else None

    async def call(self, request: Request) -> bool:
        """Return whether the call succeeded in the end."""
        attempt = 0
        while True:
            attempt += 1
            if self._breaker is not None and self._breaker.permit(request.is_resendable) is not None:
                return False  # CircuitOpen: told at once, nothing sent
            response = await self._transport.send(request)
            if self._breaker is not None:
                is_failure = is_breaker_failure(response.status)
                self._breaker.record(is_failure, response.elapsed, str(response.status))
            verdict = classify_status(response.status, is_resendable=True, has_retry_after=False)
            if response.status == 200:
                if self._budget is not None:
                    self._budget.refill()
                return True
            decision = decide(
                self._policy, verdict, attempt, retry_after_s=None, budget=self._budget, random=self._random
            )
            if decision.retry_in_s is None:
                return False
            await self._clock.sleep(decision.retry_in_s)


def simulate(*, has_budget: bool, has_breaker: bool, before_s: float = 5.0, seed: int = 1) -> OutageResult:
    """Return what the service sees of a minute's outage, after `before_s` seconds of good traffic."""
    return asyncio.run(_simulate(has_budget, has_breaker, before_s, seed))


async def _simulate(has_budget: bool, has_breaker: bool, before_s: float, seed: int) -> OutageResult:
    clock = FakeClock(autojump=True)
    down_from, down_until = before_s, before_s + OUTAGE_S
    sent_at: list[float] = []

    def answer(request: Request) -> tuple[int, None]:
        sent_at.append(clock.monotonic())
        return (503 if down_from <= clock.monotonic() < down_until else 200), None

    transport = ScriptedTransport(answer, delay_s=ANSWER_S, clock=clock)
    caller = _Caller(clock, transport, Random(seed), has_budget=has_budget, has_breaker=has_breaker)
    request = Request("GET", "http://service.invalid/", is_resendable=True)
    ended: list[tuple[float, float, bool]] = []  # made at, ended at, succeeded

    async def one(made_at: float) -> None:
        await clock.sleep(made_at)
        is_done = await caller.call(request)
        ended.append((made_at, clock.monotonic(), is_done))

    count = round((down_until + AFTER_S) * RATE)
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(one((number + 0.5) / RATE))

    made = [call for call in ended if down_from <= call[0] < down_until]
    during = [at for at in sent_at if down_from <= at < down_until]
    seconds: dict[int, int] = {}
    for at in sent_at:
        seconds[int(at)] = seconds.get(int(at), 0) + 1
    return OutageResult(
        load=len(during) / len(made),
        failed=sum(not is_done for *_, is_done in made) / len(made),
        peak=max(seconds.values()),
        recovered_s=min(end for _, end, is_done in ended if is_done and end >= down_until) - down_until,
    )


def main() -> None:
    """Print the table."""
    print(f"{RATE:g} calls/s, an outage of {OUTAGE_S:g} s, 6 attempts (1, 2, 4, 8, 16 s, jitter equal)")
    print(f"{'':<38}{'load':>7}{'peak/s':>8}{'calls failed':>14}{'first success after':>21}")
    for name, has_budget, has_breaker, before_s in (
        ("retries alone", False, False, 5.0),
        ("+ budget", True, False, 5.0),
        ("+ budget + breaker", True, True, 5.0),
        ("the same after 30 s of good traffic", True, True, 30.0),
    ):
        result = simulate(has_budget=has_budget, has_breaker=has_breaker, before_s=before_s)
        print(f"{name:<38}{result.load:>6.2f}x{result.peak:>8}", end="")
        print(f"{result.failed:>14.0%}{result.recovered_s:>19.1f} s")


if __name__ == "__main__":
    main()
