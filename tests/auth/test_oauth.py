"""The requests to a token end point: what they say, and that they show no secret before the last step."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import re
from urllib.parse import parse_qs, parse_qsl

import pytest

from penstock.auth.oauth import (
    OAuthClient,
    TokenEndPoint,
    TokenRequest,
    build_assertion_request,
    build_client_request,
    build_code_request,
    build_device_request,
    build_installation_request,
    build_poll_request,
    build_refresh_request,
    check_end_point,
)
from penstock.errors import UsageError
from penstock.model import Request
from penstock.redact import Secret, redact

URL = "https://service.example/token"
CODE, REFRESH, KEY = Secret("code-canary-1"), Secret("refresh-canary-2"), Secret("client-canary-3")
VERIFIER, ASSERTION = Secret("verifier-canary-4"), Secret("assertion-canary-5")
POST = OAuthClient("app", KEY)
BASIC = OAuthClient("app", KEY, "client_secret_basic")
PUBLIC = OAuthClient("app", token_auth="none")


def fields(request: Request) -> dict[str, str]:
    assert request.body is not None
    pairs = parse_qsl(request.body.decode(), strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def every_request() -> list[TokenRequest]:
    requests = [build_assertion_request(URL, ASSERTION), build_installation_request(URL, ASSERTION)]
    for client in (POST, BASIC, OAuthClient(Secret("sk-canary-6"), KEY, "client_secret_basic")):
        for encoding in ("form", "json"):
            end = TokenEndPoint(URL, client, encoding)
            requests += [
                build_code_request(end, CODE, "http://127.0.0.1/cb", VERIFIER),
                build_refresh_request(end, REFRESH),
                build_client_request(end),
                build_poll_request(end, CODE),
            ]
    return requests


def test_no_request_shows_a_secret_before_the_last_step() -> None:
    """No repr of a request or of what it is made of has a secret; the revealed request has (the control)."""
    for request in every_request():
        shown = f"{request!r} {request} {request.fields!r} {POST!r} {BASIC!r}"
        assert "canary" not in shown and redact(shown) == shown
        revealed = repr(tuple(request.reveal()))
        assert redact(revealed) != revealed and "canary" not in redact(revealed)
        for encoded in re.findall("Basic ([A-Za-z0-9+/=]+)", redact(revealed)):
            pytest.fail(f"redact lets {encoded} through")


@pytest.mark.parametrize("request_", every_request(), ids=lambda one: one.encoding)
def test_a_request_cannot_be_pickled_or_copied_deeply(request_: TokenRequest) -> None:
    """A request with secrets does not leave the process by pickle or deepcopy."""
    for leave in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            leave(request_)


def test_the_client_signs_as_it_is_registered() -> None:
    """The secret stands in the body, or in Authorization with the id, or nowhere; never in two places."""
    posted = build_refresh_request(TokenEndPoint(URL, POST), REFRESH).reveal()
    assert fields(posted) == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-canary-2",
        "client_id": "app",
        "client_secret": "client-canary-3",
    }
    assert "Authorization" not in dict(posted.headers)
    basic = build_refresh_request(TokenEndPoint(URL, BASIC), REFRESH).reveal()
    signed = base64.b64encode(b"app:client-canary-3").decode()
    assert dict(basic.headers)["Authorization"] == f"Basic {signed}"
    assert fields(basic) == {"grant_type": "refresh_token", "refresh_token": "refresh-canary-2"}
    for client in (PUBLIC, OAuthClient("app", token_auth="client_secret_basic")):
        public = build_refresh_request(TokenEndPoint(URL, client), REFRESH).reveal()
        assert fields(public)["client_id"] == "app" and "client_secret" not in fields(public)
        assert "Authorization" not in dict(public.headers)


def test_basic_encodes_both_parts_before_it_joins_them() -> None:
    """A colon in the id cannot move the border between id and secret (RFC 6749 §2.3.1)."""
    client = OAuthClient("a:b c", Secret("d%e:f"), "client_secret_basic")
    headers = dict(build_client_request(TokenEndPoint(URL, client)).reveal().headers)
    pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "a%3Ab+c:d%25e%3Af"
    alone = OAuthClient(Secret("sk_live_1"), Secret(""), "client_secret_basic")
    request = build_client_request(TokenEndPoint(URL, alone)).reveal()
    assert dict(request.headers)["Authorization"] == f"Basic {base64.b64encode(b'sk_live_1:').decode()}"
    assert fields(request) == {"grant_type": "client_credentials"}


def test_each_grant_says_what_its_rfc_asks_for() -> None:
    """Code, client credentials, Zoom's account, device and assertion requests have exactly these fields."""
    end = TokenEndPoint(URL, BASIC, separator=",")
    code = build_code_request(end, CODE, "http://127.0.0.1/cb", VERIFIER, (("expiring", "1"),)).reveal()
    assert fields(code) == {
        "grant_type": "authorization_code",
        "code": "code-canary-1",
        "redirect_uri": "http://127.0.0.1/cb",
        "code_verifier": "verifier-canary-4",
        "expiring": "1",
    }
    own = build_client_request(end, ("read", "write")).reveal()
    assert fields(own) == {"grant_type": "client_credentials", "scope": "read,write"}
    zoom = build_client_request(end, grant="account_credentials", extra=(("account_id", "acc"),)).reveal()
    assert fields(zoom) == {"grant_type": "account_credentials", "account_id": "acc"}
    device = build_device_request(TokenEndPoint(URL, PUBLIC), "https://service.example/device", ("a", "b"))
    assert device.reveal().url == "https://service.example/device"
    assert fields(device.reveal()) == {"scope": "a b", "client_id": "app"}
    poll = fields(build_poll_request(TokenEndPoint(URL, PUBLIC), CODE).reveal())
    assert poll["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code"
    bought = fields(build_assertion_request(URL, ASSERTION).reveal())
    assert bought == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "assertion-canary-5",
    }
    installed = build_installation_request(URL, ASSERTION).reveal()
    assert dict(installed.headers)["Authorization"] == "Bearer assertion-canary-5"


