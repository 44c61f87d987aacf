"""Deadlines: what is left, and what a step may still take."""

from __future__ import annotations

import math

import pytest

from penstock.errors import DeadlineExceeded, UsageError
from penstock.resilience.deadline import Deadline
from penstock.testing import FakeClock


def test_the_time_left_runs_out_and_stays_at_zero() -> None:
    """What remains falls with the clock, and is 0.0 once the instant has passed."""
    clock = FakeClock(start=100.0)
    deadline = Deadline.after(10.0, clock)
    assert deadline.remaining(clock) == 10.0 and not deadline.is_past(clock)
    clock.move(10.0)
    assert deadline.remaining(clock) == 0.0 and deadline.is_past(clock)
    clock.move(5.0)
    assert deadline.remaining(clock) == 0.0


def test_a_wall_clock_that_jumps_changes_nothing() -> None:
    """A deadline is measured on the monotonic clock only."""
    clock = FakeClock()
    deadline = Deadline.after(10.0, clock)
    clock.jump_wall(-86_400.0)
    assert deadline.remaining(clock) == 10.0


def test_no_deadline_never_passes() -> None:
    """Without a deadline infinity remains, and time-outs stay as they are."""
    clock = FakeClock()
    none = Deadline.after(None, clock)
    clock.move(1e9)
    assert none.remaining(clock) == math.inf
    assert none.clip(None, clock) is None and none.clip(60.0, clock) == 60.0
    none.check(clock, "while waiting")


def test_a_step_gets_no_more_than_is_left() -> None:
    """A time-out is shortened to the deadline, and a missing one becomes it."""
    clock = FakeClock()
    deadline = Deadline.after(10.0, clock)
    clock.move(4.0)
    assert deadline.clip(60.0, clock) == 6.0
    assert deadline.clip(2.0, clock) == 2.0
    assert deadline.clip(None, clock) == 6.0


def test_a_late_step_raises_and_says_what_it_was() -> None:
    """check() raises DeadlineExceeded with what was being done, and only when the time is up."""
    clock = FakeClock()
    deadline = Deadline.after(1.0, clock)
    deadline.check(clock, "while waiting for a limit")
    clock.move(3.5)
    with pytest.raises(DeadlineExceeded, match=r"2\.5 s ago, while waiting for a limit"):
        deadline.check(clock, "while waiting for a limit")


def test_of_two_the_earlier_is_the_smaller() -> None:
    """min() of deadlines is the one that comes first."""
    assert min(Deadline(5.0), Deadline(), Deadline(7.0)) == Deadline(5.0)


@pytest.mark.parametrize("seconds", [-1.0, math.nan])
def test_a_deadline_in_the_past_is_refused(seconds: float) -> None:
    """A negative length is a mistake and raises UsageError."""
    with pytest.raises(UsageError, match="lies ahead"):
        Deadline.after(seconds, FakeClock())
