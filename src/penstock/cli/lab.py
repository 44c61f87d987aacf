"""`penstock lab`: JupyterLab of this environment, opened at a notebook or a folder."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from penstock.errors import DependencyMissing, UsageError


def run(given: argparse.Namespace) -> int:
    """Become JupyterLab."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise DependencyMissing("JupyterLab is not installed.", hint="pip install 'penstock[lab]'")
    path = Path(given.path)
    if not path.exists():
        raise UsageError(f"There is no {path}.", hint="Give a notebook or a folder: penstock lab notebooks")
    rest = given.rest[1:] if given.rest[:1] == ["--"] else given.rest
    command = [sys.executable, "-m", "jupyterlab", *_places(path), *rest]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # JupyterLab refuses to run as root without it
    if sys.platform == "win32":
        return subprocess.run(command, check=False).returncode
    os.execv(sys.executable, command)  # JupyterLab takes this process over, and with it Ctrl-C


def _places(path: Path) -> list[str]:
    """Return the options that open a notebook or folder, also where the address is only printed and opened by hand."""
    if path.is_dir():
        return [f"--ServerApp.root_dir={path.resolve()}"]
    whole, here = path.resolve(), Path.cwd()
    root = here if whole.is_relative_to(here) else whole.parent
    address = quote(whole.relative_to(root).as_posix())
    return [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{address}"]
