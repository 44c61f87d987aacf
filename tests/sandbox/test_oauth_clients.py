"""Tests of the sandbox's grants without a browser: clients of their own, assertions, and sign-ins on another device."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oauth_person import FORM, REGISTRY, App, named, schemes, send

import penstock as ps
from penstock.auth.device import DeviceSignIn, PollAgain, decide_poll, parse_device_answer
from penstock.auth.oauth import ASSERTION_GRANT, TokenRequest, build_device_request, build_poll_request
from penstock.auth.plans import end_point
from penstock.auth.tokens import Grant, Refusal
from penstock.redact import Secret
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock

DEVICES = [(name, index) for name, index in schemes() if REGISTRY.get(name).auth[index].device]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ps.Workbench]:
    home: Path = tmp_path_factory.mktemp("home")
    with ps.Workbench(home=home, share_limits=False) as bench:
        yield bench


@pytest.fixture
def open_app(make_box: Callable[..., Sandbox], clock: FakeClock) -> Callable[..., App]:
    """Open an app at a vendor of a sandbox of its own: open_app("github", 2)."""

    def open_one(name: str, index: int | None = None, **options: object) -> App:
        return App(make_box(names=[name], clock=clock, **options), name, index, clock)

    return open_one


@pytest.mark.parametrize("grant", ["client_credentials", "account_credentials"])
def test_a_client_gets_tokens_for_itself(open_app, bench, grant):
    """Each vendor with such a grant gives a token that opens its API, has no refresh token, and ends as declared."""
    found = schemes(grant)
    assert found
    for name, index in found:
        app = open_app(name, index)
        given = app.for_itself()
        assert isinstance(given, Grant), (name, given)
        assert given.refresh_token is None and given.lifetime_s == app.scheme.access_token_lifetime_s
        assert app.is_let_in(given, bench)
        assert app.box.oauth(name, index)["authorize"] is None


def test_an_account_grant_wants_its_account(open_app):
    """Zoom's grant without account_id is an invalid_request; with it the same request is granted."""
    app = open_app("zoom", next(index for name, index in schemes("account_credentials")))
    assert isinstance(app.for_itself(), Grant)  # the control
    form = b"grant_type=account_credentials"
    signed = "Basic c2FuZGJveC1hcHA6c2FuZGJveC1hcHAtc2VjcmV0"
    answer = send(
        "POST",
        str(app.scheme.token),
        form,
        Authorization=signed,
        Content_Type="application/x-www-form-urlencoded",
    )
    assert answer.status == 400 and answer.data["error"] == "invalid_request"


def _assertion(clock: FakeClock, **claims: object) -> Secret:
    own = {"iss": "robot@example.com", "iat": clock.wall() - 30, "exp": clock.wall() + 600, **claims}
    head, body = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in ({}, own))
    return Secret(f"{head}.{body}.unsigned")


@pytest.mark.parametrize("grant", ["jwt_bearer", "app_jwt"])
def test_an_assertion_buys_a_token_while_it_holds(open_app, bench, clock, grant):
    """One that holds now opens the API, unsigned as it is, and the log says so; an old, a long and a broken one do not."""
    found = schemes(grant)
    assert found
    for name, index in found:
        app = open_app(name, index)

        def ask(text: Secret, app: App = app) -> Grant | Refusal:
            if grant == "app_jwt":
                return app.ask(TokenRequest(str(app.scheme.token), (), bearer=text, encoding="json"))
            fields = (("grant_type", ASSERTION_GRANT), ("assertion", text))
            return app.ask(TokenRequest(str(app.scheme.token), fields))

        given = ask(_assertion(clock))
        assert isinstance(given, Grant), (name, given)
        assert app.box.log()[-1]["note"] == "the assertion's signature is not checked"
        assert app.is_let_in(given, bench)
        for bad in (
            _assertion(clock, exp=clock.wall() - 1),
            _assertion(clock, exp=clock.wall() + 86_400),
            _assertion(clock, iat=clock.wall() + 300),
            _assertion(clock, iss=""),
            Secret("no.assertion.atall"),
        ):
            refused = ask(bad)
            assert isinstance(refused, Refusal) and refused.code == "invalid_grant"


