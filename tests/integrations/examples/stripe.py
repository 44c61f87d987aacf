"""What Stripe answers and is asked, and what each means: data only.

Bodies as in https://docs.stripe.com/error-codes, /error-low-level and /rate-limits (2026-11).
"""

CREDENTIALS = [
    {"credential": {"secret_key": "sk_live_abc"}, "variant": "live", "authorization": "Bearer sk_live_abc"},
    {"credential": {"token": "rk_live_abc"}, "variant": "live", "authorization": "Bearer rk_live_abc"},
    {"credential": {"secret_key": "sk_test_abc"}, "variant": "test", "authorization": "Bearer sk_test_abc"},
    {"credential": {"access_token": "oauth_abc"}, "variant": "test", "authorization": "Bearer oauth_abc"},
]

BASES = [
    {"given": {}, "url": "https://api.stripe.com", "headers": {"Stripe-Version": "2026-09-30.endive"}},
    {
        "given": {"stripe_account": "acct_1", "version": "2024-06-20"},
        "url": "https://api.stripe.com",
        "headers": {"Stripe-Version": "2024-06-20", "Stripe-Account": "acct_1"},
    },
]

ANSWERS = [
    {"why": "a success", "status": 200, "body": {"id": "cus_1", "object": "customer"}, "verdict": "success"},
    {
        "why": "too fast",
        "status": 429,
        "headers": {"stripe-rate-limited-reason": "global-rate"},
        "body": {
            "error": {"code": "rate_limit", "type": "invalid_request_error", "message": "Too many requests"}
        },
        "verdict": "throttled",
        "code": "rate_limit",
        "has_hint": True,
    },
    {
        "why": "another request holds the object's lock: nothing was done, and slowing down would not help",
        "status": 429,
        "body": {"error": {"code": "lock_timeout", "type": "invalid_request_error", "message": "locked"}},
        "verdict": "transient",
        "code": "lock_timeout",
    },
    {"why": "a 429 from the edge", "status": 429, "body": "<html>slow down</html>", "verdict": "throttled"},
    {
        "why": "the first request with this key still runs: ask again with it",
        "status": 409,
        "body": {
            "error": {"code": "idempotency_key_in_use", "type": "idempotency_error", "message": "in use"}
        },
        "verdict": "transient",
    },
    {
        "why": "the key came with other parameters",
        "status": 400,
        "body": {"error": {"type": "idempotency_error", "message": "Keys for idempotent requests ..."}},
        "verdict": "permanent",
        "code": "idempotency_error",
        "has_hint": True,
    },
    {
        "why": "a stored 500 given again: the key will say nothing else",
        "status": 500,
        "headers": {"idempotent-replayed": "true"},
        "body": {"error": {"type": "api_error", "message": "Something went wrong"}},
        "verdict": "uncertain",
    },
    {
        "why": "Stripe says that asking again is of no use",
        "status": 500,
        "headers": {"stripe-should-retry": "false"},
        "body": {"error": {"type": "api_error", "message": "Something went wrong"}},
        "verdict": "uncertain",
    },
    {
        "why": "a fresh 500",
        "status": 500,
        "body": {"error": {"type": "api_error", "message": "Something went wrong"}},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "the bank said no",
        "status": 402,
        "body": {
            "error": {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Declined."}
        },
        "verdict": "permanent",
        "code": "card_declined",
        "message": "Declined.",
        "has_hint": True,
    },
    {
        "why": "a wrong key",
        "status": 401,
        "body": {
            "error": {"type": "invalid_request_error", "message": "Invalid API Key provided: sk_test_***"}
        },
        "verdict": "auth",
        "has_hint": True,
    },
]

REQUESTS = [
    {
        "operation": "customers.create",
        "given": {
            "email": "ada@example.com",
            "phone": 33123456789.0,
            "name": float("nan"),
            "metadata": {"row": 1},
        },
        "url": "https://api.stripe.com/v1/customers",
        "body": "email=ada%40example.com&phone=33123456789&metadata%5Brow%5D=1",
        "headers": {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "KEY"},
    },
    {
        "operation": "subscriptions.update",
        "given": {"subscription": "sub_1", "items": [{"price": "price_1", "quantity": 2}]},
        "url": "https://api.stripe.com/v1/subscriptions/sub_1",
        "body": "items%5B0%5D%5Bprice%5D=price_1&items%5B0%5D%5Bquantity%5D=2",
    },
    {
        "operation": "customers.list",
        "given": {"created": {"gte": 1793500000}, "limit": "5"},
        "url": "https://api.stripe.com/v1/customers?created%5Bgte%5D=1793500000&limit=5",
        "no_headers": ["Idempotency-Key"],
    },
]

REFUSED = [
    {"operation": "payment_intents.create", "given": {"currency": "eur"}, "says": "needs amount"},
    {
        "operation": "payment_intents.create",
        "given": {"amount": "ten", "currency": "eur"},
        "says": "a whole number",
    },
    {"operation": "customers.create", "given": {"emial": "a@b.co"}, "says": "Did you mean email?"},
    {
        "operation": "refunds.create",
        "given": {"charge": "ch_1", "reason": "fraud"},
        "says": "duplicate, fraudulent",
    },
]

PAGES = [
    {
        "operation": "customers.list",
        "body": {"data": [{"id": "cus_1"}, {"id": "cus_2"}], "has_more": True},
        "items": [{"id": "cus_1"}, {"id": "cus_2"}],
        "next": {"starting_after": "cus_2"},
    },
    {
        "operation": "customers.list",
        "body": {"data": [{"id": "cus_3"}], "has_more": False},
        "items": [{"id": "cus_3"}],
    },
    {
        "operation": "customers.search",
        "asked": {"query": "email:'a@b.co'"},
        "body": {"data": [{"id": "cus_1"}], "has_more": True, "next_page": "WzFd"},
        "items": [{"id": "cus_1"}],
        "next": {"query": "email:'a@b.co'", "page": "WzFd"},
    },
]

# Parameters the service has and the description has not, and when they came.
NEWER = {"ui_mode": "checkout, 2023-09", "return_url": "checkout, 2023-09"}
# What the description requires and we do not.
LOOSER = {("checkout_sessions.create", "success_url"): "not with ui_mode=embedded (2023-09)"}
NOT_DESCRIBED = {"billing_meter_events.create": "billing meters are newer than the description of 2023-08-16"}
