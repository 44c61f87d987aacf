"""Made-up answers of token end points, each in its service's own shape: what the integration's OAuth facts make of them."""

from __future__ import annotations

from typing import Any

import pytest
from oauth_schemes import WALL, answer, filled, granted, refused, schemes

from penstock.auth.answers import parse_answer
from penstock.auth.oauth import OAuthClient, build_client_request
from penstock.auth.plans import base_from, client_fields, end_point, fill_scheme
from penstock.auth.schemes import OAuth2
from penstock.auth.tokens import Refusal, parse_refusal
from penstock.redact import Secret

PLAIN = OAuth2()
SLACK = {
    "ok": True,
    "access_token": "xoxe.xoxb-1",
    "token_type": "bot",
    "scope": "chat:write,users:read",
    "bot_user_id": "U0BOT",
    "team": {"id": "T1", "name": "Acme"},
    "refresh_token": "xoxe-1-bot",
    "expires_in": 43200,
    "authed_user": {
        "id": "U1",
        "scope": "search:read",
        "access_token": "xoxe.xoxp-1",
        "token_type": "user",
        "refresh_token": "xoxe-1-user",
        "expires_in": 43100,
    },
}


def test_slack_gives_an_app_and_a_person_their_own_tokens() -> None:
    """One answer is two grants; a person's refresh, which has its token on top, goes on with that."""
    app, person = granted("slack", 0, SLACK), granted("slack", 1, SLACK)
    assert (app.access_token.reveal(), app.scopes) == ("xoxe.xoxb-1", ("chat:write", "users:read"))
    assert app.extras == {"team.id": "T1", "team.name": "Acme", "bot_user_id": "U0BOT"}
    assert (person.access_token.reveal(), person.scopes, person.lifetime_s) == (
        "xoxe.xoxp-1",
        ("search:read",),
        43100,
    )
    assert person.refresh_token == Secret("xoxe-1-user") and person.extras["authed_user.id"] == "U1"
    renewed = {
        "ok": True,
        "access_token": "xoxe.xoxp-2",
        "token_type": "user",
        "refresh_token": "xoxe-2",
        "expires_in": 9,
    }
    again = granted("slack", 1, renewed, previous=person)
    assert again.access_token.reveal() == "xoxe.xoxp-2" and again.extras == person.extras


