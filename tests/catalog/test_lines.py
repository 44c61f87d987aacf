"""Operations as lines of text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock.catalog.described import DescribedCall
from penstock.catalog.lines import read_line, write_line
from penstock.catalog.parameters import TYPES, Parameter

_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
_TEXTS = st.text(min_size=1, max_size=8)
_PARAMETERS = st.lists(
    st.builds(
        Parameter,
        _NAMES,
        st.sampled_from(["query", "body", "header"]),
        st.sampled_from(TYPES),
        st.booleans(),
        st.lists(_TEXTS, max_size=3).map(tuple),
        st.none() | _TEXTS,
    ),
    max_size=5,
    unique_by=lambda parameter: parameter.name,
).map(tuple)


@given(_PARAMETERS, st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
def test_a_line_says_all_there_is(parameters: tuple[Parameter, ...], method: str) -> None:
    """What is written is read again, whatever signs are in it, and stands on one line."""
    own = Parameter("ID", "path", "integer", True)
    given_ = tuple(p for p in parameters if p.name != "ID")
    call = DescribedCall(method, "/things/{ID}", "/v1", parameters=(own, *given_), body="form", items="data")
    text = write_line("things.get", call)
    assert text.splitlines() == [text]
    line = read_line(text)
    assert line[:5] == ("things.get", method, "/v1/things/{ID}", "form", "data")
    assert line.parameters == (own, *given_)
    assert line.document is None and line.into is None


def test_a_graphql_text_is_kept() -> None:
    """A document and the variable it fills stand at the end."""
    call = DescribedCall("POST", "", own_name="query:a", document="query a { a }", into="input")
    assert read_line(write_line("a.get", call))[-2:] == ("input", "query a { a }")
    assert read_line(write_line("a.get", DescribedCall("POST", "", document="query a { a }")))[-2:] == (
        None,
        "query a { a }",
    )


def test_a_line_can_be_read() -> None:
    """The notation: place, name, type, choices, the name on the wire, need."""
    call = DescribedCall(
        "GET", "/a/{b}",
        parameters=(
            Parameter("sort", "query", choices=("up", "down")), Parameter("top", "query", "integer", True, wire="$top"),
            Parameter("x", "header", "boolean", wire="X-Y"), Parameter("z", "body", "object"),
        ),
    )  # fmt: skip
    assert write_line("a.get", call) == "a.get\tGET\t/a/{b}\t\t\tsort=up|down top:i~$top! @x:b~X-Y +z:o"
