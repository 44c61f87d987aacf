"""BatchProgress, the Python half: what is sent to the page, and what its buttons reach."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fake_runs import START, FakeRun

from penstock.batch.progress import ErrorCount
from penstock.redact import HIDDEN, Secret
from penstock.widgets.batch_progress import BatchProgress, build_state


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Give what is sent to the page, in order."""
    sent: list[dict[str, Any]] = []

    def send_state(self: BatchProgress, key: Any = None) -> None:
        sent.append(self.progress)

    monkeypatch.setattr(BatchProgress, "send_state", send_state)
    return sent


def test_the_widget_shows_what_the_run_says(states: list[dict[str, Any]]) -> None:
    """Each Progress of the run becomes one message with its numbers."""
    run = FakeRun()
    widget = BatchProgress(run)  # type: ignore[arg-type]
    run.move(done=500)
    run.move(done=501)
    assert [state["done"] for state in states[-2:]] == [500, 501]
    assert widget.progress["settled"] == 517 and widget.progress["share"] == pytest.approx(0.517)


def test_the_last_state_is_always_sent(states: list[dict[str, Any]]) -> None:
    """The state a run ends in reaches the page, marked as the end."""
    run = FakeRun()
    widget = BatchProgress(run)  # type: ignore[arg-type]
    run.move(state="finished", done=984, in_flight=0)
    assert states[-1]["ended"] and states[-1]["word"] == "finished" and widget.progress["done"] == 984


def test_a_run_that_only_grows_older_is_quiet(states: list[dict[str, Any]]) -> None:
    """Ten ticks a second of nothing but time become one message a second."""
    run = FakeRun(replace(START, state="paused", elapsed_s=10.0))
    widget = BatchProgress(run)  # type: ignore[arg-type]
    states.clear()
    for tick in range(1, 51):
        run.move(elapsed_s=round(10 + tick / 10, 1))
    assert 4 <= len(states) <= 6
    assert widget.progress["elapsed_s"] == pytest.approx(15.0)


@pytest.mark.parametrize("kind", ["pause", "resume", "cancel", "retry_failed"])
def test_a_button_is_handed_to_the_run(kind: str) -> None:
    """Each button asks the run for one thing, and nothing else."""
    run = FakeRun()
    widget = BatchProgress(run)  # type: ignore[arg-type]
    widget._handle_custom_msg({"id": "a", "type": kind}, [])
    assert run.asked == [kind]


def test_the_page_is_sent_plain_json() -> None:
    """A state holds nothing but JSON, and is small: under 4 kB with six kinds of error of full length."""
    errors = tuple(ErrorCount(f"Kind{i}", i, "m" * 1000, "h" * 1000, f"r{i}") for i in range(40))
    state = build_state(replace(START, errors=errors), has_ended=False)
    assert len(json.dumps(state)) < 5000
    assert [error["kind"] for error in state["errors"]] == [f"Kind{i}" for i in range(39, 33, -1)]
    assert state["more_kinds"] == 34 and state["more_rows"] == sum(range(34))


def test_a_cancelled_run_is_not_over_before_it_is(states: list[dict[str, Any]]) -> None:
    """While a cancelled run waits for its last answers it says so, and offers no Retry."""
    state = build_state(replace(START, state="cancelled"), has_ended=False)
    assert (state["word"], state["ended"]) == ("ending", False)
    assert build_state(replace(START, state="cancelled"), has_ended=True)["ended"]


def test_a_run_held_to_its_rate_does_not_wait() -> None:
    """Rows that wait their turn while the allowed rate is used are pacing; without rate it is a wait, with its end."""
    pacing = build_state(replace(START, waiting_on="limit", rate=24.0), has_ended=False)
    assert pacing["is_pacing"] and pacing["waiting"] == "" and pacing["waiting_on"] is None
    waits = build_state(replace(START, waiting_on="limit", rate=0.0, resumes_at=1e9), has_ended=False)
    assert waits["waiting"] == "Waits for the rate limit" and waits["resumes_at"] == 1e9


def test_no_secret_reaches_the_page() -> None:
    """A secret in a foreign error's message, hint, row or note is hidden in every state and text."""
    secret = Secret("s3cr3t-canary-7781")
    spilt = ErrorCount(
        "ValueError", 1, "bad s3cr3t-canary-7781", "try s3cr3t-canary-7781", "s3cr3t-canary-7781"
    )
    run = FakeRun(replace(START, errors=(spilt,), note="on_progress raised s3cr3t-canary-7781"))
    widget = BatchProgress(run)  # type: ignore[arg-type]
    shown = json.dumps(widget.get_state(), default=str) + widget.say_text() + widget.say_html()
    assert secret.reveal() not in shown
    assert shown.count(HIDDEN) + shown.count(json.dumps(HIDDEN)[1:-1]) >= 4


def test_the_repr_is_short_and_stable() -> None:
    """Two widgets of one run have the same short repr."""
    run = FakeRun()
    assert repr(BatchProgress(run)) == repr(BatchProgress(run)) == "BatchProgress('july-import')"  # type: ignore[arg-type]


def test_a_closed_widget_hears_nothing(states: list[dict[str, Any]]) -> None:
    """After close() the run tells the widget nothing more, and the run goes on."""
    run = FakeRun()
    widget = BatchProgress(run)  # type: ignore[arg-type]
    widget.close()
    states.clear()
    run.move(done=900)
    assert states == [] and run.asked == []
