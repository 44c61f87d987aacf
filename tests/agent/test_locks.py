"""The lock of one account's refresh: whose it is, what its file says, and what it does not follow."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from token_service import names_in, run

from penstock.agent.locks import PATIENCE_S, NoJournal, refresh_lock
from penstock.errors import DiskFull, VaultBusy, VaultExposed
from penstock.testing import FakeClock

ME, OTHER = ("acme", "me"), ("acme", "other")


def lock_file(folder: Path) -> Path:
    """Return the only lock file there is."""
    (path,) = folder.glob("refresh-*.lock")
    return path


def test_one_account_is_locked_once_and_another_beside_it(tmp_path: Path) -> None:
    """While one holds an account's lock, a second waits for it and gets it afterwards; another account's is free."""

    async def work() -> None:
        clock = FakeClock(autojump=0.005)
        order: list[str] = []

        async def second() -> None:
            async with refresh_lock(tmp_path, *ME, clock):
                order.append("second")

        async with refresh_lock(tmp_path, *ME, clock):
            waiting = asyncio.ensure_future(second())
            async with refresh_lock(tmp_path, *OTHER, clock):
                order.append("other")
            await clock.sleep(5)
            order.append("first ends")
        await waiting
        assert order == ["other", "first ends", "second"]

    run(work())


def test_a_lock_held_for_too_long_is_said_to_be(tmp_path: Path) -> None:
    """After the patience is over, and not before, VaultBusy names the account."""

    async def work() -> None:
        clock = FakeClock(autojump=True)
        async with refresh_lock(tmp_path, *ME, clock):
            begun = clock.monotonic()
            with pytest.raises(VaultBusy, match="renewing this account's token") as caught:
                async with refresh_lock(tmp_path, *ME, clock):
                    raise AssertionError
            assert PATIENCE_S <= clock.monotonic() - begun < PATIENCE_S + 1
            assert (caught.value.integration, caught.value.account) == ME

    run(work())


def test_a_lock_ends_with_an_error_inside_it(tmp_path: Path) -> None:
    """An exception within frees the lock, and what was noted stays for the next owner."""

    async def work() -> None:
        clock = FakeClock()
        with pytest.raises(ZeroDivisionError):
            async with refresh_lock(tmp_path, *ME, clock) as journal:
                assert journal.begun() is None
                journal.begin(7, 1000.5)
                raise ZeroDivisionError
        async with refresh_lock(tmp_path, *ME, clock) as journal:
            assert journal.begun() == {"serial": 7, "at": 1000.5, "pid": os.getpid()}
            journal.end()
            assert journal.begun() is None

    run(work())


def test_a_longer_note_before_leaves_nothing_behind(tmp_path: Path) -> None:
    """A note written over a longer one reads as itself alone."""

    async def work() -> None:
        async with refresh_lock(tmp_path, *ME, FakeClock()) as journal:
            journal.begin(123_456_789, 1234567890.123)
            journal.begin(1, 2.0)
            found = journal.begun()
            assert found is not None and (found["serial"], found["at"]) == (1, 2.0)

    run(work())


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'{"serial": "1"}', b"\xff\xfe", b"[" * 4000, b'{"at": 1}', b"0" * 9000],
)
def test_a_note_that_is_none_says_nothing(tmp_path: Path, text: bytes) -> None:
    """Whatever stands in the file, it never raises, and only a serial counts."""

    async def work() -> None:
        async with refresh_lock(tmp_path, *ME, FakeClock()):
            pass
        lock_file(tmp_path).write_bytes(text)
        async with refresh_lock(tmp_path, *ME, FakeClock()) as journal:
            assert journal.begun() is None

    run(work())


def test_the_file_is_ours_alone_and_names_nobody(tmp_path: Path) -> None:
    """Its mode is 0600, its name does not say whose account it is; opened to others, or a link, it is refused."""

    async def work() -> None:
        async with refresh_lock(tmp_path, *ME, FakeClock()):
            path = lock_file(tmp_path)
            assert path.stat().st_mode & 0o777 == 0o600
            assert "acme" not in path.name and "me" not in path.stem
        path.chmod(0o644)
        with pytest.raises(VaultExposed):
            async with refresh_lock(tmp_path, *ME, FakeClock()):
                raise AssertionError
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(VaultExposed):
            async with refresh_lock(tmp_path, *ME, FakeClock()):
                raise AssertionError
        assert not (tmp_path / "elsewhere").exists()

    run(work())


def test_two_names_that_join_alike_have_two_locks(tmp_path: Path) -> None:
    """("ab", "c") and ("a", "bc") do not share a lock: both are held at once."""

    async def work() -> None:
        clock = FakeClock()
        async with refresh_lock(tmp_path, "ab", "c", clock), refresh_lock(tmp_path, "a", "bc", clock):
            assert len(names_in(tmp_path)) == 2

    run(work())


def test_a_note_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the note does not reach the disk, begin raises DiskFull: nobody asks a service on a note that is not there."""

    async def work() -> None:
        async with refresh_lock(tmp_path, *ME, FakeClock()) as journal:

            def fail(descriptor: int) -> None:
                raise OSError(28, "No space left on device")

            monkeypatch.setattr(os, "fsync", fail)
            with pytest.raises(DiskFull):
                journal.begin(1, 2.0)

    run(work())


def test_what_is_renewed_in_memory_alone_leaves_no_note(tmp_path: Path) -> None:
    """NoJournal takes what a Journal takes, and says that nobody was here."""
    journal = NoJournal()
    journal.begin(1, 2.0)
    assert journal.begun() is None
    journal.end()
    assert list(tmp_path.iterdir()) == []
