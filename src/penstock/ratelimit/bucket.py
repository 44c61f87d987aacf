"""How many more may leave now, and when the next may: a sliding window and a token bucket. Arithmetic only.

Times are seconds on any one clock, passed in; nothing here waits. Every kind of budget answers the same way:

    take(cost, now) -> 0.0        taken
                    -> seconds    nothing taken; ask again after that long (inf: it cannot be said)

A clock that jumps back moves what is remembered back with it, so that time seems to have stood still: nothing
is let through early, and nothing waits for the clock to come round again.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import deque
from typing import Protocol

SHORTEST_WAIT_S = 1e-6  # rounding must not ask for a sleep so short that the clock does not move
EPSILON = 1e-9  # relative; sums of fractional costs do not come out even
EXACT_AMOUNT = 1000  # windows up to this many units remember every send
MOST_ENTRIES = 4096
PACED_PER_S = 10.0  # the whole of a longer window may leave at once, of a shorter one only a part
PACED_SHARE = 0.05  # what may leave at once of a paced window: enough to make good for waking late
PACED_AMOUNT = 4.0  # below this there is nothing to spread


class Budget(Protocol):
    """What the limiter asks of a window, a bucket, a bulkhead, or a share of one."""

    @property
    def capacity(self) -> float:
        """Return the most one call may cost."""
        ...

    def take(self, cost: float, now: float) -> float:
        """Take `cost` units and return 0.0, or take nothing and return the seconds until they are there."""
        ...

    def untake(self, cost: float) -> None:
        """Undo the take made just before, as if it had not been."""
        ...

    def wait(self, cost: float, now: float) -> float:
        """Return what `take` would, taking nothing."""
        ...

    def give_back(self, cost: float, taken_at: float, now: float) -> None:
        """Return units that were taken and not used, as far as that can no longer do harm."""
        ...

    def correct(
        self,
        now: float,
        *,
        limit: float | None = None,
        remaining: float | None = None,
        reset_in_s: float | None = None,
        refill_rate: float | None = None,
    ) -> None:
        """Believe the service where it knows of less than we do; never allow more than was declared."""
        ...

    def close(self, until: float) -> None:
        """Let nothing through before `until`."""
        ...

    def available(self, now: float) -> float:
        """Return the units that could be taken now, changing nothing (any thread may ask)."""
        ...

    def is_idle(self, now: float) -> bool:
        """Say whether nothing is remembered, so that a new one would do as well."""
        ...


class SlidingWindow:
    """Let at most `amount` units through in any stretch of `per` seconds: an exact log of what was sent.

    Up to 1,000 units every send is remembered; beyond that, sends within per/1000 are remembered as one, which
    expires with the latest of them. A window of up to 10 s is also paced: 5 % of it may leave at once, the rest
    evenly, on a schedule that waking late does not shift, so that the full rate is kept.

    guard_s: lengthens the window, for a service that sees requests closer together than they were sent.
    """

    __slots__ = (
        "_amount", "_costs", "_declared", "_first", "_gap", "_grain", "_lead", "_open_at", "_seen", "_span", "_tat",
        "_times", "_undo_at", "_undo_tat", "_used",
    )  # fmt: skip

    def __init__(self, amount: float, per: float, *, guard_s: float = 0.0) -> None:
        self._declared = self._amount = float(amount)
        self._span = per + guard_s
        self._grain = 0.0 if amount <= EXACT_AMOUNT else per / EXACT_AMOUNT
        self._gap = self._span / amount if per <= PACED_PER_S and amount >= PACED_AMOUNT else 0.0
        self._lead = max(PACED_SHARE * self._span, self._gap)
        self._times: deque[float] = deque()
        self._costs: deque[float] = deque()
        self._used = 0.0
        self._first = -math.inf  # the earliest send in the newest entry
        self._tat = -math.inf  # where the schedule stands: the theoretical arrival time of GCRA
        self._open_at = -math.inf
        self._seen = -math.inf
        self._undo_at = self._undo_tat = -math.inf

    @property
    def capacity(self) -> float:
        return self._amount

    def take(self, cost: float, now: float) -> float:
        if now < self._seen:
            self._rebase(now)
        self._seen = now
        times = self._times
        if times and times[0] <= now - self._span:
            self._expire(now)
        if now < self._open_at or not 0.0 <= cost <= (self._amount - self._used) * (1.0 + EPSILON):
            return self._wait(cost, now)
        self._used += cost
        self._undo_at = -math.inf
        if times and (now - self._first < self._grain or len(times) >= MOST_ENTRIES):
            self._undo_at = times[-1]
            times[-1] = now
            self._costs[-1] += cost
        else:
            self._first = now
            times.append(now)
            self._costs.append(cost)
        if self._gap:
            tat = self._undo_tat = self._tat
            self._tat = tat = (tat if tat > now else now) + cost * self._gap
            self._open_at = tat - self._lead
        return 0.0

    def untake(self, cost: float) -> None:
        self._used -= cost
        if self._undo_at > -math.inf:
            self._times[-1] = self._undo_at
            self._costs[-1] -= cost
        else:
            self._times.pop()
            self._costs.pop()
            self._first = -math.inf
        if self._gap:
            self._tat = self._undo_tat
            self._open_at = self._tat - self._lead  # it was open, or nothing would have been taken

    def wait(self, cost: float, now: float) -> float:
        if now < self._seen:
            self._rebase(now)
        self._seen = now
        self._expire(now)
        if now < self._open_at or not 0.0 <= cost <= (self._amount - self._used) * (1.0 + EPSILON):
            return self._wait(cost, now)
        return 0.0

    def _wait(self, cost: float, now: float) -> float:
        if not 0.0 <= cost <= self._amount:
            return math.inf
        until = self._open_at
        over = self._used + cost - self._amount
        if over > self._amount * EPSILON:
            for at, spent in zip(self._times, self._costs, strict=True):
                over -= spent
                if over <= self._amount * EPSILON:
                    until = max(until, at + self._span)
                    break
        return max(until - now, SHORTEST_WAIT_S)

    def _expire(self, now: float) -> None:
        times, costs, horizon = self._times, self._costs, now - self._span
        while times and times[0] <= horizon:
            times.popleft()
            self._used -= costs.popleft()
        if not times:
            self._used = 0.0  # so that rounding does not add up for ever
            self._first = -math.inf

    def _rebase(self, now: float) -> None:
        back = self._seen - now
        self._times = deque(at - back for at in self._times)
        self._first -= back
        self._tat -= back
        self._open_at -= back
        self._undo_at -= back
        self._undo_tat -= back

    def give_back(self, cost: float, taken_at: float, now: float) -> None:
        self._expire(now)
        # The entry of that send, or an earlier one: what stays is then remembered at least as long as it should be.
        number = bisect_right(self._times, taken_at) - 1
        if number < 0:
            return
        cost = min(cost, self._costs[number])
        self._costs[number] -= cost
        self._used -= cost

    def correct(
        self,
        now: float,
        *,
        limit: float | None = None,
        remaining: float | None = None,
        reset_in_s: float | None = None,
        refill_rate: float | None = None,
    ) -> None:
        if limit is not None and limit > 0:
            self._amount = min(self._declared, limit)
        if remaining is None or (reset_in_s is not None and reset_in_s <= 0):
            return
        self._expire(now)
        unknown = self._amount - self._used - max(remaining, 0.0)
        if unknown > self._amount * EPSILON:
            # Others use the budget as well: remember their part as a send that expires when the service says.
            lasts = self._span if reset_in_s is None else min(reset_in_s, self._span)
            self.remember(unknown, now + lasts - self._span)

    def remember(self, cost: float, at: float) -> None:
        """Count `cost` units as sent at `at`, in the past, whether or not they fit."""
        number = bisect_left(self._times, at)
        if number < len(self._times) and (
            self._times[number] - at <= max(self._grain, self._span / EXACT_AMOUNT)
        ):
            self._costs[number] += cost  # remembered a little longer than need be
        else:
            self._times.insert(number, at)
            self._costs.insert(number, cost)
            if number == len(self._times) - 1:
                self._first = at
        self._used += cost

    def close(self, until: float) -> None:
        self._open_at = max(self._open_at, until)
        self._tat = max(self._tat, until)

    def available(self, now: float) -> float:
        if now < self._open_at - self._lead:
            return 0.0
        times, costs = list(self._times), list(self._costs)
        expired = sum(costs[: bisect_right(times, now - self._span)]) if times else 0.0
        return max(0.0, self._amount - self._used + expired)

    def is_idle(self, now: float) -> bool:
        self._expire(now)
        return not self._times and now >= self._open_at and now >= self._tat and self._amount == self._declared


class TokenBucket:
    """Let `refill_rate` units a second through on average and at most `capacity` at once (GCRA: one number is kept).

    A capacity of 1 keeps a gap between any two units, measured from when the first really left.
    """

    __slots__ = (
        "_capacity", "_declared", "_depth", "_full_at", "_interval", "_open_at", "_rate", "_seen", "_tat", "_undo",
    )  # fmt: skip

    def __init__(self, capacity: float, refill_rate: float) -> None:
        self._declared = (float(capacity), float(refill_rate))
        self._capacity, self._rate = self._declared
        self._interval = 1.0 / self._rate  # seconds a unit takes to come back
        self._depth = self._capacity * self._interval  # seconds the empty bucket takes to fill
        self._tat = -math.inf  # when the bucket will be full again
        self._full_at = -math.inf  # when it was last known to be
        self._open_at = -math.inf
        self._seen = -math.inf
        self._undo = (-math.inf, -math.inf)

    @property
    def capacity(self) -> float:
        return self._capacity

    @property
    def refill_rate(self) -> float:
        """Return the units a second that come back."""
        return self._rate

    def take(self, cost: float, now: float) -> float:
        if now < self._seen:
            self._rebase(now)
        self._seen = now
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

    def wait(self, cost: float, now: float) -> float:
        if now < self._seen:
            self._rebase(now)
        self._seen = now
        due = max(self._tat, now) + cost * self._interval
        if now < self._open_at or not 0.0 <= due - now <= self._depth + EPSILON * self._interval or not cost >= 0.0:
            return self._wait(cost, now)
        return 0.0

    def _wait(self, cost: float, now: float) -> float:
        if not 0.0 <= cost <= self._capacity:
            return math.inf
        due = max(self._tat, now) + cost * self._interval - self._depth
        return max(self._open_at - now, due - now, SHORTEST_WAIT_S)

    def _rebase(self, now: float) -> None:
        back = self._seen - now
        self._tat -= back
        self._full_at -= back
        self._open_at -= back

    def give_back(self, cost: float, taken_at: float, now: float) -> None:
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

    def close(self, until: float) -> None:
        self._open_at = max(self._open_at, until)
        # Empty until then: one unit when it opens, the others as they come back.
        self._tat = max(self._tat, until + self._depth - self._interval)

    def _level(self, now: float) -> float:
        return min(self._capacity, self._capacity - (max(self._tat, now) - now) * self._rate)

    def available(self, now: float) -> float:
        return 0.0 if now < self._open_at else max(0.0, self._level(now))

    def is_idle(self, now: float) -> bool:
        return now >= max(self._tat, self._open_at) and (self._capacity, self._rate) == self._declared
