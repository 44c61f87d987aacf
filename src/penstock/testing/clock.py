"""A clock whose time a test moves: it satisfies `penstock.clock.Clock` and never waits for the real one.

By hand (`await clock.advance(30)`), or by itself (`autojump=True`): as soon as nothing else is ready to run,
time jumps to the next sleeper, so that hours of simulated traffic pass in milliseconds.
"""

from __future__ import annotations

import asyncio
import heapq
import math

IDLE_TURNS = 5  # turns of the loop in a row with nothing else ready before time moves on
MOST_TURNS = 1000  # a task that never stops yielding must not hold the clock for ever


class FakeClock:
    """Give a time that moves only when told; sleepers wake in the order of their instants.

    start:    where `monotonic()` begins, seconds. wall: where `wall()` begins, seconds since 1970 UTC.
    autojump: True moves time to the next sleeper whenever the loop has nothing else to run. A number of real
              seconds asks for that much idleness besides, for code that also waits for threads or sockets.
    """

    def __init__(
        self, start: float = 0.0, wall: float = 1_800_000_000.0, *, autojump: bool | float = False
    ) -> None:
        self._now = float(start)
        self._wall_ahead = float(wall) - float(start)
        self._autojump = autojump is not False
        self._poll_every = 0.0 if isinstance(autojump, bool) else float(autojump) / IDLE_TURNS
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._joined = 0
        self._idle_turns = 0
        self._turns_here = 0  # since time last moved
        self._watched: asyncio.AbstractEventLoop | None = None

    def monotonic(self) -> float:
        """Return the simulated seconds."""
        return self._now

    def wall(self) -> float:
        """Return the simulated seconds since 1970 UTC."""
        return self._now + self._wall_ahead

    @property
    def sleeping(self) -> int:
        """Return how many tasks sleep on this clock."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Return when the clock has been moved `seconds` on; at the next turn where they are not positive."""
        if not seconds > 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._joined += 1
        heapq.heappush(self._sleepers, (self._now + seconds, self._joined, future))
        self._idle_turns = 0
        if self._autojump and self._watched is not loop:
            self._watched = loop
            loop.call_soon(self._watch, loop)
        await future

    async def advance(self, seconds: float) -> None:
        """Move time on by `seconds`, from sleeper to sleeper, letting those woken run before it goes on."""
        until = self._now + seconds
        await _settle(asyncio.get_running_loop())
        while (at := self._next_at()) is not None and at <= until:
            self._now = max(self._now, at)
            for loop in self._wake_due():
                await _settle(loop)
        self._now = max(self._now, until)

    def move(self, seconds: float) -> None:
        """Move time on at once, for code that does not await; sleepers who are due wake at the next turn."""
        self._now += seconds
        self._wake_due()

    def jump_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back, as a person or NTP would; `monotonic` does not notice."""
        self._wall_ahead += seconds

    def _next_at(self) -> float | None:
        """Return the instant of the next sleeper who still waits, None when there is none."""
        sleepers = self._sleepers
        while sleepers and (sleepers[0][2].done() or sleepers[0][2].get_loop().is_closed()):
            heapq.heappop(sleepers)  # cancelled meanwhile, or its loop is gone
        return sleepers[0][0] if sleepers else None

    def _wake_due(self) -> list[asyncio.AbstractEventLoop]:
        """Wake everyone whose instant has come, in order, and return the loops they live on."""
        loops: dict[asyncio.AbstractEventLoop, None] = {}
        while (at := self._next_at()) is not None and at <= self._now:
            future = heapq.heappop(self._sleepers)[2]
            loop = future.get_loop()
            loops[loop] = None
            if loop is _running_loop():
                future.set_result(None)
            else:  # the engine's loop has a thread of its own; a future may only be touched there
                loop.call_soon_threadsafe(_set_once, future)
        self._idle_turns = self._turns_here = 0
        return list(loops)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count the turns in which nothing else was ready; after enough of them jump to the next sleeper."""
        at = self._next_at()
        if at is None or math.isinf(at):
            self._watched = None
            return
        self._idle_turns = self._idle_turns + 1 if _is_idle(loop) else 0
        self._turns_here += 1
        if self._idle_turns > IDLE_TURNS or self._turns_here > MOST_TURNS:
            self._now = max(self._now, at)
            self._wake_due()
        if self._poll_every:
            loop.call_later(self._poll_every, self._watch, loop)
        else:
            loop.call_soon(self._watch, loop)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _is_idle(loop: asyncio.AbstractEventLoop) -> bool:
    """Say whether nothing is queued to run; a loop that hides its queue (uvloop) always seems idle."""
    return not getattr(loop, "_ready", None)


def _set_once(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _turns() -> None:
    """Give up the loop until nothing else has been ready for several turns in a row."""
    loop, idle = asyncio.get_running_loop(), 0
    for _ in range(MOST_TURNS):
        await asyncio.sleep(0)
        idle = idle + 1 if _is_idle(loop) else 0
        if idle >= IDLE_TURNS:
            return


async def _settle(loop: asyncio.AbstractEventLoop) -> None:
    if loop is asyncio.get_running_loop():
        await _turns()
    else:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_turns(), loop))
