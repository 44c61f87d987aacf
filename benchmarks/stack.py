"""The expert's hand-made stack: stamina, circuitbreaker, aiolimiter, a semaphore and gather, on three clients.

It has what a careful person would write: one client with a pool as large as the concurrency, retries with backoff
and jitter for what is worth retrying, an idempotency key that stays the same over the attempts, a breaker on the
service's failures, stacked limits, exceptions kept per row, the answers beside the rows in a frame. It keeps no ledger:
what was done is known only at the end.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import stamina
from aiolimiter import AsyncLimiter
from circuitbreaker import CircuitBreaker
from measure import Reading, reading
from work import CONCURRENCY, PATH, TOKEN, WARM_UP, build_frame, fields

Row = dict[str, Any]
Post = Callable[[Row, str], Awaitable[tuple[int, Any]]]


class ServiceTrouble(Exception):
    """A failure that may pass: 429, 5xx, a broken connection."""


class Stack:
    """Everything of it that the rows share."""

    def __init__(self, post: Post) -> None:
        self._post = post
        # The same three limits that Penstock is given in these runs; none of them binds.
        self._limiters = (AsyncLimiter(1e6, 1.0), AsyncLimiter(1e8, 3600.0), AsyncLimiter(1e6, 1.0))
        self._at_once = asyncio.Semaphore(CONCURRENCY)
        breaker = CircuitBreaker(failure_threshold=10, recovery_timeout=15, expected_exception=ServiceTrouble)
        guarded = breaker(self._send)
        self._create = stamina.retry(
            on=ServiceTrouble, attempts=6, timeout=None, wait_initial=1.0, wait_max=16.0, wait_jitter=1.0
        )(guarded)

    async def _send(self, row: Row, key: str) -> Any:
        for limiter in self._limiters:
            await limiter.acquire()
        status, answer = await self._post(row, key)
        if status == 429 or status >= 500:
            raise ServiceTrouble(f"{status} for {row['id']}")
        if status >= 400:
            raise ValueError(f"{status} for {row['id']}: {answer}")
        return answer

    async def take(self, row: Row) -> Any:
        """Take one row to its answer."""
        async with self._at_once:
            return await self._create(row, str(uuid.uuid4()))


async def _measure(post: Post, count: int) -> Reading:
    stack = Stack(post)
    await asyncio.gather(*(stack.take(row) for row in build_frame(WARM_UP).to_dict("records")))
    frame = build_frame(count)
    with reading() as result:
        rows = frame.to_dict("records")
        answers = await asyncio.gather(*(stack.take(row) for row in rows), return_exceptions=True)
        done = frame.assign(
            status=["failed" if isinstance(answer, BaseException) else "done" for answer in answers],
            response=answers,
        )
    assert (done["status"] == "done").all()
    return result


async def _run_httpx(library: Any, url: str, count: int) -> Reading:
    limits = library.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with library.AsyncClient(limits=limits, headers=headers, timeout=60.0) as client:

        async def post(row: Row, key: str) -> tuple[int, Any]:
            try:
                answer = await client.post(url + PATH, data=fields(row), headers={"Idempotency-Key": key})
            except library.TransportError as exc:
                raise ServiceTrouble(str(exc)) from exc
            return answer.status_code, answer.json()

        return await _measure(post, count)


async def run_httpx2(url: str, count: int) -> Reading:
    """Measure the stack on httpx2."""
    import httpx2

    return await _run_httpx(httpx2, url, count)


async def run_httpx(url: str, count: int) -> Reading:
    """Measure the stack on httpx."""
    import httpx

    return await _run_httpx(httpx, url, count)


async def run_pyreqwest(url: str, count: int) -> Reading:
    """Measure the stack on pyreqwest: what is left of the difference when the expert picks the fast client too."""
    from pyreqwest.client import ClientBuilder
    from pyreqwest.exceptions import PyreqwestError

    headers = {"Authorization": f"Bearer {TOKEN}"}
    builder = ClientBuilder().default_headers(headers).timeout(timedelta(seconds=60))
    async with builder.build() as client:

        async def post(row: Row, key: str) -> tuple[int, Any]:
            try:
                request = client.post(url + PATH).form(fields(row)).header("Idempotency-Key", key)
                answer = await request.build().send()
                return answer.status, await answer.json()
            except PyreqwestError as exc:
                raise ServiceTrouble(str(exc)) from exc

        return await _measure(post, count)
