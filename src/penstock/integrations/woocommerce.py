"""WooCommerce: orders, products, customers, coupons of a WordPress shop (REST API).

docs        https://developer.woocommerce.com/docs/apis/rest-api/
checked     2026-11, version wc/v3 (in the path)
quirks      Every shop is a server of its own: store= is its address, with the folder WordPress is in
            ("example.com/shop"). It needs pretty permalinks. WooCommerce has no limits; its hosts have (429, 503, 508),
            and a small one falls over at a few calls at once. Some hosts swallow the Authorization field: a credential
            of query_key and query_secret goes into the address instead. Pages are counted here and the Link field is
            not followed: behind a proxy it leads to http. An order sent twice is two orders, nothing knows a call
            again; a product's sku is taken once. Delete moves to the trash without force=true; customers, coupons and
            others have no trash and insist on it. A batch answers 200 with errors inside, and a notice of PHP before
            the JSON makes a success unreadable. Dates without zone are the shop's own: use *_gmt. Webhooks are not sent
            again: read orders.list(modified_after=...) now and then. Shops on plain http sign with OAuth 1, which
            is not done here.
unverified  the limit (four calls at once are ours); the paths and parameters, as there is no description; that a batch
            answers 200; where a webhook's secret comes from; bearer tokens are a plugin's, not WooCommerce's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from penstock.catalog.bulk import Split
from penstock.catalog.definition import (
    ApiKeys,
    BaseParameter,
    Basic,
    Bearer,
    Bulk,
    ErrorShape,
    Integration,
    Json,
    Limit,
    Operation,
    PageNumber,
    Parameter,
    Part,
    Response,
    Signature,
    WebhookSource,
    dig,
    fields,
)

_DOCS = "https://developer.woocommerce.com/docs/apis/rest-api/"
_PAGE = "page:integer per_page:integer offset:integer search exclude:csv include:csv order=asc|desc orderby"
_TIMES = "after before modified_after modified_before dates_are_gmt:boolean"
_BATCH = fields("create:array update:array delete:array")
_VARIATION = "/products/{product_id}/variations"
_PRODUCT = """
    name type=simple|grouped|external|variable sku regular_price sale_price status=draft|pending|private|publish slug
    description short_description featured:boolean catalog_visibility=visible|catalog|search|hidden date_on_sale_from
    date_on_sale_to virtual:boolean downloadable:boolean downloads:array external_url button_text
    tax_status=taxable|shipping|none tax_class manage_stock:boolean stock_quantity:integer
    stock_status=instock|outofstock|onbackorder backorders=no|notify|yes sold_individually:boolean weight
    dimensions:object shipping_class reviews_allowed:boolean upsell_ids:array cross_sell_ids:array parent_id:integer
    purchase_note categories:array tags:array images:array attributes:array default_attributes:array
    grouped_products:array menu_order:integer meta_data:array
"""
_VARIANT = """
    sku regular_price sale_price description status=draft|pending|private|publish date_on_sale_from date_on_sale_to
    virtual:boolean downloadable:boolean downloads:array tax_status=taxable|shipping|none tax_class manage_stock:any
    stock_quantity:integer stock_status=instock|outofstock|onbackorder backorders=no|notify|yes weight dimensions:object
    shipping_class image:object attributes:array menu_order:integer meta_data:array
"""
_ORDER = """
    status currency customer_id:integer customer_note parent_id:integer billing:object shipping:object payment_method
    payment_method_title transaction_id set_paid:boolean line_items:array tax_lines:array shipping_lines:array
    fee_lines:array coupon_lines:array meta_data:array
"""
_CUSTOMER = "first_name last_name username password billing:object shipping:object meta_data:array"
_COUPON = """
    amount discount_type=percent|fixed_cart|fixed_product description date_expires individual_use:boolean
    product_ids:array excluded_product_ids:array usage_limit:integer usage_limit_per_user:integer
    limit_usage_to_x_items:integer free_shipping:boolean product_categories:array excluded_product_categories:array
    exclude_sale_items:boolean minimum_amount maximum_amount email_restrictions:array meta_data:array
