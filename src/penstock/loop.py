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
        future = self.submit(coroutine)
        try:
            return future.result()
        except BaseException:
            # Whatever ended the wait (KeyboardInterrupt above all) ends the work as well.
            future.cancel()
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


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's loop where uvloop is installed (1.3 to 2 times faster), else asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
