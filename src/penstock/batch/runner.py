"""The walk of the rows: fixed workers over an iterator, each row through the ledger, the call, and the ledger again.

It runs on the engine's loop; the face a user holds is run.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from penstock.batch.ledger import INTENT, Ledger
from penstock.batch.progress import Tally
from penstock.batch.rows import Row
from penstock.batch.targets import Target
from penstock.clock import Clock
from penstock.errors import (
    CallFailed,
    DiskFull,
    OutcomeUncertain,
    PenstockError,
    RunCancelled,
    SignInNeeded,
    StoreError,
)
from penstock.model import Outcome, Request
from penstock.redact import redact

log = logging.getLogger("penstock.batch")

GRACE_S = 5.0  # how long a cancelled run waits for answers to what was already sent
SAFE_HINT = "It may have happened, and it is safe to send again: run.retry_failed(), or run the cell again."
DISK_RETRY_S = 2.0
CLOCK_SLACK_S = 60.0  # a wall clock that jumped back further than this cannot date a key


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked of a run."""

    name: str
    run_id: str
    secret: bytes
    key: str | None
    concurrency: int = 10
    chunk_size: int = 100
    on_error: str = "continue"
    on_uncertain: str = "hold"
    changed: str = "refuse"


class Entry:
    """One row on its way, and its journal: intents are written here, before the bytes leave."""

    __slots__ = (
        "attempts", "began", "error", "generation", "is_open", "is_written", "key", "line", "parameters", "position",
        "request_hash", "row", "row_hash", "runner", "task", "text", "waiting",
    )  # fmt: skip

    def __init__(self, runner: Runner, key: str, position: int, row: Row, text: str, row_hash: bytes) -> None:
        self.runner, self.key, self.position, self.row, self.text, self.row_hash = (
            runner,
            key,
            position,
            row,
            text,
            row_hash,
        )
        self.parameters: Mapping[str, Any] = {}
        self.line = 0
        self.generation = 0
        self.attempts = 0  # of earlier passes
        self.request_hash: bytes | None = None  # of a request whose outcome is unknown
        self.error: PenstockError | None = None
        self.is_open = False  # an intent stands without an outcome
        self.is_written = False  # the ledger has a line for it
        self.began = 0.0
        self.waiting: str | None = None
        self.task: asyncio.Task[None] | None = None

    async def intent(self, attempt: int, request: Request | None) -> None:
        runner = self.runner
        if not runner.gate.is_set():
            await runner.gate.wait()
        if runner.stopping is not None and runner.stopping != "stopped":
            raise RunCancelled("The run was cancelled before this row was sent.", row=self.key)
        digest: bytes | None = None
        if request is not None:
            digest = blake2b(
                f"{request.method} {request.url}\n".encode() + (request.body or b""), digest_size=16
            ).digest()
            if self.request_hash is not None and digest != self.request_hash:
                raise OutcomeUncertain(
                    "This row was sent before, as a different request; its outcome is not known.",
                    row=self.key,
                )
        wall = runner.clock.wall()
        ledger = runner.ledger
        future: asyncio.Future[None] = runner.loop.create_future()
        ledger.write(
            (
                INTENT,
                (
                    self.line, self.key, self.position, runner.pass_number, self.generation, self.row_hash, self.text,
                    self.attempts + attempt, digest, wall, wall,
                ),
                future,
            )
        )  # fmt: skip
        await future
        self.is_open = self.is_written = True

    def refused(self, attempt: int) -> None:
        self.is_open = False
        self.request_hash = None
        self.runner.ledger.refused(self.line)

    def waits(self, reason: str | None, until: float | None) -> None:
        self.runner.note_wait(self, reason, until)


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
        self._waits: dict[str, int] = {}
        self._buffer: deque[Entry] = deque()
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
        for reason in ("breaker", "limit"):
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
        buffer, flying = self._buffer, self.in_flight
        while True:
            if not self.gate.is_set():
                await self.gate.wait()
            if self.stopping is not None:
                return
            if not buffer:
                await self._refill()
                if not buffer:
                    return
            entry = buffer.popleft()
            entry.task = task
            flying.add(entry)
            try:
                await self._take(entry)
            except asyncio.CancelledError:
                if self.stopping is None:
                    raise
                return
            finally:
                flying.discard(entry)
                if entry.waiting is not None:
                    self.note_wait(entry, None, None)

    async def _refill(self) -> None:
        async with self._reading:
            while (
                not self._buffer
                and not self._is_drained
                and self.stopping is None
                and self._entries is not None
            ):
                try:
                    self._buffer.extend(await anext(self._entries))
                except StopAsyncIteration:
                    self._is_drained = True
                except Exception as exc:
                    self._is_drained = True
                    self.error = self.error or exc
                    self.stop("stopped")

    async def _take(self, entry: Entry) -> None:
        """Take one row to its outcome, waiting out whatever concerns all rows."""
        if entry.error is not None:
            self._settle_unsent(entry, entry.error)
            return
        target, plan = self.target, self.plan
        key = derive_key(plan.secret, entry.key, target.name, entry.generation) if target.takes_key else ""
        entry.began = self.clock.monotonic()
        while True:
            if self.parked is not None:
                await self._wait_unparked()
            if self.stopping is not None:
                return
            try:
                result = await target.call(entry.row, entry.parameters, key, entry.key, plan.name, entry)
            except asyncio.CancelledError:
                self._leave(entry)
                raise
            except RunCancelled:
                self._leave(entry)
                return
            except DiskFull as exc:
                if entry.is_open:
                    self._settle(entry, "failed", exc)
                    return
                await self._park_for_disk(exc)
            except SignInNeeded as exc:
                if target.session is None:
                    # The function may have done more than the call that was refused: it is not run again by itself.
                    self._settle(entry, "failed", exc)
                    await self._park_for_sign_in()
                    return
                await self._park_for_sign_in()
            except OutcomeUncertain as exc:
                self._settle(entry, "uncertain", exc)
                return
            except StoreError as exc:
                self.error = self.error or exc
                self.stop("stopped")
                self._leave(entry)
                return
            except Exception as exc:
                self._settle(entry, "uncertain" if _may_have_happened(exc) else "failed", exc)
                return
            else:
                self._settle_done(entry, result.text, result.http_status, result.attempts, result.complaint)
                return

    # Outcomes

    def _settle_done(
        self, entry: Entry, text: str | None, status: int | None, attempts: int, complaint: str | None
    ) -> None:
        entry.is_open = False
        elapsed_s = self.clock.monotonic() - entry.began
        error_type = "ResultNotJson" if complaint else None
        self.ledger.outcome(
            entry.line,
            Outcome("done", entry.attempts + attempts, elapsed_s, error_type, complaint, None, text, status),
        )
        self.tally.done += 1

    def _settle(self, entry: Entry, state: str, exc: Exception) -> None:
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
        if state == "uncertain" and self.target.is_resendable:
            hint = SAFE_HINT
        kind = type(exc).__name__
        response = getattr(exc, "response", None)
        attempts = int(getattr(exc, "attempts", 1) or 1)
        outcome = Outcome(
            state, entry.attempts + attempts, self.clock.monotonic() - entry.began, kind, message, hint,
            response.text if response is not None else None, getattr(exc, "status", None),
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

    def _leave(self, entry: Entry) -> None:
        """Leave a row of a cancelled run: what may be sent again stays as it is, the rest is uncertain."""
        if entry.is_open and not self.target.is_resendable:
            self._settle(
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


def _may_have_happened(exc: Exception) -> bool:
    """Say whether a call that ran out of attempts may still have had its effect (it is safe to send it again)."""
    return isinstance(exc, CallFailed) and exc.is_doubtful


def derive_key(secret: bytes, row_key: str, operation: str, generation: int) -> str:
    """Return a row's idempotency key, shaped like a UUID: the same for every attempt and after every restart.

    Keyed BLAKE2 (RFC 7693) is a MAC like HMAC, at a third of its cost: who does not know the secret cannot guess a key.
    """
    digest = blake2b(f"{row_key}\0{operation}\0{generation}".encode(), key=secret, digest_size=16).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
