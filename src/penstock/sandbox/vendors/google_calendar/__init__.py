"""Google Calendar as the sandbox plays it: calendars, their events, who may see them, and when they are busy.

Sources: the pages named in integrations/google_calendar.py; the discovery document calendar.v3 for the resources' fields.
No guest is told of anything; recurring events are not unfolded: an event is its own only instance.
"""

from __future__ import annotations

from penstock.integrations.google_calendar import integration
from penstock.sandbox.rest import google
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import HEX, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.google_calendar import events
from penstock.sandbox.vendors.google_calendar.world import OWNER, calendar_id, find_calendar, need
from penstock.sandbox.wire import Answer, Json

CHANNEL_S = 7 * 86_400
_COLORS = {"1": "#a4bdfc", "2": "#7ae7bf", "3": "#dbadff", "4": "#ff887c", "5": "#fbd75b"}
_SETTINGS = {"timezone": "Europe/Berlin", "locale": "en_GB", "weekStart": "1", "format24HourTime": "true"}


def open_vendor(setup: Setup) -> Vendor:
    """Return Google Calendar."""
    return RestVendor(setup, integration, SHAPE)


def seed(turn: Turn) -> None:
    """Give a new account its primary calendar."""
    turn.table("calendars").add(
        OWNER, {"kind": "calendar#calendar", "id": OWNER, "summary": OWNER, "timeZone": "Europe/Berlin"}
    )
    turn.table("acl", OWNER).add(f"user:{OWNER}", _rule({"type": "user", "value": OWNER}, "owner"))


def list_calendars(turn: Turn) -> Answer:
    """List the calendars as their owner's list shows them."""
    rows = [
        {
            **one, "kind": "calendar#calendarListEntry", "accessRole": "owner", "selected": True, "defaultReminders": [],
            **({"primary": True} if one["id"] == OWNER else {}),
        }
        for one in turn.table("calendars")
    ]  # fmt: skip
    return answer_rows(turn, rows)


def insert_calendar(turn: Turn) -> Json:
    """Make a calendar with an address of its own."""
    need(turn, "summary")
    id = f"{turn.ids.text(64, HEX)}@group.calendar.google.com"
    zone = turn.fields.get("timeZone", "UTC")
    record = {"kind": "calendar#calendar", "id": id, **turn.fields, "timeZone": zone}
    turn.table("calendars").add(id, record)
    turn.change("calendars.insert", id, record)
    return record


def delete_calendar(turn: Turn) -> Answer:
    """Delete a calendar and its events; the primary one stays."""
    record = find_calendar(turn)
    if record["id"] == OWNER:
        raise turn.refuse(
            "invalid", code="cannotDeletePrimaryCalendar", message="Cannot delete primary calendar"
        )
    turn.table("calendars").remove(record["id"])
    turn.change("calendars.delete", record["id"], record)
    return Answer(204)


def _rule(scope: Record, role: str) -> Record:
    return {
        "kind": "calendar#aclRule",
        "id": f"{scope.get('type')}:{scope.get('value', '')}",
        "scope": scope,
        "role": role,
    }


def list_rules(turn: Turn) -> Answer:
    """List who may see a calendar."""
    return answer_rows(turn, turn.table("acl", find_calendar(turn)["id"]))


def insert_rule(turn: Turn) -> Json:
    """Let somebody see a calendar, or change what they may."""
    need(turn, "role", "scope")
    table = turn.table("acl", find_calendar(turn)["id"])
    rule = _rule(turn.fields["scope"], turn.fields["role"])
    table.remove(rule["id"])
    table.add(rule["id"], rule)
    turn.change("acl.insert", rule["id"], rule)
    return rule


def watch(turn: Turn) -> Json:
    """Open a channel; nothing is sent through it here."""
    need(turn, "id", "address", "type")
    resource = turn.ids.text(27)
    turn.store.notes.setdefault("channels", {})[turn.fields["id"]] = resource
    turn.change("events.watch", turn.fields["id"])
    return {
        "kind": "api#channel", "id": turn.fields["id"], "resourceId": resource, "resourceUri": f"{turn.url}?alt=json",
        **({"token": turn.fields["token"]} if "token" in turn.fields else {}),
        "expiration": str(int((turn.now + CHANNEL_S) * 1000)),
    }  # fmt: skip


def stop_channel(turn: Turn) -> Answer:
    """Close a channel that is open."""
    need(turn, "id", "resourceId")
    channels = turn.store.notes.get("channels", {})
    if channels.get(turn.fields["id"]) != turn.fields["resourceId"]:
        raise turn.refuse("not_found", message=f"Channel '{turn.fields['id']}' not found for project")
    del channels[turn.fields["id"]]
    turn.change("channels.stop", turn.fields["id"])
    return Answer(204)


def query_busy(turn: Turn) -> Json:
    """Say when each calendar is busy; one that is not there gets an error of its own."""
    need(turn, "timeMin", "timeMax", "items")
    since, until = str(turn.fields["timeMin"]), str(turn.fields["timeMax"])
    found: Record = {}
    for item in turn.fields["items"]:
        id = str(item.get("id"))
        if turn.table("calendars").get(calendar_id(id)) is None:
            found[id] = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
        else:
            found[id] = {"busy": events.busy_times(turn, calendar_id(id), since, until)}
    return {"kind": "calendar#freeBusy", "timeMin": since, "timeMax": until, "calendars": found}


def _finish_list(turn: Turn, body: Json) -> Json:
    body = {
        "kind": f"calendar#{turn.collection.replace('calendar_list', 'calendarList')}",
        "etag": '"p33"',
        **body,
    }
    if "nextPageToken" not in body:
        body["nextSyncToken"] = events.build_sync_token(turn)
    return body


SHAPE = Shape(
    key=google.KEY,
    page=_finish_list,
    page_size=100,
    refusals={
        **google.REFUSALS,
        "not_found": (404, "notFound", "Not Found"),
        "invalid": (400, "required", "Missing {what}."),
    },
    error=google.write_error,
    seed=seed,
    keeps=("summary", "role"),
    handlers={
        "calendar_list.list": list_calendars,
        "calendars.get": find_calendar,
        "calendars.insert": insert_calendar,
        "calendars.delete": delete_calendar,
        "events.list": events.list_events,
        "events.get": events.find_event,
        "events.insert": events.insert,
        "events.import": events.import_event,
        "events.patch": events.change,
        "events.update": events.change,
        "events.delete": events.delete,
        "events.move": events.move,
        "events.instances": lambda turn: answer_rows(turn, [events.find_event(turn)]),
        "events.quick_add": events.quick_add,
        "events.watch": watch,
        "channels.stop": stop_channel,
        "freebusy.query": query_busy,
        "acl.list": list_rules,
        "acl.insert": insert_rule,
        "colors.get": lambda turn: {
            "kind": "calendar#colors",
            "calendar": {id: {"background": color, "foreground": "#1d1d1d"} for id, color in _COLORS.items()},
            "event": {id: {"background": color, "foreground": "#1d1d1d"} for id, color in _COLORS.items()},
        },
        "settings.list": lambda turn: answer_rows(
            turn,
            [{"kind": "calendar#setting", "id": name, "value": value} for name, value in _SETTINGS.items()],
        ),
    },
)
