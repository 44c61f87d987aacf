"""Tracked time: entries with a beginning and a length; the one that runs has a negative length, as ClickUp has it."""

from __future__ import annotations

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.clickup.world import ME, TEAM, milliseconds, need, now
from penstock.sandbox.wire import Json

MONTH_MS = 30 * 86_400_000


def _keep(turn: Turn, start: str, duration: int) -> Record:
    id = str(turn.ids.next("time", 1_963_465_985_517_105_840))
    task = turn.table("tasks").get(str(turn.fields.get("tid")))
    made: Record = {
        "id": id, "task": {"id": task["id"], "name": task["name"], "status": task["status"]} if task else None, "wid": TEAM["id"],
        "user": ME, "billable": bool(turn.fields.get("billable", False)), "start": start,
        "end": str(int(start) + duration) if duration >= 0 else None, "duration": str(duration),
        "description": turn.fields.get("description", ""), "tags": turn.fields.get("tags") or [], "source": "clickup",
        "at": now(turn),
    }  # fmt: skip
    turn.table("time_entries").add(id, made)
    turn.change("time_entries.create", id, made)
    return made


def create(turn: Turn) -> Json:
    """Track time that has passed."""
    need(turn, "start", "duration")
    start = milliseconds(turn, turn.fields["start"])
    assert start is not None
    return {"data": _keep(turn, start, int(milliseconds(turn, turn.fields["duration"]) or 0))}


def start(turn: Turn) -> Json:
    """Start a timer."""
    return {"data": _keep(turn, now(turn), -int(now(turn)))}


def list_entries(turn: Turn) -> Json:
    """List the entries of a stretch of time, of the last 30 days by default."""
    until = int(milliseconds(turn, turn.query.get("end_date")) or now(turn))
    since = int(milliseconds(turn, turn.query.get("start_date")) or until - MONTH_MS)
    task = turn.query.get("task_id")
    found = [
        one
        for one in turn.table("time_entries")
        if since <= int(one["start"]) <= until and (not task or (one["task"] or {}).get("id") == task)
    ]
    return {"data": found}


def remove_tags(turn: Turn) -> Json:
    """Take tags off entries."""
    need(turn, "time_entry_ids", "tags")
    names = {one.get("name") for one in turn.fields["tags"]}
    for id in turn.fields["time_entry_ids"]:
        entry = turn.table("time_entries").get(str(id))
        if entry is not None:
            entry["tags"] = [one for one in entry["tags"] if one.get("name") not in names]
            turn.change("time_entries.remove_tags", str(id))
    return {}
