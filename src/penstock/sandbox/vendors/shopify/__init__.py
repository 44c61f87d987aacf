"""Shopify as the sandbox plays it: token, versions, the bucket of points, GraphQL's envelope. The rest is beside this.

Sources: shopify.dev/docs/api/admin-graphql, /docs/apps/build/apis/graphql-admin/rate-limits, /docs/api/usage
(November 2026). The bucket holds twenty seconds of its rate, as answers of real shops show.
"""

from __future__ import annotations

import json
import re
from typing import Any

from graphql import OperationDefinitionNode

from penstock.sandbox.keys import KeyRing
from penstock.sandbox.limits import Points, read_figures
from penstock.sandbox.state import Ids
from penstock.sandbox.vendors import Setup
from penstock.sandbox.vendors.shopify import customers, orders, products, stock
from penstock.sandbox.vendors.shopify.cost import Meter
from penstock.sandbox.vendors.shopify.engine import Document, Documents, describe, read_schema, run
from penstock.sandbox.vendors.shopify.world import Turn, World
from penstock.sandbox.wire import Answer, Incoming, Json, json_answer

VERSION, OLDEST = "2026-10", "2026-01"
SHOPS = {"default": "penstock", "second": "penstock-two"}
FIGURES = {
    "points": 100.0,
    "seconds": 20.0,
    "query": 1000.0,
}  # a second (Standard); seconds held; one query at most
_PATH = re.compile(r"/admin/api/(\d{4}-\d\d|unstable)/graphql\.json")
_THROTTLED = {
    "message": "Throttled",
    "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
}


def open_vendor(setup: Setup) -> Shopify:
    """Return a new Shopify."""
    return Shopify(setup)


