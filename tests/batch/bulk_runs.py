"""Runs of the toy service for the tests of bulk calls and jobs: started, killed at a transaction, and judged by its log."""

from __future__ import annotations

import sqlite3
import tempfile
from typing import Any

import pandas as pd
from bulk_toy import CALLS, INTEGRATION, Toy
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import penstock as ps
from penstock.batch import ledger

FAST = ps.RetryPolicy(attempts=3, wait_initial=0.001, wait_max=0.002)
CALM = ps.BreakerPolicy(minimum_calls=10**6)
KINDS = {
    "contacts.create": ("contacts", None),
    "records.create": ("records t1", {"table": "t1"}),
    "objects.create": ("objects Lead", {"kind": "Lead"}),
    "settings.put": ("settings", None),
    "charges.create": ("charges", None),
    "renders.create": ("renders", None),
    "prints.create": ("prints", None),
}
IDEMPOTENT = ("settings.put", "charges.create")


VALUES = st.lists(st.sampled_from(["x", "x", "x", "bad"]), min_size=1, max_size=33)
FAULTS = st.lists(st.sampled_from(["", "", "429", "500", "drop", "drop_after_effect"]), max_size=8)
ANY_CALL = st.sampled_from(CALLS)
SLOW = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


DEATHS = st.lists(st.tuples(st.sampled_from(["before", "after"]), st.integers(1, 12)), min_size=1, max_size=3)


def table(values: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"row": [f"r{number}" for number in range(len(values))], "value": values})


def connected(bench: ps.Workbench, toy: Toy) -> ps.Connection:
    bench.register(INTEGRATION)
    return bench.connect(
        "toy",
        base_url=toy.url,
        credential={"token": ps.Secret("toy-token-0001")},
        retry=FAST,
        breaker=CALM,
    )


def start(bench: ps.Workbench, toy: Toy, call: str, rows: Any, **options: Any) -> ps.Run:
    shared = KINDS[call][1] or {}
    parameters = {
        "row": "row",
        "value": "value",
        **{name: lambda row, value=value: value for name, value in shared.items()},
    }
    return bench.batch(connected(bench, toy)[call], rows, key="row", parameters=parameters, **options)


def frame_of(toy: Toy, call: str, rows: Any, **options: Any) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as home, ps.Workbench(home=home, share_limits=False) as bench:
        return start(bench, toy, call, rows, **options).frame()


def judge(toy: Toy, call: str, values: list[str], frame: pd.DataFrame) -> None:
    """Hold the ledger's promise for each row against the server's log."""
    effects = toy.counted(KINDS[call][0])
    status = dict(zip(frame["row"], frame["status"], strict=True))
    assert set(status) == set(table(values)["row"])
    bad = {f"r{n}" for n, value in enumerate(values) if value == "bad"}
    assert not bad & set(effects)
    if call != "settings.put":  # there a second effect is the same as the first
        assert max(effects.values(), default=0) <= 1, "an effect happened twice"
    for row, state in status.items():
        if state == "done":
            assert effects[row] >= 1, f"{row} is said to be done"
        if effects[row]:
            assert state in ("done", "uncertain"), f"{row} happened, and is said to be {state}"
    if call in IDEMPOTENT:
        assert "uncertain" not in status.values() and all(effects[row] for row in set(status) - bad)


class Death:
    """End all writing at the n-th transaction, as kill -9 would: what is under way then is answered to nobody."""

    def __init__(self, when: str, left: int) -> None:
        self.when, self.left = when, left
        self.write = ledger.Ledger._write

    def __enter__(self) -> Death:
        def counted(its: ledger.Ledger, groups: Any) -> None:
            self.left -= 1
            if self.left > 0 or (self.left == 0 and self.when == "after"):
                self.write(its, groups)
            if self.left <= 0:
                raise sqlite3.OperationalError("killed")

        ledger.Ledger._write = counted  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: Any) -> None:
        ledger.Ledger._write = self.write  # type: ignore[method-assign]


def die_and_go_on(
    toy: Toy, home: str, call: str, values: list[str], deaths: list[tuple[str, int]], bulks: list[Any]
) -> pd.DataFrame:
    for (when, left), bulk in zip(deaths, bulks, strict=False):
        with Death(when, left), ps.Workbench(home=home, share_limits=False) as bench:
            try:
                start(bench, toy, call, table(values), name="killed", concurrency=2, bulk=bulk).wait()
            except ps.StoreError:
                pass
    toy.faults = []
    with ps.Workbench(home=home, share_limits=False) as bench:
        # Shuffled: who went together is known by the keys, not by the rows' places.
        rows = table(values).sample(frac=1, random_state=1)
        run = start(bench, toy, call, rows, name="killed", bulk=bulks[-1])
        return run.wait().retry_failed().frame() if call in IDEMPOTENT else run.frame()
