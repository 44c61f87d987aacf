"""What a JSON schema says of parameters."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog.schema import Schemas

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Loop": {
                "allOf": [{"$ref": "#/components/schemas/Loop"}, {"properties": {"a": {"type": "string"}}}]
            },
            "Ring": {"$ref": "#/components/schemas/Gnir"},
            "Gnir": {"$ref": "#/components/schemas/Ring"},
            "Tree": {
                "properties": {"child": {"$ref": "#/components/schemas/Tree"}, "name": {"type": "string"}}
            },
            "Money": {
                "type": "object",
                "required": ["amount"],
                "properties": {"amount": {"type": "integer"}},
            },
            "a/b": {"type": "boolean"},
        }
    }
}
SCHEMAS = Schemas(DOCUMENT)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "integer"}, "integer"),
        ({"type": ["string", "null"]}, "string"),
        ({"type": ["string", "integer"]}, "any"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string"),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, "any"),
        ({"allOf": [_ref("Money"), {"description": "x"}]}, "object"),
        ({"properties": {}}, "object"),
        ({"items": {}}, "array"),
        ({"enum": ["a", "b"]}, "string"),
        ({"type": "string", "format": "binary"}, "any"),
        ({"$ref": "#/components/schemas/a~1b"}, "boolean"),
        ({"$ref": "other.yaml#/A"}, "any"),
        (_ref("Nowhere"), "any"),
        (_ref("Ring"), "any"),
        (True, "any"),
    ],
)
def test_a_type_is_read(schema: Any, kind: str) -> None:
    """Types come from `type`, references, alternatives that agree, and what only objects and lists have."""
    assert SCHEMAS.type_of(schema) == kind


def test_what_is_merged_and_what_is_required() -> None:
    """Parts of an allOf add up; of alternatives all properties are known, and only the common ones required."""
    schema = {
        "allOf": [_ref("Money"), {"required": ["name"], "properties": {"name": {"type": "string"}}}],
        "oneOf": [
            {"required": ["kind", "iban"], "properties": {"kind": {}, "iban": {}}},
            {"required": ["kind"], "properties": {"kind": {}, "card": {}}},
        ],
    }
    properties, required = SCHEMAS.properties(schema)
    assert set(properties) == {"amount", "name", "kind", "iban", "card"}
    assert required == {"amount", "name", "kind"}


def test_what_is_only_read_is_not_sent() -> None:
    """A property that is read-only is no parameter, even where it is required."""
    schema = {"required": ["id", "name"], "properties": {"id": {"readOnly": True}, "name": {}}}
    assert SCHEMAS.properties(schema) == ({"name": {}}, frozenset({"name"}))


def test_circles_and_depths_end() -> None:
    """A schema that leads back to itself, and one nested a thousand deep, are read to an end."""
    assert set(SCHEMAS.properties(_ref("Loop"))[0]) == {"a"}
    assert set(SCHEMAS.properties(_ref("Tree"))[0]) == {"child", "name"}
    assert SCHEMAS.properties(_ref("Ring")) == ({}, frozenset())
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(5000):
        inner["allOf"] = [{}]
        inner = inner["allOf"][0]
    assert Schemas({}).type_of(deep) == "any"
    assert Schemas({}).properties(deep) == ({}, frozenset())


@pytest.mark.parametrize(
    ("schema", "choices"),
    [
        ({"enum": ["asc", "desc", None]}, ("asc", "desc")),
        ({"const": "page"}, ("page",)),
        ({"allOf": [{"enum": ["a"]}]}, ("a",)),
        ({"enum": [1, 2]}, ()),
        ({"enum": ["a", 1]}, ()),
        ({"enum": ["", "a"]}, ()),
        ({"enum": [f"zone {n}" for n in range(500)]}, ()),
    ],
)
def test_choices_are_texts_and_few(schema: Any, choices: tuple[str, ...]) -> None:
    """Only a short list of texts is a choice; anything else is the service's to check."""
    assert SCHEMAS.choices(schema) == choices


@pytest.mark.parametrize(
    ("schema", "noun", "rows"),
    [
        ({"type": "array"}, "", "$"),
        ({"properties": {"entries": {"type": "array"}, "count": {"type": "integer"}}}, "", "entries"),
        ({"properties": {"data": {"type": "array"}, "includes": {"type": "array"}}}, "", "data"),
        ({"properties": {"tags": {"type": "array"}, "users": {"type": "array"}}}, "users", "users"),
        ({"properties": {"tags": {"type": "array"}, "users": {"type": "array"}}}, "teams", None),
        ({"properties": {"result": {"type": "array"}, "errors": {"type": "array"}}}, "", "result"),
        ({"properties": {"name": {"type": "string"}}}, "", None),
    ],
)
def test_where_the_rows_are(schema: Any, noun: str, rows: str | None) -> None:
    """Rows are the answer itself, its one list, or the list the path or custom names; else nobody knows."""
    assert SCHEMAS.rows_of(schema, noun) == rows
