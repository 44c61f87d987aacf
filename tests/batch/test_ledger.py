"""The ledger by itself: durable before it answers, in order, on a fast disk and on a slow one."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from penstock.batch.ledger import INTENT, Ledger
from penstock.batch.lines import count_states, read_facts, read_lines
from penstock.clock import SystemClock
from penstock.errors import DiskFull, LedgerDamaged, StoreError
from penstock.model import Outcome


def intent(line: int, *, attempts: int = 1, generation: int = 0, at: float = 1000.0) -> tuple[Any, ...]:
    return (line, f"k{line}", line, 1, generation, b"h", '{"n": 1}', attempts, b"r", at, at)


async def write(ledger: Ledger, *lines: tuple[Any, ...]) -> None:
    futures = []
    for line in lines:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ledger.write((INTENT, line, future))
        futures.append(future)
    await asyncio.gather(*futures)


def opened(path: Path, clock: Any = None) -> Ledger:
    return Ledger(path, asyncio.get_running_loop(), clock or SystemClock())


def test_an_intent_is_on_the_disk_when_it_answers(tmp_path: Path) -> None:
    """Another connection sees the intent the moment the future ends, and every commit is synchronous=FULL."""

    async def main() -> None:
        ledger = opened(tmp_path / "a.ledger")
        await write(ledger, intent(1), intent(2))
        assert [(line.key, line.state) for line in read_lines(tmp_path / "a.ledger")] == [
            ("k1", "sent"),
            ("k2", "sent"),
        ]
        assert await ledger.ask(lambda c: c.execute("PRAGMA synchronous").fetchone()[0]) == 2
        assert await ledger.ask(lambda c: c.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"
        await ledger.aclose()

    asyncio.run(main())


def test_many_rows_share_few_transactions(tmp_path: Path) -> None:
    """A hundred intents of one turn are one transaction, a lone one is not kept waiting for company."""

    async def main() -> None:
        ledger = opened(tmp_path / "a.ledger")
        written: list[int] = []
        inner = ledger._write
        ledger._write = lambda groups: (written.append(sum(map(len, groups.values()))), inner(groups))[1]  # type: ignore[method-assign]
        await write(ledger, *(intent(n) for n in range(1, 101)))
        await write(ledger, intent(200))
        assert written == [100, 1]
        await ledger.aclose()

    asyncio.run(main())


def test_a_line_lives_as_the_states_allow(tmp_path: Path) -> None:
    """Refused, sent again under a new key, done: attempts, first sending and response are what they were."""

    async def main() -> None:
        ledger = opened(tmp_path / "a.ledger")
        await write(ledger, intent(1, at=1000.0))
        ledger.refused(1)
        await write(ledger, intent(1, attempts=2, at=1010.0))
        await ledger.flush()
        (line,) = read_lines(ledger.path)
        assert (line.state, line.attempts, line.first_at, line.sent_at) == ("sent", 2, 1000.0, 1010.0)
        await write(ledger, intent(1, attempts=3, generation=1, at=2000.0))
        ledger.outcome(1, Outcome("done", 3, 0.5, response='{"id": 7}', http_status=200))
        ledger.refused(1)  # comes too late: what is done stays done
        ledger.set_facts(total=1, name="a")
        await ledger.flush()
        (line,) = read_lines(ledger.path)
        assert (line.state, line.first_at, line.response) == ("done", 2000.0, '{"id": 7}')
        assert count_states(ledger.path) == {"done": 1} and read_facts(ledger.path) == {
            "total": 1,
            "name": "a",
        }
        await ledger.aclose()

    asyncio.run(main())


class SlowDiskClock:
    """Make every transaction look as if it took a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now

    def wall(self) -> float:
        return 1000.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


def test_a_slow_disk_does_not_hold_the_loop(tmp_path: Path) -> None:
    """When flushes prove slow they go to a thread; nothing is lost or reordered by the change."""

    async def main() -> None:
        ledger = opened(tmp_path / "a.ledger", SlowDiskClock())
        threads: set[str] = set()
        inner = ledger._write

        def watched(groups: Any) -> None:
            threads.add(threading.current_thread().name)
            inner(groups)

        ledger._write = watched  # type: ignore[method-assign]
        for start in range(1, 200, 20):
            await write(ledger, *(intent(n) for n in range(start, start + 20)))
            for n in range(start, start + 20):
                ledger.outcome(n, Outcome("done", 1, 0.1))
        await ledger.flush()
        assert len(threads) == 2 and any("penstock-ledger" in name for name in threads)
        assert count_states(ledger.path) == {"done": 200}
        await ledger.aclose()

    asyncio.run(main())


def test_a_full_disk_fails_intents_and_keeps_outcomes(tmp_path: Path) -> None:
    """With no room an intent is refused, an outcome is kept in mind and written when there is room again."""

    async def main() -> None:
        ledger = opened(tmp_path / "a.ledger")
        await write(ledger, intent(1))
        inner = ledger._write

        def full(groups: Any) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        ledger._write = full  # type: ignore[method-assign]
        ledger.outcome(1, Outcome("done", 1, 0.1))
        with pytest.raises(DiskFull):
            await write(ledger, intent(2))
        with pytest.raises(DiskFull):
            await ledger.flush()
        ledger._write = inner  # type: ignore[method-assign]
        await ledger.flush()
        assert [(line.key, line.state) for line in read_lines(ledger.path)] == [("k1", "done")]
        await ledger.aclose()

    asyncio.run(main())


def test_a_really_full_disk_is_told_as_such(tmp_path: Path) -> None:
    """SQLite's own "database or disk is full" becomes DiskFull with the path."""

    async def main() -> None:
        ledger = opened(tmp_path / "a.ledger")
        await ledger.ask(lambda c: c.execute("PRAGMA max_page_count = 6").fetchone())
        with pytest.raises(DiskFull, match=r"a\.ledger"):
            for n in range(1, 200):
                await write(ledger, (n, f"k{n}", n, 1, 0, b"h", "x" * 2000, 1, b"r", 1.0, 1.0))
        await ledger.aclose()

    asyncio.run(main())


@pytest.mark.parametrize(
    "damage", [b"not a database at all, not even nearly so" * 100, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: bytes) -> None:
    """A file that is no whole database is LedgerDamaged, with its path and the way to recover."""
    path = tmp_path / "a.ledger"
    path.write_bytes(damage)

    async def main() -> None:
        with pytest.raises(LedgerDamaged) as caught:
            opened(path)
        assert str(path) in str(caught.value) and "recover" in str(caught.value)

    asyncio.run(main())


def test_a_ledger_of_a_newer_penstock_is_refused(tmp_path: Path) -> None:
    """A format this Penstock does not know is not touched."""
    path = tmp_path / "a.ledger"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()

    async def main() -> None:
        with pytest.raises(StoreError, match="newer"):
            opened(path)

    asyncio.run(main())
