"""Who goes together: fresh rows by what they share, rows of an interrupted process exactly as they were sent.

A group leaves when it is full, or when no more rows come; there is no timer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from penstock.batch.entries import Entry
from penstock.batch.groups import Group, ManyCall
from penstock.batch.keys import name_group
from penstock.errors import OutcomeUncertain

if TYPE_CHECKING:
    from penstock.batch.runner import Runner

MOST_HELD = 10  # full groups' worth of rows held while theirs fill; then the fullest leaves as it is


class Pen:
    """Rows that share what a bulk call has once, until there are enough of them."""

    __slots__ = ("entries", "size_bytes")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.size_bytes = 0


class Gathering:
    """Give each worker its next load: a row that goes by itself, or a group."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.jobs: dict[str, str] = {}  # name of a group → id of the job it was handed in as
        self._sizes: dict[str, int] = {}  # name of a group → its rows of which nobody knows what became
        self._pens: dict[str, Pen] = {}
        self._held = 0
        self._before: dict[str, list[Entry]] = {}
        self._ready: deque[Entry | Group] = deque()
        self._lock = asyncio.Lock()

    async def look_back(self) -> None:
        """Read from the ledger which groups an earlier process left without an outcome."""
        self._sizes, self.jobs = await self._runner.ledger.read_bulk()

    async def next(self) -> Entry | Group | None:
        """Return what is to be sent next, None when nothing more comes."""
        if self._ready:
            return self._ready.popleft()
        runner = self._runner
        async with self._lock:
            while runner.stopping is None:
                if self._ready:
                    return self._ready.popleft()
                while runner.buffer:
                    load = self._add(runner.buffer.popleft())
                    if load is not None:
                        return load
                await runner.refill()
                if not runner.buffer and runner.stopping is None:
                    self._end()
                    if not self._ready:
                        return None
        return None

    def put_back(self, loads: Sequence[Entry | Group]) -> None:
        """Let these be the next."""
        self._ready.extendleft(reversed(loads))

    def halve(self, group: Group) -> None:
        """Let a group go again in two halves, under names of their own."""
        middle = len(group.entries) // 2
        halves = (group.entries[:middle], group.entries[middle:])
        self.put_back([self._form(group.call, entries) for entries in halves])

    def _add(self, entry: Entry) -> Entry | Group | None:
        """Put a row with its like; return what is ready to go."""
        # What was sent alone, and may have happened, would be another call in company.
        if entry.error is not None or entry.unanswered:
            return entry
        if entry.group is not None:
            together = self._before.setdefault(entry.group, [])
            together.append(entry)
            return self._regroup(entry.group) if len(together) == self._sizes.get(entry.group) else None
        call = self._runner.target.many
        shape = call.shape(entry.parameters) if call is not None else None
        if (
            call is None
            or shape is None
            or (call.max_bytes is not None and shape.size_bytes > call.max_bytes)
        ):
            return entry
        entry.item = shape.item
        pen = self._pens.get(shape.shared)
        load: Entry | Group | None = None
        if (
            pen is not None
            and call.max_bytes is not None
            and pen.size_bytes + shape.size_bytes > call.max_bytes
        ):
            load, pen = self._empty(shape.shared), None
        if pen is None:
            pen = self._pens[shape.shared] = Pen()
        pen.entries.append(entry)
        pen.size_bytes += shape.size_bytes
        self._held += 1
        if load is None and len(pen.entries) >= call.max_items:
            load = self._empty(shape.shared)
        elif load is None and self._held >= MOST_HELD * call.max_items:
            load = self._empty(max(self._pens, key=lambda shared: len(self._pens[shared].entries)))
        return load

    def _empty(self, shared: str) -> Entry | Group:
        entries = self._pens.pop(shared).entries
        self._held -= len(entries)
        call = self._runner.target.many
        assert call is not None
        return self._form(call, entries)

    def _form(self, call: ManyCall, entries: Sequence[Entry]) -> Entry | Group:
        if len(entries) == 1 and call.kind == "call":
            return entries[0]
        for place, entry in enumerate(entries):
            entry.place = place
        return Group(self._runner, call, self._name(call, entries), entries)

    def _name(self, call: ManyCall, entries: Sequence[Entry]) -> str:
        rows = ((entry.key, entry.generation) for entry in entries)
        return name_group(self._runner.plan.secret, call.kind, rows)

    def _regroup(self, name: str) -> Entry | Group:
        """Return a group as it was sent; where it cannot be put together again, its rows without knowledge of them."""
        entries = sorted(self._before.pop(name), key=lambda entry: entry.place)
        target = self._runner.target
        call: ManyCall | None = target.job if name.startswith("job-") else target.bulk
        if call is not None and (call.kind == "job" or self._name(call, entries) == name):
            shapes = [call.shape(entry.parameters) for entry in entries]
            shared = {shape.shared for shape in shapes if shape is not None}
            if None not in shapes and len(shared) == 1:
                for entry, shape in zip(entries, shapes, strict=True):
                    entry.item = shape.item if shape is not None else None
                group = Group(self._runner, call, name, entries)
                group.request_hash, group.unanswered = entries[0].request_hash, 1
                return group
        for entry in entries:
            entry.error = OutcomeUncertain(
                "It was sent in a bulk call, and the rows it was sent with are not all here as they were.",
                row=entry.key,
            )
        self.put_back(entries[1:])
        return entries[0]

    def _end(self) -> None:
        """No more rows come: what is there leaves as it is."""
        for name in list(self._before):
            self._ready.append(self._regroup(name))
        for shared in list(self._pens):
            self._ready.append(self._empty(shared))
