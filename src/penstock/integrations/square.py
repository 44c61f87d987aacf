"""Square: payments, orders, customers, catalogue, invoices.

docs        https://developer.squareup.com/reference/square
checked     2026-11, API version 2026-09-16 (in a header field; without it the one the app is pinned to)
quirks      The idempotency key is a field of the body, and most creates require it; it is filled in here. Amounts are
            whole numbers in the currency's smallest unit: {"amount": 1000, "currency": "EUR"}. An update needs the
            object's current version; an older one is refused (VERSION_MISMATCH). A seller's catalogue is written by
            one call at a time: a second is told "locked" with a 429, which says nothing about our rate. No limits are
            published, nothing says how long to wait. Searches lag seconds behind writes. Bulk calls answer 200 with
            errors inside. The sandbox is another host: host="squareupsandbox".
unverified  how long a key is remembered (a day is ours); the largest pages and bulk calls; that refresh tokens of the PKCE
            flow live 90 days; how soon a webhook wants its answer; the description is of 2025-08-19.
"""

from __future__ import annotations

from collections.abc import Sequence

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Bulk,
    Cursor,
    ErrorShape,
    Idempotency,
    Integration,
    Json,
    Limit,
    OAuth2,
    Operation,
    Part,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    dig,
    fields,
    read,
)

_AUTHORIZE = "https://connect.{host}.com/oauth2/authorize"
_TOKEN = "https://connect.{host}.com/oauth2/token"
_PAGE = "limit:integer cursor"
_TIMES = "begin_time end_time updated_at_begin_time updated_at_end_time"
_SORT = "sort_order=ASC|DESC"
_PERSON = """
    given_name family_name company_name nickname email_address phone_number address:object reference_id note birthday
    tax_ids:object
"""
_WRITES_CATALOG = ("catalog.upsert", "catalog.batch_upsert")
_KEYED = (
    "payments.create", "refunds.create", "customers.create", "orders.create", "orders.update", "catalog.upsert",
    "catalog.batch_upsert", "inventory.batch_change", "invoices.create", "invoices.publish", "subscriptions.create",
    "webhook_subscriptions.create",
)  # fmt: skip


def classify(response: Response) -> Verdict | int | None:
    """Tell a lock from a limit, a stale version from a call still running, and a bulk call that failed as a whole."""
    status = response.status
    if status == 429 and "locked" in str(read(response, "errors.0.detail")).lower():
        return Verdict.TRANSIENT  # another call writes the catalogue; nothing was done
    if status == 409 and read(response, "errors.0.code") == "VERSION_MISMATCH":
        return Verdict.PERMANENT  # although the call has a key: asking again gives the same
    if status == 200 and response.body.startswith(b'{"responses"'):
        answers = read(response, "responses")
        if isinstance(answers, dict) and answers and all(dig(one, "errors.0") for one in answers.values()):
            return 400
    return None


