"""What Zoom answers and is asked, and what each means: data only.

Bodies as in https://developers.zoom.us/docs/api/rate-limits/ and its developer forum's thread 18928 (2026-11).
"""

CREDENTIALS = [
    {
        "credential": {"access_token": "eyJz.abc"},
        "variant": "pro",
        "base": {"host": None},
        "authorization": "Bearer eyJz.abc",
    },
    {
        "credential": {"access_token": "eyJz.abc", "api_url": "https://api-eu.zoom.us"},
        "base": {"host": "api-eu.zoom.us", "plan": "business"},
        "variant": "business",
        "authorization": "Bearer eyJz.abc",
    },
]

BASES = [
    {"given": {}, "url": "https://api.zoom.us/v2", "headers": {}},
    {"given": {"host": "api.zoomgov.com"}, "url": "https://api.zoomgov.com/v2", "headers": {}},
]

_DAY = (
    "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular "
    "user. You may resume these requests at GMT 00:00:00."
)
_NOW = "Mon, 23 Nov 2026 02:00:00 GMT"

ANSWERS = [
    {
        "why": "a success, with what is left of its label's second",
        "status": 201,
        "headers": {"x-ratelimit-category": "Light", "x-ratelimit-limit": "30", "x-ratelimit-remaining": "29"},
        "body": {"id": 85746065432, "uuid": "4444AAAiAAAAAiAiAiiAii=="},
        "verdict": "success",
        "hint": {"limit": 30.0, "remaining": 29.0, "scope": "Light"},
    },
    {"why": "an empty success", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "too fast",
        "status": 429,
        "headers": {"x-ratelimit-type": "QPS", "x-ratelimit-category": "Medium"},
        "body": {
            "code": 429,
            "message": "You have reached the maximum per-second rate limit for this API. Try again later.",
        },
        "verdict": "throttled",
        "hint": {"retry_after_s": 1.0},
        "code": "429",
        "has_hint": True,
    },
    {
        "why": "the host's hundred meetings are made: only the message tells, and tomorrow is far",
        "status": 429,
        "headers": {"x-ratelimit-remaining": "4711", "date": _NOW},
        "body": {"code": 429, "message": _DAY},
        "verdict": "permanent",
        "hint": {"retry_after_s": 79_200.0},
        "has_hint": True,
    },
    {
        "why": "the account's day is used up, until an instant",
        "status": 429,
        "headers": {"x-ratelimit-type": "Daily-limit", "retry-after": "2026-11-24T00:00:00Z", "date": _NOW},
        "body": {"code": 429, "message": "You have reached the API limit."},
        "verdict": "permanent",
        "hint": {"retry_after_s": 79_200.0},
    },
    {
        "why": "the token has ended",
        "status": 401,
        "body": {"code": 124, "message": "Access token is expired."},
        "verdict": "auth",
        "code": "124",
        "has_hint": True,
    },
    {
        "why": "a missing scope, which no new token would have",
        "status": 400,
        "body": {"code": 4711, "message": "Invalid access token, does not contain scopes:[meeting:write:meeting]."},
        "verdict": "permanent",
        "means": 403,
        "has_hint": True,
    },
    {
        "why": "a field that does not fit",
        "status": 400,
        "body": {
            "code": 300,
            "message": "Validation Failed.",
            "errors": [{"field": "type", "message": "Invalid field."}],
        },
        "verdict": "permanent",
        "message": "Invalid field.",
        "has_hint": True,
    },
    {
        "why": "no such meeting",
        "status": 404,
        "body": {"code": 3001, "message": "Meeting does not exist: 123."},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"code": 500, "message": "Internal server error"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "meetings.create",
        "given": {"userId": "me", "topic": "Stand-up", "type": "2", "settings": {"join_before_host": True}},
        "url": "https://api.zoom.us/v2/users/me/meetings",
        "body": {"topic": "Stand-up", "type": 2, "settings": {"join_before_host": True}},
        "is_resendable": False,
    },
    {
        "operation": "users.create",
        "given": {"action": "create", "email": "ada@example.com", "type": 1.0, "first_name": "Ada"},
        "url": "https://api.zoom.us/v2/users",
        "body": {
            "action": "create",
            "user_info": {"email": "ada@example.com", "type": 1, "first_name": "Ada"},
        },
    },
    {
        "operation": "past_meetings.participants",
        "given": {"meetingUUID": "/ajXp112QmuoKj4854875==", "page_size": 300},
        "url": "https://api.zoom.us/v2/past_meetings/%252FajXp112QmuoKj4854875%253D%253D/participants?page_size=300",
    },
    {
        "operation": "past_meetings.get",
        "given": {"meetingUUID": "4444AAAiAAAAAiAiAiiAii=="},
        "url": "https://api.zoom.us/v2/past_meetings/4444AAAiAAAAAiAiAiiAii%3D%3D",
    },
    {
        "operation": "meetings.end",
        "given": {"meetingId": 85746065432.0},
        "url": "https://api.zoom.us/v2/meetings/85746065432/status",
        "body": {"action": "end"},
        "is_resendable": False,
    },
]

REFUSED = [
    {"operation": "meetings.create", "given": {"topic": "Stand-up"}, "says": "needs userId"},
    {"operation": "meetings.create", "given": {"userId": "me", "type": "daily"}, "says": "a whole number"},
    {
        "operation": "registrants.update_status",
        "given": {"meetingId": 1, "action": "accept"},
        "says": "approve, cancel, deny",
    },
]

PAGES = [
    {
        "operation": "users.list",
        "asked": {"page_size": 300},
        "body": {"next_page_token": "w7587w4eiyfsudgf", "users": [{"id": "a"}]},
        "items": [{"id": "a"}],
        "next": {"page_size": 300, "next_page_token": "w7587w4eiyfsudgf"},
    },
    {
        "operation": "meetings.list",
        "asked": {"userId": "me"},
        "body": {"next_page_token": "", "meetings": [{"id": 1}]},
        "items": [{"id": 1}],
    },
]

NOT_DESCRIBED = {
    "users.me": "described as /users/{userId}, of which me is one",
    "registrants.batch_create": "the description is of 2018-11; the method is newer",
}
