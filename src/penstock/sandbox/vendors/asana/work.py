"""Tasks, the projects and sections they are in, comments on them, and batches of calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from penstock.integrations.asana import integration
from penstock.sandbox.rest.acting import act, create, find, name_action, name_collection
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn, read_fields
from penstock.sandbox.routes import Routes
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Answer, Json, iso_time, parse_pairs

_ROUTES = Routes({f"{operation.method} {operation.path}": operation for operation in integration.operations})
_COMPACT = ("gid", "resource_type", "resource_subtype", "name", "text")
_MOST_ACTIONS = 10


def _time(turn: Turn) -> str:
    return f"{iso_time(turn.now)[:-1]}.000Z"


def seed(turn: Turn) -> None:
    """Begin with a workspace and two people."""

    def gid() -> str:
        return turn.shape.new_id(turn.ids, "")

    workspace = gid()
    turn.table("workspaces").add(
        workspace,
        {"gid": workspace, "resource_type": "workspace", "name": "Sandbox", "is_organization": False},
    )
    for name in ("Ada", "Eve"):
        id = gid()
        turn.store.notes.setdefault("me", id)
        turn.table("users").add(
            id, {"gid": id, "resource_type": "user", "name": name, "email": f"{name.lower()}@example.com",
                 "workspaces": [{"gid": workspace, "resource_type": "workspace", "name": "Sandbox"}]},
        )  # fmt: skip


def _refer(turn: Turn, collection: str, id: Json) -> Record:
    """Return the compact form of what an id names. Raises Asana's refusal where it names nothing."""
    if collection == "users" and id == "me":
        id = turn.store.notes["me"]
    return _shorten(find(turn, str(id), collection=collection))


def _shorten(record: Record) -> Record:
    return {name: record[name] for name in _COMPACT if name in record}


def build(turn: Turn, id: str, given: Record) -> Record:
    """Return a new record as Asana gives it back."""
    kind = turn.collection.rstrip("s") if turn.collection != "stories" else "story"
    record: Record = {"gid": id, "resource_type": kind, "created_at": _time(turn), **given}
    if kind == "task":
        if not {"workspace", "projects", "parent"} & given.keys():
            raise turn.refuse("invalid", message="You should specify one of workspace, projects, parent")
        projects = [_refer(turn, "projects", one) for one in given.get("projects") or ()]
        memberships = [{"project": one, "section": _first_section(turn, one["gid"])} for one in projects]
        record |= {
            "resource_subtype": given.get("resource_subtype", "default_task"), "completed": bool(given.get("completed")),
            "projects": projects, "tags": [], "memberships": memberships, "modified_at": _time(turn),
        }  # fmt: skip
    if kind == "project":
        section = turn.shape.new_id(turn.ids, "sections")
        turn.table("sections").add(
            section,
            {"gid": section, "resource_type": "section", "name": "Untitled section", "project": {"gid": id}},
        )
    return _resolve(turn, record)


def _resolve(turn: Turn, record: Record) -> Record:
    for name, collection in (
        ("assignee", "users"),
        ("owner", "users"),
        ("parent", "tasks"),
        ("workspace", "workspaces"),
    ):
        if isinstance(record.get(name), str):
            record[name] = _refer(turn, collection, record[name])
    return record


def merge(turn: Turn, record: Record, given: Record) -> None:
    """Change a record by the fields of an update."""
    record |= {**given, "modified_at": _time(turn)}
    _resolve(turn, record)


def _first_section(turn: Turn, project: str) -> Record:
    return _shorten(next(one for one in turn.table("sections") if one["project"]["gid"] == project))


def write_row(turn: Turn, record: Record) -> Record:
    """Return a record as it stands in a list: compact, with what opt_fields asks for."""
    asked = dict(parse_pairs(turn.request.query)).get("opt_fields", "").split(",")
    more = {name.partition(".")[0] for name in asked} & record.keys()
    return {**_shorten(record), **{name: record[name] for name in more}}


def write_page(turn: Turn, body: Json) -> Json:
    """Return a list with the way to its next page."""
    offset = (body.get("next_page") or {}).get("offset")
    path = f"{turn.request.path.removeprefix('/api/1.0')}?offset={offset}"
    return {**body, "next_page": {"offset": offset, "path": path, "uri": turn.url} if offset else None}


def build_list(
    collection: str, *tests: tuple[str, Callable[[Record, str], bool]]
) -> Callable[[Turn], Answer]:
    """Return the handler of a list that a query narrows."""

    def answer(turn: Turn) -> Answer:
        given = {**turn.query, **turn.values}
        asked = [(given[name], test) for name, test in tests if given.get(name)]
        return answer_rows(
            turn, [r for r in turn.table(collection) if all(test(r, value) for value, test in asked)]
        )

    return answer


def is_in(record: Record, project: str) -> bool:
    """Say whether a task is in one of these projects."""
    return any(one["gid"] in project.split(",") for one in record.get("projects", ()))


