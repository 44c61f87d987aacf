"""Intercom's records: how they are made and changed, and the lists and searches they are read by."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from penstock.sandbox.rest.acting import find, update
from penstock.sandbox.rest.paging import build_token, read_token
from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Ids, Record
from penstock.sandbox.wire import Json

WORKSPACE, ADMIN = "sandbox1", "991267"
MOST_ON_A_PAGE = 150
_TYPES = {
    "contacts": "contact", "companies": "company", "conversations": "conversation", "tickets": "ticket", "notes": "note",
    "tags": "tag", "messages": "admin_message",
}  # fmt: skip


def refuse(turn: Turn, message: str, *, status: int = 400, code: str = "parameter_invalid") -> Refusal:
    """Return the refusal of a request that is not as it should be."""
    return turn.refuse("invalid", status=status, code=code, message=message)


def new_id(ids: Ids, collection: str) -> str:
    """Return 24 hexadecimal digits, or for what is counted a number."""
    if collection in ("contacts", "companies"):
        return ids.text(24, HEX)
    return str(ids.next(collection, 403_918_200, 7))


def build_admin() -> Record:
    """Return the one admin there is."""
    return {
        "type": "admin", "id": ADMIN, "name": "Ada Sandbox", "email": "ada@sandbox.example", "has_inbox_seat": True,
        "away_mode_enabled": False, "away_mode_reassign": False, "team_ids": [],
    }  # fmt: skip


def build(turn: Turn, id: str, fields: Record) -> Record:
    """Return a new record with what Intercom adds to it."""
    now = int(turn.now)
    record: Record = {"type": _TYPES[turn.collection], "id": id, "created_at": now, "updated_at": now}
    if turn.collection == "contacts":
        record |= {
            "workspace_id": WORKSPACE, "role": "user", "external_id": None, "email": None, "phone": None, "name": None,
            "unsubscribed_from_emails": False, "custom_attributes": {}, "tags": _nothing(), "companies": _nothing(),
            "notes": _nothing(),
        }  # fmt: skip
    return record | fields


def _nothing() -> Record:
    return {"type": "list", "data": [], "has_more": False, "total_count": 0}


def merge(turn: Turn, record: Record, fields: Record) -> None:
    """Change a record; of its own attributes those that are named."""
    kept = {
        name: {**record.get(name, {}), **fields[name]} for name in _OWN if isinstance(fields.get(name), dict)
    }
    record.update({**fields, **kept, "updated_at": int(turn.now)})


_OWN = ("custom_attributes", "ticket_attributes")


def read_number(turn: Turn, name: str, default: int) -> int:
    """Return a whole number a request gives. Raises the refusal of what is none."""
    value = str(turn.query.get(name) or turn.fields.get(name) or default)
    if not value.isdigit() or value == "0":
        raise refuse(turn, f"{name} must be a number from 1 on")
    return int(value)


def sent(turn: Turn) -> Record:
    """Return the body as it came, own attributes still by themselves."""
    return dict(turn.body) if isinstance(turn.body, dict) else {}


def change(turn: Turn) -> Json:
    """Change the record the path names."""
    return update(turn, find(turn), sent(turn))


def answer_list(turn: Turn, rows: list[Record], items: str = "data", kind: str = "list") -> Json:
    """Return a page of these records, and the cursor of the next."""
    asked = {**turn.query, **turn.fields}
    size, token = read_number(turn, "per_page", 50), asked.get("starting_after")
    start = read_token(str(token)) if token else 0
    if start is None or not 1 <= size <= MOST_ON_A_PAGE:
        raise refuse(
            turn, "starting_after is invalid" if start is None else "per_page must be between 1 and 150"
        )
    pages: Record = {
        "type": "pages",
        "page": start // size + 1,
        "per_page": size,
        "total_pages": math.ceil(len(rows) / size),
    }
    if start + size < len(rows):
        pages["next"] = {"page": pages["page"] + 1, "starting_after": build_token(start + size)}
    return {"type": kind, items: rows[start : start + size], "total_count": len(rows), "pages": pages}


def list_of(items: str = "data", kind: str = "list") -> Callable[[Turn], Json]:
    """Return what lists a collection, or of it what the body's query asks for."""

    def answer(turn: Turn) -> Json:
        query = turn.fields.get("query")
        rows = [one for one in turn.table() if query is None or _fits(turn, one, query)]
        return answer_list(turn, rows, items, kind)

    return answer


def _fits(turn: Turn, record: Record, query: Json) -> bool:
    """Say whether a record is one a search's query asks for."""
    if not isinstance(query, dict) or not {"operator", "value"} <= query.keys():
        raise refuse(turn, "query must have a field, an operator and a value")
    operator, wanted = query["operator"], query["value"]
    if operator in ("AND", "OR"):
        return (all if operator == "AND" else any)(_fits(turn, record, one) for one in wanted)
    found: Any = record
    for step in str(query.get("field")).split("."):
        found = found.get(step) if isinstance(found, dict) else None
    text, sought = str(found or "").lower(), str(wanted).lower()
    match operator:
        case "=" | "!=":
            return (text == sought) is (operator == "=")
        case "IN" | "NIN":
            return (found in wanted) is (operator == "IN")
        case ">" | "<":
            return found is not None and (
                float(found) > float(wanted) if operator == ">" else float(found) < float(wanted)
            )
        case "~" | "!~":
            return (sought in text) is (operator == "~")
        case "^":
            return text.startswith(sought)
        case "$":
            return text.endswith(sought)
    raise refuse(turn, f"operator {operator} is invalid")


def first(records: Iterable[Record], **wanted: Json) -> Record | None:
    """Return the first record that has one of these values."""
    return next((one for one in records if any(v and one.get(name) == v for name, v in wanted.items())), None)


def find_contact(turn: Turn, **named: Json) -> Record:
    """Return the contact a request is about: the path's, or one known by its id, external id or address."""
    contacts = turn.table("contacts")
    found = first(contacts, **named) if named else contacts.get(turn.values["contact_id"])
    if found is None:
        raise turn.refuse("not_found", "contacts")
    return found
