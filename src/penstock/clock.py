"""Where time comes from: the only file that asks the machine what time it is, or sleeps.

`monotonic` measures, `wall` dates; nothing that measures uses `wall`, so a clock that jumps back harms nothing.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Give the time in seconds and let a task sleep."""

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences mean something."""
        ...

    def wall(self) -> float:
        """Return seconds since 1970 UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`, at once where they are not positive."""
        ...


class SystemClock:
    """Read this machine's clocks."""

    monotonic = staticmethod(time.monotonic)
    wall = staticmethod(time.time)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


def utc(wall: float) -> datetime:
    """Return a wall time in seconds as an aware UTC instant."""
    return datetime.fromtimestamp(wall, UTC)
