"""How Stripe says no: {"error": {type, code, message, param}} and its statuses."""

from __future__ import annotations

from typing import Any

DOCS = "https://stripe.com/docs/error-codes"


class StripeError(Exception):
    """An answer other than success. `is_stored`: execution had begun, so an idempotency key remembers it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        is_stored: bool = False,
        headers: list[tuple[str, str]] | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.is_stored, self.headers = status, is_stored, headers or []
        error: dict[str, Any] = dict(more or {})
        if code is not None:
            error |= {"code": code, "doc_url": f"{DOCS}/{code.replace('_', '-')}"}
        error["message"] = message
        if param is not None:
            error["param"] = param
        self.body = {"error": {**error, "type": type}}


def missing(kind: str, id: str, param: str, *, status: int = 400) -> StripeError:
    """Return the answer for an id that names nothing: 404 when it stood in the path, else 400."""
    noun = kind.replace("_", " ")
    return StripeError(status, f"No such {noun}: '{id}'", code="resource_missing", param=param)


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """Return a 400 about one parameter."""
    return StripeError(400, message, param=param, code=code)
