"""Klaviyo's events and their metrics, campaigns, and webhooks."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.klaviyo.people import check_profile, write_profile
from penstock.sandbox.vendors.klaviyo.records import (
    answer_list,
    attributes,
    find,
    keep,
    refuse,
    show,
    single,
    write_time,
)
from penstock.sandbox.wire import Answer, Json, json_answer

MOST_EVENTS = 1000


def create_event(turn: Turn) -> Answer:
    """Take an event in the background, with the profile and the metric it makes."""
    _take(turn, attributes(turn), "/data/attributes")
    return Answer(202)


def create_events(turn: Turn) -> Answer:
    """Take a job of events, each beside its profile."""
    entries = (attributes(turn).get("events-bulk-create") or {}).get("data") or []
    flat = [
        (entry["attributes"].get("profile"), event["attributes"])
        for entry in entries
        for event in entry["attributes"]["events"]["data"]
    ]
    if not 1 <= len(flat) <= MOST_EVENTS:
        raise refuse(turn, "A job has 1 to 1,000 events.", pointer="/data/attributes/events-bulk-create")
    for number, (profile, event) in enumerate(flat):
        _take(turn, {"profile": profile, **event}, f"/data/attributes/events-bulk-create/data/{number}")
    return Answer(202)


def _take(turn: Turn, event: Record, pointer: str) -> None:
    name = _inner(event, "metric").get("name")
    if not name:
        raise refuse(
            turn, "'name' is a required field for the resource 'metric'.", pointer=f"{pointer}/metric"
        )
    who = _inner(event, "profile")
    check_profile(turn, who, f"{pointer}/profile/data/attributes")
    id = turn.ids.text(11)
    turn.change("events.create", id, {"name": name, "email": who.get("email")})
    profile, _ = write_profile(turn, who)
    metric = find_metric(turn, name)
    at = str(event.get("time") or write_time(turn.now))
    properties = {**(event.get("properties") or {})}
    if event.get("value") is not None:
        properties["$value"] = event["value"]
    tied = {
        "profile": {"data": {"type": "profile", "id": profile["id"]}},
        "metric": {"data": {"type": "metric", "id": metric["id"]}},
    }
    fields = {
        "timestamp": int(turn.now),
        "event_properties": properties,
        "datetime": at,
        "uuid": turn.ids.uuid(),
    }
    turn.table("event").add(id, show(turn, "event", id, fields, relationships=tied))


def _inner(event: Record, name: str) -> Record:
    found = ((event.get(name) or {}).get("data") or {}).get("attributes")
    return found if isinstance(found, dict) else {}


def find_metric(turn: Turn, name: str) -> Record:
    """Return the metric of a name, made the first time it is used."""
    there = next((one for one in turn.table("metric") if one["attributes"]["name"] == name), None)
    if there is not None:
        return there
    now = write_time(turn.now)
    fields = {
        "name": name,
        "created": now,
        "updated": now,
        "integration": {"object": "integration", "id": "0eMvjm", "name": "API"},
    }
    id = turn.ids.text(6)
    return turn.table("metric").add(id, show(turn, "metric", id, fields))


def aggregate(turn: Turn) -> Json:
    """Return how many events of a metric there were, in one interval."""
    given = attributes(turn)
    metric = find(turn, "metric", str(given.get("metric_id")))
    events = [
        one for one in turn.table("event") if one["relationships"]["metric"]["data"]["id"] == metric["id"]
    ]
    values: dict[str, Any] = {
        "count": float(len(events)),
        "sum_value": float(sum(one["attributes"]["event_properties"].get("$value", 0) for one in events)),
        "unique": float(len({one["relationships"]["profile"]["data"]["id"] for one in events})),
    }
    measured = {name: [values.get(name, 0.0)] for name in given.get("measurements") or []}
    fields = {"dates": [write_time(turn.now)], "data": [{"dimensions": [], "measurements": measured}]}
    resource = show(turn, "metric-aggregate", turn.ids.uuid(), fields)
    return {"data": resource, "links": {"self": turn.url, "next": None, "prev": None}}


def list_campaigns(turn: Turn) -> Answer:
    """Return the campaigns of a channel, which must be named."""
    if "messages.channel" not in turn.query.get("filter", ""):
        raise refuse(turn, "A channel filter is required to list campaigns", pointer="filter")
    return answer_list(turn, turn.table("campaign"))


def create_campaign(turn: Turn) -> Answer:
    """Make a campaign as a draft, of the channel its first message has."""
    given, now = attributes(turn), write_time(turn.now)
    messages = (given.pop("campaign-messages", None) or {}).get("data") or []
    if not given.get("name") or not given.get("audiences") or not messages:
        raise refuse(turn, "'name', 'audiences' and 'campaign-messages' are required.")
    first = messages[0].get("attributes") or {}
    channel = (first.get("definition") or first).get("channel", "email")
    defaults = {"status": "Draft", "archived": False, "channel": channel, "send_options": {}, "tracking_options": {},
                "created_at": now, "updated_at": now, "scheduled_at": None, "send_time": None}  # fmt: skip
    return single(201, keep(turn, "campaign", {**defaults, **given}))


def send_campaign(turn: Turn) -> Answer:
    """Queue a campaign; one that is sent is not sent again."""
    data = turn.body.get("data") if isinstance(turn.body, dict) else None
    campaign = find(turn, "campaign", str((data or {}).get("id")))
    if campaign["attributes"]["status"] != "Draft":
        raise refuse(turn, "Campaign is not in a state that can be sent.", pointer="/data/id")
    campaign["attributes"]["status"] = "Sending"
    turn.change("campaigns.send", campaign["id"], campaign["attributes"])
    job = show(turn, "campaign-send-job", campaign["id"], {"status": "queued"})
    return json_answer(202, {"data": job, "links": {"self": job["links"]["self"]}})


def create_webhook(turn: Turn) -> Answer:
    """Keep a webhook; nothing is ever delivered, and its secret is not told again."""
    given, now = attributes(turn), write_time(turn.now)
    if not given.get("endpoint_url") or not given.get("secret_key"):
        raise refuse(turn, "'endpoint_url' and 'secret_key' are required.")
    fields = {
        "name": given.get("name"), "description": given.get("description"), "endpoint_url": given["endpoint_url"],
        "enabled": True, "created_at": now, "updated_at": now,
    }  # fmt: skip
    return single(201, keep(turn, "webhook", fields))
