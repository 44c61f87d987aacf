"""Stripe's refunds, payment methods on their own, the balance, the files and the events."""

from __future__ import annotations

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.cards import find_method, make_method
from penstock.sandbox.vendors.stripe.errors import invalid, missing
from penstock.sandbox.vendors.stripe.parameters import LIST
from penstock.sandbox.vendors.stripe.world import Turn, merge_metadata


def create_refund(turn: Turn) -> Record:
    given = turn.given
    charge = turn.referred("charges", "charge")
    intent = turn.referred("payment_intents", "payment_intent")
    if charge is None and intent is not None:
        charge = turn.table("charges").get(intent["latest_charge"] or "")
        if charge is None:
            raise invalid(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                "payment_intent",
            )
    if charge is None:
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left <= 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = given.get("amount", left)
    if amount > left:
        raise invalid(
            f"Refund amount ({amount / 100:.2f}) is greater than unrefunded amount on charge "
            f"({left / 100:.2f})",
            "amount",
        )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    turn.world.balance[charge["currency"]] -= amount
    id = turn.world.new_id("refunds")
    record: Record = {
        "id": id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": f"txn_3{turn.world.ids.text(23)}",
        "charge": charge["id"],
        "created": turn.at,
        "currency": charge["currency"],
        "metadata": merge_metadata({}, given.get("metadata", {})),
        "payment_intent": charge["payment_intent"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "status": "succeeded",
    }
    turn.table("refunds").add(id, record)
    turn.emit("charge.refunded", charge)
    return turn.changed("create", record, charge=charge["id"], amount=amount, metadata=record["metadata"])


def update_refund(turn: Turn) -> Record:
    record = turn.path_record("refunds", "refund")
    record["metadata"] = merge_metadata(record["metadata"], turn.given.get("metadata", {}))
    return turn.changed("update", record, metadata=record["metadata"])


def create_method(turn: Turn) -> Record:
    if turn.given["type"] != "card":
        raise invalid("The sandbox knows payment methods of the type card only.", "type")
    token = str(turn.given.get("card", {}).get("token", "tok_visa"))
    record = make_method(turn, token, None)
    record["metadata"] = merge_metadata({}, turn.given.get("metadata", {}))
    record["billing_details"] = {**record["billing_details"], **turn.given.get("billing_details", {})}
    return turn.changed("create", record)


def attach_method(turn: Turn) -> Record:
    id, customer = turn.values["id"], turn.given["customer"]
    turn.referred("customers", "customer")
    if not id.startswith("pm_card_") and id not in turn.table("payment_methods"):
        raise missing("PaymentMethod", id, "payment_method", status=404)
    record = find_method(turn, id, customer)
    turn.table("payment_methods").update(record["id"], customer=customer)
    return turn.changed("attach", record, customer=customer)


def get_balance(turn: Turn) -> Record:
    """Answer what the account holds; a test account without charges holds nothing, in dollars."""
    held = turn.world.balance or {"usd": 0}
    amounts = [
        {"amount": amount, "currency": name, "source_types": {"card": amount}}
        for name, amount in held.items()
    ]
    nothing = [{"amount": 0, "currency": name, "source_types": {"card": 0}} for name in held]
    return {"object": "balance", "available": nothing, "livemode": False, "pending": amounts}


def list_events(turn: Turn) -> Record:
    types = set(turn.given.get("types", ()))
    return turn.list(
        "events", "/v1/events", by=("type",), keep=(lambda event: event["type"] in types) if types else None
    )


ROUTES = {
    "POST /v1/refunds": (
        "amount:int charge:str currency:str customer:str instructions_email:str metadata:hash? origin:str "
        "payment_intent:str "
        "reason:duplicate|fraudulent|requested_by_customer refund_application_fee:bool reverse_transfer:bool",
        create_refund,
    ),
    "GET /v1/refunds": (
        f"{LIST} charge:str payment_intent:str",
        lambda turn: turn.list("refunds", "/v1/refunds", by=("charge", "payment_intent")),
    ),
    "GET /v1/refunds/{refund}": ("", lambda turn: turn.path_record("refunds", "refund")),
    "POST /v1/refunds/{refund}": ("metadata:hash?", update_refund),
    "POST /v1/payment_methods": ("type:str! billing_details:hash card:hash metadata:hash", create_method),
    "GET /v1/payment_methods": (
        f"{LIST} customer:str type:str",
        lambda turn: turn.list("payment_methods", "/v1/payment_methods", by=("customer",)),
    ),
    "GET /v1/payment_methods/{id}": ("", lambda turn: turn.path_record("payment_methods")),
    "POST /v1/payment_methods/{id}/attach": ("customer:str!", attach_method),
    "GET /v1/files": (f"{LIST} purpose:str", lambda turn: turn.list("files", "/v1/files", by=("purpose",))),
    "GET /v1/files/{id}": ("", lambda turn: turn.path_record("files")),
    "GET /v1/balance": ("", get_balance),
    "GET /v1/events": (f"{LIST} type:str types:list delivery_success:bool", list_events),
    "GET /v1/events/{id}": ("", lambda turn: turn.path_record("events")),
}
