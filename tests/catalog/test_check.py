"""Parameters before they are sent."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.catalog.check import Check, find_near, is_missing
from penstock.catalog.definition import Operation, Parameter, fields
from penstock.errors import CallRefused, PenstockError, UnknownName

TAKES = fields(
    "email! phone amount:integer price:number live:boolean tags:array data:object ids:csv sort=asc|desc free:any"
)
CHECK = Check(Operation("things.create", "POST", "/things/{place}", TAKES), "acme")
GOOD = {"place": "here", "email": "a@b.co"}


def _clean(**given: Any) -> dict[str, Any]:
    cleaned = CHECK({**GOOD, **given})
    return {name: value for name, value in cleaned.items() if name not in GOOD}


@pytest.mark.parametrize(
    "nothing", [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT, decimal.Decimal("NaN")]
)
def test_missing_is_left_out_or_refused(nothing: object) -> None:
    """None, NaN, NA and NaT are left out where they may be missing, and refused by name where they may not."""
    assert is_missing(nothing)
    assert _clean(phone=nothing, amount=nothing, free=nothing, other=nothing) == {}
    with pytest.raises(CallRefused, match=r"needs email.*Given, but empty: email\."):
        CHECK({"place": "here", "email": nothing})


@pytest.mark.parametrize("there", ["", 0, False, [], {}, 0.0, np.array([1.0, np.nan]), "nan", pd.Series([1])])
def test_what_is_there_is_not_missing(there: object) -> None:
    """Zero, False, empty text and arrays with gaps are values."""
    assert not is_missing(there)


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("phone", 33123456789.0, "33123456789"), ("phone", np.int64(7), "7"), ("phone", 7, "7"), ("phone", 1.5, "1.5"),
        ("phone", "07", "07"), ("phone", np.str_("x"), "x"), ("phone", decimal.Decimal("1.10"), "1.10"),
        ("phone", datetime.date(2026, 11, 1), "2026-11-01"), ("phone", uuid.UUID(int=1), str(uuid.UUID(int=1))),
        ("phone", pd.Timestamp("2026-11-01T10:00Z"), "2026-11-01T10:00:00+00:00"),
        ("amount", 10, 10), ("amount", 10.0, 10), ("amount", "10", 10), ("amount", np.int64(10), 10), ("amount", " -7 ", -7),
        ("amount", np.float64(10), 10), ("amount", decimal.Decimal("10"), 10),
        ("price", 1, 1), ("price", "1.5", 1.5), ("price", np.float32(0.5), 0.5), ("price", decimal.Decimal("1.5"), 1.5),
        ("live", True, True), ("live", "True", True), ("live", "false", False), ("live", 0, False),
        ("live", np.bool_(True), True), ("live", 1.0, True),
        ("tags", ["a"], ["a"]), ("tags", ("a", "b"), ["a", "b"]), ("tags", '["a"]', ["a"]), ("tags", np.array([1, 2]), [1, 2]),
        ("tags", "", ""), ("data", {"a": 1}, {"a": 1}), ("data", '{"a": 1}', {"a": 1}), ("data", "", ""),
        ("ids", ["a", 2], "a,2"), ("ids", "a,b", "a,b"), ("ids", 5, "5"),
        ("sort", "asc", "asc"), ("sort", "", ""), ("free", np.int64(3), 3), ("free", [1], [1]), ("other", np.int64(3), 3),
    ],
)  # fmt: skip
def test_a_value_is_sent_in_the_type_wanted(name: str, value: object, sent: object) -> None:
    """What a frame or a CSV made of a value becomes what the service wants."""
    cleaned = _clean(**{name: value})
    assert cleaned == {name: sent} and type(cleaned[name]) in (type(sent), type(value))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("phone", True, "phone is True; it is text"), ("phone", ["a"], "it is text"), ("phone", {"a": 1}, "it is text"),
        ("phone", object(), "it is text"), ("amount", "ten", "amount is 'ten'; it is a whole number"),
        ("amount", 1.5, "a whole number"), ("amount", True, "a whole number"), ("amount", "9" * 40, "a whole number"),
        ("amount", 1201234567890123520.0, "exact"), ("phone", 1201234567890123520.0, "exact"),
        ("price", "cheap", "a number"), ("price", float("inf"), "a number"), ("price", "nan", "a number"),
        ("live", "yes", "True or False"), ("live", 2, "True or False"), ("tags", "a, b", "a list"), ("tags", "[", "a list"),
        ("tags", {"a": 1}, "a list"), ("data", "[1]", "a dict"), ("data", 7, "a dict"), ("sort", "up", "one of asc, desc"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused(name: str, value: object, says: str) -> None:
    """A value of another kind is refused with what it is and what it should be."""
    with pytest.raises(CallRefused) as caught:
        _clean(**{name: value})
    assert says in str(caught.value)
    assert caught.value.operation == "things.create" and caught.value.integration == "acme"


def test_everything_wrong_is_said_at_once() -> None:
    """One refusal names all that is missing and all that does not fit."""
    with pytest.raises(CallRefused) as caught:
        CHECK({"amount": "ten", "live": "yes"})
    for said in ("needs place and email", "amount is 'ten'", "live is 'yes'"):
        assert said in str(caught.value)


def test_empty_text_is_missing_only_where_something_is_needed() -> None:
    """An empty text is refused for a required parameter and sent for another."""
    assert _clean(phone="") == {"phone": ""}
    with pytest.raises(CallRefused, match="needs email"):
        CHECK({"place": "here", "email": ""})


def test_an_open_operation_takes_what_it_does_not_know() -> None:
    """A parameter the service may have added passes, unless it is a slip of one that is known."""
    assert _clean(newer=1) == {"newer": 1}
    for slip in ("emial", "emal", "emaill", "e_mail", "EMail", "amunt", "prize"):
        with pytest.raises(UnknownName, match="Did you mean"):
            CHECK({"place": "here", slip: 1})


def test_a_slip_beside_the_right_name_is_no_slip() -> None:
    """A near name passes where the known one is given as well: then both are meant."""
    assert _clean(emails="x") == {"emails": "x"}


def test_a_closed_operation_takes_nothing_else() -> None:
    """A closed operation refuses every other name and shows the nearest."""
    check = Check(Operation("a.b", "GET", "/a", fields("limit:integer cursor"), is_open=False))
    assert check({"limit": 1}) == {"limit": 1}
    with pytest.raises(UnknownName, match="curs"):
        check({"courser": 1})


def test_what_is_derived_comes_before_the_check() -> None:
    """The service's own adjustment fills what the path needs, and never touches what was given."""

    def adjust(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if "email" in parameters:
            parameters["hash"] = parameters.pop("email").upper()
        return parameters

    check = Check(Operation("m.get", "GET", "/m/{hash}", fields("hash")), "acme", adjust)
    given = {"email": "a@b.co"}
    assert check(given) == {"hash": "A@B.CO"}
    assert given == {"email": "a@b.co"}
    with pytest.raises(CallRefused, match="needs hash"):
        check({})


def test_names_that_passed_are_remembered_only_up_to_a_point() -> None:
    """A million different names do not fill the memory."""
    check = Check(Operation("a.b", "POST", "/a"))
    for number in range(3000):
        assert check({f"name{number}": 1}) == {f"name{number}": 1}
    assert len(check._passed) <= 1000


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("emial", "email", True), ("emai", "email", True), ("emaile", "email", True), ("first_name", "firstName", True),
        ("email", "phone", False), ("url", "uri", False), ("ids", "id", False), ("name", "names", True), ("abcd", "badc", False),
    ],
)  # fmt: skip
def test_a_slip_is_one_letter_or_another_way_to_write_it(one: str, other: str, is_near: bool) -> None:
    """One letter wrong, missing, added or two swapped is a slip; short names are not judged."""
    assert (find_near(one, {other}) is not None) is is_near


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=5), st.decimals(),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(), max_size=3), st.datetimes(),
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([p.name for p in TAKES] + ["place", "other", "emial"]), _VALUES))
def test_any_row_is_cleaned_or_refused_by_us(row: dict[str, Any]) -> None:
    """Whatever a row holds, the check returns parameters or raises an error of ours."""
    try:
        cleaned = CHECK(row)
    except PenstockError:
        return
    assert {"place", "email"} <= cleaned.keys()


def test_a_keyword_of_pythons_is_typed_with_an_underscore() -> None:
    """from_ is from, where the operation has no from_ of its own."""
    assert Check(Operation("a.b", "GET", "/x", fields("from! to")))({"from_": "1", "to": "2"}) == {
        "from": "1",
        "to": "2",
    }
    own = (Parameter("from_", wire="from"),)
    assert Check(Operation("a.b", "POST", "/x", own))({"from_": "1"}) == {"from_": "1"}
