"""Every vendor's way of renewing, asked through the keeper with the scheme of its own file, and what never leaves it."""

from __future__ import annotations

import base64
import json
from email.utils import formatdate
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from token_service import LASTS_S, WHO, Bench, answer, kept, refusal, run, standing, token

from penstock.agent.grants import build_renewal, issue
from penstock.agent.keeper import Keeper
from penstock.auth.plans import fill_scheme, marks, write_plan
from penstock.auth.schemes import OPEN_FIELDS, OAuth2
from penstock.auth.tokens import Grant
from penstock.catalog.registry import Registry
from penstock.clock import utc
from penstock.errors import SignInNeeded, UsageError
from penstock.redact import Secret
from penstock.signing import plan_account, sort_given

REGISTRY = Registry()
VALUES = {
    "shop": "acme", "host": "gitlab.com", "prefix": "", "tenant": "common", "instance": "acme.my.salesforce.com",
    "subdomain": "acme", "site": "datadoghq.com", "domain": "typeform.com", "installation_id": "4711",
}  # fmt: skip
CANARIES = {
    "client_secret": "canary-client-secret", "private_key": "canary-private-key", "refresh_token": "canary-refresh",
}  # fmt: skip


def offered() -> list[tuple[str, int]]:
    """Return every grant an integration offers, (name, which of its schemes)."""
    return [
        (name, index)
        for name in REGISTRY.names()
        for index, scheme in enumerate(REGISTRY.get(name).auth)
        if isinstance(scheme, OAuth2) and scheme.is_offered
    ]


def real(name: str, grant: str = "authorization_code", nth: int = 0, **values: str) -> OAuth2:
    """Return a vendor's real scheme, filled in."""
    scheme = [s for s in REGISTRY.get(name).auth if isinstance(s, OAuth2) and s.grant == grant][nth]
    return fill_scheme(scheme, {**{mark: VALUES.get(mark, "acme") for mark in marks(scheme)}, **values})


async def put_client(keeper: Keeper, scheme: OAuth2, **fields: str) -> None:
    """Store an app that asks for itself."""
    await keeper.put(
        **WHO, fields={name: Secret(value) for name, value in fields.items()}, plan=write_plan(scheme), base={},
        base_url=None, label=None, kind="client", replace=False,
    )  # fmt: skip


@cache
def key() -> rsa.RSAPrivateKey:
    """Return one RSA key for all tests."""
    return rsa.generate_private_key(65537, 2048)


