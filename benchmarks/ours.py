"""Penstock with everything on: retry, breaker, stacked limits shared between processes, events, a durable ledger."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measure import Reading, reading
from work import CONCURRENCY, TOKEN, WARM_UP, build_frame, build_rows

import penstock as ps
from penstock.events import AttemptEnded, CallEnded

HOMES = Path(__file__).resolve().parent.parent / "build" / "bench"


@contextmanager
def bench() -> Iterator[ps.Workbench]:
    """Open a workbench with a home of its own, on the disk this project is on: /tmp may be memory, where flushes are free."""
    HOMES.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="home-", dir=HOMES))
    try:
        with ps.Workbench(home=home) as opened:
            yield opened
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Histogram:
    """Listen as monitoring does: durations into log buckets, 20 for each factor of ten."""

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.calls = 0

    def attempt(self, event: AttemptEnded) -> None:
        """Count one attempt by its duration."""
        bucket = int(math.log10(event.elapsed_s or 1e-9) * 20)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def call(self, event: CallEnded) -> None:
        """Count one call."""
        self.calls += 1


def run_penstock(url: str, count: int, transport: str = "auto") -> Reading:
    """Measure a batch of `stripe.customers.create` with everything on, frame to frame."""
    limits = (
        ps.Limit(1e6, per=1.0),
        ps.Limit(1e8, per=3600.0),
        ps.Limit(1e6, per=1.0, scope="operation"),
    )  # real, and none of them binds
    with bench() as opened:
        seen = Histogram()
        opened.bus.subscribe(AttemptEnded, seen.attempt)
        opened.bus.subscribe(CallEnded, seen.call)
        stripe = opened.connect(
            "stripe", base_url=url, credential={"token": ps.Secret(TOKEN)}, limit=limits, transport=transport
        )
        warm = opened.batch(stripe.customers.create, build_frame(WARM_UP), key="id", concurrency=CONCURRENCY)
        assert warm.frame()["status"].eq("done").all()
        frame = build_frame(count)
        with reading() as result:
            run = opened.batch(stripe.customers.create, frame, key="id", concurrency=CONCURRENCY)
            done = run.frame()
        assert done["status"].eq("done").all() and seen.calls == count + WARM_UP
        assert done["response"].iloc[-1]["id"] == "cus_1"
    return result


async def echo(row: Any) -> Any:
    """Do nothing, awaitably."""
    return row["id"]


def echo_plainly(row: Any) -> Any:
    """Do nothing, in a plain function: it runs on a thread."""
    return row["id"]


def run_noop(count: int, kind: str) -> Reading:
    """Measure a batch of a function that does nothing, each row durable before and after it."""
    with bench() as opened:
        call = echo_plainly if kind == "plain" else echo
        opened.batch(call, build_frame(WARM_UP), key="id", concurrency=CONCURRENCY).frame()
        frame = build_frame(count)
        with reading() as result:
            done = opened.batch(call, frame, key="id", concurrency=CONCURRENCY).frame()
        assert done["status"].eq("done").all()
    return result


def run_stream(count: int, source: str) -> Reading:
    """Measure rows streamed from a generator through a function that does nothing; nobody asks for a frame."""

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(count):
            yield {"id": f"c{number}", "email": f"c{number}@example.com", "name": f"Customer {number}"}

    async def rows_async() -> AsyncIterator[dict[str, Any]]:
        for row in rows():
            yield row

    with bench() as opened:
        opened.batch(echo, iter(build_rows(WARM_UP)), key="id", concurrency=CONCURRENCY).wait()
        with reading() as result:
            given = rows_async() if source == "async" else rows()
            run = opened.batch(echo, given, key="id", concurrency=CONCURRENCY)
            run.wait()
        assert run.progress.done == count
    return result
