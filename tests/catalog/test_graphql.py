"""How a GraphQL text is written."""

from __future__ import annotations

import graphql

from penstock.catalog.graphql import write


def test_arguments_become_variables_and_are_passed_on() -> None:
    """Each argument is declared as a variable with its type and default, and passed under its name."""
    text = write("query", "orders", "first: Int = 50, ids: [ID!]!", "nodes { id }")
    assert (
        text
        == "query orders($first: Int = 50, $ids: [ID!]!) { orders(first: $first, ids: $ids) { nodes { id } } }"
    )
    graphql.parse(text)


def test_a_directive_has_variables_of_its_own() -> None:
    """What only the directive uses is declared and not passed to the field."""
    text = write(
        "mutation", "refundCreate", "input: R!", "id", also="key: String!", directive="@idempotent(key: $key)"
    )
    assert (
        text
        == "mutation refundCreate($input: R!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) { id } }"
    )
    graphql.parse(text)


def test_a_field_without_arguments_has_no_brackets() -> None:
    """Empty brackets are not GraphQL."""
    assert write("query", "shop", "", "id") == "query shop { shop { id } }"
