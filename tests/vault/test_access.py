"""Other processes at the worst moment: while Argon2id runs, and between the mark and the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from vaults import OTHER, PASSWORD, TOKEN, MemoryKeyring, make_vault, reopen
from vaults import settings as vault_settings

from penstock.errors import VaultDamaged, VaultError, VaultLocked
from penstock.vault.anchor import FileAnchor, Mark
from penstock.vault.vault import Vault


class Meddling(FileAnchor):
    """Let somebody else act between the reading of the mark and that of the file."""

    act: Callable[[], object] | None = None

    def read(self, vid: bytes) -> Mark | None:
        mark, act = super().read(vid), self.act
        self.act = None
        if act is not None:
            act()
        return mark


class Hurried(FileAnchor):
    """Let somebody else act before the mark is read for the second time."""

    act: Callable[[], object] | None = None
    reads = 0

    def read(self, vid: bytes) -> Mark | None:
        self.reads += 1
        if self.reads == 2 and self.act is not None:
            self.act()
        return super().read(vid)


class MeddlingKeyring(MemoryKeyring):
    """Let somebody else act while a slot is being opened."""

    act: Callable[[], object] | None = None

    def get_password(self, service_name: str, username: str) -> str | None:
        if self.act is not None:
            self.act()
        return super().get_password(service_name, username)


def test_a_write_between_mark_and_file_is_not_taken_for_a_roll_back(tmp_path: Path) -> None:
    """get and put that meet a newer file than the mark they read use it."""
    make_vault(tmp_path)
    other, anchor = reopen(tmp_path), Meddling(tmp_path / "marks")
    vault = reopen(tmp_path, anchor=anchor)
    anchor.act = lambda: other.put("stripe", "acme", {"token": OTHER})
    assert vault.get("stripe", "acme").fields["token"] == OTHER
    assert vault.put("stripe", "acme", {"token": TOKEN}) == 5


def test_a_mark_never_goes_back(tmp_path: Path) -> None:
    """Somebody who unlocks while another writes leaves the newer mark that the other has made."""
    other, anchor = make_vault(tmp_path), Hurried(tmp_path / "marks")
    anchor.act = lambda: other.put("stripe", "acme", {"token": OTHER})
    reopen(tmp_path, anchor=anchor)
    mark = FileAnchor(tmp_path / "marks").read(other._access.current().keys.vid)
    assert mark is not None and mark.generation == 4


def test_a_write_while_it_is_being_unlocked_is_seen(tmp_path: Path) -> None:
    """A vault written to while a slot is being opened gives the newest credential."""
    keyring = MeddlingKeyring()
    other = make_vault(tmp_path, keyring=keyring)
    other.add_slot(keyring=True)
    vault = Vault.open(other.path, **vault_settings(tmp_path, keyring=keyring))
    keyring.act = lambda: other.put("stripe", "acme", {"token": OTHER})
    vault.unlock(keyring=True)
    assert vault.get("stripe", "acme").fields["token"] == OTHER


@pytest.mark.parametrize("what", ["rotate", "remove"])
def test_a_way_in_that_ends_while_it_is_being_used_opens_nothing(tmp_path: Path, what: str) -> None:
    """Rotated, or the slot removed, while it is being opened: VaultLocked."""
    keyring = MeddlingKeyring()
    other = make_vault(tmp_path, keyring=keyring)
    name = other.add_slot(keyring=True).slot.name
    vault = Vault.open(other.path, **vault_settings(tmp_path, keyring=keyring))
    keyring.act = {
        "rotate": lambda: other.rotate(password=PASSWORD),
        "remove": lambda: other.remove_slot(name),
    }[what]
    with pytest.raises(VaultLocked):
        vault.unlock(keyring=True)
    assert vault.is_locked


def test_an_unlocked_vault_refuses_a_file_that_was_changed(tmp_path: Path) -> None:
    """A byte changed, or the file removed, under an unlocked vault is noticed at the next use, and nothing is written."""
    vault = make_vault(tmp_path)
    sound = vault.path.read_bytes()
    spoilt = sound[:-1] + bytes([sound[-1] ^ 1])
    vault.path.write_bytes(spoilt)
    with pytest.raises(VaultDamaged):
        vault.get("stripe", "acme")
    with pytest.raises(VaultDamaged):
        vault.put("stripe", "acme", {"token": OTHER})
    assert vault.path.read_bytes() == spoilt
    vault.path.unlink()
    with pytest.raises(VaultError, match="no vault at"):
        vault.put("stripe", "acme", {"token": OTHER})
    assert not vault.path.exists()
    vault.path.write_bytes(sound)
    vault.path.chmod(0o600)
    assert vault.get("stripe", "acme").fields["token"] == TOKEN
