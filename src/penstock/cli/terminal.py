"""A run drawn in a terminal or a log: a bar that is drawn over itself, or a line now and then."""

from __future__ import annotations

import os
import queue
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

from penstock.batch.render import format_count, plain, render_text, worst_errors
from penstock.clock import Clock, SystemClock

if TYPE_CHECKING:
    from penstock.batch.progress import Progress
    from penstock.batch.run import Run

EVERY_S = 5.0  # between two lines where nothing can be drawn over
EVERY_SHARE = 0.1  # or sooner, when this much more is done
_CLEAR = "\r\x1b[2K"


class Bar:
    """Draw a run's progress on a stream: over itself in a terminal, line by line elsewhere."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream, self._clock = stream, clock
        self._is_terminal = stream.isatty()
        self._is_ascii = not _can_show(stream, "▕█▏·")
        self._said_at: float | None = None
        self._said_share = 0.0
        self._said = ""

    def draw(self, progress: Progress) -> None:
        """Show where the run stands now; in a log only when it is time for another line."""
        if self._is_terminal:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(_CLEAR + render_text(progress, width, is_ascii=self._is_ascii))
        elif self._is_due(progress):
            self._line(progress)
        self._stream.flush()

    def say(self, text: str) -> None:
        """Write a line of its own, above what is drawn next."""
        self._stream.write(f"{_CLEAR}{text}\n" if self._is_terminal else f"{text}\n")

    def close(self, progress: Progress) -> None:
        """Show the last state, and leave the line."""
        if self._is_terminal:
            self.draw(progress)
            self._stream.write("\n")
        else:
            self._line(progress)
        self._stream.flush()

    def _is_due(self, progress: Progress) -> bool:
        share, now = progress.share or 0.0, self._clock.monotonic()
        return (
            self._said_at is None or now - self._said_at >= EVERY_S or share - self._said_share >= EVERY_SHARE
        )

    def _line(self, progress: Progress) -> None:
        line = render_text(progress, 100, is_ascii=self._is_ascii)
        if line != self._said:
            self._stream.write(line + "\n")
        self._said_at, self._said_share, self._said = self._clock.monotonic(), progress.share or 0.0, line


def follow(run: Run, *, stream: TextIO | None = None, clock: Clock | None = None) -> Progress:
    """Draw a run until it has ended, and return its last state.

    Ctrl-C cancels the run, and what is done is kept; a second one does not wait for
    what is under way. A run whose credential is
    refused is cancelled too, because nobody can sign in here.
    """
    moves: queue.SimpleQueue[Progress] = queue.SimpleQueue()
    unsubscribe = run.watch(moves.put)
    bar = Bar(stream or sys.stderr, clock or SystemClock())
    progress = run.progress
    is_cancelled = False
    try:
        while not run.is_finished:
            bar.draw(progress)
            try:
                progress = _newest(moves) or run.progress
                if progress.waiting_on == "sign-in" and not is_cancelled:
                    is_cancelled = True
                    bar.say("The service refuses the credential: the run is ended, and what is done is kept.")
                    run.cancel()
            except KeyboardInterrupt:
                if is_cancelled:
                    raise
                is_cancelled = True
                run.cancel()
        progress = run.progress
        return progress
    finally:
        unsubscribe()
        bar.close(progress)


def describe_errors(progress: Progress) -> list[str]:
    """Return lines about what went wrong: how often, what, an example row, and what to do."""
    shown, more_kinds, more_rows = worst_errors(progress)
    lines = []
    for error in shown:
        row = f" (row {plain(str(error.example_row), 60)})" if error.example_row is not None else ""
        lines.append(f"{format_count(error.count):>7} x {error.kind}: {plain(error.message)}{row}")
        if error.hint:
            lines.append(f"{'':>10}{plain(error.hint)}")
    if more_kinds:
        lines.append(f"{format_count(more_rows):>7} x {more_kinds} other kinds")
    return lines


def mark(is_well: bool, stream: TextIO) -> str:
    """Return a tick or a cross: green or red in a terminal, words where neither can be shown (NO_COLOR is respected)."""
    text = ("✓" if is_well else "✗") if _can_show(stream, "✓✗") else ("ok" if is_well else "no")
    if not stream.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{32 if is_well else 31}m{text}\x1b[0m"


def _newest(moves: queue.SimpleQueue[Progress]) -> Progress | None:
    """Wait up to half a second for news and return the newest, None when there was none."""
    try:
        newest = moves.get(timeout=0.5)
        while True:
            try:
                newest = moves.get_nowait()
            except queue.Empty:
                return newest
    except queue.Empty:
        return None


def _can_show(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
