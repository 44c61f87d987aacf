"""Shopify: products, orders, customers of a shop (Admin API, GraphQL).

docs        https://shopify.dev/docs/api/admin-graphql
checked     2026-11, API version 2026-10 (quarterly, in the path; an expired one silently becomes the oldest there is,
            and the answer's X-Shopify-API-Version says so)
quirks      Everything is a POST of GraphQL to one path. Calls cost points out of a leaky bucket for each shop and app;
            every answer says what it cost and what is left. A refusal for rate is HTTP 200 with the code THROTTLED, a
            refused change is HTTP 200 with userErrors. The idempotency key is a directive, and refundCreate and the
            inventory mutations are refused without it. Ids are gid://shopify/Customer/1.
unverified  2026-10 as the newest version; the bucket's size (20 s of the rate, as answers show it); 430; keys kept for
            24 h; lifetimes of OAuth tokens; documents are not checked against the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.catalog.definition import (
    ApiKey,
    BaseParameter,
    ErrorShape,
    GraphQLCursor,
    Idempotency,
    Integration,
    Limit,
    OAuth2,
    Operation,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)
from penstock.catalog.graphql import write

_RATES = "https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits, 2026-11"
_PATH = "/graphql.json"
_PLANS = {"standard": 100, "advanced": 200, "plus": 1000, "enterprise": 2000}  # points a second
_SECURITY_WAIT_S = 60.0
_CODES = {
    "THROTTLED": 429,
    "ACCESS_DENIED": 403,
    "SHOP_INACTIVE": 403,
    "INTERNAL_SERVER_ERROR": 500,
    "TIMEOUT": 504,
}


def classify(response: Response) -> Verdict | int | None:
    """Read what a 200 hides: throttling, refused access, a refused change, a failure on their side."""
    if response.status == 430:
        return 429  # their guard took us for an attacker: as with a limit, wait; not at once
    if response.status != 200:
        return None
    if read(response, "errors"):
        return _CODES.get(str(read(response, "errors.0.extensions.code")), 400)
    data = read(response, "data")
    if not isinstance(data, dict):
        return 502  # not Shopify's: something on the way answered
    for result in data.values():
        complaints = _find_complaints(result)
        if complaints:
            is_running = complaints[0].get("code") == "IDEMPOTENCY_CONCURRENT_REQUEST"
            return Verdict.TRANSIENT if is_running else 422
    return None


def _find_complaints(result: Any) -> list[dict[str, Any]]:
    """Return a mutation's userErrors (orderCancel calls them orderCancelUserErrors)."""
    named = result.items() if isinstance(result, dict) else ()
    return next((value for name, value in named if name.lower().endswith("usererrors") and value), [])


def read_hint(response: Response) -> RateLimitHint | None:
    """Return the bucket as the answer describes it, and how long a THROTTLED call has to wait."""
    if response.status == 430:
        return RateLimitHint(retry_after_s=_SECURITY_WAIT_S)
    cost = read(response, "extensions.cost")
    if not isinstance(cost, dict) or not isinstance(cost.get("throttleStatus"), dict):
        return None
    status = cost["throttleStatus"]
    left, rate = float(status.get("currentlyAvailable", 0.0)), float(status.get("restoreRate", 0.0))
    wait_s = None
    if rate > 0 and read(response, "errors.0.extensions.code") == "THROTTLED":
        wait_s = max(float(cost.get("requestedQueryCost") or 0.0) - left, 1.0) / rate
    return RateLimitHint(
        unit="points", scope="points", remaining=left, retry_after_s=wait_s,
        capacity=status.get("maximumAvailable"), refill_rate=rate or None, cost=cost.get("actualQueryCost"),
    )  # fmt: skip


def _query(name: str, root: str, arguments: str, answer: str, points: float) -> Operation:
    """Return the operation that reads one thing."""
    takes = fields("id!" if arguments else "")
    document = write("query", root, arguments, answer)
    return Operation(name, "POST", _PATH, takes, document=document, is_idempotent=True, cost=points)


def _list(name: str, root: str, sort: str, answer: str, points: float) -> Operation:
    """Return the operation that reads a connection page by page; `points` is what one row costs."""
    arguments = f"first: Int = 50, after: String, query: String, sortKey: {sort}, reverse: Boolean"
    document = write("query", root, arguments, f"nodes {{ {answer} }} pageInfo {{ hasNextPage endCursor }}")

    def cost(given: Mapping[str, Any]) -> float:
        return 2.0 + points * float(given.get("first") or 50)

    return Operation(
        name, "POST", _PATH, fields("query sortKey reverse:boolean first:integer after"), is_paginated=True,
        # One query may cost 1,000 points at most, whatever the plan.
        pagination=GraphQLCursor(connection=f"data.{root}", max_size=min(250, int(998 / points))),
        document=document, is_idempotent=True, cost=cost, bulk="bulk_operations.run_query",
        summary="query= takes Shopify's search syntax, for example query=\"created_at:>2026-01-01\".",
    )  # fmt: skip


