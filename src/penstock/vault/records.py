"""What the vault is made of: frozen values, no cryptography and no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from penstock.redact import Secret


class SlotKind(StrEnum):
    """What opens a slot."""

    PASSWORD = "argon2id"
    KEYRING = "keyring"  # a random key in the operating system's keyring
    KEY_FILE = "keyfile"  # a random key in a file of its own
    RECOVERY = "recovery"  # a random key printed once
    KMS = "kms"  # a key held by a key management service; read, never made here


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one Argon2id derivation costs; all zero where the slot's key is random and needs no stretching."""

    memory_kib: int
    passes: int
    lanes: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One way in: the vault key wrapped under a key of its own. `expires`: wall seconds, None for never."""

    slot_id: bytes
    kind: SlotKind
    salt: bytes
    cost: KdfCost
    commit: bytes = b""
    nonce: bytes = b""
    wrapped: bytes = b""
    expires: int | None = None

    @property
    def name(self) -> str:
        """Return the slot's id as it is shown and typed."""
        return self.slot_id.hex()


@dataclass(frozen=True, slots=True)
class Header:
    """The head of the file; `created` is wall seconds."""

    vid: bytes
    generation: int
    kek_uses: int
    created: int
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Meta:
    """What may be read of a credential without opening it, once the file's MAC is verified."""

    integration: str
    account: str
    label: str = ""
    expiry: float | None = None  # wall seconds
    health: str | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """One credential, encrypted. `raw` is the record as it stands in the file, `meta_text` the exact meta."""

    record_id: bytes
    version: int
    meta: Meta
    meta_text: str
    dek_nonce: bytes
    wrapped_dek: bytes
    nonce: bytes
    ciphertext: bytes
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Image:
    """A whole file, parsed but not yet believed: `mac` must be verified over `signed` first."""

    header: Header
    records: tuple[Record, ...]
    signed: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    @property
    def raw(self) -> bytes:
        """Return the file's bytes."""
        return self.signed + self.mac

    def find(self, integration: str, account: str) -> Record | None:
        """Return the record of an account, None when there is none."""
        for record in self.records:
            if record.meta.integration == integration and record.meta.account == account:
                return record
        return None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the vault's list; never a secret. `version` is what `expect=` compares."""

    integration: str
    account: str
    version: int
    label: str
    expiry: float | None
    health: str | None
    notes: Mapping[str, Any]

    @classmethod
    def of(cls, record: Record) -> Entry:
        """Return what a list shows of a record."""
        meta = record.meta
        return cls(
            meta.integration, meta.account, record.version, meta.label, meta.expiry, meta.health, meta.notes
        )


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential, opened: its fields by name, each a Secret."""

    entry: Entry
    fields: Mapping[str, Secret]

    @property
    def version(self) -> int:
        """Return the version to give as `expect=` when writing it back."""
        return self.entry.version
