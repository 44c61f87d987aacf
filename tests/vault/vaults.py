"""What the vault's tests share: a policy whose Argon2id costs nothing, a vault with two accounts, a true MAC for a lie."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from penstock.errors import VaultError
from penstock.redact import Secret
from penstock.testing import FakeClock
from penstock.vault.anchor import FileAnchor
from penstock.vault.contents import Contents
from penstock.vault.envelope import VaultKeys, decrypt_record
from penstock.vault.format import build_image, parse_image, verify
from penstock.vault.kdf import KdfPolicy
from penstock.vault.keys import open_header
from penstock.vault.records import Image, KdfCost
from penstock.vault.vault import Vault
from penstock.vault.ways import PasswordWay

# For the tests only, handed over as an argument: what it lets through could be guessed in no time.
CHEAP = KdfPolicy(floor=KdfCost(16, 2, 1), ceiling=KdfCost(64, 4, 2), work_kib=256, aim_s=0.0)
PASSWORD = Secret("correct horse battery staple")
OTHER = Secret("purple monkey dishwasher lamp")
TOKEN, KEY = Secret("sk_live_a1b2c3d4e5f6"), Secret("ghp_z9y8x7w6v5u4t3")


class MemoryKeyring:
    """Stand in for the operating system's keyring."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service_name: str, username: str) -> str | None:
        return self.kept.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self.kept[service_name, username] = password


def pass_time(clock: FakeClock, seconds: float) -> None:
    """Move a clock on."""
    asyncio.run(clock.advance(seconds))


def settings(folder: Path, **others: Any) -> dict[str, Any]:
    """Return the settings of a vault whose marks are kept below `folder`."""
    return {"policy": CHEAP, "anchor": FileAnchor(folder / "marks"), **others}


def make_vault(folder: Path, **others: Any) -> Vault:
    """Return a new vault with two accounts."""
    vault = Vault.create(folder / "test.vault", password=PASSWORD, **settings(folder, **others))
    vault.put("stripe", "acme", {"token": TOKEN}, {"label": "Acme", "host": "api.stripe.com"})
    vault.put("github", "me", {"token": KEY})
    return vault


def reopen(folder: Path, password: Secret = PASSWORD, *, restore: bool = False, **others: Any) -> Vault:
    """Return the same vault as another process would have it."""
    vault = Vault.open(folder / "test.vault", **settings(folder, **others))
    vault.unlock(password=password, restore=restore)
    return vault


def open_bytes(raw: bytes, password: Secret = PASSWORD) -> tuple[Contents, dict[str, dict[str, Secret]]]:
    """Open a file's bytes without a file: every check there is, and every credential decrypted."""
    image = parse_image(raw, CHEAP)
    _, keys = open_header(image.header, PasswordWay(password))
    contents = Contents(verify(image, keys), keys)
    return contents, {
        f"{record.meta.integration}/{record.meta.account}": decrypt_record(keys, record)
        for record in contents.image.records
    }


def forge(raw: bytes, change: Callable[[Image], Image], keys: VaultKeys | None = None) -> bytes:
    """Change a file and give it a MAC with the true key (or with `keys`): what only somebody with the key can do."""
    image = parse_image(raw, CHEAP)
    true = open_header(image.header, PasswordWay(PASSWORD))[1]
    changed = change(image)
    records = [replace(record, raw=b"") for record in changed.records]
    return build_image(changed.header, records, keys or true).raw


def judge(raw: bytes) -> str:
    """Return how a file is answered; anything but a VaultError goes through."""
    try:
        open_bytes(raw)
    except VaultError as exc:
        return type(exc).__name__
    return "accepted"


class BrokenKeyring(MemoryKeyring):
    """An operating system without a keyring, as in a container."""

    def get_password(self, service_name: str, username: str) -> str | None:
        raise RuntimeError(f"no keyring for {username}")

    def set_password(self, service_name: str, username: str, password: str) -> None:
        raise RuntimeError(f"no keyring for {password}")
