"""One writer at a time: a lock beside the vault's file, dropped by the operating system when its owner dies."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from penstock.errors import VaultBusy, VaultExposed
from penstock.store import translate
from penstock.vault.disk import check_private

# Pauses between tries, seconds: about ten together. A writer holds the lock for some hundredths.
_PAUSES_S = (*(0.001,) * 10, *(0.005,) * 50, *(0.02,) * 480)


@contextmanager
def hold_lock(path: Path, pauses_s: Sequence[float] = _PAUSES_S) -> Iterator[None]:
    """Hold the lock file `path`, or raise VaultBusy when it is not to be had within these pauses."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    except OSError as exc:
        if path.is_symlink():
            raise VaultExposed(f"{path} is a symbolic link.", hint="Remove it.") from None
        raise translate(exc, path) from exc
    try:
        check_private(path, os.fstat(descriptor))
        for pause_s in pauses_s:
            if try_lock(descriptor):
                break
            threading.Event().wait(pause_s)
        else:
            raise VaultBusy(f"Another process holds the lock {path}.")
        yield
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Take the lock of an open file if nobody has it, and say whether it was to be had."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
