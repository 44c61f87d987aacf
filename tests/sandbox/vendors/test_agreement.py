"""The integrations and the sandbox name the same things: every operation has someone to answer it."""

from __future__ import annotations

import pytest
from graphql import parse, validate

from penstock.catalog.registry import Registry
from penstock.sandbox.vendors import NAMES
from penstock.sandbox.vendors.shopify.engine import read_schema

REGISTRY = Registry()
VALUES = {"path": "README.md"}


def _operations(name):
    return [
        pytest.param(operation, id=f"{name} {operation.name}") for operation in REGISTRY.get(name).operations
    ]


OTHERS = tuple(name for name in NAMES if name not in ("shopify", "linear", "monday"))  # the rest: not GraphQL


@pytest.mark.parametrize("operation", [p for name in OTHERS for p in _operations(name)])
def test_every_operation_reaches_something_that_knows_its_path(make_box, call, operation):
    """No operation is answered as Unrecognized, Not Found for its route, or unknown_method."""
    name = next(name for name in NAMES if operation in REGISTRY.get(name).operations)
    box = make_box(names=[name])
    value = next(iter(box.credential(name).values()))
    path = operation.path
    for part in operation.path_parameters:
        path = path.replace(
            "{" + part + "}", VALUES.get(part, "sandbox-org" if part in ("owner", "org") else "demo")
        )
    url = box.base_url(name) + path
    answer = call(
        url,
        operation.method,
        None if operation.method == "GET" else "",
        Authorization=f"Bearer {value}",
        User_Agent="t",
    )
    text = answer.body.decode()
    assert answer.status < 500, text
    for unknown in ("Unrecognized request URL", "unknown_method", "Invalid URL"):
        assert unknown not in text
    assert answer.status != 405, text


@pytest.mark.parametrize("operation", _operations("shopify"))
def test_every_shopify_document_fits_the_schema(operation):
    """Each operation's document validates against the schema the sandbox plays."""
    assert operation.document is not None
    assert validate(read_schema(), parse(operation.document)) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name in REGISTRY.names()])
def test_the_sandbox_brings_what_the_integration_asks_for(make_box, name):
    """Its credential has a field the first auth scheme names, and its base parameters are the integration's."""
    box = make_box(names=[name])
    integration = REGISTRY.get(name)
    names = {parameter.name for parameter in integration.base_parameters}
    assert set(box.base_parameters(name)) <= names
    assert set(box.credential(name)) == set(integration.auth[0].fields)
    filled = {p.name: p.default or "" for p in integration.base_parameters} | box.base_parameters(name)
    path = "/" + integration.base_url.format_map(filled).partition("//")[2].partition("/")[2]
    assert box.base_url(name).endswith(f"/{name}{path.rstrip('/')}")
