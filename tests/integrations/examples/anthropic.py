"""What Anthropic answers and is asked, and what each means: data only.

Errors as in https://platform.claude.com/docs/en/api/errors and /docs/en/api/rate-limits (2026-11).
"""

CREDENTIALS = [
    {"credential": {"api_key": "sk-ant-api03-abc"}, "header": ("x-api-key", "sk-ant-api03-abc")},
    {"credential": {"token": "sk-ant-api03-abc"}, "header": ("x-api-key", "sk-ant-api03-abc")},
    {"credential": {"access_token": "abc"}, "authorization": "Bearer abc"},
]

BASES = [
    {
        "given": {},
        "url": "https://api.anthropic.com/v1",
        "headers": {"anthropic-version": "2023-06-01"},
    },
    {
        "given": {"beta": "context-1m-2025-08-07,interleaved-thinking-2025-05-14"},
        "url": "https://api.anthropic.com/v1",
        "headers": {"anthropic-beta": "context-1m-2025-08-07,interleaved-thinking-2025-05-14"},
    },
]

_NOW = {"date": "Mon, 23 Nov 2026 02:00:00 GMT"}


def _error(kind: str, message: str, **details: str) -> dict[str, object]:
    error: dict[str, object] = {"type": kind, "message": message}
    if details:
        error["details"] = details
    return {"type": "error", "error": error, "request_id": "req_1"}


def _stream(kind: str) -> str:
    return (
        'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1"}}\n\n'
        f'event: error\ndata: {{"type":"error","error":{{"type":"{kind}","message":"Overloaded"}}}}\n\n'
    )


_EVENTS = {"content-type": "text/event-stream; charset=utf-8"}

