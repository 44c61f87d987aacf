"""Every way of every integration to sign: what is asked for is enough, and the account it makes can be connected as."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from workbench_vaults import YesService, open_bench

import penstock as ps
from penstock.auth.plans import read_plan
from penstock.auth.schemes import OPEN_FIELDS, OAuth2
from penstock.catalog.registry import Registry
from penstock.errors import PenstockError, UsageError
from penstock.redact import Secret
from penstock.signing import SigningWay, move_end_points, plan_account, sort_given, ways_to_sign

REGISTRY = Registry()
WAYS = [
    (name, number) for name in REGISTRY.names() for number, _ in enumerate(ways_to_sign(REGISTRY.get(name)))
]
IDS = [f"{name} {number}" for name, number in WAYS]

# What a part of an address may be, where the pattern takes no other word; and what the service's answer says of it.
PLACES = {
    ("datadog", "site"): "datadoghq.eu",
    ("jira", "site"): "acme.atlassian.net",
    ("salesforce", "instance"): "acme.my.salesforce.com",
    ("quickbooks", "realm_id"): "4711",
    ("twilio", "account_sid"): "AC" + "0123456789abcdef" * 2,
    ("woocommerce", "store"): "shop.example.com",
}
SAID = {
    "api_domain": "https://acme.pipedrive.com",
    "api_url": "https://api-eu.zoom.us",
    "dc": "us6",
    "domain": "eu",
    "id": "11111111-2222-3333-4444-555555555555",
    "instance_url": "https://acme.my.salesforce.com",
    "realmId": "4711",
    "site": "datadoghq.eu",
    "token": "installation-made-up",  # where GitHub has its apps' tokens, and Slack those of people
    "authed_user": {"access_token": "person-made-up"},
}
# The address each service is called at, given those; where it is not the default one.
ADDRESSES = {
    "datadog": "https://api.datadoghq.eu",
    "jira": "https://acme.atlassian.net",
    "mailchimp": "https://us6.api.mailchimp.com/3.0",
    "pipedrive": "https://acme.pipedrive.com/api",
    "quickbooks": "https://quickbooks.api.intuit.com/v3/company/4711",
    "salesforce": "https://acme.my.salesforce.com/services/data/v67.0",
    "shopify": "https://acme.myshopify.com/admin/api/2026-10",
    "twilio": "https://api.twilio.com/2010-04-01/Accounts/AC" + "0123456789abcdef" * 2,
    "woocommerce": "https://shop.example.com/wp-json/wc/v3",
    "zendesk": "https://acme.zendesk.com/api/v2",
}
SIGNED_IN = {"jira": "https://api.atlassian.com/ex/jira/" + SAID["id"], "zoom": "https://api-eu.zoom.us/v2"}


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoded = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return key.private_bytes(*encoded).decode()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ps.Workbench]:
    folder: Path = tmp_path_factory.mktemp("ways")
    with open_bench(folder, send=YesService(**SAID).send) as bench:
        yield bench


def make_up(name: str, way: SigningWay, private_key: str) -> dict[str, Any]:
    """Return a value for each field a way says is needed, and for no other."""
    given: dict[str, Any] = {}
    for field in way.fields:
        if not field.is_required:
            continue
        if field.name == "private_key" and way.kind == "client":
            given[field.name] = Secret(private_key)
        elif field.is_secret:
            given[field.name] = Secret(f"made-up-{field.name}-4f2a9c-us6")
        else:
            given[field.name] = PLACES.get((name, field.name), "acme")
    return given


def address_of(name: str, *, is_signed_in: bool) -> str:
    """Return where a service's account is called, as a person would write it down."""
    known = {**ADDRESSES, **SIGNED_IN} if is_signed_in else ADDRESSES
    integration = REGISTRY.get(name)
    usual = {one.name: one.default for one in integration.base_parameters}
    return known.get(name) or integration.base_url.format_map(usual)


def sign_in(bench: ps.Workbench, name: str, account: str, way: SigningWay, given: dict[str, Any]) -> None:
    """Sign in by pasting the address a browser would end on."""
    begun = bench.vault().begin_sign_in(name, account, via="paste", scheme=way.scheme_index, **given)
    asked = dict(parse_qsl(urlsplit(begun.address).query))
    answer = urlencode({"code": "made-up-code", "state": asked["state"], "realmId": SAID["realmId"]})
    begun.answer(f"{asked['redirect_uri']}?{answer}")
    assert begun.wait(30)


