"""What monday.com answers and is asked, and what each means: data only.

Bodies as in https://developer.monday.com/api-reference/docs/errors and its changelog (2026-11).
"""

PLANS = ("free", "basic", "standard", "pro", "enterprise")

CREDENTIALS = [
    {"credential": {"token": "eyJ.abc"}, "variant": "free", "header": ("Authorization", "eyJ.abc")},
    {
        "credential": {"token": "eyJ.abc"},
        "base": {"plan": "pro"},
        "variant": "pro",
        "header": ("Authorization", "eyJ.abc"),
    },
    *(
        {
            "credential": {"access_token": "abc"},
            "base": {"plan": plan},
            "variant": f"{plan} app",
            "authorization": "abc",
        }
        for plan in PLANS
    ),
]

BASES = [
    {"given": {}, "url": "https://api.monday.com", "headers": {"API-Version": "2026-10"}},
    {
        "given": {"version": "2026-07", "plan": "pro"},
        "url": "https://api.monday.com",
        "headers": {"API-Version": "2026-07"},
    },
]


def _error(message: str, code: str, **more: object) -> dict:
    return {"errors": [{"message": message, "extensions": {"code": code, **more}}], "data": None}


_SPENT = (
    "Complexity budget exhausted, query cost 30001 budget remaining 19986 out of 1000000 reset in 3 seconds"
)

ANSWERS = [
    {
        "why": "a success, with what it cost and what is left of the minute",
        "status": 200,
        "body": {"data": {"me": {"id": "1"}, "complexity": {"query": 12, "after": 999988, "reset_in_x_seconds": 60}}},
        "verdict": "success",
        "hint": {"unit": "points", "remaining": 999988.0, "reset_in_s": 60.0, "cost": 12.0},
    },
    {
        "why": "the budget of a minute, as a 200, with the time in the body",
        "status": 200,
        "body": _error("Complexity budget exhausted", "COMPLEXITY_BUDGET_EXHAUSTED", retry_in_seconds=16, status_code=429),
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 16.0},
        "code": "COMPLEXITY_BUDGET_EXHAUSTED",
        "has_hint": True,
    },
    {
        "why": "the same before 2025, with the time in the message only",
        "status": 200,
        "body": {"error_code": "ComplexityException", "status_code": 429, "error_message": _SPENT, "error_data": {},
                 "errors": [_SPENT]},
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 3.0},
        "code": "ComplexityException",
    },
    {
        "why": "too large a query under the same name: waiting will not help",
        "status": 200,
        "body": _error("Query has complexity of 5100000, which exceeds max complexity of 5000000", "ComplexityException"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a minute's calls",
        "status": 429,
        "body": _error("Minute limit rate exceeded", "RATE_LIMIT_EXCEEDED", retry_in_seconds=30),
        "verdict": "throttled",
        "hint": {"retry_after_s": 30.0},
    },
    {
        "why": "a minute's calls, with a Retry-After, which goes first",
        "status": 429,
        "headers": {"retry-after": "12"},
        "body": _error("Minute limit rate exceeded", "RATE_LIMIT_EXCEEDED", retry_in_seconds=30),
        "verdict": "throttled",
        "hint": {"retry_after_s": 12.0},
    },
    {
        "why": "too many at once",
        "status": 429,
        "body": _error("Concurrency limit exceeded", "maxConcurrencyExceeded"),
        "verdict": "throttled",
        "has_hint": True,
    },
    {
        "why": "a field's own limit, in the oldest shape",
        "status": 200,
        "body": {"error_message": "Concurrency limit exceeded for the field", "error_code": "FIELD_LIMIT_EXCEEDED",
                 "error_data": {"retry_in_seconds": 15, "entity": "boards"}, "status_code": 429},
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 15.0},
    },
    {
        "why": "today's calls are used up: not asked again",
        "status": 429,
        "body": _error("Daily limit exceeded", "DAILY_LIMIT_EXCEEDED"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "today's calls are used up, as a 200",
        "status": 200,
        "body": _error("Daily limit exceeded", "DAILY_LIMIT_EXCEEDED", status_code=429),
        "verdict": "permanent",
    },
    {
        "why": "a refusal inside a 200",
        "status": 200,
        "body": _error("User unauthorized to perform action", "UserUnauthorizedException", status_code=403, error_data={}),
        "verdict": "permanent",
        "means": 403,
        "has_hint": True,
    },
    {
        "why": "a refusal inside a 200 that calls itself one",
        "status": 200,
        "body": _error("This column ID doesn't exist for the board", "InvalidColumnIdException", status_code=200),
        "verdict": "permanent",
        "means": 400,
        "has_hint": True,
    },
    {
        "why": "some of the rows and an error is no success",
        "status": 200,
        "body": {"data": {"boards": [{"id": "1"}, None]}, "errors": [{"message": "Not found", "extensions": {
            "code": "ResourceNotFoundException", "status_code": 404}}]},
        "verdict": "permanent",
        "means": 404,
        "has_hint": True,
    },
    {
        "why": "an error without a code",
        "status": 200,
        "body": {"errors": [{"message": "Field 'naem' doesn't exist on type 'Board'", "locations": []}]},
        "verdict": "permanent",
        "means": 400,
    },
    {
        "why": "a locked board: nothing was done",
        "status": 200,
        "body": _error("Resource is currently locked, please try again later", "ResourceLockedException", status_code=423),
        "verdict": "transient",
    },
    {"why": "a wrong token", "status": 401, "body": {"errors": ["Not Authenticated"]}, "verdict": "auth",
     "message": "Not Authenticated", "has_hint": True},
    {
        "why": "their failure inside a 200",
        "status": 200,
        "body": _error("Internal server error", "INTERNAL_SERVER_ERROR", status_code=500),
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
        "operation": "items.create",
        "given": {"board_id": 1771812698.0, "item_name": "Ada", "group_id": None, "status": "Done", "numbers": 3,
                  "text": float("nan")},
        "url": "https://api.monday.com/v2",
        "variables": {"board_id": "1771812698", "item_name": "Ada", "column_values": '{"status": "Done", "numbers": 3}'},
        "root": "create_item",
        "is_resendable": False,
    },
    {
        "operation": "items.create",
        "given": {"board_id": "1", "item_name": "Ada", "column_values": {"status": {"label": "Done"}}},
        "variables": {"board_id": "1", "item_name": "Ada", "column_values": '{"status": {"label": "Done"}}'},
        "root": "create_item",
    },
    {
        "operation": "items.change_column",
        "given": {"board_id": "1", "item_id": "2", "column_id": "status", "value": {"label": "Done"}},
        "variables": {"board_id": "1", "item_id": "2", "column_id": "status", "value": '{"label": "Done"}'},
        "root": "change_column_value",
        "is_resendable": True,
    },
    {
        "operation": "items.list",
        "given": {"board_id": 1, "limit": 500, "query_params": {"rules": []}},
        "variables": {"board_id": "1", "limit": 500, "query_params": {"rules": []}},
        "root": "boards",
        "is_resendable": True,
    },
    {
        "operation": "items.get",
        "given": {"ids": 7},
        "variables": {"ids": [7]},
        "root": "items",
        "is_resendable": True,
    },
    {"operation": "me.get", "given": {}, "variables": {}, "root": "me", "is_resendable": True},
]  # fmt: skip

