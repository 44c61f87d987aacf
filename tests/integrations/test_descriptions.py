"""The hand-named operations beside the vendors' own descriptions, where those are at hand (../shared/specs).

Some descriptions are older than the service: what they lack or have otherwise is listed with the reason.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from examples_of import load

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"

_OLD_SLACK = "the description is of 2021-09; the method is newer"
_NOT_DESCRIBED = {
    ("slack", "files.get_upload_url"): _OLD_SLACK,
    ("slack", "files.complete_upload"): _OLD_SLACK,
    ("slack", "auth.test"): "described as a GET; the reference calls it with POST",
    ("slack", "views.open"): "described as a GET; it is called with POST since it takes JSON",
}
_NEWER = {  # parameters the service has and the description has not
    "stripe": {"ui_mode": "checkout, 2023-09", "return_url": "checkout, 2023-09"},
    "slack": {
        "metadata": "2022", "team_id": "2022", "include_all_metadata": "2022", "prevent_creation": "2021-11", "force": "2023",
    },
}  # fmt: skip
_STRICTER = {  # what we ask for though the description does not: the reference says it is required
    "slack": {"channel", "ts", "user", "users", "name", "post_at"},
}
_LOOSER = {("stripe", "checkout_sessions.create", "success_url"): "not with ui_mode=embedded (2023-09)"}


@cache
def _paths(name: str) -> dict[str, Any]:
    path = SPECS / f"{name}.json.gz"
    if not path.exists():
        pytest.skip(f"The vendors' descriptions are not at hand: {path.name} would be in ../shared/specs.")
    found = json.loads(gzip.decompress(path.read_bytes()))
    return found["specs"]["marketing-index"] if "specs" in found else found


def _resolve(document: dict[str, Any], value: Any) -> Any:
    while isinstance(value, dict) and "$ref" in value:
        found: Any = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/")]
        value = found
    return value


def _describe(name: str, method: str, path: str) -> dict[str, tuple[str, bool]] | None:
    """Return what the description says a call takes: {name: (place, is_required)}; None where it has no such call."""
    document = _paths(name)
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
        for schema in _parts(document, content["schema"]):
            for property_name in schema.get("properties", {}):
                taken[property_name] = ("body", property_name in schema.get("required", ()))
    return taken


def _parts(document: dict[str, Any], schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and those it is put together from (allOf)."""
    schema = _resolve(document, schema)
    yield schema
    for part in schema.get("allOf", ()):
        yield from _parts(document, part)


_CASES = [
    pytest.param(name, operation, id=f"{name}-{operation.name}")
    for name in ("stripe", "github", "slack", "mailchimp", "openai")
    for operation in load(name).operations
]


@pytest.mark.parametrize(("name", "operation"), _CASES)
def test_the_vendor_describes_this_operation(name: str, operation: Any) -> None:
    """The vendor's description has a call with this method and path."""
    found = _describe(name, operation.method, operation.path)
    if (name, operation.name) in _NOT_DESCRIBED:
        assert found is None, "it is described now: take it off the list"
        return
    assert found is not None, f"{operation.method} {operation.path}"


@pytest.mark.parametrize(("name", "operation"), [case for case in _CASES if case.values[0] != "mailchimp"])
def test_the_vendor_describes_these_parameters(name: str, operation: Any) -> None:
    """Each parameter is one the vendor describes, in that place; what the vendor requires is required here."""
    found = _describe(name, operation.method, operation.path)
    if found is None:
        assert (name, operation.name) in _NOT_DESCRIBED
        return
    for parameter in operation.parameters:
        if parameter.place == "path" or parameter.name in _NEWER.get(name, {}):
            continue
        assert parameter.name in found, f"{parameter.name} is not described"
        place, is_required = found[parameter.name]
        # Stripe describes a DELETE's parameters as a form; its own libraries send them in the query.
        assert parameter.place == place or (operation.method, parameter.place) == ("DELETE", "query"), (
            parameter.name
        )
        if parameter.is_required and not is_required:
            assert parameter.name in _STRICTER.get(name, ()), f"{parameter.name} is not required there"
    required = {key for key, (place, is_required) in found.items() if is_required and place != "path"} - {
        "token"
    }
    missing = required - set(operation.required)
    assert {key for key in missing if (name, operation.name, key) not in _LOOSER} == set()


def test_the_check_finds_what_is_wrong() -> None:
    """A method, a path or a parameter the vendor does not describe is noticed."""
    assert _describe("stripe", "PATCH", "/v1/customers") is None
    assert _describe("stripe", "POST", "/v1/custmers") is None
    assert "emial" not in (_describe("stripe", "POST", "/v1/customers") or {"emial": 1})
