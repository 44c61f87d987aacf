"""What Klaviyo answers and is asked, and what each means: data only.

Bodies as in https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling (2026-11).
"""

CREDENTIALS = [
    {"credential": {"private_key": "pk_abc"}, "authorization": "Klaviyo-API-Key pk_abc"},
    {"credential": {"token": "pk_abc"}, "authorization": "Klaviyo-API-Key pk_abc"},
    {"credential": {"access_token": "abc"}, "authorization": "Bearer abc"},
]

BASES = [
    {
        "given": {},
        "url": "https://a.klaviyo.com/api",
        "headers": {"revision": "2026-07-15", "Accept": "application/vnd.api+json"},
    },
    {
        "given": {"revision": "2026-10-15"},
        "url": "https://a.klaviyo.com/api",
        "headers": {"revision": "2026-10-15"},
    },
]


def _error(status: int, code: str, title: str, detail: str, **more: object) -> dict[str, object]:
    return {
        "errors": [
            {
                "id": "e-1",
                "status": status,
                "code": code,
                "title": title,
                "detail": detail,
                "source": {},
                **more,
            }
        ]
    }


ANSWERS = [
    {
        "why": "a success, with what is left of the minute",
        "status": 200,
        "headers": {"ratelimit-limit": "750", "ratelimit-remaining": "749", "ratelimit-reset": "59"},
        "body": {"data": [{"type": "profile", "id": "01GD"}]},
        "verdict": "success",
        "hint": {"limit": 750.0, "remaining": 749.0, "reset_in_s": 59.0},
    },
    {"why": "an event or a job taken in has no body", "status": 202, "body": "", "verdict": "success"},
    {"why": "added to a list", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "too fast: no fields but Retry-After",
        "status": 429,
        "headers": {"retry-after": "3"},
        "body": _error(429, "throttled", "Request was throttled.", "Request was throttled. Expected available in 3 seconds."),
        "verdict": "throttled",
        "hint": {"retry_after_s": 3.0},
        "code": "throttled",
        "has_hint": True,
    },
    {
        "why": "no key",
        "status": 401,
        "body": _error(401, "not_authenticated", "Authentication credentials were not provided.", "Missing or invalid key."),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a wrong key",
        "status": 401,
        "body": _error(401, "authentication_failed", "Incorrect authentication credentials.", "Incorrect API key."),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a scope the key lacks",
        "status": 403,
        "body": _error(403, "permission_denied", "You do not have permission.", "Missing scope: profiles:write"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "the profile is there already; its id comes along",
        "status": 409,
        "body": _error(
            409, "duplicate_profile", "Conflict.", "A profile already exists with one of these identifiers.",
            meta={"duplicate_profile_id": "01GD"},
        ),
        "verdict": "permanent",
        "code": "duplicate_profile",
        "has_hint": True,
    },
    {
        "why": "a number without its country",
        "status": 400,
        "body": _error(400, "invalid", "Invalid input.", "Invalid phone number format (Example of a valid format: +123)."),
        "verdict": "permanent",
        "message": "Invalid phone number format (Example of a valid format: +123).",
        "has_hint": True,
    },
    {"why": "no such profile", "status": 404, "body": _error(404, "not_found", "Not found.", "No profile has the id x."),
     "verdict": "permanent", "has_hint": True},
    {"why": "a revision that is retired", "status": 410, "body": _error(410, "gone", "Gone.", "Revision 2022-10-17 is retired."),
     "verdict": "permanent", "has_hint": True},
    {
        "why": "their failure",
        "status": 503,
        "body": _error(503, "service_unavailable", "Service unavailable.", "Try again later."),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

_ORDER = {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}}

REQUESTS = [
    {
        "operation": "profiles.create",
        "given": {
            "email": "ada@example.com", "first_name": "Ada", "phone_number": 33123456789.0, "title": None,
            "properties": {"vip": True},
        },
        "url": "https://a.klaviyo.com/api/profiles",
        "body": {
            "data": {
                "type": "profile",
                "attributes": {
                    "email": "ada@example.com", "first_name": "Ada", "phone_number": "33123456789", "properties": {"vip": True},
                },
            }
        },
        "is_resendable": False,
    },
    {
        "operation": "profiles.update",
        "given": {"id": "01GD", "last_name": "Lovelace", "title": float("nan")},
        "url": "https://a.klaviyo.com/api/profiles/01GD",
        "body": {"data": {"type": "profile", "id": "01GD", "attributes": {"last_name": "Lovelace"}}},
        "is_resendable": True,
    },
    {
        "operation": "profiles.upsert",
        "given": {"email": "ada@example.com"},
        "url": "https://a.klaviyo.com/api/profile-import",
        "body": {"data": {"type": "profile", "attributes": {"email": "ada@example.com"}}},
        "is_resendable": True,
    },
    {
        "operation": "events.create",
        "given": {"metric": "Placed Order", "email": "ada@example.com", "value": 9.5, "properties": {"order": 42}},
        "url": "https://a.klaviyo.com/api/events",
        "body": {
            "data": {
                "type": "event",
                "attributes": {
                    "metric": _ORDER,
                    "value": 9.5,
                    "properties": {"order": 42},
                    "profile": {"data": {"type": "profile", "attributes": {"email": "ada@example.com"}}},
                    "unique_id": "KEY",
                },
            }
        },
        "is_resendable": True,
    },
    {
        "operation": "events.bulk_create",
        "given": {"events": [{"metric": "Placed Order", "email": "ada@example.com", "unique_id": "42"}]},
        "body": {
            "data": {
                "type": "event-bulk-create-job",
                "attributes": {
                    "events-bulk-create": {
                        "data": [
                            {
                                "type": "event-bulk-create",
                                "attributes": {
                                    "profile": {"data": {"type": "profile", "attributes": {"email": "ada@example.com"}}},
                                    "events": {
                                        "data": [
                                            {
                                                "type": "event",
                                                "attributes": {
                                                    "metric": _ORDER,
                                                    "unique_id": "42",
                                                    "properties": {},
                                                },
                                            }
                                        ]
                                    },
                                },
                            }
                        ]
                    }
                },
            }
        },
        "is_resendable": False,
    },
    {
        "operation": "profiles.bulk_import",
        "given": {"profiles": [{"email": "ada@example.com"}], "list_id": "L1"},
        "body": {
            "data": {
                "type": "profile-bulk-import-job",
                "attributes": {"profiles": {"data": [{"type": "profile", "attributes": {"email": "ada@example.com"}}]}},
                "relationships": {"lists": {"data": [{"type": "list", "id": "L1"}]}},
            }
        },
    },
    {
        "operation": "profiles.subscribe",
        "given": {"email": "ada@example.com", "list_id": "L1", "custom_source": "Shop"},
        "body": {
            "data": {
                "type": "profile-subscription-bulk-create-job",
                "attributes": {
                    "custom_source": "Shop",
                    "profiles": {
                        "data": [
                            {
                                "type": "profile",
                                "attributes": {
                                    "email": "ada@example.com",
                                    "subscriptions": {"email": {"marketing": {"consent": "SUBSCRIBED"}}},
                                },
                            }
                        ]
                    },
                },
                "relationships": {"list": {"data": {"type": "list", "id": "L1"}}},
            }
        },
        "is_resendable": True,
    },
    {
        "operation": "lists.remove_profiles",
        "given": {"id": "L1", "profiles": "01GD"},
        "url": "https://a.klaviyo.com/api/lists/L1/relationships/profiles",
        "body": {"data": [{"type": "profile", "id": "01GD"}]},
        "is_resendable": True,
    },
    {
        "operation": "profiles.list",
        "given": {"filter": "equals(email,'ada@example.com')", "page_size": 100, "fields": ["email", "created"]},
        "url": "https://a.klaviyo.com/api/profiles?filter=equals%28email%2C%27ada%40example.com%27%29&page%5Bsize%5D=100"
        "&fields%5Bprofile%5D=email%2Ccreated",
    },
    {
        "operation": "campaigns.send",
        "given": {"id": "01C"},
        "url": "https://a.klaviyo.com/api/campaign-send-jobs",
        "body": {"data": {"type": "campaign-send-job", "id": "01C"}},
        "is_resendable": False,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "profiles.update", "given": {"email": "a@b.co"}, "says": "needs id"},
    {
        "operation": "profiles.update",
        "given": {"id": "01GD", "emial": "a@b.co"},
        "says": "Did you mean email",
    },
    {"operation": "events.create", "given": {"metric": "Placed Order"}, "says": "needs profile"},
    {"operation": "campaigns.list", "given": {}, "says": "needs filter"},
    {"operation": "lists.create", "given": {"name": "L", "opt_in_process": "none"}, "says": "double_opt_in"},
]

_NEXT = "https://a.klaviyo.com/api/profiles?page%5Bcursor%5D=bmV4dA&page%5Bsize%5D=1"

PAGES = [
    {
        "operation": "profiles.list",
        "asked": {"page_size": 1},
        "body": {
            "data": [{"id": "01GD"}],
            "links": {"self": "https://a.klaviyo.com/api/profiles", "next": _NEXT},
        },
        "items": [{"id": "01GD"}],
        "next_url": _NEXT,
    },
    {
        "operation": "profiles.list",
        "body": {"data": [{"id": "01GE"}], "links": {"next": None}},
        "items": [{"id": "01GE"}],
    },
]
