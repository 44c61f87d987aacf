"""Sentry: issues, events, projects, releases, teams.

docs        https://docs.sentry.io/api/
checked     2026-11, API 0 (in the path); organisations live in a region, us or de: region=
quirks      Each end point has a limit of its own for each caller (not token: a second token does not help), so many in a
            window and so many at once; only the fields of an answer tell the figures, and those declared here are a
            beginning. An organisation of the other region is 404. Addresses end in a slash: without it a redirect loses
            the body. The Link field names a next page even on the last, marked results="false". bulk_mutate answers
            200 also for ids it did not find: compare the counts. organization_id_or_slug and its like take either.
            Sending events (by DSN, at another host) is an SDK's work and not offered.
unverified  40 calls a second and 25 at once for an end point (figures of messages seen); a second's wait after a refusal for
            concurrency; Retry-After; lifetimes of OAuth tokens; webhook figures; per_page where the description has none.
"""

from __future__ import annotations

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    ErrorShape,
    Integration,
    Limit,
    LinkHeader,
    OAuth2,
    Operation,
    Parameter,
    RateHeaders,
    RateLimitHint,
    Response,
    Signature,
    WebhookSource,
    fields,
)

_RATES = "https://github.com/getsentry/sentry/blob/master/src/sentry/ratelimits/config.py, 2026-11"
_AT_ONCE = "https://docs.sentry.io/api/ratelimits/, 2026-11"
_ORG = "/organizations/{organization_id_or_slug}/"
_PROJECT = "/projects/{organization_id_or_slug}/{project_id_or_slug}/"
_TEAM = "/teams/{organization_id_or_slug}/{team_id_or_slug}/"
_ISSUE, _RELEASE = f"{_ORG}issues/{{issue_id}}/", f"{_ORG}releases/{{version}}/"
_PAGE = "per_page:integer cursor"
_PERIOD = "statsPeriod start end environment:array"
_CONCURRENCY_WAIT_S = 1.0


def read_hint(response: Response) -> RateLimitHint | None:
    """Say how long a refusal lasts for too many at once: until one of them ends. The fields are of the other limit."""
    headers = response.headers
    is_crowded = headers.get("x-sentry-rate-limit-concurrentremaining") == "0"
    if response.status == 429 and is_crowded and "retry-after" not in headers:
        return RateLimitHint(retry_after_s=_CONCURRENCY_WAIT_S)
    return None


_MUTABLE = """
    status=resolved|unresolved|ignored|resolvedInNextRelease|muted statusDetails:object substatus assignedTo hasSeen:boolean
    isBookmarked:boolean isSubscribed:boolean isPublic:boolean inbox:boolean priority=low|medium|high
"""
_SORTS = "sort=date|freq|inbox|new|recommended|trends|user"
_MANY = (
    Parameter("id", "query", "array"), Parameter("project", "query", "array"), Parameter("environment", "query", "array"),
    Parameter("query", "query"), Parameter("limit", "query", "integer"),
)  # fmt: skip
_BY_LIMIT = LinkHeader(size="limit", unless=("results", "false"))
_ORGANIZATIONS = Operation(
    "organizations.list", "GET", "/organizations/", fields(_PAGE, "owner:boolean query sortBy"), is_paginated=True,
    summary="Those the token belongs to; links.regionUrl says where each lives.",
)  # fmt: skip

