"""Where parameters go, and how bodies are written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.auth.schemes import Bearer
from penstock.catalog.definition import Idempotency, Integration, Operation, Parameter, fields
from penstock.engine.bodies import encode_form, write_json
from penstock.engine.prepare import Recipe
from penstock.errors import CallRefused
from penstock.model import Call

HEALTH = Operation("ping", "GET", "/ping")


def integration(**facts: object) -> Integration:
    base = {
        "name": "demo", "title": "Demo", "docs": "https://example.com", "checked": "2026-11", "base_url": "https://api.example.com",
        "auth": (Bearer(),), "operations": (HEALTH,), "health": HEALTH,
    }  # fmt: skip
    return Integration(**{**base, **facts})  # type: ignore[arg-type]


def fill(operation: Operation, parameters: dict[str, object], key: str | None = None, **facts: object):  # type: ignore[no-untyped-def]
    recipe = Recipe(integration(**facts), operation, "https://api.example.com/", ())
    return recipe.fill(Call(operation.name, parameters, key))


def test_path_parameters_are_quoted() -> None:
    """A slash or a question mark in an id cannot change which path is called."""
    request = fill(Operation("get", "GET", "/things/{id}"), {"id": "a/b?c=1#d é"})
    assert request.url == "https://api.example.com/things/a%2Fb%3Fc%3D1%23d%20%C3%A9"


@pytest.mark.parametrize("value", ["..", ".", ""])
def test_a_path_parameter_cannot_climb(value: str) -> None:
    """Dot segments and empty values are refused before anything is sent."""
    with pytest.raises(CallRefused):
        fill(Operation("get", "GET", "/things/{id}/parts"), {"id": value})


def test_rest_goes_to_query_or_body() -> None:
    """A GET's other parameters go to the query, a POST's to the body, declared ones to their place."""
    assert fill(Operation("list", "GET", "/x"), {"limit": 5, "tags": ["a", "b"]}).url.endswith(
        "/x?limit=5&tags=a&tags=b"
    )
    operation = Operation(
        "make",
        "POST",
        "/x",
        parameters=(Parameter("page", "query"), Parameter("trace", "header", wire="X-Trace")),
    )
    request = fill(operation, {"page": 2, "trace": "t", "name": "n"})
    assert request.url.endswith("/x?page=2")
    assert ("X-Trace", "t") in request.headers
    assert json.loads(request.body) == {"name": "n"}


def test_form_bodies_have_brackets() -> None:
    """Nested values are written with brackets, booleans in lower case, None left out."""
    text = encode_form({"metadata": {"a": 1}, "items": [{"price": "p", "n": 2}], "live": True, "none": None})
    assert parse_qsl(text) == [
        ("metadata[a]", "1"),
        ("items[0][price]", "p"),
        ("items[0][n]", "2"),
        ("live", "true"),
    ]


def test_json_says_dates_and_decimals_and_refuses_nan() -> None:
    """Dates become ISO 8601, decimals text; NaN has no JSON and is refused."""
    assert json.loads(write_json({"at": datetime(2026, 11, 1, tzinfo=UTC), "d": Decimal("1.10")})) == {
        "at": "2026-11-01T00:00:00+00:00",
        "d": "1.10",
    }
    with pytest.raises(CallRefused):
        write_json({"x": float("nan")})
    with pytest.raises(CallRefused):
        write_json({"x": object()})


@given(st.text())
def test_any_text_can_be_sent(text: str) -> None:
    """Odd unicode, lone surrogates included, becomes bytes."""
    assert isinstance(write_json({"x": text}), bytes)


@pytest.mark.parametrize(
    ("place", "check"),
    [
        ("header", lambda r: ("Idempotency-Key", "k") in r.headers),
        ("query", lambda r: "Idempotency-Key=k" in r.url),
        ("body", lambda r: json.loads(r.body)["Idempotency-Key"] == "k"),
    ],
)
def test_the_key_goes_where_the_service_wants_it(place: str, check) -> None:  # type: ignore[no-untyped-def]
    """The idempotency key stands in the header, the query or the body, and makes a POST resendable."""
    request = fill(
        Operation("make", "POST", "/x"),
        {"a": 1},
        "k",
        idempotency=Idempotency("Idempotency-Key", place=place),
    )
    assert check(request) and request.is_resendable


def test_without_a_key_a_post_is_not_resendable() -> None:
    """A POST to a service that knows no key may not be sent twice; a PUT may."""
    assert not fill(Operation("make", "POST", "/x"), {"a": 1}, "k").is_resendable
    assert fill(Operation("set", "PUT", "/x"), {"a": 1}).is_resendable


def test_graphql_parameters_become_variables() -> None:
    """A document is sent with its parameters as variables."""
    request = fill(
        Operation("q", "POST", "/graphql", document="query($id: ID!) { x(id: $id) { id } }"), {"id": "7"}
    )
    assert json.loads(request.body) == {
        "query": "query($id: ID!) { x(id: $id) { id } }",
        "variables": {"id": "7"},
    }


# Bodies that are wrapped, bytes, or files


def test_a_wrapped_body_takes_flat_parameters() -> None:
    """Parameters become fields below the path, those with a slash stay outside, and what is fixed is always there."""
    operation = Operation(
        "make", "POST", "/x", fields("email! first_name /links:array"), into="data.attributes",
        fixed={"data": {"type": "profile"}},
    )  # fmt: skip
    for _ in range(2):  # what is fixed is not changed by a call
        request = fill(operation, {"email": "a@b.co", "other": 1, "links": ["l"]})
        assert json.loads(request.body) == {
            "data": {"type": "profile", "attributes": {"email": "a@b.co", "other": 1}},
            "links": ["l"],
        }
    request = fill(operation, {"attributes": {"email": "a@b.co"}, "first_name": "Ada"})
    assert json.loads(request.body)["data"]["attributes"] == {"email": "a@b.co", "first_name": "Ada"}


def test_a_slash_without_a_wrapping_says_nothing() -> None:
    """The same parameters in a plain body stand where all others do."""
    request = fill(Operation("make", "POST", "/x", fields("email /links:array")), {"email": "a", "links": []})
    assert json.loads(request.body) == {"email": "a", "links": []}


def test_a_parameter_may_be_the_whole_body() -> None:
    """A list, or bytes as they are, with the type a header field gives them."""
    whole = Parameter("items", "body", "array", wire="$")
    assert json.loads(fill(Operation("m", "POST", "/x", (whole,)), {"items": [1, 2]}).body) == [1, 2]
    upload = Operation(
        "up", "POST", "/x", (Parameter("content", "body", "any", wire="$"), Parameter("arg", "header", "object", wire="X-Arg")),
        body="raw",
    )  # fmt: skip
    request = fill(upload, {"content": b"\x00\xff", "arg": {"path": "/é"}})
    assert request.body == b"\x00\xff"
    assert ("X-Arg", '{"path": "/\\u00e9"}') in request.headers
    assert ("Content-Type", "application/octet-stream") in request.headers


def test_files_travel_in_parts() -> None:
    """Somebody else's parser finds fields and files, with their names and types; quotes and line breaks stay in place."""
    operation = Operation(
        "up", "POST", "/x", fields("title file:any data:object tags:array"), body="multipart"
    )
    given = {
        "title": "Zoë",
        "file": ('a"b\r\nc.csv', b"1,2\r\n", "text/csv"),
        "data": {"a": 1},
        "tags": ["x", "y"],
    }
    request = fill(operation, given)
    kind = dict(request.headers)["Content-Type"]
    parsed = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    parts = [
        (
            part.get_param("name", header="content-disposition"),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in parsed.iter_parts()
    ]
    assert parts == [
        ("title", "text/plain", "Zoë".encode()),
        ("file", "text/csv", b"1,2\r\n"),
        ("data", "application/json", b'{"a":1}'),
        ("tags", "text/plain", b"x"),
        ("tags", "text/plain", b"y"),
    ]
    assert fill(operation, given).body == request.body, "sent again, it is the same request"
    with pytest.raises(CallRefused, match="half a character"):
        fill(operation, {"title": "\ud800"})


@pytest.mark.parametrize(
    ("style", "text"), [("indexed", "a[0]=1&a[1]=2"), ("brackets", "a[]=1&a[]=2"), ("repeated", "a=1&a=2")]
)
def test_a_form_writes_lists_as_the_service_reads_them(style: str, text: str) -> None:
    """Indexed, with empty brackets, or the name once for each."""
    request = fill(Operation("m", "POST", "/x", body="form"), {"a": [1, 2]}, form_lists=style)
    assert unquote(request.body.decode()) == text


def test_another_host_of_the_service_has_its_own_address() -> None:
    """A whole address stands as it is at the service's own base URL, and goes to a proxy where there is one."""
    operation = Operation("up", "POST", "https://content.example.com/2/files/{id}")
    facts = integration(base_url="https://{site}.example.com/2", hosts=("content.example.com",))
    call = Call("up", {"id": "7"})
    assert (
        Recipe(facts, operation, "https://api.example.com/2", ()).fill(call).url
        == "https://content.example.com/2/files/7"
    )
    assert (
        Recipe(facts, operation, "http://127.0.0.1:9/box/2", ()).fill(call).url
        == "http://127.0.0.1:9/box/2/files/7"
    )


def test_a_base_whose_path_has_an_account_in_it_ends_there() -> None:
    """At a proxy, what lives on another host loses the whole of the service's own base path, filled in as it is."""
    facts = integration(
        base_url="https://api.example.com/2010/Accounts/{account}", hosts=("verify.example.com",)
    )
    operation = Operation("check", "POST", "https://verify.example.com/v2/Services")
    call = Call("check", {})
    proxied = Recipe(facts, operation, "http://127.0.0.1:9/box/2010/Accounts/AC7", ()).fill(call)
    assert proxied.url == "http://127.0.0.1:9/box/v2/Services"
    own = Recipe(facts, operation, "https://api.example.com/2010/Accounts/AC7", ()).fill(call)
    assert own.url == "https://verify.example.com/v2/Services"


def test_a_key_of_the_users_own_in_the_body_stays() -> None:
    """A parameter with the name of the service's key is the key."""
    facts = Idempotency("dedup_key", place="body")
    request = fill(Operation("make", "POST", "/x"), {"a": 1, "dedup_key": "mine"}, "ours", idempotency=facts)
    assert json.loads(request.body)["dedup_key"] == "mine"


def test_a_key_stands_outside_what_the_body_is_wrapped_in() -> None:
    """The service's key is a field of the body itself, not of the order in it."""
    operation = Operation("make", "POST", "/x", fields("name"), into="order")
    request = fill(operation, {"name": "n"}, "k", idempotency=Idempotency("idempotency_key", place="body"))
    assert json.loads(request.body) == {"order": {"name": "n"}, "idempotency_key": "k"}


def test_an_operations_header_field_replaces_the_services_own() -> None:
    """One Accept leaves, the operation's."""
    operation = Operation("get", "GET", "/x", headers=(("accept", "application/pdf"),))
    sent = Recipe(integration(), operation, "https://h", (("Accept", "application/json"), ("A", "b"))).fill(
        Call("get", {})
    )
    assert sent.headers == (("A", "b"), ("accept", "application/pdf"))
