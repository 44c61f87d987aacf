"""Shopify's draft orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.shopify import orders
from penstock.sandbox.vendors.shopify.world import CURRENCY, Args, Turn, complain, money, to_decimal


def create_draft(turn: Turn, source: Any, args: Args) -> Record:
    given = args["input"]
    lines = given.get("lineItems") or []
    if not lines:
        return complain("Add at least 1 product")
    read: list[Record] = []
    for line in lines:
        made = orders.read_line(turn, line, CURRENCY)
        if isinstance(made, str):
            return complain(made, "lineItems")
        read.append(made | {"__typename": "DraftOrderLineItem"})
    id = given.get("customerId") or (given.get("purchasingEntity") or {}).get("customerId")
    customer = turn.table("Customer").get(id) if id else None
    if id and customer is None:
        return complain("Customer does not exist", "purchasingEntity", "customerId")
    subtotal = _discounted(
        sum((line["price"] * line["quantity"] for line in read), Decimal(0)), given.get("appliedDiscount")
    )
    shipping = to_decimal((given.get("shippingLine") or {}).get("price") or 0)
    number = turn.world.ids.next("draft", 1)
    draft = turn.add(
        "DraftOrder",
        {
            "name": f"#D{number}",
            "status": "OPEN",
            "email": given.get("email") or (customer["email"] if customer else None),
            "note2": given.get("note"),
            "tags": sorted(set(given.get("tags") or [])),
            "currencyCode": CURRENCY,
            "subtotalPriceSet": money(subtotal),
            "totalPriceSet": money(subtotal + shipping),
            "invoiceUrl": f"https://{turn.world.shop}.myshopify.com/invoices/{turn.world.ids.text(32)}",
            "completedAt": None,
            "customer": customer,
            "order": None,
            "lines": read,
            "given": given,
        },
    )
    turn.changed(
        "draft_orders.create", draft["id"], name=draft["name"], email=draft["email"], note=draft["note2"]
    )
    return {"draftOrder": draft, "userErrors": []}


def _discounted(amount: Decimal, discount: dict[str, Any] | None) -> Decimal:
    if not discount:
        return amount
    value = Decimal(str(discount["value"]))
    off = amount * value / 100 if discount["valueType"] == "PERCENTAGE" else value
    return max(Decimal(0), amount - off)


def complete_draft(turn: Turn, source: Any, args: Args) -> Record:
    draft = turn.table("DraftOrder").get(args["id"])
    if draft is None:
        return complain("DraftOrder does not exist", "id")
    if draft["status"] == "COMPLETED":
        return complain("This order has been paid", "id")
    given = {
        "email": draft["email"],
        "note": draft["note2"],
        "tags": draft["tags"],
        "financialStatus": "PAID",
    }
    lines = [line | {"__typename": "LineItem"} for line in draft["lines"]]
    order = orders.add(turn, given, lines, draft["currencyCode"], draft["customer"])
    turn.table("DraftOrder").update(draft["id"], status="COMPLETED", completedAt=turn.now, order=order)
    turn.changed("draft_orders.complete", draft["id"], order=order["id"])
    return {"draftOrder": draft, "userErrors": []}


def delete_draft(turn: Turn, source: Any, args: Args) -> Record:
    draft = turn.table("DraftOrder").remove(args["input"]["id"])
    if draft is None:
        return complain("DraftOrder does not exist", "id")
    turn.changed("draft_orders.delete", draft["id"], name=draft["name"])
    return {"deletedId": draft["id"], "userErrors": []}


RESOLVERS = {
    ("Query", "draftOrder"): lambda turn, _, args: turn.table("DraftOrder").get(args["id"]),
    ("Query", "draftOrders"): lambda turn, _, args: turn.connect("DraftOrder", args),
    ("Mutation", "draftOrderCreate"): create_draft,
    ("Mutation", "draftOrderComplete"): complete_draft,
    ("Mutation", "draftOrderDelete"): delete_draft,
    ("DraftOrder", "lineItems"): orders.connect_lines,
}
