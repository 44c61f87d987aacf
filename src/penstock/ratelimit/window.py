"""How many more may leave now, and when the next may: a sliding window with an exact log (see budget.py).

Arithmetic only: no I/O, no clock, nothing waits.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence

from penstock.ratelimit.bucket import EPSILON, SHORTEST_WAIT_S

EXACT_AMOUNT = 1000  # windows up to this many units remember every send
PACED_PER_S = 10.0  # the whole of a longer window may leave at once, of a shorter one only a part
PACED_SHARE = 0.05  # what may leave at once of a paced window: enough to make good for waking late
PACED_AMOUNT = 4.0  # below this there is nothing to spread


class SlidingWindow:
    """Let at most `amount` units through in any stretch of `per` seconds: an exact log of what was sent.

    Up to 1,000 units every send is remembered; beyond that, sends within per/1000 are remembered as one, which
    expires with the latest of them. A window of up to 10 s is also paced: 5 % of it may leave at once, the rest
    evenly, on a schedule that waking late does not shift, so that the full rate is kept.

    guard_s: lengthens the window, for a service that sees requests closer together than they were sent.
    grain_s: remembers sends within that many seconds as one, where the log must be smaller still.
    """

    __slots__ = (
        "_amount", "_closed_until", "_costs", "_declared", "_first", "_gap", "_grain", "_is_paced", "_lead", "_open_at",
        "_per", "_room", "_span", "_times", "_undo_at", "_undo_open",
    )  # fmt: skip

    def __init__(self, amount: float, per: float, *, guard_s: float = 0.0, grain_s: float = 0.0) -> None:
        self._declared = float(amount)
        self._per = float(per)
        self._span = per + guard_s
        self._grain = max(grain_s, per / EXACT_AMOUNT if amount > EXACT_AMOUNT else 0.0)
        self._is_paced = per <= PACED_PER_S and amount >= PACED_AMOUNT
        self._gap = self._lead = 0.0
        self._times: deque[float] = deque()
        self._costs: deque[float] = deque()
        self._amount = self._room = (
            0.0  # room: what is left; a hair more, as sums of fractions do not come out even
        )
        self._resize(self._declared)
        self._first = -math.inf  # the earliest send in the newest entry
        self._open_at = -math.inf  # nothing before then, for the schedule's sake or because it is closed
        self._closed_until = -math.inf
        self._undo_at = self._undo_open = -math.inf

    def _resize(self, amount: float) -> None:
        self._room += (amount - self._amount) * (1.0 + EPSILON)
        self._amount = amount
        if self._is_paced:
            self._gap = self._span / amount
            self._lead = max(PACED_SHARE * self._span, self._gap)

    is_exact = False

    @property
    def capacity(self) -> float:
        return self._amount

    def take(self, cost: float, now: float) -> float:
        times = self._times
        if times and times[0] <= now - self._span:
            self.expire(now)
        if now < self._open_at or not 0.0 <= cost <= self._room:
            return self._wait(cost, now)
        self._room -= cost
        if self._grain or cost < 1.0:
            self._note(cost, now)
        else:
            times.append(now)
            self._costs.append(cost)
        if self._gap:
            # GCRA, kept as the instant from which the next unit fits the schedule.
            opened = self._undo_open = self._open_at
            early = now - self._lead
            self._open_at = (opened if opened > early else early) + cost * self._gap
        return 0.0

    def _note(self, cost: float, now: float) -> None:
        if not self._grain:
            self._grain = self._per / EXACT_AMOUNT  # many parts of a unit would make a long log as well
            self._first = -math.inf
        if self._times and now - self._first < self._grain:
            self._undo_at = self._times[-1]
            self._times[-1] = now
            self._costs[-1] += cost
        else:
            self._undo_at = -math.inf
            self._first = now
            self._times.append(now)
            self._costs.append(cost)

    def untake(self, cost: float) -> None:
        self._room += cost
        if self._grain and self._undo_at > -math.inf:
            self._times[-1] = self._undo_at
            self._costs[-1] -= cost
        else:
            self._times.pop()
            self._costs.pop()
            self._first = -math.inf
        if self._gap:
            self._open_at = self._undo_open

    def promise(self, cost: float, now: float) -> None:
        """Do nothing: the log has the instant, and `delay` finds it there."""

    def delay(self, cost: float, taken_at: float, now: float) -> bool:
        times, costs = self._times, self._costs
        if not self._grain and times and times[-1] == taken_at and costs[-1] == cost:
            times[-1] = now  # the usual case: nothing was taken since
            return len(times) == 1
        number = bisect_right(times, taken_at) - 1
        if number >= 0 and costs[number] >= cost:
            costs[number] -= cost
            self._room += cost
            self.remember(cost, now)
        return False

    def wait(self, cost: float, now: float) -> float:
        self.expire(now)
        return self._wait(cost, now) if now < self._open_at or not 0.0 <= cost <= self._room else 0.0

    def _wait(self, cost: float, now: float) -> float:
        if not 0.0 <= cost <= self._amount:
            return math.inf
        return max(self.free_at(cost, now) - now, self._open_at - now, SHORTEST_WAIT_S)

    def free_at(self, cost: float, now: float, *, occupied: float = 0.0) -> float:
        """Return when `cost` units will have expired besides the `occupied` ones, wherever the schedule stands."""
        over = cost + occupied - self._room
        if over <= 0:
            return now
        for at, spent in zip(self._times, self._costs, strict=True):
            over -= spent
            if over <= self._amount * EPSILON:
                return max(now, at + self._span)
        return math.inf

    def expire(self, now: float) -> None:
        """Forget what has left the window."""
        times, costs, horizon = self._times, self._costs, now - self._span
        while times and times[0] <= horizon:
            times.popleft()
            self._room += costs.popleft()
        if not times:
            self._room = self._amount * (1.0 + EPSILON)  # so that rounding does not add up for ever
            self._first = -math.inf

    def shift(self, seconds: float) -> None:
        self._times = deque(at + seconds for at in self._times)
        self._first += seconds
        self._open_at += seconds
        self._closed_until += seconds
        self._undo_at += seconds
        self._undo_open += seconds

    def give_back(self, cost: float, taken_at: float, now: float) -> None:
        self.expire(now)
        # The entry of that send, or an earlier one: what stays is then remembered at least as long as it should be.
        number = bisect_right(self._times, taken_at) - 1
        if number < 0:
            return
        cost = min(cost, self._costs[number])
        self._costs[number] -= cost
        self._room += cost

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
            self._resize(min(self._declared, limit))
        if remaining is None or (reset_in_s is not None and reset_in_s <= 0):
            return
        self.expire(now)
        unknown = self._room - max(remaining, 0.0)
        if unknown > self._amount * EPSILON * 2:
            # Others use the budget as well: remember their part as a send that expires when the service says.
            lasts = self._span if reset_in_s is None else min(reset_in_s, self._span)
            self.remember(unknown, now + lasts - self._span)

    def remember(self, cost: float, at: float) -> None:
        """Count `cost` units as sent at `at`, whether or not they fit, and in whatever order they are told."""
        times, costs = self._times, self._costs
        number = bisect_left(times, at)
        if number == len(times):
            if times and at - self._first < self._grain:
                times[-1] = at
                costs[-1] += cost
            else:
                self._first = at
                times.append(at)
                costs.append(cost)
        elif times[number] - at <= max(self._grain, self._span / EXACT_AMOUNT):
            costs[number] += cost  # remembered a little longer than need be
        else:
            times.insert(number, at)
            costs.insert(number, cost)
        self._room -= cost

    def scheduled_at(self, cost: float, now: float) -> float:
        """Return when the schedule lets `cost` units go, and move it on as if they went then (negative: back)."""
        at = max(now, self._open_at)
        if self._gap:
            self._open_at = max(self._open_at, now - self._lead) + cost * self._gap
        return at

    def dump(self) -> list[float]:
        """Return what is remembered, as numbers `load` takes."""
        return [self._open_at, *self._times, *self._costs]

    def load(self, numbers: Sequence[float]) -> None:
        """Take up what a window with the same `per` remembered."""
        half = (len(numbers) + 1) // 2
        self._open_at = numbers[0]
        self._times, self._costs = deque(numbers[1:half]), deque(numbers[half:])
        self._room = self._amount * (1.0 + EPSILON) - sum(self._costs)
        self._first = self._times[-1] if self._times else -math.inf

    def close(self, until: float) -> None:
        self._closed_until = max(self._closed_until, until)
        self._open_at = max(self._open_at, until)

    def available(self, now: float) -> float:
        if now < self._closed_until:
            return 0.0
        times, costs = list(self._times), list(self._costs)
        free = self._room + sum(costs[: bisect_right(times, now - self._span)])
        return min(max(0.0, round(free, 6)), self._amount)

    def peek(self, cost: float, now: float) -> float | None:
        free_at, over = self._closed_until, cost - self._room
        for at, spent in zip(list(self._times), list(self._costs), strict=False):
            if over <= self._amount * EPSILON:
                break
            over -= spent
            free_at = max(free_at, at + self._span)
        return max(0.0, free_at - now)

    def is_idle(self, now: float) -> bool:
        self.expire(now)
        return not self._times and now >= self._open_at and self._amount == self._declared
