"""Klaviyo: profiles, events, lists and campaigns.

docs        https://developers.klaviyo.com/en/reference/api_overview
checked     2026-11, revision 2026-07-15 (a header field; revisions end about two years after they came)
quirks      JSON:API: a body is {data: {type, attributes, relationships}}; here a row's plain columns are put into it. The
            private key comes after "Klaviyo-API-Key", not after Bearer. Each end point has two limits at once, for a second
            and for a minute, some a third for the day; its fields tell of the minute only, so the second's can refuse
            while much remains, and a 429 has no fields but Retry-After. profiles.upsert is the safe one: a second
            profiles.create answers 409. Of two events with one unique_id the first is kept, so unique_id is what a row is
            known by. Jobs answer 202: what they refused is in the job. Page sizes differ: 10 lists, 100 profiles, 1,000 events.
unverified  lifetimes of OAuth tokens, and that the refresh token stays; that application/json is taken for JSON:API's own
            type; 1,000 profiles for one subscription job; how often a webhook is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from penstock.catalog.check import Check, is_missing
from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Bulk,
    ErrorShape,
    Idempotency,
    Integration,
    Json,
    Limit,
    NextUrl,
    OAuth2,
    Operation,
    Parameter,
    RateHeaders,
    Signature,
    WebhookSource,
    fields,
)

_RATES = "https://github.com/klaviyo/openapi/blob/main/openapi/stable.json, 2026-11"
_TIERS = {  # calls a second and a minute: the operations, each of which has them for itself
    (1, 15): ("accounts.list", "webhooks.*"),
    (3, 60): ("flows.list", "metrics.aggregate"),
    (10, 150): (
        "campaigns.*", "metrics.list", "profiles.bulk_import*", "events.bulk_create", "lists.create", "lists.add_profiles",
        "lists.remove_profiles",
    ),
    (75, 750): (
        "profiles.list", "profiles.get", "profiles.create", "profiles.update", "profiles.upsert", "profiles.subscribe",
        "profiles.unsubscribe", "lists.list", "lists.profiles", "segments.list", "templates.list",
    ),
    (350, 3500): ("events.create", "events.list"),
}  # fmt: skip
_PROFILE = """
    email phone_number external_id first_name last_name organization locale title image location:object properties:object
"""
_PERSON = fields(_PROFILE)
_WHO = ("email", "phone_number", "external_id", "first_name", "last_name")
_SIZE = Parameter("page_size", "query", "integer", wire="page[size]")
_CURSOR = Parameter("page_cursor", "query", wire="page[cursor]")
_LISTED = (_SIZE, _CURSOR, *fields("?filter ?sort ?include:csv"))
_REFERRED = Parameter("profiles", "body", "array", True, wire="data")
_JOB = (
    Parameter("profiles", type="any", is_required=True, wire="attributes"),
    Parameter("list_id", type="any", wire="relationships"),
)


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Build what JSON:API nests from a row's plain columns; what is nested already stays as it is."""
    build = _BUILDERS.get(operation)
    return build(operation, parameters) if build is not None else parameters


