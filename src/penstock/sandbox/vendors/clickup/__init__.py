"""ClickUp as the sandbox plays it: one Workspace with a space, a folder and a list, and the tasks people make.

Sources: the pages named in integrations/clickup.py; clickup-python-sdk's reading of answers. Dates are texts of milliseconds, as
ClickUp answers them, whatever they were when they came.
"""

from __future__ import annotations

from dataclasses import replace

from penstock.integrations.clickup import integration
from penstock.sandbox.rest.shape import Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.clickup import parts, tasks, times
from penstock.sandbox.vendors.clickup.world import FOLDER, LIST, ME, SPACE, TEAM, need
from penstock.sandbox.wire import Json

_FIELD = {
    "id": "03efda77-c7a0-42d3-8afd-fd546353c2f5", "name": "Amount", "type": "number", "type_config": {},
    "date_created": "1566400407303", "hide_from_guests": False,
}  # fmt: skip


def open_vendor(setup: Setup) -> Vendor:
    """Return ClickUp, which refuses its own personal tokens where Bearer stands before them."""
    return RestVendor(setup, replace(integration, auth=integration.auth[:1]), SHAPE)


def seed(turn: Turn) -> None:
    """Give a new Workspace its list and a custom field."""
    turn.table("lists").add(
        LIST["id"], {**LIST, "folder": FOLDER, "space": SPACE, "task_count": None, "archived": False}
    )
    turn.table("fields").add(str(_FIELD["id"]), dict(_FIELD))


def list_lists(turn: Turn) -> Json:
    """List a folder's lists."""
    if turn.values["folder_id"] != FOLDER["id"]:
        raise turn.refuse("not_found", message="Folder not found")
    return {"lists": list(turn.table("lists"))}


def create_webhook(turn: Turn) -> Json:
    """Register a webhook; the answer has the secret that would sign deliveries."""
    need(turn, "endpoint", "events")
    id, secret = turn.ids.uuid(), turn.ids.text(64)
    hook = {
        "id": id, "userid": ME["id"], "team_id": int(TEAM["id"]), "endpoint": turn.fields["endpoint"], "client_id": "SANDBOX",
        "events": turn.fields["events"], "task_id": None, "list_id": None, "folder_id": None, "space_id": None,
        "health": {"status": "active", "fail_count": 0}, "secret": secret,
    }  # fmt: skip
    turn.table("webhooks").add(id, hook)
    turn.change("webhooks.create", id, hook)
    return {"id": id, "webhook": hook}


SHAPE = Shape(
    key="pk_81_SANDBOX_{name}",
    refusals={
        "unauthorized": (401, "OAUTH_025", "Token invalid"),
        "not_found": (404, "ITEM_013", "Task not found, deleted"),
        "no_route": (404, "APP_001", "Route not found"),
        "invalid": (400, "INPUT_005", "{what} invalid"),
        "throttled": (429, "APP_002", "Rate limit reached"),
        "failed": (500, "ITEMV2_003", "Internal server error"),
    },
    seed=seed,
    keeps=("name", "comment_text", "description"),
    handlers={
        "users.me": lambda turn: {"user": ME},
        "teams.list": lambda turn: {
            "teams": [{**TEAM, "color": "#536cfe", "avatar": None, "members": [{"user": ME}]}]
        },
        "lists.list": list_lists,
        "lists.custom_fields": lambda turn: {"fields": list(turn.table("fields"))},
        "lists.add_task": tasks.note,
        "lists.remove_task": tasks.note,
        "tasks.create": tasks.create,
        "tasks.get": tasks.find,
        "tasks.update": tasks.update,
        "tasks.delete": tasks.delete,
        "tasks.list": tasks.list_tasks,
        "tasks.list_filtered": tasks.list_tasks,
        "tasks.members": lambda turn: {"members": [ME] if tasks.find(turn) else []},
        "tasks.set_custom_field": tasks.set_custom_field,
        "tasks.add_tag": tasks.tag,
        "tasks.remove_tag": tasks.tag,
        "tasks.add_attachment": parts.attach,
        "tasks.add_dependency": tasks.depend,
        "tasks.remove_dependency": tasks.depend,
        "checklists.create": parts.create_checklist,
        "checklists.update": parts.change_checklist,
        "checklists.delete": parts.delete_checklist,
        "checklist_items.create": parts.create_item,
        "checklist_items.update": parts.change_item,
        "checklist_items.delete": parts.delete_item,
        "comments.create": parts.create_comment,
        "comments.list": parts.list_comments,
        "space_tags.list": lambda turn: {"tags": list(turn.table("tags"))},
        "space_tags.create": parts.create_tag,
        "space_tags.update": parts.change_tag,
        "space_tags.delete": parts.delete_tag,
        "time_entries.create": times.create,
        "time_entries.list": times.list_entries,
        "time_entries.start": times.start,
        "time_entries.remove_tags": times.remove_tags,
        "webhooks.create": create_webhook,
    },
)
