"""The arithmetic of waits: schedule, jitters, bounds."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.resilience.backoff import JITTERS, compute_base, compute_delay

USUAL = {"initial": 1.0, "factor": 2.0, "cap": 16.0}


def test_the_schedule_is_1_2_4_8_16() -> None:
    """Without jitter the waits are exactly 1, 2, 4, 8, 16 s, and 16 s from then on."""
    waits = [compute_delay(n, **USUAL, jitter="none", random=Random(0)) for n in range(1, 8)]
    assert waits == [1, 2, 4, 8, 16, 16, 16]


@given(
    retry_num=st.integers(1, 10_000),
    initial=st.floats(0, 1e3),
    factor=st.floats(1, 1e6),
    extra=st.floats(0, 1e6),
    jitter=st.sampled_from(JITTERS),
    seed=st.integers(),
)
def test_every_jitter_stays_within_its_bounds(
    retry_num: int, initial: float, factor: float, extra: float, jitter: str, seed: int
) -> None:
    """No wait is negative or beyond the cap; equal is at least half of the schedule."""
    cap = initial + extra
    schedule = {"initial": initial, "factor": factor, "cap": cap}
    base = compute_base(retry_num, **schedule)
    wait = compute_delay(retry_num, **schedule, jitter=jitter, random=Random(seed))
    least = {"none": base, "equal": base / 2, "full": 0.0, "decorrelated": min(cap, initial)}[jitter]
    most = cap if jitter == "decorrelated" else base
    assert least * (1 - 1e-12) <= wait <= most * (1 + 1e-12)
    assert 0 <= base <= cap


def test_equal_jitter_uses_all_of_its_half() -> None:
    """Equal jitter of 8 s lies between 4 and 8 s and reaches both ends."""
    random = Random(7)
    waits = [compute_delay(4, **USUAL, jitter="equal", random=random) for _ in range(2000)]
    assert 4 <= min(waits) < 4.1 and 7.9 < max(waits) <= 8


def test_decorrelated_jitter_grows_from_the_previous_wait() -> None:
    """Decorrelated jitter reaches up to three times the previous wait, and no further."""
    random = Random(7)
    waits = [
        compute_delay(2, **USUAL, jitter="decorrelated", random=random, previous=2.0) for _ in range(2000)
    ]
    assert 1 <= min(waits) < 1.1 and 5.9 < max(waits) <= 6


def test_decorrelated_without_a_previous_wait_still_grows() -> None:
    """Where the previous wait is not told, the schedule's stands in for it."""
    random = Random(7)
    late = [compute_delay(5, **USUAL, jitter="decorrelated", random=random) for _ in range(200)]
    assert max(late) > 12


def test_the_same_seed_gives_the_same_wait() -> None:
    """Chance is an argument: two generators with one seed give the same waits."""
    first, second = (
        [compute_delay(n, **USUAL, jitter="full", random=Random(3)) for n in range(1, 6)] for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(("retry_num", "jitter"), [(0, "none"), (1, "some")])
def test_nonsense_is_refused(retry_num: int, jitter: str) -> None:
    """A retry before the first failure and an unknown jitter raise ValueError."""
    with pytest.raises(ValueError):
        compute_delay(retry_num, **USUAL, jitter=jitter, random=Random(0))
