"""How many calls at once. It counts who is inside; it does not know who waits outside."""

from __future__ import annotations

import math


class Bulkhead:
    """Let `amount` units be under way at once; each is given back when its call has ended."""

    __slots__ = ("_amount", "_declared", "_open_at", "in_use")

    def __init__(self, amount: float) -> None:
        self._declared = self._amount = float(amount)
        self._open_at = -math.inf
        self.in_use = 0.0

    is_exact = False

    @property
    def capacity(self) -> float:
        return self._amount

    def take(self, cost: float, now: float) -> float:
        if now < self._open_at or not 0.0 <= cost <= self._amount - self.in_use:
            return self.wait(cost, now)
        self.in_use += cost
        return 0.0

    def untake(self, cost: float) -> None:
        self.release(cost)

    def promise(self, cost: float, now: float) -> None:
        """Do nothing: who is inside is inside."""

    def delay(self, cost: float, taken_at: float, now: float) -> bool:
        """Do nothing: who is inside is inside."""
        return False

    def release(self, cost: float) -> None:
        """Give back the units of a call that has ended."""
        self.in_use = max(0.0, self.in_use - cost)

    def wait(self, cost: float, now: float) -> float:
        if not 0.0 <= cost <= self._amount - self.in_use:
            return math.inf  # until somebody comes out, and when that is nobody knows
        return max(0.0, self._open_at - now)

    def give_back(self, cost: float, taken_at: float, now: float) -> None:
        self.release(cost)

    def correct(
        self,
        now: float,
        *,
        limit: float | None = None,
        remaining: float | None = None,
        reset_in_s: float | None = None,
        refill_rate: float | None = None,
    ) -> None:
        if limit is not None and limit >= 1:
            self._amount = min(self._declared, limit)

    def close(self, until: float) -> None:
        self._open_at = max(self._open_at, until)

    def shift(self, seconds: float) -> None:
        self._open_at += seconds

    def available(self, now: float) -> float:
        return 0.0 if now < self._open_at else max(0.0, self._amount - self.in_use)

    def peek(self, cost: float, now: float) -> float | None:
        return max(0.0, self._open_at - now) if cost <= self._amount - self.in_use else None

    def remember(self, cost: float, at: float) -> None:
        """Do nothing: what is under way is counted by who takes and gives back."""

    @property
    def must_report(self) -> bool:
        """Say whether others have to be told that a slot is free."""
        return False

    def is_idle(self, now: float) -> bool:
        return self.in_use == 0.0 and now >= self._open_at and self._amount == self._declared
