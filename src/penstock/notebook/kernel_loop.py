"""The kernel's own loop, for steps that hold objects bound to it. The engine's loop is loop.py's, and stays apart.

A database pool made by a top-level `await` in a cell belongs to the loop of the kernel. While a cell waits for a run,
that loop stands still, unless it may be entered again: this is the one use of nest_asyncio2.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from penstock.errors import UsageError
from penstock.loop import wait_for_future

T = TypeVar("T")


class KernelLoop:
    """Run coroutines on the loop it was made in, from any thread: `@ps.on_kernel_loop()` above a step does it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = threading.get_ident()

    def __call__(self, step: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
        """Return the step as a coroutine function that can be called anywhere and runs on the kernel's loop."""

        @functools.wraps(step)
        async def there(*args: Any, **kwargs: Any) -> Any:
            return await self.join(_call(step, args, kwargs))

        return there

    async def join(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine that runs on the kernel's loop; cancelling here cancels it there."""
        if asyncio.get_running_loop() is self._loop:
            return await coroutine
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the kernel's loop and return its result, also from a cell of that very loop."""
        if threading.get_ident() == self._thread:
            return self._loop.run_until_complete(coroutine)
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return wait_for_future(future)
        except BaseException:
            future.cancel()
            raise

    def __repr__(self) -> str:
        return "<the kernel's loop>"


def on_kernel_loop() -> KernelLoop:
    """Return the loop of the kernel, to run steps on that hold objects bound to it.

    Call it in a notebook cell. From then on a cell that waits for Penstock (`run.frame()`, `run.wait()`, a call) goes
    on serving this loop. Other code that blocks the cell (`time.sleep`) still holds it up, and with it the steps.
    Raises UsageError where no loop runs, or one that cannot be entered again (uvloop's).
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError(
            "No event loop runs here.",
            hint="ps.on_kernel_loop() is for notebook cells; a script does not need it.",
        ) from None
    make_reentrant(loop)
    return KernelLoop(loop)


def make_reentrant(loop: asyncio.AbstractEventLoop) -> None:
    """Let the loop be entered while it runs."""
    import nest_asyncio2

    if not isinstance(loop, asyncio.BaseEventLoop):
        raise UsageError(
            f"The loop that runs here ({type(loop).__module__}) cannot be entered again.",
            hint="Start the kernel with asyncio's own loop.",
        )
    kind = type(loop)
    if not getattr(kind, "_nest_patched", False):
        # nest_asyncio2 changes the loop's class, which the engine's loop shares: give this one loop a class of its own.
        loop.__class__ = type(kind.__name__, (kind,), {"__module__": kind.__module__})
    nest_asyncio2.apply(loop)


async def _call(step: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    result = step(*args, **kwargs)
    return await result if inspect.isawaitable(result) else result
