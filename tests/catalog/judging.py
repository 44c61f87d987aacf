"""A request built from values the vendor's own schemas let through, taken apart again and held against its description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from random import Random
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from values import merge, produce, required_of
from vendors import Described, router

from penstock.catalog.check import Check
from penstock.catalog.definition import Integration, Operation, Parameter
from penstock.catalog.registry import Registry
from penstock.engine.prepare import Recipe
from penstock.errors import CallRefused
from penstock.model import Call, Request

REGISTRY = Registry()
# What signing, the engine, or the integration's own header fields put into every request.
_NOT_OURS = frozenset({
    "authorization", "accept", "content-type", "accept-language", "accept-encoding", "content-length", "host", "user-agent",
    "content-encoding",
})  # fmt: skip
_NAMES = {
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
    "application/form-data": "multipart",
}


class Unjudged(Exception):
    """No value could be made that the vendor's own schema lets through, or it requires what it does not describe."""


def find(service: str, integration: Integration, operation: Operation) -> Described | None:
    """Return the vendor's call that Werkzeug finds at the operation's address, filled in."""
    from werkzeug.exceptions import HTTPException

    filled = operation.path
    for name in operation.path_parameters:
        filled = filled.replace(f"{{{name}}}", "VALUE")
    for host, base in _hosts(service, integration):
        address = filled.split("://", 1)[1] if "://" in filled else f"{host}{base}{filled}"
        try:
            found, _ = router(service).match(f"/{address}", method=operation.method)
        except HTTPException:
            continue
        return found
    return None


def _hosts(service: str, integration: Integration) -> list[tuple[str, str]]:
    hosts = dict.fromkeys(rule.rule.split("/")[1] for rule in router(service).map.iter_rules())
    base = urlsplit(integration.base_url).path.replace("{{", "{").replace("}}", "}").rstrip("/")
    for parameter in integration.base_parameters:
        base = base.replace(f"{{{parameter.name}}}", "VALUE")
    return [(host, base.replace("{token}", "VALUE")) for host in hosts]


def judge(service: str, integration: Integration, operation: Operation, random: Random) -> list[str]:
    """Return what is wrong with the request an operation makes of values the vendor lets through."""
    call = find(service, integration, operation)
    if call is None:
        return ["the vendor describes no such call"]
    given, wrong = _make_values(call, operation, random)
    try:
        cleaned = Check(operation)(given)
    except CallRefused as exc:
        return [*wrong, f"refused: {exc.message}"]
    base = integration.base_url.replace("{{", "<").replace("}}", ">").replace("{", "v-").replace("}", "")
    recipe = Recipe(integration, operation, base.replace("<", "{").replace(">", "}"), ())
    request = recipe.fill(Call(operation.name, cleaned, "a-key"))
    return [
        *wrong,
        *_judge_path(call, operation, given, request),
        *_judge_query(call, request),
        *_judge_body(call, request),
    ]


def _make_values(call: Described, operation: Operation, random: Random) -> tuple[dict[str, Any], list[str]]:
    """Return a value for everything required, and some of the rest, by our names."""
    document = call.document
    given: dict[str, Any] = dict.fromkeys(operation.path_parameters, "VALUE")
    wrong = []
    body = _make_body(call, random)
    for parameter in operation.parameters:
        wire = parameter.wire or parameter.name
        if parameter.place == "body":
            continue
        schema = _schema_of(call, parameter, operation)
        if schema is None:
            wrong.append(f"{parameter.place} {wire} is not described")
        elif parameter.is_required or random.random() < 0.3:
            value = produce(document, schema, random)
            if document.errors(schema, value):
                if parameter.is_required:
                    raise Unjudged
                continue
            given[parameter.name] = value
    of_body = {p.wire or p.name: p for p in operation.parameters if p.place == "body"}
    if "$" in of_body:
        whole = of_body["$"]
        given[whole.name] = b"bytes" if operation.body == "raw" else body
        return given, wrong
    for wire, parameter in of_body.items():
        known = isinstance(body, dict) and wire in properties_of(call)
        if not known:
            wrong.append(f"body {wire} is not described")
        elif parameter.is_required and wire not in body:
            wrong.append(f"body {wire} is required here and not there")
    for wire, value in body.items() if isinstance(body, dict) else ():
        if wire in of_body:
            given[of_body[wire].name] = value
        elif wire not in properties_of(call):
            raise Unjudged  # required there, and described nowhere
        elif wire.lower() not in _credentials(call):
            wrong.append(f"body {wire} is not offered")
    return given, wrong


