"""Vendors' bulk calls: the same effects as single calls in fewer requests, and the ledger's promise for every row."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bulk_runs import (
    ANY_CALL,
    DEATHS,
    FAULTS,
    IDEMPOTENT,
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
from bulk_toy import CALLS, Toy
from hypothesis import example, given
from hypothesis import strategies as st

import penstock as ps
from penstock.batch.groups import Group
from penstock.batch.keys import name_group
from penstock.batch.lines import MIGRATIONS, read_lines
from penstock.store import open_sqlite


@pytest.fixture
def toy() -> Iterator[Toy]:
    with Toy() as server:
        yield server


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("bulk", ["auto", False])
def test_many_rows_are_few_requests(toy: Toy, call: str, bulk: Any) -> None:
    """95 rows are ten requests, or four where 25 go together; with bulk=False they are 95."""
    frame = frame_of(toy, call, table(["x"] * 95), bulk=bulk)
    assert set(frame["status"]) == {"done"}
    assert list(frame["response"].map(lambda said: said["id"])) == [f"id-r{n}" for n in range(95)]
    assert len(toy.requests) == (95 if bulk is False else 4 if call == "objects.create" else 10)
    assert toy.counted(KINDS[call][0]) == dict.fromkeys(frame["row"], 1)


@pytest.mark.parametrize("call", CALLS)
def test_only_the_bad_row_fails(toy: Toy, call: str) -> None:
    """One bad row among many fails alone, with the service's words and the hint its own call would have got."""
    values = ["x"] * 37
    values[23] = "bad"
    with tempfile.TemporaryDirectory() as home, ps.Workbench(home=home, share_limits=False) as bench:
        run = start(bench, toy, call, table(values))
        frame, failures = run.frame(), run.failures()
    assert [row for row, status in zip(frame["row"], frame["status"], strict=True) if status != "done"] == [
        "r23"
    ]
    assert failures["status"].tolist() == ["failed"] and failures["error_type"].tolist() == ["Invalid"]
    assert "r23 is bad." in failures["error"][0] and failures["hint"][0] == "Mend the row."
    assert toy.counted(KINDS[call][0]) == {f"r{n}": 1 for n in range(37) if n != 23}
    assert len(toy.requests) < 20


def test_a_refused_whole_is_halved_until_the_bad_one_is_alone(toy: Toy) -> None:
    """An all-or-nothing call with one bad row of ten costs eight requests more, not ten."""
    values = ["x"] * 10
    values[3] = "bad"
    frame_of(toy, "records.create", table(values))
    assert len(toy.requests) <= 9


def test_progress_counts_rows_and_frame_has_each_its_own(toy: Toy) -> None:
    """A run of bulk calls is told in rows; a row's attempts, status and response are its own."""
    told: list[tuple[int, int | None]] = []
    with tempfile.TemporaryDirectory() as home, ps.Workbench(home=home, share_limits=False) as bench:
        run = start(
            bench, toy, "contacts.create", table(["x", "bad"] * 10), on_progress=lambda *at: told.append(at)
        )
        frame = run.frame()
        assert (run.progress.done, run.progress.failed, run.progress.total) == (10, 10, 20)
    assert told[-1] == (20, 20)
    assert frame["response"][2]["id"] == "id-r2" and frame["attempts"].tolist() == [1] * 20


def test_rows_that_share_nothing_do_not_go_together(toy: Toy) -> None:
    """Rows of two tables go in two calls, each to its own."""
    rows = table(["x"] * 12).assign(table=["t1", "t2"] * 6)
    with tempfile.TemporaryDirectory() as home, ps.Workbench(home=home, share_limits=False) as bench:
        bench.batch(connected(bench, toy)["records.create"], rows, key="row").wait()
    assert sorted(toy.requests) == ["POST /tables/t1/many", "POST /tables/t2/many"]
    assert set(toy.counted("records t1")) == set(rows[rows["table"] == "t1"]["row"])


def test_a_call_holds_no_more_bytes_than_it_may(toy: Toy) -> None:
    """Ten rows of 900 bytes take three calls where 4,000 bytes are the most, and one of 5,000 goes by itself."""
    values = ["x" * 900] * 10 + ["y" * 5000]
    frame = frame_of(toy, "records.create", table(values))
    assert set(frame["status"]) == {"done"}
    assert max(toy.items) <= 4 and sum(toy.items) == 10
    assert toy.requests.count("POST /tables/t1") == 1


