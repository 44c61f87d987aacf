"""Shopify's orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.shopify import customers
from penstock.sandbox.vendors.shopify.metafields import check_metafields, put_metafields
from penstock.sandbox.vendors.shopify.world import (
    CURRENCY,
    Args,
    Turn,
    complain,
    connect_list,
    money,
    to_decimal,
)


def create(turn: Turn, source: Any, args: Args) -> Record:
    given = args["order"]
    lines = given.get("lineItems") or []
    if not lines:
        return complain("Line items must have at least one line item", "order", "lineItems", code="INVALID")
    currency = given.get("currency") or CURRENCY
    read: list[Record] = []
    for index, line in enumerate(lines):
        made = read_line(turn, line, currency)
        if isinstance(made, str):
            return complain(made, "order", "lineItems", str(index), code="INVALID")
        read.append(made)
    problem = check_metafields(given.get("metafields"))
    if problem:
        return problem
    customer = _customer(turn, given)
    if isinstance(customer, str):
        return complain(customer, "order", "customer", code="INVALID")
    order = add(turn, given, read, currency, customer)
    put_metafields(turn, order["id"], given.get("metafields") or [])
    if (args.get("options") or {}).get("inventoryBehaviour", "BYPASS") != "BYPASS":
        _take_stock(turn, read)
    turn.changed(
        "orders.create",
        order["id"],
        name=order["name"],
        email=order["email"],
        note=order["note"],
        tags=order["tags"],
    )
    return {"order": order, "userErrors": []}


def read_line(turn: Turn, given: dict[str, Any], currency: str) -> Record | str:
    """Return a line item, or what is wrong with it."""
    if given["quantity"] < 1:
        return "Quantity must be greater than 0"
    variant = turn.table("ProductVariant").get(given["variantId"]) if given.get("variantId") else None
    if given.get("variantId") and variant is None:
        return "Variant does not exist"
    if variant is None and not given.get("title"):
        return "Title can't be blank"
    product = turn.table("Product").get(variant["product_id"]) if variant else None
    priced = given.get("priceSet")
    if priced:
        price = to_decimal(priced["shopMoney"]["amount"])
    else:
        price = to_decimal(given.get("originalUnitPrice") or (variant["price"] if variant else 0))
    title = given.get("title") or (product["title"] if product else "")
    quantity = given["quantity"]
    return {
        "__typename": "LineItem",
        "id": turn.world.new_id("LineItem"),
        "title": title,
        "name": title,
        "quantity": quantity,
        "currentQuantity": quantity,
        "fulfilled": 0,
        "sku": given.get("sku") or (variant["sku"] if variant else None),
        "vendor": given.get("vendor") or (product["vendor"] if product else None),
        "variantTitle": given.get("variantTitle") or (variant["title"] if variant else None),
        "price": price,
        "originalUnitPriceSet": money(price, currency),
        "originalTotalSet": money(price * quantity, currency),
        "variant": variant,
        "product": product,
        "customAttributes": [
            {"key": entry["name"], "value": entry["value"]} for entry in given.get("properties") or []
        ],
    }


def _customer(turn: Turn, given: dict[str, Any]) -> Record | str | None:
    """Return the order's customer, made where asked for, or what is wrong."""
    table = turn.table("Customer")
    asked = given.get("customer") or {}
    id = given.get("customerId") or (asked.get("toAssociate") or {}).get("id")
    if id:
        return table.get(id) or "Customer does not exist"
    upsert = asked.get("toUpsert") or asked.get("toAssociate")
    email = ((upsert or {}).get("email") or "").strip().lower()
    if not upsert:
        return None
    found = table.find("email", email) if email else []
    return found[0] if found else customers.add(turn, upsert)


def add(
    turn: Turn, given: dict[str, Any], lines: list[Record], currency: str, customer: Record | None
) -> Record:
    """Keep a new order with its fulfilment order, and return it."""
    subtotal = sum((line["price"] * line["quantity"] for line in lines), Decimal(0))
    shipping = sum(
        (to_decimal(s["priceSet"]["shopMoney"]["amount"]) for s in given.get("shippingLines") or []),
        Decimal(0),
    )
    number = turn.world.ids.next("order", 1001)
    order = turn.add(
        "Order",
        {
            "name": given.get("name") or f"#{number}",
            "number": number,
            "email": given.get("email") or (customer["email"] if customer else None),
            "phone": given.get("phone"),
            "note": given.get("note"),
            "tags": sorted(set(given.get("tags") or [])),
            "poNumber": given.get("poNumber"),
            "test": bool(given.get("test")),
            "confirmed": True,
            "closed": False,
            "currencyCode": currency,
            "processedAt": given.get("processedAt") or turn.now,
            "cancelledAt": None,
            "cancelReason": None,
            "sourceName": given.get("sourceName"),
            "displayFinancialStatus": given.get("financialStatus")
            or ("PAID" if given.get("transactions") else "PENDING"),
            "displayFulfillmentStatus": "UNFULFILLED",
            "total": subtotal + shipping,
            "refunded": Decimal(0),
            "subtotalPriceSet": money(subtotal, currency),
            "totalPriceSet": money(subtotal + shipping, currency),
            "customer_id": customer["id"] if customer else None,
            "customer_number": customer["legacyResourceId"] if customer else None,
            "customAttributes": given.get("customAttributes") or [],
            "shippingAddress": customers.address(turn, given.get("shippingAddress")),
            "billingAddress": customers.address(turn, given.get("billingAddress")),
            "lines": lines,
        },
    )
    _add_fulfillment_order(turn, order)
    return order


