"""Bare fixed workers over an iterator, on each client: no ledger, no limit, no retry, no breaker. The upper bound.

Each answer is read, checked for its status and parsed; nothing else is done with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from measure import Reading, reading
from work import CONCURRENCY, PATH, TOKEN, WARM_UP, build_rows, fields

Row = dict[str, Any]


async def walk(create: Callable[[Row], Awaitable[Any]], rows: list[Row]) -> list[Any]:
    """Take every row through `create` with a fixed number of workers; return the answers as they came."""
    answers: list[Any] = []
    waiting = iter(rows)

    async def work() -> None:
        for row in waiting:
            answers.append(await create(row))

    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return answers


async def _measure(create: Callable[[Row], Awaitable[Any]], count: int) -> Reading:
    await walk(create, build_rows(WARM_UP))
    rows = build_rows(count)
    with reading() as result:
        answers = await walk(create, rows)
    assert len(answers) == count and answers[-1]["id"] == "cus_1"
    return result


async def run_pyreqwest(url: str, count: int) -> Reading:
    """Measure bare workers on pyreqwest."""
    from pyreqwest.client import ClientBuilder

    builder = (
        ClientBuilder()
        .default_headers({"Authorization": f"Bearer {TOKEN}"})
        .timeout(timedelta(seconds=60))
        .error_for_status(True)
    )
    async with builder.build() as client:

        async def create(row: Row) -> Any:
            answer = await client.post(url + PATH).form(fields(row)).build().send()
            return await answer.json()

        return await _measure(create, count)


async def run_httpx2(url: str, count: int) -> Reading:
    """Measure bare workers on httpx2."""
    import httpx2

    limits = httpx2.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(limits=limits, headers=headers, timeout=60.0) as client:

        async def create(row: Row) -> Any:
            answer = await client.post(url + PATH, data=fields(row))
            answer.raise_for_status()
            return answer.json()

        return await _measure(create, count)
