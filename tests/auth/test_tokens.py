"""What a token end point answers, as services do and as nobody should: a Grant or a Refusal, never an exception."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from penstock.auth.tokens import UNREADABLE, Grant, Refusal, parse_token_answer
from penstock.clock import utc
from penstock.errors import ResponseUnreadable, ServerFailed, SignInNeeded
from penstock.model import Headers, Response
from penstock.redact import Secret

WALL = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # WALL


def answer(body: object, status: int = 200, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return Response(status, Headers(fields), raw)


def parse(body: object, status: int = 200, **options: Any) -> Grant | Refusal:
    return parse_token_answer(answer(body, status), wall=WALL, **options)


def granted(body: object, status: int = 200, **options: Any) -> Grant:
    grant = parse(body, status, **options)
    assert isinstance(grant, Grant), grant
    return grant


def refused(body: object, status: int = 200, **options: Any) -> Refusal:
    refusal = parse(body, status, **options)
    assert isinstance(refusal, Refusal), refusal
    return refusal


def test_a_whole_answer_becomes_a_grant() -> None:
    """Tokens, lifetimes, scopes and kind are those of the answer."""
    grant = granted(
        {
            "access_token": "at-1234567",
            "refresh_token": "rt-1234567",
            "expires_in": 3600,
            "refresh_expires_in": "86400",
            "scope": "read write",
            "token_type": "Bearer",
        }
    )
    assert grant.access_token.reveal() == "at-1234567" and grant.refresh_token == Secret("rt-1234567")
    assert (grant.issued_at, grant.expires_at) == (utc(WALL), utc(WALL + 3600))
    assert grant.refresh_expires_at == utc(WALL + 86400) and grant.lifetime_s == 3600
    assert grant.scopes == ("read", "write") and grant.kind == "bearer"
    assert grant.is_valid(WALL + 3599) and not grant.is_valid(WALL + 3600)


@pytest.mark.parametrize(
    ("said", "lifetime_s"),
    [
        (3600, 3600.0),
        ("3600", 3600.0),
        (3599.5, 3599.5),
        (" 28800 ", 28800.0),
        (None, None),
        (0, None),
        (-1, None),
        (True, None),
        ("soon", None),
        ([3600], None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, 100 * 366 * 86400.0),
    ],
)
def test_an_expiry_is_a_number_a_text_or_unknown(said: object, lifetime_s: float | None) -> None:
    """expires_in is read as number or text; what is no lifetime leaves the expiry unknown and the token good."""
    grant = granted({"access_token": "at-1", "expires_in": said})
    assert grant.lifetime_s == lifetime_s and grant.is_valid(WALL)


@pytest.mark.parametrize(
    "said", ["2027-01-15T09:00:00Z", "2027-01-15T10:00:00+01:00", 1_800_003_600, 1_800_003_600_000]
)
@pytest.mark.parametrize("skew_s", [-7200.0, 0.0, 7200.0])
def test_an_absolute_expiry_is_measured_by_the_servers_clock(said: object, skew_s: float) -> None:
    """An hour left at the server is an hour left here, however wrong this machine's clock is."""
    response = answer({"access_token": "at-1", "expires_at": said}, date=DATE)
    grant = parse_token_answer(response, wall=WALL + skew_s)
    assert isinstance(grant, Grant) and grant.lifetime_s == 3600.0
    assert grant.expires_at == utc(WALL + skew_s + 3600)
    undated = parse_token_answer(answer({"access_token": "at-1", "expires_at": said}), wall=WALL + skew_s)
    assert isinstance(undated, Grant) and undated.lifetime_s == max(3600.0 - skew_s, 0)  # the control


def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one() -> None:
    """Refresh token, its expiry, scopes and extras stay where the answer has none; new ones win."""
    first = granted(
        {
            "access_token": "a1",
            "refresh_token": "r1",
            "refresh_expires_in": 900,
            "scope": "x",
            "instance_url": "https://one.example",
        },
        keep=("instance_url",),
    )
    for silent in ({}, {"refresh_token": None}, {"refresh_token": ""}):
        kept = granted({"access_token": "a2", **silent}, previous=first)
        assert kept.refresh_token == first.refresh_token
        assert kept.refresh_expires_at == first.refresh_expires_at
        assert kept.scopes == ("x",) and kept.extras == {"instance_url": "https://one.example"}
    moved = granted(
        {"access_token": "a3", "refresh_token": "r2", "scope": "x y", "instance_url": "https://two.example"},
        previous=first,
        keep=("instance_url",),
    )
    assert moved.refresh_token == Secret("r2") and moved.refresh_expires_at is None
    assert moved.scopes == ("x", "y") and moved.extras["instance_url"] == "https://two.example"
    assert granted({"access_token": "a4"}).refresh_token is None  # the control: nothing to keep
    assert granted({"access_token": "a5"}, previous=first, asked=("y",)).scopes == ("y",)


