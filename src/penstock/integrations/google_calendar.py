"""Google Calendar: events, calendars, free and busy times.

docs        https://developers.google.com/workspace/calendar/api/v3/reference
checked     2026-11, v3 (in the path), discovery revision 20261030
quirks      600 calls a minute for a person, 10,000 for the Cloud project; a service account is one person unless it acts
            for others. A refusal for rate is a 403 or a 429, told by its reason; quotaExceeded (too many invitations) does
            not pass in minutes. One calendar written in quick succession is refused earlier. No limit fields. Whole-day
            events have start.date, others start.dateTime: a day, an instant or a datetime is put where it belongs here.
            sendUpdates is none unless you say so: guests get no mail. An event may be given an id of your own (a to v and
            digits); a second one is 409 duplicate, so the first is there. 410 means that a syncToken has ended: read
            everything again. Notifications have no body and no signature, and channels are replaced, not renewed.
unverified  1,000,000 calls a day for the project; the text of quotaExceeded; the wait of 20 s after a refusal; how often
            notifications are sent again; the end point that revokes; service accounts' facts.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from penstock.catalog.check import is_missing
from penstock.catalog.definition import (
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://developers.google.com/workspace/calendar/api/guides/quota, 2026-11"
_SCOPES = ("https://www.googleapis.com/auth/calendar", "https://www.googleapis.com/auth/calendar.events")
_RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_DAY_REASONS = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_WAIT_S = 20.0  # quotas come back by the minute: three waits and it has passed
_DAY = len("2026-11-23")
_EVENTS = "/calendars/{calendarId}/events"
_EVENT = f"{_EVENTS}/{{eventId}}"
_PAGE = "maxResults:integer pageToken"
_MAIL = "sendUpdates=all|externalOnly|none"
_SEEN = "timeZone maxAttendees:integer"
_FOUND = f"""
    timeMin timeMax q singleEvents:boolean orderBy=startTime|updated updatedMin iCalUID showDeleted:boolean
    showHiddenInvitations:boolean eventTypes:array privateExtendedProperty:array sharedExtendedProperty:array syncToken
    {_SEEN}
"""
_CONTENT = """
    summary description location start:object end:object attendees:array recurrence:array reminders:object colorId status
    visibility transparency eventType conferenceData:object attachments:array extendedProperties:object source:object
    guestsCanModify:boolean guestsCanInviteOthers:boolean guestsCanSeeOtherGuests:boolean anyoneCanAddSelf:boolean
    originalStartTime:object
"""
_WRITING = "?conferenceDataVersion:integer ?supportsAttachments:boolean ?maxAttendees:integer"
_CHANNEL = "id! address! type! token expiration:integer params:object"


def classify(response: Response) -> Verdict | int | None:
    """Tell a 403 for rate from one for permission, and what passes in a minute from what does not."""
    if response.status not in (403, 429):
        return None
    reason = str(read(response, "error.errors.0.reason") or read(response, "error.details.*.reason"))
    if reason in _DAY_REASONS:
        return Verdict.PERMANENT
    return 429 if reason in _RATE_REASONS else None


def read_hint(response: Response) -> RateLimitHint | None:
    """Wait for a part of the minute by which quotas come back: Google says no time."""
    said = classify(response)
    is_refused = said == 429 or (said is None and response.status == 429)
    is_told = "retry-after" in response.headers
    return RateLimitHint(retry_after_s=_WAIT_S) if is_refused and not is_told else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Put times and guests of a frame's columns into the objects Google wants."""
    for name in ("start", "end", "originalStartTime"):
        if name in parameters:
            parameters[name] = _place_time(parameters[name])
    guests = parameters.get("attendees")
    if isinstance(guests, str) and "@" in guests and not guests.lstrip().startswith("["):
        guests = guests.split(",")
    if isinstance(guests, (list, tuple)):
        parameters["attendees"] = [{"email": one.strip()} if isinstance(one, str) else one for one in guests]
    return parameters


def _place_time(value: Any) -> Any:
    """Return {"date": ...} for a day and {"dateTime": ...} for an instant; anything else as it is."""
    if is_missing(value):
        return None
    if isinstance(value, date):
        return {"dateTime" if isinstance(value, datetime) else "date": value.isoformat()}
    if isinstance(value, str) and value[:1].isdigit():
        return {"date" if len(value) == _DAY else "dateTime": value}
    return value


