"""Intercom's contacts and what belongs to them: tags, notes, events, companies."""

from __future__ import annotations

import math
from collections.abc import Callable

from penstock.sandbox.rest.acting import create, find, update
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.intercom.records import (
    ADMIN,
    WORKSPACE,
    build_admin,
    find_contact,
    first,
    read_number,
    refuse,
    sent,
)
from penstock.sandbox.wire import Answer, Json

SCROLLED, SCROLL_LIFE_S = 100, 60.0


def create_contact(turn: Turn) -> Json:
    """Make a contact; a user there is already is refused, with the id in the words."""
    given = sent(turn)
    if not any(given.get(name) for name in ("email", "external_id", "phone")) and given.get("role") != "lead":
        raise refuse(turn, "Either email, external_id or phone is required", code="parameter_not_found")
    if given.get("role") != "lead":
        known = {"email": given.get("email"), "external_id": given.get("external_id")}
        for collection, said in (("contacts", "A"), ("archived", "An archived")):
            there = first(turn.table(collection), **known)
            if there is not None:
                message = f"{said} contact matching those details already exists with id={there['id']}"
                raise refuse(turn, message, status=409, code="conflict")
    return create(turn, given)


def get_by_external_id(turn: Turn) -> Json:
    """Return the contact with an external id."""
    return find_contact(turn, external_id=turn.values["external_id"])


def archive(turn: Turn) -> Json:
    """Take a contact out of all lists; their address stays taken."""
    contact = find_contact(turn)
    turn.table("contacts").remove(contact["id"])
    turn.table("archived").add(contact["id"], contact)
    turn.change("contacts.archive", contact["id"], contact)
    return {"type": "contact", "id": contact["id"], "external_id": contact["external_id"], "archived": True}


def merge_contacts(turn: Turn) -> Json:
    """Make a lead part of a user."""
    lead, user = (
        find_contact(turn, id=turn.fields.get("from")),
        find_contact(turn, id=turn.fields.get("into")),
    )
    if lead["role"] != "lead":
        raise refuse(turn, "from must be a lead")
    turn.table("contacts").remove(lead["id"])
    user.update({name: lead[name] for name in ("email", "phone", "name") if not user[name]})
    turn.change("contacts.merge", user["id"], user)
    return user


def attach(collection: str, name: str) -> Callable[[Turn], Json]:
    """Return what ties something to a contact, or unties it, and answers with the thing."""

    def answer(turn: Turn) -> Json:
        contact = find_contact(turn)
        held = contact[name]["data"]
        one = find(turn, str(turn.values.get("tag_id") or turn.fields.get("id")), collection=collection)
        is_taken_away = turn.request.method == "DELETE"
        kept = [other for other in held if other["id"] != one["id"]]
        held[:] = kept if is_taken_away else [*kept, {"type": one["type"], "id": one["id"]}]
        contact[name]["total_count"] = len(held)
        turn.change(f"{collection}.{'detach' if is_taken_away else 'attach'}", one["id"], contact)
        return one

    return answer


def create_note(turn: Turn) -> Json:
    """Write a note about a contact."""
    contact = find_contact(turn)
    author = build_admin() if str(turn.fields.get("admin_id") or ADMIN) == ADMIN else None
    fields: Record = {
        "body": f"<p>{turn.fields.get('body')}</p>",
        "author": author,
        "contact": {"type": "contact", "id": contact["id"]},
    }
    return create(turn, fields)


def upsert_company(turn: Turn) -> Json:
    """Change the company of a company_id, or make it."""
    given = sent(turn)
    if not given.get("company_id"):
        raise refuse(turn, "company_id is required", code="parameter_not_found")
    there = first(turn.table(), company_id=given["company_id"])
    if there is None:
        return create(turn, {"app_id": WORKSPACE, "user_count": 0, "session_count": 0, **given})
    return update(turn, there, given)


def list_companies(turn: Turn) -> Json:
    """Return the page of a number; of one name or company_id that company itself."""
    named = {name: turn.query[name] for name in ("name", "company_id") if name in turn.query}
    if named:
        found = first(turn.table(), **named)
        if found is None:
            raise turn.refuse("not_found", "companies")
        return found
    size, number = read_number(turn, "per_page", 15), read_number(turn, "page", 1)
    total = math.ceil(len(turn.table()) / size)
    rows, has_more = turn.table().page(size, offset=(number - 1) * size, is_newest_first=False)
    following = f"{turn.url}?per_page={size}&page={number + 1}" if has_more else None
    pages = {"type": "pages", "next": following, "page": number, "per_page": size, "total_pages": total}
    return {"type": "list", "data": rows, "total_count": len(turn.table()), "pages": pages}


def scroll(turn: Turn) -> Json:
    """Return the next hundred of the one scroll there can be; it ends with an empty page, or a minute unread."""
    token, opened = turn.query.get("scroll_param"), turn.store.notes.get("scroll")
    is_open = opened is not None and opened["until"] > turn.now
    if token is None and is_open:
        raise refuse(turn, "scroll already exists for this workspace", code="scroll_exists")
    if token is None:
        opened = {"token": turn.ids.uuid(), "at": 0}
    elif opened is None or not is_open or opened["token"] != token:
        raise refuse(turn, "scroll parameter not found", status=404, code="not_found")
    rows, _ = turn.table("companies").page(SCROLLED, offset=opened["at"], is_newest_first=False)
    opened |= {"at": opened["at"] + len(rows), "until": turn.now + SCROLL_LIFE_S}
    turn.store.notes["scroll"] = opened if rows else None
    return {"type": "list", "data": rows, "pages": None, "total_count": None, "scroll_param": opened["token"]}


def take_event(turn: Turn) -> Answer:
    """Take an event; one with the same contact, name and second is taken too, and dropped."""
    given = sent(turn)
    if not given.get("event_name") or not given.get("created_at"):
        raise refuse(turn, "event_name and created_at are required", code="parameter_not_found")
    contact = find_contact(
        turn, id=given.get("id"), external_id=given.get("user_id"), email=given.get("email")
    )
    id = f"{contact['id']}/{given['event_name']}/{given['created_at']}"
    if id not in turn.table("events"):
        turn.table("events").add(id, given)
        turn.change("events.create", id, {"name": given["event_name"], "email": contact["email"]})
    return Answer(202)


def create_tag(turn: Turn) -> Json:
    """Make a tag, or return the one of that name."""
    if not turn.fields.get("name"):
        raise refuse(turn, "name is required", code="parameter_not_found")
    return first(turn.table(), name=turn.fields["name"]) or create(turn, {"name": turn.fields["name"]})
