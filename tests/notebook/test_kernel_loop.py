"""Steps on the kernel's own loop, in a real kernel: while cells block, while they await, when they are interrupted."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from kernels import printed, run_cells

from penstock.errors import UsageError
from penstock.notebook.kernel_loop import KernelLoop, make_reentrant, on_kernel_loop

SETUP = """
import asyncio, os, signal, sys, threading
from penstock.loop import EngineLoop, wait_for_event
from penstock.notebook.kernel_loop import on_kernel_loop
engine = EngineLoop()
engine.start()
"""
BOUND = """
orders = asyncio.Queue()  # an object of the kernel's loop, with a task behind it: what a database pool is
async def serve():
    while True:
        number, answer = await orders.get()
        answer.set_result(2 * number)
server = asyncio.create_task(serve())
await asyncio.sleep(0)
async def double(number):
    answer = asyncio.get_running_loop().create_future()
    await orders.put((number, answer))
    return await answer, threading.current_thread() is threading.main_thread()
"""
STEP = """
step = on_kernel_loop()(double)
async def many(count=50):
    return await asyncio.gather(*(step(number) for number in range(count)))
"""


@pytest.fixture(scope="module")
def outputs() -> list[list[Any]]:
    """Give what the cells below show, run once in one kernel."""
    return run_cells(
        SETUP,
        BOUND,
        STEP,
        "print(engine.run(many())[21])",
        "print((await engine.join(many()))[4])",
        "print(on_kernel_loop().run(double(4)))",
        """
done = threading.Event()
async def then():
    await many()
    done.set()
engine.submit(then())
print(wait_for_event(done, 20), wait_for_event(threading.Event(), 0.05))
""",
        """
stopped = []
async def stay():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        stopped.append("cancelled")
        raise
stay_there = on_kernel_loop()(stay)
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    engine.run(stay_there())
except KeyboardInterrupt:
    print("interrupted")
""",
        "await asyncio.sleep(0.05); print(stopped, engine.run(many())[3])",
        "print(getattr(type(engine.start()), '_nest_patched', False), type(engine.start()).__module__)",
    )


def test_a_blocked_cell_serves_steps_on_its_loop(outputs: list[list[Any]]) -> None:
    """A cell that waits for the engine lets steps with objects of the kernel's loop run on its thread."""
    assert printed(outputs[3]) == "(42, True)"


def test_an_awaiting_cell_serves_them_too(outputs: list[list[Any]]) -> None:
    """The same steps run while a cell awaits the engine."""
    assert printed(outputs[4]) == "(8, True)"


def test_a_coroutine_can_be_run_at_once(outputs: list[list[Any]]) -> None:
    """run() gives a coroutine's result in a plain cell, although the loop of that cell runs already."""
    assert printed(outputs[5]) == "(8, True)"


def test_waiting_for_an_event_serves_the_loop(outputs: list[list[Any]]) -> None:
    """wait_for_event hears of what steps on the kernel's loop brought about, and still times out."""
    assert printed(outputs[6]) == "True False"


def test_an_interrupt_ends_the_wait_and_the_step(outputs: list[list[Any]]) -> None:
    """KeyboardInterrupt leaves the waiting cell, cancels the step there, and the kernel goes on."""
    assert printed(outputs[7]) == "interrupted"
    assert printed(outputs[8]) == "['cancelled'] (6, True)"


def test_the_engine_keeps_its_own_loop(outputs: list[list[Any]]) -> None:
    """Making the kernel's loop re-entrant leaves the class of the engine's loop as it was."""
    assert printed(outputs[9]).startswith("False ")


BATCH = """
import penstock as ps
rows = [{"n": number} for number in range(300)]
@ps.on_kernel_loop()
async def look_up(row):
    return (await double(row["n"]))[0]
"""


def test_a_batch_runs_its_step_on_the_kernels_loop() -> None:
    """ps.batch with such a step works in a cell that waits for the frame, in one that awaits, and survives ■."""
    cells = run_cells(
        SETUP,
        BOUND,
        BATCH,
        "print(ps.batch(look_up, rows, key='n', name='blocked').frame()['response'].sum())",
        "run = await ps.batch(look_up, rows, key='n', name='awaited'); print(run.frame()['response'].sum())",
        """
@ps.on_kernel_loop()
async def hang(row):
    await asyncio.sleep(0 if row["n"] < 20 else 60)
run = ps.batch(hang, rows, key="n", name="hung")
threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    run.frame()
except KeyboardInterrupt:
    print(run.progress.state, run.progress.done)
""",
        "print(ps.batch(look_up, rows, key='n', name='after').frame()['response'].sum())",
    )
    assert [printed(cells[at]) for at in (3, 4, 6)] == ["89700", "89700", "89700"]
    assert printed(cells[5]) == "cancelled 20"


def test_without_it_a_blocked_cell_serves_nothing() -> None:
    """The control: the same step sent to the kernel's loop does not run while a cell waits in the usual way."""
    control = """
kernel = asyncio.get_running_loop()
async def there():
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(double(4), kernel))
try:
    print(engine.submit(there()).result(timeout=0.5))
except TimeoutError:
    print("stood still")
"""
    assert printed(run_cells(SETUP, BOUND, control)[2]) == "stood still"


def test_the_engine_of_plain_asyncio_keeps_its_class() -> None:
    """Where the engine runs on asyncio's own loop, of the kernel's very class, that class is left alone."""
    cells = run_cells(
        "import sys; sys.modules['uvloop'] = None",
        SETUP,
        BOUND,
        STEP,
        "print(engine.run(many())[21], getattr(type(engine.start()), '_nest_patched', False), type(engine.start()).__module__)",
    )
    assert printed(cells[4]) == "(42, True) False asyncio.unix_events" or sys.platform == "win32"


def test_outside_a_notebook_it_says_so() -> None:
    """Where no loop runs the error says what it is for."""
    with pytest.raises(UsageError, match="notebook"):
        on_kernel_loop()


def test_a_loop_that_cannot_be_entered_is_refused() -> None:
    """A loop that is not asyncio's own is refused, and left as it is."""

    class Foreign(asyncio.AbstractEventLoop):
        pass

    loop = Foreign()
    with pytest.raises(UsageError, match="cannot be entered"):
        make_reentrant(loop)
    assert type(loop) is Foreign


def test_a_plain_function_runs_there_as_well() -> None:
    """A function that is not async is called on the loop's thread, and its result handed back."""

    async def main() -> object:
        kernel = KernelLoop(asyncio.get_running_loop())
        return await kernel(lambda row: row["n"] + 1)({"n": 1})

    assert asyncio.run(main()) == 2


def test_a_step_keeps_its_name_and_raises_its_own_errors() -> None:
    """The wrapped step has the step's name and is a coroutine function; what the step raises comes through."""

    async def charge(row: dict[str, int]) -> None:
        raise LookupError(row["n"])

    async def main() -> None:
        step = KernelLoop(asyncio.get_running_loop())(charge)
        assert step.__name__ == "charge" and asyncio.iscoroutinefunction(step)
        with pytest.raises(LookupError, match="7"):
            await step({"n": 7})

    asyncio.run(main())
