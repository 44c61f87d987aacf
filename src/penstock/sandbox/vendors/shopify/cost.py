"""What a GraphQL document costs in points, before it runs and after.

The rules: a scalar costs 0, an object 1, a mutation 10, a connection 2 and its children for each row asked
for; after the run each connection costs what it really gave
(shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits; rows multiplying is as measured in public
transcripts of 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)
from graphql.utilities import value_from_ast_untyped

MUTATION = 10
CONNECTION = 2


class Meter:
    """Count one operation's points. `data` None counts what is asked for, otherwise what was given."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._schema, self._fragments, self._variables = schema, fragments, variables

    def count(self, operation: OperationDefinitionNode, data: Any = None) -> int:
        """Return the operation's points."""
        if operation.operation.value == "mutation":
            root = self._schema.mutation_type
            return self._children(operation.selection_set, root, data, is_mutation=True) if root else 0
        root = self._schema.query_type
        return self._children(operation.selection_set, root, data) if root else 0

    def _children(
        self, selected: SelectionSetNode | None, parent: Any, data: Any, *, is_mutation: bool = False
    ) -> int:
        total = 0
        by_type: dict[str, int] = {}
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                total += self._field(node, parent, data, is_mutation=is_mutation)
                continue
            inner, condition = self._fragment(node)
            type_ = self._schema.get_type(condition) if condition else parent
            points = self._children(inner, type_, data, is_mutation=is_mutation)
            if condition and condition != getattr(parent, "name", None):
                by_type[condition] = by_type.get(condition, 0) + points
            else:
                total += points
        return total + max(by_type.values(), default=0)

    def _fragment(self, node: Any) -> tuple[SelectionSetNode | None, str | None]:
        if isinstance(node, FragmentSpreadNode):
            fragment = self._fragments.get(node.name.value)
            return (fragment.selection_set, fragment.type_condition.name.value) if fragment else (None, None)
        assert isinstance(node, InlineFragmentNode)  # the third and last kind of selection
        return node.selection_set, node.type_condition.name.value if node.type_condition else None

    def _field(self, node: FieldNode, parent: Any, data: Any, *, is_mutation: bool) -> int:
        name = node.name.value
        fields = parent.fields if hasattr(parent, "fields") else {}
        declared = fields.get(name)
        if declared is None or name.startswith("__"):
            return 0
        type_ = get_named_type(declared.type)
        if not is_composite_type(type_):
            return 0
        given = data.get(node.alias.value if node.alias else name) if isinstance(data, dict) else None
        if data is not None and given is None:
            return MUTATION if is_mutation else 0
        if is_mutation:
            return MUTATION + self._connections_within(node.selection_set, type_, given)
        if type_.name.endswith("Connection"):
            return self._connection(node, type_, given)
        rows = given if isinstance(given, list) else [given]
        if data is not None:
            return max(1, sum(1 + self._children(node.selection_set, type_, row) for row in rows if row))
        return 1 + self._children(node.selection_set, type_, None)

    def _connection(self, node: FieldNode, type_: GraphQLCompositeType, given: Any) -> int:
        rows_field = self._find(node.selection_set, "nodes")
        edges_field = self._find(node.selection_set, "edges")
        in_edge = self._find(edges_field.selection_set, "node") if edges_field else None
        row_field = rows_field or in_edge
        row_type = _row_type(type_)
        total = CONNECTION + (1 if self._find(node.selection_set, "pageInfo") else 0)
        if row_field is None or row_type is None:
            return total
        if given is None:
            return total + self._size(node) * (1 + self._children(row_field.selection_set, row_type, None))
        rows = _rows(given, rows_field, edges_field, in_edge)
        return total + sum(1 + self._children(row_field.selection_set, row_type, row) for row in rows)

    def _connections_within(self, selected: SelectionSetNode | None, parent: Any, data: Any) -> int:
        """Return what the connections in a mutation's payload cost: the rest of it is in the mutation's ten points."""
        total = 0
        for node in selected.selections if selected else ():
            if not isinstance(node, FieldNode):
                inner, condition = self._fragment(node)
                total += self._connections_within(
                    inner, self._schema.get_type(condition) if condition else parent, data
                )
                continue
            declared = getattr(parent, "fields", {}).get(node.name.value)
            type_ = get_named_type(declared.type) if declared is not None else None
            if type_ is None or not is_composite_type(type_):
                continue
            given = (
                data.get(node.alias.value if node.alias else node.name.value)
                if isinstance(data, dict)
                else None
            )
            if type_.name.endswith("Connection"):
                total += self._connection(node, type_, given) if data is None or given is not None else 0
            else:
                total += self._connections_within(node.selection_set, type_, given)
        return total

    def _find(self, selected: SelectionSetNode | None, name: str) -> FieldNode | None:
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                if node.name.value == name:
                    return node
            else:
                found = self._find(self._fragment(node)[0], name)
                if found is not None:
                    return found
        return None

    def _size(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value = value_from_ast_untyped(argument.value, dict(self._variables))
                return value if isinstance(value, int) and value > 0 else 0
        return 0


def _row_type(type_: GraphQLCompositeType) -> Any:
    if not isinstance(type_, GraphQLObjectType) or "nodes" not in type_.fields:
        return None
    return get_named_type(type_.fields["nodes"].type)


def _rows(
    given: Any, rows: FieldNode | None, edges: FieldNode | None, in_edge: FieldNode | None
) -> list[Any]:
    """Return the rows a connection gave, under whatever names they were asked for."""
    if rows is not None:
        return list(given.get(rows.alias.value if rows.alias else "nodes") or ())
    if edges is None or in_edge is None:
        return []
    name = in_edge.alias.value if in_edge.alias else "node"
    return [edge.get(name) for edge in given.get(edges.alias.value if edges.alias else "edges") or ()]
