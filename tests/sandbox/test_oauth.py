"""Tests of the sandbox's OAuth: a sign-in opens each vendor's API like a key, until it expires, is replaced or revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oauth_person import REGISTRY, App, is_let_in, named, schemes, send

import penstock as ps
from penstock.auth.oauth import TokenRequest, build_refresh_request
from penstock.auth.plans import base_from, end_point
from penstock.auth.tokens import Grant, Refusal
from penstock.errors import UnknownName
from penstock.redact import Secret
from penstock.sandbox.server import Sandbox
from penstock.sandbox.vendors import NAMES
from penstock.testing import FakeClock

PEOPLE = schemes()
REFRESHED = [(name, index) for name, index in PEOPLE if REGISTRY.get(name).auth[index].refresh != "none"]
ROTATED = [(name, index) for name, index in REFRESHED if REGISTRY.get(name).auth[index].refresh == "rotates"]
OVERLAPPING = ("microsoft_graph", "shopify")  # a used refresh token is taken until its replacement has served
SILENT = ("notion", "salesforce")  # no answer says when a token expires


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


@named(PEOPLE)
def test_a_sign_in_opens_the_api_as_the_person_who_allowed_it(open_app, bench, name, index):
    """Each vendor's health operation takes the access token, as the account that consented; one made up is refused."""
    app = open_app(name, index)
    for more, account in (("", "default"), ("&as=second", "second")):
        grant = app.sign_in(more)
        assert app.is_let_in(grant, bench)
        assert app.box.log()[-1]["account"] == account
    made_up = Secret(grant.access_token.reveal()[:-1] + "~")
    assert not is_let_in(app.box, name, made_up, bench)  # the control


@named(PEOPLE)
def test_an_access_token_expires_by_the_sandboxs_clock(open_app, bench, name, index):
    """A token given for 30 s is taken after 29 and refused after 30; only the two silent vendors do not say so."""
    app = open_app(name, index)
    app.box.set_faults({"oauth": {name: {"lifetime_s": 30}}})
    grant = app.sign_in()
    assert (grant.lifetime_s == 30) == (name not in SILENT)
    app.clock.move(29)
    assert app.is_let_in(grant, bench)
    app.clock.move(1)
    assert not app.is_let_in(grant, bench)


@named(PEOPLE)
def test_tokens_hold_as_long_as_the_scheme_declares(open_app, bench, name, index):
    """The answer's lifetime is the declared one, and a token without one is still taken after ten years."""
    app = open_app(name, index)
    declared = app.scheme.access_token_lifetime_s
    grant = app.sign_in()
    assert grant.lifetime_s == declared
    app.clock.move(3650 * 86_400 if declared is None else declared - 1)
    assert app.is_let_in(grant, bench)
    app.clock.move(1)
    assert app.is_let_in(grant, bench) == (declared is None)


@named(REFRESHED)
def test_a_refresh_gives_what_opens_the_api_again(open_app, bench, name, index):
    """After the expiry the refresh token gives a new access token; it changes exactly where the scheme says it rotates."""
    app = open_app(name, index)
    app.box.set_faults({"oauth": {name: {"lifetime_s": 30}}})
    first = app.sign_in()
    app.clock.move(31)
    assert not app.is_let_in(first, bench)
    second = app.refresh(first)
    assert isinstance(second, Grant), second
    assert app.is_let_in(second, bench)
    assert (second.refresh_token != first.refresh_token) == (app.scheme.refresh == "rotates")
    assert second.extras == first.extras


@named(REFRESHED)
def test_a_refresh_ends_the_old_access_token_where_the_scheme_says_so(open_app, bench, name, index):
    """The access token before a refresh is dead at once where `ends_old` stands, and alive everywhere else."""
    app = open_app(name, index)
    first = app.sign_in()
    assert app.is_let_in(first, bench)
    assert isinstance(app.refresh(first), Grant)
    assert app.is_let_in(first, bench) == (not app.scheme.ends_old)


@named([pair for pair in ROTATED if pair[0] not in OVERLAPPING])
def test_a_used_refresh_token_ends_the_whole_grant(open_app, bench, name, index):
    """Reuse is an invalid_grant, in the vendor's own words; then the newest tokens are dead, too."""
    app = open_app(name, index)
    first = app.sign_in()
    second = app.refresh(first)
    third = app.refresh(second)
    assert isinstance(second, Grant) and isinstance(third, Grant)
    assert app.is_let_in(third, bench)  # the control: until here the grant lives
    reused = app.refresh(first)
    assert isinstance(reused, Refusal) and reused.code == "invalid_grant"
    assert not app.is_let_in(third, bench)
    ended = app.refresh(third)
    assert isinstance(ended, Refusal) and ended.code == "invalid_grant"
    assert app.is_let_in(app.sign_in(), bench)  # signing in again gives another grant


