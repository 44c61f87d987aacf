"""What every test stands on: a home of its own, so that no test touches the data of whoever runs it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

# The same fixtures the pytest plugin brings, for a checkout that is not installed.
from penstock.testing.plugin import sandbox, workbench

__all__ = ["sandbox", "workbench"]

_SOURCE = Path(__file__).resolve().parents[1] / "src"
_HOME = tempfile.mkdtemp(prefix="penstock-tests-")

# Test files of different folders may have the same name (importlib mode), and find the small programs beside them.
sys.path += [str(folder) for folder in sorted(Path(__file__).parent.iterdir()) if folder.is_dir()]

# For processes the tests start as well: the command line, kernels, second owners of a run.
os.environ["PENSTOCK_HOME"] = _HOME
os.environ["XDG_STATE_HOME"] = str(Path(_HOME, "state"))  # where a vault's last generation is remembered
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_SOURCE), os.environ.get("PYTHONPATH")]))


def pytest_unconfigure() -> None:
    """Remove the home of this session."""
    shutil.rmtree(_HOME, ignore_errors=True)
