"""PayPal: orders, captures, refunds, payouts, subscriptions, invoices (REST).

docs        https://developer.paypal.com/api/rest/
checked     2026-11; each resource has its version in the path
quirks      Amounts are texts with as many decimals as the currency has: "10.00", of JPY "1000". A POST that wants
            JSON is refused without (415), so {} is sent where there is nothing to say. What went wrong stands in
            details[].issue, the name above it only says the kind; support asks for debug_id. PayPal-Request-Id makes
            a call one of a kind: orders remember it six hours, other resources longer. Payouts are also known by their
            sender_batch_id, for 30 days. No limits are published, and nothing says how long to wait. The token for
            client_id and client_secret lives nine hours: asking for one per call gets the app refused. Transactions
            are those of 31 days at most, and appear hours later. The sandbox is another host: host="api-m.sandbox".
unverified  the limits (ten calls at once are ours); lifetime and refresh of a signed-in user's token; that the health call
            needs no scope; how often a webhook is sent again; the description is of 2024-02.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from penstock.catalog.check import is_missing
from penstock.catalog.definition import (
    BaseParameter,
    ErrorShape,
    Idempotency,
    Integration,
    Json,
    Limit,
    NextCall,
    OAuth2,
    Operation,
    PageNumber,
    Parameter,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    dig,
    fields,
    read,
)

_TOKEN = "https://{host}.paypal.com/v1/oauth2/token"
_PAGE = "page:integer page_size:integer"
_ORDER = "/v2/checkout/orders/{id}"
_SILENT = {  # operations that may have nothing to say: what is given all the same, in their address
    "orders.authorize": "id", "orders.capture": "id", "captures.refund": "capture_id",
    "authorizations.capture": "authorization_id", "payout_items.cancel": "payout_item_id", "invoices.send": "invoice_id",
}  # fmt: skip
_KEYED = (
    "orders.create", "orders.authorize", "orders.capture", "captures.refund", "authorizations.capture", "authorizations.void",
    "payouts.create", "products.create", "plans.create", "subscriptions.create",
)  # fmt: skip


def classify(response: Response) -> Verdict | None:
    """Wait where an earlier call on the same object, perhaps our own, is still at work."""
    if response.status in (409, 422) and read(response, "details.0.issue") == "PREVIOUS_REQUEST_IN_PROGRESS":
        return Verdict.TRANSIENT
    return None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Send {} where nothing but the address is given: PayPal refuses these without JSON."""
    address = _SILENT.get(operation)
    if address and all(name == address or is_missing(value) for name, value in parameters.items()):
        parameters["$"] = {}
    return parameters


def _pages(items: str, max_size: int) -> PageNumber:
    return PageNumber(items=items, size="page_size", max_size=max_size, total_pages="total_pages")


def _follow_token(asked: Mapping[str, Any], answer: Json, rows: list[Any]) -> Mapping[str, Any] | None:
    """Take the token of the next page out of the link that leads there."""
    links = dig(answer, "links")
    for link in links if isinstance(links, list) else ():
        if dig(link, "rel") == "next":
            token = parse_qs(urlsplit(str(dig(link, "href"))).query).get("next_page_token")
            return {**asked, "next_page_token": token[0]} if token else None
    return None


_WEBHOOKS = Operation(
    "webhooks.list",
    "GET",
    "/v1/notifications/webhooks",
    fields("anchor_type=APPLICATION|ACCOUNT"),
    items="webhooks",
)

