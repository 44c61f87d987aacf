"""What SendGrid answers and is asked, and what each means: data only.

Bodies as in https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors (2026-11).
"""

CREDENTIALS = [
    {"credential": {"api_key": "SG.abc"}, "authorization": "Bearer SG.abc"},
    {"credential": {"token": "SG.abc"}, "authorization": "Bearer SG.abc"},
]

BASES = [
    {"given": {}, "url": "https://api.sendgrid.com/v3", "headers": {}},
    {
        "given": {"api": "api.eu", "on_behalf_of": "acme.north"},
        "url": "https://api.eu.sendgrid.com/v3",
        "headers": {"on-behalf-of": "acme.north"},
    },
]

ANSWERS = [
    {
        "why": "a success, with what is left of this end point",
        "status": 200,
        "headers": {
            "x-ratelimit-limit": "600", "x-ratelimit-remaining": "599", "x-ratelimit-reset": "1795399260",
            "date": "Mon, 23 Nov 2026 02:00:00 GMT",
        },
        "body": {"scopes": ["mail.send"]},
        "verdict": "success",
        "hint": {"limit": 600.0, "remaining": 599.0, "reset_in_s": 60.0},
    },
    {"why": "a queued mail has no body", "status": 202, "body": "", "verdict": "success"},
    {"why": "contacts are written in the background", "status": 202, "body": {"job_id": "j-1"}, "verdict": "success"},
    {
        "why": "too fast: wait until the reset, there is no Retry-After",
        "status": 429,
        "headers": {
            "x-ratelimit-limit": "600", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795399230",
            "date": "Mon, 23 Nov 2026 02:00:00 GMT",
        },
        "body": {"errors": [{"field": None, "message": "too many requests"}]},
        "verdict": "throttled",
        "hint": {"remaining": 0.0, "reset_in_s": 30.0, "retry_after_s": None},
        "message": "too many requests",
        "has_hint": True,
    },
    {
        "why": "a wrong key",
        "status": 401,
        "body": {"errors": [{"message": "authorization required", "field": None, "help": None}]},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "spent credits are no matter of the key, whatever the status says",
        "status": 401,
        "body": {"errors": [{"message": "Maximum credits exceeded", "field": None, "help": None}]},
        "verdict": "permanent",
        "means": 403,
        "has_hint": True,
    },
    {
        "why": "a sender nobody has verified",
        "status": 403,
        "body": {
            "errors": [{"message": "The from address does not match a verified Sender Identity.", "field": "from", "help": "x"}]
        },
        "verdict": "permanent",
        "code": "from",
        "has_hint": True,
    },
    {
        "why": "a scope the key lacks",
        "status": 403,
        "body": {"errors": [{"field": None, "message": "access forbidden"}]},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a contact that is not there, or not yet",
        "status": 404,
        "body": {"errors": [{"field": "", "message": "contact not found"}]},
        "verdict": "permanent",
        "message": "contact not found",
        "has_hint": True,
    },
    {"why": "a mail that is too large", "status": 413, "body": {"errors": [{"message": "too large"}]}, "verdict": "permanent",
     "has_hint": True},
    {
        "why": "their failure: the mail may have gone out",
        "status": 500,
        "body": {"errors": [{"field": None, "message": "internal server error"}]},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "their proxy's failure",
        "status": 503,
        "body": "<html><h1>503 Service Unavailable</h1></html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "mail.send",
        "given": {
            "from_": "Shop <shop@example.com>", "to": "ada@example.com", "cc": float("nan"), "subject": "Hello",
            "html": "<p>Hi</p>", "text": "Hi", "custom_args": {"order": "42"},
        },
        "url": "https://api.sendgrid.com/v3/mail/send",
        "body": {
            "personalizations": [{"to": [{"email": "ada@example.com"}]}],
            "from": {"email": "shop@example.com", "name": "Shop"},
            "subject": "Hello",
            "content": [{"type": "text/plain", "value": "Hi"}, {"type": "text/html", "value": "<p>Hi</p>"}],
            "custom_args": {"order": "42"},
        },
        "is_resendable": False,
    },
    {
        "operation": "mail.send",
        "given": {
            "from": {"email": "shop@example.com"}, "template_id": "d-1",
            "personalizations": [
                {"to": [{"email": "a@b.co"}], "dynamic_template_data": {"n": 1}}, {"to": [{"email": "c@d.co"}]},
            ],
        },
        "body": {
            "personalizations": [
                {"to": [{"email": "a@b.co"}], "dynamic_template_data": {"n": 1}}, {"to": [{"email": "c@d.co"}]},
            ],
            "from": {"email": "shop@example.com"},
            "template_id": "d-1",
        },
    },
    {
        "operation": "contacts.upsert",
        "given": {
            "email": "ada@example.com", "first_name": "Ada", "city": float("nan"), "phone_number": 33123456789.0,
            "list_ids": ["l-1"], "custom_fields": {"w1": "x"},
        },
        "url": "https://api.sendgrid.com/v3/marketing/contacts",
        "body": {
            "list_ids": ["l-1"],
            "contacts": [
                {
                    "email": "ada@example.com", "first_name": "Ada", "phone_number": "33123456789",
                    "custom_fields": {"w1": "x"},
                }
            ],
        },
        "is_resendable": True,
    },
    {
        "operation": "contacts.search",
        "given": {"query": "email LIKE 'ada%'"},
        "url": "https://api.sendgrid.com/v3/marketing/contacts/search",
        "body": {"query": "email LIKE 'ada%'"},
        "is_resendable": True,
    },
    {
        "operation": "suppressions.bounces",
        "given": {"start_time": 1795000000, "limit": 500},
        "url": "https://api.sendgrid.com/v3/suppression/bounces?start_time=1795000000&limit=500",
        "headers": {"Accept": "application/json"},
    },
    {
        "operation": "contacts.delete",
        "given": {"ids": ["a", "b"]},
        "url": "https://api.sendgrid.com/v3/marketing/contacts?ids=a%2Cb",
    },
    {
        "operation": "suppressions.remove_bounce",
        "given": {"email": "ada@example.com"},
        "url": "https://api.sendgrid.com/v3/suppression/bounces/ada%40example.com",
    },
]  # fmt: skip

