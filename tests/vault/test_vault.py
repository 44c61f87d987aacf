from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from vaults import (
    CHEAP,
    KEY,
    OTHER,
    PASSWORD,
    TOKEN,
    MemoryKeyring,
    make_vault,
    open_bytes,
    pass_time,
    reopen,
)
from vaults import settings as vault_settings

from penstock.errors import (
    PenstockError,
    UnknownName,
    UnlockDelayed,
    UsageError,
    VaultError,
    VaultLocked,
    WrongPassword,
)
from penstock.redact import Secret
from penstock.testing import FakeClock
from penstock.vault.anchor import FileAnchor
from penstock.vault.records import SlotKind
from penstock.vault.vault import Vault


def test_what_is_put_can_be_had_again_by_another_process(tmp_path: Path) -> None:
    """A credential comes back with its fields, label, notes and version; the list has everything but the fields."""
    make_vault(tmp_path)
    found = reopen(tmp_path).get("stripe", "acme")
    assert found.fields == {"token": TOKEN}
    assert (found.entry.label, found.entry.notes, found.version) == ("Acme", {"host": "api.stripe.com"}, 2)
    listed = reopen(tmp_path).list()
    assert [(entry.integration, entry.account) for entry in listed] == [("github", "me"), ("stripe", "acme")]


def test_no_secret_stands_in_the_file(tmp_path: Path) -> None:
    """Neither a field nor the password is in any file of the vault, in clear; a label is (the control)."""
    vault = make_vault(tmp_path)
    vault.put("stripe", "acme", {"token": OTHER})
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (TOKEN, KEY, OTHER, PASSWORD):
        assert secret.reveal().encode() not in files
    assert b"Acme" in files


def test_another_processs_write_is_seen_at_once(tmp_path: Path) -> None:
    """get reads the file as it is now: a token refreshed elsewhere is the one that is given."""
    vault, other = make_vault(tmp_path), reopen(tmp_path)
    other.put("stripe", "acme", {"token": OTHER})
    assert vault.get("stripe", "acme").fields["token"] == OTHER


def test_meta_is_kept_where_it_is_not_named(tmp_path: Path) -> None:
    """A new token keeps label and notes; a note given as None goes; fields None keep the fields."""
    vault = make_vault(tmp_path)
    vault.put("stripe", "acme", {"token": OTHER}, {"expiry": 1.9e9, "scopes": ["read", "write"]})
    vault.put("stripe", "acme", None, {"health": "expiring", "host": None})
    found = vault.get("stripe", "acme")
    assert found.fields == {"token": OTHER}
    assert (found.entry.label, found.entry.expiry, found.entry.health) == ("Acme", 1.9e9, "expiring")
    assert found.entry.notes == {"scopes": ["read", "write"]}


def test_a_locked_vault_gives_nothing(tmp_path: Path) -> None:
    """Locked, every use of the vault is VaultLocked and says how to unlock it; unlocked again, it works."""
    vault = make_vault(tmp_path)
    vault.lock()
    uses = [
        lambda: vault.get("stripe", "acme"),
        vault.list,
        lambda: vault.put("stripe", "acme", {"token": OTHER}),
        lambda: vault.remove("stripe", "acme"),
        lambda: vault.change_password(PASSWORD, OTHER),
        lambda: vault.add_slot(key_file=tmp_path / "key"),
        lambda: vault.remove_slot("00"),
        lambda: vault.rotate(password=PASSWORD),
        lambda: vault.backup(tmp_path / "backup"),
        lambda: vault.seal(["stripe/acme"]),
    ]
    for use in uses:
        with pytest.raises(VaultLocked, match=r"unlock\(\)"):
            use()
    assert [slot.kind for slot in vault.slots()] == [
        "password"
    ]  # which ways in there are, a locked one tells too
    assert vault.is_locked and not (tmp_path / "key").exists() and not (tmp_path / "backup").exists()
    vault.unlock(password=PASSWORD)
    assert vault.get("stripe", "acme").fields["token"] == TOKEN


def test_a_missing_account_names_the_nearest(tmp_path: Path) -> None:
    """get and remove of an account that is not there say which there are."""
    vault = make_vault(tmp_path)
    for use in (vault.get, vault.remove):
        with pytest.raises(UnknownName, match="Did you mean acme"):
            use("stripe", "acne")
    with pytest.raises(UnknownName, match="Add it"):
        vault.get("shopify", "acme")
    with pytest.raises(UnknownName):
        vault.put("shopify", "acme", None, {"label": "x"})


def test_a_removed_credential_is_gone(tmp_path: Path) -> None:
    """After remove the account is in neither list nor file, for other processes too."""
    vault, other = make_vault(tmp_path), reopen(tmp_path)
    vault.remove("stripe", "acme")
    assert [entry.integration for entry in other.list()] == ["github"]
    assert open_bytes(vault.path.read_bytes())[1].keys() == {"github/me"}


