"""A workbench whose vault's file or folder is not as it should be: refused whole, with what to do, and nothing is lost."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from failing_disk import FailingDisk
from vaults import OTHER, PASSWORD
from workbench_vaults import bench_at, open_bench

import penstock as ps
from penstock.errors import (
    DiskFull,
    PenstockError,
    StoreError,
    VaultDamaged,
    VaultError,
    VaultExposed,
)
from penstock.redact import Secret
from penstock.vault import ways
from penstock.vault.kdf import derive_from_password

KEY = Secret("sk_test_of_a_workbench_123")
posix = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes")
root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a file to another user"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a vault with one account, closed."""
    with open_bench(tmp_path) as bench:
        bench.vault().add("stripe", "acme", token=KEY)
        return Path(bench.vault().status().path)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ps.Workbench]:
    with bench_at(tmp_path) as bench:
        yield bench


def refusal(bench: ps.Workbench, kind: type[PenstockError]) -> str:
    """Return what unlocking says, which must be of this kind, with what to do and without the password or a key."""
    with pytest.raises(kind) as caught:
        bench.vault().unlock(PASSWORD)
    said = str(caught.value)
    assert caught.value.hint and PASSWORD.reveal() not in said and KEY.reveal() not in said
    assert bench.vault().is_locked
    return said


# ---- the file ----------------------------------------------------------------------------------------------------


def test_a_sound_file_opens(bench: ps.Workbench, path: Path) -> None:
    """The control of this file: untouched, it opens and has the account."""
    bench.vault().unlock(PASSWORD)
    assert [one.account for one in bench.vault().list_accounts()] == ["acme"]


