"""One batch on two sandboxes, in the vendor's bulk calls on one and row by row on the other: both must do the same."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from typing import Any

import penstock as ps

FAST = ps.RetryPolicy(attempts=3, wait_initial=0.01, wait_max=0.02)


def run_both(
    make_box: Any,
    name: str,
    operation: str,
    rows: Callable[[ps.Connection], Any],
    *,
    key: str,
    **options: Any,
) -> tuple[Any, list[tuple[str, str]]]:
    """Return the frame of the run in bulk calls, and its requests as (method, path).

    Row by row the same rows are done and the same fail, and the service keeps the same: else an assertion fails.
    """
    frames, logs = [], []
    for bulk in ("auto", False):
        box = make_box(names=[name])
        with tempfile.TemporaryDirectory() as home, ps.Workbench(home=home, share_limits=False) as bench:
            connection = bench.connect(name, sandbox=box, retry=FAST, limit=ps.Limit(100_000, per=1.0))
            table = rows(connection)
            box.clear_log()
            frames.append(bench.batch(connection[operation], table, key=key, bulk=bulk, **options).frame())
        logs.append(box.log())
    together, alone = frames
    assert list(together["status"]) == list(alone["status"]), (set(together["error"]), set(alone["error"]))
    assert _effects(logs[0]) == _effects(logs[1])
    return together, [(record["method"], record["path"].rpartition("/")[2]) for record in logs[0]]


def _effects(log: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Return what was done: each kind of effect with what it was done to."""
    return Counter(
        (effect["kind"], json.dumps(effect["key"], sort_keys=True))
        for record in log
        for effect in record.get("effects", [record["effect"]])
        if effect
    )
