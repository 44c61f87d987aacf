"""Tests of what the sandbox's sign-ins refuse: codes, verifiers, clients and addresses that do not fit."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from oauth_person import FORM, REDIRECT, App, named, schemes, send

from penstock.auth.oauth import OAuthClient
from penstock.auth.sign_in import read_redirect
from penstock.auth.tokens import Grant, Refusal
from penstock.errors import ServerFailed, SignInNeeded, UsageError
from penstock.redact import Secret
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock

PEOPLE = schemes()
PROVED = [(name, index) for name, index in PEOPLE if App.scheme_of(name, index).pkce]


@pytest.fixture
def open_app(make_box: Callable[..., Sandbox]) -> Callable[..., App]:
    """Open an app at a vendor of a sandbox of its own: open_app("github", 2)."""

    def open_one(name: str, index: int | None = None) -> App:
        clock = FakeClock()
        return App(make_box(names=[name], clock=clock), name, index, clock)

    return open_one


def _is_refused(answer: Grant | Refusal, code: str) -> bool:
    return isinstance(answer, Refusal) and answer.code == code


@named(PEOPLE)
def test_a_code_serves_once_and_twice_ends_what_it_gave(open_app, name, index):
    """The second exchange of a code is an invalid_grant, and the first one's refresh token is dead with it."""
    app = open_app(name, index)
    begun = app.begin()
    place = app.allow(begun)
    first = app.fetch(begun, place)
    assert isinstance(first, Grant)
    assert _is_refused(app.fetch(begun, place), "invalid_grant")
    if first.refresh_token is not None:
        assert _is_refused(app.refresh(first), "invalid_grant")
        assert isinstance(app.refresh(app.sign_in()), Grant)  # the control


@named(PEOPLE)
def test_a_code_of_another_sign_in_address_or_time_is_refused(open_app, name, index):
    """A code is refused with another redirect_uri and after 60 s; 59 s later and with its own it is taken."""
    app = open_app(name, index)
    for changed, waited_s, is_good in (
        ({}, 59, True),
        ({}, 60, False),
        ({"redirect_uri": f"{REDIRECT}/other"}, 0, False),
    ):
        begun = app.begin()
        place = app.allow(begun)
        app.clock.move(waited_s)
        answer = app.fetch(begun, place, **changed)
        assert isinstance(answer, Grant) if is_good else _is_refused(answer, "invalid_grant")


@named(PROVED)
def test_a_wrong_verifier_gets_nothing_and_spends_the_code(open_app, name, index):
    """With another verifier, or none, the code is refused, and afterwards with the right one as well."""
    app = open_app(name, index)
    for wrong in (Secret("w" * 43), None):
        begun = app.begin()
        place = app.allow(begun)
        answer = app.fetch(begun, place, verifier=wrong)
        assert _is_refused(answer, "invalid_grant")
        assert _is_refused(app.fetch(begun, place), "invalid_grant")
    assert isinstance(app.sign_in(), Grant)  # the control


@named(PROVED)
def test_a_sign_in_without_pkce_is_sent_back(open_app, name, index):
    """Where the scheme has PKCE, no challenge, a plain one and one of another length lead back with invalid_request."""
    app = open_app(name, index)
    begun = app.begin()
    pairs = {key: values[0] for key, values in parse_qs(urlsplit(begun.address).query).items()}
    start = begun.address.partition("?")[0]
    for changed in ({"code_challenge": ""}, {"code_challenge": "abc"}, {"code_challenge_method": "plain"}):
        answer = send("GET", f"{start}?{urlencode({**pairs, **changed, 'approve': '1'})}")
        assert answer.status == 302
        with pytest.raises(SignInNeeded):
            read_redirect(str(answer.headers["location"]), begun)


@named(PEOPLE)
def test_the_client_must_come_as_the_scheme_says(open_app, name, index):
    """A wrong secret, an unknown client, and the right secret in the wrong place are each an invalid_client."""
    app = open_app(name, index)
    good, secret = app.client, app.client.client_secret
    if secret is None:
        wrong = [OAuthClient("somebody", None)]
    else:
        wrong = [OAuthClient("sandbox-app", Secret("sandbox-app-secreT")), OAuthClient("somebody", secret)]
    if app.scheme.token_auth == "secret_basic":
        wrong.pop()  # the id is not sent there
    for client in wrong:
        begun = app.begin()
        place = app.allow(begun)
        app.client = client
        assert _is_refused(app.fetch(begun, place), "invalid_client")
        app.client = good
        assert isinstance(app.fetch(begun, place), Grant)  # the control: who is not let in spends no code
    if app.scheme.token_auth not in ("client_secret_post", "client_secret_basic"):
        return
    body = {"grant_type": "refresh_token", "refresh_token": "nothing"}
    headers = {"Content_Type": "application/json" if app.scheme.encoding == "json" else FORM["Content_Type"]}
    if app.scheme.token_auth == "client_secret_basic":
        body |= {"client_id": "sandbox-app", "client_secret": "sandbox-app-secret"}
    else:
        headers["Authorization"] = "Basic " + base64.b64encode(b"sandbox-app:sandbox-app-secret").decode()
    if app.scheme.refresh == "none":
        body = {**body, "grant_type": "authorization_code", "code": "nothing"}
    raw = json.dumps(body) if app.scheme.encoding == "json" else urlencode(body)
    answer = send("POST", str(app.scheme.token), raw.encode(), Accept="application/json", **headers)
    words = {word for word, code in app.scheme.codes if code == "invalid_client"} | {"invalid_client"}
    assert words & {str(answer.data.get(key)) for key in ("error", "status")}, answer.data


