"""Zoom: meetings, webinars, people and recordings of an account.

docs        https://developers.zoom.us/docs/api/
checked     2026-11, API v2 (in the path); the public description is of 2018
quirks      Limits go by the label of a method (light, medium, heavy, resource-intensive) and are shared by all apps of the
            account. Two things share 429: a rate (wait a second) and a day's budget (until 00:00 UTC; not asked again
            here). The budget of 100 new or changed meetings a day is the host's, and its 429 still says that some
            remain: only the message tells. Retry-After is an ISO instant there. A UUID that begins with / or holds //
            goes into the path encoded twice, which is done here. A token's answer names its host (api_url), which is
            used. A second refresh with the same refresh token fails. Ids of meetings exceed 32 bits.
unverified  the label of the single methods; the figures of the free plan; one write at a time on one meeting; that a
            registrant can be added three times a day (not declared: it counts registrant and meeting together); that
            changes count for the host's 100 (declared for creating only); how long a refresh token lives (90 days);
            30 registrants in one call; the header with the delivery's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from penstock.catalog.definition import (
    BaseParameter,
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    RateHeaders,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://developers.zoom.us/docs/api/rate-limits/, 2026-11"
_MEDIUM = ("meetings.list", "registrants.list", "registrants.update_status", "past_meetings.participants",
           "recordings.list", "webinars.list", "users.list")  # fmt: skip
_HEAVY = ("reports.*",)
_WRITES = ("POST", "PATCH", "PUT", "DELETE")
_PLANS = {  # light, medium, heavy a second, heavy a day
    "free": (4, 2, 1, 1_000),
    "pro": (30, 20, 10, 30_000),
    "business": (80, 60, 40, 60_000),
}
_PAGE = "page_size:integer next_page_token"
_BASE = (("host", "api_url", r"https://(api(?:-[a-z0-9]+)?\.(?:zoom\.us|zoomgov\.com))/?", r"\1"),)
_MEETING = """
    topic type:integer start_time duration:integer timezone password agenda schedule_for tracking_fields:array
    recurrence:object settings:object
"""
_REGISTRANT = """
    email! first_name! last_name address city country zip state phone industry org job_title purchasing_time_frame
    role_in_purchase_process no_of_employees comments custom_questions:array language
"""


def classify(response: Response) -> Verdict | int | None:
    """Tell a day's budget from a rate, and a missing scope from a token that has ended."""
    if response.status == 429:
        return Verdict.PERMANENT if _is_day(response) else None
    if response.status in (400, 401) and read(response, "code") in (104, 4711):
        return 403  # a new token would have the same scopes
    return None


def read_hint(response: Response) -> RateLimitHint | None:
    """Say how long a refusal lasts: a second, or until the instant or the midnight (UTC) at which the day's budget is new."""
    if response.status != 429:
        return None
    if not _is_day(response):
        is_second = "per-second" in str(read(response, "message")) and "retry-after" not in response.headers
        return RateLimitHint(retry_after_s=1.0) if is_second else None
    try:
        now = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    until = _read_instant(response.headers.get("retry-after", ""))
    if until is None:
        until = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    return RateLimitHint(retry_after_s=max((until - now).total_seconds(), 0.0))


