"""What Calendly answers and is asked, and what each means: data only.

Errors as in https://developer.calendly.com/api-docs (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "eyJabc"}, "variant": "free", "authorization": "Bearer eyJabc"},
    {
        "credential": {"access_token": "abc"},
        "base": {"plan": "paid"},
        "variant": "paid",
        "authorization": "Bearer abc",
    },
]

BASES = [{"given": {"plan": "enterprise"}, "url": "https://api.calendly.com", "headers": {}}]

_LEFT = {"x-ratelimit-limit": "500", "x-ratelimit-remaining": "499", "x-ratelimit-reset": "60"}

ANSWERS = [
    {
        "why": "a success, with what is left: the reset is in seconds",
        "status": 200,
        "headers": _LEFT,
        "body": {"resource": {"uri": "https://api.calendly.com/users/A1"}},
        "verdict": "success",
        "hint": {"limit": 500.0, "remaining": 499.0, "reset_in_s": 60.0},
    },
    {
        "why": "too fast: no Retry-After, but nothing is left for 17 seconds",
        "status": 429,
        "headers": {**_LEFT, "x-ratelimit-remaining": "0", "x-ratelimit-reset": "17"},
        "body": {"title": "Too Many Requests", "message": "You have exceeded the rate limit"},
        "verdict": "throttled",
        "hint": {"remaining": 0.0, "reset_in_s": 17.0},
        "code": "Too Many Requests",
        "has_hint": True,
    },
    {
        "why": "an ended token",
        "status": 401,
        "body": {"title": "Unauthenticated", "message": "The access token is invalid"},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a token without the scope",
        "status": 403,
        "body": {"title": "Permission Denied", "message": "You do not have permission"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a parameter they refuse",
        "status": 400,
        "body": {
            "title": "Invalid Argument",
            "message": "The supplied parameters are invalid.",
            "details": [{"parameter": "organization", "message": "must be a URI"}],
        },
        "verdict": "permanent",
        "code": "Invalid Argument",
        "has_hint": True,
    },
    {
        "why": "the same webhook again",
        "status": 409,
        "body": {"title": "Already Exists", "message": "Hook with this url already exists"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a calendar they depend on is away: a booking may be there or not",
        "status": 424,
        "body": {"title": "External Calendar Error", "message": "The calendar did not answer"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
        "means": 503,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {
            "title": "Internal Server Error",
            "message": "The server encountered an unexpected condition",
        },
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

_USER = "https://api.calendly.com/users/A1"

REQUESTS = [
    {
        "operation": "invitees.create",
        "given": {
            "event_type": "ET1",
            "start_time": "2026-11-25T12:00:00Z",
            "email": "ada@example.com",
            "name": "Ada",
            "timezone": None,
            "questions_and_answers": [{"question": "Why?", "answer": "Why not", "position": 0}],
        },
        "url": "https://api.calendly.com/invitees",
        "body": {
            "event_type": "https://api.calendly.com/event_types/ET1",
            "start_time": "2026-11-25T12:00:00Z",
            "invitee": {"email": "ada@example.com", "name": "Ada"},
            "questions_and_answers": [{"question": "Why?", "answer": "Why not", "position": 0}],
        },
        "is_resendable": False,
    },
    {
        "operation": "scheduled_events.list",
        "given": {"user": "A1", "status": "active", "count": 10},
        "url": "https://api.calendly.com/scheduled_events?user=https%3A%2F%2Fapi.calendly.com%2Fusers%2FA1"
        "&status=active&count=10",
        "is_resendable": True,
    },
    {
        "operation": "scheduled_events.get",
        "why": "an address for the id",
        "given": {"uuid": "https://api.calendly.com/scheduled_events/EVT1"},
        "url": "https://api.calendly.com/scheduled_events/EVT1",
    },
    {
        "operation": "webhook_subscriptions.create",
        "given": {
            "url": "https://example.com/hook",
            "events": ["invitee.created"],
            "organization": "https://api.calendly.com/organizations/O1",
            "user": _USER,
            "scope": "user",
            "signing_key": "s",
        },
        "body": {
            "url": "https://example.com/hook",
            "events": ["invitee.created"],
            "organization": "https://api.calendly.com/organizations/O1",
            "user": _USER,
            "scope": "user",
            "signing_key": "s",
        },
        "is_resendable": False,
    },
]

REFUSED = [
    {"operation": "webhook_subscriptions.list", "given": {"organization": "O1"}, "says": "needs scope"},
    {
        "operation": "scheduled_events.list",
        "given": {"user": "A1", "status": "cancelled"},
        "says": "active, canceled",
    },
    {
        "operation": "scheduled_events.list",
        "given": {"user": "A1", "min_starttime": "2026"},
        "says": "Did you mean min_start_time?",
    },
]

PAGES = [
    {
        "operation": "scheduled_events.list",
        "asked": {"user": _USER, "count": 1},
        "body": {
            "collection": [{"uri": "https://api.calendly.com/scheduled_events/EVT1"}],
            "pagination": {
                "count": 1,
                "next_page": "https://api.calendly.com/scheduled_events?count=1&page_token=sNjq",
                "next_page_token": "sNjq",
            },
        },
        "items": [{"uri": "https://api.calendly.com/scheduled_events/EVT1"}],
        "next": {"user": _USER, "count": 1, "page_token": "sNjq"},
    },
    {
        "operation": "event_types.list",
        "body": {
            "collection": [{"name": "15 Minute Meeting"}],
            "pagination": {"count": 1, "next_page": None, "next_page_token": None},
        },
        "items": [{"name": "15 Minute Meeting"}],
    },
]

_PARTIAL = "the description is a third party's and partial; the vendor's docs have it"
NOT_DESCRIBED = {"invitee_no_shows.create": _PARTIAL, "scheduling_links.create": _PARTIAL}