integration = Integration(
    name="paypal",
    title="PayPal",
    category="payments",
    docs="https://developer.paypal.com/api/rest/",
    checked="2026-11",
    base_url="https://{host}.paypal.com",
    base_parameters=(
        BaseParameter(
            "host", default="api-m", pattern=r"api-m(\.sandbox)?", help="api-m, or api-m.sandbox for the sandbox"
        ),
        BaseParameter(
            "auth_assertion", default="", pattern=r"([\w-]+\.[\w-]+\.[\w-]*)?",
            help="for partners: the JWT that names the merchant to act for",
        ),
    ),
    headers=(("Prefer", "return=representation"), ("PayPal-Auth-Assertion", "{auth_assertion}")),
    auth=(
        OAuth2(
            title="As the app",
            token=_TOKEN,
            grant="client_credentials",
            token_auth="client_secret_basic",
            access_token_lifetime_s=32_400,
            note="The app's own; the sandbox has a token address of its own: host=api-m.sandbox.",
        ),
        OAuth2(
            title="Log in with PayPal",
            authorize="https://{sign_in_host}.paypal.com/signin/authorize",
            token=_TOKEN,
            scopes=("openid", "email"),
            token_auth="client_secret_basic",
            refresh="static",
            access_token_lifetime_s=28_800,
            fields_optional=(("sign_in_host", "www"),),
            note="In the sandbox sign_in_host=www.sandbox too. To act for a merchant, partners use auth_assertion= instead.",
        ),
    ),
    limits=(Limit(10, source="https://developer.paypal.com/api/rest/reference/rate-limiting, 2026-11"),),
    classify=classify,
    adjust=adjust,
    idempotency=Idempotency("PayPal-Request-Id", only=_KEYED, lifetime_s=6 * 3600.0),
    pagination=_pages("items", 100),
    errors=ErrorShape(
        message=("details.0.description", "message", "error_description"), code=("details.0.issue", "name", "error")
    ),
    hints={
        "invalid_token": "The access token has ended or is of the other host: sandbox and live do not know each other's.",
        "invalid_client": "Check client_id and client_secret, and that they belong to this host: live or sandbox.",
        "NOT_AUTHORIZED": "The app lacks this permission: switch the feature on for it in the developer dashboard.",
        "PERMISSION_DENIED": "The app may not do this for this account; a partner also needs auth_assertion=.",
        "INSTRUMENT_DECLINED": "The card or bank refused: send the buyer back to choose another way to pay.",
        "ORDER_NOT_APPROVED": "The buyer has not approved the order yet: send them to the link with rel=approve first.",
        "ORDER_ALREADY_CAPTURED": "The money has been taken already: orders.get shows the capture.",
        "DUPLICATE_INVOICE_ID": "An earlier payment has this invoice_id: look it up before charging again.",
        "DUPLICATE_REQUEST_ID": "The same key came with other parameters; give the changed row a new run or a new key.",
        "PREVIOUS_REQUEST_IN_PROGRESS": "An earlier call on the same object is still at work.",
        "USER_BUSINESS_ERROR": "For a payout mostly: this sender_batch_id was used within 30 days; payouts.get shows that batch.",
        "INSUFFICIENT_FUNDS": "The balance does not cover the payout: add money, then send it again.",
        "RESOURCE_NOT_FOUND": "Check the id, and the host: what the sandbox has, the live API does not know.",
        "CURRENCY_NOT_SUPPORTED": "The account or the currency cannot be used for this; the message names it.",
        "RATE_LIMIT_REACHED": "PayPal judges traffic as it comes; lower the rate with limit=ps.Limit(n, per=1.0).",
    },
    health=_WEBHOOKS,
    operations=(
        Operation(
            "orders.create", "POST", "/v2/checkout/orders",
            fields("""
                intent=CAPTURE|AUTHORIZE! purchase_units:array! payer:object payment_source:object application_context:object
            """),
            summary="Amounts are texts: {'currency_code': 'EUR', 'value': '10.00'}.",
        ),
        Operation("orders.get", "GET", _ORDER, fields("fields:csv")),
        Operation(
            "orders.update", "PATCH", _ORDER, (Parameter("patches", type="array", is_required=True, wire="$"),),
            summary="A list of changes as in JSON Patch (RFC 6902).",
        ),
        Operation("orders.authorize", "POST", f"{_ORDER}/authorize", fields("payment_source:object")),
        Operation("orders.capture", "POST", f"{_ORDER}/capture", fields("payment_source:object")),
        Operation("captures.get", "GET", "/v2/payments/captures/{capture_id}"),
        Operation(
            "captures.refund", "POST", "/v2/payments/captures/{capture_id}/refund",
            fields("amount:object custom_id invoice_id note_to_payer payment_instruction:object"),
            summary="The whole amount without amount=.",
        ),
        Operation(
            "authorizations.capture", "POST", "/v2/payments/authorizations/{authorization_id}/capture",
            fields("amount:object final_capture:boolean invoice_id note_to_payer soft_descriptor payment_instruction:object"),
        ),
        Operation("authorizations.void", "POST", "/v2/payments/authorizations/{authorization_id}/void"),
        Operation("refunds.get", "GET", "/v2/payments/refunds/{refund_id}"),
        Operation(
            "payouts.create", "POST", "/v1/payments/payouts", fields("sender_batch_header:object! items:array!"),
            summary="Up to 15,000 payments; give sender_batch_header a sender_batch_id of your own, it is taken once.",
        ),
        Operation(
            "payouts.get", "GET", "/v1/payments/payouts/{id}", fields(_PAGE, "fields:csv total_required:boolean"),
            is_paginated=True, pagination=_pages("items", 1000),
        ),
        Operation("payout_items.get", "GET", "/v1/payments/payouts-item/{payout_item_id}"),
        Operation(
            "payout_items.cancel", "POST", "/v1/payments/payouts-item/{payout_item_id}/cancel",
            summary="Of one nobody has claimed; unclaimed ones come back by themselves after 30 days.",
        ),
        Operation(
            "products.create", "POST", "/v1/catalogs/products",
            fields("name! type=PHYSICAL|DIGITAL|SERVICE! id description category image_url home_url"),
        ),
        Operation(
            "plans.create", "POST", "/v1/billing/plans",
            fields("""
                product_id! name! billing_cycles:array! payment_preferences:object! status=CREATED|INACTIVE|ACTIVE
                description taxes:object quantity_supported:boolean
            """),
        ),
        Operation(
            "plans.list", "GET", "/v1/billing/plans", fields(_PAGE, "product_id plan_ids:csv total_required:boolean"),
            is_paginated=True, pagination=_pages("plans", 20),
        ),
        Operation(
            "subscriptions.create", "POST", "/v1/billing/subscriptions",
            fields("""
                plan_id! start_time quantity shipping_amount:object subscriber:object application_context:object custom_id
                plan:object
            """),
        ),
        Operation("subscriptions.get", "GET", "/v1/billing/subscriptions/{id}", fields("fields:csv")),
        Operation("subscriptions.cancel", "POST", "/v1/billing/subscriptions/{id}/cancel", fields("reason!")),
        Operation(
            "invoices.create", "POST", "/v2/invoicing/invoices",
            fields("""
                detail:object! invoicer:object primary_recipients:array additional_recipients:array items:array
                configuration:object amount:object
            """),
            summary="A draft; invoices.send sends it. An invoice_number is taken once.",
        ),
        Operation(
            "invoices.send", "POST", "/v2/invoicing/invoices/{invoice_id}/send",
            fields("subject note send_to_invoicer:boolean send_to_recipient:boolean additional_recipients:array"),
        ),
        Operation(
            "invoices.list", "GET", "/v2/invoicing/invoices", fields(_PAGE, "fields:csv total_required:boolean"),
            is_paginated=True,
        ),
        Operation(
            "transactions.search", "GET", "/v1/reporting/transactions",
            fields(_PAGE, """
                start_date! end_date! fields:csv transaction_id transaction_type transaction_status transaction_amount
                transaction_currency payment_instrument_type store_id terminal_id balance_affecting_records_only=Y|N
            """),
            is_paginated=True, pagination=_pages("transaction_details", 500),
            summary="From one date with its time to another, 31 days apart at most; fields=all tells everything.",
        ),
        Operation(
            "disputes.list", "GET", "/v1/customer/disputes",
            fields("""
                start_time disputed_transaction_id page_size:integer next_page_token dispute_state:csv update_time_before
                update_time_after
            """),
            is_paginated=True, pagination=NextCall(_follow_token, items="items", size="page_size", max_size=50),
        ),
        Operation(
            "trackers.create", "POST", "/v1/shipping/trackers-batch", fields("trackers:array!"),
            summary="Tracking numbers of up to 20 transactions.",
        ),
        Operation("webhooks.create", "POST", "/v1/notifications/webhooks", fields("url! event_types:array!")),
        _WEBHOOKS,
        Operation(
            "webhooks.verify_signature", "POST", "/v1/notifications/verify-webhook-signature",
            fields("""
                auth_algo! cert_url! transmission_id! transmission_sig! transmission_time! webhook_id! webhook_event:object!
            """),
            is_idempotent=True, summary="Lets PayPal say whether a delivery is its own.",
        ),
    ),
    webhooks=WebhookSource(
        Signature(
            "PAYPAL-TRANSMISSION-SIG", "rsa-sha256", signed="{id}|{timestamp}|{secret}|crc32({body})", encoding="base64",
            timestamp="header:PAYPAL-TRANSMISSION-TIME", timestamp_unit="iso",
            note="The id is PAYPAL-TRANSMISSION-ID, the secret the id of your webhook, and of the body only its CRC-32 is"
            " signed, as a decimal number. The key is in the certificate at PAYPAL-CERT-URL, taken from paypal.com alone.",
        ),
        event="body:event_type",
        delivery="body:id",
        retries="Up to 25 times in three days, until it is answered 2xx.",
    ),
    unverified=(
        "the limits: PayPal publishes no figure, and ten calls at once are ours",
        "a signed-in user's token: eight hours, and that its refresh token stays",
        "that the health call needs no scope",
        "a webhook's 25 times in three days",
        "what has changed since the description of 2024-02",
    ),
)  # fmt: skip
