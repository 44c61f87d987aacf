"""What Google's APIs have in common: errors with a reason, and the many 403s. For the shapes of three vendors.

Sources: the pages named in integrations/gmail.py; google-api-python-client's and gspread's reading of errors.
"""

from __future__ import annotations

from collections.abc import Mapping

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.wire import Answer, json_answer

KEY = "ya29.sandbox-{name}"
TYPE = "application/json; charset=UTF-8"
_STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS",
    410: "FAILED_PRECONDITION", 412: "FAILED_PRECONDITION", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL",
}  # fmt: skip
_DOMAINS = {"userRateLimitExceeded": "usageLimits", "rateLimitExceeded": "usageLimits"}
REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "unauthorized": (401, "authError", "Invalid Credentials"),
    "forbidden": (403, "insufficientPermissions", "Insufficient Permission"),
    "not_found": (404, "notFound", "Requested entity was not found."),
    "no_route": (404, "notFound", "Not Found"),
    "invalid": (400, "invalidArgument", "Invalid value for {what}"),
    "throttled": (403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
    "failed": (500, "backendError", "Backend Error"),
}


def write_error(refusal: Refusal) -> Answer:
    """Return an error as the older of Google's APIs write it: code, message, and errors with their reasons."""
    one = {
        "message": refusal.message,
        "domain": _DOMAINS.get(refusal.code, "global"),
        "reason": refusal.code,
    }
    error = {"code": refusal.status, "message": refusal.message, "errors": [one]}
    if refusal.status == 401:
        error["status"] = "UNAUTHENTICATED"
    return json_answer(refusal.status, {"error": error}, content_type=TYPE)


def write_status(refusal: Refusal) -> Answer:
    """Return an error as the newer ones write it: a status in words, and what the quota was in the details."""
    status = _STATUS.get(refusal.status, "UNKNOWN")
    error = {"code": refusal.status, "message": refusal.message, "status": status}
    if refusal.kind == "throttled":
        error["details"] = [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "service": "sheets.googleapis.com",
                    "quota_limit": refusal.code,
                    "quota_limit_value": "60",
                    "quota_unit": "1/min/{project}/{user}",
                },
            }
        ]
    return json_answer(refusal.status, {"error": error}, content_type=TYPE)
