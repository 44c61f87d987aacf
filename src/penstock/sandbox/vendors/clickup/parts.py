"""What hangs on a task or a space: comments, checklists, attachments, tags."""

from __future__ import annotations

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.clickup.tasks import find
from penstock.sandbox.vendors.clickup.world import ME, need, now
from penstock.sandbox.wire import Json

COMMENTS_ON_A_PAGE = 25


def create_comment(turn: Turn) -> Json:
    """Write a comment on a task."""
    task = find(turn)
    text = turn.fields.get("comment_text") or "".join(
        str(one.get("text", "")) for one in turn.fields.get("comment") or []
    )
    if not text:
        raise turn.refuse("invalid", "Comment text")
    id = turn.ids.next("comment", 90_010_000)
    at = str(max(int(now(turn)), 1 + int(turn.store.notes.get("commented", 0))))  # no two at the same moment
    turn.store.notes["commented"] = at
    comment: Record = {
        "id": str(id), "comment": [{"text": text}], "comment_text": text, "user": ME, "resolved": False,
        "assignee": turn.fields.get("assignee"), "assigned_by": None, "reactions": [], "reply_count": 0, "date": at,
    }  # fmt: skip
    turn.table("comments", task["id"]).add(str(id), comment)
    turn.change("comments.create", str(id), comment)
    return {"id": id, "hist_id": turn.ids.uuid(), "date": int(at)}


def list_comments(turn: Turn) -> Json:
    """List a task's comments, the newest first, or those older than one."""
    comments = list(turn.table("comments", find(turn)["id"]))[::-1]
    start, start_id = turn.query.get("start"), turn.query.get("start_id")
    if start and start_id:
        if not start.isdigit():
            raise turn.refuse("invalid", "Start")
        comments = [one for one in comments if int(one["date"]) < int(start)]
    return {"comments": comments[:COMMENTS_ON_A_PAGE]}


def create_checklist(turn: Turn) -> Json:
    """Put a checklist on a task."""
    need(turn, "name")
    task, id = find(turn), turn.ids.uuid()
    made: Record = {
        "id": id, "task_id": task["id"], "name": turn.fields["name"], "date_created": now(turn), "orderindex": 0, "resolved": 0,
        "unresolved": 0, "items": [],
    }  # fmt: skip
    turn.table("checklists").add(id, made)
    task["checklists"].append(made)
    turn.change("checklists.create", id, made)
    return {"checklist": made}


def _checklist(turn: Turn) -> Record:
    found = turn.table("checklists").get(turn.values["checklist_id"])
    if found is None:
        raise turn.refuse("not_found", code="CHECKLIST_007", message="Checklist not found")
    return found


def change_checklist(turn: Turn) -> Json:
    """Give a checklist another name."""
    found = _checklist(turn)
    found["name"] = turn.fields.get("name", found["name"])
    turn.change("checklists.update", found["id"], found)
    return {"checklist": found}


def delete_checklist(turn: Turn) -> Json:
    """Take a checklist off its task."""
    found = _checklist(turn)
    turn.table("checklists").remove(found["id"])
    task = turn.table("tasks").get(found["task_id"])
    if task is not None:
        task["checklists"].remove(found)
    turn.change("checklists.delete", found["id"], found)
    return {}


def create_item(turn: Turn) -> Json:
    """Put an item on a checklist."""
    need(turn, "name")
    found, id = _checklist(turn), turn.ids.uuid()
    made = {
        "id": id, "name": turn.fields["name"], "orderindex": len(found["items"]), "assignee": turn.fields.get("assignee"),
        "resolved": False, "parent": None, "date_created": now(turn), "children": [],
    }  # fmt: skip
    found["items"].append(made)
    turn.change("checklist_items.create", id, made)
    return {"checklist": _counted(found)}


def _item(turn: Turn, found: Record) -> Record:
    item: Record
    for item in found["items"]:
        if item["id"] == turn.values["checklist_item_id"]:
            return item
    raise turn.refuse("not_found", code="CHECKLIST_010", message="Checklist item not found")


def _counted(found: Record) -> Record:
    found["resolved"] = sum(one["resolved"] for one in found["items"])
    found["unresolved"] = len(found["items"]) - found["resolved"]
    return found


def change_item(turn: Turn) -> Json:
    """Change an item of a checklist."""
    found = _checklist(turn)
    item = _item(turn, found)
    item.update(
        {
            name: turn.fields[name]
            for name in ("name", "assignee", "resolved", "parent")
            if name in turn.fields
        }
    )
    turn.change("checklist_items.update", item["id"], item)
    return {"checklist": _counted(found)}


def delete_item(turn: Turn) -> Json:
    """Take an item off its checklist."""
    found = _checklist(turn)
    item = _item(turn, found)
    found["items"].remove(item)
    _counted(found)
    turn.change("checklist_items.delete", item["id"], item)
    return {}


def attach(turn: Turn) -> Json:
    """Attach a file to a task."""
    task = find(turn)
    body = turn.body if isinstance(turn.body, dict) else {}
    given = next((one for one in body.values() if isinstance(one, dict) and "filename" in one), None)
    if given is None:
        raise turn.refuse("invalid", "Attachment")
    id, name = turn.ids.uuid(), str(given["filename"])
    made = {
        "id": id, "version": "0", "date": int(now(turn)), "title": name, "size": given["size"],
        "extension": name.rpartition(".")[2],
        "thumbnail_small": None, "thumbnail_large": None, "url": f"https://attachments.clickup.com/{id}/{name}",
    }  # fmt: skip
    turn.change("tasks.add_attachment", task["id"], {"name": name})
    return made


def create_tag(turn: Turn) -> Json:
    """Make a tag of a space."""
    need(turn, "name")
    name = str(turn.fields["name"]).lower()
    if turn.table("tags").get(name) is None:
        colors = {
            "tag_fg": "#fff",
            "tag_bg": "#000",
            **{k: v for k, v in turn.fields.items() if k.startswith("tag_")},
        }
        turn.table("tags").add(name, {"name": name, **colors, "creator": ME["id"]})
    turn.change("space_tags.create", name, {"name": name})
    return {}


def _tag(turn: Turn) -> Record:
    found = turn.table("tags").get(turn.values["tag_name"])
    if found is None:
        raise turn.refuse("not_found", code="TAG_007", message="Tag not found")
    return found


def change_tag(turn: Turn) -> Json:
    """Change a tag, its name as well."""
    found = _tag(turn)
    turn.table("tags").remove(found["name"])
    found["name"] = str(turn.fields.get("name", found["name"])).lower()
    found["tag_fg"] = turn.fields.get("fg_color", found["tag_fg"])
    found["tag_bg"] = turn.fields.get("bg_color", found["tag_bg"])
    turn.table("tags").add(found["name"], found)
    turn.change("space_tags.update", found["name"], found)
    return {"tag": found}


def delete_tag(turn: Turn) -> Json:
    """Delete a tag of a space."""
    found = _tag(turn)
    turn.table("tags").remove(found["name"])
    turn.change("space_tags.delete", found["name"], found)
    return {}
