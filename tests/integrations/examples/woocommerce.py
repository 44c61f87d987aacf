"""What WooCommerce answers and is asked, and what each means: data only.

Bodies as in https://developer.woocommerce.com/docs/apis/rest-api/ (errors, batch; 2026-11) and as hosts write them.
"""

CREDENTIALS = [
    {
        "credential": {"consumer_key": "ck_abc", "consumer_secret": "cs_abc"},
        "authorization": "Basic Y2tfYWJjOmNzX2FiYw==",
    },
    {"credential": {"token": "eyJ0eXAi"}, "authorization": "Bearer eyJ0eXAi"},
    {"credential": {"query_key": "ck_abc", "query_secret": "cs_abc"}},
]

BASES = [
    {"given": {"store": "shop.example"}, "url": "https://shop.example/wp-json/wc/v3", "headers": {}},
    {"given": {"store": "example.com/shop"}, "url": "https://example.com/shop/wp-json/wc/v3", "headers": {}},
]

ANSWERS = [
    {"why": "a success", "status": 201, "body": {"id": 727, "status": "processing"}, "verdict": "success"},
    {
        "why": "a CDN refuses for rate, and says how long",
        "status": 429,
        "headers": {"retry-after": "30"},
        "body": "<html>Too Many Requests</html>",
        "verdict": "throttled",
        "hint": {"retry_after_s": 30.0},
        "has_hint": True,
    },
    {"why": "the host's limit of processes", "status": 508, "body": "<h1>Resource Limit Is Reached</h1>", "verdict": "throttled"},
    {
        "why": "maintenance that says how long",
        "status": 503,
        "headers": {"retry-after": "600"},
        "body": "<html>Briefly unavailable for scheduled maintenance.</html>",
        "verdict": {"resendable": "throttled", "otherwise": "uncertain"},
    },
    {
        "why": "a notice of PHP before the JSON: what became of the call is unknown",
        "status": 200,
        "body": '<br />\n<b>Notice</b>: Undefined index in <b>functions.php</b>\n{"id":727}',
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "a wrong key, or a host that swallows the Authorization field",
        "status": 401,
        "body": {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources.", "data": {"status": 401}},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a key that may only read",
        "status": 403,
        "body": {"code": "woocommerce_rest_cannot_create", "message": "Sorry, you are not allowed.", "data": {"status": 403}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a sku there is already",
        "status": 400,
        "body": {"code": "product_invalid_sku", "message": "Invalid or duplicated SKU.", "data": {"status": 400}},
        "verdict": "permanent",
        "code": "product_invalid_sku",
        "message": "Invalid or duplicated SKU.",
        "has_hint": True,
    },
    {
        "why": "no trash for these: the 501 is for good",
        "status": 501,
        "body": {"code": "woocommerce_rest_trash_not_supported", "message": "Customers do not support trashing."},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "plain permalinks",
        "status": 404,
        "body": {"code": "rest_no_route", "message": "No route was found matching the URL and request method."},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a batch: the rows are told apart in the answer",
        "status": 200,
        "body": {"create": [{"id": 0, "error": {"code": "product_invalid_sku", "message": "no"}}, {"id": 12}], "update": []},
        "verdict": "success",
    },
    {
        "why": "a fatal error of PHP",
        "status": 500,
        "body": {"code": "internal_server_error", "message": "There has been a critical error on this website."},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "orders.create",
        "given": {"status": "processing", "customer_id": 12.0, "billing": '{"email": "ada@example.com"}', "currency": None},
        "url": "https://shop.example/wp-json/wc/v3/orders",
        "body": {"status": "processing", "customer_id": 12, "billing": {"email": "ada@example.com"}},
        "is_resendable": False,
    },
    {
        "operation": "products.update",
        "given": {"id": 93, "regular_price": 12.5, "stock_quantity": "4"},
        "url": "https://shop.example/wp-json/wc/v3/products/93",
        "body": {"regular_price": "12.5", "stock_quantity": 4},
        "is_resendable": True,
    },
    {
        "operation": "customers.delete",
        "given": {"id": 12, "force": True},
        "url": "https://shop.example/wp-json/wc/v3/customers/12?force=true",
    },
    {
        "operation": "orders.list",
        "given": {"status": ["processing", "on-hold"], "modified_after": "2026-11-01T00:00:00", "dates_are_gmt": True},
        "url": "https://shop.example/wp-json/wc/v3/orders"
        "?status=processing%2Con-hold&modified_after=2026-11-01T00%3A00%3A00&dates_are_gmt=true",
    },
    {
        "operation": "system_status.get",
        "given": {"parts": ["environment"]},
        "url": "https://shop.example/wp-json/wc/v3/system_status?_fields=environment",
    },
]  # fmt: skip

REFUSED = [
    {"operation": "customers.create", "given": {"first_name": "Ada"}, "says": "needs email"},
    {"operation": "customers.delete", "given": {"id": 12}, "says": "needs force"},
    {"operation": "products.create", "given": {"type": "bundle"}, "says": "one of simple, grouped"},
    {"operation": "products.create", "given": {"regular_prices": "1"}, "says": "Did you mean regular_price?"},
]

PAGES = [
    {
        "operation": "orders.list",
        "asked": {"per_page": 2},
        "body": [{"id": 1}, {"id": 2}],
        "headers": {
            "link": '<http://shop.example/wp-json/wc/v3/orders?page=2>; rel="next"',
            "x-wp-totalpages": "2",
        },
        "items": [{"id": 1}, {"id": 2}],
        "next": {"per_page": 2, "page": 2},
    },
    {
        "operation": "orders.list",
        "asked": {"per_page": 2, "page": 2},
        "body": [{"id": 3}],
        "items": [{"id": 3}],
    },
    {"operation": "products.list", "asked": {"per_page": 100}, "body": [], "items": []},
]
