"""What HubSpot answers and is asked, and what each means: data only.

Bodies as in https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines and
/docs/api-reference/error-handling (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "pat-na1-abc"}, "authorization": "Bearer pat-na1-abc", "variant": "starter"},
    {"credential": {"token": "pat-eu1-abc"}, "base": {"plan": "enterprise"}, "variant": "enterprise"},
    {
        "credential": {"access_token": "pat-na1-abc"},
        "base": {"plan": "professional"},
        "variant": "professional",
    },
    {
        "credential": {"access_token": "CNb", "refresh_token": "r"},
        "base": {"plan": "enterprise"},
        "authorization": "Bearer CNb",
        "variant": "oauth",
    },
]

BASES = [{"given": {}, "url": "https://api.hubapi.com", "headers": {}}]


def _refused(policy: str, text: str) -> dict[str, str]:
    return {
        "status": "error", "message": text, "errorType": "RATE_LIMIT", "correlationId": "c033cdaa", "policyName": policy,
    }  # fmt: skip


def _partial(category: str, message: str, *results: object) -> dict[str, object]:
    return {
        "status": "COMPLETE", "results": list(results), "numErrors": 1,
        "errors": [{"status": "error", "category": category, "message": message, "context": {"ids": ["1"]}}],
    }  # fmt: skip


ANSWERS = [
    {
        "why": "a success: the interval is the window's length, no reset",
        "status": 200,
        "headers": {
            "x-hubspot-ratelimit-max": "100", "x-hubspot-ratelimit-remaining": "97",
            "x-hubspot-ratelimit-interval-milliseconds": "10000", "x-hubspot-ratelimit-daily": "250000",
        },
        "body": {"portalId": 62515},
        "verdict": "success",
        "hint": {"limit": 100.0, "remaining": 97.0, "reset_in_s": None},
    },
    {"why": "archived", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "a bulk call of which some failed",
        "status": 207,
        "body": _partial("VALIDATION_ERROR", "Property values were not valid", {"id": "2"}),
        "verdict": "success",
    },
    {
        "why": "a bulk call of which nothing succeeded is a refusal",
        "status": 207,
        "body": _partial("OBJECT_NOT_FOUND", "Could not get some CONTACT objects"),
        "verdict": "permanent",
        "means": 404,
        "code": "OBJECT_NOT_FOUND",
        "message": "Could not get some CONTACT objects",
        "has_hint": True,
    },
    {
        "why": "a hundred in ten seconds: wait as long as the window is",
        "status": 429,
        "headers": {"x-hubspot-ratelimit-interval-milliseconds": "10000"},
        "body": _refused("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit."),
        "verdict": "throttled",
        "hint": {"retry_after_s": 10.0},
        "has_hint": True,
    },
    {
        "why": "five searches in a second, without any field",
        "status": 429,
        "body": _refused("SECONDLY", "You have reached your secondly limit."),
        "verdict": "throttled",
        "hint": {"retry_after_s": 1.0},
        "has_hint": True,
    },
    {
        "why": "the day's calls are used up: asking again before midnight does not help",
        "status": 429,
        "body": _refused("DAILY", "You have reached your daily limit."),
        "verdict": "permanent",
        "code": "DAILY",
        "has_hint": True,
    },
    {
        "why": "too much at once on the same records",
        "status": 423,
        "body": {"status": "error", "message": "The record is locked", "category": "LOCKED"},
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 2.0},
    },
    {
        "why": "the account moves to another data centre",
        "status": 477,
        "headers": {"retry-after": "3600"},
        "body": {"status": "error", "message": "Migration in progress"},
        "verdict": "throttled",
        "hint": {"retry_after_s": 3600.0},
    },
    {
        "why": "an OAuth token that is 30 minutes old",
        "status": 401,
        "body": {
            "status": "error", "message": "The OAuth token used to make this call expired 5 minute(s) ago.",
            "correlationId": "c", "category": "EXPIRED_AUTHENTICATION",
        },
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "the address is another contact's",
        "status": 409,
        "body": {"status": "error", "message": "Contact already exists. Existing ID: 51", "category": "CONFLICT"},
        "verdict": "permanent",
        "message": "Contact already exists. Existing ID: 51",
        "code": "CONFLICT",
        "has_hint": True,
    },
    {
        "why": "a property there is not",
        "status": 400,
        "body": {
            "status": "error", "message": 'Property values were not valid: [{"name":"emial"}]', "category": "VALIDATION_ERROR",
        },
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a scope the app lacks",
        "status": 403,
        "body": {"status": "error", "message": "This app hasn't been granted all required scopes", "category": "MISSING_SCOPES"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "an id there is not",
        "status": 404,
        "body": {"status": "error", "message": "Object not found.", "category": "OBJECT_NOT_FOUND"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"status": "error", "message": "internal error", "correlationId": "c"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "the edge's failure",
        "status": 524,
        "body": "<html>A timeout occurred</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

_CONTACTS = "https://api.hubapi.com/crm/v3/objects/contacts"
_LINK = {"to": {"id": 9}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]}

REQUESTS = [
    {
        "operation": "contacts.create",
        "given": {
            "email": "ada@example.com", "firstname": "Ada", "phone": 33123456789.0, "shoe_size": 38, "city": float("nan"),
            "associations": [_LINK],
        },
        "url": _CONTACTS,
        "body": {
            "properties": {"email": "ada@example.com", "firstname": "Ada", "phone": "33123456789", "shoe_size": 38},
            "associations": [_LINK],
        },
        "is_resendable": False,
    },
    {
        "operation": "contacts.update",
        "given": {"contactId": "ada@example.com", "idProperty": "email", "properties": {"lastname": "L"}, "city": "Paris"},
        "url": f"{_CONTACTS}/ada%40example.com?idProperty=email",
        "body": {"properties": {"lastname": "L", "city": "Paris"}},
        "is_resendable": True,
    },
    {
        "operation": "contacts.upsert",
        "given": {"email": "ada@example.com", "firstname": "Ada", "city": None, "phone": 33123456789.0},
        "url": f"{_CONTACTS}/batch/upsert",
        "body": {
            "inputs": [
                {
                    "idProperty": "email", "id": "ada@example.com",
                    "properties": {"firstname": "Ada", "phone": "33123456789"},
                }
            ]
        },
        "is_resendable": True,
    },
    {
        "operation": "contacts.list",
        "given": {"limit": 100, "properties": ["email", "city"]},
        "url": f"{_CONTACTS}?limit=100&properties=email%2Ccity",
    },
    {
        "operation": "contacts.search",
        "given": {"query": "ada", "limit": 200},
        "url": f"{_CONTACTS}/search",
        "body": {"query": "ada", "limit": 200},
        "is_resendable": True,
    },
    {
        "operation": "deals.update",
        "given": {"dealId": 42.0, "amount": "1500.50"},
        "url": "https://api.hubapi.com/crm/v3/objects/0-3/42",
        "body": {"properties": {"amount": "1500.50"}},
    },
    {
        "operation": "associations.create_default",
        "given": {"fromObjectType": "contacts", "fromObjectId": 1, "toObjectType": "companies", "toObjectId": 2},
        "url": "https://api.hubapi.com/crm/v4/objects/contacts/1/associations/default/companies/2",
        "is_resendable": True,
    },
    {
        "operation": "lists.add_members",
        "given": {"listId": 7, "record_ids": ["1", "2"]},
        "url": "https://api.hubapi.com/crm/v3/lists/7/memberships/add",
        "body": ["1", "2"],
    },
]  # fmt: skip

REFUSED = [
    {"operation": "contacts.create", "given": {"emial": "a@b.co"}, "says": "Did you mean email"},
    {"operation": "contacts.upsert", "given": {"firstname": "Ada"}, "says": "needs inputs"},
    {"operation": "contacts.update", "given": {"city": "Paris"}, "says": "needs contactId"},
    {"operation": "notes.create", "given": {"hs_note_body": "x"}, "says": "needs hs_timestamp"},
]

PAGES = [
    {
        "operation": "contacts.list",
        "asked": {"limit": 1},
        "body": {
            "results": [{"id": "1"}],
            "paging": {"next": {"after": "1", "link": "https://api.hubapi.com/x?after=1"}},
        },
        "items": [{"id": "1"}],
        "next": {"limit": 1, "after": "1"},
    },
    {
        "operation": "contacts.list",
        "asked": {"after": "1"},
        "body": {"results": [{"id": "2"}]},
        "items": [{"id": "2"}],
    },
    {
        "operation": "deals.search",
        "asked": {"query": "big"},
        "body": {"total": 2, "results": [{"id": "3"}], "paging": {"next": {"after": "200"}}},
        "items": [{"id": "3"}],
        "next": {"query": "big", "after": "200"},
    },
]
