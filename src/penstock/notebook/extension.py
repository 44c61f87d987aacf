"""`%load_ext penstock`: the error boundary of a notebook. Nothing else: no magics, no patched displays.

An error of Penstock's shows as what happened, where and what to do next, with the full traceback one click away.
Whatever error is shown, secrets are taken out of its text first.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable
from html import escape
from typing import Any

from penstock.cards import fold
from penstock.errors import PenstockError
from penstock.notebook.display import install
from penstock.redact import redact

_NAME = "_penstock_error_boundary"


def load_ipython_extension(shell: Any) -> None:
    """Install the error boundary, once."""
    install(shell)
    if getattr(shell, _NAME, None) is None:
        setattr(shell, _NAME, ErrorBoundary(shell))


def unload_ipython_extension(shell: Any) -> None:
    """Take the error boundary away."""
    boundary = getattr(shell, _NAME, None)
    if boundary is not None:
        boundary.remove()
        setattr(shell, _NAME, None)


class ErrorBoundary:
    """Stand where IPython shows tracebacks, and let no secret pass."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._show: Callable[..., None] = shell._showtraceback
        shell._showtraceback = self.show

    def remove(self) -> None:
        """Give IPython its own way back."""
        # The shell's method again, unless someone has put another in place since.
        if self._shell._showtraceback == self.show:
            self._shell._showtraceback = self._show

    def show(self, kind: type[BaseException], error: BaseException, lines: list[str]) -> None:
        """Show a traceback IPython has made; for an error of Penstock's, its short form and the full one folded."""
        clean_arguments(error)
        if isinstance(error, PenstockError):
            lines = [line for line in lines if "the full traceback:" not in line]
        self._show(kind, error, [redact(line) for line in lines])
        if isinstance(error, PenstockError) and getattr(self._shell, "kernel", None) is not None:
            from IPython.display import HTML, display

            display(HTML(render_traceback(error, self._shell)))  # type: ignore[no-untyped-call]


def clean_arguments(error: BaseException) -> None:
    """Take secrets out of an exception's arguments: the kernel sends str(error) along by ways of its own."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if any(isinstance(part, str) and redact(part) != part for part in link.args):
            with contextlib.suppress(Exception):
                link.args = tuple(redact(part) if isinstance(part, str) else part for part in link.args)
        link = link.__cause__ or link.__context__


def render_traceback(error: BaseException, shell: Any) -> str:
    """Return the full traceback folded away, without secrets and without the source of cells.

    A cell's line may hold a secret nobody told Penstock about; the cell itself is right above, and can be cleared.
    """
    whole = traceback.TracebackException.from_exception(error)
    seen: set[int] = set()
    link: traceback.TracebackException | None = whole
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        link.stack = traceback.StackSummary.from_list(
            [_frame(frame, shell) for frame in _own_frames(link.stack)]
        )
        link = link.__cause__ or link.__context__
    text = redact("".join(whole.format()))
    look = "white-space:pre-wrap;overflow-wrap:anywhere;font-size:12px;background:none"
    return fold("Full traceback, secrets hidden", f'<pre style="{look}">{escape(text)}</pre>')


def _own_frames(stack: traceback.StackSummary) -> list[traceback.FrameSummary]:
    """Return the frames below IPython's own, which run every cell and explain nothing."""
    frames = list(stack)
    last = max(
        (at for at, frame in enumerate(frames) if "/IPython/core/" in frame.filename.replace("\\", "/")),
        default=-1,
    )
    return frames[last + 1 :] or frames


def _frame(frame: traceback.FrameSummary, shell: Any) -> traceback.FrameSummary:
    """Return the frame with a short name for its file; a cell's without its source."""
    named = None
    with contextlib.suppress(Exception):
        named = shell.compile.format_code_name(frame.filename)
    if named is not None:
        return traceback.FrameSummary(" ".join(named), frame.lineno, frame.name, lookup_line=False, line="")
    file = _short(frame.filename)
    return traceback.FrameSummary(file, frame.lineno, frame.name, lookup_line=False, line=frame.line)


def _short(file: str) -> str:
    """Return a file's path below the folder it was imported from: where things lie on a machine is not for a notebook."""
    above = [folder for folder in sys.path if folder and file.startswith(folder.rstrip("/\\") + os.sep)]
    return file[len(max(above, key=len).rstrip("/\\")) + 1 :] if above else file
