"""What happens to a Shopify order afterwards: fulfilments and refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.shopify.world import Args, Turn, complain, connect_list, money, to_decimal


def create_fulfillment(turn: Turn, source: Any, args: Args) -> Record:
    given = args["fulfillment"]
    parts = given["lineItemsByFulfillmentOrder"]
    if not parts:
        return complain("At least one fulfillment order is required.", "fulfillment")
    taken: list[tuple[Record, Record, int]] = []
    for part in parts:
        order = turn.table("FulfillmentOrder").get(part["fulfillmentOrderId"])
        if order is None:
            return complain("Fulfillment order does not exist.", "fulfillment")
        if order["status"] != "OPEN":
            return complain(
                f"Fulfillment order {order['legacyResourceId']} has an unfulfillable status= "
                f"{order['status'].lower()}."
            )
        wanted = part.get("fulfillmentOrderLineItems") or [
            {"id": line["id"], "quantity": line["remainingQuantity"]} for line in order["lines"]
        ]
        for entry in wanted:
            line = next((line for line in order["lines"] if line["id"] == entry["id"]), None)
            if line is None or not 0 < entry["quantity"] <= line["remainingQuantity"]:
                return complain("Invalid fulfillment order line item quantity requested.", "fulfillment")
            taken.append((order, line, entry["quantity"]))
    for _, line, quantity in taken:
        line["remainingQuantity"] -= quantity
    for order, _, _ in taken:
        if not any(line["remainingQuantity"] for line in order["lines"]):
            order["status"] = "CLOSED"
    parent = turn.table("Order").get(taken[0][0]["order_id"])
    assert parent is not None  # a fulfilment order belongs to an order
    return {"fulfillment": _keep(turn, parent, given, taken), "userErrors": []}


def _keep(
    turn: Turn, parent: Record, given: dict[str, Any], taken: list[tuple[Record, Record, int]]
) -> Record:
    orders = turn.table("FulfillmentOrder").find("order_id", parent["id"])
    is_whole = not any(line["remainingQuantity"] for order in orders for line in order["lines"])
    parent["displayFulfillmentStatus"] = "FULFILLED" if is_whole else "PARTIALLY_FULFILLED"
    tracking = given.get("trackingInfo") or {}
    numbers = tracking.get("numbers") or ([tracking["number"]] if tracking.get("number") else [])
    urls = tracking.get("urls") or ([tracking["url"]] if tracking.get("url") else [])
    shown = [
        {
            "number": number,
            "url": urls[index] if index < len(urls) else None,
            "company": tracking.get("company"),
        }
        for index, number in enumerate(numbers)
    ]
    count = turn.table("Fulfillment").count(("order_id", parent["id"])) + 1
    fulfillment = turn.add(
        "Fulfillment",
        {
            "order_id": parent["id"],
            "name": f"{parent['name']}-F{count}",
            "status": "SUCCESS",
            "totalQuantity": sum(quantity for _, _, quantity in taken),
            "trackingInfo": shown,
            "order": parent,
        },
    )
    turn.changed("fulfillments.create", fulfillment["id"], order=parent["name"], tracking=numbers)
    return fulfillment


def create_refund(turn: Turn, source: Any, args: Args) -> Record:
    given = args["input"]
    order = turn.table("Order").get(given["orderId"])
    if order is None:
        return complain("Order does not exist", "orderId")
    lines, transactions = given.get("refundLineItems") or [], given.get("transactions") or []
    if not lines and not transactions and not given.get("shipping"):
        return complain(
            "either refund line items or refund duties or transactions or refund methods must be present"
        )
    taken: list[tuple[Record, int]] = []
    for index, entry in enumerate(lines):
        line = next((line for line in order["lines"] if line["id"] == entry["lineItemId"]), None)
        if line is None:
            return complain("Line item does not exist", "refundLineItems", str(index), "lineItemId")
        if entry["quantity"] > line["currentQuantity"]:
            return complain(
                "Quantity cannot refund more items than were purchased",
                "refundLineItems",
                str(index),
                "quantity",
            )
        taken.append((line, entry["quantity"]))
    amount = sum((to_decimal(transaction["amount"]) for transaction in transactions), Decimal(0))
    if not given.get("allowOverRefunding") and amount > order["total"] - order["refunded"]:
        return complain("Refund amount cannot be more than the amount available for refund", "transactions")
    for line, quantity in taken:
        line["currentQuantity"] -= quantity
    order["refunded"] += amount
    if amount:
        order["displayFinancialStatus"] = (
            "REFUNDED" if order["refunded"] >= order["total"] else "PARTIALLY_REFUNDED"
        )
    refund = turn.add(
        "Refund",
        {
            "order_id": order["id"],
            "note": given.get("note"),
            "totalRefundedSet": money(amount, order["currencyCode"]),
            "order": order,
        },
    )
    turn.changed(
        "refunds.create", refund["id"], order=order["name"], amount=str(amount), note=given.get("note")
    )
    return {"refund": refund, "order": order, "userErrors": []}


def _fulfillment_orders(turn: Turn, order: Record, args: Args) -> Record:
    return connect_list(
        turn.table("FulfillmentOrder").find("order_id", order["id"]), args, is_bulk=turn.is_bulk
    )


RESOLVERS = {
    ("Mutation", "fulfillmentCreate"): create_fulfillment,
    ("Order", "fulfillmentOrders"): _fulfillment_orders,
    ("Order", "fulfillments"): lambda turn, o, args: turn.table("Fulfillment").find("order_id", o["id"])[
        : args.get("first")
    ],
    ("Order", "refunds"): lambda turn, o, args: turn.table("Refund").find("order_id", o["id"])[
        : args.get("first")
    ],
    ("Fulfillment", "trackingInfo"): lambda turn, f, args: f["trackingInfo"][: args.get("first")],
    ("FulfillmentOrder", "lineItems"): lambda turn, f, args: connect_list(
        f["lines"], args, is_bulk=turn.is_bulk
    ),
}
ONCE = {("Mutation", "refundCreate"): create_refund}  # refused without an idempotency key
