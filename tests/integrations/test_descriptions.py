"""The hand-named operations beside the vendors' own descriptions, where those are at hand (../shared/specs).

Some descriptions are older than the service: what they lack or have otherwise is listed with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from described import GRAPHQL, UNDESCRIBED, is_described, read, schema
from examples_of import NAMES, load, read_examples

# Of these the parameters are compared too; what an examples file lists as NEWER, STRICTER or LOOSER has its reason there.
WITH_PARAMETERS = ("stripe", "github", "slack", "openai")


def _resolve(document: dict[str, Any], value: Any) -> Any:
    while isinstance(value, dict) and "$ref" in value:
        found: Any = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/")]
        value = found
    return value


def _describe(name: str, method: str, path: str) -> dict[str, tuple[str, bool]] | None:
    """Return what the description says a call takes: {name: (place, is_required)}; None where it has no such call."""
    document = next(iter(read(name).values()))
    bare = re.sub(r"\{[^}]+\}", "{}", path)
    entry = next((e for p, e in document["paths"].items() if re.sub(r"\{[^}]+\}", "{}", p) == bare), None)
    operation = (entry or {}).get(method.lower())
    if operation is None:
        return None
    taken: dict[str, tuple[str, bool]] = {}
    for parameter in [*entry.get("parameters", []), *operation.get("parameters", [])]:
        parameter = _resolve(document, parameter)
        place = "body" if parameter["in"] == "formData" else parameter["in"]
        taken[parameter["name"]] = (place, bool(parameter.get("required")))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for part in _parts(document, content["schema"]):
            for property_name in part.get("properties", {}):
                taken[property_name] = ("body", property_name in part.get("required", ()))
    return taken


def _parts(document: dict[str, Any], schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and those it is put together from (allOf)."""
    schema = _resolve(document, schema)
    yield schema
    for part in schema.get("allOf", ()):
        yield from _parts(document, part)


_CASES = [
    pytest.param(name, operation, id=f"{name}-{operation.name}")
    for name in NAMES
    if name not in UNDESCRIBED
    for operation in load(name).operations
]


@pytest.mark.parametrize(("name", "operation"), [case for case in _CASES if case.values[0] not in GRAPHQL])
def test_the_vendor_describes_this_operation(name: str, operation: Any) -> None:
    """The vendor's description has a call with this method and path, or the examples say why not."""
    found = is_described(name, load(name).base_url, operation.method, operation.path)
    if operation.name in read_examples(name).get("NOT_DESCRIBED", {}):
        assert not found, "it is described now: take it off the list"
        return
    assert found, f"{operation.method} {operation.path}"


@pytest.mark.parametrize(("name", "operation"), [case for case in _CASES if case.values[0] in GRAPHQL])
def test_the_vendors_schema_takes_this_document(name: str, operation: Any) -> None:
    """The document is valid by the vendor's schema, and what it needs is required."""
    graphql = pytest.importorskip("graphql")
    assert graphql.validate(schema(name), graphql.parse(operation.document)) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_described_says_why(name: str) -> None:
    """Each exception names an operation there is, with a reason, and they are few."""
    listed = read_examples(name).get("NOT_DESCRIBED", {})
    assert listed.keys() <= {operation.name for operation in load(name).operations}
    assert all(len(reason) > 15 for reason in listed.values())


@pytest.mark.parametrize(
    ("name", "operation"), [case for case in _CASES if case.values[0] in WITH_PARAMETERS]
)
def test_the_vendor_describes_these_parameters(name: str, operation: Any) -> None:
    """Each parameter is one the vendor describes, in that place; what the vendor requires is required here."""
    examples = read_examples(name)
    found = _describe(name, operation.method, operation.path)
    if found is None:
        assert operation.name in examples["NOT_DESCRIBED"]
        return
    for parameter in operation.parameters:
        if parameter.place == "path" or parameter.name in examples.get("NEWER", {}):
            continue
        assert parameter.name in found, f"{parameter.name} is not described"
        place, is_required = found[parameter.name]
        # Stripe describes a DELETE's parameters as a form; its own libraries send them in the query.
        assert parameter.place == place or (operation.method, parameter.place) == ("DELETE", "query"), (
            parameter.name
        )
        if parameter.is_required and not is_required:
            assert parameter.name in examples.get("STRICTER", ()), f"{parameter.name} is not required there"
    required = {key for key, (place, is_required) in found.items() if is_required and place != "path"} - {
        "token"
    }
    missing = required - set(operation.required)
    assert {key for key in missing if (operation.name, key) not in examples.get("LOOSER", {})} == set()


def test_the_check_finds_what_is_wrong() -> None:
    """A method, a path or a parameter the vendor does not describe is noticed."""
    assert _describe("stripe", "PATCH", "/v1/customers") is None
    assert _describe("stripe", "POST", "/v1/custmers") is None
    assert "emial" not in (_describe("stripe", "POST", "/v1/customers") or {"emial": 1})
