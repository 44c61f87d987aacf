"""A row on its way: the Entry, which is its own journal, and the Plan of the run it belongs to. Walking them is runner.py's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from penstock.batch.ledger import INTENT, TOGETHER
from penstock.batch.rows import Row
from penstock.errors import OutcomeUncertain, PenstockError
from penstock.model import Json, Request

if TYPE_CHECKING:
    from penstock.batch.runner import Runner


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked of a run."""

    name: str
    run_id: str
    secret: bytes
    key: str | None
    concurrency: int = 10
    chunk_size: int = 100
    on_error: str = "continue"
    on_uncertain: str = "hold"
    changed: str = "refuse"


class Entry:
    """One row on its way, and its journal: intents are written here, before the bytes leave."""

    __slots__ = (
        "attempts", "began", "error", "generation", "group", "is_open", "is_written", "item", "key", "line", "parameters",
        "place", "position", "request_hash", "row", "row_hash", "runner", "task", "text", "unanswered", "waiting",
    )  # fmt: skip

    def __init__(self, runner: Runner, key: str, position: int, row: Row, text: str, row_hash: bytes) -> None:
        self.runner, self.key, self.position, self.row, self.text, self.row_hash = (
            runner,
            key,
            position,
            row,
            text,
            row_hash,
        )
        self.parameters: Mapping[str, Any] = {}
        self.line = 0
        self.generation = 0
        self.attempts = 0  # of earlier passes
        self.request_hash: bytes | None = None  # of a request whose outcome is unknown
        self.unanswered = 0  # attempts of which nobody knows what became
        self.error: PenstockError | None = None
        self.is_open = False  # an intent stands without an outcome
        self.is_written = False  # the ledger has a line for it
        self.began = 0.0
        self.waiting: str | None = None
        self.task: asyncio.Task[None] | None = None
        self.group: str | None = None  # the bulk call it was sent in, and has to be asked after in
        self.place = 0
        self.item: Json = None

    def __iter__(self) -> Iterator[Entry]:
        yield self

    async def intent(self, attempt: int, request: Request | None) -> None:
        runner = self.runner
        await runner.admit(self.key)
        digest = hash_request(request) if request is not None else None
        if digest is not None and self.request_hash is not None and digest != self.request_hash:
            raise OutcomeUncertain(
                "This row was sent before, as a different request; its outcome is not known.",
                row=self.key,
            )
        future: asyncio.Future[None] = runner.loop.create_future()
        self.write(attempt, digest, future)
        await future
        self.is_open = self.is_written = True
        self.unanswered += 1

    def write(
        self, attempt: int, digest: bytes | None, future: asyncio.Future[None], group: str | None = None
    ) -> None:
        """Queue the intent, alone or in the company that is called `group`."""
        runner = self.runner
        wall = runner.clock.wall()
        runner.ledger.write(
            (
                INTENT,
                (
                    self.line, self.key, self.position, runner.pass_number, self.generation, self.row_hash, self.text,
                    self.attempts + attempt, digest, wall, wall,
                ),
                future,
            )
        )  # fmt: skip
        if group is not None:
            runner.ledger.write((TOGETHER, (group, self.place, self.line), future))

    def refused(self, attempt: int) -> None:
        self.is_open = False
        self.unanswered -= 1
        if self.unanswered <= 0:  # else an earlier attempt may have happened, and its key is still needed
            self.forget()

    def forget(self) -> None:
        """Note that nothing sent for this row had an effect: it is free to be sent anew."""
        self.is_open = False
        self.unanswered = 0
        self.request_hash = self.group = None
        self.runner.ledger.refused(self.line)

    def waits(self, reason: str | None, until: float | None) -> None:
        self.runner.note_wait(self, reason, until)


def hash_request(request: Request) -> bytes:
    """Return what a request is known by: its method, address and body."""
    return blake2b(
        f"{request.method} {request.url}\n".encode() + (request.body or b""), digest_size=16
    ).digest()