"""
_FORCE = fields("force:boolean")
_FORCED = fields("force:boolean!")


def classify(response: Response) -> int | None:
    """Read a host's 508 as a refusal for rate: its limit of processes, and PHP was not reached."""
    return 429 if response.status == 508 else None


def _split(part: str) -> Split:
    """Return a function that tells what a batch says of each item: what it became, or the error in its place."""

    def split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
        results = dig(answer, part)
        if not isinstance(results, list) or len(results) != len(items):
            return [None] * len(items)
        return [
            Part(error, int(dig(error, "data.status") or 400)) if (error := dig(one, "error")) else Part(one)
            for one in results
        ]

    return split


def _as_deletion(given: dict[str, Any]) -> Json | None:
    """Return the id of what is to be gone for good: a batch does nothing else; to the trash it goes by itself."""
    return given["id"] if given.get("force") is True and len(given) == 2 else None


def _many(group: str, part: str, *shared: str) -> Bulk:
    items: dict[str, Any] = {
        "update": dict,
        "delete": _as_deletion,
    }  # an update's item says its id among the fields
    item = items.get(part)
    return Bulk(
        f"{group}.batch",
        part,
        100,
        item=item,
        shared=shared,
        split=_split(part),
        is_idempotent=part == "update",
    )


_CATEGORIES = Operation(
    "categories.list", "GET", "/products/categories",
    fields(_PAGE, "hide_empty:boolean parent:integer product:integer slug"), is_paginated=True,
)  # fmt: skip

