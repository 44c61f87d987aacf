from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crash_states import Operation, RecordingDisk, crash_states
from failing_disk import FailingDisk
from vaults import OTHER, PASSWORD, TOKEN, make_vault, open_bytes, reopen
from vaults import settings as vault_settings

from penstock.errors import DiskFull, VaultError
from penstock.testing import FakeClock
from penstock.vault.disk import Disk
from penstock.vault.vault import Vault


def write(folder: Path, disk: RecordingDisk) -> dict[str, bytes]:
    """Write one credential over another; return the folder before, the disk has the operations since."""
    vault = make_vault(folder, disk=disk)
    vault.put("github", "me", {"token": OTHER})
    before = {
        path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix != ".lock"
    }
    disk.operations.clear()
    vault.put("stripe", "acme", {"token": OTHER})
    return before


def crash(folder: Path, disk: RecordingDisk) -> tuple[Counter[str], Counter[str]]:
    """Return what power cuts leave of a write: by the vault's file, and by any generation of it."""
    return judge(write(folder, disk), disk.operations)


def judge(before: dict[str, bytes], operations: list[Operation]) -> tuple[Counter[str], Counter[str]]:
    seen, anywhere = Counter[str](), Counter[str]()
    for state in crash_states(before, operations):
        seen[read(state.get("test.vault"))] += 1
        kept = {read(content) for name, content in state.items() if name.startswith("test.vault")}
        anywhere["old or new" if kept & {"old", "new"} else "unreadable"] += 1
    return seen, anywhere


def read(content: bytes | None) -> str:
    if content is None:
        return "unreadable"
    try:
        _, found = open_bytes(content)
    except VaultError:
        return "unreadable"
    if found.keys() != {"stripe/acme", "github/me"} or found["github/me"]["token"] != OTHER:
        return "earlier"
    return "old" if found["stripe/acme"]["token"] == TOKEN else "new"


def test_a_power_cut_at_any_moment_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    """Of every state a disk may come back with, none is unreadable, and there is always the old file or the new one."""
    seen, anywhere = crash(tmp_path, RecordingDisk())
    assert set(seen) == {"old", "new"} and set(anywhere) == {"old or new"}
    assert seen["old"] >= 10 and seen["new"] >= 1


@pytest.mark.parametrize("is_honest", [True, False])
def test_a_write_that_returned_is_not_lost(tmp_path: Path, is_honest: bool) -> None:
    """Once a write has returned, every state is the new file; a disk that is not asked to flush (the control) may lose it."""
    disk = RecordingDisk(is_honest=is_honest)
    before = write(tmp_path, disk)
    flushed = max((n for n, op in enumerate(disk.operations, 1) if op == ("sync_folder",)), default=None)
    states = crash_states(before, disk.operations, flushed or len(disk.operations))
    assert ({read(state.get("test.vault")) for state in states} == {"new"}) is is_honest


def test_without_flushing_the_file_may_be_lost(tmp_path: Path) -> None:
    """The control: a disk that is not asked to flush comes back with unreadable files."""
    seen, _ = crash(tmp_path, RecordingDisk(is_honest=False))
    assert seen["unreadable"] >= 2


def test_writing_in_place_may_lose_everything(tmp_path: Path) -> None:
    """The control: a file that is cut and written again in its place is unreadable at times, with flushes too."""
    vault = make_vault(tmp_path)
    vault.put("github", "me", {"token": OTHER})
    before = vault.path.read_bytes()
    vault.put("stripe", "acme", {"token": OTHER})
    after = vault.path.read_bytes()
    in_place: list[Operation] = [
        ("truncate", -1),
        ("write", -1, after[:400]),
        ("write", -1, after[400:]),
        ("sync", -1),
    ]
    seen, _ = judge({"test.vault": before}, in_place)
    assert seen["unreadable"] >= 3
    assert seen["old"] == 1  # before anything was done


