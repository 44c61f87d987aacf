"""A run as a person uses it: rows in, rows out, and what bad input is told. The other side is the sandbox."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import penstock as ps
from penstock.batch.progress import Progress

FAST = ps.RetryPolicy(attempts=4, wait_initial=0.01, wait_max=0.05)
NO_LIMIT = ps.Limit(100_000, per=1.0)


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    sandbox = ps.Sandbox(limits=False, seed=3, names=["stripe", "github"]).start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def stripe(workbench: ps.Workbench, server: Any) -> ps.Connection:
    server.set_faults({})
    server.clear_log()
    return workbench.connect("stripe", sandbox=server, retry=FAST, limit=NO_LIMIT)


def customers(count: int = 20) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": [f"c{n}" for n in range(count)], "email": [f"u{n}@example.com" for n in range(count)]}
    )


def keyed(*keys: Any) -> pd.DataFrame:
    return customers(len(keys)).assign(customer_id=list(keys))


def created(server: Any) -> list[str]:
    return [
        record["effect"]["key"]["email"]
        for record in server.log()
        if record["effect"] and record["effect"]["kind"] == "customers.create"
    ]


def test_rows_come_back_with_what_became_of_them(workbench: ps.Workbench, stripe: ps.Connection) -> None:
    """The frame has the input's columns and index, in order, and six more."""
    rows = customers().set_index(pd.Index(range(100, 120)))
    frame = workbench.batch(stripe.customers.create, rows, key="customer_id").frame()
    assert list(frame.columns) == [
        *rows.columns,
        "status",
        "attempts",
        "elapsed_s",
        "error_type",
        "error",
        "response",
    ]
    assert list(frame.index) == list(rows.index) and list(frame["email"]) == list(rows["email"])
    assert set(frame["status"]) == {"done"}
    assert [response["email"] for response in frame["response"]] == list(rows["email"])


def test_columns_of_the_response_can_be_picked(workbench: ps.Workbench, stripe: ps.Connection) -> None:
    """columns={"stripe_id": "response.id"} takes the id and leaves the rest out."""
    frame = workbench.batch(stripe.customers.create, customers(3), key="customer_id").frame(
        {"stripe_id": "response.id"}
    )
    assert frame["stripe_id"].str.startswith("cus_").all() and "response" not in frame


