"""Real processes that share one account through a file, judged by what each wrote down as it sent."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from send_log import fullest, most_over_line

from penstock.clock import SystemClock
from penstock.errors import StoreError
from penstock.ratelimit.lease import LeaseStore
from penstock.ratelimit.limit import Charge, Limit
from penstock.ratelimit.queue import Limiter, WaitTooLong
from penstock.ratelimit.shares import Ask
from penstock.testing import FakeClock

CHILD = Path(__file__).with_name("lease_child.py")
# The log is written a moment after the limiter let the call go; on a busy machine that moment varies.
JITTER_S = 0.02

Spec = list[tuple[float, float | None, float | None, float]]


class Family:
    """Some processes that share an account, or do not."""

    def __init__(self, folder: Path, limits: Spec, *, is_shared: bool = True) -> None:
        self._folder, self._limits = folder, limits
        self._database = str(folder / "limits.db") if is_shared else "-"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, count: int, seconds: float, *, workers: int = 10) -> None:
        start_at = time.time() + 1.2
        for _ in range(count):
            log = self._folder / f"{len(self.processes)}.log"
            arguments = [
                self._database,
                str(seconds),
                str(workers),
                json.dumps(self._limits),
                str(start_at),
                str(log),
            ]
            self.processes.append(subprocess.Popen([sys.executable, str(CHILD), *arguments]))

    def finish(self) -> None:
        for process in self.processes:
            assert process.wait(60) in (0, -9)

    def sends(self) -> list[list[tuple[float, float]]]:
        """Return (began, ended) of every call of every process."""
        return [
            [
                tuple(map(float, line.split()))
                for line in path.read_text().splitlines()
                if line.count(" ") == 1
            ]  # type: ignore[misc]
            for path in sorted(self._folder.glob("*.log"))
        ]

    def log(self) -> list[tuple[float, float]]:
        return [(began, 1.0) for one in self.sends() for began, _ in one]


def test_two_processes_share_one_window(tmp_path: Path) -> None:
    """Two processes of ten workers stay within 40 a second together, use 90 % of it, and each gets a fair part."""
    family = Family(tmp_path, [(40, 1.0, None, 1.0)])
    family.start(2, 4.0)
    family.finish()
    assert fullest(family.log(), 1.0 - JITTER_S) <= 40
    assert len(family.log()) >= 0.9 * 160
    assert min(map(len, family.sends())) >= 40


def test_control_without_the_store_they_exceed_it(tmp_path: Path) -> None:
    """The same two processes without the file send nearly twice what one second allows."""
    family = Family(tmp_path, [(40, 1.0, None, 1.0)], is_shared=False)
    family.start(2, 3.0)
    family.finish()
    assert fullest(family.log(), 1.0 - JITTER_S) > 60


def test_two_processes_share_stacked_budgets(tmp_path: Path) -> None:
    """A second's window, a leaky bucket and a longer window hold at once for two processes together."""
    family = Family(tmp_path, [(40, 1.0, None, 1.0), (30, 1.0, 10, 1.0), (75, 2.0, None, 1.0)])
    family.start(2, 4.0)
    family.finish()
    log = family.log()
    assert fullest(log, 1.0 - JITTER_S) <= 40
    assert fullest(log, 2.0 - JITTER_S) <= 75
    assert most_over_line(log, 30.0) <= 10 + 30 * JITTER_S
    assert len(log) >= 0.9 * 120


def test_two_processes_share_calls_at_once(tmp_path: Path) -> None:
    """Three at once are three for both processes together, and both get their turns."""
    family = Family(tmp_path, [(3, None, None, 1.0)])
    family.start(2, 3.0)
    family.finish()
    marks = sorted(
        (at, change)
        for one in family.sends()
        for call in one
        for at, change in zip(call, (1, -1), strict=True)
    )
    inside = most = 0
    for _, change in marks:
        inside += change
        most = max(most, inside)
    assert most <= 3
    assert min(map(len, family.sends())) >= 20


