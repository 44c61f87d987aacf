"""Canaries in a real JupyterLab that saves the state of widgets: typed into the vault's widget and into ps.ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from canaries import Search, new_canary
from canary_journey import BATCH, CALLS, CHECKS, CRASH, LOOK, MAGICS, SETUP
from canary_service import serve
from canary_trail import Trail
from labs import ARGUMENTS, CHROMIUM, Lab, Notebook, open_notebook
from vault_page import button, press

SAVES_STATE = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True}}
ASK = """
asked = ps.ask("The key: ")
vault.add("stripe", "acme", secret_key=asked, base_url=service)
vault.add("trello", "acme", key="env:CANARY_QUERY_KEY", token="env:CANARY_QUERY_TOKEN", base_url=service + "/1")
asked
"""
USE = """
typed = ps.connect("stripe", account="typed", **usual)
for way in ("400", "fine", "slow"):
    witness.fails(f"typed {way}", calls("stripe", typed, way))
"""
CARELESS = """
import ipywidgets
field = ipywidgets.Password()
field
"""


class Profile:
    """A Chromium that keeps everything in a folder; open_notebook's browser."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self._context = browser.browser_type.launch_persistent_context(
            folder, executable_path=CHROMIUM, args=ARGUMENTS, viewport={"width": 1200, "height": 900}
        )

    def new_context(self, **_: Any) -> Any:
        """Return its only context."""
        return self._context

    def close(self) -> None:
        """End it; what it still holds is written then."""
        self._context.close()


@pytest.fixture
def trail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trail]:
    """Give a trail whose environment the notebook server, its kernels and their agent have."""
    with serve() as service:
        made = Trail(tmp_path, service, "stripe trello", "httpx2")
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PENSTOCK_AGENT", "on")
        yield made
        made.run("-m", "penstock", "agent", "stop", PENSTOCK_HOME=str(made.root / "lab" / "penstock"))


@pytest.fixture
def own_lab(trail: Trail) -> Iterator[Lab]:
    """Give a JupyterLab of this trail's own, which saves the state of widgets."""
    lab = Lab(trail.root / "lab", SAVES_STATE)
    yield lab
    lab.stop()


def run_asking(book: Notebook, index: int, text: str) -> None:
    """Run a cell that asks, and type the answer into the prompt under it."""
    book.run(index, is_awaited=False)
    field = book.output(index).locator("input.jp-Stdin-input")
    field.fill(text)
    field.press("Enter")
    book.wait_until_idle()
    book.output(index).get_by_text("Secret(").wait_for(timeout=20_000)


def test_what_is_typed_in_jupyterlab_is_found_nowhere(browser: Any, trail: Trail, own_lab: Lab) -> None:
    """Typed into the vault's widget and into ps.ask, used in calls that fail, saved twice: no file of the server, the
    profile or the home has a secret; a Password widget's, and a literal's, are found by the same search.
    """
    literal, careless, typed = new_canary(), new_canary(), trail.canaries["KEY"]
    cells = (
        SETUP, MAGICS, "vault", ASK, CALLS, BATCH, CHECKS.replace(', "github/acme"', ""), LOOK, CRASH, CARELESS,
        f"key = {literal!r}", USE,
    )  # fmt: skip
    profile = Profile(browser, trail.root / "chromium")
    try:
        book = open_notebook(profile, own_lab, "canary.ipynb", cells)
        for cell in (0, 1, 2):
            book.run(cell)
        view = book.output(2)
        view.get_by_label("Password", exact=True).fill(trail.canaries["PASSWORD"])
        view.get_by_label("Password again").fill(trail.canaries["PASSWORD"])
        press(book.page, "Enter")
        code = view.locator(".ps-code")
        code.wait_for(timeout=20_000)
        trail.canaries["recovery key"] = code.inner_text()
        view.get_by_label("I have written it down").check()
        button(view, "Done").click()
        add_by_page(book, view, trail)
        run_asking(book, 3, typed)
        for cell in (4, 5, 6, 7, 11):
            book.run(cell, timeout_s=60)
        book.run(8)
        book.wait_until_idle()
        for _ in range(2):
            saved = json.loads(book.save())
        states = json.dumps(saved["metadata"]["widgets"])
        assert "stripe" in states and "typed" in states  # the vault's widget is saved, accounts and all
        assert trail.mistakes(own_lab.notebooks / book.path) == set()
        assert trail.unused().isdisjoint({"KEY", "QUERY_KEY", "QUERY_TOKEN", "by page"})
        assert trail.search() == []
        assert places(trail, literal) == {"canary.ipynb", "canary-checkpoint.ipynb"}
        book.run(9)
        book.output(9).locator("input").fill(careless)
        book.output(9).locator("input").blur()
        book.page.wait_for_timeout(300)
        for _ in range(2):
            book.save()
        assert {"canary.ipynb", "canary-checkpoint.ipynb"} <= places(trail, careless)
        book.end_kernel()
    finally:
        profile.close()
    own_lab.stop()
    assert trail.search() == []  # the profile is written to the end only now, and IPython's history too


def add_by_page(book: Notebook, view: Any, trail: Trail) -> None:
    """Add an account by the widget's own form."""
    trail.canaries["by page"] = new_canary()
    button(view, "Add account").click()
    view.get_by_label("Integration").fill("stripe")
    view.get_by_label("Account name").fill("typed")
    field = view.locator("form input[type=password]").first
    field.wait_for()
    field.fill(trail.canaries["by page"])
    view.locator("summary").click()
    view.get_by_label("Other address").fill(trail.service.url)
    button(view, "Save").click()
    view.get_by_role("group", name="stripe typed", exact=True).wait_for(timeout=20_000)


def places(trail: Trail, canary: str) -> set[str]:
    """Return the names of the files in which a canary stands."""
    return {Path(one.place).name for one in Search({"one": canary}).in_folders(trail.root / "lab")}