class Shopify:
    """Answer as {shop}.myshopify.com/admin/api/{version}/graphql.json does."""

    name = "shopify"
    base_path = f"/admin/api/{VERSION}"
    base_parameters = {"shop": SHOPS["default"], "version": VERSION}  # noqa: RUF012 - never changed
    credential_field = "token"
    service_s = 0.0
    has_stored_failures = False

    def __init__(self, setup: Setup) -> None:
        self._clock = setup.clock
        self._ids = Ids(setup.random)
        self._figures = read_figures(setup.limits, self.name, FIGURES, ("points",))
        self._buckets: dict[str, Points] = {}
        self._worlds: dict[str, World] = {}
        self._documents = Documents()
        self.keys = KeyRing(self.name, lambda name: "_".join(("shpat", "sandbox", name)))

    def answer(self, request: Incoming) -> Answer:
        if request.path.startswith("/bulk/"):
            return self._finish(self._bulk_file(request), request)
        if not _PATH.fullmatch(request.path):
            return self._finish(json_answer(404, {"errors": "Not Found"}), request)
        token = request.headers.get("X-Shopify-Access-Token", "")
        account = self.keys.account(token)
        if account is None or self.keys.is_revoked(token):
            text = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return self._finish(json_answer(401, {"errors": text}), request)
        if request.method != "POST":
            return self._finish(json_answer(405, {"errors": "Method Not Allowed"}), request)
        answer = self._answer(request, account)
        answer.account = account
        return self._finish(answer, request)

    def throttled(self, request: Incoming) -> Answer:
        """Refuse with THROTTLED in a 200, the bucket told as empty."""
        rate = (self._figures or FIGURES)["points"]
        status = {"maximumAvailable": rate * 20, "currentlyAvailable": 0, "restoreRate": rate}
        cost = {"requestedQueryCost": 10, "actualQueryCost": None, "throttleStatus": status}
        return self._finish(json_answer(200, {"errors": [_THROTTLED], "extensions": {"cost": cost}}), request)

    def failed(self, request: Incoming) -> Answer:
        text = "Internal error. Looks like something went wrong on our end."
        return self._finish(json_answer(500, {"errors": text}), request)

    def _answer(self, request: Incoming, account: str) -> Answer:
        asked = _read_body(request)
        if asked is None:
            return json_answer(400, {"errors": {"query": "Required parameter missing or invalid"}})
        query, variables, name = asked
        document = self._documents.read(query)
        if document.node is None:
            return json_answer(200, {"errors": [describe(error) for error in document.errors]})
        operation = document.choose(name)
        if operation is None:
            return json_answer(200, {"errors": [{"message": "An operation name is required"}]})
        return self._spend_and_run(request, account, document, operation, variables)

    def _spend_and_run(
        self,
        request: Incoming,
        account: str,
        document: Document,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
    ) -> Answer:
        """Take what the query may cost, run it, give back what it did not cost."""
        meter = Meter(read_schema(), document.fragments or {}, _with_defaults(operation, variables))
        requested = meter.count(operation)
        most = int((self._figures or FIGURES)["query"])
        if requested > most:
            return json_answer(200, {"errors": [_too_dear(requested, most)]})
        bucket = self._bucket(account)
        now = self._clock.monotonic()
        if self._figures is not None and not bucket.take(requested, now):
            cost = self._cost(bucket, requested, None)
            return json_answer(200, {"errors": [_THROTTLED], "extensions": {"cost": cost}})
        turn = Turn(self._world(account, request), request)
        assert document.node is not None  # checked by the caller
        data, errors = run(document.node, turn, variables, operation.name.value if operation.name else None)
        actual = min(requested, meter.count(operation, data)) if data is not None else 0
        if self._figures is not None:
            bucket.give_back(requested - actual)
        body: dict[str, Json] = {}
        if errors:
            body["errors"] = [describe(error) for error in errors]
        if data is not None or not any(error.message.startswith("Variable '$") for error in errors):
            body["data"] = data
        body["extensions"] = {"cost": self._cost(bucket, requested, actual)}
        answer = json_answer(200, body)
        answer.effects, answer.idempotency_key = turn.effects, turn.idempotency_key
        answer.release += [lambda kept=kept: setattr(kept, "is_open", False) for kept in turn.keys]  # type: ignore[misc]
        return answer

    def _cost(self, bucket: Points, requested: int, actual: int | None) -> Json:
        available = bucket.available(self._clock.monotonic())
        status = {
            "maximumAvailable": bucket.capacity,
            "currentlyAvailable": int(available),
            "restoreRate": bucket.rate,
        }
        return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}

    def _bucket(self, account: str) -> Points:
        bucket = self._buckets.get(account)
        if bucket is None:
            figures = self._figures or FIGURES
            bucket = Points(figures["points"] * figures["seconds"], figures["points"])
            self._buckets[account] = bucket
        return bucket

    def _world(self, account: str, request: Incoming) -> World:
        world = self._worlds.get(account)
        if world is None:
            world = self._worlds[account] = World(self._ids, SHOPS[account])
            turn = Turn(world, request)
            for part in (stock, products, customers, orders):
                part.fill(turn)
        return world

    def _bulk_file(self, request: Incoming) -> Answer:
        """Answer a bulk operation's result; its address is enough, as with Shopify's signed ones."""
        number = request.path.removeprefix("/bulk/").removesuffix(".jsonl")
        for world in self._worlds.values():
            record = world.tables["BulkOperation"].get(f"gid://shopify/BulkOperation/{number}")
            if record is not None:
                return Answer(200, record["content"].encode(), [("Content-Type", "application/jsonl")])
        return json_answer(404, {"errors": "Not Found"})

    def _finish(self, answer: Answer, request: Incoming) -> Answer:
        """Add the version used: one that is no longer kept falls forward to the oldest that is."""
        found = _PATH.fullmatch(request.path)
        asked = found[1] if found else VERSION
        version = asked if asked == "unstable" or OLDEST <= asked <= VERSION else OLDEST
        answer.headers += [("X-Request-Id", self._ids.uuid()), ("X-Shopify-API-Version", version)]
        return answer


def _read_body(request: Incoming) -> tuple[str, dict[str, Any], str | None] | None:
    """Return a request's query, variables and operation name, None for a body that has no query."""
    if "graphql" in request.headers.get("Content-Type", ""):
        return request.body.decode("utf-8", "replace"), {}, None
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not isinstance(body.get("query"), str) or not body["query"].strip():
        return None
    variables = body.get("variables") or {}
    name = body.get("operationName")
    return (
        body["query"],
        variables if isinstance(variables, dict) else {},
        name if isinstance(name, str) else None,
    )


def _with_defaults(operation: OperationDefinitionNode, variables: dict[str, Any]) -> dict[str, Any]:
    """Return the variables with the defaults the operation declares, as far as cost needs them: numbers."""
    filled = dict(variables)
    for declared in operation.variable_definitions or ():
        default = declared.default_value
        value = getattr(default, "value", None)
        if declared.variable.name.value not in filled and isinstance(value, str) and value.isdigit():
            filled[declared.variable.name.value] = int(value)
    return filled


def _too_dear(cost: int, most: int) -> Json:
    text = (
        f"Query cost is {cost}, which exceeds the single query max cost limit ({most}).\n\nSee "
        "https://shopify.dev/concepts/about-apis/rate-limits for more information on how the\ncost of a "
        "query is "
        "calculated.\n\nTo query larger amounts of data with fewer limits, bulk operations should be used "
        "instead.\n"
    )
    documentation = "https://shopify.dev/api/usage/limits#rate-limits"
    extensions = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": most, "documentation": documentation}
    return {"message": text, "extensions": extensions}
