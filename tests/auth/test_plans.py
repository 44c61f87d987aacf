"""A scheme filled in for one account, kept as a text, and read again by a later Penstock."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from penstock.auth.oauth import OAuthClient, build_client_request, build_refresh_request
from penstock.auth.plans import (
    LONGEST_PLAN_BYTES,
    ask_for,
    base_from,
    client_fields,
    end_point,
    fill_scheme,
    marks,
    read_plan,
    write_plan,
)
from penstock.auth.schemes import OAuth2
from penstock.errors import UsageError
from penstock.redact import Secret

WHOLE = OAuth2(
    title="As a person",
    authorize="https://{host}{prefix}/authorize",
    token="https://{shop}.example.com/{tenant}/token",
    scopes=("read", "as-{tenant}"),
    code_extra=(("account_id", "{account_id}"),),
    refresh="rotates",
    access_token_lifetime_s=3600,
    base=(("realm", "realmId", r"(\d+)", r"\1"),),
    codes=(("bad_refresh_token", "invalid_grant"),),
    fields_optional=(("tenant", "common"),),
)
GIVEN = {"host": "git.acme.com:8443", "prefix": "/gitlab", "shop": "acme", "account_id": "_x-Y.1"}
FILLED = fill_scheme(WHOLE, GIVEN)
CLIENT = OAuthClient("cid", Secret("client-secret-1"))


def test_every_mark_is_filled_in() -> None:
    """Base parameters, fields and what stands for one left out take the places of their names, and nothing else moves."""
    assert marks(WHOLE) == ("host", "prefix", "shop", "tenant", "account_id") and marks(FILLED) == ()
    assert FILLED.authorize == "https://git.acme.com:8443/gitlab/authorize"
    assert FILLED.token == "https://acme.example.com/common/token"
    assert FILLED.scopes == ("read", "as-common") and FILLED.code_extra == (("account_id", "_x-Y.1"),)
    assert (
        fill_scheme(WHOLE, {**GIVEN, "tenant": "t1", "prefix": ""}).token
        == "https://acme.example.com/t1/token"
    )
    unchanged = [f.name for f in fields(OAuth2) if getattr(FILLED, f.name) == getattr(WHOLE, f.name)]
    assert len(unchanged) == len(fields(OAuth2)) - 4


def test_what_is_missing_is_named() -> None:
    """An error names all that is missing, empty values among it, and not what may be left out."""
    with pytest.raises(UsageError, match="shop, account_id is missing") as caught:
        fill_scheme(WHOLE, {"host": "h.example", "shop": ""})
    assert "tenant" not in str(caught.value) and "prefix" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shop", "evil.example/"),
        ("shop", "evil.example#"),
        ("shop", "evil.example?x="),
        ("shop", "evil.example\\"),
        ("shop", "evil.example:443/x@"),
        ("shop", "user@evil"),
        ("shop", "%2f"),
        ("shop", "acme\n"),
        ("shop", " acme"),
        ("shop", "ácme"),
        ("shop", "{host}"),
        ("shop", "acme."),
        ("host", "evil.example/"),
        ("host", "a@evil.example"),
        ("host", "evil.example:port"),
        ("prefix", ".evil.example"),
        ("prefix", "evil"),
        ("prefix", "/a/../b"),
        ("prefix", "//evil.example"),
        ("tenant", "../x"),
        ("account_id", "a&client_id=b"),
    ],
)
def test_no_value_leads_to_another_host(name: str, value: str) -> None:
    """A value with anything but letters, digits, dots and dashes is refused wherever it stands."""
    with pytest.raises(UsageError, match=name):
        fill_scheme(WHOLE, {**GIVEN, name: value})


@pytest.mark.parametrize(
    "scheme",
    [
        replace(FILLED, is_offered=False),
        replace(FILLED, grant="implicit"),
        replace(FILLED, token=None),
        replace(FILLED, authorize=None),
    ],
)
def test_a_grant_that_is_not_offered_is_not_filled_in(scheme: OAuth2) -> None:
    """What nobody here can carry out ends with how to go on; a client's own grant needs no authorize address."""
    with pytest.raises(UsageError, match="cannot sign in this way"):
        fill_scheme(scheme, {})
    assert fill_scheme(replace(FILLED, authorize=None, grant="client_credentials"), {})