def _add_fulfillment_order(turn: Turn, order: Record) -> None:
    lines = [
        {
            "__typename": "FulfillmentOrderLineItem",
            "id": turn.world.new_id("FulfillmentOrderLineItem"),
            "remainingQuantity": line["quantity"],
            "totalQuantity": line["quantity"],
            "lineItem": line,
        }
        for line in order["lines"]
    ]
    fields = {
        "order_id": order["id"],
        "orderId": order["id"],
        "status": "OPEN",
        "requestStatus": "UNSUBMITTED",
        "lines": lines,
    }
    turn.add("FulfillmentOrder", fields)


def _take_stock(turn: Turn, lines: list[Record]) -> None:
    location = next(iter(turn.table("Location")))["id"]
    for line in lines:
        if line["variant"] is not None:
            place = (line["variant"]["item_id"], location)
            turn.world.stock[place] = turn.world.stock.get(place, 0) - line["quantity"]


def update(turn: Turn, source: Any, args: Args) -> Record:
    given = args["input"]
    order = turn.table("Order").get(given["id"])
    if order is None:
        return complain("Order does not exist", "id")
    changes = {
        name: given[name]
        for name in ("email", "phone", "note", "poNumber", "customAttributes")
        if name in given
    }
    if given.get("tags") is not None:
        changes["tags"] = sorted(set(given["tags"]))
    if "shippingAddress" in given:
        changes["shippingAddress"] = customers.address(turn, given["shippingAddress"])
    problem = check_metafields(given.get("metafields"))
    if problem:
        return problem
    turn.table("Order").update(order["id"], **changes, updatedAt=turn.now)
    put_metafields(turn, order["id"], given.get("metafields") or [])
    turn.changed("orders.update", order["id"], name=order["name"], note=order["note"], tags=order["tags"])
    return {"order": order, "userErrors": []}


def delete(turn: Turn, source: Any, args: Args) -> Record:
    order = turn.table("Order").remove(args["orderId"])
    if order is None:
        return complain("Order does not exist", "orderId", code="NOT_FOUND")
    turn.changed("orders.delete", order["id"], name=order["name"])
    return {"deletedId": order["id"], "userErrors": []}


def cancel(turn: Turn, source: Any, args: Args) -> Record:
    """Cancel in the background, as Shopify does: the answer is a job, which here is done at once."""
    order = turn.table("Order").get(args["orderId"])
    problem = (
        "Order does not exist"
        if order is None
        else "Order has already been cancelled"
        if order["cancelledAt"]
        else None
    )
    if order is None or problem:
        code = "NOT_FOUND" if order is None else "INVALID"
        errors = [{"field": ["orderId"], "message": problem, "code": code}]
        return {"job": None, "orderCancelUserErrors": errors, "userErrors": errors}
    order |= {"cancelledAt": turn.now, "cancelReason": args["reason"], "updatedAt": turn.now, "closed": True}
    order["displayFinancialStatus"] = "VOIDED" if order["displayFinancialStatus"] == "PENDING" else "REFUNDED"
    job = turn.world.new_id("Job")
    turn.world.jobs.add(job)
    turn.changed("orders.cancel", order["id"], name=order["name"], reason=args["reason"])
    return {"job": {"id": job, "done": False}, "orderCancelUserErrors": [], "userErrors": []}


def connect_lines(turn: Turn, source: Record, args: Args) -> Record:
    """Return an order's lines as a connection."""
    return connect_list(source["lines"], args, is_bulk=turn.is_bulk)


def fill(turn: Turn) -> None:
    """Put ten orders into a new shop."""
    people = list(turn.table("Customer"))
    variants = list(turn.table("ProductVariant"))
    for index in range(10):
        line = read_line(
            turn, {"variantId": variants[index % len(variants)]["id"], "quantity": 1 + index % 3}, CURRENCY
        )
        assert not isinstance(line, str)  # a variant that is there, a quantity above nought
        status = "PAID" if index % 3 else "PENDING"
        add(
            turn,
            {"financialStatus": status, "tags": ["sample"]},
            [line],
            CURRENCY,
            people[index % len(people)],
        )


RESOLVERS = {
    ("Query", "order"): lambda turn, _, args: turn.table("Order").get(args["id"]),
    ("Query", "orders"): lambda turn, _, args: turn.connect("Order", args),
    ("Query", "ordersCount"): lambda turn, _, args: turn.count("Order", args),
    ("Query", "job"): lambda turn, _, args: (
        {"id": args["id"], "done": True} if args["id"] in turn.world.jobs else None
    ),
    ("Mutation", "orderCreate"): create,
    ("Mutation", "orderUpdate"): update,
    ("Mutation", "orderDelete"): delete,
    ("Mutation", "orderCancel"): cancel,
    ("Order", "customer"): lambda turn, order, args: turn.table("Customer").get(order["customer_id"] or ""),
    ("Order", "lineItems"): connect_lines,
    ("Order", "currentTotalPriceSet"): lambda turn, o, args: money(
        o["total"] - o["refunded"], o["currencyCode"]
    ),
    ("Order", "totalRefundedSet"): lambda turn, o, args: money(o["refunded"], o["currencyCode"]),
}
