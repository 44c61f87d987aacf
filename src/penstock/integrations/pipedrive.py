"""Pipedrive: deals, persons, organizations, activities and leads of a sales team.

docs        https://developers.pipedrive.com/docs/api/v1
checked     2026-11, API v2 where there is one (in the path), v1 for leads, notes, users and webhooks
quirks      The host is the company's own; a sign-in tells it as api_domain. Calls cost tokens of a daily budget that all of
            the company share (a list 10, a change 5, a record 1 in v2, about twice that in v1), besides a rate for two
            seconds: a 429 may be either, and the spent day is not waited for. A 403 with a page instead of JSON comes from
            the edge after many ignored 429s. A 200 may say success=false. Custom fields are hashes of 40 letters: a column
            named by one is put into custom_fields, and their choices are ids. v1 pages by start, v2 by cursor. Nothing is
            known twice: search before you create. Webhooks are not signed, but can be given a name and a password.
unverified  the daily budget is counted for one seat (it grows with them: give limit= for more); how a spent day is told
            from a fast moment; how long the edge keeps one out (a minute is taken); the units of the reset field; the
            refresh token's staying; how often a webhook is sent again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from penstock.catalog.check import is_missing
from penstock.catalog.definition import (
    ApiKey,
    BaseParameter,
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    Parameter,
    RateHeaders,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting, 2026-11"
_PLANS = {
    "lite": (20, 1),
    "growth": (40, 2),
    "premium": (100, 5),
    "ultimate": (120, 7),
}  # calls in 2 s, times 30,000 tokens
_OAUTH_TIMES = 4  # an app may call four times as often as a token
_SHUT_OUT_S = 60.0
_GET, _LIST, _CHANGE, _DELETE, _SEARCH = 1.0, 10.0, 5.0, 3.0, 20.0  # tokens in v2
_TOKENS = {"GET": 20.0, "DELETE": 6.0}  # of what is not named here: in v1, a list's
_HASH = re.compile(r"[0-9a-f]{40}")
_PAGE = "limit:integer cursor"
_SORTED = "sort_by=id|update_time|add_time sort_direction=asc|desc updated_since updated_until ids:csv filter_id:integer"
_MORE = "include_fields:csv custom_fields:csv"
_FOUND = "term! fields:csv exact_match:boolean"
_DEAL = """
    value:number currency owner_id:integer person_id:integer org_id:integer pipeline_id:integer stage_id:integer
    status=open|won|lost|deleted probability:number lost_reason visible_to:integer close_time won_time lost_time
    expected_close_date label_ids:array is_deleted:boolean is_archived:boolean archive_time custom_fields:object
"""
_PERSON = """
    owner_id:integer org_id:integer add_time update_time emails:array phones:array visible_to:integer label_ids:array
    marketing_status=no_consent|unsubscribed|subscribed|archived custom_fields:object
"""
_ORGANIZATION = """
    owner_id:integer add_time update_time visible_to:integer label_ids:array address:object custom_fields:object
"""
_ACTIVITY = """
    type owner_id:integer deal_id:integer lead_id person_id:integer org_id:integer project_id:integer due_date due_time
    duration busy:boolean done:boolean location:object participants:array attendees:array public_description
    priority:integer note
"""
_V1_PAGES = Cursor(
    request="start", next="additional_data.pagination.next_start", items="data", size="limit", max_size=500,
    more="additional_data.pagination.more_items_in_collection",
)  # fmt: skip
_SEARCH_PAGES = Cursor(
    request="cursor", next="additional_data.next_cursor", items="data.items", size="limit", max_size=100
)


def classify(response: Response) -> Verdict | int | None:
    """Tell a spent day from a fast moment, the edge's page from a refusal, and a refusal from a success."""
    if response.status == 429:
        left = response.headers.get("x-daily-ratelimit-token-remaining")
        is_day = left == "0" or "daily" in str(read(response, "error") or "").lower()
        return Verdict.PERMANENT if is_day else None
    if response.status == 403 and not response.body.lstrip().startswith(b"{"):
        return 429
    if response.status == 200 and read(response, "success") is False:
        told = read(response, "errorCode")
        return told if isinstance(told, int) and 400 <= told < 600 else 400
    return None


