"""PagerDuty: incidents, services, who is on call (REST API v2), and events (Events API v2).

docs        https://developer.pagerduty.com/api-reference/
checked     2026-11, version 2 of the REST API (in the Accept field) and of the Events API
quirks      The token comes after the words "Token token=". An account's own key says with From: who acts, on every write
            to incidents, and is refused at /users/me; a user's key is not. The field ratelimit-reset counts seconds from
            now; there is no Retry-After. Incidents without since, until or date_range=all are those of the last month. No
            page begins after row 10,000: ask for shorter times instead. Events live on a host of their own and are let in
            by the routing_key in their body; a dedup_key makes one alert of all that have it, so it is asked for here.
            The events of accounts in Europe go to events.eu.pagerduty.com, which these operations do not reach.
unverified  120 events a minute for a routing key; the bodies of refusals; how soon a webhook wants its answer and how often
            it is sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    Offset,
    Operation,
    Parameter,
    Part,
    RateHeaders,
    Signature,
    WebhookSource,
    dig,
    fields,
)

_RATES = "https://support.pagerduty.com/main/docs/rest-api-rate-limits, 2026-11"
_EVENT_RATES = "https://developer.pagerduty.com/docs/events-api-v2-overview, 2026-11"
_PAGE = "limit:integer offset:integer total:boolean"
_TIMES = "since until time_zone"
_ENQUEUE = "https://events.pagerduty.com/v2/enqueue"
_EMAIL = r"([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)?"
_REFERENCES = ("service", "priority", "escalation_policy")
_INCIDENT = (
    "priority:object urgency=high|low escalation_policy:object assignments:array conference_bridge:object"
)


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make the reference PagerDuty wants of an id: "PIJ90N7" for a service, a priority, an escalation policy."""
    for name in _REFERENCES:
        value = parameters.get(name)
        if isinstance(value, str) and value and not value.lstrip().startswith("{"):
            parameters[name] = {"id": value, "type": f"{name}_reference"}
    return parameters


def _as_change(given: dict[str, Any]) -> Json | None:
    """Return an incident's reference with what is to change; a change the call for many does not take goes by itself."""
    if "service" in given or "incident" in given:
        return None
    return {**given, "type": "incident_reference"}


