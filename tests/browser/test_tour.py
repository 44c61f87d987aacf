"""The tour's notebooks in a real JupyterLab, and the pictures the README shows.

PENSTOCK_SCREENSHOTS=notebooks/images python -m pytest tests/browser/test_tour.py
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from labs import Lab, Notebook, open_notebook

TOUR = Path(__file__).parents[2] / "notebooks"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def cell_ids(path: Path) -> list[str]:
    """Return the ids of a notebook's cells, in order."""
    return [cell["id"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]


def run_to(book: Notebook, ids: list[str], last: str) -> None:
    """Run the cells from the top to the one with the id `last`."""
    for index in range(ids.index(last) + 1):
        book.run(index)


@pytest.mark.parametrize("theme", list(THEMES))
def test_the_tour_draws_its_batch(
    browser: Any, tmp_path: Path, take: Callable[[Any, str], Path], theme: str
) -> None:
    """01_batch, run from the top in JupyterLab, shows its batch live with failures, in the light and the dark theme."""
    lab = Lab(tmp_path / "lab", {"@jupyterlab/apputils-extension:themes": {"theme": THEMES[theme]}})
    try:
        shutil.copytree(TOUR, lab.notebooks, dirs_exist_ok=True)
        ids = cell_ids(TOUR / "01_batch.ipynb")
        book = open_notebook(browser, lab, "01_batch.ipynb")
        book.page.set_viewport_size({"width": 1010, "height": 1100})
        run_to(book, ids, "run")
        cell = book.page.locator(".jp-Notebook .jp-Cell").nth(ids.index("run"))
        cell.locator(".ps-batch").wait_for()
        book.page.wait_for_function(
            "() => Number(document.querySelector('.ps-batch .ps-number').textContent) > 110", timeout=60_000
        )
        book.page.evaluate(
            "(at) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = at; }", len(ids) - 1
        )
        picture = take(cell, f"batch_{theme}")
        assert picture.stat().st_size < 200_000
        text = cell.inner_text()
        assert (
            "july-import" in text and "Invalid email address: anna@" in text and "of 25.0/s allowed" in text
        )
        cell.get_by_role("button", name="Cancel").click()
        cell.get_by_role("button", name="Cancel? click again").click()
        cell.locator(".penstock-static").wait_for(timeout=15_000)
        book.page.context.close()
    finally:
        lab.stop()


@pytest.mark.parametrize("theme", list(THEMES))
def test_the_tour_draws_its_vault(
    browser: Any, tmp_path: Path, take: Callable[[Any, str], Path], theme: str
) -> None:
    """02_accounts_and_vault, run from the top, shows in the vault it drew first what the cells below have done since."""
    lab = Lab(tmp_path / "lab", {"@jupyterlab/apputils-extension:themes": {"theme": THEMES[theme]}})
    try:
        shutil.copytree(TOUR, lab.notebooks, dirs_exist_ok=True)
        ids = cell_ids(TOUR / "02_accounts_and_vault.ipynb")
        book = open_notebook(browser, lab, "02_accounts_and_vault.ipynb")
        book.page.set_viewport_size({"width": 1010, "height": 1100})
        try:
            run_to(book, ids, "store")
            at = ids.index("vault")
            book.page.evaluate(
                "(at) => window.jupyterapp.shell.currentWidget.content.scrollToItem(at, 'start')", at
            )
            cell = book.page.locator(".jp-Notebook .jp-Cell").nth(at)
            cell.get_by_text("notion").first.wait_for()
            cell.get_by_text("revoked").first.wait_for()
            text = cell.text_content() or ""
            assert "last used" in text and "by tickets" in text and "renews itself" in text
            picture = take(cell.locator(".ps-vault").first, f"vault_{theme}")
            assert picture.stat().st_size < 200_000
        finally:
            book.run(ids.index("lock"))  # the agent ends with that
        cell.get_by_role("button", name="Unlock").first.wait_for()
        book.page.context.close()
    finally:
        lab.stop()
