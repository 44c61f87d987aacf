"""Zendesk Support: tickets, users, organizations.

docs        https://developer.zendesk.com/api-reference/
checked     2026-11, version v2 (in the path); there are no dated versions
quirks      With an API token the user name is the e-mail address with /token behind it, which is added here. A wrong
            credential is told by a 401, none at all by a 200 for an anonymous user at /users/me. Limits hang on the
            plan, and some calls have their own: an update of one ticket 30 times in ten minutes, exports ten times a
            minute. A ticket's update may add a comment, so sending it twice is not harmless. A 409 is another update of
            the same ticket, unless it says UpdateConflict. Only creating a ticket knows an idempotency key. Calls for
            many answer with a job: ask job_statuses.get until it is completed; 30 jobs at most are let wait. Searches end
            after 1,000 rows (search_results.export does not), numbered pages after 10,000; the 500th page of tickets on is
            counted apart, which is not declared, as lists here follow a cursor. An export ends with end_of_stream, and
            its start_time lies a minute back. Refreshing a token ends the old one at once, refresh and access both.
unverified  the tokens' lifetimes and PKCE; two hours for a key; 30 jobs; that a 423 and a 409 did nothing; a webhook's
            delivery id, its deadline and how often it is sent again; the paths and fields, as no description is at hand.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Basic,
    Bulk,
    Cursor,
    ErrorShape,
    Idempotency,
    Integration,
    Json,
    Limit,
    NextCall,
    NextUrl,
    OAuth2,
    Operation,
    Parameter,
    Part,
    RateHeaders,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    dig,
    fields,
    read,
)

_RATES = "https://developer.zendesk.com/api-reference/introduction/rate-limits/, 2026-11"
_UPDATES = "https://support.zendesk.com/hc/en-us/articles/8638126078234, 2026-11"
_PLANS = {"team": 200, "professional": 400, "enterprise": 700, "enterprise_plus": 2500}  # calls a minute
_PAGE = (
    Parameter("page_size", "query", "integer", wire="page[size]"),
    Parameter("page_after", "query", wire="page[after]"),
)
_NUMBERED = "per_page:integer page:integer"
_TICKET = """
    subject priority=urgent|high|normal|low status=new|open|pending|hold|solved|closed type=problem|incident|question|task
    tags:array requester:object requester_id:integer submitter_id:integer assignee_id:integer assignee_email
    group_id:integer organization_id:integer brand_id:integer collaborator_ids:array follower_ids:array email_ccs:array
    due_at external_id custom_fields:array custom_status_id:integer ticket_form_id:integer problem_id:integer
    macro_ids:array recipient via:object metadata:object
"""
_USER = """
    email role=end-user|agent|admin phone alias details notes external_id organization_id:integer tags:array time_zone
    locale locale_id:integer signature suspended:boolean verified:boolean user_fields:object identities:array
    custom_role_id:integer default_group_id:integer moderator:boolean only_private_comments:boolean
    ticket_restriction=organization|groups|assigned|requested remote_photo_url skip_verify_email:boolean
"""
_ORGANIZATION = """
    domain_names:array details notes external_id group_id:integer tags:array organization_fields:object
    shared_tickets:boolean shared_comments:boolean
"""
_MANY = "Up to 100; the answer is a job, see job_statuses.get."


@dataclass(frozen=True, slots=True)
class _EmailAndToken(Basic):
    """Basic with the user name an API token wants: the address, /token behind it."""

    def headers(self, credential: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Return the header field that signs a request."""
        email, token = (credential[name].reveal() for name in self.fields)
        pair = f"{email.removesuffix('/token')}/token:{token}"
        return (("Authorization", "Basic " + base64.b64encode(pair.encode()).decode()),)


def classify(response: Response) -> Verdict | int | None:
    """Tell an anonymous user from oneself, and a ticket that is being changed from one that has been."""
    status = response.status
    if status == 200:
        is_anonymous = b'"id":null' in response.body[:100] and dig(read(response, "user"), "id") is None
        return 401 if is_anonymous and isinstance(read(response, "user"), dict) else None
    if status == 423 or (status == 409 and read(response, "error") != "UpdateConflict"):
        return Verdict.TRANSIENT  # somebody else holds it just now; nothing was done
    return None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make a comment of its text."""
    comment = parameters.get("comment")
    if isinstance(comment, str) and comment and not comment.lstrip().startswith("{"):
        parameters["comment"] = {"body": comment}
    return parameters


def _export_on(asked: Mapping[str, Any], answer: Json, rows: list[Any]) -> Mapping[str, Any] | None:
    """Go on with the export's cursor, which is there at the end of the stream too."""
    cursor = dig(answer, "after_cursor")
    if dig(answer, "end_of_stream") is not False or not cursor:
        return None
    return {**{name: value for name, value in asked.items() if name != "start_time"}, "cursor": cursor}


