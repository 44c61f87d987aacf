"""Whose key a request brings, by the integration's own auth schemes read backwards."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from urllib.parse import unquote

from penstock.catalog.definition import AddressKey, ApiKey, ApiKeys, Basic, Bearer, OAuth2, Scheme
from penstock.sandbox.wire import Incoming, parse_pairs


def read_keys(schemes: Iterable[Scheme], request: Incoming, address: str = "") -> list[str]:
    """Return every key the request brings in a place one of the schemes has for it; the vendor looks for its own among them.

    address: the part of the path that stands for the key, where the service wants it there.
    """
    found: list[str] = []
    query = dict(parse_pairs(request.query))
    for scheme in schemes:
        if isinstance(scheme, (Bearer, OAuth2)):
            _add(found, request, scheme.header, scheme.prefix)
        elif isinstance(scheme, ApiKey):
            if scheme.header:
                _add(found, request, scheme.header)
            if scheme.parameter and query.get(scheme.parameter):
                found.append(query[scheme.parameter])
        elif isinstance(scheme, ApiKeys):
            given = [request.headers.get(name, "") for _, name in scheme.header]
            given += [query.get(name, "") for _, name in scheme.parameter]
            if all(given):
                found += given
        elif isinstance(scheme, Basic):
            kind, _, text = request.headers.get("Authorization", "").partition(" ")
            if kind.lower() == "basic":
                found += _decode(text)
        elif isinstance(scheme, AddressKey) and address:
            found.append(unquote(address))
    return list(dict.fromkeys(found))


def _add(found: list[str], request: Incoming, header: str, prefix: str = "") -> None:
    value = request.headers.get(header, "")
    if value and value.lower().startswith(prefix.lower()):
        found.append(value[len(prefix) :])


def _decode(text: str) -> list[str]:
    try:
        user, _, password = base64.b64decode(text).decode().partition(":")
    except ValueError:
        return []
    return [part for part in (password, user) if part]
