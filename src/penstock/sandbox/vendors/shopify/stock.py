"""Shopify's stock: locations, levels, and the two mutations that set and shift them."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.shopify.world import Args, Turn, complain, connect_list, refuse

NAMES = ("available", "on_hand")
REASONS = frozenset(
    {
        "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created", "movement_received",
        "movement_updated", "other", "promotion", "quality_control", "received", "reservation_created",
        "reservation_deleted", "reservation_updated", "restock", "safety_stock", "shrinkage",
    }
)  # fmt: skip


def set_quantities(turn: Turn, source: Any, args: Args) -> Record:
    """Set stock: every entry says what it changes from, null for no comparison."""
    given = args["input"]
    _require_change_from(given["quantities"], "InventoryQuantityInput")
    problem = _why_not(turn, given, given["quantities"], "quantities")
    if problem:
        return problem
    shifts = []
    for entry in given["quantities"]:
        place = (entry["inventoryItemId"], entry["locationId"])
        shifts.append((place, entry["quantity"] - turn.world.stock.get(place, 0)))
    return _shift(turn, given, shifts, "inventory.set_quantities")


def adjust_quantities(turn: Turn, source: Any, args: Args) -> Record:
    given = args["input"]
    _require_change_from(given["changes"], "InventoryChangeInput")
    problem = _why_not(turn, given, given["changes"], "changes")
    if problem:
        return problem
    shifts = [((entry["inventoryItemId"], entry["locationId"]), entry["delta"]) for entry in given["changes"]]
    return _shift(turn, given, shifts, "inventory.adjust_quantities")


def _require_change_from(entries: list[dict[str, Any]], input_type: str) -> None:
    """Raise GraphQLError unless each entry has changeFromQuantity, if only null (mandatory since 2026-04)."""
    if any("changeFromQuantity" not in entry for entry in entries):
        message = f"{input_type} must include the following argument: changeFromQuantity."
        raise refuse(message, "INVALID_FIELD_ARGUMENTS")


def _why_not(turn: Turn, given: dict[str, Any], entries: list[dict[str, Any]], name: str) -> Record | None:
    if given["name"] not in NAMES:
        return complain("The specified quantity name is invalid.", "input", "name", code="INVALID_NAME")
    if given["reason"] not in REASONS:
        return complain("The specified reason is invalid.", "input", "reason", code="INVALID_REASON")
    for index, entry in enumerate(entries):
        where = ("input", name, str(index))
        if turn.table("InventoryItem").get(entry["inventoryItemId"]) is None:
            text = "The specified inventory item could not be found."
            return complain(text, *where, "inventoryItemId", code="INVALID_INVENTORY_ITEM")
        if turn.table("Location").get(entry["locationId"]) is None:
            return complain(
                "The specified location could not be found.", *where, "locationId", code="INVALID_LOCATION"
            )
        stale = entry.get("changeFromQuantity")
        place = (entry["inventoryItemId"], entry["locationId"])
        if stale is not None and stale != turn.world.stock.get(place, 0):
            text = "The changeFromQuantity argument no longer matches the persisted quantity."
            return complain(text, *where, "changeFromQuantity", code="CHANGE_FROM_QUANTITY_STALE")
        if abs(entry.get("quantity", entry.get("delta", 0))) > 1_000_000_000:
            text = "The quantity can't be higher than 1,000,000,000."
            return complain(text, *where, "quantity", code="INVALID_QUANTITY_TOO_HIGH")
    return None


def _shift(turn: Turn, given: dict[str, Any], shifts: list[tuple[tuple[str, str], int]], kind: str) -> Record:
    changes: list[Record] = []
    for place, delta in shifts:
        turn.world.stock[place] = turn.world.stock.get(place, 0) + delta
        item, location = turn.table("InventoryItem").get(place[0]), turn.table("Location").get(place[1])
        shared = {"delta": delta, "item": item, "location": location}
        changes += [{"name": name, "quantityAfterChange": None, **shared} for name in NAMES]
    group = {
        "__typename": "InventoryAdjustmentGroup",
        "id": turn.world.new_id("InventoryAdjustmentGroup"),
        "createdAt": turn.now,
        "reason": given["reason"],
        "referenceDocumentUri": given.get("referenceDocumentUri"),
        "changes": changes,
    }
    turn.changed(
        kind, group["id"], items=[place[0] for place, _ in shifts], deltas=[delta for _, delta in shifts]
    )
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _level(turn: Turn, item: Record, location: Record) -> Record:
    number = f"{location['legacyResourceId']}?inventory_item_id={item['legacyResourceId']}"
    return {
        "__typename": "InventoryLevel",
        "id": f"gid://shopify/InventoryLevel/{number}",
        "item": item,
        "location": location,
        "updatedAt": item["updatedAt"],
        "available": turn.world.stock.get((item["id"], location["id"]), 0),
    }


def _levels(turn: Turn, item: Record, args: Args) -> Record:
    places = [
        location for location in turn.table("Location") if (item["id"], location["id"]) in turn.world.stock
    ]
    return connect_list([_level(turn, item, location) for location in places], args, is_bulk=turn.is_bulk)


def _level_at(turn: Turn, item: Record, args: Args) -> Record | None:
    location = turn.table("Location").get(args["locationId"])
    if location is None or (item["id"], location["id"]) not in turn.world.stock:
        return None
    return _level(turn, item, location)


def _quantities(turn: Turn, level: Record, args: Args) -> list[Record]:
    return [
        {
            "name": name,
            "quantity": level["available"] if name in NAMES else 0,
            "updatedAt": level["updatedAt"],
        }
        for name in args["names"]
    ]


def fill(turn: Turn) -> None:
    """Give a new shop its two locations."""
    for name in ("Shop location", "Warehouse"):
        turn.add("Location", {"name": name, "isActive": True})


RESOLVERS = {
    ("Query", "inventoryItem"): lambda turn, _, args: turn.table("InventoryItem").get(args["id"]),
    ("Query", "location"): lambda turn, _, args: (
        turn.table("Location").get(args["id"]) if args.get("id") else next(iter(turn.table("Location")))
    ),
    ("Query", "locations"): lambda turn, _, args: turn.connect("Location", args),
    ("InventoryItem", "variant"): lambda turn, item, args: turn.table("ProductVariant").get(
        item["variant_id"]
    ),
    ("InventoryItem", "inventoryLevel"): _level_at,
    ("InventoryItem", "inventoryLevels"): _levels,
    ("InventoryLevel", "quantities"): _quantities,
}
ONCE = {  # refused without an idempotency key
    ("Mutation", "inventorySetQuantities"): set_quantities,
    ("Mutation", "inventoryAdjustQuantities"): adjust_quantities,
}
