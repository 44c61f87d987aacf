"""A vendor's bulk call: many rows in one request, answered at once, and told apart again row by row."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from penstock.batch.entries import Entry
from penstock.batch.groups import Group, Shape
from penstock.batch.keys import derive_group_key
from penstock.batch.mapping import row_text
from penstock.catalog.bulk import Bulk, Part
from penstock.catalog.definition import Operation
from penstock.engine.answers import build_error
from penstock.engine.bodies import wrap, write_json
from penstock.engine.client import Client
from penstock.engine.desk import Trip
from penstock.errors import (
    OutcomeUncertain,
    PenstockError,
    ProviderError,
    QuotaSpent,
    ResponseUnreadable,
    ServerFailed,
    SignInNeeded,
    Throttled,
)
from penstock.model import Call, Headers, Json, Request, Response, Verdict
from penstock.resilience.classify import classify_status

log = logging.getLogger("penstock.batch")

MULTI_STATUS = 207  # some of it was done (RFC 4918 §13)
_NOT_OF_A_ROW = (SignInNeeded, Throttled, QuotaSpent, ServerFailed, ResponseUnreadable)


class BulkCall:
    """Send groups of rows through the operation that does many at once."""

    kind = "call"

    def __init__(self, client: Client, operation: Operation, bulk: Bulk) -> None:
        self.bulk, self.single = bulk, operation
        self._known = known = client.index.get(bulk.operation)
        self._client = client
        self.operation = known
        if bulk.is_idempotent is not None and bulk.is_idempotent != known.is_harmless_twice:
            # Used in this way it is another operation in that respect, and recipes are kept by name.
            self.operation = replace(known, is_idempotent=bulk.is_idempotent)
            self._client = Client(client.desk, client.base_url, client.index, client.limits, client.headers)
        recipe = self._client.recipe(self.operation)
        key = client.desk.integration.idempotency
        self.is_resendable, self.takes_key = recipe.is_resendable, recipe.takes_key
        self.is_harmless = self.operation.is_harmless_twice
        self.key_lifetime_s = key.lifetime_s if key is not None and recipe.takes_key else None
        self.max_items, self.max_bytes = bulk.max_items, bulk.max_bytes
        self._write = bulk.item or BodyWriter(operation)

    def shape(self, parameters: Mapping[str, Any]) -> Shape | None:
        """Return how a row fits in, None where it has to go by itself."""
        shared = self._shared(parameters)
        item = self._write({name: value for name, value in parameters.items() if name not in shared})
        if item is None:
            return None
        return Shape(row_text(shared), item, len(write_json(item)) + 1 if self.max_bytes is not None else 0)

    def _shared(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {name: parameters[name] for name in self.bulk.shared if name in parameters}

    async def take(self, group: Group) -> None:
        """Send a group, and write what became of each row; a refused one goes again in halves."""
        bulk, plan = self.bulk, group.runner.plan
        items = [entry.item for entry in group.entries]
        if bulk.trace is not None:
            items = [{**item, bulk.trace: str(place)} for place, item in enumerate(items)]
        parameters = {**bulk.fixed, **self._shared(group.entries[0].parameters), **bulk.place(items)}
        checked = self._client.index.check(self._known, parameters)
        key = derive_group_key(plan.secret, group.name, self.single.name) if self.takes_key else None
        call = Call(self.operation.name, checked, key, plan.name, None, None, float("inf"), group)
        try:
            response = await self._client.call(call, operation=self.operation)
        except ProviderError as exc:
            if isinstance(exc.response, Response) and exc.response.status == MULTI_STATUS:
                response = exc.response
            elif isinstance(exc, _NOT_OF_A_ROW) or exc.is_doubtful:
                raise
            elif not (bulk.refusal_is_whole or self.is_harmless):
                raise OutcomeUncertain(
                    f"The bulk call was refused, and some of it may have happened: {exc.message}",
                    status=exc.status, attempts=exc.attempts, response=exc.response,
                ) from exc  # fmt: skip
            else:
                self._divide(group, exc)
                return
        self._conclude(group, items, response)

    def _divide(self, group: Group, exc: ProviderError) -> None:
        """One bad row is enough to refuse all: find it with the fewest calls."""
        for entry in group.entries:
            entry.attempts += exc.attempts
            # The last word also on earlier attempts under the same key: written for all before any of them goes again.
            entry.forget()
        gathering = group.runner.gathering
        assert gathering is not None
        gathering.halve(group)

    def _conclude(self, group: Group, items: Sequence[Json], response: Response) -> None:
        again: list[Entry] = []
        if self.bulk.split is None:
            for entry in group.entries:
                group.runner.settle_done(entry, response.text or None, response.status, response.attempts)
            return
        for entry, part in zip(group.entries, self._split(response, items), strict=True):
            if not settle_part(
                entry, part, self._client, self.operation, response, is_harmless=self.is_harmless
            ):
                entry.attempts += response.attempts
                again.append(entry)
        gathering = group.runner.gathering
        assert gathering is not None
        gathering.put_back(again)

    def _split(self, response: Response, items: Sequence[Json]) -> Sequence[Part | None]:
        """Return what the answer says of each item. An answer of another shape says nothing: what was done is not known."""
        assert self.bulk.split is not None
        try:
            parts = list(self.bulk.split(response.data, items))
        except Exception:
            log.exception("The answer to %s could not be told apart.", self.operation.name)
            parts = []
        return parts if len(parts) == len(items) else [None] * len(items)


class BodyWriter:
    """Write a row's item as the JSON body its own call would have; None where the call says more than its body."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._declared = {parameter.name: parameter for parameter in operation.parameters}
        is_wrapped = operation.into is not None or operation.fixed is not None
        self._wires = {
            p.name: (p.wire or p.name) if is_wrapped else (p.wire or p.name).removeprefix("/")
            for p in operation.parameters
            if p.place == "body"
        }
        self._in_path = frozenset(operation.path_parameters)
        # A GraphQL text, a query or bytes are no body of fields to begin with.
        self._has_body = operation.method in ("POST", "PUT", "PATCH") and operation.document is None
        self._has_body = self._has_body and operation.body in (None, "json", "form")

    def __call__(self, parameters: dict[str, Any]) -> Json | None:
        """Return the item."""
        body: dict[str, Any] = {}
        for name, value in parameters.items():
            wire = self._wires.get(name)
            if wire is None:
                if name in self._declared or name in self._in_path:
                    return None
                wire = name
            body[wire] = value
        if not self._has_body:
            return None
        if "$" in body:
            return body["$"]
        return wrap(body, self._operation.into, self._operation.fixed)