@cache
def pem() -> str:
    """Return it as a service hands it out."""
    return key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def opened(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an assertion's head and claims; raises InvalidSignature where the key did not sign it."""
    head, claims, signature = assertion.split(".")
    raw = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in (head, claims, signature)]
    key().public_key().verify(raw[2], f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
    return json.loads(raw[0]), json.loads(raw[1])


def basic(bench: Bench) -> str:
    """Return what the last request's Basic says."""
    kind, _, text = dict(bench.service.requests[-1].headers)["Authorization"].partition(" ")
    assert kind == "Basic"
    return base64.b64decode(text).decode()


# The app for itself


def test_a_client_asks_for_itself_when_it_is_first_used(tmp_path: Path) -> None:
    """With nothing but its id and secret a client gets a token with the first call, and another after its end."""

    async def work() -> None:
        bench = Bench(tmp_path)
        bench.service.is_rotating = False
        keeper = await bench.keeper()
        scheme = real("linear", "client_credentials")
        await put_client(keeper, scheme, client_id="cid", client_secret="sec")
        assert (await standing(keeper))["can_refresh"]
        assert await token(keeper) == "at-2" and bench.service.bodies[0] == {
            "grant_type": "client_credentials",
            **({"scope": scheme.separator.join(scheme.scopes)} if scheme.scopes else {}),
            "client_id": "cid",
            "client_secret": "sec",
        }
        assert await token(keeper) == "at-2"
        bench.clock.move(LASTS_S + 1)
        assert await token(keeper) == "at-3" and bench.service.count == 2

    run(work())


def test_zoom_gets_its_account_credentials(tmp_path: Path) -> None:
    """Zoom's server-to-server app sends its account_id and that grant's name, its id and secret by Basic, and its base moves."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.keeper()
        await put_client(
            keeper,
            real("zoom", "account_credentials", account_id="acc-1"),
            client_id="cid",
            client_secret="s/1",
            account_id="acc-1",
        )
        bench.service.script = [
            answer(access_token="zt", expires_in=3599, api_url="https://api-eu.zoom.us", scope="a b")
        ]
        issued = await keeper.issue(**WHO)
        said = bench.service.bodies[0]
        assert (said["grant_type"], said["account_id"]) == ("account_credentials", "acc-1")
        assert basic(bench) == "cid:s%2F1" and "client_secret" not in said
        assert issued["base"] == {"host": "api-eu.zoom.us"} and set(issued["fields"]) == {"access_token"}

    run(work())


@pytest.mark.parametrize(
    ("name", "fields", "claims"),
    [
        (
            "google_sheets",
            {"client_email": "robot@acme.example"},
            {"iss": "robot@acme.example", "aud": "https://oauth2.googleapis.com/token"},
        ),
        (
            "gmail",
            {"client_email": "robot@acme.example", "subject": "me@acme.example"},
            {"iss": "robot@acme.example", "sub": "me@acme.example"},
        ),
        (
            "salesforce",
            {"client_id": "cid", "username": "me@acme.example"},
            {"iss": "cid", "sub": "me@acme.example", "aud": "https://login.salesforce.com"},
        ),
    ],
)
def test_an_assertion_is_signed_by_the_key_for_this_service(
    tmp_path: Path, name: str, fields: dict[str, str], claims: dict[str, str]
) -> None:
    """The JWT verifies with the public key, says who asks and whom, holds minutes, and its key is not in what is issued."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.keeper()
        values = {"login": "login"} if name == "salesforce" else {}
        scheme = real(name, "jwt_bearer", **values)
        await put_client(keeper, scheme, private_key=pem(), **fields)
        bench.service.script = [
            answer(access_token="jt", expires_in=3600, instance_url="https://acme.my.salesforce.com")
        ]
        issued = await keeper.issue(**WHO)
        said = bench.service.bodies[0]
        assert said["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        head, found = opened(said["assertion"])
        assert head["alg"] == "RS256" and claims.items() <= found.items()
        assert 0 < found["exp"] - bench.clock.wall() <= 3570 and found["iat"] <= bench.clock.wall()
        if scheme.scopes:
            assert found["scope"] == " ".join(scheme.scopes)
        assert set(issued["fields"]) == {"access_token"}
        assert issued["base"] == ({"instance": "acme.my.salesforce.com"} if name == "salesforce" else {})

    run(work())


def test_github_apps_show_their_assertion_as_a_bearer(tmp_path: Path) -> None:
    """The installation's token comes for a signed JWT in the Authorization field, without aud or scope, with `token` as name."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.keeper()
        scheme = real("github", "app_jwt", installation_id="4711")
        await put_client(keeper, scheme, app_id="99", private_key=pem(), installation_id="4711")
        bench.service.script = [
            answer(
                201, headers={"Date": formatdate(bench.clock.wall(), usegmt=True)}, token="ghs_1",
                expires_at=utc(bench.clock.wall() + 3600).isoformat(),
            )
        ]  # fmt: skip
        issued = await keeper.issue(**WHO)
        (request,) = bench.service.requests
        assert request.url == "https://api.github.com/app/installations/4711/access_tokens"
        signed = dict(request.headers)["Authorization"].removeprefix("Bearer ")
        found = opened(signed)[1]
        assert set(found) == {"iss", "iat", "exp"} and found["iss"] == "99"
        assert found["exp"] - bench.clock.wall() <= 600
        assert issued["fields"]["access_token"].reveal() == "ghs_1"
        assert issued["expires_at"] == pytest.approx(bench.clock.wall() + 3600, abs=1)

    run(work())


@pytest.mark.parametrize("ahead_s", [600.0, -600.0])
def test_an_assertion_is_dated_by_the_servers_clock(tmp_path: Path, ahead_s: float) -> None:
    """Refused for its date by a server ten minutes off, it is signed anew with that server's time: nobody has to do anything.

    The control: where the server's clock is ours, one refusal is final.
    """

    async def work(off_s: float) -> None:
        bench = Bench(tmp_path / str(off_s))
        bench.home.mkdir()
        keeper = await bench.keeper()
        await put_client(
            keeper, real("google_sheets", "jwt_bearer"), private_key=pem(), client_email="robot@acme.example"
        )

        def dated() -> dict[str, str]:
            return {"Date": formatdate(bench.clock.wall() + off_s, usegmt=True)}

        bench.service.script = [
            answer(400, headers=dated(), error="invalid_grant"),
            answer(headers=dated(), access_token="jt", expires_in=3600),
        ]
        if not off_s:
            with pytest.raises(SignInNeeded):
                await token(keeper)
            assert bench.service.count == 1
            return
        issued = await keeper.issue(**WHO)
        assert issued["expires_at"] == pytest.approx(bench.clock.wall() + 3600)
        assert bench.service.count == 2
        theirs = bench.clock.wall() + off_s
        found = opened(bench.service.bodies[1]["assertion"])[1]
        assert found["iat"] <= theirs < found["exp"] and abs(found["iat"] - theirs) < 60
        first = opened(bench.service.bodies[0]["assertion"])[1]
        assert abs(first["iat"] - theirs) > 500
        bench.clock.move(3600)
        await token(keeper)
        third = opened(bench.service.bodies[2]["assertion"])[1]
        assert abs(third["iat"] - (bench.clock.wall() + off_s)) < 60

    run(work(ahead_s))
    run(work(0.0))


def test_a_wrong_private_key_is_said_without_a_request(tmp_path: Path) -> None:
    """What cannot sign raises UsageError, repeats nothing of the key, and asks no service."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.keeper()
        await put_client(
            keeper,
            real("google_sheets", "jwt_bearer"),
            private_key="canary-no-key",
            client_email="robot@acme.example",
        )
        with pytest.raises(UsageError) as caught:
            await token(keeper)
        assert "canary" not in f"{caught.value} {caught.value.hint}" and bench.service.count == 0

    run(work())


# A person's sign-in, renewed


def test_notion_is_renewed_in_json_with_basic(tmp_path: Path) -> None:
    """Notion's refresh is a JSON body with id and secret in the Authorization field alone, and keeps its workspace."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in(real("notion"), lasts_s=None)
        bench.service.script = [
            answer(access_token="nt", refresh_token="nr", workspace_id="w1", bot_id="b1", workspace_name=None)
        ]
        await token(keeper, seen=1, is_refused=True)
        (request,) = bench.service.requests
        assert dict(request.headers)["Content-Type"] == "application/json"
        assert json.loads(request.body or b"") == {"grant_type": "refresh_token", "refresh_token": "rt-1"}
        assert basic(bench) == "client-id-1:client-secret-canary" and kept(keeper)["refresh_token"] == "nr"

    run(work())


def test_gitlab_is_told_the_redirect_again(tmp_path: Path) -> None:
    """GitLab's refresh repeats the address the sign-in came back to; a service that does not want it is not told."""

    async def work() -> None:
        for name, is_repeated in (("gitlab", True), ("asana", False)):
            (tmp_path / name).mkdir()
            bench = Bench(tmp_path / name)
            keeper = await bench.signed_in(real(name))
            bench.clock.move(LASTS_S + 1)
            await token(keeper)
            said = bench.service.bodies[0].get("redirect_uri")
            assert said == ("http://127.0.0.1:8719/callback" if is_repeated else None)

    run(work())


@pytest.mark.parametrize("nth", [0, 1])
def test_slack_answers_a_refresh_on_top_and_its_refusals_in_a_200(tmp_path: Path, nth: int) -> None:
    """Bot or person, a refreshed token stands on top of the answer; `ok: false` with Slack's own word ends the grant."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in(real("slack", nth=nth), lasts_s=43_200)
        bench.clock.move(43_200)
        bench.service.script = [
            answer(ok=True, access_token="xoxe-2", refresh_token="xoxe-r2", expires_in=43_200),
            answer(ok=False, error="invalid_refresh_token"),
        ]
        assert await token(keeper) == "xoxe-2"
        bench.clock.move(43_201)
        with pytest.raises(SignInNeeded, match="no longer accepts this sign-in"):
            await token(keeper)

    run(work())


@pytest.mark.parametrize(
    ("name", "extras", "base"),
    [
        ("salesforce", {"instance_url": "https://na1.salesforce.com"}, {"instance": "na1.salesforce.com"}),
        ("pipedrive", {"api_domain": "https://acme.pipedrive.com"}, {"company_domain": "acme"}),
        ("salesforce", {"instance_url": "https://evil.example/.salesforce.com"}, {}),
        ("pipedrive", {"api_domain": "https://evil.example/x.pipedrive.com"}, {}),
    ],
)
def test_what_an_answer_says_of_the_address_becomes_the_base(
    tmp_path: Path, name: str, extras: dict[str, str], base: dict[str, str]
) -> None:
    """The service's own host is issued as part of the address, also where a later answer is silent; another's host is not."""

    async def work() -> None:
        bench = Bench(tmp_path)
        values = {"login": "login"} if name == "salesforce" else {}
        keeper = await bench.signed_in(real(name, **values))
        bench.clock.move(LASTS_S + 1)
        bench.service.script = [answer(access_token="t2", expires_in=3600, **extras)]
        assert (await keeper.issue(**WHO))["base"] == base
        bench.clock.move(LASTS_S + 1)
        assert (await keeper.issue(**WHO))["base"] == base and bench.service.count == 2

    run(work())


def test_stripe_apps_sign_with_the_secret_key_alone(tmp_path: Path) -> None:
    """Stripe Apps refresh with the secret key as Basic's user name and no password."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in(real("stripe", nth=1))
        bench.clock.move(LASTS_S + 1)
        await token(keeper)
        assert basic(bench) == "client-secret-canary:" and "client_secret" not in bench.service.bodies[0]

    run(work())


VENDOR_REFUSALS = [
    ("github", 1, answer(200, error="bad_refresh_token", error_description="expired")),
    ("hubspot", 0, answer(400, status="BAD_REFRESH_TOKEN", message="missing or unknown refresh token")),
    ("jira", 0, answer(403, error="unauthorized_client", error_description="refresh_token is invalid")),
    ("zoom", 0, answer(401, reason="Invalid Token!", error="invalid_request")),
    ("microsoft_graph", 0, answer(400, error="interaction_required", error_description="AADSTS50076")),
]


@pytest.mark.parametrize(("name", "nth", "said"), VENDOR_REFUSALS)
def test_a_vendors_own_words_end_the_grant(tmp_path: Path, name: str, nth: int, said: Any) -> None:
    """What each vendor says for a dead refresh token is read as invalid_grant, and asks for a sign-in, not for the client."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in(real(name, nth=nth))
        bench.service.script = [said]
        bench.clock.move(LASTS_S + 1)
        with pytest.raises(SignInNeeded, match="no longer accepts this sign-in") as caught:
            await token(keeper)
        assert caught.value.hint and "ps.sign_in" in caught.value.hint

    run(work())


@pytest.mark.parametrize(("name", "index"), offered())
def test_every_offered_grant_is_renewed_through_the_keeper(tmp_path: Path, name: str, index: int) -> None:
    """Each of the services' schemes gets a token by its own end point, and issues it with nothing else beside."""

    async def work() -> None:
        bench = Bench(tmp_path)
        scheme = REGISTRY.get(name).auth[index]
        assert isinstance(scheme, OAuth2)
        scheme = fill_scheme(scheme, {mark: VALUES.get(mark, "acme") for mark in marks(scheme)})
        bench.service.script = [answer(**{scheme.token_field: "new-token", "expires_in": 3600})]
        if scheme.grant == "authorization_code":
            keeper = await bench.signed_in(scheme)
            bench.clock.move(LASTS_S + 1)
        else:
            keeper = await bench.keeper()
            needed = {
                field: VALUES.get(field, f"their-{field}")
                for field in ("client_id", "client_secret", *scheme.fields_needed)
            }
            await put_client(keeper, scheme, **{**needed, "private_key": pem()})
        issued = await keeper.issue(**WHO)
        assert bench.service.requests[0].url == scheme.token and bench.service.count == 1
        assert {n: s.reveal() for n, s in issued["fields"].items()} == {"access_token": "new-token"}

    # A refresh's token stands on top under its usual name, whatever the first answer calls it.
    run(work())


@pytest.mark.parametrize("name", REGISTRY.names())
def test_no_secret_but_the_one_that_signs_leaves_the_keeper(tmp_path: Path, name: str) -> None:
    """Whatever an account of any of the services holds, neither issue nor accounts shows what renews it.

    The control: the same search finds the canaries in the vault.
    """

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.keeper()
        for index, scheme in enumerate(REGISTRY.get(name).auth):
            fields = {field: Secret(f"signs-{field}") for field in scheme.fields}
            plan, kind, grant = None, "key", None
            if isinstance(scheme, OAuth2) and scheme.is_offered:
                filled = fill_scheme(scheme, {mark: VALUES.get(mark, "acme") for mark in marks(scheme)})
                fields |= {field: Secret(text) for field, text in CANARIES.items()}
                fields |= {field: Secret(f"canary-{field}") for field in ("client_id", *scheme.fields_needed)}
                plan, kind = write_plan(filled), "oauth"
                grant = Grant(Secret("signs-access_token"), fields["refresh_token"], utc(bench.clock.wall()))
            await keeper._accounts.put(
                name, f"a{index}", fields, plan=plan, base={}, base_url=None, label=None, kind=kind, replace=False,
                grant=grant,
            )  # fmt: skip
            issued = await keeper.issue(integration=name, account=f"a{index}")
            said = {field: secret.reveal() for field, secret in issued["fields"].items()}
            assert set(said) == set(scheme.fields) and all(
                text.startswith("signs-") for text in said.values()
            )
            rest = json.dumps({**issued, "fields": None})
            assert "canary" not in rest and "signs-" not in rest
            inside = {s.reveal() for s in keeper._vault.get(name, f"a{index}").fields.values()}
            assert any("canary" in text for text in inside) is (plan is not None)
        shown = repr(await keeper.accounts())
        assert "canary" not in shown and "signs-" not in shown and shown.count("'account':") == index + 1

    run(work())


def test_a_request_shows_no_secret_before_it_leaves(tmp_path: Path) -> None:
    """Built and not yet revealed, a renewal's repr has neither the refresh token nor the client's secret."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.signed_in()
        stored = keeper._accounts.read(**WHO)
        request = build_renewal(stored, bench.clock.wall())
        for shown in (repr(request), repr(stored), repr(issue(stored, None))):
            assert "rt-1" not in shown and "canary" not in shown and "at-1" not in shown
        assert b"rt-1" in (request.reveal().body or b"")

    run(work())


def test_an_account_without_its_client_says_what_is_missing(tmp_path: Path) -> None:
    """An account with a refresh token and no client names the client_id, and asks no service."""

    async def work() -> None:
        bench = Bench(tmp_path)
        keeper = await bench.keeper()
        await keeper.put(
            **WHO, fields={"refresh_token": Secret("rt")}, plan=write_plan(real("asana")), base={}, base_url=None,
            label=None, kind="oauth", replace=False,
        )  # fmt: skip
        with pytest.raises(UsageError, match="no client_id"):
            await token(keeper)
        assert bench.service.count == 0
        bench.service.script = [refusal()]  # never asked for

    run(work())


GIVEN: list[tuple[str, dict[str, str]]] = [
    ("github", {"app_id": "991234", "private_key": "pk-canary-1", "installation_id": "4711234"}),
    (
        "microsoft_graph",
        {"client_id": "cid-12345", "client_secret": "sec-canary-1", "tenant": "0f1e2d3c-aaaa-bbbb"},
    ),
    ("zoom", {"client_id": "cid-12345", "client_secret": "sec-canary-1", "account_id": "acc-123456"}),
    ("pagerduty", {"client_id": "cid-12345", "client_secret": "sec-canary-1", "subdomain": "acme-ops"}),
    ("twilio", {"account_sid": "AC" + "0" * 31 + "1", "auth_token": "tok-canary-1"}),
    (
        "twilio",
        {
            "account_sid": "AC" + "0" * 31 + "2",
            "api_key_sid": "SK" + "0" * 32,
            "api_key_secret": "sec-canary-1",
        },
    ),
]


@pytest.mark.parametrize(("name", "given"), GIVEN)
def test_an_account_whose_number_is_in_its_address_can_be_kept(
    tmp_path: Path, name: str, given: dict[str, str]
) -> None:
    """What a person gives for these services is stored, its number in plan or base as well, and its secrets in neither."""

    async def work() -> None:
        keeper = await Bench(tmp_path).keeper()
        integration = REGISTRY.get(name)
        entered = sort_given(
            integration,
            {field: value if field in OPEN_FIELDS else Secret(value) for field, value in given.items()},
        )
        plan = plan_account(integration, entered, None)
        await keeper.put(
            **WHO, fields=dict(plan.fields), plan=plan.text, base=dict(entered.base), base_url=None, label=None,
            kind=plan.kind, replace=False,
        )  # fmt: skip
        raw = keeper.path.read_bytes()
        for field, value in given.items():
            assert field in OPEN_FIELDS or value.encode() not in raw
        assert (await standing(keeper))["kind"] == plan.kind

    run(work())
