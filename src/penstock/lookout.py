"""Seeing what other processes change: another notebook, the command line, the agent that ends by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import PenstockError

if TYPE_CHECKING:
    from penstock.keeping import Keeping

log = logging.getLogger("penstock.vault")

EVERY_S = 2.0
Sight = tuple[object, ...]


class Lookout:
    """Look now and then at the vault's status and at when its files were written, and tell of a difference.

    Asking for the status is no use of the vault: a widget on the screen keeps no agent from ending.
    """

    def __init__(self, keeping: Keeping, files: tuple[Path, ...], tell: Callable[[], None]) -> None:
        self._keeping, self._files, self._tell = keeping, files, tell
        self._seen: Sight | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to look, where nobody does yet."""
        self._keeping.engine.call_soon(self._begin)

    def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._look())

    def end(self) -> None:
        """Stop looking."""
        task, self._task = self._task, None
        if task is not None:
            self._keeping.engine.call_soon(task.cancel)

    def forget(self) -> None:
        """Take what is there at the next look for known: this process has just told of its own change."""
        self._seen = None

    async def _look(self) -> None:
        while True:
            try:
                sight = await self._sight()
                before, self._seen = self._seen, sight
                if before is not None and before != sight:
                    self._tell()
                    self._seen = sight
            except PenstockError as exc:
                log.info("The vault cannot be looked at: %s", exc)
            await self._keeping.clock.sleep(EVERY_S)

    async def _sight(self) -> Sight:
        status = await self._keeping.aask("status")
        written = tuple(_written(path) for path in self._files)
        return (status["exists"], status["is_locked"], status["pid"], *written)


def _written(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
