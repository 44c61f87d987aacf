"""What Cloudflare answers and is asked, and what each means: data only.

Bodies and fields as in https://developers.cloudflare.com/fundamentals/api/reference/limits/ and /api/ (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "abc"}, "authorization": "Bearer abc"},
    {"credential": {"email": "ada@example.com", "api_key": "def"}},
    {"credential": {"access_token": "ghi"}, "authorization": "Bearer ghi"},
]

BASES = [{"given": {}, "url": "https://api.cloudflare.com/client/v4", "headers": {}}]

_ZONE = "023e105f4ecef8ad9ca31a8372d0c353"


def _error(code: int, message: str) -> dict:
    return {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}


_JSON = {"content-type": "application/json"}

ANSWERS = [
    {
        "why": "a success, with what is left as structured fields",
        "status": 200,
        "headers": {
            "content-type": "application/json",
            "ratelimit": '"default";r=50;t=30',
            "ratelimit-policy": '"default";q=1200;w=300',
        },
        "body": {"success": True, "errors": [], "messages": [], "result": {"id": "abc", "status": "active"}},
        "verdict": "success",
        "hint": {"remaining": 50.0, "reset_in_s": 30.0, "limit": 1200.0},
    },
    {
        "why": "a value out of KV that looks like a failure is a value",
        "status": 200,
        "headers": {"content-type": "application/octet-stream"},
        "body": {"success": False, "errors": [{"code": 1, "message": "mine"}]},
        "verdict": "success",
    },
    {
        "why": "a failure inside a 200",
        "status": 200,
        "headers": _JSON,
        "body": _error(81057, "An identical record already exists."),
        "verdict": "permanent",
        "means": 400,
        "code": "81057",
        "has_hint": True,
    },
    {
        "why": "too fast without a time: everything of this user is refused for five minutes",
        "status": 429,
        "headers": _JSON,
        "body": _error(10000, "Rate limit exceeded"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 300.0},
        "has_hint": True,
    },
    {
        "why": "too fast with a time",
        "status": 429,
        "headers": {"retry-after": "17", **_JSON},
        "body": _error(971, "Please wait and consider throttling your request speed"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 17.0},
        "has_hint": True,
    },
    {
        "why": "the edge refuses with its own page (1015)",
        "status": 429,
        "headers": {"retry-after": "30", "content-type": "text/html"},
        "body": "<html>Error 1015</html>",
        "verdict": "throttled",
        "hint": {"retry_after_s": 30.0},
    },
    {
        "why": "the analytics' refusal for rate inside a 200",
        "status": 200,
        "headers": _JSON,
        "body": {"data": None, "errors": [{"message": "rate limiter budget depleted, try again after 5 minutes"}]},
        "verdict": "throttled",
    },
    {
        "why": "an analytics query that is wrong, inside a 200",
        "status": 200,
        "headers": _JSON,
        "body": {"data": None, "errors": [{"message": "unknown field \"x\"", "extensions": {"code": "parse"}}]},
        "verdict": "permanent",
        "means": 400,
        "code": "parse",
    },
    {
        "why": "an analytics answer",
        "status": 200,
        "headers": _JSON,
        "body": {"data": {"viewer": {"zones": []}}, "errors": None},
        "verdict": "success",
    },
    {
        "why": "a token that is cut off is a 400",
        "status": 400,
        "headers": _JSON,
        "body": {
            "success": False,
            "errors": [
                {
                    "code": 6003,
                    "message": "Invalid request headers",
                    "error_chain": [{"code": 6111, "message": "Invalid format for Authorization header"}],
                }
            ],
        },
        "verdict": "auth",
        "means": 401,
        "code": "6003",
        "message": "Invalid format for Authorization header",
        "has_hint": True,
    },
    {
        "why": "a token nobody knows",
        "status": 401,
        "headers": _JSON,
        "body": _error(1000, "Invalid API Token"),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a token that is over, as a 403",
        "status": 403,
        "headers": _JSON,
        "body": _error(9109, "Invalid access token"),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a missing permission is called an authentication error",
        "status": 403,
        "headers": _JSON,
        "body": _error(10000, "Authentication error"),
        "verdict": "permanent",
        "code": "10000",
        "has_hint": True,
    },
    {
        "why": "a name where an id belongs",
        "status": 404,
        "headers": _JSON,
        "body": _error(7003, "Could not route to /client/v4/zones/example.com, perhaps your object identifier is invalid?"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their own edge cannot reach their API",
        "status": 522,
        "body": "",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "their failure",
        "status": 500,
        "headers": _JSON,
        "body": _error(10001, "internal error"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "dns_records.create",
        "given": {"zone_id": _ZONE, "type": "A", "name": "www.example.com", "content": "192.0.2.1", "ttl": 300.0,
                  "comment": None},
        "url": f"https://api.cloudflare.com/client/v4/zones/{_ZONE}/dns_records",
        "body": {"type": "A", "name": "www.example.com", "content": "192.0.2.1", "ttl": 300},
        "is_resendable": False,
    },
    {
        "operation": "zones.list",
        "given": {"name": "example.com", "account_id": "a1", "per_page": 50},
        "url": "https://api.cloudflare.com/client/v4/zones?name=example.com&account.id=a1&per_page=50",
        "is_resendable": True,
    },
    {
        "operation": "kv_values.put",
        "given": {"account_id": "a1", "namespace_id": "n1", "key_name": "a/b", "value": "hello", "expiration_ttl": 3600},
        "url": "https://api.cloudflare.com/client/v4/accounts/a1/storage/kv/namespaces/n1/values/a%2Fb?expiration_ttl=3600",
        "body": "hello",
        "headers": {"Content-Type": "application/octet-stream"},
        "is_resendable": True,
    },
    {
        "operation": "kv_values.bulk_put",
        "given": {"account_id": "a1", "namespace_id": "n1", "pairs": [{"key": "a", "value": "1"}]},
        "body": [{"key": "a", "value": "1"}],
    },
    {
        "operation": "dns_records.batch",
        "given": {"zone_id": _ZONE, "deletes": [{"id": "r1"}], "posts": [{"type": "TXT", "name": "a", "content": "b"}]},
        "body": {"deletes": [{"id": "r1"}], "posts": [{"type": "TXT", "name": "a", "content": "b"}]},
        "is_resendable": False,
    },
    {
        "operation": "analytics.query",
        "given": {"query": "{ viewer { zones { zoneTag } } }"},
        "url": "https://api.cloudflare.com/client/v4/graphql",
        "body": {"query": "{ viewer { zones { zoneTag } } }"},
        "is_resendable": True,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "dns_records.create", "given": {"zone_id": _ZONE, "type": "A"}, "says": "needs name"},
    {"operation": "dns_records.create", "given": {"zone_id": _ZONE, "type": "A", "name": "a", "ttl": "auto"},
     "says": "whole number"},
    {"operation": "zones.create", "given": {"name": "example.com", "account": {"id": "a"}, "type": "half"},
     "says": "full, partial"},
]  # fmt: skip

PAGES = [
    {
        "operation": "zones.list",
        "asked": {"per_page": 2},
        "body": {
            "success": True,
            "result": [{"id": "a"}, {"id": "b"}],
            "result_info": {"page": 1, "per_page": 2, "total_pages": 2, "count": 2, "total_count": 3},
        },
        "items": [{"id": "a"}, {"id": "b"}],
        "next": {"per_page": 2, "page": 2},
    },
    {
        "operation": "dns_records.list",
        "asked": {"zone_id": _ZONE, "per_page": 2, "page": 2},
        "body": {"success": True, "result": [{"id": "c"}], "result_info": {"page": 2, "per_page": 2, "total_pages": 2}},
        "items": [{"id": "c"}],
    },
    {
        "operation": "kv_keys.list",
        "asked": {"account_id": "a1", "namespace_id": "n1"},
        "body": {"success": True, "result": [{"name": "k"}], "result_info": {"count": 1, "cursor": "6Ck1la0VxJ0djhidm1MdX2FyD"}},
        "items": [{"name": "k"}],
        "next": {"account_id": "a1", "namespace_id": "n1", "cursor": "6Ck1la0VxJ0djhidm1MdX2FyD"},
    },
    {
        "operation": "kv_keys.list",
        "body": {"success": True, "result": [{"name": "z"}], "result_info": {"count": 1, "cursor": ""}},
        "items": [{"name": "z"}],
    },
]  # fmt: skip

NOT_DESCRIBED = {
    "dns_records.batch": "the description is of 2024-08; batches came after it",
    "analytics.query": "GraphQL has a description of its own, which is not among these",
}
