"""What an answer means: its verdict, what it says of the limits, and the error it becomes. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.catalog.explain import explain
from penstock.errors import (
    CallFailed,
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
from penstock.model import Response, Verdict
from penstock.ratelimit.headers import RateLimitHint, read_headers
from penstock.redact import redact
from penstock.resilience.classify import classify_status

if TYPE_CHECKING:
    from penstock.engine.desk import Desk, Trip

_BY_STATUS: dict[int, type[ProviderError]] = {
    400: Invalid, 401: SignInNeeded, 403: PermissionMissing, 404: NotFound, 409: Conflict, 410: NotFound, 422: Invalid,
    429: Throttled,
}  # fmt: skip
_BY_VERDICT: dict[Verdict, type[ProviderError]] = {Verdict.AUTH: SignInNeeded, Verdict.THROTTLED: Throttled}


def judge(desk: Desk, trip: Trip, response: Response) -> tuple[Verdict, RateLimitHint | None]:
    """Return what the answer means for the next step, and what it says of the limits."""
    integration, resendable = desk.integration, trip.request.is_resendable
    hint = read_headers(response.headers, integration.rate_headers, wall=desk.clock.wall())
    try:
        if integration.read_hint is not None:
            hint = integration.read_hint(response) or hint
        said = integration.classify(response) if integration.classify is not None else None
        if said is None and 200 <= response.status < 300 and response.body and not _is_other(response):
            _ = response.data  # a success that cannot be read is not known to be one
    except ResponseUnreadable:
        # Something other than the API answered (a proxy's page, a cut body): what became of the request is unknown.
        return (Verdict.TRANSIENT if resendable else Verdict.UNCERTAIN), hint
    if isinstance(said, Verdict):
        verdict = said
    else:
        # A service that hides its errors in a 200 has said which status it should have been.
        trip.status = status = response.status if said is None else said
        verdict = classify_status(
            status,
            is_resendable=resendable,
            has_retry_after=hint is not None and hint.retry_after_s is not None,
            safe_503=integration.safe_503,
            has_key=trip.call.idempotency_key is not None,
        )
    return verdict, hint


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
    unsent = failure is not None and not failure.is_sent
    if (
        trip.verdict is Verdict.TRANSIENT
        and trip.request.is_resendable
        and not unsent
        and isinstance(error, CallFailed)
    ):
        error.is_doubtful = trip.request.method not in ("GET", "HEAD", "OPTIONS")
    if trip.attempt > 1 and why:
        error.message = f"{error.message} ({trip.attempt} attempts: {why})"
    return error


def refuse(
    desk: Desk, trip: Trip, response: Response | None, failure: TransportFailed | None
) -> PenstockError:
    """Return the error of a call whose credential is refused, with what is to be done about that one."""
    error = build_error(desk, trip, response, failure)
    trouble = desk.session.trouble
    if trouble is not None:
        error.message, error.hint = f"{error.message} {trouble.message}", trouble.hint
    elif desk.session.is_stored and error.hint == SignInNeeded.default_hint:
        error.hint = (
            f"Put a working one in the vault: vault.add({desk.integration.name!r}, {desk.account!r}, replace=True, …). "
            "Runs that wait go on by themselves."
        )
    return error


def build_error(
    desk: Desk, trip: Trip, response: Response | None, failure: TransportFailed | None
) -> PenstockError:
    """Return the error an answer, or its absence, becomes: named for what failed, with the service's own words."""
    if failure is not None:
        failure.attempts = trip.attempt
        return _place(desk, trip, failure)
    assert response is not None
    integration, status = desk.integration, trip.status or response.status
    is_json = _is_json(response)
    message, code, hint = explain(integration, status, response.data if is_json else None)
    kind = _BY_VERDICT.get(trip.verdict) or _BY_STATUS.get(status)
    if kind is None:
        kind = ServerFailed if status >= 500 else Invalid if 400 <= status < 500 else ProviderError
    if status == 429 and trip.verdict is Verdict.PERMANENT:
        kind = QuotaSpent
    said = f"{integration.title} answered {status}: {message or _excerpt(response)}"
    if 200 <= response.status < 300 and not is_json:
        kind, said = ResponseUnreadable, f"The answer is not JSON; it begins {redact(response.text)[:80]!r}."
    error = kind(
        said,
        hint=hint,
        status=status,
        response=response,
        attempts=trip.attempt,
        retry_after_s=trip.hint.retry_after_s if trip.hint is not None else None,
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


def _is_other(response: Response) -> bool:
    """Say whether an answer is by its type no JSON: a stream, a sound, a file. Text may be a proxy's page."""
    kind = response.headers.get("content-type", "")
    if kind == "application/json":
        return False
    kind = kind.partition(";")[0].strip().lower()
    is_text = kind.startswith("text/") and kind not in ("text/event-stream", "text/csv")
    return bool(kind) and not is_text and not kind.endswith(("/json", "+json"))


def _excerpt(response: Response) -> str:
    return " ".join(redact(response.text).split())[:200] or "no explanation"
