"""What is left when every attempt has failed: another way to the answer, or a record of the failure.

It decides nothing about retries and sends nothing: the way is a function of yours, the batch keeps the record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from inspect import isawaitable

from penstock.errors import PenstockError, UsageError
from penstock.model import Call, Response
from penstock.redact import redact

Step = Callable[[Call, PenstockError], Response | Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class RecoveryPath:
    """Say that errors of this kind have another way: `step(call, error)`, plain or async, gives a Response.

    The step may raise: its own error then takes the place of the first one. Raises UsageError when `error` is
    not one of Penstock's errors, or `step` cannot be called.
    """

    error: type[PenstockError]
    step: Step

    def __post_init__(self) -> None:
        if not (isinstance(self.error, type) and issubclass(self.error, PenstockError)):
            raise UsageError(
                f"A recovery path is for one of Penstock's errors, not {self.error!r}.",
                hint="For example RecoveryPath(ps.ServerFailed, step); ps.PenstockError means all of them.",
            )
        if not callable(self.step):
            raise UsageError(
                f"A recovery path needs a function of (call, error), not {self.step!r}.",
                hint="For example RecoveryPath(ps.NotFound, lambda call, error: cached[call.row]).",
            )

    async def take(self, call: Call, error: PenstockError) -> Response:
        """Return what the step gives for this call, awaited where it is async; raise what it raises."""
        given = self.step(call, error)
        response = await given if isawaitable(given) else given
        if not isinstance(response, Response):
            raise UsageError(
                f"The recovery path for {self.error.__name__} gave {type(response).__name__}, not a Response.",
                hint="Return penstock.model.Response(200, Headers(), body), or raise the error that is left.",
            ) from error
        return response


def find(paths: Iterable[RecoveryPath], error: BaseException) -> RecoveryPath | None:
    """Return the first path whose kind of error this is, as `except` clauses are tried, or None."""
    for path in paths:
        if isinstance(error, path.error):
            return path
    return None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Keep what could not be done, so that a person can look at it and send it again. It holds no secret.

    run, row_key, operation: what it was. error_type, error, hint: why not, in words (redacted on the way in).
    attempts: how many were made. first_at, last_at: aware UTC instants of the first and last.
    request_hash: which request, without its content.
    """

    run: str
    row_key: str
    operation: str
    error_type: str
    error: str
    hint: str | None
    attempts: int
    first_at: datetime
    last_at: datetime
    request_hash: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "error", redact(self.error))
        if self.hint:
            object.__setattr__(self, "hint", redact(self.hint))
        if self.first_at.tzinfo is None or self.last_at.tzinfo is None:
            raise UsageError(
                "A dead letter's instants carry their time zone.",
                hint="Use penstock.clock.utc(wall_seconds).",
            )

    @classmethod
    def from_error(
        cls,
        error: BaseException,
        *,
        run: str,
        row_key: str,
        operation: str,
        attempts: int,
        first_at: datetime,
        last_at: datetime,
        request_hash: str,
    ) -> DeadLetter:
        """Return the record of a call that ended in `error`."""
        return cls(
            run=run,
            row_key=row_key,
            operation=operation,
            error_type=type(error).__name__,
            error=error.message if isinstance(error, PenstockError) else str(error),
            hint=error.hint if isinstance(error, PenstockError) else None,
            attempts=attempts,
            first_at=first_at,
            last_at=last_at,
            request_hash=request_hash,
        )
