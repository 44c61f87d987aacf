"""What is slow: learned from the successes seen, within the error of a bucket."""

from __future__ import annotations

from random import Random

import pytest

from penstock.resilience.usual import UsualDuration


def new() -> UsualDuration:
    return UsualDuration(slow_min=10.0, slow_factor=5.0, minimum=10)


def learn(usual: UsualDuration, durations: list[float]) -> None:
    """Let one window of successes go by."""
    for number, elapsed_s in enumerate(durations, start=1):
        if elapsed_s > usual.floor:
            usual.add_long(elapsed_s, number)
    usual.turn(len(durations))


def test_fast_successes_leave_the_threshold_at_ten_seconds() -> None:
    """Where the p95 is below 2 s, slow is 10 s, also with a few long ones among them."""
    usual = new()
    for _ in range(4):
        learn(usual, [0.1] * 96 + [30.0] * 4)
    assert usual.slow_after == 10.0


@pytest.mark.parametrize("scale", [3.0, 20.0, 200.0])
def test_the_threshold_is_five_times_the_p95(scale: float) -> None:
    """For long calls it is 5 times the p95, at most a fifth above it and never below."""
    random, usual = Random(2), new()
    seen = [scale * random.lognormvariate(0, 0.3) for _ in range(400)]
    learn(usual, seen)
    learn(usual, [])
    learn(usual, [])
    exact = 5 * sorted(seen)[int(0.95 * len(seen)) - 1]
    assert exact <= usual.slow_after <= 1.2 * exact


def test_before_anything_is_known_every_success_counts() -> None:
    """The very first success of twenty seconds already raises the threshold above itself."""
    usual = new()
    usual.add_long(20.0, 1)
    assert usual.slow_after >= 100


def test_what_grows_slow_is_measured_against_before() -> None:
    """A window full of slow successes does not raise the threshold while it runs, nor in the one after."""
    usual = new()
    for _ in range(3):
        learn(usual, [0.1] * 100)
    learn(usual, [12.0] * 100)
    assert usual.slow_after == 10.0
    for number in range(1, 100):
        usual.add_long(12.0, number)
    assert usual.slow_after == 10.0


def test_what_stays_slow_becomes_usual() -> None:
    """After enough windows of slow successes they are what is usual, even after thousands of fast ones."""
    usual = new()
    for _ in range(50):
        learn(usual, [0.1] * 500)
    for _ in range(10):
        learn(usual, [12.0] * 50)
    assert usual.slow_after >= 60


@pytest.mark.parametrize("elapsed_s", [2.0000001, 1e7, float("inf")])
def test_any_duration_finds_a_bucket(elapsed_s: float) -> None:
    """Durations just above the floor, of months, or without end are all counted."""
    usual = new()
    usual.add_long(elapsed_s, 1)
    assert usual.slow_after >= 10.0