def test_the_same_cell_again_sends_nothing(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """The same name and rows go on with the same run: nobody is created twice."""
    for _ in range(2):
        workbench.batch(stripe.customers.create, customers(), key="customer_id", name="july").wait()
    assert len(created(server)) == 20


def test_a_shuffled_frame_is_the_same_run(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """Rows are known by their key, not by their place."""
    rows = customers()
    workbench.batch(stripe.customers.create, rows, key="customer_id", name="july").wait()
    shuffled = rows.sample(frac=1, random_state=1)
    frame = workbench.batch(stripe.customers.create, shuffled, key="customer_id", name="july").frame()
    assert len(created(server)) == 20
    assert [response["email"] for response in frame["response"]] == list(shuffled["email"])


@pytest.mark.parametrize(
    "make",
    [
        pl.from_pandas,
        lambda rows: pl.from_pandas(rows).lazy(),
        pa.Table.from_pandas,
        lambda rows: rows.to_dict("records"),
        lambda rows: (row for row in rows.to_dict("records")),
        lambda rows: iter(rows.to_dict("records")),
    ],
    ids=["polars", "polars-lazy", "arrow", "list", "generator", "iterator"],
)
def test_rows_of_any_kind(workbench: ps.Workbench, stripe: ps.Connection, server: Any, make: Any) -> None:
    """Polars, Arrow, lists and generators give the same result as pandas."""
    frame = workbench.batch(stripe.customers.create, make(customers(7)), key="customer_id").frame()
    assert isinstance(frame, pd.DataFrame)
    assert sorted(frame["email"]) == sorted(created(server)) and set(frame["status"]) == {"done"}


def test_an_async_iterator_is_read_as_it_goes(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """An async iterator is never gathered: rows are sent before it ends."""
    seen: list[int] = []

    async def rows() -> AsyncIterator[dict[str, str]]:
        for n in range(30):
            if n == 20:
                while len(created(server)) < 5:  # noqa: ASYNC110 - the log is another thread's
                    await asyncio.sleep(0.01)
                seen.append(len(created(server)))
            yield {"customer_id": f"c{n}", "email": f"u{n}@example.com"}

    workbench.batch(stripe.customers.create, rows(), key="customer_id", chunk_size=5).wait()
    assert len(created(server)) == 30 and seen[0] < 30


def test_other_kinds_of_frame_come_back_when_asked(workbench: ps.Workbench, stripe: ps.Connection) -> None:
    """frame(kind=...) gives polars and Arrow."""
    run = workbench.batch(stripe.customers.create, customers(3), key="customer_id")
    assert isinstance(run.frame(kind="polars"), pl.DataFrame) and isinstance(
        run.frame(kind="arrow"), pa.Table
    )
    with pytest.raises(ps.UsageError):
        run.frame(kind="spark")


def test_a_column_called_status_keeps_its_name(workbench: ps.Workbench, stripe: ps.Connection) -> None:
    """An input column of a result's name stays; the result's gets a prefix."""
    rows = customers(2).assign(status=["gold", "silver"])
    frame = workbench.batch(stripe.customers.create, rows, key="customer_id").frame()
    assert list(frame["status"]) == ["gold", "silver"] and set(frame["run_status"]) == {"done"}


def test_an_empty_frame_gives_an_empty_result(workbench: ps.Workbench, stripe: ps.Connection) -> None:
    """No rows: the right columns, no error, no request."""
    frame = workbench.batch(stripe.customers.create, customers(0), key="customer_id").frame()
    assert len(frame) == 0 and {"customer_id", "email", "status", "response"} <= set(frame.columns)
    assert len(workbench.batch(stripe.customers.create, [], key="customer_id").frame()) == 0


# Bad input: refused before anything is sent


@pytest.mark.parametrize(
    ("rows", "options", "error", "said"),
    [
        (keyed("a", "a", "b", "b", "b", "c"), {"key": "customer_id"}, ps.RowsRefused, "'a' (2 times), 'b' (3 times)"),
        (keyed("a", None, "b", float("nan")), {"key": "customer_id"}, ps.RowsRefused, "position 1, 3"),
        (customers(4), {"key": "costumer_id"}, ps.UnknownName, "customer_id"),
        (customers(4), {"key": "customer_id", "parameters": {"email": "mail"}}, ps.UnknownName, "email"),
        (customers(4), {"key": "customer_id", "concurrency": 0}, ps.UsageError, "1 to 50"),
        (customers(4), {"key": "customer_id", "concurrency": 51}, ps.UsageError, "1 to 50"),
        (customers(4), {"key": "customer_id", "on_error": "ignore"}, ps.UsageError, "continue"),
        (customers(4), {"key": "customer_id", "chunk_size": 0}, ps.UsageError, "chunk_size"),
        (customers(4).rename(columns={"email": "Mail"}), {"key": "customer_id"}, ps.RowsRefused, "Parameters:"),
        ("customers.csv", {}, ps.RowsRefused, "read_csv"),
        ({"email": ["a"]}, {}, ps.RowsRefused, "not rows"),
        (7, {}, ps.RowsRefused, "no rows"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(
    workbench: ps.Workbench,
    stripe: ps.Connection,
    server: Any,
    rows: Any,
    options: dict[str, Any],
    error: type[Exception],
    said: str,
) -> None:
    """Rows and options that cannot be right are refused with what to do, and nothing is sent."""
    with pytest.raises(error) as caught:
        workbench.batch(stripe.customers.create, rows, **options)
    assert said in str(caught.value)
    assert created(server) == []


def test_a_missing_required_parameter_is_refused_before_anything_is_sent(
    workbench: ps.Workbench, stripe: ps.Connection
) -> None:
    """A frame without a column for a required parameter does not start."""
    with pytest.raises(ps.CallRefused, match="currency"):
        workbench.batch(
            stripe.prices.create, pd.DataFrame({"id": [1], "unit_amount": [5], "product": ["p"]}), key="id"
        )


def test_nan_where_a_parameter_is_required_fails_that_row_only(
    workbench: ps.Workbench, stripe: ps.Connection
) -> None:
    """A NaN in a required parameter fails its row, unsent, with the parameter's name; the others are done."""
    product = stripe.products.create(name="Tea")["id"]
    rows = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "unit_amount": [500, 600, 700],
            "currency": ["eur", None, "usd"],
            "product": product,
        }
    )
    frame = workbench.batch(stripe.prices.create, rows, key="id").frame()
    assert list(frame["status"]) == ["done", "failed", "done"]
    assert "currency" in frame["error"][1] and frame["attempts"][1] == 0


def test_repeated_keys_in_a_stream_stop_it_with_what_is_done_kept(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """A generator's repeated key is found when it comes; rows done before are kept."""
    keys = [f"c{n}" for n in range(10)] + ["c3"]
    run = workbench.batch(
        stripe.customers.create,
        ({"customer_id": k, "email": f"{k}@x.org"} for k in keys),
        key="customer_id",
        chunk_size=5,
    )
    with pytest.raises(ps.RowsRefused, match="c3"):
        run.wait()
    assert (
        set(run.frame(partial=True)["status"]) == {"done"}
        and max(map(created(server).count, created(server))) == 1
    )


def test_a_changed_frame_under_the_same_name_is_refused(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """Changed, vanished and added rows are named; changed="new" takes them on under new keys."""
    rows = customers(5)
    workbench.batch(stripe.customers.create, rows, key="customer_id", name="july").wait()
    changed = rows.assign(email=[*rows["email"][:4], "other@example.com"])
    with pytest.raises(ps.RowsChanged, match="c4"):
        workbench.batch(stripe.customers.create, changed, key="customer_id", name="july")
    with pytest.raises(ps.RowsChanged, match="c4"):
        workbench.batch(stripe.customers.create, rows[:4], key="customer_id", name="july")
    with pytest.raises(ps.RowsChanged, match="6 rows now, 5 before"):
        workbench.batch(stripe.customers.create, customers(6), key="customer_id", name="july")
    with pytest.raises(ps.RowsChanged, match="another"):
        workbench.batch(stripe.products.create, customers(5).assign(name="x"), key="customer_id", name="july")
    assert len(created(server)) == 5
    frame = workbench.reopen("july", rows=changed, call=stripe.customers.create, changed="new").frame()
    assert set(frame["status"]) == {"done"} and len(created(server)) == 6


# Functions of a row


def test_functions_of_a_row(workbench: ps.Workbench) -> None:
    """Plain functions run on threads and may block; async ones on the engine; their results are kept."""
    barrier = threading.Barrier(4, timeout=20)

    def plain(row: dict[str, Any]) -> dict[str, int]:
        barrier.wait()  # passes only if four rows run at once
        return {"twice": row["n"] * 2}

    async def nimble(row: dict[str, Any]) -> int:
        await asyncio.sleep(0)
        return row["n"] + 1

    rows = [{"n": n} for n in range(8)]
    assert [r["twice"] for r in workbench.batch(plain, rows, concurrency=4).frame()["response"]] == [
        n * 2 for n in range(8)
    ]
    assert list(workbench.batch(nimble, rows).frame()["response"]) == list(range(1, 9))
    assert list(workbench.batch(lambda value: value + 1, range(5)).frame()["response"]) == [1, 2, 3, 4, 5]


def test_what_functions_may_do_wrong(workbench: ps.Workbench) -> None:
    """A function that raises, returns a coroutine or what JSON cannot hold, concerns its own row only."""

    async def forgotten(row: dict[str, Any]) -> Any:
        return asyncio.sleep(0)

    def odd(row: dict[str, Any]) -> Any:
        if row["n"] == 0:
            raise ZeroDivisionError("division by zero")
        return object() if row["n"] == 1 else {"at": datetime(2026, 11, 1)}

    frame = workbench.batch(odd, [{"n": n} for n in range(3)]).frame()
    assert list(frame["status"]) == ["failed", "done", "done"]
    assert frame["error_type"][0] == "ZeroDivisionError" and "division" in frame["error"][0]
    assert frame["error_type"][1] == "ResultNotJson" and "object" in frame["response"][1]
    assert frame["response"][2] == {"at": "2026-11-01T00:00:00"}
    frame = workbench.batch(forgotten, [{"n": 1}]).frame()
    assert frame["status"][0] == "failed" and "await" in str(
        workbench.batch(forgotten, [{"n": 1}], name="f").wait().failures()["hint"][0]
    )


def test_neither_an_operation_nor_a_function_is_refused(workbench: ps.Workbench) -> None:
    """batch says what it can call."""
    with pytest.raises(ps.UsageError, match="function of a row"):
        workbench.batch("customers.create", customers(1))  # type: ignore[arg-type]


# Failing, pausing, cancelling, going on


def test_failed_rows_are_told_and_tried_again(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """Rows the service refuses are failed with its words; retry_failed sends them and only them."""
    rows = customers(6).assign(email=[*(f"u{n}@example.com" for n in range(5)), "not-an-address"])
    run = workbench.batch(stripe.customers.create, rows, key="customer_id").wait()
    failures = run.failures()
    assert list(failures["key"]) == ["c5"] and failures["error_type"][0] == "Invalid" and failures["hint"][0]
    before = len(server.log())
    run.retry_failed().wait()
    assert len(server.log()) == before + 1
    summary = run.summary().set_index("status")
    assert summary.loc["done", "rows"] == 5 and summary.loc["failed", "rows"] == 1


def test_pause_holds_and_resume_goes_on(workbench: ps.Workbench, stripe: ps.Connection, server: Any) -> None:
    """While a run is paused nothing leaves; resumed, it ends with every row done."""
    server.set_faults({"slow": 1.0, "slow_s": 0.05})
    run = workbench.batch(stripe.customers.create, customers(60), key="customer_id", concurrency=3)
    until(lambda: run.progress.done >= 3)
    run.pause()
    until(lambda: run.progress.state == "paused" and run.progress.in_flight <= 3 and settled(server))
    sent = len(server.log())
    assert not run.is_finished and sent < 60
    until(lambda: settled(server))
    assert len(server.log()) == sent
    server.set_faults({})
    run.resume().wait()
    assert run.progress.done == 60 and len(created(server)) == 60


def settled(server: Any) -> bool:
    before = len(server.log())
    threading.Event().wait(0.3)
    return len(server.log()) == before


def test_cancel_keeps_what_is_done_and_the_cell_goes_on(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """A cancelled run keeps its rows; run again it goes on and creates nobody twice."""
    server.set_faults({"slow": 1.0, "slow_s": 0.02})
    run = workbench.batch(
        stripe.customers.create, customers(100), key="customer_id", name="july", concurrency=4
    )
    until(lambda: run.progress.done >= 5)
    run.cancel().wait()
    frame = run.frame()
    assert run.progress.state == "cancelled"
    assert 5 <= (frame["status"] == "done").sum() < 100 and set(frame["status"]) == {"done", "pending"}
    server.set_faults({})
    assert set(
        workbench.batch(stripe.customers.create, customers(100), key="customer_id", name="july").frame()[
            "status"
        ]
    ) == {"done"}
    assert sorted(created(server)) == sorted(set(created(server))) and len(created(server)) == 100


def test_stop_at_the_first_error(workbench: ps.Workbench) -> None:
    """on_error="stop" ends the run at the first row that fails; the rest stays pending."""

    def fussy(n: int) -> int:
        if n == 3:
            raise ValueError("three")
        return n

    frame = workbench.batch(fussy, range(100), concurrency=1, on_error="stop").frame()
    assert list(frame["status"][:5]) == ["done", "done", "done", "failed", "pending"]


def test_uncertain_rows_are_held_and_reconciled(workbench: ps.Workbench, server: Any) -> None:
    """Without a key a lost answer is uncertain; a look-up settles it, found as done, not found as failed."""
    server.set_faults({})
    server.clear_log()
    github = workbench.connect("github", sandbox=server, retry=FAST, limit=NO_LIMIT)
    owner, repo = next((r["owner"]["login"], r["name"]) for r in github.repos.list_for_user.all(max_items=1))
    server.set_faults(
        {
            "script": [
                {"match": "POST /github/repos/*", "fault": "drop_after_effect", "times": 2},
                {"match": "POST /github/repos/*", "fault": "drop", "times": 1},
            ]
        }
    )
    rows = pd.DataFrame({"title": [f"t{n}" for n in range(6)], "owner": owner, "repo": repo})
    run = workbench.batch(github.issues.create, rows, key="title", name="issues", concurrency=1).wait()
    doubtful = run.uncertain()
    assert len(doubtful) == 3 and doubtful["request_hash"].notna().all() and doubtful["sent_at"].notna().all()
    titles = {
        r["effect"]["key"]["title"]: r["effect"]["id"]
        for r in server.log()
        if r["effect"] and r["effect"]["kind"] == "issues.create"
    }
    run.reconcile(lambda row: {"number": titles[row["title"]]} if row["title"] in titles else None)
    frame = run.frame()
    assert (frame["status"] == "done").sum() == 5 and (frame["status"] == "failed").sum() == 1
    server.set_faults({})
    run.retry_failed().wait()
    assert run.progress.done == 6
    made = [
        r["effect"]["key"]["title"]
        for r in server.log()
        if r["effect"] and r["effect"]["kind"] == "issues.create"
    ]
    assert sorted(made) == sorted(set(made)) == [f"t{n}" for n in range(6)]


def test_a_refused_credential_parks_the_run(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """When the key is revoked in the middle, the run waits for a sign-in, fails no row, and goes on by itself."""
    server.set_faults({"slow": 1.0, "slow_s": 0.02})
    run = workbench.batch(stripe.customers.create, customers(60), key="customer_id", concurrency=4)
    until(lambda: run.progress.done >= 5)
    server.set_faults({"revoke": "stripe"})
    until(lambda: run.progress.waiting_on == "sign-in")
    assert run.progress.failed == 0
    server.set_faults({"restore": "stripe"})
    stripe.use_credential({"token": ps.Secret(next(iter(server.credential("stripe").values())))})
    run.wait(60)
    assert run.progress.done == 60 and len(created(server)) == 60


def test_progress_is_told(workbench: ps.Workbench, stripe: ps.Connection) -> None:
    """on_progress hears the end; one that raises is told and never fatal; watchers get the final state."""
    heard: list[tuple[int, int | None]] = []
    run = workbench.batch(
        stripe.customers.create,
        customers(),
        key="customer_id",
        on_progress=lambda done, total: heard.append((done, total)),
    )
    watched: list[Progress] = []
    run.watch(watched.append)
    run.wait()
    until(lambda: watched[-1].is_finished)
    assert heard[-1] == (20, 20) and watched[-1].done == 20

    def broken(done: int, total: int | None) -> None:
        raise RuntimeError("my bug")

    run = workbench.batch(
        stripe.customers.create, customers(), key="customer_id", name="again", on_progress=broken
    ).wait()
    assert run.progress.done == 20 and "my bug" in str(run.progress.note)


def test_a_generator_that_raises_loses_nothing(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """An exception in the rows ends the run with that exception; what was read before is done."""

    def rows() -> Iterator[dict[str, str]]:
        for n in range(10):
            yield {"customer_id": f"c{n}", "email": f"u{n}@example.com"}
        raise OSError("the file ends here")

    run = workbench.batch(stripe.customers.create, rows(), key="customer_id", chunk_size=5)
    with pytest.raises(OSError, match="ends here"):
        run.wait()
    assert (run.frame(partial=True)["status"] == "done").sum() >= 5


# Files


def test_a_read_only_home_refuses_to_start(tmp_path: Path, server: Any) -> None:
    """Where the ledger cannot be written, the run does not start and says how to go on."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with ps.Workbench(home=blocked) as bench:
        stripe = bench.connect("stripe", sandbox=server, limit=NO_LIMIT)
        with pytest.raises(ps.DiskFull, match="PENSTOCK_HOME"):
            bench.batch(stripe.customers.create, customers(), key="customer_id")


def test_a_full_disk_pauses_and_loses_nothing(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fills up, nothing more is sent; with room again the run goes on by itself, nobody twice."""
    import sqlite3

    from penstock.batch import ledger, runner

    monkeypatch.setattr(runner, "DISK_RETRY_S", 0.05)
    full = threading.Event()
    write = ledger.Ledger._write

    def limited(self: ledger.Ledger, groups: dict[str, list[Any]]) -> None:
        if full.is_set():
            raise sqlite3.OperationalError("database or disk is full")
        write(self, groups)

    monkeypatch.setattr(ledger.Ledger, "_write", limited)
    server.set_faults({"slow": 1.0, "slow_s": 0.02})
    run = workbench.batch(
        stripe.customers.create, customers(60), key="customer_id", name="full", concurrency=4
    )
    until(lambda: run.progress.done >= 5)
    full.set()
    until(lambda: run.progress.waiting_on == "disk" and settled(server))
    sent = len(server.log())
    assert settled(server) and len(server.log()) == sent
    full.clear()
    run.wait(60)
    assert run.progress.done == 60 and run.progress.failed == 0 and len(created(server)) == 60
    assert set(workbench.reopen("full").frame()["status"]) == {"done"}


def test_a_damaged_ledger_is_refused_with_the_way_to_recover(
    workbench: ps.Workbench, stripe: ps.Connection
) -> None:
    """A ledger with torn pages is not used; the message has the path and what to do."""
    workbench.batch(stripe.customers.create, customers(), key="customer_id", name="july").wait()
    path = workbench.home / "runs" / "july.ledger"
    content = bytearray(path.read_bytes())
    content[100:3000] = b"\xff" * 2900
    path.write_bytes(bytes(content))
    with pytest.raises(ps.LedgerDamaged) as caught:
        workbench.batch(stripe.customers.create, customers(), key="customer_id", name="july")
    assert str(path) in str(caught.value) and "recover" in str(caught.value)
    assert "damaged" in str(workbench.runs()["state"][0])


def test_runs_are_listed_and_reopened(workbench: ps.Workbench, stripe: ps.Connection) -> None:
    """ps.runs() has every run; reopen gives its frame without its rows; an unknown name says the nearest."""
    workbench.batch(stripe.customers.create, customers(4), key="customer_id", name="july-import").wait()
    runs = workbench.runs()
    assert list(runs["name"]) == ["july-import"] and runs["done"][0] == 4 and runs["state"][0] == "finished"
    again = workbench.reopen("july-import")
    assert list(again.frame()["email"]) == list(customers(4)["email"]) and "4/4" in repr(again)
    with pytest.raises(ps.UnknownName, match="july-import"):
        workbench.reopen("july-imort")


def test_the_second_start_in_one_process_is_told(
    workbench: ps.Workbench, stripe: ps.Connection, server: Any
) -> None:
    """The same run cannot be started twice at once."""
    server.set_faults({"slow": 1.0, "slow_s": 0.05})
    run = workbench.batch(
        stripe.customers.create, customers(40), key="customer_id", name="july", concurrency=2
    )
    with pytest.raises(ps.UsageError, match="under way"):
        workbench.batch(stripe.customers.create, customers(40), key="customer_id", name="july")
    run.cancel().settle(30)


def test_big_bodies_come_through(workbench: ps.Workbench) -> None:
    """A result of ten megabytes is kept whole."""
    frame = workbench.batch(lambda row: {"text": "x" * 10_000_000}, [{"n": 1}]).frame()
    assert len(frame["response"][0]["text"]) == 10_000_000


def test_an_expired_key_is_never_resent(workbench: ps.Workbench, stripe: ps.Connection) -> None:
    """A row first sent longer ago than the service remembers its key is uncertain, as is one from a clock's future."""
    from dataclasses import replace

    from penstock.batch.intake import may_resend
    from penstock.batch.ledger import Line
    from penstock.batch.targets import OperationTarget

    target = OperationTarget(stripe.client, stripe.customers.create.operation)
    line = Line(
        1, "k", 0, 1, 0, "sent", 1, b"", "{}", b"h", 1000.0, 1000.0, None, None, None, None, None, None
    )
    day = 86400.0
    assert may_resend(target, line, 1000.0 + 3600)
    assert not may_resend(target, line, 1000.0 + day)
    assert not may_resend(target, line, 1000.0 + day - 1800)
    assert not may_resend(
        target, line, 1000.0 - 7200
    )  # the clock jumped back: nobody knows how old the key is
    assert may_resend(target, replace(line, first_at=None), 0.0)


def test_awaiting_a_run(workbench: ps.Workbench, stripe: ps.Connection) -> None:
    """`await run` works on any loop."""

    async def main() -> int:
        run = await workbench.batch(stripe.customers.create, customers(5), key="customer_id")
        return run.progress.done

    assert asyncio.run(main()) == 5


def test_frames_come_in_chunks(workbench: ps.Workbench) -> None:
    """frames(size) yields every row once."""
    run = workbench.batch(lambda n: n, range(25))
    assert [len(frame) for frame in run.frames(10)] == [10, 10, 5]


def test_messy_text_survives(workbench: ps.Workbench, stripe: ps.Connection, server: Any) -> None:
    """Odd unicode, lone surrogates included, neither breaks the ledger nor the request."""
    names = [
        "Zoë",
        "李雷",
        "🦄",
        "a\u0000b",
        "\ud800 lone",
        "x" * 500,
        "Robert'); DROP TABLE",
        "<img onerror=alert(1)>",
    ]
    rows = [{"customer_id": number, "name": name} for number, name in enumerate(names)]
    frame = workbench.batch(stripe.customers.create, rows, key="customer_id").frame()
    assert len(frame) == len(names) and (frame["status"] != "pending").all()
    assert frame["response"][0]["name"] == "Zoë" and json.dumps(frame["error"][4]) is not None


def until(condition: Any, seconds: float = 20.0) -> None:
    """Wait until something is so; fail when it does not become so."""
    import time

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not become so in time"
        time.sleep(0.01)
