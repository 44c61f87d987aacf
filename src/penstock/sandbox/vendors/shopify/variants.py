"""Shopify's product variants, each with its inventory item."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.shopify.metafields import put_metafields
from penstock.sandbox.vendors.shopify.world import Args, Turn, complain, connect_list, refuse, to_decimal

MOST_INPUTS = 250  # of any array (shopify.dev/docs/api/usage/limits)


def add_variant(turn: Turn, product: Record, given: dict[str, Any], values: list[str]) -> Record:
    """Keep a new variant and its inventory item, and return the variant."""
    table = turn.table("ProductVariant")
    item_given = given.get("inventoryItem") or {}
    names = [option["name"] for option in product["options"]]
    title = " / ".join(values)
    variant = turn.add(
        "ProductVariant",
        {
            "product_id": product["id"],
            "title": title,
            "displayName": f"{product['title']} - {title}",
            "sku": item_given.get("sku"),
            "barcode": given.get("barcode"),
            "price": f"{to_decimal(given.get('price') or 0):.2f}",
            "compareAtPrice": given.get("compareAtPrice"),
            "position": table.count(("product_id", product["id"])) + 1,
            "inventoryPolicy": given.get("inventoryPolicy") or "DENY",
            "taxable": given.get("taxable", True),
            "selectedOptions": [{"name": n, "value": v} for n, v in zip(names, values, strict=False)],
        },
    )
    item = turn.add(
        "InventoryItem",
        {
            "sku": variant["sku"],
            "tracked": bool(item_given.get("tracked", False)),
            "requiresShipping": item_given.get("requiresShipping", True),
            "variant_id": variant["id"],
        },
    )
    variant["item_id"] = item["id"]
    for level in given.get("inventoryQuantities") or []:
        turn.world.stock[item["id"], level["locationId"]] = level["availableQuantity"]
    return variant


def drop_variant(turn: Turn, variant: Record) -> None:
    """Take a variant and its inventory item out."""
    turn.table("ProductVariant").remove(variant["id"])
    turn.table("InventoryItem").remove(variant["item_id"])


def bulk_update(turn: Turn, source: Any, args: Args) -> Record:
    """Change variants of one product: all of them or none, unless partial updates are allowed."""
    product = turn.table("Product").get(args["productId"])
    if product is None:
        return complain("Product does not exist", "productId", code="PRODUCT_DOES_NOT_EXIST")
    given = args["variants"]
    _check_length(given, "variants")
    errors = [
        error for index, change in enumerate(given) if (error := _why_not(turn, product, index, change))
    ]
    if errors and not args.get("allowPartialUpdates"):
        return {"product": product, "productVariants": None, "userErrors": errors}
    bad = {error["field"][1] for error in errors}
    changed = [_change_variant(turn, change) for index, change in enumerate(given) if str(index) not in bad]
    product["updatedAt"] = turn.now
    ids = [variant["id"] for variant in changed]
    turn.changed("product_variants.bulk_update", product["id"], variants=ids)
    return {"product": product, "productVariants": changed, "userErrors": errors}


def _why_not(turn: Turn, product: Record, index: int, change: dict[str, Any]) -> Record | None:
    where = ["variants", str(index)]
    if not change.get("id"):
        return {
            "field": [*where, "id"],
            "message": "Product variant is missing ID attribute",
            "code": "PRODUCT_VARIANT_ID_MISSING",
        }
    variant = turn.table("ProductVariant").get(change["id"])
    if variant is None or variant["product_id"] != product["id"]:
        return {
            "field": [*where, "id"],
            "message": "Product variant does not exist",
            "code": "PRODUCT_VARIANT_DOES_NOT_EXIST",
        }
    if change.get("price") is not None and to_decimal(change["price"]) < 0:
        return {
            "field": [*where, "price"],
            "message": "Price must be greater than or equal to 0",
            "code": "GREATER_THAN_OR_EQUAL_TO",
        }
    return None


def _change_variant(turn: Turn, change: dict[str, Any]) -> Record:
    table = turn.table("ProductVariant")
    variant = table.get(change["id"])
    assert variant is not None  # checked before
    changes = {n: change[n] for n in ("barcode", "taxable", "inventoryPolicy") if change.get(n) is not None}
    for name in ("price", "compareAtPrice"):
        if change.get(name) is not None:
            changes[name] = f"{to_decimal(change[name]):.2f}"
    item = turn.table("InventoryItem").get(variant["item_id"])
    for name, value in (change.get("inventoryItem") or {}).items():
        if item is not None and name in item:
            item[name] = value
        if name == "sku":
            changes["sku"] = value
    put_metafields(turn, variant["id"], change.get("metafields") or [])
    return table.update(variant["id"], **changes, updatedAt=turn.now)


def bulk_create(turn: Turn, source: Any, args: Args) -> Record:
    product = turn.table("Product").get(args["productId"])
    if product is None:
        return complain("Product does not exist", "productId", code="PRODUCT_DOES_NOT_EXIST")
    _check_length(args["variants"], "variants")
    table = turn.table("ProductVariant")
    known = {variant["title"] for variant in table.find("product_id", product["id"])}
    made = []
    for index, given in enumerate(args["variants"]):
        values = [str(value.get("name")) for value in given.get("optionValues") or []]
        title = " / ".join(values)
        if not values or title in known:
            message = f"The variant '{title}' already exists." if values else "Option values are missing"
            error = complain(
                message,
                "variants",
                str(index),
                code="VARIANT_ALREADY_EXISTS" if values else "NEED_TO_ADD_OPTION_VALUES",
            )
            return error | {"product": product}
        known.add(title)
        made.append((given, values))
    variants = [add_variant(turn, product, given, values) for given, values in made]
    turn.changed("product_variants.bulk_create", product["id"], variants=[v["id"] for v in variants])
    return {"product": product, "productVariants": variants, "userErrors": []}


def bulk_delete(turn: Turn, source: Any, args: Args) -> Record:
    product = turn.table("Product").get(args["productId"])
    if product is None:
        return complain("Product does not exist", "productId", code="PRODUCT_DOES_NOT_EXIST")
    table = turn.table("ProductVariant")
    found = [table.get(id) for id in args["variantsIds"]]
    if any(variant is None or variant["product_id"] != product["id"] for variant in found):
        code = "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT"
        return complain("At least one variant does not belong to the product", "variantsIds", code=code)
    for variant in found:
        if variant is not None:
            drop_variant(turn, variant)
    turn.changed("product_variants.bulk_delete", product["id"], variants=args["variantsIds"])
    return {"product": product, "userErrors": []}


def _check_length(given: list[Any], name: str) -> None:
    if len(given) > MOST_INPUTS:
        text = f"The input array size of {len(given)} is greater than the maximum allowed of {MOST_INPUTS}."
        raise refuse(f"{text} ({name})", "MAX_INPUT_SIZE_EXCEEDED")


def variants_of(turn: Turn, product: Record, args: Args) -> Record:
    found = turn.table("ProductVariant").find("product_id", product["id"])
    return connect_list(found[::-1] if args.get("reverse") else found, args, is_bulk=turn.is_bulk)


def stock_of(turn: Turn, variant: Record) -> int:
    """Return how many of a variant there are, over all locations."""
    stock = turn.world.stock
    return sum(stock.get((variant["item_id"], location["id"]), 0) for location in turn.table("Location"))


RESOLVERS = {
    ("Query", "productVariant"): lambda turn, _, args: turn.table("ProductVariant").get(args["id"]),
    ("Query", "productVariants"): lambda turn, _, args: turn.connect("ProductVariant", args),
    ("Mutation", "productVariantsBulkUpdate"): bulk_update,
    ("Mutation", "productVariantsBulkCreate"): bulk_create,
    ("Mutation", "productVariantsBulkDelete"): bulk_delete,
    ("Product", "variants"): variants_of,
    ("ProductVariant", "product"): lambda turn, v, args: turn.table("Product").get(v["product_id"]),
    ("ProductVariant", "inventoryItem"): lambda turn, v, args: turn.table("InventoryItem").get(v["item_id"]),
    ("ProductVariant", "inventoryQuantity"): lambda turn, variant, args: stock_of(turn, variant),
    ("ProductVariant", "availableForSale"): lambda turn, variant, args: stock_of(turn, variant) > 0,
}
