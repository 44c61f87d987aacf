"""What an operation does to the records: create, get, list, update, upsert, delete, or something of the vendor's own."""

from __future__ import annotations

from typing import Any

from penstock.catalog.definition import Operation, Pagination
from penstock.sandbox.rest.paging import answer_page, put
from penstock.sandbox.rest.shape import Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Answer, Json, json_answer

_BY_LEAF = {
    "create": ("create", "add", "send", "post", "insert", "upload", "invite", "append"),
    "get": ("get", "read", "retrieve", "lookup", "show"),
    "list": ("list", "search", "query", "find", "list_all"),
    "update": ("update", "patch", "edit", "replace", "set"),
    "delete": ("delete", "remove", "archive", "destroy", "trash"),
    "upsert": ("upsert", "create_or_update"),
}
_ACTIONS = {leaf: action for action, leaves in _BY_LEAF.items() for leaf in leaves}


def name_action(shape: Shape, operation: Operation | None) -> str:
    """Return what an operation does: by the shape, else by the last part of its name, else "act"."""
    if operation is None:
        return "act"
    leaf = operation.name.rpartition(".")[2]
    if operation.is_paginated and operation.name not in shape.actions:
        return "list"
    return shape.actions.get(operation.name) or _ACTIONS.get(leaf, "act")


def name_collection(shape: Shape, operation: Operation | None) -> str:
    """Return the collection an operation works on: by the shape, else what stands before the last dot of its name."""
    if operation is None:
        return ""
    return shape.collections.get(operation.name) or operation.name.rpartition(".")[0]


def act(turn: Turn, style: Pagination | None) -> Json | Answer:
    """Do what the operation does, and return the vendor's answer."""
    _require(turn)
    match turn.action:
        case "create":
            return turn.shape.one(turn, create(turn, turn.fields))
        case "get":
            return turn.shape.one(turn, find(turn))
        case "list":
            body, headers = answer_page(turn, style, turn.table())
            return json_answer(turn.shape.statuses.get("list", 200), body, headers)
        case "update":
            return turn.shape.one(turn, update(turn, find(turn), turn.fields))
        case "upsert":
            return turn.shape.one(turn, upsert(turn))
        case "delete":
            return delete(turn)
        case _:
            return _do_otherwise(turn)


def _require(turn: Turn) -> None:
    """Refuse a call that lacks what the operation needs."""
    operation = turn.operation
    assert operation is not None
    for parameter in operation.parameters:
        if not parameter.is_required or parameter.place in ("path", "header"):
            continue
        wire = (parameter.wire or parameter.name).removeprefix("/")
        if wire == "$":
            continue
        source: Any = turn.query if parameter.place == "query" else turn.fields
        bare = wire.removesuffix("[]")
        if not any(source.get(name) not in (None, "") for name in (wire, bare)):
            raise turn.refuse("invalid", wire)


def create(turn: Turn, fields: Record, *, collection: str | None = None, id: str | None = None) -> Record:
    """Keep a new record, note the effect, and return it."""
    shape, table = turn.shape, turn.table(collection)
    id = id or shape.new_id(turn.ids, collection or turn.collection)
    record = shape.build(turn, id, fields) if shape.build is not None else put(dict(fields), shape.id, id)
    table.add(id, record)
    turn.change(f"{collection or turn.collection}.create", id, record)
    return record


def find(turn: Turn, id: str | None = None, *, collection: str | None = None) -> Record:
    """Return the record the request names. Raises the vendor's own refusal where there is none."""
    id = id if id is not None else turn.id
    record = None if id is None else turn.table(collection).get(id)
    if record is None and id is None and len(turn.table(collection)) == 1:
        record = next(iter(turn.table(collection)))  # of what there is only one: the account itself
    if record is None:
        raise turn.refuse("not_found", f"{(collection or turn.collection).rpartition('.')[2]} {id}")
    return record


def update(turn: Turn, record: Record, fields: Record) -> Record:
    """Change a record by the fields of a request, note the effect, and return it."""
    shape = turn.shape
    if shape.merge is not None:
        shape.merge(turn, record, fields)
    else:
        record.update({name: value for name, value in fields.items() if name != shape.id})
    turn.change(f"{turn.collection}.update", turn.id or "", record)
    return record


def upsert(turn: Turn) -> Record:
    """Change the record the request names, or keep a new one under that name."""
    id = turn.id
    record = turn.table().get(id) if id is not None else None
    return update(turn, record, turn.fields) if record is not None else create(turn, turn.fields, id=id)


def delete(turn: Turn) -> Json | Answer:
    """Take a record out, note the effect, and return what the vendor says to that."""
    record = find(turn)
    id = turn.id
    assert id is not None
    turn.table().remove(id)
    turn.change(f"{turn.collection}.delete", id, record)
    return turn.shape.deleted(turn, record) if turn.shape.deleted is not None else None


def _do_otherwise(turn: Turn) -> Json:
    """Answer what is neither: reads give what they name, writes are noted and give it back."""
    operation = turn.operation
    assert operation is not None
    record = turn.table().get(turn.id) if turn.id is not None else None
    if operation.method not in ("GET", "HEAD"):
        turn.change(operation.name, turn.id or "", record or turn.fields)
    return (
        turn.shape.one(turn, record)
        if record is not None
        else turn.shape.one(turn, put(dict(turn.fields), turn.shape.id, turn.id))
    )
