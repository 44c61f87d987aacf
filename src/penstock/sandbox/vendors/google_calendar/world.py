"""Whose calendars these are, and how one is found: primary is the owner's own."""

from __future__ import annotations

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record

OWNER = "ada@sandbox.example"


def calendar_id(text: str) -> str:
    """Return a calendar's true id."""
    return OWNER if text == "primary" else text


def find_calendar(turn: Turn) -> Record:
    """Return the calendar the path names."""
    record = turn.table("calendars").get(calendar_id(turn.values["calendarId"]))
    if record is None:
        raise turn.refuse("not_found")
    return record


def need(turn: Turn, *names: str) -> None:
    """Refuse a request that lacks a field it needs."""
    for name in names:
        if turn.fields.get(name, turn.query.get(name)) in (None, ""):
            raise turn.refuse("invalid", name)
