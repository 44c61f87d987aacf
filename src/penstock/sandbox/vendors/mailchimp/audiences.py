"""Mailchimp's lists and what belongs to them besides members: merge fields, segments, interests, webhooks."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import HEX, Record
from penstock.sandbox.vendors.mailchimp.members import build, show
from penstock.sandbox.vendors.mailchimp.world import (
    Audience,
    Turn,
    World,
    invalid,
    merge_field,
    not_found,
    subscriber_hash,
)
from penstock.sandbox.wire import Json

FIELD_TYPES = (
    "text",
    "number",
    "address",
    "phone",
    "date",
    "url",
    "imageurl",
    "radio",
    "dropdown",
    "birthday",
    "zip",
)
REQUIRED = ("name", "contact", "permission_reminder", "email_type_option", "campaign_defaults")


def _shown(world: World) -> Any:
    def shown(record: Record) -> Json:
        members = world.audiences[record["id"]].members
        stats = {
            "member_count": members.count(("status", "subscribed")),
            "unsubscribe_count": members.count(("status", "unsubscribed")),
            "cleaned_count": members.count(("status", "cleaned")),
            "total_contacts": members.count(("is_listed", True)),
            "merge_field_count": len(world.audiences[record["id"]].merge_fields),
        }
        return {**record, "stats": stats, "_links": []}

    return shown


def list_lists(turn: Turn) -> Json:
    limits = {"may_create": True, "max_instances": 5, "current_total_instances": len(turn.world.lists)}
    return turn.page("lists", turn.world.lists, show=_shown(turn.world), constraints=limits)


def get_list(turn: Turn) -> Json:
    return _shown(turn.world)(turn.audience().record)


def create_list(turn: Turn) -> Json:
    lacking = [(name, "This value should not be blank.") for name in REQUIRED if name not in turn.given]
    if lacking:
        raise invalid(*lacking)
    record = turn.world.add_list(turn.given, turn.at).record
    turn.changed("lists.create", record["id"], name=record["name"])
    return _shown(turn.world)(record)


def update_list(turn: Turn) -> Json:
    record = turn.audience().record
    record |= {name: value for name, value in turn.given.items() if name in record and name != "id"}
    turn.changed("lists.update", record["id"], name=record["name"])
    return _shown(turn.world)(record)


def delete_list(turn: Turn) -> None:
    record = turn.audience().record
    turn.world.lists.remove(record["id"])
    del turn.world.audiences[record["id"]]
    turn.changed("lists.delete", record["id"], name=record["name"])
    turn.status = 204


def list_merge_fields(turn: Turn) -> Json:
    audience = turn.audience()
    return turn.page("merge_fields", audience.merge_fields, list_id=audience.record["id"])


def create_merge_field(turn: Turn) -> Json:
    audience, given = turn.audience(), turn.given
    name, type = given.get("name"), given.get("type")
    if not name or type not in FIELD_TYPES:
        raise invalid(("name" if not name else "type", "This value is missing or not allowed."))
    number = len(audience.merge_fields) + 1
    tag = str(given.get("tag") or f"MMERGE{number}").upper()
    if any(record["tag"] == tag for record in audience.merge_fields):
        raise invalid(("tag", f'A Merge Field with the tag "{tag}" already exists for this list.'))
    record = merge_field(audience.record["id"], number, tag, str(name), str(type))
    record |= {key: given[key] for key in ("required", "default_value", "public") if key in given}
    audience.merge_fields.add(str(number), record)
    turn.changed("merge_fields.create", str(number), tag=tag, name=name)
    return record


def list_segments(turn: Turn) -> Json:
    audience = turn.audience()
    return turn.page("segments", audience.segments, list_id=audience.record["id"])


def create_segment(turn: Turn) -> Json:
    """Make a static segment of addresses, or a saved one with its conditions."""
    audience, given = turn.audience(), turn.given
    if not given.get("name"):
        raise invalid(("name", "This value should not be blank."))
    emails = given.get("static_segment")
    found = [] if emails is None else [e for e in emails if subscriber_hash(str(e)) in audience.members]
    number = turn.world.ids.next("segment", 200_001)
    record: Record = {
        "id": number,
        "name": given["name"],
        "member_count": len(found),
        "type": "static" if emails is not None else "saved",
        "created_at": turn.request.at,
        "options": given.get("options", {}),
        "list_id": audience.record["id"],
    }
    audience.segments.add(str(number), record)
    turn.changed("segments.create", str(number), name=record["name"])
    return record


def list_interests(turn: Turn) -> Json:
    audience = turn.audience()
    return turn.page("categories", audience.interest_categories, list_id=audience.record["id"])


def create_interest(turn: Turn) -> Json:
    audience, title = turn.audience(), turn.given.get("title")
    if not title:
        raise invalid(("title", "This value should not be blank."))
    id = turn.world.ids.text(10, HEX)
    record = {
        "list_id": audience.record["id"],
        "id": id,
        "title": title,
        "type": turn.given.get("type", "hidden"),
    }
    audience.interest_categories.add(id, record)
    turn.changed("interest_categories.create", id, title=title)
    return record


def list_webhooks(turn: Turn) -> Json:
    audience = turn.audience()
    return turn.page("webhooks", audience.webhooks, list_id=audience.record["id"])


def create_webhook(turn: Turn) -> Json:
    audience, url = turn.audience(), turn.given.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise invalid(("url", "Please provide a valid URL."))
    if any(record["url"] == url for record in audience.webhooks):
        raise invalid(("url", "Sorry, you can't set up multiple WebHooks for one URL"))
    id = turn.world.ids.text(10, HEX)
    record = {
        "id": id,
        "url": url,
        "events": turn.given.get("events", {}),
        "sources": turn.given.get("sources", {}),
        "list_id": audience.record["id"],
    }
    audience.webhooks.add(id, record)
    turn.changed("webhooks.create", id, url=url)
    return record


def delete_webhook(turn: Turn) -> None:
    record = turn.audience().webhooks.remove(turn.values["webhook_id"])
    if record is None:
        raise not_found()
    turn.changed("webhooks.delete", record["id"], url=record["url"])
    turn.status = 204


def search_members(turn: Turn) -> Json:
    """Find members by address, first or last name, within one list or all."""
    wanted = turn.query.get("query", "").lower()
    if not wanted:
        raise invalid(("query", "This value should not be blank."))
    chosen = turn.query.get("list_id")
    world = turn.world
    if chosen is not None and chosen not in world.audiences:
        raise not_found()
    audiences = [world.audiences[chosen]] if chosen else list(world.audiences.values())
    exact = [
        m for a in audiences if (m := a.members.get(subscriber_hash(wanted))) is not None and m["is_listed"]
    ]
    found = [m for a in audiences for m in _matching(a, wanted)]
    return {
        "exact_matches": {"members": [show(m) for m in exact], "total_items": len(exact)},
        "full_search": {"members": [show(m) for m in found], "total_items": len(found)},
        "_links": [],
    }


def _matching(audience: Audience, wanted: str) -> list[Record]:
    def is_match(member: Record) -> bool:
        fields = member["merge_fields"]
        text = f"{member['email_address']} {fields.get('FNAME', '')} {fields.get('LNAME', '')}"
        return wanted in text.lower()

    return audience.members.page(30, where=("is_listed", True), is_newest_first=False, keep=is_match)[0]


def fill(world: World, at: float) -> None:
    """Put a list of 120 members, a segment and an interest category into a new account."""
    audience = world.add_list({"name": "Tea letter", "permission_reminder": "You asked for it."}, at)
    firsts = ("Ada", "Björn", "Chloë", "Dana", "Emre", "Fatima", "Grażyna", "Hugo", "Ines", "Jörg")
    lasts = ("Åberg", "Brandt", "Costa", "Dubois", "Eklund", "Fischer")
    for index in range(120):
        status = "unsubscribed" if index % 12 == 11 else "cleaned" if index % 40 == 20 else "subscribed"
        names = {"FNAME": firsts[index % 10], "LNAME": lasts[index % 6]}
        email = f"member{index + 1:03d}@example.org"
        audience.members.add(subscriber_hash(email), build(world, audience, email, status, names, at))
    id = world.ids.text(10, HEX)
    category = {"list_id": audience.record["id"], "id": id, "title": "Kinds of tea", "type": "checkboxes"}
    audience.interest_categories.add(id, category)


ROUTES = {
    "GET /3.0/lists": list_lists,
    "POST /3.0/lists": create_list,
    "GET /3.0/lists/{list_id}": get_list,
    "PATCH /3.0/lists/{list_id}": update_list,
    "DELETE /3.0/lists/{list_id}": delete_list,
    "GET /3.0/lists/{list_id}/merge-fields": list_merge_fields,
    "POST /3.0/lists/{list_id}/merge-fields": create_merge_field,
    "GET /3.0/lists/{list_id}/segments": list_segments,
    "POST /3.0/lists/{list_id}/segments": create_segment,
    "GET /3.0/lists/{list_id}/interest-categories": list_interests,
    "POST /3.0/lists/{list_id}/interest-categories": create_interest,
    "GET /3.0/lists/{list_id}/webhooks": list_webhooks,
    "POST /3.0/lists/{list_id}/webhooks": create_webhook,
    "DELETE /3.0/lists/{list_id}/webhooks/{webhook_id}": delete_webhook,
    "GET /3.0/search-members": search_members,
}
