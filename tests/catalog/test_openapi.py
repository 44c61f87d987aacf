"""OpenAPI 3 and Swagger 2 documents, from anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.catalog.build import build_operations
from penstock.catalog.described import DescribedCall, Security
from penstock.catalog.openapi import read_openapi
from penstock.catalog.parameters import Parameter
from penstock.errors import UsageError


def read(
    operation: dict[str, Any], method: str = "post", path: str = "/things", **more: Any
) -> DescribedCall:
    """Return the one call of a document."""
    document = {"openapi": "3.0.3", "paths": {path: {method: operation}}, **more}
    (call,) = read_openapi(document).calls
    return call


def read_old(operation: dict[str, Any], method: str = "post", **more: Any) -> DescribedCall:
    """Return the one call of a Swagger 2 document."""
    (call,) = read_openapi({"swagger": "2.0", "paths": {"/things": {method: operation}}, **more}).calls
    return call


def _query(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}, **more}


def test_parameters_stand_where_they_are_described() -> None:
    """Path, query and header parameters keep place, type, need and choices; the path item's own belong to each call."""
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/users/{user-id}": {
                "parameters": [
                    {"name": "user-id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ],
                "get": {
                    "operationId": "getUser",
                    "parameters": [
                        {"$ref": "#/components/parameters/sort"},
                        {"name": "X-Trace", "in": "header", "schema": {"type": "boolean"}},
                        {"name": "session", "in": "cookie", "schema": {"type": "string"}},
                    ],
                },
            }
        },
        "components": {
            "parameters": {"sort": _query("sort", schema={"enum": ["asc", "desc"]}, required=True)}
        },
    }
    (call,) = read_openapi(document).calls
    assert (call.method, call.path, call.own_name, call.body) == ("GET", "/users/{user_id}", "getUser", None)
    assert call.parameters == (
        Parameter("user_id", "path", "integer", True),
        Parameter("sort", "query", "string", True, ("asc", "desc")),
        Parameter("x_trace", "header", "boolean", wire="X-Trace"),
    )


def test_names_are_such_that_they_can_be_typed() -> None:
    """Words of Python, brackets and signs give way, the name on the wire stays; what is twice says where."""
    wires = ["from", "$top", "filter[status]", "2fa", "self"]
    call = read({"parameters": [_query(wire) for wire in wires]}, "get")
    assert [p.name for p in call.parameters] == ["from_", "top", "filter_status", "n2fa", "self_"]
    assert [p.wire for p in call.parameters] == wires
    twice = read(
        {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}, _query("id")],
            "requestBody": {
                "content": {"application/json": {"schema": {"properties": {"id": {"type": "object"}}}}}
            },
        },
        path="/things/{id}",
    )
    assert [(p.name, p.place, p.wire) for p in twice.parameters] == [
        ("id", "path", None), ("id_in_query", "query", "id"), ("id_in_body", "body", "id"),
    ]  # fmt: skip


def test_lists_are_written_as_described() -> None:
    """A list in a query is repeated, or joined with commas where it is not exploded; in a path it is always joined."""
    array = {"type": "array", "items": {"type": "string"}}
    call = read(
        {
            "parameters": [
                _query("a", schema=array), _query("b", schema=array, explode=False),
                {"name": "ids", "in": "path", "schema": array},
                _query("when", style="deepObject", schema={"properties": {"gte": {"type": "integer"}}}),
                {"name": "q", "in": "query", "content": {"application/json": {"schema": {}}}},
            ]
        },
        "get",
        "/things/{ids}",
    )  # fmt: skip
    assert {p.name: p.type for p in call.parameters} == {
        "ids": "csv", "a": "array", "b": "csv", "when_gte": "integer", "q": "object",
    }  # fmt: skip
    assert [p.wire for p in call.parameters if p.name == "when_gte"] == ["when[gte]"]


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"application/json": {}, "multipart/form-data": {}}, "json"),
        ({"application/vnd.api+json": {}}, "json"),
        ({"application/json; charset=utf-8": {}}, "json"),
        ({"multipart/form-data": {}, "application/x-www-form-urlencoded": {}}, "form"),
        ({"multipart/form-data": {}}, "multipart"),
        ({"application/x-ndjson": {}}, "raw"),
        ({"image/png": {}}, "raw"),
    ],
)
def test_the_kind_of_body(content: dict[str, Any], body: str) -> None:
    """JSON comes before forms, forms before parts, and anything else is bytes."""
    assert read({"requestBody": {"content": content}}).body == body


def test_whole_bodies() -> None:
    """A body that is a list, and one that is bytes, is one parameter."""
    array = {"content": {"application/json": {"schema": {"type": "array"}}}, "required": True}
    assert read({"requestBody": array}).parameters == (Parameter("body", "body", "array", True, wire="$"),)
    raw = {"content": {"application/octet-stream": {}}}
    assert read({"requestBody": raw}).parameters == (Parameter("content", "body", "any", wire="$"),)


