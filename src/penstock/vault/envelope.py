"""Envelope encryption, without I/O: AES-256-GCM, a fresh DEK for every record version, AAD that binds each to its place.

Clear text is never bound to a name in a frame that can raise: a traceback that shows local variables shows none.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Callable, Mapping
from typing import NoReturn

from penstock.errors import VaultDamaged
from penstock.redact import Secret
from penstock.vault.records import Meta, Record

Draw = Callable[[int], bytes]  # n -> n random bytes
NONCE_BYTES, KEY_BYTES, COMMIT_BYTES = 12, 32, 16


class HiddenKey:
    """Hold key bytes that no repr, pickle or copy shows."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def reveal(self) -> bytes:
        """Return the bytes themselves."""
        return self._raw

    def __repr__(self) -> str:
        return "HiddenKey(‹hidden›)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A key of the vault cannot be pickled or copied.")

    __copy__ = __deepcopy__ = __reduce_ex__


class VaultKeys:
    """What is derived from the vault key: the KEK that wraps DEKs, and the key of the file's MAC."""

    __slots__ = ("_mac_key", "kek", "vault_key", "vid")

    def __init__(self, vid: bytes, vault_key: HiddenKey) -> None:
        self.vid, self.vault_key = vid, vault_key
        self.kek = derive(vault_key, "penstock/1/kek")
        self._mac_key = derive(vault_key, "penstock/1/file-mac")

    def mac(self, signed: bytes) -> bytes:
        """Return HMAC-SHA256 over all of the file but its last 32 bytes."""
        return hmac.digest(self._mac_key.reveal(), signed, "sha256")

    def __repr__(self) -> str:
        return f"<VaultKeys of {self.vid.hex()}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("Keys of the vault cannot be pickled or copied.")

    __copy__ = __deepcopy__ = __reduce_ex__


def bind(*parts: bytes | str | int) -> bytes:
    """Return the parts as AAD, each after its length in 32 bits, so that no two tuples give the same bytes."""
    bound = bytearray()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        raw = raw.to_bytes(8, "big") if isinstance(raw, int) else raw
        bound += len(raw).to_bytes(4, "big") + raw
    return bytes(bound)


def derive(key: HiddenKey, purpose: str, *, salt: bytes | None = None) -> HiddenKey:
    """Return HKDF-SHA256 of a key for one purpose."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HiddenKey(HKDF(SHA256(), KEY_BYTES, salt, purpose.encode()).derive(key.reveal()))


def commitment(key: HiddenKey) -> bytes:
    """Return what a slot key is known by: GCM alone would take one ciphertext under several keys."""
    return derive(key, "penstock/1/commit").reveal()[:COMMIT_BYTES]


def wrap(outer: HiddenKey, inner: HiddenKey, bound: bytes, draw: Draw) -> tuple[bytes, bytes]:
    """Return (nonce, wrapped key)."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = draw(NONCE_BYTES)
    return nonce, AESGCM(outer.reveal()).encrypt(nonce, inner.reveal(), bound)


def unwrap(outer: HiddenKey, nonce: bytes, wrapped: bytes, bound: bytes) -> HiddenKey:
    """Return the key inside, or raise VaultDamaged where it is not the one that was put there."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return HiddenKey(AESGCM(outer.reveal()).decrypt(nonce, wrapped, bound))
    except InvalidTag:
        raise VaultDamaged("A wrapped key of the vault was changed, or belongs to another place.") from None


def encrypt_record(
    keys: VaultKeys,
    record_id: bytes,
    version: int,
    meta: Meta,
    meta_text: str,
    fields: Mapping[str, Secret],
    draw: Draw = os.urandom,
) -> Record:
    """Return a record version with a DEK of its own; its place and its exact meta are bound to it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    dek, nonce = HiddenKey(draw(KEY_BYTES)), draw(NONCE_BYTES)
    dek_nonce, wrapped = wrap(keys.kek, dek, _dek_bound(keys.vid, record_id, version), draw)
    ciphertext = AESGCM(dek.reveal()).encrypt(
        nonce,
        json.dumps({name: secret.reveal() for name, secret in fields.items()}).encode(),
        _record_bound(keys.vid, record_id, version, meta_text),
    )
    return Record(record_id, version, meta, meta_text, dek_nonce, wrapped, nonce, ciphertext)


def decrypt_record(keys: VaultKeys, record: Record) -> dict[str, Secret]:
    """Return the fields of a record, or raise VaultDamaged where anything about it is not as it was written."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    place = (keys.vid, record.record_id, record.version)
    dek = unwrap(keys.kek, record.dek_nonce, record.wrapped_dek, _dek_bound(*place))
    try:
        return _read_fields(
            AESGCM(dek.reveal()).decrypt(
                record.nonce, record.ciphertext, _record_bound(*place, record.meta_text)
            )
        )
    except InvalidTag:
        damage = "A credential in the vault was changed, or belongs to another place."
    except (ValueError, TypeError, AttributeError):
        damage = "A credential in the vault is not what Penstock writes."
    raise VaultDamaged(damage, integration=record.meta.integration, account=record.meta.account)


def _read_fields(clear: bytes) -> dict[str, Secret]:
    return {name: Secret(text) for name, text in json.loads(clear).items()}


def _dek_bound(vid: bytes, record_id: bytes, version: int) -> bytes:
    return bind("penstock/1/dek", vid, record_id, version)


def _record_bound(vid: bytes, record_id: bytes, version: int, meta_text: str) -> bytes:
    return bind("penstock/1/rec", vid, record_id, version, meta_text)
