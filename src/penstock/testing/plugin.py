"""The pytest fixtures `workbench` and `sandbox`; nothing of Penstock is imported before one is used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from penstock.sandbox import Sandbox
    from penstock.workbench import Workbench


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    """Give a world of its own: ledger, limits and the rest under the test's folder; closed afterwards."""
    from penstock.workbench import Workbench

    with Workbench(home=tmp_path / "penstock-home") as bench:
        yield bench


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Give a running sandbox without faults, on a free port of 127.0.0.1; stopped afterwards."""
    from penstock.sandbox import Sandbox

    server = Sandbox(seed=0).start()
    try:
        yield server
    finally:
        server.stop()
