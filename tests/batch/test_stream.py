"""Memory stays flat: a stream of rows is never gathered, whatever its length."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
CHILD = """
import sys
import penstock as ps
rows, gathered = int(sys.argv[1]), sys.argv[2] == "gathered"
source = ({"id": n, "name": f"customer {n}"} for n in range(rows))
async def nothing(row): return {"id": row["id"]}
with ps.Workbench(home=sys.argv[3]) as bench:
    run = bench.batch(nothing, list(source) if gathered else source, key="id", concurrency=50, chunk_size=200)
    run.wait()
    assert run.progress.done == rows
    kept = sum(len(frame) for frame in run.frames(5_000))
    assert kept == rows
# Not ru_maxrss: a process inherits that from the one that started it.
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak_kib(rows: int, home: Path, how: str = "streamed") -> int:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(rows), how, str(home)],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize(
    "rows", [60_000, pytest.param(1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, rows: int) -> None:
    """A long stream takes at most half as much memory again as 10,000 rows, read back in frames included."""
    few = peak_kib(10_000, tmp_path / "few")
    many = peak_kib(rows, tmp_path / "many")
    assert many <= 1.5 * few, (few, many)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_control_grows(tmp_path: Path) -> None:
    """The same rows gathered in a list take more than that: the measure can tell."""
    assert peak_kib(1_000_000, tmp_path / "gathered", "gathered") > 1.5 * peak_kib(10_000, tmp_path / "few")
