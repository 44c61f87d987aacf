"""The short notation for parameters."""

from __future__ import annotations

import pytest

from penstock.catalog.parameters import Parameter, fields
from penstock.errors import UsageError


def test_a_word_says_name_type_choices_and_need() -> None:
    """One word each: name, type, choices, required, and a question mark for the query."""
    assert fields("email amount:integer! sort=asc|desc state=open|closed! ?dry_run:boolean") == (
        Parameter("email"),
        Parameter("amount", type="integer", is_required=True),
        Parameter("sort", choices=("asc", "desc")),
        Parameter("state", choices=("open", "closed"), is_required=True),
        Parameter("dry_run", "query", "boolean"),
    )


def test_a_slash_puts_a_parameter_outside_the_wrapping() -> None:
    """A leading slash means the body, and a name on the wire that says so."""
    assert fields("/links:array!") == (Parameter("links", "body", "array", is_required=True, wire="/links"),)


def test_several_texts_are_one() -> None:
    """Texts may be shared between operations; line breaks and spaces do not matter."""
    assert [p.name for p in fields("limit:integer\n  cursor", "name!")] == ["limit", "cursor", "name"]


@pytest.mark.parametrize(
    "text", ["a b a", "a:integers", "a:", "a=", "!a", "a!!", "a-b|c d=|", "amount:integer!=1!"]
)
def test_what_does_not_read_so_is_refused(text: str) -> None:
    """A word twice, an unknown type and a broken word are refused."""
    with pytest.raises(UsageError):
        fields(text)


def test_an_unknown_place_is_refused() -> None:
    """A parameter stands in the path, the query, the body or a header field."""
    with pytest.raises(UsageError, match="cookie"):
        Parameter("a", "cookie")
