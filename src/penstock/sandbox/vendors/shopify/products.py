"""Shopify's products."""

from __future__ import annotations

import re
from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.shopify.metafields import check_metafields, put_metafields
from penstock.sandbox.vendors.shopify.variants import add_variant, drop_variant, stock_of
from penstock.sandbox.vendors.shopify.world import (
    Args,
    Turn,
    World,
    complain,
    refuse,
)
from penstock.sandbox.wire import iso_time


def create(turn: Turn, source: Any, args: Args) -> Record:
    given = args.get("product") or args.get("input")
    if given is None:
        raise refuse("productCreate needs the argument product", "missingRequiredArguments")
    title = (given.get("title") or "").strip()
    if not title:
        return complain("Title can't be blank", "title")
    if len(title) > 255:
        return complain("Title is too long (maximum is 255 characters)", "title")
    problem = check_metafields(given.get("metafields"))
    if problem:
        return problem
    handle = given.get("handle") or slug(title)
    product = turn.add("Product", build(title, _free_handle(turn.world, handle), given, turn.world.shop))
    _add_options(turn, product, given.get("productOptions") or [])
    add_variant(turn, product, {}, [option["values"][0] for option in product["options"]])
    put_metafields(turn, product["id"], given.get("metafields") or [])
    turn.changed("products.create", product["id"], title=title, handle=product["handle"])
    return {"product": product, "shop": {}, "userErrors": []}


def build(title: str, handle: str, given: dict[str, Any], shop: str) -> Record:
    """Return a product's record."""
    return {
        "title": title,
        "handle": handle,
        "descriptionHtml": given.get("descriptionHtml") or "",
        "vendor": given.get("vendor") or shop,
        "productType": given.get("productType") or "",
        "status": given.get("status") or "ACTIVE",
        "tags": sorted(set(given.get("tags") or [])),
        "publishedAt": None,
        "isGiftCard": bool(given.get("giftCard")),
        "templateSuffix": given.get("templateSuffix"),
        "seo": {"title": None, "description": None, **(given.get("seo") or {})},
        "onlineStoreUrl": None,
        "options": [],
    }


def _add_options(turn: Turn, product: Record, given: list[dict[str, Any]]) -> None:
    for position, option in enumerate(given or [{"name": "Title", "values": [{"name": "Default Title"}]}], 1):
        values = [value["name"] for value in option.get("values") or [{"name": "Default"}]]
        id = turn.world.new_id("ProductOption")
        name = option.get("name") or f"Option {position}"
        product["options"].append({"id": id, "name": name, "position": position, "values": values})


def update(turn: Turn, source: Any, args: Args) -> Record:
    given = args.get("product") or args.get("input") or {}
    product = turn.table("Product").get(given.get("id") or "")
    if product is None:
        return complain("Product does not exist", "id")
    if "title" in given and not (given["title"] or "").strip():
        return complain("Title can't be blank", "title")
    problem = check_metafields(given.get("metafields"))
    if problem:
        return problem
    names = ("title", "handle", "descriptionHtml", "vendor", "productType", "status", "templateSuffix")
    changes = {name: given[name] for name in names if given.get(name) is not None}
    if given.get("tags") is not None:
        changes["tags"] = sorted(set(given["tags"]))
    if given.get("seo") is not None:
        changes["seo"] = {**product["seo"], **given["seo"]}
    turn.table("Product").update(product["id"], **changes, updatedAt=turn.now)
    put_metafields(turn, product["id"], given.get("metafields") or [])
    turn.changed("products.update", product["id"], title=product["title"])
    return {"product": product, "userErrors": []}


def delete(turn: Turn, source: Any, args: Args) -> Record:
    id = args["input"]["id"]
    product = turn.table("Product").remove(id)
    if product is None:
        return complain("Product does not exist", "id") | {"shop": {}}
    for variant in turn.table("ProductVariant").find("product_id", id):
        drop_variant(turn, variant)
    turn.changed("products.delete", id, title=product["title"])
    return {"deletedProductId": id, "shop": {}, "userErrors": []}


def slug(title: str) -> str:
    """Return a title as a handle."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-") or "product"


def _free_handle(world: World, handle: str) -> str:
    """Return the handle, numbered where it is taken."""
    number = world.ids.next(f"handle {handle}", 0)
    return handle if number == 0 else f"{handle}-{number}"


def total_inventory(turn: Turn, product: Record, args: Args) -> int:
    return sum(
        stock_of(turn, variant) for variant in turn.table("ProductVariant").find("product_id", product["id"])
    )


def variants_count(turn: Turn, product: Record, args: Args) -> Record:
    return {"count": turn.table("ProductVariant").count(("product_id", product["id"])), "precision": "EXACT"}


def fill(turn: Turn) -> None:
    """Put three products with their variants and stock into a new shop."""
    location = next(iter(turn.table("Location")))["id"]
    samples = (
        ("Tea tin", "12.00", ("100 g", "250 g")),
        ("Kettle", "54.00", ("Black", "Copper")),
        ("Strainer", "7.50", ()),
    )
    for title, price, sizes in samples:
        product = turn.add(
            "Product", build(title, slug(title), {"tags": ["sample"], "productType": "Tea"}, turn.world.shop)
        )
        turn.world.ids.next(f"handle {product['handle']}", 0)
        names = [{"name": size} for size in sizes]
        _add_options(turn, product, [{"name": "Kind", "values": names}] if names else [])
        for size in sizes or ("Default Title",):
            given = {"price": price, "inventoryItem": {"sku": f"{slug(title)}-{slug(size)}", "tracked": True}}
            variant = add_variant(turn, product, given, [size])
            turn.world.stock[variant["item_id"], location] = 100
        product["createdAt"] = product["updatedAt"] = iso_time(turn.request.at)


def _description(turn: Turn, product: Record, args: Args) -> str:
    return re.sub(r"<[^>]+>", "", product["descriptionHtml"])


RESOLVERS = {
    ("Query", "product"): lambda turn, _, args: turn.table("Product").get(args["id"]),
    ("Query", "products"): lambda turn, _, args: turn.connect("Product", args),
    ("Query", "productsCount"): lambda turn, _, args: turn.count("Product", args),
    ("Mutation", "productCreate"): create,
    ("Mutation", "productUpdate"): update,
    ("Mutation", "productDelete"): delete,
    ("Product", "variantsCount"): variants_count,
    ("Product", "totalInventory"): total_inventory,
    ("Product", "description"): _description,
    ("Product", "hasOnlyDefaultVariant"): lambda turn, p, args: p["options"][0]["name"] == "Title",
    ("Product", "options"): lambda turn, product, args: product["options"][: args.get("first")],
}
