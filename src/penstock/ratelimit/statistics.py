"""What a limiter looks like at one moment: small frozen records, which widgets draw and nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BudgetStatistics:
    """One budget now. `next_in_s` is 0 when a unit could be taken at once, None when that cannot be said."""

    key: str
    limit_text: str
    unit: str
    kind: str
    capacity: float
    available: float
    in_use: float
    next_in_s: float | None


@dataclass(frozen=True, slots=True)
class LimiterStatistics:
    """The limiter now. `next_in_s`: when the next waiting call can go; None when none waits or nobody knows."""

    waiting: int
    next_in_s: float | None
    closed_for_s: float
    budgets: tuple[BudgetStatistics, ...]
