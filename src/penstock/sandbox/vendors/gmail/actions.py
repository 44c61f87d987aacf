"""What is done with messages, threads and drafts; the mailbox itself is in mailbox.py."""

from __future__ import annotations

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.gmail.mailbox import (
    find,
    found,
    keep,
    matches,
    messages,
    need,
    note,
    show,
    write,
)
from penstock.sandbox.wire import Answer, Json


def list_messages(turn: Turn) -> Answer:
    """List messages as Gmail does: ids only."""
    return answer_rows(turn, [{"id": one["id"], "threadId": one["threadId"]} for one in found(turn)])


def list_threads(turn: Turn) -> Answer:
    """List threads, those with the newest message first."""
    newest = {one["threadId"]: one for one in reversed(found(turn))}
    rows = [
        {"id": id, "snippet": one["snippet"], "historyId": one["historyId"]} for id, one in newest.items()
    ]
    return answer_rows(turn, rows[::-1])


def _relabel(turn: Turn, record: Record, add: list[str], remove: list[str]) -> None:
    known = {label["id"] for label in turn.table("labels", "me")}
    for label in (*add, *remove):
        if label not in known:
            raise turn.refuse("invalid", message=f"Invalid label: {label}")
    kept = [label for label in record["labelIds"] if label not in remove]
    record["labelIds"] = [*kept, *(label for label in add if label not in kept)]
    note(turn, "labelsAdded" if add else "labelsRemoved", record)


def _thread(turn: Turn) -> list[Record]:
    found = [one for one in messages(turn) if one["threadId"] == turn.values["id"]]
    if not found:
        raise turn.refuse("not_found")
    return found


_MOVES = {"trash": (["TRASH"], ["INBOX"]), "untrash": ([], ["TRASH"])}


def change_labels(turn: Turn) -> Json:
    """Change the labels of one message, of some, or of a thread: by what was asked, or into the bin and out of it."""
    assert turn.operation is not None
    group, _, verb = turn.operation.name.partition(".")
    add, remove = _MOVES.get(verb) or (
        turn.fields.get("addLabelIds") or [],
        turn.fields.get("removeLabelIds") or [],
    )
    if verb == "batch_modify":
        records = [
            one for id in turn.fields.get("ids") or [] if (one := messages(turn).get(str(id))) is not None
        ]
    else:
        records = _thread(turn) if group == "threads" else [find(turn)]
    for record in records:
        _relabel(turn, record, add, remove)
        turn.change(f"messages.{verb}", record["id"], record)
    if verb == "batch_modify":
        return Answer(204)
    shown = [show(one, "minimal") for one in records]
    return {"id": turn.values["id"], "messages": shown} if group == "threads" else shown[0]


def delete_messages(turn: Turn) -> Answer:
    """Delete one message, some, or a thread, for good."""
    assert turn.operation is not None
    if turn.operation.name == "messages.batch_delete":
        ids = [str(id) for id in turn.fields.get("ids") or []]
    else:
        ids = [one["id"] for one in (_thread(turn) if turn.collection == "threads" else [find(turn)])]
    for id in ids:
        record = messages(turn).remove(id)
        if record is not None:
            note(turn, "messagesDeleted", record)
            turn.change("messages.delete", id, record)
    return Answer(204)


def get_thread(turn: Turn) -> Json:
    """Return a thread with its messages."""
    form = turn.query.get("format", "full")
    found = _thread(turn)
    return {
        "id": turn.values["id"],
        "historyId": found[-1]["historyId"],
        "messages": [show(one, form) for one in found],
    }


def show_draft(record: Record, form: str = "minimal") -> Json:
    """Return a draft with its message in one of the forms there are."""
    return {"id": record["id"], "message": show(record["message"], form)}


def write_draft(turn: Turn) -> Json:
    """Keep a draft, or another message in its place."""
    table, id = turn.table("drafts", "me"), turn.values.get("id")
    message = write(turn, turn.fields, ["DRAFT"])
    note(turn, "messagesAdded", message)
    if id is None:
        id = f"r-{turn.ids.text(19, '0123456789')}"
        record = table.add(id, {"id": id, "message": message})
    else:
        record = find(turn, "drafts")
        record["message"] = message
    turn.change("drafts.create" if "id" not in turn.values else "drafts.update", id, message)
    return {"id": id, "message": {name: record["message"][name] for name in ("id", "threadId", "labelIds")}}


def send_draft(turn: Turn) -> Json:
    """Send a draft, which is gone then."""
    need(turn, "id")
    table = turn.table("drafts", "me")
    record = table.get(str(turn.fields["id"]))
    if record is None:
        raise turn.refuse("not_found")
    sent = keep(turn, {"raw": record["message"]["raw"]})  # a draft without recipients is refused, and stays
    table.remove(record["id"])
    return sent


def list_drafts(turn: Turn) -> Answer:
    """List drafts, the newest first."""
    rows = [
        {"id": one["id"], "message": {name: one["message"][name] for name in ("id", "threadId")}}
        for one in reversed(list(turn.table("drafts", "me")))
        if matches(one["message"], turn.query.get("q", ""))
    ]
    return answer_rows(turn, rows)
