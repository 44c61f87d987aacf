"""OAuth 2 against a real server (npm's oidc-provider): PKCE, rotation with reuse detection, device flow, client secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin

import httpx2
import pytest
from oidc import PERSON, browse_to, serve

from penstock.auth.device import DeviceSignIn, PollAgain, decide_poll, parse_device_answer
from penstock.auth.oauth import (
    OAuthClient,
    TokenEndPoint,
    TokenRequest,
    build_client_request,
    build_code_request,
    build_device_request,
    build_poll_request,
    build_refresh_request,
)
from penstock.auth.renewal import Step, next_step, refresh_at
from penstock.auth.sign_in import SignIn, begin_sign_in, read_pasted, read_redirect
from penstock.auth.tokens import Grant, Refusal, parse_token_answer
from penstock.errors import SignInNeeded, UsageError
from penstock.model import Headers, Response
from penstock.redact import Secret

LIFETIME_S = 60
NOTEBOOK = OAuthClient("notebook", token_auth="none")
SECRET = Secret("s%3A+t&r=e/t: x")
REDIRECT = "http://127.0.0.1:43210/callback"
SCOPES = ("openid", "offline_access", "read")
WALL = 1_800_000_000.0


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Serve, and end it with the last test."""
    with serve(LIFETIME_S) as server:
        yield server.issuer


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(follow_redirects=False, timeout=20) as client:
        yield client


def end_point(issuer: str, client: OAuthClient = NOTEBOOK) -> TokenEndPoint:
    return TokenEndPoint(f"{issuer}/token", client)


def send(http: httpx2.Client, request: TokenRequest) -> Response:
    method, url, headers, body, *_ = request.reveal()
    answer = http.request(method, url, headers=list(headers), content=body)
    return Response(answer.status_code, Headers(answer.headers.multi_items()), answer.content)


def ask(http: httpx2.Client, request: TokenRequest, previous: Grant | None = None) -> Grant | Refusal:
    return parse_token_answer(send(http, request), wall=WALL, previous=previous)


def begin(issuer: str) -> SignIn:
    return begin_sign_in(
        f"{issuer}/auth", NOTEBOOK, REDIRECT, SCOPES, extra=(("prompt", "consent"),), issuer=issuer
    )


def sign_in(http: httpx2.Client, issuer: str) -> Grant:
    started = begin(issuer)
    code = read_redirect(browse_to(REDIRECT, http, started.address, PERSON), started).code
    grant = ask(http, build_code_request(end_point(issuer), code, REDIRECT, started.verifier))
    assert isinstance(grant, Grant)
    return grant


def is_accepted(http: httpx2.Client, issuer: str, grant: Grant) -> bool:
    headers = {"Authorization": f"Bearer {grant.access_token.reveal()}"}
    return http.get(f"{issuer}/me", headers=headers).status_code == 200


def test_a_sign_in_gives_a_token_the_server_accepts(http: httpx2.Client, issuer: str) -> None:
    """Address, redirect, code and PKCE verifier together give a grant whose token opens a protected page."""
    grant = sign_in(http, issuer)
    assert is_accepted(http, issuer, grant)
    assert grant.scopes == SCOPES and grant.kind == "bearer" and grant.lifetime_s == LIFETIME_S
    due = refresh_at(grant, 1.0)
    assert due is not None and grant.expires_at is not None
    assert (grant.expires_at - due).total_seconds() == pytest.approx(LIFETIME_S / 5)
    forged = replace(grant, access_token=Secret("x" + grant.access_token.reveal()[1:]))
    assert not is_accepted(http, issuer, forged)  # the control


def test_the_server_refuses_a_code_without_its_verifier(http: httpx2.Client, issuer: str) -> None:
    """PKCE is really in force: the code of one sign-in with the verifier of another is an invalid_grant."""
    started, other = begin(issuer), begin(issuer)
    code = read_redirect(browse_to(REDIRECT, http, started.address, PERSON), started).code
    refused = ask(http, build_code_request(end_point(issuer), code, REDIRECT, other.verifier))
    assert isinstance(refused, Refusal) and refused.code == "invalid_grant"
    assert isinstance(refused.to_error(), SignInNeeded)