def test_a_plan_is_read_back_as_it_was_written() -> None:
    """Every field comes back, tuples as tuples, and the text is the same each time, whatever the order it was read in."""
    text = write_plan(FILLED)
    assert read_plan(text) == FILLED and hash(read_plan(text)) == hash(FILLED)
    turned = json.dumps(dict(reversed(json.loads(text).items())), indent=3)
    assert write_plan(read_plan(turned)) == text
    assert list(json.loads(text)) == sorted(f.name for f in fields(OAuth2))


def test_a_plan_of_an_older_penstock_stays_good() -> None:
    """A key that is missing has its default, one by one and all together; so fields can be added."""
    whole = json.loads(write_plan(FILLED))
    for field in fields(OAuth2):
        left = {name: value for name, value in whole.items() if name != field.name}
        assert read_plan(json.dumps(left)) == replace(FILLED, **{field.name: field.default})
    assert read_plan("{}") == OAuth2()


@pytest.mark.parametrize(
    "changed",
    [
        {"unheard_of": 1},
        {"token": 5},
        {"token": ["https://a.example"]},
        {"title": None},
        {"title": "a\nb"},
        {"title": "\ud800"},
        {"is_offered": 1},
        {"is_offered": None},
        {"pkce": "yes"},
        {"scopes": "read"},
        {"scopes": ["read", 1]},
        {"scopes": {"read": 1}},
        {"codes": [["a"]]},
        {"codes": [["a", "b", "c"]]},
        {"codes": {"a": "b"}},
        {"base": [["a", "b", "c"]]},
        {"base": [["a", "b", "(", r"\1"]]},
        {"base": [["a", "b", "x", r"\1"]]},
        {"base": [["a", "b", "x", r"\g<y>"]]},
        {"access_token_lifetime_s": "3600"},
        {"access_token_lifetime_s": True},
        {"access_token_lifetime_s": 0},
        {"access_token_lifetime_s": -1},
        {"access_token_lifetime_s": 10**300},
        {"grant": "password"},
        {"refresh": "sometimes"},
        {"encoding": "xml"},
        {"token_auth": "magic"},
        {"token": "http://a.example/token"},
        {"token": "https://{shop}.example/token"},
        {"authorize": "javascript:alert(1)"},
        {"lookup": "https://user:pass@a.example"},
        {"device": "file:///etc/passwd"},
        {"revoke": "https://"},
    ],
)
def test_a_plan_that_is_none_is_refused(changed: dict[str, Any]) -> None:
    """An unknown key, a value of another kind and an address no secret may go to are UsageErrors that quote no value."""
    good = json.loads(write_plan(FILLED))
    assert read_plan(json.dumps(good)) == FILLED  # the control
    with pytest.raises(UsageError) as caught:
        read_plan(json.dumps({**good, **changed}))
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "7",
        "{",
        '{"title":"a","title":"b"}',
        '{"access_token_lifetime_s":NaN}',
        '{"access_token_lifetime_s":Infinity}',
        '{"access_token_lifetime_s":1e999}',
        "[" * 9000,
        '{"scopes":' + "[" * 3000 + "]" * 3000 + "}",
        '{"access_token_lifetime_s":' + "9" * 6000 + "}",
        '{"note":"' + "x" * LONGEST_PLAN_BYTES + '"}',
        '{"note":"' + "é" * (LONGEST_PLAN_BYTES // 2) + '"}',
    ],
)
def test_whatever_else_a_text_says_is_refused(text: str) -> None:
    """What is no plan is a UsageError, never another: no JSON, a name twice, numbers without end, depth, 16 KiB."""
    with pytest.raises(UsageError):
        read_plan(text)


