"""WooCommerce as the sandbox plays it: an empty shop with its own trash, batches, numbered pages and refusals.

Sources: the pages named in integrations/woocommerce.py; what the woocommerce package sends. Taxes, stock and mails are
not played; a shop's limit is the host's, four calls at once.
"""

from __future__ import annotations

import math
from typing import Any

from penstock.integrations.woocommerce import integration
from penstock.sandbox.rest.acting import create, find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Ids, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

_MOST_ROWS, _MOST_IN_BATCH = 100, 100
_WITH_TRASH = ("orders", "products", "coupons", "variations")
_SINGULAR = {"orders": "shop_order", "products": "product", "variations": "product_variation", "coupons": "shop_coupon",
             "customers": "customer", "webhooks": "shop_webhook"}  # fmt: skip
_UNIQUE = {  # of these no two may have the same: the field, the refusal's code and words
    "products": ("sku", "product_invalid_sku", "Invalid or duplicated SKU."),
    "customers": ("email", "registration-error-email-exists", "An account is already registered with your email address."),
    "coupons": ("code", "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists"),
}  # fmt: skip


def open_vendor(setup: Setup) -> Vendor:
    """Return WooCommerce."""
    return RestVendor(setup, integration, SHAPE)


def _new_id(ids: Ids, collection: str) -> str:
    return str(ids.next("post", 12))  # WordPress counts orders, products and coupons in one row


def _time(turn: Turn) -> str:
    return iso_time(turn.now).removesuffix("Z")


def _build(turn: Turn, id: str, given: Record) -> Record:
    _check_unique(turn, given)
    now = _time(turn)
    dates = {f"date_{kind}{zone}": now for kind in ("created", "modified") for zone in ("", "_gmt")}
    record: Record = {"id": int(id), **dates, **_defaults(turn, int(id), given), **given}
    record["meta_data"] = [
        {"id": turn.ids.next("meta"), **one} for one in given.get("meta_data") or () if isinstance(one, dict)
    ]
    if turn.collection == "orders":
        record["line_items"] = [_sell(turn, one) for one in given.get("line_items") or ()]
        record["total"] = f"{sum(float(line['total']) for line in record['line_items']):.2f}"
        if str(given.get("set_paid")).lower() in ("true", "1"):
            record |= {"status": "processing", "date_paid": now}
    if turn.collection in ("products", "variations"):
        record["price"] = record["sale_price"] or record["regular_price"]
    return record | {"_links": {"self": [{"href": f"{turn.url}/{id}"}]}}


def _defaults(turn: Turn, id: int, given: Record) -> Record:
    match turn.collection:
        case "orders":
            return {
                "parent_id": 0, "number": str(id), "order_key": f"wc_order_{turn.ids.text(13)}", "status": "pending",
                "currency": "EUR", "prices_include_tax": False, "customer_id": 0, "discount_total": "0.00",
                "shipping_total": "0.00", "total_tax": "0.00", "billing": {}, "shipping": {}, "payment_method": "",
                "shipping_lines": [], "fee_lines": [], "coupon_lines": [], "refunds": [], "date_paid": None,
            }  # fmt: skip
        case "products" | "variations":
            name = str(given.get("name") or "Product")
            return {
                "name": name, "slug": name.lower().replace(" ", "-"), "type": "simple", "status": "publish", "sku": "",
                "regular_price": "", "sale_price": "", "stock_status": "instock", "stock_quantity": None,
                "manage_stock": False, "categories": [], "tags": [], "images": [], "attributes": [], "variations": [],
            }  # fmt: skip
        case "customers":
            name = str(given.get("username") or str(given.get("email")).partition("@")[0])
            return {"first_name": "", "last_name": "", "username": name, "role": "customer", "billing": {}, "shipping": {},
                    "is_paying_customer": False}  # fmt: skip
        case "coupons":
            return {
                "amount": "0.00",
                "discount_type": "fixed_cart",
                "usage_count": 0,
                "individual_use": False,
            }
        case "webhooks":
            return {"name": f"Webhook created on {_time(turn)}", "status": "active", "hooks": []}
    return {}


