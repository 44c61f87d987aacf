"""Slots in hand: kept while calls are under way, given to whoever waits elsewhere."""

from __future__ import annotations

import math

from penstock.ratelimit.limit import Limit
from penstock.ratelimit.shares import SharedBudget
from penstock.ratelimit.slots import SlotSlice


class Desk:
    """Two processes with slots of one bulkhead."""

    def __init__(self, amount: float) -> None:
        self.shared = SharedBudget()
        self.slices = {name: SlotSlice("key", Limit(amount)) for name in "ab"}

    def exchange(self, name: str, want: float = 0.0, now: float = 0.0) -> None:
        slice = self.slices[name]
        if want:
            slice.request(1.0, want, now)
        slice.apply(self.shared.exchange(slice.ask(now), name, wall=now, ahead=0.0), now)


def test_slots_are_used_only_when_lent() -> None:
    """Without a slot in hand nobody goes in; with two, two go; a third knows no time."""
    desk = Desk(3)
    mine = desk.slices["a"]
    assert mine.take(1.0, 0.0) == math.inf
    desk.exchange("a", want=2.0)
    assert [mine.take(1.0, 0.0) for _ in range(3)] == [0.0, 0.0, math.inf]
    assert mine.available(0.0) == 1


def test_a_slot_somebody_waits_for_goes_over_when_its_call_ends() -> None:
    """With all four slots here and four calls waiting there, two of the next calls that end give theirs away."""
    desk = Desk(4)
    mine, theirs = desk.slices["a"], desk.slices["b"]
    desk.exchange("a", want=4.0)
    for _ in range(4):
        mine.take(1.0, 0.0)
    desk.exchange("b", want=4.0, now=0.1)
    assert theirs.take(1.0, 0.1) > 0
    desk.exchange("a", now=0.2)
    for _ in range(3):
        mine.release(1.0)
    assert mine.must_report and mine.take(1.0, 0.2) == 0.0 and mine.take(1.0, 0.2) > 0
    desk.exchange("a", now=0.3)
    desk.exchange("b", want=4.0, now=0.4)
    assert [theirs.take(1.0, 0.4) == 0.0 for _ in range(3)] == [True, True, False]


def test_slots_nobody_uses_go_back() -> None:
    """After a call has ended, its slot is free for others by the second report."""
    desk = Desk(1)
    desk.exchange("a", want=1.0)
    desk.slices["a"].take(1.0, 0.0)
    desk.exchange("a")
    desk.slices["a"].release(1.0)
    for _ in range(2):
        desk.exchange("a")
    desk.exchange("b", want=1.0, now=1.0)
    assert desk.slices["b"].take(1.0, 1.0) == 0.0


def test_without_the_store_they_are_this_processes_own() -> None:
    """Gone local, the calls under way count, and the rest of the amount is free."""
    desk = Desk(3)
    mine = desk.slices["a"]
    desk.exchange("a", want=1.0)
    mine.take(1.0, 0.0)
    mine.go_local(0.0)
    assert [mine.take(1.0, 0.0) == 0.0 for _ in range(3)] == [True, True, False]
    assert not mine.has_news(0.0)
