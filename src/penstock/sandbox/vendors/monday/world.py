"""What a monday.com account holds at first, and how its things are found and made."""

from __future__ import annotations

import json
from typing import Any

from graphql import GraphQLError

from penstock.sandbox.rest.graph import GraphTurn
from penstock.sandbox.state import Record

BOARD, ITEMS, USER = "1771812698", 230, "4012689"
COLUMNS = (("name", "Name", "name"), ("status", "Status", "status"), ("date4", "Date", "date"), ("text", "Text", "text"),
           ("numbers", "Numbers", "numbers"))  # fmt: skip


def refuse(message: str, code: str, status: int = 400) -> GraphQLError:
    """Return an error to raise, with monday.com's code."""
    return GraphQLError(message, extensions={"code": code, "error_data": {}, "status_code": status})


def find(turn: GraphTurn, kind: str, id: Any) -> Record:
    """Return a thing by its id. Raises monday.com's refusal."""
    found = turn.table(kind).get(str(id))
    if found is None:
        raise refuse(f"{kind} not found", "ResourceNotFoundException", 404)
    return found


def make_board(
    turn: GraphTurn, id: str, name: str, kind: str = "public", columns: Any = COLUMNS, **more: Any
) -> Record:
    """Keep a new board with its columns and one group."""
    record = {
        "id": id, "name": name, "board_kind": kind, "state": "active", "description": None, "workspace_id": "1",
        "updated_at": turn.now, "url": f"https://sandbox.monday.com/boards/{id}", **more,
        "columns": [make_column(one, title, kind_) for one, title, kind_ in columns],
        "groups": [make_group("topics", "Group Title")],
    }  # fmt: skip
    return turn.table("Board").add(id, record)


def make_column(id: str, title: str, kind: str) -> Record:
    """Return a column."""
    return {"id": id, "title": title, "type": kind, "archived": False, "description": None, "settings": {}}


def make_group(id: str, title: str, color: str = "#579bfc") -> Record:
    """Return a group."""
    return {
        "id": id,
        "title": title,
        "color": color,
        "archived": False,
        "deleted": False,
        "position": "65536",
    }


def make_item(
    turn: GraphTurn, board: Record, name: str, group: str, values: Record, parent: str | None = None
) -> Record:
    """Keep a new item."""
    id = str(turn.ids.next("items", 1_772_099_344))
    record: Record = {
        "id": id, "name": name, "state": "active", "created_at": turn.now, "updated_at": turn.now, "board_id": board["id"],
        "group_id": group, "values": {}, "parent_id": parent, "url": f"{board['url']}/pulses/{id}",
    }  # fmt: skip
    write_values(board, record, values)
    return turn.table("Item").add(id, record)


def read_values(text: Any) -> Record:
    """Return the columns a JSON text holds. Raises monday.com's refusal for what is none."""
    if text is None:
        return {}
    try:
        values = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise refuse("Syntax error in JSON input", "JsonParseException")
    return values


def write_values(board: Record, item: Record, values: Record) -> None:
    """Write columns of an item, each of which the board has to have. Raises monday.com's refusal."""
    known = {column["id"] for column in board["columns"]}
    for id, value in values.items():
        if id not in known:
            raise refuse("This column ID doesn't exist for the board", "InvalidColumnIdException")
        if id == "name":
            item["name"] = str(value)
        item["values"][id] = value


def read_text(value: Any) -> str | None:
    """Return what a column shows of its value."""
    if isinstance(value, dict):
        return next(
            (str(value[name]) for name in ("label", "date", "text", "email", "phone") if name in value), None
        )
    return None if value is None else str(value)


def seed(turn: GraphTurn) -> None:
    """Fill a new account."""
    person = {"name": "Ada", "email": "ada@example.com", "title": "", "kind": "admin", "status": "ACTIVE"}
    turn.table("User").add(USER, {"id": USER, "created_at": turn.now, "account": {"id": "1"}, **person})
    space = {"id": "1", "name": "Main workspace", "kind": "open", "description": None, "state": "active"}
    turn.table("Workspace").add("1", space)
    board = make_board(turn, BOARD, "Sandbox")
    board["groups"].append(make_group("done", "Done"))
    for number in range(1, ITEMS + 1):
        status = "Done" if number % 10 == 0 else "Working on it"
        make_item(
            turn, board, f"Item {number}", "topics" if number % 2 else "done", {"status": {"label": status}}
        )
