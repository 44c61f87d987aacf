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

One thread writes. Whatever is waiting goes into one transaction with synchronous=FULL; there is no timer, so a lone
row is durable at once and fifty rows share one flush. What could not be written for want of space is kept and written
first when there is room again.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from penstock.errors import LedgerDamaged, StoreError
from penstock.model import Outcome
from penstock.store import open_sqlite, translate

T = TypeVar("T")

MIGRATIONS = (
    """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE lines (
        line INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        position INTEGER NOT NULL,
        pass INTEGER NOT NULL,
        generation INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        row_hash BLOB NOT NULL,
        row TEXT NOT NULL,
        request_hash BLOB,
        first_at REAL,
        sent_at REAL,
        elapsed_s REAL,
        http_status INTEGER,
        error_type TEXT,
        error TEXT,
        hint TEXT,
        response TEXT
    )
    """,
)

INTENT = """
    INSERT INTO lines (line, key, position, pass, generation, row_hash, row, state, attempts, request_hash, first_at, sent_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'sent', ?8, ?9, ?10, ?10)
    ON CONFLICT (line) DO UPDATE SET state = 'sent', attempts = ?8, request_hash = ?9, sent_at = ?10, pass = ?4,
        first_at = CASE WHEN generation = ?5 THEN coalesce(first_at, ?10) ELSE ?10 END, generation = ?5,
        position = ?3, row_hash = ?6, row = ?7
"""
_REFUSED = "UPDATE lines SET state = 'refused' WHERE line = ? AND state = 'sent'"
_OUTCOME = """
    UPDATE lines SET state = ?2, attempts = ?3, elapsed_s = ?4, http_status = ?5, error_type = ?6, error = ?7, hint = ?8,
        response = ?9
    WHERE line = ?1
"""
_UNSENT = """
    INSERT INTO lines (line, key, position, pass, row_hash, row, state, attempts, elapsed_s, error_type, error, hint)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11)
    ON CONFLICT (line) DO UPDATE SET state = ?7, error_type = ?9, error = ?10, hint = ?11, pass = ?4, response = NULL
"""
_SEEN = "UPDATE lines SET pass = ?, position = ? WHERE line = ?"

Work = tuple[str, Any, "asyncio.Future[Any] | None"]


@dataclass(frozen=True, slots=True)
class Line:
    """What the ledger knows of one row."""

    line: int
    key: str
    position: int
    seen_in: int
    generation: int
    state: str
    attempts: int
    row_hash: bytes
    row: str
    request_hash: bytes | None
    first_at: float | None
    sent_at: float | None
    elapsed_s: float | None
    http_status: int | None
    error_type: str | None
    error: str | None
    hint: str | None
    response: str | None


class Ledger:
    """Write one run's lines, durably and in order. Use from one event loop; reading works from any thread."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.path = path
        self._loop = loop
        is_new = not path.exists() or path.stat().st_size == 0
        self._connection = open_sqlite(path, MIGRATIONS)
        try:
            if not is_new:
                check(self._connection, path)
            self.next_line: int = (
                self._connection.execute("SELECT max(line) FROM lines").fetchone()[0] or 0
            ) + 1
        except sqlite3.Error as exc:
            self._connection.close()
            raise translate(exc, path) from exc
        self.is_empty = self.next_line == 1
        self._kept: list[tuple[str, Any]] = []
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="penstock-ledger", daemon=True)
        self._thread.start()

    # On the event loop

    def write(self, work: Work) -> None:
        """Queue a statement; its future ends when it is on the disk, with DiskFull or LedgerDamaged when it is not."""
        self._queue.put(work)

    def refused(self, line: int) -> None:
        """Note that what was sent for a line certainly had no effect."""
        self._queue.put((_REFUSED, (line,), None))

    def outcome(self, line: int, outcome: Outcome) -> None:
        """Write an outcome behind everything already waiting; `flush` says when it is durable."""
        values = (
            line, outcome.status, outcome.attempts, outcome.elapsed_s, outcome.http_status,
            outcome.error_type, outcome.error, outcome.hint, outcome.response,
        )  # fmt: skip
        self._queue.put((_OUTCOME, values, None))

    def unsent(self, values: Sequence[Any]) -> None:
        """Write the outcome of a row that never left."""
        self._queue.put((_UNSENT, values, None))

    def seen(self, line: int, seen_in: int, position: int) -> None:
        """Note in which pass, and where, a row was met."""
        self._queue.put((_SEEN, (seen_in, position, line), None))

    async def flush(self) -> None:
        """Return once everything written so far is on the disk."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._queue.put(("", None, future))
        await future

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Return the answer to a question put to the database behind everything already waiting."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(("ask", question, future))
        return await future

    async def lookup(self, keys: Sequence[str]) -> dict[str, Line]:
        """Return the lines there are for some keys."""

        def question(connection: sqlite3.Connection) -> dict[str, Line]:
            marks = ",".join("?" * len(keys))
            rows = connection.execute(f"SELECT {_COLUMNS} FROM lines WHERE key IN ({marks})", keys)
            return {row[1]: Line(*row) for row in rows}

        return await self.ask(question)

    def new_line(self) -> int:
        """Return the number of a line nobody has."""
        line = self.next_line
        self.next_line = line + 1
        return line

    def set_facts(self, **facts: Any) -> None:
        """Store what the run is about; values are JSON."""
        for name, value in facts.items():
            self._queue.put((_FACTS, (name, json.dumps(value)), None))

    async def aclose(self) -> None:
        """Write what waits, and close. What the disk has no room for is lost only with this process."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # On the ledger's thread

    def _serve(self) -> None:
        pending = self._queue
        is_open = True
        while is_open:
            work: list[Work] = []
            entry = pending.get()
            while True:
                if entry is None:
                    is_open = False
                    break
                work.append(entry)
                try:
                    entry = pending.get_nowait()
                except queue.Empty:
                    break
            self._commit(work)
        self._connection.close()

    def _commit(self, work: list[Work]) -> None:
        groups: dict[str, list[Any]] = {}
        questions: list[Work] = []
        waiting: list[asyncio.Future[Any]] = []
        for statement, values in self._kept:
            groups.setdefault(statement, []).append(values)
        for entry in work:
            statement, values, future = entry
            if statement == "ask":
                questions.append(entry)
                continue
            if statement:
                groups.setdefault(statement, []).append(values)
            if future is not None:
                waiting.append(future)
        failure: StoreError | None = None
        if groups:
            try:
                try:
                    self._write(groups)
                except UnicodeEncodeError:  # half a surrogate pair in somebody's message
                    self._write({statement: [_clean(values) for values in rows] for statement, rows in groups.items()})
                self._kept.clear()
            except (sqlite3.Error, OSError) as exc:
                failure = translate(exc, self.path)
                self._keep(work)
        answers: list[tuple[asyncio.Future[Any], Any]] = []
        for _, question, future in questions:
            assert future is not None
            try:
                answers.append((future, question(self._connection)))
            except sqlite3.Error as exc:
                answers.append((future, translate(exc, self.path)))
            except Exception as exc:
                answers.append((future, exc))
        if waiting or answers:
            try:
                self._loop.call_soon_threadsafe(_resolve, waiting, failure, answers)
            except RuntimeError:
                pass  # the loop is gone, and with it everyone who waited

    def _write(self, groups: dict[str, list[Any]]) -> None:
        """Put every group into one transaction; the order of the groups is the order a line's life allows."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in sorted(groups, key=_ORDER.index):
                connection.executemany(statement, groups[statement])
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _keep(self, work: list[Work]) -> None:
        # An intent that failed was never sent and is forgotten; an outcome is a fact and is kept.
        self._kept.extend(
            (statement, values)
            for statement, values, future in work
            if statement not in ("", "ask") and future is None
        )