def _start(app: App) -> DeviceSignIn:
    asked = build_device_request(end_point(app.scheme, app.client), str(app.scheme.device), app.scheme.scopes)
    method, url, headers, body, *_ = asked.reveal()
    device = parse_device_answer(send(method, url, body, **dict(headers)), wall=app.clock.wall())
    assert isinstance(device, DeviceSignIn), device
    return device


def _poll(app: App, device: DeviceSignIn, interval_s: float | None = None) -> Grant | PollAgain | Refusal:
    answer = app.ask(build_poll_request(end_point(app.scheme, app.client), device.device_code))
    return decide_poll(answer, device, interval_s or device.interval_s, wall=app.clock.wall())


@named(DEVICES)
def test_a_device_waits_until_its_code_is_typed_and_allowed(open_app, bench, name, index):
    """Polls say wait until a person types the code and allows it; then there is one grant, of that person's account."""
    app = open_app(name, index)
    device = _start(app)
    assert device.address == app.facts["device"] and device.user_code in str(device.whole_address)
    assert _poll(app, device) == PollAgain(device.interval_s)
    typed = device.user_code.lower().replace("-", " ")  # as people type
    page = send("GET", f"{device.address}?user_code={typed.replace(' ', '+')}")
    assert page.status == 200 and b"Allow</button>" in page.body
    app.clock.move(device.interval_s)
    assert _poll(app, device) == PollAgain(device.interval_s)  # the page alone allows nothing
    assert send("POST", str(device.whole_address), b"answer=allow&as=second", **FORM).status == 200
    app.clock.move(device.interval_s)
    grant = _poll(app, device)
    assert isinstance(grant, Grant), grant
    assert app.is_let_in(grant, bench) and app.box.log()[-1]["account"] == "second"
    assert (grant.refresh_token is not None) == (app.scheme.refresh != "none")
    again = _poll(app, device)
    assert isinstance(again, Refusal) and again.code == "invalid_grant"


@named(DEVICES)
def test_a_device_that_asks_too_often_is_slowed_down(open_app, name, index):
    """A second poll within the interval is slow_down, five seconds more; one that waits them is not."""
    app = open_app(name, index)
    device = _start(app)
    _poll(app, device)
    assert _poll(app, device) == PollAgain(device.interval_s + 5)
    app.clock.move(device.interval_s + 5)
    assert _poll(app, device) == PollAgain(device.interval_s)


@named(DEVICES)
def test_a_device_is_told_no_and_that_it_is_too_late(open_app, name, index):
    """A person's Deny is access_denied; a code nobody typed for 900 s is expired_token and cannot be typed any more."""
    app = open_app(name, index)
    declined, late = _start(app), _start(app)
    assert send("POST", str(declined.whole_address), b"answer=deny", **FORM).status == 200
    refused = _poll(app, declined)
    assert isinstance(refused, Refusal) and refused.code == "access_denied"
    app.clock.move(900)
    assert send("GET", f"{late.whole_address}&approve=1").status == 400
    expired = _poll(app, late)
    assert isinstance(expired, Refusal) and expired.code == "expired_token"


def test_the_device_page_allows_without_a_click_and_knows_its_codes(open_app):
    """approve=1 allows at once; a code that no device has is refused with a sentence, however odd it is."""
    app = open_app("github", 2)
    device = _start(app)
    assert b"<label" in send("GET", device.address).body
    for wrong in ("ZZZZ-ZZZZ", "", "%3Cscript%3Ealert(1)%3C/script%3E", "B" * 3000):
        page = send("GET", f"{device.address}?user_code={wrong}&approve=1")
        assert page.status == 400 and b"No device waits" in page.body and b"<script" not in page.body
    assert isinstance(_poll(app, device), PollAgain)  # the control
    assert send("GET", f"{device.whole_address}&approve=1").status == 200
    app.clock.move(device.interval_s)
    assert isinstance(_poll(app, device), Grant)


def test_a_vendor_without_devices_starts_none(open_app):
    """Where the scheme names no device address, the start is refused and oauth() has none."""
    app = open_app("airtable")
    assert app.facts["device"] is None
    answer = send(
        "POST", f"{str(app.facts['token']).removesuffix('/token')}/device", b"client_id=sandbox-app"
    )
    assert answer.status == 400 and answer.data["error"] == "unauthorized_client"
