"""BatchProgress: a run drawn live, with buttons. It shows what the run says and hands the buttons over to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from penstock.batch.render import (
    ENDED,
    carried_words,
    is_pacing,
    mean_rate,
    plain,
    render_text,
    state_word,
    wait_words,
    worst_errors,
)
from penstock.batch.render_html import render_html
from penstock.widgets._assets import read_module, read_style
from penstock.widgets._base import Widget

if TYPE_CHECKING:
    from penstock.batch.progress import Progress
    from penstock.batch.run import Run

_CLOCKWORK = (
    "elapsed_s",
    "eta_s",
    "rate",
    "mean_rate",
)  # what moves by itself; the page counts the seconds on its own
_STILL_S = 1.0  # where nothing else moves, they are sent this often


class BatchProgress(Widget):
    """Show a run live: counts, rate, time left, what it waits on, errors by kind; pause, cancel, retry.

    The page gets one message for each change, at most ten a second (the run itself sees to that) and the last state
    always. As the last expression of a cell a run shows this by itself, and becomes static HTML when it ends.
    """

    _esm = read_module("batch_progress")
    _css = read_style("batch_progress")

    progress = traitlets.Dict().tag(sync=True)
    # The run's last state: counts in rows, rates in rows per second, durations in seconds, resumes_at since 1970.

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._mark = ""
        self._unwatch: Callable[[], None] = _nothing
        super().__init__(progress=build_state(run.progress, has_ended=run.is_finished))
        self._unwatch = run.watch(self.draw)

    def draw(self, progress: Progress) -> None:
        """Send the page a new state; called on the engine's thread."""
        with self._lock:
            state = build_state(progress, has_ended=self._run.is_finished, mark=self._mark)
            if not _is_still(self.progress, state):
                self.progress = state

    def name_static(self, mark: str) -> None:
        """Tell the page which static HTML stands for the ended run, so that it gets its Retry button."""
        with self._lock:
            self._mark = mark
            self.progress = {**self.progress, "mark": mark}

    def questions(self) -> Mapping[str, Callable[[], object]]:
        """Return what the buttons do."""
        run = self._run
        return {
            "pause": run.pause,
            "resume": run.resume,
            "cancel": run.cancel,
            "retry_failed": run.retry_failed,
        }

    def say_text(self) -> str:
        """Return the run as one line."""
        return render_text(self._run.progress)

    def say_html(self) -> str:
        """Return the run as static HTML."""
        return render_html(self._run.progress)

    def close(self) -> None:
        """Stop listening to the run and take the view away; the run goes on."""
        unwatch, self._unwatch = self._unwatch, _nothing  # closed again when collected
        unwatch()
        super().close()

    def __repr__(self) -> str:
        return f"BatchProgress({self._run.name!r})"


def build_state(progress: Progress, *, has_ended: bool, mark: str = "") -> dict[str, Any]:
    """Return a Progress as the page wants it: numbers as numbers, texts clean and in words."""
    shown, more_kinds, more_rows = worst_errors(progress)
    return {
        "run": plain(progress.run, 80),
        "state": progress.state,
        "word": state_word(progress) if has_ended or progress.state not in ENDED else "ending",
        "ended": has_ended and progress.state in ENDED,
        "total": progress.total,
        "settled": progress.settled,
        "share": progress.share,
        "done": progress.done,
        "failed": progress.failed,
        "uncertain": progress.uncertain,
        "skipped": progress.skipped,
        "in_flight": progress.in_flight,
        "queued": progress.queued,
        "rate": round(progress.rate, 2),
        "mean_rate": mean_rate(progress),
        "carried": carried_words(progress),
        "allowed_rate": progress.allowed_rate,
        "elapsed_s": round(progress.elapsed_s, 1),
        "eta_s": progress.eta_s,
        "waiting_on": None if is_pacing(progress) else progress.waiting_on,
        "is_pacing": is_pacing(progress),
        "waiting": wait_words(progress, has_instant=False),
        "resumes_at": progress.resumes_at,
        "note": plain(progress.note) if progress.note else "",
        "errors": [
            {
                "kind": plain(error.kind, 60),
                "count": error.count,
                "message": plain(error.message),
                "hint": plain(error.hint) if error.hint else "",
                "row": None if error.example_row is None else plain(str(error.example_row), 60),
            }
            for error in shown
        ],
        "more_kinds": more_kinds,
        "more_rows": more_rows,
        "mark": mark,
    }


def _nothing() -> None:
    """Stand for the end of a watch that has not begun, or is over."""


def _is_still(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Say whether nothing but the time has moved, and not for long."""
    if any(before.get(name) != value for name, value in now.items() if name not in _CLOCKWORK):
        return False
    return bool(abs(now["elapsed_s"] - before["elapsed_s"]) < _STILL_S)
