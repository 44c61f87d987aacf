"""Jira's issues: made one by one and many at once, changed, moved on, commented, linked, with files and hours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.jira.world import (
    STATES,
    answer_slice,
    find_issue,
    make_issue,
    person,
    write_time,
)
from penstock.sandbox.wire import Answer, Json, json_answer

_NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
MOST_AT_ONCE = 50


def _check(turn: Turn, fields: Record, *, is_new: bool = True) -> Record:
    """Return what is wrong with an issue's fields, by name; of its project, what there is to know."""
    wrong: Record = {}
    given = fields.get("project") or {}
    project = turn.store.table("projects").get(str(given.get("key"))) or next(
        (one for one in turn.store.table("projects") if one["id"] == str(given.get("id"))), None
    )
    if is_new and project is None:
        wrong["project"] = "Specify a valid project ID or key"
    elif project is not None:
        fields["project"] = {"id": project["id"], "key": project["key"], "name": project["name"]}
    if is_new and not fields.get("issuetype"):
        wrong["issuetype"] = "Specify an issue type"
    if (is_new or "summary" in fields) and not fields.get("summary"):
        wrong["summary"] = "You must specify a summary of the issue."
    for name in ("description", "environment"):
        if not _is_document(fields.get(name)):
            wrong[name] = _NO_DOCUMENT
    return wrong


def _is_document(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and value.get("type") == "doc" and "content" in value)


def _shown(record: Record) -> Record:
    return {name: record[name] for name in ("id", "key", "self")}


def _fields_of(turn: Turn) -> Record:
    body = turn.body if isinstance(turn.body, dict) else {}
    fields = body.get("fields")
    return dict(fields) if isinstance(fields, dict) else {}


def _make(turn: Turn) -> Answer:
    fields = _fields_of(turn)
    if wrong := _check(turn, fields):
        return json_answer(400, {"errorMessages": [], "errors": wrong})
    record = make_issue(turn, fields)
    turn.change("issues.create", record["key"], fields)
    return json_answer(201, _shown(record))


def _make_many(turn: Turn) -> Answer:
    """Make those that can be made and name the others by their place; 400 where none can."""
    updates = turn.fields.get("issueUpdates")
    if not isinstance(updates, list) or not 0 < len(updates) <= MOST_AT_ONCE:
        raise turn.refuse("invalid", message=f"The number of issues must be between 1 and {MOST_AT_ONCE}.")
    made, errors = [], []
    for place, one in enumerate(updates):
        fields = dict(one.get("fields") or {})
        if wrong := _check(turn, fields):
            told = {"status": 400, "errorMessages": [], "errors": wrong}
            errors.append({"status": 400, "elementErrors": told, "failedElementNumber": place})
            continue
        record = make_issue(turn, fields)
        turn.change("issues.create", record["key"], fields)
        made.append(_shown(record))
    return json_answer(201 if made else 400, {"issues": made, "errors": errors})


def _get(turn: Turn) -> Json:
    return show(find_issue(turn), turn.query.get("fields"))


def show(record: Record, names: str | None) -> Json:
    """Return an issue with the fields asked for, all where none are named."""
    wanted = set((names or "*all").split(","))
    if wanted & {"*all", "*navigable", ""}:
        return record
    return record | {"fields": {name: value for name, value in record["fields"].items() if name in wanted}}


def _change(turn: Turn) -> Answer:
    record, fields = find_issue(turn), _fields_of(turn)
    if wrong := _check(turn, fields, is_new=False):
        return json_answer(400, {"errorMessages": [], "errors": wrong})
    _log(turn, record, fields)
    record["fields"].update(fields, updated=write_time(turn.now))
    turn.change("issues.update", record["key"], fields)
    return Answer(204)


def _log(turn: Turn, record: Record, fields: Record) -> None:
    items = [
        {"field": name, "fromString": str(record["fields"].get(name)), "toString": str(value)}
        for name, value in fields.items()
    ]
    id = str(turn.ids.next("changes", 10_001))
    entry = {"id": id, "author": person(), "created": write_time(turn.now), "items": items}
    turn.store.table("changelog", record["key"]).add(id, entry)


def _delete(turn: Turn) -> Answer:
    record = find_issue(turn)
    turn.store.table("issues").remove(record["key"])
    turn.change("issues.delete", record["key"])
    return Answer(204)


