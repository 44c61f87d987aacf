"""One sleeper for everyone who waits: it rings when the next of them can go. It does not know who that is."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable

from penstock.clock import Clock

log = logging.getLogger("penstock.ratelimit")

# An event loop counts in whole milliseconds, rounded up, anew with whatever happens meanwhile (epoll_wait): a sleep
# may end two too late, one that nothing can interrupt any more about one.
EARLY_S, NAP_S = 0.0023, 0.0013
LATER_S = 1.0  # an alarm set later by more than this is set anew, instead of ringing once for nothing


async def sleep_until(clock: Clock, at: float) -> None:
    """Sleep until `at` on the monotonic clock, to a small part of a millisecond: the last one is spent awake."""
    await clock.sleep(max(0.0, at - clock.monotonic() - EARLY_S))
    before, now = None, clock.monotonic()
    while now < at and now != before:
        await clock.sleep(0.0001 if at - now > NAP_S else 0)
        before, now = now, clock.monotonic()
    if now < at:  # a clock that stands still while nobody sleeps
        await clock.sleep(at - now)


class Alarm:
    """Call `ring` at the instant last set; one task at most, none when nothing is set.

    ring: sets the alarm again where it should ring again. fail: told of what made it end before its time, None
    when the loop itself is ending; nobody may be left waiting for a bell that is gone.
    """

    def __init__(
        self, clock: Clock, ring: Callable[[], None], fail: Callable[[Exception | None], None]
    ) -> None:
        self._clock, self._ring, self._fail = clock, ring, fail
        self._at = math.inf
        self._task: asyncio.Task[None] | None = None
        self._is_awake = False
        self._is_exact = False

    def set(self, at: float, *, is_exact: bool = False) -> None:
        """Ring at `at` on the monotonic clock, and not before; inf: not at all.

        is_exact: a millisecond too late would be lost for good, so the last one is spent awake.
        """
        task = self._task
        if task is not None:
            loop = asyncio.get_running_loop()
            if not task.done() and task.get_loop() is loop:
                if self._is_awake:
                    self._at, self._is_exact = at, is_exact  # it looks before it sleeps again
                    return
                if self._at <= at < self._at + LATER_S:
                    return  # it wakes soon enough to look again
                task.cancel()
        self._task, self._at, self._is_awake, self._is_exact = None, at, False, is_exact
        if at < math.inf:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _sleep(self) -> None:
        if self._is_exact:
            await sleep_until(self._clock, self._at)
        else:
            await self._clock.sleep(self._at - self._clock.monotonic())

    async def _run(self) -> None:
        me = asyncio.current_task()
        try:
            while self._at < math.inf:
                self._is_awake = False
                await self._sleep()
                self._at, self._is_awake = math.inf, True
                self._ring()
                # Those it woke leave now, and may know better when the next can: sleeping twice would lose a millisecond.
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            if self._task is me:  # not replaced by another: the loop is ending
                self._fail(None)
            raise
        except Exception as exc:
            log.exception("The limiter failed; every call that waits is told.")
            self._fail(exc)
        finally:
            if self._task is me:
                self._task, self._at, self._is_awake = None, math.inf, False