def _mutation(
    name: str, root: str, arguments: str, answer: str, takes: str, *, into: str | None = None,
    complaints: str = "userErrors { field message }", is_idempotent: bool | None = None, has_key: bool = False,
    summary: str = "",
) -> Operation:  # fmt: skip
    """Return the operation that changes something; parameters without a variable of their own go `into` one."""
    also, directive = (
        ("idempotencyKey: String!", "@idempotent(key: $idempotencyKey)") if has_key else ("", "")
    )
    document = write("mutation", root, arguments, f"{answer} {complaints}", also=also, directive=directive)
    return Operation(
        name, "POST", _PATH, fields(takes), document=document, into=into, is_idempotent=is_idempotent, cost=10.0,
        summary=summary,
    )  # fmt: skip


_WITH_CODE = "userErrors { field message code }"
_MONEY = "{ shopMoney { amount currencyCode } }"
_PRODUCT = "id title handle status vendor productType tags createdAt updatedAt"
_VARIANT = "id title sku barcode price inventoryQuantity"
_CUSTOMER = (
    "id firstName lastName displayName defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber }"
    " tags numberOfOrders createdAt updatedAt"
)
_ORDER = (
    f"id name email createdAt displayFinancialStatus displayFulfillmentStatus totalPriceSet {_MONEY} customer {{ id }}"
    " note tags"
)
_TAKES_PRODUCT = """
    descriptionHtml vendor productType tags:array status=ACTIVE|ARCHIVED|DRAFT|UNLISTED handle templateSuffix
    seo:object metafields:array category collectionsToJoin:array requiresSellingPlan:boolean media:array
"""
_TAKES_CUSTOMER = """
    email firstName lastName phone locale note tags:array taxExempt:boolean taxExemptions:array addresses:array
    metafields:array emailMarketingConsent:object smsMarketingConsent:object
"""
_SHOP = _query("shop.get", "shop", "", "id name myshopifyDomain email currencyCode", 1.0)