def test_an_extra_is_kept_whole_or_not_at_all() -> None:
    """Texts and numbers are kept as they stand; what is too long, not plain, or a structure is left out, not mended."""
    body = {
        "access_token": "a",
        "id": 42,
        "url": "https://x.example",
        "bad": "a\nb",
        "long": "x" * 3000,
        "on": True,
    }
    keep = ("id", "url", "bad", "long", "on", "missing", "url.deeper", "list")
    assert granted({**body, "list": ["x"]}, keep=keep).extras == {"id": "42", "url": "https://x.example"}


@pytest.mark.parametrize(
    ("fields", "scopes"),
    [
        ({"scope": "a,b c"}, ("a", "b", "c")),
        ({"scope": ["a", "b", 3]}, ("a", "b")),
        ({"scopes": ["a"]}, ("a",)),
        ({"scope": ""}, ()),
        ({"scope": None}, ("asked",)),
        ({}, ("asked",)),
    ],
)
def test_scopes_are_those_of_the_answer_or_those_asked_for(
    fields: dict[str, Any], scopes: tuple[str, ...]
) -> None:
    """Spaces, commas and lists are read; only where the answer names none do those asked for hold."""
    assert granted({"access_token": "a", **fields}, asked=("asked",)).scopes == scopes


def test_a_nested_token_is_found_where_it_is_said_to_be() -> None:
    """Slack's user token comes from authed_user and the bot's from the top; a missing one is never the other."""
    body = {
        "ok": True,
        "access_token": "xoxb-bot",
        "scope": "chat:write,users:read",
        "token_type": "bot",
        "team": {"id": "T1"},
        "authed_user": {"id": "U1", "access_token": "xoxp-user", "scope": "search:read", "expires_in": 43200},
    }
    user = granted(body, within="authed_user", keep=("team.id",))
    assert user.access_token.reveal() == "xoxp-user" and user.scopes == ("search:read",)
    assert user.lifetime_s == 43200 and user.extras == {"team.id": "T1"}
    assert granted(body).access_token.reveal() == "xoxb-bot" and granted(body).kind == "bot"
    assert refused({**body, "authed_user": {"id": "U1"}}, within="authed_user").code == UNREADABLE


def test_another_name_for_the_token_and_a_form_for_an_answer_are_read() -> None:
    """GitHub calls an installation's token `token`, and answers with a form where it was not asked for JSON."""
    grant = granted({"token": "ghs_1", "expires_at": "2027-01-15T09:00:00Z"}, status=201, token_field="token")
    assert grant.lifetime_s == 3600
    form = answer(b"access_token=gho_1&scope=repo%2Cgist&token_type=bearer")
    assert isinstance(parse_token_answer(form, wall=WALL), Refusal)  # the control: it is no JSON
    form = answer(form.body, content_type="application/x-www-form-urlencoded; charset=utf-8")
    grant_of_form = parse_token_answer(form, wall=WALL)
    assert isinstance(grant_of_form, Grant) and grant_of_form.scopes == ("repo", "gist")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (
            200,
            {"error": "bad_verification_code", "error_description": "It expired."},
            "bad_verification_code",
        ),
        (200, {"ok": False, "error": "invalid_refresh_token"}, "invalid_refresh_token"),
        (200, {"ok": False, "access_token": "at-1"}, "http_200"),
        (400, {"error": "invalid_grant", "access_token": "at-1"}, "invalid_grant"),
        (400, {"status": "BAD_REFRESH_TOKEN", "message": "missing or unknown"}, "BAD_REFRESH_TOKEN"),
        (400, {"error": {"code": "invalid_grant", "message": "no"}}, "invalid_grant"),
        (401, {"message": "who?"}, "http_401"),
    ],
)
def test_a_refusal_is_one_whatever_its_status(status: int, body: object, code: str) -> None:
    """A 200 with an error is no grant; the code is the service's own where it gives one."""
    assert refused(body, status).code == code


