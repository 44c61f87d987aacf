"""One runner for each run: a lock the operating system drops when its owner dies, with the owner's name in it."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from penstock.clock import utc
from penstock.errors import RunBusy
from penstock.store import translate


class RunLock:
    """Hold `path` for this process, or raise RunBusy saying who holds it."""

    def __init__(self, path: Path, run: str, wall: float) -> None:
        self._path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exc:
            raise translate(exc, path) from exc
        if not _try_lock(self._descriptor):
            owner = self._read_owner()
            os.close(self._descriptor)
            since = f", since {utc(owner['since']):%Y-%m-%d %H:%M:%S} UTC" if "since" in owner else ""
            raise RunBusy(
                f"The run {run!r} is being worked on by process {owner.get('pid', '?')} "
                f"on {owner.get('host', '?')}{since}.",
                hint="Let it finish, cancel it there, or end that process; then run the cell again. "
                "Another name= starts another run.",
                owner=owner,
            )
        owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": wall}
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(owner).encode(), 0) if hasattr(os, "pwrite") else os.write(
            self._descriptor, json.dumps(owner).encode()
        )

    def _read_owner(self) -> dict[str, Any]:
        try:
            owner = json.loads(os.read(self._descriptor, 4096) or b"{}")
        except (OSError, ValueError):
            return {}
        return owner if isinstance(owner, dict) else {}

    def release(self) -> None:
        """Let the run go; harmless when already done."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _try_lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
