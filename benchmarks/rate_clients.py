"""Clients that keep to 100 requests a second, each in its own way: Penstock, aiolimiter, a gap kept by hand.

Fifty workers each, on pyreqwest, for so many seconds; what was let through is judged by nginx's own log.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from measure import Reading, reading
from work import CONCURRENCY, PATH, TOKEN, build_rows, fields

import penstock as ps

RATE = 100
Wait = Callable[[], Awaitable[None]]


def run_penstock(url: str, seconds: float, burst: float, home: str | None = None) -> Reading:
    """Send through a batch with Limit(100, per=1.0, burst=...); `home` shares the account with other processes."""
    from ours import bench

    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(ps.Workbench(home=Path(home)) if home else bench())
        stripe = opened.connect(
            "stripe",
            base_url=url,
            credential={"token": ps.Secret(TOKEN)},
            limit=ps.Limit(RATE, per=1.0, burst=burst),
        )
        rows = build_rows(int(RATE * seconds + 10 * RATE))
        with reading() as result:
            run = opened.batch(stripe.customers.create, rows, key="id", concurrency=CONCURRENCY)
            with contextlib.suppress(TimeoutError):
                run.wait(timeout=seconds)
            run.cancel()
            run.settle(30.0)
    return result


async def _run(url: str, seconds: float, wait: Wait) -> Reading:
    from pyreqwest.client import ClientBuilder

    ends_at = time.monotonic() + seconds
    rows = iter(build_rows(int(RATE * seconds * 100)))
    async with ClientBuilder().default_headers({"Authorization": f"Bearer {TOKEN}"}).build() as client:

        async def work() -> None:
            for row in rows:
                await wait()
                if time.monotonic() >= ends_at:
                    return
                answer = await client.post(url + PATH).form(fields(row)).build().send()
                await answer.bytes()

        with reading() as result:
            await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return result


async def run_aiolimiter(url: str, seconds: float, amount: float, period: float) -> Reading:
    """Send through aiolimiter.AsyncLimiter(amount, period)."""
    from aiolimiter import AsyncLimiter

    return await _run(url, seconds, AsyncLimiter(amount, period).acquire)


async def run_gap(url: str, seconds: float) -> Reading:
    """Send no sooner than 10 ms after the last one, as one writes it by hand."""
    lock, last = asyncio.Lock(), 0.0

    async def wait() -> None:
        nonlocal last
        async with lock:
            left = last + 1 / RATE - time.monotonic()
            if left > 0:
                await asyncio.sleep(left)
            last = time.monotonic()

    return await _run(url, seconds, wait)


async def run_gcra(url: str, seconds: float, burst: int) -> Reading:
    """Send by the generic cell rate algorithm with a burst allowance, as one writes it by hand."""
    due = 0.0

    async def wait() -> None:
        nonlocal due
        now = time.monotonic()
        due = max(due, now) + 1 / RATE
        left = due - burst / RATE - now
        if left > 0:
            await asyncio.sleep(left)

    return await _run(url, seconds, wait)
