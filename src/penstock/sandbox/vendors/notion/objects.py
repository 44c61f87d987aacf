"""What every object of Notion's has: times, users, rich text, a title; and the refusal of what is not as it should be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record


def tell_time(turn: Turn) -> str:
    """Return the request's time as Notion writes it, to the minute."""
    return datetime.fromtimestamp(turn.now, UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


def frame(turn: Turn, kind: str, id: str) -> Record:
    """Return what every object of Notion's begins with."""
    user = {"object": "user", "id": turn.store.notes["bot"]}
    times = {"created_time": tell_time(turn), "last_edited_time": tell_time(turn)}
    return {"object": kind, "id": id, **times, "created_by": user, "last_edited_by": user, "in_trash": False}


def build_text(content: str) -> Record:
    """Return a piece of rich text."""
    return {"type": "text", "text": {"content": content, "link": None}, "plain_text": content, "href": None}


def read_title(record: Record) -> str:
    """Return the title of a page, a database or a data source as plain text."""
    properties = record.get("properties", {}).values()
    own = (value["title"] for value in properties if isinstance(value.get("title"), list))
    held: Any = record.get("title") or next(own, [])
    return "".join(part.get("plain_text", part.get("text", {}).get("content", "")) for part in held)


def fail(turn: Turn, message: str) -> Refusal:
    """Return the refusal of a body that is not as Notion wants it."""
    return turn.refuse("invalid", message=message)
