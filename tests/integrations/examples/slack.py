"""What Slack answers and is asked, and what each means: data only.

Codes as in https://docs.slack.dev/reference/methods/chat.postMessage and /apis/web-api/rate-limits (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "xoxb-abc"}, "variant": "listed", "authorization": "Bearer xoxb-abc"},
    {"credential": {"token": "xoxb-abc"}, "base": {"app": "unlisted"}, "variant": "unlisted"},
]

BASES = [{"given": {}, "url": "https://slack.com/api", "headers": {}}]

ANSWERS = [
    {
        "why": "a success",
        "status": 200,
        "body": {"ok": True, "ts": "1767225600.000200"},
        "verdict": "success",
    },
    {
        "why": "a success with ok elsewhere",
        "status": 200,
        "body": {"channel": "C1", "ok": True},
        "verdict": "success",
    },
    {
        "why": "too fast, as a 429",
        "status": 429,
        "headers": {"retry-after": "30"},
        "body": {"ok": False, "error": "ratelimited"},
        "verdict": "throttled",
        "hint": {"retry_after_s": 30.0},
        "code": "ratelimited",
        "has_hint": True,
    },
    {
        "why": "too fast, as a 200",
        "status": 200,
        "body": {"ok": False, "error": "rate_limited"},
        "verdict": "throttled",
    },
    {
        "why": "a workspace too busy",
        "status": 200,
        "body": {"ok": False, "error": "message_limit_exceeded"},
        "verdict": "throttled",
    },
    {
        "why": "a wrong token is a 200 too",
        "status": 200,
        "body": {"ok": False, "error": "invalid_auth"},
        "verdict": "auth",
        "code": "invalid_auth",
        "has_hint": True,
    },
    {
        "why": "an ended token",
        "status": 200,
        "body": {"ok": False, "error": "token_expired"},
        "verdict": "auth",
    },
    {
        "why": "a missing scope",
        "status": 200,
        "body": {"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "users:read"},
        "verdict": "permanent",
        "means": 403,
        "has_hint": True,
    },
    {
        "why": "no such channel",
        "status": 200,
        "body": {"ok": False, "error": "channel_not_found"},
        "verdict": "permanent",
        "means": 404,
        "has_hint": True,
    },
    {
        "why": "a code nobody has heard of",
        "status": 200,
        "body": {"ok": False, "error": "odd"},
        "verdict": "permanent",
        "means": 400,
    },
    {
        "why": "their failure: some of it may have happened",
        "status": 200,
        "body": {"ok": False, "error": "internal_error"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "they are away",
        "status": 200,
        "body": {"ok": False, "error": "service_unavailable"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "our request came cut",
        "status": 200,
        "body": {"ok": False, "error": "request_timeout"},
        "verdict": "transient",
    },
    {
        "why": "a page of something on the way is no success",
        "status": 200,
        "body": "<html>Please sign in</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "messages.post",
        "given": {"channel": "C1", "text": "hello", "thread_ts": 1767225600.0002},
        "url": "https://slack.com/api/chat.postMessage",
        "body": {"channel": "C1", "text": "hello", "thread_ts": "1767225600.000200"},
        "is_resendable": False,
    },
    {
        "operation": "channels.history",
        "given": {"channel": "C1", "limit": 20, "cursor": "dXNlcjpVMDYxTkZUVDI="},
        "url": "https://slack.com/api/conversations.history?channel=C1&limit=20&cursor=dXNlcjpVMDYxTkZUVDI%3D",
    },
    {
        "operation": "channels.invite",
        "given": {"channel": "C1", "users": ["U1", "U2"]},
        "url": "https://slack.com/api/conversations.invite",
        "body": {"channel": "C1", "users": "U1,U2"},
    },
    {
        "operation": "users.lookup_by_email",
        "given": {"email": "ada@example.com"},
        "url": "https://slack.com/api/users.lookupByEmail?email=ada%40example.com",
    },
    {"operation": "auth.test", "given": {}, "url": "https://slack.com/api/auth.test", "is_resendable": True},
]

REFUSED = [
    {"operation": "messages.post", "given": {"text": "hello"}, "says": "needs channel"},
    {
        "operation": "messages.post",
        "given": {"chanel": "C1", "text": "hello"},
        "says": "Did you mean channel?",
    },
    {"operation": "messages.search", "given": {"query": "a", "sort": "date"}, "says": "score, timestamp"},
]

PAGES = [
    {
        "operation": "users.list",
        "body": {"ok": True, "members": [{"id": "U1"}], "response_metadata": {"next_cursor": "dGVhbTpDMDI="}},
        "items": [{"id": "U1"}],
        "next": {"cursor": "dGVhbTpDMDI="},
    },
    {
        "operation": "channels.history",
        "asked": {"channel": "C1"},
        "body": {"ok": True, "messages": [{"ts": "1.000100"}], "response_metadata": {"next_cursor": ""}},
        "items": [{"ts": "1.000100"}],
    },
    {
        "operation": "messages.search",
        "asked": {"query": "a", "count": 1},
        "body": {"ok": True, "messages": {"matches": [{"iid": "1"}], "paging": {"page": 1, "pages": 2}}},
        "items": [{"iid": "1"}],
        "next": {"query": "a", "count": 1, "page": 2},
    },
]

_OLD = "the description is of 2021-09; the method is newer"
NOT_DESCRIBED = {
    "files.get_upload_url": _OLD,
    "files.complete_upload": _OLD,
    "auth.test": "described as a GET; the reference calls it with POST",
    "views.open": "described as a GET; it is called with POST since it takes JSON",
}
# Parameters the service has and the description has not, and when they came.
NEWER = {
    "metadata": "2022", "team_id": "2022", "include_all_metadata": "2022", "prevent_creation": "2021-11", "force": "2023",
}  # fmt: skip
# What we ask for though the description does not: the reference says it is required.
STRICTER = {"channel", "ts", "user", "users", "name", "post_at"}
