"""Stripe's checkout sessions."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.errors import invalid, missing
from penstock.sandbox.vendors.stripe.parameters import LIST
from penstock.sandbox.vendors.stripe.world import Turn, merge_metadata

CHECKOUT = (
    "adaptive_pricing:hash after_expiration:hash allow_promotion_codes:bool automatic_tax:hash "
    "billing_address_collection:str cancel_url:str "
    "client_reference_id:str consent_collection:hash currency:str custom_fields:list custom_text:hash "
    "customer:str customer_creation:str "
    "customer_email:str customer_update:hash discounts:list expires_at:int invoice_creation:hash "
    "line_items:list locale:str metadata:hash "
    "mode:payment|setup|subscription payment_intent_data:hash payment_method_collection:str "
    "payment_method_options:hash "
    "payment_method_types:list phone_number_collection:hash return_url:str setup_intent_data:hash "
    "shipping_address_collection:hash "
    "shipping_options:list submit_type:str subscription_data:hash success_url:str tax_id_collection:hash "
    "ui_mode:str"
)


def create_session(turn: Turn) -> Record:
    given, mode = turn.given, turn.given.get("mode", "payment")
    turn.referred("customers", "customer")
    if given.get("ui_mode", "hosted") == "hosted" and not given.get("success_url"):
        raise invalid("Missing required param: success_url.", "success_url", "parameter_missing")
    if mode != "setup" and not given.get("line_items"):
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")
    total, currency = 0, given.get("currency", "usd").lower()
    for index, line in enumerate(given.get("line_items", [])):
        amount, currency = _session_line(turn, line, index)
        total += amount
    id = turn.world.new_id("checkout.sessions")
    record: Record = {
        "id": id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "created": turn.at,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": given.get("customer"),
        "customer_email": given.get("customer_email"),
        "expires_at": given.get("expires_at", turn.at + 86_400),
        "livemode": False,
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "mode": mode,
        "payment_intent": None,
        "payment_method_types": given.get("payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "success_url": given.get("success_url"),
        "ui_mode": given.get("ui_mode", "hosted"),
        "url": f"https://checkout.stripe.com/c/pay/{id}",
    }
    turn.table("checkout.sessions").add(id, record)
    turn.changed(
        "create",
        record,
        customer=record["customer"],
        reference=record["client_reference_id"],
        metadata=record["metadata"],
    )
    return record


def _session_line(turn: Turn, line: Any, index: int) -> tuple[int, str]:
    where = f"line_items[{index}]"
    if not isinstance(line, dict) or not (line.get("price") or line.get("price_data")):
        raise invalid(f"You must pass either `price` or `price_data` in {where}.", where, "parameter_missing")
    quantity = int(line.get("quantity", "1"))
    if line.get("price"):
        price = turn.table("prices").get(line["price"])
        if price is None:
            raise missing("price", line["price"], f"{where}[price]")
        return int(price["unit_amount"] or 0) * quantity, price["currency"]
    data = line["price_data"]
    return int(data.get("unit_amount", "0")) * quantity, str(data.get("currency", "usd")).lower()


ROUTES = {
    "POST /v1/checkout/sessions": (CHECKOUT, create_session),
    "GET /v1/checkout/sessions": (
        f"{LIST} customer:str payment_intent:str subscription:str status:str",
        lambda turn: turn.list("checkout.sessions", "/v1/checkout/sessions", by=("customer",)),
    ),
    "GET /v1/checkout/sessions/{id}": ("", lambda turn: turn.path_record("checkout.sessions")),
}
