"""The simulated clock: nobody waits, and everyone wakes in order."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from penstock.clock import Clock
from penstock.loop import EngineLoop
from penstock.testing import FakeClock


async def note(clock: FakeClock, log: list[Any], name: str, *waits: float) -> None:
    for seconds in waits:
        await clock.sleep(seconds)
        log.append((name, clock.monotonic()))


async def start(*coroutines: Any) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    await asyncio.sleep(0)
    return tasks


def test_it_is_a_clock() -> None:
    """It starts where it is told, and both of its times stand still until moved."""
    clock: Clock = FakeClock(start=5.0, wall=1000.0)
    assert (clock.monotonic(), clock.wall()) == (5.0, 1000.0)
    assert (clock.monotonic(), clock.wall()) == (5.0, 1000.0)


def test_sleepers_wake_in_order_at_their_instants() -> None:
    """advance() stops at each sleeper, who sees its own instant, also where it sleeps again."""

    async def main() -> list[Any]:
        clock, log = FakeClock(), []
        tasks = await start(
            note(clock, log, "a", 1, 1, 1), note(clock, log, "b", 2.5), note(clock, log, "c", 2)
        )
        await clock.advance(3.0)
        await asyncio.gather(*tasks)
        assert clock.monotonic() == 3.0 and clock.wall() == 1_800_000_003.0
        return log

    assert asyncio.run(main()) == [("a", 1), ("c", 2), ("a", 2), ("b", 2.5), ("a", 3)]


def test_nobody_wakes_early() -> None:
    """A sleeper of ten seconds still sleeps after nine."""

    async def main() -> None:
        clock, log = FakeClock(), []
        (task,) = await start(note(clock, log, "a", 10))
        await clock.advance(9.999)
        assert log == [] and clock.sleeping == 1
        await clock.advance(0.001)
        assert log == [("a", 10)] and clock.sleeping == 0
        await task

    asyncio.run(main())


def test_the_woken_run_before_time_moves_on() -> None:
    """A chain of tasks that takes several turns of the loop finishes at the instant it began."""

    async def main() -> None:
        clock, seen = FakeClock(), []
        queue: asyncio.Queue[int] = asyncio.Queue()

        async def produce() -> None:
            for number in range(3):
                await clock.sleep(1)
                for _ in range(4):
                    await asyncio.sleep(0)
                await queue.put(number)

        async def consume() -> None:
            for _ in range(3):
                seen.append((await queue.get(), clock.monotonic()))

        tasks = await start(produce(), consume())
        await clock.advance(100)
        await asyncio.gather(*tasks)
        assert seen == [(0, 1), (1, 2), (2, 3)]

    asyncio.run(main())


def test_a_sleep_of_nothing_only_lets_others_run() -> None:
    """Zero, negative and not-a-number sleeps end at the next turn without moving time."""

    async def main() -> None:
        clock = FakeClock()
        for seconds in (0, -5, math.nan):
            await asyncio.wait_for(clock.sleep(seconds), 1)
        assert clock.monotonic() == 0.0

    asyncio.run(main())


def test_a_cancelled_sleeper_is_forgotten() -> None:
    """A sleeper that was cancelled neither wakes nor holds the others up."""

    async def main() -> None:
        clock, log = FakeClock(), []
        first, second = await start(note(clock, log, "a", 1), note(clock, log, "b", 2))
        first.cancel()
        await asyncio.sleep(0)
        assert clock.sleeping == 1
        await clock.advance(5)
        assert log == [("b", 2)]
        await second

    asyncio.run(main())


def test_the_wall_clock_can_jump() -> None:
    """After jump_wall the wall shows another time, and neither monotonic nor sleepers notice."""

    async def main() -> None:
        clock, log = FakeClock(wall=1000.0), []
        (task,) = await start(note(clock, log, "a", 10))
        clock.jump_wall(-3600.0)
        assert (clock.monotonic(), clock.wall()) == (0.0, -2600.0)
        await clock.advance(10)
        assert log == [("a", 10)] and clock.wall() == -2590.0
        await task

    asyncio.run(main())


def test_time_can_be_moved_without_a_loop() -> None:
    """move() works in plain functions, and wakes who is due at the loop's next turn."""
    clock = FakeClock()
    clock.move(3.0)
    assert clock.monotonic() == 3.0

    async def main() -> None:
        log: list[Any] = []
        (task,) = await start(note(clock, log, "a", 1))
        clock.move(5.0)
        await task
        assert log == [("a", 8.0)]

    asyncio.run(main())


