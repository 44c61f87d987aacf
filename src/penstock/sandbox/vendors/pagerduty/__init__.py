"""PagerDuty as the sandbox plays it: a service, a team, two people on call; incidents that open, merge and resolve.

Sources: the pages named in integrations/pagerduty.py; the pagerduty package's own reading of them.
Events come to the same address as everything else, signed by any routing_key; those with one dedup_key are one alert.
"""

from __future__ import annotations

from typing import Any

from penstock.integrations.pagerduty import integration
from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.pagerduty import incidents
from penstock.sandbox.vendors.pagerduty.objects import build_list, frame, has_words, new_id, refer
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

_SINGULAR = {
    "incidents": "incident", "incident_notes": "note", "log_entries": "log_entry", "services": "service", "users": "user",
    "maintenance_windows": "maintenance_window", "webhook_subscriptions": "webhook_subscription",
}  # fmt: skip


def open_vendor(setup: Setup) -> Vendor:
    """Return PagerDuty."""
    return RestVendor(setup, integration, SHAPE)


def _seed(turn: Turn) -> None:
    def add(collection: str, kind: str, name: str, **more: Any) -> Record:
        id = new_id(turn.ids, collection)
        return turn.table(collection).add(id, {**frame(turn, kind, id, name), "name": name, **more})

    people = [
        add("users", "user", n, email=f"{n.lower()}@example.com", time_zone="Etc/UTC") for n in ("Ada", "Eve")
    ]
    turn.store.notes["me"] = people[0]["id"]
    team = add("teams", "team", "Operations")
    policy = add("escalation_policies", "escalation_policy", "Default", num_loops=0, teams=[refer(team)])
    schedule = add(
        "schedules", "schedule", "Nights", time_zone="Etc/UTC", users=[refer(one) for one in people]
    )
    add(
        "services",
        "service",
        "Checkout",
        status="active",
        escalation_policy=refer(policy),
        teams=[refer(team)],
    )
    turn.table("oncalls").add(
        "1", {"user": refer(people[0]), "schedule": refer(schedule), "escalation_policy": refer(policy), "escalation_level": 1,
              "start": None, "end": None},
    )  # fmt: skip


def _build(turn: Turn, id: str, given: Record) -> Record:
    kind = _SINGULAR[turn.collection]
    name = str(given.get("name") or given.get("description") or kind)
    record = {**frame(turn, kind, id, name), "created_at": iso_time(turn.now), **given}
    if kind == "webhook_subscription":
        record["delivery_method"] = {**(given.get("delivery_method") or {}), "secret": turn.ids.text(64)}
    return record


def _error(refusal: Refusal) -> Answer:
    words: Json = {"message": refusal.message, "code": int(refusal.code)}
    if refusal.kind == "invalid":
        words = {
            "message": "Invalid Input Provided",
            "code": int(refusal.code),
            "errors": refusal.message.split("\n"),
        }
    return json_answer(refusal.status, {"error": words})


SHAPE = Shape(
    key="u+sandbox{name}",
    new_id=new_id,
    build=_build,
    one=lambda turn, record: {_SINGULAR[turn.collection]: record},
    statuses={"create": 201},
    seed=_seed,
    error=_error,
    keeps=("title", "name", "content", "summary", "status"),
    refusals={
        "unauthorized": (401, "2006", "Unauthorized"),
        "forbidden": (403, "2010", "Access Denied"),
        "not_found": (404, "2100", "Not Found"),
        "no_route": (404, "2100", "Not Found"),
        "invalid": (400, "2001", "{what} cannot be empty"),
        "throttled": (429, "2020", "Rate Limit Exceeded"),
        "failed": (500, "2000", "Internal Server Error"),
    },
    handlers={
        "abilities.list": lambda turn: {"abilities": ["sso", "teams", "event_rules"]},
        "incidents.create": incidents.create_incident,
        "incidents.list": build_list("incidents", incidents.is_asked),
        "incidents.update": lambda turn: {"incident": incidents.change(turn, turn.values["id"], turn.fields)},
        "incidents.manage": incidents.change_incidents,
        "incidents.merge": incidents.merge_incidents,
        "incidents.snooze": incidents.snooze,
        "incidents.alerts": build_list("alerts", lambda turn, record: False),
        "incident_notes.create": incidents.write_note,
        "incident_notes.list": incidents.write_note,
        "log_entries.list": build_list("log_entries"),
        "services.list": build_list("services", has_words),
        "users.list": build_list("users", has_words),
        "users.me": lambda turn: {"user": find(turn, turn.store.notes["me"], collection="users")},
        "oncalls.list": build_list("oncalls"),
        "schedules.list": build_list("schedules", has_words),
        "schedules.create_overrides": incidents.override,
        "escalation_policies.list": build_list("escalation_policies", has_words),
        "teams.list": build_list("teams", has_words),
        "audit_records.list": lambda turn: {"records": [], "limit": 100, "next_cursor": None},
    },
    open_paths={"POST /v2/enqueue": incidents.enqueue},
)  # fmt: skip
