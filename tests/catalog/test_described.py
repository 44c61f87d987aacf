"""Parameters and paths of described calls."""

from __future__ import annotations

from keyword import iskeyword

from hypothesis import given
from hypothesis import strategies as st

from penstock.catalog.described import erase, make_identifier, merge_skipped, name_parameters
from penstock.catalog.parameters import Parameter


@given(st.text(max_size=20))
def test_any_name_can_be_typed(text: str) -> None:
    """Of whatever a service calls it, a name of Python's comes that a call does not use itself."""
    name = make_identifier(text)
    assert name.isidentifier() and not iskeyword(name) and name not in ("self", "max_items")


_PARAMETERS = st.lists(
    st.builds(
        Parameter,
        st.sampled_from(["id", "a-b", "a_b", "$id", "from"]),
        st.sampled_from(["path", "query", "body", "header"]),
    ),
    max_size=12,
)


@given(_PARAMETERS, st.sampled_from(["/x", "/x/{id}", "/x/{a-b}/{a_b}", "/x/{from}/{id}"]))
def test_each_parameter_has_a_name_of_its_own(parameters: list[Parameter], path: str) -> None:
    """No two are typed alike, the path's come first, and each keeps what the service calls it."""
    renamed, named = name_parameters(path, parameters)
    names = [p.name for p in named if p.place != "path"]
    in_path = [piece.partition("}")[0] for piece in renamed.split("{")[1:]]
    assert len(set(names + in_path)) == len(names) + len(in_path)
    kept = {(p.place, p.wire or p.name) for p in named if p.place != "path"}
    assert kept == {(p.place, p.name) for p in parameters if p.place != "path"}
    assert erase(renamed) == erase(path)


def test_what_a_path_says_needs_no_saying() -> None:
    """A plain text in the path is left to its braces; one with a type or choices is required."""
    path, named = name_parameters(
        "/a/{user-id}/{n}", [Parameter("user-id", "path"), Parameter("n", "path", "integer")]
    )
    assert path == "/a/{user_id}/{n}"
    assert named == (Parameter("n", "path", "integer", True),)


def test_counts_are_added_up() -> None:
    """What was left out is counted over all documents, by reason."""
    assert merge_skipped([{"deprecated": 2}, {}, {"deprecated": 1, "internal": 3}]) == {
        "deprecated": 3,
        "internal": 3,
    }
