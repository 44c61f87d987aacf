"""Brevo's contacts, their attributes, and the lists they are in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.brevo.records import gone, page, refuse
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

MOST_IN_A_BATCH, MOST_TO_A_LIST = 100, 150
_KEPT = ("emailBlacklisted", "smsBlacklisted")


def find_contact(turn: Turn, named: str, kind: str | None = None) -> Record | None:
    """Return the contact of an id, an address, a number or an own id, as identifierType says or the text looks."""
    kind = kind or ("contact_id" if named.isdigit() else "email_id")
    for one in turn.table("contacts"):
        known = {"contact_id": one["id"], "email_id": one["email"], "ext_id": one["attributes"].get("EXT_ID"),
                 "phone_id": one["attributes"].get("SMS")}  # fmt: skip
        if str(known.get(kind) or "").lower() == named.lower():
            return one
    return None


def get_contact(turn: Turn) -> Record:
    """Return the contact the path names."""
    found = find_contact(turn, turn.values["identifier"], turn.query.get("identifierType"))
    if found is None:
        raise gone(turn, "Contact does not exist")
    return found


def _write(turn: Turn, contact: Record, given: Record) -> None:
    """Change a contact; attributes Brevo does not know are dropped without a word."""
    attributes = {name.upper(): value for name, value in (given.get("attributes") or {}).items()}
    known = {name: value for name, value in attributes.items() if name in turn.table("attributes")}
    if given.get("ext_id"):
        known["EXT_ID"] = given["ext_id"]
    contact["attributes"] |= known
    contact |= {name: given[name] for name in _KEPT if name in given}
    lists = dict.fromkeys([*contact["listIds"], *(given.get("listIds") or [])])
    contact["listIds"] = [one for one in lists if one not in (given.get("unlinkListIds") or [])]
    contact["email"] = str(known.pop("EMAIL", None) or contact["email"] or "").lower() or None
    contact["modifiedAt"] = iso_time(turn.now)


def _create_contact(turn: Turn, given: Record) -> Record:
    id = turn.ids.next("contact")
    contact: Record = {
        "id": id, "email": given.get("email"), "emailBlacklisted": False, "smsBlacklisted": False, "listIds": [],
        "createdAt": iso_time(turn.now), "attributes": {},
    }  # fmt: skip
    _write(turn, contact, given)
    turn.table("contacts").add(str(id), contact)
    turn.change("contacts.create", str(id), contact)
    return contact


def _upsert(turn: Turn, given: Record) -> Record | None:
    """Return the new contact, None where there was one and it was changed."""
    there = find_contact(turn, str(given.get("email") or ""), "email_id")
    if there is None and given.get("ext_id"):
        there = find_contact(turn, str(given["ext_id"]), "ext_id")
    if there is None:
        return _create_contact(turn, given)
    _write(turn, there, given)
    turn.change("contacts.update", str(there["id"]), there)
    return None


def post_contact(turn: Turn) -> Answer:
    """Make a contact; one there is already is changed with updateEnabled, and refused without."""
    given = turn.body if isinstance(turn.body, dict) else {}
    email = str(given.get("email") or "")
    if not email and not given.get("ext_id") and not (given.get("attributes") or {}).get("SMS"):
        raise refuse(turn, "missing_parameter", "Either email, ext_id or SMS is required")
    if email and "@" not in email:
        raise refuse(turn, "invalid_parameter", "email is not valid")
    if not given.get("updateEnabled") and email and find_contact(turn, email, "email_id") is not None:
        message = "Unable to create contact, email is already associated with another Contact"
        raise refuse(turn, "duplicate_parameter", message)
    made = _upsert(turn, given)
    return Answer(204) if made is None else json_answer(201, {"id": made["id"]})


def put_contact(turn: Turn) -> Answer:
    """Change the contact the path names."""
    contact = get_contact(turn)
    _write(turn, contact, turn.body if isinstance(turn.body, dict) else {})
    turn.change("contacts.update", str(contact["id"]), contact)
    return Answer(204)


def delete_from(collection: str, name: str, said: str) -> Callable[[Turn], Answer]:
    """Return what takes a record out."""

    def answer(turn: Turn) -> Answer:
        id = str(get_contact(turn)["id"]) if collection == "contacts" else turn.values[name]
        record = turn.table(collection).remove(id)
        if record is None:
            raise gone(turn, said)
        turn.change(f"{collection}.delete", id, record)
        return Answer(204)

    return answer


def update_many(turn: Turn) -> Answer:
    """Change up to a hundred contacts; those there are not are passed over."""
    rows = turn.fields.get("contacts") or []
    if len(rows) > MOST_IN_A_BATCH:
        raise refuse(turn, "out_of_range", f"contacts can have at most {MOST_IN_A_BATCH} entries")
    for row in rows:
        there = find_contact(turn, str(row.get("id") or row.get("email")))
        if there is not None:
            _write(turn, there, row)
            turn.change("contacts.update", str(there["id"]), there)
    return Answer(204)


def import_contacts(turn: Turn) -> Answer:
    """Take contacts in the background: their rows as JSON, or as a file with columns."""
    rows = turn.fields.get("jsonBody")
    if rows is None and turn.fields.get("fileBody"):
        lines = csv.DictReader(io.StringIO(turn.fields["fileBody"]), delimiter=";")
        rows = [{"email": line.pop("EMAIL", None), "attributes": line} for line in lines]
    if not rows:
        raise refuse(turn, "missing_parameter", "fileUrl, fileBody or jsonBody is required")
    for row in rows:
        if (
            turn.fields.get("updateExistingContacts", True)
            or find_contact(turn, str(row.get("email"))) is None
        ):
            _upsert(turn, {"listIds": turn.fields.get("listIds"), **row})
    return json_answer(202, {"processId": turn.ids.next("process", 78)})


def write_attribute(turn: Turn) -> Answer:
    """Define an attribute, or change what it allows."""
    name = turn.values["attributeName"].upper()
    is_there = name in turn.table("attributes")
    if turn.request.method == "POST":
        if is_there:
            raise refuse(turn, "invalid_parameter", "Attribute name must be unique")
        record = {"name": name, "category": turn.values["attributeCategory"], **turn.fields}
        turn.table("attributes").add(name, record)
    elif is_there:
        record = turn.table("attributes").update(name, **turn.fields)
    else:
        raise gone(turn, "Attribute does not exist")
    turn.change("attributes.create" if turn.request.method == "POST" else "attributes.update", name, record)
    return Answer(201 if turn.request.method == "POST" else 204)


def _find_list(turn: Turn) -> Record:
    found = turn.table("lists").get(turn.values["listId"])
    if found is None:
        raise gone(turn, "List ID does not exist")
    return found


def show_lists(turn: Turn) -> Json:
    """Return the lists with how many are in each."""
    counted = []
    for one in turn.table("lists"):
        members = sum(one["id"] in contact["listIds"] for contact in turn.table("contacts"))
        counted.append(
            {**one, "totalSubscribers": members, "uniqueSubscribers": members, "totalBlacklisted": 0}
        )
    return page(turn, counted, "lists", 50)


def show_members(turn: Turn) -> Json:
    """Return who is in a list."""
    id = _find_list(turn)["id"]
    return page(turn, (one for one in turn.table("contacts") if id in one["listIds"]), "contacts", 500)


def join(turn: Turn) -> Answer:
    """Put contacts into a list, or out of it; who was there before, or is unknown, fails, and all do when all do."""
    id, is_join = _find_list(turn)["id"], turn.request.path.endswith("/add")
    named = [str(one) for name in ("emails", "ids") for one in turn.fields.get(name) or []]
    if len(named) > MOST_TO_A_LIST:
        raise refuse(turn, "out_of_range", f"At most {MOST_TO_A_LIST} contacts are allowed")
    done, failed = [], []
    for one in named:
        contact = find_contact(turn, one)
        if contact is None or (id in contact["listIds"]) is is_join:
            failed.append(one)
            continue
        contact["listIds"] = (
            [*contact["listIds"], id] if is_join else [n for n in contact["listIds"] if n != id]
        )
        done.append(one)
        turn.change("lists.add" if is_join else "lists.remove", f"{id}/{contact['id']}", contact)
    if not done:
        raise refuse(turn, "invalid_parameter", "Contact already in list and/or does not exist")
    return json_answer(201, {"contacts": {"success": done, "failure": failed}})
