"""What a power cut may leave of a few file operations: every state a disk is allowed to come back with.

A prefix of the operations has happened. Of bytes not flushed there is none, half or all; of names not flushed, the
first few changes. A flush of a file says nothing about its name.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.vault.disk import Disk

Operation = tuple[Any, ...]


class RecordingDisk(Disk):
    """Do what a disk does, and keep a list of it."""

    def __init__(self, *, is_honest: bool = True) -> None:
        self.operations: list[Operation] = []
        self._is_honest = is_honest
        self._files: dict[int, int] = {}  # descriptor -> number of the file

    def create(self, path: Path) -> int:
        descriptor = super().create(path)
        self._files[descriptor] = len(self.operations)
        self.operations.append(("create", path.name, len(self.operations)))
        return descriptor

    def write(self, descriptor: int, content: bytes) -> int:
        count = super().write(descriptor, content)
        self.operations.append(("write", self._files[descriptor], content[:count]))
        return count

    def sync(self, descriptor: int) -> None:
        if self._is_honest:
            self.operations.append(("sync", self._files[descriptor]))

    def link(self, path: Path, name: Path) -> None:
        super().link(path, name)
        self.operations.append(("link", path.name, name.name))

    def rename(self, path: Path, name: Path) -> None:
        super().rename(path, name)
        self.operations.append(("rename", path.name, name.name))

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self.operations.append(("unlink", path.name))

    def sync_folder(self, folder: Path) -> None:
        if self._is_honest:
            self.operations.append(("sync_folder",))


@dataclass
class Model:
    """A folder: names, files by number, and what of both is flushed."""

    names: dict[str, int]
    flushed: dict[int, bytes]
    written: dict[int, bytes] = field(default_factory=dict)  # differs from flushed until a sync
    pending: list[Operation] = field(default_factory=list)

    def apply(self, operation: Operation) -> None:
        kind, *rest = operation
        if kind == "write":
            self.written[rest[0]] = self.written.get(rest[0], b"") + rest[1]
        elif kind == "truncate":
            self.flushed[rest[0]] = self.written[rest[0]] = b""
        elif kind == "sync":
            self.flushed[rest[0]] = self.written.get(rest[0], self.flushed.get(rest[0], b""))
        elif kind == "sync_folder":
            for change in self.pending:
                rename(self.names, change)
            self.pending = []
        else:
            self.pending.append(operation)

    def states(self) -> Iterator[dict[str, bytes]]:
        """Give every folder this may come back as."""
        loose = [
            number for number, content in self.written.items() if self.flushed.get(number, b"") != content
        ]
        for count in range(len(self.pending) + 1):
            names = dict(self.names)
            for change in self.pending[:count]:
                rename(names, change)
            for parts in itertools.product((0.0, 0.5, 1.0), repeat=len(loose)):
                content = dict(self.flushed)
                for number, part in zip(loose, parts, strict=True):
                    whole = self.written[number]
                    content[number] = max(
                        self.flushed.get(number, b""), whole[: int(len(whole) * part)], key=len
                    )
                yield {name: content.get(number, b"") for name, number in names.items()}


def rename(names: dict[str, int], change: Operation) -> None:
    kind, first, *rest = change
    if kind == "create":
        names[first] = rest[0]
    elif kind == "link":
        names[rest[0]] = names[first]
    elif kind == "rename":
        names[rest[0]] = names.pop(first)
    else:
        names.pop(first, None)


def crash_states(
    before: dict[str, bytes], operations: list[Operation], first: int = 0
) -> list[dict[str, bytes]]:
    """Return every folder that may be found after a power cut, once `first` operations at least have happened."""
    found: list[dict[str, bytes]] = []
    for count in range(first, len(operations) + 1):
        numbers = {name: -1 - at for at, name in enumerate(before)}
        model = Model(dict(numbers), {numbers[name]: content for name, content in before.items()})
        for operation in operations[:count]:
            model.apply(operation)
        found += model.states()
    return found