integration = Integration(
    name="shopify",
    title="Shopify",
    category="ecommerce",
    docs="https://shopify.dev/docs/api/admin-graphql",
    checked="2026-11",
    base_url="https://{shop}.myshopify.com/admin/api/{version}",
    base_parameters=(
        BaseParameter("shop", pattern=r"[A-Za-z0-9][A-Za-z0-9-]*", help="the name before .myshopify.com"),
        BaseParameter("version", default="2026-10", pattern=r"\d{4}-\d\d|unstable", help="the API version"),
        BaseParameter(
            "plan", default="standard", pattern="|".join(_PLANS),
            help="the shop's plan, which sets the rate: standard, advanced, plus or enterprise",
        ),
    ),
    auth=(
        ApiKey("token", header="X-Shopify-Access-Token", note="shpat_...: the Admin token of a custom app; does not expire."),
        OAuth2(
            title="An app a shop installs",
            authorize="https://{shop}.myshopify.com/admin/oauth/authorize",
            token="https://{shop}.myshopify.com/admin/oauth/access_token",
            scopes=("read_products", "write_products", "read_orders"),
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=3600,
            refresh_token_lifetime_s=7_776_000,
            header="X-Shopify-Access-Token",
            prefix="",
            separator=",",
            code_extra=(("expiring", "1"),),
            note="expiring=1 in the code exchange gives these lifetimes; without it the token does not expire and there"
            " is no refresh token. Check hmac and the shop's host on the way back.",
        ),
        OAuth2(
            title="As the app",
            token="https://{shop}.myshopify.com/admin/oauth/access_token",
            grant="client_credentials",
            token_auth="client_secret_post",
            access_token_lifetime_s=86_399,
            header="X-Shopify-Access-Token",
            prefix="",
            note="Apps and shops of one organisation only.",
        ),
    ),
    limits=tuple(
        # Raw GraphQL has no estimate of its own: it pays a mutation's ten points until its answer says what it cost.
        Limit(rate, per=1.0, burst=20.0 * rate, unit="points", key="points", when=plan, cost=lambda *_: 10.0, source=_RATES)
        for plan, rate in _PLANS.items()
    ),
    variant=lambda credential, base: base.get("plan") or "standard",
    read_hint=read_hint,
    classify=classify,
    idempotency=Idempotency(
        "idempotencyKey", place="graphql", only=("refunds.create", "inventory.set_quantities"), lifetime_s=24 * 3600.0
    ),
    pagination=GraphQLCursor(connection="data.*"),
    errors=ErrorShape(
        message=("errors.0.message", "data.*.userErrors.0.message", "data.*.orderCancelUserErrors.0.message", "errors"),
        code=("errors.0.extensions.code", "data.*.userErrors.0.code", "data.*.orderCancelUserErrors.0.code"),
    ),
    hints={
        "ACCESS_DENIED": "Give the app the scope the message names, and install it again; customer data also needs"
        " Shopify's approval for protected data.",
        "THROTTLED": "Other programs of this app use the same shop; on a larger plan say so: ps.connect(..., plan='plus').",
        "MAX_COST_EXCEEDED": "Ask for fewer rows or fields: one query may cost 1,000 points at most.",
        "Email has already been taken": "This customer exists: find them with customers.list(query='email:...') and update.",
        "Phone has already been taken": "Another customer has this number; each number belongs to one customer.",
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": "The same key came with other values; give the changed row a new key.",
        "NOT_FOUND": "Check the id: it is a gid, for example gid://shopify/Order/1001, of this shop.",
        "401": "Check the token (shpat_...), and that it belongs to this shop.",
        "402": "The shop is frozen until its owner pays.",
        "404": "Check shop= and the API version: no shop answers there.",
        "423": "Shopify has locked the shop; its owner has to speak with them.",
        "430": "Shopify's guard refused the request for where it comes from; wait, or send it from another network.",
    },
    health=_SHOP,
    operations=(
        _SHOP,
        _mutation(
            "products.create", "productCreate", "product: ProductCreateInput!, media: [CreateMediaInput!]",
            f"product {{ {_PRODUCT} }}", "title! productOptions:array giftCard:boolean" + _TAKES_PRODUCT, into="product",
        ),
        _query("products.get", "product", "id: ID!", f"{_PRODUCT} descriptionHtml totalInventory", 1.0),
        _list("products.list", "products", "ProductSortKeys", _PRODUCT, 1.0),
        _mutation(
            "products.update", "productUpdate", "product: ProductUpdateInput!, media: [CreateMediaInput!]",
            f"product {{ {_PRODUCT} }}", "id! title redirectNewHandle:boolean collectionsToLeave:array" + _TAKES_PRODUCT,
            into="product", is_idempotent=True,
        ),
        _mutation(
            "products.delete", "productDelete", "input: ProductDeleteInput!", "deletedProductId", "id!", into="input",
            is_idempotent=True,
        ),
        _mutation(
            "product_variants.bulk_update", "productVariantsBulkUpdate",
            "productId: ID!, variants: [ProductVariantsBulkInput!]!, allowPartialUpdates: Boolean",
            f"product {{ id }} productVariants {{ {_VARIANT} }}", "productId! variants:array! allowPartialUpdates:boolean",
            complaints=_WITH_CODE, is_idempotent=True, summary="Up to 250 variants of one product, each with its id.",
        ),
        _mutation(
            "orders.create", "orderCreate", "order: OrderCreateOrderInput!, options: OrderCreateOptionsInput",
            f"order {{ {_ORDER} }}",
            """
            lineItems:array! email phone customer:object currency shippingAddress:object billingAddress:object
            shippingLines:array taxLines:array note tags:array financialStatus fulfillmentStatus discountCode:object
            customAttributes:array transactions:array metafields:array processedAt sourceName poNumber test:boolean
            options:object
            """,
            into="order", summary="options={\"inventoryBehaviour\": ..., \"sendReceipt\": ...}; trial shops take 5 a minute.",
        ),
        _query("orders.get", "order", "id: ID!", _ORDER, 4.0),
        _list("orders.list", "orders", "OrderSortKeys", _ORDER, 4.0),
        _mutation(
            "orders.update", "orderUpdate", "input: OrderInput!", f"order {{ {_ORDER} }}",
            "id! email phone note tags:array poNumber shippingAddress:object customAttributes:array metafields:array",
            into="input", is_idempotent=True,
        ),
        _mutation(
            "orders.delete", "orderDelete", "orderId: ID!", "deletedId", "orderId!", complaints=_WITH_CODE, is_idempotent=True
        ),
        _mutation(
            "orders.cancel", "orderCancel",
            "orderId: ID!, reason: OrderCancelReason!, restock: Boolean!, refundMethod: OrderCancelRefundMethodInput, "
            "notifyCustomer: Boolean, staffNote: String",
            "job { id done }",
            "orderId! reason=CUSTOMER|DECLINED|FRAUD|INVENTORY|OTHER|STAFF! restock:boolean! refundMethod:object"
            " notifyCustomer:boolean staffNote",
            complaints="orderCancelUserErrors { field message code }", summary="Cannot be undone; done in the background.",
        ),
        _mutation(
            "customers.create", "customerCreate", "input: CustomerInput!", f"customer {{ {_CUSTOMER} }}", _TAKES_CUSTOMER,
            into="input",
        ),
        _query("customers.get", "customer", "id: ID!", _CUSTOMER, 3.0),
        _list("customers.list", "customers", "CustomerSortKeys", _CUSTOMER, 3.0),
        _mutation(
            "customers.update", "customerUpdate", "input: CustomerInput!", f"customer {{ {_CUSTOMER} }}",
            "id!" + _TAKES_CUSTOMER, into="input", is_idempotent=True,
        ),
        _mutation(
            "draft_orders.create", "draftOrderCreate", "input: DraftOrderInput!",
            f"draftOrder {{ id name status invoiceUrl totalPriceSet {_MONEY} }}",
            """
            lineItems:array email phone note tags:array purchasingEntity:object shippingAddress:object billingAddress:object
            shippingLine:object appliedDiscount:object customAttributes:array taxExempt:boolean poNumber
            useCustomerDefaultAddress:boolean presentmentCurrencyCode reserveInventoryUntil metafields:array
            """,
            into="input",
        ),
        _mutation(
            "fulfillments.create", "fulfillmentCreate", "fulfillment: FulfillmentInput!, message: String",
            "fulfillment { id status trackingInfo { number url } }",
            "lineItemsByFulfillmentOrder:array! trackingInfo:object notifyCustomer:boolean originAddress:object message",
            into="fulfillment",
        ),
        _mutation(
            "refunds.create", "refundCreate", "input: RefundInput!", f"refund {{ id createdAt totalRefundedSet {_MONEY} }}",
            """
            orderId! refundLineItems:array shipping:object transactions:array note notify:boolean currency
            allowOverRefunding:boolean processedAt
            """,
            into="input", has_key=True,
        ),
        _mutation(
            "inventory.set_quantities", "inventorySetQuantities", "input: InventorySetQuantitiesInput!",
            "inventoryAdjustmentGroup { createdAt reason changes { name delta } }",
            "name=available|on_hand! reason! quantities:array! referenceDocumentUri", complaints=_WITH_CODE, into="input",
            has_key=True, summary="quantities=[{inventoryItemId, locationId, quantity, changeFromQuantity}].",
        ),
        _mutation(
            "metafields.set", "metafieldsSet", "metafields: [MetafieldsSetInput!]!",
            "metafields { id key namespace value }", "metafields:array!", complaints=_WITH_CODE, is_idempotent=True,
            summary="Up to 25, each with ownerId, namespace, key, type and value.",
        ),
        _mutation(
            "webhook_subscriptions.create", "webhookSubscriptionCreate",
            "topic: WebhookSubscriptionTopic!, webhookSubscription: WebhookSubscriptionInput!",
            "webhookSubscription { id topic uri }",
            "topic! uri! format=JSON|XML filter includeFields:array metafieldNamespaces:array", into="webhookSubscription",
        ),
        _mutation(
            "bulk_operations.run_query", "bulkOperationRunQuery", "query: String!, groupObjects: Boolean",
            "bulkOperation { id status }", "query! groupObjects:boolean",
            summary="Reads everything in the background into a JSONL file; five at once for a shop.",
        ),
    ),
    graphql_path=_PATH,
    sandbox_base={"shop": "penstock"},
    webhooks=WebhookSource(
        Signature(
            "X-Shopify-Hmac-SHA256", encoding="base64",
            note="The app's client secret; after a rotation the old one signs for up to an hour. No time is signed.",
        ),
        event="header:X-Shopify-Topic", delivery="header:X-Shopify-Webhook-Id", answer_within_s=5,
        retries="8 times over 4 hours; after 8 failures in a row the subscription is deleted.",
    ),
    unverified=(
        "how a dead refresh token is refused",
        "2026-10 as the newest version",
        "the size of the bucket: 20 seconds of the rate, as answers show it",
        "430 as a reason to wait",
        "keys kept for 24 h",
        "lifetimes of OAuth tokens",
        "field names: from the reference and public code, not checked against the schema",
    ),
)  # fmt: skip
