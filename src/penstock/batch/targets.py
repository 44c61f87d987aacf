"""What a run calls for each row: an operation of a connection, or a function of the user's own."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from penstock.auth.sessions import Session
from penstock.batch.bulk import BulkCall
from penstock.batch.groups import ManyCall
from penstock.batch.jobs import JobCall
from penstock.batch.mapping import result_text
from penstock.batch.rows import Row
from penstock.catalog.bulk import Bulk
from penstock.catalog.definition import Operation
from penstock.engine.client import Client
from penstock.errors import CallFailed, UsageError
from penstock.model import Call, Journal, Response

FOREVER_S = float("inf")


class Result(NamedTuple):
    """What a row's call gave: JSON text to keep, and how it went."""

    text: str | None
    http_status: int | None = None
    attempts: int = 1
    complaint: str | None = None


class Target(Protocol):
    """Call something for a row.

    bulk, job: the ways there are to call it for many rows at once, also for those of an earlier process; `many` is the
    one that fresh rows take.
    """

    name: str
    integration: str | None
    account: str | None
    is_resendable: bool
    takes_key: bool
    key_lifetime_s: float | None
    session: Session | None
    bulk: BulkCall | None
    job: JobCall | None

    @property
    def many(self) -> ManyCall | None:
        """Return how fresh rows go together, None where each goes by itself."""
        ...

    async def call(
        self, row: Row, parameters: Mapping[str, Any], key: str, row_key: str, source: str, journal: Journal
    ) -> Result:
        """Make the call, writing intents into the journal before anything leaves."""
        ...

    def close(self) -> None:
        """Let go of threads."""
        ...


class OperationTarget:
    """Call one operation of one account."""

    def __init__(self, client: Client, operation: Operation, bulk: str | bool = False) -> None:
        self.client, self.operation = client, operation
        self.bulk = BulkCall(client, operation, operation.bulk) if isinstance(operation.bulk, Bulk) else None
        self.job = JobCall(client, operation, operation.bulk_job) if operation.bulk_job is not None else None
        recipe = client.recipe(operation)
        key = client.desk.integration.idempotency
        self.name = operation.name
        self.integration: str | None = client.desk.integration.name
        self.account: str | None = client.desk.account
        self.is_resendable, self.takes_key = recipe.is_resendable, recipe.takes_key
        self.key_lifetime_s = key.lifetime_s if key is not None and recipe.takes_key else None
        self.session: Session | None = client.desk.session
        self.many: ManyCall | None = choose_many(self, bulk)

    async def call(
        self, row: Row, parameters: Mapping[str, Any], key: str, row_key: str, source: str, journal: Journal
    ) -> Result:
        call = Call(
            self.name, parameters, key if self.takes_key else None, source, row_key, None, FOREVER_S, journal
        )
        response = await self.client.call(call, operation=self.operation)
        return Result(response.text or None, response.status, response.attempts)

    def close(self) -> None:
        pass


class FunctionTarget:
    """Call a function of one row; a plain one runs on a thread, so that it may block.

    What it did to the world cannot be known from outside: a row that was under way when the process died is
    uncertain, unless the run says on_uncertain="resend".
    """

    is_resendable = False
    takes_key = False
    key_lifetime_s: float | None = None
    integration: str | None = None
    account: str | None = None
    session: Session | None = None
    bulk: BulkCall | None = None
    job: JobCall | None = None
    many: ManyCall | None = None

    def __init__(self, function: Callable[[Any], Any], concurrency: int) -> None:
        self._function = function
        self.name = getattr(function, "__name__", type(function).__name__)
        # An object with an `async def __call__` is an async function as well.
        self._is_async = any(map(inspect.iscoroutinefunction, (function, type(function).__call__)))
        self._threads = (
            None if self._is_async else ThreadPoolExecutor(concurrency, thread_name_prefix="penstock-row")
        )

    async def call(
        self, row: Row, parameters: Mapping[str, Any], key: str, row_key: str, source: str, journal: Journal
    ) -> Result:
        await journal.intent(1, None)
        argument: Any = row["value"] if set(row) == {"value"} else dict(row)
        if self._threads is None:
            result = await self._function(argument)
            if inspect.isawaitable(result):
                close = getattr(result, "close", None)
                if close is not None:
                    close()
                raise CallFailed(
                    f"{self.name} returned a coroutine that nobody awaited.",
                    hint="Write `return await …` in it.",
                )
        else:
            result = await asyncio.get_running_loop().run_in_executor(self._threads, self._function, argument)
            if inspect.isawaitable(result):
                result = await result
        text, complaint = result_text(result)
        status = result.status if isinstance(result, Response) else None
        return Result(text, status, 1, complaint)

    def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


def choose_many(target: OperationTarget, bulk: str | bool) -> ManyCall | None:
    """Return how fresh rows go together. Raises UsageError for a job where the service has none."""
    if bulk == "job" and target.job is None:
        others = [o.name for o in target.client.index.integration.operations if o.bulk_job is not None]
        raise UsageError(
            f"{target.name} has no job to go into.",
            hint=f"Those that have one: {', '.join(others)}." if others else "Leave bulk= out.",
        )
    return target.job if bulk == "job" else target.bulk if bulk == "auto" else None


def check_bulk(bulk: Any) -> None:
    """Raise UsageError unless bulk is "auto", "job" or False."""
    if bulk is not False and bulk not in ("auto", "job"):
        raise UsageError(
            f"bulk is {bulk!r}.",
            hint='It is "auto", "job" (results may take a day), or False for single calls.',
        )


def check_concurrency(concurrency: int) -> None:
    """Raise UsageError unless concurrency is 1 to 50."""
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or not 1 <= concurrency <= 50:
        raise UsageError(
            f"concurrency is {concurrency!r}; it is a whole number from 1 to 50.",
            hint="More at once is rarely faster: the service's limit decides. Try 10.",
        )
