"""What is booked: events and those who come to them, which times are free, and what is cancelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.calendly.records import API, USER, find, instant, keep, need, owned, time_text
from penstock.sandbox.wire import Answer, Json, json_answer

HALF_HOUR = timedelta(minutes=30)


def list_types(turn: Turn) -> Answer:
    """List the kinds of meetings of a person or the organization."""
    owned(turn)
    wanted = turn.query.get("active")
    rows = [one for one in turn.table("event_types") if wanted is None or one["active"] == (wanted == "true")]
    return answer_rows(turn, rows)


def list_events(turn: Turn) -> Answer:
    """List what is booked, by whose it is, by when, and by who comes."""
    owned(turn)
    rows = list(turn.table("scheduled_events"))
    if status := turn.query.get("status"):
        rows = [one for one in rows if one["status"] == status]
    if email := turn.query.get("invitee_email"):
        held = {one["event"] for one in turn.table("invitees") if one["email"] == email}
        rows = [one for one in rows if one["uri"] in held]
    if since := turn.query.get("min_start_time"):
        rows = [one for one in rows if one["start_time"] >= time_text(datetime.fromisoformat(since))]
    if until := turn.query.get("max_start_time"):
        rows = [one for one in rows if one["start_time"] <= time_text(datetime.fromisoformat(until))]
    rows.sort(key=lambda one: str(one["start_time"]), reverse=turn.query.get("sort") == "start_time:desc")
    return answer_rows(turn, rows)


def _taken(turn: Turn, start: datetime) -> bool:
    return any(
        one["status"] == "active" and one["start_time"] == time_text(start)
        for one in turn.table("scheduled_events")
    )


def book(turn: Turn) -> Json:
    """Book a time: an event, and the one who comes."""
    need(turn, "event_type", "start_time", "email")
    kind = find(turn, "event_types", str(turn.fields["event_type"]))
    start = instant(turn, "start_time").astimezone(UTC)
    if _taken(turn, start):
        raise turn.refuse("invalid", "start_time", message="The selected time is no longer available.")
    event = keep(
        turn, "scheduled_events",
        {
            "name": kind["name"], "status": "active", "start_time": time_text(start), "event_type": kind["uri"],
            "end_time": time_text(start + timedelta(minutes=kind["duration"])), "location": turn.fields.get("location"),
            "invitees_counter": {"total": 1, "active": 1, "limit": 1}, "event_guests": [],
            "event_memberships": [{"user": USER, "user_email": "ada@sandbox.example", "user_name": "Ada Sandbox"}],
        },
    )  # fmt: skip
    invitee = keep(
        turn, "invitees",
        {
            "email": turn.fields["email"], "name": turn.fields.get("name") or turn.fields["email"], "event": event["uri"],
            "status": "active", "timezone": turn.fields.get("timezone", "UTC"), "rescheduled": False, "no_show": None,
            "questions_and_answers": turn.fields.get("questions_and_answers") or [], "tracking": turn.fields.get("tracking"),
        },
        event["uri"].removeprefix(API),
    )  # fmt: skip
    turn.change("invitees.create", invitee["uri"], invitee)
    return {"resource": invitee}


def cancel(turn: Turn) -> Answer:
    """Cancel what is booked, once."""
    event = find(turn, "scheduled_events", turn.values["uuid"])
    if event["status"] == "canceled":
        raise turn.refuse("forbidden", message="Event is already canceled")
    said: Record = {
        "canceled_by": "Ada Sandbox",
        "reason": turn.fields.get("reason"),
        "canceler_type": "host",
    }
    event.update(status="canceled", cancellation=said)
    for one in turn.table("invitees"):
        if one["event"] == event["uri"]:
            one["status"] = "canceled"
    turn.change("scheduled_events.cancel", event["uri"], event)
    return json_answer(201, {"resource": said})


def list_invitees(turn: Turn) -> Answer:
    """List who comes to an event."""
    event = find(turn, "scheduled_events", turn.values["event_uuid"])
    return answer_rows(turn, [one for one in turn.table("invitees") if one["event"] == event["uri"]])


def list_times(turn: Turn) -> Json:
    """Say which half hours of the office's day are free, of seven days at most."""
    need(turn, "event_type", "start_time", "end_time")
    find(turn, "event_types", turn.query["event_type"])
    start, end = instant(turn, "start_time"), instant(turn, "end_time")
    if end - start > timedelta(days=7):
        raise turn.refuse("invalid", "end_time", message="date range cannot be greater than 1 week (7 days)")
    at = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    found = []
    while at < end:
        if at >= start and 9 <= at.hour < 17 and not _taken(turn, at):
            url = f"https://calendly.com/ada/{at.isoformat()}"
            found.append(
                {
                    "status": "available",
                    "invitees_remaining": 1,
                    "start_time": time_text(at),
                    "scheduling_url": url,
                }
            )
        at += HALF_HOUR
    return {"collection": found}


def list_busy(turn: Turn) -> Json:
    """Say when a person is busy."""
    need(turn, "user", "start_time", "end_time")
    booked = [one for one in turn.table("scheduled_events") if one["status"] == "active"]
    return {
        "collection": [
            {
                "type": "calendly",
                **{n: one[n] for n in ("start_time", "end_time")},
                "event": {"uri": one["uri"]},
            }
            for one in booked
        ]
    }
