"""The file's frame, format 1: magic, version, header, records, MAC. Bytes in, values out, and back; no I/O.

off 0   8   MAGIC 89 50 53 4B 0D 0A 1A 0A       a text-mode copy or a lost line end shows at once
    8   2   format version, u16                  unknown: refused, never guessed at
   10   4   header length, u32, at most 64 KiB
   14   n   header, JSON: vid, gen, kek_uses, created, slots (1 to 8)
    +   4   record count, u32; then for each its length, u32, and its JSON: id, ver, meta, dnonce, dek, nonce, ct
  -32  32   HMAC-SHA256 over everything before; all numbers big-endian
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace

from penstock.errors import VaultDamaged, VaultError
from penstock.vault.envelope import VaultKeys
from penstock.vault.kdf import KdfPolicy
from penstock.vault.records import Header, Image, Record
from penstock.vault.schema import read_header, read_record, write_header, write_record

MAGIC = b"\x89PSK\r\n\x1a\n"
VERSION = 1
MOST_HEADER, MOST_RECORD, MOST_RECORDS = 64 * 1024, 512 * 1024, 10_000
MOST_FILE = 64 * 1024 * 1024
_HEAD, _MAC = 14, 32


def parse_image(raw: bytes, policy: KdfPolicy) -> Image:
    """Return a file's contents with every part checked, but nothing believed: that takes `verify`.

    Raises VaultDamaged, or VaultError where a newer Penstock wrote it.
    """
    if len(raw) > MOST_FILE:
        raise VaultDamaged(f"The vault's file is larger than a vault can be ({len(raw)} bytes).")
    if raw[: len(MAGIC)] != MAGIC:
        raise VaultDamaged(
            "The file is no vault: it does not begin as one (or a copy as text changed its line ends)."
        )
    version = int.from_bytes(raw[8:10], "big")
    if version > VERSION:
        raise VaultError(
            f"The vault was written by a newer Penstock (format {version}, this one reads {VERSION}).",
            hint="Upgrade: pip install -U penstock.",
        )
    signed = raw[:-_MAC]
    length = int.from_bytes(signed[10:_HEAD], "big")
    if version != VERSION or len(signed) < _HEAD + length + 4 or length > MOST_HEADER:
        raise VaultDamaged("The vault's file is cut short, or its head was changed.")
    header = read_header(signed[_HEAD : _HEAD + length], policy)
    return Image(header, _parse_records(signed, _HEAD + length), signed, raw[-_MAC:])


def _parse_records(signed: bytes, at: int) -> tuple[Record, ...]:
    count, at = int.from_bytes(signed[at : at + 4], "big"), at + 4
    if count > MOST_RECORDS:
        raise VaultDamaged(f"The vault's file claims to hold {count} credentials.")
    records = []
    for _ in range(count):
        length, at = int.from_bytes(signed[at : at + 4], "big"), at + 4
        if length > MOST_RECORD or at + length > len(signed):
            raise VaultDamaged("The vault's file is cut short, or the length of a record was changed.")
        records.append(read_record(signed[at : at + length]))
        at += length
    if at != len(signed):
        raise VaultDamaged("The vault's file goes on after its last record.")
    places = {(record.meta.integration, record.meta.account) for record in records}
    if not len(places) == len({record.record_id for record in records}) == len(records):
        raise VaultDamaged("The vault's file holds one credential twice.")
    return tuple(records)


def build_image(header: Header, records: Sequence[Record], keys: VaultKeys) -> Image:
    """Return a file's contents with its MAC; records that have their raw text keep it byte for byte."""
    head = write_header(header)
    if len(head) > MOST_HEADER:
        raise VaultError("The vault's header would be larger than a header can be.")
    if len(records) > MOST_RECORDS:
        raise VaultError(f"A vault holds at most {MOST_RECORDS} credentials.")
    written = tuple(record if record.raw else replace(record, raw=write_record(record)) for record in records)
    parts = [MAGIC, VERSION.to_bytes(2, "big"), len(head).to_bytes(4, "big"), head]
    parts.append(len(written).to_bytes(4, "big"))
    for record in written:
        parts += [len(record.raw).to_bytes(4, "big"), record.raw]
    signed = b"".join(parts)
    return Image(header, written, signed, keys.mac(signed))


def verify(image: Image, keys: VaultKeys) -> Image:
    """Return the image once its MAC is right; from here on it is believed."""
    if not hmac.compare_digest(keys.mac(image.signed), image.mac):
        raise VaultDamaged("The vault's file was changed by somebody who does not have its key.")
    return image
