"""What Notion answers and is asked, and what each means: data only.

Bodies as in https://developers.notion.com/reference/status-codes and /reference/request-limits (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "ntn_abc"}, "authorization": "Bearer ntn_abc"},
    {"credential": {"access_token": "def"}, "authorization": "Bearer def"},
]

BASES = [
    {"given": {}, "url": "https://api.notion.com/v1", "headers": {"Notion-Version": "2026-03-11"}},
    {
        "given": {"version": "2025-09-03"},
        "url": "https://api.notion.com/v1",
        "headers": {"Notion-Version": "2025-09-03"},
    },
]


def _error(status: int, code: str, message: str) -> dict:
    return {"object": "error", "status": status, "code": code, "message": message, "request_id": "abc"}


ANSWERS = [
    {"why": "a success", "status": 200, "body": {"object": "user", "id": "u1", "type": "bot"}, "verdict": "success"},
    {
        "why": "too fast",
        "status": 429,
        "headers": {"retry-after": "12"},
        "body": {
            **_error(429, "rate_limited", "You have been rate limited. Please try again in a few minutes."),
            "additional_data": {"rate_limit_reason": "public_api_request_rate_limit"},
        },
        "verdict": "throttled",
        "hint": {"retry_after_s": 12.0},
        "code": "rate_limited",
        "has_hint": True,
    },
    {
        "why": "too busy is a 529, and waits for every method",
        "status": 529,
        "headers": {"retry-after": "5"},
        "body": _error(529, "service_overload", "Notion is overloaded. Please try again later."),
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 5.0},
        "has_hint": True,
    },
    {
        "why": "two writes at once: nothing was done",
        "status": 409,
        "body": _error(409, "conflict_error", "Conflict occurred while saving. Please try again."),
        "verdict": "transient",
        "code": "conflict_error",
        "has_hint": True,
    },
    {
        "why": "a wrong token",
        "status": 401,
        "body": _error(401, "unauthorized", "API token is invalid."),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "not shared with the connection",
        "status": 404,
        "body": _error(404, "object_not_found", "Could not find page with ID: 1."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a property in another form than Notion's",
        "status": 400,
        "body": _error(400, "validation_error", "body failed validation: body.properties.Name.title should be an array"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a capability is missing",
        "status": 403,
        "body": _error(403, "restricted_resource", "API token does not have access to this resource."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "the version got lost",
        "status": 400,
        "body": _error(400, "missing_version", "Notion-Version header failed validation."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": _error(500, "internal_server_error", "Unexpected error occurred."),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "a large data source took too long",
        "status": 504,
        "body": "",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
        "has_hint": True,
    },
]  # fmt: skip

_TITLE = {"title": [{"text": {"content": "Ada"}}]}

REQUESTS = [
    {
        "operation": "pages.create",
        "given": {"parent": {"data_source_id": "d1"}, "Name": _TITLE, "Age": {"number": 36}, "Note": None},
        "url": "https://api.notion.com/v1/pages",
        "body": {"parent": {"data_source_id": "d1"}, "properties": {"Name": _TITLE, "Age": {"number": 36}}},
        "is_resendable": False,
    },
    {
        "operation": "pages.create",
        "given": {"parent": {"page_id": "p1"}, "properties": {"title": _TITLE}, "markdown": "# Hello"},
        "body": {"parent": {"page_id": "p1"}, "properties": {"title": _TITLE}, "markdown": "# Hello"},
    },
    {
        "operation": "data_sources.query",
        "given": {
            "data_source_id": "d1",
            "filter": {"property": "Done", "checkbox": {"equals": True}},
            "page_size": 100,
            "filter_properties": ["title", "a%3Db"],
        },
        "url": "https://api.notion.com/v1/data_sources/d1/query?filter_properties=title&filter_properties=a%253Db",
        "body": {"filter": {"property": "Done", "checkbox": {"equals": True}}, "page_size": 100},
        "is_resendable": True,
    },
    {
        "operation": "pages.archive",
        "given": {"page_id": "p1"},
        "url": "https://api.notion.com/v1/pages/p1",
        "body": {"in_trash": True},
        "is_resendable": True,
    },
    {
        "operation": "blocks.append_children",
        "given": {"block_id": "b1", "children": [{"paragraph": {"rich_text": []}}]},
        "url": "https://api.notion.com/v1/blocks/b1/children",
        "body": {"children": [{"paragraph": {"rich_text": []}}]},
        "is_resendable": False,
    },
    {
        "operation": "comments.list",
        "given": {"block_id": "b1", "start_cursor": "c"},
        "url": "https://api.notion.com/v1/comments?block_id=b1&start_cursor=c",
    },
]  # fmt: skip

REFUSED = [
    {"operation": "pages.create", "given": {"Name": _TITLE}, "says": "needs parent"},
    {"operation": "pages.create", "given": {"parnet": {"page_id": "p1"}}, "says": "Did you mean parent?"},
    {"operation": "pages.update_markdown", "given": {"page_id": "p1", "type": "append"}, "says": "replace_content"},
]  # fmt: skip

PAGES = [
    {
        "operation": "data_sources.query",
        "asked": {"data_source_id": "d1", "page_size": 1},
        "body": {"object": "list", "results": [{"id": "p1"}], "next_cursor": "c2", "has_more": True},
        "items": [{"id": "p1"}],
        "next": {"data_source_id": "d1", "page_size": 1, "start_cursor": "c2"},
    },
    {
        "operation": "users.list",
        "body": {"object": "list", "results": [{"id": "u1"}], "next_cursor": None, "has_more": False},
        "items": [{"id": "u1"}],
    },
]  # fmt: skip
