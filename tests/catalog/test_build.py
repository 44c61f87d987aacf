"""A description → operations."""

from __future__ import annotations

from typing import Any

from penstock.catalog.build import build_operations
from penstock.catalog.openapi import read_openapi

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.0",
    "servers": [{"url": "https://api.acme.example/v1"}],
    "paths": {
        "/things": {
            "get": {
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "array"}}}}},
                "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"properties": {"name": {}}}}}}
            },
        },
        "/files": {"servers": [{"url": "https://files.acme.example"}], "get": {}},
        "/old": {"servers": [{"url": "https://api.acme.example/v0"}], "get": {}},
    },
}


def test_operations_come_named_and_placed() -> None:
    """Paths are below the base URL, what lives elsewhere has its whole address; nothing is said to have pages."""
    operations = build_operations(read_openapi(DOCUMENT))
    assert {o.name: (o.method, o.path) for o in operations} == {
        "files.list": ("GET", "https://files.acme.example/files"),
        "old.get": ("GET", "https://api.acme.example/v0/old"),
        "things.create": ("POST", "/things"),
        "things.list": ("GET", "/things"),
    }
    (listed,) = [o for o in operations if o.name.endswith("things.list")]
    assert listed.items == "$" and not listed.is_paginated


def test_another_base_url() -> None:
    """A base URL above the description's leaves the rest of its path to the operations."""
    operations = build_operations(read_openapi(DOCUMENT), "https://api.acme.example")
    assert {o.path for o in operations} >= {"/v0/old", "https://files.acme.example/files"}