def _sell(turn: Turn, line: Any) -> Record:
    """Return an order's line at the product's price."""
    product = turn.table("products").get(str(line.get("product_id"))) or {}
    quantity = int(line.get("quantity") or 1)
    price = float(product.get("price") or 0)
    total = str(line.get("total") or f"{price * quantity:.2f}")
    return {"id": turn.ids.next("line"), "name": product.get("name", ""), "sku": product.get("sku", ""), "price": price,
            **line, "quantity": quantity, "subtotal": total, "total": total}  # fmt: skip


def _check_unique(turn: Turn, given: Record, id: int | None = None) -> None:
    name, code, words = _UNIQUE.get(turn.collection, ("", "", ""))
    value = given.get(name)
    if value and any(one.get(name) == value and one["id"] != id for one in turn.table()):
        raise turn.refuse("invalid", code=code, message=words)


def _merge(turn: Turn, record: Record, fields: Record) -> None:
    _check_unique(turn, fields, record["id"])
    record |= {name: value for name, value in fields.items() if name != "id"}
    record["date_modified"] = record["date_modified_gmt"] = _time(turn)
    if turn.collection in ("products", "variations"):
        record["price"] = record["sale_price"] or record["regular_price"]


def _find(turn: Turn, id: str | None = None) -> Record:
    kind = _SINGULAR.get(turn.collection, turn.collection)
    try:
        return find(turn, id)
    except Refusal:
        raise turn.refuse(
            "not_found", code=f"woocommerce_rest_{kind}_invalid_id", message="Invalid ID."
        ) from None


def answer_list(turn: Turn) -> Answer:
    """Return a page of what is asked for, with how many there are and the way to the next page."""
    query = turn.query
    if not 1 <= int(query.get("per_page") or 10) <= _MOST_ROWS:
        words = "Invalid parameter(s): per_page"
        raise turn.refuse("invalid", code="rest_invalid_param", message=words)
    kept = [one for one in turn.table() if _is_asked(one, query)]
    answer = answer_rows(turn, kept)
    size, page = int(query.get("per_page") or 10), int(query.get("page") or 1)
    last = math.ceil(len(kept) / size)
    answer.headers += [("X-WP-Total", str(len(kept))), ("X-WP-TotalPages", str(last))]
    if page < last:
        answer.headers.append(("Link", f'<{turn.url}?per_page={size}&page={page + 1}>; rel="next"'))
    return answer


def _is_asked(record: Record, query: dict[str, str]) -> bool:
    """Say whether a record is one of those asked for; what is in the trash must be asked for by name."""
    status = query.get("status") or "any"
    if record.get("status") == "trash" if status == "any" else record.get("status") not in status.split(","):
        return False
    held = {"sku": "sku", "email": "email", "code": "code", "customer": "customer_id", "slug": "slug"}
    if any(name in query and str(record.get(field)) != query[name] for name, field in held.items()):
        return False
    if query.get("modified_after", "") > str(record.get("date_modified", "~")):
        return False
    return query.get("search", "").lower() in str(record.get("name", record.get("email", ""))).lower()


def delete(turn: Turn) -> Json:
    """Put a record into the trash, or do away with it."""
    record = _find(turn)
    is_forced = str(turn.query.get("force")).lower() in ("true", "1")
    kind = _SINGULAR.get(turn.collection, turn.collection)
    if not is_forced and turn.collection not in _WITH_TRASH:
        words = f"{turn.collection.capitalize()} do not support trashing. Set 'force=true' to delete."
        raise turn.refuse("invalid", status=501, code="woocommerce_rest_trash_not_supported", message=words)
    if is_forced:
        turn.table().remove(str(record["id"]))
    elif record.get("status") == "trash":
        words = f"The {kind} has already been deleted."
        raise turn.refuse("invalid", status=410, code="woocommerce_rest_already_trashed", message=words)
    else:
        record["status"] = "trash"
    turn.change(f"{turn.collection}.delete", str(record["id"]), record)
    return record


