"""Stripe's payment intents: create, update, confirm, capture, cancel."""

from __future__ import annotations

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.cards import (
    DECLINES,
    card_error,
    check_amount,
    earn,
    find_method,
    make_charge,
)
from penstock.sandbox.vendors.stripe.errors import StripeError, invalid
from penstock.sandbox.vendors.stripe.parameters import LIST
from penstock.sandbox.vendors.stripe.world import Turn, merge_metadata

METHOD = (
    "customer:str description:str metadata:hash? receipt_email:str? shipping:hash? statement_descriptor:str "
    "statement_descriptor_suffix:str"
)
INTENT = (
    f"{METHOD} amount_details:any application_fee_amount:int? automatic_payment_methods:hash "
    f"capture_method:automatic|automatic_async|manual "
    "confirmation_method:automatic|manual excluded_payment_method_types:list payment_details:any "
    "payment_method:str payment_method_data:hash "
    "payment_method_options:hash payment_method_types:list setup_future_usage:str transfer_data:hash "
    "transfer_group:str"
)
CONFIRM = (
    "capture_method:automatic|automatic_async|manual client_secret:str error_on_requires_action:bool "
    "mandate:str mandate_data:hash? "
    "off_session:any payment_method:str payment_method_data:hash payment_method_options:hash "
    "payment_method_types:list "
    "radar_options:hash receipt_email:str? return_url:str setup_future_usage:str shipping:hash? "
    "use_stripe_sdk:bool"
)
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELLABLE = (*CONFIRMABLE, "requires_capture", "processing")