ANSWERS = [
    {
        "why": "a success, with the bucket: 10 of 50 come back in 12 seconds",
        "status": 200,
        "headers": {
            **_NOW,
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "40",
            "anthropic-ratelimit-requests-reset": "2026-11-23T02:00:12Z",
        },
        "body": {"id": "msg_1", "type": "message", "content": [{"type": "text", "text": "Hei"}]},
        "verdict": "success",
        "hint": {"capacity": 50.0, "remaining": 40.0, "retry_after_s": None},
    },
    {
        "why": "a full bucket, and a reset that is no instant",
        "status": 200,
        "headers": {
            **_NOW,
            "anthropic-ratelimit-requests-limit": "4000",
            "anthropic-ratelimit-requests-remaining": "4000",
            "anthropic-ratelimit-requests-reset": "soon",
        },
        "body": {"data": []},
        "verdict": "success",
        "hint": {"capacity": 4000.0, "remaining": 4000.0, "refill_rate": None},
    },
    {
        "why": "a stream that went well",
        "status": 200,
        "headers": _EVENTS,
        "body": 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
        "verdict": "success",
    },
    {
        "why": "a stream that ends in an overload: a part of the answer was given, and billed",
        "status": 200,
        "headers": _EVENTS,
        "body": _stream("overloaded_error"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
        "means": 503,
    },
    {
        "why": "a stream that talks about errors",
        "status": 200,
        "headers": _EVENTS,
        "body": 'event: content_block_delta\ndata: {"delta":{"text":"event: error data: \\"error\\" \\"type\\":\\"x\\""}}\n\n',
        "verdict": "success",
    },
    {
        "why": "a stream that ends in a failure",
        "status": 200,
        "headers": _EVENTS,
        "body": _stream("api_error"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
        "means": 500,
    },
    {
        "why": "too fast, with the time to wait",
        "status": 429,
        "headers": {"retry-after": "9"},
        "body": _error(
            "rate_limit_error", "Number of request tokens has exceeded your per-minute rate limit"
        ),
        "verdict": "throttled",
        "hint": {"retry_after_s": 9.0},
        "code": "rate_limit_error",
        "has_hint": True,
    },
    {
        "why": "too fast, with the time to the thousandth",
        "status": 429,
        "headers": {"retry-after": "1", "retry-after-ms": "350"},
        "body": _error("rate_limit_error", "Too many requests"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 0.35},
    },
    {
        "why": "too many tokens: the wait is theirs, not the requests'",
        "status": 429,
        "headers": {
            **_NOW,
            "anthropic-ratelimit-requests-remaining": "40",
            "anthropic-ratelimit-requests-reset": "2026-11-23T02:00:01Z",
            "anthropic-ratelimit-input-tokens-remaining": "0",
            "anthropic-ratelimit-input-tokens-reset": "2026-11-23T02:00:37Z",
        },
        "body": _error("rate_limit_error", "This request would exceed your rate limit"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 37.0},
    },
    {
        "why": "the month's cap is no rate",
        "status": 429,
        "body": _error(
            "rate_limit_error",
            "You have reached your API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
            error_code="enforced_spend_limit_reached",
        ),
        "verdict": "permanent",
        "code": "enforced_spend_limit_reached",
        "has_hint": True,
    },
    {
        "why": "a 429 they say not to repeat",
        "status": 429,
        "headers": {"x-should-retry": "false"},
        "body": _error("rate_limit_error", "Not now"),
        "verdict": "permanent",
    },
    {
        "why": "everybody's load: nothing of ours is spent",
        "status": 529,
        "headers": {
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "0",
        },
        "body": _error("overloaded_error", "Overloaded"),
        "verdict": "throttled",
        "means": 429,
        "hint": {"remaining": None, "retry_after_s": None},
        "code": "overloaded_error",
        "has_hint": True,
    },
    {
        "why": "a wrong key",
        "status": 401,
        "body": _error("authentication_error", "invalid x-api-key"),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a limit of their own making on spending",
        "status": 400,
        "body": _error("invalid_request_error", "You have reached your specified API usage limits."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "no credit left",
        "status": 402,
        "body": _error("billing_error", "Your credit balance is too low"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure: it may have been billed",
        "status": 500,
        "body": _error("api_error", "Internal server error"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "messages.create",
        "given": {
            "model": "claude-sonnet-5",
            "max_tokens": 64.0,
            "messages": '[{"role": "user", "content": "Hei"}]',
            "system": None,
        },
        "url": "https://api.anthropic.com/v1/messages",
        "body": {
            "model": "claude-sonnet-5",
            "max_tokens": 64,
            "messages": [{"role": "user", "content": "Hei"}],
        },
        "no_headers": ["Idempotency-Key", "anthropic-beta"],
        "is_resendable": False,
    },
    {
        "operation": "batches.create",
        "given": {"requests": [{"custom_id": "row-1", "params": {"model": "claude-sonnet-5"}}]},
        "url": "https://api.anthropic.com/v1/messages/batches",
        "body": {"requests": [{"custom_id": "row-1", "params": {"model": "claude-sonnet-5"}}]},
        "is_resendable": False,
    },
    {
        "operation": "batches.list",
        "given": {"limit": 20, "after_id": "msgbatch_1"},
        "url": "https://api.anthropic.com/v1/messages/batches?limit=20&after_id=msgbatch_1",
        "is_resendable": True,
    },
    {
        "operation": "files.upload",
        "given": {"file": ("a.txt", b"Hei", "text/plain")},
        "url": "https://api.anthropic.com/v1/files",
        "no_headers": ["anthropic-beta"],
        "is_resendable": False,
    },
    {
        "operation": "sessions.send_events",
        "given": {"session_id": "session_1", "events": [{"type": "user.message", "content": []}]},
        "url": "https://api.anthropic.com/v1/sessions/session_1/events",
        "headers": {"anthropic-beta": "managed-agents-2026-04-01"},
        "body": {"events": [{"type": "user.message", "content": []}]},
    },
]

REFUSED = [
    {
        "operation": "messages.create",
        "given": {"model": "claude-sonnet-5", "messages": []},
        "says": "needs max_tokens",
    },
    {
        "operation": "messages.create",
        "given": {"model": "claude-sonnet-5", "messages": "Hei", "max_tokens": 9},
        "says": "a list",
    },
    {
        "operation": "messages.count_tokens",
        "given": {"model": "claude-sonnet-5", "message": []},
        "says": "Did you mean messages?",
    },
]

PAGES = [
    {
        "operation": "batches.list",
        "asked": {"limit": 1},
        "body": {
            "data": [{"id": "msgbatch_1"}],
            "has_more": True,
            "first_id": "msgbatch_1",
            "last_id": "msgbatch_1",
        },
        "items": [{"id": "msgbatch_1"}],
        "next": {"limit": 1, "after_id": "msgbatch_1"},
    },
    {
        "operation": "models.list",
        "body": {"data": [{"id": "claude-sonnet-5"}], "has_more": False, "last_id": "claude-sonnet-5"},
        "items": [{"id": "claude-sonnet-5"}],
    },
    {
        "operation": "agents.list",
        "asked": {"limit": 1},
        "body": {"data": [{"id": "agent_1"}], "next_page": "page_2"},
        "items": [{"id": "agent_1"}],
        "next": {"limit": 1, "page": "page_2"},
    },
]

_PREVIEW = "a closed preview, which the description leaves out; the vendor's docs have it"
NOT_DESCRIBED = dict.fromkeys(("prompts.generate", "prompts.improve", "prompts.templatize"), _PREVIEW)