integration = Integration(
    name="sentry",
    title="Sentry",
    category="monitoring",
    docs="https://docs.sentry.io/api/",
    checked="2026-11",
    base_url="https://{region}.sentry.io/api/0",
    base_parameters=(BaseParameter("region", default="us", pattern="us|de", help="where the organisation lives: us or de"),),
    auth=(
        Bearer("token", note="Of an internal integration, or your own (sntryu_); sntrys_ uploads releases only."),
        OAuth2(
            title="API application",
            authorize="https://sentry.io/oauth/authorize/",
            token="https://sentry.io/oauth/token/",
            scopes=("org:read", "project:read", "event:read", "event:write"),
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=2_592_000,
            note="An API application.",
        ),
        OAuth2(
            title="Public integration",
            token="https://sentry.io/api/0/sentry-app-installations/{installation_uuid}/authorizations/",
            grant="sentry_app_installation",
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=28_800,
            is_offered=False,
            encoding="json",
            token_field="token",
            fields_needed=("installation_uuid", "code"),
            note="A public integration: the code comes with the webhook installation.created; the token is asked for in JSON.",
        ),
    ),
    limits=(
        Limit(40, per=1.0, scope="operation", source=_RATES),
        Limit(25, scope="operation", source=_AT_ONCE),
    ),
    rate_headers=RateHeaders(
        limit="x-sentry-rate-limit-limit", remaining="x-sentry-rate-limit-remaining", reset="x-sentry-rate-limit-reset",
        reset_unit="epoch_s",
    ),
    read_hint=read_hint,
    pagination=LinkHeader(items="$", size="per_page", max_size=100, unless=("results", "false")),
    errors=ErrorShape(
        message=("detail", "detail.message", "error_description", "*.0", "error"), code=("detail.code", "error")
    ),
    hints={
        "Invalid token": "Check the token: it may be deleted or cut off; sntrys_ tokens serve uploads only.",
        "Token expired": "Sign in again, or give the refresh token as well.",
        "You do not have permission to perform this action.": "Give the token the scope this needs, for example event:write.",
        "The requested resource does not exist": "Check organisation, project and id, and region=: us or de.",
        "sso-required": "The organisation wants a sign-in through its own provider: take an internal integration's token.",
        "400": "Sentry refused a value; its message says which.",
        "401": "Check the token, and that it is sent to its own region.",
        "404": "Check organisation, project and id, and region=: an organisation of the other region is not found.",
        "409": "It exists already: slugs and versions are taken once.",
        "429": "The limit is per caller and end point: other programs of yours use it too; lower the rate with"
        " limit=ps.Limit(n, per=1.0).",
    },
    health=_ORGANIZATIONS,
    operations=(
        _ORGANIZATIONS,
        Operation("organizations.get", "GET", _ORG, fields("detailed")),
        Operation(
            "organizations.update", "PUT", _ORG,
            fields("""
                name slug isEarlyAdopter:boolean defaultRole=member|admin|manager|owner openMembership:boolean
                eventsMemberAdmin:boolean require2FA:boolean allowSharedIssues:boolean enhancedPrivacy:boolean
                dataScrubber:boolean sensitiveFields:array safeFields:array scrubIPAddresses:boolean allowJoinRequests:boolean
            """),
        ),
        Operation(
            "issues.list", "GET", f"{_ORG}issues/",
            fields(_PERIOD, _SORTS, """
                limit:integer cursor project:array query groupStatsPeriod shortIdLookup=0|1 viewId expand:array collapse:array
            """),
            is_paginated=True, pagination=_BY_LIMIT, summary='Unresolved ones, or query="is:resolved level:error".',
        ),
        Operation("issues.get", "GET", _ISSUE, fields("environment:array expand:array collapse:array")),
        Operation("issues.update", "PUT", _ISSUE, fields(_MUTABLE), bulk="issues.bulk_mutate"),
        Operation("issues.delete", "DELETE", _ISSUE, bulk="issues.bulk_delete"),
        Operation(
            "issues.bulk_mutate", "PUT", f"{_ORG}issues/", (*_MANY, *fields(_MUTABLE, "merge:boolean discard:boolean")),
            summary="Up to 1,000: those id= names, or query= finds.",
        ),
        Operation(
            "issues.bulk_delete", "DELETE", f"{_ORG}issues/", _MANY, summary="Up to 1,000: those id= names, or query= finds."
        ),
        Operation(
            "issues.events", "GET", f"{_ISSUE}events/", fields(_PAGE, _PERIOD, "query full:boolean sample:boolean"),
            is_paginated=True,
        ),
        Operation(
            "issues.event", "GET", f"{_ISSUE}events/{{event_id}}/", fields("environment:array"),
            summary="event_id= is an id, or latest, oldest or recommended.",
        ),
        Operation(
            "events.list", "GET", f"{_PROJECT}events/",
            fields(_PAGE, "statsPeriod start end full:boolean sample:boolean"), is_paginated=True,
        ),
        Operation("events.get", "GET", f"{_PROJECT}events/{{event_id}}/", fields("environment:array")),
        Operation(
            "discover.events", "GET", f"{_ORG}events/",
            fields(_PAGE, _PERIOD, """
                field:array! dataset=errors|logs|profile_functions|spans|tracemetrics|uptime_results! project:array query sort
                allowAggregateConditions:boolean
            """),
            is_paginated=True, items="data", summary='field=["title", "count()"]: a table, with aggregates.',
        ),
        Operation("projects.list", "GET", f"{_ORG}projects/", fields(_PAGE, "query"), is_paginated=True),
        Operation("projects.get", "GET", _PROJECT),
        Operation("projects.create", "POST", f"{_TEAM}projects/", fields("name! slug platform default_rules:boolean")),
        Operation(
            "projects.update", "PUT", _PROJECT,
            fields("""
                name slug platform isBookmarked:boolean subjectPrefix subjectTemplate resolveAge:integer
                highlightTags:array highlightContext:object
            """),
        ),
        Operation("projects.delete", "DELETE", _PROJECT),
        Operation("projects.keys", "GET", f"{_PROJECT}keys/", fields(_PAGE, "status"), is_paginated=True),
        Operation(
            "releases.create", "POST", f"{_ORG}releases/",
            fields("version! projects:array! ref url dateReleased commits:array refs:array status=open|archived"),
            is_idempotent=True, summary="A version that exists is updated.",
        ),
        Operation(
            "releases.list", "GET", f"{_ORG}releases/", fields(_PAGE, "project:array environment:array query"),
            is_paginated=True,
        ),
        Operation("releases.get", "GET", _RELEASE, fields("project_id health:boolean adoptionStages:boolean")),
        Operation("releases.update", "PUT", _RELEASE, fields("ref url dateReleased commits:array refs:array")),
        Operation("releases.delete", "DELETE", _RELEASE),
        Operation(
            "deploys.create", "POST", f"{_RELEASE}deploys/",
            fields("environment! name url dateStarted dateFinished projects:array"),
        ),
        Operation("deploys.list", "GET", f"{_RELEASE}deploys/", fields(_PAGE), is_paginated=True),
        Operation("teams.list", "GET", f"{_ORG}teams/", fields(_PAGE, "detailed query"), is_paginated=True),
        Operation("teams.get", "GET", _TEAM, fields("expand collapse")),
        Operation("teams.create", "POST", f"{_ORG}teams/", fields("name slug"), summary="With a name, a slug, or both."),
        Operation("teams.update", "PUT", _TEAM, fields("slug! name")),
        Operation("teams.delete", "DELETE", _TEAM),
        Operation("members.list", "GET", f"{_ORG}members/", fields(_PAGE), is_paginated=True),
    ),
    webhooks=WebhookSource(
        Signature(
            "Sentry-Hook-Signature",
            note="The key is the integration's client secret. Sentry-Hook-Timestamp is not signed.",
        ),
        event="header:Sentry-Hook-Resource",
        delivery="header:Request-ID",
        answer_within_s=1.0,
        retries="None; many failures switch the webhook off.",
    ),
    unverified=(
        "40 calls a second and 25 at once for an end point: figures of messages seen, no general one is published",
        "a second's wait after a refusal for concurrency",
        "that Retry-After is sent",
        "lifetimes and rotation of OAuth tokens",
        "webhooks: one second to answer",
        "per_page where the description has none",
    ),
)  # fmt: skip
