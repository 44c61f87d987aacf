"""Which described operations have pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from penstock.catalog.definition import (
    Cursor,
    GraphQLCursor,
    LinkHeader,
    NextUrl,
    Operation,
    PageNumber,
    fields,
)
from penstock.catalog.detect import Pages, detect_pages
from penstock.catalog.lines import Line
from penstock.catalog.parameters import Parameter
from penstock.catalog.registry import Registry

STRIPE = Registry().get("stripe")
CURSOR = Cursor("after", "next", items="data", size="limit")


def detect(style: Any, takes: str, items: str | None, method: str = "GET", **more: Any) -> Pages | None:
    """Return what is made of a list with these parameters and these rows."""
    integration = replace(STRIPE, pagination=style, **{"operations": (), **more})
    parameters = tuple(replace(p, place="query") for p in fields(takes))
    return detect_pages(
        integration, Line("a.list", method, "/a", None, items, parameters, None, None), parameters
    )


@pytest.mark.parametrize(
    ("style", "takes", "items", "pages"),
    [
        (CURSOR, "after limit:integer", "data", Pages(None, None)),
        (CURSOR, "after limit:integer", "rows", Pages("rows", None)),
        (CURSOR, "limit:integer", "data", None),
        (CURSOR, "after", "data", None),
        (PageNumber("page", items="$"), "page per_page", "$", Pages(None, None)),
        (LinkHeader(), "per_page", "$", Pages(None, None)),
        (LinkHeader(), "", "$", None),
        (NextUrl("next", items="values", size="pagelen"), "pagelen", "values", Pages(None, None)),
        (NextUrl("next", items="values", size="pagelen"), "", "values", Pages(None, NextUrl("next", items="values", size=None))),
        (NextUrl("next", items="values", size="pagelen"), "", "other", None),
        (None, "after limit", "data", None),
    ],
)  # fmt: skip
def test_pages_need_the_parameters_of_the_style(
    style: Any, takes: str, items: str | None, pages: Pages | None
) -> None:
    """A list that takes what the style asks with has pages, its rows where they were seen."""
    assert detect(style, takes, items) == pages


def test_only_reading_has_pages() -> None:
    """A call that changes something is not walked."""
    assert detect(CURSOR, "after limit", "data", "POST") is None


def test_where_the_answer_is_not_described() -> None:
    """Rows nobody described are where all the lists of the file have them, if they agree."""
    one = Operation("b.list", "GET", "/b", is_paginated=True)
    assert detect(CURSOR, "after limit", None, operations=(one,)) == Pages(None, None)
    other = replace(one, items="other")
    assert detect(CURSOR, "after limit", None, operations=(one, other)) is None
    assert detect(CURSOR, "after limit", None) is None


def test_a_name_on_the_wire_counts() -> None:
    """A parameter known by another name is taken all the same."""
    style = NextUrl("@odata.nextLink", items="value", size="$top")
    parameters = (Parameter("top", "query", "integer", wire="$top"),)
    line = Line("a.list", "GET", "/a", None, "value", parameters, None, None)
    assert detect_pages(replace(STRIPE, pagination=style), line, parameters) == Pages(None, None)


def test_connections_bring_their_own_style() -> None:
    """A GraphQL text that asks for pageInfo is walked by it, whatever the integration's usual style."""
    text = "query issues($first: Int, $after: String) { issues(first: $first, after: $after) { nodes { id } pageInfo { x } } }"
    parameters = fields("first:integer after")
    line = Line("issues.list", "POST", "", None, "data.issues.nodes", parameters, None, text)
    assert detect_pages(STRIPE, line, parameters) == Pages(None, GraphQLCursor("data.issues"))
    assert detect_pages(STRIPE, line._replace(document="query a { a }"), parameters) is None
