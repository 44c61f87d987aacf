"""Any OpenAPI document → an Integration: its operations, its ways to sign, and guesses where it is silent.

What is guessed says so: pages in an operation's description, limits in their source. The address comes from whoever
connects, or from the document; what the document puts on other hosts is left out, because the credential is not for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from penstock.catalog.build import build_operations
from penstock.catalog.definition import (
    ErrorShape,
    Integration,
    Limit,
    NextUrl,
    Operation,
    Pagination,
    Parameter,
)
from penstock.catalog.described import erase
from penstock.catalog.document import Document
from penstock.catalog.guessing import guess_pagination, read_auth
from penstock.catalog.openapi import METHODS, read_openapi
from penstock.catalog.schema import Schemas
from penstock.errors import UsageError

# No limit that anybody is held to: what the answers' header fields say is left takes its place as it is told.
_AS_TOLD = (Limit(1_000_000, per=86_400.0, source="guessed: as the answers' header fields say"),)
_ERRORS = ErrorShape(
    message=("message", "error.message", "error_description", "detail", "errors.0.message", "errors.0.detail", "errors.0",
             "title", "error", "msg", "description"),
    code=("code", "error.code", "error.type", "errors.0.code", "type", "error"),
)  # fmt: skip
_WELL = ("health", "status", "ping", "me", "user", "account", "profile", "whoami", "version", "info")
_DEEP = 3  # levels of an answer in which its pages are looked for


def build_integration(
    document: Document,
    *,
    base_url: str | None = None,
    found_at: str | None = None,
    taken: frozenset[str] = frozenset(),
) -> Integration:
    """Return the integration a document describes. Raises UsageError.

    found_at: the address it was read from; a service's address may be relative to it (OpenAPI 3.1 §4.8.5). taken: names
    the integration may not have.
    """
    description = read_openapi(document)
    address = base_url or description.base_url
    if found_at is not None and "://" not in address:
        address = urljoin(found_at, address or "/")
    address = address.rstrip("/")
    title = description.title.strip() or "API"
    if "://" not in address:
        raise UsageError(
            f"The description of {title} does not say where the service is"
            + (f": its address is {address!r}." if address else "."),
            hint='Say it: ps.connect(document, base_url="https://api.example.com").',
        )
    if "{" in address:
        raise UsageError(
            f"The address of {title} has parts to fill in: {address}.",
            hint="Give the whole of it: base_url=…",
        )
    pages = _Pages(document)
    operations = tuple(
        pages.find(operation)
        for operation in build_operations(description, address)
        if "://" not in operation.path  # on another host
    )
    if not operations:
        raise UsageError(f"The description of {title} holds nothing that can be called at {address}.")
    security = _schemes(document)
    return Integration(
        name=_name(title, taken),
        title=title,
        docs=_docs(document, address),
        checked=description.version,
        base_url=address.replace("{", "{{").replace("}", "}}"),
        auth=read_auth(security, document.get("security") or ()),
        operations=operations,
        health=_choose_health(operations),
        limits=_AS_TOLD,
        errors=_ERRORS,
        unverified=("pages, limits and errors: guessed from the description and the answers",),
    )


def _name(title: str, taken: frozenset[str]) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "api"
    name = f"api_{name}" if name[0].isdigit() else name
    return f"{name}_api" if name in taken else name  # ours has a catalogue and a sandbox of its own


def _docs(document: Document, address: str) -> str:
    found = document.get("externalDocs")
    url = found.get("url") if isinstance(found, Mapping) else None
    return url if isinstance(url, str) else address


def _schemes(document: Document) -> Mapping[str, Any]:
    schemas = Schemas(document)
    components = document.get("components")
    found = components.get("securitySchemes") if isinstance(components, Mapping) else None
    found = found or document.get("securityDefinitions")
    return {str(n): schemas.resolve(v) for n, v in found.items()} if isinstance(found, Mapping) else {}


def _choose_health(operations: tuple[Operation, ...]) -> Operation:
    """Return a call that needs nothing and changes nothing, one that speaks of the account or the service's health first."""
    harmless = [one for one in operations if one.method == "GET" and not one.required]

    def rank(one: Operation) -> tuple[int, bool, int, str]:
        words = re.split(r"[/._-]", one.path.lower())
        place = next((number for number, word in enumerate(_WELL) if word in words), len(_WELL))
        return place, one.is_paginated, len(one.path), one.name

    return min(harmless, key=rank, default=Operation("service.root", "GET", "/"))


class _Pages:
    """Find how a document's lists seem to be paged."""

    def __init__(self, document: Document) -> None:
        self._document, self._schemas = document, Schemas(document)
        self._calls: dict[tuple[str, str], tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        for path, found in document["paths"].items():
            entry = self._schemas.resolve(found)
            for method in METHODS:
                call = entry.get(method)
                if isinstance(call, Mapping):
                    self._calls[method.upper(), erase(str(path))] = entry, call

    def find(self, operation: Operation) -> Operation:
        """Return an operation with the pages it seems to have."""
        known = self._calls.get((operation.method, erase(operation.path)))
        if operation.method != "GET" or known is None:
            return operation
        parameters = self._parameters(*known)
        style = guess_pagination(parameters, self._answer(known[1]))
        if style is None:
            return replace(operation, items=None)
        style = _with_our_names(style, operation.parameters)
        return replace(operation, is_paginated=True, pagination=style, items=style.items)

    def _parameters(self, entry: Mapping[str, Any], call: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a call takes in the query: name → schema."""
        found: dict[str, Any] = {}
        for owner in (entry, call):
            for one in owner.get("parameters") or () if isinstance(owner.get("parameters"), list) else ():
                one = self._schemas.resolve(one)
                if one.get("in") == "query" and isinstance(one.get("name"), str):
                    found[one["name"]] = self._schemas.resolve(one.get("schema", one))
        return found

    def _answer(self, call: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the schema of a success, its references followed some levels down."""
        responses = call.get("responses")
        if not isinstance(responses, Mapping):
            return None
        good = sorted(str(code) for code in responses if str(code).startswith("2"))
        answer = self._schemas.resolve(responses.get(good[0]) if good else None)
        schema = answer.get("schema")
        content = answer.get("content")
        for kind, media in content.items() if isinstance(content, Mapping) else ():
            if "json" in str(kind) and isinstance(media, Mapping):
                schema = media.get("schema")
        return self._flat(schema, _DEEP) if schema is not None else None

    def _flat(self, schema: Any, levels: int) -> Mapping[str, Any]:
        found = self._schemas.resolve(schema)
        kind = self._schemas.type_of(found)
        if kind != "object" or not levels:
            return {"type": kind}
        properties, _ = self._schemas.properties(found)
        return {
            "type": kind,
            "properties": {name: self._flat(one, levels - 1) for name, one in properties.items()},
        }


def _with_our_names(style: Pagination, parameters: tuple[Parameter, ...]) -> Pagination:
    """Return a style that asks by the names parameters have here, where the service's cannot be typed."""
    ours = {
        parameter.wire: parameter.name
        for parameter in parameters
        if parameter.wire and parameter.place == "query"
    }
    changes = {"size": ours.get(style.size or "", style.size)}
    request = getattr(style, "request", None)
    if request is not None and not isinstance(style, NextUrl):
        changes["request"] = ours.get(request, request)
    return replace(style, **changes)  # type: ignore[arg-type]