def test_the_longest_plan_is_just_read() -> None:
    """16 KiB are read, a byte more is not."""
    empty = len('{"note":""}')
    assert read_plan('{"note":"' + "x" * (LONGEST_PLAN_BYTES - empty) + '"}').note
    with pytest.raises(UsageError, match="too long"):
        read_plan('{"note":"' + "x" * (LONGEST_PLAN_BYTES - empty + 1) + '"}')


def test_what_could_not_be_read_back_is_not_written() -> None:
    """A scheme with names in braces, or too long, makes no plan."""
    for scheme in (WHOLE, replace(FILLED, note="x" * LONGEST_PLAN_BYTES), replace(FILLED, grant="implicit")):
        with pytest.raises(UsageError):
            write_plan(scheme)


def test_the_client_asks_as_the_service_wants() -> None:
    """Basic, form, JSON, commas, no secret at all, and the secret alone as Basic's user name come out as declared."""
    basic = replace(FILLED, token_auth="client_secret_basic", separator=",", encoding="json")
    request = build_refresh_request(end_point(basic, CLIENT), Secret("refresh-1"), ("a", "b")).reveal()
    assert json.loads(request.body or b"") == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
        "scope": "a,b",
    }
    assert dict(request.headers)["Authorization"] == "Basic Y2lkOmNsaWVudC1zZWNyZXQtMQ=="
    posted = build_refresh_request(end_point(FILLED, CLIENT), Secret("refresh-1")).reveal()
    assert b"client_id=cid&client_secret=client-secret-1" in (posted.body or b"")
    public = build_refresh_request(end_point(replace(FILLED, token_auth="none"), CLIENT), Secret("refresh-1"))
    assert [name for name, _ in public.fields] == ["grant_type", "refresh_token", "client_id"]
    alone = end_point(replace(FILLED, token_auth="secret_basic"), CLIENT)
    assert build_client_request(alone).reveal().headers[-1] == (
        "Authorization",
        "Basic Y2xpZW50LXNlY3JldC0xOg==",
    )
    with pytest.raises(UsageError, match="client_secret"):
        end_point(replace(FILLED, token_auth="secret_basic"), OAuthClient("cid"))
    with pytest.raises(UsageError, match="assertion"):
        end_point(replace(FILLED, grant="jwt_bearer"), CLIENT)


def test_scopes_go_where_the_service_looks_for_them() -> None:
    """Another name for the scopes moves them into the extra fields, joined as the service wants, and leaves none behind."""
    plain = replace(FILLED, authorize_extra=(("prompt", "consent"),))
    assert ask_for(plain, ("a", "b")) == (("a", "b"), (("prompt", "consent"),))
    person = replace(plain, scope_field="user_scope", separator=",")
    assert ask_for(person, ("a", "b")) == ((), (("prompt", "consent"), ("user_scope", "a,b")))
    assert ask_for(person, ()) == ((), (("prompt", "consent"),))


def test_a_base_parameter_is_taken_whole_or_not_at_all() -> None:
    """What a service sends along becomes a base parameter where it matches its pattern from end to end."""
    assert base_from(FILLED, {"realmId": "4620816365"}) == {"realm": "4620816365"}
    for said in ("", "46x", "46\n", "x46", "46/../.."):
        assert base_from(FILLED, {"realmId": said}) == {}
    assert base_from(FILLED, {}) == {}


def test_a_person_is_asked_for_what_the_grant_needs() -> None:
    """The client's id and secret, no secret where there is none, and for an assertion what signs it alone."""
    assert client_fields(FILLED) == ("client_id", "client_secret")
    assert client_fields(replace(FILLED, token_auth="none")) == ("client_id",)
    assert client_fields(replace(FILLED, fields_optional=(("client_secret", ""),))) == ("client_id",)
    assert client_fields(replace(FILLED, fields_needed=("account_id", "client_id")))[2:] == ("account_id",)
    account = replace(FILLED, grant="jwt_bearer", fields_needed=("client_email", "private_key"))
    assert client_fields(account) == ("client_email", "private_key")
