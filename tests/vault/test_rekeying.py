from __future__ import annotations

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

from penstock.errors import UsageError, VaultDamaged, VaultLocked, VaultRolledBack, WrongPassword
from penstock.redact import Secret
from penstock.testing import FakeClock
from penstock.vault.envelope import decrypt_record
from penstock.vault.format import parse_image
from penstock.vault.vault import Vault


def test_a_password_change_wraps_one_slot_and_touches_no_record(tmp_path: Path) -> None:
    """After a change the old password is refused and the new one works; every record is byte for byte what it was."""
    vault = make_vault(tmp_path)
    before = parse_image(vault.path.read_bytes(), CHEAP)
    vault.change_password(PASSWORD, OTHER)
    after = parse_image(vault.path.read_bytes(), CHEAP)
    assert [record.raw for record in after.records] == [record.raw for record in before.records]
    assert after.header.slots[0].salt != before.header.slots[0].salt
    with pytest.raises(WrongPassword):
        reopen(tmp_path)
    assert reopen(tmp_path, OTHER).get("stripe", "acme").fields["token"] == TOKEN


def test_nothing_beside_the_vault_opens_with_the_old_password(tmp_path: Path) -> None:
    """A password change removes the earlier generations, which the old password would still open."""
    vault = make_vault(tmp_path)
    assert list(tmp_path.glob("test.vault.g*"))
    vault.change_password(PASSWORD, OTHER)
    for path in tmp_path.glob("test.vault*"):
        if path.stat().st_size:
            with pytest.raises(WrongPassword):
                open_bytes(path.read_bytes())


def test_a_password_change_uses_todays_cost_not_the_files(tmp_path: Path) -> None:
    """A slot made with a higher cost is made anew with what the policy chooses now."""
    vault = make_vault(tmp_path)
    again = reopen(tmp_path, policy=CHEAP)
    again.change_password(PASSWORD, OTHER)
    assert vault._access.current().image.header.slots[0].cost == CHEAP.floor


def test_a_password_change_needs_the_old_one_and_a_good_new_one(tmp_path: Path) -> None:
    """With a wrong old password, or a new one that is too short, the vault is as it was."""
    vault = make_vault(tmp_path)
    before = vault.path.read_bytes()
    with pytest.raises(WrongPassword):
        vault.change_password(OTHER, OTHER)
    with pytest.raises(UsageError, match="at least 12"):
        vault.change_password(PASSWORD, Secret("too short"))
    assert vault.path.read_bytes() == before


def test_each_way_in_opens_the_vault(tmp_path: Path) -> None:
    """A second password, a key file, its text, a recovery key and the keyring each open it, and each can be removed."""
    keyring = MemoryKeyring()
    vault = make_vault(tmp_path, keyring=keyring)
    vault.add_slot(password=OTHER)
    vault.add_slot(key_file=tmp_path / "key")
    vault.add_slot(keyring=True)
    added = vault.add_slot(recovery=True)
    assert added.recovery_key is not None
    typed = Secret(added.recovery_key.reveal().lower().replace("-", " ").replace("o", "0"))
    ways = [
        {"password": OTHER},
        {"key_file": tmp_path / "key"},
        {"key_file": Secret((tmp_path / "key").read_text())},
        {"keyring": True},
        {"recovery_key": added.recovery_key},
        {"recovery_key": typed},
    ]
    for way in ways:
        again = Vault.open(vault.path, **vault_settings(tmp_path, keyring=keyring))
        again.unlock(**way)  # type: ignore[arg-type]
        assert again.get("github", "me").fields["token"] == KEY
    assert [slot.kind for slot in vault.slots()] == [
        "password",
        "password",
        "key file",
        "keyring",
        "recovery key",
    ]
    vault.remove_slot(added.slot.name)
    again = Vault.open(vault.path, **vault_settings(tmp_path))
    with pytest.raises(WrongPassword, match="recovery key"):
        again.unlock(recovery_key=added.recovery_key)


def test_the_last_way_in_stays(tmp_path: Path) -> None:
    """The only way in that lasts cannot be removed, and no ninth can be added."""
    vault = make_vault(tmp_path, keyring=MemoryKeyring())
    vault.add_slot(keyring=True)
    with pytest.raises(UsageError, match="last way into"):
        vault.remove_slot(vault.slots()[0].name)
    with pytest.raises(UsageError, match="no slot 'ff'"):
        vault.remove_slot("ff")
    for _ in range(6):
        vault.add_slot(recovery=True)
    with pytest.raises(UsageError, match="8 ways in"):
        vault.add_slot(recovery=True)


