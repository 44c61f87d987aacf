from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from vaults import OTHER, BrokenKeyring, MemoryKeyring, make_vault
from vaults import settings as vault_settings

from penstock.errors import DependencyMissing, UsageError, VaultError, VaultExposed
from penstock.redact import Secret
from penstock.vault.disk import Disk
from penstock.vault.vault import Vault
from penstock.vault.ways import (
    given_ways,
    make_key_file,
    new_recovery_key,
    read_key_file,
    read_recovery_key,
    system_keyring,
)


def test_a_key_file_is_private_and_new(tmp_path: Path) -> None:
    """A key file is made with mode 0600, reads as the key that was made, and never replaces a file."""
    key = make_key_file(tmp_path / "key", Disk())
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert read_key_file(tmp_path / "key").reveal() == key.reveal()
    with pytest.raises(UsageError, match="exists already"):
        make_key_file(tmp_path / "key", Disk())
    assert read_key_file(tmp_path / "key").reveal() == key.reveal()


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Mode 0644 on a key file is VaultExposed, with the command that mends it."""
    make_key_file(tmp_path / "key", Disk())
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(VaultExposed, match="chmod 600"):
        read_key_file(tmp_path / "key")


@pytest.mark.parametrize("text", ["", "hello", "aGVsbG8=", "€" * 44, "A" * 43, "A" * 900])
def test_what_is_no_key_file_is_said_so(tmp_path: Path, text: str) -> None:
    """Another text is UsageError, from a file and as a Secret."""
    (tmp_path / "key").write_text(text, encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    for source in (tmp_path / "key", Secret(text)):
        with pytest.raises(UsageError, match="not one of Penstock's"):
            read_key_file(source)


def test_a_recovery_key_forgives_how_it_is_typed() -> None:
    """Case, spaces, and 0 1 8 for O I B do not matter; any one wrong letter does."""
    recovery = new_recovery_key()
    text = recovery.reveal()
    assert len(text) == 39 and text.count("-") == 7
    key = read_recovery_key(recovery).reveal()
    typed = text.lower().replace("-", "  ").replace("o", "0").replace("i", "1").replace("b", "8")
    assert read_recovery_key(Secret(typed)).reveal() == key
    for at, letter in enumerate(text):
        if letter != "-":
            slip = text[:at] + ("A" if letter != "A" else "C") + text[at + 1 :]
            with pytest.raises(UsageError, match="mistyped"):
                read_recovery_key(Secret(slip))
    for other in ("", text[:-1], text + "A", "ß" * 39):
        with pytest.raises(UsageError, match="mistyped"):
            read_recovery_key(Secret(other))


def test_two_recovery_keys_are_never_the_same() -> None:
    """Each is drawn anew."""
    assert len({new_recovery_key().reveal() for _ in range(50)}) == 50


def test_a_keyring_that_fails_is_our_error(tmp_path: Path) -> None:
    """Whatever the keyring raises becomes a VaultError with the way out, without its text, and nothing is written."""
    vault = make_vault(tmp_path, keyring=BrokenKeyring())
    before = vault.path.read_bytes()
    with pytest.raises(VaultError, match=r"cannot be used \(RuntimeError\).*key file") as caught:
        vault.add_slot(keyring=True)
    assert caught.value.__context__ is None
    assert vault.path.read_bytes() == before
    good = make_vault(tmp_path / "good", keyring=MemoryKeyring())
    good.add_slot(keyring=True)
    again = Vault.open(good.path, **vault_settings(tmp_path / "good", keyring=BrokenKeyring()))
    with pytest.raises(VaultError, match="cannot be used"):
        again.unlock(keyring=True)


def test_a_missing_keyring_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the error has the line that installs it."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(DependencyMissing, match="pip install keyring"):
        system_keyring()


def test_a_secret_is_asked_for() -> None:
    """A password or recovery key in clear is refused before anything is derived."""
    for given in ((os.fsdecode(b"clear"), None, None, None), (None, None, "clear", None)):
        with pytest.raises(UsageError, match=r"given as a ps\.Secret"):
            given_ways(*given)  # type: ignore[arg-type]
    assert len(given_ways(OTHER, None, None, MemoryKeyring())) == 2
