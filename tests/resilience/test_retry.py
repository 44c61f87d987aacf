"""Whether and when to try again: the walk of a decision, and the budget that keeps retries in bounds."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import UsageError
from penstock.model import Verdict
from penstock.resilience.retry import Decision, RetryBudget, RetryPolicy, decide, format_span

EXACT = RetryPolicy(jitter="none")


def ask(verdict: Verdict = Verdict.TRANSIENT, attempt: int = 1, **changes: Any) -> Decision:
    told: dict[str, Any] = {"retry_after_s": None, "budget": None, "random": Random(1), **changes}
    return decide(told.pop("policy", EXACT), verdict, attempt, **told)


def test_six_attempts_wait_1_2_4_8_16_seconds() -> None:
    """The usual policy makes six attempts with the exact schedule between them, then stops."""
    decisions = [ask(attempt=n) for n in range(1, 7)]
    assert [decision.retry_in_s for decision in decisions] == [1, 2, 4, 8, 16, None]
    assert decisions[0].why == "attempt 2 of 6 in 1 s, by the schedule"
    assert decisions[-1].why == "all 6 attempts failed"


def test_the_usual_jitter_is_equal() -> None:
    """By default a wait is between half of the schedule's and all of it, and differs from call to call."""
    random = Random(5)
    waits = [ask(attempt=4, policy=RetryPolicy(), random=random).retry_in_s or 0 for _ in range(100)]
    assert all(4 <= wait <= 8 for wait in waits)
    assert len(set(waits)) > 90


@pytest.mark.parametrize("verdict", [Verdict.SUCCESS, Verdict.AUTH, Verdict.PERMANENT, Verdict.UNCERTAIN])
def test_only_transient_and_throttled_are_tried_again(verdict: Verdict) -> None:
    """Every other verdict ends the attempts, whatever the service asked, and costs no budget."""
    budget = RetryBudget()
    decision = ask(verdict, retry_after_s=1.0, budget=budget)
    assert decision.retry_in_s is None and decision.why
    assert budget.statistics().allowed == 0


@pytest.mark.parametrize("asked", [0.0, 0.5, 3.0, 299.9, 300.0])
def test_retry_after_wins_over_the_schedule(asked: float) -> None:
    """A Retry-After is waited for exactly, shorter or longer than the schedule, without jitter."""
    decision = ask(Verdict.THROTTLED, attempt=3, retry_after_s=asked, policy=RetryPolicy())
    assert decision.retry_in_s == asked
    assert "as the service asked" in decision.why


def test_a_longer_wait_than_allowed_is_left_to_the_caller() -> None:
    """Beyond retry_after_max nothing is retried; the reason names the wait, also when no attempt is left."""
    for attempt in (1, 6):
        decision = ask(Verdict.THROTTLED, attempt=attempt, retry_after_s=7200.0, budget=RetryBudget(1, 1, 1))
        assert decision.retry_in_s is None
        assert decision.park_s == 7200.0
        assert "2 h" in decision.why and "5 min" in decision.why
    assert ask(Verdict.THROTTLED, attempt=6, retry_after_s=1.0).park_s is None


def test_a_wait_past_the_deadline_is_not_begun() -> None:
    """An attempt that could only start after the deadline is not waited for, and costs no budget."""
    budget = RetryBudget()
    late = ask(attempt=4, remaining_s=8.0, budget=budget)
    assert late.retry_in_s is None and "deadline" in late.why
    assert budget.statistics().allowed == 0
    assert ask(attempt=4, remaining_s=8.1, budget=budget).retry_in_s == 8
    assert ask(attempt=4, remaining_s=-3.0).retry_in_s is None


def test_a_spent_budget_ends_the_attempts() -> None:
    """35 retries are paid for from a full budget (500 / 14); the 36th is refused with its reason."""
    budget = RetryBudget()
    granted = [ask(budget=budget).retry_in_s for _ in range(36)]
    assert granted == [1.0] * 35 + [None]
    assert "retry budget" in ask(budget=budget).why
    assert budget.statistics().refused == 2


