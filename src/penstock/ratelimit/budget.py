"""What the limiter asks of any budget, whatever it counts: a window, a bucket, a bulkhead, or a share of one.

Times are seconds on any one clock, passed in; nothing here waits.

    take(cost, now) -> 0.0        taken
                    -> seconds    nothing taken; ask again after that long (inf: it cannot be said)

Where a clock jumps back, `shift` moves what is remembered back with it, as if time had stood still meanwhile:
nothing is let through early, and nothing waits for the clock to come round again.
"""

from __future__ import annotations

from typing import Protocol

from penstock.ratelimit.bucket import TokenBucket
from penstock.ratelimit.bulkhead import Bulkhead
from penstock.ratelimit.limit import Limit
from penstock.ratelimit.window import SlidingWindow

GUARD_SHARE, GUARD_MOST_S = 0.005, 0.05
# Between two calls of which only one may leave at a time: the road to the service is not always equally long.
GAP_GUARD_SHARE, GAP_GUARD_MOST_S = 0.02, 0.0002


class Budget(Protocol):
    """Say how much may leave now, and when more may."""

    @property
    def capacity(self) -> float:
        """Return the most one call may cost."""
        ...

    @property
    def is_exact(self) -> bool:
        """Say whether a millisecond too late costs a good part of the rate, for good."""
        ...

    def take(self, cost: float, now: float) -> float:
        """Take `cost` units and return 0.0, or take nothing and return the seconds until they are there."""
        ...

    def untake(self, cost: float) -> None:
        """Undo the take made just before, as if it had not been."""
        ...

    def promise(self, cost: float, now: float) -> None:
        """Note that the units just taken are for a call that has yet to wake: `delay` will say when it left."""
        ...

    def delay(self, cost: float, taken_at: float, now: float) -> bool:
        """Remember units taken at `taken_at` as leaving only `now`; say whether the next can leave later for it."""
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

    def peek(self, cost: float, now: float) -> float | None:
        """Return the seconds until `cost` units are there, None where it cannot be said; like `available`."""
        ...

    def remember(self, cost: float, at: float) -> None:
        """Count units as sent at `at`, whether or not they fit."""
        ...

    def is_idle(self, now: float) -> bool:
        """Say whether nothing is remembered, so that a new one would do as well."""
        ...


def guard_s(per: float) -> float:
    """Return what is added to a window of `per` seconds: a service may see requests closer together than they left.

    Half a percent, at most 50 ms: it costs as much of the rate, and spares the refusals of a window that is exact.
    """
    return min(GUARD_SHARE * per, GUARD_MOST_S)


def build_budget(limit: Limit) -> Budget:
    """Return the arithmetic of a limit, with nothing used yet."""
    return Bulkhead(limit.amount) if limit.per is None else build_meter(limit)


def build_meter(limit: Limit) -> SlidingWindow | TokenBucket:
    """Return the arithmetic of a limit that says per how many seconds."""
    assert limit.per is not None
    if limit.burst is None:
        return SlidingWindow(limit.amount, limit.per, guard_s=guard_s(limit.per))
    return TokenBucket(limit.burst, 1.0 / unit_s(limit.amount, limit.per, limit.burst))


def unit_s(amount: float, per: float, burst: float) -> float:
    """Return the seconds a unit of a bucket takes to come back; a little longer where it is a gap between any two."""
    gap_s = per / amount
    return gap_s + min(GAP_GUARD_SHARE * gap_s, GAP_GUARD_MOST_S) if burst < 2 else gap_s
