"""The OAuth facts of every integration, against what is known of the service.

What is known stands in ../shared/facts, where that is at hand; what differs from it is listed here with the reason.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from examples_of import NAMES, load
from oauth_schemes import filled, samples, schemes

from penstock.auth.oauth import OAuthClient, build_client_request
from penstock.auth.plans import (
    ASSERTIONS,
    GRANTS,
    client_fields,
    end_point,
    marks,
    read_plan,
    write_plan,
)
from penstock.auth.schemes import OAuth2
from penstock.auth.sign_in import begin_sign_in
from penstock.auth.tokens import Refusal
from penstock.redact import Secret

FACTS = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "integrations"
KINDS = {
    "oauth2_authorization_code": {"authorization_code"},
    "oauth2_client_credentials": {"client_credentials", "account_credentials"},
    "jwt_service_account": set(ASSERTIONS),
    "sentry_app_installation": {"sentry_app_installation"},
}
# Words of the facts for what has another name here, or is another part of the same thing.
OTHER_NAMES = {"cloud_id": "site", "region": "service_region"}
DIFFERENT = {
    ("zendesk", 0, "revoke"): "a DELETE by the token's id, no end point that takes a token",
    ("stripe", 1, "token_auth"): "Basic, with the secret key alone",
    ("slack", 0, "access_token_lifetime_s"): "the facts' note says it, for apps that rotate",
    ("slack", 1, "access_token_lifetime_s"): "as for the app",
    ("shopify", 1, "access_token_lifetime_s"): "the facts' note says 86399",
}
EXTRAS = (
    ("access_type", "offline"),
    ("token_access_type", "offline"),
    ("prompt", "consent"),
    ("audience", "api.atlassian.com"),
    ("force_install_if_needed", "true"),
    ("expiring", "1"),
    ("session", "false"),
    ("account_id", "{account_id}"),
)
ENDS_OLD = re.compile(
    r"BOTH the previous access|kills it and the old access|invalidates both old|deletes both the previous"
)
ENDS_OLD_TOO = {
    ("quickbooks", 0): "taken for safety",
    ("linear", 1): "one such token at a time",
}  # fmt: skip
FORM_ONLY = re.compile(r"only application/x-www-form-urlencoded|Form encoded|in the form body")
JSON_ONLY = re.compile(r"JSON body \(not form\)|takes JSON\.|code as JSON")


EVERY = [pytest.param(name, at, id=f"{name}-{at}") for name in NAMES for at in range(len(schemes(name)))]
every = pytest.mark.parametrize(("name", "at"), EVERY)
OFFERED = [case for case in EVERY if schemes(case.values[0])[case.values[1]].is_offered]


@cache
def facts(name: str) -> list[dict[str, Any]]:
    path = FACTS / f"{name}.json"
    if not path.exists():
        pytest.skip(f"The facts are not at hand: {path.name} would be in ../shared/facts/integrations.")
    entries = json.loads(path.read_text())["auth"]
    return [
        entry
        for entry in entries
        if entry["kind"] in KINDS and (entry["token_url"] or "oauth2" in entry["kind"])
    ]


def known(name: str, at: int) -> dict[str, Any]:
    """Return what is known of a scheme: the entry of its kind at its place, the last for what shares one."""
    found, scheme = schemes(name), schemes(name)[at]
    ours = [one for one in found if _kind(one) == _kind(scheme)]
    theirs = [entry for entry in facts(name) if entry["kind"] == _kind(scheme)]
    assert theirs, f"{name} has no {scheme.grant}"
    return theirs[min(ours.index(scheme), len(theirs) - 1)]


def _kind(scheme: OAuth2) -> str:
    return next(kind for kind, grants in KINDS.items() if scheme.grant in grants)


@pytest.mark.parametrize("name", NAMES)
def test_every_grant_that_is_known_is_here(name: str) -> None:
    """A service has as many OAuth 2 grants as are known of it, and Slack's one is two: the app's and the person's."""
    ours = [_kind(scheme) for scheme in schemes(name)]
    theirs = [entry["kind"] for entry in facts(name)]
    assert sorted(ours) == sorted([*theirs, *(theirs if name == "slack" else [])])


@every
def test_addresses_are_those_that_are_known(name: str, at: int) -> None:
    """Where one signs in, asks and revokes is where the service says, once the parts are filled in."""
    scheme, entry = schemes(name)[at], known(name, at)
    if scheme.is_offered:
        scheme = filled(name, at)
    for ours, theirs in (("authorize", "authorize_url"), ("token", "token_url"), ("revoke", "revoke_url")):
        if (name, at, ours) in DIFFERENT:
            assert getattr(scheme, ours) != entry[theirs]
            continue
        said = entry[theirs]
        for part, value in {**samples(name), "uuid": "{installation_uuid}"}.items():
            said = said and said.replace(f"{{{part}}}", value)
        assert getattr(scheme, ours) == said, ours


@every
def test_lives_and_ways_are_those_that_are_known(name: str, at: int) -> None:
    """Refresh, lifetimes, PKCE, the client's way and the header field are as known; what nobody knows is not judged."""
    scheme, entry = schemes(name)[at], known(name, at)
    assert scheme.refresh == entry["refresh_token"]
    pairs = {
        "access_token_lifetime_s": entry["access_token_lifetime_s"],
        "refresh_token_lifetime_s": entry["refresh_token_lifetime_s"],
        "pkce": scheme.pkce if entry["pkce"] is None else bool(entry["pkce"]),
        "token_auth": entry["token_auth_method"] or scheme.token_auth,
    }
    for key, theirs in pairs.items():
        assert (getattr(scheme, key) == theirs) is ((name, at, key) not in DIFFERENT), key
    for key in ("access_token_lifetime_s", "refresh_token_lifetime_s"):
        if (name, at, key) in DIFFERENT and name == "slack":
            assert f"{getattr(scheme, key):g}" in entry["note"]
    assert scheme.header == entry["header"]
    assert scheme.prefix == re.sub(r"\{\w+\}", "", entry["format"])


