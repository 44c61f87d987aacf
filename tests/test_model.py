from __future__ import annotations

import copy
import dataclasses
import inspect
import json
import pickle

import pytest

from penstock import events, model
from penstock.errors import ResponseUnreadable
from penstock.model import Headers, Request, Response
from penstock.redact import Secret

RECORDS = [
    kind
    for module in (model, events)
    for _, kind in inspect.getmembers(module, dataclasses.is_dataclass)
    if kind.__module__ == module.__name__
]


def answer(body: bytes, content_type: str = "application/json") -> Response:
    headers = Headers({"Content-Type": content_type, "Request-Id": "req_1"})
    return Response(200, headers, body, operation="customers.create", integration="stripe")


@pytest.mark.parametrize("kind", RECORDS)
def test_what_travels_is_frozen_and_slotted(kind: type) -> None:
    """A record between rooms cannot be changed by whoever receives it, nor given more fields."""
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)


def test_header_names_have_no_case() -> None:
    """A field is found however its name is written, in a lookup and in a membership test."""
    headers = Headers([("Retry-After", "3"), ("X-A", "1")])
    assert headers["retry-after"] == headers["RETRY-AFTER"] == headers.get("Retry-After") == "3"
    assert "rEtRy-AfTeR" in headers and "x-b" not in headers
    assert dict(headers) == {"retry-after": "3", "x-a": "1"} and len(headers) == 2


def test_fields_of_one_name_are_joined_with_a_comma() -> None:
    """Repeated fields become one value in their order, as RFC 9110 section 5.3 has it."""
    assert Headers([("Link", "<a>"), ("link", "<b>")])["Link"] == "<a>, <b>"


def test_a_response_reads_its_body_as_json() -> None:
    """.data is the parsed body, response[key] reads it, an empty body is None."""
    response = answer(b'{"id": "cus_1", "tags": ["a"]}')
    assert response.data == {"id": "cus_1", "tags": ["a"]}
    assert response["id"] == "cus_1"
    assert answer(b"[7, 8]")[1] == 8
    assert answer(b"  ").data is None


def test_a_missing_key_names_those_there_are() -> None:
    """response[key] of what is not there says what is."""
    with pytest.raises(KeyError, match="it has: id, email"):
        answer(b'{"id": 1, "email": 2}')["name"]
    with pytest.raises(KeyError, match="it has: NoneType"):
        answer(b"")["name"]


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b'{"id": "cus', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_not_json_is_our_error_and_stays_readable(body: bytes) -> None:
    """HTML, cut, binary or absurdly nested bodies raise ResponseUnreadable; .text still has them."""
    response = answer(body, "text/html")
    with pytest.raises(ResponseUnreadable, match="text/html") as caught:
        _ = response.data
    assert caught.value.where == "stripe customers.create"
    assert len(str(caught.value)) < 600
    assert response.text == body.decode("utf-8", "replace")


def test_the_request_id_is_found_under_each_name_vendors_use() -> None:
    """request_id is the service's own id for the request, None when it gave none."""
    assert answer(b"").request_id == "req_1"
    assert Response(200, Headers({"X-GitHub-Request-Id": "A:1"}), b"").request_id == "A:1"
    assert Response(200, Headers(), b"").request_id is None


def test_a_response_survives_a_pickle_and_shows_no_body_in_its_repr() -> None:
    """A response can be sent to another process; its repr says how long the body is and not what is in it."""
    response = answer(b'{"email": "a@b.co"}')
    again = pickle.loads(pickle.dumps(response))
    assert again == response and again.data == response.data
    assert repr(response) == "<Response 200 stripe customers.create, 19 bytes, 0.000 s>"


def test_a_request_shows_no_header_field_and_no_body() -> None:
    """repr, and what rich draws of it, has the method, the cleaned address and the names of the fields, no value."""
    pretty = pytest.importorskip("rich.pretty")
    secret = Secret("sk_test_r3v34l3d")
    request = Request(
        "GET", f"https://x.test/a?key={secret.reveal()}", (("Authorization", "Bearer abc"),), b"abc"
    )
    for text in (repr(request), str(request), f"{request}", pretty.pretty_repr(request)):
        assert "Authorization" in text and "abc" not in text and secret.reveal() not in text
    assert "abc" in repr(tuple(request))  # the control


def test_a_pickled_response_repeats_no_secret() -> None:
    """A body and header fields that echo a credential are pickled and copied without it; other bytes stay as they are."""
    secret, raw = Secret("sk_test_r3v34l3d"), b"\xff\x00\xfe"
    echo = json.dumps({"said": secret.reveal()}).encode() + raw
    response = Response(400, Headers({"x-said": secret.reveal()}), echo, 0.5, 2, "get", "toy")
    for again in (pickle.loads(pickle.dumps(response)), copy.copy(response)):
        assert secret.reveal().encode() not in again.body and again.body.endswith(raw)
        assert again.headers["x-said"] == "‹hidden›" and again.attempts == 2 and again.status == 400
    plain = Response(200, Headers({"a": "b"}), b'{"id": 1}' + raw)
    assert pickle.loads(pickle.dumps(plain)).body == plain.body
    assert secret.reveal() not in repr(response.headers)
