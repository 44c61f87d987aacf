"""An OpenAPI 3 or Swagger 2 document → what it says can be called. Pure: a parsed document in, a Description out.

References are followed inside the document only. Anything it does not understand it leaves out, and counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from penstock.catalog.described import DescribedCall, Description, Security, name_parameters
from penstock.catalog.parameters import Parameter
from penstock.catalog.schema import Schemas
from penstock.errors import UsageError

METHODS = ("get", "post", "put", "patch", "delete", "head")

# What the engine writes itself: who signs, and in which form the two sides speak.
_OURS = frozenset({
    "authorization", "accept", "accept-language", "accept-encoding", "accept-charset", "content-type",
    "content-length", "content-encoding", "host", "user-agent", "cookie", "connection",
})  # fmt: skip
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json|text/json|\*/\*|application/\*", re.IGNORECASE)
_FIELD_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # RFC 9110 §5.6.2
_FORM = "application/x-www-form-urlencoded"


def read_openapi(document: Mapping[str, Any]) -> Description:
    """Return the calls, the base URL and the ways to sign in. Raises UsageError where it is no such document."""
    if not isinstance(document, Mapping) or not isinstance(document.get("paths"), Mapping):
        raise UsageError(
            "This is no OpenAPI document: it has no `paths`.",
            hint="Give an OpenAPI 3 or Swagger 2 document, read from its JSON or YAML.",
        )
    if not str(document.get("openapi") or document.get("swagger") or "").startswith(("3", "2")):
        raise UsageError(
            "The document does not say that it is OpenAPI 3 or Swagger 2.",
            hint='It should hold "openapi": "3.…" or "swagger": "2.0".',
        )
    return _Reader(document).read()


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._schemas = Schemas(document)
        self._is_old = "swagger" in document
        self._security = tuple(self._read_security())
        self._signing = {(s.place, s.wire.lower()) for s in self._security if s.kind == "apiKey"}
        self._skipped: dict[str, int] = {}

    def read(self) -> Description:
        servers = tuple(self._servers(self._document))
        calls = tuple(self._read_calls(servers[0] if servers else ""))
        info = self._document.get("info")
        info = info if isinstance(info, dict) else {}
        return Description(
            calls,
            str(info.get("title", "")),
            str(info.get("version", "")),
            servers,
            self._security,
            self._skipped,
        )

    def _skip(self, reason: str) -> None:
        self._skipped[reason] = self._skipped.get(reason, 0) + 1

    def _read_calls(self, base: str) -> Iterator[DescribedCall]:
        for path, entry in self._document["paths"].items():
            entry = self._schemas.resolve(entry)
            for method in METHODS:
                operation = entry.get(method)
                if not isinstance(operation, dict):
                    continue
                if operation.get("deprecated") is True:
                    self._skip("deprecated")
                    continue
                server = next(chain(self._servers(operation), self._servers(entry)), base)
                yield self._read_call(str(path), method.upper(), entry, operation, server)

    def _read_call(
        self, path: str, method: str, entry: dict[str, Any], operation: dict[str, Any], server: str
    ) -> DescribedCall:
        path = path.partition("?")[0]
        path = path if path.startswith("/") else f"/{path}"
        raw: dict[tuple[str, str], dict[str, Any]] = {}
        for one in [*_list(entry.get("parameters")), *_list(operation.get("parameters"))]:
            one = self._schemas.resolve(one)
            if isinstance(one.get("name"), str):
                raw[str(one.get("in")), one["name"]] = one
        parameters = [p for one in raw.values() for p in self._read_parameter(one)]
        body, of_body = self._read_old_body(operation, raw) if self._is_old else self._read_body(operation)
        path, named = name_parameters(path, [*parameters, *of_body])
        tags = tuple(str(tag) for tag in _list(operation.get("tags")))
        noun = re.sub(r"\{[^}]*\}|\.json$", "", path).rstrip("/").rpartition("/")[2]
        items = self._read_items(operation, noun) if method == "GET" else None
        return DescribedCall(
            method, path, server, str(operation.get("operationId") or ""), tags, named, body, items
        )

    # Parameters

    def _read_parameter(self, one: dict[str, Any]) -> Iterator[Parameter]:
        place, wire = str(one.get("in")), str(one["name"])
        if place not in ("path", "query", "header") or one.get("deprecated") is True:
            return
        is_ours = wire.lower() in _OURS or not _FIELD_NAME.fullmatch(wire)
        if (place == "header" and is_ours) or (place, wire.lower()) in self._signing:
            return
        is_required = one.get("required") is True
        if self._is_old:
            schema: Any = one
        elif "schema" in one:
            schema = one["schema"]
        else:  # a value written as JSON
            yield Parameter(wire, place, "object" if "content" in one else "string", is_required)
            return
        if one.get("style") == "deepObject" and self._schemas.type_of(schema) == "object":
            properties, required = self._schemas.properties(schema)
            if properties:
                for name, value in properties.items():
                    needed = is_required and name in required
                    yield self._build(f"{wire}[{name}]", place, value, needed)
                return
        found = self._build(wire, place, schema, is_required)
        if found.type == "array" and self._is_joined(one, place):
            found = Parameter(wire, place, "csv", is_required)
        if place == "path" and one.get("x-multi-segment") is True:
            found = Parameter(wire, place, "path", True)
        yield found

    def _is_joined(self, one: dict[str, Any], place: str) -> bool:
        """Say whether a list is written with commas."""
        if self._is_old:
            return bool(one.get("collectionFormat", "csv") == "csv")
        return place != "query" or one.get("explode") is False

    def _build(self, wire: str, place: str, schema: Any, is_required: bool) -> Parameter:
        kind = self._schemas.type_of(schema)
        choices = self._schemas.choices(schema) if kind == "string" else ()
        return Parameter(wire, place, kind, is_required, choices)

    # Bodies

    def _read_body(self, operation: dict[str, Any]) -> tuple[str | None, list[Parameter]]:
        request = self._schemas.resolve(operation.get("requestBody"))
        content = request.get("content")
        if not isinstance(content, dict) or not content:
            return None, []
        types = {str(name).partition(";")[0].strip().lower(): media for name, media in content.items()}
        kind, media = _choose(types)
        schema = media.get("schema") if isinstance(media, dict) else None
        return kind, self._read_fields(kind, schema, request.get("required") is True)

    def _read_fields(self, kind: str, schema: Any, is_required: bool) -> list[Parameter]:
        if kind == "raw":
            return [_whole("content", "any", is_required)]
        properties, required = self._schemas.properties(schema)
        whole = self._schemas.type_of(schema)
        if not properties:
            is_whole = kind == "json" and whole in ("array", "string", "integer", "number", "boolean")
            return [_whole("body", whole, is_required)] if is_whole else []
        return [self._build(name, "body", value, name in required) for name, value in properties.items()]

    def _read_old_body(
        self, operation: dict[str, Any], raw: Mapping[tuple[str, str], dict[str, Any]]
    ) -> tuple[str | None, list[Parameter]]:
        body = next((one for (place, _), one in raw.items() if place == "body"), None)
        if body is not None:
            return "json", self._read_fields("json", body.get("schema"), body.get("required") is True)
        form = [
            one
            for (place, wire), one in raw.items()
            if place == "formData" and (place, wire.lower()) not in self._signing
        ]
        if not form:
            return None, []
        consumes = _list(operation.get("consumes")) or _list(self._document.get("consumes"))
        has_file = any(one.get("type") == "file" for one in form)
        kind = "multipart" if has_file or (consumes and _FORM not in consumes) else "form"
        return kind, [self._build(one["name"], "body", one, one.get("required") is True) for one in form]

    def _read_items(self, operation: dict[str, Any], noun: str) -> str | None:
        responses = operation.get("responses")
        if not isinstance(responses, dict):
            return None
        good = [code for code in responses if str(code).startswith("2")]
        answer = self._schemas.resolve(responses[good[0]] if good else responses.get("default"))
        schema = answer.get("schema")
        content = answer.get("content")
        for name, media in (content if isinstance(content, dict) else {}).items():
            if _JSON.match(str(name)) and isinstance(media, dict):
                schema = media.get("schema")
                break
        return self._schemas.rows_of(schema, noun) if schema else None

    # Servers and sign-in

    def _servers(self, owner: Mapping[str, Any]) -> Iterator[str]:
        """Yield the addresses an owner of `servers` names, their variables filled with their defaults."""
        if self._is_old:
            host = owner.get("host")
            schemes = _list(owner.get("schemes")) or ["https"]
            scheme = "https" if "https" in schemes else str(schemes[0])
            base = str(owner.get("basePath") or "").rstrip("/")
            if isinstance(host, str):
                yield f"{scheme}://{host}{base}"
            elif base:
                yield base
        for server in _list(owner.get("servers")):
            if isinstance(server, dict) and isinstance(server.get("url"), str):
                yield fill_server(server["url"], server.get("variables")).rstrip("/")

    def _read_security(self) -> Iterator[Security]:
        components = self._document.get("components")
        found = components.get("securitySchemes") if isinstance(components, dict) else None
        found = self._document.get("securityDefinitions") if self._is_old else found
        for name, scheme in (found if isinstance(found, dict) else {}).items():
            scheme = self._schemas.resolve(scheme)
            kind = str(scheme.get("type", ""))
            if kind == "basic":
                yield Security(str(name), "http", scheme="basic")
            elif kind == "oauth2":
                yield from self._read_flows(str(name), scheme)
            elif kind == "apiKey":
                yield Security(str(name), kind, str(scheme.get("in", "")), str(scheme.get("name", "")))
            elif kind:
                yield Security(str(name), kind, scheme=str(scheme.get("scheme", "")).lower())

    def _read_flows(self, name: str, scheme: dict[str, Any]) -> Iterator[Security]:
        flows = scheme.get("flows")
        for flow, facts in (
            flows if isinstance(flows, dict) else {str(scheme.get("flow", "")): scheme}
        ).items():
            facts = facts if isinstance(facts, dict) else {}
            yield Security(
                name, "oauth2", flow=str(flow), authorize=str(facts.get("authorizationUrl", "")),
                token=str(facts.get("tokenUrl", "")), scopes=tuple(map(str, facts.get("scopes") or ())),
            )  # fmt: skip


def fill_server(url: str, variables: Any) -> str:
    """Return a server's address with the defaults of its variables, but for those of its path."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/") if mark else ("", "", url)
    for name, variable in (variables if isinstance(variables, dict) else {}).items():
        default = variable.get("default") if isinstance(variable, dict) else None
        if isinstance(default, str):
            host = host.replace(f"{{{name}}}", default)
    return f"{scheme}{mark}{host}{slash}{path}" if mark else url


def _choose(types: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the form of body to write, of those a call takes: JSON first, then a form, then parts, then bytes."""
    for name, media in types.items():
        if _JSON.fullmatch(name):
            return "json", media
    parts = next((name for name in types if name in ("multipart/form-data", "application/form-data")), None)
    if _FORM in types:
        return "form", types[_FORM]
    if parts is not None:
        return "multipart", types[parts]
    return "raw", next(iter(types.values()))


def _whole(name: str, kind: str, is_required: bool) -> Parameter:
    return Parameter(name, "body", kind, is_required, wire="$")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
