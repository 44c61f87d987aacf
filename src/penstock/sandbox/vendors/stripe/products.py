"""Stripe's products, prices and coupons."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.errors import StripeError, invalid
from penstock.sandbox.vendors.stripe.parameters import LIST, read
from penstock.sandbox.vendors.stripe.world import Turn, World, merge_metadata

PRODUCT = (
    "active:bool description:str? images:list metadata:hash? package_dimensions:hash? shippable:bool "
    "statement_descriptor:str tax_code:str? unit_label:str? url:str? marketing_features:list"
)
PRICE = (
    "active:bool billing_scheme:per_unit|tiered currency:str! currency_options:hash custom_unit_amount:hash "
    "lookup_key:str "
    "metadata:hash nickname:str product:str product_data:hash recurring:hash "
    "tax_behavior:exclusive|inclusive|unspecified tiers:list "
    "tiers_mode:graduated|volume transfer_lookup_key:bool transform_quantity:hash unit_amount:int "
    "unit_amount_decimal:str"
)
COUPON = (
    "amount_off:int applies_to:hash currency:str currency_options:hash duration:forever|once|repeating "
    "duration_in_months:int id:str "
    "max_redemptions:int metadata:hash? name:str percent_off:num redeem_by:int"
)
RECURRING = (
    "interval:day|week|month|year! interval_count:int meter:str trial_period_days:int "
    "usage_type:licensed|metered"
)


def create_product(turn: Turn) -> Record:
    given = turn.given
    id = given.get("id") or turn.world.new_id("products")
    if id in turn.table("products"):
        raise invalid(f"Product already exists with the ID {id}.", "id", "resource_already_exists")
    record = turn.table("products").add(id, _product(id, turn.at, given))
    if given.get("default_price_data"):
        data = given["default_price_data"]
        record["default_price"] = _add_price(turn, {**read(PRICE, {**data, "product": id})})["id"]
    return turn.changed("create", record, name=record["name"], metadata=record["metadata"])


def _product(id: str, at: int, given: dict[str, Any]) -> Record:
    return {
        "id": id,
        "object": "product",
        "active": given.get("active", True),
        "created": at,
        "default_price": None,
        "description": given.get("description"),
        "images": given.get("images", []),
        "livemode": False,
        "marketing_features": given.get("marketing_features", []),
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "name": given["name"],
        "package_dimensions": given.get("package_dimensions"),
        "shippable": given.get("shippable"),
        "statement_descriptor": given.get("statement_descriptor"),
        "tax_code": given.get("tax_code"),
        "type": "service",
        "unit_label": given.get("unit_label"),
        "updated": at,
        "url": given.get("url"),
    }


def update_product(turn: Turn) -> Record:
    record = turn.path_record("products")
    changes = {name: value for name, value in turn.given.items() if name in record}
    if "metadata" in changes:
        changes["metadata"] = merge_metadata(record["metadata"], changes["metadata"])
    if "default_price" in changes:
        turn.referred("prices", "default_price")
    turn.table("products").update(record["id"], **changes, updated=turn.at)
    return turn.changed("update", record, name=record["name"], metadata=record["metadata"])


def delete_product(turn: Turn) -> Record:
    record = turn.path_record("products")
    if turn.table("prices").count(("product", record["id"])):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    turn.table("products").remove(record["id"])
    turn.changed("delete", record, name=record["name"])
    return {"id": record["id"], "object": "product", "deleted": True}


def list_products(turn: Turn) -> Record:
    given = turn.given
    ids = set(given.get("ids", ()))

    def keep(record: Record) -> bool:
        return (not ids or record["id"] in ids) and all(
            record[name] == given[name] for name in ("active", "shippable", "url") if name in given
        )

    return turn.list(
        "products",
        "/v1/products",
        keep=keep if given.keys() & {"active", "shippable", "url", "ids"} else None,
    )


def create_price(turn: Turn) -> Record:
    given = turn.given
    if not given.get("product") and not given.get("product_data"):
        raise invalid("Missing required param: product.", "product", "parameter_missing")
    turn.referred("products", "product")
    record = _add_price(turn, given)
    return turn.changed(
        "create",
        record,
        product=record["product"],
        unit_amount=record["unit_amount"],
        metadata=record["metadata"],
    )


def _add_price(turn: Turn, given: dict[str, Any]) -> Record:
    if given.get("unit_amount") is None and not given.keys() & {
        "unit_amount_decimal",
        "tiers",
        "custom_unit_amount",
    }:
        raise invalid("Missing required param: unit_amount.", "unit_amount", "parameter_missing")
    product = given.get("product")
    if product is None:
        data = read(f"name:str! id:str {PRODUCT}", given["product_data"])
        product = data.get("id") or turn.world.new_id("products")
        turn.table("products").add(product, _product(product, turn.at, data))
    amount = (
        given["unit_amount"]
        if given.get("unit_amount") is not None
        else _cents(given.get("unit_amount_decimal"))
    )
    recurring = _recurring(given["recurring"]) if given.get("recurring") else None
    id = turn.world.new_id("prices")
    return turn.table("prices").add(id, _price(id, turn.at, given, product, amount, recurring))


def _price(
    id: str, at: int, given: dict[str, Any], product: str, amount: int | None, recurring: Any
) -> Record:
    return {
        "id": id,
        "object": "price",
        "active": given.get("active", True),
        "billing_scheme": given.get("billing_scheme", "per_unit"),
        "created": at,
        "currency": given["currency"].lower(),
        "custom_unit_amount": given.get("custom_unit_amount"),
        "livemode": False,
        "lookup_key": given.get("lookup_key"),
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "nickname": given.get("nickname"),
        "product": product,
        "recurring": recurring,
        "tax_behavior": given.get("tax_behavior", "unspecified"),
        "tiers_mode": given.get("tiers_mode"),
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": given.get("unit_amount_decimal") or (None if amount is None else str(amount)),
    }


def _cents(decimal: str | None) -> int | None:
    try:
        number = float(decimal) if decimal else None
    except ValueError:
        raise invalid(f"Invalid decimal: {decimal}", "unit_amount_decimal") from None
    return int(number) if number is not None and number == int(number) else None


def _recurring(given: dict[str, Any]) -> dict[str, Any]:
    known = read(RECURRING, given)
    return {
        "interval": known["interval"],
        "interval_count": known.get("interval_count", 1),
        "meter": known.get("meter"),
        "trial_period_days": known.get("trial_period_days"),
        "usage_type": known.get("usage_type", "licensed"),
    }


def update_price(turn: Turn) -> Record:
    record = turn.path_record("prices")
    changes = {name: value for name, value in turn.given.items() if name in record}
    if "metadata" in changes:
        changes["metadata"] = merge_metadata(record["metadata"], changes["metadata"])
    turn.table("prices").update(record["id"], **changes)
    return turn.changed("update", record, product=record["product"], metadata=record["metadata"])


def list_prices(turn: Turn) -> Record:
    given = turn.given
    keys = set(given.get("lookup_keys", ()))

    def keep(record: Record) -> bool:
        return (not keys or record["lookup_key"] in keys) and all(
            record[name] == given[name] for name in ("active", "currency", "type") if name in given
        )

    return turn.list("prices", "/v1/prices", by=("product",), keep=keep)


def create_coupon(turn: Turn) -> Record:
    given = turn.given
    if (given.get("percent_off") is None) == (given.get("amount_off") is None):
        raise invalid("You must pass exactly one of percent_off or amount_off.", "percent_off")
    if given.get("amount_off") is not None and not given.get("currency"):
        raise invalid("You must pass currency when passing amount_off", "currency", "parameter_missing")
    percent = given.get("percent_off")
    if percent is not None and not 0 < percent <= 100:
        raise invalid(f"Invalid percent_off: must be between 0 and 100, got {percent:g}", "percent_off")
    if given.get("duration") == "repeating" and not given.get("duration_in_months"):
        raise invalid(
            "You must pass duration_in_months when duration is repeating.",
            "duration_in_months",
            "parameter_missing",
        )
    id = given.get("id") or turn.world.new_id("coupons")
    if id in turn.table("coupons"):
        raise StripeError(400, "Coupon already exists.", code="resource_already_exists", param="id")
    record: Record = {
        "id": id,
        "object": "coupon",
        "amount_off": given.get("amount_off"),
        "created": turn.at,
        "currency": given["currency"].lower() if given.get("currency") else None,
        "duration": given.get("duration", "once"),
        "duration_in_months": given.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": given.get("max_redemptions"),
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "name": given.get("name"),
        "percent_off": percent,
        "redeem_by": given.get("redeem_by"),
        "times_redeemed": 0,
        "valid": True,
    }
    turn.table("coupons").add(id, record)
    return turn.changed("create", record, name=record["name"], metadata=record["metadata"])


def update_coupon(turn: Turn) -> Record:
    record = turn.path_record("coupons")
    if "metadata" in turn.given:
        record["metadata"] = merge_metadata(record["metadata"], turn.given["metadata"])
    record["name"] = turn.given.get("name", record["name"])
    return turn.changed("update", record, name=record["name"], metadata=record["metadata"])


def delete_coupon(turn: Turn) -> Record:
    record = turn.path_record("coupons")
    turn.table("coupons").remove(record["id"])
    turn.changed("delete", record)
    return {"id": record["id"], "object": "coupon", "deleted": True}


def fill(world: World, at: int) -> None:
    """Put three products with their prices into a new account."""
    samples = (("Tea tin", 1200, None), ("Kettle", 5400, None), ("Tea club", 1900, "month"))
    for name, amount, interval in samples:
        product = world.new_id("products")
        world.tables["products"].add(
            product, _product(product, at, {"name": name, "description": f"{name}, as sample data"})
        )
        id = world.new_id("prices")
        recurring = _recurring({"interval": interval}) if interval else None
        world.tables["prices"].add(id, _price(id, at, {"currency": "usd"}, product, amount, recurring))
        world.tables["products"].update(product, default_price=id)


ROUTES = {
    "POST /v1/products": (f"name:str! id:str default_price_data:hash {PRODUCT}", create_product),
    "GET /v1/products": (f"{LIST} active:bool ids:list shippable:bool url:str", list_products),
    "GET /v1/products/{id}": ("", lambda turn: turn.path_record("products")),
    "POST /v1/products/{id}": (f"name:str default_price:str {PRODUCT}", update_product),
    "DELETE /v1/products/{id}": ("", delete_product),
    "POST /v1/prices": (PRICE, create_price),
    "GET /v1/prices": (
        f"{LIST} active:bool currency:str lookup_keys:list product:str recurring:hash "
        f"type:one_time|recurring",
        list_prices,
    ),
    "GET /v1/prices/{id}": ("", lambda turn: turn.path_record("prices")),
    "POST /v1/prices/{id}": (
        "active:bool currency_options:hash lookup_key:str metadata:hash? nickname:str tax_behavior:str "
        "transfer_lookup_key:bool",
        update_price,
    ),
    "POST /v1/coupons": (COUPON, create_coupon),
    "GET /v1/coupons": (LIST, lambda turn: turn.list("coupons", "/v1/coupons")),
    "GET /v1/coupons/{id}": ("", lambda turn: turn.path_record("coupons")),
    "POST /v1/coupons/{id}": ("currency_options:hash metadata:hash? name:str", update_coupon),
    "DELETE /v1/coupons/{id}": ("", delete_coupon),
}