_FACTS = "INSERT OR REPLACE INTO facts VALUES (?, ?)"
_ORDER = [_FACTS, _SEEN, _REFUSED, INTENT, _OUTCOME, _UNSENT]
_COLUMNS = (
    "line, key, position, pass, generation, state, attempts, row_hash, row, request_hash, first_at, sent_at, elapsed_s, "
    "http_status, error_type, error, hint, response"
)


def _resolve(
    waiting: list[asyncio.Future[Any]],
    failure: StoreError | None,
    answers: list[tuple[asyncio.Future[Any], Any]],
) -> None:
    for future in waiting:
        if not future.done():
            if failure is None:
                future.set_result(None)
            else:
                future.set_exception(failure)
    for future, answer in answers:
        if not future.done():
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)


def _clean(values: Any) -> tuple[Any, ...]:
    return tuple(v.encode("utf-8", "backslashreplace").decode() if isinstance(v, str) else v for v in values)


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise LedgerDamaged unless the database is whole."""
    try:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as exc:
        raise translate(exc, path) from exc
    if verdict != "ok":
        raise translate(sqlite3.DatabaseError(f"malformed: {verdict}"), path)


# Reading, from any thread


def _reader(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5.0, isolation_level=None
        )
    except sqlite3.Error as exc:
        raise translate(exc, path) from exc


def read_facts(path: Path) -> dict[str, Any]:
    """Return what a run is about."""
    connection = _reader(path)
    try:
        return {
            name: json.loads(value) for name, value in connection.execute("SELECT name, value FROM facts")
        }
    except sqlite3.Error as exc:
        raise translate(exc, path) from exc
    except ValueError as exc:
        raise LedgerDamaged(
            f"{path} holds facts that cannot be read ({exc}).",
            hint="Move the file away to start the run anew.",
        ) from exc
    finally:
        connection.close()


def count_states(path: Path) -> dict[str, int]:
    """Return how many lines are in each state."""
    connection = _reader(path)
    try:
        return dict(connection.execute("SELECT state, count(*) FROM lines GROUP BY state").fetchall())
    except sqlite3.Error as exc:
        raise translate(exc, path) from exc
    finally:
        connection.close()


def read_lines(path: Path, *, states: Sequence[str] = ()) -> Iterator[Line]:
    """Yield the lines, in the order of the rows' last pass; only those in `states` when given."""
    connection = _reader(path)
    try:
        where = f"WHERE state IN ({','.join('?' * len(states))})" if states else ""
        # Lines are numbered as rows are first met; sorting a million by position costs memory nobody asked for.
        for row in connection.execute(f"SELECT {_COLUMNS} FROM lines {where} ORDER BY line", tuple(states)):
            yield Line(*row)
    except sqlite3.Error as exc:
        raise translate(exc, path) from exc
    finally:
        connection.close()
