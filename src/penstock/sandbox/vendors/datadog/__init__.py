"""Datadog as the sandbox plays it: points that can be asked for, monitors, dashboards, incidents; and some logs to search.

Sources: the pages named in integrations/datadog.py; datadog-api-client's own reading of them.
A wrong key is a 403, as a wrong site is. A query that cannot be read is a 200 with status "error". Monitors come all at
once unless a page is asked for. Only sending events has a limit; its refusal says in its fields how long it lasts.
"""

from __future__ import annotations

import math

from penstock.integrations.datadog import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import HEX, Ids, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.datadog import records, telemetry
from penstock.sandbox.wire import Answer, Pairs, json_answer


def open_vendor(setup: Setup) -> Vendor:
    """Return Datadog."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    if refusal.code == "v2":
        words: list[object] = [
            {"title": "Not Found", "detail": refusal.message, "status": str(refusal.status)}
        ]
        return json_answer(refusal.status, {"errors": words})
    return json_answer(refusal.status, {"errors": [refusal.message]})


def _tell_wait(seconds: float) -> Pairs:
    said = {
        "Limit": "250000",
        "Period": "60",
        "Remaining": "0",
        "Reset": str(math.ceil(seconds)),
        "Name": "events_create",
    }
    return [(f"X-RateLimit-{name}", value) for name, value in said.items()]


def _new_id(ids: Ids, collection: str) -> str:
    if collection == "monitors":
        return str(ids.next("monitor", 12_345_678))
    return "-".join(ids.text(3, HEX) for _ in range(3)) if collection == "dashboards" else ids.uuid()


def _seed(turn: Turn) -> None:
    telemetry.seed(turn)
    for name in ("Ada", "Eve"):
        id = turn.ids.uuid()
        attributes = {
            "name": name,
            "handle": f"{name.lower()}@example.com",
            "email": f"{name.lower()}@example.com",
            "status": "Active",
        }
        record: Record = {"id": id, "type": "users", "attributes": attributes}
        turn.table("users").add(id, record)


SHAPE = Shape(
    key="0123456789abcdef0123456789abcdef{name}",
    key_field="api_key",
    others={"application_key": "0123456789abcdef0123456789abcdef01234567"},
    parameters={"site": "datadoghq.com"},
    new_id=_new_id,
    page_size=100,
    seed=_seed,
    error=_error,
    wait_fields=_tell_wait,
    refusals={
        "unauthorized": (403, "v1", "Forbidden"),
        "forbidden": (403, "v1", "Forbidden"),
        "not_found": (404, "v1", "{what} not found"),
        "no_route": (404, "v1", "Not found"),
        "invalid": (400, "v1", "The value provided for parameter '{what}' is invalid"),
        "throttled": (429, "v1", "Rate limit of 250000 requests in 60 seconds reached. Please try again later."),
        "failed": (500, "v1", "Internal error"),
    },
    handlers={
        "keys.validate": lambda turn: {"valid": True},
        "metrics.submit": telemetry.submit,
        "metrics.query": telemetry.query,
        "metrics.query_timeseries": telemetry.query_timeseries,
        "metrics.list": telemetry.list_metrics,
        "events.create": telemetry.create_event,
        "events.search": telemetry.search_events,
        "logs.search": telemetry.search_logs,
        "logs.aggregate": telemetry.aggregate_logs,
        "hosts.list": telemetry.list_hosts,
        "monitors.create": records.create_monitor,
        "monitors.list": records.list_monitors,
        "monitors.get": records.one_monitor,
        "monitors.update": records.one_monitor,
        "monitors.delete": records.one_monitor,
        "downtimes.create": records.create_downtime,
        "dashboards.create": records.create_dashboard,
        "dashboards.list": records.list_dashboards,
        "dashboards.get": records.get_dashboard,
        "dashboards.delete_many": records.delete_dashboards,
        "incidents.create": records.create_incident,
        "webhooks.create": records.create_webhook,
    },
)  # fmt: skip
