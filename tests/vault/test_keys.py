from __future__ import annotations

from dataclasses import replace

import pytest
from vaults import CHEAP, OTHER, PASSWORD

from penstock.errors import VaultDamaged, WrongPassword
from penstock.vault.envelope import HiddenKey, VaultKeys
from penstock.vault.keys import make_slot, open_header, open_slot
from penstock.vault.records import Header, KdfCost, Slot, SlotKind
from penstock.vault.ways import KeyWay, PasswordWay

KEYS = VaultKeys(b"v" * 16, HiddenKey(b"k" * 32))
FILE = KeyWay(SlotKind.KEY_FILE, HiddenKey(b"f" * 32))


def test_a_slot_opens_with_what_made_it() -> None:
    """The vault key comes out as it went in; another password or key, or another kind of way, opens nothing."""
    for way in (PasswordWay(PASSWORD), FILE):
        slot = make_slot(KEYS, way, CHEAP.floor)
        opened = open_slot(KEYS.vid, slot, way)
        assert opened is not None and opened.vault_key.reveal() == KEYS.vault_key.reveal()
        for other in (PasswordWay(OTHER), KeyWay(SlotKind.KEY_FILE, HiddenKey(b"g" * 32))):
            assert open_slot(KEYS.vid, slot, other) is None


def test_a_cost_counts_for_passwords_only() -> None:
    """A slot of a random key asks for no Argon2id."""
    assert make_slot(KEYS, PasswordWay(PASSWORD), CHEAP.floor).cost == CHEAP.floor
    assert make_slot(KEYS, FILE, CHEAP.floor).cost == KdfCost(0, 0, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"slot_id": b"x" * 8},
        {"nonce": b"n" * 12},
        {"wrapped": b"w" * 48},
        {"cost": KdfCost(1, 0, 0)},
        {"cost": KdfCost(0, 1, 0)},
        {"cost": KdfCost(0, 0, 1)},
    ],
)
def test_everything_that_shaped_a_slot_is_bound_to_it(changes: dict[str, object]) -> None:
    """With its id, nonce, wrapped key or cost changed a slot is damage, though its key is the right one."""
    slot = replace(make_slot(KEYS, FILE, CHEAP.floor), **changes)  # type: ignore[arg-type]
    with pytest.raises(VaultDamaged):
        open_slot(KEYS.vid, slot, FILE)


def test_a_slot_belongs_to_its_vault_and_its_kind() -> None:
    """Moved to another vid, or called another kind for the same key, a slot is damage."""
    slot = make_slot(KEYS, FILE, CHEAP.floor)
    with pytest.raises(VaultDamaged):
        open_slot(b"w" * 16, slot, FILE)
    recovery = KeyWay(SlotKind.RECOVERY, HiddenKey(b"f" * 32))
    with pytest.raises(VaultDamaged):
        open_slot(KEYS.vid, replace(slot, kind=SlotKind.RECOVERY), recovery)


def test_a_salt_is_new_for_every_slot() -> None:
    """Two slots of one password share neither id, salt, commitment nor wrapped key."""
    one, two = (make_slot(KEYS, PasswordWay(PASSWORD), CHEAP.floor) for _ in range(2))

    def parts(slot: Slot) -> set[bytes]:
        return {slot.slot_id, slot.salt, slot.commit, slot.nonce, slot.wrapped}

    assert not parts(one) & parts(two)


def test_each_of_several_slots_can_be_the_one() -> None:
    """Of two passwords each opens the vault by its own slot; a third opens none."""
    slots = tuple(make_slot(KEYS, PasswordWay(password), CHEAP.floor) for password in (PASSWORD, OTHER))
    header = Header(KEYS.vid, 1, 0, 0, slots)
    assert [open_header(header, PasswordWay(password))[0] for password in (PASSWORD, OTHER)] == list(slots)
    with pytest.raises(WrongPassword, match="key file"):
        open_header(header, FILE)
