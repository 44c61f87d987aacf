"""What a GraphQL document costs: its fields walked once, each priced by the vendor's own small function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One field as it is asked for: how many rows of it, and what its own fields cost together."""

    parent: str
    name: str
    is_leaf: bool
    is_list: bool
    is_connection: bool
    size: int | None
    inner: float


Price = Callable[[Asked], float]


def count(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
    price: Price,
) -> float:
    """Return what an operation costs."""
    root = schema.get_root_type(operation.operation)
    defaults = {
        one.variable.name.value: int(one.default_value.value)
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, IntValueNode)
    }
    walk = _Walk(schema, fragments, {**defaults, **variables}, price)
    return walk.sum(operation.selection_set, root) if root is not None else 0.0


@dataclass(frozen=True, slots=True)
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    price: Price

    def sum(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None) -> float:
        """Return what the fields of one selection cost together."""
        total = 0.0
        for node in selections.selections if selections is not None else ():
            if isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                total += self.sum(
                    fragment.selection_set, self.schema.get_type(fragment.type_condition.name.value)
                )
            elif isinstance(node, InlineFragmentNode):
                named = node.type_condition
                inner = self.schema.get_type(named.name.value) if named is not None else parent
                total += self.sum(node.selection_set, inner)
            elif isinstance(node, FieldNode) and isinstance(
                parent, (GraphQLObjectType, GraphQLInterfaceType)
            ):
                total += self._price(node, parent)
        return total

    def _price(self, node: FieldNode, parent: GraphQLObjectType | GraphQLInterfaceType) -> float:
        found = parent.fields.get(node.name.value)
        if found is None:  # __typename
            return 0.0
        type_ = get_named_type(found.type)
        inner = self.sum(node.selection_set, type_)
        is_connection = isinstance(type_, GraphQLObjectType) and "pageInfo" in type_.fields
        is_list = is_list_type(get_nullable_type(found.type))
        asked = Asked(
            parent.name, node.name.value, is_leaf_type(type_), is_list, is_connection, self._size(node), inner
        )
        return self.price(asked)

    def _size(self, node: FieldNode) -> int | None:
        """Return how many rows first= or limit= asks for, None where it says nothing."""
        for argument in node.arguments or ():
            if argument.name.value in ("first", "limit"):
                value = argument.value
                if isinstance(value, IntValueNode):
                    return int(value.value)
                given = self.variables.get(value.name.value) if isinstance(value, VariableNode) else None
                return given if isinstance(given, int) else None
        return None