def test_a_pasted_address_and_a_pasted_code_give_the_same(http: httpx2.Client, issuer: str) -> None:
    """The whole address and the bare code out of it name one code; another sign-in's answer is not taken."""
    started = begin(issuer)
    came_back = browse_to(REDIRECT, http, started.address, PERSON)
    pasted = read_pasted(f"  <{came_back}>\n", started)
    bare = re.search(r"code=([^&]+)", came_back)
    assert bare is not None and pasted.code == read_pasted(bare[1], started).code
    with pytest.raises(UsageError, match="another sign-in"):
        read_pasted(came_back, begin(issuer))
    answered = ask(http, build_code_request(end_point(issuer), pasted.code, REDIRECT, started.verifier))
    assert isinstance(answered, Grant)


def test_a_declined_sign_in_says_so(http: httpx2.Client, issuer: str) -> None:
    """Where the person leaves by "cancel", the redirect's error becomes a sentence."""
    started = begin(issuer)
    page = http.get(started.address)
    page = http.get(urljoin(str(page.url), page.headers["location"]))
    abort = re.search(r"href=\"([^\"]+/abort)\"", page.text)
    assert abort is not None
    came_back = browse_to(REDIRECT, http, urljoin(str(page.url), abort[1]), PERSON)
    with pytest.raises(SignInNeeded, match="declined") as caught:
        read_redirect(came_back, started)
    assert caught.value.code == "access_denied"


def test_rotation_goes_on_and_reuse_ends_the_grant(http: httpx2.Client, issuer: str) -> None:
    """Each refresh gives a new refresh token; a used one is refused, ends the grant, and is judged as that."""
    first = sign_in(http, issuer)
    grants = [first]
    for _ in range(3):
        token = grants[-1].refresh_token
        assert token is not None
        renewed = ask(http, build_refresh_request(end_point(issuer), token), grants[-1])
        assert isinstance(renewed, Grant) and renewed.refresh_token not in (None, token)
        grants.append(renewed)
    assert is_accepted(http, issuer, grants[-1])  # the control: until here the grant lives
    assert first.refresh_token is not None and grants[-1].refresh_token is not None
    for token in (first.refresh_token, grants[-1].refresh_token):
        refused = ask(http, build_refresh_request(end_point(issuer), token), grants[-1])
        assert isinstance(refused, Refusal) and refused.code == "invalid_grant"
        assert next_step(refused, is_reread=False, is_valid=False) is Step.REREAD
        assert next_step(refused, is_reread=True, is_valid=False) is Step.REAUTH
    calls = http.get(f"{issuer}/__log").json()
    assert [call["status"] for call in calls[-6:]] == [200, 200, 200, 200, 400, 400]


def test_a_device_sign_in_waits_and_then_gives_a_grant(http: httpx2.Client, issuer: str) -> None:
    """A poll before the code was typed says "again"; after it was typed elsewhere, the poll gives the grant."""
    end = end_point(issuer)
    asked = build_device_request(end, f"{issuer}/device/auth", SCOPES, extra=(("prompt", "consent"),))
    device = parse_device_answer(send(http, asked), wall=WALL)
    assert isinstance(device, DeviceSignIn) and device.address == f"{issuer}/device"
    poll = build_poll_request(end, device.device_code)
    before = decide_poll(ask(http, poll), device, device.interval_s, wall=WALL)
    assert before == PollAgain(device.interval_s)
    page = browse_to(REDIRECT, http, device.address, {**PERSON, "user_code": device.user_code})
    assert "sign-in success" in page.lower(), page[:500]
    after = decide_poll(ask(http, poll), device, device.interval_s, wall=WALL)
    assert isinstance(after, Grant) and is_accepted(http, issuer, after)
    again = decide_poll(ask(http, poll), device, device.interval_s, wall=WALL)
    assert isinstance(again, Refusal) and again.code == "invalid_grant"


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_a_secret_of_any_characters_is_understood(http: httpx2.Client, issuer: str, way: str) -> None:
    """Colons, percent signs and spaces in a client's id and secret reach the server as they are; a wrong one is told."""
    client = OAuthClient(f"{way} a:b", SECRET, way)
    grant = ask(http, build_client_request(end_point(issuer, client), ("read",)))
    assert isinstance(grant, Grant) and grant.refresh_token is None and grant.scopes == ("read",)
    wrong = OAuthClient(
        f"{way} a:b", Secret("s:+t&r=e/t: x"), way
    )  # as if it had been decoded once too often
    refused = ask(http, build_client_request(end_point(issuer, wrong), ("read",)))
    assert isinstance(refused, Refusal) and refused.code == "invalid_client"
    assert next_step(refused, is_reread=False, is_valid=True) is Step.USE
    assert next_step(refused, is_reread=False, is_valid=False) is Step.CORRECT
