"""What the vendors' own descriptions say there is to call, read without the package: the judge of the hand-named operations."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
UNDESCRIBED = (
    "shopify",
    "woocommerce",
    "quickbooks",
    "salesforce",
    "zendesk",
    "gitlab",
)  # of these there is none
GRAPHQL = ("linear", "monday")


@cache
def read(name: str) -> dict[str, Any]:
    """Return a service's descriptions by their names."""
    path = SPECS / f"{name}.json.gz"
    if not path.exists():
        pytest.skip(f"The vendors' descriptions are not at hand: {path.name} would be in ../shared/specs.")
    found = json.loads(gzip.decompress(path.read_bytes()))
    return dict(found.get("specs", {name: found}))


def erase(path: str) -> str:
    """Return a path without the names in its braces, and without what only some write."""
    return re.sub(r"\{[^}]+\}", "{}", path.partition("?")[0]).rstrip("/").removesuffix(".json") or "/"


@cache
def calls(name: str) -> frozenset[tuple[str, str]]:
    """Return (method, path from the host on) of everything described."""
    return frozenset(
        (method.upper(), erase(path)) for document in read(name).values() for method, path in _calls(document)
    )


def _calls(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "paths" in document:
        for path, entry in document["paths"].items():
            for base in _bases(document, entry):
                yield from ((method, f"{base}/{path.lstrip('/')}") for method in METHODS if method in entry)
    elif "resources" in document or "methods" in document:
        yield from _google(document, f"/{document.get('servicePath', '')}")
    else:
        yield from (("post", f"/2{route['path']}") for route in document.get("routes", ()))


def _bases(document: dict[str, Any], entry: dict[str, Any]) -> set[str]:
    servers = entry.get("servers") or document.get("servers") or ()
    urls = [server["url"] if isinstance(server, dict) else server for server in servers]
    paths = {urlsplit(url).path.rstrip("/") for url in urls} or {document.get("basePath", "").rstrip("/")}
    return {
        path if path[:1] in ("", "/") else f"/{path.partition('/')[2]}" for path in paths
    }  # "httpstrello.com/1"


def _google(node: dict[str, Any], base: str) -> Iterator[tuple[str, str]]:
    for method in node.get("methods", {}).values():
        yield method["httpMethod"], f"{base.rstrip('/')}/{method['path'].replace('{+', '{')}"
    for inner in node.get("resources", {}).values():
        yield from _google(inner, base)


def is_described(name: str, base_url: str, method: str, path: str) -> bool:
    """Say whether a call is there: by its path from the host on, or by the path alone where that has no base."""
    # Doubled braces are a key's place in the address, filled in last.
    whole = path if "://" in path else base_url.replace("{{", "{").replace("}}", "}").rstrip("/") + path
    from_host = "/" + re.sub(r"^[a-z]+://[^/]*/?", "", whole)
    known = calls(name)
    return (method, erase(from_host)) in known or (method, erase(path)) in known


@cache
def schema(name: str) -> Any:
    """Return a service's GraphQL schema."""
    graphql = pytest.importorskip("graphql")
    found = next(iter(read(name).values()))
    return graphql.build_schema(found if isinstance(found, str) else found["sdl"])