def properties_of(call: Described) -> dict[str, Any]:
    """Return every property of a call's body, those of every alternative too."""
    found: dict[str, Any] = {}

    def walk(schema: Any, depth: int) -> None:
        schema = call.document.resolve(schema)
        if depth < 8 and isinstance(schema, dict):
            for name, value in schema.get("properties", {}).items():
                if not call.document.resolve(value).get("readOnly"):
                    found.setdefault(name, value)
            for word in ("allOf", "oneOf", "anyOf"):
                for part in schema.get(word, ()):
                    walk(part, depth + 1)

    for schema in call.bodies.values():
        walk(schema, 0)
    return found


def _make_body(call: Described, random: Random) -> Any:
    kind, schema = body_of(call)
    if kind is None or kind == "raw":
        return {}
    value = produce(call.document, schema, random)
    if call.document.errors(schema, value):
        raise Unjudged
    return value


def body_of(call: Described) -> tuple[str | None, Any]:
    for kind, schema in call.bodies.items():
        if re.fullmatch(r"[a-z]+/([\w.-]+\+)?json|\*/\*", kind):
            return "json", schema
    for kind, name in _NAMES.items():
        if kind in call.bodies:
            return name, call.bodies[kind]
    return ("raw", next(iter(call.bodies.values()))) if call.bodies else (None, {})


def _schema_of(call: Described, parameter: Parameter, operation: Operation) -> Any:
    wire = parameter.wire or parameter.name
    if parameter.place == "path":  # by its place in the path: the braces' names may be ours
        position = operation.path_parameters[::-1].index(parameter.name)
        theirs = [piece.partition("}")[0] for piece in call.path.split("{")[1:]]
        described = call.parameters.get(("path", theirs[::-1][position]))
    else:
        described = call.parameters.get((parameter.place, wire))
    if described is None and parameter.place == "query" and wire.endswith("]"):
        outer, _, inner = wire.removesuffix("]").partition("[")
        whole = call.parameters.get(("query", outer))
        properties = merge(call.document, whole["schema"]).get("properties", {}) if whole else {}
        return properties.get(inner)
    return None if described is None else _parameter_schema(described)


def _parameter_schema(described: dict[str, Any]) -> Any:
    if "schema" in described:
        return described["schema"]
    if "content" in described:
        return next(iter(described["content"].values())).get("schema", {})
    return {
        key: described[key] for key in ("type", "enum", "items", "minimum", "maximum") if key in described
    }


def _judge_path(
    call: Described, operation: Operation, given: dict[str, Any], request: Request
) -> Iterator[str]:
    """The address leads to the call, and has the values in it."""
    if request.method != call.method:
        yield f"{request.method} for {call.method}"
    path = unquote(urlsplit(request.url).path)
    for name in operation.path_parameters:
        value = given[name]
        text = (
            ",".join(map(str, value))
            if isinstance(value, list)
            else str(value).lower()
            if isinstance(value, bool)
            else str(value)
        )
        if text.lower() not in path.lower():
            yield f"{name}={text} is not in {path}"


