from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from penstock.errors import DiskFull, VaultBusy, VaultExposed
from penstock.vault.lock import hold_lock


def test_a_second_writer_waits_and_then_gives_up(tmp_path: Path) -> None:
    """While a lock is held another is VaultBusy after its pauses; afterwards it is to be had."""
    path = tmp_path / "a.lock"
    with hold_lock(path), pytest.raises(VaultBusy, match=r"a\.lock"), hold_lock(path, pauses_s=(0.0, 0.0)):
        raise AssertionError("held twice")
    with hold_lock(path, pauses_s=(0.0,)):
        pass


def test_an_error_inside_lets_go(tmp_path: Path) -> None:
    """A lock is let go however its block ends."""
    with pytest.raises(KeyError), hold_lock(tmp_path / "a.lock"):
        raise KeyError
    with hold_lock(tmp_path / "a.lock", pauses_s=(0.0,)):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
def test_a_lock_that_is_no_plain_file_of_ours_is_refused(tmp_path: Path) -> None:
    """A symbolic link or a FIFO in the lock's place is refused, not followed and not waited for."""
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "fifo", 0o600)
    for name in ("link", "fifo"):
        with pytest.raises(VaultExposed), hold_lock(tmp_path / name):
            raise AssertionError("held")
    assert not (tmp_path / "target").exists()


def test_a_folder_that_is_not_there_is_our_error(tmp_path: Path) -> None:
    """Where the lock cannot be made the error is DiskFull, with the path."""
    with pytest.raises(DiskFull, match=r"a\.lock"), hold_lock(tmp_path / "none" / "a.lock"):
        raise AssertionError("held")
