"""Records: one or up to ten at once, their cells checked against the columns; and the comments on them."""

from __future__ import annotations

import re
from typing import Any

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record, Table
from penstock.sandbox.vendors.airtable.tables import find_table, refuse
from penstock.sandbox.wire import Answer, Json, iso_time, parse_pairs

_MOST = 10
_KINDS: dict[str, tuple[type, ...]] = {
    "singleLineText": (str,), "multilineText": (str,), "email": (str,), "singleSelect": (str,), "number": (int, float),
    "checkbox": (bool,), "multipleSelects": (list,),
}  # fmt: skip
_EQUALS = re.compile(r"""\{?([^}=]+?)\}?\s*=\s*(?:'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?))""")


def _records(turn: Turn) -> tuple[Record, Table]:
    """Return the table a path names, by its id or its name, and its records."""
    table = find_table(turn, turn.values["tableIdOrName"])
    return table, turn.table("records", table["id"])


def _find(turn: Turn, records: Table, id: str) -> Record:
    record = records.get(id)
    if record is None:
        raise turn.refuse("not_found")
    return record


def _read_cells(turn: Turn, table: Record, given: Any, is_cast: bool) -> Record:
    """Return the cells as they are kept, None where one is emptied. Raises Airtable's refusal."""
    columns = {column["name"]: column for column in table["fields"]} | {
        column["id"]: column for column in table["fields"]
    }
    cells: Record = {}
    for name, value in (given or {}).items():
        column = columns.get(name)
        if column is None:
            raise refuse(turn, 422, "UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')
        kinds = _KINDS.get(column["type"], (object,))
        if value is not None and not isinstance(value, kinds):
            if not is_cast:
                raise refuse(
                    turn, 422, "INVALID_VALUE_FOR_COLUMN", f'Field "{name}" cannot accept the provided value'
                )
            value = float(value) if kinds == (int, float) else str(value)
        cells[column["name"]] = value
    return cells


def _make(turn: Turn, table: Record, records: Table, given: Any, is_cast: bool) -> Record:
    id = "rec" + turn.ids.text(14)
    cells = _read_cells(turn, table, given, is_cast)
    record = {
        "id": id,
        "createdTime": f"{iso_time(turn.now)[:-1]}.000Z",
        "fields": {n: v for n, v in cells.items() if v is not None},
    }
    records.add(id, record)
    turn.change("records.create", id, record)
    return record


def _change(
    turn: Turn, table: Record, record: Record, given: Any, *, is_cast: bool, is_whole: bool = False
) -> Record:
    cells = _read_cells(turn, table, given, is_cast)
    kept = cells if is_whole else {**record["fields"], **cells}
    record["fields"] = {name: value for name, value in kept.items() if value is not None}
    turn.change("records.update", record["id"], record)
    return record


def _several(turn: Turn, records: Any) -> list[Record]:
    if not isinstance(records, list) or not records or len(records) > _MOST:
        raise refuse(
            turn,
            422,
            "INVALID_REQUEST_UNKNOWN",
            "Invalid request: parameter validation failed. Check your request data.",
        )
    return records


def _body(turn: Turn) -> Record:
    return turn.body if isinstance(turn.body, dict) else {}


def list_records(turn: Turn) -> Answer:
    """Return a page of records, of those a simple formula holds for, with the fields asked for."""
    _, records = _records(turn)
    rows = list(records)
    asked = {**turn.query, **turn.fields}
    match = _EQUALS.fullmatch(str(asked.get("filterByFormula", "")))
    if match:
        name, wanted = match[1], match[2] or match[3] or match[4]
        rows = [row for row in rows if str(row["fields"].get(name, "")) == wanted]
    if "maxRecords" in asked:
        rows = rows[: int(asked["maxRecords"])]
    only = [
        value for name, value in parse_pairs(turn.request.query) if name == "fields[]"
    ] or turn.fields.get("fields")
    if isinstance(only, list) and only:
        rows = [{**row, "fields": {n: v for n, v in row["fields"].items() if n in only}} for row in rows]
    return answer_rows(turn, rows)


def create_records(turn: Turn) -> Json:
    """Keep one record, or up to ten."""
    (table, records), body = _records(turn), _body(turn)
    is_cast = bool(body.get("typecast"))
    if "records" not in body:
        return _make(turn, table, records, body.get("fields"), is_cast)
    given = [one.get("fields") for one in _several(turn, body["records"])]
    for cells in given:
        _read_cells(turn, table, cells, is_cast)  # all or nothing
    return {"records": [_make(turn, table, records, cells, is_cast) for cells in given]}


def get_record(turn: Turn) -> Json:
    """Return one record."""
    return _find(turn, _records(turn)[1], turn.values["recordId"])


def change_record(turn: Turn) -> Json:
    """Change the cells given, or with PUT all of them."""
    (table, records), body = _records(turn), _body(turn)
    record = _find(turn, records, turn.values["recordId"])
    is_whole = turn.request.method == "PUT"
    return _change(
        turn, table, record, body.get("fields"), is_cast=bool(body.get("typecast")), is_whole=is_whole
    )


def change_records(turn: Turn) -> Json:
    """Change up to ten records by their ids; or by the columns they are merged on, and make those that are missing."""
    (table, records), body = _records(turn), _body(turn)
    given, is_cast = _several(turn, body.get("records")), bool(body.get("typecast"))
    on = (body.get("performUpsert") or {}).get("fieldsToMergeOn")
    for one in given:
        _read_cells(turn, table, one.get("fields"), is_cast)
        if "id" in one:
            _find(turn, records, one["id"])
    made: list[str] = []
    changed: list[Record] = []
    for one in given:
        cells = one.get("fields") or {}
        record = records.get(one["id"]) if "id" in one else None
        if record is None and on:
            record = next((r for r in records if all(r["fields"].get(n) == cells.get(n) for n in on)), None)
        if record is None:
            if not on:
                raise turn.refuse("not_found")
            record = _make(turn, table, records, cells, is_cast)
            made.append(record["id"])
        else:
            _change(turn, table, record, cells, is_cast=is_cast)
        changed.append(record)
    said: Record = {"records": changed}
    if on:
        said |= {"createdRecords": made, "updatedRecords": [r["id"] for r in changed if r["id"] not in made]}
    return said


def delete_record(turn: Turn) -> Json:
    """Take one record out."""
    records = _records(turn)[1]
    record = _find(turn, records, turn.values["recordId"])
    return _drop(turn, records, record)


def delete_records(turn: Turn) -> Json:
    """Take up to ten records out, or none where one is not there."""
    records = _records(turn)[1]
    ids = [value for name, value in parse_pairs(turn.request.query) if name == "records[]"]
    found = [_find(turn, records, str(id)) for id in _several(turn, ids)]
    return {"records": [_drop(turn, records, record) for record in found]}


def _drop(turn: Turn, records: Table, record: Record) -> Record:
    records.remove(record["id"])
    turn.change("records.delete", record["id"], record)
    return {"id": record["id"], "deleted": True}


def comment(turn: Turn) -> Json:
    """Keep a comment on a record, or return a page of them."""
    record = _find(turn, _records(turn)[1], turn.values["recordId"])
    comments = turn.table("comments", record["id"])
    if turn.action == "list":
        return answer_rows(turn, comments)
    id = "com" + turn.ids.text(14)
    author = {"id": "usr" + "S" * 14, "email": "ada@example.com", "name": "Ada"}
    made = {"id": id, "author": author, "text": turn.fields.get("text"), "createdTime": iso_time(turn.now)}
    turn.change("comments.create", id, comments.add(id, made))
    return made
