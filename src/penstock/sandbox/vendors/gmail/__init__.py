"""Gmail as the sandbox plays it: one mailbox, whose threads are the messages that belong together.

Sources: the pages named in integrations/gmail.py; the discovery document gmail.v1 for the resources' fields. Mail goes
nowhere: what is sent lies in the mailbox as SENT, and what is sent to its own address as INBOX and UNREAD as well.
"""

from __future__ import annotations

from penstock.integrations.gmail import integration
from penstock.sandbox.rest import google
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.gmail.actions import (
    change_labels,
    delete_messages,
    get_thread,
    list_drafts,
    list_messages,
    list_threads,
    send_draft,
    show_draft,
    write_draft,
)
from penstock.sandbox.vendors.gmail.mailbox import (
    ADDRESS,
    FIRST_HISTORY,
    find,
    found,
    keep,
    messages,
    need,
    newest,
    show,
)
from penstock.sandbox.wire import Answer, Json

SYSTEM_LABELS = ("INBOX", "SENT", "DRAFT", "TRASH", "SPAM", "UNREAD", "STARRED", "IMPORTANT")
WATCH_S = 7 * 86_400


def open_vendor(setup: Setup) -> Vendor:
    """Return Gmail."""
    return RestVendor(setup, integration, SHAPE)


def seed(turn: Turn) -> None:
    """Give a new mailbox Gmail's own labels."""
    table = turn.table("labels", "me")
    for name in SYSTEM_LABELS:
        table.add(name, {"id": name, "name": name, "type": "system"})


def create_label(turn: Turn) -> Json:
    """Make a label; its name serves once."""
    need(turn, "name")
    table, name = turn.table("labels", "me"), turn.fields["name"]
    if any(one["name"].lower() == str(name).lower() for one in table):
        raise turn.refuse("invalid", status=409, code="aborted", message="Label name exists or conflicts")
    id = f"Label_{turn.ids.next('label')}"
    shown = {"messageListVisibility": "show", "labelListVisibility": "labelShow", **turn.fields}
    record = table.add(id, {"id": id, **shown, "type": "user"})
    turn.change("labels.create", id, record)
    return record


def list_history(turn: Turn) -> Answer:
    """List what happened since a number; 404 for one that is too old."""
    start = turn.query.get("startHistoryId", "")
    if not start.isdigit() or int(start) < FIRST_HISTORY - 1:
        raise turn.refuse("not_found")
    rows = [one for one in turn.store.notes.get("history", []) if int(one["id"]) > int(start)]
    return answer_rows(turn, rows)


def get_profile(turn: Turn) -> Json:
    """Say whose mailbox it is and how full."""
    threads = {one["threadId"] for one in messages(turn)}
    return {
        "emailAddress": ADDRESS, "messagesTotal": len(messages(turn)), "threadsTotal": len(threads),
        "historyId": newest(turn),
    }  # fmt: skip


def watch(turn: Turn) -> Json:
    """Begin to watch the mailbox; nothing is pushed here."""
    need(turn, "topicName")
    turn.change("watch.start", str(turn.fields["topicName"]))
    return {"historyId": newest(turn), "expiration": str(int((turn.now + WATCH_S) * 1000))}


def _refuse_attachment(turn: Turn) -> Json:
    raise turn.refuse("invalid", message="Invalid attachment token")  # messages here have none


def _finish_list(turn: Turn, body: Json) -> Json:
    assert turn.operation is not None
    if turn.operation.name == "history.list":
        body["historyId"] = newest(turn)
    else:
        body["resultSizeEstimate"] = (
            len(found(turn)) if turn.collection != "drafts" else len(turn.table("drafts", "me"))
        )
    items = turn.operation.items or "messages"
    return {
        name: value for name, value in body.items() if name != items or value
    }  # none found: no list at all


SHAPE = Shape(
    key=google.KEY,
    page=_finish_list,
    page_size=100,
    refusals=google.REFUSALS,
    error=google.write_error,
    seed=seed,
    keeps=("to", "subject", "name"),
    handlers={
        "messages.send": lambda turn: keep(turn, turn.fields),
        "messages.list": list_messages,
        "messages.get": lambda turn: show(find(turn), turn.query.get("format", "full")),
        **dict.fromkeys(
            ("messages.modify", "messages.trash", "messages.untrash", "messages.batch_modify", "threads.modify",
             "threads.trash", "threads.untrash"),
            change_labels,
        ),
        **dict.fromkeys(("messages.delete", "messages.batch_delete", "threads.delete"), delete_messages),
        "attachments.get": _refuse_attachment,
        "threads.list": list_threads,
        "threads.get": get_thread,
        "drafts.create": write_draft,
        "drafts.update": write_draft,
        "drafts.list": list_drafts,
        "drafts.get": lambda turn: show_draft(find(turn, "drafts"), turn.query.get("format", "full")),
        "drafts.send": send_draft,
        "labels.list": lambda turn: {"labels": list(turn.table("labels", "me"))},
        "labels.create": create_label,
        "history.list": list_history,
        "profile.get": get_profile,
        "watch.start": watch,
    },
    routes={"GET /users/{userId}/profile": "profile.get"},
)  # fmt: skip
