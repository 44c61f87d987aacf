"""A run: the face of a batch. It starts the walk on the engine, shows how far it is, and gives frames.

What happens to a row is runner.py's; what is written down is ledger.py's.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.batch.aggregate import convert, input_frame, line_frame
from penstock.batch.entries import Entry, Plan
from penstock.batch.intake import Intake, failed_entries, refuse_changes
from penstock.batch.ledger import Ledger
from penstock.batch.lines import Line, read_lines
from penstock.batch.lock import RunLock
from penstock.batch.progress import Progress, Tally
from penstock.batch.rows import Row, RowSource
from penstock.batch.runner import Runner
from penstock.batch.targets import Target
from penstock.clock import Clock
from penstock.errors import UsageError
from penstock.events import EventBus, RunMoved
from penstock.loop import EngineLoop, wait_for_event
from penstock.redact import redact

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("penstock.batch")
TICK_S = 0.1  # widgets and on_progress hear at most ten times a second
Watcher = Callable[[Progress], None]
Opening = Callable[[Ledger], tuple[Plan, dict[str, Any]]]


class Run:
    """Rows on their way through one call: watch it, pause it, cancel it, and take its frames.

    In a notebook it draws itself; `frame()` waits for the end and gives the rows with what became of them.
    """

    def __init__(
        self,
        *,
        path: Path,
        name: str,
        target: Target | None,
        source: RowSource | None,
        mapping: Callable[[Row], Mapping[str, Any]] | None,
        engine: EngineLoop,
        clock: Clock,
        bus: EventBus,
        on_progress: Callable[[int, int | None], Any] | None = None,
        allowed_rate: float | None = None,
        show: Callable[[Run], bool] | None = None,
    ) -> None:
        self.name, self.path = name, path
        self.allowed_rate = allowed_rate
        self.error: BaseException | None = None
        self._target, self._source, self._mapping = target, source, mapping
        self._engine, self._clock, self._bus, self._show = engine, clock, bus, show
        self._on_progress = on_progress
        self._plan: Plan | None = None
        self._facts: dict[str, Any] = {}
        self._tally = Tally()
        self._state = "finished"
        self._total: int | None = source.total if source is not None else None
        self._runner: Runner | None = None
        self._started_at = 0.0
        self._ended_at: float | None = None
        self._watchers: tuple[Watcher, ...] = ()
        self._done = threading.Event()
        self._done.set()
        self._ended: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._note: str | None = None
        self._last: Progress | None = None
        self._lock = threading.Lock()

    @property
    def integration(self) -> str | None:
        """Return which integration it calls, None for a function's run or one that was only looked at."""
        return self._target.integration if self._target is not None else None

    @property
    def account(self) -> str | None:
        """Return the account it calls as, which it keeps to its end."""
        return self._target.account if self._target is not None else None

    # Starting, on the engine's loop

    async def start(self, opening: Opening) -> None:
        """Open the ledger, refuse what does not fit it, and begin; return once the first row may leave."""
        assert self._target is not None and self._source is not None
        lock = RunLock(self.path.with_suffix(".lock"), self.name, self._clock.wall())
        try:
            ledger = Ledger(self.path, asyncio.get_running_loop(), self._clock)
            try:
                self._plan, facts = opening(ledger)
                runner = self._build_runner(ledger)
                before = self._facts.get("total")
                await refuse_changes(
                    runner, self._source, Intake(runner, self._source, self._mapping), self.path, before
                )
                ledger.set_facts(**facts)
                self._begin(runner)
                intake = Intake(runner, self._source, self._mapping)
            except BaseException:
                await ledger.aclose()
                self._state = "stopped"
                self._done.set()
                raise
        except BaseException:
            lock.release()
            raise
        asyncio.get_running_loop().create_task(self._follow(runner, ledger, lock, intake.entries()))

    def _build_runner(self, ledger: Ledger) -> Runner:
        assert self._plan is not None and self._target is not None
        self._tally = Tally()
        return Runner(
            self._plan, self._target, ledger, int(self._facts.get("passes", 0)) + 1, self._clock, self._tally
        )

    def _begin(self, runner: Runner) -> None:
        self._facts["passes"] = runner.pass_number
        runner.ledger.set_facts(passes=runner.pass_number)
        self._runner = runner
        self._started_at, self._ended_at = self._clock.monotonic(), None
        self._state, self.error = "running", None
        self._done.clear()
        self._ended = concurrent.futures.Future()

    async def _follow(
        self, runner: Runner, ledger: Ledger, lock: RunLock, entries: AsyncIterator[list[Entry]]
    ) -> None:
        ticker = asyncio.get_running_loop().create_task(self._tick())
        self._bus.emit(RunMoved(self.name, "running"))
        try:
            await runner.run_pass(entries)
            self.error = runner.error
        except BaseException as exc:
            self.error = exc
        finally:
            ticker.cancel()
            state = runner.stopping or "finished"
            if self.error is not None and state == "finished":
                state = "stopped"
            if self._total is None and state == "finished":
                self._total = self._tally.settled
            ledger.set_facts(state=state, ended_at=self._clock.wall(), total=self._total)
            await ledger.aclose()
            lock.release()
            if self._target is not None:
                self._target.close()
            self._ended_at = self._clock.monotonic()
            self._state = state
            self._runner = None
            self._tell()
            self._bus.emit(RunMoved(self.name, state, str(self.error) if self.error else None))
            self._done.set()
            self._ended.set_result(None)
            self._last = (
                None  # the last state is told even where it says nothing new: is_finished has changed
            )
            self._tell_watchers()

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(TICK_S)
            self._tell_watchers()
            self._tell()

    def _tell_watchers(self) -> None:
        progress = self.progress
        if progress == self._last:
            return
        self._last = progress
        for watcher in self._watchers:
            try:
                watcher(progress)
            except Exception:
                log.exception("A watcher of the run %r raised; the run goes on.", self.name)

    def _tell(self) -> None:
        if self._on_progress is None:
            return
        settled = self._tally.settled
        if settled == self._facts.get("told") and self._state == "running":
            return
        self._facts["told"] = settled
        try:
            self._on_progress(settled, self._total)
        except Exception as exc:
            self._note = redact(
                f"on_progress raised {type(exc).__name__}: {exc}. The run goes on without it."
            )
            self._on_progress = None
            log.warning("%s", self._note)

    # How far it is

    @property
    def progress(self) -> Progress:
        """Return how far the run is now."""
        tally, runner = self._tally, self._runner
        now = self._clock.monotonic()
        rate = tally.rate(now) if runner is not None else 0.0
        settled, total = tally.settled, self._total
        left = None if total is None else max(0, total - settled)
        elapsed_s = (
            (self._ended_at if self._ended_at is not None else now) - self._started_at
            if self._started_at
            else 0.0
        )
        eta_s = self._eta(rate, left) if runner is not None else None
        waiting_on = runner.waiting_on if runner is not None else None
        flying = len(runner.in_flight) if runner is not None else 0
        return Progress(
            run=self.name,
            state=self._state,
            total=total,
            done=tally.done,
            failed=tally.failed,
            uncertain=tally.uncertain,
            skipped=tally.skipped,
            in_flight=flying,
            queued=None if left is None else max(0, left - flying),
            rate=round(rate, 2),
            allowed_rate=self.allowed_rate,
            elapsed_s=round(elapsed_s, 1),
            eta_s=eta_s,
            waiting_on=waiting_on,
            resumes_at=runner.resumes_at if runner is not None and waiting_on is not None else None,
            errors=tally.error_counts(),
            note=self._note,
            carried=tally.carried,
        )

    def _eta(self, rate: float, left: int | None) -> float | None:
        if left is None:
            return None
        if left == 0:
            return 0.0
        paces = [pace for pace in (rate, self.allowed_rate) if pace]
        return (
            round(left / min(paces), 1)
            if rate
            else (round(left / self.allowed_rate, 1) if self.allowed_rate else None)
        )

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more will happen by itself."""
        return self._done.is_set()

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher(progress)` when something changed, at most ten times a second, and at the end; return what ends it."""
        self._watchers = (*self._watchers, watcher)
        watcher(self.progress)

        def unwatch() -> None:
            self._watchers = tuple(known for known in self._watchers if known is not watcher)

        return unwatch

    # Holding it

    def pause(self) -> Run:
        """Send nothing more until `resume`; what was already sent is still answered."""
        self._on_engine(self._pause)
        return self

    def _pause(self) -> None:
        if self._runner is not None and self._runner.stopping is None:
            self._runner.gate.clear()
            self._state = "paused"
            self._bus.emit(RunMoved(self.name, "paused"))
            self._tell_watchers()

    def resume(self) -> Run:
        """Go on after a pause; a run that waits for a sign-in or for room on the disk tries again at once."""
        self._on_engine(self._resume)
        return self

    def _resume(self) -> None:
        if self._runner is not None and self._runner.stopping is None:
            self._runner.gate.set()
            self._runner.unpark()
            self._state = "running"
            self._bus.emit(RunMoved(self.name, "running"))
            self._tell_watchers()

    def cancel(self) -> Run:
        """Send nothing more and end; what is done is kept, and the same cell run again goes on."""
        self._on_engine(self._cancel)
        return self

    def _cancel(self) -> None:
        if self._runner is not None:
            self._runner.stop("cancelled")
            self._state = "cancelled"
            self._tell_watchers()

    def _on_engine(self, action: Callable[[], None]) -> None:
        if not self._done.is_set():
            self._engine.call_soon(action)

    def retry_failed(self) -> Run:
        """Send the failed rows again, and the uncertain ones a key makes safe; return at once, the run goes on under its name."""
        if not self._done.is_set():
            raise UsageError(
                f"The run {self.name!r} is not over yet.", hint="run.wait(), then run.retry_failed()."
            )
        if self._target is None or self._plan is None:
            raise UsageError(
                f"The run {self.name!r} was reopened without its call.",
                hint=f"ps.reopen({self.name!r}, rows=..., call=...) or run its cell again; then retry_failed().",
            )
        self._engine.run(self._restart())
        return self

    async def _restart(self) -> None:
        assert self._plan is not None and self._target is not None
        lock = RunLock(self.path.with_suffix(".lock"), self.name, self._clock.wall())
        try:
            ledger = Ledger(self.path, asyncio.get_running_loop(), self._clock)
            runner = self._build_runner(ledger)
            self._begin(runner)
        except BaseException:
            lock.release()
            raise
        asyncio.get_running_loop().create_task(
            self._follow(runner, ledger, lock, failed_entries(runner, self.path, self._mapping))
        )

    # Waiting

    def wait(self, timeout: float | None = None) -> Run:
        """Wait until the run is over, at most `timeout` seconds; an interrupt cancels it and keeps what is done.

        Raises what ended the run early: rows that changed, a generator that raised.
        """
        clock = self._clock
        until = None if timeout is None else clock.monotonic() + timeout
        try:
            # Short waits, so that an interrupt is heard on every platform.
            while not wait_for_event(
                self._done, 0.1 if until is None else max(0.0, min(0.1, until - clock.monotonic()))
            ):
                if until is not None and clock.monotonic() >= until:
                    raise TimeoutError(f"The run {self.name!r} is not over after {timeout:g} s; it goes on.")
        except KeyboardInterrupt:
            self.cancel()
            wait_for_event(self._done, 10.0)
            raise
        if self.error is not None:
            raise self.error
        return self

    def settle(self, timeout: float) -> bool:
        """Wait for the end without raising what ended it; say whether it is over."""
        return self._done.wait(timeout)

    def __await__(self) -> Generator[Any, None, Run]:
        return self._await().__await__()

    async def _await(self) -> Run:
        try:
            await asyncio.shield(asyncio.wrap_future(self._ended))
        except asyncio.CancelledError:
            self.cancel()
            raise
        if self.error is not None:
            raise self.error
        return self

    # What became of the rows

    def frame(
        self, columns: Mapping[str, str] | None = None, *, kind: str = "pandas", partial: bool = False
    ) -> Any:
        """Wait for the end and return the input's columns with status, attempts, elapsed_s, error_type, error, response.

        columns: {"stripe_id": "response.id"} takes values out of the response instead of the whole of it.
        kind:    "pandas", "polars" or "arrow".
        partial: return what there is now, without waiting.
        A row not reached is "pending". Input columns keep their names; a result column that would clash gets "run_".
        """
        if not partial:
            self.wait()
        if self._source is not None and self._source.is_replayable:
            key = self._plan.key if self._plan is not None else None
            made = input_frame(self.path, self._source, key, columns)
        else:
            made = line_frame(read_lines(self.path), columns)
        return convert(made, kind)

    def frames(self, size: int = 10_000, columns: Mapping[str, str] | None = None) -> Iterator[pd.DataFrame]:
        """Wait for the end and yield the rows in frames of `size`, never all in memory."""
        self.wait()
        chunk: list[Line] = []
        for line in read_lines(self.path):
            chunk.append(line)
            if len(chunk) == size:
                yield line_frame(iter(chunk), columns)
                chunk = []
        if chunk:
            yield line_frame(iter(chunk), columns)

    def failures(self) -> pd.DataFrame:
        """Return the rows that failed, with why and what to do."""
        return self._issues("failed")

    def uncertain(self) -> pd.DataFrame:
        """Return the rows whose outcome cannot be known: when they were sent, their key and the hash of the request."""
        return self._issues("uncertain")

    def dead_letters(self) -> pd.DataFrame:
        """Return every row that came to no good end, failed or uncertain, as the ledger keeps it."""
        return self._issues("failed", "uncertain")

    def _issues(self, *states: str) -> pd.DataFrame:
        from penstock.batch.issues import issue_frame

        return issue_frame(self.path, states)

    def summary(self) -> pd.DataFrame:
        """Return how many rows ended how, by error, with the hint in plain words."""
        from penstock.batch.issues import summary_frame

        return summary_frame(self.path, self._total)

    def reconcile(self, lookup: Callable[[Row], Any]) -> pd.DataFrame:
        """Settle the uncertain rows: `lookup(row)` returns what it finds at the service, or None when it never happened.

        Found: the row is done, with what was found as its response. None: the row is failed, and `retry_failed()` may
        send it. A look-up that raises leaves its row uncertain. Returns a frame of the rows and how each was settled.
        """
        from penstock.batch.issues import settle_uncertain

        if not self._done.is_set():
            raise UsageError(
                f"The run {self.name!r} is not over yet.", hint="run.wait(), then run.reconcile(lookup)."
            )
        settled = self._engine.run(settle_uncertain(self.path, self.name, lookup, self._clock))
        self.refresh()
        return settled

    def refresh(self) -> None:
        """Count the outcomes anew from the ledger."""
        tally = Tally()
        for line in read_lines(self.path):
            if line.state in ("done", "failed", "uncertain", "skipped"):
                tally.add(line.state, line.error_type, line.error, line.hint, line.key)
        tally.carried = tally.settled
        self._tally = tally
        self._tell_watchers()

    # How it shows itself

    def __repr__(self) -> str:
        from penstock.batch.render import render_text

        return render_text(self.progress)

    def _repr_html_(self) -> str:
        from penstock.batch.render_html import render_html

        return render_html(self.progress)

    def _ipython_display_(self) -> None:
        if self._show is not None and self._show(self):
            return
        from IPython.display import display

        show: Any = display
        show({"text/plain": repr(self), "text/html": self._repr_html_()}, raw=True)
