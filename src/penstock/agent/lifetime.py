"""How long an agent may go on: arithmetic over two clocks, without I/O.

    never unlocked, or locked    ends 10 minutes after it was last asked for anything
    unlocked                     ends 60 minutes after its last use, and 12 hours after it was unlocked

The monotonic clock may stand still while the machine sleeps, and the wall clock may be set: whichever says that more
time has passed is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.clock import Clock

MINUTE_S, HOUR_S = 60.0, 3600.0
LOOK_S = 15.0  # the longest time between two looks: a suspend is seen this soon after the machine wakes


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: without use, since it was unlocked, and without ever being unlocked."""

    idle_s: float = HOUR_S
    absolute_s: float = 12 * HOUR_S
    unused_s: float = 10 * MINUTE_S


class Lifetime:
    """Know when an agent was last used, and how long that leaves it."""

    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self._clock, self._limits = clock, limits or Limits()
        self.started_at = clock.wall()
        self._used = self._now()
        self._unlocked: tuple[float, float] | None = None

    def use(self) -> None:
        """Note that somebody asked for something."""
        self._used = self._now()

    def unlock(self) -> None:
        """Note that the vault was unlocked, now."""
        self._used = self._unlocked = self._now()

    @property
    def is_unlocked(self) -> bool:
        """Say whether it has been unlocked."""
        return self._unlocked is not None

    def idle_left_s(self) -> float | None:
        """Return the seconds left without use; None while it is locked."""
        return None if self._unlocked is None else self._left(self._used, self._limits.idle_s)

    def absolute_left_s(self) -> float | None:
        """Return the seconds left in all; None while it is locked."""
        return None if self._unlocked is None else self._left(self._unlocked, self._limits.absolute_s)

    def left_s(self) -> float:
        """Return the seconds left if nobody asks for anything; 0 when they are over."""
        idle, absolute = self.idle_left_s(), self.absolute_left_s()
        if idle is None or absolute is None:
            return self._left(self._used, self._limits.unused_s)
        return min(idle, absolute)

    def next_look_s(self) -> float:
        """Return after how many seconds to look again."""
        return min(LOOK_S, max(self.left_s(), 0.01))

    def _now(self) -> tuple[float, float]:
        return self._clock.monotonic(), self._clock.wall()

    def _left(self, since: tuple[float, float], length_s: float) -> float:
        monotonic, wall = self._now()
        return max(0.0, length_s - max(monotonic - since[0], wall - since[1]))
