"""Who waits, and whose turn it is. It does not know what for: the limiter tries, the line offers.

Rules of the line:
1. Calls of one source that need the same budgets stand in one lane, first in, first out.
2. Sources take turns, whoever of a source can go; within a source its lanes go by age.
3. A call that cannot go holds up those that need the budget it waits for longest, and nobody else.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from penstock.ratelimit.budget import Budget
from penstock.ratelimit.limit import Charge, Limit


@dataclass(slots=True, eq=False)
class Waiter:
    """One call that waits. `give_up_at` is when its patience ends; `future` wakes it."""

    charges: Sequence[Charge]
    budgets: tuple[Budget, ...]
    source: str
    give_up_at: float
    future: asyncio.Future[None]
    number: int = 0
    granted_at: float | None = None
    keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.keys = tuple(charge.key for charge in self.charges)


class Lane:
    """Calls of one source that need the same budgets, in the order they came. `costs` is their sum, for each budget."""

    __slots__ = ("costs", "give_up_at", "waiters")

    def __init__(self, width: int) -> None:
        self.waiters: deque[Waiter] = deque()
        self.costs = [0.0] * width
        self.give_up_at = math.inf  # no waiter's patience ends before


class Line:
    """Everyone who waits, by source and lane."""

    def __init__(self) -> None:
        self._sources: OrderedDict[str, dict[tuple[str, ...], Lane]] = OrderedDict()
        self._joined = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def join(self, waiter: Waiter) -> Lane:
        """Stand at the end of its lane."""
        self._joined += 1
        waiter.number = self._joined
        lanes = self._sources.setdefault(waiter.source, {})
        lane = lanes.get(waiter.keys)
        if lane is None:
            lane = lanes[waiter.keys] = Lane(len(waiter.keys))
        lane.waiters.append(waiter)
        lane.give_up_at = min(lane.give_up_at, waiter.give_up_at)
        for place, charge in enumerate(waiter.charges):
            lane.costs[place] += charge.cost
        self._count += 1
        return lane

    def leave(self, waiter: Waiter) -> None:
        """Go away, wherever one stands; harmless for who has left already."""
        lanes = self._sources.get(waiter.source, {})
        lane = lanes.get(waiter.keys)
        if lane is None or waiter not in lane.waiters:
            return
        if lane.waiters[0] is waiter:
            lane.waiters.popleft()
        else:
            lane.waiters.remove(waiter)
        self._count -= 1
        if lane.waiters:
            for place, charge in enumerate(waiter.charges):
                lane.costs[place] -= charge.cost
            return
        del lanes[waiter.keys]
        if not lanes:
            del self._sources[waiter.source]

    def offer(self, attempt: Callable[[Waiter, Lane], bool]) -> None:
        """Let each lane's first try, source by source in turn, until every lane has failed once.

        `attempt` returns whether the waiter went; it must not itself change the line.
        """
        turns: deque[tuple[str, list[tuple[int, Lane]]]] = deque()
        for source, lanes in self._sources.items():
            heads = [(lane.waiters[0].number, lane) for lane in lanes.values()]
            heapq.heapify(heads)
            turns.append((source, heads))
        while turns:
            source, heads = turns.popleft()
            while heads:
                lane = heads[0][1]
                waiter = lane.waiters[0]
                if not attempt(waiter, lane):
                    heapq.heappop(heads)
                    continue
                self.leave(waiter)
                if lane.waiters:
                    heapq.heapreplace(heads, (lane.waiters[0].number, lane))
                else:
                    heapq.heappop(heads)
                if source in self._sources:
                    self._sources.move_to_end(source)
                    turns.append((source, heads))
                break

    def lanes(self) -> list[Lane]:
        """Return every lane."""
        return [lane for lanes in self._sources.values() for lane in lanes.values()]

    def everyone(self) -> list[Waiter]:
        """Return everyone who waits."""
        return [waiter for lane in self.lanes() for waiter in lane.waiters]


def foresee(limit: Limit, budget: Budget, total: float, cost: float, now: float) -> float:
    """Return how long it takes at the least until `total` units have left a budget, the last of them `cost`."""
    if limit.per is None or not 0.0 < cost <= budget.capacity:
        return 0.0
    if limit.burst is not None:
        ahead_s = max(0.0, total - budget.capacity) * limit.per / limit.amount
        wait_s = budget.wait(min(total, budget.capacity), now)
    else:
        windows = max(0, math.ceil(total / budget.capacity) - 1)
        ahead_s = windows * limit.per
        wait_s = budget.wait(min(budget.capacity, max(cost, total - windows * budget.capacity)), now)
    return ahead_s + (wait_s if wait_s < math.inf else 0.0)
