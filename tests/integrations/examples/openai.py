"""What OpenAI answers and is asked, and what each means: data only.

Errors as in https://developers.openai.com/api/docs/guides/error-codes and /guides/rate-limits (2026-11).
"""

CREDENTIALS = [
    {"credential": {"api_key": "sk-proj-abc"}, "authorization": "Bearer sk-proj-abc"},
    {"credential": {"token": "sk-proj-abc"}, "authorization": "Bearer sk-proj-abc"},
]

BASES = [
    {"given": {}, "url": "https://api.openai.com/v1", "headers": {}},
    {
        "given": {"organization": "org-abc-1", "project": "proj_abc"},
        "url": "https://api.openai.com/v1",
        "headers": {"OpenAI-Organization": "org-abc-1", "OpenAI-Project": "proj_abc"},
    },
]


def _error(code: str | None, message: str, kind: str = "invalid_request_error") -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


_TOKENS_SPENT = _error(
    "rate_limit_exceeded",
    "Rate limit reached for gpt-5-mini in organization org-abc on tokens per min (TPM): Limit 30000, Used 28770,"
    " Requested 2200. Please try again in 1.94s.",
    "tokens",
)

ANSWERS = [
    {
        "why": "a success, with what is left",
        "status": 200,
        "headers": {
            "x-ratelimit-limit-requests": "480",
            "x-ratelimit-remaining-requests": "479",
            "x-ratelimit-reset-requests": "125ms",
        },
        "body": {"id": "chatcmpl-1", "object": "chat.completion", "choices": []},
        "verdict": "success",
        "hint": {"capacity": 480.0, "remaining": 479.0, "refill_rate": 8.0, "retry_after_s": None},
    },
    {
        "why": "a bucket that takes minutes to fill",
        "status": 200,
        "headers": {
            "x-ratelimit-limit-requests": "72",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "6m0s",
        },
        "body": {"object": "list", "data": []},
        "verdict": "success",
        "hint": {"capacity": 72.0, "remaining": 0.0, "refill_rate": 0.2},
    },
    {
        "why": "a full bucket",
        "status": 200,
        "headers": {"x-ratelimit-limit-requests": "72", "x-ratelimit-remaining-requests": "72"},
        "body": {"object": "list", "data": []},
        "verdict": "success",
        "hint": {"capacity": 72.0, "remaining": 72.0, "refill_rate": None},
    },
    {
        "why": "fields filled with nothing",
        "status": 200,
        "headers": {"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0"},
        "body": {"object": "list", "data": []},
        "verdict": "success",
        "hint": {"capacity": None, "remaining": None, "reset_in_s": None},
    },
    {
        "why": "too fast, with the time to wait",
        "status": 429,
        "headers": {"retry-after": "2"},
        "body": _TOKENS_SPENT,
        "verdict": "throttled",
        "hint": {"retry_after_s": 2.0},
        "code": "rate_limit_exceeded",
        "has_hint": True,
    },
    {
        "why": "too many tokens: the wait is theirs, not the requests'",
        "status": 429,
        "headers": {
            "x-ratelimit-remaining-requests": "498",
            "x-ratelimit-reset-requests": "240ms",
            "x-ratelimit-remaining-tokens": "0",
            "x-ratelimit-reset-tokens": "2m59.56s",
        },
        "body": _TOKENS_SPENT,
        "verdict": "throttled",
        "hint": {"retry_after_s": 179.56},
    },
    {
        "why": "too many tokens, told in words only",
        "status": 429,
        "body": _TOKENS_SPENT,
        "verdict": "throttled",
        "hint": {"retry_after_s": 1.94},
    },
    {
        "why": "too fast, with nothing said",
        "status": 429,
        "body": _error("rate_limit_exceeded", "Rate limit reached.", "requests"),
        "verdict": "throttled",
    },
    {
        "why": "no credit left is not a rate",
        "status": 429,
        "body": _error(
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
        ),
        "verdict": "permanent",
        "code": "insufficient_quota",
        "has_hint": True,
    },
    {
        "why": "no credit left, by its type alone",
        "status": 429,
        "body": _error(None, "You exceeded your current quota.", "insufficient_quota"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a wrong key",
        "status": 401,
        "body": _error("invalid_api_key", "Incorrect API key provided: sk-proj-***bad."),
        "verdict": "auth",
        "code": "invalid_api_key",
        "has_hint": True,
    },
    {
        "why": "no such model",
        "status": 404,
        "body": _error(
            "model_not_found", "The model `gpt-0` does not exist or you do not have access to it."
        ),
        "verdict": "permanent",
        "code": "model_not_found",
        "has_hint": True,
    },
    {
        "why": "too long a conversation",
        "status": 400,
        "body": _error("context_length_exceeded", "This model's maximum context length is 128000 tokens."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "overloaded: it was not begun",
        "status": 503,
        "body": _error(None, "The engine is currently overloaded, please try again later", "server_error"),
        "verdict": "throttled",
    },
    {
        "why": "slow down",
        "status": 503,
        "body": _error(None, "Slow Down", "server_error"),
        "verdict": "throttled",
    },
    {
        "why": "something on the way is away: nobody knows",
        "status": 503,
        "body": "<html>upstream connect error</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "their failure: it may have been billed",
        "status": 500,
        "body": _error(None, "The server had an error while processing your request.", "server_error"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "chat_completions.create",
        "given": {"model": "gpt-5-mini", "messages": '[{"role": "user", "content": "Hei"}]', "seed": 7.0},
        "url": "https://api.openai.com/v1/chat/completions",
        "body": {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "Hei"}], "seed": 7},
        "is_resendable": False,
    },
    {
        "operation": "embeddings.create",
        "given": {"model": "text-embedding-3-small", "input": ["a", "b"], "dimensions": 8},
        "body": {"model": "text-embedding-3-small", "input": ["a", "b"], "dimensions": 8},
        "is_resendable": True,
    },
    {
        "operation": "files.list",
        "given": {"purpose": "batch", "limit": 2, "after": "file-1"},
        "url": "https://api.openai.com/v1/files?purpose=batch&limit=2&after=file-1",
        "is_resendable": True,
    },
    {
        "operation": "models.get",
        "given": {"model": "ft:gpt-5-mini:acme::1"},
        "url": "https://api.openai.com/v1/models/ft%3Agpt-5-mini%3Aacme%3A%3A1",
    },
    {
        "operation": "batches.create",
        "given": {"input_file_id": "file-1", "endpoint": "/v1/embeddings", "completion_window": "24h"},
        "body": {"input_file_id": "file-1", "endpoint": "/v1/embeddings", "completion_window": "24h"},
        "no_headers": ["Idempotency-Key"],
        "is_resendable": False,
    },
]

REFUSED = [
    {"operation": "chat_completions.create", "given": {"model": "gpt-5-mini"}, "says": "needs messages"},
    {
        "operation": "chat_completions.create",
        "given": {"model": "gpt-5-mini", "messages": "Hei"},
        "says": "a list",
    },
    {
        "operation": "embeddings.create",
        "given": {"model": "text-embedding-3-small", "input": "a", "dimension": 8},
        "says": "Did you mean dimensions?",
    },
    {
        "operation": "batches.create",
        "given": {"input_file_id": "file-1", "endpoint": "/v1/embeddings", "completion_window": "1h"},
        "says": "24h",
    },
]

PAGES = [
    {
        "operation": "files.list",
        "asked": {"limit": 2},
        "body": {
            "object": "list",
            "data": [{"id": "file-1"}, {"id": "file-2"}],
            "first_id": "file-1",
            "last_id": "file-2",
            "has_more": True,
        },
        "items": [{"id": "file-1"}, {"id": "file-2"}],
        "next": {"limit": 2, "after": "file-2"},
    },
    {
        "operation": "batches.list",
        "body": {"object": "list", "data": [{"id": "batch_1"}], "last_id": "batch_1", "has_more": False},
        "items": [{"id": "batch_1"}],
    },
    {
        "operation": "models.list",
        "body": {"object": "list", "data": [{"id": "gpt-5-mini"}]},
        "items": [{"id": "gpt-5-mini"}],
    },
]