@pytest.mark.parametrize(
    ("fields", "meta", "says"),
    [
        ({"token": "sk_live_clear"}, {}, "is a str"),
        ({}, {}, "0 fields"),
        ({"": TOKEN}, {}, "no short text"),
        ({f"f{number}": TOKEN for number in range(40)}, {}, "40 fields"),
        ({"token": Secret("x" * 200_000)}, {}, "larger than"),
        ({"token": TOKEN}, {"label": f"key {TOKEN.reveal()}"}, "the secret itself"),
        ({"token": TOKEN}, {"account": "other"}, "cannot be changed"),
        ({"token": TOKEN}, {"expiry": float("nan")}, "'expiry'"),
        ({"token": TOKEN}, {"expiry": "tomorrow"}, "'expiry'"),
        ({"token": TOKEN}, {"scopes": {"a": 1}}, "'notes'"),
        ({"token": TOKEN}, {"note": "x" * 20_000}, "'notes'"),
        ({"token": TOKEN}, {"note": "\ud800"}, "'notes'"),
        ({"token": TOKEN}, {"notes": {}}, "one by one"),
        ({"token": TOKEN}, {5: "x"}, "one by one"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    tmp_path: Path, fields: dict[str, Secret], meta: dict[str, object], says: str
) -> None:
    """Clear text for a secret, a secret in a label, or meta of another shape is UsageError, and the file is as before."""
    vault = make_vault(tmp_path)
    before = vault.path.read_bytes()
    with pytest.raises(UsageError, match=says):
        vault.put("stripe", "acme", fields, meta)
    assert vault.path.read_bytes() == before


@pytest.mark.parametrize("name", ["", "x" * 300, "\ud800", 5])
def test_an_account_has_a_short_name(tmp_path: Path, name: str) -> None:
    """An empty, endless or ill-formed name of an account is refused."""
    with pytest.raises(UsageError):
        make_vault(tmp_path).put("stripe", name, {"token": TOKEN})


def test_wrong_passwords_are_counted(tmp_path: Path) -> None:
    """After five wrong passwords the sixth attempt is not made until a second is over, then two, four …"""
    make_vault(tmp_path)
    clock = FakeClock()
    vault = Vault.open(tmp_path / "test.vault", **vault_settings(tmp_path, clock=clock))
    for _ in range(5):
        with pytest.raises(WrongPassword):
            vault.unlock(password=OTHER)
    with pytest.raises(UnlockDelayed, match="Try again in 1 s") as caught:
        vault.unlock(password=PASSWORD)
    assert caught.value.retry_after_s == 1.0
    pass_time(clock, 1)
    with pytest.raises(WrongPassword):
        vault.unlock(password=OTHER)
    with pytest.raises(UnlockDelayed, match="in 2 s"):
        vault.unlock(password=PASSWORD)
    pass_time(clock, 2)
    vault.unlock(password=PASSWORD)
    vault.lock()
    with pytest.raises(WrongPassword):
        vault.unlock(password=OTHER)
    vault.unlock(password=PASSWORD)  # the count began anew


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "0 ways in"),
        ({"password": PASSWORD, "recovery_key": OTHER}, "mistyped"),
        ({"password": PASSWORD, "keyring": True}, "2 ways in"),
        ({"password": "correct horse battery staple"}, "is a str"),
        ({"key_file": "nowhere/key"}, "no key file"),
    ],
)
def test_one_way_in_is_given(tmp_path: Path, given: dict[str, object], says: str) -> None:
    """No way in, two, or a password in clear is UsageError."""
    vault = Vault.open(make_vault(tmp_path).path, **vault_settings(tmp_path, keyring=MemoryKeyring()))
    with pytest.raises(UsageError, match=says):
        vault.unlock(**given)  # type: ignore[arg-type]


def test_a_vault_is_not_made_over_another_file(tmp_path: Path) -> None:
    """create leaves whatever is at the path as it is."""
    (tmp_path / "test.vault").write_bytes(b"something else")
    with pytest.raises(VaultError, match="already"):
        make_vault(tmp_path)
    assert (tmp_path / "test.vault").read_bytes() == b"something else"


def test_threads_may_share_one(tmp_path: Path) -> None:
    """Eight threads that write to one vault lose nothing of each other."""
    vault = make_vault(tmp_path)
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(5):
                vault.put("slack", f"{number}-{turn}", {"token": TOKEN})
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(reopen(tmp_path).list()) == 42


def test_a_backup_opens_in_the_vaults_place(tmp_path: Path) -> None:
    """A backup is a file of mode 0600 that never replaces one; put back, it opens with restore=True."""
    vault = make_vault(tmp_path)
    vault.backup(tmp_path / "backup")
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists already"):
        vault.backup(tmp_path / "backup")
    with pytest.raises(PenstockError, match="cannot be written"):
        vault.backup(tmp_path / "no" / "folder")
    vault.put("stripe", "acme", {"token": OTHER})
    (tmp_path / "backup").replace(vault.path)
    assert reopen(tmp_path, restore=True).get("stripe", "acme").fields["token"] == TOKEN


def test_restore_changes_nothing_where_nothing_is_older(tmp_path: Path) -> None:
    """restore=True on a file that is up to date leaves it as it is."""
    vault = make_vault(tmp_path)
    before = vault.path.read_bytes()
    reopen(tmp_path, restore=True)
    assert vault.path.read_bytes() == before


def test_the_real_floor_opens(tmp_path: Path) -> None:
    """With the policy users have, a new vault is never below 64 MiB and 3 passes, and opens."""
    anchor = FileAnchor(tmp_path / "marks")
    vault = Vault.create(tmp_path / "real.vault", password=PASSWORD, anchor=anchor)
    vault.put("stripe", "acme", {"token": TOKEN})
    again = Vault.open(tmp_path / "real.vault", anchor=anchor)
    again.unlock(password=PASSWORD)
    assert again.get("stripe", "acme").fields["token"] == TOKEN
    cost = again._access.current().image.header.slots[0].cost
    assert cost.memory_kib >= 64 * 1024 and cost.passes >= 3 and cost.lanes == 4


def test_the_tests_vaults_are_cheap_by_argument_only(tmp_path: Path) -> None:
    """The control of every test here: the cheap policy holds for the vault it was given to, and for no other."""
    vault = make_vault(tmp_path)
    assert vault._access.current().image.header.slots[0].kind is SlotKind.PASSWORD
    assert CHEAP.floor.memory_kib < 64
    with pytest.raises(VaultError, match="outside the bounds"):
        Vault.open(vault.path)
