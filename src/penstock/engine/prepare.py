"""From a Call to a Request: where each parameter goes, and how a body is written. Pure; nothing is signed or sent.

An operation is compiled once into a Recipe; a batch of a million rows fills the same recipe a million times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from penstock.catalog.definition import Integration, Operation
from penstock.engine.bodies import encode_form, encode_query, plain_text, wrap, write_json, write_multipart
from penstock.errors import CallRefused
from penstock.model import Call, Request

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
        self._form_lists = integration.form_lists
        self._base_url, path = find_address(integration, operation.path, base_url.rstrip("/"))
        self._pieces = _PART.split(path)
        self._path_names = operation.path_parameters
        self._slashed = {p.name for p in operation.parameters if p.place == "path" and p.type == "path"}
        replaced = {name.lower() for name, _ in operation.headers}
        kept = [field for field in headers if field[0].lower() not in replaced]
        self._headers = (*kept, *operation.headers) if operation.headers else headers
        self._timeout_s = integration.timeout_s
        self._integration = integration
        # Where each parameter goes, and under which name; those nobody declared go elsewhere, where the method puts them.
        is_query = self.body_kind == "query"
        is_wrapped = operation.into is not None or operation.fixed is not None
        self._elsewhere = "query" if operation.method in ("GET", "HEAD", "DELETE") or is_query else "body"
        self._places = {name: ("path", name) for name in self._path_names}
        for parameter in operation.parameters:
            place = "query" if parameter.place == "body" and is_query else parameter.place
            wire = parameter.wire or parameter.name
            self._places.setdefault(parameter.name, (place, wire if is_wrapped else wire.removeprefix("/")))
        key = integration.idempotency
        self.takes_key = key is not None and key.covers(operation)
        self._key_place, self._key_name = (key.place, key.name) if key else ("", "")
        self._key_is_wrapped = is_wrapped and self._key_place == "body"
        self._is_idempotent = operation.is_harmless_twice
        self._variables = frozenset(operation.variables)
        self._into = operation.into
        self._fixed = operation.fixed

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
                extra.append(
                    (wire, json.dumps(value) if isinstance(value, (dict, list)) else plain_text(value))
                )
        key = call.idempotency_key if self.takes_key else None
        if key is not None:
            if self._key_place == "header":
                extra.append((self._key_name, key))
            elif self._key_place == "query":
                query.append((self._key_name, key))
            elif not self._key_is_wrapped:
                body.setdefault(self._key_name, key)  # the user's own key comes first
        url = self._base_url + self._fill_path(parameters)
        if query:
            text = encode_form(dict(query), self._form_lists) if self._is_form else encode_query(query)
            url = f"{url}{'&' if '?' in url else '?'}{text}"
        content, content_type = self._write(body, key if self._key_is_wrapped else None)
        if content_type and not (extra and any(name.lower() == "content-type" for name, _ in extra)):
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

    def _write(self, body: dict[str, Any], key: str | None = None) -> tuple[bytes | None, str | None]:
        kind = self.body_kind
        if kind == "graphql":
            if self._into is not None:
                fields = {name: value for name, value in body.items() if name not in self._variables}
                body = {name: value for name, value in body.items() if name in self._variables}
                whole = body.get(self._into)
                body[self._into] = {**whole, **fields} if isinstance(whole, dict) else fields
            return write_json({"query": self.operation.document, "variables": body}), "application/json"
        if "$" in body:
            whole = body["$"]
            if kind == "raw":
                return (
                    whole if isinstance(whole, bytes) else str(whole).encode()
                ), "application/octet-stream"
            return write_json(whole), "application/json"
        if self._into is not None or self._fixed is not None:
            body = wrap(body, self._into, self._fixed)
            if key is not None:
                *steps, last = self._key_name.split(".")
                inner = body
                for step in steps:
                    inner = inner.setdefault(step, {})
                inner.setdefault(last, key)
        if not body:
            # A POST without a body still says how long it is; some services refuse it otherwise.
            return (b"", None) if self.operation.method in ("POST", "PUT", "PATCH") else (None, None)
        if kind == "form":
            text = encode_form(body, self._form_lists)
            return text.encode(), "application/x-www-form-urlencoded"
        if kind == "multipart":
            return write_multipart(body)
        return write_json(body), "application/json"


def find_address(integration: Integration, path: str, base_url: str) -> tuple[str, str]:
    """Return the base URL and the path below it; a path that is a whole address brings a base of its own.

    Where the base URL is not the service's own (a proxy, the sandbox), everything goes there.
    """
    if "://" not in path:
        return base_url, path
    scheme, _, host, below = path.split("/", 3)
    own = "[^/]+".join(map(re.escape, _PART.split(integration.base_url.rstrip("/"))[::2]))
    if re.fullmatch(own, base_url):
        return f"{scheme}//{host}", f"/{below}"
    # The part of the path in which the service's own base ends, whatever fills it: an account's id, a version.
    tail = "[^/]+".join(map(re.escape, _PART.split(urlsplit(integration.base_url).path.rstrip("/"))[::2]))
    return re.sub(f"{tail}$", "", base_url), f"/{below}"