def _take(operation: str, parameters: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Take a person's columns out of a row, cleaned as parameters are."""
    taken = {name: parameters.pop(name) for name in [*parameters] if name in names}
    return Check(Operation(operation, "POST", "", _PERSON), "klaviyo")(taken)


def _refer(kind: str, value: Any) -> Any:
    return {"type": kind, "id": value} if isinstance(value, str) else value


def _as_profile(one: Any) -> Any:
    is_plain = isinstance(one, Mapping) and "type" not in one
    return {"type": "profile", "attributes": dict(one)} if is_plain else one


def _build_update(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Name the profile in the body as well."""
    if is_missing(parameters.get("data")):
        key = parameters.pop("id", None)
        attributes = _take(operation, parameters, [*parameters])
        return {"id": key, "data": {"type": "profile", "id": key, "attributes": attributes}}
    return parameters


def _build_event(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    metric = parameters.get("metric")
    if isinstance(metric, str) and metric:
        parameters["metric"] = {"data": {"type": "metric", "attributes": {"name": metric}}}
    who = _take(operation, parameters, _WHO)
    if who and is_missing(parameters.get("profile")):
        parameters["profile"] = {"data": _as_profile(who)}
    if is_missing(parameters.get("properties")):
        parameters["properties"] = {}
    return parameters


def _build_events(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Give each event of the job its profile beside it, where a single event has it inside."""
    if isinstance(parameters.get("events"), list):
        entries = []
        for one in parameters["events"]:
            if "type" not in one:
                attributes = _build_event(operation, dict(one))
                profile = attributes.pop("profile", None)
                events = {"data": [{"type": "event", "attributes": attributes}]}
                one = {"type": "event-bulk-create", "attributes": {"profile": profile, "events": events}}
            entries.append(one)
        parameters["events"] = {"events-bulk-create": {"data": entries}}
    return parameters


def _build_import(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    if isinstance(parameters.get("profiles"), list):
        parameters["profiles"] = {"profiles": {"data": [_as_profile(one) for one in parameters["profiles"]]}}
    if isinstance(parameters.get("list_id"), str):
        parameters["list_id"] = {"lists": {"data": [_refer("list", parameters["list_id"])]}}
    return parameters


def _build_consent(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write consent for e-mail where there is an address, for text messages where there is only a number."""
    who = _take(operation, parameters, ("email", "phone_number"))
    profiles = [who] if who and is_missing(parameters.get("profiles")) else parameters.get("profiles")
    consent = "UNSUBSCRIBED" if operation == "profiles.unsubscribe" else "SUBSCRIBED"
    if isinstance(profiles, list):
        told = []
        for one in profiles:
            person = {"email": one} if isinstance(one, str) else one
            channel = "email" if person.get("email") else "sms"
            told.append(
                _as_profile({"subscriptions": {channel: {"marketing": {"consent": consent}}}, **person})
            )
        kept = {name: parameters.pop(name) for name in [*parameters] if name not in ("profiles", "list_id")}
        kept = {name: value for name, value in kept.items() if not is_missing(value)}
        parameters["profiles"] = {**kept, "profiles": {"data": told}}
    if isinstance(parameters.get("list_id"), str):
        parameters["list_id"] = {"list": {"data": _refer("list", parameters["list_id"])}}
    return parameters


def _build_references(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    profiles = parameters.get("profiles")
    if isinstance(profiles, (str, list)) and profiles:
        profiles = profiles if isinstance(profiles, list) else [profiles]
        parameters["profiles"] = [_refer("profile", one) for one in profiles]
    return parameters


def _one(*steps: str) -> Callable[[dict[str, Any]], Json | None]:
    """Return a function that gives the one entry a row holds; a row that brings several, or more besides, goes by itself."""

    def item(given: dict[str, Any]) -> Json | None:
        held: Any = given
        for step in steps:
            if not isinstance(held, Mapping) or set(held) != {step}:
                return None
            held = held[step]
        return held[0] if isinstance(held, list) and len(held) == 1 else None

    return item


def _as_entry(given: dict[str, Any]) -> Json:
    """Return what the call for many wants of an event: its profile beside it."""
    attributes = {name: value for name, value in given.items() if name != "profile"}
    events = {"data": [{"type": "event", "attributes": attributes}]}
    return {"type": "event-bulk-create", "attributes": {"profile": given["profile"], "events": events}}


_CONSENT = ("profiles", "profiles", "data")
_MOST_BYTES = 4_900_000


def _build_webhook(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    if isinstance(parameters.get("topics"), list):
        topics = [_refer("webhook-topic", one) for one in parameters["topics"]]
        parameters["topics"] = {"webhook-topics": {"data": topics}}
    return parameters


_BUILDERS = {
    "profiles.update": _build_update, "profiles.bulk_import": _build_import, "profiles.subscribe": _build_consent,
    "profiles.unsubscribe": _build_consent, "events.create": _build_event, "events.bulk_create": _build_events,
    "lists.add_profiles": _build_references, "lists.remove_profiles": _build_references, "webhooks.create": _build_webhook,
}  # fmt: skip


def _pages(most: int) -> NextUrl:
    return NextUrl(next="links.next", size="page_size", max_size=most)


def _list(name: str, path: str, most: int, *more: Parameter, summary: str = "") -> Operation:
    return Operation(
        name, "GET", path, (*_LISTED, *more), is_paginated=True, pagination=_pages(most), summary=summary
    )


def _typed(kind: str) -> Mapping[str, Json]:
    return {"data": {"type": kind}}


def _shown(kind: str) -> Parameter:
    return Parameter("fields", "query", "csv", wire=f"fields[{kind}]")


_MORE = Parameter("additional_fields", "query", "csv", wire="additional-fields[profile]")
_ACCOUNTS = Operation(
    "accounts.list", "GET", "/accounts", items="data", summary="Whose key this is; once a second at most."
)

integration = Integration(
    name="klaviyo",
    title="Klaviyo",
    category="marketing",
    docs="https://developers.klaviyo.com/en/reference/api_overview",
    checked="2026-11",
    base_url="https://a.klaviyo.com/api",
    base_parameters=(
        BaseParameter("revision", default="2026-07-15", pattern=r"\d{4}-\d\d-\d\d(\.\w+)?", help="the API revision"),
    ),
    headers=(("revision", "{revision}"), ("Accept", "application/vnd.api+json")),
    auth=(
        Bearer("private_key", prefix="Klaviyo-API-Key ", note="pk_…, with the scopes it was given."),
        OAuth2(
            authorize="https://www.klaviyo.com/oauth/authorize",
            token="https://a.klaviyo.com/oauth/token",
            revoke="https://a.klaviyo.com/oauth/revoke",
            scopes=("accounts:read", "profiles:read", "profiles:write", "events:write"),
            pkce=True,
            token_auth="client_secret_basic",
            refresh="static",
            access_token_lifetime_s=3600,
            refresh_token_lifetime_s=7_776_000,
            note="Each app has limits of its own. A refresh token dies after 90 days without use.",
        ),
    ),
    limits=(
        *(Limit(burst, per=1.0, scope="operation", only=names, source=_RATES) for (burst, _), names in _TIERS.items()),
        *(Limit(steady, per=60.0, scope="operation", only=names, source=_RATES) for (_, steady), names in _TIERS.items()),
        Limit(150, per=86400.0, only=("lists.create",), source=_RATES),
    ),
    rate_headers=RateHeaders(
        limit="ratelimit-limit", remaining="ratelimit-remaining", reset="ratelimit-reset", reset_unit="delta_s"
    ),
    adjust=adjust,
    idempotency=Idempotency("data.attributes.unique_id", place="body", only=("events.create",)),
    pagination=_pages(100),
    errors=ErrorShape(message=("errors.0.detail", "errors.0.title"), code=("errors.0.code",)),
    hints={
        "duplicate_profile": "There is a profile with this address or number: profiles.upsert changes it; its id is in"
        " errors[0].meta.duplicate_profile_id.",
        "not_authenticated": "Give the private key (pk_…); the public one of six letters is for browsers only.",
        "authentication_failed": "Check the private key: deleted, or cut off when it was copied.",
        "permission_denied": "The key lacks the scope the message names: make one with it under Settings > API keys.",
        "throttled": "Other programs use this account's keys: they share each end point's limits.",
        "invalid": "A field has a value Klaviyo does not take: errors[0].source.pointer says which; numbers want +33….",
        "not_found": "Check the id: ids of lists, profiles and metrics look alike.",
        "400": "The answer's errors say which field is wrong, in source.pointer.",
        "410": "This revision is retired: connect with a newer one (revision=\"2026-07-15\").",
    },
    health=_ACCOUNTS,
    webhooks=WebhookSource(
        Signature(
            "Klaviyo-Signature", signed="{body}{timestamp}", timestamp="header:Klaviyo-Timestamp",
            note="Of system webhooks; those a flow sends are not signed. No tolerance is documented.",
        ),
        event="body:data.0.topic",
        delivery="body:data.0.external_id",
        retries="Not documented. A delivery is a list of events; Klaviyo-Webhook-Id is the webhook's id, not the delivery's.",
    ),
    operations=(
        _ACCOUNTS,
        _list("profiles.list", "/profiles", 100, _shown("profile"), _MORE, summary="filter=\"equals(email,'a@b.co')\"."),
        Operation("profiles.get", "GET", "/profiles/{id}", (_shown("profile"), _MORE, *fields("include:csv"))),
        Operation(
            "profiles.create", "POST", "/profiles", fields(_PROFILE), into="data.attributes", fixed=_typed("profile"),
            bulk="profiles.bulk_import", summary="A second one with the same address is refused; profiles.upsert changes it.",
        ),
        Operation(
            "profiles.update", "PATCH", "/profiles/{id}", fields(_PROFILE, "data:object!"), is_idempotent=True,
            bulk="profiles.bulk_import", summary="The columns are put into data= for you.",
        ),
        Operation(
            "profiles.upsert", "POST", "/profile-import", fields(_PROFILE, "_kx"), into="data.attributes",
            fixed=_typed("profile"), is_idempotent=True, bulk="profiles.bulk_import",
            summary="Add a profile, or change the one there is: safe to send twice.",
        ),
        Operation(
            "profiles.bulk_import", "POST", "/profile-bulk-import-jobs", _JOB, into="data",
            fixed=_typed("profile-bulk-import-job"), is_idempotent=True,
            summary='profiles=[{"email": ..., "properties": {...}}], up to 10,000 or 5 MB; in the background.',
        ),
        Operation(
            "profiles.bulk_import_errors", "GET", "/profile-bulk-import-jobs/{id}/import-errors", (_SIZE, _CURSOR),
            is_paginated=True, pagination=_pages(100), summary="What a job refused.",
        ),
        Operation(
            "profiles.subscribe", "POST", "/profile-subscription-bulk-create-jobs",
            (*_JOB, *fields("email phone_number custom_source historical_import:boolean")), into="data",
            fixed=_typed("profile-subscription-bulk-create-job"), is_idempotent=True,
            bulk=Bulk("profiles.subscribe", ".".join(_CONSENT), 1000, item=_one(*_CONSENT), shared=("list_id",)),
            summary="email= or phone_number= of one, or profiles=[...] with up to 1,000; in the background.",
        ),
        Operation(
            "profiles.unsubscribe", "POST", "/profile-subscription-bulk-delete-jobs", (*_JOB, *fields("email phone_number")),
            into="data", fixed=_typed("profile-subscription-bulk-delete-job"), is_idempotent=True,
            bulk=Bulk("profiles.unsubscribe", ".".join(_CONSENT), 1000, item=_one(*_CONSENT), shared=("list_id",)),
        ),
        Operation(
            "events.create", "POST", "/events",
            fields("""
                metric:any! profile:any! properties:object time value:number value_currency backfill:boolean
                email phone_number external_id first_name last_name
            """),
            into="data.attributes", fixed=_typed("event"),
            bulk=Bulk("events.bulk_create", "events.events-bulk-create.data", 1000, _MOST_BYTES, item=_as_entry),
            summary='metric="Placed Order" with email=, phone_number= or external_id= of whom it happened to.',
        ),
        _list("events.list", "/events", 1000, _shown("event"), summary='filter="equals(metric_id,\\"M1\\")", sort="-datetime".'),
        Operation(
            "events.bulk_create", "POST", "/event-bulk-create-jobs",
            (Parameter("events", type="any", is_required=True, wire="attributes"),), into="data",
            fixed=_typed("event-bulk-create-job"),
            summary='events=[{"metric": ..., "email": ..., "unique_id": ...}], up to 1,000 or 5 MB; in the background.',
        ),
        _list("lists.list", "/lists", 10, _shown("list")),
        Operation(
            "lists.create", "POST", "/lists", fields("name! opt_in_process=double_opt_in|single_opt_in"), into="data.attributes",
            fixed=_typed("list"), summary="150 a day at most.",
        ),
        _list("lists.profiles", "/lists/{id}/profiles", 100, _shown("profile"), _MORE, summary="Who is in a list."),
        Operation(
            "lists.add_profiles", "POST", "/lists/{id}/relationships/profiles", (_REFERRED,), is_idempotent=True,
            bulk=Bulk("lists.add_profiles", "profiles", 1000, item=_one("profiles"), shared=("id",)),
            summary="profiles is an id, or up to 1,000. It gives no consent: profiles.subscribe does.",
        ),
        Operation(
            "lists.remove_profiles", "DELETE", "/lists/{id}/relationships/profiles", (_REFERRED,),
            bulk=Bulk("lists.remove_profiles", "profiles", 1000, item=_one("profiles"), shared=("id",)),
        ),
        _list("segments.list", "/segments", 10, _shown("segment")),
        Operation(
            "campaigns.list", "GET", "/campaigns", (_SIZE, _CURSOR, *fields("filter! sort include:csv"), _shown("campaign")),
            is_paginated=True, pagination=_pages(100), summary="filter=\"equals(messages.channel,'email')\" is needed.",
        ),
        Operation(
            "campaigns.create", "POST", "/campaigns",
            (
                *fields("name! audiences:object! send_strategy:object send_options:object tracking_options:object"),
                Parameter("messages", type="object", is_required=True, wire="campaign-messages"),
            ),
            into="data.attributes", fixed=_typed("campaign"), summary='messages={"data": [...]}.',
        ),
        Operation(
            "campaigns.send", "POST", "/campaign-send-jobs", fields("id!"), into="data", fixed=_typed("campaign-send-job"),
            summary="id is the campaign's.",
        ),
        _list("flows.list", "/flows", 50, _shown("flow")),
        Operation(
            "metrics.list", "GET", "/metrics", (_CURSOR, *fields("filter include:csv"), _shown("metric")), is_paginated=True,
            pagination=NextUrl(next="links.next"),
        ),
        Operation(
            "metrics.aggregate", "POST", "/metric-aggregates",
            fields("""
                metric_id! measurements:array! filter:array! interval=hour|day|week|month by:array return_fields:array
                page_cursor page_size:integer timezone sort
            """),
            into="data.attributes", fixed=_typed("metric-aggregate"), is_idempotent=True,
            summary='filter=["greater-or-equal(datetime,2026-10-01T00:00:00)", "less-than(datetime,2026-11-01T00:00:00)"].',
        ),
        _list("templates.list", "/templates", 10, _shown("template")),
        Operation(
            "webhooks.create", "POST", "/webhooks",
            (*fields("attributes:object!"), Parameter("topics", type="any", is_required=True, wire="relationships")),
            into="data", fixed=_typed("webhook"),
            summary='attributes={"name": ..., "endpoint_url": ..., "secret_key": ...}, topics=["event:klaviyo.opened_email"].',
        ),
    ),
    unverified=(
        "OAuth: lifetimes, and that the refresh token stays the same",
        "that bodies may come as application/json",
        "1,000 profiles for one subscription job",
        "webhooks: retries, and the unit of Klaviyo-Timestamp",
        "events.bulk_create is not known again by its events' unique_id before each is processed",
    ),
)  # fmt: skip
