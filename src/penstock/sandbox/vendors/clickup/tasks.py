"""Tasks: made, changed, found by their own id or a custom one, listed in pages of a hundred."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.clickup.world import (
    FOLDER,
    LIST,
    ME,
    SPACE,
    TEAM,
    milliseconds,
    need,
    new_id,
    now,
)
from penstock.sandbox.wire import Answer, Json

ON_A_PAGE = 100
_PRIORITIES = {
    1: ("urgent", "#f50000"),
    2: ("high", "#f8ae00"),
    3: ("normal", "#6fddff"),
    4: ("low", "#d8d8d8"),
}
_STATUSES = {
    "to do": ("open", "#87909e"),
    "in progress": ("custom", "#5f55ee"),
    "complete": ("closed", "#008844"),
}
_COMPARED = {"due_date": "due_date", "date_created": "date_created", "date_updated": "date_updated"}


def find(turn: Turn) -> Record:
    """Return the task the path names."""
    wanted = turn.values["task_id"]
    if turn.query.get("custom_task_ids") == "true":
        if not turn.query.get("team_id"):
            raise turn.refuse("invalid", "Team id")
        task = next((one for one in turn.table("tasks") if one["custom_id"] == wanted), None)
    else:
        task = turn.table("tasks").get(wanted)
    if task is None:
        raise turn.refuse("not_found")
    return task


def _fill(turn: Turn, task: Record, fields: Record) -> None:
    for name in ("name", "description", "parent", "points", "time_estimate", "archived"):
        if name in fields:
            task[name] = fields[name]
    if "markdown_content" in fields:
        task["description"] = fields["markdown_content"]
    task["text_content"] = task["description"]
    for name in ("due_date", "start_date"):
        if name in fields:
            task[name] = milliseconds(turn, fields[name])
    if (priority := fields.get("priority")) is not None:
        if priority not in _PRIORITIES:
            raise turn.refuse("invalid", code="INPUT_004", message="Priority invalid")
        word, color = _PRIORITIES[priority]
        task["priority"] = {
            "id": str(priority),
            "priority": word,
            "color": color,
            "orderindex": str(priority),
        }
    if (status := fields.get("status")) is not None:
        kind, color = _STATUSES.get(str(status).lower(), ("", ""))
        if not kind:
            raise turn.refuse("invalid", code="ITEM_114", message="Status does not exist")
        task["status"] = {"status": str(status).lower(), "type": kind, "color": color, "orderindex": 0}
        task["date_closed"] = now(turn) if kind == "closed" else None
    task["date_updated"] = now(turn)


def _tag(name: str) -> Record:
    return {"name": name, "tag_fg": "#fff", "tag_bg": "#000", "creator": ME["id"]}


def create(turn: Turn) -> Json:
    """Make a task in a list."""
    place = turn.table("lists").get(turn.values["list_id"])
    if place is None:
        raise turn.refuse("not_found", code="ITEM_015", message="List not found")
    if turn.fields.get("name") in (None, ""):
        raise turn.refuse("invalid", "Task name")
    id = new_id(turn)
    task: Record = {
        "id": id, "custom_id": f"ORD-{turn.ids.next('custom')}", "custom_item_id": 0, "name": "", "text_content": "",
        "description": "", "status": None, "orderindex": f"{turn.ids.next('order')}.00000000000000", "date_created": now(turn),
        "date_updated": now(turn), "date_closed": None, "date_done": None, "archived": False, "creator": ME,
        "assignees": [{**ME, "id": one} for one in turn.fields.get("assignees") or []], "watchers": [ME], "checklists": [],
        "tags": [_tag(str(one)) for one in turn.fields.get("tags") or []],
        "parent": None, "priority": None, "due_date": None, "start_date": None, "points": None, "time_estimate": None,
        "custom_fields": [
            {**field, "value": given.get("value")}
            for given in turn.fields.get("custom_fields") or []
            for field in turn.table("fields") if field["id"] == given.get("id")
        ],
        "dependencies": [], "linked_tasks": [], "team_id": TEAM["id"], "url": f"https://app.clickup.com/t/{id}",
        "permission_level": "create", "list": {**LIST, "access": True}, "project": FOLDER, "folder": FOLDER,
        "space": {"id": SPACE["id"]},
    }  # fmt: skip
    _fill(turn, task, {"status": "to do", **turn.fields})
    turn.table("tasks").add(id, task)
    turn.change("tasks.create", id, task)
    return task


def update(turn: Turn) -> Json:
    """Change a task by what is given."""
    task, changes = find(turn), turn.fields.get("assignees")
    if isinstance(changes, dict):
        kept = [one for one in task["assignees"] if one["id"] not in (changes.get("rem") or [])]
        task["assignees"] = [*kept, *({**ME, "id": one} for one in changes.get("add") or [])]
    _fill(turn, task, turn.fields)
    turn.change("tasks.update", task["id"], task)
    return task


def delete(turn: Turn) -> Answer:
    """Delete a task."""
    task = find(turn)
    turn.table("tasks").remove(task["id"])
    turn.change("tasks.delete", task["id"], task)
    return Answer(204)


def _asked(turn: Turn) -> dict[str, set[str]]:
    """Return the lists the query gives: statuses[]=a&statuses[]=b."""
    found: dict[str, set[str]] = {}
    for name, value in turn.request.query_pairs():
        if name.endswith("[]"):
            found.setdefault(name[:-2], set()).add(value)
    return found


def _is_asked(turn: Turn, task: Record, asked: dict[str, set[str]]) -> bool:
    if (
        task["status"]["type"] == "closed"
        and turn.query.get("include_closed") != "true"
        and "statuses" not in asked
    ):
        return False
    if task["archived"] != (turn.query.get("archived") == "true"):
        return False
    has: dict[str, set[str]] = {
        "statuses": {task["status"]["status"]}, "tags": {one["name"] for one in task["tags"]},
        "assignees": {str(one["id"]) for one in task["assignees"]}, "list_ids": {task["list"]["id"]},
        "space_ids": {task["space"]["id"]}, "project_ids": {task["folder"]["id"]},
    }  # fmt: skip
    if any(not has[name] & wanted for name, wanted in asked.items() if name in has):
        return False
    for name in _COMPARED:
        at = task[name]
        after, before = turn.query.get(f"{name}_gt"), turn.query.get(f"{name}_lt")
        if (after and (at is None or int(at) <= int(after))) or (
            before and (at is None or int(at) >= int(before))
        ):
            return False
    return True


def list_tasks(turn: Turn) -> Json:
    """List the tasks of a list, or of the Workspace, the newest first."""
    page = turn.query.get("page", "0")
    if not page.isdigit():
        raise turn.refuse("invalid", code="PUBAPI_PAGE", message="Page invalid")
    if "list_id" in turn.values and turn.table("lists").get(turn.values["list_id"]) is None:
        raise turn.refuse("not_found", code="ITEM_015", message="List not found")
    asked = _asked(turn)
    found: list[Any] = [task for task in reversed(list(turn.table("tasks"))) if _is_asked(turn, task, asked)]
    if turn.query.get("reverse") == "true":
        found.reverse()
    start = int(page) * ON_A_PAGE
    return {"tasks": found[start : start + ON_A_PAGE], "last_page": start + ON_A_PAGE >= len(found)}


def set_custom_field(turn: Turn) -> Json:
    """Give a task a custom field's value."""
    task = find(turn)
    field = turn.table("fields").get(turn.values["field_id"])
    if field is None:
        raise turn.refuse("invalid", code="FIELD_014", message="Custom field not found")
    if "value" not in turn.fields:
        need(turn, "value")
    if field["type"] == "number" and not isinstance(turn.fields["value"], (int, float)):
        raise turn.refuse("invalid", code="FIELD_129", message="Value is not a valid number")
    others = [one for one in task["custom_fields"] if one["id"] != field["id"]]
    task["custom_fields"] = [*others, {**field, "value": turn.fields["value"]}]
    turn.change("tasks.set_custom_field", task["id"], task)
    return {}


def tag(turn: Turn) -> Json:
    """Put a tag on a task, or take it off."""
    task, name = find(turn), turn.values["tag_name"]
    task["tags"] = [one for one in task["tags"] if one["name"] != name]
    if turn.request.method == "POST":
        task["tags"].append(_tag(name))
    turn.change("tasks.tag", task["id"], task)
    return {}


def depend(turn: Turn) -> Json:
    """Let a task wait for another, or no longer."""
    task, other = (
        find(turn),
        {**turn.query, **turn.fields}.get("depends_on") or {**turn.query, **turn.fields}.get("dependency_of"),
    )
    if turn.table("tasks").get(str(other)) is None:
        raise turn.refuse("invalid", code="DEPS_001", message="Dependency task not found")
    task["dependencies"] = [one for one in task["dependencies"] if one["depends_on"] != other]
    if turn.request.method == "POST":
        task["dependencies"].append(
            {"task_id": task["id"], "depends_on": other, "type": 1, "date_created": now(turn)}
        )
    turn.change("tasks.depend", task["id"], task)
    return {}


def note(turn: Turn) -> Json:
    """Show a task in another list, or no longer: it is only noted."""
    assert turn.operation is not None
    turn.change(turn.operation.name, find(turn)["id"])
    return {}
