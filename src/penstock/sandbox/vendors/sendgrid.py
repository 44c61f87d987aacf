"""SendGrid as the sandbox plays it: mail that is queued, contacts written in the background, suppressions by address.

Sources: the pages named in integrations/sendgrid.py; what the sendgrid package and python_http_client read.
"""

from __future__ import annotations

from typing import Any

from penstock.integrations.sendgrid import integration
from penstock.sandbox.rest.acting import create, find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import ALNUM, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

BOUNCES, TEMPLATES = 120, 25
SAMPLE = 50  # contacts that a list or a search shows
MOST_RECIPIENTS = 1000
_NO_SENDER = (
    "The from object must be provided for every email send. "
    "It is an object that requires the email parameter, but may also contain a name parameter."
)
_NO_PEOPLE = "The personalizations field is required and must have at least one personalization."


def open_vendor(setup: Setup) -> Vendor:
    """Return SendGrid."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    """Return the list of errors, each with the field it is about."""
    field = refusal.code if refusal.kind == "invalid" else None
    return json_answer(
        refusal.status, {"errors": [{"message": refusal.message, "field": field, "help": None}]}
    )


def _refuse(turn: Turn, field: str, message: str) -> Refusal:
    return turn.refuse("invalid", code=field, message=message)


def _seed(turn: Turn) -> None:
    for number in range(BOUNCES):
        email = f"bounced{number:03}@example.com"
        record = {
            "created": int(turn.now) - number,
            "email": email,
            "reason": "550 no such user",
            "status": "5.1.1",
        }
        turn.table("suppressions").add(email, record)
    for number in range(TEMPLATES):
        id = f"d-{turn.ids.text(32, 'abcdef0123456789')}"
        turn.table("templates").add(
            id, {"id": id, "name": f"Template {number}", "generation": "dynamic", "versions": []}
        )
    turn.table("unsubscribe_groups").add(
        "1", {"id": 1, "name": "News", "description": "News", "is_default": True}
    )


def _send(turn: Turn) -> Answer:
    """Queue a mail, or say which field is wrong, in SendGrid's words."""
    mail = turn.fields
    sender, people = mail.get("from"), mail.get("personalizations")
    if not isinstance(sender, dict) or "@" not in str(sender.get("email")):
        raise _refuse(turn, "from.email", _NO_SENDER)
    if not isinstance(people, list) or not people:
        raise _refuse(turn, "personalizations", _NO_PEOPLE)
    to = [address for one in people for address in one.get("to", ())]
    if not to or not all("@" in str(address.get("email")) for address in to):
        raise _refuse(turn, "personalizations.0.to.0.email", "Does not contain a valid address.")
    if len(to) > MOST_RECIPIENTS:
        raise _refuse(
            turn, "personalizations", "The personalizations field can have at most 1000 recipients."
        )
    if not mail.get("content") and not mail.get("template_id"):
        raise _refuse(
            turn, "content", "Unless a valid template_id is provided, the content parameter is required."
        )
    id = turn.ids.text(22, ALNUM)
    subject = mail.get("subject") or people[0].get("subject")
    turn.table("mail").add(id, mail)
    for address in to:
        turn.change("mail.send", id, {"email": address["email"], "subject": subject})
    return Answer(202, b"", [("X-Message-Id", id)])


def _upsert(turn: Turn) -> Answer:
    """Write contacts in the background: known by their address, of which case does not matter."""
    contacts = turn.fields.get("contacts")
    if not isinstance(contacts, list) or not contacts:
        raise _refuse(turn, "contacts", "contacts: at least one contact is required")
    for place, contact in enumerate(contacts):
        if not isinstance(contact, dict) or "@" not in str(contact.get("email")):
            raise _refuse(turn, f"contacts[{place}].email", "email is invalid")
    table, known = turn.table("contacts"), turn.store.notes.setdefault("contacts", {})
    for contact in contacts:
        email = str(contact["email"]).lower()
        id = known.setdefault(email, turn.ids.uuid())
        fields = {**contact, "email": email, "updated_at": iso_time(turn.now)}
        lists = turn.fields.get("list_ids") or []
        record = table.get(id)
        if record is None:
            record = table.add(
                id, {"id": id, **fields, "list_ids": list(lists), "created_at": iso_time(turn.now)}
            )
        else:
            record.update(fields, list_ids=[*dict.fromkeys([*record["list_ids"], *lists])])
        turn.change("contacts.upsert", id, record)
    return _job(turn)


def _job(turn: Turn) -> Answer:
    id = turn.ids.uuid()
    times = {"started_at": iso_time(turn.now), "finished_at": iso_time(turn.now)}
    turn.table("imports").add(
        id, {"id": id, "status": "completed", "job_type": "upsert", "results": {}, **times}
    )
    return json_answer(202, {"job_id": id})


