"""Cloudflare as the sandbox plays it: one account with one zone; DNS records, a store of keys, scripts, certificates.

Sources: the pages named in integrations/cloudflare.py; the cloudflare package's own reading of them.
Everything is refused for five minutes once a limit is overrun. A batch of DNS changes is done whole or not at all. D1 and
the analytics note what they are asked, and find nothing.
"""

from __future__ import annotations

import math

from penstock.integrations.cloudflare import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.cloudflare import dns, stores, zones
from penstock.sandbox.vendors.cloudflare.answers import list_page, say, seek
from penstock.sandbox.wire import Answer, json_answer


def open_vendor(setup: Setup) -> Vendor:
    """Return Cloudflare."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    words = [{"code": int(refusal.code), "message": refusal.message}]
    return json_answer(refusal.status, {"success": False, "errors": words, "messages": [], "result": None})


SHAPE = Shape(
    key="sandbox_token_{name}",
    penalty_s=300.0,
    seed=zones.seed,
    error=_error,
    wait_fields=lambda seconds: [("Retry-After", str(math.ceil(seconds)))],
    refusals={
        "unauthorized": (401, "1000", "Invalid API Token"),
        "forbidden": (403, "10000", "Authentication error"),
        "not_found": (404, "7003", "Could not route to {what}, perhaps your object identifier is invalid?"),
        "no_route": (404, "7000", "No route for that URI"),
        "invalid": (400, "1004", "{what} is invalid"),
        "throttled": (429, "971", "Please wait and consider throttling your request speed"),
        "failed": (500, "10001", "internal error"),
    },
    handlers={
        "tokens.verify": lambda turn: say({"id": "ed17574386854bf78a67040be0a770b0", "status": "active"}),
        "accounts.list": lambda turn: list_page(turn, turn.table("accounts")),
        "zones.list": zones.list_zones,
        "zones.get": lambda turn: say(seek(turn, "zones", "zone_id")),
        "zones.create": zones.create_zone,
        "dns_records.list": dns.list_records,
        "dns_records.get": dns.write_record,
        "dns_records.create": dns.write_record,
        "dns_records.update": dns.write_record,
        "dns_records.replace": dns.write_record,
        "dns_records.delete": dns.write_record,
        "dns_records.batch": dns.run_batch,
        "cache.purge": zones.purge,
        "zone_settings.update": zones.set_zone,
        "workers_scripts.list": stores.build_list("scripts"),
        "workers_scripts.upload": stores.upload_script,
        "kv_keys.list": stores.list_keys,
        "kv_values.get": stores.get_value,
        "kv_values.put": stores.put_value,
        "kv_values.bulk_put": stores.put_values,
        "d1.query": stores.query_base,
        "notification_webhooks.create": stores.add_webhook,
        "zone_certificates.list": zones.write_certificate,
        "zone_certificates.get": zones.write_certificate,
        "zone_certificates.upload": zones.write_certificate,
        "zone_certificates.delete": zones.write_certificate,
        "analytics.query": lambda turn: {"data": {"viewer": {"zones": [], "accounts": []}}, "errors": None},
    },
)  # fmt: skip