def test_what_is_not_offered() -> None:
    """Deprecated calls are left out and counted; what signs or says the media type is no parameter."""
    document = {
        "openapi": "3.0.0",
        "paths": {
            "/a": {
                "get": {"deprecated": True},
                "post": {
                    "parameters": [
                        {"name": name, "in": "header", "schema": {}}
                        for name in (
                            "Authorization",
                            "Accept",
                            "Content-Type",
                            "X-Key",
                            "bad\r\nname",
                            "X-Other",
                        )
                    ]
                },
            },
        },
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}}},
    }
    description = read_openapi(document)
    assert description.skipped == {"deprecated": 1}
    assert [p.wire for p in description.calls[0].parameters] == ["X-Other"]


def test_where_it_is_and_how_to_sign_in() -> None:
    """Addresses have their variables filled in; schemes keep what signing needs."""
    flow = {"authorizationUrl": "https://a/", "tokenUrl": "https://t/", "scopes": {"r": ""}}
    description = read_openapi(
        {
            "openapi": "3.0.0",
            "info": {"title": "Acme", "version": "7"},
            "servers": [
                {"url": "https://{region}.acme.example/v1/", "variables": {"region": {"default": "eu"}}},
                {"url": "https://us.acme.example/v1"},
            ],
            "paths": {"/a": {"servers": [{"url": "https://files.acme.example"}], "get": {}}, "/b": {"get": {}}},
            "components": {
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "Bearer"},
                    "code": {
                        "type": "oauth2",
                        "flows": {"authorizationCode": flow},
                    },
                }
            },
        }
    )  # fmt: skip
    assert (description.title, description.version) == ("Acme", "7")
    assert description.servers == ("https://eu.acme.example/v1", "https://us.acme.example/v1")
    assert [call.server for call in description.calls] == [
        "https://files.acme.example",
        "https://eu.acme.example/v1",
    ]
    assert description.security == (
        Security("token", "http", scheme="bearer"),
        Security(
            "code",
            "oauth2",
            flow="authorizationCode",
            authorize="https://a/",
            token="https://t/",
            scopes=("r",),
        ),
    )


def test_swagger_two() -> None:
    """Bodies, forms, files and lists of Swagger 2 mean the same; lists are joined with commas unless they are multi."""
    schema = {"required": ["a"], "properties": {"a": {"type": "integer"}}}
    call = read_old(
        {"parameters": [{"name": "whatever", "in": "body", "schema": schema}]},
        host="api.acme.example", basePath="/v2/", schemes=["http", "https"],
    )  # fmt: skip
    assert (call.server, call.body) == ("https://api.acme.example/v2", "json")
    assert call.parameters == (Parameter("a", "body", "integer", True),)
    form = {"name": "name", "in": "formData", "type": "string"}
    assert read_old({"parameters": [form]}).body == "form"
    file = {"name": "photo", "in": "formData", "type": "file", "required": True}
    sent = read_old({"parameters": [form, file]})
    assert (sent.body, sent.parameters[1]) == ("multipart", Parameter("photo", "body", "any", True))
    lists = [
        {"name": "a", "in": "query", "type": "array"},
        {"name": "b", "in": "query", "type": "array", "collectionFormat": "multi"},
    ]
    assert [p.type for p in read_old({"parameters": lists}, "get").parameters] == ["csv", "array"]


def test_where_the_rows_of_an_answer_are() -> None:
    """The first good answer in JSON says where rows are; only reading has rows."""
    rows = {"properties": {"items": {"type": "array"}}}
    responses = {
        "404": {"content": {"application/json": {"schema": {"type": "array"}}}},
        "200": {"content": {"text/csv": {}, "application/json": {"schema": rows}}},
    }
    assert read({"responses": responses}, "get").items == "items"
    assert read({"responses": responses}).items is None
    assert read({}, "get").items is None


@pytest.mark.parametrize(
    "document", [{}, [], {"paths": []}, {"paths": {}}, {"openapi": "4.0.0", "paths": {}}, None]
)
def test_what_is_no_description_is_refused(document: Any) -> None:
    """A document of another kind is refused with what is missing."""
    with pytest.raises(UsageError, match="OpenAPI"):
        read_openapi(document)


_WORDS = st.sampled_from(
    ["type", "properties", "required", "allOf", "oneOf", "items", "enum", "$ref", "#/components/schemas/A", "name", "in", "query",
     "path", "parameters", "schema", "content", "application/json", "requestBody", "responses", "200", "servers", "url", "tags",
     "operationId", "a.b", "x/y", "securitySchemes", "flows", "deepObject", "style", "$", "", "readOnly", "get", "post"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | _WORDS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(entry=_JSON, operation=_JSON, components=_JSON, servers=_JSON, is_old=st.booleans())
def test_nonsense_is_read_or_refused(
    entry: Any, operation: Any, components: Any, servers: Any, is_old: bool
) -> None:
    """Whatever stands in a document, operations come of it or a refusal, and nothing else."""
    document = {
        "swagger" if is_old else "openapi": "2.0" if is_old else "3.0.0",
        "paths": {"/a/{b}": {"get": operation, "post": operation, "parameters": entry}, "/x": entry},
        "components": {"schemas": {"A": entry}, "securitySchemes": components},
        "securityDefinitions": components,
        "servers": servers,
    }
    build_operations(read_openapi(document))
