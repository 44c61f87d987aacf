"""An error answer in words."""

from __future__ import annotations

from dataclasses import replace

from penstock.catalog.definition import ErrorShape, Integration, Operation
from penstock.catalog.explain import explain

PING = Operation("ping.get", "GET", "/ping")
SERVICE = Integration(
    "acme", "Acme", "https://acme.example/docs", "2026-11", "https://api.acme.example", (), (PING,), PING,
    errors=ErrorShape(message=("error.message", "errors"), code=("error.code", "error.type")),
    hints={"declined": "By code.", "Bad credentials": "By message.", "404": "By status."},
)  # fmt: skip


def test_paths_are_tried_in_order() -> None:
    """The first path that leads to a text gives the code; a list or a dict is no message."""
    assert explain(SERVICE, 400, {"error": {"type": "t", "message": "m"}})[:2] == ("m", "t")
    assert explain(SERVICE, 400, {"error": {"code": 17, "type": "t"}}).code == "17"
    assert explain(SERVICE, 400, {"errors": "not a list"}).message == "not a list"
    assert explain(SERVICE, 400, {"errors": [{"message": "m"}]}).message is None


def test_a_hint_is_found_by_code_then_message_then_status() -> None:
    """The code's hint goes before the message's, and that before the status's."""
    both = {"error": {"code": "declined", "message": "Bad credentials"}}
    assert explain(SERVICE, 404, both).hint == "By code."
    assert explain(SERVICE, 404, {"error": {"message": "Bad credentials"}}).hint == "By message."
    assert explain(SERVICE, 404, None).hint == "By status."
    assert explain(SERVICE, 500, {"error": {"code": "odd"}}).hint is None


def test_a_service_without_hints_explains_without() -> None:
    """Nothing is made up where the file says nothing."""
    assert explain(replace(SERVICE, errors=ErrorShape(), hints={}), 404, {"error": {"code": "x"}}) == (
        None,
        None,
        None,
    )