def test_what_the_bulk_call_cannot_say_goes_by_itself(toy: Toy) -> None:
    """A row whose item is None is a single call, and so is one that is left over alone."""
    frame = frame_of(toy, "settings.put", table(["alone", *["x"] * 11]))
    assert set(frame["status"]) == {"done"}
    assert toy.items == [10] and sorted(toy.requests)[1:] == ["PUT /settings/r0", "PUT /settings/r11"]


def test_a_stream_goes_together_too(toy: Toy) -> None:
    """Rows of a generator are grouped as they come, the rest at its end."""
    rows = ({"row": f"r{number}", "value": "x"} for number in range(23))
    frame = frame_of(toy, "contacts.create", rows, chunk_size=4)
    assert set(frame["status"]) == {"done"} and sorted(toy.items) == [3, 10, 10]


def test_bulk_takes_three_values(toy: Toy) -> None:
    """Anything but "auto", "job" and False is refused, and so is a job where there is none."""
    for bulk in (True, None, "yes", 0, 1):
        with pytest.raises(ps.UsageError, match="bulk is"):
            frame_of(toy, "contacts.create", table(["x"]), bulk=bulk)
    with pytest.raises(ps.UsageError, match="no job") as refused:
        frame_of(toy, "contacts.create", table(["x"]), bulk="job")
    assert "renders.create" in str(refused.value)
    assert toy.requests == []


def test_an_estimate_counts_bulk_requests(toy: Toy, workbench: ps.Workbench) -> None:
    """1,000 rows in tens are 100 requests; with bulk=False they are 1,000."""
    operation = connected(workbench, toy)["contacts.create"]
    made = workbench.estimate(operation, 1000)
    assert made.requests == 100 and made.rows == 1000 and "contacts.create_many" in repr(made)
    assert workbench.estimate(operation, 1000, bulk=False).requests == 1000
    assert workbench.estimate(operation, 1).requests == 1


@SLOW
@given(call=ANY_CALL, values=VALUES)
def test_the_same_effects_as_single_calls(call: str, values: list[str]) -> None:
    """Whatever the rows, bulk calls have the effects, states and responses that single calls have."""
    frames, effects = [], []
    for bulk in ("auto", False):
        with Toy() as toy:
            frames.append(frame_of(toy, call, table(values), bulk=bulk))
            effects.append(toy.counted(KINDS[call][0]))
    together, single = frames
    assert effects[0] == effects[1]
    for column in ("status", "error_type"):
        assert list(together[column]) == list(single[column])
    for n, value in enumerate(values):
        if value != "bad":
            assert together["response"][n]["id"] == single["response"][n]["id"] == f"id-r{n}"


@SLOW
@given(call=ANY_CALL, values=VALUES, faults=FAULTS)
def test_faults_cost_no_row(call: str, values: list[str], faults: list[str]) -> None:
    """Under 429, 500 and cut connections no effect happens twice, and the uncertain rows are all listed."""
    with (
        Toy() as toy,
        tempfile.TemporaryDirectory() as home,
        ps.Workbench(home=home, share_limits=False) as bench,
    ):
        toy.faults = list(faults)
        run = start(bench, toy, call, table(values), concurrency=2)
        run.wait()
        if call in IDEMPOTENT:
            toy.faults = []
            run.retry_failed().wait()
        judge(toy, call, values, run.frame())


_BULKS = st.lists(st.sampled_from(["auto", "auto", False]), min_size=4, max_size=4)


@SLOW
@given(call=ANY_CALL, values=VALUES, faults=FAULTS, deaths=DEATHS, bulks=_BULKS)
@example("charges.create", ["x", "x"], [], [("before", 3)], [False, *["auto"] * 3])
@example("charges.create", [*["x"] * 11, "bad"], [], [("before", 3)], ["auto"] * 4)
@example("charges.create", [*["x"] * 10, "bad", "x"], ["", "500"], [("before", 6)], ["auto"] * 4)
@example("charges.create", ["x"] * 33, ["drop_after_effect"] * 2, [("after", 4)], ["auto"] * 4)
@example(
    "charges.create",
    ["x"] * 33,
    ["drop_after_effect", "", "429"],
    [("after", 6)],
    ["auto", False, False, False],
)
def test_death_at_any_transaction_costs_no_row(
    call: str, values: list[str], faults: list[str], deaths: list[tuple[str, int]], bulks: list[Any]
) -> None:
    """Killed at any transaction, under faults, and taken up in another order: the promise holds for every row."""
    with Toy() as toy, tempfile.TemporaryDirectory() as home:
        toy.faults = list(faults)
        frame = die_and_go_on(toy, home, call, values, deaths, bulks)
        judge(toy, call, values, frame)