def test_a_services_own_code_is_translated() -> None:
    """Codes, and where there is only a sentence the sentence, stand for the standard's word."""
    codes = {"BAD_REFRESH_TOKEN": "invalid_grant", "Invalid Token!": "invalid_grant"}
    assert refused({"status": "BAD_REFRESH_TOKEN"}, 400, codes=codes).code == "invalid_grant"
    zoom = {"reason": "Invalid Token!", "error": "invalid_request"}
    assert refused(zoom, 400, codes=codes).code == "invalid_grant"
    assert refused(zoom, 400).code == "invalid_request"  # the control


UNREADABLE_BODIES = [
    b"",
    b"<html><body>Sign in to the hotel's network</body></html>",
    b"[1]",
    b"null",
    b'"text"',
    b"\xff\xfe\x00",
    b"{" * 50_000,
    b'{"access_token":' * 5000,
    b'{"access_token": "a-good-one", "pad": "' + b"x" * (1 << 20) + b'"}',
    b'{"access_token": "one-token", "access_token": "two-token"}',
    b'{"access_token": "a-token", "expires_in": 1' + b"0" * 5000 + b"}",
    b'{"access_token": "a\\r\\nX-Injected: 1"}',
    b'{"access_token": "\\ud800"}',
    b'{"access_token": 12345}',
    b'{"access_token": ""}',
    b'{"access_token": "a-token", "refresh_token": ["r"]}',
    b'{"token_type": "bearer"}',
]


@pytest.mark.parametrize("body", UNREADABLE_BODIES, ids=lambda body: repr(body[:40]))
def test_what_is_no_token_answer_is_unreadable(body: bytes) -> None:
    """HTML, cut, doubled, huge or ill-typed answers give an unreadable Refusal that quotes nothing of them."""
    refusal = refused(body)
    assert refusal.code == UNREADABLE and refusal.is_temporary
    error = refusal.to_error("stripe", "acme")
    assert isinstance(error, ResponseUnreadable) and error.hint
    assert 'token"' not in str(error) and "hotel" not in str(error) and "Injected" not in str(error)


def test_the_same_value_twice_is_no_contradiction() -> None:
    """A name that stands twice with one value is read; only a contradiction is not."""
    assert granted(b'{"access_token": "one", "access_token": "one"}').access_token.reveal() == "one"


def test_neither_grant_nor_refusal_shows_a_token() -> None:
    """No repr, text, pickle, copy or JSON of a grant has a token; a refusal that repeats one has it taken out."""
    sent = Secret("rt-canary-123")
    grant = granted(
        {
            "access_token": "at-canary-456",
            "refresh_token": "rt-canary-789",
            "instance_url": "https://x.example",
        },
        keep=("instance_url",),
    )
    assert "canary" not in f"{grant!r}{grant}{[grant]}" and "instance_url" in repr(grant)
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            leave(grant)
    with pytest.raises(TypeError):
        json.dumps(grant)
    for before in (0, 286):  # whole, and where the cut to 300 characters goes through it
        description = f"{'x' * before} rt-canary-123 is no token"
        refusal = refused({"error": "invalid_grant", "error_description": description}, 400)
        assert "canary" not in f"{refusal!r}{refusal.to_error()}" and sent
    del sent
    assert "canary" in repr(
        refused({"error": "invalid_grant", "message": "rt-canary-123"}, 400)
    )  # the control


def test_a_refusal_becomes_an_error_in_plain_words() -> None:
    """The error says what happened, where, what the service said and what to do; whose fault it is decides its kind."""
    error = refused({"error": "invalid_grant", "error_description": "Token\nrevoked\x1b[31m"}, 400).to_error(
        "zoom", "acme"
    )
    assert isinstance(error, SignInNeeded) and error.code == "invalid_grant" and error.status == 400
    assert "no longer accepts this sign-in. It says: Token revoked [31m" in str(error)
    assert "zoom, account acme" in str(error) and "Sign in again" in str(error)
    busy = parse_token_answer(answer({"error": "slow_down"}, 429, retry_after="30"), wall=WALL)
    assert isinstance(busy, Refusal) and busy.retry_after_s == 30.0
    assert isinstance(busy.to_error(), ServerFailed)
    unknown = refused({"error": "flux_compensator"}, 400).to_error()
    assert isinstance(unknown, SignInNeeded) and "flux_compensator" in str(unknown)
