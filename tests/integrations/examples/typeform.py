"""What Typeform answers and is asked, and what each means: data only.

Errors as in https://www.typeform.com/developers/get-started/ and public client code (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "tfp_abc"}, "authorization": "Bearer tfp_abc"},
    {"credential": {"access_token": "abc"}, "authorization": "Bearer abc"},
]

BASES = [
    {"given": {}, "url": "https://api.typeform.com", "headers": {}},
    {"given": {"domain": "typeform.eu"}, "url": "https://api.typeform.eu", "headers": {}},
    {"given": {"domain": "eu.typeform.com"}, "url": "https://api.eu.typeform.com", "headers": {}},
]

ANSWERS = [
    {
        "why": "a success",
        "status": 200,
        "body": {"total_items": 0, "page_count": 0, "items": []},
        "verdict": "success",
    },
    {"why": "a deletion answers nothing", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "too fast, and nothing says for how long",
        "status": 429,
        "body": {"code": "TOO_MANY_REQUESTS", "description": "Request limit exceeded"},
        "verdict": "throttled",
        "code": "TOO_MANY_REQUESTS",
        "message": "Request limit exceeded",
        "has_hint": True,
    },
    {
        "why": "a wrong token, or the wrong part of the world",
        "status": 401,
        "body": {"code": "AUTHENTICATION_FAILED", "description": "Authentication credentials not found"},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a missing scope",
        "status": 403,
        "body": {"code": "FORBIDDEN", "description": "Insufficient permissions"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "no such form",
        "status": 404,
        "body": {"code": "FORM_NOT_FOUND", "description": "Non existing form with uid lT4Z3j"},
        "verdict": "permanent",
        "code": "FORM_NOT_FOUND",
        "has_hint": True,
    },
    {
        "why": "a form they refuse",
        "status": 400,
        "body": {
            "code": "VALIDATION_ERROR",
            "description": "Schema invalid",
            "details": [{"code": "FIELD_REQUIRED", "description": "title is required", "field": "title"}],
        },
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"code": "INTERNAL_SERVER_ERROR", "description": "Something went wrong"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "they are away",
        "status": 503,
        "body": "",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "forms.create",
        "given": {"title": "Lunch", "fields": '[{"type": "short_text", "title": "Who?"}]', "type": None},
        "url": "https://api.typeform.com/forms",
        "body": {"title": "Lunch", "fields": [{"type": "short_text", "title": "Who?"}]},
        "is_resendable": False,
    },
    {
        "operation": "forms.patch",
        "given": {
            "form_id": "lT4Z3j",
            "changes": [{"op": "replace", "path": "/title", "value": "Dinner"}],
        },
        "url": "https://api.typeform.com/forms/lT4Z3j",
        "body": [{"op": "replace", "path": "/title", "value": "Dinner"}],
        "is_resendable": False,
    },
    {
        "operation": "responses.list",
        "given": {
            "form_id": "lT4Z3j",
            "since": "2026-11-01T00:00:00",
            "page_size": 1000,
            "fields": ["a", "b"],
        },
        "url": "https://api.typeform.com/forms/lT4Z3j/responses?since=2026-11-01T00%3A00%3A00&page_size=1000"
        "&fields=a%2Cb",
        "is_resendable": True,
    },
    {
        "operation": "responses.delete",
        "given": {"form_id": "lT4Z3j", "included_response_ids": ["r1", "r2"]},
        "url": "https://api.typeform.com/forms/lT4Z3j/responses?included_response_ids=r1%2Cr2",
        "is_resendable": True,
    },
    {
        "operation": "webhooks.upsert",
        "given": {"form_id": "lT4Z3j", "tag": "orders", "url": "https://example.com/hook", "enabled": True},
        "url": "https://api.typeform.com/forms/lT4Z3j/webhooks/orders",
        "body": {"url": "https://example.com/hook", "enabled": True},
        "is_resendable": True,
    },
    {
        "operation": "images.create",
        "given": {"image": b"\x89PNG", "file_name": "logo.png"},
        "body": {"image": "iVBORw==", "file_name": "logo.png"},
        "is_resendable": False,
    },
]

REFUSED = [
    {"operation": "forms.create", "given": {"fields": []}, "says": "needs title"},
    {
        "operation": "responses.delete",
        "given": {"form_id": "lT4Z3j"},
        "says": "needs included_response_ids",
    },
    {
        "operation": "responses.list",
        "given": {"form_id": "lT4Z3j", "pagesize": 10},
        "says": "Did you mean page_size?",
    },
]

PAGES = [
    {
        "operation": "forms.list",
        "asked": {"page_size": 1},
        "body": {"total_items": 2, "page_count": 2, "items": [{"id": "a"}]},
        "items": [{"id": "a"}],
        "next": {"page_size": 1, "page": 2},
    },
    {
        "operation": "forms.list",
        "asked": {"page_size": 1, "page": 2},
        "body": {"total_items": 2, "page_count": 2, "items": [{"id": "b"}]},
        "items": [{"id": "b"}],
    },
    {
        "operation": "responses.list",
        "asked": {"form_id": "lT4Z3j", "page_size": 2},
        "body": {"total_items": 3, "page_count": 2, "items": [{"token": "t1"}, {"token": "t2"}]},
        "items": [{"token": "t1"}, {"token": "t2"}],
        "next": {"form_id": "lT4Z3j", "page_size": 2, "before": "t2"},
    },
    {
        "operation": "responses.list",
        "asked": {"form_id": "lT4Z3j", "before": "t3"},
        "body": {"total_items": 0, "page_count": 0, "items": []},
        "items": [],
    },
]

_PARTIAL = "the description is a third party's of ten operations; the vendor's docs have it"
NOT_DESCRIBED = dict.fromkeys(
    (
        "me.get", "responses.list", "responses.delete", "responses.file", "insights.get", "webhooks.list", "webhooks.get",
        "webhooks.upsert", "webhooks.delete", "workspaces.list", "workspaces.get", "workspaces.create",
    ),
    _PARTIAL,
)  # fmt: skip
