"""Whether the process that holds a lease still lives."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.ratelimit.owners import is_alive, this_process

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux's /proc tells; elsewhere leases expire"
)


@linux
def test_this_process_lives() -> None:
    """We are alive, and one with our pid that started at another time is not."""
    assert is_alive(this_process()) is True
    assert is_alive(replace(this_process(), started="1")) is False


@linux
def test_an_ended_process_is_dead_even_while_nobody_has_buried_it() -> None:
    """A killed child is dead both as a zombie and afterwards."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19]
    named = replace(this_process(), pid=child.pid, started=started)
    assert is_alive(named) is True
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_alive(named) is False
    child.wait()
    assert is_alive(named) is False


def test_a_process_elsewhere_cannot_be_judged() -> None:
    """Another machine, container or boot: not known, so its leases expire instead."""
    assert is_alive(replace(this_process(), place="another machine")) is None
    assert is_alive(replace(this_process(), place="")) is None
