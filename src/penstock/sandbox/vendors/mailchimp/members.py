"""Mailchimp's list members: add, upsert, change, archive, delete for good, tags, events, in batches of 500."""

from __future__ import annotations

import re
from typing import Any

from penstock.sandbox.state import HEX, Record
from penstock.sandbox.vendors.mailchimp.world import (
    STATUSES,
    Audience,
    Problem,
    Turn,
    World,
    invalid,
    not_found,
    offset_time,
    subscriber_hash,
)
from penstock.sandbox.wire import Json

MOST_PER_BATCH = 500
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PRIVATE = ("is_listed", "events")


def show(member: Record) -> Json:
    """Return a member as Mailchimp answers it."""
    shown = {name: value for name, value in member.items() if name not in _PRIVATE}
    names = (str(member["merge_fields"].get(tag, "")) for tag in ("FNAME", "LNAME"))
    shown["full_name"] = " ".join(name for name in names if name)
    shown["tags_count"] = len(member["tags"])
    return shown


def listed(turn: Turn) -> Json:
    """List those not archived, or those of one status."""
    audience, status = turn.audience(), turn.query.get("status")
    if status is not None and status not in (*STATUSES, "archived"):
        raise invalid(("status", "Value is not one of the allowed statuses"))
    where = ("is_listed", True) if status is None else ("status", status)
    return turn.page("members", audience.members, where=where, show=show, list_id=audience.record["id"])


def get(turn: Turn) -> Json:
    return show(find_named(turn.audience(), turn.values["subscriber_hash"]))


def create(turn: Turn) -> Json:
    member = _add(turn, turn.audience(), turn.given)
    return show(member)


def _add(turn: Turn, audience: Audience, given: dict[str, Any]) -> Record:
    email = _check_email(given)
    _check_status(given.get("status"), "status", is_required=True)
    known = audience.members.get(subscriber_hash(email))
    if known is not None and known["is_listed"]:
        raise Problem(
            400,
            "Member Exists",
            f"{email} is already a list member. Use PUT to insert or update list members.",
        )
    if known is not None:
        member = _change(turn, audience, known, given)
    else:
        member = _new(turn, audience, email, given["status"], given)
    _noted(turn, "create", member)
    return member


def upsert(turn: Turn) -> Json:
    """Add or change by the hash in the path: doing it twice is doing it once."""
    audience, given = turn.audience(), turn.given
    known = _find(audience, turn.values["subscriber_hash"])
    if known is None:
        email = _check_email(given)
        known = audience.members.get(subscriber_hash(email))
    if known is not None:
        _check_status(given.get("status"), "status")
        _noted(turn, "upsert", _change(turn, audience, known, given))
        return show(known)
    _check_status(given.get("status_if_new") or given.get("status"), "status_if_new", is_required=True)
    status = given.get("status_if_new") or given["status"]
    member = _new(turn, audience, _check_email(given), status, given)
    _noted(turn, "upsert", member)
    return show(member)


def update(turn: Turn) -> Json:
    audience = turn.audience()
    member = find_named(audience, turn.values["subscriber_hash"])
    _check_status(turn.given.get("status"), "status")
    _noted(turn, "update", _change(turn, audience, member, turn.given))
    return show(member)


def archive(turn: Turn) -> None:
    audience = turn.audience()
    member = find_named(audience, turn.values["subscriber_hash"])
    if not member["is_listed"]:
        raise Problem(
            405, "Method Not Allowed", "This list member cannot be removed. Please contact support."
        )
    audience.members.update(
        member["id"], status="archived", is_listed=False, last_changed=offset_time(turn.at)
    )
    _noted(turn, "archive", member)
    turn.status = 204


def delete_permanent(turn: Turn) -> None:
    audience = turn.audience()
    member = find_named(audience, turn.values["subscriber_hash"])
    audience.members.remove(member["id"])
    audience.forgotten.add(member["id"])
    _noted(turn, "delete_permanent", member)
    turn.status = 204


def batch(turn: Turn) -> Json:
    """Add up to 500 members; each one's failure is in `errors`, and the answer is 200 all the same."""
    audience, members = turn.audience(), turn.given.get("members")
    if not isinstance(members, list) or not members:
        raise invalid(("members", "This value should not be blank."))
    if len(members) > MOST_PER_BATCH:
        raise invalid(("members", f"This collection should contain {MOST_PER_BATCH} elements or less."))
    is_updating = bool(turn.given.get("update_existing"))
    new: list[Json] = []
    updated: list[Json] = []
    errors: list[Json] = []
    for given in members:
        try:
            known = audience.members.get(subscriber_hash(_check_email(given)))
            if known is not None and is_updating:
                _noted(turn, "upsert", _change(turn, audience, known, given))
                updated.append(show(known))
            else:
                new.append(show(_add(turn, audience, given)))
        except Problem as exc:
            email = given.get("email_address", "") if isinstance(given, dict) else ""
            code = "ERROR_CONTACT_EXISTS" if exc.title == "Member Exists" else "ERROR_GENERIC"
            errors.append({"email_address": email, "error": exc.detail, "error_code": code})
    return {
        "new_members": new,
        "updated_members": updated,
        "errors": errors,
        "total_created": len(new),
        "total_updated": len(updated),
        "error_count": len(errors),
        "_links": [],
    }