def read_hint(response: Response) -> RateLimitHint | None:
    """Stay away from the edge for a while: it names no time."""
    is_edge = response.status == 403 and not response.body.lstrip().startswith(b"{")
    return RateLimitHint(retry_after_s=_SHUT_OUT_S) if is_edge else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Put columns named by a hash into custom_fields, and make the lists Pipedrive wants of one address or number."""
    if operation not in _CHANGES:
        return parameters
    own = {name: parameters.pop(name) for name in [*parameters] if _HASH.fullmatch(name)}
    own = {
        name: value for name, value in own.items() if value is not None and value == value
    }  # NaN is not itself
    if own:
        given = parameters.get("custom_fields")
        parameters["custom_fields"] = {**given, **own} if isinstance(given, Mapping) else own
    for name in ("emails", "phones"):
        value = parameters.get(name)
        if isinstance(value, float) and not is_missing(value):
            value = f"{value:.0f}"
        if isinstance(value, (int, str)) and value and not str(value).lstrip().startswith("["):
            parameters[name] = [{"value": str(value), "primary": True, "label": "work"}]
    return parameters


def _find_company(credential: Mapping[str, str]) -> str | None:
    """A sign-in's answer has https://acme.pipedrive.com as api_domain."""
    host = urlsplit(credential.get("api_domain", "")).hostname or ""
    return credential.get("company_domain") or host.removesuffix(".pipedrive.com") or None


def _find_plan(credential: Mapping[str, str], base: Mapping[str, str]) -> str:
    plan = base.get("plan") or "lite"
    return f"{plan} app" if "access_token" in credential else plan


def _count_tokens(method: str, parameters: Mapping[str, Any]) -> float:
    return _TOKENS.get(method, 10.0)


def _limit(plan: str, when: str, times: int) -> tuple[Limit, Limit]:
    burst, multiplier = _PLANS[plan]
    return (
        Limit(burst * times, per=2.0, when=when, source=_RATES),
        Limit(30_000 * multiplier, per=86400.0, unit="tokens", cost=_count_tokens, when=when, source=_RATES),
    )


_ME = Operation(
    "users.me", "GET", "/v1/users/me", cost=2.0, summary="Whose token this is, and the company's domain."
)
_ID = "id:integer!"


def _list(name: str, path: str, *more: str) -> Operation:
    return Operation(name, "GET", path, fields(_PAGE, *more), is_paginated=True, cost=_LIST)


def _search(name: str, path: str, *more: str) -> Operation:
    found = fields(_PAGE, _FOUND, *more)
    return Operation(name, "GET", path, found, is_paginated=True, pagination=_SEARCH_PAGES, cost=_SEARCH)