def test_autojump_runs_a_day_by_itself() -> None:
    """With autojump a simulated day of two tasks passes with no call to advance, in order."""

    async def main() -> None:
        clock, log = FakeClock(autojump=True), []
        await asyncio.gather(
            note(clock, log, "hour", *[3600] * 24), note(clock, log, "quarter", *[21_600] * 4)
        )
        assert clock.monotonic() == 86_400
        assert [at for _, at in log] == sorted(at for _, at in log) and len(log) == 28

    asyncio.run(main())


def test_autojump_waits_while_others_run() -> None:
    """Time does not move while a task still works through many turns of the loop."""

    async def main() -> None:
        clock, seen = FakeClock(autojump=True), []

        async def work() -> None:
            for _ in range(200):
                await asyncio.sleep(0)
            seen.append(clock.monotonic())

        await asyncio.gather(clock.sleep(60), work())
        assert seen == [0.0] and clock.monotonic() == 60

    asyncio.run(main())


def test_autojump_is_not_held_by_one_that_never_rests() -> None:
    """A task that yields for ever stops the clock for a thousand turns at most."""

    async def main() -> None:
        clock = FakeClock(autojump=True)

        async def spin() -> None:
            while True:  # noqa: ASYNC110
                await asyncio.sleep(0)

        (spinner,) = await start(spin())
        await asyncio.wait_for(clock.sleep(60), 20)
        assert clock.monotonic() == 60
        spinner.cancel()

    asyncio.run(main())


def test_autojump_never_jumps_to_the_end_of_time() -> None:
    """A task that sleeps for ever is not woken; the others go on, and may begin again later."""

    async def main() -> None:
        clock = FakeClock(autojump=True)
        (sleeper,) = await start(clock.sleep(math.inf))
        await clock.sleep(5)
        for _ in range(50):
            await asyncio.sleep(0)
        assert clock.monotonic() == 5 and not sleeper.done()
        await clock.sleep(5)
        assert clock.monotonic() == 10
        sleeper.cancel()

    asyncio.run(main())


def test_autojump_can_wait_for_threads() -> None:
    """With a number of real seconds, work in a thread ends before time jumps."""

    async def main() -> None:
        clock, seen = FakeClock(autojump=0.5), []
        release = asyncio.Event()

        async def work() -> None:
            await asyncio.to_thread(sum, range(1000))
            seen.append(clock.monotonic())
            release.set()

        await asyncio.gather(clock.sleep(60), work(), release.wait())
        assert seen == [0.0] and clock.monotonic() == 60

    asyncio.run(main())


def test_one_clock_serves_several_loops_one_after_the_other() -> None:
    """A clock used in a second asyncio.run goes on from where it was, without those left behind."""
    clock = FakeClock(autojump=True)

    async def leave_one() -> None:
        await start(clock.sleep(1000))
        await clock.sleep(10)

    async def again() -> None:
        await clock.sleep(10)

    asyncio.run(leave_one())
    asyncio.run(again())
    assert clock.monotonic() == 20


def test_a_test_moves_the_time_of_the_engines_thread() -> None:
    """advance() on one loop wakes sleepers on another thread's loop and lets them run first."""
    engine = EngineLoop("penstock-test-clock")
    clock, log = FakeClock(), []

    async def main() -> None:
        sleeping = engine.submit(note(clock, log, "a", 1, 1))
        while clock.sleeping == 0:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await clock.advance(2)
        await asyncio.wrap_future(sleeping)

    try:
        asyncio.run(asyncio.wait_for(main(), 20))
    finally:
        engine.close()
    assert log == [("a", 1), ("a", 2)]


@pytest.mark.parametrize("autojump", [True, 0.01])
def test_autojump_on_a_loop_that_hides_its_queue(autojump: bool | float) -> None:
    """Under uvloop, where it is installed, a simulated hour passes by itself too."""
    uvloop = pytest.importorskip("uvloop")
    clock = FakeClock(autojump=autojump)

    async def main() -> None:
        await asyncio.gather(*(clock.sleep(600 * number) for number in range(7)))

    uvloop.run(main())
    assert clock.monotonic() == 3600