def _pages(items: str, max_size: int = 100) -> Cursor:
    return Cursor(
        "page_after",
        next="meta.after_cursor",
        more="meta.has_more",
        items=items,
        size="page_size",
        max_size=max_size,
    )


def _list(name: str, path: str, items: str, more: str = "") -> Operation:
    return Operation(name, "GET", path, (*_PAGE, *fields(more)), is_paginated=True, pagination=_pages(items))


def _search(name: str, path: str, items: str, more: str, summary: str) -> Operation:
    style = NextUrl("next_page", items=items, size="per_page", max_size=100)
    return Operation(
        name, "GET", path, fields(_NUMBERED, more), is_paginated=True, pagination=style, summary=summary
    )


def _export(name: str, path: str, items: str) -> Operation:
    return Operation(
        name, "GET", path, fields("start_time:integer! cursor per_page:integer include:csv"), is_paginated=True,
        pagination=NextCall(_export_on, items=items, size="per_page", max_size=1000),
        summary="What was made or changed since start_time, in seconds since 1970.",
    )  # fmt: skip


def _split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Find each ticket by its id; of one that is not there nothing is said, and it is asked for by itself."""
    found = {str(dig(ticket, "id")): ticket for ticket in dig(answer, "tickets") or ()}
    return [Part({"ticket": found[str(id)]}) if str(id) in found else None for id in items]


_TOGETHER = Bulk(
    "tickets.show_many", "ids", 100, split=_split,
    item=lambda given: None if "include" in given else given["ticket_id"],  # what is included stands beside all tickets
)  # fmt: skip
_ME = Operation("users.me", "GET", "/users/me", summary="Whose credential this is.")

integration = Integration(
    name="zendesk",
    title="Zendesk Support",
    category="support",
    docs="https://developer.zendesk.com/api-reference/",
    checked="2026-11",
    base_url="https://{subdomain}.zendesk.com/api/v2",
    base_parameters=(
        BaseParameter(
            "subdomain", derive=lambda credential: credential.get("subdomain"), pattern=r"[A-Za-z0-9][A-Za-z0-9-]*",
            help="what stands before .zendesk.com in your address",
        ),
        BaseParameter(
            "plan", default="team", pattern="team|professional|enterprise|enterprise_plus",
            help="team, professional (Growth too), enterprise, or enterprise_plus (High Volume API add-on too)",
        ),
    ),
    auth=(
        _EmailAndToken(user="email", password="api_token", note="An agent's address and an API token from the Admin Center."),
        OAuth2(
            authorize="https://{subdomain}.zendesk.com/oauth/authorizations/new",
            token="https://{subdomain}.zendesk.com/oauth/tokens",
            scopes=("read", "write"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=1800,
            refresh_token_lifetime_s=2_592_000,
            ends_old=True,
            note="Ask for longer lives with expires_in and refresh_token_expires_in, every time. A refresh ends both old"
            " tokens at once. To revoke, DELETE /api/v2/oauth/tokens/{id}. Apps for many accounts need a global client.",
        ),
    ),
    limits=(
        *(Limit(amount, per=60.0, when=plan, source=_RATES) for plan, amount in _PLANS.items()),
        Limit(10, per=60.0, only=("*.incremental",), source=_RATES),
        Limit(30, per=600.0, scope="parameter:ticket_id", only=("tickets.update",), source=_RATES),
        Limit(100, per=60.0, only=("tickets.update",), source=_UPDATES),
    ),
    variant=lambda credential, base: base.get("plan") or "team",
    rate_headers=RateHeaders(
        limit="x-rate-limit", remaining="x-rate-limit-remaining", reset="ratelimit-reset", reset_unit="delta_s"
    ),
    classify=classify,
    adjust=adjust,
    idempotency=Idempotency("Idempotency-Key", only=("tickets.create",), lifetime_s=2 * 3600.0),
    pagination=_pages("tickets"),
    errors=ErrorShape(
        message=("details.*.0.description", "description", "error.message", "errors.0.detail", "errors.0.title", "message",
                 "error", "user.name"),
        code=("details.*.0.error", "error", "error.title", "errors.0.code"),
    ),
    hints={
        "Couldn't authenticate you": "Check email= and api_token=, the subdomain, and that token access is switched on.",
        "invalid_token": "The access token has ended: a refresh elsewhere ends it at once.",
        "RecordNotFound": "Check the id; a deleted ticket is found with tickets.recover, a closed one stays where it is.",
        "RecordInvalid": "Zendesk does not take one of the values; the message names it.",
        "DuplicateValue": "A value must be unique and is taken, an e-mail address mostly: use users.create_or_update.",
        "BlankValue": "A field that may not be empty is; the message names it.",
        "InvalidValue": "A field has a value Zendesk does not take; the message names it.",
        "Forbidden": "The agent's role may not do this: let an admin sign in, or widen the role.",
        "UpdateConflict": "The ticket changed meanwhile: read it again, and send its updated_at as updated_stamp.",
        "IdempotentRequestError": "The same key came with another ticket; give the changed row a new run or a new key.",
        "APIRateLimitExceeded": "The plan's calls a minute are used, by all programs together; plan= says which plan it is.",
        "JobLimitExceeded": "There are 30 jobs waiting or running: let some end before the next.",
        "TooManyJobs": "There are 30 jobs waiting or running: let some end before the next.",
        "401": "Check email= and api_token=, or the access token: Zendesk took the caller for nobody.",
        "422": "Zendesk does not take one of the values; the message names it.",
        "429": "The plan's calls a minute are used, by all programs together; plan= says which plan it is.",
    },
    health=_ME,
    operations=(
        Operation(
            "tickets.create", "POST", "/tickets", fields("comment:object!", _TICKET), into="ticket",
            bulk="tickets.create_many", summary="comment= is its first text; a dict says more: body, html_body, public.",
        ),
        Operation("tickets.get", "GET", "/tickets/{ticket_id}", fields("include:csv"), bulk=_TOGETHER),
        _list("tickets.list", "/tickets", "tickets", "sort include:csv external_id"),
        Operation(
            "tickets.update", "PUT", "/tickets/{ticket_id}",
            fields("comment:object safe_update:boolean updated_stamp additional_collaborators:array", _TICKET), into="ticket",
            bulk="tickets.update_many", is_idempotent=False,  # a second sending adds a second comment
        ),
        Operation("tickets.delete", "DELETE", "/tickets/{ticket_id}", bulk="tickets.destroy_many"),
        Operation("tickets.recover", "PUT", "/deleted_tickets/{ticket_id}/restore", summary="Up to 30 days after."),
        Operation("tickets.count", "GET", "/tickets/count", items="count"),
        Operation("tickets.merge", "POST", "/tickets/{ticket_id}/merge", fields("ids:array! target_comment source_comment")),
        Operation("tickets.create_many", "POST", "/tickets/create_many", fields("tickets:array!"), summary=_MANY),
        Operation(
            "tickets.update_many", "PUT", "/tickets/update_many", fields("tickets:array!"), summary=_MANY,
            is_idempotent=False,
        ),
        Operation("tickets.destroy_many", "DELETE", "/tickets/destroy_many", fields("ids:csv!"), summary=_MANY),
        Operation("tickets.show_many", "GET", "/tickets/show_many", fields("ids:csv!"), items="tickets", summary="Up to 100."),
        _export("tickets.incremental", "/incremental/tickets/cursor", "tickets"),
        _list("tickets.comments.list", "/tickets/{ticket_id}/comments", "comments", "include_inline_images:boolean"),
        _list("tickets.audits.list", "/tickets/{ticket_id}/audits", "audits"),
        _search(
            "search_results.list", "/search", "results", "query! sort_by sort_order=asc|desc",
            'query="type:ticket status:open"; 1,000 rows at most.',
        ),
        Operation(
            "search_results.export", "GET", "/search/export",
            (
                *_PAGE, Parameter("query", is_required=True),
                Parameter("type", choices=("ticket", "organization", "user", "group"), is_required=True, wire="filter[type]"),
            ),
            is_paginated=True, pagination=_pages("results", 1000), summary="Without an end; a cursor lives for an hour.",
        ),
        Operation("search_results.count", "GET", "/search/count", fields("query!")),
        Operation(
            "users.create", "POST", "/users", fields("name!", _USER), into="user", bulk="users.create_many",
            summary="skip_verify_email=True lets no mail go out.",
        ),
        Operation(
            "users.create_or_update", "POST", "/users/create_or_update", fields("name", _USER), into="user",
            is_idempotent=True, bulk="users.create_or_update_many", summary="Who has this email or external_id, or a new one.",
        ),
        Operation("users.get", "GET", "/users/{user_id}"),
        _list("users.list", "/users", "users", "role external_id permission_set:integer"),
        _search("users.search", "/users/search", "users", "query external_id", 'query="ada@example.com".'),
        Operation("users.update", "PUT", "/users/{user_id}", fields("name", _USER), into="user"),
        Operation("users.delete", "DELETE", "/users/{user_id}"),
        Operation("users.related", "GET", "/users/{user_id}/related", items="user_related"),
        _list("users.organizations.list", "/users/{user_id}/organizations", "organizations"),
        _list("users.identities.list", "/users/{user_id}/identities", "identities"),
        _list("users.tickets.list", "/users/{user_id}/tickets/requested", "tickets"),
        Operation("users.create_many", "POST", "/users/create_many", fields("users:array!"), summary=_MANY),
        Operation(
            "users.create_or_update_many", "POST", "/users/create_or_update_many", fields("users:array!"),
            is_idempotent=True, summary=_MANY,
        ),
        _export("users.incremental", "/incremental/users/cursor", "users"),
        _ME,
        Operation(
            "organizations.create", "POST", "/organizations", fields("name!", _ORGANIZATION), into="organization",
            bulk="organizations.create_many", summary="The name is taken once.",
        ),
        Operation(
            "organizations.create_or_update", "POST", "/organizations/create_or_update", fields("name", _ORGANIZATION),
            into="organization", is_idempotent=True, summary="Which has this external_id or name, or a new one.",
        ),
        Operation("organizations.get", "GET", "/organizations/{organization_id}"),
        _list("organizations.list", "/organizations", "organizations"),
        _search("organizations.search", "/organizations/search", "organizations", "name external_id", "By one of the two."),
        Operation(
            "organizations.update", "PUT", "/organizations/{organization_id}", fields("name", _ORGANIZATION),
            into="organization",
        ),
        Operation("organizations.delete", "DELETE", "/organizations/{organization_id}"),
        Operation("organizations.count", "GET", "/organizations/count", items="count"),
        Operation(
            "organizations.related", "GET", "/organizations/{organization_id}/related", items="organization_related"
        ),
        _list("organizations.users.list", "/organizations/{organization_id}/users", "users"),
        Operation(
            "organizations.create_many", "POST", "/organizations/create_many", fields("organizations:array!"), summary=_MANY
        ),
        Operation(
            "organization_memberships.create", "POST", "/organization_memberships",
            fields("user_id:integer! organization_id:integer! default:boolean"), into="organization_membership",
        ),
        _list("ticket_fields.list", "/ticket_fields", "ticket_fields", "locale creator:boolean"),
        Operation("ticket_fields.get", "GET", "/ticket_fields/{ticket_field_id}"),
        Operation("ticket_forms.list", "GET", "/ticket_forms", items="ticket_forms"),
        _list("groups.list", "/groups", "groups"),
        _list("brands.list", "/brands", "brands"),
        _list("macros.list", "/macros", "macros", "active:boolean category group_id:integer"),
        _list("triggers.list", "/triggers", "triggers", "active:boolean category_id"),
        _list("views.list", "/views", "views", "access active:boolean group_id:integer"),
        _list("views.tickets.list", "/views/{view_id}/tickets", "tickets"),
        _list("satisfaction_ratings.list", "/satisfaction_ratings", "satisfaction_ratings", "score start_time end_time"),
        _list("tags.list", "/tags", "tags"),
        Operation(
            "uploads.create", "POST", "/uploads",
            (
                Parameter("filename", "query", is_required=True), Parameter("token", "query"),
                Parameter("content", type="any", is_required=True, wire="$"),
                Parameter("content_type", "header", wire="Content-Type"),
            ),
            body="raw", summary="Bytes; the token of the answer goes into a comment's uploads.",
        ),
        Operation("job_statuses.get", "GET", "/job_statuses/{job_status_id}", items="job_status"),
        _list("webhooks.list", "/webhooks", "webhooks"),
        Operation(
            "webhooks.create", "POST", "/webhooks",
            fields("""
                name! endpoint! http_method=POST|GET|PUT|PATCH|DELETE! request_format=json|xml|form_encoded!
                status=active|inactive! subscriptions:array authentication:object custom_headers:object description
            """),
            into="webhook",
        ),
        Operation("webhooks.delete", "DELETE", "/webhooks/{webhook_id}"),
        Operation("webhooks.signing_secret", "GET", "/webhooks/{webhook_id}/signing_secret", items="signing_secret"),
    ),
    webhooks=WebhookSource(
        Signature(
            "X-Zendesk-Webhook-Signature", signed="{timestamp}{body}", encoding="base64",
            timestamp="header:X-Zendesk-Webhook-Signature-Timestamp", timestamp_unit="iso",
            note="The secret looks like base64 and is used as it is; webhooks.signing_secret gives it. The time is text like"
            " 2026-07-25T10:00:00Z. Before a webhook is saved, its test is signed with"
            " dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==, which is no secret.",
        ),
        event="body:type",
        delivery="header:X-Zendesk-Webhook-Invocation-Id",
        answer_within_s=12.0,
        retries="After a 409 three times, after 429 and 503 as Retry-After says, after time-outs five times; then a pause.",
    ),
    sandbox_base={"subdomain": "penstock"},
    unverified=(
        "half an hour and 30 days for the tokens of a sign-in, and PKCE",
        "two hours for an idempotency key",
        "30 jobs, which are no calls and not declared as a limit",
        "that a 409 and a 423 did nothing",
        "a webhook's delivery id, twelve seconds, and how often it is sent again",
        "the code in the body of a 429",
        "paths and fields: no description is at hand",
    ),
)  # fmt: skip
