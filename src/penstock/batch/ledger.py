"""The ledger of a run: one durable line per row, intent before the bytes leave, outcome after.

States of a line, and what may follow:
    sent       an intent is written, no outcome yet: after a crash, nobody knows
    refused    every attempt so far certainly had no effect; free to be sent
    done       the result is stored
    failed     the server said no, or it never left
    uncertain  it may have happened and must not be sent again by itself
    skipped    left out on request
    sent → refused | done | failed | uncertain;  refused → sent;  failed → sent (retry_failed, under a new key);
    uncertain → done | failed (reconcile) | sent (its key, or on_uncertain="resend", allows it)

Whatever was written in one turn of the loop goes into one transaction with synchronous=FULL; there is no timer, so a
lone row is durable at once and fifty rows share one flush. It is committed on the loop's own thread, which costs less
than handing Python's lock to and fro, unless the disk proves slow: then on a thread, so that the loop goes on.
What could not be written for want of space is kept and written first when there is room again.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from penstock.batch.lines import COLUMNS, MIGRATIONS, Line, check
from penstock.clock import Clock
from penstock.errors import StoreError
from penstock.model import Outcome
from penstock.store import open_sqlite, translate

T = TypeVar("T")

SLOW_S = 0.02  # a transaction that takes longer than this sends the following ones to a thread
LOOKS = 2  # turns of the loop a transaction waits for while more work comes in: fuller transactions, no timer
MOST_ROWS = 100  # in one statement; SQLite allows 32,766 values

# Statements take many rows at once; {rows} becomes so many times the pattern beside them.
INTENT = (
    """
    INSERT INTO lines
        (line, key, position, pass, generation, row_hash, row, state, attempts, request_hash, first_at, sent_at)
    VALUES {rows}
    ON CONFLICT (line) DO UPDATE SET state = 'sent', attempts = excluded.attempts, request_hash = excluded.request_hash,
        sent_at = excluded.sent_at, pass = excluded.pass,
        first_at = CASE WHEN generation = excluded.generation THEN coalesce(first_at, excluded.first_at)
            ELSE excluded.first_at END,
        generation = excluded.generation, position = excluded.position, row_hash = excluded.row_hash, row = excluded.row,
        bulk = NULL, place = NULL
    """,
    "(?, ?, ?, ?, ?, ?, ?, 'sent', ?, ?, ?, ?)",
)
# Of an intent that goes in company: the name of the bulk call, and the row's place in it.
TOGETHER = (
    "UPDATE lines SET bulk = new.column1, place = new.column2 FROM (VALUES {rows}) AS new WHERE line = new.column3",
    "(?, ?, ?)",
)
_OUTCOME = (
    """
    UPDATE lines SET state = new.column2, attempts = new.column3, elapsed_s = new.column4, http_status = new.column5,
        error_type = new.column6, error = new.column7, hint = new.column8, response = new.column9
    FROM (VALUES {rows}) AS new WHERE lines.line = new.column1
    """,
    "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
)
_UNSENT = (
    """
    INSERT INTO lines
        (line, key, position, pass, row_hash, row, state, attempts, elapsed_s, error_type, error, hint)
    VALUES {rows}
    ON CONFLICT (line) DO UPDATE SET state = excluded.state, error_type = excluded.error_type, error = excluded.error,
        hint = excluded.hint, pass = excluded.pass, response = NULL
    """,
    "(?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
)
_REFUSED = ("UPDATE lines SET state = 'refused' WHERE state = 'sent' AND line IN ({rows})", "?")
_SEEN = (
    "UPDATE lines SET pass = new.column1, position = new.column2 FROM (VALUES {rows}) AS new WHERE line = new.column3",
    "(?, ?, ?)",
)
_FACTS = ("INSERT OR REPLACE INTO facts VALUES {rows}", "(?, ?)")
_JOB = ("INSERT OR REPLACE INTO jobs VALUES {rows}", "(?, ?, ?)")

Statement = tuple[str, str]
Work = tuple[Statement | None, Any, "asyncio.Future[Any] | None"]
# The order in which a line's life allows the statements of one transaction.
_ORDER: tuple[Statement, ...] = (_FACTS, _JOB, _SEEN, _REFUSED, INTENT, TOGETHER, _OUTCOME, _UNSENT)


class Ledger:
    """Write one run's lines, durably and in order. Use from one event loop; reading works from any thread."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        self.path = path
        self._loop, self._clock = loop, clock
        is_new = not path.exists() or path.stat().st_size == 0
        self._connection = open_sqlite(path, MIGRATIONS)
        try:
            if not is_new:
                check(self._connection, path)
            highest = self._connection.execute("SELECT max(line) FROM lines").fetchone()[0]
        except sqlite3.Error as exc:
            self._connection.close()
            raise translate(exc, path) from exc
        self.next_line: int = (highest or 0) + 1
        self.is_empty = self.next_line == 1
        self._work: list[Work] = []
        self._kept: list[tuple[Statement, Any]] = []
        self._is_scheduled = self._is_away = False
        self._commit_s = 0.0
        self._seen = self._looks = 0
        self._thread: ThreadPoolExecutor | None = None
        self._texts: dict[tuple[Statement, int], str] = {}

    def write(self, work: Work) -> None:
        """Queue a statement; its future ends when it is on the disk, with DiskFull or LedgerDamaged when it is not."""
        self._work.append(work)
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._turn)

    def refused(self, line: int) -> None:
        """Note that what was sent for a line certainly had no effect."""
        self.write((_REFUSED, (line,), None))

    def outcome(self, line: int, outcome: Outcome) -> None:
        """Write an outcome behind everything already waiting; `flush` says when it is durable."""
        values = (
            line, outcome.status, outcome.attempts, outcome.elapsed_s, outcome.http_status,
            outcome.error_type, outcome.error, outcome.hint, outcome.response,
        )  # fmt: skip
        self.write((_OUTCOME, values, None))

    def unsent(self, values: Sequence[Any]) -> None:
        """Write the outcome of a row that never left."""
        self.write((_UNSENT, values, None))

    def seen(self, line: int, seen_in: int, position: int) -> None:
        """Note in which pass, and where, a row was met."""
        self.write((_SEEN, (seen_in, position, line), None))

    async def flush(self) -> None:
        """Return once everything written so far is on the disk."""
        future: asyncio.Future[None] = self._loop.create_future()
        self.write((None, None, future))
        await future

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Return the answer to a question put to the database behind everything already waiting."""
        future: asyncio.Future[T] = self._loop.create_future()
        self.write((None, question, future))
        return await future

    async def lookup(self, keys: Sequence[str]) -> dict[str, Line]:
        """Return the lines there are for some keys."""

        def question(connection: sqlite3.Connection) -> dict[str, Line]:
            marks = ",".join("?" * len(keys))
            rows = connection.execute(f"SELECT {COLUMNS} FROM lines WHERE key IN ({marks})", keys)
            return {row[1]: Line(*row) for row in rows}

        return await self.ask(question)

    async def read_bulk(self) -> tuple[dict[str, int], dict[str, str]]:
        """Return how many rows of each bulk call have no outcome that is known, and the jobs that were handed in, by name."""

        def question(connection: sqlite3.Connection) -> tuple[dict[str, int], dict[str, str]]:
            counted = connection.execute(
                "SELECT bulk, count(*) FROM lines WHERE bulk IS NOT NULL AND state IN ('sent', 'uncertain') GROUP BY bulk"
            )
            return dict(counted.fetchall()), dict(connection.execute("SELECT name, job FROM jobs").fetchall())

        return await self.ask(question)

    async def keep_job(self, name: str, job: str) -> None:
        """Return once it is on the disk that a job was handed in, and under which id it is asked for."""
        future: asyncio.Future[None] = self._loop.create_future()
        self.write((_JOB, (name, job, self._clock.wall()), future))
        await future

    def new_line(self) -> int:
        """Return the number of a line nobody has."""
        line = self.next_line
        self.next_line = line + 1
        return line

    def set_facts(self, **facts: Any) -> None:
        """Store what the run is about; values are JSON."""
        for name, value in facts.items():
            self.write((_FACTS, (name, json.dumps(value)), None))

    async def aclose(self) -> None:
        """Write what waits, and close. What the disk has no room for is lost only with this process."""
        try:
            await self.flush()
        except StoreError:
            pass  # whoever waited for it has been told
        if self._thread is not None:
            self._thread.shutdown(wait=False)
        self._connection.close()

    # One transaction

    def _turn(self) -> None:
        if self._is_away or not self._work:
            self._is_scheduled = False
            return
        if len(self._work) > self._seen and self._looks < LOOKS:
            self._seen, self._looks = len(self._work), self._looks + 1
            self._loop.call_soon(self._turn)
            return
        self._seen = self._looks = 0
        self._is_scheduled = False
        work, self._work = self._work, []
        if self._commit_s < SLOW_S:
            self._finish(*self._commit(work))
            return
        self._is_away = True
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="penstock-ledger")
        self._loop.run_in_executor(self._thread, self._commit, work).add_done_callback(self._back)

    def _back(self, done: asyncio.Future[tuple[list[Work], StoreError | None, list[Any]]]) -> None:
        self._is_away = False
        self._finish(*done.result())
        if self._work and not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._turn)

    def _commit(self, work: list[Work]) -> tuple[list[Work], StoreError | None, list[Any]]:
        """Write everything in one transaction; return the work, what went wrong, and the answers to questions."""
        groups: dict[Statement, list[Any]] = {}
        for statement, values in self._kept:
            groups.setdefault(statement, []).append(values)
        for kind, values, _ in work:
            if kind is not None:
                group = groups.get(kind)
                if group is None:
                    groups[kind] = [values]
                else:
                    group.append(values)
        failure: StoreError | None = None
        if groups:
            started = self._clock.monotonic()
            try:
                try:
                    self._write(groups)
                except UnicodeEncodeError:  # half a surrogate pair in somebody's message
                    self._write({kind: [_clean(values) for values in rows] for kind, rows in groups.items()})
                self._kept.clear()
            except (sqlite3.Error, OSError) as exc:
                failure = translate(exc, self.path)
                # An intent that failed was never sent and is forgotten; an outcome is a fact and is kept.
                self._kept.extend(
                    (kind, values) for kind, values, future in work if kind is not None and future is None
                )
            # One slow flush is chance; the disk is slow when they go on being slow.
            self._commit_s += 0.2 * (self._clock.monotonic() - started - self._commit_s)
        answers: list[Any] = []
        for kind, question, _ in work:
            if kind is None and question is not None:
                try:
                    answers.append(question(self._connection))
                except sqlite3.Error as exc:
                    answers.append(translate(exc, self.path))
        return work, failure, answers

    def _write(self, groups: dict[Statement, list[Any]]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for kind in _ORDER:
                rows = groups.get(kind, ())
                for start in range(0, len(rows), MOST_ROWS):
                    some = rows[start : start + MOST_ROWS]
                    connection.execute(self._text(kind, len(some)), tuple(chain.from_iterable(some)))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _text(self, kind: Statement, count: int) -> str:
        text = self._texts.get((kind, count))
        if text is None:
            text = self._texts[kind, count] = kind[0].replace("{rows}", ", ".join([kind[1]] * count))
        return text

    @staticmethod
    def _finish(work: list[Work], failure: StoreError | None, answers: list[Any]) -> None:
        replies = iter(answers)
        for kind, question, future in work:
            if future is None:
                continue
            answer = next(replies) if kind is None and question is not None else failure
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)


def _clean(values: Any) -> tuple[Any, ...]:
    return tuple(v.encode("utf-8", "backslashreplace").decode() if isinstance(v, str) else v for v in values)
