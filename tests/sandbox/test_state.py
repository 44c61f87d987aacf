"""Tests of the tables and ids behind every vendor."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.sandbox.state import HEX, Ids, Table

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("abc")),
        st.tuples(st.just("remove"), st.integers(0, 30)),
        st.tuples(st.just("recolour"), st.tuples(st.integers(0, 30), st.sampled_from("abc"))),
    ),
    max_size=40,
)


def _play(steps: list[Any]) -> tuple[Table, list[dict[str, Any]]]:
    """Do the same to a table and to a plain list, which is the judge."""
    table, plain = Table("colour"), []
    for number, (action, value) in enumerate(steps):
        if action == "add":
            record = {"id": f"r{number}", "colour": value}
            table.add(record["id"], record)
            plain.append(record)
        elif plain:
            index = (value if action == "remove" else value[0]) % len(plain)
            if action == "remove":
                table.remove(plain.pop(index)["id"])
            else:
                table.update(plain[index]["id"], colour=value[1])
    return table, plain


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(1, 7), st.booleans(), st.sampled_from(["", "a", "b"]))
def test_pages_by_cursor_give_every_record_once_and_in_order(steps, size, is_newest_first, colour):
    """Walking a table by cursors gives what a plain list gives, filtered by an index or not."""
    table, plain = _play(steps)
    expected = [record["id"] for record in plain if not colour or record["colour"] == colour]
    if is_newest_first:
        expected.reverse()
    where = ("colour", colour) if colour else None
    walked, after, more = [], None, True
    while more:
        page, more = table.page(size, after=after, is_newest_first=is_newest_first, where=where)
        walked += [record["id"] for record in page]
        after = walked[-1] if walked else None
    assert walked == expected
    assert table.count(where) == len(expected)


@settings(max_examples=100, deadline=None)
@given(STEPS, st.integers(1, 7), st.integers(0, 20))
def test_pages_by_offset_agree_with_slices(steps, size, offset):
    """A page at an offset is the slice a list gives there, and says truly whether more follow."""
    table, plain = _play(steps)
    page, more = table.page(size, offset=offset, is_newest_first=False)
    assert [record["id"] for record in page] == [record["id"] for record in plain[offset : offset + size]]
    assert more == (len(plain) > offset + size)


@settings(max_examples=100, deadline=None)
@given(STEPS, st.integers(1, 5))
def test_a_page_before_a_record_holds_the_ones_nearest_to_it(steps, size):
    """`before` gives the records just ahead of the cursor, in the list's own order."""
    table, plain = _play(steps)
    newest_first = [record["id"] for record in reversed(plain)]
    for place, id in enumerate(newest_first):
        page, more = table.page(size, before=id)
        assert [record["id"] for record in page] == newest_first[max(0, place - size) : place]
        assert more == (place > size)


def test_a_filter_is_applied_on_the_way_and_more_means_more_that_pass():
    """`keep` leaves out what fails it, and `more` counts only what would pass."""
    table = Table()
    for number in range(10):
        table.add(str(number), {"id": str(number), "even": number % 2 == 0})
    page, more = table.page(5, is_newest_first=False, keep=lambda record: record["even"])
    assert [record["id"] for record in page] == ["0", "2", "4", "6", "8"]
    assert more is False


def test_ids_repeat_with_their_seed_and_have_the_asked_for_letters():
    """The same seed gives the same ids; another one others."""
    first, again, other = Ids(Random(1)), Ids(Random(1)), Ids(Random(2))
    texts = [ids.text(24, HEX) for ids in (first, again, other)]
    assert texts[0] == texts[1] != texts[2]
    assert set(texts[0]) <= set(HEX)
    assert [first.next("a", 10, 5), first.next("a", 10, 5), first.next("b")] == [10, 15, 1]
