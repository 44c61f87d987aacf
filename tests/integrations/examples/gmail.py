"""What Gmail answers and is asked, and what each means: data only.

Errors as in https://developers.google.com/workspace/gmail/api/guides/handle-errors (2026-11).
"""

import base64

CREDENTIALS = [
    {"credential": {"access_token": "ya29.abc"}, "variant": "new", "authorization": "Bearer ya29.abc"},
    {"credential": {"token": "ya29.abc"}, "base": {"quota": "earlier"}, "variant": "earlier",
     "authorization": "Bearer ya29.abc"},
]  # fmt: skip

BASES = [{"given": {}, "url": "https://gmail.googleapis.com/gmail/v1", "headers": {}}]

_NOW = {"date": "Mon, 23 Nov 2026 02:00:00 GMT"}


def _error(status: int, reason: str, message: str, domain: str = "usageLimits") -> dict[str, object]:
    errors = [{"domain": domain, "reason": reason, "message": message}]
    return {"error": {"code": status, "message": message, "errors": errors}}


ANSWERS = [
    {"why": "a success", "status": 200, "body": {"id": "18c", "threadId": "18c", "labelIds": ["SENT"]}, "verdict": "success"},
    {"why": "a deletion answers nothing", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "too fast, as a 403",
        "status": 403,
        "body": _error(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 20.0},
        "code": "userRateLimitExceeded",
        "has_hint": True,
    },
    {
        "why": "the project too fast, as a 403",
        "status": 403,
        "body": _error(403, "rateLimitExceeded", "Rate Limit Exceeded"),
        "verdict": "throttled",
        "has_hint": True,
    },
    {
        "why": "too fast, with the instant in the message",
        "status": 429,
        "headers": _NOW,
        "body": _error(429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-11-23T02:00:45.500Z"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 45.5},
    },
    {
        "why": "an instant that is past",
        "status": 429,
        "headers": _NOW,
        "body": _error(429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-11-23T01:59:00.000Z"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 1.0},
    },
    {
        "why": "an instant that is none",
        "status": 429,
        "headers": _NOW,
        "body": _error(429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-99-23T01:59:00.000Z"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 20.0},
    },
    {
        "why": "the day's quota is spent: waiting minutes does not help",
        "status": 403,
        "body": _error(403, "dailyLimitExceeded", "Daily Limit Exceeded"),
        "verdict": "permanent",
        "code": "dailyLimitExceeded",
        "has_hint": True,
    },
    {
        "why": "a missing scope is a 403 too",
        "status": 403,
        "body": _error(403, "insufficientPermissions", "Insufficient Permission", "global"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "an ended token",
        "status": 401,
        "body": _error(401, "authError", "Invalid Credentials", "global"),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a history that is too old",
        "status": 404,
        "body": _error(404, "notFound", "Requested entity was not found.", "global"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a service account without a mailbox",
        "status": 400,
        "body": _error(400, "failedPrecondition", "Precondition check failed.", "global"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure: the message may have gone",
        "status": 500,
        "body": _error(500, "backendError", "Backend Error", "global"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

_WRITTEN = (
    b"To: ada@example.com, Bob <bob@example.com>\r\nSubject: Hello Bcc: x@example.com\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 7bit\r\nMIME-Version: 1.0\r\n\r\nHei\r\n'
)


def _raw(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


REQUESTS = [
    {
        "operation": "messages.send",
        "why": "a message of its columns; a line break makes no header field",
        "given": {"to": ["ada@example.com", "Bob <bob@example.com>"], "subject": "Hello\r\nBcc: x@example.com", "text": "Hei",
                  "cc": float("nan")},
        "url": "https://gmail.googleapis.com/gmail/v1/users/me/messages/send",
        "body": {"raw": _raw(_WRITTEN)},
        "is_resendable": False,
    },
    {
        "operation": "messages.send",
        "given": {"userId": "ada@example.com", "raw": b"To: a@b.co\r\n\r\n\xff", "threadId": "18c"},
        "url": "https://gmail.googleapis.com/gmail/v1/users/ada%40example.com/messages/send",
        "body": {"raw": "VG86IGFAYi5jbw0KDQr_", "threadId": "18c"},
    },
    {
        "operation": "drafts.create",
        "given": {"raw": "VG86", "threadId": "18c"},
        "url": "https://gmail.googleapis.com/gmail/v1/users/me/drafts",
        "body": {"message": {"raw": "VG86", "threadId": "18c"}},
        "is_resendable": False,
    },
    {
        "operation": "messages.list",
        "given": {"q": "from:ada newer_than:2d", "labelIds": ["INBOX", "UNREAD"], "maxResults": 2.0},
        "url": "https://gmail.googleapis.com/gmail/v1/users/me/messages?q=from%3Aada%20newer_than%3A2d&labelIds=INBOX"
               "&labelIds=UNREAD&maxResults=2",
        "is_resendable": True,
    },
    {
        "operation": "messages.modify",
        "given": {"id": "18c", "removeLabelIds": ["UNREAD"]},
        "url": "https://gmail.googleapis.com/gmail/v1/users/me/messages/18c/modify",
        "body": {"removeLabelIds": ["UNREAD"]},
        "is_resendable": True,
    },
    {
        "operation": "drafts.send",
        "given": {"id": "r-1"},
        "body": {"id": "r-1"},
        "is_resendable": False,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "messages.get", "given": {"format": "full"}, "says": "needs id"},
    {
        "operation": "messages.get",
        "given": {"id": "18c", "format": "eml"},
        "says": "minimal, full, raw, metadata",
    },
    {
        "operation": "messages.list",
        "given": {"max_results": 5},
        "says": "Did you mean maxResults?",
    },
]

PAGES = [
    {
        "operation": "messages.list",
        "asked": {"userId": "me", "maxResults": 1},
        "body": {
            "messages": [{"id": "18c", "threadId": "18c"}],
            "nextPageToken": "0987",
            "resultSizeEstimate": 2,
        },
        "items": [{"id": "18c", "threadId": "18c"}],
        "next": {"userId": "me", "maxResults": 1, "pageToken": "0987"},
    },
    {
        "operation": "messages.list",
        "why": "nothing found has no list",
        "body": {"resultSizeEstimate": 0},
        "items": [],
    },
    {
        "operation": "history.list",
        "asked": {"userId": "me", "startHistoryId": "1"},
        "body": {"history": [{"id": "2"}], "historyId": "9"},
        "items": [{"id": "2"}],
    },
]

NOT_DESCRIBED = {
    "profile.get": "described with {userId}; written out as me, so that the health call needs nothing"
}
