"""Stripe's subscriptions."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.billing import (
    add_line,
    finalize_record,
    make_invoice,
    require_payment_method,
    settle,
)
from penstock.sandbox.vendors.stripe.errors import invalid, missing
from penstock.sandbox.vendors.stripe.parameters import LIST
from penstock.sandbox.vendors.stripe.world import Turn, merge_metadata

PERIOD_S = {"day": 86_400, "week": 604_800, "month": 2_592_000, "year": 31_536_000}  # a month is 30 days here
COMMON = (
    "add_invoice_items:list application_fee_percent:num automatic_tax:hash billing_mode:hash "
    "billing_thresholds:hash? cancel_at:time? "
    "cancel_at_period_end:bool collection_method:charge_automatically|send_invoice days_until_due:int "
    "default_payment_method:str "
    "default_source:str default_tax_rates:list description:str? discounts:list items:list metadata:hash? "
    "off_session:bool on_behalf_of:str? "
    "payment_behavior:allow_incomplete|default_incomplete|error_if_incomplete|pending_if_incomplete "
    "payment_settings:hash "
    "pending_invoice_item_interval:hash? proration_behavior:always_invoice|create_prorations|none "
    "transfer_data:hash trial_end:time "
    "trial_from_plan:bool trial_settings:hash"
)


def create(turn: Turn) -> Record:
    given = turn.given
    customer = turn.referred("customers", "customer")
    assert customer is not None  # required, and looked up
    lines = [_line(turn, item, f"items[{index}]") for index, item in enumerate(given.get("items", []))]
    if not lines:
        raise invalid("Missing required param: items.", "items", "parameter_missing")
    trial_days = given.get("trial_period_days")
    trial_end = turn.at + trial_days * 86_400 if trial_days else None
    is_charged = (
        given.get("collection_method", "charge_automatically") == "charge_automatically" and trial_end is None
    )
    is_deferred = given.get("payment_behavior") == "default_incomplete"
    if (
        is_charged
        and not is_deferred
        and not given.get("default_payment_method")
        and any(p["unit_amount"] for p, _ in lines)
    ):
        require_payment_method(turn, customer)
    id = turn.world.new_id("subscriptions")
    length = PERIOD_S[lines[0][0]["recurring"]["interval"]] * lines[0][0]["recurring"]["interval_count"]
    status = "trialing" if trial_end else "incomplete" if is_charged and is_deferred else "active"
    record: Record = {
        "id": id,
        "object": "subscription",
        "automatic_tax": {"enabled": False, "liability": None},
        "billing_cycle_anchor": turn.at,
        "cancel_at": given.get("cancel_at"),
        "cancel_at_period_end": given.get("cancel_at_period_end", False),
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": given.get("collection_method", "charge_automatically"),
        "created": turn.at,
        "currency": lines[0][0]["currency"],
        "customer": customer["id"],
        "days_until_due": given.get("days_until_due"),
        "default_payment_method": given.get("default_payment_method"),
        "description": given.get("description"),
        "discounts": [],
        "ended_at": None,
        "items": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/subscription_items?subscription={id}",
        },
        "latest_invoice": None,
        "livemode": False,
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "start_date": turn.at,
        "status": status,
        "trial_end": trial_end,
        "trial_start": turn.at if trial_end else None,
    }
    turn.table("subscriptions").add(id, record)
    for price, quantity in lines:
        _add_item(turn, record, price, quantity, trial_end or turn.at + length)
    _invoice(turn, record, customer, is_paid=is_charged and not is_deferred, is_free=trial_end is not None)
    return _changed(turn, "create", record)


def _line(turn: Turn, item: Any, where: str) -> tuple[Record, int]:
    id = item.get("price") if isinstance(item, dict) else None
    if not id:
        raise invalid(f"Missing required param: {where}[price].", f"{where}[price]", "parameter_missing")
    price = turn.table("prices").get(id)
    if price is None:
        raise missing("price", id, f"{where}[price]")
    if price["recurring"] is None:
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with "
            "`type=recurring`.",
            where,
        )
    quantity = item.get("quantity", "1")
    if not str(quantity).isdigit():
        raise invalid(f"Invalid integer: {quantity}", f"{where}[quantity]", "parameter_invalid_integer")
    return price, int(quantity)


def _add_item(turn: Turn, record: Record, price: Record, quantity: int, period_end: int) -> None:
    items = record["items"]
    items["data"].append(
        {
            "id": f"si_{turn.world.ids.text(14)}",
            "object": "subscription_item",
            "created": turn.at,
            "current_period_end": period_end,
            "current_period_start": turn.at,
            "metadata": {},
            "price": price,
            "quantity": quantity,
            "subscription": record["id"],
            "tax_rates": [],
        }
    )
    items["total_count"] += 1


def _invoice(turn: Turn, record: Record, customer: Record, *, is_paid: bool, is_free: bool) -> None:
    wanted = {
        "currency": record["currency"],
        "collection_method": record["collection_method"],
        "auto_advance": True,
    }
    invoice = make_invoice(turn, customer, wanted, reason="subscription_create", subscription=record["id"])
    for item in record["items"]["data"]:
        amount = 0 if is_free else int(item["price"]["unit_amount"] or 0) * item["quantity"]
        add_line(
            turn,
            invoice,
            amount=amount,
            quantity=item["quantity"],
            price=item["price"]["id"],
            description=None,
        )
    finalize_record(turn, invoice)
    if is_paid and invoice["status"] == "open":
        settle(turn, invoice)
    record["latest_invoice"] = invoice["id"]


def update(turn: Turn) -> Record:
    record = turn.path_record("subscriptions")
    if record["status"] in ("canceled", "incomplete_expired"):
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.")
    _change_items(turn, record, turn.given.get("items", []))
    changes = {name: value for name, value in turn.given.items() if name in record and name != "items"}
    if "metadata" in changes:
        changes["metadata"] = merge_metadata(record["metadata"], changes["metadata"])
    if "cancel_at_period_end" in changes:
        changes["canceled_at"] = turn.at if changes["cancel_at_period_end"] else None
    turn.table("subscriptions").update(record["id"], **changes)
    return _changed(turn, "update", record)


def _change_items(turn: Turn, record: Record, given: list[Any]) -> None:
    items = record["items"]["data"]
    for index, change in enumerate(given):
        known = next((item for item in items if item["id"] == change.get("id")), None)
        if change.get("id") and known is None:
            raise missing("subscription_item", change["id"], f"items[{index}][id]")
        if known is None:
            price, quantity = _line(turn, change, f"items[{index}]")
            _add_item(turn, record, price, quantity, items[0]["current_period_end"])
        elif change.get("deleted") == "true":
            items.remove(known)
        else:
            price, quantity = _line(
                turn,
                {"price": known["price"]["id"], "quantity": known["quantity"], **change},
                f"items[{index}]",
            )
            known |= {"price": price, "quantity": quantity}
    record["items"]["total_count"] = len(items)


def cancel(turn: Turn) -> Record:
    record = turn.path_record("subscriptions")
    if record["status"] == "canceled":
        raise missing("subscription", record["id"], "id", status=404)
    details = {**record["cancellation_details"], "reason": "cancellation_requested"}
    record |= {
        "status": "canceled",
        "canceled_at": turn.at,
        "ended_at": turn.at,
        "cancellation_details": details,
    }
    turn.changed("cancel", record, customer=record["customer"], metadata=record["metadata"])
    turn.emit("customer.subscription.deleted", record)
    return record


def listed(turn: Turn) -> Record:
    """Answer all but the canceled ones, unless a status or "all" is asked for."""
    status, price = turn.given.get("status"), turn.given.get("price")

    def keep(record: Record) -> bool:
        has_status = status == "all" or (
            record["status"] == status if status else record["status"] != "canceled"
        )
        return has_status and (
            price is None or any(item["price"]["id"] == price for item in record["items"]["data"])
        )

    return turn.list("subscriptions", "/v1/subscriptions", by=("customer",), keep=keep)


def _changed(turn: Turn, action: str, record: Record) -> Record:
    return turn.changed(action, record, customer=record["customer"], metadata=record["metadata"])


ROUTES = {
    "POST /v1/subscriptions": (
        f"customer:str! currency:str backdate_start_date:int billing_cycle_anchor:int trial_period_days:int "
        f"{COMMON}",
        create,
    ),
    "GET /v1/subscriptions": (f"{LIST} customer:str status:str price:str collection_method:str", listed),
    "GET /v1/subscriptions/{id}": ("", lambda turn: turn.path_record("subscriptions")),
    "POST /v1/subscriptions/{id}": (
        f"billing_cycle_anchor:now|unchanged cancellation_details:hash pause_collection:hash? "
        f"proration_date:int {COMMON}",
        update,
    ),
    "DELETE /v1/subscriptions/{id}": ("cancellation_details:hash invoice_now:bool prorate:bool", cancel),
}
