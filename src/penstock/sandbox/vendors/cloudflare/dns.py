"""DNS records: checked, never twice the same, and changed in batches that are done whole or not at all."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Record, Table
from penstock.sandbox.vendors.cloudflare.answers import list_page, refuse, say, seek
from penstock.sandbox.wire import Json, iso_time

_MOST_CHANGES = 200


def _records(turn: Turn) -> tuple[Record, Table]:
    zone = seek(turn, "zones", "zone_id")
    return zone, turn.table("dns_records", zone["id"])


def list_records(turn: Turn) -> Json:
    """Return the records of a zone, or those of a type, a name, a content."""
    _, records = _records(turn)
    asked = {name: turn.query[name] for name in ("type", "name", "content") if name in turn.query}
    return list_page(
        turn, [record for record in records if all(record[name] == value for name, value in asked.items())]
    )


def _check(
    turn: Turn, zone: Record, records: Iterable[Record], given: Record, own: str | None = None
) -> Record:
    """Return a record's fields as they are kept. Raises the refusal of a wrong one, or of one that is there already."""
    kind, name, content = given.get("type"), str(given.get("name") or ""), given.get("content")
    if not kind or not name:
        raise refuse(turn, 400, 1004, "DNS Validation Error")
    if not name.endswith(zone["name"]):
        name = zone["name"] if name == "@" else f"{name}.{zone['name']}"
    if kind in ("A", "AAAA"):
        try:
            right = ipaddress.ip_address(str(content)).version == (4 if kind == "A" else 6)
        except ValueError:
            right = False
        if not right:
            raise refuse(
                turn,
                400,
                9005,
                f"Content for {kind} record must be a valid IPv{4 if kind == 'A' else 6} address.",
            )
    if any(r["id"] != own and (r["type"], r["name"], r["content"]) == (kind, name, content) for r in records):
        raise refuse(turn, 400, 81058, "An identical record already exists.")
    return {**given, "name": name, "ttl": given.get("ttl") or 1, "proxied": bool(given.get("proxied"))}


def _make(turn: Turn, zone: Record, records: Table, given: Record) -> Record:
    fields = _check(turn, zone, records, given)
    id = turn.ids.text(32, HEX)
    times = {"created_on": iso_time(turn.now), "modified_on": iso_time(turn.now)}
    record = {
        "content": None,
        "comment": None,
        "tags": [],
        **fields,
        **times,
        "id": id,
        "proxiable": fields["type"] != "TXT",
    }
    records.add(id, record)
    turn.change("dns_records.create", id, record)
    return record


def _change(turn: Turn, zone: Record, records: Table, id: str, given: Record) -> Record:
    record = _find_record(turn, records, id)
    record |= _check(turn, zone, records, {**record, **given}, id) | {
        "modified_on": iso_time(turn.now),
        "id": id,
    }
    turn.change("dns_records.update", id, record)
    return record


def _find_record(turn: Turn, records: Table, id: str) -> Record:
    record = records.get(id)
    if record is None:
        raise refuse(turn, 404, 81044, "Record does not exist.")
    return record


def _drop(turn: Turn, records: Table, id: str) -> Record:
    record = _find_record(turn, records, id)
    records.remove(id)
    turn.change("dns_records.delete", id, record)
    return {"id": id}


def write_record(turn: Turn) -> Json:
    """Make, read, change, replace or delete one record."""
    (zone, records), id = _records(turn), turn.values.get("dns_record_id", "")
    if turn.request.method == "POST":
        return say(_make(turn, zone, records, turn.fields))
    if turn.request.method == "GET":
        return say(_find_record(turn, records, id))
    if turn.request.method == "DELETE":
        return say(_drop(turn, records, id))
    return say(_change(turn, zone, records, id, turn.fields))


def run_batch(turn: Turn) -> Json:
    """Do deletes, patches, puts and posts, in this order; nothing where one of them is refused."""
    zone, records = _records(turn)
    lists: dict[str, list[Record]] = {
        name: turn.fields.get(name) or [] for name in ("deletes", "patches", "puts", "posts")
    }
    if sum(map(len, lists.values())) > _MOST_CHANGES:
        raise refuse(turn, 400, 9240, f"Batch exceeds the limit of {_MOST_CHANGES} changes")
    kept = [dict(record) for record in records]
    try:
        return say(
            {
                "deletes": [_drop(turn, records, str(one.get("id"))) for one in lists["deletes"]],
                "patches": [
                    _change(turn, zone, records, str(one.get("id")), one) for one in lists["patches"]
                ],
                "puts": [_change(turn, zone, records, str(one.get("id")), one) for one in lists["puts"]],
                "posts": [_make(turn, zone, records, one) for one in lists["posts"]],
            }
        )
    except Refusal:
        for record in list(records):
            records.remove(record["id"])
        for record in kept:
            records.add(record["id"], record)
        turn.effects.clear()
        raise
