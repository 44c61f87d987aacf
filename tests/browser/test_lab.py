"""A run in a real JupyterLab: live in a busy cell, steered by its buttons, static when it is over.

Whether a button acts "while the cell is busy" is told by order, not by a clock: the cell itself sees the effect.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from labs import Lab, Notebook, open_notebook

Open = Callable[..., Notebook]
Take = Callable[[Any, str], Path]

SETUP = """
import asyncio, time
import penstock as ps
is_ill = True
async def work(row):
    if is_ill and row["n"] % 40 == 7:
        raise ValueError(f"row {row['n']} <b>is</b> not well")
    await asyncio.sleep(0.02)
    return {"twice": 2 * row["n"]}
def rows(count):
    return [{"n": number} for number in range(count)]
"""
# A cell that blocks, and ends as soon as the run is in a state; nothing but a button can bring that state about.
BLOCK_UNTIL = """
end = time.monotonic() + 15
while run.progress.state != {state!r} and time.monotonic() < end:
    time.sleep(0.02)
print("saw", run.progress.state)
"""
VIEW = "application/vnd.jupyter.widget-view+json"


def run_cell(name: str, count: int) -> str:
    return f"run = ps.batch(work, rows({count}), key='n', name={name!r}, concurrency=10)\nrun"


def counted(where: Any) -> int:
    """Return the number under "Done" in a live view."""
    return int(where.locator(".ps-number").first.inner_text().replace(",", ""))


def button(where: Any, name: str) -> Any:
    return where.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))


def test_progress_moves_while_a_cell_is_busy(notebook: Open, take: Take) -> None:
    """The view appears, and its numbers go up while a cell blocks the kernel; messages stay under 12 a second."""
    book = notebook(SETUP, run_cell("moves", 6000), "time.sleep(7); print('was busy')")
    book.run(0)
    book.page.evaluate(
        """() => {
            window.moves = [];
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            kernel.iopubMessage.connect((_, message) => {
                if (message.header.msg_type === 'comm_msg') window.moves.push(performance.now());
            });
        }"""
    )
    book.run(1)
    view = book.output(1)
    view.locator(".ps-batch").wait_for()
    book.run(2, is_awaited=False)
    first = counted(view)
    book.page.wait_for_function(
        "(before) => Number(document.querySelector('.ps-number').textContent.replace(',', '')) > before + 1000",
        arg=first,
        timeout=15_000,
    )
    assert book.output(2).inner_text().strip() == "" and "running" in view.inner_text()
    take(book.page, "lab_busy")
    moves = book.page.evaluate("() => window.moves")
    assert len(moves) > 5
    seconds = (moves[-1] - moves[0]) / 1000
    most = max(sum(1 for other in moves if at <= other < at + 1000) for at in moves)
    print(f"{len(moves)} messages in {seconds:.1f} s; most in any second: {most}")
    assert most <= 12


@pytest.mark.parametrize("kind", ["sleep", "await", "frame"])
def test_buttons_act_while_a_cell_is_busy(notebook: Open, kind: str) -> None:
    """Pause, Resume and Cancel reach the run while a cell blocks, awaits the run, or waits for its frame."""
    busy = {
        "sleep": BLOCK_UNTIL.format(state="cancelled"),
        "await": "await run\nprint('saw', run.progress.state)",
        "frame": "made = run.frame()\nprint('saw', run.progress.state, len(made))",
    }[kind]
    book = notebook(SETUP, run_cell(f"buttons {kind}", 20_000), busy)
    book.run(0)
    book.run(1)
    view = book.output(1)
    view.locator(".ps-batch").wait_for()
    book.run(2, is_awaited=False)
    for press, shown in (("Pause", "Resume"), ("Resume", "Pause")):
        button(view, press).click()
        button(view, shown).wait_for(timeout=5000)
        assert book.output(2).inner_text().strip() == ""
    assert "paused" not in view.inner_text()
    button(view, "Cancel").click()
    button(view, "Cancel? click again").click()
    book.output(2).get_by_text("saw cancelled").wait_for(timeout=10_000)
    assert view.locator(".ps-busy").first.is_hidden()


def test_where_buttons_cannot_act_the_hint_says_what_can(lab: Lab, notebook: Open) -> None:
    """The control: without subshells a blocking cell holds the button up; the hint names ■, and goes with the answer."""
    plugin = "@jupyterlab/apputils-extension:kernels-settings"
    lab.set(plugin, {"commsOverSubshells": "disabled"})
    try:
        book = notebook(SETUP, run_cell("held up", 20_000), "time.sleep(4); print('was', run.progress.state)")
        book.run(0)
        book.run(1)
        view = book.output(1)
        view.locator(".ps-batch").wait_for()
        book.run(2, is_awaited=False)
        button(view, "Pause").click()
        hint = view.locator(".ps-busy").first
        hint.wait_for(state="visible", timeout=3000)
        assert hint.inner_text() == "The kernel is busy: press ■ to interrupt"
        book.output(2).get_by_text("was running").wait_for(timeout=10_000)
        button(view, "Resume").wait_for(timeout=5000)
        hint.wait_for(state="hidden", timeout=5000)
    finally:
        lab.set(plugin, {})


def test_pause_holds_the_rows(notebook: Open) -> None:
    """After Pause is seen in a busy cell, no further row is sent until Resume."""
    watch = (
        BLOCK_UNTIL.format(state="paused")
        + "time.sleep(0.3)\nbefore = run.progress.settled\ntime.sleep(1)\nprint('moved', run.progress.settled - before)"
    )
    book = notebook(SETUP, run_cell("holds", 20_000), watch, "run.cancel().settle(10)")
    book.run(0)
    book.run(1)
    book.run(2, is_awaited=False)
    button(book.output(1), "Pause").click()
    book.output(2).get_by_text("moved").wait_for(timeout=20_000)
    assert "saw paused" in book.output(2).inner_text() and "moved 0" in book.output(2).inner_text()
    book.run(3)


def test_the_keyboard_steers_it(notebook: Open) -> None:
    """In JupyterLab too, Enter and Space press the focused button and nothing else happens to the notebook."""
    book = notebook(SETUP, run_cell("keys", 20_000))
    book.run(0)
    book.run(1)
    view = book.output(1)
    cells = book.page.locator(".jp-Notebook .jp-Cell").count()
    button(view, "Pause").focus()
    book.page.keyboard.press("Enter")
    button(view, "Resume").wait_for(timeout=5000)
    book.page.keyboard.press("Space")
    button(view, "Pause").wait_for(timeout=5000)
    book.page.keyboard.press("Tab")
    for key in ("Space", "Escape", "b", "Enter", "Enter"):
        book.page.keyboard.press(key)
    view.locator(".penstock-static").wait_for(timeout=15_000)
    assert "cancelled" in view.inner_text()
    assert book.page.locator(".jp-Notebook .jp-Cell").count() == cells


def test_an_interrupt_keeps_what_is_done(notebook: Open) -> None:
    """■ in the toolbar ends a cell that waits for a run: the run is cancelled, and its partial frame is there."""
    book = notebook(
        SETUP,
        run_cell("interrupted", 20_000),
        "run.frame()",
        "print(run.progress.state, run.is_finished, 0 < (run.frame(partial=True)['status'] == 'done').sum() < 20_000)",
    )
    book.run(0)
    book.run(1)
    book.run(2, is_awaited=False)
    book.page.wait_for_function(
        "() => Number(document.querySelector('.ps-number')?.textContent.replace(',', '')) > 100",
        timeout=15_000,
    )
    book.command("notebook:interrupt-kernel")
    book.output(2).get_by_text("KeyboardInterrupt").first.wait_for(timeout=10_000)
    book.wait_until_idle()
    book.run(3)
    assert "cancelled True True" in book.output(3).inner_text()


def test_the_end_is_static_and_can_be_retried(notebook: Open, take: Take) -> None:
    """The ended run is HTML with a Retry button that works; reopened without its kernel the last state is there."""
    book = notebook(SETUP, run_cell("static", 400), "run.wait()", "is_ill = False")
    book.run(0)
    book.run(1)
    book.run(2)
    view = book.output(1)
    static = view.locator(".penstock-static")
    static.wait_for(timeout=15_000)
    assert "390" in static.inner_text() and "row 7 <b>is</b> not well" in static.inner_text()
    take(book.page, "lab_static")
    book.run(3)
    button(static, "Retry 10 failed").click()
    static.get_by_text("400", exact=True).wait_for(timeout=15_000)
    assert static.get_by_role("button").count() == 0

    saved = json.loads(book.save())
    (output,) = saved["cells"][1]["outputs"]
    assert set(output["data"]) == {"text/plain", "text/html"}
    assert "widgets" not in saved["metadata"] or not saved["metadata"]["widgets"]
    book.end_kernel()
    again = open_notebook(book.page.context.browser, book.lab, book.path)
    shown = again.output(1)
    shown.locator(".penstock-static").wait_for()
    text = shown.inner_text()
    assert "static" in text and "finished" in text and "400" in text and "Error displaying widget" not in text
    take(again.page, "lab_reopened")
    again.page.context.close()


def test_an_untrusted_reader_sees_the_facts(notebook: Open) -> None:
    """The static HTML goes through JupyterLab's sanitizer for untrusted notebooks with its words and numbers whole."""
    book = notebook(SETUP, run_cell("untrusted", 100), "run.wait()")
    for cell in range(3):
        book.run(cell)
    book.output(1).locator(".penstock-static").wait_for(timeout=15_000)
    book.save()
    copy = f"copy of {book.path}"
    text = (book.lab.notebooks / book.path).read_text()
    (book.lab.notebooks / copy).write_text(text.replace("untrusted", "stranger"))
    again = open_notebook(book.page.context.browser, book.lab, copy)
    shown = again.output(1).inner_text()
    for part in ("stranger", "finished", "Done", "97", "Failed", "not well"):
        assert part in shown
    again.page.context.close()


def test_the_dark_theme_suits_it(browser: Any, tmp_path: Path, take: Take) -> None:
    """With JupyterLab's dark theme the live view and the static HTML are light on dark."""
    lab = Lab(tmp_path / "lab", {"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}})
    try:
        book = open_notebook(browser, lab, "dark.ipynb", (SETUP, run_cell("dark", 2000), "run.wait()"))
        book.run(0)
        book.run(1)
        view = book.output(1)
        look = "(node) => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]"
        ink, paper = view.locator(".ps-batch").evaluate(look)
        assert brightness(ink) > 180 and brightness(paper) < 60
        take(book.page, "lab_dark")
        book.run(2)
        static = view.locator(".penstock-static")
        static.wait_for(timeout=15_000)
        assert brightness(static.evaluate(look)[0]) > 180
        take(book.page, "lab_dark_static")
        book.page.context.close()
    finally:
        lab.stop()
        shutil.rmtree(tmp_path / "lab", ignore_errors=True)


def brightness(colour: str) -> float:
    """Return the mean of a computed colour's red, green and blue, 0 to 255."""
    numbers = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return sum(numbers) / 3 * (255 if colour.startswith("color(") else 1)
