"""Units in hand: used inline, reported as used, returned when not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.ratelimit.limit import Limit
from penstock.ratelimit.shares import Answer, SharedBudget
from penstock.ratelimit.slices import UnitSlice, merge


class Desk:
    """A slice and the store it asks, on one clock."""

    def __init__(self, limit: Limit) -> None:
        self.shared, self.slice = SharedBudget(), UnitSlice("key", limit)

    def exchange(self, now: float, want: float = 0.0, must: float = 0.0) -> Answer:
        if want:
            self.slice.request(must, want, now)
        answer = self.shared.exchange(self.slice.ask(now), "me", wall=now, ahead=0.0)
        self.slice.apply(answer, now)
        return answer

    def free(self, now: float) -> float:
        ask = UnitSlice("key", self.slice._limit).ask(now)
        return self.shared.exchange(ask, "another", wall=now, ahead=0.0).free


def test_nothing_in_hand_lets_nothing_through() -> None:
    """An empty slice does not know how long it will be, and takes once it was lent."""
    desk = Desk(Limit(100, per=60.0))
    assert desk.slice.take(1.0, 10.0) == math.inf
    desk.exchange(10.0, want=3.0, must=1.0)
    assert [desk.slice.take(1.0, 10.0) for _ in range(4)] == [0.0, 0.0, 0.0, math.inf]


def test_what_was_used_is_reported_and_the_rest_returned() -> None:
    """Of 5 units 2 are used; when the slice has expired the others have 98 of 100 again."""
    desk = Desk(Limit(100, per=60.0))
    desk.exchange(10.0, want=5.0, must=1.0)
    desk.slice.take(2.0, 10.01)
    assert desk.free(10.02) == 95
    assert desk.slice.take(1.0, 11.0) == math.inf  # expired
    desk.exchange(11.0)
    assert desk.free(11.0) == pytest.approx(98)


def test_units_may_be_in_hand_before_their_time() -> None:
    """A unit reserved for 40 ms ahead is waited for, not asked for again, and not used before."""
    desk = Desk(Limit(2, per=1.0))
    for _ in range(2):
        desk.exchange(10.0, want=1.0, must=1.0)
        assert desk.slice.take(1.0, 10.0) == 0.0
    answer = desk.exchange(10.97, want=1.0, must=1.0)
    assert answer.pieces and answer.pieces[0][0] > 11.0
    wait_s = desk.slice.take(1.0, 10.98)
    assert 0.02 <= wait_s <= 0.05
    assert desk.slice.take(1.0, 10.98 + wait_s) == 0.0


def test_a_call_may_be_paid_from_several_pieces() -> None:
    """7 points come from pieces of 5 and 5, and undone they are there again."""
    desk = Desk(Limit(100, per=60.0))
    for _ in range(2):
        desk.exchange(10.0, want=10.0, must=5.0)
    assert desk.slice.take(7.0, 10.0) == 0.0
    desk.slice.untake(7.0)
    assert desk.slice.take(10.0, 10.0) == 0.0


def test_a_refund_reaches_the_store() -> None:
    """A call that cost 3 instead of 10 leaves 97 of 100 to all, one that cost 12 leaves 88."""
    for cost, left in ((3.0, 97.0), (12.0, 88.0)):
        desk = Desk(Limit(1, per=1.0, burst=100))
        desk.exchange(10.0, want=10.0, must=10.0)
        desk.slice.take(10.0, 10.0)
        desk.exchange(10.0)
        if cost < 10:
            desk.slice.give_back(10 - cost, 10.0, 10.0)
        else:
            desk.slice.remember(cost - 10, 10.0)
        desk.exchange(10.0)
        assert desk.free(10.0) == pytest.approx(left)


def test_what_the_service_says_reaches_the_store_and_units_in_hand_go() -> None:
    """Nothing left by the service: what is in hand is not used, and the others are lent nothing."""
    desk = Desk(Limit(100, per=60.0))
    desk.exchange(10.0, want=5.0, must=1.0)
    desk.slice.correct(10.0, remaining=0.0, reset_in_s=30.0)
    assert desk.slice.take(1.0, 10.0) == math.inf
    desk.exchange(10.0)
    assert desk.free(10.0) == 0 and desk.free(39.0) == 0 and desk.free(41.0) >= 95


def test_closing_returns_what_is_in_hand() -> None:
    """A slice closed until 20 lets nothing through before, and says when."""
    desk = Desk(Limit(100, per=60.0))
    desk.exchange(10.0, want=5.0, must=1.0)
    desk.slice.close(20.0)
    assert desk.slice.take(1.0, 12.0) == 8.0
    assert desk.exchange(12.0, want=0.0).closed_until == 20.0
    assert not desk.slice.request(1.0, 1.0, 12.0)


def test_without_the_store_its_own_use_still_counts() -> None:
    """A slice that lost its store after 6 of 10 lets 4 more through in the same minute."""
    desk = Desk(Limit(10, per=60.0))
    for _ in range(6):
        desk.exchange(10.0, want=1.0, must=1.0)
        desk.slice.take(1.0, 10.0)
    desk.slice.go_local(10.0)
    assert [desk.slice.take(1.0, 11.0) == 0.0 for _ in range(6)] == [True] * 4 + [False] * 2
    assert not desk.slice.has_news(11.0)


def test_a_quick_user_is_lent_more_at_a_time() -> None:
    """Used up within milliseconds again and again, a slice grows to 5 % of the window and no further."""
    desk, sizes, now = Desk(Limit(1000, per=60.0)), [], 10.0
    for _ in range(10):
        answer = desk.exchange(now, want=1.0, must=1.0)
        sizes.append(sum(units for _, units in answer.pieces))
        while not desk.slice.take(1.0, now):
            pass
        now += 0.01
    assert sizes[0] == 1 and sizes == sorted(sizes) and sizes[-1] == 50


@given(st.lists(st.tuples(st.floats(0, 0.01), st.integers(1, 3)), max_size=60))
def test_merging_loses_no_unit_and_makes_none_earlier(steps: list[tuple[float, int]]) -> None:
    """However sends are merged, at every moment at least as many count as sent lately as really were."""
    now, sends = 0.0, []
    for pause, units in steps:
        now += pause
        sends.append((now, float(units)))
    merged = merge(sends, 0.001)
    assert sum(units for _, units in merged) == sum(units for _, units in sends)
    for at, _ in sends:
        assert sum(u for t, u in merged if t >= at) >= sum(u for t, u in sends if t >= at)
