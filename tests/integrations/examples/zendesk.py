"""What Zendesk answers and is asked, and what each means: data only.

Bodies as in https://developer.zendesk.com/api-reference/introduction/requests/ (2026-11).
"""

CREDENTIALS = [
    {
        "credential": {"email": "ada@example.com", "api_token": "abc", "subdomain": "acme"},
        "authorization": "Basic YWRhQGV4YW1wbGUuY29tL3Rva2VuOmFiYw==",
        "base": {"subdomain": "acme"},
        "variant": "team",
    },
    {
        "credential": {"email": "ada@example.com/token", "api_token": "abc"},
        "authorization": "Basic YWRhQGV4YW1wbGUuY29tL3Rva2VuOmFiYw==",
        "base": {"subdomain": None, "plan": "enterprise"},
        "variant": "enterprise",
    },
    {"credential": {"token": "abc"}, "authorization": "Bearer abc", "variant": "team"},
]

BASES = [{"given": {"subdomain": "acme"}, "url": "https://acme.zendesk.com/api/v2", "headers": {}}]

_INVALID = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"email": [{"description": "Email: ada@example.com is already being used", "error": "DuplicateValue"}]},
}  # fmt: skip

ANSWERS = [
    {
        "why": "a success, with what is left",
        "status": 200,
        "headers": {"x-rate-limit": "700", "x-rate-limit-remaining": "699", "ratelimit-reset": "41"},
        "body": {"ticket": {"id": 5158, "status": "open"}},
        "verdict": "success",
        "hint": {"limit": 700.0, "remaining": 699.0, "reset_in_s": 41.0},
    },
    {"why": "oneself", "status": 200, "body": {"user": {"id": 8447388090494, "name": "Ada"}}, "verdict": "success"},
    {
        "why": "nobody: no credential was recognised",
        "status": 200,
        "body": {"user": {"id": None, "url": "", "name": "Anonymous user", "email": "invalid@example.com"}},
        "verdict": "auth",
        "means": 401,
        "has_hint": True,
    },
    {
        "why": "another object without an id is none of that",
        "status": 200,
        "body": {"trigger": {"id": None, "title": "draft"}},
        "verdict": "success",
    },
    {
        "why": "too fast",
        "status": 429,
        "headers": {"retry-after": "17"},
        "body": {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"},
        "verdict": "throttled",
        "hint": {"retry_after_s": 17.0},
        "has_hint": True,
    },
    {
        "why": "too many jobs",
        "status": 429,
        "body": {"error": "TooManyJobs", "description": "You have too many jobs running or queued."},
        "verdict": "throttled",
        "has_hint": True,
    },
    {
        "why": "a wrong token",
        "status": 401,
        "body": {"error": "Couldn't authenticate you"},
        "verdict": "auth",
        "message": "Couldn't authenticate you",
        "has_hint": True,
    },
    {
        "why": "a missing permission, in another shape",
        "status": 403,
        "body": {"error": {"title": "Forbidden", "message": "You do not have access to this page."}},
        "verdict": "permanent",
        "message": "You do not have access to this page.",
        "code": "Forbidden",
        "has_hint": True,
    },
    {
        "why": "a value that is taken; what is wrong stands in details",
        "status": 422,
        "body": _INVALID,
        "verdict": "permanent",
        "message": "Email: ada@example.com is already being used",
        "code": "DuplicateValue",
        "has_hint": True,
    },
    {
        "why": "another update of the same ticket is under way: nothing was done",
        "status": 409,
        "body": {"error": "DatabaseConflict", "description": "Database collision"},
        "verdict": "transient",
    },
    {
        "why": "the ticket has changed since updated_stamp: asking again gives the same",
        "status": 409,
        "body": {"error": "UpdateConflict", "description": "Safe Update prevented a ticket update"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {"why": "locked for now", "status": 423, "body": {"error": "Locked", "description": "The record is locked"},
     "verdict": "transient"},
    {
        "why": "a newer shape of errors",
        "status": 400,
        "body": {"errors": [{"code": "InvalidCursor", "title": "Invalid cursor", "detail": "The cursor has expired"}]},
        "verdict": "permanent",
        "message": "The cursor has expired",
        "code": "InvalidCursor",
    },
    {
        "why": "the key came with another ticket",
        "status": 400,
        "body": {"error": "IdempotentRequestError", "description": "Request parameters don't match given idempotency key"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"error": "InternalError", "description": "Something went wrong"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "maintenance that says how long",
        "status": 503,
        "headers": {"retry-after": "30"},
        "body": "",
        "verdict": {"resendable": "throttled", "otherwise": "uncertain"},
    },
]  # fmt: skip

_BASE = "https://acme.zendesk.com/api/v2"

REQUESTS = [
    {
        "operation": "tickets.create",
        "given": {"subject": "Help", "comment": "I need somebody", "requester_id": 12.0, "priority": None, "tags": ["a"]},
        "url": f"{_BASE}/tickets",
        "body": {"ticket": {"subject": "Help", "comment": {"body": "I need somebody"}, "requester_id": 12, "tags": ["a"]}},
        "headers": {"Idempotency-Key": "KEY"},
        "is_resendable": True,
    },
    {
        "operation": "tickets.update",
        "given": {"ticket_id": 5158, "status": "solved", "comment": '{"body": "Done", "public": false}'},
        "url": f"{_BASE}/tickets/5158",
        "body": {"ticket": {"status": "solved", "comment": {"body": "Done", "public": False}}},
        "no_headers": ["Idempotency-Key"],
        "is_resendable": False,
    },
    {
        "operation": "tickets.list",
        "given": {"page_size": 100, "page_after": "eyJv"},
        "url": f"{_BASE}/tickets?page%5Bsize%5D=100&page%5Bafter%5D=eyJv",
    },
    {
        "operation": "users.create_or_update",
        "given": {"name": "Ada", "email": "ada@example.com", "user_fields": '{"plan": "gold"}'},
        "body": {"user": {"name": "Ada", "email": "ada@example.com", "user_fields": {"plan": "gold"}}},
        "is_resendable": True,
    },
    {
        "operation": "search_results.export",
        "given": {"query": "status:open", "type": "ticket"},
        "url": f"{_BASE}/search/export?query=status%3Aopen&filter%5Btype%5D=ticket",
    },
    {
        "operation": "uploads.create",
        "given": {"filename": "a.txt", "content": b"hello", "content_type": "text/plain"},
        "url": f"{_BASE}/uploads?filename=a.txt",
        "body": "hello",
        "headers": {"Content-Type": "text/plain"},
        "is_resendable": False,
    },
    {
        "operation": "tickets.destroy_many",
        "given": {"ids": [1, 2]},
        "url": f"{_BASE}/tickets/destroy_many?ids=1%2C2",
    },
]  # fmt: skip

REFUSED = [
    {"operation": "tickets.create", "given": {"subject": "Help"}, "says": "needs comment"},
    {
        "operation": "tickets.create",
        "given": {"comment": "x", "priority": "top"},
        "says": "one of urgent, high",
    },
    {"operation": "users.create", "given": {"name": "Ada", "emial": "a@b.co"}, "says": "Did you mean email?"},
    {"operation": "search_results.export", "given": {"query": "x"}, "says": "needs type"},
]

PAGES = [
    {
        "operation": "tickets.list",
        "asked": {"page_size": 2},
        "body": {"tickets": [{"id": 1}, {"id": 2}], "meta": {"has_more": True, "after_cursor": "eyJv"},
                 "links": {"next": "https://acme.zendesk.com/api/v2/tickets?page[after]=eyJv"}},
        "items": [{"id": 1}, {"id": 2}],
        "next": {"page_size": 2, "page_after": "eyJv"},
    },
    {
        "operation": "tickets.list",
        "body": {"tickets": [{"id": 3}], "meta": {"has_more": False, "after_cursor": "eyJw"}},
        "items": [{"id": 3}],
    },
    {
        "operation": "users.search",
        "asked": {"query": "ada"},
        "body": {"users": [{"id": 1}], "next_page": "https://acme.zendesk.com/api/v2/users/search?page=2", "count": 101},
        "items": [{"id": 1}],
        "next_url": "https://acme.zendesk.com/api/v2/users/search?page=2",
    },
    {
        "operation": "tickets.incremental",
        "asked": {"start_time": 1793500000, "per_page": 1000},
        "body": {"tickets": [{"id": 1}], "after_cursor": "MTU3", "end_of_stream": False},
        "items": [{"id": 1}],
        "next": {"per_page": 1000, "cursor": "MTU3"},
    },
    {
        "operation": "tickets.incremental",
        "asked": {"cursor": "MTU3"},
        "body": {"tickets": [], "after_cursor": "MTU4", "end_of_stream": True},
        "items": [],
    },
]  # fmt: skip