REFUSED = [
    {"operation": "items.create", "given": {"item_name": "Ada"}, "says": "needs board_id"},
    {
        "operation": "items.change_columns",
        "given": {"board_id": 1, "item_id": 2},
        "says": "needs column_values",
    },
    {
        "operation": "boards.create",
        "given": {"board_name": "b", "board_kind": "secret"},
        "says": "public, private, share",
    },
    {"operation": "items.list", "given": {"board_id": 1, "status": "Done"}, "says": "no parameter 'status'"},
]

PAGES = [
    {
        "operation": "items.list",
        "asked": {"board_id": "1", "limit": 2, "query_params": {"rules": []}},
        "body": {
            "data": {"boards": [{"items_page": {"cursor": "abc", "items": [{"id": "1"}, {"id": "2"}]}}]}
        },
        "items": [{"id": "1"}, {"id": "2"}],
        "next": {"board_id": "1", "limit": 2, "cursor": "abc"},
    },
    {
        "operation": "items.list",
        "asked": {"board_id": "1", "cursor": "abc"},
        "body": {"data": {"boards": [{"items_page": {"cursor": None, "items": [{"id": "3"}]}}]}},
        "items": [{"id": "3"}],
    },
    {
        "operation": "items.find_by_column",
        "asked": {"board_id": "1", "columns": [{"column_id": "a", "column_values": ["b"]}]},
        "body": {"data": {"items_page_by_column_values": {"cursor": "abc", "items": [{"id": "1"}]}}},
        "items": [{"id": "1"}],
        "next": {"board_id": "1", "cursor": "abc"},
    },
    {
        "operation": "boards.list",
        "asked": {"limit": 1},
        "body": {"data": {"boards": [{"id": "1"}], "complexity": {"query": 10}}},
        "items": [{"id": "1"}],
        "next": {"limit": 1, "page": 2},
    },
    {
        "operation": "boards.list",
        "asked": {"limit": 2, "page": 2},
        "body": {"data": {"boards": [{"id": "3"}]}},
        "items": [{"id": "3"}],
    },
]
