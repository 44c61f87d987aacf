"""The circuit breaker, rule by rule, and as a machine that hypothesis drives."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from penstock.errors import UsageError
from penstock.resilience.breaker import _TABLE, BreakerPolicy, BreakerState, CircuitBreaker
from penstock.testing import FakeClock

STEADY = BreakerPolicy(open_jitter=0.0)


class Bench:
    """A breaker, its clock, and the moves it told of."""

    def __init__(self, policy: BreakerPolicy = STEADY, seed: int = 1) -> None:
        self.clock = FakeClock(start=1000.0)
        self.moves: list[tuple[str, str]] = []
        self.breaker = CircuitBreaker(
            policy,
            self.clock,
            random=Random(seed),
            on_move=lambda state, why: self.moves.append((state, why)),
        )

    def calls(self, failures: int, successes: int = 0, elapsed_s: float = 0.1, every_s: float = 0.2) -> None:
        for number in range(failures + successes):
            self.clock.move(max(every_s, elapsed_s))
            assert self.breaker.permit(False) is None
            self.breaker.record(number >= successes, elapsed_s, "503" if number >= successes else "")

    def trip(self) -> None:
        self.calls(failures=10)
        assert self.breaker.state == "OPEN"

    def half_open(self) -> None:
        self.trip()
        self.clock.move(self.breaker.statistics().next_in_s or 0)


# 1. CLOSED


def test_it_trips_at_half_of_ten_calls() -> None:
    """5 failures among 9 calls do not trip it; the tenth call does, and the reason has the figures."""
    bench = Bench()
    bench.calls(failures=5, successes=4)
    assert bench.breaker.state == "CLOSED" and bench.breaker.permit(False) is None
    bench.calls(failures=1)
    assert bench.breaker.state == "OPEN"
    assert bench.breaker.why == "6 of 10 calls failed in 30 s; last: 503"
    assert bench.moves == [("OPEN", bench.breaker.why)]


def test_exactly_half_is_enough() -> None:
    """5 failures among 10 calls trip it."""
    bench = Bench()
    bench.calls(failures=5, successes=5)
    assert bench.breaker.why == "5 of 10 calls failed in 30 s; last: 503"


def test_less_than_half_never_trips_it() -> None:
    """With 40 % of failures, spread evenly, it stays closed however long that goes on."""
    bench = Bench()
    for number in range(5000):
        bench.clock.move(0.1)
        bench.breaker.record(number % 5 in (1, 3), 0.1)
    assert bench.breaker.state == "CLOSED" and bench.moves == []


def test_failures_older_than_the_window_do_not_count() -> None:
    """Nine failures that lie half a minute back are forgotten; the tenth does not trip it."""
    bench = Bench()
    bench.calls(failures=9, every_s=0.1)
    bench.clock.move(30.0)
    bench.calls(failures=1)
    assert bench.breaker.state == "CLOSED"
    assert bench.breaker.statistics().calls == 1
    control = Bench()
    control.calls(failures=9, every_s=0.1)
    control.clock.move(25.0)
    control.calls(failures=1)
    assert control.breaker.state == "OPEN"


def test_slow_calls_trip_it() -> None:
    """When 80 % of the calls, failed ones too, take longer than 10 s, it trips and says so."""
    bench = Bench()
    for _ in range(2):
        bench.clock.move(0.1)
        bench.breaker.record(False, 0.1)
    for _ in range(8):
        bench.breaker.record(False, 12.0)
    assert bench.breaker.state == "CLOSED"  # ten successes seen: nothing to compare them with
    bench = Bench()
    for _ in range(400):
        bench.clock.move(0.2)
        bench.breaker.record(False, 0.1)
    bench.clock.move(31.0)
    for number in range(10):
        bench.clock.move(0.5)
        assert bench.breaker.state == "CLOSED"
        bench.breaker.record(False, 0.1 if number < 2 else 12.0)
    assert bench.breaker.state == "OPEN"
    assert bench.breaker.why == "8 of 10 calls in 30 s took longer than 10 s"


def test_a_service_that_always_takes_long_is_not_slow() -> None:
    """Twenty seconds for each call, from the first on, never trips it."""
    bench = Bench()
    for _ in range(500):
        bench.clock.move(1.0)
        bench.breaker.record(False, 20.0)
    assert bench.moves == []
    assert bench.breaker.statistics().slow_after_s >= 100


# 2. OPEN


def test_nothing_goes_while_it_is_open() -> None:
    """For 15 s every call is told how long is left."""
    bench = Bench()
    bench.trip()
    assert bench.breaker.permit(True) == pytest.approx(15.0)
    bench.clock.move(14.9)
    assert bench.breaker.permit(True) == pytest.approx(0.1)
    bench.clock.move(0.2)
    assert bench.breaker.permit(True) is None


def test_each_failed_trial_doubles_the_time_up_to_five_minutes() -> None:
    """It stays open for 15, 30, 60, 120, 240, 300, 300 s; after it has closed, for 15 s again."""
    bench = Bench()
    bench.trip()
    spans = []
    for _ in range(7):
        left = bench.breaker.statistics().next_in_s
        assert left is not None
        spans.append(round(left, 6))
        bench.clock.move(left)
        assert bench.breaker.permit(True) is None
        bench.clock.move(0.1)
        bench.breaker.record(True, 0.1, "502")
        assert bench.breaker.why == "a probe failed: 502"
    assert spans == [15, 30, 60, 120, 240, 300, 300]
    bench.clock.move(300.0)
    for _ in range(2):
        assert bench.breaker.permit(True) is None
        bench.clock.move(0.1)
        bench.breaker.record(False, 0.1)
    bench.trip()
    assert bench.breaker.permit(True) == pytest.approx(15.0)


def test_the_time_is_spread_by_a_fifth() -> None:
    """The first opening lasts between 12 and 18 s, and not always the same."""
    spans = []
    for seed in range(200):
        bench = Bench(BreakerPolicy(), seed)
        bench.trip()
        spans.append(bench.breaker.permit(True) or 0.0)
    assert 12 <= min(spans) < 12.3 and 17.7 < max(spans) <= 18


# 3. HALF_OPEN


def test_two_probes_may_go_and_no_third() -> None:
    """After the time two resendable calls go, at once if they like; the third is told to ask again."""
    bench = Bench()
    bench.half_open()
    assert [bench.breaker.permit(True) is None for _ in range(4)] == [True, True, False, False]
    assert bench.breaker.state == "HALF_OPEN"
    bench.clock.move(0.1)
    bench.breaker.record(False, 0.1)  # one has succeeded: its place is not given again
    assert bench.breaker.permit(True) is not None


def test_a_call_that_cannot_be_resent_is_never_a_probe() -> None:
    """While the service is on trial, calls that could do something twice wait; is_probe_wanted says so."""
    bench = Bench()
    assert not bench.breaker.is_probe_wanted
    bench.trip()
    assert not bench.breaker.is_probe_wanted
    bench.clock.move(15.0)
    assert bench.breaker.is_probe_wanted
    for _ in range(100):
        assert bench.breaker.permit(False) is not None
        bench.clock.move(10.0)
    assert bench.breaker.is_probe_wanted
    assert bench.breaker.permit(True) is None and bench.breaker.permit(True) is None
    assert not bench.breaker.is_probe_wanted


# 4. The end of the trial


def test_two_successes_close_it() -> None:
    """One success is not enough, two are; then everything goes and the old failures are forgotten."""
    bench = Bench()
    bench.half_open()
    for state in ("HALF_OPEN", "CLOSED"):
        assert bench.breaker.permit(True) is None
        bench.clock.move(0.1)
        bench.breaker.record(False, 0.1)
        assert bench.breaker.state == state
    assert [state for state, _ in bench.moves] == ["OPEN", "HALF_OPEN", "CLOSED"]
    assert bench.breaker.statistics().calls == 0
    bench.calls(failures=9)
    assert bench.breaker.state == "CLOSED"


def test_one_failure_opens_it_again() -> None:
    """A failed probe ends the trial at once, whatever the other did."""
    bench = Bench()
    bench.half_open()
    assert bench.breaker.permit(True) is None and bench.breaker.permit(True) is None
    bench.clock.move(0.1)
    bench.breaker.record(False, 0.1)
    bench.breaker.record(True, 0.1, "TimedOut")
    assert bench.breaker.state == "OPEN" and bench.breaker.statistics().openings == 2
    assert bench.breaker.permit(True) == pytest.approx(30.0)


def test_a_slow_success_passes_the_trial() -> None:
    """A probe that takes long and succeeds counts as one that succeeds."""
    bench = Bench()
    bench.half_open()
    assert bench.breaker.permit(True) is None and bench.breaker.permit(True) is None
    bench.clock.move(40.0)
    bench.breaker.record(False, 40.0)
    bench.breaker.record(False, 40.0)
    assert bench.breaker.state == "CLOSED"


# 5. Late answers


@pytest.mark.parametrize("is_failure", [True, False])
def test_an_answer_to_an_older_call_is_no_probe(is_failure: bool) -> None:
    """A call sent before it opened, answered during the trial, neither fails nor passes it."""
    bench = Bench()
    bench.half_open()
    assert bench.breaker.permit(True) is None and bench.breaker.permit(True) is None
    bench.clock.move(1.0)
    for _ in range(5):
        bench.breaker.record(is_failure, 20.0, "TimedOut")
    assert bench.breaker.state == "HALF_OPEN"
    assert bench.breaker.statistics().probes_left == 0


def test_calls_that_hung_since_before_do_not_open_what_closed_meanwhile() -> None:
    """Fifty time-outs of calls from before the outage are not counted once it has closed; fresh ones are."""
    bench = Bench()
    bench.half_open()
    for _ in range(2):
        assert bench.breaker.permit(True) is None
        bench.breaker.record(False, 0.0)
    bench.clock.move(20.0)
    for _ in range(50):
        bench.breaker.record(True, 60.0, "TimedOut")
    assert bench.breaker.state == "CLOSED" and bench.breaker.statistics().calls == 0
    for _ in range(10):
        bench.breaker.record(True, 10.0, "TimedOut")
    assert bench.breaker.state == "OPEN"


def test_answers_while_open_change_nothing() -> None:
    """What comes in while it is open neither closes it nor makes the wait longer."""
    bench = Bench()
    bench.trip()
    bench.clock.move(1.0)
    for is_failure in (False, True) * 20:
        bench.breaker.record(is_failure, 0.1)
    assert bench.breaker.permit(True) == pytest.approx(14.0)


# 6. Probes that are not heard of


def test_a_cancelled_probe_gives_its_place_back() -> None:
    """forget() lets another call be the probe; without it the place stays taken."""
    bench = Bench()
    bench.half_open()
    assert bench.breaker.permit(True) is None and bench.breaker.permit(True) is None
    bench.clock.move(2.0)
    assert bench.breaker.permit(True) is not None
    bench.breaker.forget(2.0)
    assert bench.breaker.permit(True) is None
    assert bench.breaker.permit(True) is not None


def test_forgetting_an_older_call_frees_no_place() -> None:
    """A call from before the trial that is cancelled during it gives back nothing."""
    bench = Bench()
    bench.half_open()
    assert bench.breaker.permit(True) is None and bench.breaker.permit(True) is None
    bench.clock.move(1.0)
    bench.breaker.forget(30.0)
    assert bench.breaker.permit(True) is not None


def test_forgetting_too_often_frees_no_third_place() -> None:
    """However many calls are forgotten, two probes may go and no more, those that succeeded included."""
    bench = Bench()
    bench.half_open()
    assert bench.breaker.permit(False) is not None
    bench.breaker.forget()
    assert bench.breaker.permit(True) is None
    bench.breaker.record(False, 0.0)
    bench.breaker.forget()
    assert [bench.breaker.permit(True) is None for _ in range(2)] == [True, False]


def test_a_lost_probe_blocks_for_five_minutes_at_most() -> None:
    """Two probes that never end are given up after open_max, and others may go."""
    bench = Bench()
    bench.half_open()
    assert bench.breaker.permit(True) is None and bench.breaker.permit(True) is None
    bench.clock.move(299.0)
    assert bench.breaker.permit(True) is not None
    bench.clock.move(2.0)
    assert [bench.breaker.permit(True) is None for _ in range(3)] == [True, True, False]


# 7. By hand


def test_reset_closes_it_from_any_state() -> None:
    """reset() lets the next call go, empties the window, and says it was done by hand."""
    for prepare in (Bench.trip, Bench.half_open):
        bench = Bench()
        prepare(bench)
        bench.breaker.permit(True)
        bench.breaker.reset()
        assert bench.breaker.state == "CLOSED" and bench.breaker.permit(False) is None
        assert bench.moves[-1] == ("CLOSED", "reset by hand")
    bench = Bench()
    bench.calls(failures=9)
    bench.breaker.reset()
    bench.calls(failures=9)
    assert bench.moves == []


# What is told


def test_the_statistics_are_those_of_the_window() -> None:
    """Counts, state, reason and the time left are all in the record, and old calls leave it by themselves."""
    bench = Bench()
    bench.calls(failures=2, successes=3)
    seen = bench.breaker.statistics()
    assert (seen.state, seen.calls, seen.failures, seen.slow) == ("CLOSED", 5, 2, 0)
    assert seen.next_in_s is None and seen.slow_after_s == 10.0
    bench.clock.move(31.0)
    assert bench.breaker.statistics().calls == 0
    bench.trip()
    seen = bench.breaker.statistics()
    assert (seen.openings, seen.probes_left, seen.next_in_s) == (1, 0, pytest.approx(15.0))
    bench.clock.move(20.0)
    assert bench.breaker.permit(True) is None
    assert bench.breaker.statistics().probes_left == 1


def test_the_table_has_no_dead_end() -> None:
    """From every state every other can be reached, and every state can be reset."""
    for start in BreakerState:
        reached, frontier = {start}, [start]
        while frontier:
            state = frontier.pop()
            for (before, _), after in _TABLE.items():
                if before is state and after not in reached:
                    reached.add(after)
                    frontier.append(after)
        assert reached == set(BreakerState)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"window": 0}, "window is a positive number"),
        ({"minimum_calls": 0}, "minimum_calls is a whole number"),
        ({"probes": 1.5}, "probes is a whole number"),
        ({"failure_rate_threshold": 50}, "0.5 is half"),
        ({"slow_rate_threshold": 0}, "slow_rate_threshold"),
        ({"open_for": float("nan")}, "open_for"),
        ({"open_jitter": 1.0}, "open_jitter"),
        ({"open_for": 400.0}, "shorter than open_for"),
        ({"slow_min": "10"}, "slow_min"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(changes: dict[str, Any], said: str) -> None:
    """A wrong value raises UsageError that names the field and says what is usual."""
    with pytest.raises(UsageError) as caught:
        BreakerPolicy(**changes)
    assert said in str(caught.value) and caught.value.hint


class BreakerMachine(RuleBasedStateMachine):
    """Drive a breaker as an engine would, with calls that end in any order, or are cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(start=50.0)
        self.breaker = CircuitBreaker(
            BreakerPolicy(minimum_calls=3), self.clock, random=Random(9), on_move=self.moved
        )
        self.flying: list[float] = []  # when each call left
        self.probes = 0  # permitted in this HALF_OPEN, less those forgotten
        self.moved_at = 50.0

    def moved(self, state: str, why: str) -> None:
        assert why
        self.moved_at, self.probes = self.clock.monotonic(), 0

    @rule(is_resendable=st.booleans())
    def ask(self, is_resendable: bool) -> None:
        wait = self.breaker.permit(is_resendable)
        if wait is not None:
            assert wait > 0 and self.breaker.state != "CLOSED"
            return
        self.flying.append(self.clock.monotonic())
        if self.breaker.state == "HALF_OPEN":
            assert is_resendable
            self.probes += 1
        else:
            assert self.breaker.state == "CLOSED"

    def land(self, chosen: int) -> float:
        left_at = self.flying.pop(chosen % len(self.flying))
        return self.clock.monotonic() - left_at

    @precondition(lambda self: self.flying)
    @rule(chosen=st.integers(0, 100), is_failure=st.booleans())
    def answer(self, chosen: int, is_failure: bool) -> None:
        self.breaker.record(is_failure, self.land(chosen), "500")

    @precondition(lambda self: self.flying)
    @rule(chosen=st.integers(0, 100))
    def cancel(self, chosen: int) -> None:
        elapsed_s = self.land(chosen)
        is_probe = self.clock.monotonic() - elapsed_s >= self.moved_at - 1e-6
        passed = self.breaker._probes_passed
        self.breaker.forget(elapsed_s)
        if self.breaker.state == "HALF_OPEN" and is_probe and self.probes > passed:
            self.probes -= 1

    @rule(seconds=st.floats(0.01, 40.0))
    def pass_time(self, seconds: float) -> None:
        # A probe is given up after open_max, five minutes; every call here ends sooner.
        oldest = min(self.flying, default=self.clock.monotonic())
        if self.clock.monotonic() + seconds - oldest < 299:
            self.clock.move(seconds)

    @rule()
    def wait_until_half_open(self) -> None:
        if not self.flying:
            self.clock.move((self.breaker.statistics().next_in_s or 0.0) + 0.1)

    @rule()
    def reset(self) -> None:
        self.breaker.reset()

    @invariant()
    def never_more_than_two_probes(self) -> None:
        if self.breaker.state == "HALF_OPEN":
            assert self.probes <= 2

    @invariant()
    def counts_are_possible(self) -> None:
        seen = self.breaker.statistics()
        assert 0 <= seen.failures <= seen.calls and 0 <= seen.slow <= seen.calls
        assert seen.probes_left in (0, 1, 2) and seen.openings >= 0
        assert 0 <= self.breaker._probes_passed <= self.breaker._probes_given <= 2
        assert (seen.next_in_s is None) == (seen.state == "CLOSED")
        assert seen.next_in_s is None or 0 <= seen.next_in_s <= 300 * 1.2


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
