"""CredentialVault in a real JupyterLab: beside a busy cell, what it leaves in files, and with the real agent."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_vault import RECOVERY_KEY
from labs import READY, Lab, Notebook
from vault_page import PHRASE, button, of, press

from penstock.agent.watched import Watched
from penstock.sandbox.server import Sandbox

SETUP = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parents[1] / "widgets")!r})
from fake_vault import FakeVault, some_accounts
from penstock.widgets.credential_vault import CredentialVault
face = FakeVault(accounts=some_accounts(time.time()))
face.found = "expired"
widget = CredentialVault(face)
"""
BUSY = """
end = time.monotonic() + 15
while "check stripe/acme" not in face.asked and time.monotonic() < end:
    time.sleep(0.02)
time.sleep(0.5)
print("saw", face.asked)
"""


def test_it_acts_while_a_cell_is_busy(
    notebook: Callable[..., Notebook], take: Callable[[Any, str], Path]
) -> None:
    """In JupyterLab a test asked for while a cell blocks is done and drawn before the cell ends; typed keys stay in the form."""
    book = notebook(SETUP, "widget", BUSY)
    book.run(0)
    book.run(1)
    view = book.output(1)
    view.locator(".ps-vault").wait_for()
    cells = book.page.locator(".jp-Notebook .jp-Cell").count()
    book.run(2, is_awaited=False)
    button(of(view, "stripe acme"), "Test").click()
    book.output(2).get_by_text("saw ['check stripe/acme']").wait_for(timeout=20_000)
    view.get_by_text("expired", exact=True).wait_for(timeout=5000)
    button(view, "Add account").click()
    take(book.page, "lab_vault")
    view.get_by_label("Account name").focus()
    book.page.keyboard.type("dd-abx")
    assert view.get_by_label("Account name").input_value() == "dd-abx"
    press(book.page, "Escape")
    assert view.locator("form").count() == 0 and book.page.locator(".jp-Notebook .jp-Cell").count() == cells


CANARY = "c4n4ry-Kw7-zv9-Tq2"
NO_VAULT = """
from fake_vault import Status
face.shown = Status(exists=False, is_locked=True)
widget.draw()
"""


def places(root: Path) -> list[str]:
    """Return the files below a folder in which the canary stands, in UTF-8 or UTF-16."""
    forms = (CANARY.encode(), CANARY.encode("utf-16-le"))
    files = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".ttf"]
    return [str(path.relative_to(root)) for path in files if any(form in path.read_bytes() for form in forms)]


def test_what_is_typed_is_in_no_file(lab: Lab, notebook: Callable[..., Notebook]) -> None:
    """Typed with the widgets' state being saved, a password is in no file of the server; ipywidgets.Password's is found."""
    plugin = "@jupyter-widgets/jupyterlab-manager:plugin"
    lab.set(plugin, {"saveState": True})
    try:
        book = notebook(SETUP + NO_VAULT, "widget", "import ipywidgets\nfield = ipywidgets.Password()\nfield")
        book.run(0)
        book.run(1)
        view = book.output(1)
        view.get_by_label("Password", exact=True).fill(CANARY)
        view.get_by_label("Password again").fill(CANARY)
        press(book.page, "Enter")
        view.get_by_text(RECOVERY_KEY).wait_for(timeout=20_000)
        for _ in range(2):
            saved = json.loads(book.save())
        assert saved["metadata"]["widgets"] and "july-import" in json.dumps(saved["metadata"]["widgets"])
        assert places(lab.root) == []
        assert RECOVERY_KEY not in json.dumps(saved)
        book.run(2)
        book.output(2).locator("input").fill(CANARY)
        book.output(2).locator("input").blur()
        book.page.wait_for_timeout(300)
        book.save()
        assert places(lab.root) != []
    finally:
        lab.set(plugin, {})


REAL = """
import os
os.environ |= {environment!r}
import penstock as ps
"""


@pytest.fixture
def environment(lab: Lab) -> Iterator[dict[str, str]]:
    """Give where a home, its agent's socket and what was last seen of its vault are; end the agent afterwards."""
    named = {"PENSTOCK_HOME": "home", "PENSTOCK_AGENT_SOCK": "s/a.sock", "XDG_STATE_HOME": "state"}
    given = {name: str(lab.root / "real" / place) for name, place in named.items()}
    yield given
    agent("stop", given)


def agent(action: str, environment: dict[str, str]) -> Any:
    """Return what `penstock agent` says, from a process of its own."""
    command = [sys.executable, "-m", "penstock", "agent", action, "--json"]
    done = subprocess.run(
        command, capture_output=True, check=False, text=True, env=os.environ | environment, timeout=60
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def restart(book: Notebook) -> None:
    """Restart the kernel, and run the cells that show the vault."""
    book.page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"
    )
    book.run(0)
    book.run(1)


def test_a_vault_outlives_kernel_and_page(
    lab: Lab,
    notebook: Callable[..., Notebook],
    environment: dict[str, str],
    take: Callable[[Any, str], Path],
) -> None:
    """Made by typing, it is open after a kernel's restart and a reload, in its agent; after Lock and a restart it is not."""
    with Sandbox(names=["stripe"]) as box:
        ((field, key),) = box.credential("stripe").items()
        book = notebook(REAL.format(environment=environment), "ps.vault()", "ps.AccountSwitcher('stripe')")
        book.run(0)
        book.run(1)
        view = book.output(1)
        view.get_by_label("Password", exact=True).click()
        book.page.keyboard.type(PHRASE)
        view.get_by_label("Password again").click()
        book.page.keyboard.type(PHRASE)
        press(book.page, "Enter")
        view.get_by_label("I have written it down").check(timeout=30_000)
        button(view, "Done").click()
        button(view, "Add account").click()
        view.get_by_label("Integration").fill("stripe")
        view.get_by_label("Account name").fill("acme")
        typed = view.get_by_label(field.replace("_", " ").replace("api", "API"), exact=False).first
        typed.fill(key)
        view.locator("summary").click()
        view.get_by_label("Other address").fill(box.base_url("stripe"))
        button(view, "Save").click()
        button(of(view, "stripe acme"), "Test").click()
        view.get_by_text("healthy", exact=True).wait_for(timeout=15_000)
        book.run(2)
        book.output(2).get_by_role("radio").wait_for()
        assert book.output(2).get_by_role("radio").is_checked()
        first = agent("status", environment)
        assert first["running"] and not first["is_locked"]
        take(book.page, "lab_vault_real")

        restart(book)
        of(view, "stripe acme").wait_for()
        assert "unlocked" in view.inner_text() and view.locator("input[type=password]").count() == 0
        button(of(view, "stripe acme"), "Test").click()
        view.get_by_text(re.compile("tested")).wait_for(timeout=15_000)

        book.save()
        book.page.reload()
        book.page.wait_for_function(
            "() => window.jupyterapp?.shell?.currentWidget?.sessionContext", timeout=60_000
        )
        book.page.evaluate(READY)
        of(view, "stripe acme").wait_for(timeout=20_000)
        assert "unlocked" in view.inner_text()
        assert agent("status", environment)["pid"] == first["pid"]

        button(view, "Lock").click()
        view.get_by_text("The vault is locked").first.wait_for(timeout=15_000)
        ended = Watched(first["pid"])
        for _ in range(100):
            if ended.is_gone():
                break
            book.page.wait_for_timeout(100)
        assert ended.is_gone() and not agent("status", environment)["running"]
        restart(book)
        view.get_by_label("Password", exact=True).wait_for()
        assert of(view, "stripe acme").count() == 0 and "unlocked" not in view.inner_text()
