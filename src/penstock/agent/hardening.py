"""What keeps the agent's memory its own: no core dump, no debugger of the same user, no file others can read.

Python cannot wipe a text it has held; what is done here keeps others from looking at it.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from penstock.redact import RedactingFilter

_SET_DUMPABLE = 4  # PR_SET_DUMPABLE in linux/prctl.h

log = logging.getLogger("penstock")


def harden() -> None:
    """Forbid core dumps and, on Linux, that another process of this user reads this one's memory or environment."""
    os.umask(0o077)
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        if ctypes.CDLL(None, use_errno=True).prctl(_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            log.warning("The agent's memory can be read by other processes of this user: prctl is refused.")


def log_to(path: Path) -> None:
    """Write Penstock's log to a file, without secrets; for looking into a fault, never by default."""
    target = logging.FileHandler(path, encoding="utf-8")
    target.addFilter(RedactingFilter())
    target.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(target)
    log.setLevel(logging.DEBUG)
