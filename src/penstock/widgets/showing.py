"""A run in a cell's output: the live widget while it goes on, static HTML when it has ended. One output, swapped."""

from __future__ import annotations

import logging
import threading
import uuid
from typing import TYPE_CHECKING, Any

from penstock.batch.render import render_html, render_text

if TYPE_CHECKING:
    from penstock.batch.progress import Progress
    from penstock.batch.run import Run
    from penstock.widgets.batch_progress import BatchProgress

log = logging.getLogger("penstock.widgets")


def show(run: Run) -> bool:
    """Draw a run in the notebook whose cell this is; say whether there was one to draw in.

    It is live while the run goes on; when the run ends, static HTML with the same facts takes its place in the same
    output, so that a saved notebook still shows it. `retry_failed()` brings the live view back. Where widgets cannot
    be had the static HTML itself is drawn anew. In a terminal nothing is drawn.
    """
    if not has_notebook():
        return False
    Showing(run).begin()
    return True


class Showing:
    """Keep one output of a cell in step with a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._mark = uuid.uuid4().hex[:12]
        self._lock = threading.Lock()
        self._is_static = run.is_finished
        self._widget: BatchProgress | None = None
        self._handle: Any = None

    def begin(self) -> None:
        """Display the run and follow it; returns at once."""
        from IPython.display import display

        self._widget = _make_widget(self._run)
        bundle = self._bundle(self._run.progress)
        self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        if self._is_static and self._widget is not None:
            self._widget.name_static(self._mark)
        self._run.watch(self._move)

    def _move(self, progress: Progress) -> None:
        """Swap what stands in the output when the run ends or goes on again; called on the engine's thread."""
        has_ended = self._run.is_finished
        with self._lock:
            if has_ended == self._is_static and (self._widget is not None or has_ended):
                return
            self._is_static = has_ended
        self._handle.update(self._bundle(progress), raw=True)
        if self._widget is not None:
            # After the output: the page looks for the static HTML that has this mark.
            self._widget.name_static(self._mark if has_ended else "")

    def _bundle(self, progress: Progress) -> dict[str, Any]:
        """Return what the output holds: text always, HTML always, the live view while the run goes on."""
        bundle = {"text/plain": render_text(progress), "text/html": render_html(progress, mark=self._mark)}
        if self._widget is not None and not self._is_static:
            views, _ = self._widget._repr_mimebundle_()
            bundle = {**views, **bundle}
        return bundle


def has_notebook() -> bool:
    """Say whether this code runs in a kernel whose front end draws, and not in a terminal or a script."""
    import sys

    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None


def _make_widget(run: Run) -> BatchProgress | None:
    """Return the live view, None where it cannot be had: its absence must never stop a run."""
    try:
        from penstock.widgets.batch_progress import BatchProgress

        return BatchProgress(run)
    except Exception:
        log.info("The live view is not available here; the run is shown as text and HTML.", exc_info=True)
        return None
