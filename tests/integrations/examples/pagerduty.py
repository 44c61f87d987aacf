"""What PagerDuty answers and is asked, and what each means: data only.

Bodies as in https://developer.pagerduty.com/docs/errors and /docs/events-api-v2-overview (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "u+abc"}, "authorization": "Token token=u+abc"},
    {"credential": {"access_token": "pdus+abc"}, "authorization": "Bearer pdus+abc"},
]

BASES = [
    {
        "given": {},
        "url": "https://api.pagerduty.com",
        "headers": {"Accept": "application/vnd.pagerduty+json;version=2"},
    },
    {
        "given": {"api": "api.eu", "from_email": "ada@example.com"},
        "url": "https://api.eu.pagerduty.com",
        "headers": {"From": "ada@example.com"},
    },
]

ANSWERS = [
    {
        "why": "a success, with what is left",
        "status": 200,
        "headers": {"ratelimit-limit": "960", "ratelimit-remaining": "959", "ratelimit-reset": "42"},
        "body": {"abilities": ["sso"]},
        "verdict": "success",
        "hint": {"limit": 960.0, "remaining": 959.0, "reset_in_s": 42.0},
    },
    {"why": "an event taken in", "status": 202, "body": {"status": "success", "dedup_key": "row-1"}, "verdict": "success"},
    {
        "why": "too fast: the reset is seconds from now, and there is no Retry-After",
        "status": 429,
        "headers": {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "7"},
        "body": {"error": {"message": "Rate Limit Exceeded", "code": 2020}},
        "verdict": "throttled",
        "hint": {"remaining": 0.0, "reset_in_s": 7.0, "retry_after_s": None},
        "code": "2020",
        "has_hint": True,
    },
    {
        "why": "too many events for one routing key",
        "status": 429,
        "body": {
            "status": "throttle exceeded",
            "message": "Requests for this service are arriving too quickly.  Please retry later.",
        },
        "verdict": "throttled",
        "code": "throttle exceeded",
        "has_hint": True,
    },
    {
        "why": "a wrong token",
        "status": 401,
        "body": {"error": {"message": "Unauthorized", "code": 2006}},
        "verdict": "auth",
        "code": "2006",
        "has_hint": True,
    },
    {
        "why": "a refused value, told by the first of its reasons",
        "status": 400,
        "body": {
            "error": {"message": "Invalid Input Provided", "code": 2001, "errors": ["Incident Key is already in use"]}
        },
        "verdict": "permanent",
        "message": "Incident Key is already in use",
        "code": "2001",
        "has_hint": True,
    },
    {
        "why": "an event without what it needs",
        "status": 400,
        "body": {
            "status": "invalid event",
            "message": "Event object is invalid",
            "errors": ["'payload.severity' is missing or blank"],
        },
        "verdict": "permanent",
        "message": "'payload.severity' is missing or blank",
        "has_hint": True,
    },
    {
        "why": "a scope is missing",
        "status": 403,
        "body": {"error": {"message": "Access Denied", "code": 2010}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "nothing there",
        "status": 404,
        "body": {"error": {"message": "Not Found", "code": 2100}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {"why": "more than 250 incidents at once", "status": 413, "body": "", "verdict": "permanent", "has_hint": True},
    {
        "why": "their failure",
        "status": 500,
        "body": {"error": {"message": "Internal Server Error", "code": 2000}},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {"why": "a gateway", "status": 502, "body": "", "verdict": {"resendable": "transient", "otherwise": "uncertain"}},
]  # fmt: skip

REQUESTS = [
    {
        "operation": "incidents.create",
        "given": {"title": "Disk full", "service": "PWIXJZS", "urgency": "high", "priority": None},
        "url": "https://api.pagerduty.com/incidents",
        "body": {
            "incident": {
                "type": "incident",
                "title": "Disk full",
                "service": {"id": "PWIXJZS", "type": "service_reference"},
                "urgency": "high",
            }
        },
        "is_resendable": False,
    },
    {
        "operation": "incidents.list",
        "given": {"statuses": ["triggered", "acknowledged"], "date_range": "all", "limit": 100},
        "url": "https://api.pagerduty.com/incidents?statuses%5B%5D=triggered&statuses%5B%5D=acknowledged"
        "&date_range=all&limit=100",
        "is_resendable": True,
    },
    {
        "operation": "incidents.update",
        "given": {"id": "PT4KHLK", "status": "resolved"},
        "url": "https://api.pagerduty.com/incidents/PT4KHLK",
        "body": {"incident": {"type": "incident", "status": "resolved"}},
        "is_resendable": True,
    },
    {
        "operation": "events.trigger",
        "given": {
            "routing_key": "R0",
            "dedup_key": "row-1",
            "summary": "Disk full",
            "source": "db1",
            "severity": "critical",
            "client": "Penstock",
        },
        "url": "https://events.pagerduty.com/v2/enqueue",
        "body": {
            "event_action": "trigger",
            "routing_key": "R0",
            "dedup_key": "row-1",
            "client": "Penstock",
            "payload": {"summary": "Disk full", "source": "db1", "severity": "critical"},
        },
        "is_resendable": True,
    },
    {
        "operation": "events.resolve",
        "given": {"routing_key": "R0", "dedup_key": "row-1"},
        "url": "https://events.pagerduty.com/v2/enqueue",
        "body": {"event_action": "resolve", "routing_key": "R0", "dedup_key": "row-1"},
    },
    {"operation": "incidents.merge", "given": {"id": "P1", "source_incidents": [{"id": "P2"}]}, "is_resendable": False},
]  # fmt: skip

REFUSED = [
    {"operation": "incidents.create", "given": {"title": "Disk full"}, "says": "needs service"},
    {
        "operation": "events.trigger",
        "given": {"routing_key": "R0", "dedup_key": "1", "summary": "s", "source": "s", "severity": "bad"},
        "says": "critical, error",
    },
    {"operation": "incidents.update", "given": {"id": "P1", "statuss": "resolved"}, "says": "Did you mean status?"},
]  # fmt: skip

PAGES = [
    {
        "operation": "incidents.list",
        "asked": {"limit": 2},
        "body": {"incidents": [{"id": "P1"}, {"id": "P2"}], "limit": 2, "offset": 0, "more": True, "total": None},
        "items": [{"id": "P1"}, {"id": "P2"}],
        "next": {"limit": 2, "offset": 2},
    },
    {
        "operation": "users.list",
        "asked": {"limit": 2, "offset": 2},
        "body": {"users": [{"id": "P3"}], "limit": 2, "offset": 2, "more": False, "total": None},
        "items": [{"id": "P3"}],
    },
    {
        "operation": "audit_records.list",
        "asked": {"limit": 1},
        "body": {"records": [{"id": "A1"}], "next_cursor": "bmV4dA", "limit": 1},
        "items": [{"id": "A1"}],
        "next": {"limit": 1, "cursor": "bmV4dA"},
    },
]  # fmt: skip
