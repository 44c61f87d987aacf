"""Words and parts of names."""

from __future__ import annotations

from keyword import iskeyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.catalog.words import find_plural, is_plural, is_same_noun, is_verb, make_part, split_words


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("postMessage", "post_message"),
        ("getURLForOrg", "get_url_for_org"),
        ("list-for-org", "list_for_org"),
        ("setIDs", "set_ids"),
        ("OAuth2Token", "oauth2_token"),
        ("Usa2p", "usa2_p"),
        ("0-162", "n0_162"),
        ("import", "import_"),
        ("@me", "me"),
        ("$count", "count"),
        ("…", ""),
    ],
)
def test_a_part_of_a_name(text: str, part: str) -> None:
    """Whatever the writing, parts are small words with underscores that can be typed."""
    assert make_part(text) == part


@given(st.text(max_size=30))
def test_every_part_can_be_typed(text: str) -> None:
    """Of any text comes a name Python takes, or nothing."""
    part = make_part(text)
    assert part == "" or (part.isidentifier() and not iskeyword(part) and not part.startswith("_"))
    assert split_words("_".join(split_words(text))) == split_words(text)


def test_plurals() -> None:
    """What ends in s names many, unless it is status, access or analysis; a noun is known by its plural."""
    assert (
        is_plural("customers") and not is_plural("status") and not is_plural("access") and not is_plural("us")
    )
    assert (
        is_same_noun("activity", "activities") and is_same_noun("boxes", "box") and not is_same_noun("a", "b")
    )
    assert find_plural("reply", frozenset({"replies", "reply"})) == "replies"
    assert find_plural("staff", frozenset({"teams"})) == "staff"


def test_verbs() -> None:
    """A part begins with a verb or not; few verbs only look."""
    assert is_verb("add_project") and is_verb("cancel") and not is_verb("exports") and not is_verb("balance")
    assert is_verb("search", reads=True) and not is_verb("cancel", reads=True)