def _is_in_section(record: Record, section: str) -> bool:
    return any(one["section"]["gid"] == section for one in record.get("memberships", ()))


def has(name: str) -> Callable[[Record, str], bool]:
    """Return the test whether a field refers to an id."""
    return lambda record, id: (record.get(name) or {}).get("gid") == id


def list_tasks(turn: Turn) -> Answer:
    """Return the tasks of a project, of a section, or of somebody in a workspace."""
    if not turn.query.keys() & {"project", "section", "assignee", "tag"}:
        raise turn.refuse(
            "invalid",
            message="You should specify one of project, tag, section, user_task_list, assignee + workspace",
        )
    if "project" in turn.query:
        find(turn, turn.query["project"], collection="projects")
    return _TASKS(turn)


def build_move(kind: str) -> Callable[[Turn], Json]:
    """Return the handler that puts a task into something or takes it out."""

    def change(turn: Turn) -> Json:
        task = find(turn, turn.values.get("task_gid") or str(turn.fields.get("task")), collection="tasks")
        operation = turn.operation
        assert operation is not None
        if kind == "tag":
            held, one = task["tags"], {"gid": str(turn.fields.get("tag")), "resource_type": "tag"}
        else:
            held, one = task["projects"], _of_project(turn, task)
        held[:] = [other for other in held if other["gid"] != one["gid"]]
        if "remove" not in operation.name:
            held.append(one)
        turn.change(operation.name, task["gid"], task)
        return {"data": {}}

    return change


def _of_project(turn: Turn, task: Record) -> Record:
    section = turn.values.get("section_gid") or turn.fields.get("section")
    if section:
        place = find(turn, str(section), collection="sections")
        project = _refer(turn, "projects", place["project"]["gid"])
    else:
        project = _refer(turn, "projects", turn.fields.get("project"))
        place = _first_section(turn, project["gid"])
    others = [one for one in task["memberships"] if one["project"]["gid"] != project["gid"]]
    task["memberships"] = [*others, {"project": project, "section": _shorten(place)}]
    return project


def create_subtask(turn: Turn) -> Json:
    """Keep a task below another."""
    parent = find(turn, turn.values["task_gid"], collection="tasks")
    inner = replace(turn, collection="tasks", values={}, fields={**turn.fields, "parent": parent["gid"]})
    return {"data": create(inner, inner.fields)}


def create_story(turn: Turn) -> Json:
    """Keep a comment on a task."""
    task = find(turn, turn.values["task_gid"], collection="tasks")
    me = _refer(turn, "users", "me")
    fields = {**turn.fields, "resource_subtype": "comment_added", "target": _shorten(task), "created_by": me}
    return {"data": create(replace(turn, values={}), fields)}


def read_user(turn: Turn) -> Json:
    """Return a user by gid or address, or whoever asks."""
    wanted = turn.values.get("user_gid", "me")
    by_address = next((u["gid"] for u in turn.table("users") if u["email"] == wanted), wanted)
    return {"data": find(turn, turn.store.notes["me"] if wanted == "me" else by_address, collection="users")}


def run_batch(turn: Turn) -> Json:
    """Do up to ten actions, each with an answer of its own."""
    actions: Any = turn.fields.get("actions")
    if not isinstance(actions, list) or not 1 <= len(actions) <= _MOST_ACTIONS:
        raise turn.refuse("invalid", message="actions: Must contain between 1 and 10 actions")
    return {"data": [_run(turn, action) for action in actions]}


def _run(turn: Turn, action: Record) -> Record:
    path, _, query = str(action.get("relative_path", "")).partition("?")
    found = _ROUTES.find(str(action.get("method", "")).upper(), path)
    if found is None:
        return {"status_code": 404, "body": say(f"No matching route for request {path}")}
    operation, body = found[1], {"data": action.get("data") or {}}
    inner = replace(
        turn, operation=operation, action=name_action(turn.shape, operation), collection=name_collection(turn.shape, operation),
        values=found[2], query=dict(parse_pairs(query)), body=body, fields=read_fields(operation, body, {}),
    )  # fmt: skip
    try:
        said = (
            turn.shape.handlers[operation.name](inner)
            if operation.name in turn.shape.handlers
            else act(inner, integration.pagination)
        )
    except Refusal as exc:
        return {"status_code": exc.status, "body": say(exc.message)}
    status = turn.shape.statuses.get(inner.action, 200)
    return {"status_code": status, "body": None if isinstance(said, Answer) else said}


def say(message: str) -> Json:
    """Return words as Asana refuses with them."""
    return {
        "errors": [
            {
                "message": message,
                "help": "For more information on API status codes and how to handle them, read the docs",
            }
        ]
    }


_PROJECT, _SECTION = ("project", is_in), ("section", _is_in_section)
_ASSIGNEE = ("assignee", has("assignee"))
_TASKS = build_list("tasks", _PROJECT, _SECTION, _ASSIGNEE)
HAS_WORDS = ("text", lambda record, words: words.lower() in str(record.get("name", "")).lower())
