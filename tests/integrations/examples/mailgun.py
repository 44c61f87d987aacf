"""What Mailgun answers and is asked, and what each means: data only.

Bodies as in https://documentation.mailgun.com/docs/mailgun/api-reference/ (2026-11).
"""

CREDENTIALS = [
    {"credential": {"api_key": "key-abc"}, "authorization": "Basic YXBpOmtleS1hYmM="},
    {"credential": {"token": "key-abc"}, "authorization": "Basic YXBpOmtleS1hYmM="},
]

BASES = [
    {"given": {}, "url": "https://api.mailgun.net", "headers": {}},
    {"given": {"api": "api.eu"}, "url": "https://api.eu.mailgun.net", "headers": {}},
]

ANSWERS = [
    {"why": "a queued mail", "status": 200, "body": {"id": "<1@mg.example.com>", "message": "Queued. Thank you."},
     "verdict": "success"},
    {
        "why": "the domain's sending limit: the text says when to go on",
        "status": 429,
        "headers": {"date": "Mon, 23 Nov 2026 02:00:00 GMT"},
        "body": {
            "message": "Domain mg.example.com is not allowed to send: request limit exceeded, try again after "
            "Mon, 23 Nov 2026 02:05:00 +0000"
        },
        "verdict": "throttled",
        "hint": {"retry_after_s": 300.0},
        "has_hint": True,
    },
    {
        "why": "the same as plain text",
        "status": 429,
        "headers": {"date": "Mon, 23 Nov 2026 02:00:00 GMT"},
        "body": "Domain mg.example.com is not allowed to send: bytes limit exceeded, try again after "
        "Mon, 23 Nov 2026 02:01:00 GMT",
        "verdict": "throttled",
        "hint": {"retry_after_s": 60.0},
    },
    {
        "why": "the limit of domains and webhooks: seconds in the body",
        "status": 429,
        "body": {"message": "rate limit exceeded", "retry-seconds": 60},
        "verdict": "throttled",
        "hint": {"retry_after_s": 60.0},
    },
    {
        "why": "a time that cannot be read is none",
        "status": 429,
        "headers": {"date": "Mon, 23 Nov 2026 02:00:00 GMT"},
        "body": {"message": "try again after the holidays are over"},
        "verdict": "throttled",
    },
    {"why": "a wrong key, or the other region", "status": 401, "body": "Forbidden", "verdict": "auth", "has_hint": True},
    {
        "why": "the other region's domain",
        "status": 404,
        "body": {"message": "Domain not found: mg.example.com"},
        "verdict": "permanent",
        "message": "Domain not found: mg.example.com",
        "has_hint": True,
    },
    {
        "why": "no recipient",
        "status": 400,
        "body": {"message": "'to' parameter is missing"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "an address there is twice",
        "status": 409,
        "body": {"Description": "the record is there already"},
        "verdict": "permanent",
        "message": "the record is there already",
    },
    {
        "why": "their failure: the mail may have gone out",
        "status": 500,
        "body": {"message": "Internal Server Error"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {"why": "their proxy's failure", "status": 502, "body": "<html>Bad Gateway</html>",
     "verdict": {"resendable": "transient", "otherwise": "uncertain"}},
]  # fmt: skip

_MAIL = "https://api.mailgun.net/v3/mg.example.com/messages"


def _form(boundary: str, *parts: str) -> str:
    bounded = [f'--{boundary}\r\nContent-Disposition: form-data; name="{part}\r\n' for part in parts]
    return "".join(bounded) + f"--{boundary}--\r\n"


REQUESTS = [
    {
        "operation": "messages.send",
        "given": {
            "domain_name": "mg.example.com", "from_": "Shop <shop@example.com>", "to": ["a@b.co", "c@d.co"], "subject": "Hello",
            "text": "Hi", "tracking": False, "variables": {"order": 42}, "recipient_variables": {"a@b.co": {"n": 1}},
        },
        "url": _MAIL,
        "body": _form(
            "2bfe17061c5fb38ae058dc745ceea850",
            'from"\r\n\r\nShop <shop@example.com>', 'to"\r\n\r\na@b.co', 'to"\r\n\r\nc@d.co', 'subject"\r\n\r\nHello',
            'text"\r\n\r\nHi', 'o:tracking"\r\n\r\nno', 'recipient-variables"\r\n\r\n{"a@b.co": {"n": 1}}',
            'v:order"\r\n\r\n42',
        ),
        "is_resendable": False,
    },
    {
        "operation": "messages.send",
        "given": {
            "domain_name": "mg.example.com", "from": "shop@example.com", "to": "a@b.co",
            "attachment": ("bill.pdf", b"%PDF", "application/pdf"),
        },
        "body": _form(
            "481eb61b42fb31b3a9ed2540771b9490",
            'to"\r\n\r\na@b.co',
            'attachment"; filename="bill.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF',
            'from"\r\n\r\nshop@example.com',
        ),
    },
    {
        "operation": "events.list",
        "given": {"domain_name": "mg.example.com", "event": "failed", "message_id": "1@mg.example.com", "limit": 300},
        "url": "https://api.mailgun.net/v3/mg.example.com/events?event=failed&message-id=1%40mg.example.com&limit=300",
    },
    {
        "operation": "routes.create",
        "given": {"expression": "catch_all()", "action": ["forward('https://e.com')", "stop()"], "priority": 1},
        "url": "https://api.mailgun.net/v3/routes",
        "body": "expression=catch_all%28%29&action=forward%28%27https%3A%2F%2Fe.com%27%29&action=stop%28%29&priority=1",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "is_resendable": False,
    },
    {
        "operation": "bounces.bulk_add",
        "given": {"domain_name": "mg.example.com", "bounces": [{"address": "a@b.co", "code": "550"}]},
        "url": "https://api.mailgun.net/v3/mg.example.com/bounces",
        "body": [{"address": "a@b.co", "code": "550"}],
        "is_resendable": True,
    },
    {
        "operation": "analytics.metrics",
        "given": {"metrics": ["delivered_count"], "resolution": "day"},
        "url": "https://api.mailgun.net/v1/analytics/metrics",
        "body": {"metrics": ["delivered_count"], "resolution": "day"},
        "is_resendable": True,
    },
]  # fmt: skip

REFUSED = [
    {
        "operation": "messages.send",
        "given": {"domain_name": "mg.example.com", "to": "a@b.co"},
        "says": "needs from_",
    },
    {"operation": "messages.send", "given": {"from_": "a@b.co", "to": "a@b.co"}, "says": "needs domain_name"},
    {
        "operation": "messages.send",
        "given": {"domain_name": "d", "from_": "a@b.co", "to": "a@b.co", "tracking_opens": "never"},
        "says": "yes, no, true, false",
    },
    {
        "operation": "lists.create",
        "given": {"address": "l@b.co", "access_level": "all"},
        "says": "readonly, members",
    },
]

_NEXT = "https://api.mailgun.net/v3/mg.example.com/events/W3siYSI6"

PAGES = [
    {
        "operation": "events.list",
        "asked": {"domain_name": "mg.example.com"},
        "body": {"items": [{"id": "e-1"}], "paging": {"next": _NEXT, "last": _NEXT}},
        "items": [{"id": "e-1"}],
        "next_url": _NEXT,
    },
    {
        "operation": "events.list",
        "asked": {"domain_name": "mg.example.com"},
        "body": {"items": [], "paging": {"next": _NEXT}},  # the address is there on the last page too
        "items": [],
    },
    {
        "operation": "domains.list",
        "asked": {"limit": 1},
        "body": {"total_count": 2, "items": [{"name": "a.example.com"}]},
        "items": [{"name": "a.example.com"}],
        "next": {"limit": 1, "skip": 1},
    },
]
