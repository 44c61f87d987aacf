"""Stripe's cards and charges: payment methods from test tokens, what the test cards do, charges."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.errors import StripeError, invalid, missing
from penstock.sandbox.vendors.stripe.parameters import LIST
from penstock.sandbox.vendors.stripe.world import Turn, merge_metadata

# Test cards (docs.stripe.com/testing): the ending of pm_card_… and tok_… and what comes of it
DECLINES = {
    "chargeDeclined": ("card_declined", "generic_decline", "Your card was declined."),
    "chargeDeclinedInsufficientFunds": (
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    "chargeDeclinedExpiredCard": ("expired_card", None, "Your card has expired."),
    "chargeDeclinedIncorrectCvc": ("incorrect_cvc", None, "Your card's security code is incorrect."),
    "chargeDeclinedProcessingError": (
        "processing_error",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
    ),
}
LEAST = {
    "usd": 50,
    "eur": 50,
    "gbp": 30,
    "chf": 50,
    "cad": 50,
    "aud": 50,
}  # docs.stripe.com/currencies#minimum


def make_method(turn: Turn, name: str, customer: str | None) -> Record:
    """Keep a new card for a test token such as pm_card_visa or tok_visa, and return it."""
    brand = name.removeprefix("pm_card_").removeprefix("tok_")
    id = turn.world.new_id("payment_methods")
    card = {
        "brand": "mastercard" if "mastercard" in brand else "visa",
        "last4": "4242",
        "exp_month": 12,
        "exp_year": 2034,
    }
    return turn.table("payment_methods").add(
        id,
        {
            "id": id,
            "object": "payment_method",
            "billing_details": {"address": None, "email": None, "name": None, "phone": None},
            "card": {**card, "country": "US", "funding": "credit", "test_token": brand},
            "created": turn.at,
            "customer": customer,
            "livemode": False,
            "metadata": {},
            "type": "card",
        },
    )


def find_method(turn: Turn, id: str, customer: str | None) -> Record:
    """Return the payment method an id or a test token names. Raises StripeError."""
    if id.startswith(("pm_card_", "tok_")):
        return make_method(turn, id, customer)
    record = turn.table("payment_methods").get(id)
    if record is None:
        raise missing("PaymentMethod", id, "payment_method")
    return record


def attach_source(turn: Turn, customer: Record) -> None:
    """Give a customer the card named by source or payment_method."""
    name = turn.given.get("source") or turn.given.get("payment_method")
    if name is None:
        return
    method = find_method(turn, name, customer["id"])
    turn.table("payment_methods").update(method["id"], customer=customer["id"])
    if "source" in turn.given:
        customer["default_source"] = method["id"]


def make_charge(
    turn: Turn,
    amount: int,
    currency: str,
    method: Record,
    *,
    is_captured: bool,
    intent: Record | None,
    declined: Any = None,
) -> Record:
    """Keep a new charge and return it; a declined one is kept as failed."""
    id, given = turn.world.new_id("charges"), turn.given
    record: Record = {
        "id": id,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if is_captured and not declined else 0,
        "amount_refunded": 0,
        "balance_transaction": None if declined else f"txn_3{turn.world.ids.text(23)}",
        "billing_details": method["billing_details"],
        "captured": is_captured and not declined,
        "created": turn.at,
        "currency": currency,
        "customer": intent["customer"] if intent else given.get("customer"),
        "description": intent["description"] if intent else given.get("description"),
        "disputed": False,
        "failure_code": declined[0] if declined else None,
        "failure_message": declined[2] if declined else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]) if intent else merge_metadata({}, given.get("metadata", {})),
        "outcome": None,
        "paid": not declined,
        "payment_intent": intent["id"] if intent else None,
        "payment_method": method["id"],
        "payment_method_details": {"card": method["card"], "type": "card"},
        "receipt_email": given.get("receipt_email"),
        "refunded": False,
        "status": "failed" if declined else "succeeded",
    }
    if not declined and is_captured:
        earn(turn, currency, amount)
    return turn.table("charges").add(id, record)


def create_charge(turn: Turn) -> Record:
    given = turn.given
    check_amount(given["amount"], given["currency"].lower())
    customer = turn.referred("customers", "customer")
    source = given.get("source") or (customer or {}).get("default_source")
    if source is None:
        if customer is not None:
            raise StripeError(
                402,
                "Cannot charge a customer that has no active card",
                type="card_error",
                code="missing",
                param="card",
            )
        raise invalid("Must provide source or customer.", "source", "parameter_missing")
    method = find_method(turn, source, given.get("customer"))
    declined = DECLINES.get(method["card"]["test_token"])
    is_captured = given.get("capture", True)
    record = make_charge(
        turn,
        given["amount"],
        given["currency"].lower(),
        method,
        is_captured=is_captured,
        intent=None,
        declined=declined,
    )
    if declined is not None:
        raise card_error(declined, record["id"])
    turn.emit("charge.succeeded", record)
    return turn.changed(
        "create", record, amount=record["amount"], customer=record["customer"], metadata=record["metadata"]
    )


def update_charge(turn: Turn) -> Record:
    record = turn.path_record("charges", "charge")
    changes = {name: value for name, value in turn.given.items() if name in record}
    if "metadata" in changes:
        changes["metadata"] = merge_metadata(record["metadata"], changes["metadata"])
    turn.table("charges").update(record["id"], **changes)
    return turn.changed("update", record, metadata=record["metadata"])


def earn(turn: Turn, currency: str, amount: int) -> None:
    """Add what came in to the account's balance."""
    balance = turn.world.balance
    balance[currency] = balance.get(currency, 0) + amount


def check_amount(amount: int, currency: str) -> None:
    """Raise StripeError for an amount or a currency that cannot be charged."""
    if len(currency) != 3 or not currency.isalpha():
        raise invalid(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: usd, eur, gbp, …",
            "currency",
        )
    least = LEAST.get(currency, 1)
    if amount < least:
        raise invalid(f"Amount must be at least {least / 100:.2f} {currency}", "amount", "amount_too_small")
    if amount > 99_999_999:
        raise invalid(f"Amount must be no more than 999,999.99 {currency}", "amount", "amount_too_large")


def card_error(
    declined: tuple[str, str | None, str], charge: str, intent: Record | None = None
) -> StripeError:
    """Return the 402 of a declined card; its charge stays, so a key remembers it."""
    code, decline_code, message = declined
    more: dict[str, Any] = {"charge": charge}
    if decline_code:
        more["decline_code"] = decline_code
    if intent is not None:
        more["payment_intent"] = dict(intent)
    return StripeError(402, message, type="card_error", code=code, is_stored=True, more=more)


ROUTES = {
    "POST /v1/charges": (
        "amount:int! currency:str! capture:bool customer:str description:str metadata:hash? "
        "receipt_email:str shipping:hash source:str "
        "statement_descriptor:str statement_descriptor_suffix:str transfer_data:hash transfer_group:str "
        "application_fee_amount:int on_behalf_of:str radar_options:hash",
        create_charge,
    ),
    "GET /v1/charges": (
        f"{LIST} customer:str payment_intent:str transfer_group:str",
        lambda turn: turn.list("charges", "/v1/charges", by=("customer", "payment_intent")),
    ),
    "GET /v1/charges/{charge}": ("", lambda turn: turn.path_record("charges", "charge")),
    "POST /v1/charges/{charge}": (
        "customer:str description:str fraud_details:hash metadata:hash? receipt_email:str shipping:hash "
        "transfer_group:str",
        update_charge,
    ),
}
