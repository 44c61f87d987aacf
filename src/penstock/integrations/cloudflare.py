"""Cloudflare: zones, DNS records, Workers and their stores.

docs        https://developers.cloudflare.com/api/
checked     2026-11, v4 (in the path)
quirks      1,200 calls in five minutes for a user, over all tokens, the old key and the dashboard; beyond that everything of
            that user is refused for the next five minutes. Ratelimit and Ratelimit-Policy are structured fields, and a
            Retry-After may be missing. Every body says success true or false, whatever the status; a value out of KV is
            the bare value. A token that is cut off is a 400 with code 6003, a missing permission is often called an
            authentication error (403, code 10000). Each list has its own largest page; keys of KV go by cursor. A batch
            of DNS changes is one transaction: deletes, then patches, puts, posts; 200 of them on a free plan.
unverified  codes in refusals; largest pages; 10,000 pairs and 30 addresses at once; the words of the analytics' refusal for
            rate; rotation and lifetimes of OAuth tokens; whether a webhook is sent again. The description at hand is of
            2024-08: batches and analytics are not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from penstock.catalog.definition import (
    ApiKeys,
    Bearer,
    Bulk,
    Cursor,
    ErrorShape,
    Integration,
    Json,
    Limit,
    OAuth2,
    Operation,
    PageNumber,
    Parameter,
    Part,
    RateLimitHint,
    Response,
    Signature,
    WebhookSource,
    dig,
    fields,
    read,
)

_RATES = "https://developers.cloudflare.com/fundamentals/api/reference/limits/, 2026-11"
_PENALTY_S = 300.0
_MALFORMED = (6003, 9103, 9106)  # header fields that are no credential; an unknown key; no key at all
_PAGE = "page:integer per_page:integer"
_ZONE, _ACCOUNT = "/zones/{zone_id}", "/accounts/{account_id}"
_RECORD = f"{_ZONE}/dns_records/{{dns_record_id}}"
_STORE = f"{_ACCOUNT}/storage/kv/namespaces/{{namespace_id}}"
_MOST_PAIR_BYTES = 10_000_000  # far below the 100 MB a call may have
_CERTIFICATES = f"{_ZONE}/origin_tls_client_auth"
_RECORD_FIELDS = (
    "content ttl:integer proxied:boolean priority:integer comment tags:array data:object settings:object"
)


def classify(response: Response) -> int | None:
    """Read a failure inside a 200, a credential that is none, and the analytics' own refusals."""
    status = response.status
    if status < 300 and "json" not in response.headers.get("content-type", "json"):
        return None  # a value out of KV, a script: not the API's own words
    code = read(response, "errors.0.code")
    message = str(read(response, "errors.0.message") or "").lower()
    if status in (400, 403) and (code in _MALFORMED or (code == 9109 and "access token" in message)):
        return 401
    if status == 200 and read(response, "errors.0") is not None and read(response, "success") is not True:
        return 429 if "rate limit" in message else 400
    return None


def read_hint(response: Response) -> RateLimitHint | None:
    """Wait out the five minutes in which everything is refused, where the answer names no time."""
    if response.status != 429 or "retry-after" in response.headers or "ratelimit" in response.headers:
        return None
    return RateLimitHint(retry_after_s=_PENALTY_S)


def _as_change(given: dict[str, Any]) -> Json:
    """Return what a batch wants of a record: its id among the fields."""
    return {"id": given["dns_record_id"], **{n: v for n, v in given.items() if n != "dns_record_id"}}


def _in_batch(part: str) -> Bulk:
    """Return how rows become the posts, patches, puts or deletes of one batch."""

    def split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
        records = dig(answer, f"result.{part}")
        if not isinstance(records, list) or len(records) != len(items):
            return [None] * len(items)
        if part != "posts":
            found = {dig(record, "id"): record for record in records}
            records = [found.get(item["id"]) for item in items]
        return [Part({**answer, "result": record}) if record is not None else None for record in records]

    item = None if part == "posts" else _as_change
    is_idempotent = part in ("patches", "puts")
    return Bulk(
        "dns_records.batch",
        part,
        200,
        item=item,
        shared=("zone_id",),
        split=split,
        is_idempotent=is_idempotent,
    )


def _as_pair(given: dict[str, Any]) -> Json | None:
    """Return a pair of a text; a value of bytes goes by itself."""
    value = given.get("value")
    if not isinstance(value, str):
        return None
    kept = {name: given[name] for name in ("expiration", "expiration_ttl") if name in given}
    return {"key": given["key_name"], "value": value, **kept}


