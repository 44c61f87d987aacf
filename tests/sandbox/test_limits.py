"""Tests of the counters the vendors' limits are kept with."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import UsageError
from penstock.sandbox.limits import AtOnce, FixedWindow, Points, Window, read_figures


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 6), st.lists(st.floats(0, 0.6), max_size=60))
def test_no_stretch_of_the_window_holds_more_than_its_amount(amount, gaps):
    """Whatever passes, any stretch of `per` seconds holds at most `amount` of it."""
    window, now, passed = Window(amount, 1.0, jitter_s=0.0), 0.0, []
    for gap in gaps:
        now += gap
        if window.wait(now) == 0:
            window.take(now)
            passed.append(now)
    assert all(sum(start <= at < start + 1.0 for at in passed) <= amount for start in passed)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.5), st.sampled_from([1.0, 5.0])), min_size=1, max_size=40))
def test_the_wait_a_window_names_is_enough_and_not_too_long(arrivals):
    """After the wait it names a call passes; a moment sooner it does not."""
    window, now = Window(10.0, 1.0, jitter_s=0.0), 0.0
    for gap, cost in arrivals:
        now += gap
        wait = window.wait(now, cost)
        if wait == 0:
            window.take(now, cost)
            continue
        probe = Window(10.0, 1.0, jitter_s=0.0)
        probe._taken, probe._used = window._taken.copy(), window._used
        assert probe.wait(now + wait - 1e-6, cost) > 0
        assert probe.wait(now + wait + 1e-6, cost) == 0


def test_what_is_refused_does_not_count():
    """Asking on while refused does not put the next chance off."""
    window = Window(1, 10.0, jitter_s=0.0)
    window.take(0.0)
    for at in range(1, 10):
        assert window.wait(float(at)) == pytest.approx(10.0 - at)
    assert window.wait(10.0) == 0


def test_a_window_forgives_a_little_jitter_and_no_more():
    """Two calls a second apart may arrive 50 ms nearer; 60 ms is too near."""
    window = Window(1, 1.0)
    window.take(0.0)
    assert window.wait(0.94) > 0
    assert window.wait(0.951) == 0


def test_points_come_back_at_their_rate_up_to_the_capacity():
    """A bucket refills with time, holds no more than its capacity, and says how long a cost has to wait."""
    bucket = Points(100, 10)
    assert bucket.take(100, 0.0)
    assert not bucket.take(1, 0.0)
    assert bucket.wait(30, 0.0) == 3.0
    assert bucket.take(30, 3.0)
    bucket.give_back(5)
    assert bucket.available(3.0) == 5
    assert bucket.available(1000.0) == 100


def test_a_fixed_window_begins_anew_at_its_end():
    """The hour's calls come back all at once when it ends, not before."""
    window = FixedWindow(2, 3600)
    assert window.open(10.0) == 2
    window.take()
    window.take()
    assert window.open(3609.0) == 0
    assert window.reset_at == 3610.0
    assert window.open(3610.0) == 2


def test_as_many_are_inside_as_have_not_left():
    """One more than the amount is refused until one leaves."""
    limit = AtOnce(2)
    assert [limit.enter(), limit.enter(), limit.enter()] == [True, True, False]
    limit.leave()
    assert limit.enter()
    assert limit.most == 2


def test_figures_can_be_left_replaced_and_switched_off():
    """True keeps the vendor's figures, False drops them, a number replaces the main ones, a mapping single ones."""
    declared = {"account": 25.0, "search": 20.0}
    assert read_figures(True, "stripe", declared, ("account",)) == declared
    assert read_figures(False, "stripe", declared, ("account",)) is None
    assert read_figures({"slack": 5}, "stripe", declared, ("account",)) == declared
    assert read_figures({"stripe": 5}, "stripe", declared, ("account",)) == {"account": 5, "search": 20.0}
    assert read_figures({"stripe": {"search": 1}}, "stripe", declared, ("account",)) == {
        "account": 25.0,
        "search": 1,
    }
    for wrong in ({"stripe": {"serach": 1}}, {"stripe": 0}, {"stripe": {"search": -1}}):
        with pytest.raises(UsageError):
            read_figures(wrong, "stripe", declared, ("account",))


def test_a_bucket_that_forgives_jitter_lends_points_and_gives_none():
    """One who comes 50 ms early is let in, but over ten seconds no more pass than the rate and the burst allow."""
    bucket, passed = Points(3, 1, jitter_s=0.05), 0
    assert all(bucket.take(1, 0.0) for _ in range(3))
    assert not bucket.take(1, 0.94)
    for step in range(1, 1001):
        passed += bucket.take(1, step / 100)
    assert passed == 10
