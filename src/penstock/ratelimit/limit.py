"""What a limit says: so many, per so many seconds, for whom. The arithmetic is in bucket.py and bulkhead.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from penstock.errors import UsageError

Cost = Callable[[str, Mapping[str, Any]], float]  # (HTTP method, parameters) -> units one call takes


@dataclass(frozen=True, slots=True)
class Limit:
    """State that at most `amount` units may be used per `per` seconds.

    Three kinds. Without `burst`, a window: in no stretch of `per` seconds more than `amount`. With `burst`, a leaky
    bucket: `amount / per` a second on average, at most `burst` at once. With `per=None`, `amount` calls at once.

    scope:    "account"; "operation" (each operation has its own); "parameter:NAME" (each value of it has its own).
    unit:     what is counted: "requests", or the service's own ("points").
    only:     names of operations it holds for, `*` matches ("search.*"); all when empty. `methods` likewise.
    apart:    names of operations it does not hold for, likewise.
    cost:     units one call takes; 1 without it.
    when:     the plan or mode it holds for ("live", "test"); always when None.
    key:      limits with one key share one budget; by default each limit is its own.
    source:   where the figure comes from.
    """

    amount: float
    per: float | None = None
    burst: float | None = None
    scope: str = "account"
    unit: str = "requests"
    only: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    cost: Cost | None = None
    when: str | None = None
    key: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if not self.amount > 0:
            raise UsageError(
                f"A limit needs a positive amount, not {self.amount!r}.",
                hint="For example ps.Limit(20, per=1.0).",
            )
        if self.per is not None and not self.per > 0:
            raise UsageError(
                f"A limit's per is a positive number of seconds, not {self.per!r}.",
                hint="For example ps.Limit(20, per=1.0).",
            )
        if self.burst is not None and (self.per is None or not self.burst >= 1):
            raise UsageError(
                "A burst is at least 1 and needs per=seconds.",
                hint="For example ps.Limit(100, per=1.0, burst=20).",
            )
        if self.scope not in ("account", "operation") and not self.scope.startswith("parameter:"):
            raise UsageError(
                f"Unknown scope {self.scope!r}.", hint='Use "account", "operation" or "parameter:NAME".'
            )

    def holds_for(self, operation: str, method: str) -> bool:
        """Say whether calls of an operation use it up."""
        if self.methods and method not in self.methods:
            return False
        is_named = not self.only or any(fnmatchcase(operation, pattern) for pattern in self.only)
        return is_named and not any(fnmatchcase(operation, pattern) for pattern in self.apart)

    @property
    def kind(self) -> str:
        """Return "window", "bucket" or "concurrency"."""
        if self.per is None:
            return "concurrency"
        return "window" if self.burst is None else "bucket"

    @property
    def text(self) -> str:
        """Return the limit in words: "25 requests / 1 s per operation"."""
        amount = f"{self.amount:g}"
        if self.per is None:
            said = f"{amount} at once"
        else:
            said = f"{amount} {self.unit} / {_span(self.per)}"
            if self.burst is not None:
                said += f", burst {self.burst:g}"
        if self.scope == "operation":
            said += " per operation"
        elif self.scope.startswith("parameter:"):
            said += f" per {self.scope.partition(':')[2]}"
        return said


def _span(seconds: float) -> str:
    for size, name in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            count = seconds / size
            return name if count == 1 else f"{count:g} {name}"
    return f"{seconds:g} s"


@dataclass(frozen=True, slots=True)
class Charge:
    """One call's demand on one limit: `key` names the budget, `cost` the units."""

    key: str
    limit: Limit
    cost: float = 1.0
