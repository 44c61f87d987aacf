"""GraphQL as Shopify answers it: documents checked against the schema, resolved, and the errors in Shopify's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    get_directive_values,
    parse,
    validate,
)

from penstock.sandbox.vendors.shopify import (
    background,
    customers,
    drafts,
    fulfilment,
    metafields,
    orders,
    products,
    stock,
    variants,
)
from penstock.sandbox.vendors.shopify.world import Args, Turn
from penstock.sandbox.wire import Json

MOST_REMEMBERED = 500  # documents read and checked before
Resolver = Callable[[Turn, Any, Args], Any]
_MODULES = (products, variants, customers, orders, drafts, fulfilment, stock, metafields, background)
RESOLVERS: dict[tuple[str, str], Resolver] = {
    place: resolve for module in _MODULES for place, resolve in module.RESOLVERS.items()
}
ONCE: dict[tuple[str, str], Resolver] = {**fulfilment.ONCE, **stock.ONCE}
_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")


@cache
def read_schema() -> GraphQLSchema:
    """Return the schema the sandbox plays."""
    text = files("penstock.sandbox.vendors.shopify").joinpath("schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read: its operations and fragments, or the errors it has."""

    node: DocumentNode | None
    operations: tuple[OperationDefinitionNode, ...] = ()
    fragments: Mapping[str, FragmentDefinitionNode] | None = None
    errors: tuple[GraphQLError, ...] = ()

    def choose(self, name: str | None) -> OperationDefinitionNode | None:
        """Return the operation asked for, None where it cannot be told."""
        if name:
            return next((op for op in self.operations if op.name and op.name.value == name), None)
        return self.operations[0] if len(self.operations) == 1 else None


class Documents:
    """Read documents, and remember those read before."""

    def __init__(self) -> None:
        self._read: dict[str, Document] = {}

    def read(self, text: str) -> Document:
        """Return the document, checked."""
        known = self._read.get(text)
        if known is None:
            if len(self._read) >= MOST_REMEMBERED:
                self._read.pop(next(iter(self._read)))
            known = self._read[text] = _read(text)
        return known


def _read(text: str) -> Document:
    try:
        node = parse(text)
    except GraphQLError as exc:
        return Document(None, errors=(exc,))
    errors = validate(read_schema(), node)
    if errors:
        return Document(None, errors=tuple(errors))
    operations = tuple(d for d in node.definitions if isinstance(d, OperationDefinitionNode))
    fragments = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
    return Document(node, operations, fragments)


def run(
    document: DocumentNode, turn: Turn, variables: dict[str, Any], name: str | None
) -> tuple[Json, list[GraphQLError]]:
    """Return an operation's data and its errors."""
    result = execute_sync(
        read_schema(),
        document,
        context_value=turn,
        variable_values=variables,
        operation_name=name,
        field_resolver=_resolve,
    )
    return result.data, list(result.errors or ())


def _resolve(source: Any, info: GraphQLResolveInfo[Turn], **args: Any) -> Any:
    place = (info.parent_type.name, info.field_name)
    turn = info.context
    resolver = RESOLVERS.get(place)
    if resolver is not None:
        return resolver(turn, source, args)
    once = ONCE.get(place)
    if once is not None:
        return turn.once(info.field_name, _key(info), args, lambda: once(turn, source, args))
    if place == ("Mutation", "bulkOperationRunQuery"):
        return _run_bulk(turn, args["query"])
    return source.get(info.field_name) if isinstance(source, Mapping) else None


def _key(info: GraphQLResolveInfo[Turn]) -> str | None:
    """Return the key of the field's @idempotent directive, None where it has none."""
    directive = info.schema.get_directive("idempotent")
    assert directive is not None  # it stands in the schema
    values = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    return str(values["key"]) if values and values.get("key") else None


def _run_bulk(turn: Turn, query: str) -> Json:
    """Run a bulk query to its end at once; whoever asks for it finds it completed."""
    operation = background.read_bulk_query(query)
    if isinstance(operation, dict):
        return operation
    document = _read(query)
    if document.node is None:
        text = "; ".join(error.message for error in document.errors)
        return {
            "userErrors": [{"field": ["query"], "message": f"Invalid bulk query: {text}", "code": "INVALID"}]
        }
    inner = Turn(turn.world, turn.request, is_bulk=True)
    data, errors = run(document.node, inner, {}, None)
    if errors or not isinstance(data, dict):
        text = errors[0].message if errors else "no data"
        return {
            "userErrors": [{"field": ["query"], "message": f"Invalid bulk query: {text}", "code": "INVALID"}]
        }
    lines, roots = background.flatten(operation, data)
    return {"bulkOperation": background.keep_bulk(turn, query, lines, roots), "userErrors": []}


def describe(error: GraphQLError) -> Json:
    """Return an error as Shopify writes it: with a code, and its own words for a field that does not exist."""
    shown = dict(error.formatted)
    unknown = _UNKNOWN_FIELD.match(error.message)
    if unknown:
        field, type = unknown.groups()
        shown["message"] = f"Field '{field}' doesn't exist on type '{type}'"
        shown["extensions"] = {"code": "undefinedField", "typeName": type, "fieldName": field}
    elif error.message.startswith("Variable '$"):
        shown["extensions"] = {"code": "INVALID_VARIABLE"}
    elif error.message.startswith("Syntax Error"):
        shown["message"] = f"syntax error, {error.message.removeprefix('Syntax Error: ')}"
    return shown
