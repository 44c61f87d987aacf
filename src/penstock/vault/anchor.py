"""What was last seen of a vault, kept apart from it: a file cannot prove its own freshness.

Somebody who can write both places can roll both back; it is meant for one who exchanges the vault's file alone, and
for a backup put back by mistake, whose refresh tokens are dead.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from penstock.vault.records import Image

log = logging.getLogger("penstock.vault")


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest generation seen and its MAC (hex), when (wall seconds), and whether `rotate` has ended this vid."""

    generation: int
    mac: str
    at: float
    is_retired: bool = False

    @classmethod
    def of(cls, image: Image, at: float) -> Mark:
        """Return the mark of an image."""
        return cls(image.header.generation, image.mac.hex(), at)

    def has_passed(self, image: Image) -> bool:
        """Say whether an image is older than this mark, or another of the same generation."""
        generation = image.header.generation
        is_other = generation == self.generation and image.mac.hex() != self.mac
        return self.is_retired or generation < self.generation or is_other


class Anchor(Protocol):
    """Remember one mark for each vid."""

    def read(self, vid: bytes) -> Mark | None:
        """Return what was last seen, None for a vault never seen here."""
        ...

    def write(self, vid: bytes, mark: Mark) -> None:
        """Remember a mark."""
        ...


class FileAnchor:
    """Keep marks as small files in the user's state folder.

    They are not flushed: a power cut may lose the latest, which makes the anchor a little older and never wrong. One
    that cannot be read counts as none, for whoever can spoil it could remove it as well.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def _path(self, vid: bytes) -> Path:
        if self._folder is None:
            from platformdirs import user_state_path

            self._folder = user_state_path("penstock") / "vaults"
        return self._folder / f"{vid.hex()}.json"

    def read(self, vid: bytes) -> Mark | None:
        """Return what was last seen, None for a vault never seen here."""
        try:
            found = json.loads(self._path(vid).read_bytes())
            mark = Mark(
                int(found["generation"]), str(found["mac"]), float(found["at"]), bool(found["is_retired"])
            )
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None
        return mark if 0 <= mark.at < 2**40 else None

    def write(self, vid: bytes, mark: Mark) -> None:
        """Remember a mark; where that cannot be, a warning says so and the vault is used all the same."""
        path = self._path(vid)
        aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            aside.write_text(json.dumps(asdict(mark)), encoding="utf-8")
            aside.replace(path)
        except OSError as exc:
            log.warning("%s cannot be written (%s): an older vault would not be noticed.", path, exc.strerror)
