"""Events: made, changed, moved, cancelled, listed by time and by what changed since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record, Table
from penstock.sandbox.vendors.google_calendar.world import OWNER, calendar_id, find_calendar, need
from penstock.sandbox.wire import Answer, Json, iso_time

_ID = "0123456789abcdefghijklmnopqrstuv"
_SYNC = "CPDA"  # how a sync token begins; what follows is the number of the last change it knows
_FIXED = frozenset(
    {"id", "kind", "etag", "created", "updated", "htmlLink", "creator", "organizer", "iCalUID"}
)


def _table(turn: Turn) -> Table:
    return turn.table("events", find_calendar(turn)["id"])


def find_event(turn: Turn) -> Record:
    """Return the event the path names; a cancelled one is still there."""
    record = _table(turn).get(turn.values["eventId"])
    if record is None:
        raise turn.refuse("not_found")
    return record


def _instant(turn: Turn, fields: Record, name: str) -> datetime:
    """Return when an event starts or ends. Raises the refusals Google has for what is missing."""
    value = fields.get(name)
    if not isinstance(value, dict) or not (value.get("date") or value.get("dateTime")):
        raise turn.refuse("invalid", f"{name} time")
    try:
        at = datetime.fromisoformat(str(value.get("dateTime") or value["date"]))
    except ValueError:
        raise turn.refuse(
            "invalid", code="invalid", message=f"Invalid value for: Invalid format: {name}"
        ) from None
    if at.tzinfo is None and "dateTime" in value and not value.get("timeZone"):
        raise turn.refuse("invalid", f"time zone definition for {name} time")
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _check(turn: Turn, fields: Record) -> None:
    start, end = (_instant(turn, fields, name) for name in ("start", "end"))
    if end <= start and fields["start"].keys() & {"dateTime"}:
        raise turn.refuse("invalid", code="timeRangeEmpty", message="The specified time range is empty.")


def _touch(turn: Turn, record: Record) -> None:
    """Count a change: what a sync token looks for."""
    number = turn.ids.next("change")
    record["updated"] = iso_time(turn.now)
    record["etag"] = f'"{3_000_000_000_000_000 + number}"'
    turn.store.notes.setdefault("changes", {})[record["id"]] = number
    turn.store.notes["change"] = number


def _build(turn: Turn, fields: Record, id: str) -> Record:
    record: Record = {
        "kind": "calendar#event", "id": id, "status": "confirmed", "created": iso_time(turn.now),
        "htmlLink": f"https://www.google.com/calendar/event?eid={id}", "creator": {"email": OWNER, "self": True},
        "organizer": {"email": OWNER, "self": True}, "iCalUID": f"{id}@google.com", "sequence": 0,
        "reminders": {"useDefault": True}, "eventType": "default", **fields,
    }  # fmt: skip
    for guest in record.get("attendees") or []:
        guest.setdefault("responseStatus", "needsAction")
    record["id"] = id
    _touch(turn, record)
    return record


def insert(turn: Turn) -> Json:
    """Make an event, under an id of the caller's where one is given; an id serves once."""
    id = turn.fields.get("id")
    table = _table(turn)
    _check(turn, turn.fields)
    if id is not None and (not 5 <= len(str(id)) <= 1024 or set(str(id)) - set(_ID)):
        raise turn.refuse("invalid", code="invalid", message="Invalid resource id value.")
    if id in table:
        raise turn.refuse(
            "invalid", status=409, code="duplicate", message="The requested identifier already exists."
        )
    record = _build(turn, turn.fields, str(id or turn.ids.text(26, _ID)))
    table.add(record["id"], record)
    turn.change("events.insert", record["id"], record)
    return record


def import_event(turn: Turn) -> Json:
    """Make a copy of an event from elsewhere, or bring the one there is up to date."""
    need(turn, "iCalUID")
    table = _table(turn)
    _check(turn, turn.fields)
    known = next((one for one in table if one["iCalUID"] == turn.fields["iCalUID"]), None)
    if known is None:
        known = _build(turn, turn.fields, turn.ids.text(26, _ID))
        table.add(known["id"], known)
    else:
        known.update(turn.fields)
        _touch(turn, known)
    turn.change("events.import", known["id"], known)
    return known


