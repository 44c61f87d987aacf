"""The catalogue of Square's sandbox: objects with versions, new ones under ids that begin with #; and its stock."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.square.records import check_version, need, new_id, say_time
from penstock.sandbox.wire import Answer, Json


def _keep_object(turn: Turn, given: Any, new: dict[str, str]) -> Record:
    """Keep a catalogue object; an id that begins with # is a new one's."""
    if not isinstance(given, dict) or not given.get("type"):
        raise turn.refuse("invalid", "object.type")
    id = str(given.get("id") or "#1")
    changes = {
        "version": int(turn.now * 1000) + turn.ids.next("version"),
        "updated_at": say_time(turn),
        "is_deleted": False,
    }
    if id.startswith("#"):
        record: Record = {
            **given,
            **changes,
            "id": new_id(turn.ids, "catalog"),
            "present_at_all_locations": True,
        }
        new[id] = record["id"]
        turn.table().add(record["id"], record)
    else:
        record = find(turn, id)
        check_version(turn, record, given.get("version"), is_needed=True)
        record |= {**given, **changes}
    turn.change("catalog.upsert", record["id"], record.get(f"{str(given['type']).lower()}_data") or record)
    return record


def _mappings(new: dict[str, str]) -> list[Record]:
    return [{"client_object_id": old, "object_id": id} for old, id in new.items()]


def upsert_object(turn: Turn) -> Json:
    """Make or change one catalogue object."""
    need(turn, "idempotency_key", "object")
    new: dict[str, str] = {}
    return {"catalog_object": _keep_object(turn, turn.fields["object"], new), "id_mappings": _mappings(new)}


def upsert_objects(turn: Turn) -> Json:
    """Make or change the catalogue objects of all batches."""
    need(turn, "idempotency_key", "batches")
    new: dict[str, str] = {}
    given = [one for batch in turn.fields["batches"] for one in batch.get("objects") or ()]
    return {"objects": [_keep_object(turn, one, new) for one in given], "id_mappings": _mappings(new)}


def list_objects(turn: Turn) -> Answer:
    """Return the catalogue objects of the types asked for."""
    asked = turn.query.get("types") or ",".join(turn.fields.get("object_types") or ())
    kept = (one for one in turn.table() if not asked or one["type"] in asked.split(","))
    return answer_rows(turn, kept)


def change_inventory(turn: Turn) -> Json:
    """Note counts."""
    need(turn, "idempotency_key", "changes")
    counts = [one.get("physical_count") or one.get("adjustment") or {} for one in turn.fields["changes"]]
    turn.change("inventory.change", str(len(counts)))
    return {"counts": [{**one, "calculated_at": say_time(turn)} for one in counts]}
