"""What Intercom answers and is asked, and what each means: data only.

Bodies as in https://developers.intercom.com/docs/references/2.17/rest-api/errors/error-codes (2026-11).
"""

CREDENTIALS = [
    {"credential": {"access_token": "dG9rOmFiYw=="}, "authorization": "Bearer dG9rOmFiYw=="},
    {"credential": {"token": "dG9rOmFiYw=="}, "authorization": "Bearer dG9rOmFiYw=="},
]

BASES = [
    {"given": {}, "url": "https://api.intercom.io", "headers": {"Intercom-Version": "2.16"}},
    {
        "given": {"region_host": "api.eu.intercom.io", "version": "2.17"},
        "url": "https://api.eu.intercom.io",
        "headers": {"Intercom-Version": "2.17"},
    },
]


def _errors(code: str, message: str) -> dict[str, object]:
    return {"type": "error.list", "request_id": "req_1", "errors": [{"code": code, "message": message}]}


ANSWERS = [
    {
        "why": "a success, with what is left of these ten seconds",
        "status": 200,
        "headers": {
            "x-ratelimit-limit": "1666",
            "x-ratelimit-remaining": "1665",
            "x-ratelimit-reset": "1795485600",
        },
        "body": {"type": "contact", "id": "6762f0ad1bb69f9f2193bb62"},
        "verdict": "success",
        "hint": {"limit": 1666.0, "remaining": 1665.0},
    },
    {"why": "an event is taken, without a body", "status": 202, "body": "", "verdict": "success"},
    {
        "why": "the calls of these ten seconds are used up: the reset is an instant, and there is no Retry-After",
        "status": 429,
        "headers": {
            "date": "Tue, 24 Nov 2026 02:00:00 GMT",
            "x-ratelimit-limit": "1666",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": "1795485610",
        },
        "body": _errors("rate_limit_exceeded", "Exceeded rate limit of 1666 in 10_seconds window"),
        "verdict": "throttled",
        "hint": {"remaining": 0.0, "retry_after_s": None},
        "code": "rate_limit_exceeded",
        "has_hint": True,
    },
    {
        "why": "a wrong token, or one of another region",
        "status": 401,
        "body": _errors("unauthorized", "Access Token Invalid"),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "they are there already: the id is in the words only",
        "status": 409,
        "body": _errors("conflict", "A contact matching those details already exists with id=6762f0ad1bb6"),
        "verdict": "permanent",
        "code": "conflict",
        "has_hint": True,
    },
    {
        "why": "a custom attribute there is not",
        "status": 400,
        "body": _errors("parameter_invalid", "Custom attribute 'plan' does not exist"),
        "verdict": "permanent",
        "message": "Custom attribute 'plan' does not exist",
        "has_hint": True,
    },
    {
        "why": "a second scroll",
        "status": 400,
        "body": _errors("scroll_exists", "scroll already exists for this workspace"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "no such contact",
        "status": 404,
        "body": _errors("not_found", "User Not Found"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "the plan does not have it",
        "status": 403,
        "body": _errors("api_plan_restricted", "Active subscription needed."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": _errors("server_error", "Internal Server Error"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "their gateway's failure",
        "status": 502,
        "body": "<html>Bad Gateway</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "contacts.create",
        "given": {
            "role": "user", "email": "ada@example.com", "name": float("nan"), "signed_up_at": 1795485600.0, "plan_tier": "gold",
        },
        "url": "https://api.intercom.io/contacts",
        "body": {
            "role": "user", "email": "ada@example.com", "signed_up_at": 1795485600,
            "custom_attributes": {"plan_tier": "gold"},
        },
        "is_resendable": False,
    },
    {
        "operation": "contacts.update",
        "given": {"contact_id": "6762f0ad", "phone": 33123456789, "custom_attributes": {"tier": "gold"}},
        "url": "https://api.intercom.io/contacts/6762f0ad",
        "body": {"phone": "33123456789", "custom_attributes": {"tier": "gold"}},
        "is_resendable": True,
    },
    {
        "operation": "contacts.list",
        "given": {"per_page": 150},
        "url": "https://api.intercom.io/contacts?per_page=150",
    },
    {
        "operation": "contacts.search",
        "given": {
            "query": {"field": "email", "operator": "=", "value": "ada@example.com"}, "per_page": 50, "starting_after": "WzE=",
        },
        "url": "https://api.intercom.io/contacts/search",
        "body": {
            "query": {"field": "email", "operator": "=", "value": "ada@example.com"},
            "pagination": {"per_page": 50, "starting_after": "WzE="},
        },
        "is_resendable": True,
    },
    {
        "operation": "contacts.merge",
        "given": {"from": "lead1", "into": "user1"},
        "body": {"from": "lead1", "into": "user1"},
        "is_resendable": False,
    },
    {
        "operation": "companies.upsert",
        "given": {"company_id": 42, "name": "Acme", "monthly_spend": 100.0, "region": "EMEA"},
        "url": "https://api.intercom.io/companies",
        "body": {"company_id": "42", "name": "Acme", "monthly_spend": 100, "custom_attributes": {"region": "EMEA"}},
        "is_resendable": True,
    },
    {
        "operation": "conversations.create",
        "given": {"from_": "6762f0ad", "body": "Hello"},
        "body": {"from": {"type": "contact", "id": "6762f0ad"}, "body": "Hello"},
        "is_resendable": False,
    },
    {
        "operation": "messages.create",
        "given": {"message_type": "in_app", "from": "394051", "to": {"type": "lead", "id": "6762f0ad"}, "body": "Hello"},
        "body": {
            "message_type": "in_app", "from": {"type": "admin", "id": 394051}, "to": {"type": "lead", "id": "6762f0ad"},
            "body": "Hello",
        },
        "is_resendable": False,
    },
    {
        "operation": "tickets.create",
        "given": {"ticket_type_id": 1234, "contacts": "6762f0ad", "_default_title_": "It is broken"},
        "body": {
            "ticket_type_id": "1234", "contacts": [{"id": "6762f0ad"}], "ticket_attributes": {"_default_title_": "It is broken"},
        },
        "is_resendable": False,
    },
    {
        "operation": "events.create",
        "given": {"event_name": "ordered", "created_at": 1795485600, "email": "ada@example.com", "total": 9},
        "url": "https://api.intercom.io/events",
        "body": {
            "event_name": "ordered", "created_at": 1795485600, "email": "ada@example.com", "metadata": {"total": 9},
        },
        "is_resendable": False,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "contacts.create", "given": {"emial": "a@b.co"}, "says": "Did you mean email"},
    {"operation": "contacts.create", "given": {"role": "visitor"}, "says": "user, lead"},
    {"operation": "companies.upsert", "given": {"name": "Acme"}, "says": "needs company_id"},
    {"operation": "contacts.search", "given": {"field": "email"}, "says": "no parameter 'field'"},
    {
        "operation": "events.create",
        "given": {"event_name": "ordered", "email": "a@b.co"},
        "says": "needs created_at",
    },
]

PAGES = [
    {
        "operation": "contacts.list",
        "asked": {"per_page": 1},
        "body": {
            "type": "list",
            "data": [{"id": "1"}],
            "total_count": 2,
            "pages": {"type": "pages", "page": 1, "next": {"per_page": 1, "starting_after": "WzE="}},
        },
        "items": [{"id": "1"}],
        "next": {"per_page": 1, "starting_after": "WzE="},
    },
    {
        "operation": "conversations.list",
        "asked": {"per_page": 1, "starting_after": "WzE="},
        "body": {
            "type": "conversation.list",
            "conversations": [{"id": "2"}],
            "pages": {"type": "pages", "page": 2, "total_pages": 2},
        },
        "items": [{"id": "2"}],
    },
    {
        "operation": "companies.list",
        "asked": {"per_page": 1},
        "body": {"data": [{"id": "c1"}], "pages": {"page": 1, "per_page": 1, "total_pages": 2}},
        "items": [{"id": "c1"}],
        "next": {"per_page": 1, "page": 2},
    },
    {
        "operation": "companies.scroll",
        "body": {"data": [{"id": "c1"}], "scroll_param": "25b649f7", "pages": None},
        "items": [{"id": "c1"}],
        "next": {"scroll_param": "25b649f7"},
    },
    {
        "operation": "companies.scroll",
        "asked": {"scroll_param": "25b649f7"},
        "body": {"data": [], "scroll_param": "25b649f7"},
        "items": [],
    },
]
