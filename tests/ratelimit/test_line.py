"""Whose turn it is, without a limiter or a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from penstock.ratelimit.limit import Charge, Limit
from penstock.ratelimit.line import Line, Waiter, foresee
from penstock.ratelimit.window import SlidingWindow

LIMIT = Limit(10, per=1.0)


def join(line: Line, source: str, key: str = "k", cost: float = 1.0) -> Waiter:
    loop = asyncio.new_event_loop()
    waiter = Waiter((Charge(key, LIMIT, cost),), (), source, 0.0, loop.create_future())
    loop.close()
    line.join(waiter)
    return waiter


def serve(line: Line, count: int, can_go: Callable[[Waiter], bool] = lambda waiter: True) -> list[Waiter]:
    gone: list[Waiter] = []

    def attempt(waiter: Waiter, lane: object) -> bool:
        if len(gone) >= count or not can_go(waiter):
            return False
        gone.append(waiter)
        return True

    line.offer(attempt)
    return gone


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), max_size=40),
    st.lists(st.integers(1, 5), max_size=20),
)
def test_everyone_goes_once_and_nobody_waits_more_than_a_round(
    joins: list[tuple[str, str]], serves: list[int]
) -> None:
    """Between two turns of a source no other has more than one more; each source's own calls keep their order."""
    line = Line()
    waiters = [join(line, source, key) for source, key in joins]
    gone: list[Waiter] = []
    for count in [*serves, 1000]:
        gone += serve(line, count)
    assert len(line) == 0 and line.lanes() == []
    assert sorted(waiter.number for waiter in gone) == [waiter.number for waiter in waiters]
    for source in "abc":
        mine = [waiter.number for waiter in gone if waiter.source == source]
        assert mine == sorted(mine)
        places = [place for place, waiter in enumerate(gone) if waiter.source == source]
        for before, after in pairwise(places):
            between = [waiter.source for waiter in gone[before + 1 : after]]
            assert all(between.count(other) <= 1 for other in between)


def test_a_lane_that_cannot_go_is_asked_once_a_round() -> None:
    """However many stand behind it, a blocked first is tried once, and the other lane goes on."""
    line, tried = Line(), []
    for _ in range(50):
        join(line, "a", "blocked")
        join(line, "a", "free")

    def attempt(waiter: Waiter, lane: object) -> bool:
        tried.append(waiter)
        return waiter.keys == ("free",)

    line.offer(attempt)
    assert len(tried) == 51 and len(line) == 50


def test_leaving_twice_is_leaving_once() -> None:
    """A waiter that has gone may say so again."""
    line = Line()
    first, second = join(line, "a"), join(line, "a")
    line.leave(second)
    line.leave(second)
    assert len(line) == 1 and line.everyone() == [first]
    assert line.lanes()[0].costs == [1.0]


def test_the_wait_behind_a_queue_is_foreseen() -> None:
    """Thirty units of ten a minute take at least two minutes more than the first ten; of a bucket, as long as it fills."""
    window = SlidingWindow(10, 60.0)
    assert foresee(Limit(10, per=60.0), window, 10, 1.0, 0.0) == 0.0
    assert foresee(Limit(10, per=60.0), window, 30, 1.0, 0.0) == 120.0
    window.take(10.0, 0.0)
    assert foresee(Limit(10, per=60.0), window, 30, 1.0, 0.0) == 180.0
    assert foresee(Limit(5), window, 30, 1.0, 0.0) == 0.0
