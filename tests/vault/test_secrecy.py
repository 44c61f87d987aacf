"""What is never shown: passwords, credentials and keys, whatever goes wrong, however much of a traceback is printed."""

from __future__ import annotations

import base64
import copy
import errno
import gc
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from failing_disk import FailingDisk
from vaults import OTHER, PASSWORD, TOKEN, BrokenKeyring, forge, make_vault, open_bytes, reopen

from penstock.errors import PenstockError, VaultDamaged
from penstock.redact import Secret
from penstock.vault.bundle import open_sealed
from penstock.vault.envelope import HiddenKey, bind, wrap
from penstock.vault.records import Image
from penstock.vault.vault import Vault
from penstock.vault.ways import make_key_file, new_recovery_key

HERE = str(Path(__file__).parent)


def spellings(raw: bytes) -> list[str]:
    """Return how a value may be written: in clear, as bytes, hex, base64, url-encoded."""
    whole = [
        raw.hex(),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        repr(raw)[2:-1],
    ]
    return [*whole, quote(raw), raw.decode("latin-1")]


def shown(exc: BaseException | None) -> str:
    """Return all that a traceback could show: texts, and the variables of every frame but the tests' own."""
    parts: list[str] = []
    while exc is not None:
        parts += [str(exc), repr(exc), repr(vars(exc)), repr(exc.args)]
        parts += [getattr(exc, "doc", "") or ""]  # a JSONDecodeError keeps what it read
        for frame, _ in traceback.walk_tb(exc.__traceback__):
            if not frame.f_code.co_filename.startswith(HERE):
                parts += [f"{name}={value!r}" for name, value in frame.f_locals.items()]
        exc = exc.__cause__ or exc.__context__
    return "\n".join(parts)


def not_fields(vault: Vault, text: str) -> None:
    """Seal a text that is no credential, under true keys, and open it."""
    keys = vault._access.current().keys

    def lie(image: Image) -> Image:
        record, dek = image.records[0], HiddenKey(b"d" * 32)
        place = (keys.vid, record.record_id, record.version)
        nonce, wrapped = wrap(keys.kek, dek, bind("penstock/1/dek", *place), lambda count: b"n" * count)
        bound = bind("penstock/1/rec", *place, record.meta_text)
        sealed = AESGCM(dek.reveal()).encrypt(b"n" * 12, text.encode(), bound)
        lied = replace(record, dek_nonce=nonce, wrapped_dek=wrapped, nonce=b"n" * 12, ciphertext=sealed)
        return replace(image, records=(lied, *image.records[1:]))

    open_bytes(forge(vault.path.read_bytes(), lie))


def changed_record(vault: Vault) -> None:
    def lie(image: Image) -> Image:
        return replace(image, records=tuple(replace(r, version=r.version + 9) for r in image.records))

    open_bytes(forge(vault.path.read_bytes(), lie))


def failing_put(vault: Vault) -> None:
    disk = FailingDisk(errno.ENOSPC)
    disk.left = 3
    again = reopen(vault.path.parent, disk=disk)
    again.put("stripe", "acme", {"token": OTHER})


def spoilt_bundle(vault: Vault) -> tuple[str, Secret]:
    """Return a bundle whose MAC was changed, and its key."""
    sealed = vault.seal(["stripe/acme"])
    raw = base64.urlsafe_b64decode(sealed.text.rpartition(".")[2])
    spoilt = raw[:-1] + bytes([raw[-1] ^ 1])
    return "penstock-sealed-1." + base64.urlsafe_b64encode(spoilt).decode(), sealed.key


def failing_key_file(vault: Vault) -> None:
    disk = FailingDisk(errno.EIO)
    disk.left = 2
    make_key_file(vault.path.with_name("key"), disk, lambda count: b"\xc3" * count)


