"""Calendly: event types, scheduled events, invitees.

docs        https://developer.calendly.com/api-docs
checked     2026-11, API v2 (neither in the path nor in a field)
quirks      Everything is named by its whole address: where a call wants one, an id is enough here, and where the path wants
            an id, the address will do. Lists want organization= or user=; users.me gives both. The limit is that of
            the plan (say plan=), told by X-RateLimit-Reset in seconds left, not as an instant; no Retry-After. Booking
            through POST /invitees has small limits of its own, by the day too. Tokens and apps made since 2026-03-03
            have no scopes until some are chosen: 403s and empty lists. Refresh tokens serve once, and a person has eight
            token requests a minute. A webhook made with a personal token and no signing_key is not signed.
unverified  the body of a 429; 424 as a failure that passes; the trial's limit for all calls; the end point that
            revokes; invitee_no_shows and scheduling_links (from the docs as remembered); which field could tell a
            delivery sent twice.
"""

from __future__ import annotations

from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    RateHeaders,
    Response,
    Signature,
    WebhookSource,
    fields,
)

_RATES = "https://developer.calendly.com/api-docs/overview/rate-limits, 2026-11"
_PLANS = {"free": 50, "trial": 50, "paid": 500, "enterprise": 500}  # calls a minute
_BOOKING = ("invitees.create",)
_API = "https://api.calendly.com"
_PAGE = "count:integer page_token"
_SORTED = f"{_PAGE} sort"
_ADDRESSES = {
    "user": "users", "organization": "organizations", "event_type": "event_types", "routing_form": "routing_forms",
    "host": "users", "owner": "event_types",
}  # fmt: skip
_IDS = ("uuid", "event_uuid", "invitee_uuid", "org_uuid", "invitation_uuid")


