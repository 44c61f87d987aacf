"""HubSpot: contacts, companies, deals, tickets and what is between them (CRM API).

docs        https://developers.hubspot.com/docs/api-reference/overview
checked     2026-11, version 3 of objects and 4 of associations (in the path); dated ones (2026-09) are in the catalogue
quirks      A record's fields are its properties: columns that are no parameters become properties here. The field
            X-HubSpot-RateLimit-Interval-Milliseconds is how long the window is, not when it ends. A 429 whose policy is DAILY
            lasts until midnight of the account: it is a spent quota. Searches have five calls a second of their own, tell
            nothing of limits, stop at 10,000 rows and lag seconds behind writes. Bulk calls answer 207 when some of it
            failed. There are no idempotency keys: a second create makes a second record, but for a contact's e-mail (409);
            contacts.upsert is the safe one. 423 and 477 mean wait. Deals are written 0-3 in the path, as HubSpot describes them.
unverified  that refresh tokens stay; 100 records for a bulk call; 423 and 477; that plan= must be said (no answer tells it);
            how soon a webhook wants its answer (1 to 5 s are said); eventId, which is not promised to be unique.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from penstock.catalog.check import Check, is_missing
from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Bulk,
    Cursor,
    ErrorShape,
    Integration,
    Json,
    Limit,
    OAuth2,
    Operation,
    Parameter,
    Part,
    RateHeaders,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    dig,
    fields,
    parse_duration,
    read,
    traced,
)

_RATES = "https://developers.hubspot.com/changelog/increasing-our-api-limits, 2026-11"
_APPS = "https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines, 2026-11"
_PLANS = {"starter": (100, 250_000), "professional": (190, 650_000), "enterprise": (190, 1_000_000)}
_WAITS = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
_STATUS = {"OBJECT_NOT_FOUND": 404, "CONFLICT": 409, "OBJECT_ALREADY_EXISTS": 409, "RATE_LIMITS": 429}
_LOCKED_S = 2.0
_TRACE = "objectWriteTraceId"  # the answer names an input by what stands in it
_BY_TRACE = traced("results", _TRACE, error_trace=f"context.{_TRACE}")
_CONTACT = """
    email firstname lastname phone company website jobtitle address city state zip country lifecyclestage hs_lead_status
    hubspot_owner_id
"""
_COMPANY = "name domain phone industry description city state zip country website hubspot_owner_id"
_DEAL = "dealname amount dealstage pipeline closedate dealtype hubspot_owner_id"
_TICKET = "subject content hs_pipeline hs_pipeline_stage hs_ticket_priority hubspot_owner_id"
_WHOLE = "properties:object"
_NEW = f"{_WHOLE} /associations:array"
_SHOWN = "properties:csv propertiesWithHistory:csv associations:csv archived:boolean"
_FOUND = "filterGroups:array query properties:array sorts:array limit:integer after"
_CONTACTS, _COMPANIES, _DEALS, _TICKETS, _NOTES = (
    f"/crm/v3/objects/{kind}" for kind in ("contacts", "companies", "0-3", "tickets", "notes")
)


def classify(response: Response) -> Verdict | int | None:
    """Tell a spent day from a fast moment, and a bulk call of which nothing succeeded from one that did its work."""
    if response.status == 429:
        return Verdict.PERMANENT if read(response, "policyName") == "DAILY" else None
    if response.status in (423, 477):
        return 429  # too much at once on these records, or the account moves house: nothing was done
    if response.status == 207 and not read(response, "results"):
        category = read(response, "errors.0.category")
        return _STATUS.get(str(category), 400) if category else None
    return None


def read_hint(response: Response) -> RateLimitHint | None:
    """Wait out the window that was refused: HubSpot says how long it is, never when it ends."""
    if response.status in (423, 477) and "retry-after" not in response.headers:
        return RateLimitHint(retry_after_s=_LOCKED_S)
    if response.status != 429 or "retry-after" in response.headers:
        return None
    known_s = _WAITS.get(str(read(response, "policyName")))
    told_s = parse_duration(f"{response.headers.get('x-hubspot-ratelimit-interval-milliseconds', '')}ms")
    wait_s = told_s if known_s is None else known_s
    return RateLimitHint(retry_after_s=wait_s) if wait_s else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make the one input of an upsert from a row's columns."""
    if operation != "contacts.upsert" or not is_missing(parameters.get("inputs")):
        return parameters
    known_by = parameters.pop("idProperty", None)
    known_by = "email" if is_missing(known_by) else str(known_by)
    own = fields(_WHOLE, _CONTACT, "" if known_by in _CONTACT.split() else known_by)
    properties = Check(Operation(operation, "POST", "", own), "hubspot")(parameters)
    properties = {**properties.pop("properties", {}), **properties}
    key = properties.pop(known_by, None)
    return {} if key is None else {"inputs": [{"idProperty": known_by, "id": key, "properties": properties}]}


