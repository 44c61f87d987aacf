"""Values a schema lets through, made without looking at what the package makes of the schema."""

from __future__ import annotations

from random import Random
from typing import Any

from vendors import Document

_DEEP = 6


def produce(document: Document, schema: Any, random: Random, depth: int = 0) -> Any:
    """Return a value for a schema: what is required, of choices one, of alternatives the first that works."""
    schema = document.resolve(schema)
    if not isinstance(schema, dict) or depth > _DEEP:
        return None if depth > _DEEP else "x"
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return random.choice([value for value in schema["enum"] if value is not None] or [None])
    schema = merge(document, schema)
    kind = _kind(document, schema)
    if kind == "object":
        return _object(document, schema, random, depth)
    if kind == "array":
        count = max(int(schema.get("minItems") or 0), 1 if depth < 3 else 0)
        return [
            produce(document, schema.get("items", {"type": "string"}), random, depth + 1)
            for _ in range(count)
        ]
    if kind in ("integer", "number"):
        return _number(schema, kind)
    if kind == "boolean":
        return random.choice([True, False])
    low, high = int(schema.get("minLength") or 0), schema.get("maxLength")
    text = random.choice(["a", "some text", "Zürich", "x-1_2"])
    text = text if len(text) >= low else text + "x" * (low - len(text))
    return text if high is None else text[: int(high)]


def merge(document: Document, schema: Any, depth: int = 0) -> dict[str, Any]:
    """Return a schema with its allOf, and the first of its alternatives, in one."""
    schema = document.resolve(schema)
    merged: dict[str, Any] = {
        key: value for key, value in schema.items() if key not in ("allOf", "oneOf", "anyOf")
    }
    parts = [*schema.get("allOf", ())]
    for word in ("oneOf", "anyOf"):
        usable = [one for one in schema.get(word, ()) if document.resolve(one).get("type") != "null"]
        parts += usable[:1]
    for part in parts[:20] if depth < 2 * _DEEP else []:
        inner = merge(document, part, depth + 1)
        merged["properties"] = {**inner.get("properties", {}), **merged.get("properties", {})}
        merged["required"] = [*dict.fromkeys([*required_of(merged), *required_of(inner)])]
        for key, value in inner.items():
            merged.setdefault(key, value)
    if not merged.get("properties"):
        merged.pop("properties", None)
    return merged


def required_of(schema: dict[str, Any]) -> list[str]:
    """Return what a schema requires; a `required` that is a truth value is another dialect's."""
    found = schema.get("required")
    return found if isinstance(found, list) else []


def _kind(document: Document, schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "string")
    if kind:
        return str(kind)
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _object(document: Document, schema: dict[str, Any], random: Random, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    wanted = [
        name for name in required_of(schema) if not document.resolve(properties.get(name, {})).get("readOnly")
    ]
    if depth == 0:
        optional = [name for name, value in properties.items() if not document.resolve(value).get("readOnly")]
        wanted += random.sample(optional, min(3, len(optional)))
    elif not wanted and depth < 3:  # a form cannot say that something is empty
        wanted = list(properties)[:1]
    return {
        name: produce(document, properties.get(name, {}), random, depth + 1) for name in dict.fromkeys(wanted)
    }


def _number(schema: dict[str, Any], kind: str) -> int | float:
    low, high = schema.get("minimum"), schema.get("maximum")
    value = low if isinstance(low, (int, float)) else 7
    if schema.get("exclusiveMinimum") is True:
        value += 1
    if isinstance(high, (int, float)):
        value = min(value, high)
    step = schema.get("multipleOf")
    if step:
        value = step * max(1, -(-int(value) // int(step))) if step >= 1 else value
    return int(value) if kind == "integer" or float(value).is_integer() else float(value)