def batch(turn: Turn) -> Json:
    """Create, update and delete in one call; each item succeeds or fails by itself."""
    given = {part: turn.fields.get(part) or [] for part in ("create", "update", "delete")}
    if sum(map(len, given.values())) > _MOST_IN_BATCH:
        words = f"Unable to accept more than {_MOST_IN_BATCH} items for this request."
        raise turn.refuse(
            "invalid", status=413, code="woocommerce_rest_request_entity_too_large", message=words
        )
    return {part: [_do_one(turn, part, one) for one in items] for part, items in given.items() if items}


def _do_one(turn: Turn, part: str, one: Any) -> Json:
    id = None if part == "create" else str(one["id"] if isinstance(one, dict) else one)
    try:
        if id is None:
            return create(turn, one)
        record = _find(turn, id)
        if part == "update":
            _merge(turn, record, one)
        else:
            turn.table().remove(id)
    except Refusal as exc:
        error = {"code": exc.code, "message": exc.message, "data": {"status": exc.status}}
        return {"id": int(id or 0), "error": error}
    turn.change(f"{turn.collection}.{part}", id, record)
    return record


def _check_parent(turn: Turn) -> None:
    """Refuse what lies below an order or a product there is not."""
    for name, collection in (("order_id", "orders"), ("product_id", "products")):
        if name in turn.values and turn.table(collection).get(turn.values[name]) is None:
            code = f"woocommerce_rest_{_SINGULAR[collection]}_invalid_id"
            raise turn.refuse("not_found", code=code, message="Invalid ID.")


def _create_below(turn: Turn) -> Answer:
    _check_parent(turn)
    return json_answer(201, create(turn, turn.fields))


def _list_below(turn: Turn) -> Answer:
    _check_parent(turn)
    return answer_list(turn)


def _error(refusal: Refusal) -> Answer:
    body = {"code": refusal.code, "message": refusal.message, "data": {"status": refusal.status}}
    return json_answer(refusal.status, body)


_LISTS = ("orders", "products", "customers", "coupons", "webhooks", "categories", "tags", "reviews", "taxes")
_BELOW = ("variations", "refunds", "order_notes")

SHAPE = Shape(
    key="ck_sandbox{name}",
    others={"consumer_secret": "cs_sandbox"},
    parameters={"store": "penstock.example"},
    new_id=_new_id,
    build=_build,
    merge=_merge,
    statuses={"create": 201},
    page_size=10,
    error=_error,
    keeps=("email", "name", "sku", "code", "status", "note"),
    service_s=0.02,
    wait_fields=lambda wait_s: [("Retry-After", str(max(1, round(wait_s))))],
    refusals={
        "unauthorized": (401, "woocommerce_rest_authentication_error", "Consumer key is invalid."),
        "forbidden": (403, "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."),
        "not_found": (404, "woocommerce_rest_invalid_id", "Invalid ID."),
        "no_route": (404, "rest_no_route", "No route was found matching the URL and request method."),
        "invalid": (400, "rest_missing_callback_param", "Missing parameter(s): {what}"),
        "throttled": (429, "too_many_requests", "Too Many Requests"),
        "failed": (500, "internal_server_error", "There has been a critical error on this website."),
    },
    collections={"variations.batch": "variations"},
    ids={"variations.batch": "id"},
    handlers={
        **{f"{name}.list": answer_list for name in _LISTS},
        **{f"{name}.list": _list_below for name in _BELOW},
        **{f"{name}.create": _create_below for name in _BELOW},
        **{f"{name}.get": _find for name in ("orders", "products", "variations", "customers", "coupons")},
        **{f"{name}.delete": delete for name in ("orders", "products", "variations", "customers", "coupons", "webhooks")},
        **{f"{name}.batch": batch for name in ("orders", "products", "variations", "customers", "coupons")},
        "attributes.list": lambda turn: [],
        "payment_gateways.list": lambda turn: [{"id": "bacs", "title": "Direct bank transfer", "enabled": True}],
        "shipping_zones.list": lambda turn: [{"id": 0, "name": "Rest of the world", "order": 0}],
        "reports.sales": lambda turn: [{"total_sales": "0.00", "total_orders": len(turn.table("orders"))}],
        "system_status.get": lambda turn: {"environment": {"version": "10.3.5", "wp_version": "6.8"}},
    },
)  # fmt: skip
