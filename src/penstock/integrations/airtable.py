"""Airtable: records, and the tables they are in (Web API).

docs        https://airtable.com/developers/web/api/introduction
checked     2026-11, v0 (in the path, undated)
quirks      Five calls a second for each base, whoever makes them. After a 429 nothing succeeds for 30 seconds, and no field
            says so. Another 429 means that the month's calls are spent: waiting a little does not help. An error is an
            object, a bare text, or the first of a list. A record's cells stand below "fields": columns that are no
            parameters go there. Ten records at once; an upsert is a PATCH with performUpsert. The place in a list goes
            stale (422): begin again. A webhook tells only that something changed: its payloads are asked for.
unverified  the bodies of refusals; that no refusal names a time; what happens beyond the month's calls (sources disagree);
            how often a webhook is sent again. The description at hand is a third party's and lacks changing and deleting
            several records.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from penstock.catalog.check import is_missing
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
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    dig,
    fields,
    in_order,
    read,
)

_RATES = "https://support.airtable.com/docs/managing-api-call-limits-in-airtable, 2026-11"
_MONTH_S = 30 * 86400.0
_PENALTY_S = 30.0
_TABLE = "/{baseId}/{tableIdOrName}"
_RECORD = f"{_TABLE}/{{recordId}}"
_SEARCHED = """
    pageSize:integer offset maxRecords:integer view filterByFormula cellFormat=json|string timeZone userLocale
    returnFieldsByFieldId:boolean
"""
_CELLS = "fields:object /typecast:boolean /returnFieldsByFieldId:boolean"
_SHARED = ("baseId", "tableIdOrName", "typecast", "returnFieldsByFieldId")


def classify(response: Response) -> Verdict | None:
    """Tell a spent month from a limit: no wait a call could make would help."""
    return Verdict.PERMANENT if _is_spent(response) else None


def read_hint(response: Response) -> RateLimitHint | None:
    """Wait out the 30 seconds in which the base refuses everything, where the answer names no time."""
    if response.status != 429 or "retry-after" in response.headers or _is_spent(response):
        return None
    return RateLimitHint(retry_after_s=_PENALTY_S)


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make the one record of an upsert from a row's columns."""
    on = parameters.get("fieldsToMergeOn")
    if operation != "records.upsert" or not is_missing(parameters.get("records")) or is_missing(on):
        return parameters
    kept = {name: parameters[name] for name in _SHARED if name in parameters}
    names = [name.strip() for name in on.split(",")] if isinstance(on, str) else on
    cells = {
        name: value
        for name, value in parameters.items()
        if name not in (*_SHARED, "fieldsToMergeOn", "records")
    }
    cleaned = {name: value for name, value in cells.items() if not is_missing(value)}
    return {**kept, "performUpsert": {"fieldsToMergeOn": names}, "records": [{"fields": cleaned}]}


def _as_upsert(given: dict[str, Any]) -> Json | None:
    """Return the one record that was made of a row; a row that brings a list goes by itself."""
    records = given.get("records")
    return records[0] if isinstance(records, list) and len(records) == 1 and len(given) == 1 else None


def _as_change(given: dict[str, Any]) -> Json:
    """Return what the call for many wants of a change: the record's id beside its cells."""
    cells = {name: value for name, value in given.items() if name not in ("recordId", "fields")}
    return {"id": given["recordId"], "fields": {**(given.get("fields") or {}), **cells}}


