from __future__ import annotations

import asyncio
import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from penstock.errors import UsageError
from penstock.loop import EngineLoop

LONG = 60.0  # seconds nobody waits: everything that waits this long is ended by what the test does


@pytest.fixture
def engine() -> Iterator[EngineLoop]:
    engine = EngineLoop("test-engine")
    yield engine
    engine.close()


async def thread_name() -> str:
    await asyncio.sleep(0)
    return threading.current_thread().name


class Work:
    """A coroutine that says when it began and how it ended."""

    def __init__(self) -> None:
        self.began, self.ended = threading.Event(), threading.Event()
        self.was_cancelled = False

    async def run(self) -> None:
        self.began.set()
        try:
            await asyncio.sleep(LONG)
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        finally:
            self.ended.set()


def test_work_runs_on_the_engines_own_thread(engine: EngineLoop) -> None:
    """A blocking call gets its result from a coroutine that ran on the engine's one thread."""
    assert {engine.run(thread_name()) for _ in range(3)} == {"test-engine"}
    assert not engine.is_here


def test_an_exception_comes_back_to_the_caller(engine: EngineLoop) -> None:
    """What a coroutine raises is raised where it was called from, and the engine goes on."""

    async def fail() -> None:
        raise LookupError("no such row")

    with pytest.raises(LookupError, match="no such row"):
        engine.run(fail())
    assert engine.run(thread_name()) == "test-engine"


def test_it_works_under_a_running_loop(engine: EngineLoop) -> None:
    """In a notebook, where a loop already runs, the blocking and the awaitable form both work."""

    async def cell() -> tuple[str, str]:
        return engine.run(thread_name()), await engine.join(thread_name())

    assert asyncio.run(cell()) == ("test-engine", "test-engine")


def test_an_interrupt_cancels_the_work(engine: EngineLoop) -> None:
    """KeyboardInterrupt in a blocking call reaches the caller, and the coroutine is cancelled."""
    work, main = Work(), threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        if work.began.wait(10):
            signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        engine.run(work.run())
    assert work.ended.wait(10) and work.was_cancelled
    assert engine.run(thread_name()) == "test-engine"


def test_an_interrupt_that_comes_early_cancels_the_work_too(engine: EngineLoop) -> None:
    """An interrupt in the very moment the work begins, before the call could hold its future, loses none of it."""
    main = threading.main_thread().ident
    assert main is not None
    for _ in range(60):  # without care about one in ten is lost
        work = Work()

        def interrupt(began: threading.Event = work.began) -> None:
            if began.wait(10):
                signal.pthread_kill(main, signal.SIGINT)

        sender = threading.Thread(target=interrupt)
        with pytest.raises(KeyboardInterrupt):
            sender.start()
            engine.run(work.run())
        assert work.ended.wait(10) and work.was_cancelled
        sender.join(10)


def test_a_timeout_of_the_work_itself_comes_back(engine: EngineLoop) -> None:
    """A TimeoutError that the coroutine raises is not taken for a wait that may go on."""

    async def fail() -> None:
        await asyncio.sleep(0.3)
        raise TimeoutError("the work's own")

    with pytest.raises(TimeoutError, match="the work's own"):
        engine.run(fail())


def test_cancelling_an_awaiting_task_cancels_the_work(engine: EngineLoop) -> None:
    """A task that awaits work on the engine and is cancelled ends the work there too."""
    work = Work()

    async def cell() -> None:
        task = asyncio.create_task(engine.join(work.run()))
        await asyncio.to_thread(work.began.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cell())
    assert work.ended.wait(10) and work.was_cancelled


def test_a_blocking_call_from_inside_is_refused(engine: EngineLoop) -> None:
    """A blocking call on the engine's own thread, which would wait for ever, is an error."""

    async def inside() -> str:
        assert engine.is_here
        return engine.run(thread_name())

    with pytest.raises(UsageError, match="aio"):
        engine.run(inside())


def test_an_awaitable_call_from_inside_is_simply_awaited(engine: EngineLoop) -> None:
    """join on the engine's own thread runs the coroutine right there."""

    async def inside() -> str:
        return await engine.join(thread_name())

    assert engine.run(inside()) == "test-engine"


def test_many_threads_share_one_engine(engine: EngineLoop) -> None:
    """Of twenty threads that start the engine at once, all end up on the same thread and loop."""

    async def where() -> tuple[int, int]:
        return threading.get_ident(), id(asyncio.get_running_loop())

    with concurrent.futures.ThreadPoolExecutor(20) as threads:
        seen = set(threads.map(lambda _: engine.run(where()), range(60)))
    assert len(seen) == 1


def test_a_plain_function_can_be_handed_over(engine: EngineLoop) -> None:
    """call_soon runs a function on the engine's thread, whoever asks."""
    names: list[str] = []
    done = threading.Event()
    engine.call_soon(lambda: (names.append(threading.current_thread().name), done.set()))
    assert done.wait(10) and names == ["test-engine"]


def test_close_cancels_what_runs_and_a_later_call_starts_anew(engine: EngineLoop) -> None:
    """After close nothing of the old work runs on and its thread is gone; the next call has one again."""
    work = Work()
    future = engine.submit(work.run())
    assert work.began.wait(10)
    old = next(thread for thread in threading.enumerate() if thread.name == "test-engine")
    engine.close()
    assert work.was_cancelled and not old.is_alive()
    with pytest.raises(concurrent.futures.CancelledError):
        future.result(10)
    assert engine.run(thread_name()) == "test-engine"
    engine.close()
    engine.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_fork_the_child_has_an_engine_of_its_own() -> None:
    """A process forked while the engine runs can use it, and so can the parent afterwards."""
    script = """
import asyncio, os, threading
from penstock.loop import EngineLoop
engine = EngineLoop()
async def where(): return os.getpid(), threading.current_thread().is_alive()
assert engine.run(where()) == (os.getpid(), True)
child = os.fork()
if child == 0:
    ok = engine.run(where()) == (os.getpid(), True)
    engine.close()
    os._exit(0 if ok else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert engine.run(where()) == (os.getpid(), True)
print("both")
"""
    result = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=60
    )
    assert (result.stdout.strip(), result.returncode) == ("both", 0), result.stderr


def test_a_program_ends_while_work_is_running() -> None:
    """A script that reaches its end with work on the engine ends, and quietly."""
    script = """
import asyncio
from penstock.loop import EngineLoop
engine = EngineLoop()
future = engine.submit(asyncio.sleep(3600))
engine.run(asyncio.sleep(0))
"""
    result = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=30
    )
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
