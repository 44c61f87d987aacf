"""What a GitLab holds at first, and how its things look: users, groups, projects, issues, merge requests."""

from __future__ import annotations

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Ids, Record
from penstock.sandbox.wire import iso_time

ISSUES = 230
GROUP, PROJECT, USER = 9970, 278964, 1
_NUMBERED = ("issues", "merge_requests", "milestones")  # by their number in the project
_NAMED = {"branches": "branch", "tags": "tag_name", "releases": "tag_name", "members": "user_id"}


def person(id: int = USER) -> Record:
    """Return a user as others show them."""
    name = "sandbox" if id == USER else f"user{id}"
    return {
        "id": id,
        "username": name,
        "name": name.title(),
        "state": "active",
        "web_url": f"https://gitlab.com/{name}",
    }


def new_id(ids: Ids, collection: str) -> str:
    """Return the next number of a kind."""
    return str(ids.next(collection, 101 if collection in ("projects", "users", "groups") else 5001))


def key_of(turn: Turn, collection: str, fields: Record) -> str | None:
    """Return what a new thing goes by in its project, None where that is its number alone."""
    if collection in _NUMBERED:
        return str(turn.ids.next(f"{collection} of {turn.account} {turn.values['id']}"))
    return str(fields[_NAMED[collection]]) if collection in _NAMED else None


def find_place(turn: Turn, kind: str, id: str) -> Record:
    """Return a project or group by its number or its path."""
    table = turn.store.table(kind)
    path = "path_with_namespace" if kind == "projects" else "full_path"
    found = table.get(id) or next((one for one in table if one[path] == id), None)
    if found is None:
        raise turn.refuse("not_found", message=f"404 {kind[:-1].title()} Not Found")
    return found


def build(turn: Turn, id: str, given: Record) -> Record:
    """Return a new record as GitLab keeps it."""
    now = iso_time(turn.now).replace("Z", ".000Z")
    record: Record = {"created_at": given.get("created_at") or now, "updated_at": now}
    if turn.collection == "projects":
        name = str(given.get("path") or given.get("name") or f"project-{id}")
        return record | _project(int(id), name, given)
    record |= {name: value for name, value in given.items() if name not in ("labels", "assignee_ids")}
    if turn.collection in _NUMBERED:
        kind = "merge_requests" if turn.collection == "merge_requests" else "issues"
        labels = given.get("labels") or []
        record |= {
            "id": turn.ids.next(turn.collection, 900_001), "iid": int(id), "project_id": int(turn.values["id"]),
            "state": "active" if turn.collection == "milestones" else "opened", "author": person(),
            "labels": labels.split(",") if isinstance(labels, str) else labels,
            "assignees": [person(int(one)) for one in given.get("assignee_ids") or []], "user_notes_count": 0,
            "web_url": f"https://gitlab.com/sandbox/demo/-/{kind}/{id}",
        }  # fmt: skip
    elif turn.collection in ("issue_notes", "merge_request_notes"):
        record |= {
            "id": int(id),
            "author": person(),
            "system": False,
            "internal": bool(given.get("internal")),
        }
    elif turn.collection == "members":
        record |= person(int(id)) | {"access_level": int(given["access_level"])}
    elif turn.collection not in _NAMED:
        record["id"] = int(id)
    if turn.collection == "merge_requests":
        record |= {
            "sha": turn.ids.text(40, "0123456789abcdef"),
            "merge_status": "can_be_merged",
            "draft": False,
        }
    return record


def _project(id: int, name: str, given: Record) -> Record:
    return {
        **given, "id": id, "name": given.get("name") or name, "path": name, "path_with_namespace": f"sandbox/{name}",
        "default_branch": "main", "visibility": given.get("visibility") or "private", "star_count": 0,
        "namespace": {"id": GROUP, "kind": "group", "full_path": "sandbox"}, "web_url": f"https://gitlab.com/sandbox/{name}",
    }  # fmt: skip


def seed(turn: Turn) -> None:
    """Fill a new account: a user, a group, a project with issues, a branch and a file."""
    store, created = turn.store, "2026-01-05T09:00:00.000Z"
    store.table("users").add(str(USER), person() | {"email": "sandbox@example.com", "bot": False})
    group = {
        "id": GROUP,
        "name": "Sandbox",
        "path": "sandbox",
        "full_path": "sandbox",
        "visibility": "private",
    }
    store.table("groups").add(str(GROUP), group)
    store.table("projects").add(str(PROJECT), _project(PROJECT, "demo", {"created_at": created}))
    place = str(PROJECT)
    for _ in range(ISSUES):
        number = turn.ids.next(f"issues of {turn.account} {place}")
        issue: Record = {
            "id": turn.ids.next("issues", 900_001), "iid": number, "project_id": PROJECT, "title": f"Issue {number}",
            "description": None, "state": "opened", "labels": [], "author": person(), "assignees": [], "created_at": created,
            "updated_at": created, "user_notes_count": 0, "web_url": f"https://gitlab.com/sandbox/demo/-/issues/{number}",
        }  # fmt: skip
        store.table("issues", place).add(str(number), issue)
    head = {"name": "main", "default": True, "protected": True, "merged": False, "commit": {"id": "0" * 40}}
    store.table("branches", place).add("main", head)
    store.table("files", place).add(
        "main:README.md", {"path": "README.md", "ref": "main", "content": b"# Demo\n"}
    )
    store.table("commits", place).add(
        "0" * 40, {"id": "0" * 40, "short_id": "0" * 8, "title": "Initial commit"}
    )
