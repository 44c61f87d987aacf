"""Dates and durations as text."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.ratelimit.instants import parse_duration, parse_http_date, parse_iso, parse_number


@given(st.integers(0, 4_000_000_000))
def test_every_http_date_is_read_back(instant: int) -> None:
    """What the standard library writes for an instant is read as that instant."""
    assert parse_http_date(formatdate(instant, usegmt=True), wall=0.0) == instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2027-01-15T08:00:00Z", 1_800_000_000.0),
        ("2027-01-15 08:00:00", 1_800_000_000.0),
        ("2027-01-15T03:00:00-05:00", 1_800_000_000.0),
        ("2027-01-15T13:30:00.25+0530", 1_800_000_000.25),
        ("2027-02-30T08:00:00Z", None),
        ("2027-01-15", None),
    ],
)
def test_iso_instants_are_read_with_their_offset(text: str, instant: float | None) -> None:
    """An offset is taken into account, none is UTC, and a day that does not exist is nothing."""
    assert parse_iso(text) == instant


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360),
        ("1ms", 0.001),
        ("2m", 120),
        ("1d2h", 93_600),
        ("", None),
        ("s", None),
        ("5", None),
        ("0s", 0),
    ],
)
def test_durations_need_units(text: str, seconds: float | None) -> None:
    """Each number of a duration has a unit, milliseconds are not minutes, and a bare number is no duration."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("+1.5", 1.5), ("100, 100;w=60", 100), ("-1", -1), ("1e5", None), ("", None), ("nan", None)],
)
def test_numbers_are_plain(text: str, number: float | None) -> None:
    """The first of a list counts; exponents, names and nothing are no numbers."""
    assert parse_number(text) == number
