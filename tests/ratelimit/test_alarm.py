"""The one sleeper: it rings when it should, and never silently goes away."""

from __future__ import annotations

import asyncio

from penstock.ratelimit.alarm import Alarm
from penstock.testing import FakeClock


def test_it_rings_at_the_earliest_instant_set() -> None:
    """Set for 10 s, then for 3 s, it rings after 3 s; set later by more than a second, it rings only then."""

    async def play() -> list[float]:
        clock, rings = FakeClock(), []
        alarm = Alarm(clock, lambda: rings.append(clock.monotonic()), lambda exc: None)
        alarm.set(10.0)
        await clock.advance(1.0)
        alarm.set(3.0)
        await clock.advance(1.0)
        alarm.set(7.0)
        await clock.advance(20.0)
        return rings

    assert asyncio.run(play()) == [7.0]


def test_set_again_while_it_rings_it_goes_on_with_one_task() -> None:
    """A bell that is set for each next second rings every second, without a task for each."""

    async def play() -> tuple[list[float], int]:
        clock = FakeClock()
        rings: list[float] = []
        tasks: set[object] = set()

        def ring() -> None:
            rings.append(clock.monotonic())
            tasks.add(asyncio.current_task())
            alarm.set(clock.monotonic() + 1.0 if len(rings) < 5 else float("inf"))

        alarm = Alarm(clock, ring, lambda exc: None)
        alarm.set(1.0)
        await clock.advance(30.0)
        assert clock.sleeping == 0
        return rings, len(tasks)

    assert asyncio.run(play()) == ([1.0, 2.0, 3.0, 4.0, 5.0], 1)


def test_an_exact_alarm_rings_on_time_and_does_not_hang() -> None:
    """Set to the very instant it rings at that instant, also by a clock that stands still while nobody sleeps."""

    async def play() -> tuple[list[float], int]:
        clock, rings = FakeClock(), []
        alarm = Alarm(clock, lambda: rings.append(clock.monotonic()), lambda exc: None)
        alarm.set(0.01, is_exact=True)
        await clock.advance(0.00999)
        early = len(rings)
        await clock.advance(0.01)
        return rings, early

    rings, early = asyncio.run(play())
    assert early == 0 and len(rings) == 1 and abs(rings[0] - 0.01) < 1e-9


def test_who_waits_for_it_is_told_when_it_ends_before_its_time() -> None:
    """When its loop is wound down or ringing raises, `fail` is called, once, with the reason."""
    told: list[Exception | None] = []

    async def end_loop() -> None:
        Alarm(FakeClock(), lambda: None, told.append).set(10.0)
        await asyncio.sleep(0)

    async def raise_inside() -> None:
        clock = FakeClock()
        alarm = Alarm(clock, lambda: 1 / 0 and None, told.append)
        alarm.set(1.0)
        await clock.advance(2.0)

    asyncio.run(end_loop())
    asyncio.run(raise_inside())
    assert told[0] is None and isinstance(told[1], ZeroDivisionError) and len(told) == 2
