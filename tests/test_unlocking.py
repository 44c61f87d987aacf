"""Making, unlocking and locking through the face: prompts, key files, keyrings, bundles, and what each refusal says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from vaults import OTHER, PASSWORD, BrokenKeyring, MemoryKeyring
from workbench_vaults import bench_at, open_bench

import penstock as ps
from penstock.credentials import Credentials
from penstock.errors import (
    PenstockError,
    UnlockDelayed,
    UsageError,
    VaultError,
    VaultExposed,
    VaultLocked,
    WrongPassword,
)
from penstock.redact import Secret
from penstock.testing import FakeClock
from penstock.unlocking import read_span

KEY = Secret("sk_test_of_unlocking_1234")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what the environment could say about unlocking away."""
    for name in [
        name for name in os.environ if name.startswith(("PENSTOCK_KEY", "PENSTOCK_BUNDLE", "BINDER_"))
    ]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Credentials]:
    with open_bench(tmp_path) as bench:
        bench.vault().add("stripe", "acme", token=KEY)
        yield bench.vault()


def answers(monkeypatch: pytest.MonkeyPatch, *texts: str) -> list[str]:
    """Answer the prompts with these, and return the prompts as they come."""
    prompts: list[str] = []
    left = list(texts)

    def ask(prompt: str) -> Secret:
        prompts.append(prompt)
        return Secret(left.pop(0))

    monkeypatch.setattr("penstock.unlocking.ask", ask)
    return prompts


# ---- making and passwords ----------------------------------------------------------------------------------------


def test_a_vault_is_made_with_a_password_typed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that differ make nothing; two alike make the vault, unlocked, and give the recovery key that opens it."""
    with bench_at(tmp_path) as bench:
        vault = bench.vault()
        answers(monkeypatch, PASSWORD.reveal(), OTHER.reveal())
        with pytest.raises(UsageError, match="not the same"):
            vault.create()
        assert not vault.status().exists and "not made yet" in repr(vault)
        prompts = answers(monkeypatch, PASSWORD.reveal(), PASSWORD.reveal())
        recovery = vault.create()
        assert "12 characters" in prompts[0] and not vault.is_locked
        assert isinstance(recovery, Secret) and recovery.reveal() not in repr(vault)
        vault.lock()
        vault.unlock(recovery_key=recovery)
        assert not vault.is_locked


@pytest.mark.parametrize("password", ["short", "", "a" * 15, "abababababababab"])
def test_a_password_that_is_too_weak_makes_no_vault(tmp_path: Path, password: str) -> None:
    """Too short, or mere repetition: refused with what would do, and no file is made."""
    with bench_at(tmp_path) as bench:
        with pytest.raises(PenstockError) as caught:
            bench.vault().create(Secret(password))
        assert caught.value.hint and (not password or password not in str(caught.value))
        assert not bench.vault().status().exists


def test_a_second_vault_is_not_laid_over_the_first(vault: Credentials) -> None:
    """create() where there is one is refused, and what was in it is there still."""
    with pytest.raises(VaultError, match="already"):
        vault.create(OTHER)
    assert [one.account for one in vault.list_accounts()] == ["acme"]


def test_unlocking_asks_and_says_where_there_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a vault nothing is asked; with one a hidden prompt is; unlocked already, nothing is asked again."""
    with bench_at(tmp_path) as bench:
        prompts = answers(monkeypatch)
        with pytest.raises(VaultError) as caught:
            bench.vault().unlock()
        assert "ps.vault().create()" in (caught.value.hint or "") and prompts == []
    with open_bench(tmp_path) as bench:
        bench.vault().lock()
        prompts = answers(monkeypatch, PASSWORD.reveal())
        bench.vault().unlock()
        bench.vault().unlock()
        assert len(prompts) == 1


def test_a_password_in_the_clear_is_refused(vault: Credentials) -> None:
    """A literal password would be saved with the notebook: UsageError that does not repeat it."""
    vault.lock()
    with pytest.raises(UsageError) as caught:
        vault.unlock(PASSWORD.reveal())  # type: ignore[arg-type]
    assert PASSWORD.reveal() not in str(caught.value) and "ps.Secret" in str(caught.value)


def test_wrong_five_times_it_is_not_tried_for_a_while(tmp_path: Path) -> None:
    """Five wrong passwords are WrongPassword; the sixth, even the right one, is UnlockDelayed that says for how long; then it
    opens, and counting starts anew.
    """
    clock = FakeClock()
    with open_bench(tmp_path, clock=clock) as bench:
        vault = bench.vault()
        vault.lock()
        for _ in range(5):
            with pytest.raises(WrongPassword):
                vault.unlock(OTHER)
        with pytest.raises(UnlockDelayed) as caught:
            vault.unlock(PASSWORD)
        assert caught.value.retry_after_s == 1.0 and "1 s" in (caught.value.hint or "")
        clock.move(1.0)
        vault.unlock(PASSWORD)
        vault.lock()
        with pytest.raises(WrongPassword):
            vault.unlock(OTHER)