def _find_plan(credential: Mapping[str, str], base: Mapping[str, str]) -> str:
    """Tokens of private apps begin with pat-; those of OAuth have a limit of their own, whatever the account's plan."""
    is_oauth = "access_token" in credential and not credential["access_token"].startswith("pat-")
    return "oauth" if is_oauth else base.get("plan") or "starter"


def _search(name: str, path: str) -> Operation:
    return Operation(
        name, "POST", f"{path}/search", fields(_FOUND), is_paginated=True, is_idempotent=True,
        pagination=Cursor(request="after", next="paging.next.after", items="results", size="limit", max_size=200),
        summary='filterGroups=[{"filters": [{"propertyName": "email", "operator": "EQ", "value": "a@b.co"}]}]; or query=.',
    )  # fmt: skip


def _as_change(of: str) -> Callable[[dict[str, Any]], Json]:
    """Return a function that makes an input of an update of the parameters of a single one."""

    def item(given: dict[str, Any]) -> Json:
        known_by = {"idProperty": given["idProperty"]} if "idProperty" in given else {}
        properties = {name: value for name, value in given.items() if name not in (of, "idProperty")}
        return {"id": given[of], **known_by, "properties": {**properties.pop("properties", {}), **properties}}

    return item


def _as_upsert(given: dict[str, Any]) -> Json | None:
    """Return the one input that was made of a row; a row that brings a list goes by itself."""
    inputs = given.get("inputs")
    return inputs[0] if isinstance(inputs, list) and len(inputs) == 1 and len(given) == 1 else None