# (integration, which grant, body, status, code); with `plain` the code it would have without the service's words
REFUSALS = [
    ("slack", 0, {"ok": False, "error": "invalid_refresh_token"}, 200, "invalid_grant", "invalid_refresh_token"),
    ("slack", 1, {"ok": False, "error": "token_revoked"}, 200, "invalid_grant", "token_revoked"),
    ("slack", 0, {"ok": False, "error": "ratelimited"}, 200, "temporarily_unavailable", "ratelimited"),
    ("github", 0, {"error": "bad_verification_code", "error_description": "It expired."}, 200, "invalid_grant",
     "bad_verification_code"),
    ("github", 1, {"error": "bad_refresh_token"}, 200, "invalid_grant", "bad_refresh_token"),
    ("github", 1, {"error": "incorrect_client_credentials"}, 200, "invalid_client", "incorrect_client_credentials"),
    ("zoom", 0, {"reason": "Invalid Token!", "error": "invalid_request"}, 400, "invalid_grant", "invalid_request"),
    ("hubspot", 0, {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}, 400, "invalid_grant",
     "BAD_REFRESH_TOKEN"),
    ("jira", 0, {"error": "unauthorized_client", "error_description": "refresh_token is invalid"}, 403, "invalid_grant",
     "unauthorized_client"),
    ("microsoft_graph", 0, {"error": "interaction_required"}, 400, "invalid_grant", "interaction_required"),
    ("salesforce", 0, {"error": "inactive_user"}, 400, "invalid_grant", "inactive_user"),
    ("salesforce", 0, {"error": "rate_limit_exceeded"}, 400, "temporarily_unavailable", "rate_limit_exceeded"),
    ("gmail", 0, {"error": "deleted_client"}, 401, "invalid_client", "deleted_client"),
    ("quickbooks", 0, {"error": "invalid_grant"}, 400, "invalid_grant", "invalid_grant"),
    ("zendesk", 0, {"error": "invalid_grant", "error_description": "used"}, 400, "invalid_grant", "invalid_grant"),
    ("gmail", 0, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400,
     "invalid_grant", "invalid_grant"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at", "body", "status", "code", "plain"), REFUSALS)
def test_a_refusal_in_the_services_words_has_the_standards_code(
    name: str, at: int, body: dict[str, Any], status: int, code: str, plain: str
) -> None:
    """A dead refresh token, a wrong client and a busy service are told apart; without the words they would not be."""
    assert refused(name, at, body, status).code == code
    assert parse_refusal(answer(body, status), {}).code == plain  # the control


def test_jira_refuses_a_client_apart_from_a_refresh_token() -> None:
    """The code both have in common means the client where the text does not speak of a refresh token."""
    body = {"error": "unauthorized_client", "error_description": "This app is not allowed."}
    assert refused("jira", 0, body, 403).code == "unauthorized_client"


def test_salesforce_says_a_host_and_no_lifetime() -> None:
    """The expiry is unknown, and instance_url stays through a refresh until the service names another."""
    body = {
        "access_token": "00D!AQ",
        "refresh_token": "5Aep",
        "instance_url": "https://acme.my.salesforce.com",
        "issued_at": "1800000000000",
        "scope": "api refresh_token",
        "token_type": "Bearer",
    }
    first = granted("salesforce", 0, body)
    assert first.expires_at is None and first.scopes == ("api", "refresh_token")
    second = granted("salesforce", 0, {"access_token": "00D!AR"}, previous=first)
    assert second.extras == first.extras and second.refresh_token == Secret("5Aep")
    moved = {"access_token": "00D!AS", "instance_url": "https://acme2.my.salesforce.com"}
    assert base_from(filled("salesforce", 0), granted("salesforce", 0, moved, previous=second).extras) == {
        "instance": "acme2.my.salesforce.com"
    }


def test_notion_has_no_expiry_and_wants_json() -> None:
    """The grant has a new refresh token each time and no end; the request's body is JSON, its client Basic."""
    body = {
        "access_token": "ntn_1",
        "refresh_token": "nrt_1",
        "bot_id": "b",
        "workspace_id": "w",
        "workspace_name": None,
    }
    grant = granted("notion", 0, body)
    assert grant.expires_at is None and grant.extras == {"bot_id": "b", "workspace_id": "w"}
    point = end_point(filled("notion", 0), OAuthClient("cid", Secret("client-secret-1")))
    assert (point.encoding, point.client.token_auth) == ("json", "client_secret_basic")


def test_zoom_asks_for_an_account() -> None:
    """Server-to-Server's request names the account, and its answer has nothing to refresh with."""
    scheme = filled("zoom", 1)
    point = end_point(scheme, OAuthClient("cid", Secret("client-secret-1")))
    request = build_client_request(point, scheme.scopes, scheme.grant, scheme.code_extra).reveal()
    assert request.body == b"grant_type=account_credentials&account_id=abc"
    body = {
        "access_token": "eyJ",
        "token_type": "bearer",
        "expires_in": 3599,
        "api_url": "https://api.zoom.us",
        "scope": "x",
    }
    grant = granted("zoom", 1, body)
    assert grant.refresh_token is None and base_from(scheme, grant.extras) == {"host": "api.zoom.us"}


def test_monday_has_two_flows() -> None:
    """One token holds for good, the other ends and rotates; they are asked for at two end points."""
    old, new = filled("monday", 0), filled("monday", 1)
    assert old.token != new.token and (old.refresh, new.refresh) == ("none", "rotates")
    assert (
        granted("monday", 0, {"access_token": "eyJ", "token_type": "Bearer", "scope": "me:read"}).lifetime_s
        is None
    )
    first = granted("monday", 1, {"access_token": "eyJ", "refresh_token": "r1", "expires_in": 3600})
    assert granted(
        "monday", 1, {"access_token": "eyK", "refresh_token": "r2"}, previous=first
    ).refresh_token == Secret("r2")


@pytest.mark.parametrize("name", ["hubspot", "gmail", "google_calendar", "google_sheets", "asana", "dropbox"])
def test_a_static_refresh_token_stays(name: str) -> None:
    """A refresh answered without a refresh token keeps the one there was, and a new sign-in's replaces it."""
    first = granted(name, 0, {"access_token": "a1", "refresh_token": "r1", "expires_in": 1800})
    second = granted(name, 0, {"access_token": "a2", "expires_in": 1800}, previous=first)
    assert second.refresh_token == Secret("r1") and second.access_token.reveal() == "a2"
    assert schemes(name)[0].refresh == "static"


@pytest.mark.parametrize(
    ("name", "field", "lifetime_s"),
    [
        ("airtable", "refresh_expires_in", 5_184_000),
        ("zendesk", "refresh_token_expires_in", 2_592_000),
        ("github", "refresh_token_expires_in", 15_811_200),
        ("shopify", "refresh_token_expires_in", 7_776_000),
    ],
)
def test_a_refresh_tokens_end_is_read(name: str, field: str, lifetime_s: int) -> None:
    """However it is called, the refresh token's own lifetime is known, and is the one declared."""
    at = 1 if name == "github" else 0
    grant = granted(
        name, at, {"access_token": "a1", "refresh_token": "r1", "expires_in": 3600, field: lifetime_s}
    )
    assert (
        grant.refresh_expires_at
        and (grant.refresh_expires_at - grant.issued_at).total_seconds() == lifetime_s
    )
    assert schemes(name)[at].refresh_token_lifetime_s == lifetime_s


def test_a_github_installations_token_has_another_name() -> None:
    """It stands under `token`, with an instant as its end, in an answer of 201."""
    body = {"token": "ghs_1", "expires_at": "2027-01-15T09:00:00Z", "permissions": {"issues": "write"}}
    grant = granted("github", 2, body, 201)
    assert grant.access_token.reveal() == "ghs_1" and grant.lifetime_s == 3600 and grant.refresh_token is None
    assert isinstance(parse_answer(PLAIN, answer(body, 201), wall=WALL), Refusal)  # the control


def test_square_says_an_instant_and_the_seller() -> None:
    """expires_at is an instant, the same refresh token comes back, and the PKCE client has no secret."""
    body = {"access_token": "EAAA", "token_type": "bearer", "expires_at": "2027-02-14T08:00:00Z", "merchant_id": "M1",
            "refresh_token": "EQAA"}  # fmt: skip
    grant = granted("square", 0, body)
    assert grant.lifetime_s == 2_592_000 and grant.extras == {"merchant_id": "M1"}
    assert client_fields(schemes("square")[1]) == ("client_id",)
    sandbox = fill_scheme(schemes("square")[0], {"host": "squareupsandbox"})
    assert sandbox.token == "https://connect.squareupsandbox.com/oauth2/token"


def test_stripe_apps_sign_with_the_secret_key_alone() -> None:
    """Basic's user name is the secret key, its password empty; Connect says it in the form."""
    client = OAuthClient("ca_1", Secret("sk_test_1"))
    apps = end_point(filled("stripe", 1), client).client
    assert (apps.client_id, apps.client_secret, apps.token_auth) == (
        Secret("sk_test_1"),
        Secret(""),
        "client_secret_basic",
    )
    assert end_point(filled("stripe", 0), client).client == client