def test_one_process_alone_gets_the_whole_rate(tmp_path: Path) -> None:
    """Sharing with nobody costs less than 4 % of 100 a second, though a slice is only 50 ms worth."""
    family = Family(tmp_path, [(100, 1.0, None, 1.0)])
    family.start(1, 4.0)
    family.finish()
    assert len(family.log()) >= 0.96 * 400
    assert fullest(family.log(), 1.0 - JITTER_S) <= 100


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells whose process is dead; elsewhere slots expire"
)
def test_what_a_killed_process_held_comes_back(tmp_path: Path) -> None:
    """After kill -9 the survivor has the slots and the rate again, and no window was exceeded meanwhile."""
    family = Family(tmp_path, [(40, 1.0, None, 1.0), (2, None, None, 1.0)])
    family.start(2, 6.0)
    time.sleep(3.0)
    family.processes[0].kill()
    killed_at = time.time()
    family.finish()
    later = [began for began, _ in family.sends()[1] if began > killed_at + 1.5]
    assert fullest(family.log(), 1.0 - JITTER_S) <= 40
    assert later and len(later) >= 0.8 * 40 * (max(later) - min(later))


# In one process, where the details can be seen


def charges(*limits: Limit) -> tuple[Charge, ...]:
    return tuple(Charge(str(number), limit) for number, limit in enumerate(limits))


def test_a_days_quota_survives_a_restart(tmp_path: Path) -> None:
    """3 of 5 a day used, the file closed and opened by another process: 2 are left, and the sixth has to wait."""

    async def use(count: int) -> float | None:
        clock = SystemClock()
        store = LeaseStore(tmp_path / "limits.db", clock)
        limiter = Limiter(clock, leases=store, name="acct")
        daily = charges(Limit(5, per=86_400.0))
        for _ in range(count):
            await asyncio.wait_for(limiter.acquire(daily), 5)
        waiting = asyncio.create_task(limiter.acquire(daily))
        await asyncio.sleep(0.3)
        next_in_s = limiter.next_in_s
        if waiting.done():
            next_in_s = None
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        store.close()
        return next_in_s

    asyncio.run(use(2))  # and one more that was let go while it was looked at
    wait_s = asyncio.run(use(2))
    assert wait_s is not None and wait_s == pytest.approx(86_400, abs=120)


def test_what_is_not_used_goes_back(tmp_path: Path) -> None:
    """A process that used 4 of 100 and fell silent leaves 96 to the others within half a second."""

    async def play() -> float:
        clock = SystemClock()
        store = LeaseStore(tmp_path / "limits.db", clock)
        limiter = Limiter(clock, leases=store, name="acct")
        hourly = charges(Limit(100, per=3600.0))
        await asyncio.gather(*(limiter.acquire(hourly) for _ in range(4)))
        await asyncio.sleep(0.8)
        other = LeaseStore(tmp_path / "limits.db", clock)
        free = other.exchange_now("other", [Ask("acct/0/window 3600 requests", "window", 100, 3600.0)])[
            0
        ].free
        store.close()
        other.close()
        return free

    assert asyncio.run(play()) == 96


def test_one_kernel_throttled_stops_the_other(tmp_path: Path) -> None:
    """close_until in one limiter holds the other's calls back, of the budget named and of the whole account."""

    async def play(is_whole_account: bool) -> float:
        clock = SystemClock()
        stores = [LeaseStore(tmp_path / f"{is_whole_account}.db", clock) for _ in range(2)]
        first, second = (Limiter(clock, leases=store, name="acct") for store in stores)
        limit = charges(Limit(1000, per=60.0))
        await first.acquire(limit)
        await second.acquire(limit)
        await asyncio.sleep(0.5)  # nothing is in hand any more
        first.close_until(clock.monotonic() + 1.0, None if is_whole_account else limit)
        await asyncio.sleep(0.1)
        waited_s = await asyncio.wait_for(second.acquire(limit), 10)
        for store in stores:
            store.close()
        return waited_s

    for is_whole_account in (False, True):
        assert asyncio.run(play(is_whole_account)) >= 0.5


