"""The few things the vault asks of a disk, one method each, so that a test can record or refuse any of them."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path

from penstock.errors import VaultDamaged, VaultError, VaultExposed

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | getattr(os, "O_CLOEXEC", 0)


class Disk:
    """Make, fill, flush, link, rename and remove files."""

    def create(self, path: Path) -> int:
        """Make a file that was not there, mode 0600, and return its descriptor."""
        return os.open(path, _NEW | getattr(os, "O_BINARY", 0), 0o600)

    def write(self, descriptor: int, content: bytes) -> int:
        """Write some or all of `content`, and return how many bytes."""
        return os.write(descriptor, content)

    def sync(self, descriptor: int) -> None:
        """Return once the file's bytes are on the disk."""
        os.fsync(descriptor)

    def link(self, path: Path, name: Path) -> None:
        """Give a file a second name."""
        os.link(path, name)

    def rename(self, path: Path, name: Path) -> None:
        """Put a file in the place of another, at once."""
        path.replace(name)

    def unlink(self, path: Path) -> None:
        """Take a name away."""
        path.unlink()

    def sync_folder(self, folder: Path) -> None:
        """Return once the folder's names are on the disk; Windows does that by itself."""
        if sys.platform == "win32":
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_new(disk: Disk, path: Path, content: bytes) -> None:
    """Write a file that was not there and flush it; leave none behind where that fails. Raises OSError."""
    descriptor = disk.create(path)
    try:
        try:
            left = memoryview(content)
            while left:
                left = left[disk.write(descriptor, bytes(left)) :]
            disk.sync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        with suppress(OSError):
            disk.unlink(path)
        raise


def temporary_name(path: Path) -> Path:
    """Return a name beside `path` for a file that will take its place."""
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")


def read_private(path: Path, most_bytes: int) -> bytes:
    """Return a file's bytes if it is a plain file of ours that nobody else can read.

    Raises VaultExposed where it is not, FileNotFoundError where there is none, VaultError for other trouble.
    """
    try:
        descriptor = os.open(path, _READ | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise
    except OSError as exc:
        if path.is_symlink():
            raise VaultExposed(
                f"{path} is a symbolic link; the vault does not follow one.",
                hint="Name the file it points to.",
            ) from None
        raise VaultError(f"{path} cannot be read: {exc.strerror}.", hint="Check who owns it.") from exc
    try:
        check_private(path, os.fstat(descriptor))
        content = bytearray()
        while chunk := os.read(descriptor, 1 << 20):
            content += chunk
            if len(content) > most_bytes:
                raise VaultDamaged(f"{path} is larger than such a file can be.")
        return bytes(content)
    except OSError as exc:
        raise VaultError(f"{path} cannot be read: {exc.strerror}.", hint="Check the disk.") from exc
    finally:
        os.close(descriptor)


def check_private(path: Path, status: os.stat_result) -> None:
    """Return when `path` is a plain file of ours alone, or raise VaultExposed saying what it is."""
    if not stat.S_ISREG(status.st_mode):
        raise VaultExposed(f"{path} is not a plain file.", hint="Move it away, or name another path.")
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise VaultExposed(
            f"{path} belongs to another user (uid {status.st_uid}).", hint="Use a path of your own."
        )
    if status.st_mode & 0o077:
        raise VaultExposed(
            f"{path} can be read or written by others (mode {stat.S_IMODE(status.st_mode):04o}).",
            hint=f"chmod 600 '{path}', and rotate the vault if others may have read it.",
        )
