"""Blocks below pages and blocks, and comments on both."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.notion.objects import fail, frame
from penstock.sandbox.wire import Answer, Json

_MOST_BLOCKS = 100


def append(turn: Turn, parent: str, children: Any) -> list[Record]:
    """Keep blocks below a page or a block."""
    if not isinstance(children, list) or len(children) > _MOST_BLOCKS:
        length = len(children) if isinstance(children, list) else 0
        raise fail(
            turn,
            f"body failed validation: body.children.length should be ≤ `{_MOST_BLOCKS}`, instead was `{length}`.",
        )
    made = []
    for child in children:
        id = turn.ids.uuid()
        kind = child.get("type") or next((name for name in child if name != "object"), "paragraph")
        kind_of_parent = "page_id" if parent in turn.table("pages") else "block_id"
        block = {
            **frame(turn, "block", id), "parent": {"type": kind_of_parent, kind_of_parent: parent},
            "has_children": False, "type": kind, kind: child.get(kind, {}),
        }  # fmt: skip
        turn.table("blocks").add(id, block)
        turn.table("children", parent).add(id, block)
        turn.change("blocks.append", id, {"type": kind})
        made.append(block)
    return made


def _holder(turn: Turn) -> Record:
    """Return the page or block that blocks lie below."""
    id = turn.values["block_id"]
    return turn.table("pages").get(id) or find(turn, id, collection="blocks")


def list_children(turn: Turn) -> Answer:
    """Return the blocks right below a page or a block."""
    return answer_rows(turn, [b for b in turn.table("children", _holder(turn)["id"]) if not b["in_trash"]])


def append_children(turn: Turn) -> Json:
    """Put blocks behind those there are."""
    holder = _holder(turn)
    made = append(turn, holder["id"], turn.fields.get("children"))
    if holder["object"] == "block":
        holder["has_children"] = True
    return {
        "object": "list",
        "results": made,
        "next_cursor": None,
        "has_more": False,
        "type": "block",
        "block": {},
    }


def change_block(turn: Turn) -> Json:
    """Change a block's own content, or move it to the trash."""
    block = find(turn, collection="blocks")
    if turn.action == "delete":
        block["in_trash"] = True
    else:
        block |= {name: value for name, value in turn.fields.items() if name in (block["type"], "in_trash")}
    turn.change(f"blocks.{turn.action}", block["id"], {"type": block["type"]})
    return block


def create_comment(turn: Turn) -> Json:
    """Keep a new comment on a page or block."""
    parent = turn.fields.get("parent") or {}
    if not parent and not turn.fields.get("discussion_id"):
        raise fail(turn, "body failed validation: body.parent should be defined, instead was `undefined`.")
    for name, collection in (("page_id", "pages"), ("block_id", "blocks")):
        if name in parent:
            find(turn, parent[name], collection=collection)
    id = turn.ids.uuid()
    comment = {
        **frame(turn, "comment", id), "parent": parent, "rich_text": turn.fields.get("rich_text"),
        "discussion_id": turn.fields.get("discussion_id") or turn.ids.uuid(),
    }  # fmt: skip
    turn.table("comments").add(id, comment)
    turn.change("comments.create", id)
    return comment


def list_comments(turn: Turn) -> Answer:
    """Return the comments on a page or block."""
    return answer_rows(
        turn, [c for c in turn.table("comments") if turn.query.get("block_id") in c["parent"].values()]
    )
