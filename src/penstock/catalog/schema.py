"""What a JSON schema says about parameters: types, choices, top-level properties. References are local and bounded.

It does not validate values; it reads what a call takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

_DEEP = 30  # allOf within allOf, reference after reference
_WIDE = 400  # properties of one body, branches of one oneOf
_CHOICES = 40  # longer lists are the service's to check; it adds to them
_NOTHING: tuple[dict[str, Any], frozenset[str]] = ({}, frozenset())
_TYPES = ("string", "integer", "number", "boolean", "array", "object")
_BESIDES = ("errors", "warnings", "messages", "links", "_links", "included")  # lists that are not the rows
_ROWS = (
    "data",
    "items",
    "results",
    "values",
    "value",
    "records",
    "entries",
    "elements",
    "rows",
    "objects",
    "list",
)


class Schemas:
    """Read the schemas of one document. `root` is what a bare reference ("Message", Google's) is looked up in."""

    def __init__(self, document: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> None:
        self._document, self._root = document, root
        # By the schema's identity: the document holds them all for as long as this reads it.
        self._depth = 0
        self._types: dict[int, str] = {}
        self._merged: dict[int, tuple[dict[str, Any], frozenset[str]]] = {}

    def resolve(self, value: Any) -> dict[str, Any]:
        """Return what a reference leads to; an empty dict where it leads nowhere, in a circle, or to another file."""
        for _ in range(_DEEP):
            if not isinstance(value, dict):
                return {}
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return value
            value = self._follow(reference)
        return {}

    def _follow(self, reference: str) -> Any:
        if self._root is not None and "/" not in reference:
            return self._root.get(reference)
        if not reference.startswith("#/"):
            return None
        found: Any = self._document
        for step in unquote(reference[2:]).split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and step.isdigit() and int(step) < len(found):
                found = found[int(step)]
            elif isinstance(found, dict):
                found = found.get(step)
            else:
                return None
        return found

    def type_of(self, schema: Any) -> str:
        """Return a parameter's type: string, integer, number, boolean, array, object, or any."""
        schema = self.resolve(schema)
        known = self._types.get(id(schema))
        if known is None and self._depth < _DEEP:
            self._types[id(schema)] = "any"  # what a circle leads to
            self._depth += 1
            known = self._types[id(schema)] = self._find_type(schema)
            self._depth -= 1
        return known or "any"

    def _find_type(self, schema: dict[str, Any]) -> str:
        kind = schema.get("type")
        if schema.get("format") == "binary" or kind == "file":
            return "any"
        if isinstance(kind, list):
            kinds = [one for one in kind if one != "null"]
            kind = kinds[0] if len(kinds) == 1 else "any"
        branches = {
            self.type_of(one)
            for word in ("oneOf", "anyOf")
            for one in _list(schema.get(word))[:_WIDE]
            if self.resolve(one).get("type") != "null"
        }
        if branches and (len(branches) > 1 or kind not in (None, *branches)):
            return "any"
        kind = kind or next(iter(branches), None)
        if isinstance(kind, str):
            return kind if kind in _TYPES else "any"
        merged = {self.type_of(one) for one in _list(schema.get("allOf"))} - {"any"}
        if merged:
            return merged.pop() if len(merged) == 1 else "any"
        if "properties" in schema or "additionalProperties" in schema:
            return "object"
        values = _list(schema.get("enum"))
        if values and all(isinstance(value, str) for value in values):
            return "string"
        return "array" if "items" in schema else "any"

    def choices(self, schema: Any) -> tuple[str, ...]:
        """Return the texts an enum lets through, nothing where there are too many, or others besides texts."""
        schema = self.resolve(schema)
        for part in [schema, *map(self.resolve, _list(schema.get("allOf")))]:
            values = _list(part.get("enum")) or (
                [part["const"]] if isinstance(part.get("const"), str) else []
            )
            texts = [value for value in values if value is not None]
            if texts and len(texts) <= _CHOICES and all(isinstance(value, str) and value for value in texts):
                return tuple(dict.fromkeys(texts))
        return ()

    def properties(self, schema: Any) -> tuple[dict[str, Any], frozenset[str]]:
        """Return a body's properties, and which are required: allOf merged; of oneOf and anyOf all, the common ones required."""
        found, required = self._merge(schema)
        usable = {
            name: value
            for name, value in list(found.items())[:_WIDE]
            if self.resolve(value).get("readOnly") is not True
        }
        return usable, required & usable.keys()

    def _merge(self, schema: Any) -> tuple[dict[str, Any], frozenset[str]]:
        schema = self.resolve(schema)
        known = self._merged.get(id(schema))
        if known is None and self._depth < _DEEP:
            self._merged[id(schema)] = _NOTHING  # what a circle leads to
            self._depth += 1
            known = self._merged[id(schema)] = self._find_properties(schema)
            self._depth -= 1
        return known or _NOTHING

    def _find_properties(self, schema: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
        own = schema.get("properties")
        found = {str(name): value for name, value in own.items()} if isinstance(own, dict) else {}
        required = frozenset(name for name in _list(schema.get("required")) if isinstance(name, str))
        for part in _list(schema.get("allOf"))[:_WIDE]:
            inner, needed = self._merge(part)
            found = {**inner, **found}
            required |= needed
        for word in ("oneOf", "anyOf"):
            branches = [
                self._merge(part)
                for part in _list(schema.get(word))[:_WIDE]
                if self.resolve(part).get("type") != "null"
            ]
            for inner, _ in branches:
                found = {**inner, **found}
            if branches:
                required |= frozenset.intersection(*(needed for _, needed in branches))
        return found, required

    def rows_of(self, schema: Any, noun: str = "") -> str | None:
        """Return where an answer of this schema keeps its rows: "$", or the property that is a list; None when unclear.

        noun: the last word of the path, which often is the property's name.
        """
        if self.type_of(schema) == "array":
            return "$"
        lists = [
            name
            for name, value in self._merge(schema)[0].items()
            if name.lower() not in _BESIDES and self.type_of(value) == "array"
        ]
        if len(lists) == 1:
            return lists[0]
        bare = noun.lower().replace("_", "").replace("-", "")
        named = [name for name in lists if name.lower().replace("_", "") == bare]
        return next((name for name in (*named, *_ROWS) if name in lists), None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
