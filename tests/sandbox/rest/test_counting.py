"""What a GraphQL document costs."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema, parse

from penstock.sandbox.rest.counting import Asked, count

SCHEMA = build_schema("""
    type Query { things(first: Int, after: String): ThingConnection, one(id: ID): Thing, some(limit: Int): [Thing] }
    type ThingConnection { nodes: [Thing], pageInfo: PageInfo }
    type PageInfo { endCursor: String }
    type Thing { id: ID, name: String, parts(first: Int): ThingConnection }
""")


def _price(asked: Asked) -> float:
    return 1.0 if asked.is_leaf else (asked.size or 1) * asked.inner


def _count(text: str, **variables: Any) -> float:
    document = parse(text)
    operation, *fragments = document.definitions
    return count(SCHEMA, operation, {one.name.value: one for one in fragments}, variables, _price)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ one(id: 1) { id name } }", 2.0),
        ("{ one(id: 1) { __typename id } }", 1.0),
        ("{ things(first: 10) { nodes { id name } pageInfo { endCursor } } }", 30.0),
        ("{ things(first: 10) { nodes { parts(first: 5) { nodes { id } } } } }", 50.0),
        ("{ some(limit: 4) { ...F } } fragment F on Thing { id name }", 8.0),
        ("{ some(limit: 4) { ... on Thing { id } } }", 4.0),
        ("query ($n: Int = 7) { things(first: $n) { nodes { id } } }", 7.0),
    ],
)
def test_rows_multiply_what_is_asked_of_each(text: str, cost: float) -> None:
    """A field pays for as many rows as first= or limit= asks for, through nesting, fragments and defaults."""
    assert _count(text) == cost


def test_a_variable_counts_for_what_it_is() -> None:
    """A number given as a variable goes before its default."""
    assert _count("query ($n: Int = 7) { things(first: $n) { nodes { id } } }", n=100) == 100.0


def test_a_field_knows_where_it_stands() -> None:
    """The price is told the type above, whether it is a list or a connection, and its size."""
    seen: list[Asked] = []
    operation = parse("{ things(first: 3) { nodes { id } } }").definitions[0]
    count(SCHEMA, operation, {}, {}, lambda asked: float(bool(seen.append(asked))))  # type: ignore[arg-type, func-returns-value]
    assert [(one.parent, one.name, one.is_list, one.is_connection, one.size) for one in seen] == [
        ("Thing", "id", False, False, None),
        ("ThingConnection", "nodes", True, False, None),
        ("Query", "things", False, True, 3),
    ]
