"""The money of Square's sandbox: payments, held or taken, and what is given back of them."""

from __future__ import annotations

from penstock.sandbox.rest.acting import create, find, update
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.vendors.square.records import need
from penstock.sandbox.wire import Json

LOCATION = "S8GWD5R9QB376"
_DECLINED = "cnon:card-nonce-declined"


def pay(turn: Turn) -> Json:
    """Take a payment, or hold it where it is to be completed later."""
    fields = turn.fields
    need(turn, "source_id", "amount_money", "idempotency_key")
    if fields["source_id"] == _DECLINED:
        raise turn.refuse(
            "invalid", status=402, code="GENERIC_DECLINE", message="Authorization error: 'GENERIC_DECLINE'"
        )
    record = create(turn, {"location_id": LOCATION, "source_type": "CARD", **fields})
    record["status"] = "APPROVED" if fields.get("autocomplete") is False else "COMPLETED"
    record |= {
        "total_money": fields["amount_money"],
        "version_token": turn.ids.text(44),
        "receipt_number": record["id"][:4],
    }
    return {"payment": record}


def settle(turn: Turn) -> Json:
    """Complete or cancel a payment that is held."""
    record = find(turn)
    if record["status"] != "APPROVED":
        words = f"Payment {record['id']} has status {record['status']}"
        raise turn.refuse("invalid", code="BAD_REQUEST", message=words)
    is_done = turn.request.path.endswith("/complete")
    return {"payment": update(turn, record, {"status": "COMPLETED" if is_done else "CANCELED"})}


def refund(turn: Turn) -> Json:
    """Give money back, at most what was paid."""
    need(turn, "amount_money", "payment_id", "idempotency_key")
    payment = find(turn, str(turn.fields["payment_id"]), collection="payments")
    before = (payment.get("refunded_money") or {}).get("amount", 0)
    amount = int(turn.fields["amount_money"]["amount"])
    if before + amount > payment["amount_money"]["amount"]:
        words = "The requested refund amount exceeds the amount available to refund."
        raise turn.refuse("invalid", code="REFUND_AMOUNT_INVALID", message=words)
    payment["refunded_money"] = {**payment["amount_money"], "amount": before + amount}
    return {"refund": create(turn, {"status": "PENDING", "location_id": LOCATION, **turn.fields})}
