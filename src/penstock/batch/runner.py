"""The walk of the rows: fixed workers over an iterator, each row through the ledger, the call, and the ledger again.

It runs on the engine's loop; the face a user holds is run.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator

from penstock.batch.entries import Entry, Plan
from penstock.batch.gathering import Gathering
from penstock.batch.groups import Group
from penstock.batch.keys import derive_key
from penstock.batch.ledger import Ledger
from penstock.batch.progress import Tally
from penstock.batch.targets import Target
from penstock.clock import Clock
from penstock.errors import (
    CallFailed,
    DiskFull,
    OutcomeUncertain,
    PenstockError,
    ProviderError,
    RunCancelled,
    ServerFailed,
    SignInNeeded,
    StoreError,
    Throttled,
)
from penstock.model import Outcome
from penstock.redact import redact

log = logging.getLogger("penstock.batch")

GRACE_S = 5.0  # how long a cancelled run waits for answers to what was already sent
SAFE_HINT = "It may have happened, and it is safe to send again: run.retry_failed(), or run the cell again."
DISK_RETRY_S = 2.0


class Runner:
    """Take the rows of one pass to their outcomes."""

    def __init__(
        self, plan: Plan, target: Target, ledger: Ledger, pass_number: int, clock: Clock, tally: Tally
    ) -> None:
        self.plan, self.target, self.ledger, self.pass_number, self.clock, self.tally = (
            plan,
            target,
            ledger,
            pass_number,
            clock,
            tally,
        )
        self.loop = asyncio.get_running_loop()
        self.gate = asyncio.Event()
        self.gate.set()
        self.stopping: str | None = None
        self.error: BaseException | None = None
        self.in_flight: set[Entry] = set()
        self.parked: str | None = None
        self.resumes_at: float | None = None
        self.buffer: deque[Entry] = deque()
        self.gathering = Gathering(self) if target.bulk is not None or target.job is not None else None
        self._waits: dict[str, int] = {}
        self._reading = asyncio.Lock()
        self._entries: AsyncIterator[list[Entry]] | None = None
        self._is_drained = False
        self._unpark = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []

    # What the run's face asks for

    @property
    def waiting_on(self) -> str | None:
        """Return what the rows wait on: something that holds all of them, or what holds every row under way."""
        if self.parked is not None:
            return self.parked
        flying = len(self.in_flight)
        for reason in ("breaker", "limit", "job"):
            if flying and self._waits.get(reason, 0) >= max(1, flying - 1):
                return reason
        return None

    def note_wait(self, entry: Entry, reason: str | None, until: float | None) -> None:
        """Keep count of what the rows under way wait on."""
        if entry.waiting is not None:
            self._waits[entry.waiting] -= 1
        entry.waiting = reason
        if reason is not None:
            self._waits[reason] = self._waits.get(reason, 0) + 1
            self.resumes_at = until

    async def admit(self, row: str | None) -> None:
        """Return when something may be sent: not while the run is paused. Raises RunCancelled when it is over."""
        if not self.gate.is_set():
            await self.gate.wait()
        if self.stopping is not None and self.stopping != "stopped":
            raise RunCancelled("The run was cancelled before this row was sent.", row=row)

    def stop(self, why: str) -> None:
        """End the pass: nothing more is sent; what was already sent may still be answered for a while."""
        if self.stopping is not None:
            return
        self.stopping = why
        self.gate.set()
        self._unpark.set()
        if why == "cancelled":
            for entry in list(self.in_flight):
                if not entry.is_open and entry.task is not None:
                    entry.task.cancel()
            self.loop.create_task(self._end_after_grace())

    async def _end_after_grace(self) -> None:
        await self.clock.sleep(GRACE_S)
        for worker in self._workers:
            worker.cancel()

    def unpark(self) -> None:
        """Let a parked pass try again now."""
        self._unpark.set()
        if self.target.session is not None:
            self.target.session.wake()

    # The pass

    async def run_pass(self, entries: AsyncIterator[list[Entry]]) -> None:
        """Take every entry to its outcome; return when all are durable."""
        self._entries = entries
        if self.gathering is not None:
            await self.gathering.look_back()
        self._workers = [self.loop.create_task(self._work()) for _ in range(self.plan.concurrency)]
        try:
            await asyncio.wait(self._workers)
            for worker in self._workers:
                if not worker.cancelled() and (exc := worker.exception()) is not None and self.error is None:
                    self.error = exc
            await self._flush()
        finally:
            for worker in self._workers:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)

    async def _flush(self) -> None:
        while True:
            try:
                return await self.ledger.flush()
            except DiskFull as exc:
                if self.stopping == "cancelled":
                    self.error = self.error or exc
                    return
                await self._park_for_disk(exc)

    async def _work(self) -> None:
        task = asyncio.current_task()
        buffer, flying, gathering = self.buffer, self.in_flight, self.gathering
        load: Entry | Group | None
        while True:
            if not self.gate.is_set():
                await self.gate.wait()
            if self.stopping is not None:
                return
            if gathering is not None:
                load = await gathering.next()
                if load is None:
                    return
            else:
                if not buffer:
                    await self.refill()
                    if not buffer:
                        return
                load = buffer.popleft()
            for entry in load:
                entry.task = task
                flying.add(entry)
            try:
                await self._take(load)
            except asyncio.CancelledError:
                if self.stopping is None:
                    raise
                return
            finally:
                for entry in load:
                    flying.discard(entry)
                    if entry.waiting is not None:
                        self.note_wait(entry, None, None)

    async def refill(self) -> None:
        """Read on until there is an entry in the buffer; an empty buffer afterwards is the end."""
        async with self._reading:
            while (
                not self.buffer
                and not self._is_drained
                and self.stopping is None
                and self._entries is not None
            ):
                try:
                    self.buffer.extend(await anext(self._entries))
                except StopAsyncIteration:
                    self._is_drained = True
                except Exception as exc:
                    self._is_drained = True
                    self.error = self.error or exc
                    self.stop("stopped")

    async def _take(self, load: Entry | Group) -> None:
        """Take one row, or a group of them, to its outcome, waiting out whatever concerns all rows."""
        target = self.target
        now = self.clock.monotonic()
        for entry in load:
            if entry.error is not None:
                is_lost = isinstance(entry.error, OutcomeUncertain)
                self._settle_unsent(entry, entry.error, "uncertain" if is_lost else "failed")
                return
            entry.began = now
        while True:
            if self.parked is not None:
                await self._wait_unparked()
            if self.stopping is not None:
                return
            try:
                await (self._call(load) if isinstance(load, Entry) else load.go())
            except asyncio.CancelledError:
                self._leave(load)
                raise
            except RunCancelled:
                self._leave(load)
                return
            except DiskFull as exc:
                if isinstance(load, Entry) and load.is_open:
                    self.settle(load, "failed", exc)
                    return
                await self._park_for_disk(exc)
            except SignInNeeded as exc:
                if target.session is None:
                    # The function may have done more than the call that was refused: it is not run again by itself.
                    self._settle_all(load, "failed", exc)
                    await self._park_for_sign_in()
                    return
                await self._park_for_sign_in()
            except OutcomeUncertain as exc:
                self._settle_all(load, "uncertain", exc)
                return
            except StoreError as exc:
                self.error = self.error or exc
                self.stop("stopped")
                self._leave(load)
                return
            except Exception as exc:
                is_doubtful = self._is_resendable(load) and load.unanswered > 0 and not is_final(exc)
                self._settle_all(
                    load, "uncertain" if is_doubtful or _may_have_happened(exc) else "failed", exc
                )
                return
            else:
                return

    async def _call(self, entry: Entry) -> None:
        target, plan = self.target, self.plan
        key = derive_key(plan.secret, entry.key, target.name, entry.generation) if target.takes_key else ""
        result = await target.call(entry.row, entry.parameters, key, entry.key, plan.name, entry)
        self.settle_done(entry, result.text, result.http_status, result.attempts, result.complaint)

    # Outcomes

    def settle_done(
        self, entry: Entry, text: str | None, status: int | None, attempts: int, complaint: str | None = None
    ) -> None:
        """Write that a row is done, with what the service said of it."""
        entry.is_open = False
        elapsed_s = self.clock.monotonic() - entry.began
        error_type = "ResultNotJson" if complaint else None
        self.ledger.outcome(
            entry.line,
            Outcome("done", entry.attempts + attempts, elapsed_s, error_type, complaint, None, text, status),
        )
        self.tally.done += 1

    def _settle_all(self, load: Entry | Group, state: str, exc: Exception) -> None:
        is_safe = self._is_resendable(load)
        for entry in load:
            self.settle(entry, state, exc, is_safe=is_safe)

    def settle(self, entry: Entry, state: str, exc: Exception, *, is_safe: bool = False) -> None:
        """Write that a row came to no good end, and why; `is_safe`: what it was sent in may be sent again."""
        was_sent = (
            entry.is_open or getattr(exc, "status", None) is not None or getattr(exc, "attempts", 0) > 1
        )
        if not was_sent and not entry.is_written:
            if not isinstance(exc, PenstockError):
                exc = CallFailed(f"{type(exc).__name__}: {exc}", row=entry.key)
            self._settle_unsent(entry, exc, state)
            return
        entry.is_open = False
        message = exc.message if isinstance(exc, PenstockError) else redact(f"{exc}")
        hint = exc.hint if isinstance(exc, PenstockError) else None
        if state == "uncertain" and is_safe:
            hint = SAFE_HINT
        kind = type(exc).__name__
        response = getattr(exc, "response", None)
        attempts = int(getattr(exc, "attempts", 1) or 1)
        outcome = Outcome(
            state, entry.attempts + attempts, self.clock.monotonic() - entry.began, kind, message, hint,
            redact(response.text) if response is not None else None, getattr(exc, "status", None),
        )  # fmt: skip
        self.ledger.outcome(entry.line, outcome)
        self.tally.add(state, kind, message, hint, entry.key)
        self._mind_error(state)

    def _settle_unsent(self, entry: Entry, exc: PenstockError, state: str = "failed") -> None:
        kind = type(exc).__name__
        self.ledger.unsent(
            (
                entry.line, entry.key, entry.position, self.pass_number, entry.row_hash, entry.text, state, entry.attempts,
                kind, exc.message, exc.hint,
            )
        )  # fmt: skip
        self.tally.add(state, kind, exc.message, exc.hint, entry.key)
        self._mind_error(state)

    def _mind_error(self, state: str) -> None:
        if state == "failed" and self.plan.on_error == "stop":
            self.stop("stopped")

    def _is_resendable(self, load: Entry | Group) -> bool:
        return self.target.is_resendable if isinstance(load, Entry) else load.call.is_resendable

    def _leave(self, load: Entry | Group) -> None:
        """Leave the rows of a cancelled run: what may be sent again stays as it is, the rest is uncertain."""
        for entry in load:
            if entry.is_open and not self._is_resendable(load):
                self.settle(
                    entry,
                    "uncertain",
                    OutcomeUncertain("The run was cancelled while the answer was awaited.", row=entry.key),
                )

    # What holds all rows

    async def _park_for_sign_in(self) -> None:
        session = self.target.session
        if self.parked is None:
            self.parked, self.resumes_at = "sign-in", None
            self._unpark.clear()
            if session is not None:
                self.loop.create_task(self._unpark_when_renewed())
        await self._wait_unparked()

    async def _unpark_when_renewed(self) -> None:
        session = self.target.session
        if session is not None:
            await session.wait_renewed()
            self._unpark.set()

    async def _park_for_disk(self, exc: DiskFull) -> None:
        if self.parked is None:
            log.warning("%s The run %r waits.", exc, self.plan.name)
            self.parked, self.resumes_at = "disk", None
            self._unpark.clear()
            while self.stopping is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(DISK_RETRY_S):
                        await self._unpark.wait()
                self._unpark.clear()
                try:
                    self.ledger.set_facts(touched_at=self.clock.wall())
                    await self.ledger.flush()
                    break
                except DiskFull:
                    continue
            self.parked = None
            self._unpark.set()
        else:
            await self._wait_unparked()

    async def _wait_unparked(self) -> None:
        await self._unpark.wait()
        if self.parked == "sign-in":
            self.parked = None


def is_final(exc: Exception) -> bool:
    """Say whether it is the service's last word on a request, also on earlier attempts at the same one."""
    return isinstance(exc, ProviderError) and not isinstance(exc, (Throttled, ServerFailed))


def _may_have_happened(exc: Exception) -> bool:
    """Say whether a call that ran out of attempts may still have had its effect (it is safe to send it again)."""
    return isinstance(exc, CallFailed) and exc.is_doubtful
