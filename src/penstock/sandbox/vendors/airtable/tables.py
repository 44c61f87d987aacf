"""Bases, their tables and columns; and the refusal of what is not there or not as it should be."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Json

_COLUMNS = {
    "Name": "singleLineText",
    "Email": "email",
    "Age": "number",
    "Status": "singleSelect",
    "Notes": "multilineText",
}


def seed(turn: Turn) -> None:
    """Begin with one base, and a table of contacts in it."""
    base = "app" + turn.ids.text(14)
    turn.table("bases").add(base, {"id": base, "name": "Sandbox", "permissionLevel": "create"})
    add_table(turn, base, "Contacts", [{"name": name, "type": kind} for name, kind in _COLUMNS.items()])


def add_table(turn: Turn, base: str, name: str, columns: Any) -> Record:
    """Keep a table with its columns."""
    id = "tbl" + turn.ids.text(14)
    fields = [{"id": "fld" + turn.ids.text(14), **column} for column in columns]
    views = [{"id": "viw" + turn.ids.text(14), "name": "Grid view", "type": "grid"}]
    table = {
        "id": id,
        "name": name,
        "primaryFieldId": fields[0]["id"] if fields else None,
        "fields": fields,
        "views": views,
    }
    return turn.table("tables", base).add(id, table)


def refuse(turn: Turn, status: int, code: str, message: str) -> Refusal:
    """Return a refusal with these words."""
    return turn.refuse("invalid", status=status, code=code, message=message)


def find_base(turn: Turn) -> str:
    """Return the id of the base a path names."""
    base = turn.values["baseId"]
    if base not in turn.table("bases"):
        raise turn.refuse("forbidden")
    return base


def find_table(turn: Turn, wanted: str) -> Record:
    """Return a table of a base by its id or its name."""
    base = find_base(turn)
    for table in turn.table("tables", base):
        if wanted in (table["id"], table["name"]):
            return table
    raise turn.refuse("forbidden")


def create_table(turn: Turn) -> Json:
    """Keep a new table with its columns."""
    base = find_base(turn)
    if not turn.fields.get("name") or not turn.fields.get("fields"):
        raise refuse(turn, 422, "INVALID_REQUEST_UNKNOWN", "Invalid request: name and fields are required.")
    table = add_table(turn, base, turn.fields["name"], turn.fields["fields"])
    turn.change("tables.create", table["id"], table)
    return table


def change_table(turn: Turn) -> Json:
    """Give a table another name or description."""
    table = find_table(turn, turn.values["tableId"])
    table |= {name: turn.fields[name] for name in ("name", "description") if name in turn.fields}
    turn.change("tables.update", table["id"], table)
    return table


def create_field(turn: Turn) -> Json:
    """Keep a new column."""
    table = find_table(turn, turn.values["tableId"])
    column = {"id": "fld" + turn.ids.text(14), **turn.fields}
    table["fields"].append(column)
    turn.change("fields.create", column["id"], column)
    return column
