"""A run in a cell's output: the live widget while it goes on, static HTML when it has ended. One output, swapped."""

from __future__ import annotations

import logging
import threading
import uuid
from typing import TYPE_CHECKING, Any

from penstock.batch.render import render_text
from penstock.batch.render_html import render_html

if TYPE_CHECKING:
    from penstock.batch.progress import Progress
    from penstock.batch.run import Run
    from penstock.credentials import Credentials
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


def show_vault(vault: Credentials) -> bool:
    """Draw the vault in the notebook whose cell this is; say whether there was one to draw in."""
    if not has_notebook():
        return False
    try:
        from penstock.widgets.credential_vault import CredentialVault

        widget = CredentialVault(vault)
    except Exception:
        log.info("The vault's view is not available here; it is shown as text.", exc_info=True)
        return False
    from IPython.display import display

    display(widget)  # type: ignore[no-untyped-call]
    return True


class Showing:
    """Keep one output of a cell in step with a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._widget = _make_widget(run)
        self._handle: Any = None
        self._mark = ""  # names the static HTML that stands there now, "" while the view is live
        self._drawn: Progress | None = None

    def begin(self) -> None:
        """Display the run and follow it; returns at once."""
        from IPython.display import display

        with self._lock:
            bundle = self._bundle(self._run.progress)
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            self._tell_page()
        self._run.watch(self._move)

    def _move(self, progress: Progress) -> None:
        """Change what stands in the output when the run ends, goes on or ends anew; on the engine's thread."""
        with self._lock:
            is_live = self._widget is not None and not self._run.is_finished
            if progress == self._drawn or (is_live and not self._mark):
                return
            self._handle.update(self._bundle(progress), raw=True)
            self._tell_page()

    def _bundle(self, progress: Progress) -> dict[str, Any]:
        """Return what the output is to hold: text always, HTML always, the live view while the run goes on."""
        self._drawn = progress
        self._mark = uuid.uuid4().hex[:12] if self._run.is_finished else ""
        bundle = {"text/plain": render_text(progress), "text/html": render_html(progress, mark=self._mark)}
        if self._widget is not None and not self._mark:
            views, _ = self._widget._repr_mimebundle_()
            bundle = {**views, **bundle}
        return bundle

    def _tell_page(self) -> None:
        """Tell the page which static HTML to look for, after the output itself."""
        if self._widget is not None:
            self._widget.name_static(self._mark)


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