def settle_part(
    entry: Entry, part: Part | None, client: Client, operation: Operation, response: Response, *, is_harmless: bool
) -> bool:  # fmt: skip
    """Write what became of one row of many; return False where it is to be sent again by itself."""
    runner, attempts = entry.runner, response.attempts
    if part is None:
        if is_harmless:
            return False
        missing = OutcomeUncertain(
            f"The answer to {operation.name} says nothing of this row.", status=response.status, attempts=attempts,
            row=entry.key,
        )  # fmt: skip
        runner.settle(entry, "uncertain", missing)
        return True
    verdict = classify_status(part.status, is_resendable=is_harmless, has_retry_after=False)
    if verdict is Verdict.SUCCESS:
        text = None if part.data is None else write_json(part.data).decode()
        runner.settle_done(entry, text, part.status, attempts)
    elif verdict is Verdict.THROTTLED:
        entry.forget()
        return False
    elif verdict is Verdict.TRANSIENT:
        return False
    else:
        error = _build_error(part, verdict, client, operation, attempts)
        runner.settle(entry, "uncertain" if verdict is Verdict.UNCERTAIN else "failed", error)
    return True


def _build_error(
    part: Part, verdict: Verdict, client: Client, operation: Operation, attempts: int
) -> PenstockError:
    """Return the error the row's own call would have become."""
    call, request = Call(operation.name, {}), Request(operation.method, "")
    trip = Trip(call, operation, request, (), attempt=attempts, verdict=verdict, status=part.status)
    answer = Response(part.status, Headers(), write_json(part.data), attempts=attempts)
    error = build_error(client.desk, trip, answer, None)
    if verdict is Verdict.UNCERTAIN:
        return OutcomeUncertain(
            f"It may have happened: {error.message}", status=part.status, attempts=attempts, response=answer
        )
    return error
