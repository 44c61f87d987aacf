"""The ledger's promise under a real kill -9 while rows go together, judged by the log of a server nobody kills."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from bulk_runs import judge
from bulk_toy import Toy

import penstock as ps

CHILD = Path(__file__).with_name("bulk_child.py")
FAULTS = ["", "429", "", "drop_after_effect", "", "", "500", "drop"]


def begin(toy: Toy, home: Path, call: str, rows: int) -> subprocess.Popen[str]:
    folder = str(CHILD.parent)
    path = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")]))
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(home), toy.url, call, str(rows)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert child.stdout is not None
    if child.stdout.readline().strip() != "started":
        raise AssertionError(child.communicate(timeout=60)[1])
    return child


@pytest.mark.parametrize("call", ["charges.create", "contacts.create"])
def test_kill_at_random_moments_costs_no_row(tmp_path: Path, call: str) -> None:
    """After kill -9 in the middle of bulk calls, nothing happened twice, and what happened is done or listed."""
    chance, rows, killed = random.Random(4), 900, 0
    with Toy() as toy:
        for _ in range(6):
            toy.faults = chance.sample(FAULTS, len(FAULTS))
            child = begin(toy, tmp_path, call, rows)
            try:
                child.wait(chance.uniform(0.005, 0.06))
            except subprocess.TimeoutExpired:
                os.kill(child.pid, signal.SIGKILL)
                killed += 1
            child.communicate(timeout=60)
        toy.faults = []
        last = begin(toy, tmp_path, call, rows)
        errors = last.communicate(timeout=120)[1]
        assert last.returncode == 0, errors
        with ps.Workbench(home=tmp_path) as bench:
            frame = bench.reopen("killed").frame()
        judge(toy, call, ["x"] * rows, frame)
    assert killed >= 3