def _split_orders(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Find each order by its id; of one that is not there nothing is said, and it is asked for by itself."""
    found = {dig(order, "id"): order for order in dig(answer, "orders") or ()}
    return [Part({"order": found[id]}) if id in found else None for id in items]


def _pages(items: str, max_size: int | None = 100) -> Cursor:
    size = None if max_size is None else "limit"
    return Cursor(request="cursor", next="cursor", items=items, size=size, max_size=max_size or 100)


_LOCATIONS = Operation("locations.list", "GET", "/locations", items="locations")

integration = Integration(
    name="square",
    title="Square",
    category="payments",
    docs="https://developer.squareup.com/reference/square",
    checked="2026-11",
    base_url="https://connect.{host}.com/v2",
    base_parameters=(
        BaseParameter(
            "host", default="squareup", pattern=r"squareup(sandbox)?", help="squareup, or squareupsandbox for the sandbox"
        ),
        BaseParameter("version", default="2026-09-16", pattern=r"\d{4}-\d\d-\d\d", help="the API version"),
    ),
    headers=(("Square-Version", "{version}"),),
    auth=(
        Bearer("token", note="A personal access token of the app, of the sandbox or live; it does not expire."),
        OAuth2(
            title="With the app's secret",
            authorize=_AUTHORIZE,
            token=_TOKEN,
            revoke="https://connect.{host}.com/oauth2/revoke",
            scopes=("MERCHANT_PROFILE_READ", "PAYMENTS_READ", "PAYMENTS_WRITE", "ORDERS_READ", "CUSTOMERS_READ"),
            token_auth="client_secret_post",
            refresh="static",
            access_token_lifetime_s=2_592_000,
            encoding="json",
            authorize_extra=(("session", "false"),),
            keep=("merchant_id",),
            note="Renew every seven days. Live apps ask with session=false; revoking wants Authorization: Client SECRET.",
        ),
        OAuth2(
            title="Without a secret",
            authorize=_AUTHORIZE,
            token=_TOKEN,
            scopes=("MERCHANT_PROFILE_READ", "ORDERS_READ"),
            pkce=True,
            refresh="rotates",
            access_token_lifetime_s=2_592_000,
            refresh_token_lifetime_s=7_776_000,
            token_auth="none",
            encoding="json",
            authorize_extra=(("session", "false"),),
            keep=("merchant_id",),
            note="Without a secret (PKCE): each refresh token works once.",
        ),
    ),
    limits=(Limit(1, only=_WRITES_CATALOG, source="https://developer.squareup.com/forums/t/27152, 2026-11"),),
    classify=classify,
    idempotency=Idempotency(
        "idempotency_key", place="body", methods=("POST", "PUT"), only=_KEYED, lifetime_s=24 * 3600.0
    ),
    pagination=_pages("objects"),
    errors=ErrorShape(
        message=("errors.0.detail", "responses.*.errors.0.detail", "message", "errors.0.code"),
        code=("errors.0.code", "responses.*.errors.0.code", "type"),
    ),
    hints={
        "UNAUTHORIZED": "Check the token, and its host: a token of the sandbox needs host='squareupsandbox'.",
        "ACCESS_TOKEN_EXPIRED": "Sign in again, or let the refresh token renew it.",
        "ACCESS_TOKEN_REVOKED": "The seller has taken the permission back: they must sign in again.",
        "INSUFFICIENT_SCOPES": "The token lacks the permission the message names: sign in again with that scope.",
        "NOT_FOUND": "Check the id, and the host: the sandbox does not know what the live API has.",
        "VERSION_MISMATCH": "It changed meanwhile: read it again, and send the version it has now.",
        "IDEMPOTENCY_KEY_REUSED": "The same key came with other parameters; give the changed row a new run or a new key.",
        "CARD_DECLINED": "The bank refused the card: ask the customer for another one; sending it again will not help.",
        "GENERIC_DECLINE": "The bank refused the card without a reason: ask the customer for another one.",
        "INSUFFICIENT_FUNDS": "The card lacks the money for this: ask the customer for another one.",
        "CVV_FAILURE": "The card's security code was wrong: ask the customer to type the card again.",
        "MISSING_REQUIRED_PARAMETER": "Add the field the message names.",
        "RATE_LIMITED": "Other programs may use the same app; lower the rate with limit=ps.Limit(n, per=1.0).",
    },
    health=_LOCATIONS,
    operations=(
        Operation(
            "payments.create", "POST", "/payments",
            fields("""
                source_id! amount_money:object tip_money:object app_fee_money:object autocomplete:boolean delay_duration
                delay_action order_id customer_id location_id team_member_id reference_id verification_token
                accept_partial_authorization:boolean buyer_email_address buyer_phone_number billing_address:object
                shipping_address:object note statement_description_identifier cash_details:object external_details:object
                customer_details:object offline_payment_details:object
            """),
        ),
        Operation(
            "payments.list", "GET", "/payments",
            fields(_PAGE, _TIMES, _SORT, """
                location_id total:integer last_4 card_brand is_offline_payment:boolean offline_begin_time offline_end_time
                sort_field=CREATED_AT|OFFLINE_CREATED_AT|UPDATED_AT
            """),
            is_paginated=True, pagination=_pages("payments"), summary="Without begin_time, of the last year.",
        ),
        Operation("payments.get", "GET", "/payments/{payment_id}"),
        Operation("payments.complete", "POST", "/payments/{payment_id}/complete", fields("version_token")),
        Operation("payments.cancel", "POST", "/payments/{payment_id}/cancel"),
        Operation(
            "refunds.create", "POST", "/refunds",
            fields("""
                amount_money:object! payment_id destination_id unlinked:boolean location_id customer_id reason
                app_fee_money:object payment_version_token team_member_id cash_details:object external_details:object
            """),
        ),
        Operation("refunds.get", "GET", "/refunds/{refund_id}"),
        Operation("customers.create", "POST", "/customers", fields(_PERSON), bulk="customers.bulk_create"),
        Operation(
            "customers.bulk_create", "POST", "/customers/bulk-create", fields("customers:object!"),
            summary="Up to 100, each under a key of its own: the key's errors stand under it in the answer.",
        ),
        Operation("customers.get", "GET", "/customers/{customer_id}"),
        Operation(
            "customers.list", "GET", "/customers", fields(_PAGE, _SORT, "sort_field=DEFAULT|CREATED_AT count:boolean"),
            is_paginated=True, pagination=_pages("customers"),
        ),
        Operation("customers.update", "PUT", "/customers/{customer_id}", fields(_PERSON, "version:integer")),
        Operation("customers.delete", "DELETE", "/customers/{customer_id}", fields("version:integer")),
        Operation(
            "customers.search", "POST", "/customers/search", fields(_PAGE, "query:object count:boolean"),
            is_paginated=True, pagination=_pages("customers"), is_idempotent=True,
        ),
        Operation(
            "orders.create", "POST", "/orders", fields("order:object!"), summary="order= needs location_id and line_items."
        ),
        Operation(
            "orders.get", "GET", "/orders/{order_id}",
            bulk=Bulk("orders.batch_retrieve", "order_ids", 100, item=lambda given: given["order_id"], split=_split_orders),
        ),
        Operation(
            "orders.batch_retrieve", "POST", "/orders/batch-retrieve", fields("order_ids:array! location_id"),
            items="orders", is_idempotent=True, summary="Up to 100.",
        ),
        Operation(
            "orders.update", "PUT", "/orders/{order_id}", fields("order:object! fields_to_clear:array"),
            is_idempotent=False,  # a second sending is refused: the version is no longer the order's
            summary="order= needs version, and what is to change.",
        ),
        Operation(
            "orders.search", "POST", "/orders/search",
            fields(_PAGE, "location_ids:array query:object return_entries:boolean"),
            is_paginated=True, pagination=_pages("orders", 500), is_idempotent=True, summary="location_ids= holds up to ten."
        ),
        Operation(
            "catalog.list", "GET", "/catalog/list", fields("cursor types:csv catalog_version:integer"),
            is_paginated=True, pagination=_pages("objects", None),
        ),
        Operation(
            "catalog.search", "POST", "/catalog/search",
            fields(_PAGE, """
                object_types:array query:object begin_time include_deleted_objects:boolean include_related_objects:boolean
                include_category_path_to_root:boolean
            """),
            is_paginated=True, pagination=_pages("objects", 1000), is_idempotent=True,
        ),
        Operation(
            "catalog.upsert", "POST", "/catalog/object", fields("object:object!"), bulk="catalog.batch_upsert",
            summary="A new object has an id that begins with #; one that exists needs its version.",
        ),
        Operation(
            "catalog.batch_upsert", "POST", "/catalog/batch-upsert", fields("batches:array!"),
            summary="1,000 objects in a batch, 10,000 in all; a batch is written whole or not at all.",
        ),
        Operation(
            "inventory.batch_change", "POST", "/inventory/changes/batch-create",
            fields("changes:array! ignore_unchanged_counts:boolean"), summary="Up to 100 changes.",
        ),
        Operation("invoices.create", "POST", "/invoices", fields("invoice:object!"), summary="A draft of an order."),
        Operation(
            "invoices.list", "GET", "/invoices", fields(_PAGE, "location_id!"), is_paginated=True,
            pagination=_pages("invoices"),
        ),
        Operation("invoices.publish", "POST", "/invoices/{invoice_id}/publish", fields("version:integer!")),
        Operation(
            "subscriptions.create", "POST", "/subscriptions",
            fields("""
                location_id! customer_id! plan_variation_id start_date canceled_date tax_percentage
                price_override_money:object card_id timezone source:object monthly_billing_anchor_date:integer phases:array
            """),
        ),
        _LOCATIONS,
        Operation("webhook_subscriptions.create", "POST", "/webhooks/subscriptions", fields("subscription:object!")),
    ),
    webhooks=WebhookSource(
        Signature(
            "x-square-hmacsha256-signature", signed="{url}{body}", encoding="base64",
            note="The address is the subscription's, to the letter: behind a proxy take it from the settings, not the request.",
        ),
        event="body:type",
        delivery="body:event_id",
        answer_within_s=10.0,
        retries="At growing distances for up to 24 hours; payment.updated comes many times, so compare its version.",
    ),
    unverified=(
        "how long a key is remembered: a day is ours",
        "any limit but that of the catalogue: Square publishes no figures",
        "the largest pages, 500 and 1,000 of the searches among them",
        "the sizes of orders.batch_retrieve and inventory.batch_change",
        "that bulk calls answer 200 with errors inside",
        "90 days for a refresh token of the PKCE flow",
        "a webhook's ten seconds and 24 hours (an older page says 72)",
    ),
)  # fmt: skip
