"""What a scheme keeps of a token answer, a redirect and a look-up."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from penstock.auth.answers import add_extras, parse_answer, read_lookup
from penstock.auth.schemes import OAuth2
from penstock.auth.tokens import UNREADABLE, Grant, Refusal
from penstock.model import Headers, Response

WALL = 1_800_000_000.0
SCHEME = OAuth2(keep=("site", "team.id"), codes=(("gone", "invalid_grant"),))


def answer(body: object, status: int = 200) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, Headers({"content-type": "application/json"}), raw)


def test_a_refresh_has_its_token_on_top() -> None:
    """`within` holds for the first answer alone; a refresh's nested token is not read."""
    nested = replace(SCHEME, within="person")
    first = parse_answer(nested, answer({"person": {"access_token": "a1"}}), wall=WALL)
    assert isinstance(first, Grant) and first.access_token.reveal() == "a1"
    second = parse_answer(nested, answer({"access_token": "a2"}), wall=WALL, previous=first)
    assert isinstance(second, Grant) and second.access_token.reveal() == "a2"
    for body, previous in (({"access_token": "a2"}, None), ({"person": {"access_token": "a1"}}, first)):
        wrong = parse_answer(nested, answer(body), wall=WALL, previous=previous)
        assert isinstance(wrong, Refusal) and wrong.code == UNREADABLE


def test_only_what_the_scheme_keeps_is_added() -> None:
    """A redirect's other fields are left, and what the grant had stays where the redirect has no newer one."""
    grant = parse_answer(SCHEME, answer({"access_token": "a1", "team": {"id": "T1"}}), wall=WALL)
    assert isinstance(grant, Grant) and grant.extras == {"team.id": "T1"}
    assert add_extras(SCHEME, grant, {"site": "eu", "hmac": "x", "team.id": ""}).extras == {
        "team.id": "T1",
        "site": "eu",
    }
    assert add_extras(SCHEME, grant, {"team.id": "T2"}).extras == {"team.id": "T2"}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"site": "eu", "more": 1}, {"site": "eu"}),
        ([{"site": "eu"}], {"site": "eu"}),
        ({"team": {"id": "T1"}}, {"team.id": "T1"}),
        ([{"site": "eu"}, {"site": "us"}], {}),
        ([], {}),
        ({"site": 5}, {}),
        ({"site": ""}, {}),
        ({"site": "eu\n"}, {}),
        ({"site": "x" * 3000}, {}),
        (b"<html>", {}),
        (b"", {}),
        (b'{"site":"eu","site":"us"}', {}),
        (b"[" * 100_000, {}),
        (b'{"site":"' + b"x" * (1 << 20) + b'"}', {}),
    ],
)
def test_a_lookup_says_one_thing_or_nothing(body: object, found: dict[str, str]) -> None:
    """What is not one object, or too long, gives nothing; nothing is raised, and a refusal is not read."""
    assert read_lookup(SCHEME, answer(body)) == found
    assert read_lookup(SCHEME, answer(body, 403)) == {}