@pytest.mark.parametrize(("name", "number"), WAYS, ids=IDS)
def test_what_a_way_asks_for_is_enough(bench: ps.Workbench, private_key: str, name: str, number: int) -> None:
    """Given the required fields of a way and nothing else, an account is stored, of the way's kind, and is connected as at
    the address its values name, signed with what was given or with the token the service gave.
    """
    vault, account = bench.vault(), f"way-{number}"
    way = vault.ways_to_sign(name)[number]
    given = make_up(name, way, private_key)
    if way.kind == "oauth":
        sign_in(bench, name, account, way, given)
    else:
        vault.add(name, account, **given)
    stored = vault.get(name, account)
    assert stored.kind == way.kind
    connection = bench.connect(name, account=account)
    assert connection.client.base_url == address_of(name, is_signed_in=way.kind != "key"), given
    session = connection.client.desk.session
    headers, query = session.sign()
    signed = " ".join(
        [*(value for _, value in (*headers, *query)), session.address(connection.client.base_url)]
    )
    if way.kind == "key":
        secret = next(value.reveal() for value in given.values() if isinstance(value, Secret))
        assert secret in signed or "Basic " in signed
    else:
        assert re.search(r"(at-\d+|installation|person)-made-up ", signed)


@pytest.mark.parametrize(("name", "number"), WAYS, ids=IDS)
def test_no_field_of_a_way_can_be_left_out(
    bench: ps.Workbench, private_key: str, name: str, number: int
) -> None:
    """The control: without any one field that is required, nothing is stored, and the error says what is missing or needed."""
    vault = bench.vault()
    way = vault.ways_to_sign(name)[number]
    given = make_up(name, way, private_key)
    known = sorted(one.account for one in vault.list_accounts(name))
    others = [
        one
        for one in vault.ways_to_sign(name)
        if one.scheme_index != way.scheme_index or one.kind != way.kind
    ]
    for left_out in given:
        rest = {field: value for field, value in given.items() if field != left_out}
        if "token" in rest or any(_is_enough(one, rest) for one in others):
            continue  # Datadog's api_key alone is another way; token= serves for any that takes one key
        if way.kind == "oauth" and left_out in ("client_id", "client_secret"):
            continue  # another account's app is taken
        with pytest.raises(PenstockError) as caught:
            if way.kind == "oauth":
                vault.begin_sign_in(name, "none", via="paste", scheme=way.scheme_index, **rest)
            else:
                vault.add(name, "none", **rest)
        assert caught.value.hint and left_out in str(caught.value), (left_out, str(caught.value))
    assert sorted(one.account for one in vault.list_accounts(name)) == known


def _is_enough(way: SigningWay, given: dict[str, Any]) -> bool:
    return {field.name for field in way.fields if field.is_required} <= given.keys()


@pytest.mark.parametrize("name", REGISTRY.names())
def test_a_way_names_each_field_once(name: str) -> None:
    """No form asks for one thing twice, and what is asked for openly is no secret."""
    for way in ways_to_sign(REGISTRY.get(name)):
        names = [field.name for field in way.fields]
        assert len(names) == len(set(names)), names
        parts = {one.name for one in REGISTRY.get(name).base_parameters}
        assert all(field.is_secret or field.name in OPEN_FIELDS | parts for field in way.fields)


@pytest.mark.parametrize("name", REGISTRY.names())
def test_the_simplest_way_comes_first(name: str) -> None:
    """Keys stand before sign-ins, and those before what the app does for itself; every service has a key to type in."""
    kinds = [way.kind for way in ways_to_sign(REGISTRY.get(name))]
    assert kinds == sorted(kinds, key=["key", "oauth", "client"].index) and kinds[0] == "key"


def test_a_derived_part_is_asked_for_where_nothing_says_it() -> None:
    """Jira's site must be given with a token and is found by a sign-in; Mailchimp's is in the key; Twilio's is the user name,
    and is asked for with an API key, which has another.
    """

    def required(name: str, number: int) -> set[str]:
        return {field.name for field in ways_to_sign(REGISTRY.get(name))[number].fields if field.is_required}

    assert required("jira", 0) == {"email", "api_token", "site"}
    assert required("jira", 1) == {"client_id", "client_secret"}
    assert required("mailchimp", 0) == {"api_key"}
    assert required("twilio", 0) == {"account_sid", "auth_token"}
    assert required("twilio", 1) == {"api_key_sid", "api_key_secret", "account_sid"}
    assert required("zendesk", 1) == {
        "client_id",
        "client_secret",
        "subdomain",
    }  # it is in the sign-in's address


SECRETS = [
    (name, field.name)
    for name in REGISTRY.names()
    for field in ways_to_sign(REGISTRY.get(name))[0].fields
    if field.is_secret
]


@pytest.mark.parametrize(("name", "field"), SECRETS)
def test_a_secret_written_out_is_refused(name: str, field: str) -> None:
    """A literal for any secret is UsageError that does not repeat it; the same as a Secret is taken (the control)."""
    integration = REGISTRY.get(name)
    with pytest.raises(UsageError) as caught:
        sort_given(integration, {field: "literal-canary-77"})
    assert "literal" in str(caught.value) and "env:" in str(caught.value)
    assert "literal-canary-77" not in str(caught.value)
    assert sort_given(integration, {field: Secret("literal-canary-77")}).fields[field] == Secret(
        "literal-canary-77"
    )


