"""The vendors' own descriptions, read without the package: what test_judge.py holds requests against.

Schemas are judged by openapi-schema-validator, paths by Werkzeug's routing: neither is ours.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
METHODS = ("get", "put", "post", "delete", "patch", "head")
# Where a description has no address, a wrong one, or an older spelling of it.
SERVERS = {
    ("trello", "trello"): ["https://api.trello.com/1"],
    ("pipedrive", "v1"): ["https://api.pipedrive.com/api/v1"],
    ("jira", "software"): ["https://your-domain.atlassian.net"],
    ("paypal", "reporting_transactions_v1"): ["https://api-m.paypal.com"],
}


@dataclass(frozen=True)
class Described:
    """One call as the vendor describes it, its schemas still pointers into the document."""

    document: Document
    method: str
    path: str  # from the host's root on
    host: str
    parameters: dict[tuple[str, str], dict[str, Any]] = field(hash=False)
    bodies: dict[str, Any] = field(hash=False)
    needs_body: bool


class Document:
    """One document, and a validator for the schemas in it."""

    def __init__(self, service: str, name: str, raw: dict[str, Any]) -> None:
        from referencing import Registry, Resource
        from referencing.jsonschema import DRAFT202012

        self.service, self.name, self.raw = service, name, raw
        self.registry: Any = Registry().with_resource(
            "urn:doc", Resource(contents=raw, specification=DRAFT202012)
        )

    def resolve(self, value: Any) -> Any:
        for _ in range(20):
            if not (isinstance(value, dict) and isinstance(value.get("$ref"), str)):
                return value
            found: Any = self.raw
            for step in value["$ref"].removeprefix("urn:doc").removeprefix("#/").split("/"):
                step = unquote(step).replace("~1", "/").replace("~0", "~")
                found = found[int(step)] if isinstance(found, list) else found[step]
            value = found
        return {}

    def errors(self, schema: Any, value: Any) -> list[str]:
        """Return what is wrong with a value; patterns and formats are about texts nobody here can know."""
        validator = _validator_class(str(self.raw.get("openapi", "3.0")))(
            _absolute(schema), registry=self.registry
        )
        try:
            return [f"{'.'.join(map(str, e.path))}: {e.message[:150]}" for e in validator.iter_errors(value)]
        except (TypeError, RecursionError):  # a type that is null, a reference to itself
            return ["the schema is none"]


@cache
def _validator_class(version: str) -> Any:
    from jsonschema import validators
    from openapi_schema_validator import OAS30Validator, OAS31Validator

    def let_pass(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        return iter(())

    # Beside an allOf, additionalProperties forbids what the allOf has: no vendor means that. What is not described is
    # looked for by name instead.
    about_others = ("additionalProperties", "unevaluatedProperties")
    words = dict.fromkeys(
        ("pattern", "format", "uniqueItems", "propertyNames", "discriminator", *about_others), let_pass
    )
    base = OAS31Validator if version.startswith("3.1") else OAS30Validator
    return validators.extend(base, words)


def _absolute(schema: Any) -> Any:
    """Return a schema whose references lead into the document it comes from."""
    if isinstance(schema, dict):
        return {
            key: f"urn:doc{value}"
            if key == "$ref" and isinstance(value, str) and value.startswith("#")
            else _absolute(value)
            for key, value in schema.items()
        }
    return [_absolute(one) for one in schema] if isinstance(schema, list) else schema


@cache
def documents(service: str) -> tuple[Document, ...]:
    """Return a service's documents of the kinds judged here: OpenAPI and Swagger."""
    found = json.loads(gzip.decompress((SPECS / f"{service}.json.gz").read_bytes()))
    parts = found.get("specs", {service: found})
    return tuple(
        Document(service, name, raw)
        for name, raw in parts.items()
        if isinstance(raw, dict) and "paths" in raw
    )


def described(document: Document) -> Iterator[Described]:
    """Yield the calls of a document that are not deprecated, for each address they are at."""
    raw = document.raw
    for path, entry in raw["paths"].items():
        entry = document.resolve(entry)
        for method in METHODS:
            operation = entry.get(method)
            if not isinstance(operation, dict) or operation.get("deprecated"):
                continue
            parameters: dict[tuple[str, str], dict[str, Any]] = {}
            for one in [*entry.get("parameters", []), *operation.get("parameters", [])]:
                one = document.resolve(one)
                parameters[one["in"], one["name"]] = one
            bodies, needs_body = _bodies(document, operation, parameters)
            for host, base in _addresses(document, entry, operation):
                whole = f"{base}{path.partition('?')[0]}"
                yield Described(document, method.upper(), whole, host, parameters, bodies, needs_body)


def _bodies(
    document: Document, operation: dict[str, Any], parameters: dict[tuple[str, str], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    if "swagger" not in document.raw:
        request = document.resolve(operation.get("requestBody") or {})
        return {
            kind.partition(";")[0].strip(): media.get("schema", {})
            for kind, media in request.get("content", {}).items()
        }, bool(request.get("required"))
    for (place, _), one in parameters.items():
        if place == "body":
            return {"application/json": one.get("schema", {})}, bool(one.get("required"))
    form = {name: one for (place, name), one in parameters.items() if place == "formData"}
    if not form:
        return {}, False
    schema = {
        "type": "object",
        "properties": {},
        "required": [n for n, one in form.items() if one.get("required")],
    }
    for name, one in form.items():
        schema["properties"][name] = (
            {} if one.get("type") == "file" else {k: one[k] for k in ("type", "enum", "items") if k in one}
        )
    kind = (
        "multipart/form-data"
        if any(one.get("type") == "file" for one in form.values())
        else "application/x-www-form-urlencoded"
    )
    return {kind: schema}, False


def _addresses(
    document: Document, entry: dict[str, Any], operation: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    raw = document.raw
    if "swagger" in raw:
        yield raw["host"], raw.get("basePath", "").rstrip("/")
        return
    fixed = SERVERS.get((document.service, document.name))
    servers = operation.get("servers") or entry.get("servers") or raw.get("servers") or []
    urls = fixed or [server["url"] for server in servers if isinstance(server, dict)]
    for url in urls:
        for server in servers:
            for name, variable in (server.get("variables") or {}).items() if isinstance(server, dict) else ():
                if name != "token":
                    url = url.replace(f"{{{name}}}", variable["default"])
        parts = urlsplit(url)
        if parts.netloc:
            yield parts.netloc, parts.path.rstrip("/")


@cache
def router(service: str) -> Any:
    """Return Werkzeug's routing over everything a service describes; an end point is a Described."""
    from werkzeug.routing import Map, Rule

    rules = []
    seen: set[tuple[str, str]] = set()
    for document in documents(service):
        for call in described(document):
            shape = re.sub(r"\{[^{}]+\}", "{}", f"{call.host}{call.path}")
            if (call.method, shape) in seen:
                continue
            seen.add((call.method, shape))
            number = iter(range(100))
            path = re.sub(r"\{[^{}]+\}", lambda _: f"<p{next(number)}>", call.path)  # noqa: B023
            rules.append(
                Rule(f"/{call.host}{path}", endpoint=call, methods=[call.method], merge_slashes=False)
            )
    return Map(rules, strict_slashes=True, merge_slashes=False).bind("localhost")
