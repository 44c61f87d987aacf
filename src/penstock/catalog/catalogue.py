"""What else a service can do: the operations of its vendor's description, kept as data beside the integrations' files.

Read when something is asked for that an integration's file does not name; a line becomes an Operation when it is used. The
file comes first: what it names itself is not offered twice, and what is in its way takes another name.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from penstock.auth.schemes import ApiKey, ApiKeys, Bearer
from penstock.catalog.definition import Integration, Operation
from penstock.catalog.described import erase
from penstock.catalog.detect import detect_pages
from penstock.catalog.lines import Line, read_line
from penstock.catalog.names import Key, NameTree, find_room

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_ROOT = re.compile(r"\{\s*(\w+)")
_DOUBLED = re.compile(r"\{\{([^{}]*)\}\}")


def find_folder() -> Traversable:
    """Return where the data lies in the package."""
    from importlib.resources import files

    return files("penstock.integrations") / "operations"


def read_data(name: str) -> list[str]:
    """Return a service's lines, none where it has no data."""
    path = find_folder() / f"{name}.gz"
    return decompress(path.read_bytes()).splitlines() if path.is_file() else []


def decompress(data: bytes) -> str:
    """Return the text of a file of the catalogue."""
    return zlib.decompress(data, wbits=31).decode()


def find_root(document: str | None) -> str:
    """Return the field a GraphQL text asks for, "" of a text that is none."""
    found = _ROOT.search(document or "")
    return found[1] if found else ""


class Catalogue:
    """The operations of one integration that its file does not name, by name."""

    def __init__(self, integration: Integration, lines: list[str]) -> None:
        self._integration = integration
        # A doubled brace is one that fill-in leaves: the service's own, "/bot{token}".
        self._base = erase(_DOUBLED.sub(r"{\1}", urlsplit(integration.base_url).path.rstrip("/")))
        self._host = urlsplit(integration.base_url).netloc
        self._lines = dict(self._name(lines))
        self._signing = _find_signing(integration)

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name."""
        return tuple(self._lines)

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def build(self, name: str) -> Operation:
        """Return an operation, read from its line."""
        text, path = self._lines[name]
        return self._build(name, read_line(text), path)

    def paths(self) -> Iterator[tuple[str, str, str]]:
        """Yield (name, method, path) of each operation that is found by its path."""
        for name, (text, path) in self._lines.items():
            if not _is_graphql(text):
                yield name, text.split("\t", 2)[1], path

    def roots(self) -> Iterator[tuple[str, str]]:
        """Yield (name, the field it asks for) of each GraphQL operation."""
        for name, (text, _) in self._lines.items():
            if _is_graphql(text):
                yield name, find_root(text.rpartition("\t")[2])

    def search(self, words: list[str]) -> Iterator[str]:
        """Yield the names of the operations in whose name or path, or GraphQL field, every word occurs."""
        for name, (text, path) in self._lines.items():
            field = find_root(text.rpartition("\t")[2]) if _is_graphql(text) else ""
            where = f"{name} {path} {field}".lower()
            if all(word in where for word in words):
                yield name

    def _name(self, lines: list[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield each line that is offered under its name, with its path; those in the file's way get another name last."""
        own = self._integration.operations
        known = {_key(o.method, o.path, o.document) for o in (*own, self._integration.health)}
        tree, removed = NameTree(o.name for o in own), self._integration.removed
        late: list[tuple[str, Key, tuple[str, str]]] = []
        for text in lines:
            name, method, vendors, rest = text.split("\t", 3)
            document = rest.rpartition("\t")[2] if _is_graphql(text) else None
            path = self._integration.graphql_path if document else self._place(vendors)
            if path is None or (key := _key(method, path, document)) in known:
                continue
            if removed and any(fnmatchcase(f"{method} {path}", pattern) for pattern in removed):
                continue
            if tree.has_room(name):
                tree.add(name)
                yield name, (text, path)
            else:
                late.append((name, key, (text, path)))
        for name, key, line in late:
            free = find_room(tree, name, key, line[1])
            tree.add(free)
            yield free, line

    def _place(self, path: str) -> str | None:
        """Return a vendor's path as it stands below the base URL, or whole; None on a host the credential is not for."""
        if "://" in path:
            host = urlsplit(path).netloc
            return path if any(fnmatchcase(host, known) for known in self._integration.hosts) else None
        if not self._base:
            return path
        if erase(path).startswith(f"{self._base}/"):
            return f"/{path.split('/', self._base.count('/') + 1)[-1]}"
        return None if "{" in self._host else f"https://{self._host}{path}"

    def _build(self, name: str, line: Line, path: str) -> Operation:
        integration = self._integration
        operation = Operation(name, line.method, path, body=line.body, document=line.document, into=line.into)
        key = integration.idempotency
        given = {*self._signing}
        if key is not None and key.covers(operation):
            given.add((key.place, key.name.lower()))
        parameters = tuple(p for p in line.parameters if (p.place, (p.wire or p.name).lower()) not in given)
        pages = detect_pages(integration, line, parameters)
        return replace(
            operation,
            parameters=parameters,
            is_paginated=pages is not None,
            items=pages.items if pages else None,
            pagination=pages.pagination if pages else None,
            is_idempotent=True if (line.document or "").startswith("query") else None,
        )


def _key(method: str, path: str, document: str | None) -> Key:
    return method, f"{erase(path)} {find_root(document)}".rstrip()


def _is_graphql(text: str) -> bool:
    return text.count("\t") > 5


def _find_signing(integration: Integration) -> set[tuple[str, str]]:
    """Return (place, name) of what signing and the integration's own header fields put into a request."""
    found = {("header", name.lower()) for name, _ in integration.headers}
    for scheme in integration.auth:
        if isinstance(scheme, Bearer):
            found.add(("header", scheme.header.lower()))
        elif isinstance(scheme, ApiKey):
            found.add(("header", (scheme.header or "").lower()))
            found.add(("query", (scheme.parameter or "").lower()))
        elif isinstance(scheme, ApiKeys):
            found.update(("header", name.lower()) for _, name in scheme.header)
            found.update(("query", name.lower()) for _, name in scheme.parameter)
    return found
