"""Tests of what goes wrong on purpose at the token end points, and of what the log keeps of them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oauth_person import FORM, App, is_let_in, schemes, send

import penstock as ps
from penstock.auth.oauth import OAuthClient
from penstock.auth.tokens import Grant, Refusal
from penstock.errors import UsageError
from penstock.redact import Secret
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock

CUT = (http.client.RemoteDisconnected, ConnectionResetError)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ps.Workbench]:
    home: Path = tmp_path_factory.mktemp("home")
    with ps.Workbench(home=home, share_limits=False) as bench:
        yield bench


@pytest.fixture
def github(make_box: Callable[..., Sandbox]) -> App:
    """Open an app at GitHub, whose tokens expire and whose refresh tokens rotate."""
    clock = FakeClock()
    return App(make_box(names=["github", "gitlab"], clock=clock), "github", None, clock)


def _set(app: App, **trouble: object) -> None:
    url = f"http://127.0.0.1:{app.box.port}/__faults"
    body = json.dumps({"oauth": {app.name: trouble}}).encode()
    assert send("POST", url, body).status == 200


@pytest.mark.parametrize(
    ("refuse", "code", "is_temporary"),
    [
        ("invalid_grant", "invalid_grant", False),
        ("temporarily_unavailable",) * 2 + (True,),
        ("html", "unreadable", True),
    ],
)
@pytest.mark.parametrize("name", ["github", "slack", "hubspot", "zoom", "notion"])
def test_a_refusal_is_given_as_often_as_it_was_set_and_spends_nothing(
    make_box, name, refuse, code, is_temporary
):
    """The next two refreshes are refused, in the vendor's words; the third is granted with the same refresh token."""
    clock = FakeClock()
    app = App(make_box(names=[name], clock=clock), name, None, clock)
    grant = app.sign_in()
    _set(app, refuse=refuse, times=2)
    for _ in range(2):
        refused = app.refresh(grant)
        assert isinstance(refused, Refusal) and refused.code == code and refused.is_temporary == is_temporary
    assert isinstance(app.refresh(grant), Grant)


def test_silence_closes_the_connection_and_an_answer_can_be_lost_after_its_effect(github, bench):
    """Silence leaves the refresh token as it was; a drop after the effect has spent it, so that trying again ends all."""
    grant = github.sign_in()
    _set(github, refuse="silence")
    with pytest.raises(CUT):
        github.refresh(grant)
    second = github.refresh(grant)
    assert isinstance(second, Grant)
    lost = {"match": "POST /github/__oauth/token", "fault": "drop_after_effect"}
    github.box.set_faults({"script": [lost]})
    with pytest.raises(CUT):
        github.refresh(second)
    refused = github.refresh(second)
    assert isinstance(refused, Refusal) and refused.code == "invalid_grant"
    assert not github.is_let_in(second, bench)


def test_a_lifetime_holds_for_tokens_given_from_then_on_and_for_that_vendor(github):
    """lifetime_s=3 at GitHub changes neither the token given before nor GitLab's; {} ends it."""
    before = github.sign_in()
    _set(github, lifetime_s=3)
    during = github.sign_in()
    other = App(github.box, "gitlab", None, github.clock).sign_in()
    github.box.set_faults({})
    after = github.sign_in()
    assert [grant.lifetime_s for grant in (before, during, other, after)] == [28_800, 3, 7200, 28_800]