def _split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Find each record by its id."""
    found = {dig(record, "id"): record for record in dig(answer, "records") or ()}
    ids = [item["id"] if isinstance(item, dict) else item for item in items]
    return [Part(found[id]) if id in found else None for id in ids]


def _is_spent(response: Response) -> bool:
    return response.status == 429 and read(response, "errors.0.error") == "PUBLIC_API_BILLING_LIMIT_EXCEEDED"


_WHOAMI = Operation(
    "whoami.get", "GET", "/meta/whoami", summary="Whose token this is; it counts for no base."
)

integration = Integration(
    name="airtable",
    title="Airtable",
    category="productivity",
    docs="https://airtable.com/developers/web/api/introduction",
    checked="2026-11",
    base_url="https://api.airtable.com/v0",
    base_parameters=(
        BaseParameter(
            "plan", default="business", pattern="free|team|business",
            help="the workspace's plan, which sets the calls of a month: free, team or business",
        ),
    ),
    auth=(
        Bearer("token", note="pat...: a personal access token, with scopes and the bases it may reach."),
        OAuth2(
            authorize="https://airtable.com/oauth2/v1/authorize",
            token="https://airtable.com/oauth2/v1/token",
            scopes=("data.records:read", "data.records:write", "schema.bases:read", "webhook:manage"),
            pkce=True,
            token_auth="client_secret_basic",
            refresh="rotates",
            access_token_lifetime_s=3600,
            refresh_token_lifetime_s=5_184_000,
            ends_old=True,
            fields_optional=(("client_secret", ""),),
            note="A refresh ends the access token before it at once, too. The code_verifier takes no tilde.",
        ),
    ),
    limits=(
        Limit(5, per=1.0, scope="parameter:baseId", source=_RATES),
        Limit(50, per=1.0, source=_RATES),
        Limit(1_000, per=_MONTH_S, when="free", source=_RATES),
        Limit(100_000, per=_MONTH_S, when="team", source=_RATES),
    ),
    variant=lambda credential, base: base.get("plan") or "business",
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=Cursor(request="offset", next="offset", items="records", size="pageSize", max_size=100),
    errors=ErrorShape(
        message=("error.message", "errors.0.message", "error"), code=("error.type", "errors.0.error", "error")
    ),
    hints={
        "AUTHENTICATION_REQUIRED": "Check the token: pat..., with a dot in it; the keys (key...) ended in 2024.",
        "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND": "Check baseId (app...) and the table; the token needs the scope, and this"
        " base among those it may reach.",
        "NOT_FOUND": "Check baseId (app...), the table (its name or tbl...) and recordId (rec...).",
        "UNKNOWN_FIELD_NAME": "The table has no such column: names are taken letter by letter, blanks and case too.",
        "INVALID_VALUE_FOR_COLUMN": "The cell takes another kind of value; typecast=True lets Airtable convert texts.",
        "INVALID_MULTIPLE_CHOICE_OPTIONS": "The column has no such choice; typecast=True adds it.",
        "LIST_RECORDS_ITERATOR_NOT_AVAILABLE": "The place in the list went stale: begin again, without offset.",
        "RATE_LIMIT_REACHED": "Others use the same base: all share five calls a second; Penstock waits 30 seconds.",
        "PUBLIC_API_BILLING_LIMIT_EXCEEDED": "The month's calls of the workspace are spent: wait for the next month, or take a"
        " larger plan.",
        "INVALID_REQUEST_UNKNOWN": "Airtable could not read the call: at most ten records at once, cells below fields.",
        "413": "Send less at once: ten records.",
    },
    health=_WHOAMI,
    operations=(
        _WHOAMI,
        Operation(
            "bases.list", "GET", "/meta/bases", fields("offset"), is_paginated=True,
            pagination=Cursor(request="offset", next="offset", items="bases"),
        ),
        Operation(
            "bases.schema", "GET", "/meta/bases/{baseId}/tables", fields("include:array"),
            items="tables", summary="The tables, their columns and views.",
        ),
        Operation(
            "tables.create", "POST", "/meta/bases/{baseId}/tables", fields("name! fields:array! description"),
            summary="The first column becomes the primary one.",
        ),
        Operation(
            "tables.update", "PATCH", "/meta/bases/{baseId}/tables/{tableId}", fields("name description"), is_idempotent=True
        ),
        Operation(
            "fields.create", "POST", "/meta/bases/{baseId}/tables/{tableId}/fields",
            fields("name! type! description options:object"),
        ),
        Operation("webhooks.list", "GET", "/bases/{baseId}/webhooks", items="webhooks"),
        Operation(
            "webhooks.create", "POST", "/bases/{baseId}/webhooks", fields("notificationUrl specification:object!"),
            summary="The answer shows macSecretBase64, once. It ends after seven days unless refreshed.",
        ),
        Operation(
            "webhooks.payloads", "GET", "/bases/{baseId}/webhooks/{webhookId}/payloads", fields("cursor:integer limit:integer"),
            is_paginated=True,
            pagination=Cursor(
                request="cursor", next="cursor", items="payloads", more="mightHaveMore", size="limit", max_size=50
            ),
            summary="What happened since cursor; kept for seven days.",
        ),
        Operation(
            "webhooks.refresh", "POST", "/bases/{baseId}/webhooks/{webhookId}/refresh", is_idempotent=True,
            summary="For seven days more.",
        ),
        Operation("webhooks.delete", "DELETE", "/bases/{baseId}/webhooks/{webhookId}"),
        Operation(
            "records.list", "GET", _TABLE,
            (
                *fields(_SEARCHED),
                Parameter("fields", type="array", wire="fields[]"),
                Parameter("sort_field", wire="sort[0][field]"),
                Parameter("sort_direction", choices=("asc", "desc"), wire="sort[0][direction]"),
            ),
            is_paginated=True, summary="filterByFormula=\"{Status} = 'open'\". Empty cells are left out of the answer.",
        ),
        Operation(
            "records.list_by_post", "POST", f"{_TABLE}/listRecords", fields(_SEARCHED, "fields:array sort:array"),
            is_paginated=True, is_idempotent=True, summary="The same, for formulas too long for an address.",
        ),
        Operation(
            "records.get", "GET", _RECORD, fields("cellFormat=json|string timeZone userLocale returnFieldsByFieldId:boolean")
        ),
        Operation(
            "records.create", "POST", _TABLE, fields(_CELLS), into="fields",
            bulk=Bulk("records.create_many", "records", 10, shared=_SHARED, split=in_order("records")),
        ),
        Operation(
            "records.create_many", "POST", _TABLE, fields("records:array! typecast:boolean returnFieldsByFieldId:boolean"),
            summary='Up to ten: [{"fields": {...}}].',
        ),
        Operation(
            "records.update", "PATCH", _RECORD, fields(_CELLS), into="fields", is_idempotent=True,
            bulk=Bulk("records.update_many", "records", 10, item=_as_change, shared=_SHARED, split=_split),
        ),
        Operation(
            "records.update_many", "PATCH", _TABLE,
            fields("records:array! performUpsert:object typecast:boolean returnFieldsByFieldId:boolean"), is_idempotent=True,
            summary='Up to ten, by id; or by columns with performUpsert={"fieldsToMergeOn": [...]}, which adds what is missing.',
        ),
        Operation(
            "records.upsert", "PATCH", _TABLE,
            (
                *fields("records:array! performUpsert:object! typecast:boolean returnFieldsByFieldId:boolean"),
                *fields("?fieldsToMergeOn:array"),
            ),
            is_idempotent=True,
            bulk=Bulk(
                "records.upsert", "records", 10, item=_as_upsert, shared=(*_SHARED, "performUpsert"), split=in_order("records")
            ),
            summary='Changes the record with the same cells in fieldsToMergeOn="Email", or adds one of the row\'s columns.',
        ),
        Operation(
            "records.replace", "PUT", _RECORD, fields(_CELLS), into="fields", summary="Empties every cell that is not given."
        ),
        Operation(
            "records.delete", "DELETE", _RECORD,
            bulk=Bulk(
                "records.delete_many", "records", 10, item=lambda given: given["recordId"], shared=_SHARED[:2], split=_split
            ),
        ),
        Operation(
            "records.delete_many", "DELETE", _TABLE, (Parameter("records", type="array", is_required=True, wire="records[]"),),
            is_idempotent=False,  # one that is gone makes the whole call fail
            summary="Up to ten ids.",
        ),
        Operation(
            "comments.list", "GET", f"{_RECORD}/comments", fields("pageSize:integer offset"), is_paginated=True, items="comments"
        ),
        Operation("comments.create", "POST", f"{_RECORD}/comments", fields("text! parentCommentId")),
    ),
    webhooks=WebhookSource(
        Signature(
            "X-Airtable-Content-MAC", prefix="hmac-sha256=", secret="base64", note="The key is macSecretBase64, decoded."
        ),
        retries="With growing distances, then no more; answer 200 or 204 with an empty body.",
    ),
    unverified=(
        "the bodies of refusals",
        "that no refusal names a time",
        "what happens beyond the month's calls: sources disagree; a month is counted as 30 days here",
        "how often a webhook is sent again",
        "that new and upserted records are answered in the order sent",
    ),
)  # fmt: skip