integration = Integration(
    name="woocommerce",
    title="WooCommerce",
    category="ecommerce",
    docs=_DOCS,
    checked="2026-11",
    base_url="https://{store}/wp-json/wc/v3",
    base_parameters=(
        BaseParameter(
            "store", pattern=r"[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(/[A-Za-z0-9_-]+)*",
            help="the shop's address without https://, for example example.com or example.com/shop",
        ),
    ),
    auth=(
        Basic(
            user="consumer_key", password="consumer_secret",
            note="ck_... and cs_..., from WooCommerce > Settings > Advanced > REST API; a shop's /wc-auth/v1/authorize page"
            " sends such a pair to an application too.",
        ),
        ApiKeys(
            parameter=(("query_key", "consumer_key"), ("query_secret", "consumer_secret")),
            note="The same pair in the address, for hosts that swallow the Authorization field; it ends up in their logs.",
        ),
        Bearer("token", note="Where a plugin takes bearer tokens (JWT); WooCommerce itself has none."),
    ),
    limits=(Limit(4, source=f"{_DOCS}, 2026-11"),),
    timeout_s=120.0,  # a batch of 100 products takes a small host more than a minute
    classify=classify,
    pagination=PageNumber(items="$", size="per_page", max_size=100),
    errors=ErrorShape(message=("message",), code=("code",)),
    hints={
        "woocommerce_rest_authentication_error": "Check ck_ and cs_: one is wrong, or the host swallows the Authorization field.",
        "woocommerce_rest_cannot_view": "The key may not read this: its user needs to be an administrator or shop manager.",
        "woocommerce_rest_cannot_create": "The key may only read: make one with the permission Read/Write.",
        "woocommerce_rest_cannot_edit": "The key may only read: make one with the permission Read/Write.",
        "woocommerce_rest_cannot_delete": "The key may only read, or the object cannot be deleted.",
        "woocommerce_rest_trash_not_supported": "There is no trash for these: give force=True, which deletes for good.",
        "woocommerce_rest_shop_order_invalid_id": "No order has this id; the number a customer sees can be another one.",
        "woocommerce_rest_product_invalid_id": "No product has this id; a variation is found below its product.",
        "product_invalid_sku": "Another product, perhaps one in the trash, has this sku: look it up with products.list(sku=...).",
        "registration-error-email-exists": "There is a customer with this address: customers.list(email=...) finds them.",
        "rest_invalid_param": "The shop does not take one of the values; the message names it.",
        "rest_missing_callback_param": "Add the parameter the message names.",
        "rest_no_route": "The shop does not know this address: WooCommerce may be switched off, or permalinks be plain.",
        "403": "The key may not do this, or a security plugin of the shop has refused the call.",
        "404": "Check store=: the folder WordPress is in belongs to it, and permalinks must not be plain.",
        "429": "The shop's host refuses for rate; lower it with limit=ps.Limit(n, per=1.0).",
    },
    health=_CATEGORIES,
    operations=(
        Operation(
            "orders.list", "GET", "/orders",
            fields(_PAGE, _TIMES, "parent:csv parent_exclude:csv status:csv customer:integer product:integer dp:integer"),
            is_paginated=True,
        ),
        Operation("orders.get", "GET", "/orders/{id}", fields("dp:integer")),
        Operation(
            "orders.create", "POST", "/orders", fields(_ORDER), bulk=_many("orders", "create"),
            summary="Put an id of your own into meta_data: an order sent twice can be found by nothing else.",
        ),
        Operation("orders.update", "PUT", "/orders/{id}", fields(_ORDER), bulk=_many("orders", "update")),
        Operation("orders.delete", "DELETE", "/orders/{id}", _FORCE, bulk=_many("orders", "delete")),
        Operation("orders.batch", "POST", "/orders/batch", _BATCH, summary="Up to 100 in all."),
        Operation("order_notes.list", "GET", "/orders/{order_id}/notes", fields("type=any|customer|internal")),
        Operation(
            "order_notes.create", "POST", "/orders/{order_id}/notes",
            fields("note! customer_note:boolean added_by_user:boolean"),
            summary="customer_note=True sends it to the customer.",
        ),
        Operation(
            "refunds.list", "GET", "/orders/{order_id}/refunds", fields(_PAGE, "after before dp:integer"), is_paginated=True
        ),
        Operation(
            "refunds.create", "POST", "/orders/{order_id}/refunds",
            fields("amount reason refunded_by:integer line_items:array meta_data:array api_refund:boolean api_restock:boolean"),
            summary="Money goes back through the gateway unless api_refund=False.",
        ),
        Operation(
            "products.list", "GET", "/products",
            fields(_PAGE, _TIMES, """
                parent:csv slug status type sku featured:boolean category tag shipping_class attribute attribute_term
                tax_class on_sale:boolean min_price max_price stock_status=instock|outofstock|onbackorder
            """),
            is_paginated=True, summary="Without variations: variations.list gives those of one product.",
        ),
        Operation("products.get", "GET", "/products/{id}"),
        Operation("products.create", "POST", "/products", fields(_PRODUCT), bulk=_many("products", "create")),
        Operation("products.update", "PUT", "/products/{id}", fields(_PRODUCT), bulk=_many("products", "update")),
        Operation("products.delete", "DELETE", "/products/{id}", _FORCE, bulk=_many("products", "delete")),
        Operation("products.batch", "POST", "/products/batch", _BATCH, summary="Up to 100 in all."),
        Operation(
            "variations.list", "GET", _VARIATION, fields(_PAGE, _TIMES, "sku status on_sale:boolean stock_status slug"),
            is_paginated=True,
        ),
        Operation("variations.get", "GET", f"{_VARIATION}/{{id}}"),
        Operation("variations.create", "POST", _VARIATION, fields(_VARIANT), bulk=_many("variations", "create", "product_id")),
        Operation(
            "variations.update", "PUT", f"{_VARIATION}/{{id}}", fields(_VARIANT),
            bulk=_many("variations", "update", "product_id"),
        ),
        Operation(
            "variations.delete", "DELETE", f"{_VARIATION}/{{id}}", _FORCED,
            bulk=_many("variations", "delete", "product_id"),
        ),
        Operation("variations.batch", "POST", f"{_VARIATION}/batch", _BATCH, summary="Up to 100 in all."),
        _CATEGORIES,
        Operation(
            "categories.create", "POST", "/products/categories",
            fields("name! slug parent:integer description image:object menu_order:integer display"),
        ),
        Operation(
            "tags.list", "GET", "/products/tags", fields(_PAGE, "hide_empty:boolean product:integer slug"),
            is_paginated=True,
        ),
        Operation("tags.create", "POST", "/products/tags", fields("name! slug description")),
        Operation("attributes.list", "GET", "/products/attributes"),
        Operation(
            "reviews.list", "GET", "/products/reviews",
            fields(_PAGE, "after before reviewer:csv reviewer_exclude:csv reviewer_email product:csv status"),
            is_paginated=True,
        ),
        Operation(
            "customers.list", "GET", "/customers", fields(_PAGE, "email role"), is_paginated=True,
            summary="Those with the role customer, unless role=all; guests are in their orders only.",
        ),
        Operation("customers.get", "GET", "/customers/{id}"),
        Operation("customers.create", "POST", "/customers", fields("email!", _CUSTOMER), bulk=_many("customers", "create")),
        Operation("customers.update", "PUT", "/customers/{id}", fields("email", _CUSTOMER), bulk=_many("customers", "update")),
        Operation(
            "customers.delete", "DELETE", "/customers/{id}", fields("force:boolean! reassign:integer"),
            bulk=_many("customers", "delete"), summary="For good: force=True is asked for, as there is no trash.",
        ),
        Operation("customers.batch", "POST", "/customers/batch", _BATCH, summary="Up to 100 in all."),
        Operation("coupons.list", "GET", "/coupons", fields(_PAGE, _TIMES, "code"), is_paginated=True),
        Operation("coupons.get", "GET", "/coupons/{id}"),
        Operation("coupons.create", "POST", "/coupons", fields("code!", _COUPON), bulk=_many("coupons", "create")),
        Operation("coupons.update", "PUT", "/coupons/{id}", fields("code", _COUPON), bulk=_many("coupons", "update")),
        Operation("coupons.delete", "DELETE", "/coupons/{id}", _FORCED, bulk=_many("coupons", "delete")),
        Operation("coupons.batch", "POST", "/coupons/batch", _BATCH, summary="Up to 100 in all."),
        Operation(
            "reports.sales", "GET", "/reports/sales",
            fields("period=week|month|last_month|year date_min date_max"),
        ),
        Operation("taxes.list", "GET", "/taxes", fields(_PAGE, "class"), is_paginated=True),
        Operation("payment_gateways.list", "GET", "/payment_gateways"),
        Operation("shipping_zones.list", "GET", "/shipping/zones"),
        Operation(
            "system_status.get", "GET", "/system_status", (Parameter("parts", type="csv", wire="_fields"),),
            summary="For administrators; parts=environment is the shorter answer.",
        ),
        Operation("webhooks.list", "GET", "/webhooks", fields(_PAGE, "status=all|active|paused|disabled"), is_paginated=True),
        Operation(
            "webhooks.create", "POST", "/webhooks", fields("topic! delivery_url! name secret status=active|paused|disabled"),
            summary="For example topic=order.created.",
        ),
        Operation("webhooks.delete", "DELETE", "/webhooks/{id}", _FORCED),
    ),
    webhooks=WebhookSource(
        Signature(
            "X-WC-Webhook-Signature", encoding="base64",
            note="The key is the webhook's secret; without one of its own, the consumer secret of who made it.",
        ),
        event="header:X-WC-Webhook-Topic",
        delivery="header:X-WC-Webhook-Delivery-ID",
        handshake="When it is saved, a form with webhook_id=N comes without a signature, and wants a 2xx.",
        retries="Never; after more than five failures in a row the webhook is switched off.",
    ),
    sandbox_base={"store": "penstock.example"},
    unverified=(
        "the limit: WooCommerce has none, and four calls at once are ours",
        "paths and parameters: there is no description to check them against",
        "that a batch answers 200 with errors inside",
        "that a webhook without a secret is signed with the consumer secret",
        "bearer tokens, which plugins bring",
    ),
)  # fmt: skip
