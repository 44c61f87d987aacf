"""The orders of PayPal's sandbox: created, approved by a buyer, captured or authorized, and given back."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import UPPER, Record
from penstock.sandbox.wire import Answer, Json, html_answer, iso_time, json_answer


def need_json(turn: Turn) -> None:
    """Refuse a POST whose body is said to be something other than JSON, or nothing."""
    if "json" not in turn.request.headers.get("Content-Type", ""):
        words = "The server does not support the request payload's media type."
        raise turn.refuse("invalid", status=415, code="UNSUPPORTED_MEDIA_TYPE", message=words)


def say(turn: Turn, status: int, record: Record) -> Answer:
    """Return a record whole where the client prefers that, else what names it."""
    is_whole = "representation" in turn.request.headers.get("Prefer", "")
    kept = record if is_whole else {name: record[name] for name in ("id", "status", "links")}
    return json_answer(status, kept)


def _unfit(turn: Turn, issue: str, words: str) -> Exception:
    return turn.refuse("invalid", status=422, code=issue, message=words)


def _link(turn: Turn, path: str, rel: str, method: str = "GET") -> Record:
    return {"href": f"{turn.request.base}{path}", "rel": rel, "method": method}


def create_order(turn: Turn) -> Answer:
    """Make an order; one with a payment_source is approved already."""
    need_json(turn)
    given = turn.fields
    for name in ("intent", "purchase_units"):
        if not given.get(name):
            raise turn.refuse("invalid", name)
    for unit in given["purchase_units"]:
        _check_amount(turn, unit.get("amount") or {})
    id = turn.ids.text(17, UPPER)
    units = [{"reference_id": "default", **unit} for unit in given["purchase_units"]]
    path = f"/v2/checkout/orders/{id}"
    links = [_link(turn, path, "self"), _link(turn, f"/checkoutnow?token={id}", "approve"),
             _link(turn, f"{path}/capture", "capture", "POST")]  # fmt: skip
    status = "APPROVED" if given.get("payment_source") else "CREATED"
    record = {
        **given,
        "id": id,
        "status": status,
        "purchase_units": units,
        "create_time": iso_time(turn.now),
        "links": links,
    }
    turn.table("orders").add(id, record)
    turn.change("orders.create", id, record)
    return say(turn, 201, record)


def _check_amount(turn: Turn, amount: Any) -> None:
    if not amount.get("currency_code") or not amount.get("value"):
        raise turn.refuse("invalid", "purchase_units/amount")
    decimals = str(amount["value"]).partition(".")[2]
    if len(decimals) > (0 if amount["currency_code"] in ("JPY", "HUF", "TWD") else 2):
        words = "If the currency supports decimals, only two decimal place precision is supported."
        raise _unfit(turn, "DECIMAL_PRECISION", words)


def approve(turn: Turn) -> Answer:
    """Be the buyer who visits the order's link and agrees."""
    record = turn.table("orders").get(turn.query.get("token", ""))
    if record is not None and record["status"] == "CREATED":
        record |= {
            "status": "APPROVED",
            "payer": {"payer_id": "QYR5Z8XDVJNXQ", "email_address": "buyer@example.com"},
        }
    return html_answer(200 if record else 404, "PayPal", "Thank you." if record else "Not found.")


def patch_order(turn: Turn) -> Answer:
    """Change an order by a list of operations."""
    record = find(turn)
    if not isinstance(turn.body, list) or not turn.body:
        raise turn.refuse("invalid", "patch")
    for one in turn.body:
        name = str(one.get("path", "")).strip("/").partition("/")[0]
        if name == "intent":
            record["intent"] = one.get("value")
    turn.change("orders.update", record["id"], record)
    return Answer(204)