def _split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Tell inputs apart by their trace, and those of a change by its id where the answer leaves the trace out."""
    parts = list(_BY_TRACE(answer, items))
    places = {str(item["id"]): place for place, item in enumerate(items) if "id" in item}
    for path, where in (("results", "id"), ("errors", "context.ids")):
        for entry in dig(answer, path) or ():
            named = dig(entry, where)
            for id in named if isinstance(named, list) else [named]:
                place = places.get(str(id))
                if place is not None and parts[place] is None:
                    parts[place] = Part(entry, 200 if path == "results" else 400)
    return [
        part
        if part is None or part.status < 400
        else Part(part.data, _STATUS.get(str(dig(part.data, "category")), 400))
        for part in parts
    ]


def _together(
    operation: str, item: Callable[[dict[str, Any]], Json | None] | None = None, **fixed: Json
) -> Bulk:
    return Bulk(operation, "inputs", 100, item=item, fixed=fixed, split=_split, trace=_TRACE)


def _many(group: str, path: str, action: str) -> Operation:
    item = '{"properties": {...}}' if action == "create" else '{"id": ..., "properties": {...}}'
    return Operation(
        f"{group}.batch_{action}", "POST", f"{path}/batch/{action}", fields("inputs:array!"),
        is_idempotent=action == "update", summary=f"Up to 100: [{item}].",
    )  # fmt: skip


_DETAILS = Operation(
    "account_info.get", "GET", "/account-info/v3/details", summary="Whose token this is: portalId."
)

integration = Integration(
    name="hubspot",
    title="HubSpot",
    category="crm",
    docs="https://developers.hubspot.com/docs/api-reference/overview",
    checked="2026-11",
    base_url="https://api.hubapi.com",
    base_parameters=(
        BaseParameter(
            "plan", default="starter", pattern="starter|professional|enterprise",
            help="whose limits hold for a private app's token: starter (Free too), professional or enterprise",
        ),
    ),
    auth=(
        Bearer("token", note="A private app's (pat-…), with the scopes it was given; it does not expire."),
        OAuth2(
            title="An app a person installs",
            authorize="https://app.hubspot.com/oauth/authorize",
            token="https://api.hubapi.com/oauth/v3/token",
            revoke="https://api.hubapi.com/oauth/v3/token/revoke",
            scopes=("oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="static",
            access_token_lifetime_s=1800,
            codes=(("BAD_REFRESH_TOKEN", "invalid_grant"), ("BAD_AUTH_CODE", "invalid_grant"),
                   ("BAD_CLIENT_ID", "invalid_client"), ("BAD_CLIENT_SECRET", "invalid_client")),
            note="Parameters go in the form, not the query. European accounts use the same host.",
        ),
        OAuth2(
            title="The app itself",
            token="https://api.hubapi.com/oauth/v3/token",
            grant="client_credentials",
            token_auth="client_secret_post",
            access_token_lifetime_s=1800,
            note="For what belongs to the app (webhook journals), not for CRM records.",
        ),
    ),
    limits=(
        *(Limit(burst, per=10.0, when=plan, source=_RATES) for plan, (burst, _) in _PLANS.items()),
        *(Limit(daily, per=86400.0, when=plan, source=_RATES) for plan, (_, daily) in _PLANS.items()),
        Limit(110, per=10.0, when="oauth", source=_APPS),
        Limit(5, per=1.0, only=("*.search",), source=_RATES),
    ),
    variant=_find_plan,
    rate_headers=RateHeaders(limit="x-hubspot-ratelimit-max", remaining="x-hubspot-ratelimit-remaining"),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=Cursor(request="after", next="paging.next.after", items="results", size="limit", max_size=100),
    errors=ErrorShape(
        message=("message", "errors.0.message"), code=("policyName", "category", "errors.0.category", "errorType")
    ),
    hints={
        "VALIDATION_ERROR": "The message names the property: check its name (properties.list) and, of a choice, its values.",
        "CONFLICT": "There is a record with this value already, its id is in the message: contacts.upsert changes it.",
        "OBJECT_NOT_FOUND": "Check the id, or say with idProperty= which property it is; archived records need archived=True.",
        "MISSING_SCOPES": "Give the private app the scope the message names: Settings > Integrations > Private apps.",
        "EXPIRED_AUTHENTICATION": "OAuth tokens last 30 minutes: connect with the refresh token, so that it is renewed.",
        "INVALID_AUTHENTICATION": "Check the token: of a private app it begins with pat-; old API keys (hapikey) are gone.",
        "DAILY": "The day's calls are used up until midnight of the account's time zone; bulk calls take a hundredth.",
        "SECONDLY": "Searches take five calls a second; other programs use the same account.",
        "TEN_SECONDLY_ROLLING": "Other programs use the same app; lower the rate with limit=ps.Limit(n, per=1.0).",
        "403": "The token lacks a scope, or the account's plan does not have this.",
        "404": "Check the id and the type of the object in the path.",
    },
    health=_DETAILS,
    webhooks=WebhookSource(
        Signature(
            "X-HubSpot-Signature-v3", signed="{method}{url}{body}{timestamp}", encoding="base64",
            timestamp="header:X-HubSpot-Request-Timestamp", timestamp_unit="ms", tolerance_s=300.0,
            note="The key is the app's client secret. The URL is the public one, with %3A %2F %3F %40 %21 %24 %27 %28 %29 %2A"
            " %2C %3B decoded.",
        ),
        event="body:0.subscriptionType",
        answer_within_s=5.0,
        retries="Up to ten times in a day for 5xx and silence; not for 400, 401, 403, 404, 405. A delivery is a list of events,"
        " in any order; eventId is not promised to be unique.",
    ),
    operations=(
        _DETAILS,
        Operation(
            "contacts.create", "POST", _CONTACTS, fields(_NEW, _CONTACT), into="properties",
            bulk=_together("contacts.batch_create"),
            summary="Other columns become properties. A second contact with the same e-mail is refused.",
        ),
        Operation("contacts.get", "GET", f"{_CONTACTS}/{{contactId}}", fields(_SHOWN, "idProperty")),
        Operation("contacts.list", "GET", _CONTACTS, fields("limit:integer after", _SHOWN), is_paginated=True),
        Operation(
            "contacts.update", "PATCH", f"{_CONTACTS}/{{contactId}}", fields("?idProperty", _WHOLE, _CONTACT), into="properties",
            is_idempotent=True, bulk=_together("contacts.batch_update", _as_change("contactId")),
            summary='contactId may be an address with idProperty="email".',
        ),
        Operation("contacts.delete", "DELETE", f"{_CONTACTS}/{{contactId}}", summary="It can be restored for 90 days."),
        _search("contacts.search", _CONTACTS),
        Operation(
            "contacts.upsert", "POST", f"{_CONTACTS}/batch/upsert", fields("inputs:array! idProperty", _WHOLE, _CONTACT),
            is_idempotent=True, bulk=_together("contacts.upsert", _as_upsert),
            summary="One contact from its columns, known by its email (or idProperty=); or inputs=[...] with up to 100.",
        ),
        _many("contacts", _CONTACTS, "create"),
        _many("contacts", _CONTACTS, "update"),
        Operation(
            "companies.create", "POST", _COMPANIES, fields(_NEW, _COMPANY), into="properties",
            bulk=_together("companies.batch_create"),
        ),
        Operation("companies.get", "GET", f"{_COMPANIES}/{{companyId}}", fields(_SHOWN, "idProperty")),
        Operation("companies.list", "GET", _COMPANIES, fields("limit:integer after", _SHOWN), is_paginated=True),
        Operation(
            "companies.update", "PATCH", f"{_COMPANIES}/{{companyId}}", fields("?idProperty", _WHOLE, _COMPANY),
            into="properties", is_idempotent=True,
            bulk=_together("objects.batch_update", _as_change("companyId"), objectType="companies"),
        ),
        _search("companies.search", _COMPANIES),
        _many("companies", _COMPANIES, "create"),
        Operation(
            "deals.create", "POST", _DEALS, fields(_NEW, _DEAL), into="properties", bulk=_together("deals.batch_create")
        ),
        Operation("deals.get", "GET", f"{_DEALS}/{{dealId}}", fields(_SHOWN, "idProperty")),
        Operation("deals.list", "GET", _DEALS, fields("limit:integer after", _SHOWN), is_paginated=True),
        Operation(
            "deals.update", "PATCH", f"{_DEALS}/{{dealId}}", fields("?idProperty", _WHOLE, _DEAL), into="properties",
            is_idempotent=True, bulk=_together("objects.batch_update", _as_change("dealId"), objectType="0-3"),
        ),
        _search("deals.search", _DEALS),
        _many("deals", _DEALS, "create"),
        Operation(
            "tickets.create", "POST", _TICKETS, fields(_NEW, _TICKET), into="properties",
            bulk=_together("objects.batch_create", objectType="tickets"),
            summary="hs_pipeline and hs_pipeline_stage are ids: pipelines.list shows them.",
        ),
        Operation("tickets.get", "GET", f"{_TICKETS}/{{ticketId}}", fields(_SHOWN, "idProperty")),
        Operation(
            "tickets.update", "PATCH", f"{_TICKETS}/{{ticketId}}", fields("?idProperty", _WHOLE, _TICKET), into="properties",
            is_idempotent=True, bulk=_together("objects.batch_update", _as_change("ticketId"), objectType="tickets"),
        ),
        Operation(
            "notes.create", "POST", _NOTES, fields(_NEW, "hs_note_body hs_timestamp! hubspot_owner_id"),
            into="properties", bulk=_together("objects.batch_create", objectType="notes"),
            summary="associations= says whom it is about; hs_timestamp is when.",
        ),
        _many("objects", "/crm/v3/objects/{objectType}", "create"),
        _many("objects", "/crm/v3/objects/{objectType}", "update"),
        Operation(
            "associations.create_default", "PUT",
            "/crm/v4/objects/{fromObjectType}/{fromObjectId}/associations/default/{toObjectType}/{toObjectId}",
            summary="For example contacts 1 and companies 2.",
        ),
        Operation(
            "lists.add_members", "PUT", "/crm/v3/lists/{listId}/memberships/add",
            (Parameter("record_ids", type="array", is_required=True, wire="$"),), summary="Of a list that is filled by hand.",
        ),
        Operation(
            "owners.list", "GET", "/crm/v3/owners", fields("limit:integer after email archived:boolean"), is_paginated=True,
            pagination=Cursor(request="after", next="paging.next.after", items="results", size="limit", max_size=500),
        ),
        Operation(
            "properties.list", "GET", "/crm/v3/properties/{objectType}",
            fields("archived:boolean dataSensitivity=highly_sensitive|non_sensitive|sensitive locale properties:csv"),
            items="results", summary="Every property of contacts, companies, deals, ... all on one page.",
        ),
        Operation(
            "pipelines.list", "GET", "/crm/v3/pipelines/{objectType}", items="results",
            summary="Of deals or tickets, with their stages.",
        ),
    ),
    unverified=(
        "that the token end point of 2026 still says BAD_REFRESH_TOKEN",
        "that the refresh token stays the same",
        "100 records for a bulk call, 500 owners on a page",
        "423 and 477 as a wish to wait",
        "which plan an account has: no answer tells, plan= says it",
        "webhooks: how soon an answer is wanted",
    ),
)  # fmt: skip
