"""From a Call to a Request: where each parameter goes, and how a body is written. Pure; nothing is signed or sent.

An operation is compiled once into a Recipe; a batch of a million rows fills the same recipe a million times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from penstock.catalog.definition import Integration, Operation
from penstock.errors import CallRefused
from penstock.model import Call, Request

_UNSAFE = re.compile(r"[^A-Za-z0-9_.~-]")
_PERCENT = {chr(code): quote_plus(chr(code)) for code in range(128)}
_PART = re.compile(r"\{([^}]+)\}")


class Recipe:
    """Know how one operation of one integration becomes a request at one base URL."""

    def __init__(
        self,
        integration: Integration,
        operation: Operation,
        base_url: str,
        headers: tuple[tuple[str, str], ...],
    ) -> None:
        self.operation = operation
        self.body_kind = "graphql" if operation.document else (operation.body or integration.body)
        self._is_form = integration.body == "form"
        self._base_url = base_url.rstrip("/")
        self._pieces = _PART.split(operation.path)
        self._path_names = operation.path_parameters
        self._slashed = {p.name for p in operation.parameters if p.place == "path" and p.type == "path"}
        self._headers = (*headers, *operation.headers)
        self._timeout_s = integration.timeout_s
        self._integration = integration
        # Where each parameter goes, and under which name; those nobody declared go elsewhere, where the method puts them.
        is_query = self.body_kind == "query"
        self._elsewhere = "query" if operation.method in ("GET", "HEAD", "DELETE") or is_query else "body"
        self._places = {name: ("path", name) for name in self._path_names}
        for parameter in operation.parameters:
            place = "query" if parameter.place == "body" and is_query else parameter.place
            self._places.setdefault(parameter.name, (place, parameter.wire or parameter.name))
        key = integration.idempotency
        self.takes_key = key is not None and key.covers(operation)
        self._key_place, self._key_name = (key.place, key.name) if key else ("", "")
        self._is_idempotent = operation.is_harmless_twice
        self._variables = frozenset(operation.variables)
        self._into = operation.into

    @property
    def is_resendable(self) -> bool:
        """Say whether the operation may be sent twice without harm, by its nature or through a key."""
        return self._is_idempotent or self.takes_key

    def fill(self, call: Call) -> Request:
        """Return the request for a call. Raises CallRefused where a value cannot be written."""
        parameters = call.parameters
        query: list[tuple[str, Any]] = []
        body: dict[str, Any] = {}
        extra: list[tuple[str, str]] = []
        places, elsewhere = self._places, self._elsewhere
        for name, value in parameters.items():
            place, wire = places.get(name) or (elsewhere, name)
            if value is None or place == "path":
                continue
            if place == "body":
                body[wire] = value
            elif place == "query":
                query.append((wire, value))
            else:
                extra.append((wire, _plain(value)))
        key = call.idempotency_key if self.takes_key else None
        if key is not None:
            if self._key_place == "header":
                extra.append((self._key_name, key))
            elif self._key_place == "query":
                query.append((self._key_name, key))
            else:
                body[self._key_name] = key
        url = self._base_url + self._fill_path(parameters)
        if query:
            url = f"{url}{'&' if '?' in url else '?'}{encode_form(dict(query)) if self._is_form else _encode_query(query)}"
        content, content_type = self._write(body)
        if content_type:
            extra.append(("Content-Type", content_type))
        return Request(
            self.operation.method,
            url,
            (*self._headers, *extra) if extra else self._headers,
            content,
            self._timeout_s,
            self._is_idempotent or key is not None,
        )

    def _fill_path(self, parameters: Mapping[str, Any]) -> str:
        pieces = self._pieces
        if len(pieces) == 1:
            return pieces[0]
        filled = pieces[:]
        for index in range(1, len(pieces), 2):
            name = pieces[index]
            value = parameters.get(name)
            if value is None or value == "":
                raise CallRefused(f"{self.operation.name} needs {name}.", operation=self.operation.name)
            text = quote(str(value), safe="/" if name in self._slashed else "")
            if text in (".", "..") or "/../" in f"/{text}/":
                raise CallRefused(f"{name}={value!r} cannot stand in a path.", operation=self.operation.name)
            filled[index] = text
        return "".join(filled)

    def _write(self, body: dict[str, Any]) -> tuple[bytes | None, str | None]:
        kind = self.body_kind
        if kind == "graphql":
            if self._into is not None:
                fields = {name: value for name, value in body.items() if name not in self._variables}
                body = {name: value for name, value in body.items() if name in self._variables}
                whole = body.get(self._into)
                body[self._into] = {**whole, **fields} if isinstance(whole, dict) else fields
            return write_json({"query": self.operation.document, "variables": body}), "application/json"
        if not body:
            # A POST without a body still says how long it is; some services refuse it otherwise.
            return (b"", None) if self.operation.method in ("POST", "PUT", "PATCH") else (None, None)
        if kind == "form":
            return encode_form(body).encode(), "application/x-www-form-urlencoded"
        return write_json(body), "application/json"


def write_json(value: Any) -> bytes:
    """Return JSON bytes; dates become ISO 8601, and NaN is refused because JSON has none."""
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_to_json
        ).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_to_json).encode()
    except (TypeError, ValueError) as exc:
        raise CallRefused(
            f"A parameter cannot be written as JSON: {exc}.",
            hint="Use text, numbers, booleans, lists and dicts.",
        ) from exc


def _to_json(value: Any) -> Any:
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        return isoformat()
    item = getattr(value, "item", None)  # a NumPy scalar
    if item is not None:
        return item()
    if type(value).__name__ in ("Decimal", "UUID"):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def encode_form(body: Mapping[str, Any]) -> str:
    """Return bracketed form text: {"metadata": {"a": 1}, "items": [{"price": "p"}]} → metadata[a]=1&items[0][price]=p."""
    pairs: list[tuple[str, str]] = []
    for name, value in body.items():
        if type(value) is str:
            pairs.append((name, value))
        else:
            _flatten(name, value, pairs)
    return _encode(pairs)


def _flatten(name: str, value: Any, pairs: list[tuple[str, str]]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(f"{name}[{key}]", inner, pairs)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            _flatten(f"{name}[{index}]", inner, pairs)
    elif value is not None:
        pairs.append((name, _plain(value)))


def _encode_query(pairs: list[tuple[str, Any]]) -> str:
    flat: list[tuple[str, str]] = []
    for name, value in pairs:
        if isinstance(value, (list, tuple)):
            flat.extend((name, _plain(inner)) for inner in value)
        elif isinstance(value, Mapping):
            flat.append((name, write_json(value).decode()))
        else:
            flat.append((name, _plain(value)))
    return _encode(flat)


def _encode(pairs: list[tuple[str, str]]) -> str:
    try:
        return "&".join([f"{_quote(name)}={_quote(value)}" for name, value in pairs])
    except UnicodeEncodeError as exc:
        raise CallRefused(
            f"A parameter holds half a character: {exc}.", hint="Repair the text's encoding first."
        ) from exc


def _quote(text: str) -> str:
    """Return what urllib's quote_plus does, at a third of the cost for short text."""
    return _UNSAFE.sub(_percent, text)


def _percent(match: re.Match[str]) -> str:
    character = match[0]
    return _PERCENT.get(character) or quote_plus(character)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value != value:
        raise CallRefused("A parameter is NaN.", hint="Leave it out, or fill the missing value.")
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat is not None else str(value)