@named([pair for pair in PROVED if App.scheme_of(*pair).refresh != "none"])
def test_a_public_client_signs_in_with_pkce_and_stays_public(open_app, name, index):
    """Without a secret PKCE signs in and refreshes; a grant got with a secret is not refreshed without it."""
    app = open_app(name, index)
    private, kind = app.sign_in(), app.client
    if app.scheme.token_auth == "secret_basic":
        pytest.skip("this service's secret is its client")
    app.client = OAuthClient("sandbox-app", None)
    public = app.sign_in()
    assert isinstance(app.refresh(public), Grant)
    if kind.client_secret is not None:
        assert _is_refused(app.refresh(private), "invalid_client")
        app.client = kind
        assert isinstance(app.refresh(private), Grant)  # the control: it was not spent


@named(PEOPLE)
def test_a_declined_sign_in_leads_back_with_the_persons_no(open_app, name, index):
    """Deny is access_denied with the sign-in's own state; the same form's Allow leads back with a code."""
    app = open_app(name, index)
    begun = app.begin()
    page = send("GET", begun.address)
    text = page.body.decode()
    assert page.status == 200 and 'lang="en"' in text and "sandbox" in text
    assert all(quote_html(scope) in text for scope in app.scheme.scopes)
    denied = send("POST", begun.address, b"answer=deny&as=default", **FORM)
    with pytest.raises(SignInNeeded, match="declined"):
        read_redirect(str(denied.headers["location"]), begun)
    allowed = send("POST", begun.address, b"answer=allow&as=second", **FORM)
    assert isinstance(app.fetch(begun, str(allowed.headers["location"])), Grant)
    with pytest.raises(UsageError, match="another sign-in"):
        read_redirect(str(allowed.headers["location"]), app.begin())
    assert send("POST", begun.address, b"answer=perhaps", **FORM).status == 200  # asks again


def quote_html(text: str) -> str:
    return text.replace("&", "&amp;")


def test_a_token_of_one_vendor_opens_no_other(make_box):
    """GitHub's access and refresh tokens are nothing to GitLab."""
    clock = FakeClock()
    box = make_box(names=["github", "gitlab"], clock=clock)
    grant = App(box, "github", 2, clock).sign_in()
    other = App(box, "gitlab", None, clock)
    signed = f"Bearer {grant.access_token.reveal()}"
    assert send("GET", box.base_url("github") + "/user", Authorization=signed, User_Agent="t").status == 200
    assert send("GET", box.base_url("gitlab") + "/user", Authorization=signed).status == 401
    assert _is_refused(other.refresh(grant), "invalid_grant")


def test_a_refresh_cannot_widen_what_was_allowed(open_app):
    """Fewer scopes are given as asked, more are an invalid_scope that spends nothing."""
    app = open_app("gitlab")
    grant = app.sign_in(asked=("api", "read_user"))
    refused = app.refresh(grant, scopes=("api", "sudo"))
    assert _is_refused(refused, "invalid_scope")
    narrowed = app.refresh(grant, scopes=("read_user",))
    assert isinstance(narrowed, Grant) and narrowed.scopes == ("read_user",)


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("gmail", "access_type=offline"),
        ("dropbox", "token_access_type=offline"),
        ("microsoft_graph", "offline_access"),
    ],
)
def test_who_does_not_ask_for_a_refresh_token_gets_none(open_app, name, left_out):
    """Without the word the vendor wants for it a sign-in gives an access token alone."""
    app = open_app(name)
    assert app.sign_in().refresh_token is not None  # the control
    begun = app.begin()
    address = begun.address.replace(quote(left_out, safe="=_"), "a=b" if "=" in left_out else "User.Read")
    assert address != begun.address
    answer = send("GET", f"{address}&approve=1")
    grant = app.fetch(begun, str(answer.headers["location"]))
    assert isinstance(grant, Grant) and grant.refresh_token is None


def test_shopify_without_expiring_gives_a_token_for_ever(open_app):
    """The code exchange without expiring=1 gives a token without an end, and nothing to refresh it with."""
    app = open_app("shopify", 1)
    assert app.sign_in().refresh_token is not None  # the control
    app.scheme = app.with_scheme(code_extra=())
    grant = app.sign_in()
    assert grant.refresh_token is None and grant.expires_at is None


def test_silence_and_html_are_no_refusals(open_app):
    """A page in place of an answer is unreadable and temporary; a closed connection gives nothing at all."""
    app = open_app("github", 2)
    grant = app.sign_in()
    app.box.set_faults({"oauth": {"github": {"refuse": "html"}}})
    assert _is_refused(app.refresh(grant), "unreadable")
    app.box.set_faults({"oauth": {"github": {"refuse": "silence"}}})
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        app.refresh(grant)
    app.box.set_faults({"oauth": {"github": {"refuse": "temporarily_unavailable"}}})
    refused = app.refresh(grant)
    assert isinstance(refused, Refusal) and refused.is_temporary
    assert isinstance(refused.to_error(), ServerFailed)
    assert isinstance(app.refresh(grant), Grant)  # the control: none of them spent the refresh token
