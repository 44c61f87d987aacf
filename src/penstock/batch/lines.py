"""A ledger file as it is read: its tables, a Line, and the ways to read lines from any thread. Writing is ledger.py's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import LedgerDamaged
from penstock.store import open_sqlite, translate

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
    """
    ALTER TABLE lines ADD COLUMN bulk TEXT;
    ALTER TABLE lines ADD COLUMN place INTEGER;
    CREATE TABLE jobs (name TEXT PRIMARY KEY, job TEXT NOT NULL, submitted_at REAL NOT NULL) WITHOUT ROWID
    """,
)

COLUMNS = (
    "line, key, position, pass, generation, state, attempts, row_hash, row, request_hash, first_at, sent_at, elapsed_s, "
    "http_status, error_type, error, hint, response, bulk, place"
)


@dataclass(frozen=True, slots=True)
class Line:
    """What the ledger knows of one row. `bulk` names the bulk call it was last sent in, `place` is where in it."""

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
    bulk: str | None = None
    place: int | None = None


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
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5.0, isolation_level=None
        )
        if 0 < connection.execute("PRAGMA user_version").fetchone()[0] < len(MIGRATIONS):
            open_sqlite(path, MIGRATIONS).close()  # written by an older Penstock
        return connection
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
        for row in connection.execute(f"SELECT {COLUMNS} FROM lines {where} ORDER BY line", tuple(states)):
            yield Line(*row)
    except sqlite3.Error as exc:
        raise translate(exc, path) from exc
    finally:
        connection.close()


def read_results(path: Path) -> dict[str, tuple[Any, ...]]:
    """Return what became of every line, by its key: status, attempts, elapsed_s, error_type, error, response as text.

    Plain tuples: for a million rows a record each would cost more than everything else together.
    """
    connection = _reader(path)
    try:
        rows = connection.execute(
            "SELECT key, CASE WHEN state IN ('sent', 'refused') THEN 'pending' ELSE state END, attempts, elapsed_s, "
            "error_type, error, response FROM lines"
        )
        return {row[0]: row[1:] for row in rows}
    except sqlite3.Error as exc:
        raise translate(exc, path) from exc
    finally:
        connection.close()
