"""One process's slice of a shared window or bucket: units in hand, used inline. What is lent is decided in shares.py.

To the limiter a slice is a budget like any other. It also keeps what has to be reported, and says when it needs
more; sharing.py carries both to the store and back. When the store fails, a slice becomes a budget of its own.
"""

from __future__ import annotations

import math
from collections import deque

from penstock.ratelimit.bucket import SHORTEST_WAIT_S, TokenBucket, is_gap
from penstock.ratelimit.budget import Budget, build_meter
from penstock.ratelimit.limit import Limit
from penstock.ratelimit.shares import LASTING_S, Answer, Ask

LARGEST_SHARE = 0.05  # of a window; a one-second window's slice is then 50 ms worth
LARGEST_BURST_SHARE = 0.125  # of a bucket's burst
MERGED_S = 0.001  # sends so close together are reported as one, as if all had left with the latest
SOON_S = LASTING_S / 4  # a slice half used within that time is renewed before it is spent


class UnitSlice:
    """Units of a window or a bucket, lent for a moment."""

    def __init__(self, key: str, limit: Limit) -> None:
        assert limit.per is not None
        self.key, self._limit, self._per = key, limit, limit.per
        self._declared = limit.amount if limit.burst is None else limit.burst
        self._amount = limit.amount
        self._burst = limit.burst or 0.0
        self._units: deque[list[float]] = deque()  # [from when, units, until when]
        self._in_hand = 0.0
        self._used: list[tuple[float, float]] = []
        self._returned = 0.0
        self._refunded: list[tuple[float, float]] = []
        self._said: tuple[float, float | None] | None = None  # remaining, reset_in_s
        self._close_until: float | None = None
        self._must = self._want = 0.0
        self._is_owed = False  # the store holds a place for us
        self._next_want = 1.0
        self._lent_at = -math.inf
        self._low = 0.0
        self._open_at = -math.inf
        self._retry_at = -math.inf
        self._free = self._declared
        self._own = build_meter(limit)  # what this process used: the budget it falls back to
        self._local: Budget | None = None
        self._undo_until = -math.inf

    @property
    def capacity(self) -> float:
        return self._amount if self._limit.burst is None else self._burst

    @property
    def is_exact(self) -> bool:
        return self._limit.burst is not None and is_gap(self._burst, self._per / self._amount)

    @property
    def is_low(self) -> bool:
        """Say whether so much was used so quickly that more should be fetched before it is needed."""
        return self._in_hand < self._low

    @property
    def is_urgent(self) -> bool:
        """Say whether the others should be told something soon."""
        return self._close_until is not None or self._said is not None

    def take(self, cost: float, now: float) -> float:
        if self._local is not None:
            return self._local.take(cost, now)
        units = self._units
        if units and now >= self._open_at:
            first = units[0]
            if first[0] <= now < first[2] and 0.0 <= cost <= first[1]:
                first[1] -= cost
                if first[1] <= 1e-9:
                    units.popleft()
                self._in_hand -= cost
                self._undo_until = first[2]
                self._used.append((now, cost))
                return 0.0
        wait = self.wait(cost, now)
        if wait:
            return wait
        needed = cost
        while needed > 1e-9 and units:
            part = min(needed, units[0][1])
            self._undo_until = units[0][2]
            units[0][1] -= part
            needed -= part
            if units[0][1] <= 1e-9:
                units.popleft()
        self._in_hand -= cost
        self._used.append((now, cost))
        return 0.0

    def untake(self, cost: float) -> None:
        if self._local is not None:
            self._local.untake(cost)
            return
        self._used.pop()
        self._units.appendleft([-math.inf, cost, self._undo_until])
        self._in_hand += cost

    def promise(self, cost: float, now: float) -> None:
        if self._local is not None:
            self._local.promise(cost, now)

    def delay(self, cost: float, taken_at: float, now: float) -> bool:
        if self._local is not None:
            return self._local.delay(cost, taken_at, now)
        if (taken_at, cost) in self._used:
            self._used.remove((taken_at, cost))
            self._used.append((now, cost))
        return False

    def wait(self, cost: float, now: float) -> float:
        if self._local is not None:
            return self._local.wait(cost, now)
        if not 0.0 <= cost <= self.capacity:
            return math.inf
        self._drop_expired(now)
        free_at, needed = max(now, self._open_at), cost
        for begins, units, _ in self._units:
            if needed <= 1e-9:
                break
            needed -= units
            free_at = max(free_at, begins)
        if needed <= 1e-9:
            return 0.0 if free_at <= now else max(free_at - now, SHORTEST_WAIT_S)
        if self._retry_at > now:
            return max(self._retry_at, self._open_at) - now
        return self._open_at - now if self._open_at > now else math.inf

    def _drop_expired(self, now: float) -> None:
        while self._units and self._units[0][2] <= now:
            units = self._units.popleft()[1]
            self._in_hand -= units
            self._returned += units
            self._next_want = max(1.0, self._next_want / 2)
        if not self._units:
            self._in_hand = 0.0

    def give_back(self, cost: float, taken_at: float, now: float) -> None:
        if self._local is not None:
            self._local.give_back(cost, taken_at, now)
        elif (taken_at, cost) in self._used:
            self._used.remove((taken_at, cost))
            self._returned += cost
        else:
            self._refunded.append((taken_at, cost))

    def correct(
        self,
        now: float,
        *,
        limit: float | None = None,
        remaining: float | None = None,
        reset_in_s: float | None = None,
        refill_rate: float | None = None,
    ) -> None:
        if self._local is not None:
            self._local.correct(
                now, limit=limit, remaining=remaining, reset_in_s=reset_in_s, refill_rate=refill_rate
            )
            return
        self._own.correct(now, limit=limit, refill_rate=refill_rate)
        if self._limit.burst is None:
            self._amount = self._own.capacity
        else:
            self._burst = self._own.capacity
            if isinstance(self._own, TokenBucket):
                self._amount = self._own.refill_rate * self._per
        if remaining is None or (reset_in_s is not None and reset_in_s <= 0):
            return
        if remaining < self._free + self._in_hand:
            self._said = (remaining, reset_in_s)
            self._free = max(0.0, remaining - self._in_hand)
            if remaining < self._in_hand:
                self.give_up()

    def give_up(self) -> None:
        """Return everything in hand at the next report."""
        self._returned += self._in_hand
        self._in_hand = self._must = self._want = 0.0
        self._units.clear()

    def close(self, until: float) -> None:
        if self._local is not None:
            self._local.close(until)
        elif until > self._open_at:
            self._open_at = self._close_until = until
            self._own.close(until)
            self.give_up()

    def shift(self, seconds: float) -> None:
        for units in self._units:
            units[0] += seconds
            units[2] += seconds
        self._used = [(at + seconds, cost) for at, cost in self._used]
        self._open_at += seconds
        self._retry_at += seconds
        (self._local or self._own).shift(seconds)

    def available(self, now: float) -> float:
        if self._local is not None:
            return self._local.available(now)
        return 0.0 if now < self._open_at else min(self.capacity, max(0.0, self._in_hand + self._free))

    def peek(self, cost: float, now: float) -> float | None:
        if self._local is not None:
            return self._local.peek(cost, now)
        if self.available(now) >= cost:
            return 0.0
        known_at = max(self._retry_at, self._open_at)
        return known_at - now if known_at > now else None

    def remember(self, cost: float, at: float) -> None:
        if self._local is not None:
            self._local.remember(cost, at)
        else:
            self._refunded.append((at, -cost))

    def is_idle(self, now: float) -> bool:
        if self._local is not None:
            return self._local.is_idle(now)
        return not self.has_news(now) and not self._units and now >= self._open_at and self._own.is_idle(now)

    # What the store is told, and answers

    def request(self, must: float, want: float, now: float) -> bool:
        """Ask for more at the next exchange, where there is any use in asking now."""
        if self._local is not None or now < self._retry_at or now < self._open_at:
            return False
        self._must = max(self._must, min(must, self.capacity) - self._in_hand)
        self._want = max(self._want, want - self._in_hand)
        return True

    def has_news(self, now: float) -> bool:
        """Say whether there is anything to report or to ask for."""
        if self._local is not None:
            return False
        self._drop_expired(now)
        return bool(
            self._used or self._returned or self._refunded or self._said or self._close_until
            or self._want > 0 or self._must > 0 or self._is_owed
        )  # fmt: skip

    @property
    def is_lent(self) -> bool:
        """Say whether anything is in hand that must go back some day."""
        return bool(self._units) and self._local is None

    def ask(self, now: float) -> Ask:
        """Return what is to be reported and asked for, and consider it told."""
        self._drop_expired(now)
        self._used = merge(self._used, min(MERGED_S, self._per / 1000))
        is_asking = self._want > 0 or self._must > 0
        if is_asking and self._in_hand <= self._low and now - self._lent_at < SOON_S:
            self._next_want = min(self._next_want * 2, self.capacity)
        largest = (
            self._amount * LARGEST_SHARE if self._limit.burst is None else self._burst * LARGEST_BURST_SHARE
        )
        want = max(self._must, min(max(self._want, self._next_want), max(1.0, largest)))
        remaining, reset_in_s = self._said or (None, None)
        ask = Ask(
            self.key, self._limit.kind, self._amount, self._per, self._burst, tuple(self._used), self._returned,
            tuple(self._refunded), max(0.0, self._must), want if is_asking else 0.0,
            remaining, reset_in_s, self._close_until,
        )  # fmt: skip
        self._keep_own(now)
        self._is_owed = ask.must > 0  # unless it is lent at once
        self._used, self._refunded, self._returned = [], [], 0.0
        self._said = self._close_until = None
        self._must = self._want = 0.0
        return ask

    def apply(self, answer: Answer, now: float) -> None:
        """Take what was lent."""
        units = 0.0
        for begins, count in answer.pieces:
            self._units.append([begins, count, answer.expires_at])
            units += count
        if units:
            self._in_hand += units
            self._lent_at = now
            self._low = units / 2 if units >= 2 else 0.0
        self._is_owed = self._is_owed and answer.retry_at is not None
        self._retry_at = answer.retry_at if answer.retry_at is not None else -math.inf
        self._free = answer.free
        if answer.closed_until > max(self._open_at, now):
            self._own.close(answer.closed_until)
            self._open_at = answer.closed_until
            self.give_up()

    def go_local(self, now: float) -> None:
        """Go on without the store, from what this process used and what was last known of the others."""
        self._keep_own(now)
        self._own.correct(now, remaining=self._free + self._in_hand)
        self._local = self._own

    def _keep_own(self, now: float) -> None:
        self._own.expire(now)
        for at, cost in self._used:
            self._own.remember(cost, at)


def merge(sends: list[tuple[float, float]], within_s: float) -> list[tuple[float, float]]:
    """Return (when, units) with sends that lie within so many seconds of a first counted as one with the last."""
    merged: list[tuple[float, float]] = []
    first = -math.inf
    for at, units in sends:
        if at - first < within_s:
            merged[-1] = (max(at, merged[-1][0]), merged[-1][1] + units)
        else:
            first = at
            merged.append((at, units))
    return merged