def test_a_keyring_forgets_after_its_time(tmp_path: Path) -> None:
    """A way in with a time opens until then, not after, not after the clock was set back, and goes with the next write."""
    keyring, clock = MemoryKeyring(), FakeClock()
    vault = make_vault(tmp_path, keyring=keyring, clock=clock)
    vault.add_slot(keyring=True)
    again = Vault.open(vault.path, **vault_settings(tmp_path, keyring=keyring, clock=clock))
    pass_time(clock, 12 * 3600 - 5)
    again.unlock(keyring=True)
    pass_time(clock, 10)
    again.lock()
    with pytest.raises(VaultLocked, match="has ended"):
        again.unlock(keyring=True)
    vault.get("stripe", "acme")
    again.unlock(password=PASSWORD)  # the time is seen and remembered
    back = FakeClock(wall=clock.wall() - 3600)
    late = Vault.open(vault.path, **vault_settings(tmp_path, keyring=keyring, clock=back))
    with pytest.raises(VaultLocked, match="has ended"):
        late.unlock(keyring=True)
    again.put("stripe", "acme", {"token": OTHER})
    assert [slot.kind for slot in again.slots()] == ["password"]


def test_a_keyring_without_the_key_opens_nothing(tmp_path: Path) -> None:
    """On another machine, or with an entry that is no key, the keyring is WrongPassword."""
    keyring = MemoryKeyring()
    vault = make_vault(tmp_path, keyring=keyring)
    vault.add_slot(keyring=True)
    for entry in (None, "not base64!", "c2hvcnQ="):
        other = MemoryKeyring()
        if entry is not None:
            other.kept = dict.fromkeys(keyring.kept, entry)
        again = Vault.open(vault.path, **vault_settings(tmp_path, keyring=other))
        with pytest.raises(WrongPassword, match="not remembered on this machine"):
            again.unlock(keyring=True)


def test_rotate_makes_everything_anew(tmp_path: Path) -> None:
    """Another vid, another vault key, every record encrypted again with its version kept; the password still opens it."""
    vault = make_vault(tmp_path)
    old = open_bytes(vault.path.read_bytes())[0]
    versions = [entry.version for entry in vault.list()]
    rotated = vault.rotate(password=PASSWORD)
    new = open_bytes(vault.path.read_bytes())[0]
    assert new.keys.vid != old.keys.vid
    assert new.keys.vault_key.reveal() != old.keys.vault_key.reveal()
    assert not {r.wrapped_dek for r in new.image.records} & {r.wrapped_dek for r in old.image.records}
    assert not {r.ciphertext for r in new.image.records} & {r.ciphertext for r in old.image.records}
    assert [entry.version for entry in vault.list()] == versions
    assert new.image.header.kek_uses == 2
    assert (len(rotated.kept), rotated.dropped) == (1, ())
    assert reopen(tmp_path).get("stripe", "acme").fields["token"] == TOKEN
    assert not list(tmp_path.glob("test.vault.g*"))


def test_who_had_the_old_key_reads_nothing_new(tmp_path: Path) -> None:
    """The vault key from before a rotation neither verifies nor opens what is written after it."""
    vault = make_vault(tmp_path)
    old = open_bytes(vault.path.read_bytes())[0].keys
    vault.rotate(password=PASSWORD)
    image = parse_image(vault.path.read_bytes(), CHEAP)
    assert old.mac(image.signed) != image.mac
    with pytest.raises(VaultDamaged):
        decrypt_record(old, image.records[0])


def test_rotate_drops_the_ways_in_it_was_not_given(tmp_path: Path) -> None:
    """Given a password and a key file both stay open; a recovery key that was not given is dropped, and said so."""
    vault = make_vault(tmp_path)
    vault.add_slot(key_file=tmp_path / "key")
    recovery = vault.add_slot(recovery=True)
    rotated = vault.rotate(password=PASSWORD, key_file=tmp_path / "key")
    assert [slot.kind for slot in rotated.kept] == ["password", "key file"]
    assert [slot.name for slot in rotated.dropped] == [recovery.slot.name]
    again = Vault.open(vault.path, **vault_settings(tmp_path))
    again.unlock(key_file=tmp_path / "key")
    with pytest.raises(WrongPassword):
        vault.rotate(recovery_key=recovery.recovery_key)
    with pytest.raises(UsageError, match="stays open"):
        vault.rotate()


def test_a_rotation_elsewhere_locks_this_one(tmp_path: Path) -> None:
    """A process that has the keys from before is told to unlock again, and can."""
    vault, other = make_vault(tmp_path), reopen(tmp_path)
    other.rotate(password=PASSWORD)
    with pytest.raises(VaultLocked, match="given new keys"):
        vault.get("stripe", "acme")
    assert vault.is_locked
    vault.unlock(password=PASSWORD)
    assert vault.get("stripe", "acme").fields["token"] == TOKEN


def test_a_file_from_before_a_rotation_is_refused(tmp_path: Path) -> None:
    """The newest file under the old keys, put back, is VaultRolledBack: its vid has ended."""
    vault = make_vault(tmp_path)
    older = vault.path.read_bytes()
    vault.rotate(password=PASSWORD)
    vault.path.write_bytes(older)
    with pytest.raises(VaultRolledBack, match="newer keys"):
        reopen(tmp_path)
    assert reopen(tmp_path, restore=True).get("stripe", "acme").fields["token"] == TOKEN
    assert reopen(tmp_path).list()
