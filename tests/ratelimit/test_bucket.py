"""A window and a bucket, held against a log of what they let through; each promise has a control that fails."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from send_log import fullest, most_over_line

from penstock.ratelimit import window as windows
from penstock.ratelimit.bucket import TokenBucket
from penstock.ratelimit.window import SlidingWindow

Sends = list[tuple[float, float]]
ROUNDING = 1e-6


def rush(
    budget: SlidingWindow | TokenBucket, costs: list[float], late: list[float], start: float = 0.0
) -> Sends:
    """Send as fast as the budget allows; each wake-up is `late` by so much."""
    now, sends = start, []
    for number, cost in enumerate(costs):
        while wait := budget.take(cost, now):
            assert wait < math.inf
            now += wait + late[number % len(late)]
        sends.append((now, cost))
    return sends


amounts = st.integers(1, 30)
pers = st.sampled_from([0.5, 1.0, 10.0, 60.0, 86_400.0])
lateness = st.lists(st.floats(0, 0.05), min_size=1, max_size=20)


@given(amounts, pers, st.lists(st.floats(0.25, 1.0), min_size=1, max_size=200), lateness)
def test_no_stretch_of_a_window_holds_more_than_its_amount(
    amount: int, per: float, shares: list[float], late: list[float]
) -> None:
    """However late it is woken and whatever calls cost, no stretch of `per` seconds has more than `amount` units."""
    costs = [max(1.0, math.floor(share * amount)) for share in shares]
    sends = rush(SlidingWindow(amount, per), costs, late)
    assert fullest(sends, per) <= amount * (1 + ROUNDING)


@given(st.floats(1, 20), pers, st.lists(st.floats(0.01, 1.0), min_size=1, max_size=300), lateness)
def test_fractional_costs_stay_inside_the_window(
    amount: float, per: float, costs: list[float], late: list[float]
) -> None:
    """Parts of a unit add up to no more than the amount in any stretch."""
    sends = rush(SlidingWindow(amount, per), costs, late)
    assert fullest(sends, per) <= amount * (1 + ROUNDING)


def test_control_a_bucket_with_the_windows_figures_breaks_the_window() -> None:
    """The judge notices: a token bucket of 20 per second lets nearly 40 through in one second."""
    sends = rush(TokenBucket(20, 20.0), [1.0] * 200, [0.0])
    assert fullest(sends, 1.0) > 30


def test_a_large_window_forgets_nothing_early_and_little_late() -> None:
    """A million a day sent in a rush keeps its limit with at most 1,001 entries and 99.7 % of the rate."""
    window, sends, now = SlidingWindow(100_000, 100.0), [], 0.0
    while now < 250.0:
        wait = window.take(50.0, now)
        if wait:
            now += wait
        else:
            sends.append((now, 50.0))
            now += 0.04
    assert fullest(sends, 100.0) <= 100_000
    assert len(window._times) <= windows.EXACT_AMOUNT + 1
    second_cycle = sum(cost for at, cost in sends if 100.0 <= at < 200.0)
    assert second_cycle >= 99_700


def test_many_small_parts_do_not_make_a_long_log() -> None:
    """100,000 sends of a thousandth of a unit are remembered in some thousand entries, and all are counted."""
    window = SlidingWindow(200.0, 1000.0)
    for number in range(100_000):
        assert window.take(0.001, number * 0.001) == 0.0
    assert len(window._times) <= windows.EXACT_AMOUNT + 1
    assert window.available(100.0) == pytest.approx(100.0)


@pytest.mark.parametrize("amount", [5, 20, 100, 800])
def test_a_busy_window_keeps_its_full_rate_evenly(amount: int) -> None:
    """Woken a millisecond late each time, a window of a second still sends 99.5 %, never a tenth of it at one instant."""
    sends = rush(SlidingWindow(amount, 1.0), [1.0] * amount * 20, [0.001])
    took_s = sends[-1][0] - sends[0][0]
    assert len(sends) / took_s >= 0.995 * amount
    assert fullest(sends, 0.01) <= max(2, 0.1 * amount)


def test_control_without_pacing_the_whole_window_leaves_at_once() -> None:
    """A window too long to be paced sends its whole amount in one instant."""
    sends = rush(SlidingWindow(100, windows.PACED_PER_S * 2), [1.0] * 500, [0.001])
    assert fullest(sends, 0.01) == 100


@given(
    st.integers(1, 50),
    st.floats(0.5, 200),
    st.lists(st.floats(0.0, 0.3), min_size=5, max_size=200),
    st.lists(st.integers(1, 50), min_size=1, max_size=20),
)
def test_a_bucket_never_lets_more_than_its_burst_run_ahead(
    capacity: int, rate: float, pauses: list[float], costs: list[int]
) -> None:
    """Beyond the average rate no more than `capacity` units have ever left, after pauses and in rushes."""
    budget, now, sends = TokenBucket(capacity, rate), 0.0, []
    for number, pause in enumerate(pauses):
        now += pause
        cost = float(min(costs[number % len(costs)], capacity))
        while wait := budget.take(cost, now):
            now += wait
        sends.append((now, cost))
    assert most_over_line(sends, rate) <= capacity * (1 + ROUNDING)


def test_a_bucket_loses_no_rate_to_waking_late() -> None:
    """A burst of 20 makes good for every late wake-up: 100 a second for 20 seconds are 2,000, not fewer."""
    sends = rush(TokenBucket(20, 100.0), [1.0] * 2020, [0.003, 0.0, 0.008])
    assert sends[-1][0] - sends[0][0] <= 20.1


def test_control_a_burst_of_one_loses_every_late_millisecond() -> None:
    """Without a burst the gap is measured from when the last one left, so lateness is lost: never two close together."""
    sends = rush(TokenBucket(1, 100.0), [1.0] * 1000, [0.003])
    assert min(b[0] - a[0] for a, b in pairwise(sends)) >= 0.01 - ROUNDING
    assert sends[-1][0] > 12.5


@pytest.mark.parametrize("make", [lambda: SlidingWindow(10, 60.0), lambda: TokenBucket(10, 1.0)])
@pytest.mark.parametrize("cost", [10.5, -1.0, math.nan, math.inf])
def test_a_cost_that_can_never_be_served_is_not_waited_for(make, cost: float) -> None:  # type: ignore[no-untyped-def]
    """More than the capacity, less than nothing and not a number are told apart from a wait, and take nothing."""
    budget = make()
    assert budget.take(cost, 0.0) == math.inf
    assert budget.wait(cost, 0.0) == math.inf
    assert budget.available(0.0) == 10


@given(st.data())
def test_an_undone_take_leaves_no_trace(data: st.DataObject) -> None:
    """Taking and undoing in between changes nothing of what is let through afterwards."""
    is_window = data.draw(st.booleans())
    amount = data.draw(st.integers(1, 8)) * (300 if data.draw(st.booleans()) else 1)
    make = (lambda: SlidingWindow(amount, 1.0)) if is_window else (lambda: TokenBucket(amount, amount * 1.0))
    plain, disturbed, now = make(), make(), 0.0
    for _ in range(data.draw(st.integers(1, 40))):
        now += data.draw(st.floats(0, 0.3))
        for budget in (plain, disturbed):
            if budget is disturbed and not budget.take(1.0, now):
                budget.untake(1.0)
        assert plain.take(1.0, now) == pytest.approx(disturbed.take(1.0, now))
        assert plain.available(now) == pytest.approx(disturbed.available(now))


def test_units_that_leave_late_are_remembered_as_leaving_late() -> None:
    """A call woken 5 ms late holds the next one back 5 ms longer, where only one may leave at a time."""
    tokens, window = TokenBucket(1, 100.0), SlidingWindow(1, 1.0)
    for budget, span in ((tokens, 0.01), (window, 1.0)):
        budget.take(1.0, 0.0)
        budget.promise(1.0, 0.0)
        budget.delay(1.0, 0.0, 0.005)
        assert budget.wait(1.0, 0.006) == pytest.approx(span - 0.001)


@given(
    st.lists(st.tuples(st.floats(0, 0.2), st.integers(1, 4), st.floats(0, 0.15)), min_size=1, max_size=80),
    st.booleans(),
)
def test_late_departures_break_no_limit(steps: list[tuple[float, int, float]], is_window: bool) -> None:
    """However late calls let go together really leave, their departures keep the limit."""
    budget = SlidingWindow(4, 1.0) if is_window else TokenBucket(4, 8.0)
    now, sends = 0.0, []
    for pause, count, late in steps:
        now += pause
        taken_at, taken = now, 0
        for _ in range(count):
            if not budget.take(1.0, now):
                budget.promise(1.0, now)
                taken += 1
        for _ in range(taken):
            now += late / 4
            budget.delay(1.0, taken_at, now)
            sends.append((now, 1.0))
    if is_window:
        assert fullest(sends, 1.0 - ROUNDING) <= 4
    else:
        assert most_over_line(sends, 8.0) <= 4 + 1e-3


def test_control_untold_lateness_breaks_the_limit() -> None:
    """The judge notices: four let go early and leaving late, then four more in time, are eight at nearly one instant."""
    tokens, sends = TokenBucket(4, 8.0), []
    for at, leaves_at in ((0.0, 0.49), (0.5, 0.5)):
        sends += [(leaves_at, 1.0) for _ in range(4) if not tokens.take(1.0, at)]
    assert most_over_line(sends, 8.0) > 7


# What a service says


def test_what_remains_is_believed_downwards_only() -> None:
    """5 left of 20 leaves 5 until the reset, 20 left of 20 gives nothing back that was used."""
    window = SlidingWindow(20, 60.0)
    for _ in range(10):
        window.take(1.0, 0.0)
    window.correct(1.0, remaining=20)
    assert window.available(1.0) == 10
    window.correct(1.0, remaining=5, reset_in_s=30.0)
    assert window.available(1.0) == pytest.approx(5)
    assert window.available(30.9) == pytest.approx(5)
    assert window.available(31.1) == pytest.approx(10)


def test_what_remains_lasts_a_whole_window_when_no_reset_is_told() -> None:
    """Without a reset the units others used come back after `per` seconds, not before."""
    window = SlidingWindow(20, 60.0)
    window.correct(0.0, remaining=0)
    assert window.take(1.0, 59.9) == pytest.approx(0.1)
    assert window.take(1.0, 60.1) == 0.0


def test_a_smaller_limit_is_believed_and_a_larger_one_is_not() -> None:
    """A service that allows 5 where 20 were declared gets 5; one that says 100 gets 20."""
    window, tokens = SlidingWindow(20, 60.0), TokenBucket(20, 1.0)
    for budget in (window, tokens):
        budget.correct(0.0, limit=5, refill_rate=0.5)
        assert budget.capacity == 5 and budget.available(0.0) == 5
        budget.correct(0.0, limit=100, refill_rate=50.0)
        assert budget.capacity == 20
    assert tokens.refill_rate == 1.0
    tokens.correct(0.0, remaining=3)
    assert tokens.available(0.0) == 3
    tokens.correct(0.0, remaining=20)
    assert tokens.available(0.0) == 3


def test_a_correction_that_has_run_out_is_ignored() -> None:
    """Nothing left until a reset that has passed already changes nothing."""
    window = SlidingWindow(20, 60.0)
    window.correct(0.0, remaining=0, reset_in_s=0.0)
    assert window.available(0.0) == 20


@given(st.lists(st.tuples(st.floats(0, 2), st.sampled_from(["take", "back", "said", "close"])), max_size=80))
def test_corrections_never_loosen(steps: list[tuple[float, str]]) -> None:
    """Whatever a service says in whatever order, no stretch holds more than declared."""
    window, now, sends = SlidingWindow(7, 3.0), 0.0, []
    for number, (pause, step) in enumerate(steps):
        now += pause
        if step == "take" and not window.take(1.0, now):
            sends.append((now, 1.0))
        elif step == "said":
            window.correct(now, limit=number % 12 + 1, remaining=number % 9, reset_in_s=pause)
        elif step == "close":
            window.close(now + pause)
        elif step == "back" and sends:
            at, _ = sends.pop(random.Random(number).randrange(len(sends)))
            window.give_back(1.0, at, now)
    assert fullest(sends, 3.0) <= 7


def test_throttled_means_empty_until_then() -> None:
    """After closing for 30 s a bucket of 20 opens with one unit, not with a burst; a window paces itself anew."""
    tokens, window = TokenBucket(20, 2.0), SlidingWindow(100, 1.0)
    for budget in (tokens, window):
        budget.close(30.0)
        assert budget.available(29.0) == 0.0
        assert budget.take(1.0, 10.0) == pytest.approx(20.0)
        assert budget.take(1.0, 30.0) == 0.0
        assert budget.take(1.0, 30.0) > 0.0
    assert tokens.wait(1.0, 30.0) == pytest.approx(0.5)


def test_units_given_back_are_not_counted_twice() -> None:
    """A refund to a bucket that was full in between, or a window that has forgotten the send, gives nothing."""
    tokens, window = TokenBucket(10, 1.0), SlidingWindow(10, 5.0)
    for budget in (tokens, window):
        budget.take(8.0, 0.0)
        budget.take(10.0, 20.0)
        budget.give_back(8.0, 0.0, 20.0)
        assert budget.available(20.0) == 0.0
        budget.give_back(4.0, 20.0, 20.0)
        assert budget.available(20.0) == pytest.approx(4.0)


# A clock that jumps


@given(
    st.lists(st.tuples(st.floats(0, 0.4), st.floats(0, 100_000)), min_size=10, max_size=120),
    st.sampled_from(["window", "bucket"]),
)
def test_a_clock_set_back_lets_nothing_through_early_and_stops_nothing(
    steps: list[tuple[float, float]], kind: str
) -> None:
    """Shifted with every jump back, the limit holds in real time, and the wait is never longer than a window."""
    budget = SlidingWindow(5, 1.0) if kind == "window" else TokenBucket(5, 5.0)
    real, offset, sends = 0.0, 1e6, []
    for pause, back in steps:
        real += pause
        if back > 90_000:
            offset -= back
            budget.shift(-back)
        wait = budget.take(1.0, real + offset)
        assert wait <= 1.0 + ROUNDING
        if not wait:
            sends.append((real, 1.0))
    if kind == "window":
        assert fullest(sends, 1.0 - ROUNDING) <= 5
    else:
        assert most_over_line(sends, 5.0) <= 5 + 1e-3
