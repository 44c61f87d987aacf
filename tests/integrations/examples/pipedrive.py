"""What Pipedrive answers and is asked, and what each means: data only.

Bodies as in https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes and -rate-limiting (2026-11).
"""

CREDENTIALS = [
    {
        "credential": {"api_token": "abc", "company_domain": "acme"},
        "header": ("x-api-token", "abc"),
        "base": {"company_domain": "acme"},
        "variant": "lite",
    },
    {
        "credential": {"token": "abc"},
        "header": ("x-api-token", "abc"),
        "base": {"company_domain": None},
        "variant": "lite",
    },
    *(
        {
            "credential": {"access_token": "v1u:abc", "api_domain": "https://acme.pipedrive.com"},
            "authorization": "Bearer v1u:abc",
            "base": {"company_domain": "acme", "plan": plan},
            "variant": f"{plan} app",
        }
        for plan in ("lite", "growth", "premium", "ultimate")
    ),
    {
        "credential": {"access_token": "abc", "api_domain": "https://evil.example.com/x"},
        "base": {"company_domain": "evil.example.com", "plan": "growth"},  # which its pattern refuses
        "variant": "growth app",
    },
]

BASES = [{"given": {"company_domain": "acme"}, "url": "https://acme.pipedrive.com/api", "headers": {}}]

ANSWERS = [
    {
        "why": "a success, with what is left of the two seconds",
        "status": 200,
        "headers": {"x-ratelimit-limit": "20", "x-ratelimit-remaining": "19", "x-ratelimit-reset": "2"},
        "body": {"success": True, "data": {"id": 1}},
        "verdict": "success",
        "hint": {"limit": 20.0, "remaining": 19.0, "reset_in_s": 2.0},
    },
    {
        "why": "too fast",
        "status": 429,
        "headers": {"x-ratelimit-limit": "20", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"},
        "body": {"success": False, "error": "request over limit"},
        "verdict": "throttled",
        "hint": {"remaining": 0.0, "reset_in_s": 2.0},
        "has_hint": True,
    },
    {
        "why": "the day's tokens are used up: waiting seconds does not help",
        "status": 429,
        "headers": {"x-daily-ratelimit-token-remaining": "0"},
        "body": {"success": False, "error": "request over limit"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "the same told by its text",
        "status": 429,
        "body": {"success": False, "error": "Daily API token budget exceeded"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "the edge, after many ignored refusals",
        "status": 403,
        "body": "<!DOCTYPE html><html>Access denied | Cloudflare</html>",
        "verdict": "throttled",
        "hint": {"retry_after_s": 60.0},
    },
    {
        "why": "the API's own 403 is a missing permission",
        "status": 403,
        "body": {"success": False, "error": "Scope and URL mismatch"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a refusal in a 200",
        "status": 200,
        "body": {"success": False, "error": "Deal not found", "errorCode": 404},
        "verdict": "permanent",
        "means": 404,
        "message": "Deal not found",
        "has_hint": True,
    },
    {
        "why": "a refusal in a 200 without a code",
        "status": 200,
        "body": {"success": False, "error": "Something is wrong"},
        "verdict": "permanent",
        "means": 400,
    },
    {
        "why": "a field v2 does not take",
        "status": 400,
        "body": {
            "success": False, "error": "Validation failed: emails: Must be an array", "code": "ERR_SCHEMA_VALIDATION_FAILED",
        },
        "verdict": "permanent",
        "code": "ERR_SCHEMA_VALIDATION_FAILED",
        "has_hint": True,
    },
    {
        "why": "a wrong token",
        "status": 401,
        "body": {"success": False, "error": "unauthorized access", "errorCode": 401},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"success": False, "error": "Internal server error"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

_FIELD = "a" * 39 + "7"

REQUESTS = [
    {
        "operation": "deals.create",
        "given": {"title": "Big deal", "value": "1000.5", "person_id": 7.0, _FIELD: "x", "currency": None},
        "url": "https://acme.pipedrive.com/api/v2/deals",
        "body": {"title": "Big deal", "value": 1000.5, "person_id": 7, "custom_fields": {_FIELD: "x"}},
        "is_resendable": False,
    },
    {
        "operation": "deals.update",
        "given": {"id": 42, "status": "won", _FIELD: float("nan")},
        "url": "https://acme.pipedrive.com/api/v2/deals/42",
        "body": {"status": "won"},
        "is_resendable": True,
    },
    {
        "operation": "persons.create",
        "given": {"name": "Ada", "emails": "ada@example.com", "phones": 33123456789.0},
        "url": "https://acme.pipedrive.com/api/v2/persons",
        "body": {
            "name": "Ada",
            "emails": [{"value": "ada@example.com", "primary": True, "label": "work"}],
            "phones": [{"value": "33123456789", "primary": True, "label": "work"}],
        },
        "is_resendable": False,
    },
    {
        "operation": "deals.list",
        "given": {"limit": 500, "status": "open", "custom_fields": [_FIELD]},
        "url": f"https://acme.pipedrive.com/api/v2/deals?limit=500&status=open&custom_fields={_FIELD}",
    },
    {
        "operation": "persons.search",
        "given": {"term": "ada@example.com", "fields": ["email", "phone"], "exact_match": True},
        "url": "https://acme.pipedrive.com/api/v2/persons/search?term=ada%40example.com&fields=email%2Cphone&exact_match=true",
    },
    {
        "operation": "notes.create",
        "given": {"content": "Called", "deal_id": "42"},
        "url": "https://acme.pipedrive.com/api/v1/notes",
        "body": {"content": "Called", "deal_id": 42},
        "is_resendable": False,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "deals.create", "given": {"value": 1}, "says": "needs title"},
    {
        "operation": "persons.create",
        "given": {"name": "Ada", "email": "a@b.co"},
        "says": "Did you mean emails",
    },
    {"operation": "deals.get", "given": {"id": "forty-two"}, "says": "a whole number"},
    {"operation": "deals.update", "given": {"id": 1, "status": "closed"}, "says": "open, won, lost"},
]

PAGES = [
    {
        "operation": "deals.list",
        "asked": {"limit": 1},
        "body": {
            "success": True,
            "data": [{"id": 1}],
            "additional_data": {"next_cursor": "eyJmaWVsZCI6ImlkIn0"},
        },
        "items": [{"id": 1}],
        "next": {"limit": 1, "cursor": "eyJmaWVsZCI6ImlkIn0"},
    },
    {
        "operation": "deals.list",
        "body": {"success": True, "data": [{"id": 2}], "additional_data": {"next_cursor": None}},
        "items": [{"id": 2}],
    },
    {
        "operation": "deals.search",
        "asked": {"term": "big"},
        "body": {
            "success": True,
            "data": {"items": [{"item": {"id": 1}}]},
            "additional_data": {"next_cursor": "c"},
        },
        "items": [{"item": {"id": 1}}],
        "next": {"term": "big", "cursor": "c"},
    },
    {
        "operation": "leads.list",
        "asked": {"limit": 1},
        "body": {
            "success": True,
            "data": [{"id": "adf21080"}],
            "additional_data": {
                "pagination": {"start": 0, "more_items_in_collection": True, "next_start": 1}
            },
        },
        "items": [{"id": "adf21080"}],
        "next": {"limit": 1, "start": 1},
    },
    {
        "operation": "notes.list",
        "asked": {"start": 1},
        "body": {
            "success": True,
            "data": None,
            "additional_data": {"pagination": {"more_items_in_collection": False}},
        },
        "items": [],
    },
]
