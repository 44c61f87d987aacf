"""The agent's server: it gives what comes over the channels to a Keeper, and ends when its time is over.

It ends after `lock` and `stop` once they are answered, after its idle and absolute time (lifetime.py), and when told.
Ending means: nobody new is let in, the keys are forgotten, and what is under way gets a moment to be answered.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

from penstock.agent.channel import Channel, Listener, within
from penstock.agent.lifetime import Lifetime, Limits
from penstock.agent.protocol import MOST_REQUEST, Request, build_answer, build_refusal, read_request
from penstock.clock import Clock, SystemClock
from penstock.errors import PenstockError, UsageError, VaultLocked

PATIENCE_S = 10.0  # for a request to come, and for its answer to be taken
FAREWELL_S = 5.0  # for what is under way when the agent ends
MOST_CONNECTIONS = 64

log = logging.getLogger("penstock.agent")


class Keeping(Protocol):
    """What the server needs of a Keeper; the other operations are found by the names in operations.py."""

    def status(self) -> Coroutine[Any, Any, dict[str, Any]]: ...

    def lock(self) -> Coroutine[Any, Any, None]: ...


class Server:
    """Serve one Keeper. `is_over` is asked now and then, and ends the agent when it says so."""

    def __init__(
        self,
        keeper: Keeping,
        listener: Listener,
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._keeper, self._listener, self._is_over = keeper, listener, is_over
        self._clock = clock or SystemClock()
        self._lifetime = Lifetime(self._clock, limits)
        self._room = asyncio.Semaphore(MOST_CONNECTIONS)
        self._conversations: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()  # those with an operation under way
        self._ended = asyncio.Event()
        self._door: asyncio.Task[None] | None = None
        self.why = ""

    def end(self, why: str) -> None:
        """Let `serve` return soon."""
        self.why = self.why or why
        self._ended.set()

    async def serve(self) -> str:
        """Serve until it ends, and return why it did; the vault is locked then and the socket gone."""
        door = self._door = asyncio.create_task(self._let_in())
        looking = asyncio.create_task(self._look())
        ended = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait({door, looking, ended}, return_when=asyncio.FIRST_COMPLETED)
            if door.done() and not door.cancelled():
                log.error("The agent can no longer listen.", exc_info=door.exception())
                self.end("it could no longer listen")
        finally:
            looking.cancel()
            ended.cancel()
            await asyncio.gather(looking, ended, return_exceptions=True)
            await self._close_door()
            await self._part()
        log.info("The agent has ended: %s.", self.why)
        return self.why

    async def _let_in(self) -> None:
        while True:
            await self._room.acquire()
            channel = await self._listener.accept(self._clock)
            task = asyncio.create_task(self._converse(channel))
            self._conversations.add(task)
            task.add_done_callback(self._gone)

    async def _close_door(self) -> None:
        """Let nobody in any more, and take the socket away."""
        if self._door is not None:
            self._door.cancel()
            await asyncio.gather(self._door, return_exceptions=True)
        self._listener.close()

    def _gone(self, task: asyncio.Task[None]) -> None:
        self._conversations.discard(task)
        self._room.release()
        if not task.cancelled() and task.exception() is not None:
            log.error("A connection was dropped.", exc_info=task.exception())

    async def _look(self) -> None:
        """Look at the clocks now and then, until the time is over."""
        while not (why := self._reason_to_end()):
            await self._clock.sleep(self._lifetime.next_look_s())
        self.end(why)

    def _reason_to_end(self) -> str:
        if self._lifetime.left_s() <= 0:
            return "its time is over"
        return "the process it was started for has ended" if self._is_over() else ""

    async def _converse(self, channel: Channel) -> None:
        """Answer one peer's requests in turn, as long as it neither dawdles nor ends."""
        me = asyncio.current_task()
        assert me is not None
        try:
            while not self._ended.is_set():
                try:
                    body = await within(self._clock, PATIENCE_S, channel.receive(MOST_REQUEST))
                except UsageError as exc:  # too large to be read, and so what follows cannot be read either
                    await within(self._clock, PATIENCE_S, channel.send(build_refusal(exc)))
                    return
                if body is None:
                    return
                self._busy.add(me)
                answer, why = await self._answer(body)
                if (
                    why
                ):  # before it is answered: whoever has the answer finds no agent, and may start the next
                    self.end(why)
                    await self._close_door()
                await within(self._clock, PATIENCE_S, channel.send(answer))
                self._busy.discard(me)
        except OSError:  # the peer is gone, or too slow (TimeoutError)
            return
        finally:
            self._busy.discard(me)
            channel.close()

    async def _answer(self, body: bytes) -> tuple[bytes, str]:
        """Return the answer to a request, and why the agent ends after it, or ""."""
        why = ""
        try:
            if over := self._reason_to_end():  # the machine has slept, and nobody has looked yet
                why = over
                raise VaultLocked("The agent's time is over; unlock again.")
            request = read_request(body)
            if request.op in ("lock", "stop"):
                why = f"{request.op} was asked for"
            return build_answer(await self._perform(request)), why
        except PenstockError as exc:
            return build_refusal(exc), why
        except Exception as exc:
            # Its text may hold anything, so only its name goes out.
            log.exception("An operation failed.")
            failed = PenstockError(
                f"The agent failed at this ({type(exc).__name__}).",
                hint="Please report it: an agent started with PENSTOCK_AGENT_LOG=FILE writes down where.",
            )
            return build_refusal(failed), why

    async def _perform(self, request: Request) -> Any:
        op, arguments = request.op, request.arguments
        log.debug("asked for %s", op)
        if op == "status":
            return self._complete(await self._keeper.status())
        if arguments.get("is_use", True):
            self._lifetime.use()
        if op in ("lock", "stop"):
            await self._keeper.lock()
            return None
        value = await getattr(self._keeper, op)(**arguments)
        # A password that was given begins the twelve hours again; a bundle begins them where nothing was open.
        if op in ("create", "unlock") or (op == "open_sealed" and not self._lifetime.is_unlocked):
            status = await self._keeper.status()
            if not status["is_locked"]:
                self._lifetime.unlock()
            if op == "unlock":
                return self._complete(status)
        return value

    def _complete(self, status: dict[str, Any]) -> dict[str, Any]:
        """Return a Keeper's status with what only the agent knows."""
        is_locked = status["is_locked"]
        return status | {
            "where": "agent",
            "pid": os.getpid(),
            "started_at": self._lifetime.started_at,
            "idle_left_s": None if is_locked else self._lifetime.idle_left_s(),
            "absolute_left_s": None if is_locked else self._lifetime.absolute_left_s(),
        }

    async def _part(self) -> None:
        """Forget the keys, answer what is under way, drop the rest."""
        for task in self._conversations - self._busy:
            task.cancel()
        try:
            await self._keeper.lock()
        except Exception:
            log.exception("The vault could not be locked; its keys end with this process.")
        if self._busy:
            with suppress(TimeoutError):
                await within(self._clock, FAREWELL_S, _finish(set(self._busy)))
        left = list(self._conversations)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _finish(tasks: set[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks)