def _new(turn: Turn, audience: Audience, email: str, status: str, given: dict[str, Any]) -> Record:
    id = subscriber_hash(email)
    if id in audience.forgotten:
        raise Problem(
            400,
            "Forgotten Email Not Subscribed",
            f"{email} was permanently deleted and cannot be re-imported. The contact must re-subscribe to "
            f"get "
            "back on the list.",
        )
    merge_fields = _read_merge_fields(audience, {}, given)
    blank = dict.fromkeys(_tags_of(audience), "")
    member = build(turn.world, audience, email, status, {**blank, **merge_fields}, turn.at)
    member["tags"] = [make_tag(turn.world, audience, str(name)) for name in given.get("tags", ())]
    for name in ("vip", "language", "email_type", "interests", "location"):
        if name in given:
            member[name] = given[name]
    return audience.members.add(id, member)


def build(
    world: World, audience: Audience, email: str, status: str, merge_fields: dict[str, Any], at: float
) -> Record:
    """Return a new member's record."""
    return {
        "id": subscriber_hash(email),
        "email_address": email,
        "unique_email_id": world.ids.text(10, HEX),
        "contact_id": world.ids.text(32, HEX),
        "full_name": "",
        "web_id": world.ids.next("web", 100_001),
        "email_type": "html",
        "status": status,
        "merge_fields": merge_fields,
        "interests": {},
        "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
        "ip_signup": "",
        "timestamp_signup": "",
        "ip_opt": "127.0.0.1",
        "timestamp_opt": offset_time(at),
        "member_rating": 2,
        "last_changed": offset_time(at),
        "language": "",
        "vip": False,
        "email_client": "",
        "location": {
            "latitude": 0,
            "longitude": 0,
            "gmtoff": 0,
            "dstoff": 0,
            "country_code": "",
            "timezone": "",
        },
        "source": "API - Generic",
        "tags_count": 0,
        "tags": [],
        "list_id": audience.record["id"],
        "is_listed": True,
        "_links": [],
    }


def _change(turn: Turn, audience: Audience, member: Record, given: dict[str, Any]) -> Record:
    merge_fields = _read_merge_fields(audience, member["merge_fields"], given)
    changes: dict[str, Any] = {"merge_fields": merge_fields, "last_changed": offset_time(turn.at)}
    for name in ("vip", "language", "email_type", "interests", "location"):
        if name in given:
            changes[name] = given[name]
    if given.get("status"):
        changes |= {"status": given["status"], "is_listed": True}
    email = given.get("email_address")
    if email and subscriber_hash(email) != member["id"]:
        return _move(audience, member, _check_email(given), changes)
    if email:
        changes["email_address"] = email
    return audience.members.update(member["id"], **changes)


def _move(audience: Audience, member: Record, email: str, changes: dict[str, Any]) -> Record:
    """Give a member another address, and with it another id."""
    id = subscriber_hash(email)
    if id in audience.members:
        raise Problem(400, "Member Exists", f"{email} is already a list member.")
    audience.members.remove(member["id"])
    member |= {**changes, "id": id, "email_address": email}
    return audience.members.add(id, member)


def _read_merge_fields(audience: Audience, old: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    values = given.get("merge_fields", {})
    if not isinstance(values, dict):
        raise invalid(("merge_fields", f"Schema describes object, {type(values).__name__} found instead"))
    known = _tags_of(audience)
    for tag, value in values.items():  # an unknown tag is ignored, as Mailchimp does
        if isinstance(value, str) and len(value) > 255:
            raise invalid((tag, "Please enter a value no longer than 255 characters"))
    return {**old, **{tag: value for tag, value in values.items() if tag in known}}


def _tags_of(audience: Audience) -> list[str]:
    return [record["tag"] for record in audience.merge_fields]


def make_tag(world: World, audience: Audience, name: str) -> Json:
    """Return a list's tag of this name, made when there is none."""
    id = audience.tags.get(name)
    if id is None:
        id = audience.tags[name] = world.ids.next("tag", 300_001)
    return {"id": id, "name": name}


def _check_email(given: Any) -> str:
    if not isinstance(given, dict):
        raise invalid(("", f"Schema describes object, {type(given).__name__} found instead"))
    email = given.get("email_address")
    if email is None:
        raise invalid(("email_address", "This value should not be blank."))
    if not isinstance(email, str) or not _EMAIL.fullmatch(email) or len(email) > 255:
        raise Problem(400, "Invalid Resource", "Please provide a valid email address.")
    return email


def _check_status(status: Any, name: str, *, is_required: bool = False) -> None:
    if status is None and not is_required:
        return
    if status not in STATUSES:
        said = (
            "This value should not be blank."
            if status is None
            else "The value is not one of the allowed statuses."
        )
        raise invalid((name, said))


def _find(audience: Audience, given: str) -> Record | None:
    """Return the member a path names: by hash, or by the address itself."""
    return audience.members.get(subscriber_hash(given) if "@" in given else given.lower())


def find_named(audience: Audience, given: str) -> Record:
    """Return the member a path names. Raises Problem (404)."""
    member = _find(audience, given)
    if member is None:
        raise not_found()
    return member


def _noted(turn: Turn, action: str, member: Record) -> None:
    key = {
        "email": member["email_address"],
        "status": member["status"],
        "merge_fields": member["merge_fields"],
    }
    turn.changed(f"members.{action}", member["id"], **key)


_MEMBER = "/3.0/lists/{list_id}/members/{subscriber_hash}"
ROUTES = {
    "GET /3.0/lists/{list_id}/members": listed,
    "POST /3.0/lists/{list_id}/members": create,
    f"GET {_MEMBER}": get,
    f"PUT {_MEMBER}": upsert,
    f"PATCH {_MEMBER}": update,
    f"DELETE {_MEMBER}": archive,
    f"POST {_MEMBER}/actions/delete-permanent": delete_permanent,
    "POST /3.0/lists/{list_id}": batch,
}
