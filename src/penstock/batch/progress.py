"""How far a run is: counts, rate, ETA, what it waits on, errors by kind. Numbers only; drawing is render.py's."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

RATE_WINDOW_S = 10.0


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """One kind of failure: how often, in the service's words, what to do, and a row it happened to."""

    kind: str
    count: int
    message: str
    hint: str | None
    example_row: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at one moment. Rates are rows per second, `resumes_at` and times are seconds since 1970 UTC."""

    run: str
    state: str  # running, paused, cancelled, stopped, finished
    total: int | None
    done: int
    failed: int
    uncertain: int
    skipped: int
    in_flight: int
    queued: int | None
    rate: float
    allowed_rate: float | None
    elapsed_s: float
    eta_s: float | None
    waiting_on: str | None  # limit, breaker, sign-in, disk
    resumes_at: float | None
    errors: tuple[ErrorCount, ...] = ()
    note: str | None = None
    carried: int = 0  # of the settled rows, those settled in an earlier pass

    @property
    def settled(self) -> int:
        """Return how many rows have an outcome."""
        return self.done + self.failed + self.uncertain + self.skipped

    @property
    def share(self) -> float | None:
        """Return the settled part of all rows, 0 to 1; None while the total is unknown."""
        if self.total is None:
            return None
        return self.settled / self.total if self.total else 1.0

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more will happen by itself."""
        return self.state in ("finished", "cancelled", "stopped")

    def __repr__(self) -> str:
        from penstock.batch.render import render_text

        return render_text(self)


@dataclass(slots=True)
class Tally:
    """Count outcomes as they come, and the rate over the last ten seconds."""

    done: int = 0
    failed: int = 0
    uncertain: int = 0
    skipped: int = 0
    carried: int = 0  # settled in an earlier pass: they say nothing of today's rate
    errors: dict[str, list[object]] = field(default_factory=dict)
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def add(
        self, status: str, error_type: str | None, message: str | None, hint: str | None, row: str | None
    ) -> None:
        """Count one outcome."""
        setattr(self, status, getattr(self, status) + 1)
        if error_type is not None and status != "done":
            entry = self.errors.setdefault(error_type, [0, message, hint, row])
            entry[0] = int(entry[0]) + 1  # type: ignore[call-overload]

    @property
    def settled(self) -> int:
        """Return how many rows have an outcome."""
        return self.done + self.failed + self.uncertain + self.skipped

    def rate(self, now: float) -> float:
        """Return rows settled per second over the last ten seconds."""
        fresh = self.settled - self.carried
        marks = self._marks
        marks.append((now, fresh))
        while len(marks) > 2 and marks[1][0] <= now - RATE_WINDOW_S:
            marks.popleft()
        span = now - marks[0][0]
        return (fresh - marks[0][1]) / span if span > 0 else 0.0

    def error_counts(self) -> tuple[ErrorCount, ...]:
        """Return the kinds of failure, most frequent first."""
        counts = [
            ErrorCount(
                kind,
                int(str(count)),
                str(message or ""),
                str(hint) if hint else None,
                str(row) if row else None,
            )
            for kind, (count, message, hint, row) in list(self.errors.items())
        ]
        return tuple(sorted(counts, key=lambda entry: -entry.count))