def test_throttled_retries_cost_less() -> None:
    """A full budget pays for 100 throttled retries (500 / 5)."""
    budget = RetryBudget()
    granted = sum(ask(Verdict.THROTTLED, budget=budget).retry_in_s is not None for _ in range(150))
    assert granted == 100


def test_fourteen_successes_earn_one_retry() -> None:
    """An empty budget allows a retry again after 14 successes, not after 13."""
    budget = RetryBudget(capacity=14)
    assert budget.take(False)
    for _ in range(13):
        budget.refill()
    assert not budget.take(False)
    budget.refill()
    assert budget.take(False)


@given(steps=st.lists(st.sampled_from(["refill", "retry", "throttled"]), max_size=200))
def test_the_budget_stays_between_empty_and_full(steps: list[str]) -> None:
    """Whatever happens, a budget is never negative nor above its capacity, and refusals take nothing."""
    budget = RetryBudget(capacity=50)
    for step in steps:
        before = budget.statistics().available
        if step == "refill":
            budget.refill()
        elif not budget.take(step == "throttled"):
            assert budget.statistics().available == before
        assert 0 <= budget.statistics().available <= 50


@given(
    verdict=st.sampled_from([Verdict.TRANSIENT, Verdict.THROTTLED]),
    attempt=st.integers(1, 50),
    attempts=st.integers(1, 40),
    retry_after_s=st.none() | st.floats(-10, 1e6),
    remaining_s=st.none() | st.floats(-10, 1e3),
    jitter=st.sampled_from(["none", "equal", "full", "decorrelated"]),
)
def test_a_granted_retry_keeps_every_promise(
    verdict: Verdict,
    attempt: int,
    attempts: int,
    retry_after_s: float | None,
    remaining_s: float | None,
    jitter: str,
) -> None:
    """No retry is granted past the attempts, the deadline or retry_after_max, nor waits beyond the cap."""
    policy = RetryPolicy(attempts=attempts, jitter=jitter)
    decision = ask(verdict, attempt, policy=policy, retry_after_s=retry_after_s, remaining_s=remaining_s)
    if decision.retry_in_s is not None:
        assert attempt < attempts
        assert 0 <= decision.retry_in_s <= (16 if retry_after_s is None else 300)
        assert remaining_s is None or decision.retry_in_s < remaining_s
    assert decision.why


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"attempts": 0}, "attempts counts the first one too"),
        ({"attempts": 2.5}, "whole number"),
        ({"attempts": True}, "whole number"),
        ({"wait_initial": -1}, "wait_initial is a number of seconds"),
        ({"wait_initial": "1"}, "wait_initial is a number of seconds"),
        ({"wait_max": math.inf}, "wait_max is a number of seconds"),
        ({"wait_max": math.nan}, "wait_max is a number of seconds"),
        ({"wait_max": 0.5}, "shorter than wait_initial"),
        ({"wait_factor": 0.5}, "at least 1"),
        ({"retry_after_max": -1}, "retry_after_max"),
        ({"jitter": "eqaul"}, "equal"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(changes: dict[str, Any], said: str) -> None:
    """A wrong value raises UsageError that names the field and says what to give."""
    with pytest.raises(UsageError) as caught:
        RetryPolicy(**changes)
    assert said in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("changes", [{"capacity": 0}, {"cost": -1}, {"cost_throttled": None}, {"refill": -1}])
def test_a_budget_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    """A budget without room, cost or with a negative refill raises UsageError."""
    with pytest.raises(UsageError, match="retry budget's"):
        RetryBudget(**changes)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0 s"), (0.68, "0.7 s"), (16, "16 s"), (300, "5 min"), (7200, "2 h"), (9000, "2 h 30 min")],
)
def test_a_span_reads_as_people_say_it(seconds: float, said: str) -> None:
    """Lengths of time are rounded to what a person would say."""
    assert format_span(seconds) == said
