"""One process's slots of a shared bulkhead: held while calls are under way, lent and taken back in shares.py."""

from __future__ import annotations

import math

from penstock.ratelimit.bulkhead import Bulkhead
from penstock.ratelimit.limit import Limit
from penstock.ratelimit.shares import Answer, Ask


class SlotSlice(Bulkhead):
    """Slots of a shared bulkhead, held while calls are under way."""

    __slots__ = (
        "_close_until", "_free", "_have", "_idle_ticks", "_is_local", "_is_owed", "_must", "_owed", "_retry_at",
        "_returned", "_want", "key",
    )  # fmt: skip

    def __init__(self, key: str, limit: Limit) -> None:
        super().__init__(limit.amount)
        self.key = key
        self._have = 0.0
        self._returned = 0.0
        self._owed = 0.0  # slots another waits for
        self._must = self._want = 0.0
        self._is_owed = False
        self._retry_at = -math.inf
        self._free = limit.amount
        self._close_until: float | None = None
        self._idle_ticks = 0
        self._is_local = False

    @property
    def is_low(self) -> bool:
        return False

    @property
    def is_urgent(self) -> bool:
        return self._close_until is not None or self._returned > 0

    @property
    def is_lent(self) -> bool:
        return self._have > 0 and not self._is_local

    def take(self, cost: float, now: float) -> float:
        if not self._is_local and not 0.0 <= cost <= self._have - self.in_use:
            return self.wait(cost, now)
        wait = super().take(cost, now)
        if not wait:
            self._idle_ticks = 0
        return wait

    def wait(self, cost: float, now: float) -> float:
        if self._is_local or not 0.0 <= cost <= self._amount or cost <= self._have - self.in_use:
            return super().wait(cost, now)
        if self._have >= self._amount:
            return math.inf  # all of them are ours: one of our own calls must end
        wait = max(self._retry_at, self._open_at) - now
        return wait if wait > 0 else math.inf

    def release(self, cost: float) -> None:
        super().release(cost)
        if self._owed >= 1.0 and self._have - self.in_use >= 1.0:
            self._have -= 1.0
            self._owed -= 1.0
            self._returned += 1.0

    def give_up(self) -> None:
        """Return every slot at the next report: nothing of this process is under way any more."""
        self._returned += self._have
        self._have = self.in_use = self._must = self._want = 0.0

    def untake(self, cost: float) -> None:
        super().release(cost)

    def close(self, until: float) -> None:
        if until > self._open_at and not self._is_local:
            self._close_until = until
        super().close(until)

    def shift(self, seconds: float) -> None:
        super().shift(seconds)
        self._retry_at += seconds

    def available(self, now: float) -> float:
        if self._is_local:
            return super().available(now)
        return 0.0 if now < self._open_at else max(0.0, self._have - self.in_use + self._free)

    def peek(self, cost: float, now: float) -> float | None:
        return 0.0 if self.available(now) >= cost else None

    @property
    def must_report(self) -> bool:
        return self._returned > 0

    def is_idle(self, now: float) -> bool:
        return super().is_idle(now) and not self._have and not self.has_news(now)

    def request(self, must: float, want: float, now: float) -> bool:
        """Ask for more slots at the next exchange, where there is any use in asking now."""
        if self._is_local or now < self._retry_at or now < self._open_at or self._have >= self._amount:
            return False
        spare = self._have - self.in_use
        self._must = max(self._must, min(must, self._amount) - spare)
        self._want = max(self._want, want - spare)
        return True

    def has_news(self, now: float) -> bool:
        if self._is_local:
            return False
        return bool(self._have or self._returned or self._want > 0 or self._is_owed or self._close_until)

    def ask(self, now: float) -> Ask:
        """Return what is to be reported and asked for, and consider it told. Slots nobody used lately go back."""
        spare = self._have - self.in_use
        self._idle_ticks += 1
        if spare > 0 and self._want <= 0 and self._idle_ticks > 1:
            self._have -= spare
            self._returned += spare
        ask = Ask(
            self.key, "concurrency", self._amount, returned=self._returned, must=max(0.0, self._must),
            want=max(0.0, self._want), close_until=self._close_until,
        )  # fmt: skip
        self._returned = self._must = self._want = 0.0
        self._close_until = None
        return ask

    def apply(self, answer: Answer, now: float) -> None:
        """Take what was lent."""
        self._have = max(0.0, answer.held - self._returned)
        self._owed = answer.owed
        self._is_owed = answer.retry_at is not None
        self._retry_at = answer.retry_at if answer.retry_at is not None else -math.inf
        self._free = answer.free
        if answer.closed_until > max(self._open_at, now):
            super().close(answer.closed_until)

    def go_local(self, now: float) -> None:
        """Go on without the store."""
        self._is_local = True
