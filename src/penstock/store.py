"""One small SQLite opener: WAL, migrations, and a look at what kind of disk it is."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

from penstock.errors import DiskFull, LedgerDamaged, StoreError

_NETWORK = (
    "nfs",
    "nfs4",
    "cifs",
    "smb",
    "smb2",
    "smb3",
    "smbfs",
    "afs",
    "9p",
    "fuse.sshfs",
    "fuse.s3fs",
    "lustre",
    "beegfs",
    "glusterfs",
)


def open_sqlite(path: Path, migrations: Sequence[str], *, durable: bool = True) -> sqlite3.Connection:
    """Open (or create, mode 0600) a database brought up to date by `migrations`, and return the connection.

    `durable`: every commit reaches the disk before it returns (synchronous=FULL); otherwise a power cut may lose
    the last commits, a crash of the process none. On a network disk WAL is not safe: a rollback journal is used
    instead, and a warning says so. Raises DiskFull, LedgerDamaged or StoreError, each with the path.
    """
    connection: sqlite3.Connection | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        kind = disk_kind(path)
        if is_network_disk(kind):
            warnings.warn(
                f"{path} is on a network disk ({kind}), where SQLite's WAL is not safe; Penstock uses a rollback "
                "journal there, which is slower. A local PENSTOCK_HOME is faster.",
                stacklevel=2,
            )
            connection.execute("PRAGMA journal_mode=DELETE")
        else:
            _use_wal(connection)
        # With WAL, NORMAL may lose commits to a power cut but never damages the file; OFF could.
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        _migrate(connection, migrations, path)
        return connection
    except BaseException as exc:
        if connection is not None:
            connection.close()
        if isinstance(exc, sqlite3.Error | OSError):
            raise translate(exc, path) from exc
        raise


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. Where another process makes the same file just now, SQLite refuses at once, without its time-out."""
    for pause_s in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as exc:
            if "locked" not in str(exc):
                raise
            threading.Event().wait(pause_s)
    connection.execute("PRAGMA journal_mode=WAL")


def _migrate(connection: sqlite3.Connection, migrations: Sequence[str], path: Path) -> None:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(migrations):
        raise StoreError(
            f"{path} was written by a newer Penstock (format {version}, this one reads {len(migrations)}).",
            hint="Upgrade: pip install -U penstock.",
        )
    if version == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for number, script in enumerate(migrations[version:], version + 1):
        for statement in filter(str.strip, script.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={number}")
    connection.execute("COMMIT")


def disk_kind(path: Path) -> str:
    """Return the type of the file system `path` is on ("ext4", "nfs4"), "" where it cannot be told."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return ""
    target, best, kind = str(path.resolve()), "", ""
    for line in mounts.read_text(errors="replace").splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        if (target == point or target.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, parts[2]
    return kind


def is_network_disk(kind: str) -> bool:
    """Say whether a type of file system, as `disk_kind` names it, is shared over a network."""
    return kind in _NETWORK


def translate(exc: sqlite3.Error | OSError, path: Path) -> StoreError:
    """Return our error for SQLite's or the system's, with the path and what to do."""
    if isinstance(exc, OSError):
        reason = {
            errno.ENOSPC: "the disk is full",
            errno.EROFS: "the disk is read-only",
            errno.EDQUOT: "the disk quota is used up",
        }
        return DiskFull(f"{path} cannot be written: {reason.get(exc.errno or 0, exc.strerror or str(exc))}.")
    text = str(exc).lower()
    if "full" in text or "disk i/o" in text:
        return DiskFull(f"{path} cannot be written: the disk is full or failing ({exc}).")
    if "readonly" in text or "unable to open" in text:
        return DiskFull(f"{path} cannot be written: {exc}.")
    if "malformed" in text or "not a database" in text or "corrupt" in text:
        return LedgerDamaged(
            f"{path} is damaged ({exc}) and is not used.",
            hint=f"Keep a copy, then recover what can be read: sqlite3 '{path}' .recover | sqlite3 recovered.db; "
            "or move the file away to start the run anew.",
        )
    if "locked" in text or "busy" in text:
        return StoreError(f"{path} is in use by another process ({exc}).", hint="Wait for it, or end it.")
    return StoreError(f"{path}: {exc}.")
