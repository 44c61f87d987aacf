"""Where an account's calls go after a sign-in: what the service names on the way, looked up or given by hand."""

from __future__ import annotations

import pytest
from examples_of import load
from oauth_schemes import WALL, answer, filled, granted, schemes

from penstock.auth.answers import add_extras, read_lookup
from penstock.auth.oauth import OAuthClient
from penstock.auth.plans import base_from, fill_scheme
from penstock.auth.schemes import OAuth2
from penstock.auth.sign_in import begin_sign_in, read_redirect
from penstock.connecting import fill_base

PLAIN = OAuth2()


def test_quickbooks_says_the_company_on_the_way_back() -> None:
    """The realmId of the redirect becomes the base parameter, and the refresh token's end is read under its own name."""
    scheme = filled("quickbooks", 0)
    assert scheme.authorize
    sign_in = begin_sign_in(
        scheme.authorize, OAuthClient("cid"), "http://127.0.0.1:1/", scheme.scopes, pkce=False
    )
    back = read_redirect(f"/?code=c1&state={sign_in.oauth_state}&realmId=4620816365", sign_in)
    body = {
        "access_token": "eyJ",
        "refresh_token": "AB11",
        "expires_in": 3600,
        "x_refresh_token_expires_in": 8_640_000,
    }
    grant = add_extras(scheme, granted("quickbooks", 0, body), back.extras)
    assert (
        grant.refresh_expires_at and (grant.refresh_expires_at - grant.issued_at).total_seconds() == 8_640_000
    )
    assert base_from(scheme, grant.extras) == {"realm_id": "4620816365"}
    assert add_extras(PLAIN, granted("quickbooks", 0, body), back.extras).extras == {}  # the control
    assert base_from(scheme, {"realmId": "1/../2"}) == {}


# (integration, which grant, extras, the base parameters they become)
BASES = [
    ("salesforce", 0, {"instance_url": "https://acme.my.salesforce.com"}, {"instance": "acme.my.salesforce.com"}),
    ("salesforce", 2, {"instance_url": "https://acme--uat.sandbox.my.salesforce.com/"},
     {"instance": "acme--uat.sandbox.my.salesforce.com"}),
    ("salesforce", 0, {"instance_url": "https://evil.example"}, {}),
    ("salesforce", 0, {"instance_url": "https://evil.example/.salesforce.com"}, {}),
    ("salesforce", 0, {"instance_url": "http://acme.my.salesforce.com"}, {}),
    ("pipedrive", 0, {"api_domain": "https://acme.pipedrive.com"}, {"company_domain": "acme"}),
    ("pipedrive", 0, {"api_domain": "https://acme.pipedrive.com.evil.example"}, {}),
    ("datadog", 0, {"site": "us5.datadoghq.com", "domain": "acme"}, {"site": "us5.datadoghq.com"}),
    ("datadog", 0, {"site": "datadoghq.com.evil.example"}, {}),
    ("zoom", 0, {"api_url": "https://api-eu.zoom.us"}, {"host": "api-eu.zoom.us"}),
    ("zoom", 1, {"api_url": "https://zoom.us.evil.example"}, {}),
    ("mailchimp", 0, {"dc": "us21"}, {"dc": "us21"}),
    ("mailchimp", 0, {"dc": "us21.evil.example"}, {}),
    ("jira", 0, {"id": "11111111-2222-3333-4444-555555555555"},
     {"site": "api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555"}),
    ("jira", 0, {"id": "../../evil"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at", "extras", "base"), BASES)
def test_what_comes_along_becomes_the_base_parameter(
    name: str, at: int, extras: dict[str, str], base: dict[str, str]
) -> None:
    """A host, company or data centre the service names is taken, and is one the integration accepts; no other is."""
    scheme = filled(name, at)
    assert base_from(scheme, extras) == base
    if base:
        assert set(extras) <= set(scheme.keep)
        given = {**{p.name: p.default or "" for p in load(name).base_parameters if p.default}, **base}
        assert fill_base(load(name), given, {}, is_given=False)[next(iter(base))] == next(iter(base.values()))


def test_mailchimps_zero_is_no_end_and_the_data_centre_is_looked_up() -> None:
    """expires_in 0 means never; the metadata says where to call."""
    grant = granted("mailchimp", 0, {"access_token": "a1", "expires_in": 0, "scope": None})
    scheme = filled("mailchimp", 0)
    assert grant.is_valid(WALL + 1e9)
    found = read_lookup(
        scheme, answer({"dc": "us21", "api_endpoint": "https://us21.api.mailchimp.com", "user_id": 1})
    )
    assert base_from(scheme, add_extras(scheme, grant, found).extras) == {"dc": "us21"}
    assert (scheme.lookup, scheme.lookup_prefix) == ("https://login.mailchimp.com/oauth2/metadata", "OAuth ")


def test_jiras_one_site_is_looked_up_and_of_several_none_is_chosen() -> None:
    """A grant for one site knows its address; one for two leaves the choice to a person."""
    scheme = filled("jira", 0)
    one = {
        "id": "11111111-2222-3333-4444-555555555555",
        "url": "https://acme.atlassian.net",
        "name": "acme",
        "scopes": [],
    }
    assert base_from(scheme, read_lookup(scheme, answer([one])))["site"].endswith(one["id"])
    assert read_lookup(scheme, answer([one, {**one, "id": "2" * 36}])) == {}


def test_sandboxes_and_regions_have_their_own_addresses() -> None:
    """A sandbox's, a region's or an own server's sign-in goes to its host, and stays at the service's."""
    assert (fill_scheme(schemes("salesforce")[0], {"login": "test"}).token or "").startswith(
        "https://test.salesforce.com/"
    )
    jwt = fill_scheme(schemes("salesforce")[2], {"login": "acme.my"})
    assert jwt.audience == "https://acme.my.salesforce.com" and jwt.grant == "jwt_bearer"
    own = fill_scheme(schemes("gitlab")[0], {"host": "git.acme.com:8443", "prefix": "/code"})
    assert own.device == "https://git.acme.com:8443/code/oauth/authorize_device"
    assert (
        fill_scheme(schemes("typeform")[0], {"domain": "typeform.eu"}).token
        == "https://api.typeform.eu/oauth/token"
    )
    assert (
        fill_scheme(schemes("paypal")[0], {"host": "api-m.sandbox"}).token
        == "https://api-m.sandbox.paypal.com/v1/oauth2/token"
    )
    away = fill_scheme(schemes("pagerduty")[1], {"subdomain": "acme", "service_region": "eu"})
    assert away.scopes == ("as_account-eu.acme", "incidents.read")
    assert filled("intercom", 0).authorize == "https://app.intercom.com/oauth"
    european = fill_scheme(schemes("intercom")[0], {"sign_in_host": "app.eu"})
    assert european.authorize == "https://app.eu.intercom.com/oauth"
