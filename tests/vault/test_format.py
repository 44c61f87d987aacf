from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from vaults import CHEAP, forge

from penstock.errors import VaultDamaged, VaultError
from penstock.vault.format import MAGIC, MOST_FILE, parse_image
from penstock.vault.records import Image
from penstock.vault.vault import Vault


def test_the_layout_is_the_one_that_is_drawn(sound: bytes) -> None:
    """Magic, version 1, header length, header, record count, records, MAC stand where the format says."""
    assert sound[:8] == bytes.fromhex("89 50 53 4B 0D 0A 1A 0A") == MAGIC
    assert sound[8:10] == b"\0\1"
    length = int.from_bytes(sound[10:14], "big")
    assert sound[14:15] == b"{" and sound[13 + length : 14 + length] == b"}"
    at = 14 + length
    assert int.from_bytes(sound[at : at + 4], "big") == 2
    at += 4
    for _ in range(2):
        at += 4 + int.from_bytes(sound[at : at + 4], "big")
    assert len(sound) - at == 32


def test_a_newer_version_is_refused_with_the_way_out(sound: bytes, tmp_path: Path) -> None:
    """A file of format 2 is not guessed at: the error says to upgrade, and the file stays as it is."""
    path = tmp_path / "test.vault"
    path.write_bytes(sound[:8] + b"\0\2" + sound[10:])
    path.chmod(0o600)
    before = path.read_bytes()
    with pytest.raises(VaultError, match=r"newer Penstock.*format 2.*reads 1.*pip install -U penstock"):
        Vault.open(path, policy=CHEAP)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no vault"),
        (b"hello", "no vault"),
        (MAGIC.replace(b"\r\n", b"\n"), "no vault"),
        (MAGIC, "cut short"),
        (MAGIC + b"\0\0" + b"\0" * 40, "cut short"),
        (MAGIC + b"\0\1" + b"\xff" * 4 + b"{}" * 100, "cut short"),
        (b"\0" * (MOST_FILE + 1), "larger"),
    ],
)
def test_what_is_no_vault_is_said_so(raw: bytes, says: str) -> None:
    """Other files, text-mode copies, cut and endless ones are VaultDamaged, each with its reason."""
    with pytest.raises(VaultDamaged, match=says):
        parse_image(raw, CHEAP)


def test_what_is_read_is_what_was_written(sound: bytes) -> None:
    """A parsed file gives its bytes again."""
    assert parse_image(sound, CHEAP).raw == sound


def double_record(image: Image) -> Image:
    return replace(image, records=(image.records[0], image.records[0]))


def double_account(image: Image) -> Image:
    return replace(image, records=(image.records[0], replace(image.records[0], record_id=b"x" * 16)))


def double_slot(image: Image) -> Image:
    return replace(image, header=replace(image.header, slots=image.header.slots * 2))


def no_slot(image: Image) -> Image:
    return replace(image, header=replace(image.header, slots=()))


@pytest.mark.parametrize("lie", [double_record, double_account, double_slot, no_slot])
def test_a_thing_that_stands_twice_or_not_at_all_is_refused(sound: bytes, lie: object) -> None:
    """One account, record id or slot twice, or no slot, is VaultDamaged even under a true MAC."""
    with pytest.raises(VaultDamaged):
        parse_image(forge(sound, lie), CHEAP)  # type: ignore[arg-type]