def test_closing_while_an_exchange_is_under_way_is_told_all_the_same(tmp_path: Path) -> None:
    """Closed in the very moment another exchange is out, the account is closed for the other limiter too."""

    async def play() -> None:
        clock = SystemClock()
        stores = [LeaseStore(tmp_path / "limits.db", clock) for _ in range(2)]
        first, second = (Limiter(clock, leases=store, name="acct") for store in stores)
        limit = charges(Limit(1000, per=60.0))
        call = asyncio.create_task(first.acquire(limit))
        await asyncio.sleep(0)
        first.close_until(clock.monotonic() + 60.0)
        await asyncio.sleep(0.3)
        with pytest.raises(WaitTooLong):
            await second.acquire(limit, patience_s=1.0)
            await second.acquire(limit, patience_s=1.0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        for store in stores:
            store.close()

    asyncio.run(play())


def test_closing_the_file_waits_for_an_exchange_and_for_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Closed at any moment of an exchange, the store neither hangs nor complains."""

    async def play(turns: int) -> None:
        clock = SystemClock()
        store = LeaseStore(tmp_path / f"{turns}.db", clock)
        call = asyncio.create_task(
            Limiter(clock, leases=store, name="acct").acquire(charges(Limit(5, per=1.0)))
        )
        for _ in range(turns % 5):
            await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.to_thread(store.close), 10)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    for turns in range(25):
        asyncio.run(play(turns))
    assert not caplog.records


def test_accounts_do_not_share(tmp_path: Path) -> None:
    """Another account's quota in the same file is its own."""

    async def play() -> None:
        clock = SystemClock()
        store = LeaseStore(tmp_path / "limits.db", clock)
        limit = charges(Limit(1, per=3600.0))
        for name in ("a", "b"):
            await asyncio.wait_for(Limiter(clock, leases=store, name=name).acquire(limit), 5)
        store.close()

    asyncio.run(play())


def test_a_store_that_fails_is_said_once_and_work_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the disk full in the middle, calls go on within the limit of this process, and one warning says so."""

    async def play() -> list[float]:
        clock = FakeClock(autojump=0.02)
        store = LeaseStore(tmp_path / "limits.db", clock)
        limiter = Limiter(clock, leases=store, name="acct")
        limit = charges(Limit(10, per=60.0), Limit(3, per=None))
        sends: list[float] = []

        async def call() -> None:
            await limiter.acquire(limit)
            sends.append(clock.monotonic())
            limiter.release(limit)

        await asyncio.gather(*(call() for _ in range(4)))

        def full(owner: str, asks: object) -> None:
            raise StoreError(os.strerror(errno.ENOSPC))

        monkeypatch.setattr(store, "exchange_now", full)
        await asyncio.wait_for(asyncio.gather(*(call() for _ in range(20))), 20)
        other = Limiter(clock, leases=store, name="another")
        assert await asyncio.wait_for(other.acquire(limit), 5) == 0.0
        store.close()
        return sends

    with caplog.at_level(logging.WARNING, logger="penstock.ratelimit"):
        sends = asyncio.run(play())
    assert len(sends) == 24
    assert fullest([(at, 1.0) for at in sends], 60.0) <= 10
    assert [record.getMessage().count("No space left") for record in caplog.records] == [1]


def test_a_file_locked_for_long_does_not_stop_the_loop(tmp_path: Path) -> None:
    """While another process holds the file, the event loop turns on, for any account; afterwards the calls go."""

    async def play() -> int:
        clock = SystemClock()
        store = LeaseStore(tmp_path / "limits.db", clock)
        limiter = Limiter(clock, leases=store, name="acct")
        other = sqlite3.connect(tmp_path / "limits.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        limit = charges(Limit(10, per=1.0))
        call = asyncio.create_task(limiter.acquire(limit))
        await asyncio.sleep(0.01)
        second = asyncio.create_task(Limiter(clock, leases=store, name="another").acquire(limit))
        turns = 0
        while turns < 30:
            await asyncio.sleep(0.01)
            turns += 1
        assert not call.done() and not second.done()
        other.execute("ROLLBACK")
        other.close()
        await asyncio.wait_for(asyncio.gather(call, second), 5)
        store.close()
        return turns

    assert asyncio.run(play()) == 30


def test_a_damaged_entry_is_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read of one limit is said and forgotten; the call goes."""
    clock = SystemClock()
    ask = Ask("acct/0", "window", 10, 60.0, must=1.0, want=1.0)
    store = LeaseStore(tmp_path / "limits.db", clock)
    store.exchange_now("a", [ask])
    store.close()
    with sqlite3.connect(tmp_path / "limits.db") as connection:
        connection.execute("UPDATE budgets SET numbers = x'00', rest = '{'")
    store = LeaseStore(tmp_path / "limits.db", clock)
    with caplog.at_level(logging.WARNING, logger="penstock.ratelimit"):
        assert store.exchange_now("a", [ask])[0].pieces
    assert "begins anew" in caplog.text
    store.close()


def test_a_folder_that_cannot_be_written_is_said_when_opening(tmp_path: Path) -> None:
    """A file in place of the folder is an error of ours with the path in it, not SQLite's."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        LeaseStore(tmp_path / "file" / "limits.db", SystemClock())