def test_a_service_that_wants_json_gets_json() -> None:
    """The same fields as a JSON object, with the content type that says so; the default is a form."""
    request = build_code_request(TokenEndPoint(URL, BASIC, "json"), CODE, "http://127.0.0.1/cb").reveal()
    assert request.body is not None and json.loads(request.body)["code"] == "code-canary-1"
    assert dict(request.headers)["Content-Type"] == "application/json"
    form = build_code_request(TokenEndPoint(URL, BASIC), CODE, "http://127.0.0.1/cb").reveal()
    assert form.body is not None and parse_qs(form.body.decode())["code"] == ["code-canary-1"]
    assert dict(form.headers)["Accept"] == "application/json"


def test_a_token_request_is_never_marked_resendable() -> None:
    """Nothing in the corridor may send one twice by itself: a rotated refresh token works once."""
    assert not any(request.reveal().is_resendable for request in every_request())


@pytest.mark.parametrize(
    "url",
    [
        "http://service.example/token",
        "http://127.0.0.1.evil.example/token",
        "https://{shop}.example/token",
        "https://user:pw@service.example/token",
        "https://service.example/token#x",
        "https://service.example/\ntoken",
        "ftp://127.0.0.1/token",
        "https://",
        "https://[::1/token",
        "",
    ],
)
def test_secrets_go_to_https_or_this_machine_only(url: str) -> None:
    """An address that is not whole, not https, or only looks like this machine is refused before anything is built."""
    with pytest.raises(UsageError):
        check_end_point(url)
    with pytest.raises(UsageError):
        TokenEndPoint(url, POST)
    with pytest.raises(UsageError):
        build_assertion_request(url, ASSERTION)


def test_https_and_this_machine_are_accepted() -> None:
    """The control of the refusals: these three are let through."""
    for url in (URL, "http://127.0.0.1:8080/token", "http://localhost/token"):
        check_end_point(url)


def test_what_cannot_be_meant_is_refused() -> None:
    """A doubled field, an unknown way of signing or encoding, a missing id or secret are each a UsageError."""
    with pytest.raises(UsageError, match="grant_type would stand twice"):
        build_refresh_request(TokenEndPoint(URL, POST), REFRESH, extra=(("grant_type", "password"),))
    with pytest.raises(UsageError, match="client_secret would stand twice"):
        build_refresh_request(TokenEndPoint(URL, POST), REFRESH, extra=(("client_secret", Secret("other")),))
    with pytest.raises(UsageError, match="Unknown token_auth"):
        OAuthClient("app", KEY, "private_key_jwt")
    with pytest.raises(UsageError, match="no id"):
        OAuthClient("")
    with pytest.raises(UsageError, match="Unknown encoding"):
        TokenEndPoint(URL, POST, "xml")
    with pytest.raises(UsageError, match="needs a client_secret"):
        build_client_request(TokenEndPoint(URL, PUBLIC))
