"""The ways in: a password, a key file, a recovery key printed once, the operating system's keyring."""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import os
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from penstock.errors import DependencyMissing, UsageError, VaultError
from penstock.redact import Secret
from penstock.store import translate
from penstock.vault.disk import Disk, read_private, write_new
from penstock.vault.envelope import KEY_BYTES, Draw, HiddenKey, derive
from penstock.vault.kdf import derive_from_password
from penstock.vault.keys import Way
from penstock.vault.records import Slot, SlotKind

_RECOVERY_BYTES, _SUM_BYTES = 17, 3  # 136 bits and a checksum: 32 letters and digits in 8 groups
_READ_AS = str.maketrans({"0": "O", "1": "I", "8": "B", " ": None, "-": None, "\t": None, "\n": None})


class PasswordWay:
    """Derive the slot key from a password."""

    kind = SlotKind.PASSWORD

    def __init__(self, password: Secret) -> None:
        self._password = password

    def key_for(self, vid: bytes, slot: Slot) -> HiddenKey:
        """Return Argon2id of the password with the slot's salt and cost, which its reader has checked."""
        return derive_from_password(self._password, slot.salt, slot.cost)

    enrol = key_for


class KeyWay:
    """Derive the slot key from a random key: a key file's, or a recovery key."""

    def __init__(self, kind: SlotKind, key: HiddenKey) -> None:
        self.kind, self._key = kind, key

    def key_for(self, vid: bytes, slot: Slot) -> HiddenKey:
        """Return HKDF of the key with the slot's salt."""
        return derive(self._key, "penstock/1/slot-key", salt=slot.salt)

    enrol = key_for


class Keyring(Protocol):
    """What the `keyring` package offers, and a test's stand-in for it."""

    def get_password(self, service_name: str, username: str) -> str | None: ...
    def set_password(self, service_name: str, username: str, password: str) -> None: ...


class KeyringWay:
    """Keep a random key for each slot in the operating system's keyring (Keychain, DPAPI, Secret Service)."""

    kind = SlotKind.KEYRING
    _SERVICE = "penstock vault"

    def __init__(self, keyring: Keyring, draw: Draw = os.urandom) -> None:
        self._keyring, self._draw = keyring, draw

    def key_for(self, vid: bytes, slot: Slot) -> HiddenKey | None:
        """Return the slot key, None where this machine's keyring has none for the slot."""
        try:
            kept = self._keyring.get_password(self._SERVICE, _keyring_name(vid, slot))
            return (
                derive(HiddenKey(base64.b64decode(kept)), "penstock/1/slot-key", salt=slot.salt)
                if kept
                else None
            )
        except (binascii.Error, ValueError):
            return None
        except Exception as exc:  # each operating system's keyring has errors of its own
            problem = type(exc).__name__
        raise _keyring_failed(problem)

    def enrol(self, vid: bytes, slot: Slot) -> HiddenKey:
        """Put a new key into the keyring and return the slot key."""
        key = HiddenKey(self._draw(KEY_BYTES))
        try:
            self._keyring.set_password(
                self._SERVICE, _keyring_name(vid, slot), base64.b64encode(key.reveal()).decode()
            )
            return derive(key, "penstock/1/slot-key", salt=slot.salt)
        except Exception as exc:
            problem = type(exc).__name__
        raise _keyring_failed(problem)  # outside: the traceback of theirs may show the key


def _keyring_failed(problem: str) -> VaultError:
    return VaultError(
        f"The operating system's keyring cannot be used ({problem}).",
        hint="In a container there is none: unlock with the password or a key file.",
    )


def _keyring_name(vid: bytes, slot: Slot) -> str:
    return f"{vid.hex()}/{slot.name}"


def system_keyring() -> Keyring:
    """Return the `keyring` package, or raise DependencyMissing."""
    try:
        found: Any = import_module("keyring")
    except ImportError:
        raise DependencyMissing("The package keyring is not installed.", hint="pip install keyring") from None
    return found  # type: ignore[no-any-return]


