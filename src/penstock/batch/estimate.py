"""What a run would take, before it is run: requests, time, and the share of each limit. Arithmetic only."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.catalog.definition import Operation
from penstock.engine.client import Client

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class LimitShare:
    """What a run asks of one limit. `share` is of one window (2.0: two windows' worth); `seconds` it alone would take."""

    limit: str
    unit: str
    needed: float
    share: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take. `seconds` and `requests` are None where they cannot be known (a stream, a function)."""

    call: str
    rows: int | None
    requests: int | None
    seconds: float | None
    rate: float | None
    limits: tuple[LimitShare, ...]

    @property
    def minutes(self) -> float | None:
        """Return the time in minutes."""
        return None if self.seconds is None else self.seconds / 60

    def frame(self) -> pd.DataFrame:
        """Return one row for each limit: needed, share of a window, seconds."""
        import pandas as pd

        return pd.DataFrame(
            [[s.limit, s.unit, s.needed, s.share, s.seconds] for s in self.limits],
            columns=list(LimitShare.__slots__),
        )

    def __repr__(self) -> str:
        if self.rows is None:
            return f"{self.call}: as many requests as rows; how long cannot be said beforehand."
        said = f"{self.call}: {self.rows:,} rows, {self.requests:,} requests"
        if self.seconds is None:
            return said + "; no limit is declared, so the service decides how long."
        binding = max(self.limits, key=lambda share: share.seconds, default=None)
        why = f" (held by {binding.limit})" if binding else ""
        return f"{said}, about {spell(self.seconds)}{why}."

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left'>{html.escape(s.limit)}</td>"
            f"<td>{s.needed:,.0f} {html.escape(s.unit)}</td><td>{s.share:,.1%}</td><td>{spell(s.seconds)}</td></tr>"
            for s in self.limits
        )
        head = "<tr><th style='text-align:left'>limit</th><th>needs</th><th>of one window</th><th>alone takes</th></tr>"
        return (
            f"<p>{html.escape(repr(self))}</p><table>{head}{rows}</table>"
            if rows
            else f"<p>{html.escape(repr(self))}</p>"
        )


def spell(seconds: float) -> str:
    """Return a length in words a person reads at a glance: "40 s", "12 min", "3.5 h"."""
    if seconds < 1:
        return "under a second"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.1f} days"


def allowed_rate(
    client: Client, operation: Operation, parameters: dict[str, Any] | None = None
) -> float | None:
    """Return the rows per second the declared limits allow, None where none is declared."""
    rates = [
        charge.limit.amount / charge.limit.per / max(charge.cost, 1e-9)
        for charge in client.charges(operation, parameters or {})
        # A limit for each value of a parameter binds only calls that share the value.
        if charge.limit.per is not None and not charge.limit.scope.startswith("parameter:")
    ]
    return min(rates, default=None)


def estimate(client: Client | None, operation: Operation | None, name: str, rows: int | None) -> Estimate:
    """Return what calling an operation for so many rows would take."""
    if client is None or operation is None:
        return Estimate(name, rows, None if rows is None else rows, None, None, ())
    shares: list[LimitShare] = []
    for charge in client.charges(operation, {}):
        limit = charge.limit
        if limit.per is None or rows is None or limit.scope.startswith("parameter:"):
            continue
        needed = rows * charge.cost
        free = limit.burst if limit.burst is not None else limit.amount
        alone_s = max(0.0, needed - free) / limit.amount * limit.per
        shares.append(LimitShare(limit.text, limit.unit, needed, needed / limit.amount, alone_s))
    rate = allowed_rate(client, operation)
    slowest_s = max((share.seconds for share in shares), default=None)
    title = f"{client.desk.integration.name} {name}"
    return Estimate(
        title, rows, rows, slowest_s, rate, tuple(sorted(shares, key=lambda share: -share.seconds))
    )
