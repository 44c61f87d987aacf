from __future__ import annotations

import errno
import os
import sqlite3
import stat
import sys
import threading
from pathlib import Path

import pytest

from penstock import store
from penstock.errors import DiskFull, LedgerDamaged, PenstockError, StoreError
from penstock.store import disk_kind, open_sqlite, translate

SCRIPTS = (
    "CREATE TABLE rows (key TEXT PRIMARY KEY)",
    "ALTER TABLE rows ADD COLUMN note TEXT; CREATE TABLE more (x)",
)

needs_proc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux's /proc")


def test_a_new_database_is_private_and_durable(tmp_path: Path) -> None:
    """A file is made with mode 0600 in folders of 0700, in WAL mode, with durable commits."""
    path = tmp_path / "home" / "runs" / "july.db"
    connection = open_sqlite(path, SCRIPTS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


def test_a_database_that_need_not_be_durable_cannot_be_damaged_either(tmp_path: Path) -> None:
    """durable=False is synchronous=NORMAL: a power cut leaves the file intact, which OFF does not promise."""
    connection = open_sqlite(tmp_path / "a.db", SCRIPTS, durable=False)
    assert connection.execute("PRAGMA synchronous").fetchone() == (1,)
    connection.close()


def test_migrations_run_once_and_only_those_that_are_missing(tmp_path: Path) -> None:
    """An older file is brought up to date with its rows kept; opening again changes nothing."""
    path = tmp_path / "a.db"
    old = open_sqlite(path, SCRIPTS[:1])
    old.execute("INSERT INTO rows VALUES ('C-1')")
    old.close()
    for _ in range(2):
        connection = open_sqlite(path, SCRIPTS)
        assert connection.execute("SELECT * FROM rows").fetchall() == [("C-1", None)]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        connection.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """When a statement of a migration fails, none of its statements has happened."""
    path = tmp_path / "a.db"
    open_sqlite(path, SCRIPTS[:1]).close()
    with pytest.raises(StoreError, match=r"a\.db"):
        open_sqlite(path, (SCRIPTS[0], "CREATE TABLE fresh (x); CREATE TABLE rows (y)"))
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("rows",)]
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


def test_many_threads_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    """Of eight who open a new file together, each gets it migrated, and no migration runs twice."""
    path, failures, ready = tmp_path / "a.db", [], threading.Barrier(8)

    def take_part() -> None:
        ready.wait(10)
        try:
            open_sqlite(path, SCRIPTS).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=take_part) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert open_sqlite(path, SCRIPTS).execute("PRAGMA user_version").fetchone() == (2,)


def test_a_newer_format_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """A file of a later Penstock is not touched; the error says to upgrade."""
    path = tmp_path / "a.db"
    open_sqlite(path, SCRIPTS).close()
    before = path.read_bytes()
    with pytest.raises(
        StoreError, match=r"newer Penstock.*format 2, this one reads 1.*pip install -U penstock"
    ):
        open_sqlite(path, SCRIPTS[:1])
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"this is no database at all, but it is long enough" * 40, b"\0" * 8192])
def test_a_damaged_file_is_refused_with_its_path_and_a_way_to_recover(tmp_path: Path, damage: bytes) -> None:
    """A file that is no database is LedgerDamaged, names the path and the recovery, and stays as it is."""
    path = tmp_path / "a.db"
    path.write_bytes(damage)
    with pytest.raises(LedgerDamaged, match=r"a\.db is damaged.*\.recover") as caught:
        open_sqlite(path, SCRIPTS)
    assert "move the file away" in (caught.value.hint or "")
    assert path.read_bytes()[: len(damage)] == damage


def test_a_full_disk_is_said_so(tmp_path: Path) -> None:
    """When SQLite finds no more room, the error is DiskFull with the path and what to do."""
    path = tmp_path / "a.db"
    connection = open_sqlite(path, SCRIPTS)
    connection.execute("PRAGMA max_page_count=8")  # SQLite then reports what it reports on a full disk
    with pytest.raises(sqlite3.Error) as caught:
        connection.executemany("INSERT INTO rows VALUES (?, ?)", ((str(n), "x" * 900) for n in range(100)))
    connection.close()
    error = translate(caught.value, path)
    assert isinstance(error, DiskFull)
    assert str(path) in str(error) and "Make room" in str(error)


def test_the_systems_own_word_for_a_full_disk_is_understood(tmp_path: Path) -> None:
    """ENOSPC, a quota and a read-only disk are DiskFull, each in words."""
    for code, words in (
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota is used up"),
        (errno.EROFS, "read-only"),
    ):
        error = translate(OSError(code, os.strerror(code)), tmp_path / "a.db")
        assert isinstance(error, DiskFull) and words in str(error)


@needs_proc
def test_a_folder_that_cannot_be_written_is_our_error() -> None:
    """Where no file can be made (/proc: root cannot either), the error is ours, DiskFull."""
    for path in (Path("/proc/penstock.db"), Path("/proc/penstock/runs/july.db")):
        with pytest.raises(DiskFull, match=f"{path} cannot be written.*PENSTOCK_HOME"):
            open_sqlite(path, SCRIPTS)


def test_a_file_in_the_place_of_a_folder_is_our_error(tmp_path: Path) -> None:
    """A home whose folder is a file gives an error with the path."""
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match="july"):
        open_sqlite(tmp_path / "home" / "july.db", SCRIPTS)


def test_a_database_that_became_read_only_is_said_so(tmp_path: Path) -> None:
    """SQLite's word for a file that may only be read becomes DiskFull with the path."""
    path = tmp_path / "a.db"
    open_sqlite(path, SCRIPTS).close()
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with pytest.raises(sqlite3.Error) as caught:
        reader.execute("INSERT INTO rows VALUES ('x', '')")
    reader.close()
    assert isinstance(translate(caught.value, path), DiskFull)


def test_a_locked_database_says_that_another_process_has_it(tmp_path: Path) -> None:
    """SQLite's busy becomes a StoreError that says so, and is neither damage nor a full disk."""
    path = tmp_path / "a.db"
    holder = open_sqlite(path, SCRIPTS)
    holder.execute("BEGIN IMMEDIATE")
    other = sqlite3.connect(path, timeout=0)
    with pytest.raises(sqlite3.Error) as caught:
        other.execute("BEGIN IMMEDIATE")
    error = translate(caught.value, path)
    assert type(error) is StoreError and "in use by another process" in str(error)
    holder.close()
    other.close()


def test_any_other_failure_keeps_its_words_and_gets_the_path(tmp_path: Path) -> None:
    """What has no sentence of its own is still one of our errors."""
    error = translate(sqlite3.OperationalError("near FROM: syntax error"), tmp_path / "a.db")
    assert isinstance(error, PenstockError) and "a.db" in str(error) and "syntax error" in str(error)


def test_on_a_network_disk_there_is_no_wal_and_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On NFS the journal is a rollback journal, still durable, and the person is told which disk and why."""
    monkeypatch.setattr(store, "disk_kind", lambda path: "nfs4")
    with pytest.warns(UserWarning, match="network disk.*nfs4"):
        connection = open_sqlite(tmp_path / "a.db", SCRIPTS)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


@needs_proc
def test_the_kind_of_disk_is_that_of_the_nearest_mount() -> None:
    """disk_kind tells the file system of a path, also of one that does not exist yet."""
    assert disk_kind(Path("/proc/self/status")) == "proc"
    assert disk_kind(Path("/proc/no/such/thing")) == "proc"
    assert disk_kind(Path("/")) not in ("", "proc")