def create_intent(turn: Turn) -> Record:
    given, world = turn.given, turn.world
    check_amount(given["amount"], given["currency"].lower())
    turn.referred("customers", "customer")
    id = world.new_id("payment_intents")
    record: Record = {
        "id": id,
        "object": "payment_intent",
        "amount": given["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "automatic_payment_methods": given.get("automatic_payment_methods"),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": given.get("capture_method", "automatic_async"),
        "client_secret": f"{id}_secret_{world.ids.text(25)}",
        "confirmation_method": given.get("confirmation_method", "automatic"),
        "created": turn.at,
        "currency": given["currency"].lower(),
        "customer": given.get("customer"),
        "description": given.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": merge_metadata({}, given.get("metadata", {})),
        "next_action": None,
        "payment_method": None,
        "payment_method_options": given.get("payment_method_options", {}),
        "payment_method_types": given.get("payment_method_types", ["card"]),
        "processing": None,
        "receipt_email": given.get("receipt_email"),
        "setup_future_usage": given.get("setup_future_usage"),
        "shipping": given.get("shipping"),
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_group": given.get("transfer_group"),
    }
    if given.get("payment_method"):
        record["payment_method"] = find_method(turn, given["payment_method"], record["customer"])["id"]
        record["status"] = "requires_confirmation"
    turn.table("payment_intents").add(id, record)
    turn.changed(
        "create", record, amount=record["amount"], customer=record["customer"], metadata=record["metadata"]
    )
    return _pay(turn, record) if given.get("confirm") else record


def update_intent(turn: Turn) -> Record:
    record = turn.path_record("payment_intents", "intent")
    if record["status"] not in CONFIRMABLE:
        raise _unexpected(
            record,
            f"This PaymentIntent's amount could not be updated because it has a status of "
            f"{record['status']}.",
        )
    changes = {name: value for name, value in turn.given.items() if name in record}
    if "metadata" in changes:
        changes["metadata"] = merge_metadata(record["metadata"], changes["metadata"])
    if "payment_method" in changes:
        changes["payment_method"] = find_method(turn, changes["payment_method"], record["customer"])["id"]
        changes["status"] = "requires_confirmation"
    turn.table("payment_intents").update(record["id"], **changes)
    return turn.changed("update", record, metadata=record["metadata"])


def confirm_intent(turn: Turn) -> Record:
    record = turn.path_record("payment_intents", "intent")
    if record["status"] not in CONFIRMABLE:
        raise _unexpected(
            record, f"This PaymentIntent's status is {record['status']}: it cannot be confirmed."
        )
    if turn.given.get("payment_method"):
        record["payment_method"] = find_method(turn, turn.given["payment_method"], record["customer"])["id"]
    return _pay(turn, record)


def capture_intent(turn: Turn) -> Record:
    record = turn.path_record("payment_intents", "intent")
    if record["status"] != "requires_capture":
        raise _unexpected(
            record,
            "This PaymentIntent could not be captured because it has a status of "
            f"{record['status']}. Only a PaymentIntent with one of the following statuses may be captured: "
            f"requires_capture.",
        )
    amount = int(turn.given.get("amount_to_capture") or record["amount_capturable"])
    if amount > record["amount_capturable"]:
        raise invalid(
            "The amount to capture is greater than the amount that can be captured.",
            "amount_to_capture",
            "amount_too_large",
        )
    charge = turn.table("charges").get(record["latest_charge"])
    assert charge is not None  # a capturable intent has its charge
    charge |= {"captured": True, "amount_captured": amount}
    record |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    earn(turn, str(record["currency"]), amount)
    turn.emit("payment_intent.succeeded", record)
    return turn.changed("capture", record, amount=amount)


def cancel_intent(turn: Turn) -> Record:
    record = turn.path_record("payment_intents", "intent")
    if record["status"] not in CANCELLABLE:
        raise _unexpected(
            record, f"You cannot cancel this PaymentIntent because it has a status of {record['status']}."
        )
    reason = turn.given.get("cancellation_reason")
    record |= {
        "status": "canceled",
        "canceled_at": turn.at,
        "cancellation_reason": reason,
        "amount_capturable": 0,
    }
    return turn.changed("cancel", record)


def _pay(turn: Turn, intent: Record) -> Record:
    """Charge an intent's payment method. Raises StripeError (402) for a test card that is declined."""
    if intent["payment_method"] is None:
        raise _unexpected(
            intent,
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
            "update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly "
            "with a payment method.",
        )
    method = turn.table("payment_methods").get(intent["payment_method"])
    assert method is not None  # found when it was given
    is_captured = intent["capture_method"] != "manual"
    token = method["card"]["test_token"]
    declined = DECLINES.get(token)
    charge = make_charge(
        turn,
        intent["amount"],
        intent["currency"],
        method,
        is_captured=is_captured,
        intent=intent,
        declined=declined,
    )
    intent["latest_charge"] = charge["id"]
    if declined is not None:
        error = {
            "code": declined[0],
            "decline_code": declined[1],
            "message": declined[2],
            "charge": charge["id"],
            "type": "card_error",
        }
        intent |= {"status": "requires_payment_method", "payment_method": None, "last_payment_error": error}
        turn.emit("payment_intent.payment_failed", intent)
        raise card_error(declined, charge["id"], intent)
    if is_captured:
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
        turn.emit("payment_intent.succeeded", intent)
    else:
        intent |= {
            "status": "requires_capture",
            "amount_capturable": intent["amount"],
            "last_payment_error": None,
        }
    return (
        turn.changed("confirm", intent, amount=intent["amount"])
        if turn.route.endswith("/confirm")
        else intent
    )


def _unexpected(intent: Record, message: str) -> StripeError:
    return StripeError(
        400, message, code="payment_intent_unexpected_state", more={"payment_intent": dict(intent)}
    )


ROUTES = {
    "POST /v1/payment_intents": (
        f"amount:int! currency:str! confirm:bool {INTENT} {CONFIRM} on_behalf_of:str hooks:any",
        create_intent,
    ),
    "GET /v1/payment_intents": (
        f"{LIST} customer:str",
        lambda turn: turn.list("payment_intents", "/v1/payment_intents", by=("customer",)),
    ),
    "GET /v1/payment_intents/{intent}": (
        "client_secret:str",
        lambda turn: turn.path_record("payment_intents", "intent"),
    ),
    "POST /v1/payment_intents/{intent}": (f"amount:int currency:str {INTENT}", update_intent),
    "POST /v1/payment_intents/{intent}/confirm": (CONFIRM, confirm_intent),
    "POST /v1/payment_intents/{intent}/capture": (
        "amount_to_capture:int application_fee_amount:int final_capture:bool metadata:hash? "
        "statement_descriptor:str "
        "statement_descriptor_suffix:str transfer_data:hash",
        capture_intent,
    ),
    "POST /v1/payment_intents/{intent}/cancel": (
        "cancellation_reason:duplicate|fraudulent|requested_by_customer|abandoned",
        cancel_intent,
    ),
}