@pytest.mark.parametrize("call", ["contacts.create", "charges.create"])
def test_the_controls_fail(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without intents, or with another key for the same rows after a resume, an effect happens twice: the judge can tell."""
    if call == "contacts.create":

        async def no_intent(self: Group, attempt: int, request: object) -> None:
            pass

        monkeypatch.setattr(Group, "intent", no_intent)
    else:
        numbers = iter(range(10**6))
        module = importlib.import_module("penstock.batch.bulk")
        monkeypatch.setattr(module, "derive_group_key", lambda *_: f"key-{next(numbers)}")
    found = 0
    for left in range(1, 8):
        with Toy() as toy, tempfile.TemporaryDirectory() as home:
            die_and_go_on(toy, home, call, ["x"] * 33, [("before", left)], ["auto"] * 2)
            found += max(toy.counted(KINDS[call][0]).values()) > 1
    assert found


def test_a_group_in_doubt_is_sent_again_as_it_was(toy: Toy) -> None:
    """Rows that went together go together after a crash, in the same bytes under the same key, before anybody else."""
    toy.faults = ["drop_after_effect"] * 50
    with tempfile.TemporaryDirectory() as home:
        with ps.Workbench(home=home, share_limits=False) as bench:
            run = start(bench, toy, "charges.create", table(["x"] * 20), name="same", concurrency=1)
            run.wait()
            listed = run.uncertain()
            assert set(listed["status"]) == {"uncertain"} and len(set(listed["idempotency_key"])) == 2
            assert listed["hint"][0].startswith("It may have happened, and it is safe")
        keys = set(toy.answers)
        assert keys == set(listed["idempotency_key"])
        toy.faults = []
        with ps.Workbench(home=home, share_limits=False) as bench:
            rows = table(["x"] * 20).sample(frac=1, random_state=3)
            frame = start(bench, toy, "charges.create", rows, name="same").frame()
    assert set(frame["status"]) == {"done"} and set(toy.answers) == keys
    assert toy.counted("charges") == dict.fromkeys(frame["row"], 1)


def test_a_group_that_lost_a_row_is_not_sent_again(toy: Toy) -> None:
    """Where one row of a group in doubt has changed since, the others are uncertain: no key fits them any more."""
    toy.faults = ["drop_after_effect"] * 50
    with tempfile.TemporaryDirectory() as home:
        with ps.Workbench(home=home, share_limits=False) as bench:
            start(bench, toy, "charges.create", table(["x"] * 10), name="less").wait()
        toy.faults = []
        with ps.Workbench(home=home, share_limits=False) as bench:
            rows = table(["y", *["x"] * 9])
            frame = start(bench, toy, "charges.create", rows, name="less", changed="new").frame()
    assert list(frame["status"]) == ["done", *["uncertain"] * 9]
    assert toy.counted("charges")["r0"] == 2 and sum(toy.counted("charges").values()) == 11


def test_what_may_have_happened_does_not_fail_for_a_later_refusal(toy: Toy) -> None:
    """A lost answer and then only 429s leave a row uncertain, not failed: it is sent again under its old key, once."""
    toy.faults = ["drop_after_effect", "429", "429"]
    with tempfile.TemporaryDirectory() as home, ps.Workbench(home=home, share_limits=False) as bench:
        run = start(bench, toy, "charges.create", table(["x"]), bulk=False)
        assert list(run.frame()["status"]) == ["uncertain"]
        assert list(run.retry_failed().frame()["status"]) == ["done"]
    assert toy.counted("charges") == {"r0": 1} and len(toy.answers) == 1


def test_a_ledger_of_an_older_penstock_is_read(tmp_path: Path) -> None:
    """A ledger from before bulk calls is brought up to date when it is read, and its rows went alone."""
    connection = open_sqlite(tmp_path / "old.ledger", MIGRATIONS[:1])
    connection.execute(
        "INSERT INTO lines (line, key, position, pass, state, row_hash, row) VALUES (1, 'k', 0, 1, 'done', x'00', '{}')"
    )
    connection.close()
    assert [(line.key, line.bulk) for line in read_lines(tmp_path / "old.ledger")] == [("k", None)]


def test_a_name_is_of_rows_and_order() -> None:
    """The same rows in the same order have the same name; another order, generation or secret has another."""
    rows = [("a", 0), ("b", 0)]
    names = {
        name_group(b"s", "call", rows),
        name_group(b"s", "call", rows[::-1]),
        name_group(b"t", "call", rows),
        name_group(b"s", "call", [("a", 1), ("b", 0)]),
        name_group(b"s", "call", [("a\x000", 0), ("b", 0)]),
    }
    assert len(names) == 5 and name_group(b"s", "call", iter(rows)) in names
