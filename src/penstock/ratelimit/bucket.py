"""How many more may leave now, and when the next may: a token bucket, kept as one instant (see budget.py).

Arithmetic only: no I/O, no clock, nothing waits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

SHORTEST_WAIT_S = 1e-6  # rounding must not ask for a sleep so short that the clock does not move
EXACT_INTERVAL_S = 0.05  # beyond that a millisecond is less than 2 %
EPSILON = 1e-9  # relative; sums of fractional costs do not come out even


def is_gap(capacity: float, interval_s: float) -> bool:
    """Say whether a bucket is a gap between any two units, and a short one."""
    return capacity < 2.0 and interval_s <= EXACT_INTERVAL_S


class TokenBucket:
    """Let `refill_rate` units a second through on average and at most `capacity` at once (GCRA: one number is kept).

    A capacity of 1 keeps a gap between any two units, measured from when the first really left.
    """

    __slots__ = (
        "_capacity", "_declared", "_depth", "_full_at", "_interval", "_open_at", "_promised", "_rate", "_tat", "_undo",
    )  # fmt: skip

    def __init__(self, capacity: float, refill_rate: float) -> None:
        self._declared = (float(capacity), float(refill_rate))
        self._capacity, self._rate = self._declared
        self._interval = 1.0 / self._rate  # seconds a unit takes to come back
        self._depth = self._capacity * self._interval  # seconds the empty bucket takes to fill
        self._tat = -math.inf  # when the bucket will be full again
        self._full_at = -math.inf  # when it was last known to be
        self._open_at = -math.inf
        self._undo = (-math.inf, -math.inf)
        self._promised: list[
            tuple[float, float]
        ] = []  # (when taken, when the bucket was full) of calls yet to leave

    @property
    def capacity(self) -> float:
        return self._capacity

    @property
    def refill_rate(self) -> float:
        """Return the units a second that come back."""
        return self._rate

    @property
    def is_exact(self) -> bool:
        """Say whether a call that leaves a millisecond late costs a millisecond of the rate, and that is much."""
        return is_gap(self._declared[0], self._interval)

    def take(self, cost: float, now: float) -> float:
        tat, full_at = self._tat, self._full_at
        start = tat
        if tat <= now:
            start = self._full_at = now
        due = start + cost * self._interval
        if now < self._open_at or not start <= due <= now + self._depth + EPSILON * self._interval:
            return self._wait(cost, now)
        self._undo = (tat, full_at)
        self._tat = due
        return 0.0

    def untake(self, cost: float) -> None:
        self._tat, self._full_at = self._undo

    def delay(self, cost: float, taken_at: float, now: float) -> bool:
        for place, (granted_at, start) in enumerate(self._promised):
            if granted_at == taken_at:
                self._move(place, now - start)
                return now > start
        return False

    def promise(self, cost: float, now: float) -> None:
        self._promised.append((now, self._tat - cost * self._interval))

    def _move(self, place: int, seconds: float) -> None:
        """Forget a promise; where the bucket was full before its call left, it fills from then on."""
        del self._promised[place]
        if seconds > 0:
            self._tat += seconds
            self._full_at += seconds
            for later in range(place, len(self._promised)):
                granted_at, start = self._promised[later]
                self._promised[later] = granted_at, start + seconds

    def wait(self, cost: float, now: float) -> float:
        due_in = max(self._tat - now, 0.0) + cost * self._interval
        is_free = now >= self._open_at and cost >= 0.0 and due_in <= self._depth + EPSILON * self._interval
        return 0.0 if is_free else self._wait(cost, now)

    def _wait(self, cost: float, now: float) -> float:
        if not 0.0 <= cost <= self._capacity:
            return math.inf
        return max(self.free_at(cost, now) - now, self._open_at - now, SHORTEST_WAIT_S)

    def free_at(self, cost: float, now: float, *, occupied: float = 0.0) -> float:
        """Return when `cost` units will be there besides the `occupied` ones; inf where they never fit together."""
        if cost + occupied > self._capacity * (1.0 + EPSILON):
            return math.inf
        return max(now, max(self._tat, now) + (cost + occupied) * self._interval - self._depth)

    def remember(self, cost: float, at: float) -> None:
        """Count `cost` units as sent at `at`, whether or not they fit, and in whatever order they are told."""
        if self._tat <= at:
            self._tat = self._full_at = at
        self._tat += cost * self._interval

    def shift(self, seconds: float) -> None:
        self._tat += seconds
        self._full_at += seconds
        self._open_at += seconds
        self._promised = [(granted_at + seconds, start + seconds) for granted_at, start in self._promised]

    def give_back(self, cost: float, taken_at: float, now: float) -> None:
        for place, (granted_at, _) in enumerate(self._promised):
            if granted_at == taken_at:
                del self._promised[place]  # those behind it may now be moved a little more than need be
                break
        # A bucket that was full since then has forgotten the units, and would count them twice.
        if self._full_at <= taken_at and self._tat > now:
            self._tat -= cost * self._interval

    def correct(
        self,
        now: float,
        *,
        limit: float | None = None,
        remaining: float | None = None,
        reset_in_s: float | None = None,
        refill_rate: float | None = None,
    ) -> None:
        level = self._level(now)
        if limit is not None and limit >= 1:
            self._capacity = min(self._declared[0], limit)
        if refill_rate is not None and refill_rate > 0:
            self._rate = min(self._declared[1], refill_rate)
        self._interval = 1.0 / self._rate
        self._depth = self._capacity * self._interval
        level = min(level, self._capacity)
        if remaining is not None:
            level = min(level, max(remaining, 0.0))
        self._tat = now + (self._capacity - level) * self._interval

    def expire(self, now: float) -> None:
        """Do nothing: a bucket has no log."""

    def scheduled_at(self, cost: float, now: float) -> float:
        """Return `now`: a bucket has its burst, and no schedule besides."""
        return now

    def dump(self) -> list[float]:
        """Return what is remembered, as numbers `load` takes."""
        return [self._tat, self._full_at]

    def load(self, numbers: Sequence[float]) -> None:
        """Take up what a bucket with the same rate remembered."""
        self._tat, self._full_at = numbers

    def close(self, until: float) -> None:
        self._open_at = max(self._open_at, until)
        # Empty until then: one unit when it opens, the others as they come back.
        self._tat = max(self._tat, until + self._depth - self._interval)

    def _level(self, now: float) -> float:
        return min(self._capacity, self._capacity - (max(self._tat, now) - now) * self._rate)

    def available(self, now: float) -> float:
        return 0.0 if now < self._open_at else max(0.0, self._level(now))

    def peek(self, cost: float, now: float) -> float | None:
        return max(0.0, self.free_at(cost, now) - now, self._open_at - now)

    def is_idle(self, now: float) -> bool:
        return now >= max(self._tat, self._open_at) and (self._capacity, self._rate) == self._declared
