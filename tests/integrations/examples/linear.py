"""What Linear answers and is asked, and what each means: data only.

Bodies as in https://linear.app/developers/rate-limiting, its SDK's error.ts, and captures of 2023 to 2026.
"""

CREDENTIALS = [
    {"credential": {"token": "lin_api_abc"}, "variant": "key", "header": ("Authorization", "lin_api_abc")},
    {"credential": {"access_token": "lin_oauth_abc"}, "variant": "app", "authorization": "Bearer lin_oauth_abc"},
]  # fmt: skip

BASES = [{"given": {}, "url": "https://api.linear.app", "headers": {}}]

_NOW = {"date": "Mon, 23 Nov 2026 02:00:00 GMT"}  # 1795399200


def _budget(name: str, limit: int, left: int, reset_in_s: int) -> dict:
    return {
        f"x-ratelimit-{name}-limit": str(limit),
        f"x-ratelimit-{name}-remaining": str(left),
        f"x-ratelimit-{name}-reset": str((1795399200 + reset_in_s) * 1000),
    }


_LIMITED = [{"message": "Rate limit exceeded", "extensions": {"code": "RATELIMITED", "type": "ratelimited"}}]

ANSWERS = [
    {
        "why": "a success: requests will run out first",
        "status": 200,
        "headers": _NOW | _budget("requests", 5000, 1000, 1800) | _budget("complexity", 3000000, 2900000, 1800)
        | {"x-complexity": "80"},
        "body": {"data": {"viewer": {"id": "1"}}},
        "verdict": "success",
        "hint": {"unit": "requests", "limit": 5000.0, "remaining": 1000.0, "reset_in_s": 1800.0, "cost": None},
    },
    {
        "why": "a success: points will run out first, and this is what it cost",
        "status": 200,
        "headers": _NOW | _budget("requests", 5000, 4999, 1) | _budget("complexity", 3000000, 600000, 2880)
        | {"x-complexity": "1901"},
        "body": {"data": {"issues": {"nodes": []}}},
        "verdict": "success",
        "hint": {"unit": "points", "remaining": 600000.0, "cost": 1901.0},
    },
    {
        "why": "a refusal for rate is a 400; the time is in milliseconds",
        "status": 400,
        "headers": _NOW | _budget("requests", 5000, 0, 90) | _budget("complexity", 3000000, 2000000, 1200),
        "body": {"errors": _LIMITED},
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 90.0},
        "code": "RATELIMITED",
        "has_hint": True,
    },
    {
        "why": "a refusal by an end point's own limit",
        "status": 400,
        "headers": _NOW | _budget("requests", 5000, 4000, 90) | _budget("endpoint-requests", 30, 0, 60),
        "body": {"errors": _LIMITED},
        "verdict": "throttled",
        "hint": {"retry_after_s": 60.0},
    },
    {"why": "a refusal for rate without any field", "status": 400, "body": {"errors": _LIMITED}, "verdict": "throttled"},
    {
        "why": "too complex a query is no refusal for rate",
        "status": 400,
        "body": {"errors": [{"message": "Query too complex", "extensions": {"code": "INPUT_ERROR"}}]},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a wrong key, as a 400",
        "status": 400,
        "body": {"errors": [{"message": "Authentication required, not authenticated",
                             "extensions": {"code": "AUTHENTICATION_ERROR", "type": "authentication error"}}]},
        "verdict": "auth",
        "means": 401,
        "has_hint": True,
    },
    {"why": "a wrong key", "status": 401, "body": {"errors": [{"message": "Unauthorized"}]}, "verdict": "auth", "has_hint": True},
    {
        "why": "nothing with this id",
        "status": 200,
        "body": {"data": None, "errors": [{"message": "Entity not found: Issue", "extensions": {
            "code": "INPUT_ERROR", "userPresentableMessage": "Could not find referenced Issue."}}]},
        "verdict": "permanent",
        "means": 404,
        "message": "Could not find referenced Issue.",
        "has_hint": True,
    },
    {
        "why": "another change holds the thing",
        "status": 200,
        "body": {"errors": [{"message": "Lock timeout", "extensions": {"code": "LOCK_TIMEOUT", "type": "lock timeout"}}]},
        "verdict": "transient",
    },
    {
        "why": "their failure inside a 200",
        "status": 200,
        "body": {"errors": [{"message": "Internal server error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "their failure",
        "status": 502,
        "body": "<html>Bad gateway</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "issues.create",
        "given": {"teamId": "t1", "title": "It leaks", "priority": 2.0, "labelIds": ["l1"], "dueDate": None},
        "url": "https://api.linear.app/graphql",
        "variables": {"input": {"teamId": "t1", "title": "It leaks", "priority": 2, "labelIds": ["l1"]}},
        "root": "issueCreate",
        "is_resendable": False,
    },
    {
        "operation": "issues.update",
        "given": {"id": "LIN-1", "stateId": "s2"},
        "variables": {"id": "LIN-1", "input": {"stateId": "s2"}},
        "root": "issueUpdate",
        "is_resendable": True,
    },
    {
        "operation": "issues.list",
        "given": {"filter": {"team": {"key": {"eq": "LIN"}}}, "first": 250},
        "variables": {"filter": {"team": {"key": {"eq": "LIN"}}}, "first": 250},
        "root": "issues",
        "is_resendable": True,
    },
    {
        "operation": "issues.batch_update",
        "given": {"ids": ["a", "b"], "stateId": "s2"},
        "variables": {"ids": ["a", "b"], "input": {"stateId": "s2"}},
        "root": "issueBatchUpdate",
    },
    {
        "operation": "attachments.link_url",
        "given": {"issueId": "LIN-1", "url": "https://example.com"},
        "variables": {"issueId": "LIN-1", "url": "https://example.com"},
        "root": "attachmentLinkURL",
        "is_resendable": True,
    },
]

REFUSED = [
    {"operation": "issues.create", "given": {"title": "It leaks"}, "says": "needs teamId"},
    {
        "operation": "issues.create",
        "given": {"team_id": "t1", "title": "It leaks"},
        "says": "Did you mean teamId?",
    },
    {"operation": "issues.list", "given": {"orderBy": "title"}, "says": "createdAt, updatedAt"},
]

PAGES = [
    {
        "operation": "issues.list",
        "asked": {"first": 2},
        "body": {
            "data": {
                "issues": {
                    "nodes": [{"id": "1"}, {"id": "2"}],
                    "pageInfo": {"hasNextPage": True, "endCursor": "b"},
                }
            }
        },
        "items": [{"id": "1"}, {"id": "2"}],
        "next": {"first": 2, "after": "b"},
    },
    {
        "operation": "teams.list",
        "body": {
            "data": {"teams": {"nodes": [{"id": "3"}], "pageInfo": {"hasNextPage": False, "endCursor": "c"}}}
        },
        "items": [{"id": "3"}],
    },
]
