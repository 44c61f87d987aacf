"""Graph's mailboxes: messages, events and what else lies in one; and what is sent from it."""

from __future__ import annotations

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.microsoft_graph.directory import find_person, make_id, require
from penstock.sandbox.vendors.microsoft_graph.odata import answer_list, select
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer


def _list_mine(turn: Turn) -> Answer:
    """Return what lies in a person's mailbox, the newest first."""
    rows = list(turn.table(turn.collection, find_person(turn)["id"]))
    if turn.collection == "calendar_view":
        rows = list(turn.table("events", find_person(turn)["id"]))
        _need_query(turn, "startDateTime", "endDateTime")
        start, end = turn.query["startDateTime"], turn.query["endDateTime"]
        rows = [row for row in rows if row["start"]["dateTime"] < end and row["end"]["dateTime"] > start]
    return answer_list(turn, rows[::-1], size=10)


def _need_query(turn: Turn, *names: str) -> None:
    for name in names:
        if not turn.query.get(name):
            raise turn.refuse("invalid", code="ErrorInvalidParameter", message=f"{name} is required.")


def _mine(turn: Turn) -> Record:
    id = turn.values.get("message_id") or turn.values.get("event_id") or ""
    record = turn.table(turn.collection, find_person(turn)["id"]).get(id)
    if record is None:
        raise turn.refuse("not_found", f"{turn.collection} {id}")
    return record


def _change_mine(turn: Turn) -> Json:
    record = _mine(turn)
    record.update(turn.fields)
    turn.change(f"{turn.collection}.update", record["id"], record)
    return record


def _delete_mine(turn: Turn) -> Answer:
    record = _mine(turn)
    turn.table(turn.collection, find_person(turn)["id"]).remove(record["id"])
    turn.change(f"{turn.collection}.delete", record["id"])
    return Answer(204)


def _keep_mail(turn: Turn, person: Record, message: Record) -> None:
    id = make_id(turn)
    at = iso_time(turn.now)
    record = {
        "id": id,
        "isRead": True,
        "isDraft": False,
        "createdDateTime": at,
        "sentDateTime": at,
        **message,
    }
    turn.table("messages", person["id"]).add(id, record)
    turn.change("mail.send", id, record)


def _send(turn: Turn) -> Answer:
    person, message = (
        find_person(turn),
        (turn.body or {}).get("message") if isinstance(turn.body, dict) else None,
    )
    if not isinstance(message, dict) or not message.get("toRecipients"):
        raise turn.refuse(
            "invalid", code="ErrorInvalidRecipients", message="At least one recipient is not valid."
        )
    if not all(isinstance(one, dict) and "emailAddress" in one for one in message["toRecipients"]):
        raise turn.refuse(
            "invalid", code="UnableToDeserializePostBody", message="were unable to deserialize "
        )
    _keep_mail(turn, person, message)
    return Answer(202)


def _reply(turn: Turn) -> Answer:
    before = turn.table("messages", find_person(turn)["id"]).get(turn.values["message_id"])
    if before is None:
        raise turn.refuse("not_found", "messages")
    words = {"subject": f"RE: {before.get('subject')}", "bodyPreview": turn.fields.get("comment")}
    _keep_mail(turn, find_person(turn), words)
    return Answer(202)


def _make_event(turn: Turn) -> Json:
    person = find_person(turn)
    require(turn, "subject", "start", "end")
    for name in ("start", "end"):
        if not isinstance(turn.fields[name], dict) or "dateTime" not in turn.fields[name]:
            raise turn.refuse(
                "invalid", code="ErrorPropertyValidationFailure", message=f"The property {name} is not valid."
            )
    id = make_id(turn)
    record = turn.table("events", person["id"]).add(
        id, {"id": id, "isCancelled": False, "attendees": [], **turn.fields}
    )
    turn.change("events.create", id, record)
    return json_answer(201, record)


HANDLERS = {
    "messages.list": _list_mine, "messages.get": lambda turn: select(turn, _mine(turn)), "messages.update": _change_mine,
    "messages.delete": _delete_mine, "messages.reply": _reply, "mail.send": _send, "mail_folders.list": _list_mine,
    "events.list": _list_mine, "events.create": _make_event, "events.update": _change_mine,
    "calendar_view.list": _list_mine, "contacts.list": _list_mine,
}  # fmt: skip
