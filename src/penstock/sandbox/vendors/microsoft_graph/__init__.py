"""Microsoft Graph as the sandbox plays it: 260 people, a team with a channel, a drive, mail and events for everybody.

Sources: the pages named in integrations/microsoft_graph.py. No SDK judges it: msgraph-sdk is too large for a test.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace

from penstock.integrations.microsoft_graph import integration
from penstock.sandbox.rest.acting import act, name_action, name_collection
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn, read_fields
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.routes import Routes
from penstock.sandbox.state import Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.microsoft_graph import directory, mailbox, workbook
from penstock.sandbox.vendors.microsoft_graph.directory import ME, find_person, make_id, require, seed
from penstock.sandbox.vendors.microsoft_graph.odata import answer_list, answer_page
from penstock.sandbox.wire import Answer, Json, Pairs, iso_time, json_answer, parse_pairs

TEAM, CHANNEL = "t-1", "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2"
DRIVE, SIGN_INS = "b!sandbox", 30
PLANNER_TASK = "01gzSlKkIUSUl6DF_EilrmQAKDhh"
_MOST_IN_BATCH = 20
_ROUTES = Routes({f"{operation.method} {operation.path}": operation for operation in integration.operations})
_GONE = {
    "users": ("Request_ResourceNotFound", "Resource '{id}' does not exist or one of its queried reference-property objects"
              " are not present."),
    "drive": ("itemNotFound", "The resource could not be found."),
    "teams": ("NotFound", "No team found with Group Id {id}"),
}  # fmt: skip
_GONE["groups"] = _GONE["users"]
_MAIL_GONE = ("ErrorItemNotFound", "The specified object was not found in the store.")


def open_vendor(setup: Setup) -> Vendor:
    """Return Microsoft Graph."""
    return RestVendor(setup, integration, SHAPE)


def _build_error(refusal: Refusal) -> Answer:
    code, message = refusal.code, refusal.message
    if refusal.kind == "not_found":
        collection, _, id = message.partition(" ")
        code, said = _GONE.get(collection, _MAIL_GONE)
        message = said.replace("{id}", id)
    inner = {"date": "2026-11-23T02:00:00", "request-id": "e0b1d2c3-0000-4000-8000-000000000000"}
    return json_answer(refusal.status, {"error": {"code": code, "message": message, "innerError": inner}})


def _wait(wait_s: float) -> Pairs:
    return [("Retry-After", str(max(1, math.ceil(wait_s))))]


def _list_items(turn: Turn) -> Answer:
    folder = turn.values.get("item_id", "root")
    return answer_list(turn, turn.table("drive", turn.values["drive_id"], folder), size=200)


def _upload(turn: Turn) -> Json:
    """Keep a file in a folder; one of that name is replaced, and keeps its id."""
    drive, folder, name = (turn.values[key] for key in ("drive_id", "item_id", "filename"))
    known = next((one for one in turn.table("drive", drive, folder) if one["name"] == name), None)
    id = known["id"] if known else f"01{turn.ids.text(32).upper()}"
    record: Record = {
        "id": id,
        "name": name,
        "size": len(turn.request.body),
        "file": {"mimeType": "text/plain"},
    }
    if known:
        known.update(record)
    else:
        turn.table("drive", drive, folder).add(id, record)
    turn.store.notes.setdefault("contents", {})[id] = turn.request.body
    turn.change("drive.upload", id, record)
    return json_answer(200 if known else 201, record)


def _download(turn: Turn) -> Answer:
    content = turn.store.notes.get("contents", {}).get(turn.values["item_id"])
    if content is None:
        raise turn.refuse("not_found", f"drive {turn.values['item_id']}")
    return Answer(200, content, [("Content-Type", "application/octet-stream")])


def _post(turn: Turn) -> Json:
    if "team_id" in turn.values and turn.values["team_id"] != TEAM:
        raise turn.refuse("not_found", f"teams {turn.values['team_id']}")
    require(turn, "body")
    id, at = str(int(turn.now * 1000) + turn.ids.next("post")), iso_time(turn.now)
    record = {"id": id, "messageType": "message", "createdDateTime": at, **turn.fields}
    turn.change(f"{turn.collection}.create", id, record)
    return json_answer(201, record)


def _mark_deleted(turn: Turn) -> Answer:
    turn.change(turn.operation.name if turn.operation else "", turn.values["message_id"])
    return Answer(204)


def _change_task(turn: Turn) -> Answer:
    """Change a planner's task where nobody else has since: the If-Match field says what was seen."""
    tasks = turn.store.notes.setdefault("tasks", {PLANNER_TASK: 1})
    id, seen = turn.values["task_id"], turn.request.headers.get("If-Match")
    if id not in tasks:
        raise turn.refuse("not_found", f"tasks {id}")
    if seen != f'W/"{tasks[id]}"':
        status, code = (412, "PreconditionFailed") if seen else (428, "PreconditionRequired")
        raise turn.refuse(
            "invalid", status=status, code=code, message="The conditional header does not match."
        )
    tasks[id] += 1
    turn.change("planner_tasks.update", id, turn.fields)
    return Answer(204)


def _make_folder(turn: Turn) -> Json:
    require(turn, "name")
    drive, folder, name = turn.values["drive_id"], turn.values["item_id"], turn.fields["name"]
    table = turn.table("drive", drive, folder)
    if any(one["name"] == name for one in table):
        raise turn.refuse(
            "invalid", status=409, code="nameAlreadyExists", message="An item with the same name exists."
        )
    id = f"01{turn.ids.text(32).upper()}"
    record = table.add(id, {"id": id, "name": name, "folder": {"childCount": 0}})
    turn.change("drive.items.create_folder", id, record)
    return json_answer(201, record)