def test_secrets_come_from_the_environment_and_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """env:NAME and file:PATH are read at once, also for parts of the address; what is not there is named."""
    stripe, shopify = REGISTRY.get("stripe"), REGISTRY.get("shopify")
    monkeypatch.setenv("J4_KEY", "from-the-environment")
    path = tmp_path / "key"
    path.write_text("from-the-file\n")
    assert sort_given(stripe, {"token": "env:J4_KEY"}).fields == {"token": Secret("from-the-environment")}
    assert sort_given(stripe, {"token": f"file:{path}"}).fields == {"token": Secret("from-the-file")}
    monkeypatch.setenv("J4_SHOP", "acme")
    assert sort_given(shopify, {"shop": "env:J4_SHOP"}).base == {"shop": "acme"}
    for there in ("env:J4_NOT_THERE", f"file:{tmp_path / 'none'}"):
        with pytest.raises(UsageError, match=r"J4_NOT_THERE|none"):
            sort_given(stripe, {"token": there})
    with pytest.raises(UsageError, match="int"):
        sort_given(stripe, {"token": 7})  # type: ignore[dict-item]


def test_a_name_nobody_knows_is_answered_with_the_nearest() -> None:
    """A field misspelt is UsageError naming the right one, and nothing of the value."""
    with pytest.raises(UsageError) as caught:
        sort_given(REGISTRY.get("jira"), {"emial": "a@b.example", "api_token": Secret("x" * 20)})
    assert "'emial'" in str(caught.value) and "email" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "secret_key="),
        ({"refresh_token": Secret("r" * 20)}, "Needed is"),
        ({"client_id": "x"}, "secret_key="),
    ],
)
def test_what_makes_no_credential_says_what_would(given: dict[str, Any], says: str) -> None:
    """Too little is UsageError that names what was given and what is needed."""
    stripe = REGISTRY.get("stripe")
    with pytest.raises(UsageError) as caught:
        plan_account(stripe, sort_given(stripe, given), None)
    assert says in str(caught.value) and all(name in caught.value.message for name in given)


def test_a_refresh_token_makes_an_account_that_renews_itself() -> None:
    """With the app's id and secret a refresh token is an oauth account; the plan keeps no secret."""
    hubspot = REGISTRY.get("hubspot")
    fields = {"client_id": "id-1", "client_secret": Secret("canary-a"), "refresh_token": Secret("canary-b")}
    plan = plan_account(hubspot, sort_given(hubspot, fields), None)
    assert plan.kind == "oauth" and plan.text is not None and "canary" not in plan.text
    assert read_plan(plan.text).grant == "authorization_code"


def test_end_points_replace_all_of_them() -> None:
    """Other addresses replace the service's, and what is not named does not exist there; without a token's there are none."""
    scheme = next(one for one in REGISTRY.get("github").auth if isinstance(one, OAuth2))
    moved = move_end_points(scheme, {"token": "http://127.0.0.1:1/token"})
    named = ("token", "authorize", "device", "lookup", "revoke")
    assert {getattr(moved, name) for name in named} == {"http://127.0.0.1:1/token", None}
    assert (
        replace(
            moved, token=scheme.token, authorize=scheme.authorize, device=scheme.device, revoke=scheme.revoke
        )
        == scheme
    )
    for wrong in ({}, {"authorize": "http://127.0.0.1:1/a"}, {"token": "http://127.0.0.1:1/t", "tokn": "x"}):
        with pytest.raises(UsageError, match="It takes token"):
            move_end_points(scheme, wrong)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("shopify", {"shop": "acme/../evil"}),
        ("twilio", {"account_sid": "AC1"}),
        ("salesforce", {"instance": "evil.example.com"}),
        ("gitlab", {"host": "gitlab.com@evil.example.com"}),
    ],
)
def test_what_cannot_be_part_of_the_address_is_refused_at_once(
    bench: ps.Workbench, name: str, given: dict[str, str]
) -> None:
    """A part that would lead elsewhere is refused when it is given, in every way, and nothing is stored or asked."""
    for way in bench.vault().ways_to_sign(name):
        with pytest.raises(UsageError, match="cannot be part"):
            values = {**make_up(name, way, "no key"), **given}
            if way.kind == "oauth":
                bench.vault().begin_sign_in(name, "none", via="paste", scheme=way.scheme_index, **values)
            else:
                bench.vault().add(name, "none", **values)
    assert "none" not in [one.account for one in bench.vault().list_accounts(name)]
