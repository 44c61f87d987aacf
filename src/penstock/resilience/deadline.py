"""An instant by which all must be done, however many attempts that takes. It ends nothing by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from penstock.clock import Clock
from penstock.errors import DeadlineExceeded, UsageError


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """Hold an instant on the monotonic clock, seconds; infinity is none. The earlier one is the smaller."""

    at: float = math.inf

    @classmethod
    def after(cls, seconds: float | None, clock: Clock) -> Deadline:
        """Return the deadline `seconds` from now, none at all for None. Raises UsageError below zero."""
        if seconds is None:
            return cls()
        if not seconds >= 0:
            raise UsageError(
                f"A deadline lies ahead: {seconds!r} seconds does not.", hint="For example deadline=30.0."
            )
        return cls(clock.monotonic() + seconds)

    def remaining(self, clock: Clock) -> float:
        """Return the seconds left, 0.0 when it has passed, infinity when there is no deadline."""
        return max(0.0, self.at - clock.monotonic())

    def is_past(self, clock: Clock) -> bool:
        """Say whether the time is up."""
        return clock.monotonic() >= self.at

    def clip(self, timeout_s: float | None, clock: Clock) -> float | None:
        """Return the time-out of one step, shortened to what is left; None where neither bounds it."""
        if self.at == math.inf:
            return timeout_s
        left = self.remaining(clock)
        return left if timeout_s is None else min(timeout_s, left)

    def check(self, clock: Clock, doing: str) -> None:
        """Raise DeadlineExceeded, saying what was being done, when the time is up."""
        late_s = clock.monotonic() - self.at
        if late_s >= 0:
            raise DeadlineExceeded(
                f"The time given was up {late_s:.1f} s ago, {doing}.",
                hint="Give more time, or ask for less at once.",
            )
