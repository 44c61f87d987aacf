"""HubSpot's records: properties that exist, what is shown of them, and the one thing HubSpot knows twice: an e-mail."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

_OWN = "hs_object_id createdate lastmodifieddate hs_createdate hs_lastmodifieddate hubspot_owner_id"
PROPERTIES = {
    kind: tuple(f"{names} {_OWN}".split())
    for kind, names in {
        "contacts": "email firstname lastname phone mobilephone company website jobtitle address city state zip country"
        " lifecyclestage hs_lead_status",
        "companies": "name domain phone industry description city state zip country website numberofemployees"
        " annualrevenue",
        "deals": "dealname amount dealstage pipeline closedate dealtype description",
        "tickets": "subject content hs_pipeline hs_pipeline_stage hs_ticket_priority hs_ticket_category",
        "notes": "hs_note_body hs_timestamp hs_attachment_ids",
    }.items()
}
_SHOWN = {
    "contacts": "createdate email firstname hs_object_id lastmodifieddate lastname",
    "companies": "createdate domain hs_lastmodifieddate hs_object_id name",
    "deals": "amount closedate createdate dealname dealstage hs_lastmodifieddate hs_object_id pipeline",
    "tickets": "content createdate hs_lastmodifieddate hs_object_id hs_pipeline hs_pipeline_stage subject",
    "notes": "hs_createdate hs_lastmodifieddate hs_object_id",
}


def check(turn: Turn, properties: Json) -> Record:
    """Return properties as HubSpot keeps them, all text. Raises its refusal of those it does not know."""
    if not isinstance(properties, Mapping):
        raise turn.refuse("invalid", "properties is missing")
    wrong = [
        (name, "PROPERTY_DOESNT_EXIST") for name in properties if name not in PROPERTIES[turn.collection]
    ]
    email = properties.get("email")
    if email not in (None, "") and "@" not in str(email):
        wrong.append(("email", "INVALID_EMAIL"))
    if wrong:
        told = [
            {"isValid": False, "error": code, "name": name, "message": f"{name}: {code}"}
            for name, code in wrong
        ]
        raise turn.refuse("invalid", message=f"Property values were not valid: {json.dumps(told)}")
    return {name: _text(value) for name, value in properties.items()}


def _text(value: Json) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def keep(turn: Turn, properties: Json) -> Record:
    """Keep a new record and note it. Raises HubSpot's 409 where the address is another contact's."""
    kept = check(turn, properties)
    if kept.get("email"):
        kept["email"] = str(kept["email"]).lower()
        if (there := _emails(turn).get(kept["email"])) is not None:
            said = f"Contact already exists. Existing ID: {there}"
            raise turn.refuse("invalid", status=409, code="CONFLICT", message=said)
    id, at = str(turn.ids.next("record", start=301)), iso_time(turn.now)
    modified = "lastmodifieddate" if turn.collection == "contacts" else "hs_lastmodifieddate"
    created = "hs_createdate" if turn.collection == "notes" else "createdate"
    kept |= {"hs_object_id": id, created: at, modified: at}
    record = {"id": id, "properties": kept, "createdAt": at, "updatedAt": at, "archived": False}
    turn.table(turn.collection).add(id, record)
    if kept.get("email"):
        _emails(turn)[kept["email"]] = id
    turn.change(f"{turn.collection}.create", id, kept)
    return record


def change(turn: Turn, record: Record, properties: Json) -> Record:
    """Change a record's properties and note it."""
    changed = check(turn, properties)
    kept = record["properties"]
    if changed.get("email"):
        changed["email"] = str(changed["email"]).lower()
        there = _emails(turn).get(changed["email"], record["id"])
        if there != record["id"]:
            said = f"Contact already exists. Existing ID: {there}"
            raise turn.refuse("invalid", status=409, code="CONFLICT", message=said)
        _emails(turn).pop(kept.get("email"), None)
        _emails(turn)[changed["email"]] = record["id"]
    record["updatedAt"] = iso_time(turn.now)
    modified = "lastmodifieddate" if turn.collection == "contacts" else "hs_lastmodifieddate"
    kept.update(changed, **{modified: record["updatedAt"]})
    turn.change(f"{turn.collection}.update", record["id"], kept)
    return record


def _emails(turn: Turn) -> dict[str | None, str]:
    found: dict[str | None, str] = turn.store.notes.setdefault("emails", {})
    return found if turn.collection == "contacts" else {}


def find(turn: Turn, key: str, known_by: str | None = None) -> Record | None:
    """Return a record by its id, or by another property."""
    table = turn.table(turn.collection)
    if known_by in (None, "", "hs_object_id", "id"):
        return table.get(key)
    if known_by == "email" and turn.collection == "contacts":
        return table.get(_emails(turn).get(key.lower(), ""))
    return next((record for record in table if record["properties"].get(known_by) == key), None)


def show(turn: Turn, record: Record, asked: Iterable[str] = ()) -> Record:
    """Return a record with the properties that are always shown and those asked for."""
    named = dict.fromkeys([*_SHOWN[turn.collection].split(), *asked])
    return {**record, "properties": {name: record["properties"].get(name) for name in named if name}}


def asked_for(turn: Turn) -> list[str]:
    """Return the properties a query asks for, be they joined by commas or repeated."""
    given = [value for name, value in turn.request.query_pairs() if name == "properties"]
    return [name for value in given for name in value.split(",")]


def _named(turn: Turn) -> Record:
    key = next(iter(turn.values.values()))
    record = find(turn, key, turn.query.get("idProperty"))
    if record is None:
        raise turn.refuse("not_found", f"{turn.collection} {key}")
    return record


def _properties(turn: Turn) -> Json:
    return turn.body.get("properties") if isinstance(turn.body, dict) else None


def create(turn: Turn) -> Answer:
    """Answer POST: the record with all its properties."""
    return json_answer(201, keep(turn, _properties(turn)))


def get(turn: Turn) -> Json:
    """Answer GET of one."""
    return show(turn, _named(turn), asked_for(turn))


def update(turn: Turn) -> Json:
    """Answer PATCH."""
    return change(turn, _named(turn), _properties(turn))


def list_all(turn: Turn) -> Answer:
    """Answer GET of all, in pages that say where the next is."""
    asked = asked_for(turn)
    return answer_rows(turn, (show(turn, record, asked) for record in turn.table(turn.collection)))


def archive(turn: Turn) -> Answer:
    """Answer DELETE: no body; of what was archived before, the same again."""
    key = next(iter(turn.values.values()))
    gone: set[str] = turn.store.notes.setdefault("archived", set())
    record = turn.table(turn.collection).remove(key)
    if record is None and key not in gone:
        raise turn.refuse("not_found", f"{turn.collection} {key}")
    if record is not None:
        gone.add(key)
        _emails(turn).pop(record["properties"].get("email"), None)
        turn.change(f"{turn.collection}.delete", key, record["properties"])
    return Answer(204)
