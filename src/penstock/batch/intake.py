"""From rows to entries: who each row is, what the ledger knows of it, and whether it is to be sent.

Rows that are not what they were under this run's name are refused here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from penstock.batch.aggregate import parse
from penstock.batch.entries import Entry, Plan
from penstock.batch.groups import ManyCall
from penstock.batch.lines import Line, read_lines
from penstock.batch.mapping import row_text
from penstock.batch.rows import Row, RowSource, key_text
from penstock.batch.runner import Runner
from penstock.batch.targets import Target
from penstock.errors import OutcomeUncertain, PenstockError, RowsChanged, RowsRefused
from penstock.model import Outcome

CLOCK_SLACK_S = 60.0  # a wall clock that jumped back further than this cannot date a key
Mapper = Callable[[Row], Mapping[str, Any]]


class Intake:
    """Make entries of rows: who each is, what the ledger knows of it, and whether it is to be sent."""

    def __init__(self, runner: Runner, source: RowSource, mapping: Mapper | None) -> None:
        self.runner, self.source, self.mapping = runner, source, mapping
        self._position = 0

    async def entries(self) -> AsyncIterator[list[Entry]]:
        """Yield the entries that are to be taken; rows already settled are counted and passed over."""
        runner = self.runner
        is_fresh = runner.ledger.is_empty and self.source.is_replayable and runner.plan.key is not None
        is_fresh = is_fresh or (runner.ledger.is_empty and runner.plan.key is None)
        async for rows in self.source.chunks(runner.plan.chunk_size):
            chunk = [self.entry(row) for row in rows]
            if is_fresh:
                for entry in chunk:
                    entry.line = runner.ledger.new_line()
                yield chunk
            else:
                yield await self._recognise(chunk)

    def entry(self, row: Row) -> Entry:
        """Return a row's entry, with its parameters or the reason why it cannot be sent."""
        runner, position = self.runner, self._position
        self._position += 1
        name = runner.plan.key
        if name is None:
            key = str(position)
        else:
            value = row.get(name)
            if value is None or value == "":
                raise RowsRefused(
                    f"The row at position {position} has no {name!r}.",
                    hint="Every row needs its key; fill or drop it.",
                )
            key = key_text(value)
        text = row_text(row)
        entry = Entry(runner, key, position, row, text, b"")
        sent = text
        if self.mapping is not None:
            try:
                entry.parameters = self.mapping(row)
                sent = row_text(entry.parameters)
            except PenstockError as exc:
                exc.row = key
                entry.error = exc
            except Exception as exc:
                entry.error = RowsRefused(f"parameters= raised {type(exc).__name__}: {exc}", row=key)
        entry.row_hash = blake2b(sent.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        return entry

    async def _recognise(self, chunk: list[Entry]) -> list[Entry]:
        runner = self.runner
        known = await runner.ledger.lookup([entry.key for entry in chunk])
        to_take: list[Entry] = []
        changed: list[str] = []
        fresh: set[str] = set()
        for entry in chunk:
            line = known.get(entry.key)
            if entry.key in fresh or (line is not None and line.seen_in == runner.pass_number):
                raise RowsRefused(
                    f"The key {entry.key!r} stands more than once (again at position {entry.position}).",
                    hint="One row for each key; what was done so far is kept.",
                )
            fresh.add(entry.key)
            if line is None:
                entry.line = runner.ledger.new_line()
                to_take.append(entry)
            elif line.row_hash != entry.row_hash and runner.plan.changed != "new":
                changed.append(entry.key)
            elif self._decide(entry, line):
                to_take.append(entry)
        if changed:
            raise rows_changed(runner.plan, changed)
        return to_take

    def _decide(self, entry: Entry, line: Line) -> bool:
        """Say whether a row the ledger knows is to be sent; if not, count it where it stands."""
        runner, plan = self.runner, self.runner.plan
        entry.line, entry.generation, entry.attempts = line.line, line.generation, line.attempts
        entry.is_written = True
        if line.row_hash != entry.row_hash:
            entry.generation += 1  # another content is another effect: it needs a key of its own
            return True
        if line.state == "refused":
            return True
        if line.state in ("sent", "uncertain") and may_go_again(entry, line):
            return True
        if line.state in ("sent", "uncertain") and plan.on_uncertain != "hold":
            if plan.on_uncertain == "resend":
                return True
            self._conclude(entry, line, "skipped")
        elif line.state == "sent":
            self._conclude(entry, line, "uncertain")
        else:
            runner.tally.add(line.state, line.error_type, line.error, line.hint, line.key)
            runner.tally.carried += 1
        runner.ledger.seen(line.line, runner.pass_number, entry.position)
        return False

    def _conclude(self, entry: Entry, line: Line, state: str) -> None:
        runner = self.runner
        exc = OutcomeUncertain("It was sent before the run was interrupted, and no answer was recorded.")
        runner.ledger.outcome(
            line.line,
            Outcome(
                state,
                line.attempts,
                line.elapsed_s or 0.0,
                "OutcomeUncertain",
                exc.message,
                exc.hint,
                line.response,
            ),
        )
        runner.tally.add(state, "OutcomeUncertain", exc.message, exc.hint, line.key)
        runner.tally.carried += 1


def may_go_again(entry: Entry, line: Line) -> bool:
    """Say whether a row whose outcome is unknown may go again, and note in which company it has to."""
    runner, target = entry.runner, entry.runner.target
    if line.bulk is None:
        if not may_resend(target, line, runner.clock.wall()):
            return False
        entry.request_hash, entry.unanswered = line.request_hash, 1
        return True
    if line.bulk.startswith("job-"):
        is_known = runner.gathering is not None and line.bulk in runner.gathering.jobs
        if target.job is None or not (is_known or target.job.can_find):
            return False
    elif target.bulk is None or not may_resend(target.bulk, line, runner.clock.wall()):
        return False
    elif target.bulk.is_harmless:
        return True  # in any company, or in none
    else:
        entry.request_hash = line.request_hash
    entry.group, entry.place = line.bulk, line.place or 0
    return True


def may_resend(target: Target | ManyCall, line: Line, wall: float) -> bool:
    """Say whether a row whose outcome is unknown may be sent again: by its nature, or while its key is remembered."""
    if not target.is_resendable:
        return False
    lifetime_s = target.key_lifetime_s
    if not target.takes_key or lifetime_s is None or line.first_at is None:
        return True
    margin_s = min(3600.0, lifetime_s / 10)
    age_s = wall - line.first_at
    return -CLOCK_SLACK_S <= age_s < lifetime_s - margin_s


def rows_changed(plan: Plan, keys: list[str], count: int | None = None) -> RowsChanged:
    """Return the error for rows that are not what they were under this run's name."""
    shown = ", ".join(keys[:5]) + (", …" if len(keys) > 5 else "")
    return RowsChanged(
        f"{count or len(keys)} rows of the run {plan.name!r} are not what they were: {shown}.",
        hint=f'Give the run another name=, or take the change on: ps.reopen({plan.name!r}, rows=..., changed="new").',
        keys=tuple(keys),
    )


async def refuse_changes(
    runner: Runner, source: RowSource, intake: Intake, path: Path, total_before: int | None
) -> None:
    """Compare rows that can be read twice with what the ledger has; raise RowsChanged naming those that differ."""
    plan, ledger = runner.plan, runner.ledger
    if ledger.is_empty or not source.is_replayable or plan.changed == "new":
        return
    changed: list[str] = []
    met: set[str] = set()
    async for rows in source.chunks(512):
        entries = [intake.entry(row) for row in rows]
        known = await ledger.lookup([entry.key for entry in entries])
        met.update(known)
        changed.extend(e.key for e in entries if e.key in known and known[e.key].row_hash != e.row_hash)
    if changed:
        raise rows_changed(plan, changed)
    vanished = [line.key for line in read_lines(path) if line.key not in met]
    if vanished:
        raise rows_changed(plan, vanished)
    if total_before is not None and source.total is not None and total_before != source.total:
        raise rows_changed(
            plan, [f"{source.total} rows now, {total_before} before"], abs(source.total - total_before)
        )


async def failed_entries(runner: Runner, path: Path, mapping: Mapper | None) -> AsyncIterator[list[Entry]]:
    """Yield the rows to send again: a failed one, certain to have had no effect, under a new key; one in doubt under its old."""
    plan, tally = runner.plan, runner.tally
    chunk: list[Entry] = []
    for line in read_lines(path):
        row = parse(line.row) if line.state in ("failed", "uncertain") else {}
        entry = Entry(
            runner,
            line.key,
            line.position,
            row if isinstance(row, dict) else {"value": row},
            line.row,
            line.row_hash,
        )
        is_doubtful = line.state == "uncertain" and may_go_again(entry, line)
        if line.state != "failed" and not is_doubtful:
            if line.state in ("done", "uncertain", "skipped"):
                tally.add(line.state, line.error_type, line.error, line.hint, line.key)
                tally.carried += 1
            continue
        entry.line, entry.generation, entry.attempts = line.line, line.generation, line.attempts
        entry.is_written = True
        if not is_doubtful:
            entry.generation += 1
        if mapping is not None:
            try:
                entry.parameters = mapping(entry.row)
            except PenstockError as exc:
                entry.error = exc
        chunk.append(entry)
        if len(chunk) >= plan.chunk_size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