def _sample(turn: Turn) -> Json:
    everyone = list(turn.table("contacts"))
    query = str(turn.fields.get("query", ""))
    wanted = query.partition("'")[2].partition("'")[0].strip("%").lower() if "email" in query.lower() else ""
    rows = [contact for contact in everyone if wanted in contact["email"]]
    return {"result": rows[:SAMPLE], "contact_count": len(rows)}


def _by_emails(turn: Turn) -> Json:
    known = turn.store.notes.get("contacts", {})
    emails = [str(email).lower() for email in turn.fields.get("emails", ())]
    found = {email: turn.table("contacts").get(known[email]) for email in emails if email in known}
    if not found:
        raise turn.refuse("not_found", message="no contacts found")
    return {
        "result": {e: {"contact": found[e]} if e in found else {"error": "contact not found"} for e in emails}
    }


def _delete_contacts(turn: Turn) -> Answer:
    is_all = turn.query.get("delete_all_contacts") == "true"
    ids = (
        [contact["id"] for contact in turn.table("contacts")]
        if is_all
        else turn.query.get("ids", "").split(",")
    )
    for id in ids:
        gone = turn.table("contacts").remove(id)
        if gone is not None:
            turn.store.notes["contacts"].pop(gone["email"], None)
            turn.change("contacts.delete", id, gone)
    return _job(turn)


def _suppress(turn: Turn) -> Answer:
    if not turn.fields.get("recipient_emails"):
        raise _refuse(turn, "recipient_emails", "recipient_emails is required")
    for email in turn.fields["recipient_emails"]:
        if turn.table("global").get(email) is None:
            turn.table("global").add(email, {"email": email, "created": int(turn.now)})
            turn.change("suppressions.add_global", email, {"email": email})
    return json_answer(201, {"recipient_emails": turn.fields["recipient_emails"]})


def _none(turn: Turn) -> Answer:
    return answer_rows(turn, ())


def _list_row(turn: Turn, record: Record) -> Record:
    if turn.collection != "lists":
        return record
    members = sum(record["id"] in contact["list_ids"] for contact in turn.table("contacts"))
    return {**record, "contact_count": members}


def _remove_from_list(turn: Turn) -> Answer:
    found = find(turn, turn.values["id"], collection="lists")
    for id in str(turn.query.get("contact_ids", "")).split(","):
        contact = turn.table("contacts").get(id)
        if contact is not None and found["id"] in contact["list_ids"]:
            contact["list_ids"].remove(found["id"])
            turn.change("lists.remove_contacts", id, contact)
    return _job(turn)


def _page(turn: Turn, body: Any) -> Json:
    """A page says where it is itself, too."""
    if isinstance(body, dict):
        body["_metadata"] = {**body.get("_metadata", {}), "self": turn.url, "count": len(turn.table())}
    return body


def _import(turn: Turn) -> Json:
    made = create(turn, {"status": "pending"}, collection="imports")
    return {
        "job_id": made["id"],
        "upload_uri": f"{turn.request.base}/uploads/{made['id']}",
        "upload_headers": [],
    }


SHAPE = Shape(
    key="SG.sandbox-{name}",
    new_id=lambda ids, _: ids.uuid(),
    error=_error,
    seed=_seed,
    one=_list_row,
    row=_list_row,
    page=_page,
    page_size=100,
    next_parameter="page_token",
    statuses={"create": 201},
    refusals={
        "unauthorized": (401, "", "The provided authorization grant is invalid, expired, or revoked"),
        "not_found": (404, "", "{what} not found"),
        "no_route": (404, "", "not found"),
        "invalid": (400, "{what}", "{what} is required"),
        "throttled": (429, "", "too many requests"),
        "failed": (500, "", "internal server error"),
    },
    collections={"suppressions.bounces": "suppressions", "contacts.get_import": "imports"},
    ids={"suppressions.remove_bounce": "email", "contacts.get_import": "id"},
    actions={
        "suppressions.remove_bounce": "delete",
        "suppressions.bounces": "list",
        "contacts.get_import": "get",
    },
    handlers={
        "scopes.list": lambda turn: {
            "scopes": ["mail.send", "marketing.read", "marketing.update", "templates.read"]
        },
        "mail.send": _send,
        "mail_batches.create": lambda turn: json_answer(201, {"batch_id": turn.ids.text(40)}),
        "contacts.upsert": _upsert,
        "contacts.list": _sample,
        "contacts.search": _sample,
        "contacts.get_by_emails": _by_emails,
        "contacts.delete": _delete_contacts,
        "contacts.export": lambda turn: json_answer(202, {"id": turn.ids.uuid(), "_metadata": {}}),
        "contacts.bulk_import": _import,
        "lists.remove_contacts": _remove_from_list,
        "suppressions.blocks": _none,
        "suppressions.spam_reports": _none,
        "suppressions.unsubscribes": lambda turn: answer_rows(turn, turn.table("global")),
        "suppressions.add_global": _suppress,
        "unsubscribe_groups.list": lambda turn: list(turn.table("unsubscribe_groups")),
        "event_webhooks.list": lambda turn: {"max_allowed": 1, "webhooks": []},
    },
)
