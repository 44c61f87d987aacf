"""What Datadog answers and is asked, and what each means: data only.

Bodies as in https://docs.datadoghq.com/api/latest/ and /api/latest/rate-limits/ (2026-11).
"""

CREDENTIALS = [
    {
        "credential": {"api_key": "abc", "application_key": "def", "site": "datadoghq.eu"},
        "base": {"site": "datadoghq.eu"},
    },
    {"credential": {"api_key": "abc"}, "header": ("DD-API-KEY", "abc"), "base": {"site": None}},
    {"credential": {"token": "ddpat_abc"}, "authorization": "Bearer ddpat_abc"},
]

BASES = [
    {"given": {"site": "us5.datadoghq.com"}, "url": "https://api.us5.datadoghq.com", "headers": {}},
    {"given": {"site": "datadoghq.eu"}, "url": "https://api.datadoghq.eu", "headers": {}},
]

ANSWERS = [
    {"why": "a good API key", "status": 200, "body": {"valid": True}, "verdict": "success"},
    {"why": "points taken in", "status": 202, "body": {"errors": []}, "verdict": "success"},
    {
        "why": "points refused inside a 202",
        "status": 202,
        "body": {"errors": ["Payload is missing a timestamp"]},
        "verdict": "permanent",
        "means": 400,
        "message": "Payload is missing a timestamp",
        "has_hint": True,
    },
    {
        "why": "a query that failed inside a 200",
        "status": 200,
        "body": {"status": "error", "error": "Error parsing query: unable to parse avg:", "series": []},
        "verdict": "permanent",
        "means": 400,
        "message": "Error parsing query: unable to parse avg:",
    },
    {"why": "a query that went well", "status": 200, "body": {"status": "ok", "series": []}, "verdict": "success"},
    {"why": "SLOs come with an empty list of errors", "status": 200, "body": {"data": [], "errors": []}, "verdict": "success"},
    {
        "why": "too fast: the reset is seconds from now, and there is no Retry-After",
        "status": 429,
        "headers": {
            "x-ratelimit-limit": "300",
            "x-ratelimit-period": "3600",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": "1234",
            "x-ratelimit-name": "logs_public_search_api",
        },
        "body": {"errors": ["Rate limit of 300 requests in 3600 seconds reached. Please try again later."]},
        "verdict": "throttled",
        "hint": {"retry_after_s": 1234.0, "remaining": 0.0, "scope": "logs_public_search_api"},
        "has_hint": True,
    },
    {
        "why": "too fast, without fields",
        "status": 429,
        "body": {"errors": ["Too many requests"]},
        "verdict": "throttled",
    },
    {"why": "no credential", "status": 401, "body": {"errors": ["Unauthorized"]}, "verdict": "auth", "has_hint": True},
    {
        "why": "a wrong key, a wrong site and a missing scope look the same",
        "status": 403,
        "body": {"errors": ["Forbidden"]},
        "verdict": "permanent",
        "message": "Forbidden",
        "has_hint": True,
    },
    {
        "why": "an error of v2",
        "status": 404,
        "body": {"errors": [{"title": "Not Found", "detail": "incident not found", "status": "404"}]},
        "verdict": "permanent",
        "message": "incident not found",
        "code": "Not Found",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"errors": ["Internal error"]},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {"why": "a gateway", "status": 504, "body": "", "verdict": {"resendable": "transient", "otherwise": "uncertain"}},
]  # fmt: skip