def _read_instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _is_day(response: Response) -> bool:
    kind = response.headers.get("x-ratelimit-type", "").lower()
    return kind.startswith("daily") or "daily" in str(read(response, "message") or "").lower()


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Encode a UUID with slashes once more: Zoom wants it twice in a path."""
    for name in ("meetingUUID", "meetingId"):
        value = parameters.get(name)
        if isinstance(value, str) and (value.startswith("/") or "//" in value):
            parameters[name] = quote(value, safe="")
    return parameters


def _find_host(credential: Mapping[str, str]) -> str | None:
    return urlsplit(credential.get("api_url", "")).hostname


def _list_limits() -> tuple[Limit, ...]:
    """Return the limits of each plan; the names of the labels are those X-RateLimit-Category gives."""
    found: list[Limit] = []
    for plan, (light, medium, heavy, a_day) in _PLANS.items():
        found += [
            Limit(light, per=1.0, key="Light", when=plan, source=_RATES),
            Limit(medium, per=1.0, key="Medium", only=_MEDIUM, when=plan, source=_RATES),
            Limit(heavy, per=1.0, key="Heavy", only=_HEAVY, when=plan, source=_RATES),
            Limit(a_day, per=86400.0, only=_HEAVY, when=plan, source=_RATES),
        ]
    return tuple(found)


_ME = Operation("users.me", "GET", "/users/me", summary="Whose token this is.")

integration = Integration(
    name="zoom",
    title="Zoom",
    category="meetings",
    docs="https://developers.zoom.us/docs/api/",
    checked="2026-11",
    base_url="https://{host}/v2",
    base_parameters=(
        BaseParameter(
            "host", default="api.zoom.us", derive=_find_host, pattern=r"api(-[a-z0-9]+)?\.(zoom\.us|zoomgov\.com)",
            help="the token's host: api_url in the answer that gave it",
        ),
        BaseParameter(
            "plan", default="pro", pattern="free|pro|business", help="the account's plan; business is Business and above"
        ),
    ),
    auth=(
        OAuth2(
            title="As a person",
            authorize="https://zoom.us/oauth/authorize",
            token="https://zoom.us/oauth/token",
            revoke="https://zoom.us/oauth/revoke",
            scopes=("meeting:write:meeting", "meeting:read:meeting", "user:read:user",
                    "cloud_recording:read:list_user_recordings"),
            pkce=True,
            token_auth="client_secret_basic",
            refresh="rotates",
            access_token_lifetime_s=3600,
            refresh_token_lifetime_s=7_776_000,
            device="https://zoom.us/oauth/devicecode",
            keep=("api_url",),
            base=_BASE,
            codes=(("Invalid Token!", "invalid_grant"),),
            note="Apps made before 2024 have the classic scopes (meeting:write). On another device: where the app has it on.",
        ),
        OAuth2(
            title="Server-to-Server",
            token="https://zoom.us/oauth/token",
            grant="account_credentials",
            token_auth="client_secret_basic",
            access_token_lifetime_s=3600,
            code_extra=(("account_id", "{account_id}"),),
            keep=("api_url",),
            base=_BASE,
            fields_needed=("account_id",),
            note="The scopes are the app's; there is nothing to refresh.",
        ),
    ),
    limits=(
        *_list_limits(),
        Limit(100, per=86400.0, scope="parameter:userId", only=("meetings.create", "webinars.create"), source=_RATES),
        Limit(1, scope="parameter:meetingId", methods=_WRITES, source=_RATES),
    ),
    variant=lambda credential, base: base.get("plan") or "pro",
    rate_headers=RateHeaders(limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", scope="x-ratelimit-category"),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=Cursor(request="next_page_token", next="next_page_token", size="page_size", max_size=300),
    errors=ErrorShape(message=("errors.0.message", "message"), code=("code",)),
    hints={
        "124": "The token has ended or is wrong: sign in again, or ask for a new one (Server-to-Server).",
        "104": "Add the scope the message names to the app in the Zoom Marketplace, then sign in again.",
        "4711": "Add the scope the message names to the app in the Zoom Marketplace, then sign in again.",
        "200": "The account's plan or the app's owner does not have this: webinars, for one, are an add-on.",
        "300": "A field does not fit: the message, or the answer's errors, say which.",
        "1001": "There is nobody with this id or address in the account; new people must accept their invitation first.",
        "1005": "There is already a Zoom account with this address.",
        "3001": "There is no such meeting, or it has ended: check meetingId; a past one wants its UUID.",
        "3301": "There is no recording of this meeting, or it is still being made.",
        "429": "All apps of the account share its limits; after a day's budget wait until 00:00 UTC, then resume the run.",
    },
    health=_ME,
    webhooks=WebhookSource(
        Signature(
            "x-zm-signature", signed="v0:{timestamp}:{body}", prefix="v0=", timestamp="header:x-zm-request-timestamp",
            tolerance_s=300.0,
            note="The secret is the app's webhook Secret Token. Zoom names no tolerance; five minutes are ours.",
        ),
        event="body:event",
        delivery="header:x-zm-trackingid",
        handshake="The event endpoint.url_validation, every 72 hours: answer 200 with plainToken, and encryptedToken, the"
        " hex HMAC-SHA256 of it with the secret.",
        answer_within_s=3.0,
        retries="Three times with growing pauses, from five minutes on, after a 5xx or no answer.",
    ),
    operations=(
        _ME,
        Operation(
            "users.list", "GET", "/users", fields(_PAGE, "status=active|inactive|pending role_id include_fields"),
            is_paginated=True, items="users",
        ),
        Operation("users.get", "GET", "/users/{userId}", fields("login_type"), summary="userId is an id or an address."),
        Operation(
            "users.create", "POST", "/users",
            fields("/action=create|autoCreate|custCreate|ssoCreate! email! type:integer! first_name last_name display_name"
                   " password feature:object"),
            into="user_info", summary="type: 1 basic, 2 licensed; action=create sends an invitation.",
        ),
        Operation(
            "users.update", "PATCH", "/users/{userId}",
            fields("""
                first_name last_name display_name type:integer pmi use_pmi:boolean timezone language dept vanity_name host_key
                cms_user_id company job_title location manager phone_numbers:array
            """),
            is_idempotent=True,
        ),
        Operation(
            "meetings.create", "POST", "/users/{userId}/meetings", fields(_MEETING, "template_id pre_schedule:boolean"),
            summary="userId is an id, an address or me; type: 1 now, 2 once, 3 recurring, 8 recurring at a fixed time.",
        ),
        Operation(
            "meetings.list", "GET", "/users/{userId}/meetings",
            fields(_PAGE, "type=scheduled|live|upcoming|upcoming_meetings|previous_meetings from to timezone"),
            is_paginated=True, items="meetings",
        ),
        Operation("meetings.get", "GET", "/meetings/{meetingId}", fields("occurrence_id show_previous_occurrences:boolean")),
        Operation(
            "meetings.update", "PATCH", "/meetings/{meetingId}", fields(_MEETING, "?occurrence_id template_id"),
            is_idempotent=True,
        ),
        Operation(
            "meetings.delete", "DELETE", "/meetings/{meetingId}",
            fields("occurrence_id schedule_for_reminder:boolean cancel_meeting_reminder:boolean"),
        ),
        Operation(
            "meetings.end", "PUT", "/meetings/{meetingId}/status", fixed={"action": "end"}, is_idempotent=False,
            summary="Ends it for everybody.",
        ),
        Operation("meetings.invitation", "GET", "/meetings/{meetingId}/invitation", summary="The text people are sent."),
        Operation(
            "registrants.create", "POST", "/meetings/{meetingId}/registrants", fields(_REGISTRANT, "?occurrence_ids:csv"),
            bulk="registrants.batch_create",
        ),
        Operation(
            "registrants.batch_create", "POST", "/meetings/{meetingId}/batch_registrants",
            fields("registrants:array! auto_approve:boolean registrants_confirmation_email:boolean"),
            summary="Up to 30, each with email, first_name and last_name.",
        ),
        Operation(
            "registrants.list", "GET", "/meetings/{meetingId}/registrants",
            fields(_PAGE, "occurrence_id status=pending|approved|denied tracking_source_id"),
            is_paginated=True, items="registrants",
        ),
        Operation(
            "registrants.update_status", "PUT", "/meetings/{meetingId}/registrants/status",
            fields("action=approve|cancel|deny! registrants:array ?occurrence_id"),
            summary='For example registrants=[{"id": "...", "email": "..."}].',
        ),
        Operation("past_meetings.get", "GET", "/past_meetings/{meetingUUID}"),
        Operation(
            "past_meetings.participants", "GET", "/past_meetings/{meetingUUID}/participants", fields(_PAGE),
            is_paginated=True, items="participants",
        ),
        Operation(
            "recordings.list", "GET", "/users/{userId}/recordings", fields(_PAGE, "from! to! mc trash:boolean trash_type"),
            is_paginated=True, items="meetings", summary="from and to are dates at most a month apart.",
        ),
        Operation(
            "recordings.get", "GET", "/meetings/{meetingId}/recordings", fields("include_fields ttl:integer"),
            summary="meetingId may be a UUID.",
        ),
        Operation(
            "recordings.delete", "DELETE", "/meetings/{meetingId}/recordings", fields("action=trash|delete"),
            summary="Into the trash unless action=delete.",
        ),
        Operation("webinars.create", "POST", "/users/{userId}/webinars", fields(_MEETING, "template_id")),
        Operation(
            "webinars.list", "GET", "/users/{userId}/webinars", fields(_PAGE, "type=scheduled|upcoming"),
            is_paginated=True, items="webinars",
        ),
        Operation("webinars.get", "GET", "/webinars/{webinarId}", fields("occurrence_id show_previous_occurrences:boolean")),
        Operation(
            "reports.meeting_participants", "GET", "/report/meetings/{meetingId}/participants",
            fields(_PAGE, "include_fields"), is_paginated=True, items="participants",
        ),
    ),
    unverified=(
        "the label of the single methods, and the figures of the free plan",
        "one write at a time on one meeting",
        "three registrations a day for one registrant and meeting: not declared",
        "that changed meetings count for the host's 100 a day: declared for new ones only",
        "how long a refresh token lives",
        "30 registrants in one call",
        "the header with the delivery's id, and how deliveries are repeated",
    ),
)  # fmt: skip