CHANGES: list[Callable[[Vault], Any]] = [
    lambda vault: vault.put("stripe", "acme", {"token": OTHER}),
    lambda vault: vault.remove("stripe", "acme"),
    lambda vault: vault.change_password(PASSWORD, OTHER),
    lambda vault: vault.rotate(password=PASSWORD),
]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("change", CHANGES)
def test_a_disk_that_fails_at_any_step_leaves_the_old_file(
    tmp_path: Path, code: int, change: Callable[[Vault], Any]
) -> None:
    """Whichever write, flush or rename fails, the error is DiskFull and the vault is as it was, whole and open."""
    disk = FailingDisk(code)
    vault = make_vault(tmp_path, disk=disk)
    before = vault.path.read_bytes()
    for number in range(1, 100):
        disk.left = number
        try:
            change(vault)
        except DiskFull as exc:
            assert "cannot be written" in str(exc)
        else:
            break
        assert vault.path.read_bytes() == before
        assert vault.get("stripe", "acme").fields["token"] == TOKEN
        assert reopen(tmp_path).get("github", "me")
        assert not list(tmp_path.glob(".test.vault*"))
    assert number > 12  # create, a write for each half, flush, link, rename, flush of the folder
    assert vault.path.read_bytes() != before


def test_a_vault_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    """When a new vault's first write fails at any step, no file is left in its place."""
    for number in range(1, 100):
        disk = FailingDisk(errno.ENOSPC)
        disk.left = number
        try:
            Vault.create(tmp_path / "new.vault", password=PASSWORD, **vault_settings(tmp_path, disk=disk))
        except DiskFull:
            assert {path.name for path in tmp_path.iterdir()} <= {"new.vault.lock"}
        else:
            break
    assert number > 8


class LinklessDisk(Disk):
    """A disk without hard links, as FAT is."""

    def link(self, path: Path, name: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("disk", [Disk(), LinklessDisk()])
def test_the_last_five_generations_are_kept(tmp_path: Path, disk: Disk) -> None:
    """After many writes there are the five generations before, each of which opens, with links or without."""
    vault = make_vault(tmp_path, disk=disk)
    written = []
    for number in range(9):
        written.append(vault.path.read_bytes())
        vault.put("stripe", "acme", {"token": OTHER}, {"label": str(number)})
    kept = sorted(tmp_path.glob("test.vault.g*"), reverse=True)
    assert [path.read_bytes() for path in kept] == written[:3:-1]
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*kept, vault.path]} == {0o600}
    assert all(open_bytes(path.read_bytes()) for path in kept)


def test_an_earlier_generation_can_be_put_back(tmp_path: Path) -> None:
    """A generation renamed into the vault's place opens with restore=True, and says so without it."""
    vault = make_vault(tmp_path)
    vault.put("stripe", "acme", {"token": OTHER})
    max(tmp_path.glob("test.vault.g*")).replace(vault.path)
    with pytest.raises(VaultError, match="restore=True"):
        reopen(tmp_path)
    assert reopen(tmp_path, restore=True).get("stripe", "acme").fields["token"] == TOKEN


def test_what_killed_writers_left_is_swept_after_an_hour(tmp_path: Path) -> None:
    """A writer removes temporary files of this vault older than an hour, and nothing else."""
    clock = FakeClock()
    vault = make_vault(tmp_path, clock=clock)
    ages = {
        ".test.vault.aa.tmp": 3700,
        ".test.vault.bb.tmp": 3500,
        ".other.vault.cc.tmp": 9000,
        ".test.vault.dd.tmp": -9000,
    }
    for name, age in ages.items():
        (tmp_path / name).write_bytes(b"left")
        os.utime(tmp_path / name, (clock.wall() - age,) * 2)
    vault.put("stripe", "acme", {"token": OTHER})
    assert {path.name for path in tmp_path.glob(".*.tmp")} == set(ages) - {".test.vault.aa.tmp"}


def test_a_clock_set_back_stops_nothing(tmp_path: Path) -> None:
    """With the clock ten years back a vault opens, is written and keeps its order: generations decide, not times."""
    make_vault(tmp_path, clock=FakeClock())
    earlier = FakeClock(wall=1_500_000_000.0)
    assert reopen(tmp_path, clock=earlier).put("stripe", "acme", {"token": OTHER}) == 4
    assert reopen(tmp_path, clock=FakeClock()).get("stripe", "acme").version == 4


def test_a_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    """A vault in a folder that is not there makes it, mode 0700, and the file 0600."""
    vault = Vault.create(tmp_path / "home" / "test.vault", password=PASSWORD, **vault_settings(tmp_path))
    assert stat.S_IMODE(vault.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600


def test_a_missing_vault_says_how_to_make_one(tmp_path: Path) -> None:
    """Where there is no file, the error names the path and what makes one."""
    with pytest.raises(VaultError, match=r"no vault at .*test\.vault.*create"):
        Vault.open(tmp_path / "test.vault")
