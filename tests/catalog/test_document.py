"""Descriptions from anywhere: read as plain data, and the hostile ones refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.catalog import document
from penstock.catalog.document import check, is_document, parse, read_file
from penstock.errors import PenstockError, UsageError

GOOD = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}
LAUGHS = "openapi: 3.0.0\npaths: {}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("stripe", False), ("petstore.yaml", True), ("./api.json", True), ("https://a.example/openapi", True), ({}, True),
     (Path("x"), True), (7, False)],
)  # fmt: skip
def test_a_name_is_told_from_a_document(name: object, wanted: bool) -> None:
    """An address, a path and a dict are documents; a bare word is an integration's name."""
    assert is_document(name) is wanted


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    """The same document in both forms is the same data; words and dates stay what is written."""
    text = "openapi: '3.1.0'\ninfo: {title: T, version: 2026-11-01}\npaths: {}\nx: [on, no, true, 1.5, 0o7]\n"
    found = parse(text.encode(), "x.yaml")
    assert found["info"]["version"] == "2026-11-01"
    assert found["x"] == ["on", "no", True, 1.5, "0o7"]
    path = tmp_path / "x.json"
    path.write_text("\ufeff" + json.dumps(GOOD))
    assert read_file(path) == GOOD


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (LAUGHS, "aliases"),
        ("openapi: 3.0.0\npaths: &p {a: *p}\n", "itself"),
        ("openapi: 3.0.0\npaths: !!python/object/apply:os.system ['true']\n", "YAML"),
        ("openapi: 3.0.0\npaths: !Thing {}\n", "YAML"),
        ("openapi: 3.0.0\npaths: {}\nx: " + "[" * 5000 + "]" * 5000, "deep|YAML"),
        ('{"openapi": "3.0.0", "paths": {}, "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "JSON|deep"),
        ('{"openapi": "3.0.0", "paths": {', "not JSON"),
        ('["openapi"]', "not a description|list"),
        ('{"openapi": "3.0.0"}', "no version or no paths"),
        ('{"openapi": "4.0.0", "paths": {}}', "version"),
        ("just words", "not a description|holds a str"),
        (b"\xff\xfe\x00", "not text"),
        (b"\x00\x01\x02", "YAML|holds"),
    ],
)
def test_what_is_no_description_is_refused_in_words(content: str | bytes, says: str) -> None:
    """Bombs, loops, tags, depth, other formats: a UsageError that says what is wrong and what to give."""
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(UsageError, match=says) as caught:
        parse(raw, "x.yaml")
    assert caught.value.hint


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    """A file that is too large is refused by its size alone; YAML sooner than JSON."""
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)
    with pytest.raises(UsageError, match="100 MB"):
        read_file(path)
    with pytest.raises(UsageError, match="JSON"):
        parse(b"a: b\n" * (document.MOST_YAML_BYTES // 5 + 1), "large.yaml")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The path is named, and what could be given instead."""
    with pytest.raises(UsageError, match=r"nothing\.yaml cannot be read"):
        read_file(tmp_path / "nothing.yaml")


def test_the_check_lets_shared_branches_pass() -> None:
    """What is used in many places is no bomb while it stays small."""
    shared = {"type": "string"}
    assert check({**GOOD, "x": [shared] * 1000})


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_any_bytes_are_a_document_or_an_error_of_ours(content: bytes) -> None:
    """Whatever is given, the answer is data or a PenstockError."""
    try:
        assert isinstance(parse(content, "x"), dict)
    except PenstockError:
        pass
