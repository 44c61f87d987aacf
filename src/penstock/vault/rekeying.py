"""Changes to the ways in, and new keys for everything. Each gives the next generation of an unlocked vault; no I/O.

A password change wraps the vault key anew and touches no record. `rotate` is for a vault key that may have leaked: it
makes another, under another vid, and encrypts every record again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from penstock.errors import UsageError
from penstock.redact import Secret
from penstock.vault.contents import Contents
from penstock.vault.envelope import KEY_BYTES, Draw, HiddenKey, VaultKeys
from penstock.vault.keys import Way, make_slot, open_header
from penstock.vault.records import KdfCost, Slot, SlotKind
from penstock.vault.schema import MOST_SLOTS
from penstock.vault.ways import PasswordWay


@dataclass(frozen=True, slots=True)
class SlotShown:
    """A way in, as a list shows it. `expires`: wall seconds, None for never."""

    name: str
    kind: str
    expires: int | None

    @classmethod
    def of(cls, slot: Slot) -> SlotShown:
        """Return what a list shows of a slot."""
        kinds = {
            SlotKind.PASSWORD: "password",
            SlotKind.KEY_FILE: "key file",
            SlotKind.RECOVERY: "recovery key",
        }
        return cls(slot.name, kinds.get(slot.kind, slot.kind.value), slot.expires)


@dataclass(frozen=True, slots=True)
class SlotAdded:
    """A new way in; `recovery_key` is given this once, to print and put away."""

    slot: SlotShown
    recovery_key: Secret | None = None


@dataclass(frozen=True, slots=True)
class Rotated:
    """What `rotate` did: the ways in that were kept, and those that are no more and must be added again."""

    kept: tuple[SlotShown, ...]
    dropped: tuple[SlotShown, ...]


def change_password(
    contents: Contents, old: Secret, new: Secret, cost: KdfCost, now: float, draw: Draw = os.urandom
) -> Contents:
    """Return the vault with the slot that `old` opens made anew for `new`: new salt, today's cost, no record touched."""
    header = contents.image.header
    opened, _ = open_header(header, PasswordWay(old))
    fresh = make_slot(contents.keys, PasswordWay(new), cost, draw=draw)
    return contents.next(now, slots=[fresh if slot is opened else slot for slot in header.slots])


def add_slot(
    contents: Contents,
    way: Way,
    cost: KdfCost,
    now: float,
    expires: int | None = None,
    draw: Draw = os.urandom,
) -> Contents:
    """Return the vault with one more way in, its last slot."""
    slots = contents.image.header.slots
    if len(slots) >= MOST_SLOTS:
        raise UsageError(
            f"The vault has {MOST_SLOTS} ways in, which is all it can have.",
            hint="Remove one: vault.remove_slot.",
        )
    fresh = make_slot(contents.keys, way, cost, expires=expires, draw=draw)
    return contents.next(now, slots=[*slots, fresh])


def remove_slot(contents: Contents, name: str, now: float) -> Contents:
    """Return the vault without a way in; the last that stays open for ever cannot be removed."""
    slots = contents.image.header.slots
    left = [slot for slot in slots if slot.name != name]
    if len(left) == len(slots):
        raise UsageError(f"The vault has no slot {name!r}.", hint="vault.slots() lists them.")
    if not any(slot.expires is None for slot in left):
        raise UsageError(
            "It is the last way into the vault that does not end.", hint="Add another before removing it."
        )
    return contents.next(now, slots=left)


def rotate(
    contents: Contents, ways: Sequence[Way], cost: KdfCost, now: float, draw: Draw = os.urandom
) -> tuple[Contents, Rotated]:
    """Return the vault under a new vault key and vid, open to the ways in that are given, and to no other.

    A slot can be wrapped anew only by somebody who has its key; those whose key is not at hand are dropped.
    """
    header = contents.image.header
    keys = VaultKeys(draw(16), HiddenKey(draw(KEY_BYTES)))
    opened = [open_header(header, way)[0] for way in ways]
    slots = [
        make_slot(keys, way, cost, expires=slot.expires, draw=draw)
        for way, slot in zip(ways, opened, strict=True)
    ]
    if not any(slot.expires is None for slot in slots):
        raise UsageError(
            "None of the ways in that were given stays open for ever.", hint="Give the password as well."
        )
    dropped = tuple(SlotShown.of(slot) for slot in header.slots if slot not in opened)
    fresh = contents.rekeyed(keys, slots, contents.image.records, header.created)
    return fresh, Rotated(tuple(map(SlotShown.of, slots)), dropped)
