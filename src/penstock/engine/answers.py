"""What an answer means: its verdict, what it says of the limits, and the error it becomes. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import (
    Conflict,
    Invalid,
    NotFound,
    OutcomeUncertain,
    PenstockError,
    PermissionMissing,
    ProviderError,
    QuotaSpent,
    ResponseUnreadable,
    ServerFailed,
    SignInNeeded,
    Throttled,
    TransportFailed,
)
from penstock.model import Json, Response, Verdict
from penstock.ratelimit.headers import RateLimitHint, read_headers
from penstock.resilience.classify import classify_status

if TYPE_CHECKING:
    from penstock.engine.stages import Desk, Trip

_BY_STATUS: dict[int, type[ProviderError]] = {
    400: Invalid, 401: SignInNeeded, 403: PermissionMissing, 404: NotFound, 409: Conflict, 410: NotFound, 422: Invalid, 429: Throttled,
}  # fmt: skip
_BY_VERDICT: dict[Verdict, type[ProviderError]] = {Verdict.AUTH: SignInNeeded, Verdict.THROTTLED: Throttled}


def judge(desk: Desk, trip: Trip, response: Response) -> tuple[Verdict, RateLimitHint | None]:
    """Return what the answer means for the next step, and what it says of the limits."""
    integration, resendable = desk.integration, trip.request.is_resendable
    hint = read_headers(response.headers, integration.rate_headers, wall=desk.clock.wall())
    try:
        if integration.read_hint is not None:
            hint = integration.read_hint(response) or hint
        verdict = integration.classify(response) if integration.classify is not None else None
        if verdict is None and 200 <= response.status < 300 and response.body:
            _ = response.data  # a success that cannot be read is not known to be one
    except ResponseUnreadable:
        # Something other than the API answered (a proxy's page, a cut body): what became of the request is unknown.
        return (Verdict.TRANSIENT if resendable else Verdict.UNCERTAIN), hint
    if verdict is None:
        verdict = classify_status(
            response.status,
            is_resendable=resendable,
            has_retry_after=hint is not None and hint.retry_after_s is not None,
            safe_503=integration.safe_503,
        )
    elif verdict is Verdict.TRANSIENT and not resendable and response.status >= 500:
        verdict = Verdict.UNCERTAIN
    return verdict, hint


def dig(data: Json, path: str | None) -> Json:
    """Return what stands at a dotted path ("data.-1.id"; "$" is everything), None where nothing does."""
    if path is None:
        return None
    if path == "$":
        return data
    for step in path.split("."):
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and step.lstrip("-").isdigit() and -len(data) <= int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data


def give_up(
    desk: Desk, trip: Trip, response: Response | None, failure: TransportFailed | None, why: str
) -> PenstockError:
    """Return the error of a call that is not tried again."""
    error = build_error(desk, trip, response, failure)
    if trip.verdict is Verdict.UNCERTAIN:
        said = (
            error.message if failure is not None else f"The service answered {trip.status}: {error.message}"
        )
        uncertain = OutcomeUncertain(
            f"It may have happened: {said}", status=trip.status, attempts=trip.attempt, response=response
        )
        _place(desk, trip, uncertain)
        uncertain.__cause__ = failure
        return uncertain
    if trip.attempt > 1 and why:
        error.message = f"{error.message} ({trip.attempt} attempts: {why})"
    return error


def build_error(
    desk: Desk, trip: Trip, response: Response | None, failure: TransportFailed | None
) -> PenstockError:
    """Return the error an answer, or its absence, becomes: named for what failed, with the service's own words."""
    if failure is not None:
        failure.attempts = trip.attempt
        return _place(desk, trip, failure)
    assert response is not None
    integration = desk.integration
    message, code = _said(desk, response)
    kind = _BY_VERDICT.get(trip.verdict) or _BY_STATUS.get(response.status)
    if kind is None:
        kind = (
            ServerFailed
            if response.status >= 500
            else Invalid
            if 400 <= response.status < 500
            else ProviderError
        )
    if 200 <= response.status < 300 and not _is_json(response):
        kind, message = ResponseUnreadable, f"The answer is not JSON; it begins {response.text[:80]!r}."
    asked_s = trip.hint.retry_after_s if trip.hint is not None else None
    if response.status == 429 and trip.verdict is Verdict.PERMANENT:
        kind = QuotaSpent
    error = kind(
        f"{integration.title} answered {response.status}: {message}"
        if kind is not ResponseUnreadable
        else message,
        hint=_hint(desk, code),
        status=response.status,
        response=response,
        attempts=trip.attempt,
        retry_after_s=asked_s,
        code=code,
    )
    return _place(desk, trip, error)


def _place(desk: Desk, trip: Trip, error: PenstockError) -> PenstockError:
    error.integration, error.account = desk.integration.name, desk.account
    error.operation, error.row = trip.call.operation, trip.call.row
    return error


def _is_json(response: Response) -> bool:
    try:
        _ = response.data
    except ResponseUnreadable:
        return False
    return True


def _hint(desk: Desk, code: str | None) -> str | None:
    return desk.integration.hints.get(code) if code else None


def _said(desk: Desk, response: Response) -> tuple[str, str | None]:
    """Return the service's own message and code, as far as its answer has them."""
    shape = desk.integration.errors
    if not _is_json(response):
        return (" ".join(response.text.split())[:200] or "no explanation", None)
    data = response.data
    code = dig(data, shape.code)
    message = dig(data, shape.message)
    if message is None:
        message = response.text[:200] if data is not None else "no explanation"
    return str(message)[:500], str(code) if code is not None else None
