"""The strict reading of the vault's JSON: exact names, types and lengths, or VaultDamaged. Nothing is used before it.

The texts are authenticated as the exact bytes they are; what is written here is never written again to compare.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable
from typing import Any

from penstock.errors import VaultDamaged
from penstock.vault.kdf import KdfPolicy
from penstock.vault.records import Header, KdfCost, Meta, Record, Slot, SlotKind

U64 = 2**64 - 1
MOST_SLOTS = 8
MOST_META, MOST_NOTES = 16_384, 32
_MOST_WALL = 2**40  # seconds; beyond any clock
_NO_COST = KdfCost(0, 0, 0)

Check = Callable[[Any], bool]


def _is_text(most: int, least: int = 0) -> Check:
    def check(value: Any) -> bool:
        return isinstance(value, str) and least <= len(value) <= most and is_encodable(value)

    return check


def _is_whole(most: int) -> Check:
    return lambda value: type(value) is int and 0 <= value <= most


def _is_list(most: int, least: int = 0) -> Check:
    return lambda value: isinstance(value, list) and least <= len(value) <= most


def _is_base64(least: int, most: int | None = None) -> Check:
    def check(value: Any) -> bool:
        if not isinstance(value, str) or not value.isascii():
            return False
        try:
            raw = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return False
        # One value has one spelling: spare bits at the end are zero.
        return least <= len(raw) <= (most or least) and base64.b64encode(raw).decode() == value

    return check


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_instant(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= _MOST_WALL


def _is_note(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, str) and is_encodable(part) for part in value)
    if isinstance(value, str):
        return is_encodable(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) < 2**63)


def _is_notes(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= MOST_NOTES
        and all(is_encodable(name) and _is_note(note) for name, note in value.items())
    )


def is_encodable(text: str) -> bool:
    """Say whether a text is Unicode proper: JSON can spell halves of characters that no encoding takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_HEADER: dict[str, Check] = {
    "vid": _is_base64(16),
    "gen": _is_whole(U64),
    "kek_uses": _is_whole(U64),
    "created": _is_whole(_MOST_WALL),
    "slots": _is_list(MOST_SLOTS, 1),
}
_SLOT: dict[str, Check] = {
    "id": _is_base64(8),
    "kind": lambda value: isinstance(value, str) and value in set(SlotKind),
    "salt": _is_base64(16),
    "m": _is_whole(2**32 - 1),
    "t": _is_whole(2**32 - 1),
    "p": _is_whole(2**24 - 1),
    "commit": _is_base64(16),
    "nonce": _is_base64(12),
    "wrapped": _is_base64(48),
    "expires": _or_none(_is_whole(_MOST_WALL)),
}
_RECORD: dict[str, Check] = {
    "id": _is_base64(16),
    "ver": _is_whole(U64),
    "meta": _is_text(MOST_META, 2),
    "dnonce": _is_base64(12),
    "dek": _is_base64(48),
    "nonce": _is_base64(12),
    "ct": _is_base64(16, 256 * 1024),
}
_META: dict[str, Check] = {
    "integration": _is_text(200, 1),
    "account": _is_text(200, 1),
    "label": _is_text(500),
    "expiry": _or_none(_is_instant),
    "health": _or_none(_is_text(100)),
    "notes": _is_notes,
}


def read_header(text: bytes, policy: KdfPolicy) -> Header:
    """Return a header, its KDF costs within the policy's bounds."""
    found = _read_object(text, _HEADER, "header")
    slots = tuple(_read_slot(slot, policy) for slot in found["slots"])
    if len({slot.slot_id for slot in slots}) != len(slots):
        raise VaultDamaged("The vault's header names one slot twice.")
    return Header(_raw(found["vid"]), found["gen"], found["kek_uses"], found["created"], slots)


def write_header(header: Header) -> bytes:
    """Return a header's text."""
    return _write(
        {
            "vid": _text(header.vid),
            "gen": header.generation,
            "kek_uses": header.kek_uses,
            "created": header.created,
            "slots": [
                {
                    "id": _text(slot.slot_id),
                    "kind": slot.kind.value,
                    "salt": _text(slot.salt),
                    "m": slot.cost.memory_kib,
                    "t": slot.cost.passes,
                    "p": slot.cost.lanes,
                    "commit": _text(slot.commit),
                    "nonce": _text(slot.nonce),
                    "wrapped": _text(slot.wrapped),
                    "expires": slot.expires,
                }
                for slot in header.slots
            ],
        }
    )


def _read_slot(slot: Any, policy: KdfPolicy) -> Slot:
    found = _check(slot, _SLOT, "slot")
    kind, cost = SlotKind(found["kind"]), KdfCost(found["m"], found["t"], found["p"])
    if not (policy.allows(cost) if kind is SlotKind.PASSWORD else cost == _NO_COST):
        raise VaultDamaged(
            "A slot of the vault asks for an Argon2id cost outside the bounds: it was weakened, or would exhaust "
            f"this machine (memory {cost.memory_kib} KiB, {cost.passes} passes, {cost.lanes} lanes)."
        )
    sealed = (_raw(found["commit"]), _raw(found["nonce"]), _raw(found["wrapped"]))
    return Slot(_raw(found["id"]), kind, _raw(found["salt"]), cost, *sealed, found["expires"])


def read_record(raw: bytes) -> Record:
    """Return a record; `raw` is kept as it stands."""
    found = _read_object(raw, _RECORD, "record")
    return Record(
        _raw(found["id"]),
        found["ver"],
        read_meta(found["meta"]),
        found["meta"],
        _raw(found["dnonce"]),
        _raw(found["dek"]),
        _raw(found["nonce"]),
        _raw(found["ct"]),
        raw,
    )


def write_record(record: Record) -> bytes:
    """Return a record's text."""
    return _write(
        {
            "id": _text(record.record_id),
            "ver": record.version,
            "meta": record.meta_text,
            "dnonce": _text(record.dek_nonce),
            "dek": _text(record.wrapped_dek),
            "nonce": _text(record.nonce),
            "ct": _text(record.ciphertext),
        }
    )


def read_meta(text: str) -> Meta:
    """Return the meta of a record."""
    return Meta(**_read_object(text.encode(), _META, "meta"))


def write_meta(meta: Meta) -> str:
    """Return a meta's text, the bytes that are bound to the secret."""
    return _write({name: getattr(meta, name) for name in _META}).decode()


def wrong_meta(meta: Meta) -> str | None:
    """Return the name of what does not fit in a meta about to be written, None when all does."""
    wrong = next((name for name, check in _META.items() if not check(getattr(meta, name))), None)
    return wrong or (None if len(write_meta(meta)) <= MOST_META else "notes")


def _read_object(text: bytes, checks: dict[str, Check], what: str) -> dict[str, Any]:
    try:
        found = json.loads(
            text.decode(), object_pairs_hook=_once, parse_constant=_refuse, parse_float=_read_float
        )
    except (ValueError, RecursionError):
        raise VaultDamaged(f"The vault's {what} is not the JSON that Penstock writes.") from None
    return _check(found, checks, what)


def _check(found: Any, checks: dict[str, Check], what: str) -> dict[str, Any]:
    if not isinstance(found, dict) or found.keys() != checks.keys():
        raise VaultDamaged(f"The vault's {what} has not the parts it should have.")
    for name, check in checks.items():
        if not check(found[name]):
            raise VaultDamaged(f"The vault's {what} has a {name!r} that cannot be.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(word: str) -> float:
    raise ValueError(word)


def _read_float(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(text)
    return value


def _write(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _raw(text: str) -> bytes:
    return base64.b64decode(text)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