_CALENDARS = Operation(
    "calendar_list.list", "GET", "/users/me/calendarList",
    fields(_PAGE, """
        minAccessRole=freeBusyReader|owner|reader|writer|writerWithoutPrivateAccess showDeleted:boolean showHidden:boolean
        syncToken
    """),
    is_paginated=True, summary="The calendars this person sees.",
)  # fmt: skip

_EVENTS_PAGE = Cursor(
    request="pageToken", next="nextPageToken", size="maxResults", items="items", max_size=2500
)

integration = Integration(
    name="google_calendar",
    title="Google Calendar",
    category="calendar",
    docs="https://developers.google.com/workspace/calendar/api/v3/reference",
    checked="2026-11",
    base_url="https://www.googleapis.com/calendar/v3",
    auth=(
        OAuth2(
            title="As a person",
            authorize="https://accounts.google.com/o/oauth2/v2/auth",
            token="https://oauth2.googleapis.com/token",
            revoke="https://oauth2.googleapis.com/revoke",
            scopes=_SCOPES,
            pkce=True,
            token_auth="client_secret_post",
            refresh="static",
            access_token_lifetime_s=3599,
            authorize_extra=(("access_type", "offline"), ("prompt", "consent")),
            codes=(("admin_policy_enforced", "access_denied"), ("deleted_client", "invalid_client"),
                   ("disabled_client", "invalid_client")),
            note="Ask with access_type=offline and prompt=consent, or there is no refresh token. It ends after six months"
            " without use, and after seven days while the consent screen is in Testing.",
        ),
        OAuth2(
            title="Service account",
            token="https://oauth2.googleapis.com/token",
            grant="jwt_bearer",
            scopes=_SCOPES,
            token_auth="private_key_jwt",
            access_token_lifetime_s=3600,
            fields_needed=("client_email", "private_key"),
            fields_optional=(("subject", ""),),
            issuer="client_email",
            subject="subject",
            assertion_lifetime_s=3500,
            note="A service account: an RS256 JWT (iss = client_email, one hour at most). Share the calendar with its"
            " address, or name a person as sub where the domain delegates.",
        ),
    ),
    limits=(
        Limit(600, per=60.0, source=_RATES),
        Limit(10_000, per=60.0, key="project", source=_RATES),
        Limit(1_000_000, per=86_400.0, key="day", source=_RATES),
    ),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=Cursor(request="pageToken", next="nextPageToken", size="maxResults", items="items", max_size=250),
    errors=ErrorShape(
        message=("error.message", "error_description"),
        code=("error.errors.0.reason", "error.details.*.reason", "error.status", "error"),
    ),
    hints={
        "userRateLimitExceeded": "The person's 600 calls of this minute are spent; with a service account act for each person.",
        "rateLimitExceeded": "The project's calls of this minute are spent, or one calendar was written too fast.",
        "quotaExceeded": "Too many invitations or calendars lately: Google lifts this after hours, not minutes.",
        "insufficientPermissions": "The token's scopes do not allow it: sign in again with calendar or calendar.events.",
        "forbidden": "Ask the calendar's owner for the right to change events.",
        "forbiddenForNonOrganizer": "Only the organiser may change this: change it in their calendar.",
        "notFound": "Check calendarId (primary, or its address) and eventId; a service account needs the calendar shared.",
        "duplicate": "An event with this id is there: an earlier attempt made it; change it with events.patch.",
        "required": "Give start and end; an instant needs its offset (2026-11-23T10:00:00+01:00) or a timeZone.",
        "timeRangeEmpty": "The end is not after the start; the end of a whole-day event is the day after its last.",
        "fullSyncRequired": "The syncToken has ended: list once without it, and keep the new nextSyncToken.",
        "updatedMinTooLongAgo": "The updatedMin lies too far back: list once without it.",
        "authError": "The access token has ended or was revoked: sign in again.",
        "invalid_grant": "The refresh token has ended: connect the account again.",
    },
    health=_CALENDARS,
    operations=(
        _CALENDARS,
        Operation(
            "events.list", "GET", _EVENTS, fields(_PAGE, _FOUND), is_paginated=True, pagination=_EVENTS_PAGE,
            summary="calendarId=primary; singleEvents=True lists the instances of those that recur.",
        ),
        Operation("events.get", "GET", _EVENT, fields(_SEEN)),
        Operation(
            "events.insert", "POST", _EVENTS, fields("id", _CONTENT, f"?{_MAIL}", _WRITING),
            summary="start and end take a day, an instant with its offset, or {dateTime, timeZone}; attendees take addresses.",
        ),
        Operation(
            "events.patch", "PATCH", _EVENT, fields(_CONTENT, f"?{_MAIL}", _WRITING), is_idempotent=True,
            summary="What is not given stays; a list (attendees) is replaced whole.",
        ),
        Operation(
            "events.update", "PUT", _EVENT, fields("sequence:integer", _CONTENT, f"?{_MAIL}", _WRITING),
            summary="Replaces the event: what is not given is gone.",
        ),
        Operation("events.delete", "DELETE", _EVENT, fields(_MAIL)),
        Operation("events.move", "POST", f"{_EVENT}/move", fields(f"?destination! ?{_MAIL}")),
        Operation(
            "events.instances", "GET", f"{_EVENT}/instances",
            fields(_PAGE, "timeMin timeMax originalStart showDeleted:boolean", _SEEN), is_paginated=True,
            pagination=_EVENTS_PAGE,
        ),
        Operation(
            "events.quick_add", "POST", f"{_EVENTS}/quickAdd", fields(f"?text! ?{_MAIL}"),
            summary='For example text="Lunch with Ada tomorrow 12:30".',
        ),
        Operation(
            "events.import", "POST", f"{_EVENTS}/import",
            fields("iCalUID! sequence:integer organizer:object", _CONTENT,
                   "?conferenceDataVersion:integer ?supportsAttachments:boolean"),
            summary="A private copy of an event from elsewhere; no guest is told.",
        ),
        Operation(
            "events.watch", "POST", f"{_EVENTS}/watch", fields(_CHANNEL, "?eventTypes:array"),
            summary="type=web_hook; token comes back with every notification. Make a new channel before this one ends.",
        ),
        Operation("channels.stop", "POST", "/channels/stop", fields("id! resourceId!")),
        Operation(
            "freebusy.query", "POST", "/freeBusy",
            fields("timeMin! timeMax! items:array! timeZone groupExpansionMax:integer calendarExpansionMax:integer"),
            is_idempotent=True, summary='items=[{"id": "primary"}], up to 50.',
        ),
        Operation("calendars.get", "GET", "/calendars/{calendarId}"),
        Operation("calendars.insert", "POST", "/calendars", fields("summary! description location timeZone")),
        Operation(
            "calendars.delete", "DELETE", "/calendars/{calendarId}", summary="With all its events; not the primary one.",
        ),
        Operation(
            "acl.list", "GET", "/calendars/{calendarId}/acl", fields(_PAGE, "showDeleted:boolean syncToken"),
            is_paginated=True,
        ),
        Operation(
            "acl.insert", "POST", "/calendars/{calendarId}/acl",
            fields("role=none|freeBusyReader|reader|writer|owner! scope:object! ?sendNotifications:boolean"),
            summary='scope={"type": "user", "value": "ada@example.com"}; they are mailed unless you say no.',
        ),
        Operation("colors.get", "GET", "/colors"),
        Operation(
            "settings.list", "GET", "/users/me/settings", fields(_PAGE, "syncToken"), is_paginated=True,
        ),
    ),
    webhooks=WebhookSource(
        Signature(
            "X-Goog-Channel-Token", "token",
            note="The token given to events.watch comes back as it was; nothing is signed. Check X-Goog-Channel-ID as well.",
        ),
        event="header:X-Goog-Resource-State",
        delivery="header:X-Goog-Message-Number",
        handshake="A first message has X-Goog-Resource-State: sync; answer 200 and pass over it.",
        retries="500, 502, 503 and 504 are sent again with growing waits; what gets another answer is lost.",
    ),
    unverified=(
        "the token end point's codes beside the standard's",
        "1,000,000 calls a day for the project",
        "the text of quotaExceeded",
        "the wait of 20 s after a refusal: Google says no time",
        "how often notifications are sent again",
        "the end point that revokes a token",
        "service accounts' facts",
    ),
)  # fmt: skip
