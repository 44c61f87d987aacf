"""What Zendesk's sandbox keeps: tickets with their comments, users, organizations; and how each is changed."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.acting import create, find, update
from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Ids, Record
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

SINGULAR = {
    "tickets": "ticket", "users": "user", "organizations": "organization", "ticket_fields": "ticket_field",
    "organization_memberships": "organization_membership", "webhooks": "webhook", "job_statuses": "job_status",
}  # fmt: skip


def new_id(ids: Ids, collection: str) -> str:
    """Return an id for a new record of a collection."""
    if collection == "tickets":
        return str(ids.next("ticket"))
    if collection == "webhooks":
        return "01" + ids.text(24, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    if collection == "job_statuses":
        return ids.text(32, HEX)
    return str(8447388090000 + ids.next(collection))


def build(turn: Turn, id: str, given: Record) -> Record:
    """Return what is kept of a create."""
    collection = turn.collection.partition(".")[0]
    _check(turn, collection, given)
    number: int | str = int(id) if id.isdigit() else id
    path = f"{turn.request.base}/api/v2/{collection}/{id}.json"
    record = {"url": path, "id": number, "created_at": iso_time(turn.now), "updated_at": iso_time(turn.now)}
    match collection:
        case "tickets":
            kept = {
                name: value for name, value in given.items() if name not in ("comment", "requester", "id")
            }
            comment = given.get("comment") or {"body": given.get("description")}
            requester = given.get("requester_id") or _requester(turn, given.get("requester"))
            defaults = {
                "external_id": None, "subject": comment.get("body"), "description": comment.get("body"), "priority": None,
                "status": "open", "type": None, "tags": [], "submitter_id": turn.store.notes["me"], "assignee_id": None,
                "requester_id": requester, "organization_id": None, "via": {"channel": "api"}, "custom_fields": [],
            }  # fmt: skip
            _comment(turn, id, comment)
            return {**record, **defaults, **kept, "id": number}
        case "users":
            defaults = {"name": "", "email": None, "role": "end-user", "active": True, "verified": False, "tags": [],
                        "organization_id": None, "suspended": False, "user_fields": {}, "external_id": None}  # fmt: skip
            return {**record, **defaults, **given}
        case "organizations":
            defaults = {"domain_names": [], "tags": [], "external_id": None, "organization_fields": {}}
            return {**record, **defaults, **given}
    return {**record, **given}


def _check(turn: Turn, collection: str, given: Record, id: Any = None) -> None:
    """Refuse what lacks a name or a comment, or has what another has."""
    if collection == "tickets" and id is None and not (given.get("comment") or given.get("description")):
        raise _invalid(turn, "base", "Description: cannot be blank", "BlankValue")
    if collection in ("users", "organizations") and id is None and not given.get("name"):
        raise _invalid(turn, "name", "Name: is too short (minimum is 1 characters)", "BlankValue")
    for name in {"users": ("email", "external_id"), "organizations": ("name", "external_id")}.get(
        collection, ()
    ):
        value = given.get(name)
        if value and any(one.get(name) == value and one["id"] != id for one in turn.table(collection)):
            taken = f"{name.capitalize()}: {value} is already being used by another {SINGULAR[collection]}"
            raise _invalid(turn, name, taken, "DuplicateValue")


def _invalid(turn: Turn, name: str, words: str, code: str) -> Refusal:
    return turn.refuse("invalid", message=f"{name}\n{words}", code=code)


def _requester(turn: Turn, given: Any) -> Any:
    """Return the id of a ticket's requester, made where there is none with this address."""
    if not isinstance(given, dict):
        return turn.store.notes["me"]
    known = next((one for one in turn.table("users") if one["email"] == given.get("email")), None)
    if known is None:
        id = new_id(turn.ids, "users")
        known = turn.table("users").add(
            id, {"id": int(id), "role": "end-user", "name": given.get("name"), **given}
        )
        turn.change("users.create", id, known)
    return known["id"]


def _comment(turn: Turn, ticket_id: str, comment: Record) -> None:
    id, body = new_id(turn.ids, "comments"), comment.get("body") or comment.get("html_body")
    row = {
        "id": int(id), "type": "Comment", "author_id": turn.store.notes["me"], "body": body, "html_body": f"<p>{body}</p>",
        "plain_body": body, "public": comment.get("public", True), "attachments": [], "created_at": iso_time(turn.now),
    }  # fmt: skip
    turn.table("tickets.comments", ticket_id).add(id, row)
    audit = {"id": int(new_id(turn.ids, "audits")), "ticket_id": int(ticket_id), "created_at": iso_time(turn.now),
             "author_id": row["author_id"], "via": {"channel": "api"}, "events": [row]}  # fmt: skip
    turn.table("tickets.audits", ticket_id).add(str(audit["id"]), audit)


