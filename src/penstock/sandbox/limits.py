"""The vendors' limits, with counters of the sandbox's own: an independent judge of the client.

Every counter is told the time in seconds and answers at once; nothing here waits.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping

from penstock.errors import UsageError

# Two requests sent a second apart may arrive a little less than a second apart: the road differs, the
# sender's clock is not the vendor's. A window of `per` seconds therefore looks back so much less far.
JITTER_S = 0.05

Figures = Mapping[str, float]
LimitSetting = bool | float | Mapping[str, float]


class Window:
    """Allow `amount` in any `per` seconds; what is refused does not count."""

    __slots__ = ("_amount", "_per", "_taken", "_used")

    def __init__(self, amount: float, per: float, *, jitter_s: float = JITTER_S) -> None:
        self._amount = float(amount)
        self._per = per - min(jitter_s, per / 2)
        self._taken: deque[tuple[float, float]] = deque()  # (when, how much)
        self._used = 0.0

    def wait(self, now: float, cost: float = 1.0) -> float:
        """Return 0.0 when `cost` more may pass, else the seconds until it may; takes nothing."""
        taken = self._taken
        while taken and taken[0][0] <= now - self._per:
            self._used -= taken.popleft()[1]
        over = self._used + cost - self._amount
        if over <= 0 or not taken:  # one that is larger than the window passes alone
            return 0.0
        for at, spent in taken:
            over -= spent
            if over <= 0:
                return at + self._per - now
        return taken[-1][0] + self._per - now

    def left(self, now: float) -> tuple[float, float]:
        """Return how much may still pass, and the seconds until what has passed begins to come back."""
        wait_s = self.wait(now, 0.0)
        reset_in_s = self._taken[0][0] + self._per - now if self._taken else self._per
        return max(0.0, self._amount - self._used), max(wait_s, reset_in_s)

    def take(self, now: float, cost: float = 1.0) -> None:
        """Count what passes."""
        self._taken.append((now, cost))
        self._used += cost


class FixedWindow:
    """Allow `amount` from the first request until `per` seconds later; then begin anew (GitHub's hour)."""

    __slots__ = ("_per", "amount", "reset_at", "used")

    def __init__(self, amount: float, per: float) -> None:
        self.amount = int(amount)
        self._per = per
        self.used = 0
        self.reset_at = -math.inf

    def open(self, now: float) -> int:
        """Return how many are left, beginning a new window where the last has ended."""
        if now >= self.reset_at:
            self.used, self.reset_at = 0, now + self._per
        return self.amount - self.used

    def take(self) -> None:
        """Count one."""
        self.used += 1


class Points:
    """Hold `capacity` points that come back at `rate` a second (a leaky bucket seen from its empty part)."""

    __slots__ = ("_at", "_points", "_slack", "capacity", "rate")

    def __init__(self, capacity: float, rate: float, *, jitter_s: float = 0.0) -> None:
        self.capacity, self.rate = float(capacity), float(rate)
        self._slack = self.rate * jitter_s  # points lent to those who come a little early
        self._points = self.capacity
        self._at = -math.inf

    def available(self, now: float) -> float:
        """Return the points there are now."""
        if now > self._at:
            gained = (now - self._at) * self.rate if self._at > -math.inf else 0.0
            self._points = min(self.capacity, self._points + gained)
            self._at = now
        return self._points

    def take(self, points: float, now: float) -> bool:
        """Take points when there are enough, and say whether there were."""
        if self.wait(points, now) > 0:
            return False
        self._points -= points
        return True

    def give_back(self, points: float) -> None:
        """Return points that were taken and not used."""
        self._points = min(self.capacity, self._points + points)

    def wait(self, points: float, now: float) -> float:
        """Return the seconds until so many points are there."""
        return max(0.0, points - self._slack - self.available(now)) / self.rate


class AtOnce:
    """Allow so many at the same time."""

    __slots__ = ("_amount", "inside", "most")

    def __init__(self, amount: float) -> None:
        self._amount = int(amount)
        self.inside = 0
        self.most = 0

    @property
    def is_full(self) -> bool:
        """Say whether there is no room for one more."""
        return self.inside >= self._amount

    def enter(self) -> bool:
        """Count one in when there is room, and say whether there was."""
        if self.is_full:
            return False
        self.inside += 1
        self.most = max(self.most, self.inside)
        return True

    def leave(self) -> None:
        """Count one out."""
        self.inside -= 1


def read_figures(
    setting: bool | Mapping[str, LimitSetting], vendor: str, declared: Figures, main: tuple[str, ...]
) -> dict[str, float] | None:
    """Return the figures a vendor enforces, None for none at all.

    setting: True (as declared), False (off), or {vendor: False | number | {figure: number}}; a number
    replaces the vendor's main figures. Raises UsageError for a figure the vendor does not have, or one that
    is not positive.
    """
    own: LimitSetting = setting if isinstance(setting, bool) else setting.get(vendor, True)
    if isinstance(own, bool):
        return dict(declared) if own else None
    changes = dict.fromkeys(main, own) if isinstance(own, int | float) else dict(own)
    for name, value in changes.items():
        if name not in declared:
            raise UsageError(
                f"The sandbox's {vendor} has no limit {name!r}.", hint=f"It has: {', '.join(declared)}."
            )
        if not value > 0:
            raise UsageError(
                f"A limit is a positive number, not {value!r}.", hint="False switches limits off."
            )
    return {**declared, **changes}
