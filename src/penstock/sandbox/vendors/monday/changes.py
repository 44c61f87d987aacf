"""monday.com's mutations."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from penstock.sandbox.rest.graph import Args, GraphTurn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.monday.world import (
    COLUMNS,
    USER,
    find,
    make_board,
    make_column,
    make_group,
    make_item,
    read_values,
    refuse,
    write_values,
)

Resolver = Callable[[GraphTurn, Any, Args], Any]
_SUBITEMS = (("name", "Name", "name"), ("status", "Status", "status"))


def _create_board(turn: GraphTurn, source: Any, args: Args) -> Record:
    id = str(turn.ids.next("boards", 1_800_000_001))
    columns = COLUMNS[:1] if args.get("empty") else COLUMNS
    more = {"description": args.get("description"), "workspace_id": args.get("workspace_id")}
    board = make_board(turn, id, args["board_name"], args["board_kind"], columns, **more)
    turn.change("boards.create", id, name=board["name"])
    return board


def _set_state(kind: str, state: str, action: str) -> Resolver:
    def resolve(turn: GraphTurn, source: Any, args: Args) -> Record:
        record = find(turn, kind, args["board_id" if kind == "Board" else "item_id"])
        record["state"] = state
        turn.change(action, record["id"])
        return record

    return resolve


def _create_column(turn: GraphTurn, source: Any, args: Args) -> Record:
    board = find(turn, "Board", args["board_id"])
    number = sum(one["type"] == args["column_type"] for one in board["columns"])
    id = args.get("id") or (f"{args['column_type']}{number}" if number else args["column_type"])
    column = make_column(id, args["title"], args["column_type"])
    board["columns"].append(column)
    turn.change("columns.create", id, title=args["title"])
    return column


def _create_group(turn: GraphTurn, source: Any, args: Args) -> Record:
    board, id = find(turn, "Board", args["board_id"]), f"group_{turn.ids.text(6).lower()}"
    group = make_group(id, args["group_name"], args.get("group_color") or "#037f4c")
    board["groups"].append(group)
    turn.change("groups.create", id, title=args["group_name"])
    return group


def _delete_group(turn: GraphTurn, source: Any, args: Args) -> Record:
    board = find(turn, "Board", args["board_id"])
    group: Record | None = next((one for one in board["groups"] if one["id"] == args["group_id"]), None)
    if group is None:
        raise refuse("Group not found", "ResourceNotFoundException", 404)
    if len(board["groups"]) == 1:
        raise refuse("The last group of a board cannot be deleted", "DeleteLastGroupException", 409)
    board["groups"].remove(group)
    turn.change("groups.delete", group["id"])
    return group | {"deleted": True}


def _create_item(turn: GraphTurn, source: Any, args: Args) -> Record:
    board = find(turn, "Board", args["board_id"])
    group = args.get("group_id") or board["groups"][0]["id"]
    if all(one["id"] != group for one in board["groups"]):
        raise refuse("Group not found", "ResourceNotFoundException", 404)
    item = make_item(turn, board, args["item_name"], group, read_values(args.get("column_values")))
    turn.change("items.create", item["id"], name=item["name"])
    return item


def _create_subitem(turn: GraphTurn, source: Any, args: Args) -> Record:
    above = find(turn, "Item", args["parent_item_id"])
    id = f"{above['board_id']}1"
    board = turn.table("Board").get(id) or make_board(turn, id, "Subitems", columns=_SUBITEMS)
    values = read_values(args.get("column_values"))
    item = make_item(turn, board, args["item_name"], board["groups"][0]["id"], values, above["id"])
    turn.change("items.create_subitem", item["id"], name=item["name"])
    return item


def _change(turn: GraphTurn, args: Args, values: Record) -> Record:
    item = find(turn, "Item", args["item_id"])
    write_values(find(turn, "Board", args["board_id"]), item, values)
    item["updated_at"] = turn.now
    turn.change("items.change_columns", item["id"], name=item["name"])
    return item


def _change_one(turn: GraphTurn, source: Any, args: Args) -> Record:
    try:
        value = json.loads(args["value"]) if isinstance(args["value"], str) else args["value"]
    except ValueError:
        raise refuse("Syntax error in JSON input", "JsonParseException") from None
    return _change(turn, args, {args["column_id"]: value})


def _move(turn: GraphTurn, source: Any, args: Args) -> Record:
    item = find(turn, "Item", args["item_id"])
    groups = find(turn, "Board", item["board_id"])["groups"]
    if all(group["id"] != args["group_id"] for group in groups):
        raise refuse("Group not found", "ResourceNotFoundException", 404)
    item["group_id"] = args["group_id"]
    turn.change("items.move_to_group", item["id"])
    return item


def _duplicate(turn: GraphTurn, source: Any, args: Args) -> Record:
    board, old = find(turn, "Board", args["board_id"]), find(turn, "Item", args["item_id"])
    item = make_item(turn, board, f"{old['name']} (copy)", old["group_id"], old["values"])
    turn.change("items.duplicate", item["id"], name=item["name"])
    return item


def _create_update(turn: GraphTurn, source: Any, args: Args) -> Record:
    above = turn.table("Update").get(str(args.get("parent_id")))
    item = find(turn, "Item", above["item_id"] if above is not None else args.get("item_id"))
    id = str(turn.ids.next("updates", 3_000_000_001))
    record = {"id": id, "body": args["body"], "text_body": args["body"], "item_id": item["id"], "creator_id": USER,
              "created_at": turn.now}  # fmt: skip
    turn.change("updates.create", id, body=args["body"])
    return turn.table("Update").add(id, record)


def _create_webhook(turn: GraphTurn, source: Any, args: Args) -> Record:
    board, id = find(turn, "Board", args["board_id"]), str(turn.ids.next("webhooks", 73_759_690))
    turn.change("webhooks.create", id, url=args["url"])
    return turn.table("Webhook").add(
        id, {"id": id, "board_id": board["id"], "event": args["event"], "url": args["url"]}
    )


def _delete_webhook(turn: GraphTurn, source: Any, args: Args) -> Record:
    record = find(turn, "Webhook", args["id"])
    turn.table("Webhook").remove(record["id"])
    turn.change("webhooks.delete", record["id"])
    return record


RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("Mutation", "create_board"): _create_board,
    ("Mutation", "archive_board"): _set_state("Board", "archived", "boards.archive"),
    ("Mutation", "delete_board"): _set_state("Board", "deleted", "boards.delete"),
    ("Mutation", "create_column"): _create_column,
    ("Mutation", "create_group"): _create_group,
    ("Mutation", "delete_group"): _delete_group,
    ("Mutation", "create_item"): _create_item,
    ("Mutation", "create_subitem"): _create_subitem,
    ("Mutation", "change_column_value"): _change_one,
    ("Mutation", "change_simple_column_value"): lambda turn, _, args: _change(
        turn, args, {args["column_id"]: args["value"]}
    ),
    ("Mutation", "change_multiple_column_values"): lambda turn, _, args: _change(
        turn, args, read_values(args["column_values"])
    ),
    ("Mutation", "move_item_to_group"): _move,
    ("Mutation", "archive_item"): _set_state("Item", "archived", "items.archive"),
    ("Mutation", "delete_item"): _set_state("Item", "deleted", "items.delete"),
    ("Mutation", "duplicate_item"): _duplicate,
    ("Mutation", "create_update"): _create_update,
    ("Mutation", "create_webhook"): _create_webhook,
    ("Mutation", "delete_webhook"): _delete_webhook,
}
