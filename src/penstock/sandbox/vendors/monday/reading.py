"""monday.com's queries: boards and their parts, items page by page behind a cursor that lives an hour, updates, people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from penstock.sandbox.rest.graph import Args, GraphTurn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.monday.world import USER, find, read_text, refuse

Resolver = Callable[[GraphTurn, Any, Args], Any]
CURSOR_LIVES_S, MOST_ITEMS = 3600.0, 500


def _numbered(kind: str) -> Resolver:
    def resolve(turn: GraphTurn, source: Any, args: Args) -> list[Record]:
        ids, state = args.get("ids"), args.get("state") or "active"
        rows = [one for one in turn.table(kind) if ids is None or one["id"] in map(str, ids)]
        rows = [one for one in rows if ids is not None or state == "all" or one.get("state", state) == state]
        for name, field in (("board_kind", "board_kind"), ("name", "name")):
            rows = [one for one in rows if args.get(name) is None or one[field] == args[name]]
        if args.get("emails"):
            rows = [one for one in rows if one["email"] in args["emails"]]
        size, number = args.get("limit") or 25, args.get("page") or 1
        return rows[(number - 1) * size : number * size]

    return resolve


def _page(turn: GraphTurn, rows: list[str], limit: int, start: int = 0) -> Record:
    """Return a page of items, and a cursor where more follow."""
    if not 0 < limit <= MOST_ITEMS:
        raise refuse(f"limit must be between 1 and {MOST_ITEMS}", "InvalidArgumentException")
    end, cursor = start + limit, None
    if end < len(rows):
        cursor = turn.ids.text(24)
        turn.store.notes.setdefault("cursors", {})[cursor] = (rows, end, turn.request.at + CURSOR_LIVES_S)
    found = (turn.table("Item").get(id) for id in rows[start:end])
    return {"cursor": cursor, "items": [item for item in found if item is not None]}


def _go_on(turn: GraphTurn, cursor: str, limit: int) -> Record:
    rows, start, until = turn.store.notes.get("cursors", {}).get(cursor, ([], 0, 0.0))
    if turn.request.at >= until:
        words = "The cursor provided for pagination has expired. Please refresh your query and obtain a new cursor"
        raise refuse(words, "CursorExpiredError")
    return _page(turn, rows, limit, start)


def _items_of(turn: GraphTurn, board: str) -> Iterable[Record]:
    return (
        i
        for i in turn.table("Item")
        if i["board_id"] == board and i["state"] == "active" and not i["parent_id"]
    )


def _list_items(turn: GraphTurn, board: Record, args: Args) -> Record:
    asked = args.get("query_params")
    if args.get("cursor"):
        if asked:
            raise refuse("query_params cannot be used together with a cursor", "InvalidArgumentException")
        return _go_on(turn, args["cursor"], args["limit"])
    rules = (asked or {}).get("rules") or []
    found = [item for item in _items_of(turn, board["id"]) if all(_fits(item, rule) for rule in rules)]
    return _page(turn, [item["id"] for item in found], args["limit"])


def _fits(item: Record, rule: Record) -> bool:
    wanted = rule.get("compare_value")
    values = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    return _show(item, str(rule.get("column_id"))) in values


def _show(item: Record, column: str) -> str | None:
    return item["name"] if column == "name" else read_text(item["values"].get(column))


def _find_items(turn: GraphTurn, source: Any, args: Args) -> Record:
    board = find(turn, "Board", args["board_id"])
    if args.get("cursor"):
        return _go_on(turn, args["cursor"], args["limit"])
    columns = args.get("columns") or []
    found = [
        item["id"]
        for item in _items_of(turn, board["id"])
        if all(_show(item, one["column_id"]) in one["column_values"] for one in columns)
    ]
    return _page(turn, found, args["limit"])


def _columns_of(turn: GraphTurn, item: Record, args: Args) -> list[Record]:
    board = find(turn, "Board", item["board_id"])
    shown = []
    for column in board["columns"]:
        if column["id"] == "name":
            continue
        value = item["values"].get(column["id"])
        written = None if value is None else json.dumps(value)
        shown.append({"__typename": "TextValue", "id": column["id"], "type": column["type"], "column": column,
                      "text": read_text(value), "value": written})  # fmt: skip
    return shown


def _group_of(turn: GraphTurn, item: Record, args: Args) -> Record | None:
    groups = find(turn, "Board", item["board_id"])["groups"]
    return next((group for group in groups if group["id"] == item["group_id"]), None)


def _updates_of(turn: GraphTurn, item: Record, args: Args) -> list[Record]:
    return [one for one in turn.table("Update") if one["item_id"] == item["id"]][: args.get("limit") or 25]


def _tell_cost(turn: GraphTurn, source: Any, args: Args) -> Record:
    return {"query": int(turn.cost), "after": int(turn.left), "reset_in_x_seconds": int(turn.reset_in_s) + 1}


RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("Query", "me"): lambda turn, source, args: turn.table("User").get(USER),
    ("Query", "boards"): _numbered("Board"),
    ("Query", "items"): _numbered("Item"),
    ("Query", "users"): _numbered("User"),
    ("Query", "updates"): _numbered("Update"),
    ("Query", "workspaces"): _numbered("Workspace"),
    ("Query", "next_items_page"): lambda turn, source, args: _go_on(turn, args["cursor"], args["limit"]),
    ("Query", "items_page_by_column_values"): _find_items,
    ("Query", "complexity"): _tell_cost,
    ("Mutation", "complexity"): _tell_cost,
    ("Board", "items_page"): _list_items,
    ("Board", "items_count"): lambda turn, board, args: sum(1 for _ in _items_of(turn, board["id"])),
    ("Board", "owners"): lambda turn, board, args: [turn.table("User").get(USER)],
    ("Item", "board"): lambda turn, item, args: find(turn, "Board", item["board_id"]),
    ("Item", "column_values"): _columns_of,
    ("Item", "group"): _group_of,
    ("Item", "subitems"): lambda turn, item, args: [
        i for i in turn.table("Item") if i["parent_id"] == item["id"]
    ],
    ("Item", "parent_item"): lambda turn, item, args: turn.table("Item").get(str(item["parent_id"])),
    ("Item", "updates"): _updates_of,
}