@pytest.mark.parametrize(
    "settings",
    [
        {"oauth": {"nobody": {}}}, {"oauth": []}, {"oauth": {"github": 3}}, {"oauth": {"github": {"lifetime_s": 0}}},
        {"oauth": {"github": {"lifetime_s": float("nan")}}}, {"oauth": {"github": {"lifetime_s": True}}},
        {"oauth": {"github": {"refuse": "access_denied"}}}, {"oauth": {"github": {"refuse": [], "times": 1}}},
        {"oauth": {"github": {"refuse": "html", "times": -1}}}, {"oauth": {"github": {"times": "2"}}},
        {"oauth": {"github": {"lifetime": 3}}}, {"restore": "github/oauth"}, {"revoke": "github/oauths"},
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_refused_and_changes_nothing(github, settings):
    """Settings nobody can mean raise UsageError, over http a 400, and what was set before stays."""
    _set(github, refuse="invalid_grant", times=2)
    before = github.box.faults()
    assert before["oauth"] == {"github": {"refuse": "invalid_grant", "times": 2}}  # the control
    with pytest.raises(UsageError):
        github.box.set_faults({**settings, "500": 0.5})
    answer = send("POST", f"http://127.0.0.1:{github.box.port}/__faults", json.dumps(settings).encode())
    assert answer.status == 400 and github.box.faults() == before


def test_revoking_a_vendors_oauth_ends_every_sign_in_and_no_key(github, bench):
    """{"revoke": "github/oauth"} is a person taking the app's access away: tokens and refreshes are refused, keys are not."""
    grants = [github.sign_in(), github.sign_in("&as=second")]
    assert all(github.is_let_in(grant, bench) for grant in grants)
    begun = github.begin()
    place = github.allow(begun)
    github.box.set_faults({"revoke": "github/oauth"})
    for grant in grants:
        assert not github.is_let_in(grant, bench)
        refused = github.refresh(grant)
        assert isinstance(refused, Refusal) and refused.code == "invalid_grant"
    assert isinstance(github.fetch(begun, place), Refusal)
    key = github.box.credential("github")["token"]
    signed = {"Authorization": f"Bearer {key}", "User_Agent": "t"}
    assert send("GET", f"{github.box.base_url('github')}/user", **signed).status == 200
    assert github.is_let_in(github.sign_in(), bench)


def test_a_revoked_key_is_another_thing_than_an_access_token(github, bench):
    """Revoking the key "default" leaves the access tokens of its account alive."""
    grant = github.sign_in()
    github.box.set_faults({"revoke": "github"})
    assert github.is_let_in(grant, bench)
    assert not is_let_in(github.box, "github", Secret(github.box.credential("github")["token"]), bench)


def test_the_log_counts_the_refreshes(github):
    """Each token request is an entry with status, grant_type and client id, refused ones and cut ones as well."""
    grant = github.sign_in()
    grant = github.refresh(grant)
    _set(github, refuse="silence")
    with pytest.raises(CUT):
        github.refresh(grant)
    github.client = OAuthClient("somebody", Secret("something"))
    github.refresh(grant)
    asked = [entry for entry in github.box.log() if entry["path"] == "/github/__oauth/token"]
    assert [(e["grant_type"], e["client_id"], e["status"]) for e in asked] == [
        ("authorization_code", "sandbox-app", 200),
        ("refresh_token", "sandbox-app", 200),
        ("refresh_token", "sandbox-app", None),
        ("refresh_token", "unknown", 200),  # GitHub's refusals are 200
    ]
    assert asked == [
        e for e in send("GET", f"http://127.0.0.1:{github.box.port}/__log").data if "grant_type" in e
    ]


def test_the_same_seed_gives_the_same_tokens(make_box):
    """Two sandboxes of one seed give the same access token to the same requests, and one of another seed does not."""
    tokens = []
    for seed in (7, 7, 8):
        clock = FakeClock()
        app = App(make_box(names=["gitlab"], clock=clock, seed=seed), "gitlab", None, clock)
        tokens.append(app.sign_in().access_token.reveal())
    assert tokens[0] == tokens[1] != tokens[2]


@pytest.mark.parametrize("name", sorted({name for name, _ in schemes()}))
def test_no_secret_of_a_sign_in_stands_in_the_log(make_box, name):
    """Code, verifier, tokens and client secret are nowhere in the log, wherever a client puts them."""
    clock = FakeClock()
    app = App(make_box(names=[name], clock=clock), name, None, clock)
    begun = app.begin()
    place = app.allow(begun)
    grant = app.fetch(begun, place)
    assert isinstance(grant, Grant)
    secrets = [grant.access_token.reveal(), place.partition("code=")[2].partition("&")[0]]
    if grant.refresh_token is not None:
        secrets.append(grant.refresh_token.reveal())
    if begun.verifier is not None:
        secrets.append(begun.verifier.reveal())
    pairs = zip(("token", "code", "refresh_token", "code_verifier"), secrets, strict=False)
    query = "&".join(f"{field}={secret}" for field, secret in pairs)
    wrong = f"grant_type={secrets[0]}&client_id={secrets[-1]}&client_secret=sandbox-app-secret"
    send("POST", f"{app.facts['token']}?{query}&client_secret=sandbox-app-secret", wrong.encode(), **FORM)
    text = json.dumps(app.box.log())
    assert text.count("/__oauth/token") == 2 and '"grant_type": "unknown"' in text
    assert not [secret for secret in (*secrets, "sandbox-app-secret") if secret in text]
