"""`penstock lab`: JupyterLab of this environment, opened at a notebook or a folder."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from penstock.errors import DependencyMissing, UsageError


def run(given: argparse.Namespace) -> int:
    """Become JupyterLab."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise DependencyMissing("JupyterLab is not installed.", hint="pip install 'penstock[lab]'")
    path = Path(given.path)
    if not path.exists():
        raise UsageError(f"There is no {path}.", hint="Give a notebook or a folder: penstock lab notebooks")
    rest = given.rest[1:] if given.rest[:1] == ["--"] else given.rest
    command = [sys.executable, "-m", "jupyterlab", str(path), *rest]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # JupyterLab refuses to run as root without it
    if sys.platform == "win32":
        return subprocess.run(command, check=False).returncode
    os.execv(sys.executable, command)  # JupyterLab takes this process over, and with it Ctrl-C
