"""What Telegram answers and is asked, and what each means: data only.

Bodies as in https://core.telegram.org/bots/api#making-requests and https://grammy.dev/advanced/flood (2026-11).
"""

CREDENTIALS = [{"credential": {"token": "123456:ABC-def"}}]

BASES = [{"given": {}, "url": "https://api.telegram.org/bot{token}", "headers": {}}]

_UPGRADED = "Bad Request: group chat was upgraded to a supergroup chat"
_WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"

ANSWERS = [
    {
        "why": "a success",
        "status": 200,
        "body": {"ok": True, "result": {"message_id": 5}},
        "verdict": "success",
    },
    {
        "why": "a success with ok elsewhere",
        "status": 200,
        "body": {"result": True, "ok": True},
        "verdict": "success",
    },
    {
        "why": "too fast: the wait stands in the body only",
        "status": 429,
        "body": {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 35",
            "parameters": {"retry_after": 35},
        },
        "verdict": "throttled",
        "hint": {"retry_after_s": 35.0},
        "code": "429",
        "has_hint": True,
    },
    {
        "why": "a revoked token",
        "status": 401,
        "body": {"ok": False, "error_code": 401, "description": "Unauthorized"},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a token that cannot be one",
        "status": 404,
        "body": {"ok": False, "error_code": 404, "description": "Not Found"},
        "verdict": "auth",
        "means": 401,
        "has_hint": True,
    },
    {
        "why": "the group has moved",
        "status": 400,
        "body": {
            "ok": False,
            "error_code": 400,
            "description": _UPGRADED,
            "parameters": {"migrate_to_chat_id": -1001234567890},
        },
        "verdict": "permanent",
        "message": _UPGRADED,
        "has_hint": True,
    },
    {
        "why": "they blocked the bot",
        "status": 403,
        "body": {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "updates are asked for while a webhook is set",
        "status": 409,
        "body": {"ok": False, "error_code": 409, "description": _WEBHOOK},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a refusal in a 200, which should not be",
        "status": 200,
        "body": {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"},
        "verdict": "permanent",
        "means": 400,
        "has_hint": True,
    },
    {
        "why": "their failure: the message may be there",
        "status": 502,
        "body": {"ok": False, "error_code": 502, "description": "Bad Gateway"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

_EDGE = "16f2a1b7ec95673a6a8bbb41cbcf2573"  # a hash of the parts

REQUESTS = [
    {
        "operation": "messages.send",
        "given": {"chat_id": -1001234567890.0, "text": "hello", "parse_mode": "HTML"},
        "url": "https://api.telegram.org/bot{token}/sendMessage",
        "body": {"chat_id": "-1001234567890", "text": "hello", "parse_mode": "HTML"},
        "is_resendable": False,
    },
    {
        "operation": "messages.send_location",
        "given": {"chat_id": "@ada", "latitude": "48.85", "longitude": 2.35},
        "url": "https://api.telegram.org/bot{token}/sendLocation",
        "body": {"chat_id": "@ada", "latitude": 48.85, "longitude": 2.35},
    },
    {
        "operation": "messages.send_photo",
        "given": {"chat_id": 5, "photo": b"PNG", "reply_markup": {"force_reply": True}},
        "url": "https://api.telegram.org/bot{token}/sendPhoto",
        "body": (
            f'--{_EDGE}\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n5\r\n'
            f'--{_EDGE}\r\nContent-Disposition: form-data; name="photo"; filename="file"\r\n'
            "Content-Type: application/octet-stream\r\n\r\nPNG\r\n"
            f'--{_EDGE}\r\nContent-Disposition: form-data; name="reply_markup"\r\n\r\n{{"force_reply": true}}\r\n'
            f"--{_EDGE}--\r\n"
        ),
        "headers": {"Content-Type": f"multipart/form-data; boundary={_EDGE}"},
    },
    {
        "operation": "updates.get",
        "given": {"limit": 10, "allowed_updates": ["chat_member"]},
        "url": "https://api.telegram.org/bot{token}/getUpdates",
        "body": {"limit": 10, "allowed_updates": ["chat_member"]},
        "is_resendable": True,
    },
    {"operation": "bots.me", "given": {}, "url": "https://api.telegram.org/bot{token}/getMe", "is_resendable": True},
]  # fmt: skip

REFUSED = [
    {"operation": "messages.send", "given": {"chat_id": 5}, "says": "needs text"},
    {"operation": "messages.send", "given": {"chatid": 5, "text": "hello"}, "says": "Did you mean chat_id?"},
    {
        "operation": "messages.send",
        "given": {"chat_id": 5, "text": "hello", "parse_mode": "html"},
        "says": "HTML, Markdown, MarkdownV2",
    },
]

PAGES = [
    {
        "operation": "updates.get",
        "asked": {"limit": 100},
        "body": {"ok": True, "result": [{"update_id": 10}, {"update_id": 11}]},
        "items": [{"update_id": 10}, {"update_id": 11}],
        "next": {"limit": 100, "offset": 12},
    },
    {"operation": "updates.get", "asked": {"offset": 12}, "body": {"ok": True, "result": []}, "items": []},
]
