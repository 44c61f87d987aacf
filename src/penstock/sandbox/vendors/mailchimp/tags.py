"""What Mailchimp attaches to a member: tags and events."""

from __future__ import annotations

from penstock.sandbox.vendors.mailchimp.members import find_named, make_tag
from penstock.sandbox.vendors.mailchimp.world import Turn, invalid, offset_time
from penstock.sandbox.wire import Json


def change_tags(turn: Turn) -> None:
    audience = turn.audience()
    member = find_named(audience, turn.values["subscriber_hash"])
    tags = turn.given.get("tags")
    if not isinstance(tags, list):
        raise invalid(("tags", "This value should be of type array."))
    for tag in tags:
        if (
            not isinstance(tag, dict)
            or not tag.get("name")
            or tag.get("status") not in ("active", "inactive")
        ):
            raise invalid(("tags", "Each tag needs a name and a status, active or inactive."))
    kept = {tag["name"]: tag for tag in member["tags"]}
    for tag in tags:
        if tag["status"] == "active":
            kept[tag["name"]] = make_tag(turn.world, audience, str(tag["name"]))
        else:
            kept.pop(tag["name"], None)
    member["tags"] = list(kept.values())
    turn.changed("member_tags.update", member["id"], email=member["email_address"], tags=sorted(kept))
    turn.status = 204


def list_tags(turn: Turn) -> Json:
    member = find_named(turn.audience(), turn.values["subscriber_hash"])
    return {"tags": member["tags"], "total_items": len(member["tags"]), "_links": []}


def create_event(turn: Turn) -> None:
    member = find_named(turn.audience(), turn.values["subscriber_hash"])
    name = turn.given.get("name")
    if not isinstance(name, str) or not 2 <= len(name) <= 30:
        raise invalid(("name", "The name is from 2 to 30 characters long."))
    occurred = turn.given.get("occurred_at") or offset_time(turn.at)
    event = {"occurred_at": occurred, "name": name, "properties": turn.given.get("properties", {})}
    member.setdefault("events", []).append(event)
    turn.changed("member_events.create", member["id"], email=member["email_address"], name=name)
    turn.status = 204


def list_events(turn: Turn) -> Json:
    events = find_named(turn.audience(), turn.values["subscriber_hash"]).get("events", [])
    return {"events": events, "total_items": len(events), "_links": []}


_MEMBER = "/3.0/lists/{list_id}/members/{subscriber_hash}"
ROUTES = {
    f"GET {_MEMBER}/tags": list_tags,
    f"POST {_MEMBER}/tags": change_tags,
    f"GET {_MEMBER}/events": list_events,
    f"POST {_MEMBER}/events": create_event,
}