REQUESTS = [
    {
        "operation": "metrics.submit",
        "given": {"metric": "shop.orders", "value": 3, "timestamp": 1795399200, "type": "gauge",
                  "tags": ["env:prod"], "host": "a"},
        "url": "https://api.us5.datadoghq.com/api/v2/series",
        "body": {
            "series": [
                {
                    "metric": "shop.orders",
                    "points": [{"timestamp": 1795399200, "value": 3}],
                    "type": 3,
                    "tags": ["env:prod"],
                    "resources": [{"name": "a", "type": "host"}],
                }
            ]
        },
        "is_resendable": True,
    },
    {
        "operation": "monitors.create",
        "given": {"type": "query alert", "query": "avg(last_5m):avg:system.cpu.user{*} > 90", "name": "CPU"},
        "url": "https://api.us5.datadoghq.com/api/v1/monitor",
        "body": {"type": "query alert", "query": "avg(last_5m):avg:system.cpu.user{*} > 90", "name": "CPU"},
        "is_resendable": False,
    },
    {
        "operation": "monitors.list",
        "given": {"tags": ["env:prod", "team:web"]},
        "url": "https://api.us5.datadoghq.com/api/v1/monitor?tags=env%3Aprod%2Cteam%3Aweb&page=0",
        "is_resendable": True,
    },
    {
        "operation": "events.list",
        "given": {"query": "service:web", "from": "now-1d", "page_limit": 1000, "page_cursor": "abc"},
        "url": "https://api.us5.datadoghq.com/api/v2/events?filter%5Bquery%5D=service%3Aweb&filter%5Bfrom%5D=now-1d"
        "&page%5Blimit%5D=1000&page%5Bcursor%5D=abc",
    },
    {
        "operation": "logs.search",
        "given": {"filter": {"query": "service:web"}},
        "body": {"filter": {"query": "service:web"}, "page": {"limit": 1000}},
        "is_resendable": True,
    },
    {
        "operation": "incidents.create",
        "given": {"title": "Checkout is down", "customer_impacted": True},
        "url": "https://api.us5.datadoghq.com/api/v2/incidents",
        "body": {
            "data": {"type": "incidents", "attributes": {"title": "Checkout is down", "customer_impacted": True}}
        },
    },
    {
        "operation": "dashboards.delete_many",
        "given": {"data": [{"id": "abc-def-ghi", "type": "dashboard"}]},
        "url": "https://api.us5.datadoghq.com/api/v1/dashboard",
        "body": {"data": [{"id": "abc-def-ghi", "type": "dashboard"}]},
        "is_resendable": False,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "monitors.create", "given": {"type": "query alert"}, "says": "needs query"},
    {"operation": "metrics.submit", "given": {"value": 3}, "says": "needs series"},
    {"operation": "monitors.get", "given": {"monitor_id": "cpu"}, "says": "a whole number"},
    {"operation": "events.create", "given": {"title": "a", "text": "b", "priority": "high"}, "says": "normal, low"},
]  # fmt: skip

PAGES = [
    {
        "operation": "monitors.list",
        "asked": {"page": 0, "page_size": 2},
        "body": [{"id": 1}, {"id": 2}],
        "items": [{"id": 1}, {"id": 2}],
        "next": {"page": 1, "page_size": 2},
    },
    {
        "operation": "logs.search",
        "asked": {"filter": {"query": "*"}, "page": {"limit": 1}},
        "body": {"data": [{"id": "a"}], "meta": {"page": {"after": "eyJ"}}},
        "items": [{"id": "a"}],
        "next": {"filter": {"query": "*"}, "page": {"limit": 1, "cursor": "eyJ"}},
    },
    {
        "operation": "metrics.list",
        "asked": {"page_size": 1},
        "body": {"data": [{"id": "a"}], "meta": {"pagination": {"next_cursor": "abc"}}},
        "items": [{"id": "a"}],
        "next": {"page_size": 1, "page_cursor": "abc"},
    },
    {
        "operation": "hosts.list",
        "asked": {"start": 2, "count": 2},
        "body": {"host_list": [{"name": "c"}], "total_matching": 3, "total_returned": 1},
        "items": [{"name": "c"}],
    },
    {
        "operation": "events.list",
        "body": {"data": [{"id": "b"}], "meta": {"status": "done"}},
        "items": [{"id": "b"}],
    },
]  # fmt: skip
