"""The SQLite file through which the processes of one machine share their budgets. The arithmetic is in shares.py.

One transaction reads, decides and writes; it runs on a thread of its own, so the event loop never waits for it.
Nothing here must survive a power cut (durable=False), but everything survives the end of a process: a day's
quota that is spent stays spent after a restart.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from penstock.clock import Clock
from penstock.errors import StoreError
from penstock.ratelimit.owners import Process, is_alive, this_process
from penstock.ratelimit.shares import Answer, Ask, SharedBudget
from penstock.store import open_sqlite, translate

log = logging.getLogger("penstock.ratelimit")

BUSY_MS = 2000  # how long to wait for another process's transaction; they take less than one millisecond
SWEEP_EVERY = 2000  # exchanges between two looks for budgets nobody uses any more

_MIGRATIONS = (
    """
    CREATE TABLE budgets (
        key TEXT PRIMARY KEY, version INTEGER NOT NULL, numbers BLOB NOT NULL, rest TEXT NOT NULL, idle_at REAL NOT NULL
    );
    CREATE TABLE owners (name TEXT PRIMARY KEY, place TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL)
    """,
)


_SAVE = """
INSERT INTO budgets VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (key) DO UPDATE SET version = ?2, numbers = ?3, rest = ?4, idle_at = ?5
"""


class LeaseStore:
    """Lend slices of budgets to the processes that open the same file.

    Raises StoreError or DiskFull where the file cannot be opened; later failures are for the caller to survive.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = Path(path)
        self._clock = clock
        self._lock = threading.RLock()
        self._owners: dict[str, Callable[[], Sequence[Ask]]] = {}
        self._named: set[str] = set()
        self._cache: dict[str, tuple[int, SharedBudget]] = {}
        self._connection: sqlite3.Connection | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._pid = 0
        self._is_closing = False
        self._exchanges = 0
        self.failure: StoreError | None = None
        self._open()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._pid != os.getpid():
            # After a fork neither the parent's connection nor its thread may be used.
            self._connection = open_sqlite(self.path, _MIGRATIONS, durable=False)
            self._connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="penstock-leases")
            self._pid = os.getpid()
            self._cache.clear()
            self._named.clear()
        return self._connection

    def enroll(self, last_words: Callable[[], Sequence[Ask]]) -> str:
        """Return a name for a new owner; `last_words` gives what it has to report when the store is closed."""
        owner = uuid.uuid4().hex
        self._owners[owner] = last_words
        return owner

    async def exchange(self, owner: str, asks: Sequence[Ask]) -> list[Answer]:
        """Do `exchange_now` on the store's thread."""
        if self._executor is None or self._pid != os.getpid():
            with self._lock:  # never otherwise: a transaction may hold it for as long as the file is busy
                self._open()
        assert self._executor is not None
        return await asyncio.wrap_future(self._executor.submit(self.exchange_now, owner, asks))

    def exchange_now(self, owner: str, asks: Sequence[Ask]) -> list[Answer]:
        """Report and lend in one transaction, an answer for each ask. Raises StoreError."""
        owner = f"{owner}.{os.getpid()}"
        with self._lock:
            try:
                connection = self._open()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    answers = self._exchange(connection, owner, asks)
                    connection.execute("COMMIT")
                except BaseException:
                    self._cache.clear()
                    self._named.discard(owner)
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
                return answers
            except sqlite3.Error as exc:
                raise translate(exc, self.path) from exc

    def _exchange(self, connection: sqlite3.Connection, owner: str, asks: Sequence[Ask]) -> list[Answer]:
        # Read inside the transaction: the next one to get here, in any process, reads the same or a later time.
        wall = self._clock.wall()
        ahead = wall - self._clock.monotonic()
        if owner not in self._named:
            us = this_process()
            row = (owner, us.place, us.pid, us.started)
            connection.execute("INSERT OR REPLACE INTO owners VALUES (?, ?, ?, ?)", row)
            self._named.add(owner)
        known: dict[str, bool | None] = {}

        def look(other: str) -> bool | None:
            if other not in known:
                row = connection.execute(
                    "SELECT place, pid, started FROM owners WHERE name = ?", (other,)
                ).fetchone()
                known[other] = (
                    False if row is None else is_alive(Process(*row))
                )  # who leaves strikes itself out
            return known[other]

        answers = []
        for ask in asks:
            version, budget = self._load(connection, ask.key)
            answers.append(budget.exchange(ask, owner, wall=wall, ahead=ahead, is_alive=look))
            numbers, rest = budget.dump()
            connection.execute(
                _SAVE,
                (ask.key, version + 1, numbers, rest, budget.idle_at),
            )
            self._cache[ask.key] = (version + 1, budget)
        self._exchanges += 1
        if self._exchanges % SWEEP_EVERY == 1:
            self._sweep(connection, wall)
        return answers

    def _load(self, connection: sqlite3.Connection, key: str) -> tuple[int, SharedBudget]:
        row = connection.execute("SELECT version FROM budgets WHERE key = ?", (key,)).fetchone()
        if row is None:
            return 0, SharedBudget()
        cached = self._cache.get(key)
        if cached is not None and cached[0] == row[0]:
            return cached
        budget = SharedBudget()
        numbers, rest = connection.execute(
            "SELECT numbers, rest FROM budgets WHERE key = ?", (key,)
        ).fetchone()
        try:
            budget.load(numbers, rest)
        except (ValueError, TypeError):
            log.warning(
                "%s: what was remembered of the limit %s cannot be read; it begins anew.", self.path, key
            )
            budget = SharedBudget()
        return row[0], budget

    def _sweep(self, connection: sqlite3.Connection, wall: float) -> None:
        """Forget budgets of which nothing matters any more, and owners who are gone."""
        connection.execute("DELETE FROM budgets WHERE idle_at < ?", (wall - 60.0,))
        for name, *process in connection.execute("SELECT name, place, pid, started FROM owners").fetchall():
            if is_alive(Process(*process)) is False:
                connection.execute("DELETE FROM owners WHERE name = ?", (name,))
        self._cache = {key: kept for key, kept in self._cache.items() if kept[1].idle_at >= wall - 60.0}

    def fail(self, failure: StoreError) -> None:
        """Note that the file can no longer be used, and say so once."""
        if self.failure is None and not self._is_closing:
            self.failure = failure
            log.warning(
                "Limits are no longer shared with other processes on this machine, each keeps its own: %s",
                failure,
            )

    def close(self) -> None:
        """Report what was used, return what was lent, and close the file; harmless when already done."""
        executor = self._executor
        if executor is None or self._pid != os.getpid():
            return
        self._is_closing = True
        try:
            executor.shutdown(wait=True)  # without the lock, which an exchange still under way needs
            with self._lock:
                self._say_last_words()
        finally:
            self._is_closing = False

    def _say_last_words(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            for owner, last_words in list(self._owners.items()):
                if f"{owner}.{self._pid}" in self._named:
                    self.exchange_now(owner, last_words())
                    connection.execute("DELETE FROM owners WHERE name = ?", (f"{owner}.{self._pid}",))
        except (StoreError, sqlite3.Error):
            pass  # what was lent comes back by itself, a little later
        connection.close()
        self._connection = self._executor = None