def _split_pairs(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Say of each pair that it is kept, but of those Cloudflare lists as not kept: they go again by themselves."""
    left = dig(answer, "result.unsuccessful_keys") or ()
    return [None if item["key"] in left else Part(answer) for item in items]


_VERIFY = Operation(
    "tokens.verify",
    "GET",
    "/user/tokens/verify",
    summary="For a user's token; an account's own is verified below /accounts.",
)

integration = Integration(
    name="cloudflare",
    title="Cloudflare",
    category="infrastructure",
    docs="https://developers.cloudflare.com/api/",
    checked="2026-11",
    base_url="https://api.cloudflare.com/client/v4",
    auth=(
        Bearer("token", note="A token of a user or an account, with just the permissions it needs."),
        ApiKeys(
            header=(("email", "X-Auth-Email"), ("api_key", "X-Auth-Key")),
            note="The old global key: it may do everything its user may; take a token instead.",
        ),
        OAuth2(
            authorize="https://dash.cloudflare.com/oauth2/auth",
            token="https://dash.cloudflare.com/oauth2/token",
            revoke="https://dash.cloudflare.com/oauth2/revoke",
            scopes=("user-details.read", "workers-platform.read"),
            token_auth="client_secret_basic",
            refresh="rotates",
            note="Clients you make yourself under Manage Account. A refresh token comes only where the client may have it.",
        ),
    ),
    limits=(
        Limit(1200, per=300.0, source=_RATES),
        Limit(200, per=1.0, source=_RATES),
        Limit(320, per=300.0, only=("analytics.query",), source=_RATES),
    ),
    read_hint=read_hint,
    classify=classify,
    pagination=PageNumber(items="result", total_pages="result_info.total_pages", max_size=50),
    errors=ErrorShape(
        message=("errors.0.error_chain.0.message", "errors.0.message", "messages.0.message"),
        code=("errors.0.code", "errors.0.extensions.code"),
    ),
    hints={
        "10000": "The token may not do this, or not in this zone or account: give it the permission, or check the ids.",
        "9109": "Check the token: it may be expired, rolled, or limited to other addresses; or it lacks the permission.",
        "6003": "The token is cut off or holds a blank: copy it again.",
        "1000": "Check the token: Cloudflare does not know it.",
        "7003": "Check the ids in the path: a zone_id and an account_id have 32 characters, a name is none.",
        "81044": "The record is gone already.",
        "81053": "Another record has this name already: change that one, or delete it first.",
        "81057": "The same record exists already: nothing is left to do.",
        "81058": "The same record exists already: nothing is left to do.",
        "9005": "The content does not fit the record's type: an A record takes an IPv4 address.",
        "1061": "The zone is there already: find it with zones.list(name=...).",
        "10009": "There is no such key in this namespace.",
        "403": "Give the token the permission this needs, for this zone or account.",
        "429": "More than 1,200 calls in five minutes: other programs, or the dashboard, use the same user.",
    },
    health=_VERIFY,
    operations=(
        _VERIFY,
        Operation(
            "zones.list", "GET", "/zones",
            (
                *fields(_PAGE, "name status order direction=asc|desc match=any|all"),
                Parameter("account_id", wire="account.id"),
                Parameter("account_name", wire="account.name"),
            ),
            is_paginated=True, summary="name= finds a zone's id.",
        ),
        Operation("zones.get", "GET", _ZONE),
        Operation(
            "zones.create", "POST", "/zones", fields("name! account:object! type=full|partial|secondary|internal"),
            summary='account={"id": ...}.',
        ),
        Operation(
            "dns_records.list", "GET", f"{_ZONE}/dns_records",
            (
                *fields(_PAGE, "type name content proxied:boolean search match=any|all comment tag order direction=asc|desc"),
                Parameter("name_contains", wire="name.contains"),
            ),
            is_paginated=True,
            pagination=PageNumber(items="result", total_pages="result_info.total_pages", max_size=5000),
        ),
        Operation("dns_records.get", "GET", _RECORD),
        Operation(
            "dns_records.create", "POST", f"{_ZONE}/dns_records", fields("type! name!", _RECORD_FIELDS),
            bulk=_in_batch("posts"), summary="ttl=1 is automatic.",
        ),
        Operation(
            "dns_records.update", "PATCH", _RECORD, fields("type name", _RECORD_FIELDS),
            is_idempotent=True, bulk=_in_batch("patches"),
        ),
        Operation(
            "dns_records.replace", "PUT", _RECORD, fields("type! name!", _RECORD_FIELDS), bulk=_in_batch("puts")
        ),
        Operation("dns_records.delete", "DELETE", _RECORD, bulk=_in_batch("deletes")),
        Operation(
            "dns_records.batch", "POST", f"{_ZONE}/dns_records/batch",
            fields("deletes:array patches:array puts:array posts:array"),
            summary="All or nothing: 200 changes on a free plan, 3,500 on a paid one.",
        ),
        Operation(
            "cache.purge", "POST", f"{_ZONE}/purge_cache",
            fields("files:array tags:array hosts:array prefixes:array purge_everything:boolean"),
            is_idempotent=True, summary="30 addresses in files at once.",
        ),
        Operation(
            "zone_settings.update", "PATCH", f"{_ZONE}/settings/{{setting_id}}", fields("value:any!"), is_idempotent=True,
        ),
        Operation(
            "accounts.list", "GET", "/accounts", fields(_PAGE, "name direction=asc|desc"), is_paginated=True
        ),
        Operation("workers_scripts.list", "GET", f"{_ACCOUNT}/workers/scripts", items="result"),
        Operation(
            "workers_scripts.upload", "PUT", f"{_ACCOUNT}/workers/scripts/{{script_name}}", fields("metadata:object!"),
            body="multipart",
            summary='metadata={"main_module": "worker.js"}, and the files under their names: (name, bytes, type).',
        ),
        Operation(
            "kv_keys.list", "GET", f"{_STORE}/keys", fields("limit:integer cursor prefix"), is_paginated=True,
            pagination=Cursor(
                request="cursor", next="result_info.cursor", items="result", size="limit", max_size=1000
            ),
        ),
        Operation("kv_values.get", "GET", f"{_STORE}/values/{{key_name}}", summary="The value itself is in .body and .text."),
        Operation(
            "kv_values.put", "PUT", f"{_STORE}/values/{{key_name}}",
            (Parameter("value", type="any", is_required=True, wire="$"), *fields("?expiration:integer ?expiration_ttl:integer")),
            body="raw",
            bulk=Bulk(
                "kv_values.bulk_put", "pairs", 10_000, _MOST_PAIR_BYTES, item=_as_pair, shared=("account_id", "namespace_id"),
                split=_split_pairs,
            ),
        ),
        Operation(
            "kv_values.bulk_put", "PUT", f"{_STORE}/bulk", (Parameter("pairs", type="array", is_required=True, wire="$"),),
            summary='Up to 10,000: [{"key": ..., "value": ..., "expiration_ttl": ...}].',
        ),
        Operation(
            "d1.query", "POST", f"{_ACCOUNT}/d1/database/{{database_id}}/query", fields("sql! params:array"), items="result"
        ),
        Operation(
            "notification_webhooks.create", "POST", f"{_ACCOUNT}/alerting/v3/destinations/webhooks",
            fields("name! url! secret"),
        ),
        Operation("zone_certificates.list", "GET", _CERTIFICATES, items="result"),
        Operation("zone_certificates.get", "GET", f"{_CERTIFICATES}/{{certificate_id}}"),
        Operation("zone_certificates.upload", "POST", _CERTIFICATES, fields("certificate! private_key!")),
        Operation("zone_certificates.delete", "DELETE", f"{_CERTIFICATES}/{{certificate_id}}"),
        Operation(
            "analytics.query", "POST", "/graphql", fields("query! variables:object"), is_idempotent=True,
            summary="GraphQL; answers 200 with errors, which are read as such.",
        ),
    ),
    graphql_path="/graphql",
    webhooks=WebhookSource(
        Signature(
            "cf-webhook-auth", algorithm="token",
            note="Notifications: the secret itself. Stream signs with Webhook-Signature: time=...,sig1=HMAC of time.body.",
        ),
        event="body:alert_type",
        delivery="body:alert_correlation_id",
        handshake="A test delivery when it is made or changed, which must be answered with a 2xx.",
    ),
    unverified=(
        "codes in refusals",
        "the largest page of each list",
        "10,000 pairs and 30 addresses at once",
        "that a batch answers new records in the order sent",
        "the words of the analytics' refusal for rate",
        "rotation and lifetimes of OAuth tokens",
        "whether a webhook is sent again",
        "the scheme of Stream's webhooks",
    ),
)  # fmt: skip
