"""What is made on Datadog: monitors, downtimes, dashboards, incidents, webhooks."""

from __future__ import annotations

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

_SUMMARY = (
    "id",
    "title",
    "description",
    "layout_type",
    "url",
    "author_handle",
    "created_at",
    "modified_at",
    "is_read_only",
)
_KINDS = (
    "composite", "event alert", "log alert", "metric alert", "process alert", "query alert", "rum alert", "service check",
    "synthetics alert", "trace-analytics alert", "slo alert", "event-v2 alert", "audit alert", "ci-pipelines alert",
    "ci-tests alert", "error-tracking alert", "database-monitoring alert",
)  # fmt: skip


def _require(turn: Turn, *names: str) -> None:
    for name in names:
        if turn.fields.get(name) in (None, "", []):
            raise turn.refuse("invalid", name)


def create_monitor(turn: Turn) -> Json:
    """Keep a monitor."""
    _require(turn, "type", "query")
    if turn.fields["type"] not in _KINDS:
        raise turn.refuse("invalid", "type")
    id = int(turn.shape.new_id(turn.ids, "monitors"))
    monitor = {
        "message": "", "tags": [], "options": {}, "priority": None, "multi": False, **turn.fields, "id": id,
        "name": turn.fields.get("name") or turn.fields["query"], "overall_state": "No Data", "created": iso_time(turn.now),
        "modified": iso_time(turn.now),
    }  # fmt: skip
    turn.table("monitors").add(str(id), monitor)
    turn.change("monitors.create", str(id), monitor)
    return monitor


def list_monitors(turn: Turn) -> Json:
    """Return all monitors, or a page of them where one is asked for."""
    name = turn.query.get("name", "")
    found = [monitor for monitor in turn.table("monitors") if name in monitor["name"]]
    return answer_rows(turn, found) if "page" in turn.query else found


def one_monitor(turn: Turn) -> Json:
    """Read, change or delete a monitor."""
    monitor = turn.table("monitors").get(turn.values["monitor_id"])
    if monitor is None:
        raise turn.refuse("not_found", "Monitor")
    if turn.request.method == "PUT":
        monitor |= {**turn.fields, "id": monitor["id"], "modified": iso_time(turn.now)}
        turn.change("monitors.update", str(monitor["id"]), monitor)
    if turn.request.method == "DELETE":
        turn.table("monitors").remove(str(monitor["id"]))
        turn.change("monitors.delete", str(monitor["id"]), monitor)
        return {"deleted_monitor_id": monitor["id"]}
    return monitor


def _keep(turn: Turn, collection: str, kind: str, attributes: Record) -> Json:
    id = turn.shape.new_id(turn.ids, collection)
    record = {"id": id, "type": kind, "attributes": attributes}
    turn.table(collection).add(id, record)
    turn.change(f"{collection}.create", id, record)
    return {"data": record}


def create_downtime(turn: Turn) -> Json:
    """Keep a downtime."""
    _require(turn, "scope", "monitor_identifier")
    return _keep(
        turn, "downtimes", "downtime", {**_fields(turn), "status": "active", "created": iso_time(turn.now)}
    )


def _fields(turn: Turn) -> Record:
    return {name: value for name, value in turn.fields.items() if name != "type"}


def create_incident(turn: Turn) -> Answer:
    """Declare an incident."""
    _require(turn, "title")
    if not isinstance(turn.fields.get("customer_impacted"), bool):
        raise turn.refuse("invalid", "customer_impacted")
    number = turn.ids.next("incident")
    return json_answer(
        201, _keep(turn, "incidents", "incidents", {**_fields(turn), "public_id": number, "state": "active"})
    )


def create_dashboard(turn: Turn) -> Json:
    """Keep a dashboard."""
    _require(turn, "title", "layout_type")
    if not isinstance(turn.fields.get("widgets"), list):
        raise turn.refuse("invalid", "widgets")
    id = turn.shape.new_id(turn.ids, "dashboards")
    dashboard = {
        "description": None, "author_handle": "ada@example.com", "is_read_only": False, **turn.fields, "id": id,
        "url": f"/dashboard/{id}", "created_at": iso_time(turn.now), "modified_at": iso_time(turn.now),
    }  # fmt: skip
    turn.table("dashboards").add(id, dashboard)
    turn.change("dashboards.create", id, dashboard)
    return dashboard


def list_dashboards(turn: Turn) -> Answer:
    """Return a page of summaries."""
    return answer_rows(
        turn, [{name: board.get(name) for name in _SUMMARY} for board in turn.table("dashboards")]
    )


def _find_dashboard(turn: Turn, id: str) -> Record:
    dashboard = turn.table("dashboards").get(id)
    if dashboard is None:
        raise turn.refuse("not_found", f"Dashboard with ID {id}")
    return dashboard


def get_dashboard(turn: Turn) -> Json:
    """Return a dashboard."""
    return _find_dashboard(turn, turn.values["dashboard_id"])


def delete_dashboards(turn: Turn) -> Answer:
    """Delete several dashboards, or none where one is not there."""
    body = turn.body if isinstance(turn.body, dict) else {}
    found = [_find_dashboard(turn, str(one.get("id"))) for one in body.get("data") or ()]
    for dashboard in found:
        turn.table("dashboards").remove(dashboard["id"])
        turn.change("dashboards.delete", dashboard["id"], dashboard)
    return Answer(204)


def create_webhook(turn: Turn) -> Answer:
    """Keep a webhook, unless there is one of its name."""
    _require(turn, "name", "url")
    name = turn.fields["name"]
    if name in turn.table("webhooks"):
        raise turn.refuse("invalid", status=409, message=f"Webhook {name} already exists")
    record = {"encode_as": "json", "payload": None, "custom_headers": None, **turn.fields}
    turn.change("webhooks.create", name, turn.table("webhooks").add(name, record))
    return json_answer(201, record)
