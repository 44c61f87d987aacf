"""The vault's file on the disk: read whole, replaced whole, five generations kept. It knows nothing of what is inside.

A crash at any instant leaves the old file or the new one: write beside, flush, keep the old under a second name,
rename, flush the folder.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from penstock.clock import Clock
from penstock.errors import VaultError
from penstock.store import translate
from penstock.vault.disk import Disk, read_private, temporary_name, write_new
from penstock.vault.format import MOST_FILE
from penstock.vault.lock import hold_lock

KEPT = 5
_STALE_S = 3600.0
_NO_LINKS = (errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class VaultFile:
    """Read and replace one file."""

    def __init__(self, path: Path, clock: Clock, disk: Disk) -> None:
        self.path, self._clock, self._disk = path, clock, disk

    def read(self) -> bytes:
        """Return the file's bytes. Raises VaultError where there is none, VaultExposed where it is not ours alone."""
        try:
            return read_private(self.path, MOST_FILE)
        except FileNotFoundError:
            raise VaultError(
                f"There is no vault at {self.path}.", hint="Make one: vault.create(password=…)."
            ) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other writers out."""
        with hold_lock(self.path.with_name(self.path.name + ".lock")):
            yield

    def make_folder(self) -> None:
        """Make the folder the file goes to, for its owner only."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as exc:
            raise translate(exc, self.path.parent) from exc

    def replace(self, fresh: bytes, old: tuple[int, bytes] | None) -> None:
        """Put `fresh` in the file's place; `old` is what stands there now: its generation and bytes. Hold the lock.

        Raises DiskFull where that fails, with the old file in its place.
        """
        self._sweep()
        aside, kept = temporary_name(self.path), None
        try:
            write_new(self._disk, aside, fresh)
            try:
                if old is not None:
                    kept = self._keep(*old)
                self._disk.rename(aside, self.path)
            except BaseException:
                self._drop(aside)
                if kept is not None:
                    self._drop(kept)
                raise
            try:
                self._disk.sync_folder(self.path.parent)
            except OSError:
                self._put_back(kept)
                raise
        except OSError as exc:
            raise translate(exc, self.path) from exc
        for path in self.generations()[KEPT:]:
            self._drop(path)

    def _keep(self, generation: int, content: bytes) -> Path:
        """Give the old file a second name, or copy it where the disk has no such names."""
        kept = self.path.with_name(f"{self.path.name}.g{generation:012d}")
        self._drop(kept)
        try:
            self._disk.link(self.path, kept)
        except OSError as exc:
            if exc.errno not in _NO_LINKS:
                raise
            write_new(self._disk, kept, content)
        return kept

    def _put_back(self, kept: Path | None) -> None:
        with suppress(OSError):
            if kept is None:
                self._disk.unlink(self.path)
            else:
                self._disk.rename(kept, self.path)

    def generations(self) -> list[Path]:
        """Return the earlier generations that are kept, the latest first."""
        name = re.compile(re.escape(self.path.name) + r"\.g\d{12,}")
        with suppress(OSError):
            found = [path for path in self.path.parent.iterdir() if name.fullmatch(path.name)]
            return sorted(found, key=lambda path: int(path.name.rpartition(".g")[2]), reverse=True)
        return []

    def drop_generations(self) -> None:
        """Remove the earlier generations: what opened them shall open nothing any more."""
        for path in self.generations():
            self._drop(path)

    def _sweep(self) -> None:
        """Remove what writers that were killed left an hour ago or earlier."""
        with suppress(OSError):
            for path in self.path.parent.iterdir():
                is_ours = path.name.startswith(f".{self.path.name}.") and path.suffix == ".tmp"
                if is_ours and self._clock.wall() - path.lstat().st_mtime > _STALE_S:
                    self._drop(path)

    def _drop(self, path: Path) -> None:
        with suppress(OSError):
            self._disk.unlink(path)
