"""The budgets of one account, by key: made when first seen, dropped when idle. It does not know who waits for them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from penstock.ratelimit.budget import Budget, build_budget, unit_s
from penstock.ratelimit.bulkhead import Bulkhead
from penstock.ratelimit.limit import Charge, Limit
from penstock.ratelimit.sharing import Sharing, Slice
from penstock.ratelimit.statistics import BudgetStatistics

SWEEP_AT = 1000  # budgets kept before idle ones are dropped; each value of a parameter may have its own


class BudgetBook:
    """Keep the budgets of one account; `sharing` makes them slices of what several processes share."""

    def __init__(self, sharing: Sharing | None) -> None:
        self._sharing = sharing
        self._limits: dict[str, Limit] = {}
        self._sweep_at = SWEEP_AT
        self.budgets: dict[str, Budget] = {}
        self.slices: dict[str, Slice] = {}  # the same budgets, where they are shared
        self.has_bulkheads = False
        self.left_at: dict[
            str, float
        ] = {}  # for budgets that are a gap between two units: when the last one left

    def open(self, charge: Charge, wanted: set[str], now: float) -> Budget:
        """Return the budget of a key seen for the first time; those of `wanted` keys are not dropped to make room."""
        if len(self.budgets) >= self._sweep_at:
            self._sweep(wanted, now)
        limit, budget = charge.limit, self.budgets.get(charge.key)
        if budget is not None:
            return budget
        if self._sharing is None:
            budget = build_budget(limit)
        else:
            budget = self.slices[charge.key] = self._sharing.open(charge.key, limit)
        self.budgets[charge.key], self._limits[charge.key] = budget, limit
        self.has_bulkheads = self.has_bulkheads or limit.per is None
        if budget.is_exact:
            self.left_at[charge.key] = -math.inf
        return budget

    def _sweep(self, wanted: set[str], now: float) -> None:
        """Drop budgets of which nothing is remembered."""
        for key, budget in list(self.budgets.items()):
            if key not in wanted and budget.is_idle(now):
                del self.budgets[key], self._limits[key]
                self.left_at.pop(key, None)
                if self._sharing is not None:
                    self._sharing.forget(self.slices.pop(key))
        self._sweep_at = max(SWEEP_AT, 2 * len(self.budgets))

    def leave(self, charges: Sequence[Charge], now: float) -> float:
        """Return when a call may leave whose gaps are kept from the last one that really left, and note that it will."""
        at = now
        for charge in charges:
            left_at = self.left_at.get(charge.key)
            if left_at is not None:
                limit = charge.limit
                assert limit.per is not None and limit.burst is not None
                at = max(at, left_at + charge.cost * unit_s(limit.amount, limit.per, limit.burst))
        for charge in charges:
            if charge.key in self.left_at:
                self.left_at[charge.key] = at
        return at

    def shift(self, seconds: float) -> None:
        """Move every remembered instant with a clock that was set back."""
        for budget in self.budgets.values():
            budget.shift(seconds)
        for key in self.left_at:
            self.left_at[key] += seconds

    def undo(self, charges: Sequence[Charge], taken: int, now: float) -> None:
        """Undo the takes just made for the first `taken` charges."""
        undone: set[str] = set()
        for charge in reversed(charges[:taken]):
            budget = self.budgets[charge.key]
            if charge.key in undone:  # two limits with one key: only the last take leaves no trace
                budget.give_back(charge.cost, now, now)
            else:
                budget.untake(charge.cost)
            undone.add(charge.key)

    def statistics(self, now: float) -> tuple[BudgetStatistics, ...]:
        """Return what each budget looks like now; any thread may ask."""
        told = []
        for key, budget in list(self.budgets.items()):
            limit = self._limits.get(key)
            if limit is None:
                continue  # dropped this very moment
            capacity, available = budget.capacity, budget.available(now)
            in_use = budget.in_use if isinstance(budget, Bulkhead) else max(0.0, capacity - available)
            next_in_s = 0.0 if available >= 1 else budget.peek(min(1.0, capacity), now)
            told.append(
                BudgetStatistics(
                    key, limit.text, limit.unit, limit.kind, capacity, available, in_use, next_in_s
                )
            )
        return tuple(told)
