"""Dotted paths into an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.catalog.paths import dig, read
from penstock.model import Headers, Response

DATA = {
    "data": [{"id": 1}, {"id": 2}],
    "none": None,
    "made": {"one": {"errors": []}, "two": {"errors": [{"m": "no"}]}},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", DATA), (None, None), ("data.0.id", 1), ("data.-1.id", 2), ("data.2.id", None), ("data.-3.id", None),
        ("none.x", None), ("data.id", None), ("made.*.errors.0.m", "no"), ("data.*.id", 1), ("nothing", None),
        ("data.0.id.x", None), ("made.*.errors.1.m", None),
    ],
)  # fmt: skip
def test_a_path_leads_somewhere_or_to_none(path: str | None, found: object) -> None:
    """A path gives what stands there, None where nothing does, never an error."""
    assert dig(DATA, path) == found


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(_JSON, st.text(alphabet="ab01-.*$", max_size=12))
def test_no_path_fails_on_any_answer(data: object, path: str) -> None:
    """Whatever the answer and the path, reading does not raise."""
    dig(data, path)


def test_a_body_that_is_not_json_holds_nothing() -> None:
    """Reading from a page instead of JSON gives None."""
    assert read(Response(403, Headers(), b"<html>"), "error.code") is None
    assert read(Response(403, Headers(), b'{"error":{"code":"x"}}'), "error.code") == "x"
