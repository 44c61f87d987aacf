"""What Shopify answers and is asked, and what each means: data only.

Bodies as in https://shopify.dev/docs/api/admin-graphql (status and error codes) and /docs/api/usage/limits (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "shpat_abc"}, "variant": "standard", "header": ("X-Shopify-Access-Token", "shpat_abc")},
    {"credential": {"access_token": "shpua_abc"}, "base": {"plan": "plus"}, "variant": "plus",
     "header": ("X-Shopify-Access-Token", "shpua_abc")},
]  # fmt: skip

BASES = [
    {"given": {"shop": "acme"}, "url": "https://acme.myshopify.com/admin/api/2026-10", "headers": {}},
    {
        "given": {"shop": "acme", "version": "2026-07"},
        "url": "https://acme.myshopify.com/admin/api/2026-07",
        "headers": {},
    },
]


def _cost(requested: float, actual: float | None, left: float, rate: float = 100.0) -> dict:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": left, "restoreRate": rate}
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}}


_THROTTLED = [
    {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/..."}}
]

ANSWERS = [
    {
        "why": "a success, with what it cost",
        "status": 200,
        "body": {"data": {"shop": {"id": "gid://shopify/Shop/1"}}, "extensions": _cost(2, 1, 1999)},
        "verdict": "success",
        "hint": {"cost": 1, "remaining": 1999.0, "capacity": 2000.0, "refill_rate": 100.0, "unit": "points",
                 "retry_after_s": None},
    },
    {
        "why": "a refusal for rate: wait until the points are there, (502 - 102) / 100 a second",
        "status": 200,
        "body": {"errors": _THROTTLED, "extensions": _cost(502, None, 102)},
        "verdict": "throttled",
        "hint": {"retry_after_s": 4.0, "remaining": 102.0},
        "code": "THROTTLED",
        "has_hint": True,
    },
    {
        "why": "a refusal for rate that restores nothing is left to the schedule (shopify-api-ruby#836)",
        "status": 200,
        "body": {"errors": _THROTTLED, "extensions": _cost(502, None, 102, rate=0.0)},
        "verdict": "throttled",
        "hint": {"retry_after_s": None},
    },
    {
        "why": "a change they refuse",
        "status": 200,
        "body": {"data": {"customerCreate": {"customer": None, "userErrors": [
            {"field": ["input", "email"], "message": "Email has already been taken"}]}}, "extensions": _cost(10, 10, 1990)},
        "verdict": "permanent",
        "means": 422,
        "message": "Email has already been taken",
        "has_hint": True,
    },
    {
        "why": "a change they refuse, under another name",
        "status": 200,
        "body": {"data": {"orderCancel": {"job": None, "orderCancelUserErrors": [
            {"field": ["orderId"], "message": "Order does not exist", "code": "NOT_FOUND"}]}}},
        "verdict": "permanent",
        "means": 422,
        "code": "NOT_FOUND",
        "has_hint": True,
    },
    {
        "why": "the first call with this key still runs",
        "status": 200,
        "body": {"data": {"inventorySetQuantities": {"userErrors": [
            {"field": None, "message": "in progress", "code": "IDEMPOTENCY_CONCURRENT_REQUEST"}]}}},
        "verdict": "transient",
    },
    {
        "why": "a missing scope",
        "status": 200,
        "body": {"errors": [{"message": "Access denied for customers field.", "extensions": {"code": "ACCESS_DENIED"}}],
                 "data": {"customers": None}},
        "verdict": "permanent",
        "means": 403,
        "code": "ACCESS_DENIED",
        "has_hint": True,
    },
    {
        "why": "too large a query",
        "status": 200,
        "body": {"errors": [{"message": "Query cost is 1,252", "extensions": {"code": "MAX_COST_EXCEEDED"}}]},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure inside a 200",
        "status": 200,
        "body": {"errors": [{"message": "Internal error.", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "a page of something on the way is no success",
        "status": 200,
        "body": "<html>Log in</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {"why": "their guard", "status": 430, "body": "", "verdict": "throttled", "hint": {"retry_after_s": 60.0}},
    {
        "why": "a 429 of the older API, with a decimal wait",
        "status": 429,
        "headers": {"retry-after": "2.0"},
        "body": {"errors": "Exceeded 2 calls per second for api client."},
        "verdict": "throttled",
        "message": "Exceeded 2 calls per second for api client.",
    },
    {
        "why": "a wrong token",
        "status": 401,
        "body": {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"},
        "verdict": "auth",
        "has_hint": True,
    },
    {"why": "a frozen shop", "status": 402, "body": {"errors": "Unavailable Shop"}, "verdict": "permanent", "has_hint": True},
]  # fmt: skip

REQUESTS = [
    {
        "operation": "customers.create",
        "given": {"email": "ada@example.com", "firstName": "Ada", "phone": None, "tags": ["vip"]},
        "url": "https://acme.myshopify.com/admin/api/2026-10/graphql.json",
        "variables": {"input": {"email": "ada@example.com", "firstName": "Ada", "tags": ["vip"]}},
        "root": "customerCreate",
        "is_resendable": False,
    },
    {
        "operation": "products.create",
        "given": {"title": "Tee", "status": "DRAFT", "media": [{"mediaContentType": "IMAGE", "originalSource": "https://a.b/c.png"}]},
        "variables": {
            "product": {"title": "Tee", "status": "DRAFT"},
            "media": [{"mediaContentType": "IMAGE", "originalSource": "https://a.b/c.png"}],
        },
        "root": "productCreate",
    },
    {
        "operation": "refunds.create",
        "given": {"orderId": "gid://shopify/Order/1", "note": "broken"},
        "variables": {"input": {"orderId": "gid://shopify/Order/1", "note": "broken"}, "idempotencyKey": "KEY"},
        "root": "refundCreate",
        "directive": "idempotent",
        "is_resendable": True,
    },
    {
        "operation": "orders.list",
        "given": {"query": "created_at:>2026-01-01", "first": 10},
        "variables": {"query": "created_at:>2026-01-01", "first": 10},
        "root": "orders",
        "is_resendable": True,
    },
    {"operation": "products.update", "given": {"id": "gid://shopify/Product/1", "title": "T"}, "root": "productUpdate",
     "variables": {"product": {"id": "gid://shopify/Product/1", "title": "T"}}, "is_resendable": True},
]  # fmt: skip

REFUSED = [
    {"operation": "products.create", "given": {"vendor": "Acme"}, "says": "needs title"},
    {"operation": "customers.create", "given": {"first_name": "Ada"}, "says": "Did you mean firstName?"},
    {
        "operation": "orders.cancel",
        "given": {"orderId": "gid://shopify/Order/1", "restock": True, "reason": "BORED"},
        "says": "CUSTOMER",
    },
]

PAGES = [
    {
        "operation": "products.list",
        "asked": {"first": 2},
        "body": {
            "data": {
                "products": {
                    "nodes": [{"id": "1"}, {"id": "2"}],
                    "pageInfo": {"hasNextPage": True, "endCursor": "b"},
                }
            }
        },
        "items": [{"id": "1"}, {"id": "2"}],
        "next": {"first": 2, "after": "b"},
    },
    {
        "operation": "orders.list",
        "body": {
            "data": {"orders": {"nodes": [{"id": "3"}], "pageInfo": {"hasNextPage": False, "endCursor": "c"}}}
        },
        "items": [{"id": "3"}],
    },
]
