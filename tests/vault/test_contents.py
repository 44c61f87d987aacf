from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from vaults import CHEAP, OTHER, PASSWORD, forge, make_vault, open_bytes

from penstock.errors import VaultError
from penstock.vault.contents import MOST_KEK_USES, Contents
from penstock.vault.format import parse_image
from penstock.vault.records import Image


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    return open_bytes(make_vault(tmp_path).path.read_bytes())[0]


def test_every_change_is_one_generation_further(contents: Contents) -> None:
    """A write, a removal and a change of slots each count one generation; only a write counts a use of the KEK."""
    header = contents.image.header
    assert (header.generation, header.kek_uses) == (3, 2)
    written = contents.with_credential("slack", "me", {"token": OTHER}, {}, None, 0.0).image.header
    assert (written.generation, written.kek_uses) == (4, 3)
    removed = contents.without("stripe", "acme", None, 0.0).image.header
    assert (removed.generation, removed.kek_uses) == (4, 2)


def test_what_is_not_written_keeps_its_bytes(contents: Contents) -> None:
    """A write of one credential leaves every other record byte for byte as it was."""
    fresh = contents.with_credential("stripe", "acme", {"token": OTHER}, {}, None, 0.0)
    before, after = (image.find("github", "me") for image in (contents.image, fresh.image))
    assert before is not None and after is not None and before.raw == after.raw
    one, two = (image.find("stripe", "acme") for image in (contents.image, fresh.image))
    assert one is not None and two is not None
    assert one.record_id == two.record_id and one.wrapped_dek != two.wrapped_dek and one.nonce != two.nonce


def test_a_worn_out_key_is_not_used_further(tmp_path: Path) -> None:
    """At 2^32 uses of the KEK a write is refused with the way on, and a rotation mends it."""
    vault = make_vault(tmp_path)

    def wear(image: Image) -> Image:
        return replace(image, header=replace(image.header, kek_uses=MOST_KEK_USES, generation=9))

    vault.path.write_bytes(forge(vault.path.read_bytes(), wear))
    with pytest.raises(VaultError, match=r"vault\.rotate\(\)"):
        vault.put("stripe", "acme", {"token": OTHER})
    vault.rotate(password=PASSWORD)
    assert vault.put("stripe", "acme", {"token": OTHER}) == 11


def test_a_change_gives_a_file_that_opens(contents: Contents) -> None:
    """What a change builds is what the file's reader reads."""
    fresh = contents.with_credential("slack", "mé\n", {"token": OTHER}, {"label": "ünï", "n": 1}, 0, 0.0)
    again, found = open_bytes(fresh.image.raw)
    assert again.image == fresh.image
    assert found["slack/mé\n"] == {"token": OTHER}
    assert len(parse_image(fresh.image.raw, CHEAP).records) == 3
