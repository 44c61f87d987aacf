"""Fixtures for a real JupyterLab in a real Chromium: one server and one browser for the session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from labs import ARGUMENTS, CHROMIUM, Lab, Notebook, missing, open_notebook


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here, and skip them with one clear line where they cannot run."""
    reason = missing()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))
    # Playwright leaves its loop running in this thread until the session ends: whoever needs one of his own goes first.
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give a running JupyterLab."""
    server = Lab(tmp_path_factory.mktemp("lab") / "lab")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Give a running Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Give an empty page; an error in its scripts fails the test."""
    context = browser.new_context(viewport={"width": 900, "height": 700})
    made = context.new_page()
    made.set_default_timeout(5000)
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    yield made
    context.close()
    assert errors == []


@pytest.fixture
def notebook(lab: Lab, browser: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Notebook]]:
    """Give a function that opens a notebook with these cells."""

    opened: list[Notebook] = []

    def open_cells(*cells: str) -> Notebook:
        opened.append(open_notebook(browser, lab, f"{request.node.name.partition('[')[0]}.ipynb", cells))
        return opened[-1]

    before = set(browser.contexts)
    yield open_cells
    for book in opened:
        book.end_kernel()  # a session's worth of kernels would crowd a small machine
    for context in set(browser.contexts) - before:
        context.close()


@pytest.fixture
def take(tmp_path: Path) -> Callable[[Any, str], Path]:
    """Give a function that takes a screenshot; PENSTOCK_SCREENSHOTS names the folder that keeps them."""
    folder = Path(os.environ.get("PENSTOCK_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def take_picture(target: Any, name: str) -> Path:
        path = folder / f"{name}.png"
        target.screenshot(path=str(path))
        return path

    return take_picture