def change(turn: Turn) -> Json:
    """Change an event by what is given (patch), or put what is given in its place (update)."""
    assert turn.operation is not None
    record = find_event(turn)
    given = {name: value for name, value in turn.fields.items() if name not in _FIXED}
    changed = {**record, **given}
    if turn.operation.method == "PUT":
        changed = {
            **{name: value for name, value in record.items() if name in _FIXED},
            "status": "confirmed",
            **given,
        }
    _check(turn, changed)
    record.clear()
    record.update(changed)
    _touch(turn, record)
    turn.change(turn.operation.name, record["id"], record)
    return record


def delete(turn: Turn) -> Answer:
    """Cancel an event; the second time it is gone."""
    record = find_event(turn)
    if record["status"] == "cancelled":
        raise turn.refuse("not_found", status=410, code="deleted", message="Resource has been deleted")
    record["status"] = "cancelled"
    _touch(turn, record)
    turn.change("events.delete", record["id"], record)
    return Answer(204)


def move(turn: Turn) -> Json:
    """Put an event into another calendar."""
    need(turn, "destination")
    record, target = find_event(turn), calendar_id(turn.query["destination"])
    if turn.table("calendars").get(target) is None:
        raise turn.refuse("not_found")
    _table(turn).remove(record["id"])
    turn.table("events", target).add(record["id"], record)
    _touch(turn, record)
    turn.change("events.move", record["id"], record)
    return record


def quick_add(turn: Turn) -> Json:
    """Make an event of a text, an hour long from the next full hour: the text's own times are not understood."""
    need(turn, "text")
    start = datetime.fromtimestamp(turn.now, UTC).replace(minute=0, second=0, microsecond=0) + timedelta(
        hours=1
    )
    times = {
        "start": {"dateTime": start.isoformat()},
        "end": {"dateTime": (start + timedelta(hours=1)).isoformat()},
    }
    record = _build(turn, {"summary": turn.query["text"], **times}, turn.ids.text(26, _ID))
    _table(turn).add(record["id"], record)
    turn.change("events.quick_add", record["id"], record)
    return record


def build_sync_token(turn: Turn) -> str:
    """Return the token of everything that has changed until now."""
    return f"{_SYNC}{turn.store.notes.get('change', 0)}="


def list_events(turn: Turn) -> Answer:
    """List events by time and text, or, with a sync token, those that have changed since."""
    query, rows = turn.query, list(_table(turn))
    token = query.get("syncToken")
    if token is not None:
        number = token.removeprefix(_SYNC).removesuffix("=")
        if not token.startswith(_SYNC) or not number.isdigit():
            message = "Sync token is no longer valid, a full sync is required."
            raise turn.refuse("invalid", status=410, code="fullSyncRequired", message=message)
        changes = turn.store.notes.get("changes", {})
        return answer_rows(turn, [one for one in rows if changes[one["id"]] > int(number)])
    rows = [one for one in rows if one["status"] != "cancelled" or _is_asked(turn, "showDeleted")]
    if text := query.get("q", "").lower():
        rows = [
            one
            for one in rows
            if text in f"{one.get('summary')} {one.get('description')} {one.get('location')}".lower()
        ]
    if uid := query.get("iCalUID"):
        rows = [one for one in rows if one["iCalUID"] == uid]
    if since := _asked(turn, "timeMin"):
        rows = [one for one in rows if _instant(turn, one, "end") > since]
    if until := _asked(turn, "timeMax"):
        rows = [one for one in rows if _instant(turn, one, "start") < until]
    if query.get("orderBy") == "startTime":
        if not _is_asked(turn, "singleEvents"):
            raise turn.refuse(
                "invalid",
                code="badRequest",
                message="The requested ordering is not available for this query.",
            )
        rows.sort(key=lambda one: _instant(turn, one, "start"))
    return answer_rows(turn, rows)


def _is_asked(turn: Turn, name: str) -> bool:
    return turn.query.get(name, "").lower() == "true"


def _asked(turn: Turn, name: str) -> datetime | None:
    text = turn.query.get(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise turn.refuse("invalid", code="badRequest", message="Bad Request") from None
    if at.tzinfo is None:
        raise turn.refuse("invalid", code="badRequest", message="Bad Request")
    return at


def busy_times(turn: Turn, calendar: str, since: str, until: str) -> list[Any]:
    """Return when a calendar's events make it busy."""
    first, last = (datetime.fromisoformat(text) for text in (since, until))
    times = [
        (_instant(turn, one, "start"), _instant(turn, one, "end"))
        for one in turn.table("events", calendar)
        if one["status"] != "cancelled" and one.get("transparency") != "transparent"
    ]
    return [
        {"start": max(start, first).isoformat(), "end": min(end, last).isoformat()}
        for start, end in sorted(times)
        if end > first and start < last
    ]
