"""Rows that go together: a Group, which is the journal over all of them. Who makes them up is gathering.py's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from penstock.batch.entries import Entry, hash_request
from penstock.errors import OutcomeUncertain
from penstock.model import Json, Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from penstock.batch.runner import Runner


class Shape(NamedTuple):
    """How a row fits into a bulk call: what it shares with others, its item, and the item's bytes (0 where nobody counts)."""

    shared: str
    item: Json
    size_bytes: int


class ManyCall(Protocol):
    """A call, or a job, that takes many rows."""

    kind: str  # "call" or "job"
    is_resendable: bool
    is_harmless: bool
    takes_key: bool
    key_lifetime_s: float | None
    max_items: int
    max_bytes: int | None

    def shape(self, parameters: Mapping[str, Any]) -> Shape | None:
        """Return how a row fits in, None where it has to go by itself."""
        ...

    async def take(self, group: Group) -> None:
        """Send a group and write what became of each of its rows."""
        ...


class Group:
    """Rows on their way in one bulk call, and the journal over all of them: their intents are one transaction."""

    __slots__ = ("call", "entries", "name", "request_hash", "runner", "unanswered")

    def __init__(self, runner: Runner, call: ManyCall, name: str, entries: Sequence[Entry]) -> None:
        self.runner, self.call, self.name, self.entries = runner, call, name, tuple(entries)
        self.request_hash: bytes | None = None  # of an earlier process's request, whose outcome is unknown
        self.unanswered = 0  # attempts of which nobody knows what became

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    async def go(self) -> None:
        """Send it and settle its rows."""
        await self.call.take(self)

    async def intent(self, attempt: int, request: Request | None) -> None:
        runner = self.runner
        await runner.admit(None)
        digest = hash_request(request) if request is not None else None
        if self.request_hash is not None and digest != self.request_hash:
            raise OutcomeUncertain(
                "This row was sent before in a bulk call that would be another now; its outcome is not known."
            )
        # One future for all: whatever is written in one turn of the loop is one transaction.
        future: asyncio.Future[None] = runner.loop.create_future()
        for entry in self.entries:
            entry.write(attempt, digest, future, self.name)
        await future
        self.unanswered += 1
        for entry in self.entries:
            entry.is_open = entry.is_written = True

    def refused(self, attempt: int) -> None:
        self.unanswered -= 1
        is_free = self.unanswered <= 0 or self.call.is_harmless
        for entry in self.entries:
            entry.is_open = False
            if is_free:  # else an earlier attempt may have happened, and is known again only in this company
                entry.forget()
        if is_free:
            self.request_hash = None

    def waits(self, reason: str | None, until: float | None) -> None:
        for entry in self.entries:
            self.runner.note_wait(entry, reason, until)