def _split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Find each incident by its id, as its own call would have answered it."""
    found = {dig(incident, "id"): incident for incident in dig(answer, "incidents") or ()}
    return [Part({"incident": found[item["id"]]}) if item["id"] in found else None for item in items]


def _lists(*names: str) -> tuple[Parameter, ...]:
    """Return the parameters whose name on the wire ends in brackets: team_ids[]=A&team_ids[]=B."""
    return tuple(Parameter(name, "query", "array", wire=f"{name}[]") for name in names)


_ABILITIES = Operation(
    "abilities.list",
    "GET",
    "/abilities",
    items="abilities",
    summary="What the account's plan can do; any key may ask.",
)

integration = Integration(
    name="pagerduty",
    title="PagerDuty",
    category="monitoring",
    docs="https://developer.pagerduty.com/api-reference/",
    checked="2026-11",
    base_url="https://{api}.pagerduty.com",
    base_parameters=(
        BaseParameter("api", default="api", pattern=r"api|api\.eu", help="the service region's host: api, or api.eu"),
        BaseParameter(
            "from_email", default="", pattern=_EMAIL,
            help="with an account's key: the e-mail address of the user who acts, for writes to incidents",
        ),
    ),
    headers=(("Accept", "application/vnd.pagerduty+json;version=2"), ("From", "{from_email}")),
    hosts=("events.pagerduty.com", "events.eu.pagerduty.com"),
    auth=(
        Bearer("token", prefix="Token token=", note="An account's key, which also needs from_email=, or a user's."),
        OAuth2(
            title="As a person",
            authorize="https://identity.pagerduty.com/oauth/authorize",
            token="https://identity.pagerduty.com/oauth/token",
            scopes=("openid", "incidents.read", "incidents.write", "services.read", "users.read"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=864_000,
            note="The code lives 30 s. A scope there is not is left out without a word: look at the answer's scope.",
        ),
        OAuth2(
            title="As the app",
            token="https://identity.pagerduty.com/oauth/token",
            grant="client_credentials",
            scopes=("as_account-{service_region}.{subdomain}", "incidents.read"),
            token_auth="client_secret_post",
            access_token_lifetime_s=2_592_000,
            fields_needed=("subdomain",),
            fields_optional=(("service_region", "us"),),
            note="The scope names the region and the account: as_account-us.acme.",
        ),
    ),
    limits=(
        Limit(960, per=60.0, apart=("events.*",), source=_RATES),
        Limit(120, per=60.0, scope="parameter:routing_key", only=("events.*",), source=_EVENT_RATES),
    ),
    rate_headers=RateHeaders(
        limit="ratelimit-limit", remaining="ratelimit-remaining", reset="ratelimit-reset", reset_unit="delta_s"
    ),
    adjust=adjust,
    pagination=Offset(size="limit", max_size=100, items="incidents"),
    errors=ErrorShape(message=("error.errors.0", "error.message", "error", "errors.0", "message"), code=("error.code", "status")),
    hints={
        "2001": "PagerDuty refused a value; the message names it. An incident_key that is open on the service is one too.",
        "2006": "Check the token, and the region: an account in Europe is at api='api.eu'.",
        "2010": "The token may not do this: give it the scope, or take a key that may write.",
        "2100": "Nothing there has this id; ids look like PT4KHLK, an incident's number is another thing.",
        "2020": "Other programs share this limit: an account's keys have one for all of them.",
        "invalid event": "The event lacks something: routing_key, event_action, and to trigger one payload's summary,"
        " source and severity.",
        "throttle exceeded": "Too many events for this routing_key; Penstock waits.",
        "400": "With an account's key give from_email=, the address of one of its users; else the message names the fault.",
        "402": "The account's plan does not have this: abilities.list says what it has.",
        "404": "Nothing there has this id, or the token's user may not see it.",
        "413": "Give at most 250 incidents in one call.",
    },
    health=_ABILITIES,
    operations=(
        _ABILITIES,
        Operation(
            "incidents.create", "POST", "/incidents",
            fields("title! service:object! body:object incident_key incident_type:object", _INCIDENT),
            into="incident", fixed={"incident": {"type": "incident"}},
            summary="service= takes an id. An incident_key makes a second one be refused while the first is open.",
        ),
        Operation("incidents.get", "GET", "/incidents/{id}", _lists("include")),
        Operation(
            "incidents.list", "GET", "/incidents",
            (
                *fields(_PAGE, _TIMES, "date_range=all incident_key sort_by:csv"),
                *_lists("statuses", "urgencies", "service_ids", "team_ids", "user_ids", "include"),
            ),
            is_paginated=True, summary="Without since, until or date_range=all: the last month.",
        ),
        Operation(
            "incidents.update", "PUT", "/incidents/{id}",
            fields("status=triggered|acknowledged|resolved title resolution service:object escalation_level:integer", _INCIDENT),
            into="incident", fixed={"incident": {"type": "incident"}},
            bulk=Bulk("incidents.manage", "incidents", 250, item=_as_change, split=_split),
        ),
        Operation(
            "incidents.manage", "PUT", "/incidents", fields("incidents:array!"),
            summary='Up to 250: [{"id": ..., "type": "incident_reference", "status": "resolved"}].',
        ),
        Operation(
            "incidents.merge", "PUT", "/incidents/{id}/merge", fields("source_incidents:array!"),
            is_idempotent=False,  # what was merged is resolved, and refused the second time
        ),
        Operation(
            "incidents.snooze", "POST", "/incidents/{id}/snooze", fields("duration:integer!"), summary="duration is in seconds."
        ),
        Operation(
            "incidents.alerts", "GET", "/incidents/{id}/alerts",
            (*fields(_PAGE, "alert_key sort_by:csv"), *_lists("statuses", "include")),
            is_paginated=True, items="alerts",
        ),
        Operation(
            "incident_notes.create", "POST", "/incidents/{id}/notes", fields("content!"), into="note",
            summary="2,000 notes for one incident at most.",
        ),
        Operation("incident_notes.list", "GET", "/incidents/{id}/notes", items="notes"),
        Operation(
            "log_entries.list", "GET", "/log_entries",
            (*fields(_PAGE, _TIMES, "is_overview:boolean"), *_lists("include", "team_ids")),
            is_paginated=True, items="log_entries",
        ),
        Operation("log_entries.get", "GET", "/log_entries/{id}", (*fields("time_zone"), *_lists("include"))),
        Operation(
            "services.list", "GET", "/services",
            (*fields(_PAGE, "query name time_zone sort_by"), *_lists("team_ids", "include")),
            is_paginated=True, items="services",
        ),
        Operation(
            "services.create", "POST", "/services",
            fields("""
                name! escalation_policy:object! description auto_resolve_timeout:integer acknowledgement_timeout:integer
                status=active|disabled alert_creation=create_incidents|create_alerts_and_incidents teams:array
                incident_urgency_rule:object support_hours:object scheduled_actions:array alert_grouping_parameters:object
                auto_pause_notifications_parameters:object
            """),
            into="service", fixed={"service": {"type": "service"}},
        ),
        Operation(
            "users.list", "GET", "/users", (*fields(_PAGE, "query"), *_lists("team_ids", "include")),
            is_paginated=True, items="users", summary="query= finds names and addresses.",
        ),
        Operation("users.get", "GET", "/users/{id}", _lists("include")),
        Operation("users.me", "GET", "/users/me", _lists("include"), summary="With a user's token only."),
        Operation(
            "oncalls.list", "GET", "/oncalls",
            (
                *fields(_PAGE, _TIMES, "earliest:boolean"),
                *_lists("user_ids", "escalation_policy_ids", "schedule_ids", "include"),
            ),
            is_paginated=True, items="oncalls",
        ),
        Operation(
            "schedules.list", "GET", "/schedules",
            (*fields(_PAGE, _TIMES, "query include_next_oncall_for_user"), *_lists("team_ids", "include")),
            is_paginated=True, items="schedules",
        ),
        Operation(
            "schedules.create_overrides", "POST", "/schedules/{id}/overrides", fields("overrides:array!"),
            summary='[{"start": ..., "end": ..., "user": {"id": ..., "type": "user_reference"}}].',
        ),
        Operation(
            "escalation_policies.list", "GET", "/escalation_policies",
            (*fields(_PAGE, "query sort_by"), *_lists("user_ids", "team_ids", "include")),
            is_paginated=True, items="escalation_policies",
        ),
        Operation("teams.list", "GET", "/teams", fields(_PAGE, "query"), is_paginated=True, items="teams"),
        Operation(
            "maintenance_windows.create", "POST", "/maintenance_windows",
            fields("start_time! end_time! services:array! description teams:array"),
            into="maintenance_window", fixed={"maintenance_window": {"type": "maintenance_window"}},
        ),
        Operation(
            "audit_records.list", "GET", "/audit/records",
            (
                *fields("limit:integer cursor since until actor_type actor_id method_type method_truncated_token"),
                *_lists("root_resource_types", "actions"),
            ),
            is_paginated=True,
            pagination=Cursor(request="cursor", next="next_cursor", items="records", size="limit", max_size=100),
        ),
        Operation(
            "webhook_subscriptions.create", "POST", "/webhook_subscriptions",
            fields("delivery_method:object! events:array! filter:object! description active:boolean"),
            into="webhook_subscription", fixed={"webhook_subscription": {"type": "webhook_subscription"}},
            summary="The answer shows delivery_method.secret, once.",
        ),
        Operation(
            "events.trigger", "POST", _ENQUEUE,
            fields("""
                /routing_key! /dedup_key! summary! source! severity=critical|error|warning|info! timestamp component group
                class custom_details:object /client /client_url /links:array /images:array
            """),
            into="payload", fixed={"event_action": "trigger"}, is_idempotent=True,
            summary="Events with one dedup_key are one alert: with a row's own id, sending twice does no harm.",
        ),
        Operation(
            "events.acknowledge", "POST", _ENQUEUE, fields("routing_key! dedup_key!"),
            fixed={"event_action": "acknowledge"}, is_idempotent=True,
        ),
        Operation(
            "events.resolve", "POST", _ENQUEUE, fields("routing_key! dedup_key!"),
            fixed={"event_action": "resolve"}, is_idempotent=True,
        ),
    ),
    webhooks=WebhookSource(
        Signature(
            "X-PagerDuty-Signature", prefix="v1=",
            note="Several, with commas between, while the secret is changed; any that fits will do. No time is signed.",
        ),
        event="body:event.event_type",
        delivery="body:event.id",
        answer_within_s=5.0,
        retries="For about 48 hours at growing distances; then the subscription is switched off for a while.",
    ),
    unverified=(
        "120 events a minute for a routing key",
        "the bodies of refusals",
        "a webhook's five seconds and 48 hours",
    ),
)  # fmt: skip