def merge(turn: Turn, record: Record, fields: Record) -> None:
    """Change a record by an update's fields; a comment among them is one more."""
    collection = turn.collection.partition(".")[0]
    _check(turn, collection, fields, record["id"])
    stamp = fields.get("updated_stamp")
    if fields.get("safe_update") and stamp and stamp != record["updated_at"]:
        words = "Safe Update prevented a ticket update"
        raise turn.refuse("invalid", status=409, code="UpdateConflict", message=words)
    if isinstance(fields.get("comment"), dict):
        _comment(turn, str(record["id"]), fields["comment"])
    left_out = ("id", "comment", "safe_update", "updated_stamp", "additional_collaborators")
    record |= {name: value for name, value in fields.items() if name not in left_out}
    record["updated_at"] = iso_time(turn.now)


def answer_one(turn: Turn, record: Record) -> Json:
    """Return a record as it is answered by itself; of a ticket that was written, with its audit."""
    collection = turn.collection
    answer = {SINGULAR.get(collection, collection): record}
    if collection == "tickets" and turn.action in ("create", "update"):
        audits = list(turn.table("tickets.audits", str(record["id"])))
        answer["audit"] = audits[-1]
    return answer


def upsert(turn: Turn) -> Answer:
    """Change who has this address or external id, or make them."""
    keys = {"users": ("email", "external_id"), "organizations": ("external_id", "name")}[turn.collection]
    known = next(
        (
            one
            for one in turn.table()
            for key in keys
            if turn.fields.get(key) and one.get(key) == turn.fields[key]
        ),
        None,
    )
    record = create(turn, turn.fields) if known is None else update(turn, known, turn.fields)
    return json_answer(201 if known is None else 200, {SINGULAR[turn.collection]: record})


def delete(turn: Turn) -> Json:
    """Take a ticket to the deleted ones, a user to the inactive ones."""
    record = find(turn)
    turn.change(f"{turn.collection}.delete", str(record["id"]), record)
    if turn.collection == "users":
        record["active"] = False
        return json_answer(200, {"user": record})
    turn.table("deleted").add(str(record["id"]), turn.table().remove(str(record["id"])) or {})
    return None


def recover(turn: Turn) -> Json:
    """Take a deleted ticket back."""
    id = turn.values["ticket_id"]
    record = find(turn, id, collection="deleted")
    turn.table("deleted").remove(id)
    turn.change("tickets.recover", id, turn.store.table("tickets").add(id, record))
    return {}


def count(turn: Turn) -> Json:
    """Return how many there are."""
    return {"count": {"value": len(turn.table()), "refreshed_at": iso_time(turn.now)}}


def count_related(turn: Turn) -> Json:
    """Return how much hangs on a user or an organization."""
    record, name = find(turn), f"{SINGULAR[turn.collection]}count_related"
    key = "requester_id" if turn.collection == "users" else "organization_id"
    tickets = sum(one.get(key) == record["id"] for one in turn.table("tickets"))
    if turn.collection == "users":
        return {name: {"requested_tickets": tickets, "assigned_tickets": 0, "ccd_tickets": 0}}
    users = sum(one.get(key) == record["id"] for one in turn.table("users"))
    return {name: {"tickets_count": tickets, "users_count": users}}


def upload(turn: Turn) -> Answer:
    """Keep a file, and give the token for a comment."""
    name = turn.query.get("filename")
    if not name:
        raise turn.refuse("invalid", "filename")
    body = turn.request.body
    file = {"id": int(new_id(turn.ids, "attachments")), "file_name": name, "size": len(body),
            "content_type": turn.request.headers.get("Content-Type", "")}  # fmt: skip
    turn.change("uploads.create", str(file["id"]), file)
    answer = {
        "token": turn.query.get("token") or turn.ids.text(20),
        "attachment": file,
        "attachments": [file],
    }
    return json_answer(201, {"upload": answer})


def create_hook(turn: Turn) -> Answer:
    """Keep a webhook; its secret is told by itself only."""
    record = create(
        turn, {**turn.fields, "signing_secret": {"algorithm": "SHA256", "secret": turn.ids.text(43) + "="}}
    )
    return json_answer(
        201, {"webhook": {name: value for name, value in record.items() if name != "signing_secret"}}
    )
