"""A GraphQL schema (SDL) → a call for each field of its Query and Mutation. Pure; graphql-core is loaded when it is used.

What is asked back is chosen here: plain fields of what is returned, and of the objects in it their ids. A row's columns are
the arguments, or the fields of a mutation's one input object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from penstock.catalog.described import DescribedCall, Description, name_parameters
from penstock.catalog.parameters import Parameter
from penstock.catalog.words import split_words

if TYPE_CHECKING:
    from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType

_KINDS = {"Int": "integer", "Float": "number", "Boolean": "boolean", "String": "string", "ID": "string"}
_CHOICES = 40
_WRAPPER = 8  # a type of so few fields is an envelope: what is in it is asked for whole
_INTERNAL = re.compile(r"\s*\[(internal|deprecated|alpha)\]", re.IGNORECASE)


def read_graphql(sdl: str, path: str) -> Description:
    """Return a call for every query and mutation that is neither deprecated nor said to be internal."""
    from graphql import build_schema

    schema = build_schema(sdl, assume_valid=True)
    skipped: dict[str, int] = {}
    calls = []
    lists = tuple(
        "_".join(split_words(name)) for name in (schema.query_type.fields if schema.query_type else ())
    )
    for kind, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        for name, declared in sorted(root.fields.items()) if root else ():
            reason = _reason(name, declared)
            if reason is not None:
                skipped[reason] = skipped.get(reason, 0) + 1
                continue
            calls.append(_read_call(kind, name, declared, path, lists))
    return Description(tuple(calls), skipped=skipped)


def _reason(name: str, declared: GraphQLField) -> str | None:
    if declared.deprecation_reason is not None:
        return "deprecated"
    return "internal" if name.startswith("_") or _INTERNAL.match(declared.description or "") else None


def _read_call(
    kind: str, name: str, declared: GraphQLField, path: str, lists: tuple[str, ...]
) -> DescribedCall:
    from graphql import is_input_object_type, is_non_null_type

    arguments = {
        word: argument for word, argument in declared.args.items() if argument.deprecation_reason is None
    }
    inputs = [word for word, one in arguments.items() if is_input_object_type(_bare(one.type))]
    into = (
        inputs[0]
        if kind == "mutation" and len(inputs) == 1 and not _is_list(arguments[inputs[0]].type)
        else None
    )
    parameters = [_build(word, argument) for word, argument in arguments.items() if word != into]
    if into is not None:
        whole = arguments[into]
        for word, field in _bare(whole.type).fields.items():
            if word not in arguments and field.deprecation_reason is None:
                built = _build(word, field)
                needed = built.is_required and is_non_null_type(whole.type)
                parameters.append(Parameter(word, "body", built.type, needed, built.choices))
    _, named = name_parameters(path, parameters)
    asked, items = _select(declared.type)
    variables = ", ".join(f"${word}: {argument.type}" for word, argument in arguments.items())
    passed = ", ".join(f"{word}: ${word}" for word in arguments)
    head = f"{kind} {name}({variables})" if variables else f"{kind} {name}"
    field_text = f"{name}({passed})" if passed else name
    document = f"{head} {{ {field_text}{f' {{ {asked} }}' if asked else ''} }}"
    rows = f"data.{name}{f'.{items}' if items else ''}" if kind == "query" and items is not None else None
    return DescribedCall("POST", path, "", f"{kind}:{name}", lists, named, None, rows, document, into)


def _build(name: str, argument: Any) -> Parameter:
    from graphql import is_enum_type, is_input_object_type, is_required_argument, is_required_input_field
    from graphql.type import GraphQLArgument

    is_needed = is_required_argument if isinstance(argument, GraphQLArgument) else is_required_input_field
    bare = _bare(argument.type)
    kind, choices = _KINDS.get(bare.name, "any"), ()
    if _is_list(argument.type):
        kind = "array"
    elif is_enum_type(bare):
        values = tuple(bare.values)
        kind, choices = "string", values if len(values) <= _CHOICES else ()
    elif is_input_object_type(bare):
        kind = "object"
    return Parameter(name, "body", kind, is_needed(argument), choices)


def _bare(kind: Any) -> Any:
    from graphql import get_named_type

    return get_named_type(kind)


def _is_list(kind: Any) -> bool:
    from graphql import get_nullable_type, is_list_type

    return is_list_type(get_nullable_type(kind))


def _select(kind: Any) -> tuple[str, str | None]:
    """Return the fields asked for, and where the rows are in what is returned: "" itself, None where it is no list."""
    from graphql import is_composite_type, is_object_type

    bare: GraphQLNamedType = _bare(kind)
    if not is_composite_type(bare):
        return "", "" if _is_list(kind) else None
    if is_object_type(bare) and {"nodes", "pageInfo"} <= bare.fields.keys():
        node = _bare(bare.fields["nodes"].type)
        return f"nodes {{ {_fields(node)} }} pageInfo {{ hasNextPage endCursor }}", "nodes"
    return _fields(bare), "" if _is_list(kind) else None


def _fields(kind: Any) -> str:
    """Return a type's plain fields; whole objects of an envelope, the ids of the objects of anything else."""
    from graphql import is_leaf_type, is_union_type

    if is_union_type(kind):
        return "__typename"
    is_wrapper = len(kind.fields) <= _WRAPPER
    asked = []
    for name, field in _usable(kind):
        bare: Any = _bare(field.type)
        if is_leaf_type(bare):
            asked.append(name)
        elif not is_union_type(bare) and (is_wrapper or not _is_list(field.type)):
            inner = _plain(bare) if is_wrapper else [one for one in _plain(bare) if one == "id"]
            if inner:
                asked.append(f"{name} {{ {' '.join(inner)} }}")
    return " ".join(asked) or "__typename"


def _plain(kind: GraphQLObjectType) -> list[str]:
    from graphql import is_leaf_type

    return [name for name, field in _usable(kind) if is_leaf_type(_bare(field.type))]


def _usable(kind: GraphQLObjectType) -> Iterator[tuple[str, GraphQLField]]:
    """Yield the fields that can be asked for as they are."""
    from graphql import is_required_argument

    for name, field in kind.fields.items():
        is_open = not any(is_required_argument(argument) for argument in field.args.values())
        if is_open and field.deprecation_reason is None and not _INTERNAL.match(field.description or ""):
            yield name, field
