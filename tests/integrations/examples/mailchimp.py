"""What Mailchimp answers and is asked, and what each means: data only.

Bodies as in https://mailchimp.com/developer/marketing/docs/errors/ (2026-11).
"""

_ADA = "3e3417d7ef77d5932a6734b916515ed5"

CREDENTIALS = [
    {
        "credential": {"api_key": "0123456789abcdef-us21"},
        "authorization": "Basic cGVuc3RvY2s6MDEyMzQ1Njc4OWFiY2RlZi11czIx",
        "base": {"dc": "us21"},
    },
    {
        "credential": {"token": "abc-eu2"},
        "authorization": "Basic cGVuc3RvY2s6YWJjLWV1Mg==",
        "base": {"dc": "eu2"},
    },
    {"credential": {"access_token": "abc"}, "authorization": "Bearer abc", "base": {"dc": None}},
    {"credential": {"api_key": "abc-evil.example.com"}, "base": {"dc": None}},
]

BASES = [{"given": {"dc": "us21"}, "url": "https://us21.api.mailchimp.com/3.0", "headers": {}}]

ANSWERS = [
    {
        "why": "a success",
        "status": 200,
        "body": {"health_status": "Everything's Chimpy!"},
        "verdict": "success",
    },
    {
        "why": "more than ten at once",
        "status": 429,
        "body": {
            "type": "about:blank",
            "title": "Too Many Requests",
            "status": 429,
            "detail": "You have exceeded ...",
        },
        "verdict": "throttled",
        "code": "Too Many Requests",
        "has_hint": True,
    },
    {
        "why": "the edge refuses for rate without JSON",
        "status": 403,
        "body": "<H1>Access Denied</H1>",
        "verdict": "throttled",
    },
    {"why": "the edge refuses for rate without a body", "status": 403, "body": "", "verdict": "throttled"},
    {
        "why": "the API's own 403 is a missing permission",
        "status": 403,
        "body": {"title": "Forbidden", "status": 403, "detail": "The API key provided does not have access."},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "they are there already",
        "status": 400,
        "body": {"title": "Member Exists", "status": 400, "detail": "a@b.co is already a list member."},
        "verdict": "permanent",
        "code": "Member Exists",
        "message": "a@b.co is already a list member.",
        "has_hint": True,
    },
    {
        "why": "deleted for good",
        "status": 400,
        "body": {
            "title": "Forgotten Email Not Subscribed",
            "status": 400,
            "detail": "a@b.co was permanently deleted",
        },
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a wrong key",
        "status": 401,
        "body": {"title": "API Key Invalid", "status": 401, "detail": "Your API key may be invalid"},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"title": "InternalServerError", "status": 500, "detail": "An unexpected internal error"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "members.upsert",
        "given": {"list_id": "a6b5", "email_address": "Ada@Example.com", "status_if_new": "subscribed"},
        "url": f"https://us21.api.mailchimp.com/3.0/lists/a6b5/members/{_ADA}",
        "body": {"email_address": "Ada@Example.com", "status_if_new": "subscribed"},
        "is_resendable": True,
    },
    {
        "operation": "members.get",
        "given": {"list_id": "a6b5", "email_address": "ada@example.com", "fields": ["id", "status"]},
        "url": f"https://us21.api.mailchimp.com/3.0/lists/a6b5/members/{_ADA}?fields=id%2Cstatus",
    },
    {
        "operation": "members.archive",
        "given": {"list_id": "a6b5", "subscriber_hash": "ada@example.com"},
        "url": f"https://us21.api.mailchimp.com/3.0/lists/a6b5/members/{_ADA}",
    },
    {
        "operation": "members.create",
        "given": {
            "list_id": "a6b5", "email_address": "ada@example.com", "status": "pending", "vip": "True",
            "skip_merge_validation": True, "merge_fields": '{"FNAME": "Ada"}',
        },
        "url": "https://us21.api.mailchimp.com/3.0/lists/a6b5/members?skip_merge_validation=true",
        "body": {"email_address": "ada@example.com", "status": "pending", "vip": True, "merge_fields": {"FNAME": "Ada"}},
        "is_resendable": False,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "members.upsert", "given": {"list_id": "a6b5"}, "says": "email_address"},
    {"operation": "members.get", "given": {"list_id": "a6b5"}, "says": "needs subscriber_hash"},
    {
        "operation": "members.create",
        "given": {"list_id": "a6b5", "email_address": float("nan"), "status": "subscribed"},
        "says": "Given, but empty: email_address.",
    },
    {
        "operation": "members.create",
        "given": {"list_id": "a6b5", "email_address": "a@b.co", "status": "active"},
        "says": "subscribed, unsubscribed",
    },
]

PAGES = [
    {
        "operation": "members.list",
        "asked": {"list_id": "a6b5", "count": 2},
        "body": {"members": [{"id": "1"}, {"id": "2"}], "total_items": 3},
        "items": [{"id": "1"}, {"id": "2"}],
        "next": {"list_id": "a6b5", "count": 2, "offset": 2},
    },
    {
        "operation": "members.list",
        "asked": {"list_id": "a6b5", "count": 2, "offset": 2},
        "body": {"members": [{"id": "3"}], "total_items": 3},
        "items": [{"id": "3"}],
    },
    {"operation": "lists.list", "body": {"lists": [], "total_items": 0}, "items": []},
]