def test_locking_does_not_forget_how_often_it_was_wrong(tmp_path: Path) -> None:
    """A lock between wrong passwords gives no free attempts: the sixth waits all the same."""
    clock = FakeClock()
    with open_bench(tmp_path, clock=clock) as bench:
        vault = bench.vault()
        vault.lock()
        for _ in range(5):
            with pytest.raises(WrongPassword):
                vault.unlock(OTHER)
        vault.lock()
        with pytest.raises(UnlockDelayed):
            vault.unlock(PASSWORD)


def test_another_password_takes_the_place_of_the_first(
    vault: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """change_password asks for the old and twice for the new; the old opens nothing more; a wrong old changes nothing."""
    with pytest.raises(WrongPassword):
        vault.change_password(Secret("something else entirely"), OTHER)
    prompts = answers(monkeypatch, PASSWORD.reveal(), OTHER.reveal(), OTHER.reveal())
    vault.change_password()
    assert len(prompts) == 3
    vault.lock()
    with pytest.raises(WrongPassword):
        vault.unlock(PASSWORD)
    vault.unlock(OTHER)
    assert [one.account for one in vault.list_accounts()] == ["acme"]


def test_new_keys_drop_what_was_not_given(
    vault: Credentials, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """rotate() keeps the way it was given and returns the others as dropped; the accounts are there still."""
    vault.add_way("key_file", path=tmp_path / "key")
    answers(monkeypatch, PASSWORD.reveal())
    told = vault.rotate()
    assert [way["kind"] for way in told["kept"]] == ["password"]
    assert [way["kind"] for way in told["dropped"]] == ["key file"]
    vault.lock()
    with pytest.raises(WrongPassword):
        vault.unlock(key_file=tmp_path / "key")
    vault.unlock(PASSWORD)
    assert [one.account for one in vault.list_accounts()] == ["acme"]


# ---- other ways in -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["PENSTOCK_KEY_FILE", "systemd"])
def test_a_key_file_that_is_named_opens_it_without_a_question(
    vault: Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """PENSTOCK_KEY_FILE, or penstock-key among systemd's credentials, is taken before anybody is asked."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    vault.add_way("key_file", path=folder / "penstock-key")
    vault.lock()
    prompts = answers(monkeypatch, PASSWORD.reveal())
    if how == "systemd":
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    else:
        monkeypatch.setenv("PENSTOCK_KEY_FILE", str(folder / "penstock-key"))
    vault.unlock()
    assert prompts == [] and not vault.is_locked
    vault.lock()
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv("PENSTOCK_KEY_FILE", raising=False)
    vault.unlock()  # the control: without it somebody is asked
    assert len(prompts) == 1


def test_a_key_file_others_can_read_is_refused(vault: Credentials, tmp_path: Path) -> None:
    """Mode 0640 is VaultExposed with the chmod that mends it; mode 0600 (the control) opens."""
    key = tmp_path / "key"
    vault.add_way("key_file", path=key)
    assert key.stat().st_mode & 0o777 == 0o600
    vault.lock()
    key.chmod(0o640)
    with pytest.raises(VaultExposed) as caught:
        vault.unlock(key_file=key)
    assert "chmod 600" in (caught.value.hint or "") and vault.is_locked
    key.chmod(0o600)
    vault.unlock(key_file=key)
    assert not vault.is_locked


def test_a_key_file_that_is_none_is_named(vault: Credentials, tmp_path: Path) -> None:
    """A path that is not there, and a file of something else, are UsageError with the path or what one looks like."""
    with pytest.raises(UsageError, match="none-there"):
        vault.unlock(key_file=tmp_path / "none-there")
    other = tmp_path / "other"
    other.write_text("hello")
    other.chmod(0o600)
    with pytest.raises(UsageError, match="44 characters"):
        vault.unlock(key_file=other)


def test_a_keyring_that_remembers_opens_it_and_one_that_is_gone_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """unlock() takes the keyring's key before it asks; where the keyring fails, it asks for the password instead."""
    keyring: Any = MemoryKeyring()
    with open_bench(tmp_path, keyring=keyring) as bench:
        bench.vault().add_way("keyring")
        assert [way["kind"] for way in bench.vault().ways()] == ["password", "keyring"]
        bench.vault().lock()
        prompts = answers(monkeypatch)
        bench.vault().unlock()
        assert not bench.vault().is_locked and prompts == []
    for broken in (BrokenKeyring(), MemoryKeyring()):
        with bench_at(tmp_path, keyring=broken) as bench:
            prompts = answers(monkeypatch, PASSWORD.reveal())
            bench.vault().unlock()
            assert len(prompts) == 1 and not bench.vault().is_locked


def test_a_way_in_ends(tmp_path: Path) -> None:
    """A key file that was added for an hour opens for an hour, and then says that it has ended."""
    clock = FakeClock()
    with open_bench(tmp_path, clock=clock) as bench:
        vault = bench.vault()
        way = vault.add_way("key_file", path=tmp_path / "key", expires_s=3600)
        vault.lock()
        clock.move(3599)
        vault.unlock(key_file=tmp_path / "key")
        vault.lock()
        clock.move(2)
        with pytest.raises(VaultLocked, match="ended"):
            vault.unlock(key_file=tmp_path / "key")
        vault.unlock(PASSWORD)
        vault.remove_way(way["name"])
        assert [one["kind"] for one in vault.ways()] == ["password"]


def test_the_last_way_in_stays(vault: Credentials) -> None:
    """Removing the only way in is refused, and a name there is not is answered with those there are."""
    (way,) = vault.ways()
    with pytest.raises(PenstockError):
        vault.remove_way(way["name"])
    with pytest.raises(PenstockError):
        vault.remove_way("nothing-of-that-name")
    assert vault.ways() == [way]


# ---- bundles, backups, where it is -------------------------------------------------------------------------------


def seal(vault: Credentials, folder: Path) -> str:
    sealed = vault.seal("stripe/acme")
    (folder / "bundle").write_text(sealed.text)
    (folder / "bundle.key").write_text(sealed.key.reveal() + "\n")
    return sealed.key.reveal()


@pytest.mark.parametrize("how", ["PENSTOCK_BUNDLE_KEY_FILE", "PENSTOCK_BUNDLE_KEY"])
def test_the_bundle_the_environment_names_is_opened(
    vault: Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Its text from a file, its key from a file or a variable; the variable is gone before anything is started."""
    key = seal(vault, tmp_path)
    with bench_at(tmp_path / "runner") as runner:
        with pytest.raises(UsageError, match="No bundle"):
            runner.vault().open_sealed()
        monkeypatch.setenv("PENSTOCK_BUNDLE", str(tmp_path / "bundle"))
        with pytest.raises(UsageError) as caught:
            runner.vault().open_sealed()
        assert "PENSTOCK_BUNDLE_KEY_FILE" in (caught.value.hint or "")
        monkeypatch.setenv(how, str(tmp_path / "bundle.key") if how.endswith("FILE") else key)
        assert runner.vault().open_sealed() == ["stripe/acme"]
        assert key not in os.environ.values()
        assert [one.is_sealed for one in runner.vault().list_accounts()] == [True]


@pytest.mark.parametrize("name", ["PENSTOCK_BUNDLE", "PENSTOCK_BUNDLE_KEY_FILE"])
def test_a_file_the_environment_names_and_nobody_can_read_is_named(
    vault: Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The error has the path and the variable."""
    seal(vault, tmp_path)
    monkeypatch.setenv("PENSTOCK_BUNDLE", str(tmp_path / "bundle"))
    monkeypatch.setenv("PENSTOCK_BUNDLE_KEY_FILE", str(tmp_path / "bundle.key"))
    monkeypatch.setenv(name, str(tmp_path / "not-there"))
    with pytest.raises(UsageError) as caught:
        vault.open_sealed()
    assert "not-there" in str(caught.value) and name in str(caught.value)


def test_a_backup_is_a_new_file_that_restores(vault: Credentials, tmp_path: Path) -> None:
    """It is never laid over a file; put in the vault's place it is refused as older, and taken with restore=True."""
    copy = tmp_path / "copy.psk"
    vault.backup(copy)
    with pytest.raises(UsageError, match="already"):
        vault.backup(copy)
    assert copy.stat().st_mode & 0o777 == 0o600 and KEY.reveal().encode() not in copy.read_bytes()
    vault.add("stripe", "beta", token=KEY)
    path = Path(vault.status().path)
    vault.lock()
    path.write_bytes(copy.read_bytes())
    with pytest.raises(PenstockError, match="generation"):
        vault.unlock(PASSWORD)
    vault.unlock(PASSWORD, restore=True)
    assert [one.account for one in vault.list_accounts()] == ["acme"]


@pytest.mark.parametrize("name", ["BINDER_SERVICE_HOST", "BINDER_LAUNCH_HOST", "BINDER_REPO_URL"])
def test_on_binder_it_says_that_nothing_is_kept(
    vault: Credentials, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """There is_kept is False with a note that names the way; elsewhere (the control) it is kept and there is none."""
    assert vault.status().is_kept and vault.status().note == ""
    monkeypatch.setenv(name, "https://mybinder.org")
    assert not vault.status().is_kept and "open_sealed()" in vault.status().note


@pytest.mark.parametrize(
    ("span", "seconds"), [("30s", 30), ("30m", 1800), ("12h", 43_200), ("7d", 604_800), (90, 90)]
)
def test_lengths_of_time_are_read(span: Any, seconds: float) -> None:
    """Seconds, minutes, hours, days, and plain seconds."""
    assert read_span(span) == seconds


def test_nothing_is_prompted_in_a_script(tmp_path: Path) -> None:
    """Where there is no terminal, unlock() without arguments says so instead of waiting for ever."""
    with open_bench(tmp_path) as bench:
        bench.vault().lock()
        with pytest.raises(UsageError, match="terminal"):
            bench.vault().unlock()
        assert isinstance(bench, ps.Workbench) and bench.vault().is_locked
