"""One event loop in one thread: the only place where sync code crosses into async code.

The caller's own loop (a notebook kernel's, say) is never touched, so it does not matter whether one runs.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from penstock.errors import UsageError

T = TypeVar("T")

_LONGEST_WAIT_S = 0.2
_TURN_S = 0.02  # how long a re-entrant loop is served before the event is looked at again


class EngineLoop:
    """Run coroutines on a thread of its own, started on first use and again after a fork."""

    def __init__(self, name: str = "penstock-engine") -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0

    def start(self) -> asyncio.AbstractEventLoop:
        """Return the running loop, starting it where it is not."""
        loop = self._loop
        if (
            loop is not None
            and self._pid == os.getpid()
            and self._thread is not None
            and self._thread.is_alive()
        ):
            return loop
        with self._lock:
            if (
                self._loop is not None
                and self._pid == os.getpid()
                and self._thread
                and self._thread.is_alive()
            ):
                return self._loop
            loop = _new_loop()
            self._thread = threading.Thread(target=self._serve, args=(loop,), name=self._name, daemon=True)
            self._loop, self._pid = loop, os.getpid()
            self._thread.start()
            atexit.register(self.close)
            return loop

    @staticmethod
    def _serve(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            loop.close()

    @property
    def is_here(self) -> bool:
        """Say whether the calling code already runs on the engine's thread."""
        return self._thread is not None and threading.get_ident() == self._thread.ident

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Start a coroutine on the engine and return its future at once."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.start())

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the engine and return its result; an interrupt cancels it."""
        if self.is_here:
            coroutine.close()
            raise UsageError(
                "A blocking call was made from inside the engine.",
                hint="In an async function use the awaitable form: connection.aio.…",
            )
        tasks: list[asyncio.Task[Any]] = []
        is_given_up = False

        async def work() -> T:
            tasks.extend(filter(None, [asyncio.current_task()]))
            if is_given_up:
                coroutine.close()
                raise asyncio.CancelledError
            return await coroutine

        try:
            return wait_for_future(self.submit(work()))
        except BaseException:
            # Whatever ended the wait (KeyboardInterrupt above all) ends the work as well, even when it came before
            # there was a future to cancel: the work itself sees that it was given up, or is found here.
            is_given_up = True
            for task in tasks:
                if not task.done():
                    self.call_soon(task.cancel)
            raise

    async def join(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine that runs on the engine, from any loop; cancelling here cancels it there."""
        if self.is_here:
            return await coroutine
        return await asyncio.wrap_future(self.submit(coroutine))

    def call_soon(self, function: Callable[..., Any], *args: Any) -> None:
        """Run a plain function on the engine's thread soon; safe from any thread and signal handler."""
        self.start().call_soon_threadsafe(function, *args)

    def close(self) -> None:
        """Cancel what still runs and end the thread; a later call starts a new one."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        atexit.unregister(self.close)
        if loop is None or thread is None or self._pid != os.getpid() or not thread.is_alive():
            return

        async def wind_down() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await loop.shutdown_asyncgens()
            loop.stop()

        asyncio.run_coroutine_threadsafe(wind_down(), loop)
        if threading.get_ident() != thread.ident:
            thread.join(timeout=5)


def wait_for_future(future: concurrent.futures.Future[T]) -> T:
    """Wait for a future of another thread; a loop of this thread that may be entered again is served meanwhile."""
    loop = _reentrant_loop()
    if loop is not None:
        return loop.run_until_complete(asyncio.wrap_future(future, loop=loop))
    while True:
        # Short waits: on Windows a long one hears no interrupt, elsewhere it misses one that comes as it begins.
        try:
            return future.result(_LONGEST_WAIT_S)
        except TimeoutError:
            if future.done():  # then it is the work's own
                return future.result()


def wait_for_event(event: threading.Event, timeout: float | None = None) -> bool:
    """Wait for an event and say whether it is set; a loop of this thread that may be entered again is served."""
    loop = _reentrant_loop()
    if loop is None:
        return event.wait(timeout)
    until = None if timeout is None else loop.time() + timeout
    while not event.is_set() and (until is None or loop.time() < until):
        turn: asyncio.Future[None] = loop.create_future()
        alarm = loop.call_later(_TURN_S, _end_turn, turn)
        try:
            loop.run_until_complete(turn)
        finally:
            alarm.cancel()
    return event.is_set()


def _end_turn(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)


def _reentrant_loop() -> asyncio.AbstractEventLoop | None:
    """Return this thread's running loop where ps.on_kernel_loop() has made it re-entrant, None otherwise."""
    loop = asyncio._get_running_loop()
    return loop if getattr(loop, "_nest_patched", False) else None


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's loop where uvloop is installed (1.3 to 2 times faster), else asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
