"""Another process, watched until it is gone: the notebook server an agent was started for."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class Watched:
    """Know one process by its id and, on Linux, by when it began, so that a later one of the same id is another."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began = _began(pid)

    def is_gone(self) -> bool:
        """Say whether it has ended."""
        if sys.platform == "win32":  # os.kill would end it there
            return False
        if sys.platform == "linux":
            began = _began(self._pid)
            return began is None or began != self._began
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return True
        except OSError:  # another user's
            return False
        return False


def _began(pid: int) -> str | None:
    """Return when a process began, in ticks since the system did; None where there is none, or only its remains."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    return None if not fields or fields[0] in "ZX" else fields[19]
