"""One refresh at a time for each account, over all processes of a home; and what was under way when one died.

The lock is a file beside the vault, dropped by the operating system when its owner dies. Its text says, durably before
a refresh leaves, who began it: when the next owner finds one that never ended, the grant may have been used up in the
one window nothing can close (the service has answered, the vault has not it yet), and that is reported.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from penstock.clock import Clock
from penstock.errors import VaultBusy, VaultExposed
from penstock.store import translate
from penstock.vault.disk import check_private
from penstock.vault.lock import try_lock

PATIENCE_S = 90.0  # a token request may take 30 s, and one before us may be waiting for its own
_PAUSES_S = (0.002, 0.005, 0.01, 0.02)  # the last again and again


class Journal:
    """What the lock's file says. Write it only while the lock is held."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor, self._path = descriptor, path

    def begun(self) -> dict[str, Any] | None:
        """Return what an owner before us began and never ended: {serial, at, pid}; None where all is in order."""
        try:
            text = os.pread(self._descriptor, 4096, 0)
            found = json.loads(text) if text.strip() else None
        except (OSError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and isinstance(found.get("serial"), int) else None

    def begin(self, serial: int, wall: float) -> None:
        """Say that a refresh of this credential leaves now; on the disk when this returns."""
        self._write(json.dumps({"serial": serial, "at": wall, "pid": os.getpid()}).encode())

    def end(self) -> None:
        """Say that it has ended, one way or the other."""
        self._write(b"")

    def _write(self, text: bytes) -> None:
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, text, 0)
            os.fsync(self._descriptor)
        except OSError as exc:
            raise translate(exc, self._path) from exc


class NoJournal(Journal):
    """Write nothing: what is renewed in memory alone leaves nothing behind."""

    def __init__(self) -> None:
        pass

    def begun(self) -> dict[str, Any] | None:
        """Return None: nobody was here before."""
        return None

    def begin(self, serial: int, wall: float) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


@asynccontextmanager
async def refresh_lock(folder: Path, integration: str, account: str, clock: Clock) -> AsyncIterator[Journal]:
    """Hold the refresh lock of one account. Raises VaultBusy where somebody else holds it for too long."""
    name = hashlib.sha256(f"{integration}\0{account}".encode()).hexdigest()[:24]
    path = folder / f"refresh-{name}.lock"
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    except OSError as exc:
        if path.is_symlink():
            raise VaultExposed(f"{path} is a symbolic link.", hint="Remove it.") from None
        raise translate(exc, path) from exc
    try:
        check_private(path, os.fstat(descriptor))
        ends_at = clock.monotonic() + PATIENCE_S
        tries = 0
        while not try_lock(descriptor):
            if clock.monotonic() >= ends_at:
                raise VaultBusy(
                    "Another process has been renewing this account's token for too long.",
                    hint="Try again; if it stays so, end that process.",
                    integration=integration,
                    account=account,
                )
            await clock.sleep(_PAUSES_S[min(tries, len(_PAUSES_S) - 1)])
            tries += 1
        yield Journal(descriptor, path)
    finally:
        os.close(descriptor)
