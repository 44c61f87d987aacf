"""What a run would take, before it is run: requests, time, and the share of each limit. Arithmetic only."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.catalog.bulk import Bulk
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
    bulk: str | None = None  # the operation that does many at once, where one is used

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
        if self.bulk is not None:
            said += f" of {self.bulk}"
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


def find_bulk(operation: Operation, bulk: str | bool) -> Bulk | None:
    """Return how rows of an operation go together in calls answered at once, None where each goes by itself."""
    return operation.bulk if bulk == "auto" and isinstance(operation.bulk, Bulk) else None


def allowed_row_rate(client: Client, operation: Operation, bulk: str | bool) -> float | None:
    """Return the rows per second the declared limits allow where rows go together as `bulk` says."""
    if bulk == "job":
        return None
    together = find_bulk(operation, bulk)
    if together is None:
        return allowed_rate(client, operation)
    rate = allowed_rate(client, client.index.get(together.operation))
    return None if rate is None else rate * together.max_items


def estimate(
    client: Client | None, operation: Operation | None, name: str, rows: int | None, bulk: str | bool = "auto"
) -> Estimate:
    """Return what calling an operation for so many rows would take.

    Where it has a bulk call, requests are full ones: rows that share nothing, or go by themselves, need more.
    """
    if client is None or operation is None:
        return Estimate(name, rows, None if rows is None else rows, None, None, ())
    title = f"{client.desk.integration.name} {name}"
    if bulk == "job" and operation.bulk_job is not None:
        job = operation.bulk_job
        each = 2 if job.upload is not None else 1
        handed_in = None if rows is None else each * -(-rows // job.max_items)
        return Estimate(title, rows, handed_in, None, None, (), job.submit)
    together = find_bulk(operation, bulk)
    most = together.max_items if together is not None else 1
    requests = None if rows is None else -(-rows // most)
    paying = client.index.get(together.operation) if together is not None and rows != 1 else operation
    shares: list[LimitShare] = []
    for charge in client.charges(paying, {}):
        limit = charge.limit
        if limit.per is None or requests is None or limit.scope.startswith("parameter:"):
            continue
        needed = requests * charge.cost
        free = limit.burst if limit.burst is not None else limit.amount
        alone_s = max(0.0, needed - free) / limit.amount * limit.per
        shares.append(LimitShare(limit.text, limit.unit, needed, needed / limit.amount, alone_s))
    rate = allowed_row_rate(client, operation, bulk)
    slowest_s = max((share.seconds for share in shares), default=None)
    return Estimate(
        title,
        rows,
        requests,
        slowest_s,
        rate,
        tuple(sorted(shares, key=lambda share: -share.seconds)),
        together.operation if together is not None else None,
    )