REFUSED = [
    {
        "operation": "mail.send",
        "given": {"from_": "a@b.co", "subject": "Hello"},
        "says": "needs personalizations",
    },
    {"operation": "mail.send", "given": {"to": "a@b.co", "subject": "Hello"}, "says": "needs from_"},
    {"operation": "contacts.upsert", "given": {"emial": "a@b.co"}, "says": "Did you mean email"},
    {"operation": "contacts.upsert", "given": {"list_ids": ["l-1"]}, "says": "needs contacts"},
    {"operation": "contacts.export", "given": {"file_type": "xlsx"}, "says": "csv, json"},
]

PAGES = [
    {
        "operation": "lists.list",
        "asked": {"page_size": 1},
        "body": {
            "result": [{"id": "l-1"}],
            "_metadata": {
                "next": "https://api.sendgrid.com/v3/marketing/lists?page_size=1&page_token=t2",
                "count": 2,
            },
        },
        "items": [{"id": "l-1"}],
        "next_url": "https://api.sendgrid.com/v3/marketing/lists?page_size=1&page_token=t2",
    },
    {
        "operation": "lists.list",
        "body": {
            "result": [{"id": "l-2"}],
            "_metadata": {"self": "https://api.sendgrid.com/v3/marketing/lists"},
        },
        "items": [{"id": "l-2"}],
    },
    {
        "operation": "suppressions.blocks",
        "asked": {"limit": 2},
        "body": [{"email": "a@b.co"}, {"email": "c@d.co"}],
        "items": [{"email": "a@b.co"}, {"email": "c@d.co"}],
        "next": {"limit": 2, "offset": 2},
    },
    {"operation": "suppressions.blocks", "asked": {"limit": 2, "offset": 2}, "body": [], "items": []},
]
