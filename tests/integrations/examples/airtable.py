"""What Airtable answers and is asked, and what each means: data only.

Bodies as in https://airtable.com/developers/web/api/errors and /developers/web/api/rate-limits (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "patA.b"}, "authorization": "Bearer patA.b", "variant": "business"},
    {"credential": {"access_token": "oaa"}, "authorization": "Bearer oaa", "base": {"plan": "free"}, "variant": "free"},
    {"credential": {"token": "patA.b"}, "base": {"plan": "team"}, "variant": "team"},
]  # fmt: skip

BASES = [{"given": {}, "url": "https://api.airtable.com/v0", "headers": {}}]

ANSWERS = [
    {"why": "a success", "status": 200, "body": {"id": "usrX", "scopes": []}, "verdict": "success"},
    {
        "why": "too fast: the base refuses everything for 30 seconds",
        "status": 429,
        "body": {
            "errors": [
                {"error": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded. Please try again later"}
            ]
        },
        "verdict": "throttled",
        "hint": {"retry_after_s": 30.0},
        "code": "RATE_LIMIT_REACHED",
        "message": "Rate limit exceeded. Please try again later",
        "has_hint": True,
    },
    {
        "why": "too fast with a time",
        "status": 429,
        "headers": {"retry-after": "31"},
        "body": {"error": "RATE_LIMIT_REACHED"},
        "verdict": "throttled",
        "hint": {"retry_after_s": 31.0},
        "has_hint": True,
    },
    {
        "why": "the month's calls are spent: no wait helps",
        "status": 429,
        "body": {
            "errors": [
                {
                    "error": "PUBLIC_API_BILLING_LIMIT_EXCEEDED",
                    "message": "The API billing plan limit has been exceeded.",
                }
            ]
        },
        "verdict": "permanent",
        "code": "PUBLIC_API_BILLING_LIMIT_EXCEEDED",
        "has_hint": True,
    },
    {
        "why": "a wrong token",
        "status": 401,
        "body": {"error": {"type": "AUTHENTICATION_REQUIRED", "message": "Authentication required"}},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a base the token may not reach",
        "status": 403,
        "body": {
            "error": {
                "type": "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND",
                "message": "Invalid permissions, or the requested model was not found.",
            }
        },
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "an error that is a bare text",
        "status": 404,
        "body": {"error": "NOT_FOUND"},
        "verdict": "permanent",
        "code": "NOT_FOUND",
        "message": "NOT_FOUND",
        "has_hint": True,
    },
    {
        "why": "a column there is not",
        "status": 422,
        "body": {"error": {"type": "UNKNOWN_FIELD_NAME", "message": 'Unknown field name: "Nmae"'}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a place in a list that went stale",
        "status": 422,
        "body": {
            "error": {"type": "LIST_RECORDS_ITERATOR_NOT_AVAILABLE", "message": "Iterator not available"}
        },
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"error": {"type": "SERVER_ERROR", "message": "Server error"}},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "they are away",
        "status": 503,
        "body": {"error": "SERVICE_UNAVAILABLE"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

_T = {"baseId": "app1", "tableIdOrName": "My Table"}

REQUESTS = [
    {
        "operation": "records.create",
        "given": {**_T, "Name": "Ada", "Age": 36, "Empty": None, "typecast": True},
        "url": "https://api.airtable.com/v0/app1/My%20Table",
        "body": {"fields": {"Name": "Ada", "Age": 36}, "typecast": True},
        "is_resendable": False,
    },
    {
        "operation": "records.update",
        "given": {**_T, "recordId": "rec1", "fields": {"Name": "Ada"}},
        "url": "https://api.airtable.com/v0/app1/My%20Table/rec1",
        "body": {"fields": {"Name": "Ada"}},
        "is_resendable": True,
    },
    {
        "operation": "records.list",
        "given": {
            **_T,
            "fields": ["Name", "Age"],
            "sort_field": "Name",
            "sort_direction": "desc",
            "pageSize": 100,
        },
        "url": "https://api.airtable.com/v0/app1/My%20Table?fields%5B%5D=Name&fields%5B%5D=Age"
        "&sort%5B0%5D%5Bfield%5D=Name&sort%5B0%5D%5Bdirection%5D=desc&pageSize=100",
    },
    {
        "operation": "records.upsert",
        "given": {
            **_T,
            "fieldsToMergeOn": "Name",
            "Name": "Ada",
            "Age": 36,
            "Email": float("nan"),
            "typecast": True,
        },
        "body": {
            "records": [{"fields": {"Name": "Ada", "Age": 36}}],
            "performUpsert": {"fieldsToMergeOn": ["Name"]},
            "typecast": True,
        },
        "is_resendable": True,
    },
    {
        "operation": "records.update_many",
        "given": {
            **_T,
            "performUpsert": {"fieldsToMergeOn": ["Email"]},
            "records": [{"fields": {"Email": "ada@example.com", "Name": "Ada"}}],
        },
        "body": {
            "performUpsert": {"fieldsToMergeOn": ["Email"]},
            "records": [{"fields": {"Email": "ada@example.com", "Name": "Ada"}}],
        },
        "is_resendable": True,
    },
    {
        "operation": "records.delete_many",
        "given": {**_T, "records": ["rec1", "rec2"]},
        "url": "https://api.airtable.com/v0/app1/My%20Table?records%5B%5D=rec1&records%5B%5D=rec2",
        "is_resendable": False,
    },
]

REFUSED = [
    {
        "operation": "records.create",
        "given": {"baseId": "app1", "Name": "Ada"},
        "says": "needs tableIdOrName",
    },
    {"operation": "records.create", "given": {**_T, "Typecast": True}, "says": "Did you mean typecast?"},
    {"operation": "records.list", "given": {**_T, "sort_direction": "down"}, "says": "asc, desc"},
]

PAGES = [
    {
        "operation": "records.list",
        "asked": {**_T, "pageSize": 1},
        "body": {"records": [{"id": "rec1", "fields": {}}], "offset": "itr1/rec1"},
        "items": [{"id": "rec1", "fields": {}}],
        "next": {**_T, "pageSize": 1, "offset": "itr1/rec1"},
    },
    {"operation": "records.list", "body": {"records": [{"id": "rec2"}]}, "items": [{"id": "rec2"}]},
    {
        "operation": "webhooks.payloads",
        "asked": {"baseId": "app1", "webhookId": "ach1", "cursor": 5},
        "body": {"payloads": [{"timestamp": "t"}], "cursor": 6, "mightHaveMore": False},
        "items": [{"timestamp": "t"}],
    },
]

_PARTIAL = "the description is a third party's and partial; Airtable's reference has this call"
NOT_DESCRIBED = {
    "records.list_by_post": _PARTIAL,
    "records.update_many": _PARTIAL,
    "records.upsert": _PARTIAL,
    "records.delete_many": _PARTIAL,
}
