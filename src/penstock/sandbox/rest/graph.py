"""A vendor of GraphQL: sign-in, documents checked and resolved, errors in its words. What it allows is its meter's to say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from penstock.catalog.definition import Integration
from penstock.sandbox.keys import KeyRing
from penstock.sandbox.rest.counting import Price, count
from penstock.sandbox.rest.turn import Store
from penstock.sandbox.state import Ids, Record, Table
from penstock.sandbox.vendors import Setup
from penstock.sandbox.wire import Answer, Effect, Incoming, Json, Pairs, iso_time, json_answer

Args = dict[str, Any]


@dataclass(slots=True)
class GraphTurn:
    """One request on its way: whose store, what it costs and what is left of the meter, what it has changed so far."""

    request: Incoming
    store: Store
    ids: Ids
    account: str
    cost: float = 0.0
    left: float = 0.0
    reset_in_s: float = 0.0
    effects: list[Effect] = field(default_factory=list)

    @property
    def now(self) -> str:
        """Return the request's time as 2026-11-23T02:00:00.000Z."""
        return iso_time(self.request.at).replace("Z", ".000Z")

    def table(self, collection: str, *within: str) -> Table:
        """Return a table."""
        return self.store.table(collection, *within)

    def change(self, kind: str, id: str, **key: Json) -> None:
        """Note an effect."""
        self.effects.append(
            Effect(kind, id, {name: value for name, value in key.items() if value not in (None, "")})
        )


class Meter(Protocol):
    """Count what calls cost."""

    def admit(self, turn: GraphTurn) -> Answer | None:
        """Count a call in and say in the turn what is left; or return the vendor's refusal."""
        ...

    def fields(self, turn: GraphTurn) -> Pairs:
        """Return the header fields that say what is left."""
        ...

    def refusal(self, wait_s: float) -> Answer:
        """Return the vendor's throttle answer."""
        ...


@dataclass(frozen=True, slots=True)
class Play:
    """State how one vendor plays GraphQL.

    key:       how its keys are spelled. package: where its schema.graphql is.
    resolvers: (type, field) → (turn, source, arguments) → value; other fields are read from the source by name.
    price:     what a field costs. seed: fills a new account's store.
    describe:  an error as the vendor writes it. unknown: the answer to a key it does not know. failed: its 500.
    wrong_status: of the answer to a document the schema does not take. parameters: what its users give when they connect.
    """

    key: str
    package: str
    resolvers: Mapping[tuple[str, str], Callable[[GraphTurn, Any, Args], Any]]
    price: Price
    seed: Callable[[GraphTurn], None]
    describe: Callable[[GraphQLError], Json]
    unknown: Callable[[], Answer]
    failed: Callable[[], Answer]
    wrong_status: int = 200
    parameters: Mapping[str, str] = field(default_factory=dict)


@cache
def read_schema(package: str) -> GraphQLSchema:
    """Return the schema a vendor plays."""
    return build_schema(
        files(package).joinpath("schema.graphql").read_text(encoding="utf-8"), assume_valid=True
    )


class GraphVendor:
    """Play one vendor of GraphQL."""

    service_s = 0.0
    has_stored_failures = False

    def __init__(self, setup: Setup, integration: Integration, play: Play, meter: Meter) -> None:
        self.name, self.base_path = integration.name, ""
        self.base_parameters: Mapping[str, str] = play.parameters
        self.credential_field = integration.auth[0].fields[0]
        self.keys = KeyRing(self.name, lambda name: play.key.replace("{name}", name))
        self._path, self._play, self._meter = integration.graphql_path, play, meter
        self._ids = Ids(setup.random)
        self._stores: dict[str, Store] = {}

    def answer(self, request: Incoming) -> Answer:
        """Return the answer; whatever the request changes has changed when this returns."""
        if request.path != self._path or request.method != "POST":
            return json_answer(404, {"errors": [{"message": "Not Found"}]})
        token = request.headers.get("Authorization", "")
        account = self.keys.account(token)
        if account is None or self.keys.is_revoked(token):
            return self._play.unknown()
        answer = self._run(self._turn(request, account))
        answer.account = account
        return answer

    def throttled(self, request: Incoming) -> Answer:
        """Return the vendor's throttle answer, without any effect."""
        return self._meter.refusal(1.0)

    def failed(self, request: Incoming) -> Answer:
        """Return the vendor's 500."""
        return self._play.failed()

    def _turn(self, request: Incoming, account: str) -> GraphTurn:
        store = self._stores.get(account)
        turn = GraphTurn(request, store or Store(), self._ids, account)
        if store is None:
            self._stores[account] = turn.store
            self._play.seed(turn)
            turn.effects.clear()
        return turn

    def _run(self, turn: GraphTurn) -> Answer:
        schema = read_schema(self._play.package)
        query, variables, name = _read(turn.request)
        try:
            node = parse(query)
            errors = validate(schema, node)
        except GraphQLError as exc:
            node, errors = None, [exc]
        if node is None or errors:
            return json_answer(
                self._play.wrong_status, {"errors": [self._play.describe(error) for error in errors]}
            )
        operation, fragments = _split(node, name)
        turn.cost = count(schema, operation, fragments, variables, self._play.price)
        refusal = self._meter.admit(turn)
        if refusal is not None:
            return refusal
        result = execute_sync(
            schema,
            node,
            context_value=turn,
            variable_values=variables,
            operation_name=name,
            field_resolver=self._resolve,
        )
        body: dict[str, Json] = {"data": result.data}
        if result.errors:
            body["errors"] = [self._play.describe(error) for error in result.errors]
        answer = json_answer(200, body, self._meter.fields(turn))
        answer.effects = turn.effects
        return answer

    def _resolve(self, source: Any, info: GraphQLResolveInfo[GraphTurn], **args: Any) -> Any:
        resolver = self._play.resolvers.get((info.parent_type.name, info.field_name))
        if resolver is not None:
            return resolver(info.context, source, args)
        return source.get(info.field_name) if isinstance(source, Mapping) else None


def _read(request: Incoming) -> tuple[str, Record, str | None]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    variables = body.get("variables")
    return (
        str(body.get("query") or ""),
        variables if isinstance(variables, dict) else {},
        body.get("operationName"),
    )


def _split(
    document: DocumentNode, name: str | None
) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    named = (node for node in operations if name and node.name and node.name.value == name)
    return next(named, operations[0]), fragments


def page(rows: list[Record], args: Args, *, usual: int, most: int = 250) -> Record:
    """Return a connection over rows as first and after ask for it; a cursor is the last row's id."""
    size, after = min(int(args.get("first") or usual), most), args.get("after")
    start = (
        next((place + 1 for place, row in enumerate(rows) if row["id"] == after), len(rows)) if after else 0
    )
    found = rows[start : start + size]
    more = start + size < len(rows)
    return {
        "nodes": found,
        "pageInfo": {"hasNextPage": more, "endCursor": found[-1]["id"] if found else None},
    }
