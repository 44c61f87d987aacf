"""One output of a cell, in a real kernel: live while the run goes on, static HTML at its end, text always."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from fake_runs import FakeRun
from nbclient import NotebookClient

from penstock.widgets.showing import show

VIEW = "application/vnd.jupyter.widget-view+json"
SETUP = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from fake_runs import FakeRun
from penstock.widgets.showing import show
class Shown(FakeRun):
    def _ipython_display_(self):
        assert show(self) is True
run = Shown()
"""


def run_cells(*sources: str) -> list[list[Any]]:
    """Run cells in a kernel and return what each shows in the end."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *sources)]
    book = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(book, timeout=40, kernel_name="python3", store_widget_state=False).execute()
    return [cell.outputs for cell in book.cells[1:]]


def test_without_a_notebook_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """In a script show() says that there is no notebook, and prints nothing."""
    assert show(FakeRun()) is False  # type: ignore[arg-type]
    assert capsys.readouterr().out == ""


@pytest.fixture(scope="module")
def ended() -> list[list[Any]]:
    """Give the outputs of a run shown twice that then ends."""
    return run_cells("run", "run", "run.move(done=984, in_flight=0)", "run.move(state='finished')")


def test_a_run_shows_text_html_and_a_view() -> None:
    """While the run goes on its output holds the live view, and text and HTML beside it."""
    ((shown,), _) = run_cells("run", "run.move(done=500)")
    assert set(shown.data) == {VIEW, "text/plain", "text/html"}
    assert "july-import" in shown.data["text/plain"]


def test_the_end_leaves_static_html(ended: list[list[Any]]) -> None:
    """When the run ends its output holds its last facts as HTML and text, and no view that a reader could lack."""
    for outputs in ended[:2]:
        (shown,) = outputs
        assert set(shown.data) == {"text/plain", "text/html"}
        assert "finished" in shown.data["text/plain"] and "984" in shown.data["text/html"]


def test_nothing_else_is_put_into_the_notebook(ended: list[list[Any]]) -> None:
    """Moving and ending a run adds no output to the cells that did it."""
    assert ended[2] == ended[3] == []


def test_a_run_that_goes_on_is_live_again() -> None:
    """After retry_failed() the same output holds the live view again, and the static HTML after the next end."""
    moves = ("run.move(state='finished')", "run.move(state='running', failed=0)")
    assert VIEW in run_cells("run", *moves)[0][0].data
    again = run_cells("run", *moves, "run.move(state='finished', failed=0)")[0][0].data
    assert VIEW not in again and "finished" in again["text/plain"]


def test_a_finished_run_is_static_at_once() -> None:
    """A run that was over before it was shown never asks for a view."""
    ((shown,), _) = run_cells("run = Shown(); run.move(state='finished'); run", "1;")
    assert VIEW not in shown.data and "finished" in shown.data["text/html"]


def test_a_cancelled_run_stays_live_until_it_is_over() -> None:
    """While a cancelled run waits for its last answers the view stays; the static HTML comes with is_finished."""
    slow = (
        "Shown.is_finished = property(lambda self: self.over); run.over = False; run.move(state='cancelled')"
    )
    shown = run_cells("run.over = False; run", slow)[0][0].data
    assert VIEW in shown
    shown = run_cells("run.over = False; run", slow, "run.over = True; run.move()")[0][0].data
    assert VIEW not in shown and "cancelled" in shown["text/plain"]


def test_without_widgets_the_html_is_kept_up_to_date() -> None:
    """Where no widget can be had the run shows as HTML and text, which follow it to its end; it never fails."""
    shown = run_cells("sys.modules['anywidget'] = None", "run", "run.move(done=777)")[1][0].data
    assert VIEW not in shown and "777" in shown["text/html"]
    shown = run_cells("sys.modules['anywidget'] = None", "run", "run.move(state='finished')")[1][0].data
    assert "finished" in shown["text/html"]