def _move(turn: Turn) -> Answer:
    record = find_issue(turn)
    body = turn.body if isinstance(turn.body, dict) else {}
    state = STATES.get(str((body.get("transition") or {}).get("id")))
    if state is None:
        raise turn.refuse(
            "invalid", message="It seems that you have tried to perform an illegal workflow operation."
        )
    _log(turn, record, {"status": state})
    record["fields"].update(_fields_of(turn), status={"name": state})
    turn.change("issues.transition", record["key"], {"summary": state})
    return Answer(204)


def _list_moves(turn: Turn) -> Json:
    find_issue(turn)
    return {"transitions": [{"id": id, "name": name, "to": {"name": name}} for id, name in STATES.items()]}


def _assign(turn: Turn) -> Answer:
    record, id = find_issue(turn), turn.fields.get("accountId")
    known = turn.store.table("users").get(str(id))
    if known is None and id not in ("-1", None):
        raise turn.refuse("invalid", code="assignee", message=f"User '{id}' does not exist.")
    record["fields"]["assignee"] = known
    turn.change("issues.assign", record["key"], {"accountId": id})
    return Answer(204)


def _comment(turn: Turn) -> Json:
    key, body = find_issue(turn)["key"], turn.fields.get("body")
    if not body or not _is_document(body):
        raise turn.refuse("invalid", code="comment", message="Comment body is not valid!")
    table = turn.store.table("comments", key)
    id = turn.values.get("id") or str(turn.ids.next("comments", 10_001))
    old = table.get(id)
    if old is None and "id" in turn.values:
        raise turn.refuse("not_found", message=f"Can not find a comment for the id: {id}.")
    now = write_time(turn.now)
    record = {**(old or {"id": id, "author": person(), "created": now}), "body": body, "updated": now}
    if old is None:
        table.add(id, record)
    else:
        old.update(record)
    turn.change("comments.create" if old is None else "comments.update", id)
    return json_answer(201 if old is None else 200, record)


def _attach(turn: Turn) -> Answer:
    key, file = find_issue(turn)["key"], turn.fields.get("file")
    if turn.request.headers.get("X-Atlassian-Token") != "no-check":
        return Answer(403, b"XSRF check failed", [("Content-Type", "text/plain")])
    if not isinstance(file, dict):
        raise turn.refuse("invalid", "file")
    id = str(turn.ids.next("attachments", 10_001))
    record = {
        "id": id,
        "filename": file["filename"],
        "size": file["size"],
        "author": person(),
        "created": write_time(turn.now),
    }
    turn.change("attachments.create", id, {"key": key})
    return json_answer(200, [record])


def _log_work(turn: Turn) -> Answer:
    key = find_issue(turn)["key"]
    if not turn.fields.get("timeSpent") and not turn.fields.get("timeSpentSeconds"):
        raise turn.refuse("invalid", code="timeLogged", message="You must indicate the time spent working.")
    id = str(turn.ids.next("worklogs", 10_001))
    turn.change("worklogs.create", id, {"key": key})
    return json_answer(201, {"id": id, "author": person(), **turn.fields})


def _link(turn: Turn) -> Answer:
    for side in ("inwardIssue", "outwardIssue"):
        find_issue(turn, str((turn.fields.get(side) or {}).get("key")))
    turn.change("issue_links.create", str(turn.ids.next("links", 10_001)))
    return Answer(201)


def _notify(turn: Turn) -> Answer:
    turn.change("issues.notify", find_issue(turn)["key"])
    return Answer(204)


def _edit_many(turn: Turn) -> Answer:
    task = str(turn.ids.next("tasks", 10_641))
    turn.change("issues.bulk_edit", task)
    return json_answer(201, {"taskId": task})


def _list_changes(turn: Turn) -> Answer:
    return answer_slice(turn, turn.store.table("changelog", turn.values["issueIdOrKey"]))


def _list_comments(turn: Turn) -> Answer:
    return answer_slice(turn, turn.store.table("comments", turn.values["issueIdOrKey"]), "comments")


def _get_comment(turn: Turn) -> Json:
    return find(turn, turn.values["id"])


HANDLERS: dict[str, Callable[[Turn], Json | Answer]] = {
    "issues.create": _make,
    "issues.bulk_create": _make_many,
    "issues.get": _get,
    "issues.update": _change,
    "issues.bulk_edit": _edit_many,
    "issues.delete": _delete,
    "issues.transition": _move,
    "issues.transitions": _list_moves,
    "issues.assign": _assign,
    "issues.changelog": _list_changes,
    "issues.notify": _notify,
    "issue_links.create": _link,
    "comments.create": _comment,
    "comments.update": _comment,
    "comments.get": _get_comment,
    "comments.list": _list_comments,
    "attachments.create": _attach,
    "worklogs.create": _log_work,
}
