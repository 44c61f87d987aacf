from __future__ import annotations

import os
import subprocess
import sys

import pytest

from penstock.agent.watched import Watched

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process ids of UNIX")


def test_a_process_is_gone_when_it_has_ended() -> None:
    """It is there while it runs, and gone once it has ended, waited for or not (Linux)."""
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    watched = Watched(process.pid)
    assert not watched.is_gone()
    process.stdin.close()
    if sys.platform == "linux":
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, and left as it is
        assert watched.is_gone()
    process.wait()
    assert watched.is_gone()


def test_a_process_that_never_was_is_gone() -> None:
    """An id nobody has is gone at once."""
    assert Watched(2**22 + 1).is_gone()


def test_this_process_is_there() -> None:
    """The control, and one that another user owns."""
    assert not Watched(os.getpid()).is_gone()
    assert not Watched(1).is_gone()


@pytest.mark.skipif(sys.platform != "linux", reason="it looks at /proc")
def test_another_process_of_the_same_id_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that was given out again does not keep the agent alive."""
    watched = Watched(os.getpid())
    monkeypatch.setattr("penstock.agent.watched._began", lambda pid: "another instant")
    assert watched.is_gone()
