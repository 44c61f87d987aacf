"""A Google discovery document → what it says can be called. Pure, as openapi.py is; uploads by other protocols are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.catalog.described import DescribedCall, Description, name_parameters
from penstock.catalog.parameters import Parameter
from penstock.catalog.schema import Schemas


def is_discovery(document: Mapping[str, Any]) -> bool:
    """Say whether a document is of this kind."""
    return "discoveryVersion" in document


def read_discovery(document: Mapping[str, Any]) -> Description:
    """Return the calls of a discovery document and its address."""
    schemas = Schemas(document, document.get("schemas") or {})
    server = str(document.get("rootUrl", "")).rstrip("/")
    base = f"/{document.get('servicePath') or ''}".rstrip("/")
    skipped: dict[str, int] = {}
    calls = []
    for method in _methods(document):
        if method.get("deprecated") is True:
            skipped["deprecated"] = skipped.get("deprecated", 0) + 1
            continue
        calls.append(_read_call(method, schemas, server, base))
    return Description(
        tuple(calls),
        str(document.get("title", "")),
        str(document.get("version", "")),
        (server,),
        skipped=skipped,
    )


def _methods(node: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (node.get("methods") or {}).values()
    for inner in (node.get("resources") or {}).values():
        yield from _methods(inner)


def _read_call(method: dict[str, Any], schemas: Schemas, server: str, base: str) -> DescribedCall:
    written = str(method["path"])
    path = f"{base}/{written.replace('{+', '{').lstrip('/')}"
    parameters = []
    for wire, one in (method.get("parameters") or {}).items():
        if one.get("deprecated") is True:
            continue
        place = str(one.get("location", "query"))
        kind = schemas.type_of(one)
        if one.get("repeated") is True:
            kind = "array"
        elif f"{{+{wire}}}" in written:
            kind = "path"
        choices = schemas.choices(one) if kind == "string" else ()
        # What has a default ("me") may be left out of the query, but not of the path.
        parameters.append(Parameter(wire, place, kind, one.get("required") is True, choices))
    request = method.get("request")
    if request:
        for name, value in schemas.properties(request)[0].items():
            kind = schemas.type_of(value)
            choices = schemas.choices(value) if kind == "string" else ()
            parameters.append(Parameter(name, "body", kind, False, choices))
    path, named = name_parameters(path, parameters)
    verb = str(method["httpMethod"])
    noun = path.rstrip("/").rpartition("/")[2]
    items = schemas.rows_of(method["response"], noun) if verb == "GET" and method.get("response") else None
    body = "json" if request else None
    own_name = str(method.get("id", "")).partition(".")[2]  # the first word is the service's
    return DescribedCall(verb, path, server, own_name, (), named, body, items)
