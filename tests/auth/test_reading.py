"""The small readers of untrusted fields: a value or None, and what may be shown."""

from __future__ import annotations

import pytest

from penstock.auth.reading import clean, find, merge_pairs, read_number, read_skew_s
from penstock.model import Headers

WALL = 1_800_000_000.0


@pytest.mark.parametrize(
    ("date", "skew_s"),
    [
        ("Fri, 15 Jan 2027 08:00:00 GMT", 0.0),
        ("Fri, 15 Jan 2027 08:02:00 GMT", 120.0),
        ("Fri, 15 Jan 2027 09:00:00 +0100", 0.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", -3600.0),
        ("yesterday", 0.0),
        ("", 0.0),
        ("Fri, 99 Jan 2027 08:00:00 GMT", 0.0),
        ("Fri, 15 Jan 2027 08:02:00 GMT" + " " * 100, 0.0),
    ],
)
def test_the_servers_clock_is_read_from_its_date(date: str, skew_s: float) -> None:
    """The skew is the Date field's distance from our clock; a date that is none leaves our clock as it is."""
    assert read_skew_s(Headers({"Date": date}), WALL) == skew_s


def test_no_date_is_no_skew() -> None:
    """Without the field our clock is as good as any."""
    assert read_skew_s(Headers({}), WALL) == 0.0


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5.0),
        ("5", 5.0),
        (5.5, 5.5),
        (True, None),
        ("1e9", None),
        ("-5", None),
        (-5, -1.0),
        (float("nan"), None),
        ([], None),
    ],
)
def test_a_number_is_one_or_none(value: object, number: float | None) -> None:
    """Numbers and plain decimal texts count; truth values, exponents, infinities and structures do not."""
    assert read_number(value) == number


def test_a_text_is_shown_on_one_line_and_not_too_long() -> None:
    """Line ends, escapes, direction marks and lone surrogates become a space; the rest is cut with an ellipsis."""
    assert clean("a\r\nb\x1b[0m\u202ec\ud800", 50) == "a b [0m c"
    assert clean("x" * 60, 10) == "x" * 9 + "…" and clean("ä 🔑", 10) == "ä 🔑"


def test_a_contradiction_is_an_error_and_a_repetition_is_not() -> None:
    """One name with two values is refused; with one value twice it is read."""
    assert merge_pairs([("a", 1), ("b", 2), ("a", 1)]) == {"a": 1, "b": 2}
    with pytest.raises(ValueError, match="twice"):
        merge_pairs([("a", 1), ("a", 2)])


def test_a_path_leads_into_objects_only() -> None:
    """A dotted path finds what stands there; where it leaves the objects there is nothing."""
    assert find({"a": {"b": 1}}, "a.b") == 1
    assert find({"a": [1]}, "a.0") is None and find({}, "a.b") is None
