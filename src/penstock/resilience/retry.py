"""Whether a failed attempt is tried again, and when. It decides; the engine waits and sends.

The walk of a decision, first match wins:
    1. the verdict does not allow it       success, auth, permanent, uncertain
    2. the service asks for a longer wait than `retry_after_max`: not now (the caller parks or raises)
    3. all attempts are used up
    4. the wait would pass the deadline
    5. the account's retry budget is spent
    6. otherwise: after the Retry-After where there is one, else after the schedule's wait
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from penstock.errors import UsageError, nearest
from penstock.model import Verdict
from penstock.resilience.backoff import JITTERS, compute_delay


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """State how often and how patiently a call is tried; waits are seconds.

    attempts:        the first one included; 1 means no retry.
    wait_initial, wait_factor, wait_max: the schedule 1, 2, 4, 8, 16.
    jitter:          "equal", "full", "decorrelated", or "none" for the exact schedule.
    retry_after_max: the longest wait a service may ask for before it is given up for now (5 minutes).

    Raises UsageError for values that make no sense.
    """

    attempts: int = 6
    wait_initial: float = 1.0
    wait_factor: float = 2.0
    wait_max: float = 16.0
    jitter: str = "equal"
    retry_after_max: float = 300.0

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise UsageError(
                f"attempts counts the first one too, so it is a whole number from 1, not {self.attempts!r}.",
                hint="RetryPolicy(attempts=1) never retries; the usual is 6.",
            )
        _check_seconds("wait_initial", self.wait_initial, hint="The usual is wait_initial=1.0.")
        _check_seconds("wait_max", self.wait_max, hint="The usual is wait_max=16.0.")
        _check_seconds("retry_after_max", self.retry_after_max, hint="The usual is retry_after_max=300.0.")
        if not _is_number(self.wait_factor) or not 1 <= self.wait_factor < math.inf:
            raise UsageError(
                f"wait_factor multiplies each wait, so it is at least 1, not {self.wait_factor!r}.",
                hint="The usual is wait_factor=2.0; 1.0 waits the same each time.",
            )
        if self.wait_max < self.wait_initial:
            raise UsageError(
                f"wait_max ({self.wait_max:g} s) is shorter than wait_initial ({self.wait_initial:g} s).",
                hint="Make wait_max the longest wait you accept between two attempts.",
            )
        if self.jitter not in JITTERS:
            raise UsageError(f"There is no jitter {self.jitter!r}.", hint=nearest(str(self.jitter), JITTERS))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_seconds(name: str, value: float, *, hint: str) -> None:
    if not _is_number(value) or not 0 <= value < math.inf:
        raise UsageError(f"{name} is a number of seconds, zero or more, not {value!r}.", hint=hint)


@dataclass(frozen=True, slots=True)
class RetryBudgetStatistics:
    """What is left of a retry budget, and how many retries it allowed and refused so far."""

    capacity: float
    available: float
    allowed: int
    refused: int


class RetryBudget:
    """Allow retries in proportion to successes, so that they cannot feed a storm.

    It starts full: 500 / 14, so 35 retries in a row. From then on 14 successes earn one retry, 5 when the
    service throttles (it is up, and says when to come).
    """

    __slots__ = ("_allowed", "_available", "_capacity", "_cost", "_cost_throttled", "_refill", "_refused")

    def __init__(
        self, capacity: float = 500, cost: float = 14, cost_throttled: float = 5, refill: float = 1
    ) -> None:
        for name, value in (("capacity", capacity), ("cost", cost), ("cost_throttled", cost_throttled)):
            if not _is_number(value) or not 0 < value < math.inf:
                raise UsageError(
                    f"A retry budget's {name} is a positive number, not {value!r}.",
                    hint="The usual is RetryBudget(capacity=500, cost=14, cost_throttled=5, refill=1).",
                )
        if not _is_number(refill) or not 0 <= refill < math.inf:
            raise UsageError(
                f"A retry budget's refill is zero or more, not {refill!r}.", hint="The usual is refill=1."
            )
        self._capacity = self._available = capacity
        self._cost, self._cost_throttled, self._refill = cost, cost_throttled, refill
        self._allowed = self._refused = 0

    def take(self, is_throttled: bool) -> bool:
        """Pay for one retry; return False, taking nothing, when there is not enough left."""
        cost = self._cost_throttled if is_throttled else self._cost
        if self._available < cost:
            self._refused += 1
            return False
        self._available -= cost
        self._allowed += 1
        return True

    def refill(self) -> None:
        """Put back what one success earns."""
        if self._available < self._capacity:
            self._available = min(self._capacity, self._available + self._refill)

    def statistics(self) -> RetryBudgetStatistics:
        """Return what is left and what was allowed so far."""
        return RetryBudgetStatistics(self._capacity, self._available, self._allowed, self._refused)


@dataclass(frozen=True, slots=True)
class Decision:
    """Say when to try again (`retry_in_s`, None for not) and why.

    `park_s` is set when the only reason against it is the length of the wait the service asked for, and
    `is_budget_spent` when it is the account's retry budget: who has time may ask again later.
    """

    retry_in_s: float | None
    why: str
    park_s: float | None = None
    is_budget_spent: bool = False


_FINAL = {
    Verdict.SUCCESS: Decision(None, "it succeeded"),
    Verdict.AUTH: Decision(None, "the credential was refused: it must be renewed before another attempt"),
    Verdict.PERMANENT: Decision(None, "the service said no: the same call will be refused again"),
    Verdict.UNCERTAIN: Decision(None, "it may have happened: sending it again could do it twice"),
}


def decide(
    policy: RetryPolicy,
    verdict: Verdict,
    attempt: int,
    *,
    retry_after_s: float | None,
    budget: RetryBudget | None,
    random: Random,
    remaining_s: float | None = None,
    previous_s: float | None = None,
) -> Decision:
    """Return whether attempt number `attempt` (1 is the first) is followed by another, when, and why.

    retry_after_s: the wait the service asked for, which wins over the schedule. remaining_s: what is left
    before the deadline. previous_s: the wait before this attempt, for jitter "decorrelated". Pure, but that
    a retry which is granted is paid for from `budget`.
    """
    final = _FINAL.get(verdict)
    if final is not None:
        return final
    if retry_after_s is not None and retry_after_s > policy.retry_after_max:
        return Decision(
            None,
            f"the service asks to wait {format_span(retry_after_s)}, longer than the "
            f"{format_span(policy.retry_after_max)} that are waited for by themselves",
            park_s=retry_after_s,
        )
    if attempt >= policy.attempts:
        return Decision(None, "the only attempt failed" if attempt == 1 else f"all {attempt} attempts failed")
    if retry_after_s is not None:
        wait_s = max(0.0, retry_after_s)
    else:
        wait_s = compute_delay(
            attempt,
            initial=policy.wait_initial,
            factor=policy.wait_factor,
            cap=policy.wait_max,
            jitter=policy.jitter,
            random=random,
            previous=previous_s,
        )
    if remaining_s is not None and wait_s >= remaining_s:
        return Decision(
            None,
            f"the next attempt would be in {format_span(wait_s)}, and the deadline is in "
            f"{format_span(max(0.0, remaining_s))}",
        )
    is_throttled = verdict is Verdict.THROTTLED
    if budget is not None and not budget.take(is_throttled):
        why = "the account's retry budget is spent: too many calls have failed lately"
        return Decision(None, why, is_budget_spent=True)
    asked = "as the service asked" if retry_after_s is not None else "by the schedule"
    return Decision(wait_s, f"attempt {attempt + 1} of {policy.attempts} in {format_span(wait_s)}, {asked}")


def format_span(seconds: float) -> str:
    """Return a length of time for people: "0.7 s", "16 s", "5 min", "2 h 30 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    if math.isinf(seconds):
        return "for ever"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