integration = Integration(
    name="pipedrive",
    title="Pipedrive",
    category="crm",
    docs="https://developers.pipedrive.com/docs/api/v1",
    checked="2026-11",
    base_url="https://{company_domain}.pipedrive.com/api",
    base_parameters=(
        BaseParameter(
            "company_domain", derive=_find_company, pattern=r"[A-Za-z0-9][A-Za-z0-9-]*",
            help="what stands before .pipedrive.com in your address",
        ),
        BaseParameter(
            "plan", default="lite", pattern="lite|growth|premium|ultimate",
            help="the company's plan; its daily budget is counted here for one seat, limit= says another",
        ),
    ),
    auth=(
        ApiKey("api_token", header="x-api-token", note="A person's own: Settings > Personal preferences > API."),
        ApiKey("api_token", parameter="api_token", note="The same in the address, as v1 users write it; it ends up in logs."),
        OAuth2(
            authorize="https://oauth.pipedrive.com/oauth/authorize",
            token="https://oauth.pipedrive.com/oauth/token",
            revoke="https://oauth.pipedrive.com/oauth/revoke",
            token_auth="client_secret_basic",
            refresh="static",
            access_token_lifetime_s=3600,
            refresh_token_lifetime_s=5_184_000,
            keep=("api_domain",),
            base=(("company_domain", "api_domain", r"https://([A-Za-z0-9][A-Za-z0-9-]*)\.pipedrive\.com/?", r"\1"),),
            note="Scopes are the app's. The answer's api_domain is the host; a refresh token dies after 60 days without use.",
        ),
    ),
    limits=(
        *(limit for plan in _PLANS for limit in _limit(plan, plan, 1)),
        *(limit for plan in _PLANS for limit in _limit(plan, f"{plan} app", _OAUTH_TIMES)),
        Limit(10, per=2.0, only=("*.search",), source=_RATES),
    ),
    variant=_find_plan,
    rate_headers=RateHeaders(
        limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", reset_unit="delta_s"
    ),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=Cursor(request="cursor", next="additional_data.next_cursor", items="data", size="limit", max_size=500),
    errors=ErrorShape(message=("error", "message"), code=("code", "errorCode", "error")),
    hints={
        "ERR_SCHEMA_VALIDATION_FAILED": "The message names the field: ids are numbers, emails and phones lists of values.",
        "unauthorized access": "Check the token, and that company_domain is the company it belongs to.",
        "401": "Check the token, and that company_domain is the company it belongs to.",
        "403": "The token's user may not do this, or the plan does not have it.",
        "404": "There is no such id, or it was deleted: deleted records can be restored for 30 days.",
        "410": "It is in the bin, or the v1 end point is gone: take the v2 one.",
        "request over limit": "Other programs use the same token; lower the rate with limit=ps.Limit(n, per=1.0).",
        "429": "Too fast, or the company's daily tokens are used up until midnight: list less, change only what differs.",
        "402": "The company's trial or payment has ended.",
    },
    health=_ME,
    sandbox_base={"company_domain": "sandbox"},
    webhooks=WebhookSource(
        Signature(
            "Authorization", algorithm="basic", prefix="Basic ",
            note="Nothing is signed: http_auth_user and http_auth_password, given when the webhook is made, come back here.",
        ),
        event="body:meta.entity",
        delivery="body:meta.id",
        answer_within_s=10.0,
        retries="Some times within minutes, then the webhook is banned for half an hour, and deleted after days of failure. What"
        " happened is meta.action; a redirect counts as failure.",
    ),
    operations=(
        _ME,
        _list(
            "deals.list", "/v2/deals", _SORTED, _MORE, "status=open|won|lost|deleted owner_id:integer person_id:integer",
            "org_id:integer pipeline_id:integer stage_id:integer",
        ),
        Operation("deals.get", "GET", "/v2/deals/{id}", fields(_ID, _MORE), cost=_GET),
        Operation("deals.create", "POST", "/v2/deals", fields("title!", _DEAL), cost=_CHANGE),
        Operation("deals.update", "PATCH", "/v2/deals/{id}", fields(_ID, "title", _DEAL), is_idempotent=True, cost=_CHANGE),
        Operation("deals.delete", "DELETE", "/v2/deals/{id}", fields(_ID), cost=_DELETE, summary="For good after 30 days."),
        _search("deals.search", "/v2/deals/search", "person_id:integer organization_id:integer status=open|won|lost"),
        Operation(
            "deal_products.add", "POST", "/v2/deals/{id}/products",
            fields(_ID, """
                product_id:integer! item_price:number! quantity:number! tax:number comments discount:number is_enabled:boolean
                tax_method=exclusive|inclusive|none discount_type=percentage|amount product_variation_id:integer
                billing_frequency=one-time|annually|semi-annually|quarterly|monthly|weekly billing_frequency_cycles:integer
                billing_start_date
            """),
            cost=_CHANGE, bulk="deal_products.bulk_add",
        ),
        Operation(
            "deal_products.bulk_add", "POST", "/v2/deals/{id}/products/bulk", fields(_ID, "data:array!"), cost=25.0,
            summary="Up to 100 of one deal.",
        ),
        _list("persons.list", "/v2/persons", _SORTED, _MORE, "owner_id:integer org_id:integer"),
        Operation("persons.get", "GET", "/v2/persons/{id}", fields(_ID, _MORE), cost=_GET),
        Operation(
            "persons.create", "POST", "/v2/persons", fields("name!", _PERSON), cost=_CHANGE,
            summary="emails= and phones= take one, or [{\"value\": ..., \"label\": ...}].",
        ),
        Operation("persons.update", "PATCH", "/v2/persons/{id}", fields(_ID, "name", _PERSON), is_idempotent=True, cost=_CHANGE),
        _search("persons.search", "/v2/persons/search", "organization_id:integer include_fields=person.picture"),
        _list("organizations.list", "/v2/organizations", _SORTED, _MORE, "owner_id:integer"),
        Operation("organizations.get", "GET", "/v2/organizations/{id}", fields(_ID, _MORE), cost=_GET),
        Operation("organizations.create", "POST", "/v2/organizations", fields("name!", _ORGANIZATION), cost=_CHANGE),
        Operation(
            "organizations.update", "PATCH", "/v2/organizations/{id}", fields(_ID, "name", _ORGANIZATION), is_idempotent=True,
            cost=_CHANGE,
        ),
        _search("organizations.search", "/v2/organizations/search"),
        _list(
            "activities.list", "/v2/activities", _SORTED.replace("add_time", "add_time|due_date"), "include_fields=attendees",
            "owner_id:integer deal_id:integer lead_id person_id:integer org_id:integer done:boolean",
        ),
        Operation("activities.create", "POST", "/v2/activities", fields("subject!", _ACTIVITY), cost=_CHANGE),
        Operation(
            "activities.update", "PATCH", "/v2/activities/{id}", fields(_ID, "subject", _ACTIVITY), is_idempotent=True,
            cost=_CHANGE,
        ),
        Operation(
            "leads.list", "GET", "/v1/leads",
            fields("""
                limit:integer start:integer archived_status=archived|not_archived|all owner_id:integer person_id:integer
                organization_id:integer filter_id:integer sort
            """),
            is_paginated=True, pagination=_V1_PAGES, cost=20.0,
        ),
        Operation(
            "leads.create", "POST", "/v1/leads",
            fields("""
                title! owner_id:integer label_ids:array person_id:integer organization_id:integer value:object
                expected_close_date visible_to was_seen:boolean origin_id channel:integer channel_id
            """),
            cost=10.0, summary='Of a person or an organization; value={"amount": 100, "currency": "EUR"}.',
        ),
        Operation(
            "notes.list", "GET", "/v1/notes",
            fields("""
                limit:integer start:integer user_id:integer lead_id deal_id:integer person_id:integer org_id:integer sort
                start_date end_date
            """),
            is_paginated=True, pagination=_V1_PAGES, cost=20.0,
        ),
        Operation(
            "notes.create", "POST", "/v1/notes",
            fields("""
                content! lead_id deal_id:integer person_id:integer org_id:integer user_id:integer add_time
                pinned_to_lead_flag:any pinned_to_deal_flag:any pinned_to_person_flag:any pinned_to_organization_flag:any
            """),
            cost=10.0,
        ),
        _list(
            "products.list", "/v2/products", "owner_id:integer ids:csv filter_id:integer custom_fields:csv",
            "sort_by=id|name|add_time|update_time sort_direction=asc|desc",
        ),
        _list("pipelines.list", "/v2/pipelines", "sort_by=id|update_time|add_time sort_direction=asc|desc"),
        _list(
            "stages.list", "/v2/stages", "pipeline_id:integer sort_by=id|update_time|add_time|order_nr sort_direction=asc|desc"
        ),
        Operation(
            "webhooks.create", "POST", "/v1/webhooks",
            (
                *fields("""
                    subscription_url! event_object! user_id:integer http_auth_user http_auth_password version=1.0|2.0
                """),
                Parameter("event_action", is_required=True),
            ),
            cost=10.0, summary='event_action is create, change, delete or *; give version="2.0" and a name with a password.',
        ),
    ),
    unverified=(
        "the daily budget for more than one seat: it is declared for one",
        "how a 429 of a spent day differs: by its text, or by x-daily-ratelimit-token-remaining, which is not documented",
        "how long the edge keeps one out: a minute is taken",
        "the unit of x-ratelimit-reset",
        "that the refresh token stays, and the address where a token is revoked",
        "webhooks: meta.id as the delivery's id, and the schedule of retries",
        "25 tokens for deal_products.bulk_add",
    ),
)  # fmt: skip

_CHANGES = frozenset(
    operation.name
    for operation in integration.operations
    if any(p.name in ("custom_fields", "emails") and p.place == "body" for p in operation.parameters)
)
