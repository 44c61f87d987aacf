"""What the limiter asks of any budget, whatever it counts: a window, a bucket, a bulkhead, or a share of one.

Times are seconds on any one clock, passed in; nothing here waits.

    take(cost, now) -> 0.0        taken
                    -> seconds    nothing taken; ask again after that long (inf: it cannot be said)

Where a clock jumps back, `shift` moves what is remembered back with it, as if time had stood still meanwhile:
nothing is let through early, and nothing waits for the clock to come round again.
"""

from __future__ import annotations

from typing import Protocol


class Budget(Protocol):
    """Say how much may leave now, and when more may."""

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

    def shift(self, seconds: float) -> None:
        """Move every remembered instant, because the clock itself was moved."""
        ...

    def available(self, now: float) -> float:
        """Return the units that could be taken now, changing nothing (any thread may ask)."""
        ...

    def is_idle(self, now: float) -> bool:
        """Say whether nothing is remembered, so that a new one would do as well."""
        ...