def settle_order(turn: Turn) -> Answer:
    """Capture an approved order's money, or set it aside."""
    need_json(turn)
    record = find(turn, turn.values["id"], collection="orders")
    is_capture = turn.request.path.endswith("/capture")
    if record["status"] == "COMPLETED":
        issue = "ORDER_ALREADY_CAPTURED" if is_capture else "ORDER_ALREADY_AUTHORIZED"
        raise _unfit(
            turn, issue, "Order already captured. If 'intent=CAPTURE' only one capture per order is allowed."
        )
    if record["status"] != "APPROVED" and not turn.fields.get("payment_source"):
        raise _unfit(turn, "ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.")
    if (record["intent"] == "CAPTURE") != is_capture:
        raise _unfit(turn, "ACTION_DOES_NOT_MATCH_INTENT", "Order was created with another intent.")
    for unit in record["purchase_units"]:
        kind = "captures" if is_capture else "authorizations"
        unit["payments"] = {kind: [_keep_payment(turn, kind, unit["amount"], unit.get("invoice_id"))]}
    record["status"] = "COMPLETED"
    turn.change("orders.capture" if is_capture else "orders.authorize", record["id"], record)
    return say(turn, 201, record)


def _keep_payment(turn: Turn, kind: str, amount: Record, invoice_id: str | None) -> Record:
    id = turn.ids.text(17, UPPER)
    path = f"/v2/payments/{kind}/{id}"
    links = [
        _link(turn, path, "self"),
        _link(turn, f"{path}/{'refund' if kind == 'captures' else 'capture'}", "next", "POST"),
    ]
    status = {"captures": "COMPLETED", "authorizations": "CREATED", "refunds": "COMPLETED"}[kind]
    record = {"id": id, "status": status, "amount": amount, "invoice_id": invoice_id, "create_time": iso_time(turn.now),
              "links": links}  # fmt: skip
    return turn.table(kind).add(id, record)


def capture(turn: Turn) -> Answer:
    """Capture money that was set aside."""
    need_json(turn)
    held = find(turn, turn.values["authorization_id"])
    if held["status"] != "CREATED":
        raise _unfit(turn, "AUTHORIZATION_ALREADY_CAPTURED", "Authorization has already been captured.")
    record = _keep_payment(
        turn, "captures", turn.fields.get("amount") or held["amount"], turn.fields.get("invoice_id")
    )
    held["status"] = "CAPTURED"
    turn.change("captures.create", record["id"], record)
    return say(turn, 201, record)


def void(turn: Turn) -> Answer:
    """Let go of money that was set aside."""
    held = find(turn, turn.values["authorization_id"])
    if held["status"] == "VOIDED":
        raise _unfit(
            turn,
            "PREVIOUSLY_VOIDED",
            "Authorization has been previously voided and hence cannot be voided again.",
        )
    if held["status"] == "CAPTURED":
        raise _unfit(
            turn,
            "PREVIOUSLY_CAPTURED",
            "Authorization has been previously captured and hence cannot be voided.",
        )
    held["status"] = "VOIDED"
    turn.change("authorizations.void", held["id"], held)
    return (
        json_answer(200, held) if "representation" in turn.request.headers.get("Prefer", "") else Answer(204)
    )


def refund(turn: Turn) -> Json | Answer:
    """Give back a capture's money, at most what was captured."""
    need_json(turn)
    paid = find(turn, turn.values["capture_id"])
    left = float(paid["amount"]["value"]) - float(paid.get("refunded", 0))
    if left <= 0:
        raise _unfit(turn, "CAPTURE_FULLY_REFUNDED", "The capture has already been fully refunded")
    amount = turn.fields.get("amount") or {**paid["amount"], "value": f"{left:.2f}"}
    if float(amount["value"]) > left:
        words = "The refund amount must be less than or equal to the capture amount that has not yet been refunded."
        raise _unfit(turn, "REFUND_AMOUNT_EXCEEDED", words)
    record = _keep_payment(turn, "refunds", amount, turn.fields.get("invoice_id"))
    paid["refunded"] = float(paid.get("refunded", 0)) + float(amount["value"])
    paid["status"] = "REFUNDED" if float(amount["value"]) == left else "PARTIALLY_REFUNDED"
    turn.change("refunds.create", record["id"], record)
    return say(turn, 201, record)
