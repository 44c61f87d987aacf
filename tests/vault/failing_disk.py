"""A disk that fails when it is told to."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.vault.disk import Disk


class FailingDisk(Disk):
    """Refuse the `left`-th operation from now; a write takes half, so that the rest is an operation of its own."""

    def __init__(self, code: int) -> None:
        self.left, self._code = -1, code

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(self._code, os.strerror(self._code))

    def create(self, path: Path) -> int:
        self._count()
        return super().create(path)

    def write(self, descriptor: int, content: bytes) -> int:
        self._count()
        return super().write(descriptor, content[: max(1, len(content) // 2)])

    def sync(self, descriptor: int) -> None:
        self._count()
        super().sync(descriptor)

    def link(self, path: Path, name: Path) -> None:
        self._count()
        super().link(path, name)

    def rename(self, path: Path, name: Path) -> None:
        self._count()
        super().rename(path, name)

    def sync_folder(self, folder: Path) -> None:
        self._count()
        super().sync_folder(folder)
