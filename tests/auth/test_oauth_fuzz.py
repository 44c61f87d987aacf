"""Answers nobody would write: whatever the bytes, a Grant, a DeviceSignIn or a Refusal comes back, and can be shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from penstock.auth.device import DeviceSignIn, parse_device_answer
from penstock.auth.tokens import Grant, Refusal, parse_token_answer
from penstock.clock import utc
from penstock.errors import PenstockError
from penstock.model import Headers, Response
from penstock.redact import Secret

WALL = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # WALL

SAMPLES = [
    b'{"access_token":"at-1234567","refresh_token":"rt-7654321","expires_in":3600,"scope":"a b","token_type":"bearer"}',
    b'{"ok":true,"authed_user":{"access_token":"xoxp-1","expires_in":"43200"},"expires_at":"2027-01-15T09:00:00Z"}',
    b'{"error":"invalid_grant","error_description":"no","interval":5}',
    b'{"device_code":"d","user_code":"U","verification_uri":"https://x.example","expires_in":600,"interval":5}',
    b"access_token=a&scope=b&expires_in=60",
]
WORDS = st.sampled_from(
    ["access_token", "refresh_token", "expires_in", "expires_at", "error", "scope", "ok", "interval"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(10**400),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
BODIES = (
    st.binary(max_size=200)
    | st.dictionaries(WORDS | st.text(max_size=5), VALUES, max_size=6).map(
        lambda one: json.dumps(one).encode()
    )
    | st.tuples(
        st.sampled_from(SAMPLES), st.integers(0, 130), st.integers(0, 130), st.binary(max_size=6)
    ).map(lambda one: one[0][: one[1]] + one[3] + one[0][one[2] :])
)
STATUSES = st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 408, 429, 500, 503])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["application/json", "application/x-www-form-urlencoded"])
        | st.text(max_size=30),
        "date": st.sampled_from([DATE, "Thu, 31 Dec 0000 99:99:99 GMT"]) | st.text(max_size=40),
        "retry-after": st.text(max_size=8),
    },
)


def check(body: bytes, status: int, headers: dict[str, str], within: str | None, wall: float) -> None:
    response = Response(status, Headers(headers), body)
    previous = Grant(Secret("at-previous"), Secret("rt-previous"), utc(WALL))
    found = parse_token_answer(
        response, wall=wall, within=within, previous=previous, keep=("scope", "a.b", "error")
    )
    assert isinstance(found, Grant | Refusal)
    repr(found).encode()
    if isinstance(found, Grant):
        assert 200 <= status < 300 and found.refresh_token is not None
        assert found.access_token.reveal().isprintable() and found.access_token.reveal().isascii()
        assert found.lifetime_s is None or 0 <= found.lifetime_s <= 100 * 366 * 86400.0
    else:
        assert isinstance(found.to_error(), PenstockError)
        str(found.to_error()).encode()
    device = parse_device_answer(response, wall=wall)
    assert isinstance(device, DeviceSignIn | Refusal)
    repr(device).encode()


@settings(max_examples=400, deadline=None)
@given(BODIES, STATUSES, FIELDS, st.none() | st.just("authed_user"), st.floats(0, 4e9))
def test_any_answer_is_a_grant_or_a_refusal(
    body: bytes, status: int, headers: dict[str, str], within: str | None, wall: float
) -> None:
    """Whatever the bytes, fields and clock, nothing is raised, and what comes back can be shown."""
    check(body, status, headers, within, wall)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None)
@given(BODIES, STATUSES, FIELDS, st.none() | st.just("authed_user"), st.floats(0, 4e9))
def test_any_of_many_answers_is_a_grant_or_a_refusal(
    body: bytes, status: int, headers: dict[str, str], within: str | None, wall: float
) -> None:
    """The same, twenty thousand times."""
    check(body, status, headers, within, wall)


def fails_plainly(body: bytes) -> bool:
    try:
        found = json.loads(body)
        float(found["expires_in"]), Secret(found["access_token"])
    except KeyError:
        return False
    except Exception:
        return True
    return False


def test_a_plain_reader_fails_on_what_is_drawn() -> None:
    """The control: among the bodies drawn are objects with a token on which json.loads and float() alone raise."""
    found = find(
        BODIES, lambda body: body.startswith(b"{") and b"access_token" in body and fails_plainly(body)
    )
    assert isinstance(parse_token_answer(Response(200, Headers({}), found), wall=WALL), Grant | Refusal)
