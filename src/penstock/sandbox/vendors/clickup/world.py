"""Whose Workspace it is, what is in it from the start, and small readings every handler needs."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record

ME: Record = {
    "id": 183, "username": "Ada Sandbox", "email": "ada@sandbox.example", "color": "#827718", "initials": "AS",
    "profilePicture": None,
}  # fmt: skip
TEAM: Record = {"id": "9007001", "name": "Sandbox"}
SPACE: Record = {"id": "90110001", "name": "Everything"}
FOLDER: Record = {"id": "90120001", "name": "Work"}
LIST: Record = {"id": "901300001", "name": "Orders"}
_SHORT = "0123456789abcdefghijklmnopqrstuvwxyz"


def need(turn: Turn, *names: str) -> None:
    """Refuse a request that lacks a field it needs."""
    for name in names:
        if turn.fields.get(name, turn.query.get(name)) in (None, "", []):
            raise turn.refuse("invalid", name)


def new_id(turn: Turn) -> str:
    """Return a task's id: nine small letters and digits."""
    return f"86{turn.ids.text(7, _SHORT)}"


def milliseconds(turn: Turn, value: Any) -> str | None:
    """Return a date as ClickUp answers it. Raises the refusal for what is no number of milliseconds."""
    if value is None:
        return None
    if not str(value).lstrip("-").isdigit():
        raise turn.refuse("invalid", code="INPUT_003", message="Date invalid")
    return str(int(value))


def now(turn: Turn) -> str:
    """Return the time of the request."""
    return str(int(turn.now * 1000))
