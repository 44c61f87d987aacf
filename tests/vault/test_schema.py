from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaults import CHEAP, make_vault

from penstock.errors import VaultDamaged
from penstock.vault.format import parse_image
from penstock.vault.records import Meta
from penstock.vault.schema import read_header, read_meta, read_record, write_header, write_meta, wrong_meta


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """A sound header, slot, record and meta, as JSON."""
    image = parse_image(make_vault(tmp_path_factory.mktemp("sound")).path.read_bytes(), CHEAP)
    header, record = json.loads(write_header(image.header)), json.loads(image.records[0].raw)
    return {
        "header": header,
        "slot": header["slots"][0],
        "record": record,
        "meta": json.loads(record["meta"]),
    }


def read(kind: str, value: Any, texts: dict[str, dict[str, Any]]) -> Any:
    if kind == "meta":
        return read_meta(json.dumps(value))
    if kind == "record":
        return read_record(json.dumps(value).encode())
    header = {**texts["header"], "slots": [value]} if kind == "slot" else value
    return read_header(json.dumps(header).encode(), CHEAP)


KINDS = ["header", "slot", "record", "meta"]
WRONG = [None, True, -1, 2**64, 1.5, "", "x", "=", "é", "\ud800", [], ["x"], {}, {"x": {}}, "A" * 3_000_000]
FINE = {  # what happens to be right for a field
    ("slot", "expires"): [None],
    ("meta", "expiry"): [None, 1.5],
    ("meta", "health"): [None, "", "x", "=", "é"],
    ("meta", "label"): ["", "x", "=", "é"],
    ("meta", "integration"): ["x", "=", "é"],
    ("meta", "account"): ["x", "=", "é"],
    ("meta", "notes"): [{}],
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_another_type_or_length_is_refused(kind: str, texts: dict[str, dict[str, Any]]) -> None:
    """Every name of every part refuses every value that is not its own."""
    read(kind, texts[kind], texts)
    for name in texts[kind]:
        for value in WRONG:
            if value in FINE.get((kind, name), []) and not isinstance(value, bool):
                read(kind, {**texts[kind], name: value}, texts)
                continue
            with pytest.raises(VaultDamaged):
                read(kind, {**texts[kind], name: value}, texts)


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_too_many_or_too_few_is_refused(kind: str, texts: dict[str, dict[str, Any]]) -> None:
    """Each name must be there, and no other."""
    for name in texts[kind]:
        with pytest.raises(VaultDamaged, match="parts it should have"):
            read(kind, {key: value for key, value in texts[kind].items() if key != name}, texts)
    with pytest.raises(VaultDamaged, match="parts it should have"):
        read(kind, {**texts[kind], "more": 1}, texts)
    for other in ([], None, 5, "text"):
        with pytest.raises(VaultDamaged):
            read(kind, other, texts)


@pytest.mark.parametrize("kind", ["header", "record", "meta"])
def test_a_name_that_stands_twice_is_refused(kind: str, texts: dict[str, dict[str, Any]]) -> None:
    """JSON with a name written twice is refused, be the value the same."""
    name, value = next(iter(texts[kind].items()))
    text = json.dumps(texts[kind])
    twice = f"{text[:-1]}, {json.dumps(name)}: {json.dumps(value)}}}"
    assert json.loads(twice) == json.loads(text)
    with pytest.raises(VaultDamaged, match="not the JSON"):
        read_meta(twice) if kind == "meta" else (
            read_record(twice.encode()) if kind == "record" else read_header(twice.encode(), CHEAP)
        )


def test_a_value_has_one_spelling(texts: dict[str, dict[str, Any]]) -> None:
    """Base64 with spare bits set, line ends or missing padding is refused."""
    vid = texts["header"]["vid"]
    assert vid.endswith("==")
    flipped = vid[:-3] + chr(ord(vid[-3]) + 1) + "=="
    for spelled in (flipped, vid + "\n", vid.rstrip("="), " " + vid):
        with pytest.raises(VaultDamaged):
            read("header", {**texts["header"], "vid": spelled}, texts)


def test_a_slot_of_a_random_key_asks_for_no_cost(texts: dict[str, dict[str, Any]]) -> None:
    """A cost on a slot that needs none, or none on one that does, is refused; an unknown kind as well."""
    slot = texts["slot"]
    for kind in ("keyring", "keyfile", "recovery", "kms"):
        assert read("slot", {**slot, "kind": kind, "m": 0, "t": 0, "p": 0}, texts)
        with pytest.raises(VaultDamaged):
            read("slot", {**slot, "kind": kind}, texts)
    with pytest.raises(VaultDamaged):
        read("slot", {**slot, "m": 0, "t": 0, "p": 0}, texts)
    with pytest.raises(VaultDamaged):
        read("slot", {**slot, "kind": "argon2i"}, texts)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
NUMBERS = st.one_of(st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False))
NOTES = st.one_of(st.none(), st.booleans(), NUMBERS, NAMES, st.lists(NAMES, max_size=3))


@given(NAMES, NAMES, st.one_of(st.none(), st.floats(0, 2**40)), st.dictionaries(NAMES, NOTES, max_size=5))
def test_any_fitting_meta_comes_back(
    integration: str, account: str, expiry: float | None, notes: dict[str, Any]
) -> None:
    """What may be written is read as it was."""
    meta = Meta(integration, account, "label", expiry, "healthy", notes)
    assert wrong_meta(meta) is None
    assert read_meta(write_meta(meta)) == meta


def test_a_real_file_is_read(tmp_path: Path) -> None:
    """The control: what the vault writes passes."""
    assert len(parse_image(make_vault(tmp_path).path.read_bytes(), CHEAP).records) == 2