CLEAR = TOKEN.reveal()
FAILURES: dict[str, Callable[[Vault], Any]] = {
    "does not open": lambda vault: reopen(vault.path.parent, OTHER),
    "password does not open": lambda vault: vault.change_password(OTHER, PASSWORD),
    "The password does not": lambda vault: vault.rotate(password=OTHER),
    "'expiry' is not": lambda vault: vault.put("stripe", "acme", {"token": OTHER}, {"expiry": "soon"}),
    "at version": lambda vault: vault.put("stripe", "acme", {"token": OTHER}, expect=99),
    "larger than": lambda vault: vault.put("stripe", "acme", {"token": OTHER, "more": Secret("x" * 200_000)}),
    "no account": lambda vault: vault.get("stripe", "acne"),
    "keyring cannot": lambda vault: vault.add_slot(keyring=True),
    "mistyped": lambda vault: vault.unlock(recovery_key=Secret(new_recovery_key().reveal()[:-1])),
    "exists already": lambda vault: vault.backup(vault.path),
    "changed by somebody": lambda vault: open_sealed(*spoilt_bundle(vault)),
    "No space|disk is full": failing_put,
    "cannot be written": failing_key_file,
    "belongs to another place": changed_record,
    "not what Penstock": lambda vault: not_fields(vault, json.dumps([CLEAR])),
    "is not what Penstock": lambda vault: not_fields(vault, f'{{"token": "{CLEAR}"'),
    "is not what Penstock writes": lambda vault: not_fields(vault, f'{{"token": ["{CLEAR}"]}}'),
}


@pytest.mark.parametrize("says", FAILURES)
def test_no_error_shows_a_secret(tmp_path: Path, says: str) -> None:
    """Whatever fails, neither the error nor any frame of its traceback holds a password, token or key in clear."""
    vault = make_vault(tmp_path, keyring=BrokenKeyring())
    keys = vault._access.current().keys
    hidden = [secret.reveal().encode() for secret in (TOKEN, OTHER, PASSWORD)]
    hidden += [keys.vault_key.reveal(), keys.kek.reveal(), b"\xc3" * 32, b"d" * 32]
    with pytest.raises(PenstockError, match=says) as caught:
        FAILURES[says](vault)
    text = shown(caught.value)
    assert len(text) > 100
    assert [spelling for raw in hidden for spelling in spellings(raw) if spelling in text] == []


def test_a_frame_that_held_one_would_be_found(tmp_path: Path) -> None:
    """The control: a library frame with a token in clear among its variables is found."""
    code = compile("def careless(token):\n    raise ValueError('no')", "elsewhere.py", "exec")
    scope: dict[str, Any] = {}
    exec(code, scope)
    with pytest.raises(ValueError, match="no") as caught:
        scope["careless"](TOKEN.reveal())
    assert TOKEN.reveal() in shown(caught.value)


def test_a_credential_that_is_not_fields_is_damage(tmp_path: Path) -> None:
    """Authenticated contents of another shape are VaultDamaged, with nothing chained to it."""
    vault = make_vault(tmp_path)
    with pytest.raises(VaultDamaged, match="not what Penstock writes") as caught:
        not_fields(vault, json.dumps([CLEAR]))
    assert caught.value.__context__ is None


def test_nothing_shows_itself_with_a_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """repr of a vault, a credential, slots, a bundle and all they are made of, and the log at DEBUG, show no secret."""
    with caplog.at_level(logging.DEBUG):
        vault = make_vault(tmp_path)
        added = vault.add_slot(recovery=True)
        sealed = vault.seal(["stripe/acme"])
        bundle = open_sealed(sealed.text, sealed.key)
        contents = vault._access.current()
        things = [
            vault,
            added,
            sealed,
            bundle,
            vault.get("stripe", "acme"),
            vault.slots(),
            contents,
            vault._access,
        ]
        text = "\n".join(map(repr, things)) + caplog.text
    assert added.recovery_key is not None
    for secret in (TOKEN, PASSWORD, sealed.key, added.recovery_key):
        assert secret.reveal() not in text
    assert [s for s in spellings(contents.keys.vault_key.reveal()) if s in text] == []
    assert "hidden" in text


def test_nothing_that_holds_a_secret_is_pickled_or_copied(tmp_path: Path) -> None:
    """pickle and deepcopy refuse a vault, a credential, a bundle and a recovery key."""
    vault = make_vault(tmp_path)
    added, sealed = vault.add_slot(recovery=True), vault.seal(["stripe/acme"])
    bundle = open_sealed(sealed.text, sealed.key)
    for held in (vault, vault.get("stripe", "acme"), added, sealed, bundle, vault._access.current()):
        for attempt in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError):
                attempt(held)
    assert pickle.loads(pickle.dumps(vault.list())) == vault.list()  # the control: a list has none


def test_a_locked_vault_holds_no_keys(tmp_path: Path) -> None:
    """After lock no object that holds a key of the vault is left."""
    vault = make_vault(tmp_path)
    raw = open_bytes(vault.path.read_bytes())[0].keys.vault_key.reveal()

    def holders() -> int:
        gc.collect()
        return sum(isinstance(held, HiddenKey) and held.reveal() == raw for held in gc.get_objects())

    assert holders() >= 1  # the control
    vault.lock()
    assert holders() == 0
