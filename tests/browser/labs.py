"""A JupyterLab server and a notebook in a page, to be steered from a test.

Every wait is on a condition. Cells are run through JupyterLab's own commands: typed keys are lost on a cold page.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# No pop-up over the notebook, and no look for updates in the network.
QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
READY = """async () => {
    const app = window.jupyterapp;
    await app.restored;
    const panel = app.shell.currentWidget;
    await panel.context.ready;
    await panel.revealed;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
}"""
RUN_CELL = """async ([index, isAwaited, timeout]) => {
    const app = window.jupyterapp;
    const notebook = app.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    notebook.deselectAll();
    const done = app.commands.execute('notebook:run-cell');
    const late = new Promise((_, no) => setTimeout(() => no(Error(`cell ${index} is not done`)), timeout));
    if (isAwaited) await Promise.race([done, late]);
}"""


def missing() -> str | None:
    """Return what these tests lack on this machine, None when they can run."""
    if CHROMIUM is None:
        return "Chromium is not installed: apt install chromium"
    for name in ("playwright", "jupyterlab"):
        if importlib.util.find_spec(name) is None:
            return f"{name} is not installed: pip install 'penstock[test]'"
    return None


class Lab:
    """A JupyterLab server with settings and kernels of its own, below one folder."""

    def __init__(self, root: Path, settings: dict[str, Any] | None = None) -> None:
        self.root, self.notebooks, self.token = root, root / "notebooks", secrets.token_hex(8)
        self.notebooks.mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._settings = root / "jupyterlab_settings_dir"
        for name, values in (QUIET | (settings or {})).items():
            self.set(name, values)
        homes = [f"JUPYTER_{kind}_DIR" for kind in ("CONFIG", "RUNTIME", "DATA")]
        homes += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
        environment |= {name: str(root / name.lower()) for name in homes}
        environment["PENSTOCK_HOME"] = str(root / "penstock")
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--expose-app-in-browser",
        ]
        command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.notebooks}"]
        self._log = (root / "lab.log").open("w")
        self._process = subprocess.Popen(
            command, env=environment, stdout=self._log, stderr=self._log, start_new_session=True
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def set(self, plugin: str, values: dict[str, Any]) -> None:
        """Write a plugin's settings, as "@jupyterlab/apputils-extension:themes"; a page opened later has them."""
        file = self._settings / f"{plugin.replace(':', '/')}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/api/status?token={self.token}", timeout=1).read()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((self.root / "lab.log").read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """End the server and the kernels it started."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(5)
        self._log.close()


class Notebook:
    """A notebook in a page, driven through JupyterLab's commands."""

    def __init__(self, page: Any, lab: Lab, path: str) -> None:
        self.page, self.lab, self.path = page, lab, path

    def output(self, index: int) -> Any:
        """Return where cell `index` shows its outputs."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(index).locator(".jp-OutputArea")

    def run(self, index: int, *, is_awaited: bool = True, timeout_s: float = 40) -> None:
        """Run a cell, and wait until it is done."""
        self.page.evaluate(RUN_CELL, [index, is_awaited, timeout_s * 1000])

    def wait_until_idle(self) -> None:
        """Wait until the kernel has answered everything: after an error it drops what comes too soon."""
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
        )

    def end_kernel(self) -> None:
        """End the notebook's kernel, running cells and all."""
        self.page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
        )

    def command(self, name: str) -> None:
        """Execute one of JupyterLab's commands."""
        self.page.evaluate("async (name) => { await window.jupyterapp.commands.execute(name) }", name)

    def save(self) -> str:
        """Save the notebook and return the file's text."""
        self.command("docmanager:save")
        return (self.lab.notebooks / self.path).read_text()


def open_notebook(browser: Any, lab: Lab, path: str, cells: tuple[str, ...] = ()) -> Notebook:
    """Open a notebook in a fresh page and wait for its kernel; cells given make the file anew."""
    if cells:
        made = [
            {
                "cell_type": "code",
                "id": f"c{at}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for at, source in enumerate(cells)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": made}
        (lab.notebooks / path).write_text(json.dumps(book))
    page = browser.new_context(viewport={"width": 1200, "height": 900}, device_scale_factor=1.5).new_page()
    page.goto(f"{lab.url}/doc/workspaces/t{secrets.token_hex(3)}/tree/{path}?token={lab.token}")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext", timeout=60_000)
    page.evaluate(READY)
    return Notebook(page, lab, path)
