"""Vendors' own descriptions, taken as anybody's: each becomes an integration that can be called."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog.definition import Cursor, PageNumber
from penstock.catalog.from_document import build_integration
from penstock.engine.prepare import Recipe
from penstock.errors import UsageError
from penstock.model import Call

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
BASE = "https://api.example.com"


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the OpenAPI documents at hand, one for each service."""
    if not SPECS.exists():
        pytest.skip("The vendors' descriptions are not at hand: they would be in ../shared/specs.")
    for path in sorted(SPECS.glob("*.json.gz")):
        found = json.loads(gzip.decompress(path.read_bytes()))
        one = next(iter(found["specs"].values())) if "specs" in found else found
        if isinstance(one, dict) and one.get("paths"):
            yield path.name.partition(".")[0], one


def test_every_description_becomes_an_integration() -> None:
    """All thirty and more build, name their operations apart, have a health call that needs nothing, and fill requests."""
    seen = 0
    for name, document in documents():
        integration = build_integration(document, base_url=BASE)
        names = [operation.name for operation in integration.operations]
        assert names and len(names) == len(set(names)), name
        assert integration.health.required == (), name
        for operation in integration.operations[:50]:
            given = dict.fromkeys(operation.path_parameters, "x")
            request = Recipe(integration, operation, BASE, ()).fill(Call(operation.name, given))
            assert request.url.startswith(f"{BASE}/"), f"{name} {operation.name}"
        seen += 1
    assert seen >= 30


def test_pages_are_found_where_people_know_them() -> None:
    """Stripe's cursor by the last id, and GitHub's page numbers, are found without knowing either."""
    found = {
        name: build_integration(document, base_url=BASE)
        for name, document in documents()
        if name in ("stripe", "github")
    }
    paths = {
        operation.path: operation for operation in found["stripe"].operations if operation.method == "GET"
    }
    assert paths["/v1/customers"].pagination == Cursor(
        "starting_after", "data.-1.id", "data", "has_more", "limit", 100
    )
    repos = next(o for o in found["github"].operations if (o.method, o.path) == ("GET", "/orgs/{org}/repos"))
    assert isinstance(repos.pagination, PageNumber) and repos.pagination.size == "per_page"


@pytest.mark.parametrize(
    ("servers", "base_url", "found_at", "wanted"),
    [
        ([{"url": "https://a.example/v1/"}], None, None, "https://a.example/v1"),
        ([{"url": "/v1"}], None, "https://a.example/docs/openapi.json", "https://a.example/v1"),
        ([], None, "https://a.example/docs/openapi.json", "https://a.example"),
        ([{"url": "https://a.example/v1"}], "https://b.example", None, "https://b.example"),
        ([{"url": "https://{region}.a.example", "variables": {"region": {"default": "eu"}}}], None, None, "https://eu.a.example"),
    ],
)  # fmt: skip
def test_the_address_is_given_written_or_where_it_was_found(
    servers: list[Any], base_url: str | None, found_at: str | None, wanted: str
) -> None:
    """What the user says comes first, then the document, read from where it was found."""
    document = {"openapi": "3.0.0", "info": {"title": "T"}, "servers": servers, "paths": {"/x": {"get": {}}}}
    assert build_integration(document, base_url=base_url, found_at=found_at).base_url == wanted


@pytest.mark.parametrize(
    ("servers", "paths", "says"),
    [([], {"/x": {"get": {}}}, "where the service is"), ([{"url": "https://a"}], {}, "nothing that can be called"),
     ([{"url": "https://{tenant}.a"}], {"/x": {"get": {}}}, "parts to fill in")],
)  # fmt: skip
def test_what_cannot_be_called_says_why(servers: list[Any], paths: dict[str, Any], says: str) -> None:
    """Without an address, without operations, or with parts nobody fills, there is no integration."""
    with pytest.raises(UsageError, match=says):
        build_integration({"openapi": "3.0.0", "info": {"title": "T"}, "servers": servers, "paths": paths})
