"""Dropbox's own format, stone, as JSON → what it says can be called. Pure; routes with another sign-in are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.catalog.described import DescribedCall, Description, name_parameters
from penstock.catalog.parameters import Parameter

_PRIMITIVES = {
    "String": "string", "Timestamp": "string", "Bytes": "string", "Boolean": "boolean", "Float32": "number",
    "Float64": "number", "Int32": "integer", "Int64": "integer", "UInt32": "integer", "UInt64": "integer",
}  # fmt: skip
_HOSTS = {
    "api": "https://api.dropboxapi.com/2",
    "content": "https://content.dropboxapi.com/2",
    "notify": "https://notify.dropboxapi.com/2",
}
_DEEP = 12


def is_stone(document: Mapping[str, Any]) -> bool:
    """Say whether a document is one namespace of this kind."""
    return {"routes", "types"} <= document.keys()


def read_stone(document: Mapping[str, Any], namespaces: Mapping[str, Mapping[str, Any]]) -> Description:
    """Return the calls of one namespace; the types of the others are looked up in `namespaces`."""
    types = {
        f"{space}.{name}": declared
        for space, one in namespaces.items()
        for name, declared in (one.get("types") or {}).items()
    }
    skipped: dict[str, int] = {}
    calls = []
    for route in document.get("routes") or ():
        attributes = route.get("attrs") or {}
        reason = "deprecated" if route.get("deprecated") else _reason(attributes)
        if reason is not None:
            skipped[reason] = skipped.get(reason, 0) + 1
            continue
        calls.append(_read_call(route, attributes, types))
    return Description(tuple(calls), servers=tuple(_HOSTS.values()), skipped=skipped)


def _reason(attributes: Mapping[str, Any]) -> str | None:
    signs = [one.strip() for one in str(attributes.get("auth", "user")).split(",")]
    if not {"user", "team", "noauth"} & set(signs):
        return "another sign-in"
    return None if attributes.get("host", "api") in _HOSTS else "no address"


def _read_call(
    route: Mapping[str, Any], attributes: Mapping[str, Any], types: Mapping[str, Any]
) -> DescribedCall:
    style = attributes.get("style", "rpc")
    fields = list(_fields(route.get("arg"), types))
    body: str | None = "json" if fields else None
    if style != "rpc":  # the arguments go into a header field, the bytes into the body or the answer
        needs = any(field.is_required for field in fields)
        fields = [Parameter("arg", "header", "object", needs, wire="Dropbox-API-Arg")] if fields else []
    if style == "upload":
        fields.append(Parameter("content", "body", "any", True, wire="$"))
        body = "raw"
    path, named = name_parameters(str(route["path"]), fields)
    server = _HOSTS[str(attributes.get("host", "api"))]
    own_name = str(route["path"]).strip("/")
    return DescribedCall("POST", path, server, own_name, (), named, body if style != "download" else None)


def _fields(argument: Any, types: Mapping[str, Any]) -> Iterator[Parameter]:
    declared = types.get(argument) if isinstance(argument, str) else None
    for _ in range(_DEEP):
        if declared is None or declared.get("kind") != "struct":
            return
        for field in declared.get("fields") or ():
            kind = field["type"]
            is_required = "default" not in field and not (isinstance(kind, dict) and "nullable" in kind)
            yield Parameter(str(field["name"]), "body", *_describe(kind, types, is_required))
        declared = types.get(declared.get("extends"))


def _describe(kind: Any, types: Mapping[str, Any], is_required: bool) -> tuple[str, bool, tuple[str, ...]]:
    for _ in range(_DEEP):
        if isinstance(kind, dict):
            if "list" in kind:
                return "array", is_required, ()
            if "nullable" not in kind:
                return ("object" if "map" in kind else "any"), is_required, ()
            kind = kind["nullable"]
            continue
        declared = types.get(kind)
        if declared is None:
            return _PRIMITIVES.get(str(kind), "any"), is_required, ()
        if declared.get("kind") == "struct":
            return "object", is_required, ()
        if declared.get("kind") == "alias":
            kind = declared.get("type")
            continue
        # A union: a tag alone may be written as a text, one with a value is an object.
        return "any", is_required, ()
    return "any", is_required, ()
