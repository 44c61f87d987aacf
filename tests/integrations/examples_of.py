"""The examples of one integration: data only, read from examples/NAME.py."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

from penstock.catalog.definition import Integration
from penstock.catalog.registry import Registry
from penstock.model import Headers, Response

FOLDER = Path(__file__).parent / "examples"
REGISTRY = Registry()
NAMES = sorted(REGISTRY.names())


def read_examples(name: str) -> dict[str, Any]:
    """Return what examples/NAME.py says, empty where there is no such file."""
    path = FOLDER / f"{name}.py"
    return runpy.run_path(str(path)) if path.exists() else {}


def cases(kind: str) -> list[Any]:
    """Return every example of one kind as pytest parameters: (integration, example)."""
    import pytest

    return [
        pytest.param(name, example, id=f"{name}-{example.get('why') or example.get('operation') or number}")
        for name in NAMES
        for number, example in enumerate(read_examples(name).get(kind, []))
    ]


def load(name: str) -> Integration:
    """Return an integration."""
    return REGISTRY.get(name)


def build_response(example: dict[str, Any]) -> Response:
    """Return the answer an example describes."""
    body = example.get("body", "")
    raw = body.encode() if isinstance(body, str) else json.dumps(body, separators=(",", ":")).encode()
    return Response(example.get("status", 200), Headers(example.get("headers", {})), raw)
