"""What Twilio answers and is asked, and what each means: data only.

Bodies as in https://www.twilio.com/docs/api/errors and /docs/usage/twilios-response (2026-11).
"""

_SID = "AC0123456789abcdef0123456789abcdef"

CREDENTIALS = [
    {
        "credential": {"account_sid": _SID, "auth_token": "abc"},
        "base": {"account_sid": _SID},
        "authorization": "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjphYmM=",
    },
    {
        "credential": {"account_sid": _SID, "api_key_sid": "SK01", "api_key_secret": "abc"},
        "base": {"account_sid": _SID},
        "authorization": "Basic U0swMTphYmM=",
    },
    {
        "credential": {"account_sid": _SID, "access_token": "eyJh.abc"},
        "base": {"account_sid": _SID},
        "authorization": "Bearer eyJh.abc",
    },
]

_BASE = f"https://api.twilio.com/2010-04-01/Accounts/{_SID}"
BASES = [{"given": {"account_sid": _SID}, "url": _BASE, "headers": {}}]


def _error(code: int, message: str, status: int) -> dict[str, object]:
    return {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


ANSWERS = [
    {
        "why": "a success: queued, not sent yet",
        "status": 201,
        "headers": {"twilio-concurrent-requests": "1"},
        "body": {"sid": "SM0", "status": "queued", "error_code": None},
        "verdict": "success",
    },
    {"why": "an empty success", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "too many at once: not begun",
        "status": 429,
        "body": _error(20429, "Too Many Requests", 429),
        "verdict": "throttled",
        "code": "20429",
        "has_hint": True,
    },
    {
        "why": "too many at once, with a time",
        "status": 429,
        "headers": {"retry-after": "2"},
        "body": _error(20429, "Too Many Requests", 429),
        "verdict": "throttled",
        "hint": {"retry_after_s": 2.0},
    },
    {
        "why": "the day's messages are sent: a 429 that will not pass",
        "status": 429,
        "body": _error(63038, "Account exceeded the daily messages limit", 429),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a verification sent five times",
        "status": 429,
        "body": _error(60203, "Max send attempts reached", 429),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a wrong token",
        "status": 401,
        "body": _error(20003, "Authenticate", 401),
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "they answered STOP",
        "status": 400,
        "body": _error(21610, "Attempt to send to unsubscribed recipient", 400),
        "verdict": "permanent",
        "code": "21610",
        "has_hint": True,
    },
    {
        "why": "no such message",
        "status": 404,
        "body": _error(20404, "The requested resource was not found", 404),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure: the message may be on its way",
        "status": 503,
        "body": _error(20503, "Service Unavailable", 503),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "messages.create",
        "given": {
            "To": 33123456789.0,
            "From": 48123,
            "Body": "hello & goodbye",
            "MediaUrl": ["https://a.example/1.png", "https://a.example/2.png"],
            "SmartEncoded": True,
        },
        "url": f"{_BASE}/Messages.json",
        "body": "To=%2B33123456789&From=48123&Body=hello+%26+goodbye"
        "&MediaUrl=https%3A%2F%2Fa.example%2F1.png&MediaUrl=https%3A%2F%2Fa.example%2F2.png&SmartEncoded=true",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "is_resendable": False,
    },
    {
        "operation": "messages.list",
        "given": {"To": "+15558675310", "DateSentAfter": "2026-11-01", "PageSize": 20},
        "url": f"{_BASE}/Messages.json?To=%2B15558675310&DateSent%3E=2026-11-01&PageSize=20",
    },
    {
        "operation": "messages.update",
        "given": {"Sid": "SM0", "Body": ""},
        "url": f"{_BASE}/Messages/SM0.json",
        "body": "Body=",
        "is_resendable": True,
    },
    {
        "operation": "verify.start",
        "given": {"ServiceSid": "VA0", "To": "+15558675310", "Channel": "sms"},
        "url": "https://verify.twilio.com/v2/Services/VA0/Verifications",
        "body": "To=%2B15558675310&Channel=sms",
    },
    {
        "operation": "lookups.get",
        "given": {"PhoneNumber": 15558675310, "Fields": ["line_type_intelligence", "caller_name"]},
        "url": "https://lookups.twilio.com/v2/PhoneNumbers/%2B15558675310?Fields=line_type_intelligence%2Ccaller_name",
    },
    {
        "operation": "accounts.get",
        "given": {"Sid": _SID},
        "url": f"https://api.twilio.com/2010-04-01/Accounts/{_SID}.json",
    },
]

REFUSED = [
    {"operation": "messages.create", "given": {"From": "+15017122661", "Body": "hello"}, "says": "needs To"},
    {"operation": "messages.create", "given": {"to": "+15558675310"}, "says": "Did you mean To?"},
    {
        "operation": "calls.update",
        "given": {"Sid": "CA0", "Status": "hangup"},
        "says": "canceled, completed",
    },
]

_NEXT = f"/2010-04-01/Accounts/{_SID}/Messages.json?PageSize=2&Page=1&PageToken=PASM1"

PAGES = [
    {
        "operation": "messages.list",
        "body": {"messages": [{"sid": "SM0"}, {"sid": "SM1"}], "page": 0, "next_page_uri": _NEXT},
        "items": [{"sid": "SM0"}, {"sid": "SM1"}],
        "next_url": _NEXT,
    },
    {
        "operation": "messages.list",
        "body": {"messages": [{"sid": "SM2"}], "page": 1, "next_page_uri": None},
        "items": [{"sid": "SM2"}],
    },
    {
        "operation": "conversations.list",
        "body": {
            "conversations": [{"sid": "CH0"}],
            "meta": {"next_page_url": "https://conversations.twilio.com/v1/Conversations?PageSize=1&Page=1", "page": 0},
        },
        "items": [{"sid": "CH0"}],
        "next_url": "https://conversations.twilio.com/v1/Conversations?PageSize=1&Page=1",
    },
]  # fmt: skip
