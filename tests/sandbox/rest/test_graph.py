"""A connection's pages, and what a GraphQL vendor says to those it does not know."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.graph import page

ROWS = [{"id": str(number)} for number in range(5)]


def test_pages_follow_one_another_to_the_end() -> None:
    """Each row comes once over three pages; the last leads nowhere."""
    found: list[str] = []
    after = None
    for _ in range(3):
        one = page(ROWS, {"first": 2, "after": after}, usual=50)
        found += [row["id"] for row in one["nodes"]]
        after = one["pageInfo"]["endCursor"]
    assert found == ["0", "1", "2", "3", "4"]
    assert one["pageInfo"]["hasNextPage"] is False


def test_a_page_has_a_usual_size_and_a_largest() -> None:
    """Without first= a page is as long as usual, and never longer than the most there may be."""
    assert len(page(ROWS, {}, usual=3)["nodes"]) == 3
    assert len(page(ROWS, {"first": 99}, usual=3, most=4)["nodes"]) == 4
    assert page([], {}, usual=3) == {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


def test_what_is_no_document_is_refused_and_changes_nothing(make_box: Any, call: Any) -> None:
    """A body that is no JSON, a wrong path and a wrong method get errors, not a failure of the sandbox."""
    box = make_box(names=["linear"])
    signed = {"Authorization": box.credential("linear")["token"]}
    base = box.base_url("linear")
    answers = [
        call(f"{base}/graphql", "POST", "nonsense", **signed),
        call(f"{base}/graphql", "POST", '{"query": "subscription {"}', **signed),
        call(f"{base}/graphql", "POST", '{"query": "fragment F on Issue { id }"}', **signed),
        call(f"{base}/elsewhere", "POST", "{}", **signed),
        call(f"{base}/graphql", "GET", **signed),
    ]
    assert [answer.status for answer in answers] == [400, 400, 400, 404, 404]
    assert all(answer.json()["errors"] for answer in answers)
    assert box.log(has_effect=True) == []