@named([pair for pair in ROTATED if pair[0] in OVERLAPPING])
def test_where_refresh_tokens_overlap_a_lost_answer_loses_nothing(open_app, bench, name, index):
    """A used refresh token is taken once more as long as its replacement has not served, and not after that."""
    app = open_app(name, index)
    first = app.sign_in()
    assert isinstance(app.refresh(first), Grant)  # its answer is lost
    second = app.refresh(first)
    assert isinstance(second, Grant)
    third = app.refresh(second)
    assert isinstance(third, Grant) and app.is_let_in(third, bench)
    assert isinstance(app.refresh(first), Refusal)
    assert not app.is_let_in(third, bench)


@named([pair for pair in REFRESHED if pair not in ROTATED])
def test_a_refresh_token_that_stays_serves_again_and_again(open_app, bench, name, index):
    """Five refreshes with one refresh token are all granted."""
    app = open_app(name, index)
    first = app.sign_in()
    grants = [app.refresh(first) for _ in range(5)]
    assert all(isinstance(grant, Grant) and app.is_let_in(grant, bench) for grant in grants)


@named([pair for pair in REFRESHED if REGISTRY.get(pair[0]).auth[pair[1]].refresh_token_lifetime_s])
def test_an_unused_refresh_token_dies_and_a_use_prolongs_it(open_app, name, index):
    """It is refused after its declared life without use; used just before, it lives that long once more."""
    app = open_app(name, index)
    life_s = app.scheme.refresh_token_lifetime_s
    grant = app.sign_in()
    app.clock.move(life_s - 1)
    grant = app.refresh(grant)
    assert isinstance(grant, Grant)
    app.clock.move(life_s - 1)
    grant = app.refresh(grant)
    assert isinstance(grant, Grant)
    app.clock.move(life_s)
    refused = app.refresh(grant)
    assert isinstance(refused, Refusal) and refused.code == "invalid_grant"


@named(PEOPLE)
def test_what_the_scheme_keeps_is_there_and_gives_its_base_parameters(open_app, name, index):
    """Each kept path has a value, from the answer, the redirect or the look-up, and each base pattern matches it."""
    app = open_app(name, index)
    grant = app.sign_in()
    assert set(grant.extras) == set(app.scheme.keep)
    assert set(base_from(app.scheme, grant.extras)) == {entry[0] for entry in app.scheme.base} - (
        {"site"} if name == "datadog" else set()
    )


@named(REFRESHED)
def test_a_revoked_grant_opens_nothing_and_is_not_refreshed(open_app, bench, name, index):
    """Revoking the refresh token ends both; revoking an access token ends that one alone."""
    app = open_app(name, index)
    first, other = app.sign_in(), app.sign_in()
    end = end_point(app.scheme, app.client)
    assert app.is_let_in(first, bench)

    def revoke(token: Secret) -> int:
        request = build_refresh_request(end, token)  # the client's way of saying who it is
        fields = [(n, v) for n, v in request.fields if n not in ("grant_type", "refresh_token")]
        asked = TokenRequest(
            str(app.scheme.revoke or app.facts["revoke"]),
            (*fields, ("token", token)),
            basic=request.basic,
            encoding=request.encoding,
        )
        method, url, headers, body, *_ = asked.reveal()
        return send(method, url, body, **dict(headers)).status

    assert revoke(first.access_token) == 200
    assert not app.is_let_in(first, bench)
    renewed = app.refresh(first)
    assert isinstance(renewed, Grant) and app.is_let_in(renewed, bench)
    assert revoke(renewed.refresh_token) == 200
    assert not app.is_let_in(renewed, bench)
    assert isinstance(app.refresh(renewed), Refusal)
    assert app.is_let_in(other, bench)  # the control: another sign-in is another grant
    assert revoke(Secret("nobody's")) == 200


def test_every_vendor_says_where_it_signs_in_or_that_it_does_not(make_box):
    """oauth() has addresses below the vendor's own for each offered scheme; for the others UnknownName says why."""
    box = make_box()
    offered = {name for grant in ("authorization_code", "client_credentials") for name, _ in schemes(grant)}
    for name in NAMES:
        if name in offered:
            assert box.oauth(name)["token"] == f"http://127.0.0.1:{box.port}/{name}/__oauth/token"
            continue
        with pytest.raises(UnknownName, match="has no OAuth"):
            box.oauth(name)
        assert send("GET", f"http://127.0.0.1:{box.port}/{name}/__oauth/authorize").status in (401, 403, 404)
    assert {"trello", "openai", "telegram"} <= set(NAMES) - offered
    for wrong in (0, 99):
        with pytest.raises(UnknownName, match=r"There are: 1, 2, 3\.|is no OAuth"):
            box.oauth("github", wrong)
    with pytest.raises(UnknownName):
        box.oauth("nobody")
