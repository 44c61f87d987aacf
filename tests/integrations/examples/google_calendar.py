"""What Google Calendar answers and is asked, and what each means: data only.

Errors as in https://developers.google.com/workspace/calendar/api/guides/errors (2026-11).
"""

from datetime import UTC, date, datetime

CREDENTIALS = [
    {"credential": {"access_token": "ya29.abc"}, "authorization": "Bearer ya29.abc"},
    {"credential": {"token": "ya29.abc"}, "authorization": "Bearer ya29.abc"},
]

BASES = [{"given": {}, "url": "https://www.googleapis.com/calendar/v3", "headers": {}}]


def _error(status: int, reason: str, message: str, domain: str = "usageLimits") -> dict[str, object]:
    errors = [{"domain": domain, "reason": reason, "message": message}]
    return {"error": {"code": status, "message": message, "errors": errors}}


ANSWERS = [
    {"why": "a success", "status": 200, "body": {"kind": "calendar#event", "id": "a1"}, "verdict": "success"},
    {
        "why": "too fast, as a 403",
        "status": 403,
        "body": _error(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 20.0},
        "has_hint": True,
    },
    {
        "why": "too fast, as a 403 of the project",
        "status": 403,
        "body": _error(403, "rateLimitExceeded", "Rate Limit Exceeded"),
        "verdict": "throttled",
        "code": "rateLimitExceeded",
        "has_hint": True,
    },
    {
        "why": "too fast, as a 429",
        "status": 429,
        "body": _error(429, "rateLimitExceeded", "Too Many Requests"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 20.0},
    },
    {
        "why": "too many invitations: waiting minutes does not help",
        "status": 403,
        "body": _error(403, "quotaExceeded", "Calendar usage limits exceeded."),
        "verdict": "permanent",
        "code": "quotaExceeded",
        "has_hint": True,
    },
    {
        "why": "the same as a 429",
        "status": 429,
        "body": _error(429, "quotaExceeded", "Calendar usage limits exceeded."),
        "verdict": "permanent",
    },
    {
        "why": "a guest may not change it",
        "status": 403,
        "body": _error(403, "forbiddenForNonOrganizer", "Shared properties can only be changed by the organizer.", "calendar"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "an ended token",
        "status": 401,
        "body": _error(401, "authError", "Invalid Credentials", "global"),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "the event with this id is there: an earlier attempt made it",
        "status": 409,
        "body": _error(409, "duplicate", "The requested identifier already exists.", "global"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "an ended syncToken",
        "status": 410,
        "body": _error(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.", "calendar"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": _error(500, "backendError", "Backend Error", "global"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

_PRIMARY = "https://www.googleapis.com/calendar/v3/calendars/primary"

REQUESTS = [
    {
        "operation": "events.insert",
        "given": {"calendarId": "primary", "summary": "Lunch", "start": datetime(2026, 11, 23, 12, tzinfo=UTC),
                  "end": "2026-11-23T13:00:00Z", "attendees": "ada@example.com, bob@example.com", "sendUpdates": "all",
                  "location": float("nan")},
        "url": f"{_PRIMARY}/events?sendUpdates=all",
        "body": {"summary": "Lunch", "start": {"dateTime": "2026-11-23T12:00:00+00:00"},
                 "end": {"dateTime": "2026-11-23T13:00:00Z"},
                 "attendees": [{"email": "ada@example.com"}, {"email": "bob@example.com"}]},
        "is_resendable": False,
    },
    {
        "operation": "events.insert",
        "why": "a whole day, and a zone of its own",
        "given": {"calendarId": "primary", "id": "order2026a7", "start": date(2026, 11, 23), "end": "2026-11-24",
                  "originalStartTime": '{"dateTime": "2026-11-22T09:00:00", "timeZone": "Europe/Berlin"}'},
        "body": {"id": "order2026a7", "start": {"date": "2026-11-23"}, "end": {"date": "2026-11-24"},
                 "originalStartTime": {"dateTime": "2026-11-22T09:00:00", "timeZone": "Europe/Berlin"}},
    },
    {
        "operation": "events.list",
        "given": {"calendarId": "team#a@group.calendar.google.com", "timeMin": "2026-11-01T00:00:00Z", "singleEvents": True,
                  "eventTypes": ["default", "focusTime"]},
        "url": "https://www.googleapis.com/calendar/v3/calendars/team%23a%40group.calendar.google.com/events"
               "?timeMin=2026-11-01T00%3A00%3A00Z&singleEvents=true&eventTypes=default&eventTypes=focusTime",
        "is_resendable": True,
    },
    {
        "operation": "events.move",
        "given": {"calendarId": "primary", "eventId": "a1", "destination": "bob@example.com"},
        "url": f"{_PRIMARY}/events/a1/move?destination=bob%40example.com",
        "is_resendable": False,
    },
    {
        "operation": "freebusy.query",
        "given": {"timeMin": "2026-11-23T00:00:00Z", "timeMax": "2026-11-24T00:00:00Z", "items": [{"id": "primary"}]},
        "url": "https://www.googleapis.com/calendar/v3/freeBusy",
        "body": {"timeMin": "2026-11-23T00:00:00Z", "timeMax": "2026-11-24T00:00:00Z", "items": [{"id": "primary"}]},
        "is_resendable": True,
    },
    {
        "operation": "calendar_list.list",
        "given": {"maxResults": 1},
        "url": "https://www.googleapis.com/calendar/v3/users/me/calendarList?maxResults=1",
    },
]  # fmt: skip

REFUSED = [
    {"operation": "events.insert", "given": {"summary": "Lunch"}, "says": "needs calendarId"},
    {"operation": "events.insert", "given": {"calendarId": "primary", "start": "noon"}, "says": "a dict"},
    {
        "operation": "events.list",
        "given": {"calendarId": "primary", "time_min": "2026-11-01T00:00:00Z"},
        "says": "Did you mean timeMin?",
    },
    {
        "operation": "events.delete",
        "given": {"calendarId": "primary", "eventId": "a1", "sendUpdates": "some"},
        "says": "all, externalOnly, none",
    },
]

PAGES = [
    {
        "operation": "events.list",
        "asked": {"calendarId": "primary", "maxResults": 1},
        "body": {"kind": "calendar#events", "items": [{"id": "a1"}], "nextPageToken": "CiA"},
        "items": [{"id": "a1"}],
        "next": {"calendarId": "primary", "maxResults": 1, "pageToken": "CiA"},
    },
    {
        "operation": "events.list",
        "why": "the last page has the token of the next synchronisation instead",
        "asked": {"calendarId": "primary"},
        "body": {"kind": "calendar#events", "items": [], "nextSyncToken": "CPDAlvWDx70CEPDAlvWDx70CGAU="},
        "items": [],
    },
]