@every
def test_what_a_person_gives_is_asked_for(name: str, at: int) -> None:
    """Each field the service needs is asked for: by the grant, or as a base parameter; and each of ours has a use."""
    scheme, entry = schemes(name)[at], known(name, at)
    base = {parameter.name for parameter in load(name).base_parameters}
    asked = {*client_fields(scheme), *dict(scheme.fields_optional)}
    needed = {OTHER_NAMES.get(field, field) for field in entry["fields"]}
    assert needed <= asked | base
    used = {
        *marks(scheme),
        scheme.issuer,
        scheme.subject,
        "client_id",
        "client_secret",
        "private_key",
        "code",
    }
    assert asked <= used
    assert set(marks(scheme)) <= asked | base | {"client_id"}
    assert {parameter for parameter, *_ in scheme.base} <= base
    assert {path for _, path, *_ in scheme.base} <= set(scheme.keep)


@every
def test_oddities_that_are_known_are_declared(name: str, at: int) -> None:
    """Extra fields, separators, encodings, a redirect_uri said again and old tokens that end are as the notes say."""
    scheme, note = schemes(name)[at], known(name, at)["note"]
    extras = {*scheme.authorize_extra, *scheme.code_extra}
    for key, value in EXTRAS:
        said = re.search(rf"(?<![\w]){key}={re.escape(value)}", note) is not None
        assert ((key, value) in extras) is (said or (name, at, key) == ("square", 1, "session")), key
    assert extras <= set(EXTRAS)
    if "comma separated" in note:
        assert scheme.separator == ","
    if "space separated" in note:
        assert scheme.separator == " "
    assert scheme.refresh_repeats_redirect is ("repeat the original redirect_uri" in note)
    assert scheme.ends_old is (bool(ENDS_OLD.search(note)) or (name, at) in ENDS_OLD_TOO)
    assert not (FORM_ONLY.search(note) and scheme.encoding == "json")
    assert not (JSON_ONLY.search(note) and scheme.encoding == "form")


def test_three_services_want_commas_between_scopes() -> None:
    """Slack, Linear and Shopify join scopes with commas, each in all its grants that ask for some; nobody else does."""
    with_commas = {name for name in NAMES if any(scheme.separator == "," for scheme in schemes(name))}
    assert with_commas == {"linear", "shopify", "slack"}
    for name in with_commas:
        assert all(scheme.separator == "," for scheme in schemes(name) if scheme.scopes)


def test_the_judge_sees_a_wrong_fact() -> None:
    """The notes do have the words that are looked for: each pattern and each extra decides at least one grant."""
    notes = " ".join(entry["note"] for name in NAMES for entry in facts(name))
    for words in (ENDS_OLD, FORM_ONLY, JSON_ONLY):
        assert words.search(notes)
    for key, value in EXTRAS:
        assert f"{key}={value}" in notes
    assert "comma separated" in notes and "space separated" in notes and "original redirect_uri" in notes


@pytest.mark.parametrize(("name", "at"), OFFERED)
def test_an_offered_grant_becomes_a_plan_and_comes_back(name: str, at: int) -> None:
    """Filled in with sample base parameters it is read back unchanged, has no name in braces left, and can be begun."""
    scheme = filled(name, at)
    assert scheme.grant in GRANTS and marks(scheme) == ()
    assert read_plan(write_plan(scheme)) == scheme
    if scheme.grant in ASSERTIONS:
        assert scheme.issuer in client_fields(scheme) and scheme.assertion_lifetime_s
        assert "private_key" in client_fields(scheme) and scheme.token_auth == "private_key_jwt"
        return
    client = OAuthClient("cid", Secret("client-secret-1"))
    if scheme.grant == "authorization_code":
        assert scheme.authorize and begin_sign_in(scheme.authorize, client, "http://127.0.0.1:1/", scheme.scopes,
                                                  extra=scheme.authorize_extra)  # fmt: skip
    else:
        assert scheme.refresh == "none"
        build_client_request(
            end_point(scheme, client), scheme.scopes, scheme.grant, scheme.code_extra
        ).reveal()


@every
def test_titles_tell_several_grants_apart(name: str, at: int) -> None:
    """Where a service has several, each has a title of its own; every code has a standard word as its meaning."""
    found = schemes(name)
    titles = [one.title for one in found]
    assert len(found) == 1 or (all(titles) and len(set(titles)) == len(titles))
    assert all(Refusal(meaning).to_error().code == meaning for _, meaning in found[at].codes)
    known_words = {"invalid_grant", "invalid_client", "invalid_request", "unauthorized_client", "access_denied",
                   "unsupported_grant_type", "temporarily_unavailable", "server_error"}  # fmt: skip
    assert {meaning for _, meaning in found[at].codes} <= known_words


def test_what_is_not_offered_says_so() -> None:
    """Trello's new sign-in, whose addresses nobody knows, and Sentry's, which begins at a webhook, are the only two."""
    assert len(EVERY) - len(OFFERED) == 2
    assert not schemes("trello")[0].is_offered and not schemes("sentry")[1].is_offered
