"""What Discord answers and is asked, and what each means: data only.

Bodies as in https://discord.com/developers/docs/topics/rate-limits and /topics/opcodes-and-status-codes (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "MTk4.abc"}, "authorization": "Bot MTk4.abc"},
    {"credential": {"access_token": "6qrZcUqja"}, "authorization": "Bearer 6qrZcUqja"},
]

BASES = [
    {
        "given": {},
        "url": "https://discord.com/api/v10",
        "headers": {"User-Agent": "DiscordBot (https://example.com, 1)"},
    },
    {
        "given": {"website": "ada.example"},
        "url": "https://discord.com/api/v10",
        "headers": {"User-Agent": "DiscordBot (https://ada.example, 1)"},
    },
]

_LIMITED = "You are being rate limited."

ANSWERS = [
    {
        "why": "a success, with what is left of this route's bucket",
        "status": 200,
        "headers": {
            "x-ratelimit-limit": "5", "x-ratelimit-remaining": "4", "x-ratelimit-reset": "1795399205.123",
            "x-ratelimit-reset-after": "4.987", "x-ratelimit-bucket": "abcd1234",
        },
        "body": {"id": "334385199974967042", "content": "hello"},
        "verdict": "success",
        "hint": {"limit": 5.0, "remaining": 4.0, "reset_in_s": 4.987, "scope": "abcd1234"},
    },
    {"why": "an empty success", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "too fast on one route",
        "status": 429,
        "headers": {"retry-after": "65", "x-ratelimit-bucket": "abcd1234", "x-ratelimit-scope": "user"},
        "body": {"message": _LIMITED, "retry_after": 64.57, "global": False},
        "verdict": "throttled",
        "hint": {"retry_after_s": 65.0},
        "has_hint": True,
    },
    {
        "why": "too fast altogether, said in the body alone",
        "status": 429,
        "body": {"message": _LIMITED, "retry_after": 1.5, "global": True},
        "verdict": "throttled",
        "hint": {"retry_after_s": 1.5, "scope": "global"},
    },
    {
        "why": "the edge shuts the address out, with a page",
        "status": 429,
        "body": "<html>You are being rate limited (1015)</html>",
        "verdict": "throttled",
        "hint": {"retry_after_s": 600.0},
    },
    {
        "why": "a wrong token",
        "status": 401,
        "body": {"message": "401: Unauthorized", "code": 0},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "the bot may not: asking again is counted against the address",
        "status": 403,
        "body": {"message": "Missing Permissions", "code": 50013},
        "verdict": "permanent",
        "code": "50013",
        "has_hint": True,
    },
    {
        "why": "a person who takes no messages",
        "status": 403,
        "body": {"message": "Cannot send messages to this user", "code": 50007},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a webhook that is gone",
        "status": 404,
        "body": {"message": "Unknown Webhook", "code": 10015},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a message too long",
        "status": 400,
        "body": {
            "code": 50035,
            "message": "Invalid Form Body",
            "errors": {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer"}]}},
        },
        "verdict": "permanent",
        "code": "50035",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 502,
        "body": {"message": "502: Bad Gateway", "code": 0},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "messages.create",
        "given": {"channel_id": "290926798999357250", "content": "hello", "tts": "false"},
        "url": "https://discord.com/api/v10/channels/290926798999357250/messages",
        "body": {"content": "hello", "tts": False},
        "is_resendable": False,
    },
    {
        "operation": "messages.list",
        "given": {"channel_id": 290926798999357250, "limit": 50, "before": "334385199974967042"},
        "url": "https://discord.com/api/v10/channels/290926798999357250/messages?limit=50&before=334385199974967042",
    },
    {
        "operation": "reactions.add",
        "given": {"channel_id": "1", "message_id": "2", "emoji_name": "🔥"},
        "url": "https://discord.com/api/v10/channels/1/messages/2/reactions/%F0%9F%94%A5/@me",
        "is_resendable": True,
    },
    {
        "operation": "commands.overwrite",
        "given": {"application_id": "9", "commands": '[{"name": "ping", "description": "Answers"}]'},
        "url": "https://discord.com/api/v10/applications/9/commands",
        "body": [{"name": "ping", "description": "Answers"}],
    },
    {
        "operation": "webhooks.execute",
        "given": {"webhook_id": "7", "webhook_token": "abc-_", "content": "hello", "wait": True},
        "url": "https://discord.com/api/v10/webhooks/7/abc-_?wait=true",
        "body": {"content": "hello"},
        "is_resendable": False,
    },
]

REFUSED = [
    {"operation": "messages.create", "given": {"content": "hello"}, "says": "needs channel_id"},
    {
        "operation": "messages.create",
        "given": {"channel_id": "1", "contents": "hello"},
        "says": "Did you mean content?",
    },
    {"operation": "guild_channels.create", "given": {"guild_id": "1"}, "says": "needs name"},
]

PAGES = [
    {
        "operation": "messages.list",
        "asked": {"channel_id": "1", "limit": 100},
        "body": [{"id": "30"}, {"id": "20"}],
        "items": [{"id": "30"}, {"id": "20"}],
        "next": {"channel_id": "1", "limit": 100, "before": "20"},
    },
    {"operation": "messages.list", "asked": {"channel_id": "1", "before": "20"}, "body": [], "items": []},
    {
        "operation": "members.list",
        "asked": {"guild_id": "1"},
        "body": [{"user": {"id": "5"}}, {"user": {"id": "8"}}],
        "items": [{"user": {"id": "5"}}, {"user": {"id": "8"}}],
        "next": {"guild_id": "1", "after": "8"},
    },
]
