"""Stripe: payments, customers, subscriptions.

docs        https://docs.stripe.com/api
checked     2026-11, API version 2026-09-30.endive
quirks      Bodies are forms with brackets (metadata[key]=...). A key replays whatever was answered first, a 500 too.
            A 429 is also a lock time-out, which says nothing about our rate. No Retry-After, no X-RateLimit fields.
            Test keys are four times slower than live ones. Search pages by another cursor and lags behind writes.
unverified  the concurrency limit's figure; parameters added after the description of 2023-08-16 (they pass through
            undeclared); lifetime and rotation of Stripe Apps' tokens.
"""

from __future__ import annotations

from collections.abc import Mapping

from penstock.catalog.definition import (
    BaseParameter,
    Basic,
    Bearer,
    Cursor,
    ErrorShape,
    Idempotency,
    Integration,
    Limit,
    OAuth2,
    Operation,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://docs.stripe.com/rate-limits, 2026-11"
_PAGE = "limit:integer starting_after ending_before expand:array"


def classify(response: Response) -> Verdict | int | None:
    """Tell a lock from a limit, and an answer a key repeats from a fresh one."""
    status, headers = response.status, response.headers
    if status == 429 and read(response, "error.code") == "lock_timeout":
        return (
            Verdict.TRANSIENT
        )  # another request holds the object; nothing was done, and our rate is not the cause
    if status == 409:
        return (
            Verdict.TRANSIENT
        )  # another request with this key is still running: ask again with the same key
    is_replay = headers.get("idempotent-replayed") == "true" or headers.get("stripe-should-retry") == "false"
    if status >= 500 and is_replay:
        return Verdict.UNCERTAIN  # the key's answer is final: asking again repeats it and tells no more
    return None


def _find_mode(credential: Mapping[str, str], base: Mapping[str, str]) -> str:
    """A key says its mode; one that does not is taken for the slower."""
    is_live = any(value.startswith(("sk_live_", "rk_live_")) for value in credential.values())
    return "live" if is_live else "test"


_SEARCH = Cursor(request="page", next="next_page", more="has_more", size="limit", max_size=100)
_BALANCE = Operation("balance.get", "GET", "/v1/balance", summary="What the account holds, by currency.")

integration = Integration(
    name="stripe",
    title="Stripe",
    category="payments",
    docs="https://docs.stripe.com/api",
    checked="2026-11",
    base_url="https://api.stripe.com",
    base_parameters=(
        BaseParameter("version", default="2026-09-30.endive", pattern=r"\d{4}-\d\d-\d\d(\.\w+)?", help="the API version"),
        BaseParameter("stripe_account", default="", pattern=r"(acct_\w+)?", help="Connect: whose account to act on"),
    ),
    headers=(("Stripe-Version", "{version}"), ("Stripe-Account", "{stripe_account}")),
    body="form",
    auth=(
        Bearer("secret_key", note="sk_live_, sk_test_, or a restricted rk_ key."),
        Basic(user="secret_key", note="The key as user name, no password: the same thing, as curl users write it."),
        OAuth2(
            title="Connect",
            authorize="https://connect.stripe.com/oauth/authorize",
            token="https://connect.stripe.com/oauth/token",
            revoke="https://connect.stripe.com/oauth/deauthorize",
            scopes=("read_write",),
            token_auth="client_secret_post",
            refresh="static",
            keep=("stripe_user_id",),
            note="Connect. The client secret is the platform's own key; that key with stripe_account= is better.",
        ),
        OAuth2(
            title="Stripe Apps",
            authorize="https://marketplace.stripe.com/oauth/v2/authorize",
            token="https://api.stripe.com/v1/oauth/token",
            scopes=("stripe_apps",),
            token_auth="secret_basic",
            refresh="rotates",
            access_token_lifetime_s=3600,
            refresh_token_lifetime_s=31_536_000,
            keep=("stripe_user_id",),
            note="The secret key is the client_secret, and the Basic user name.",
        ),
    ),
    limits=(
        Limit(100, per=1.0, when="live", source=_RATES),
        Limit(25, per=1.0, when="test", source=_RATES),
        Limit(25, per=1.0, scope="operation", source=_RATES),
        Limit(20, per=1.0, only=("*.search",), source=_RATES),
        Limit(20, per=1.0, only=("files.*",), methods=("GET",), source=_RATES),
        Limit(20, per=1.0, only=("files.*",), methods=("POST",), source=_RATES),
        Limit(1000, per=3600.0, scope="parameter:intent", only=("payment_intents.*",), methods=("POST",), source=_RATES),
        Limit(10, per=60.0, scope="parameter:subscription", only=("invoices.create",), source=_RATES),
        Limit(20, per=86400.0, scope="parameter:subscription", only=("invoices.create",), source=_RATES),
        Limit(200, per=3600.0, scope="parameter:subscription", only=("subscriptions.update",), source=_RATES),
    ),
    variant=_find_mode,
    classify=classify,
    idempotency=Idempotency("Idempotency-Key", lifetime_s=24 * 3600.0, replays_errors=True),
    pagination=Cursor(request="starting_after", next="data.-1.id", more="has_more", size="limit", max_size=100),
    errors=ErrorShape(message=("error.message",), code=("error.code", "error.type")),
    hints={
        "card_declined": "The bank refused the card: ask the customer for another one; sending it again will not help.",
        "resource_missing": "Check the id, and its mode: a test key does not see live objects, nor the other way round.",
        "parameter_missing": "Add the parameter the message names.",
        "parameter_unknown": "Leave the parameter out, or check whether the API version has renamed it.",
        "idempotency_error": "The same key came with other parameters; give the changed row a new run or a new key.",
        "amount_too_small": "Stripe has a least amount for each currency, about 50 cents; amounts are in its smallest unit.",
        "rate_limit": "Other programs may use the same account; lower the rate with limit=ps.Limit(n, per=1.0).",
        "401": "Check the key: it may be rolled, expired, or not a secret key (sk_ or rk_).",
        "403": "A restricted key needs the permission this end point asks for; add it in the Stripe dashboard.",
    },
    health=_BALANCE,
    operations=(
        _BALANCE,
        Operation(
            "customers.create", "POST", "/v1/customers",
            fields("""
                email name phone description address:object shipping:object metadata:object payment_method source
                balance:integer invoice_prefix invoice_settings:object next_invoice_sequence:integer preferred_locales:array
                tax:object tax_exempt=none|exempt|reverse tax_id_data:array cash_balance:object test_clock expand:array
            """),
        ),
        Operation("customers.get", "GET", "/v1/customers/{customer}", fields("expand:array")),
        Operation("customers.list", "GET", "/v1/customers", fields(_PAGE, "email created:any test_clock"), is_paginated=True),
        Operation(
            "customers.search", "GET", "/v1/customers/search", fields("query! limit:integer page expand:array"),
            is_paginated=True, pagination=_SEARCH,
            summary="For example query=\"email:'a@b.co'\"; new customers show after a minute.",
        ),
        Operation(
            "customers.update", "POST", "/v1/customers/{customer}",
            fields("""
                email name phone description address:object shipping:object metadata:object default_source source
                balance:integer invoice_prefix invoice_settings:object next_invoice_sequence:integer preferred_locales:array
                tax:object tax_exempt=none|exempt|reverse cash_balance:object expand:array
            """),
        ),
        Operation("customers.delete", "DELETE", "/v1/customers/{customer}"),
        Operation(
            "payment_intents.create", "POST", "/v1/payment_intents",
            fields("""
                amount:integer! currency! customer payment_method confirm:boolean description receipt_email metadata:object
                automatic_payment_methods:object payment_method_types:array payment_method_data:object
                payment_method_options:object capture_method=automatic|automatic_async|manual
                confirmation_method=automatic|manual setup_future_usage=off_session|on_session off_session:any return_url
                mandate mandate_data:object error_on_requires_action:boolean statement_descriptor statement_descriptor_suffix
                shipping:object application_fee_amount:integer on_behalf_of transfer_data:object transfer_group
                radar_options:object use_stripe_sdk:boolean expand:array
            """),
            summary="Amounts are whole numbers in the currency's smallest unit.",
        ),
        Operation("payment_intents.get", "GET", "/v1/payment_intents/{intent}", fields("client_secret expand:array")),
        Operation(
            "payment_intents.list", "GET", "/v1/payment_intents", fields(_PAGE, "customer created:any"), is_paginated=True
        ),
        Operation(
            "payment_intents.confirm", "POST", "/v1/payment_intents/{intent}/confirm",
            fields("""
                payment_method payment_method_data:object payment_method_options:object payment_method_types:array return_url
                receipt_email capture_method=automatic|automatic_async|manual setup_future_usage off_session:any mandate
                mandate_data:object error_on_requires_action:boolean shipping:object radar_options:object client_secret
                use_stripe_sdk:boolean expand:array
            """),
        ),
        Operation(
            "payment_intents.capture", "POST", "/v1/payment_intents/{intent}/capture",
            fields("""
                amount_to_capture:integer application_fee_amount:integer metadata:object statement_descriptor
                statement_descriptor_suffix transfer_data:object expand:array
            """),
        ),
        Operation(
            "payment_intents.cancel", "POST", "/v1/payment_intents/{intent}/cancel",
            fields("cancellation_reason=abandoned|duplicate|fraudulent|requested_by_customer expand:array"),
        ),
        Operation(
            "charges.create", "POST", "/v1/charges",
            fields("""
                amount:integer currency customer source description receipt_email metadata:object capture:boolean
                statement_descriptor statement_descriptor_suffix shipping:object application_fee_amount:integer on_behalf_of
                transfer_data:object transfer_group radar_options:object expand:array
            """),
            summary="The older way to take a payment; new code uses payment_intents.",
        ),
        Operation("charges.get", "GET", "/v1/charges/{charge}", fields("expand:array")),
        Operation(
            "charges.list", "GET", "/v1/charges", fields(_PAGE, "customer payment_intent transfer_group created:any"),
            is_paginated=True,
        ),
        Operation(
            "refunds.create", "POST", "/v1/refunds",
            fields("""
                payment_intent charge amount:integer reason=duplicate|fraudulent|requested_by_customer metadata:object
                currency customer origin=customer_balance instructions_email refund_application_fee:boolean
                reverse_transfer:boolean expand:array
            """),
            summary="Of a payment_intent or a charge; the whole amount without amount=.",
        ),
        Operation(
            "invoices.create", "POST", "/v1/invoices",
            fields("""
                customer subscription description currency metadata:object auto_advance:boolean automatic_tax:object
                collection_method=charge_automatically|send_invoice days_until_due:integer due_date:integer
                effective_at:integer default_payment_method default_source default_tax_rates:array account_tax_ids:array
                custom_fields:array discounts:array footer from_invoice:object payment_settings:object shipping_cost:object
                shipping_details:object pending_invoice_items_behavior=exclude|include|include_and_require
                statement_descriptor application_fee_amount:integer on_behalf_of transfer_data:object expand:array
            """),
        ),
        Operation("invoices.finalize", "POST", "/v1/invoices/{invoice}/finalize", fields("auto_advance:boolean expand:array")),
        Operation(
            "subscriptions.create", "POST", "/v1/subscriptions",
            fields("""
                customer! items:array metadata:object description currency trial_end:any trial_period_days:integer
                trial_from_plan:boolean trial_settings:object cancel_at:integer cancel_at_period_end:boolean
                collection_method=charge_automatically|send_invoice days_until_due:integer default_payment_method
                default_source default_tax_rates:array add_invoice_items:array automatic_tax:object
                backdate_start_date:integer billing_cycle_anchor:integer off_session:boolean payment_settings:object
                pending_invoice_item_interval:object
                payment_behavior=allow_incomplete|default_incomplete|error_if_incomplete|pending_if_incomplete
                proration_behavior=always_invoice|create_prorations|none application_fee_percent:number on_behalf_of
                transfer_data:object expand:array
            """),
        ),
        Operation(
            "subscriptions.update", "POST", "/v1/subscriptions/{subscription}",
            fields("""
                items:array metadata:object description trial_end:any trial_from_plan:boolean trial_settings:object
                cancel_at:any cancel_at_period_end:boolean cancellation_details:object pause_collection:object
                collection_method=charge_automatically|send_invoice days_until_due:integer default_payment_method
                default_source default_tax_rates:array add_invoice_items:array automatic_tax:object
                billing_cycle_anchor=now|unchanged off_session:boolean payment_settings:object
                pending_invoice_item_interval:object
                payment_behavior=allow_incomplete|default_incomplete|error_if_incomplete|pending_if_incomplete
                proration_behavior=always_invoice|create_prorations|none proration_date:integer application_fee_percent:number
                on_behalf_of transfer_data:object expand:array
            """),
        ),
        Operation(
            "subscriptions.cancel", "DELETE", "/v1/subscriptions/{subscription}",
            fields("invoice_now:boolean prorate:boolean cancellation_details:object expand:array"),
        ),
        Operation(
            "products.create", "POST", "/v1/products",
            fields("""
                name! id active:boolean description default_price_data:object features:array images:array metadata:object
                package_dimensions:object shippable:boolean statement_descriptor tax_code unit_label url expand:array
            """),
        ),
        Operation(
            "prices.create", "POST", "/v1/prices",
            fields("""
                currency! product product_data:object unit_amount:integer unit_amount_decimal recurring:object active:boolean
                nickname lookup_key transfer_lookup_key:boolean metadata:object billing_scheme=per_unit|tiered tiers:array
                tiers_mode=graduated|volume tax_behavior=exclusive|inclusive|unspecified currency_options:object
                custom_unit_amount:object transform_quantity:object expand:array
            """),
        ),
        Operation(
            "billing_meter_events.create", "POST", "/v1/billing/meter_events",
            fields("event_name! payload:object! identifier timestamp:integer"),
            summary="Usage: payload={stripe_customer_id, value}; an identifier is known again for a day.",
        ),
        Operation(
            "checkout_sessions.create", "POST", "/v1/checkout/sessions",
            fields("""
                mode=payment|setup|subscription line_items:array success_url cancel_url return_url ui_mode customer
                customer_email client_reference_id metadata:object currency payment_method_types:array
                payment_method_options:object payment_method_collection=always|if_required payment_intent_data:object
                setup_intent_data:object subscription_data:object allow_promotion_codes:boolean discounts:array
                automatic_tax:object billing_address_collection=auto|required shipping_address_collection:object
                shipping_options:array customer_creation=always|if_required customer_update:object consent_collection:object
                custom_fields:array custom_text:object expires_at:integer after_expiration:object invoice_creation:object
                locale phone_number_collection:object submit_type tax_id_collection:object expand:array
            """),
        ),
        Operation(
            "coupons.create", "POST", "/v1/coupons",
            fields("""
                id name percent_off:number amount_off:integer currency duration=forever|once|repeating
                duration_in_months:integer max_redemptions:integer redeem_by:integer applies_to:object currency_options:object
                metadata:object expand:array
            """),
        ),
        Operation(
            "events.list", "GET", "/v1/events",
            fields(_PAGE, "type types:array created:any delivery_success:boolean"), is_paginated=True,
            summary="Of the last 30 days.",
        ),
        Operation("files.list", "GET", "/v1/files", fields(_PAGE, "purpose created:any"), is_paginated=True),
    ),
    webhooks=WebhookSource(
        Signature(
            "Stripe-Signature", signed="{timestamp}.{body}", prefix="v1=", timestamp="signature:t", tolerance_s=300,
            note="t=…,v1=…: several v1 while a secret is being rolled, any may match; v0 is ignored. whsec_… is used as it is.",
        ),
        event="body:type", delivery="body:id",
        retries="For up to 3 days (in test mode 3 times over some hours); not in order, sometimes twice.",
    ),
    unverified=(
        "the figure of the concurrency limit",
        "parameters newer than the description of 2023-08-16",
        "Stripe Apps: token lifetimes and rotation",
        "Connect: that the refresh token stays the same",
    ),
)  # fmt: skip