def given_ways(
    password: Secret | None,
    key_file: Path | str | Secret | None,
    recovery_key: Secret | None,
    keyring: Keyring | None,
) -> list[Way]:
    """Return the ways in that were given; a file is read and a recovery key checked, nothing is derived yet."""
    given: list[Way] = []
    if password is not None:
        given.append(PasswordWay(_check_secret(password, "password")))
    if key_file is not None:
        given.append(KeyWay(SlotKind.KEY_FILE, read_key_file(key_file)))
    if recovery_key is not None:
        given.append(
            KeyWay(SlotKind.RECOVERY, read_recovery_key(_check_secret(recovery_key, "recovery_key")))
        )
    if keyring is not None:
        given.append(KeyringWay(keyring))
    return given


def only_one(count: int) -> None:
    """Return where one way in was given, or raise UsageError."""
    if count != 1:
        raise UsageError(
            f"{count} ways in were given; it takes one.",
            hint="password=, key_file=, recovery or keyring.",
        )


def _check_secret(value: object, name: str) -> Secret:
    if isinstance(value, Secret):
        return value
    raise UsageError(
        f"{name} is a {type(value).__name__}; it is given as a ps.Secret.",
        hint="A hidden prompt gives one; a literal in a cell is saved with the notebook.",
    )


def make_key_file(path: Path, disk: Disk, draw: Draw = os.urandom) -> HiddenKey:
    """Write a new key to a file that was not there, mode 0600, and return it."""
    key = HiddenKey(draw(KEY_BYTES))
    problem: OSError | None = None
    try:
        write_new(disk, path, base64.b64encode(key.reveal()) + b"\n")
    except OSError as exc:
        problem = exc.with_traceback(None)  # whose frames have seen the key
    if problem is None:
        return key
    if problem.errno == errno.EEXIST:
        raise UsageError(f"{path} exists already; a key file is a new one.", hint="Name another.")
    raise translate(problem, path)


def read_key_file(source: Path | str | Secret) -> HiddenKey:
    """Return the key in a key file, or in its text as a Secret (a CI system's secret store, a descriptor)."""
    try:
        key = HiddenKey(
            base64.b64decode(
                source.reveal().strip()
                if isinstance(source, Secret)
                else read_private(Path(source).expanduser(), 1024).strip(),
                validate=True,
            )
        )
    except FileNotFoundError:
        raise UsageError(f"There is no key file {source}.", hint="Check the path.") from None
    except (binascii.Error, ValueError) as exc:
        if isinstance(exc, UsageError):
            raise
        key = HiddenKey(b"")
    if len(key.reveal()) != KEY_BYTES:
        raise UsageError("The key file is not one of Penstock's.", hint="It has one line of 44 characters.")
    return key


def new_recovery_key(draw: Draw = os.urandom) -> Secret:
    """Return a recovery key as it is printed: eight groups of four."""
    return _spell(HiddenKey(draw(_RECOVERY_BYTES)))


def _spell(key: HiddenKey) -> Secret:
    text = Secret(base64.b32encode(key.reveal() + _checksum(key.reveal())).decode())
    return Secret("-".join(text.reveal()[at : at + 4] for at in range(0, 32, 4)))


def read_recovery_key(typed: Secret) -> HiddenKey:
    """Return the key of a recovery key as typed: case, spaces and hyphens do not matter, a slip is noticed."""
    try:
        whole = HiddenKey(base64.b32decode(typed.reveal().upper().translate(_READ_AS)))
    except (binascii.Error, ValueError):
        whole = HiddenKey(b"")
    key = HiddenKey(whole.reveal()[:_RECOVERY_BYTES])
    if (
        len(whole.reveal()) != _RECOVERY_BYTES + _SUM_BYTES
        or _checksum(key.reveal()) != whole.reveal()[_RECOVERY_BYTES:]
    ):
        raise UsageError(
            "The recovery key is mistyped.", hint="It has eight groups of four letters and digits."
        )
    return key


def _checksum(raw: bytes) -> bytes:
    return hashlib.sha256(b"penstock/1/recovery" + raw).digest()[:_SUM_BYTES]