def _copy_item(turn: Turn) -> Answer:
    id = f"01{turn.ids.text(32).upper()}"
    turn.change("drive.items.copy", id, turn.fields)
    return Answer(202, b"", [("Location", f"{turn.request.base}/monitor/{id}")])


def _share_item(turn: Turn) -> Json:
    """Make a link, or give the one there is of this type and scope."""
    require(turn, "type")
    kind, scope = turn.fields["type"], turn.fields.get("scope", "organization")
    links = turn.store.notes.setdefault("links", {})
    key = (turn.values["item_id"], kind, scope)
    is_new = key not in links
    if is_new:
        links[key] = {"id": turn.ids.uuid(), "roles": ["write" if kind == "edit" else "read"],
                      "link": {"type": kind, "scope": scope, "webUrl": f"https://1drv.ms/{turn.ids.text(12)}"}}  # fmt: skip
        turn.change("drive.items.create_link", links[key]["id"])
    return json_answer(201 if is_new else 200, links[key])


def _list_teams(turn: Turn) -> Answer:
    find_person(turn)
    return answer_page(turn, [{"id": TEAM, "displayName": "Sandbox"}], None, 1)


def _subscribe(turn: Turn) -> Json:
    require(turn, "changeType", "notificationUrl", "resource", "expirationDateTime")
    if not str(turn.fields["notificationUrl"]).startswith("https://"):
        raise turn.refuse("invalid", code="InvalidRequest", message="Subscription validation request failed.")
    id = make_id(turn)
    record = turn.table("subscriptions").add(id, {"id": id, **turn.fields})
    turn.change("subscriptions.create", id, record)
    return json_answer(201, record)


def _renew(turn: Turn) -> Json:
    record = turn.table("subscriptions").get(turn.values["subscription_id"])
    if record is None:
        raise turn.refuse("not_found", f"users {turn.values['subscription_id']}")
    record["expirationDateTime"] = turn.fields.get("expirationDateTime")
    turn.change("subscriptions.renew", record["id"])
    return record


def _list_sign_ins(turn: Turn) -> Answer:
    """Begin with an empty page that leads on, as the audit logs sometimes do."""
    if "$skiptoken" not in turn.query:
        return answer_page(turn, [], 0, SIGN_INS)
    return answer_list(turn, [{"id": f"s{n}", "userId": ME} for n in range(SIGN_INS)], size=1000)


def _run_batch(turn: Turn) -> Json:
    """Do up to 20 requests, each with an answer of its own."""
    asked = turn.fields.get("requests")
    if not isinstance(asked, list) or not 1 <= len(asked) <= _MOST_IN_BATCH:
        raise turn.refuse("invalid", f"Number of batch request steps must be between 1 and {_MOST_IN_BATCH}.")
    return {"responses": [{"id": str(one.get("id")), **_run_one(turn, one)} for one in reversed(asked)]}


def _run_one(turn: Turn, asked: Record) -> Record:
    path, _, query = str(asked.get("url", "")).partition("?")
    try:
        found = _ROUTES.find(str(asked.get("method", "")).upper(), path)
        if found is None:
            raise turn.refuse("no_route", path)
        operation, body = found[1], asked.get("body")
        inner = replace(
            turn, operation=operation, action=name_action(turn.shape, operation), values=found[2], body=body,
            collection=name_collection(turn.shape, operation), query=dict(parse_pairs(query)),
            fields=read_fields(operation, body, {}),
        )  # fmt: skip
        handler = turn.shape.handlers.get(operation.name)
        said = handler(inner) if handler is not None else act(inner, integration.pagination)
        if not isinstance(said, Answer):
            said = (
                Answer(204) if said is None else json_answer(turn.shape.statuses.get(inner.action, 200), said)
            )
    except Refusal as exc:
        said = _build_error(exc)
    content = {"body": json.loads(said.body)} if said.body else {}
    return {"status": said.status, "headers": {"Content-Type": "application/json"}, **content}


SHAPE = Shape(
    key="eyJ0eXAiOiJKV1QiLCJub25jZSI6.sandbox.{name}",
    refusals={
        "unauthorized": (401, "InvalidAuthenticationToken", "CompactToken parsing failed with error code: 80049217"),
        "forbidden": (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
        "no_route": (400, "BadRequest", "Resource not found for the segment '{what}'."),
        "invalid": (400, "BadRequest", "{what}"),
        "not_found": (404, "NotFound", "{what}"),
        "throttled": (429, "TooManyRequests", "Too many requests."),
        "failed": (500, "generalException", "An unexpected error occurred."),
    },
    error=_build_error,
    wait_fields=_wait,
    content_type="application/json",
    keeps=("displayName", "subject", "name"),
    seed=seed,
    handlers={
        **directory.HANDLERS, **mailbox.HANDLERS, "drive.root.children": _list_items, "drive.items.children": _list_items,
        "drive.upload": _upload, "drive.download": _download, "teams.joined": _list_teams, "channel_messages.create": _post,
        "chat_messages.create": _post, "subscriptions.create": _subscribe, "subscriptions.renew": _renew,
        "sign_ins.list": _list_sign_ins, "batch.send": _run_batch, **workbook.HANDLERS,
        "drive.items.create_folder": _make_folder, "drive.items.copy": _copy_item, "drive.items.create_link": _share_item,
        "channel_messages.soft_delete": _mark_deleted, "channel_messages.undo_soft_delete": _mark_deleted,
        "chat_messages.soft_delete": _mark_deleted, "chat_messages.undo_soft_delete": _mark_deleted,
        "planner_tasks.update": _change_task,
    },
)  # fmt: skip
