"""Vendors' batch jobs: handed in once, asked for after any crash, and each row's result its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest
from bulk_runs import (
    DEATHS,
    FAULTS,
    KINDS,
    SLOW,
    VALUES,
    connected,
    die_and_go_on,
    frame_of,
    judge,
    start,
    table,
)
from bulk_toy import Toy
from hypothesis import example, given
from hypothesis import strategies as st

import penstock as ps


@pytest.fixture
def toy() -> Iterator[Toy]:
    with Toy() as server:
        yield server


@pytest.mark.parametrize("call", ["renders.create", "prints.create"])
def test_a_job_is_only_taken_when_asked_for(toy: Toy, call: str) -> None:
    """bulk="auto" leaves rows single where there is only a job; bulk="job" hands them in, and each has its own result."""
    frame = frame_of(toy, call, table(["x", "bad", "x"]))
    assert toy.requests == [f"POST /{KINDS[call][0]}"] * 3
    frame = frame_of(toy, call, table(["x", "bad", *["x"] * 20]), bulk="job")
    assert list(frame["status"]) == ["done", "failed", *["done"] * 20]
    assert [said["id"] for said in frame["response"][2:]] == [f"id-r{n}" for n in range(2, 22)]
    assert "r1 is bad." in frame["error"][1] and sorted(toy.items) == [2, 10, 10]


@SLOW
@example("renders.create", ["x"], ["drop_after_effect", *["429"] * 3], [("before", 4)])
@given(
    call=st.sampled_from(["renders.create", "prints.create"]),
    values=VALUES,
    faults=FAULTS,
    deaths=DEATHS,
)
def test_death_hands_no_job_in_twice(
    call: str, values: list[str], faults: list[str], deaths: list[tuple[str, int]]
) -> None:
    """Killed at any transaction, a run asks after the jobs it handed in; none of them is handed in twice."""
    with Toy() as toy, tempfile.TemporaryDirectory() as home:
        toy.faults = list(faults)
        frame = die_and_go_on(toy, home, call, values, deaths, ["job"] * 4)
        judge(toy, call, values, frame)


def test_a_job_whose_answer_was_lost_is_found_by_its_name(toy: Toy) -> None:
    """Where the service lists its jobs by name, a lost answer leaves no row uncertain; where it does not, all of them."""
    for call, state in (("renders.create", "done"), ("prints.create", "uncertain")):
        toy.faults = ["drop_after_effect"]
        frame = frame_of(toy, call, table(["x"] * 5), bulk="job")
        assert set(frame["status"]) == {state}, call
        assert toy.counted(KINDS[call][0]) == dict.fromkeys(frame["row"], 1)


def test_a_cancelled_run_leaves_its_job_to_be_asked_for(toy: Toy) -> None:
    """A run cancelled while its job is worked off ends at once; taken up again it asks after the same job."""
    toy.polls_needed = 10**6
    with tempfile.TemporaryDirectory() as home:
        with ps.Workbench(home=home, share_limits=False) as bench:
            run = start(bench, toy, "prints.create", table(["x"] * 5), name="job", bulk="job")
            for _ in range(2000):
                if run.progress.waiting_on == "job" or run.settle(0.01):
                    break
            assert run.progress.waiting_on == "job"
            assert run.cancel().settle(4.0)  # less than the grace for answers under way
        toy.polls_needed = 0
        with ps.Workbench(home=home, share_limits=False) as bench:
            frame = start(bench, toy, "prints.create", table(["x"] * 5), name="job", bulk="job").frame()
    assert set(frame["status"]) == {"done"} and len(toy.jobs) == 1


def test_a_job_that_cannot_be_asked_for_leaves_its_rows_in_doubt(toy: Toy) -> None:
    """A job the service has forgotten is not handed in again: its rows are uncertain, and told why."""
    toy.polls_needed = 10**6
    with tempfile.TemporaryDirectory() as home:
        for is_there in (True, False):
            with ps.Workbench(home=home, share_limits=False) as bench:
                run = start(bench, toy, "prints.create", table(["x"] * 3), name="job", bulk="job")
                while is_there and run.progress.waiting_on != "job" and not run.settle(0.01):
                    pass
                if is_there:
                    run.cancel().settle(10.0)
                    toy.jobs = {}
                else:
                    listed = run.wait().uncertain()
    assert len(listed) == 3 and listed["error"].str.contains("job0 cannot be asked for").all()
    assert toy.requests.count("POST /jobs") == 1


def test_an_estimate_counts_what_is_handed_in(toy: Toy, workbench: ps.Workbench) -> None:
    """25 rows in jobs of ten are three submissions, and how long they take is the service's to say."""
    made = workbench.estimate(connected(workbench, toy)["prints.create"], 25, bulk="job")
    assert made.requests == 3 and made.seconds is None and "prints.submit" in repr(made)
