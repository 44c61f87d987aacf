"""Slots: each wraps the vault key under a key that one way in can give. Ways in are made in ways.py.

slot key K   what a way in gives, from Argon2id (a password) or HKDF (a random key), under the slot's own salt
commit       HKDF(K, "penstock/1/commit")[:16], compared first: it tells a wrong password from damage
wrapped      the vault key under HKDF(K, "penstock/1/wrap"), bound to the vid and to everything that shaped K
"""

from __future__ import annotations

import hmac
import os
from dataclasses import replace
from typing import Protocol

from penstock.errors import WrongPassword
from penstock.vault.envelope import Draw, HiddenKey, VaultKeys, bind, commitment, derive, unwrap, wrap
from penstock.vault.records import Header, KdfCost, Slot, SlotKind


class Way(Protocol):
    """Give the slot key of a slot."""

    kind: SlotKind

    def key_for(self, vid: bytes, slot: Slot) -> HiddenKey | None:
        """Return the slot key, None where this way has none for this slot."""
        ...

    def enrol(self, vid: bytes, slot: Slot) -> HiddenKey:
        """Return the slot key for a slot that is being made."""
        ...


def make_slot(
    keys: VaultKeys, way: Way, cost: KdfCost, *, expires: int | None = None, draw: Draw = os.urandom
) -> Slot:
    """Return a new slot for a way in, under a new salt. `cost` counts for passwords only."""
    shaped = Slot(
        draw(8),
        way.kind,
        draw(16),
        cost if way.kind is SlotKind.PASSWORD else KdfCost(0, 0, 0),
        expires=expires,
    )
    key = way.enrol(keys.vid, shaped)
    nonce, wrapped = wrap(derive(key, "penstock/1/wrap"), keys.vault_key, _slot_bound(keys.vid, shaped), draw)
    return replace(shaped, commit=commitment(key), nonce=nonce, wrapped=wrapped)


def open_slot(vid: bytes, slot: Slot, way: Way) -> VaultKeys | None:
    """Return the vault's keys, None where the way in is not this slot's; raises VaultDamaged where it is, yet does not fit."""
    key = way.key_for(vid, slot) if slot.kind is way.kind else None
    if key is None or not hmac.compare_digest(commitment(key), slot.commit):
        return None
    bound = _slot_bound(vid, slot)
    return VaultKeys(vid, unwrap(derive(key, "penstock/1/wrap"), slot.nonce, slot.wrapped, bound))


_WRONG = {
    SlotKind.PASSWORD: "The password does not open the vault.",
    SlotKind.KEYRING: "The vault is not remembered on this machine: the OS keyring has no key for it.",
    SlotKind.KEY_FILE: "The key file does not open the vault.",
    SlotKind.RECOVERY: "The recovery key does not open the vault.",
    SlotKind.KMS: "The key does not open the vault.",
}


def open_header(header: Header, way: Way) -> tuple[Slot, VaultKeys]:
    """Return the slot a way in opens, and the vault's keys; raises WrongPassword where it opens none."""
    for slot in header.slots:
        keys = open_slot(header.vid, slot, way)
        if keys is not None:
            return slot, keys
    raise WrongPassword(_WRONG[way.kind])


def _slot_bound(vid: bytes, slot: Slot) -> bytes:
    cost = slot.cost
    return bind(
        "penstock/1/slot",
        vid,
        slot.slot_id,
        slot.kind.value,
        slot.salt,
        cost.memory_kib,
        cost.passes,
        cost.lanes,
    )
