"""What PayPal answers and is asked, and what each means: data only.

Bodies as in https://developer.paypal.com/api/rest/responses/ and the error schemas of its description (2024-02).
"""

CREDENTIALS = [
    {"credential": {"access_token": "A21AAabc"}, "authorization": "Bearer A21AAabc"},
    {"credential": {"token": "A21AAabc"}, "authorization": "Bearer A21AAabc"},
]

BASES = [
    {"given": {}, "url": "https://api-m.paypal.com", "headers": {"Prefer": "return=representation"}},
    {
        "given": {"host": "api-m.sandbox", "auth_assertion": "eyJhbGciOiJub25lIn0.eyJwYXllcl9pZCI6IjEifQ."},
        "url": "https://api-m.sandbox.paypal.com",
        "headers": {"PayPal-Auth-Assertion": "eyJhbGciOiJub25lIn0.eyJwYXllcl9pZCI6IjEifQ."},
    },
]


def _error(name: str, message: str, issue: str | None = None, description: str | None = None) -> dict:
    details = [{"issue": issue, "description": description or message}] if issue else []
    return {"name": name, "message": message, "debug_id": "f1b2c3", "details": details}


ANSWERS = [
    {"why": "a success", "status": 201, "body": {"id": "5O190127TN364715T", "status": "CREATED"}, "verdict": "success"},
    {"why": "a success without a body", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "too fast",
        "status": 429,
        "body": _error("RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
        "verdict": "throttled",
        "code": "RATE_LIMIT_REACHED",
        "has_hint": True,
    },
    {
        "why": "an ended token",
        "status": 401,
        "body": {"error": "invalid_token", "error_description": "Token signature verification failed"},
        "verdict": "auth",
        "message": "Token signature verification failed",
        "has_hint": True,
    },
    {
        "why": "an earlier call on the order is still at work: wait and ask again",
        "status": 409,
        "body": _error("RESOURCE_CONFLICT", "A conflict.", "PREVIOUS_REQUEST_IN_PROGRESS"),
        "verdict": "transient",
        "code": "PREVIOUS_REQUEST_IN_PROGRESS",
        "has_hint": True,
    },
    {
        "why": "the bank refused; the reason stands in details",
        "status": 422,
        "body": _error("UNPROCESSABLE_ENTITY", "Could not be performed.", "INSTRUMENT_DECLINED", "The instrument was declined."),
        "verdict": "permanent",
        "code": "INSTRUMENT_DECLINED",
        "message": "The instrument was declined.",
        "has_hint": True,
    },
    {
        "why": "a payout batch of this name was sent already",
        "status": 400,
        "body": _error("USER_BUSINESS_ERROR", "User business error."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a missing permission",
        "status": 403,
        "body": _error("NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "an id of the other host",
        "status": 404,
        "body": _error("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": _error("INTERNAL_SERVER_ERROR", "An internal server error has occurred."),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
        "code": "INTERNAL_SERVER_ERROR",
    },
]  # fmt: skip

_UNITS = [{"amount": {"currency_code": "EUR", "value": "10.00"}}]

REQUESTS = [
    {
        "operation": "orders.create",
        "given": {"intent": "CAPTURE", "purchase_units": _UNITS},
        "url": "https://api-m.paypal.com/v2/checkout/orders",
        "body": {"intent": "CAPTURE", "purchase_units": _UNITS},
        "headers": {"PayPal-Request-Id": "KEY"},
        "is_resendable": True,
    },
    {
        "operation": "orders.capture",
        "given": {"id": "5O190127TN364715T"},
        "url": "https://api-m.paypal.com/v2/checkout/orders/5O190127TN364715T/capture",
        "body": {},
        "headers": {"Content-Type": "application/json", "PayPal-Request-Id": "KEY"},
    },
    {
        "operation": "captures.refund",
        "given": {"capture_id": "2GG2", "amount": {"currency_code": "EUR", "value": "1.00"}, "note_to_payer": None},
        "body": {"amount": {"currency_code": "EUR", "value": "1.00"}},
    },
    {"operation": "captures.refund", "given": {"capture_id": "2GG2", "note_to_payer": float("nan")}, "body": {}},
    {
        "operation": "captures.refund",
        "given": {"capture_id": "2GG2", "invoice_id": "INV-1"},
        "body": {"invoice_id": "INV-1"},
    },
    {
        "operation": "orders.update",
        "given": {"id": "5O19", "patches": [{"op": "replace", "path": "/intent", "value": "AUTHORIZE"}]},
        "body": [{"op": "replace", "path": "/intent", "value": "AUTHORIZE"}],
        "no_headers": ["PayPal-Request-Id"],
        "is_resendable": False,
    },
    {
        "operation": "transactions.search",
        "given": {"start_date": "2026-10-01T00:00:00Z", "end_date": "2026-10-31T00:00:00Z", "fields": ["all"], "page_size": 500},
        "url": "https://api-m.paypal.com/v1/reporting/transactions"
        "?start_date=2026-10-01T00%3A00%3A00Z&end_date=2026-10-31T00%3A00%3A00Z&fields=all&page_size=500",
    },
    {
        "operation": "invoices.create",
        "given": {"detail": {"currency_code": "EUR"}},
        "body": {"detail": {"currency_code": "EUR"}},
        "no_headers": ["PayPal-Request-Id"],
        "is_resendable": False,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "orders.create", "given": {"intent": "CAPTURE"}, "says": "needs purchase_units"},
    {
        "operation": "orders.create",
        "given": {"intent": "SALE", "purchase_units": _UNITS},
        "says": "one of CAPTURE, AUTHORIZE",
    },
    {"operation": "orders.capture", "given": {}, "says": "needs id"},
    {"operation": "transactions.search", "given": {"start_date": "2026-10-01"}, "says": "needs end_date"},
]

_NEXT = "https://api-m.paypal.com/v1/customer/disputes?page_size=2&next_page_token=D2"

PAGES = [
    {
        "operation": "plans.list",
        "asked": {"page_size": 2},
        "body": {"plans": [{"id": "P-1"}, {"id": "P-2"}], "links": []},
        "items": [{"id": "P-1"}, {"id": "P-2"}],
        "next": {"page_size": 2, "page": 2},
    },
    {
        "operation": "transactions.search",
        "asked": {"page": 2, "page_size": 1},
        "body": {"transaction_details": [{"transaction_info": {}}], "page": 2, "total_pages": 2},
        "items": [{"transaction_info": {}}],
    },
    {
        "operation": "disputes.list",
        "asked": {"page_size": 2},
        "body": {"items": [{"dispute_id": "PP-1"}], "links": [{"rel": "self", "href": "x"}, {"rel": "next", "href": _NEXT}]},
        "items": [{"dispute_id": "PP-1"}],
        "next": {"page_size": 2, "next_page_token": "D2"},
    },
    {"operation": "disputes.list", "body": {"items": [{"dispute_id": "PP-2"}], "links": []}, "items": [{"dispute_id": "PP-2"}]},
]  # fmt: skip

NOT_DESCRIBED = {
    "transactions.search": "described, but with the base path /v1/reporting written twice",
}