def _judge_query(call: Described, request: Request) -> Iterator[str]:
    """Each is described, is of its type, and what is required is there."""
    found: dict[str, list[str]] = {}
    for name, text in parse_qsl(urlsplit(request.url).query, keep_blank_values=True):
        found.setdefault(name, []).append(text)
    known = {name: one for (place, name), one in call.parameters.items() if place == "query"}
    for name, texts in found.items():
        outer = name if name in known else name.partition("[")[0]
        if outer not in known:
            yield f"query {name} is not described"
        elif outer == name and known[name].get("style") != "deepObject":
            schema = _parameter_schema(known[name])
            value = _read_texts(call, schema, texts)
            yield from (f"query {name}: {error}" for error in call.document.errors(schema, value))
    missing = {name for name, one in known.items() if one.get("required") and not one.get("deprecated")}
    missing -= {name.partition("[")[0] for name in found} | set(found)
    yield from (f"query {name} is missing" for name in missing - _credentials(call))
    sent = {name.lower() for name, _ in request.headers}
    for (place, name), one in call.parameters.items():
        if (
            place == "header"
            and one.get("required")
            and name.lower() not in sent | _NOT_OURS | _credentials(call)
        ):
            yield f"header {name} is missing"


def _credentials(call: Described) -> set[str]:
    """Return what the integration signs with or always sends, by the names of its own file."""
    integration = REGISTRY.get(call.document.service)
    names = {name.lower() for name, _ in integration.headers} | {"token", "key"}
    names |= {integration.idempotency.name.lower()} if integration.idempotency else set()
    raw = call.document.raw
    schemes = raw.get("securityDefinitions") or raw.get("components", {}).get("securitySchemes") or {}
    return names | {str(scheme.get("name", "")).lower() for scheme in schemes.values()}


def _read_texts(call: Described, schema: Any, texts: list[str]) -> Any:
    """Return texts of a query or form as the type the schema wants."""
    merged = merge(call.document, schema)
    kinds = merged.get("type")
    kind = next((one for one in kinds if one != "null"), "string") if isinstance(kinds, list) else kinds
    if kind == "array" or (kind is None and "items" in merged):
        texts = texts if len(texts) > 1 else texts[0].split(",") if len(texts) == 1 else texts
        return [_read_texts(call, merged.get("items", {}), [text]) for text in texts]
    text = texts[0]
    if kind in ("integer", "number"):
        return json.loads(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return json.loads(text) if kind == "object" else text


def _judge_body(call: Described, request: Request) -> Iterator[str]:
    """It has the media type described, and what is in it is valid."""
    kind, schema = body_of(call)
    sent = {name.lower(): value for name, value in request.headers}.get("content-type", "")
    if not request.body:
        if call.needs_body and kind not in (None, "raw"):
            yield from (f"body {name} is missing, with all of the body" for name in _required(call, schema))
        return
    if kind == "json":
        yield from [] if "json" in sent else [f"{sent} for JSON"]
        yield from (f"body {error}" for error in call.document.errors(schema, json.loads(request.body)))
        return
    if kind == "form":
        yield from [] if "form-urlencoded" in sent else [f"{sent} for a form"]
        names = {
            name.partition("[")[0]
            for name, _ in parse_qsl((request.body or b"").decode(), keep_blank_values=True)
        }
    elif kind == "multipart":
        yield from [] if "multipart" in sent else [f"{sent} for parts"]
        message = message_from_bytes(b"Content-Type: " + sent.encode() + b"\r\n\r\n" + request.body)
        parts = message.get_payload()
        names = {
            str(part.get_param("name", header="content-disposition"))
            for part in parts
            if not isinstance(part, str)
        }
    else:
        return
    known = properties_of(call).keys()
    yield from (f"body {name} is not described" for name in names - known)
    yield from (f"body {name} is missing" for name in _required(call, schema) - names)


def _required(call: Described, schema: Any) -> set[str]:
    """Return what a body must hold that a caller can give."""
    return (set(required_of(merge(call.document, schema))) & properties_of(call).keys()) - _credentials(call)
