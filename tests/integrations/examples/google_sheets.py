"""What Google Sheets answers and is asked, and what each means: data only.

Errors as in https://developers.google.com/workspace/sheets/api/limits and cloud.google.com/apis/design/errors (2026-11).
"""

CREDENTIALS = [
    {"credential": {"access_token": "ya29.abc"}, "authorization": "Bearer ya29.abc"},
    {"credential": {"token": "ya29.abc"}, "authorization": "Bearer ya29.abc"},
    {"credential": {"api_key": "AIzaX"}},
]

BASES = [{"given": {}, "url": "https://sheets.googleapis.com/v4", "headers": {}}]


def _error(status: int, name: str, message: str, **metadata: str) -> dict[str, object]:
    details = [{"@type": "type.googleapis.com/google.rpc.Help"}] if metadata else []
    if metadata:
        details.append({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED",
                        "domain": "googleapis.com", "metadata": metadata})  # fmt: skip
    return {"error": {"code": status, "message": message, "status": name, "details": details}}


def _drive(reason: str, message: str) -> dict[str, object]:
    return {
        "error": {
            "code": 403,
            "message": message,
            "errors": [{"domain": "usageLimits", "reason": reason, "message": message}],
        }
    }


ANSWERS = [
    {"why": "a success", "status": 200, "body": {"range": "A!A1:B1", "values": [["1", "2"]]}, "verdict": "success"},
    {
        "why": "too many writes this minute: no time is said, so a part of a minute is waited",
        "status": 429,
        "body": _error(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Write requests' and limit 'Write"
                       " requests per minute per user'.", quota_limit="WriteRequestsPerMinutePerUser"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 20.0},
        "code": "RATE_LIMIT_EXCEEDED",
        "has_hint": True,
    },
    {
        "why": "too fast, with a time after all",
        "status": 429,
        "headers": {"retry-after": "7"},
        "body": _error(429, "RESOURCE_EXHAUSTED", "Quota exceeded."),
        "verdict": "throttled",
        "hint": {"retry_after_s": 7.0},
        "has_hint": True,
    },
    {
        "why": "a day's quota does not come back in minutes",
        "status": 429,
        "body": _error(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", quota_limit="ReadRequestsPerDay"),
        "verdict": "permanent",
    },
    {
        "why": "Drive refuses for rate with a 403",
        "status": 403,
        "body": _drive("userRateLimitExceeded", "User Rate Limit Exceeded"),
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 20.0},
        "code": "userRateLimitExceeded",
    },
    {
        "why": "Drive refuses a scope with a 403 too",
        "status": 403,
        "body": _drive("insufficientPermissions", "Insufficient Permission"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a spreadsheet that is not shared with this account",
        "status": 403,
        "body": _error(403, "PERMISSION_DENIED", "The caller does not have permission"),
        "verdict": "permanent",
        "code": "PERMISSION_DENIED",
        "has_hint": True,
    },
    {
        "why": "an ended token",
        "status": 401,
        "body": _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "a range that is none",
        "status": 400,
        "body": _error(400, "INVALID_ARGUMENT", "Unable to parse range: Shet1!A1"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure: rows may have been appended",
        "status": 500,
        "body": _error(500, "INTERNAL", "Internal error encountered."),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "they are away",
        "status": 503,
        "body": _error(503, "UNAVAILABLE", "The service is currently unavailable."),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "spreadsheets.create",
        "given": {"title": "Orders", "locale": "en_GB", "sheets": [{"properties": {"title": "2026"}}]},
        "url": "https://sheets.googleapis.com/v4/spreadsheets",
        "body": {"properties": {"title": "Orders", "locale": "en_GB"}, "sheets": [{"properties": {"title": "2026"}}]},
        "is_resendable": False,
    },
    {
        "operation": "values.append",
        "given": {"spreadsheetId": "1Bx", "range": "Sheet 1!A1", "valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS",
                  "values": ["007", 3, float("nan")]},
        "url": "https://sheets.googleapis.com/v4/spreadsheets/1Bx/values/Sheet%201%21A1:append?valueInputOption=RAW"
               "&insertDataOption=INSERT_ROWS",
        "body": {"values": [["007", 3, None]]},
        "is_resendable": False,
    },
    {
        "operation": "values.update",
        "given": {"spreadsheetId": "1Bx", "range": "A1:B2", "valueInputOption": "USER_ENTERED", "values": "[[1, 2], [3, 4]]"},
        "url": "https://sheets.googleapis.com/v4/spreadsheets/1Bx/values/A1%3AB2?valueInputOption=USER_ENTERED",
        "body": {"values": [[1, 2], [3, 4]]},
        "is_resendable": True,
    },
    {
        "operation": "values.batch_get",
        "given": {"spreadsheetId": "1Bx", "ranges": ["A!A1:B2", "B!C3"], "valueRenderOption": "FORMULA"},
        "url": "https://sheets.googleapis.com/v4/spreadsheets/1Bx/values:batchGet?ranges=A%21A1%3AB2&ranges=B%21C3"
               "&valueRenderOption=FORMULA",
        "is_resendable": True,
    },
    {
        "operation": "spreadsheets.batch_update",
        "given": {"spreadsheetId": "1Bx", "requests": [{"deleteSheet": {"sheetId": 7}}]},
        "url": "https://sheets.googleapis.com/v4/spreadsheets/1Bx:batchUpdate",
        "body": {"requests": [{"deleteSheet": {"sheetId": 7}}]},
        "is_resendable": False,
    },
    {
        "operation": "spreadsheets.delete",
        "given": {"spreadsheetId": "1Bx"},
        "url": "https://www.googleapis.com/drive/v3/files/1Bx",
        "is_resendable": True,
    },
]  # fmt: skip

REFUSED = [
    {
        "operation": "values.append",
        "given": {"spreadsheetId": "1Bx", "range": "A1", "values": [[1]]},
        "says": "needs valueInputOption",
    },
    {
        "operation": "values.update",
        "given": {"spreadsheetId": "1Bx", "range": "A1", "values": [[1]], "valueInputOption": "raw"},
        "says": "RAW, USER_ENTERED",
    },
    {
        "operation": "values.get",
        "given": {"spreadsheet_id": "1Bx", "range": "A1"},
        "says": "Did you mean spreadsheetId?",
    },
]

PAGES = [
    {
        "operation": "values.get",
        "why": "everything is on one page",
        "asked": {"spreadsheetId": "1Bx", "range": "A1:B2"},
        "body": {"range": "Sheet1!A1:B2", "majorDimension": "ROWS", "values": [["a", "b"], ["1"]]},
        "items": [["a", "b"], ["1"]],
    },
    {
        "operation": "values.batch_get",
        "asked": {"spreadsheetId": "1Bx", "ranges": ["A1"]},
        "body": {"spreadsheetId": "1Bx", "valueRanges": [{"range": "A1", "values": [["a"]]}]},
        "items": [{"range": "A1", "values": [["a"]]}],
    },
]

_DRIVE = "a call of the Drive API, which has a description of its own"
NOT_DESCRIBED = {"account.get": _DRIVE, "spreadsheets.delete": _DRIVE}
