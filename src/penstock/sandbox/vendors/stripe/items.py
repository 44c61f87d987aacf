"""Stripe's invoice items: what is put on an invoice, or waits for the next one."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.billing import join
from penstock.sandbox.vendors.stripe.errors import invalid, missing
from penstock.sandbox.vendors.stripe.parameters import LIST
from penstock.sandbox.vendors.stripe.world import Turn, merge_metadata

ITEM = (
    "amount:any currency:str description:str discountable:bool discounts:list metadata:hash? period:hash "
    "price:str price_data:hash pricing:hash "
    "quantity:int subscription:str tax_behavior:str tax_code:str? tax_rates:list unit_amount_decimal:str"
)


def create_item(turn: Turn) -> Record:
    given = turn.given
    customer = turn.referred("customers", "customer")
    invoice = turn.referred("invoices", "invoice")
    if invoice is not None and invoice["status"] != "draft":
        raise invalid("This invoice is no longer editable", code="invoice_not_editable")
    price_id = given.get("price") or (given.get("pricing") or {}).get("price")
    price = turn.table("prices").get(price_id) if price_id else None
    if price_id and price is None:
        raise missing("price", price_id, "price")
    quantity = given.get("quantity", 1)
    amount = _amount(given, price, quantity)
    id = turn.world.new_id("invoiceitems")
    record: Record = {
        "id": id,
        "object": "invoiceitem",
        "amount": amount,
        "currency": (price or {}).get("currency") or given.get("currency", "usd").lower(),
        "customer": given["customer"],
        "date": turn.at,
        "created": turn.at,
        "description": given.get("description"),
        "discountable": given.get("discountable", True),
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "period": {"start": turn.at, "end": turn.at},
        "pricing": {"price_details": {"price": price["id"]}, "type": "price_details"} if price else None,
        "proration": False,
        "quantity": quantity,
    }
    turn.table("invoiceitems").add(id, record)
    if invoice is not None:
        join(turn, record, invoice)
    assert customer is not None  # required, and looked up
    return turn.changed("create", record, customer=customer["id"], amount=amount, metadata=record["metadata"])


def _amount(given: dict[str, Any], price: Record | None, quantity: int) -> int:
    if price is not None:
        return int(price["unit_amount"] or 0) * quantity
    try:
        return int(given["amount"])
    except KeyError:
        raise invalid("Missing required param: amount.", "amount", "parameter_missing") from None
    except ValueError:
        raise invalid(f"Invalid integer: {given['amount']}", "amount", "parameter_invalid_integer") from None


ROUTES = {
    "POST /v1/invoiceitems": (f"customer:str! invoice:str {ITEM}", create_item),
    "GET /v1/invoiceitems": (
        f"{LIST} customer:str invoice:str pending:bool",
        lambda turn: turn.list("invoiceitems", "/v1/invoiceitems", by=("customer", "invoice")),
    ),
    "GET /v1/invoiceitems/{id}": ("", lambda turn: turn.path_record("invoiceitems")),
}