@pytest.mark.parametrize("change", ["empty", "cut", "one bit", "something else", "longer"])
def test_a_damaged_file_is_refused_and_left_as_it_is(bench: ps.Workbench, path: Path, change: str) -> None:
    """Whatever was done to its bytes: VaultDamaged with the way to an earlier one, and the bytes stay for whoever mends it."""
    raw = path.read_bytes()
    changed = {
        "empty": b"",
        "cut": raw[: len(raw) // 2],
        "one bit": raw[:-40] + bytes([raw[-40] ^ 1]) + raw[-39:],
        "something else": b"hello" * 100,
        "longer": raw + b"\0",
    }[change]
    path.write_bytes(changed)
    refusal(bench, VaultDamaged)
    assert path.read_bytes() == changed
    path.write_bytes(raw)
    bench.vault().unlock(PASSWORD)


def test_a_vault_of_a_newer_version_says_to_upgrade(bench: ps.Workbench, path: Path) -> None:
    """A format this version does not read is no damage: the advice is to upgrade, and nothing is written."""
    raw = path.read_bytes()
    newer = raw[:8] + (int.from_bytes(raw[8:10], "big") + 1).to_bytes(2, "big") + raw[10:]
    path.write_bytes(newer)
    assert "newer Penstock" in refusal(bench, VaultError)
    assert path.read_bytes() == newer


@posix
def test_a_file_others_can_read_is_refused(bench: ps.Workbench, path: Path) -> None:
    """Readable by a group or by all it is VaultExposed, with the chmod and the advice to rotate."""
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        assert "chmod 600" in refusal(bench, VaultExposed)
    path.chmod(0o600)
    bench.vault().unlock(PASSWORD)


@posix
def test_a_link_in_its_place_is_not_followed(bench: ps.Workbench, path: Path) -> None:
    """A symbolic link is refused although what it points to is sound; so are a folder and a pipe, without waiting."""
    there = path.with_name("elsewhere")
    path.rename(there)
    path.symlink_to(there)
    assert "symbolic link" in refusal(bench, VaultExposed)
    path.unlink()
    os.mkfifo(path, 0o600)
    refusal(bench, VaultExposed)
    path.unlink()
    path.mkdir()
    refusal(bench, VaultError)
    path.rmdir()
    there.rename(path)
    bench.vault().unlock(PASSWORD)


@root
def test_a_file_of_another_user_is_refused(bench: ps.Workbench, path: Path) -> None:
    """Somebody else's file is refused even where it could be read: its owner chose what is in it."""
    os.chown(path, 65534, 65534)
    assert "belongs to another user" in refusal(bench, VaultExposed)
    os.chown(path, os.geteuid(), os.getegid())
    bench.vault().unlock(PASSWORD)


# ---- passwords that are wrong ------------------------------------------------------------------------------------


def test_a_damaged_slot_tells_a_guesser_nothing(
    bench: ps.Workbench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password is answered with the same words after the same one derivation whether the slot is sound or damaged;
    where the right one no longer fits it is the same again, or VaultDamaged, which only who knows it can see.
    """
    spent: list[Any] = []

    def count(password: Secret, salt: bytes, cost: Any) -> Any:
        spent.append((cost.memory_kib, cost.passes, cost.lanes))
        return derive_from_password(password, salt, cost)

    monkeypatch.setattr(ways, "derive_from_password", count)
    raw = path.read_bytes()
    seen: dict[str, tuple[str, list[Any]]] = {}

    def unlock(name: str, field: bytes | None, password: Secret) -> None:
        changed = raw
        if field is not None:
            mark = raw.index(b'"' + field + b'":"') + len(field) + 10
            changed = raw[:mark] + (b"A" if raw[mark : mark + 1] != b"A" else b"B") + raw[mark + 1 :]
        path.write_bytes(changed)
        spent.clear()
        with pytest.raises(VaultError) as caught:
            bench.vault().unlock(password)
        seen[name] = str(caught.value), list(spent)

    unlock("wrong, sound", None, OTHER)
    unlock("wrong, key damaged", b"wrapped", OTHER)
    unlock("right, commitment damaged", b"commit", PASSWORD)
    assert len({repr(one) for one in seen.values()}) == 1 and len(seen["wrong, sound"][1]) == 1
    unlock("right, key damaged", b"wrapped", PASSWORD)
    assert seen["right, key damaged"][1] == seen["wrong, sound"][1]
    assert seen["right, key damaged"][0] != seen["wrong, sound"][0]  # the control: the damage was real
    path.write_bytes(raw)
    bench.vault().unlock(PASSWORD)


# ---- the disk ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", range(1, 9))
def test_a_full_disk_loses_nothing(tmp_path: Path, left: int) -> None:
    """Whichever step of an add fails, it raises DiskFull and the accounts are those before; with room again it goes on."""
    disk = FailingDisk(errno.ENOSPC)
    with open_bench(tmp_path, disk=disk) as bench:
        vault = bench.vault()
        vault.add("stripe", "acme", token=KEY)
        disk.left = left
        try:
            vault.add("stripe", "beta", token=KEY)
        except StoreError as exc:
            assert isinstance(exc, DiskFull) and "full" in str(exc)
            there = {one.account for one in vault.list_accounts()}
            assert there in ({"acme"}, {"acme", "beta"})
        disk.left = -1
        vault.add("stripe", "beta", token=KEY, replace=True)
        assert [one.account for one in vault.list_accounts()] == ["acme", "beta"]
    with open_bench(tmp_path) as bench:
        assert [one.account for one in bench.vault().list_accounts()] == ["acme", "beta"]
        left_over = [
            one.name for one in Path(bench.vault().status().path).parent.iterdir() if one.suffix == ".tmp"
        ]
        assert left_over == []


def test_a_full_disk_is_met(tmp_path: Path) -> None:
    """The control: the first step of an add does fail where the disk is full."""
    disk = FailingDisk(errno.ENOSPC)
    with open_bench(tmp_path, disk=disk) as bench:
        disk.left = 1
        with pytest.raises(DiskFull):
            bench.vault().add("stripe", "acme", token=KEY)
        assert bench.vault().list_accounts() == () and bench.vault().active("stripe") is None


@pytest.mark.parametrize("what", ["a file", "a link to nowhere"])
def test_a_home_that_cannot_be_written_is_named(tmp_path: Path, what: str) -> None:
    """Where the home cannot be made, create says which path it is about; no traceback of the system's own."""
    home = tmp_path / "home"
    if what == "a file":
        home.write_text("")
    else:
        home.symlink_to(tmp_path / "nowhere" / "deep")
    with bench_at(tmp_path) as bench:
        with pytest.raises(PenstockError, match="home"):
            bench.vault().create(PASSWORD)
        assert not bench.vault().status().exists
        assert bench.vault().active("stripe") is None  # remembered in this process alone


def test_a_damaged_book_of_accounts_says_that_it_has_no_credential(tmp_path: Path, path: Path) -> None:
    """accounts.db is no secret: damaged, it is remembered anew in memory or named with the advice; the vault opens."""
    book = tmp_path / "home" / "accounts.db"
    for name in ("accounts.db-wal", "accounts.db-shm"):
        (tmp_path / "home" / name).unlink(missing_ok=True)
    book.write_bytes(b"not a database at all" * 300)
    with bench_at(tmp_path) as bench:
        bench.vault().unlock(PASSWORD)
        try:
            assert bench.vault().active("stripe") is None
        except StoreError as exc:
            assert "no credential" in str(exc)
        assert bench.vault()._keeping.ask("accounts")[0]["account"] == "acme"


# ---- what is on the disk -----------------------------------------------------------------------------------------


@posix
def test_every_file_of_a_home_is_for_its_owner_alone(tmp_path: Path, path: Path) -> None:
    """The vault, its generations, its locks and the book are 0600 in folders of 0700, and no file has the key in it."""
    with open_bench(tmp_path) as bench:
        bench.vault().add("stripe", "beta", token=KEY)
        bench.vault().remove("stripe", "beta")
        files = [one for one in (tmp_path / "home").rglob("*") if one.is_file()]
        assert path in files and len(files) >= 3
        assert {one.name: one.stat().st_mode & 0o077 for one in files if one.stat().st_mode & 0o077} == {}
        assert path.parent.stat().st_mode & 0o077 == 0
        assert [one.name for one in files if KEY.reveal().encode() in one.read_bytes()] == []
