"""What Brevo answers and is asked, and what each means: data only.

Bodies as in https://developers.brevo.com/docs/how-it-works and /docs/heterogenous-versions-batch-emails (2026-11).
"""

CREDENTIALS = [
    {"credential": {"api_key": "xkeysib-abc"}, "header": ("api-key", "xkeysib-abc"), "variant": "general"},
    {
        "credential": {"token": "xkeysib-abc"},
        "base": {"plan": "advanced"},
        "header": ("api-key", "xkeysib-abc"),
        "variant": "advanced",
    },
]

BASES = [{"given": {}, "url": "https://api.brevo.com/v3", "headers": {}}]

ANSWERS = [
    {
        "why": "a success, with what is left",
        "status": 201,
        "headers": {
            "x-sib-ratelimit-limit": "100",
            "x-sib-ratelimit-remaining": "99",
            "x-sib-ratelimit-reset": "3571",
        },
        "body": {"id": 122},
        "verdict": "success",
        "hint": {"limit": 100.0, "remaining": 99.0, "reset_in_s": 3571.0},
    },
    {"why": "a changed contact has no body", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "a hundred calls in this hour: the reset counts seconds, and there is no Retry-After",
        "status": 429,
        "headers": {
            "x-sib-ratelimit-limit": "100",
            "x-sib-ratelimit-remaining": "0",
            "x-sib-ratelimit-reset": "1800",
        },
        "body": {
            "code": "too_many_requests",
            "message": "You have exceeded the number of requests permitted per hour",
        },
        "verdict": "throttled",
        "hint": {"remaining": 0.0, "reset_in_s": 1800.0, "retry_after_s": None},
        "code": "too_many_requests",
        "has_hint": True,
    },
    {
        "why": "a wrong key, or an address that may not use it",
        "status": 401,
        "body": {"code": "unauthorized", "message": "Key not found"},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "the contact is there already",
        "status": 400,
        "body": {"code": "duplicate_parameter", "message": "Contact already exist"},
        "verdict": "permanent",
        "code": "duplicate_parameter",
        "has_hint": True,
    },
    {
        "why": "a key that was used: the first mail went out, this one did not",
        "status": 400,
        "body": {"code": "duplicate_parameter", "message": "idempotencyKey was used already"},
        "verdict": "uncertain",
        "has_hint": True,
    },
    {
        "why": "the same request once more",
        "status": 409,
        "body": {"code": "duplicate_request", "message": "The request was made before"},
        "verdict": "uncertain",
    },
    {
        "why": "the credits are spent",
        "status": 402,
        "body": {"code": "not_enough_credits", "message": "Insufficient credits"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "no such contact",
        "status": 404,
        "body": {"code": "document_not_found", "message": "Contact does not exist"},
        "verdict": "permanent",
        "message": "Contact does not exist",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"code": "internal_error", "message": "Internal server error"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "their proxy's failure",
        "status": 502,
        "body": "<html>Bad Gateway</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "contacts.upsert",
        "given": {"email": "ada@example.com", "FIRSTNAME": "Ada", "LASTNAME": float("nan"), "listIds": [2]},
        "url": "https://api.brevo.com/v3/contacts",
        "body": {"updateEnabled": True, "attributes": {"FIRSTNAME": "Ada"}, "email": "ada@example.com", "listIds": [2]},
        "is_resendable": True,
    },
    {
        "operation": "contacts.create",
        "given": {"email": "ada@example.com", "attributes": {"SMS": "33123456789"}, "FIRSTNAME": "Ada"},
        "body": {"attributes": {"SMS": "33123456789", "FIRSTNAME": "Ada"}, "email": "ada@example.com"},
        "is_resendable": False,
    },
    {
        "operation": "contacts.update",
        "given": {"identifier": "ada+x@example.com", "identifierType": "email_id", "FIRSTNAME": "Ada"},
        "url": "https://api.brevo.com/v3/contacts/ada%2Bx%40example.com?identifierType=email_id",
        "body": {"attributes": {"FIRSTNAME": "Ada"}},
        "is_resendable": True,
    },
    {
        "operation": "email.send",
        "given": {
            "sender": "Shop <shop@example.com>", "to": "ada@example.com", "templateId": 3.0, "params": {"name": "Ada"},
            "headers": {"X-Order": "42"},
        },
        "url": "https://api.brevo.com/v3/smtp/email",
        "body": {
            "headers": {"X-Order": "42", "idempotencyKey": "KEY"},
            "sender": {"email": "shop@example.com", "name": "Shop"},
            "to": [{"email": "ada@example.com"}],
            "templateId": 3,
            "params": {"name": "Ada"},
        },
        "is_resendable": True,
    },
    {
        "operation": "events.create",
        "given": {"event_name": "order", "email": "ada@example.com", "event_properties": {"total": 9}},
        "url": "https://api.brevo.com/v3/events",
        "body": {
            "event_name": "order", "event_properties": {"total": 9}, "identifiers": {"email_id": "ada@example.com"},
        },
        "is_resendable": False,
    },
    {
        "operation": "contacts.list",
        "given": {"limit": 1000, "modifiedSince": "2026-11-01T00:00:00Z"},
        "url": "https://api.brevo.com/v3/contacts?limit=1000&modifiedSince=2026-11-01T00%3A00%3A00Z",
    },
    {
        "operation": "contact_attributes.create",
        "given": {"attributeCategory": "normal", "attributeName": "CITY", "type": "text"},
        "url": "https://api.brevo.com/v3/contacts/attributes/normal/CITY",
        "body": {"type": "text"},
    },
]  # fmt: skip

REFUSED = [
    {
        "operation": "email.send",
        "given": {"to": "a@b.co", "htmlContnt": "x"},
        "says": "Did you mean htmlContent",
    },
    {"operation": "email.send", "given": {"to": "a@b.co", "priority": 1}, "says": "no parameter 'priority'"},
    {"operation": "lists.create", "given": {"name": "L"}, "says": "needs folderId"},
    {
        "operation": "contacts.get",
        "given": {"identifier": "1", "identifierType": "id"},
        "says": "email_id, phone_id",
    },
    {"operation": "events.create", "given": {"event_name": "order"}, "says": "needs identifiers"},
]

PAGES = [
    {
        "operation": "contacts.list",
        "asked": {"limit": 1},
        "body": {"contacts": [{"id": 1}], "count": 2},
        "items": [{"id": 1}],
        "next": {"limit": 1, "offset": 1},
    },
    {
        "operation": "contacts.list",
        "asked": {"limit": 1, "offset": 1},
        "body": {"contacts": [{"id": 2}], "count": 2},
        "items": [{"id": 2}],
    },
    {"operation": "lists.list", "asked": {"limit": 50}, "body": {"count": 0}, "items": []},
]