def classify(response: Response) -> int | None:
    """Read a 424 as a failure that may pass: a calendar Calendly depends on did not answer."""
    return 503 if response.status == 424 else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make the address Calendly wants of an id, and the id its path wants of an address."""
    for name, collection in _ADDRESSES.items():
        value = parameters.get(name)
        if isinstance(value, str) and value and "/" not in value:
            parameters[name] = f"{_API}/{collection}/{value}"
    for name in _IDS:
        value = parameters.get(name)
        if isinstance(value, str) and "://" in value:
            parameters[name] = value.rstrip("/").rpartition("/")[2]
    return parameters


_ME = Operation("users.me", "GET", "/users/me", summary="Whose token this is, with its current_organization.")

integration = Integration(
    name="calendly",
    title="Calendly",
    category="scheduling",
    docs="https://developer.calendly.com/api-docs",
    checked="2026-11",
    base_url=_API,
    base_parameters=(
        BaseParameter(
            "plan", default="free", pattern="|".join(_PLANS),
            help="the plan: free or trial (50 calls a minute), paid or enterprise (500)",
        ),
    ),
    auth=(
        Bearer("token", note="A personal access token; one made since 2026-03-03 needs scopes chosen."),
        OAuth2(
            authorize="https://auth.calendly.com/oauth/authorize",
            token="https://auth.calendly.com/oauth/token",
            revoke="https://auth.calendly.com/oauth/revoke",
            scopes=("users:read", "scheduled_events:read", "webhooks:read", "webhooks:write"),
            pkce=True,
            token_auth="client_secret_basic",
            refresh="rotates",
            access_token_lifetime_s=7200,
            keep=("owner", "organization"),
            note="A refresh token serves once and is gone when it has served: keep the new one before anything else.",
        ),
    ),
    limits=(
        *(Limit(amount, per=60.0, when=plan, source=_RATES) for plan, amount in _PLANS.items()),
        Limit(5, per=86_400.0, only=_BOOKING, when="trial", source=_RATES),
        Limit(10, per=60.0, only=_BOOKING, when="paid", source=_RATES),
        Limit(50, per=3600.0, only=_BOOKING, when="paid", source=_RATES),
        Limit(100, per=86_400.0, only=_BOOKING, when="paid", source=_RATES),
        Limit(500, per=60.0, only=_BOOKING, when="enterprise", source=_RATES),
    ),
    variant=lambda credential, base: base.get("plan") or "free",
    rate_headers=RateHeaders(
        limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", reset_unit="delta_s"
    ),
    classify=classify,
    adjust=adjust,
    pagination=Cursor(
        request="page_token", next="pagination.next_page_token", items="collection", size="count", max_size=100
    ),
    errors=ErrorShape(message=("message", "details.0.message", "error_description"), code=("title", "error")),
    hints={
        "Unauthenticated": "The token has ended or was revoked: make a new one under Integrations > API & Webhooks.",
        "Permission Denied": "The token lacks a scope, or its person is no owner or administrator of the organization.",
        "Invalid Argument": "The details name the parameter; times are UTC (2026-11-23T10:00:00Z), people are addresses.",
        "Resource Not Found": "Check the id, and that it belongs to this organization.",
        "Already Exists": "It is there already: list webhook_subscriptions and use that one.",
        "Too Many Requests": "The plan's limit is reached: say plan= if it is higher, and look for other programs.",
        "invalid_grant": "The refresh token has served once already: connect the account again.",
        "403": "Give the token the scope this needs; webhooks want a paid plan, the organization's an administrator.",
    },
    health=_ME,
    operations=(
        _ME,
        Operation("users.get", "GET", "/users/{uuid}"),
        Operation(
            "event_types.list", "GET", "/event_types",
            fields(_SORTED, "user organization active:boolean admin_managed:boolean"), is_paginated=True,
            summary="Of user= or organization=.",
        ),
        Operation("event_types.get", "GET", "/event_types/{uuid}"),
        Operation(
            "event_types.available_times", "GET", "/event_type_available_times",
            fields("event_type! start_time! end_time!"), items="collection", summary="Of at most seven days, from now on.",
        ),
        Operation(
            "event_types.create_one_off", "POST", "/one_off_event_types",
            fields("name! host! duration:integer! date_setting:object! location:object co_hosts:array timezone"),
        ),
        Operation(
            "scheduled_events.list", "GET", "/scheduled_events",
            fields(_SORTED, "user organization group invitee_email status=active|canceled min_start_time max_start_time"),
            is_paginated=True, summary="Of user=, organization= or group=.",
        ),
        Operation("scheduled_events.get", "GET", "/scheduled_events/{uuid}"),
        Operation(
            "scheduled_events.cancel", "POST", "/scheduled_events/{uuid}/cancellation", fields("reason"),
            summary="The invitees are told; it cannot be undone.",
        ),
        Operation(
            "invitees.list", "GET", "/scheduled_events/{event_uuid}/invitees",
            fields(_SORTED, "status=active|canceled email"), is_paginated=True,
        ),
        Operation("invitees.get", "GET", "/scheduled_events/{event_uuid}/invitees/{invitee_uuid}"),
        Operation(
            "invitees.create", "POST", "/invitees",
            fields("""
                /event_type! /start_time! email! name first_name last_name timezone text_reminder_number
                /location:object /questions_and_answers:array /tracking:object /event_guests:array
            """),
            into="invitee", summary="Books a time; paid plans only, ten a minute and 100 a day.",
        ),
        Operation(
            "invitee_no_shows.create", "POST", "/invitee_no_shows", fields("invitee!"), summary="invitee is its whole address.",
        ),
        Operation(
            "scheduling_links.create", "POST", "/scheduling_links",
            fields("max_event_count:integer! owner! owner_type=EventType!"), summary="A link that serves once.",
        ),
        Operation("availability.schedules", "GET", "/user_availability_schedules", fields("user!"), items="collection"),
        Operation(
            "availability.busy_times", "GET", "/user_busy_times", fields("user! start_time! end_time!"), items="collection",
            summary="Of at most seven days.",
        ),
        Operation(
            "organization_memberships.list", "GET", "/organization_memberships",
            fields(_PAGE, "organization! user email"), is_paginated=True,
        ),
        Operation("organization_invitations.create", "POST", "/organizations/{uuid}/invitations", fields("email!")),
        Operation("routing_forms.list", "GET", "/routing_forms", fields(_SORTED, "organization!"), is_paginated=True),
        Operation(
            "routing_form_submissions.list", "GET", "/routing_form_submissions", fields(_SORTED, "routing_form!"),
            is_paginated=True,
        ),
        Operation(
            "webhook_subscriptions.list", "GET", "/webhook_subscriptions",
            fields(_SORTED, "organization! scope=user|organization! user"), is_paginated=True,
        ),
        Operation(
            "webhook_subscriptions.create", "POST", "/webhook_subscriptions",
            fields("url! events:array! organization! scope=user|organization! user signing_key"),
            summary='events=["invitee.created", "invitee.canceled"]; without signing_key deliveries are not signed.',
        ),
        Operation("webhook_subscriptions.get", "GET", "/webhook_subscriptions/{uuid}"),
        Operation("webhook_subscriptions.delete", "DELETE", "/webhook_subscriptions/{uuid}"),
    ),
    webhooks=WebhookSource(
        Signature(
            "Calendly-Webhook-Signature", signed="{timestamp}.{body}", prefix="v1=", timestamp="signature:t",
            tolerance_s=180.0,
            note="t=...,v1=...; the key is the subscription's signing_key, or the OAuth app's.",
        ),
        event="body:event",
        answer_within_s=15.0,
        retries="For 24 hours, with growing waits; then the subscription is disabled and does not come back by itself.",
    ),
    unverified=(
        "the body of a 429",
        "424 as a failure that passes",
        "the trial's limit for all calls: taken for the free plan's",
        "the end point that revokes a token",
        "invitee_no_shows.create and scheduling_links.create: from the docs as remembered",
        "a delivery's id: no field of its own has been found",
    ),
)  # fmt: skip
