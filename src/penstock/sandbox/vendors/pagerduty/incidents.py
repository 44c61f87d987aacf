"""Incidents, their notes and their log; overrides of a schedule; and the events that make alerts."""

from __future__ import annotations

from collections.abc import Iterable

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import UPPER, Record
from penstock.sandbox.vendors.pagerduty.objects import asked_for, frame, new_id, refer, refuse
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

_MOST_INCIDENTS = 250


def is_asked(turn: Turn, incident: Record) -> bool:
    """Say whether an incident has one of the statuses, urgencies and services a list asks for."""
    held = {
        "statuses": incident["status"],
        "urgencies": incident["urgency"],
        "service_ids": incident["service"]["id"],
    }
    return all(not (asked := asked_for(turn, name)) or value in asked for name, value in held.items())


def create_incident(turn: Turn) -> Json:
    """Open an incident on a service, unless one with the same key is open there."""
    fields = turn.fields
    missing = [
        f"{name.capitalize()} cannot be empty" for name in ("title", "service") if not fields.get(name)
    ]
    if missing:
        raise refuse(turn, *missing)
    service = turn.table("services").get(str(fields["service"].get("id")))
    if service is None:
        raise refuse(turn, "Service does not exist")
    key = fields.get("incident_key") or turn.ids.text(32, "0123456789abcdef")
    if any(
        i["incident_key"] == key and i["service"]["id"] == service["id"] and i["status"] != "resolved"
        for i in turn.table()
    ):
        raise refuse(turn, "Open incident with matching dedup key already exists on this service")
    id, number = new_id(turn.ids, "incidents"), turn.ids.next("incident")
    incident = {
        **frame(turn, "incident", id, f"[#{number}] {fields['title']}"), "incident_number": number, "title": fields["title"],
        "created_at": iso_time(turn.now), "status": "triggered", "incident_key": key, "service": refer(service),
        "urgency": fields.get("urgency") or "high", "assignments": fields.get("assignments") or [],
        "priority": fields.get("priority"),
        "body": {"type": "incident_body", "details": (fields.get("body") or {}).get("details")},
    }  # fmt: skip
    turn.table().add(id, incident)
    _log(turn, "trigger", incident)
    turn.change("incidents.create", id, incident)
    return json_answer(201, {"incident": incident})


def _log(turn: Turn, kind: str, incident: Record) -> None:
    id = "R" + turn.ids.text(25, UPPER)
    entry = {
        **frame(turn, f"{kind}_log_entry", id, kind.capitalize()),
        "created_at": iso_time(turn.now),
        "incident": refer(incident),
    }
    turn.table("log_entries").add(id, entry)


def change(turn: Turn, id: str, fields: Record) -> Record:
    """Change an incident, and write it into the log. Raises the refusal where that cannot be."""
    incident = find(turn, id, collection="incidents")
    if incident["status"] == "resolved" and fields.get("status") in ("triggered", "acknowledged"):
        raise refuse(turn, "Incident Already Resolved")
    incident |= {name: value for name, value in fields.items() if name not in ("id", "type")}
    _log(
        turn,
        {"resolved": "resolve", "acknowledged": "acknowledge"}.get(fields.get("status", ""), "assign"),
        incident,
    )
    turn.change("incidents.update", id, incident)
    return incident


def change_incidents(turn: Turn) -> Json:
    """Change up to 250 incidents, each by its reference."""
    given = turn.fields.get("incidents")
    if not isinstance(given, list) or not given:
        raise refuse(turn, "Incidents cannot be empty")
    if len(given) > _MOST_INCIDENTS:
        return Answer(413)
    for one in given:
        find(turn, str(one.get("id")), collection="incidents")  # all or nothing
    return {"incidents": [change(turn, str(one.get("id")), one) for one in given]}


def merge_incidents(turn: Turn) -> Json:
    """Resolve incidents into another one."""
    target = find(turn, turn.values["id"], collection="incidents")
    for one in turn.fields.get("source_incidents") or ():
        source = find(turn, str(one.get("id")), collection="incidents")
        if source["status"] == "resolved":
            raise refuse(turn, "Source incidents must be open")
        change(turn, source["id"], {"status": "resolved"})
    return {"incident": target}


def snooze(turn: Turn) -> Json:
    """Acknowledge an incident for a while."""
    if not isinstance(turn.fields.get("duration"), int):
        raise refuse(turn, "Duration must be a number of seconds")
    return json_answer(201, {"incident": change(turn, turn.values["id"], {"status": "acknowledged"})})


def write_note(turn: Turn) -> Json:
    """Keep a note on an incident, or return those there are."""
    incident = find(turn, turn.values["id"], collection="incidents")
    notes = turn.table("notes", incident["id"])
    if turn.action == "list":
        return {"notes": list(notes)}
    if not turn.fields.get("content"):
        raise refuse(turn, "Content cannot be empty")
    id = new_id(turn.ids, "notes")
    author = refer(find(turn, turn.store.notes["me"], collection="users"))
    note = {"id": id, "content": turn.fields["content"], "created_at": iso_time(turn.now), "user": author}
    turn.change("incident_notes.create", id, notes.add(id, note))
    return {"note": note}


def override(turn: Turn) -> Answer:
    """Put other people on a schedule; each override has an answer of its own."""
    find(turn, turn.values["id"], collection="schedules")
    made = []
    for one in turn.fields.get("overrides") or ():
        if not {"start", "end", "user"} <= one.keys():
            made.append({"status": 400, "errors": ["Start, end and user are required"], "override": one})
            continue
        id = "Q" + turn.ids.text(13, UPPER)
        turn.change("overrides.create", id, one)
        made.append({"status": 201, "override": {"id": id, **one}})
    return json_answer(201, made)


def enqueue(turn: Turn) -> Answer:
    """Take an event in: a new alert, more of one that is open, or the end of one."""
    event: Record = turn.body if isinstance(turn.body, dict) else {}
    payload = event.get("payload") or {}
    wanted: Iterable[str] = (
        ("summary", "source", "severity") if event.get("event_action") == "trigger" else ()
    )
    errors = [
        f"'{name}' is missing or blank" for name in ("routing_key", "event_action") if not event.get(name)
    ]
    errors += [f"'payload.{name}' is missing or blank" for name in wanted if not payload.get(name)]
    if errors:
        return json_answer(
            400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        )
    key = event.get("dedup_key") or turn.ids.text(32, "0123456789abcdef")
    alerts, is_end = turn.table("alerts", event["routing_key"]), event["event_action"] == "resolve"
    if alerts.get(key) is None and event["event_action"] == "trigger":
        turn.change("alerts.create", key, alerts.add(key, {"dedup_key": key, **payload}))
    elif alerts.get(key) is not None and is_end:
        turn.change("alerts.resolve", key, alerts.remove(key))
    return json_answer(202, {"status": "success", "message": "Event processed", "dedup_key": key})
