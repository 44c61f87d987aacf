"""Square as the sandbox plays it: one location; payments with their refunds, a catalogue whose objects have versions.

Sources: the pages named in integrations/square.py; what the squareup package reads. The source "cnon:card-nonce-declined"
is refused, as in Square's own sandbox.
"""

from __future__ import annotations

from penstock.integrations.square import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.square import catalogue, money, records
from penstock.sandbox.wire import Answer, json_answer

_MERCHANT = "6SSW7HV8K2ST5"
_SINGULAR = {
    "payments": "payment", "refunds": "refund", "customers": "customer", "orders": "order", "invoices": "invoice",
    "subscriptions": "subscription", "webhook_subscriptions": "subscription", "catalog": "catalog_object",
}  # fmt: skip


def open_vendor(setup: Setup) -> Vendor:
    """Return Square."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    return json_answer(refusal.status, {"errors": [records.say_error(refusal)]})


def _seed(turn: Turn) -> None:
    place = {"id": money.LOCATION, "name": "Default", "status": "ACTIVE", "country": "IE", "currency": "EUR",
             "merchant_id": _MERCHANT, "created_at": records.say_time(turn)}  # fmt: skip
    turn.table("locations").add(money.LOCATION, place)


SHAPE = Shape(
    key="EAAAsandbox{name}",
    new_id=records.new_id,
    build=records.build,
    one=lambda turn, record: {_SINGULAR.get(turn.collection, turn.collection): record},
    deleted=lambda turn, record: {},
    statuses={"delete": 200},
    page_size=100,
    seed=_seed,
    error=_error,
    keeps=("email_address", "given_name", "reference_id", "status", "name", "note"),
    service_s=0.02,
    refusals={
        "unauthorized": (401, "UNAUTHORIZED", "This request could not be authorized."),
        "forbidden": (403, "INSUFFICIENT_SCOPES", "The merchant has not given your application sufficient permissions."),
        "not_found": (404, "NOT_FOUND", "Could not find {what}"),
        "no_route": (404, "NOT_FOUND", "Resource not found."),
        "invalid": (400, "MISSING_REQUIRED_PARAMETER", "Missing required parameter: {what}"),
        "key_reuse": (400, "IDEMPOTENCY_KEY_REUSED", "The idempotency key can only be retried with the same request data."),
        "throttled": (429, "RATE_LIMITED", "Your request has been rate limited."),
        "failed": (500, "INTERNAL_SERVER_ERROR", "An internal error has occurred."),
    },
    handlers={
        "payments.create": money.pay,
        "payments.complete": money.settle,
        "payments.cancel": money.settle,
        "refunds.create": money.refund,
        "customers.bulk_create": records.create_customers,
        "customers.update": records.update_customer,
        "customers.search": records.search_customers,
        "orders.update": records.update_order,
        "orders.search": records.search_orders,
        "orders.batch_retrieve": records.retrieve_orders,
        "catalog.list": catalogue.list_objects,
        "catalog.search": catalogue.list_objects,
        "catalog.upsert": catalogue.upsert_object,
        "catalog.batch_upsert": catalogue.upsert_objects,
        "inventory.batch_change": catalogue.change_inventory,
        "invoices.list": records.list_invoices,
        "invoices.publish": records.publish,
        "locations.list": lambda turn: {"locations": list(turn.table())},
    },
)  # fmt: skip
