"""What Square answers and is asked, and what each means: data only.

Bodies as in https://developer.squareup.com/docs/build-basics/general-considerations/handling-errors (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "EAAAabc"}, "authorization": "Bearer EAAAabc"},
    {"credential": {"access_token": "EAAAabc"}, "authorization": "Bearer EAAAabc"},
]

BASES = [
    {"given": {}, "url": "https://connect.squareup.com/v2", "headers": {"Square-Version": "2026-09-16"}},
    {
        "given": {"host": "squareupsandbox", "version": "2025-08-20"},
        "url": "https://connect.squareupsandbox.com/v2",
        "headers": {"Square-Version": "2025-08-20"},
    },
]


def _errors(category: str, code: str, detail: str) -> dict:
    return {"errors": [{"category": category, "code": code, "detail": detail}]}


ANSWERS = [
    {"why": "a success", "status": 200, "body": {"payment": {"id": "hYy9pRFVxpDsO1FB05SunFWUe9JZY"}}, "verdict": "success"},
    {
        "why": "too fast",
        "status": 429,
        "body": _errors("RATE_LIMIT_ERROR", "RATE_LIMITED", "Too many requests."),
        "verdict": "throttled",
        "code": "RATE_LIMITED",
        "has_hint": True,
    },
    {
        "why": "another call writes the catalogue: slowing down would not help",
        "status": 429,
        "body": _errors("RATE_LIMIT_ERROR", "RATE_LIMITED", "Catalog locked by prior request"),
        "verdict": "transient",
    },
    {
        "why": "an ended token",
        "status": 401,
        "body": _errors("AUTHENTICATION_ERROR", "ACCESS_TOKEN_EXPIRED", "The access token has expired."),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a missing permission",
        "status": 403,
        "body": _errors("AUTHENTICATION_ERROR", "INSUFFICIENT_SCOPES", "The merchant has not given PAYMENTS_WRITE."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "the bank said no",
        "status": 402,
        "body": _errors("PAYMENT_METHOD_ERROR", "CARD_DECLINED", "Card declined."),
        "verdict": "permanent",
        "message": "Card declined.",
        "has_hint": True,
    },
    {
        "why": "a stale version stays one, key or not",
        "status": 409,
        "body": _errors("INVALID_REQUEST_ERROR", "VERSION_MISMATCH", "Object version does not match."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "an error without a sentence",
        "status": 400,
        "body": {"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "IDEMPOTENCY_KEY_REUSED"}]},
        "verdict": "permanent",
        "message": "IDEMPOTENCY_KEY_REUSED",
        "has_hint": True,
    },
    {
        "why": "a bulk call of which nothing succeeded",
        "status": 200,
        "body": {"responses": {"a": _errors("INVALID_REQUEST_ERROR", "INVALID_EMAIL_ADDRESS", "Invalid email address.")}},
        "verdict": "permanent",
        "means": 400,
        "message": "Invalid email address.",
        "code": "INVALID_EMAIL_ADDRESS",
    },
    {
        "why": "a bulk call of which something succeeded: the rows are told apart in the answer",
        "status": 200,
        "body": {"responses": {"a": {"customer": {"id": "1"}}, "b": _errors("INVALID_REQUEST_ERROR", "BAD_REQUEST", "No.")}},
        "verdict": "success",
    },
    {
        "why": "their failure",
        "status": 500,
        "body": _errors("API_ERROR", "INTERNAL_SERVER_ERROR", "An internal error has occurred."),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "a time-out on their side",
        "status": 408,
        "body": _errors("API_ERROR", "REQUEST_TIMEOUT", "The request timed out."),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

_EURO = {"amount": 1000, "currency": "EUR"}

REQUESTS = [
    {
        "operation": "payments.create",
        "given": {"source_id": "cnon:card-nonce-ok", "amount_money": '{"amount": 1000, "currency": "EUR"}', "note": None},
        "url": "https://connect.squareup.com/v2/payments",
        "body": {"source_id": "cnon:card-nonce-ok", "amount_money": _EURO, "idempotency_key": "KEY"},
        "no_headers": ["Idempotency-Key"],
        "is_resendable": True,
    },
    {
        "operation": "orders.update",
        "given": {"order_id": "CAISE", "order": {"version": 3, "state": "COMPLETED"}},
        "body": {"order": {"version": 3, "state": "COMPLETED"}, "idempotency_key": "KEY"},
        "is_resendable": True,
    },
    {
        "operation": "customers.update",
        "given": {"customer_id": "JDKY", "given_name": "Ada", "version": 2.0},
        "body": {"given_name": "Ada", "version": 2},
    },
    {
        "operation": "payments.complete",
        "given": {"payment_id": "hYy9"},
        "url": "https://connect.squareup.com/v2/payments/hYy9/complete",
        "is_resendable": False,
    },
    {
        "operation": "catalog.list",
        "given": {"types": ["ITEM", "CATEGORY"]},
        "url": "https://connect.squareup.com/v2/catalog/list?types=ITEM%2CCATEGORY",
    },
    {
        "operation": "customers.search",
        "given": {"query": {"filter": {"email_address": {"exact": "ada@example.com"}}}},
        "body": {"query": {"filter": {"email_address": {"exact": "ada@example.com"}}}},
        "is_resendable": True,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "payments.create", "given": {"amount_money": _EURO}, "says": "needs source_id"},
    {"operation": "customers.create", "given": {"giver_name": "Ada"}, "says": "Did you mean given_name?"},
    {
        "operation": "invoices.publish",
        "given": {"invoice_id": "inv:0", "version": "new"},
        "says": "a whole number",
    },
]

PAGES = [
    {
        "operation": "customers.list",
        "asked": {"limit": 2},
        "body": {"customers": [{"id": "1"}, {"id": "2"}], "cursor": "TbI4"},
        "items": [{"id": "1"}, {"id": "2"}],
        "next": {"limit": 2, "cursor": "TbI4"},
    },
    {"operation": "customers.list", "body": {"customers": [{"id": "3"}]}, "items": [{"id": "3"}]},
    {"operation": "payments.list", "body": {}, "items": []},
    {
        "operation": "orders.search",
        "asked": {"location_ids": ["L1"]},
        "body": {"orders": [{"id": "1"}], "cursor": "next"},
        "items": [{"id": "1"}],
        "next": {"location_ids": ["L1"], "cursor": "next"},
    },
]
