"""Stripe's invoices and their items."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.errors import StripeError, invalid
from penstock.sandbox.vendors.stripe.parameters import LIST
from penstock.sandbox.vendors.stripe.world import Turn, merge_metadata

INVOICE = (
    "account_tax_ids:list application_fee_amount:int auto_advance:bool automatic_tax:hash "
    "automatically_finalizes_at:int "
    "collection_method:charge_automatically|send_invoice custom_fields:list days_until_due:int "
    "default_payment_method:str default_source:str "
    "default_tax_rates:list description:str discounts:list due_date:int effective_at:int footer:str "
    "metadata:hash? number:str "
    "on_behalf_of:str payment_settings:hash rendering:hash shipping_cost:hash shipping_details:hash "
    "statement_descriptor:str transfer_data:hash"
)


def create_invoice(turn: Turn) -> Record:
    given = turn.given
    customer = turn.referred("customers", "customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    record = make_invoice(turn, customer, given, reason="manual")
    if given.get("pending_invoice_items_behavior", "exclude") == "include":
        for item in turn.table("invoiceitems").find("customer", customer["id"]):
            if item["invoice"] is None:
                join(turn, item, record)
    return _changed(turn, "create", record)


def make_invoice(
    turn: Turn, customer: Record, given: dict[str, Any], *, reason: str, subscription: str | None = None
) -> Record:
    """Keep a new draft invoice and return it."""
    id = turn.world.new_id("invoices")
    days = given.get("days_until_due")
    record: Record = {
        "id": id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Penstock sandbox",
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": given.get("auto_advance", False),
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "billing_reason": reason,
        "collection_method": given.get("collection_method", "charge_automatically"),
        "created": turn.at,
        "currency": given.get("currency", "usd").lower(),
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "default_tax_rates": [],
        "description": given.get("description"),
        "discounts": [],
        "due_date": given.get("due_date") or (turn.at + days * 86_400 if days else None),
        "hosted_invoice_url": None,
        "lines": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/invoices/{id}/lines",
        },
        "livemode": False,
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "number": given.get("number"),
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": turn.at,
        "period_start": turn.at,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subscription": subscription,
        "subtotal": 0,
        "total": 0,
    }
    return turn.table("invoices").add(id, record)


def add_line(
    turn: Turn, invoice: Record, *, amount: int, quantity: int, price: str | None, description: str | None
) -> None:
    """Put a line on an invoice and add it up."""
    line = {
        "id": f"il_1{turn.world.ids.text(23)}",
        "object": "line_item",
        "amount": amount,
        "currency": invoice["currency"],
        "description": description,
        "discountable": True,
        "invoice": invoice["id"],
        "livemode": False,
        "metadata": {},
        "period": {"start": turn.at, "end": turn.at},
        "pricing": {"price_details": {"price": price}, "type": "price_details"} if price else None,
        "quantity": quantity,
    }
    lines = invoice["lines"]
    lines["data"].append(line)
    lines["total_count"] += 1
    for name in ("subtotal", "total", "amount_due", "amount_remaining"):
        invoice[name] += amount


def update_invoice(turn: Turn) -> Record:
    record = turn.path_record("invoices")
    changes = {name: value for name, value in turn.given.items() if name in record}
    if record["status"] != "draft" and changes.keys() - {"metadata", "description", "auto_advance"}:
        raise invalid("Finalized invoices can't be updated in this way", code="invoice_not_editable")
    if "metadata" in changes:
        changes["metadata"] = merge_metadata(record["metadata"], changes["metadata"])
    turn.table("invoices").update(record["id"], **changes)
    return _changed(turn, "update", record)


def finalize(turn: Turn) -> Record:
    record = turn.path_record("invoices")
    if record["status"] != "draft":
        raise invalid(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
            code="invoice_not_editable",
        )
    return _changed(turn, "finalize", finalize_record(turn, record))


def finalize_record(turn: Turn, record: Record) -> Record:
    """Make a draft final: open, or paid at once where nothing is due."""
    number = turn.world.ids.next("invoice")
    record["number"] = record["number"] or f"SANDBOX-{number:04d}"
    record["hosted_invoice_url"] = f"https://invoice.stripe.com/i/sandbox/{record['id']}"
    record["status_transitions"]["finalized_at"] = turn.at
    record["status"] = "open"
    turn.emit("invoice.finalized", record)
    if record["amount_due"] == 0:
        settle(turn, record)
    return record


def settle(turn: Turn, record: Record) -> None:
    """Mark an invoice paid."""
    record |= {
        "status": "paid",
        "amount_paid": record["amount_due"],
        "amount_remaining": 0,
        "attempted": True,
    }
    record["status_transitions"]["paid_at"] = turn.at
    turn.emit("invoice.paid", record)


def pay(turn: Turn) -> Record:
    record = turn.path_record("invoices")
    if record["status"] == "paid":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    if record["status"] == "draft":
        finalize_record(turn, record)
    if record["status"] not in ("open", "paid"):
        raise invalid(
            f"You can't pay an invoice whose status is {record['status']}.", code="invoice_not_editable"
        )
    customer = turn.table("customers").get(record["customer"])
    has_card = customer is not None and has_payment_method(turn, customer)
    if record["status"] == "open":
        if not (
            turn.given.get("paid_out_of_band")
            or turn.given.get("payment_method")
            or turn.given.get("source")
            or has_card
        ):
            raise StripeError(400, _NO_CARD, code="resource_missing")
        settle(turn, record)
    return _changed(turn, "pay", record)


_NO_CARD = (
    "This customer has no attached payment source or default payment method. Please consider adding a "
    "default payment method."
)


def has_payment_method(turn: Turn, customer: Record) -> bool:
    """Say whether a customer can be charged without further ado."""
    return bool(customer["default_source"] or customer["invoice_settings"]["default_payment_method"])


def require_payment_method(turn: Turn, customer: Record) -> None:
    """Raise StripeError where a customer has no card to charge."""
    if not has_payment_method(turn, customer):
        raise StripeError(400, _NO_CARD, code="resource_missing")


def void(turn: Turn) -> Record:
    record = turn.path_record("invoices")
    if record["status"] not in ("open", "uncollectible"):
        raise invalid(
            f"You can only void open invoices; this one is {record['status']}.", code="invoice_not_editable"
        )
    record["status"] = "void"
    record["status_transitions"]["voided_at"] = turn.at
    turn.emit("invoice.voided", record)
    return _changed(turn, "void", record)


def delete_invoice(turn: Turn) -> Record:
    record = turn.path_record("invoices")
    if record["status"] != "draft":
        raise invalid(
            "You can only delete draft invoices. Invoices that are not drafts must be voided.",
            code="invoice_not_editable",
        )
    turn.table("invoices").remove(record["id"])
    _changed(turn, "delete", record)
    return {"id": record["id"], "object": "invoice", "deleted": True}


def join(turn: Turn, item: Record, invoice: Record) -> None:
    """Put an invoice item on an invoice."""
    turn.table("invoiceitems").update(item["id"], invoice=invoice["id"])
    price = item["pricing"]["price_details"]["price"] if item["pricing"] else None
    add_line(
        turn,
        invoice,
        amount=item["amount"],
        quantity=item["quantity"],
        price=price,
        description=item["description"],
    )


def list_invoices(turn: Turn) -> Record:
    names = [name for name in ("status", "collection_method") if name in turn.given]
    keep = (lambda record: all(record[name] == turn.given[name] for name in names)) if names else None
    return turn.list("invoices", "/v1/invoices", by=("customer", "subscription"), keep=keep)


def _changed(turn: Turn, action: str, record: Record) -> Record:
    return turn.changed(
        action, record, customer=record["customer"], total=record["total"], metadata=record["metadata"]
    )


ROUTES = {
    "POST /v1/invoices": (
        f"{INVOICE} currency:str customer:str from_invoice:hash subscription:str "
        f"pending_invoice_items_behavior:exclude|include",
        create_invoice,
    ),
    "GET /v1/invoices": (
        f"{LIST} customer:str subscription:str status:draft|open|paid|uncollectible|void "
        f"collection_method:str due_date:any",
        list_invoices,
    ),
    "GET /v1/invoices/{id}": ("", lambda turn: turn.path_record("invoices")),
    "POST /v1/invoices/{id}": (INVOICE, update_invoice),
    "DELETE /v1/invoices/{id}": ("", delete_invoice),
    "POST /v1/invoices/{id}/finalize": ("auto_advance:bool", finalize),
    "POST /v1/invoices/{id}/pay": (
        "forgive:bool mandate:str? off_session:bool paid_out_of_band:bool payment_method:str source:str",
        pay,
    ),
    "POST /v1/invoices/{id}/void": ("", void),
}
