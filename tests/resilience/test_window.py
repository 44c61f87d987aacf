"""The count of the last seconds, held against a list of every call."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock.resilience.usual import UsualDuration
from penstock.resilience.window import SLOTS, CallWindow


def new(window: float = 30.0, now: float = 0.0) -> CallWindow:
    usual = UsualDuration(slow_min=10.0, slow_factor=5.0, minimum=10)
    return CallWindow(usual, window=window, now=now)


@given(
    start=st.floats(0, 1e6),
    steps=st.lists(st.tuples(st.floats(0, 12), st.booleans()), max_size=120),
    window=st.sampled_from([1.0, 30.0, 300.0]),
)
def test_it_counts_what_a_list_of_calls_counts(
    start: float, steps: list[tuple[float, bool]], window: float
) -> None:
    """It never counts a call older than the window, and always every call of the window less one slot."""
    counted = new(window, start)
    now, log = start, []
    for wait, is_failure in steps:
        now += wait
        counted.add(is_failure, 0.1, now)
        log.append((now, is_failure))
        calls, failures, _ = counted.counts(now)
        slack = 1e-6 * max(1.0, now)  # the edge of a slot is not exact in floating point
        most = [kind for at, kind in log if at >= now - window - slack]
        least = [kind for at, kind in log if at >= now - window * (1 - 1 / SLOTS) + slack]
        assert len(least) <= calls <= len(most)
        assert sum(least) <= failures <= sum(most)


def test_it_says_whether_there_is_anything_to_judge() -> None:
    """A window without failures or slow calls asks for no judgement; one with either does."""
    counted = new()
    assert not counted.add(False, 0.1, 1.0)
    assert counted.add(True, 0.1, 2.0)
    assert counted.add(False, 0.1, 3.0)
    assert not counted.add(False, 0.1, 33.0)


def test_clearing_forgets_the_calls() -> None:
    """After clear() the window is empty, and what comes then is counted from zero."""
    counted = new()
    for _ in range(5):
        counted.add(True, 0.1, 1.0)
    counted.clear(1.5)
    assert counted.counts(1.5) == (0, 0, 0)
    counted.add(False, 0.1, 1.6)
    assert counted.counts(1.6) == (1, 0, 0)


def test_a_failure_that_took_long_is_slow_as_well() -> None:
    """A time-out after a minute counts among the failures and among the slow."""
    counted = new()
    counted.add(True, 60.0, 1.0)
    assert counted.counts(1.0) == (1, 1, 1)


def test_its_memory_does_not_grow() -> None:
    """However many calls and hours go by, no more than one entry per slot is kept."""
    counted = new()
    for number in range(20_000):
        counted.add(number % 3 == 0, 0.1, number * 0.37)
    assert len(counted._history) <= SLOTS
