"""GitHub's issues: create, list, change, lock, comment, label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.github import shapes
from penstock.sandbox.vendors.github.world import (
    Refusal,
    Repository,
    Turn,
    World,
    invalid,
    names_of,
    not_found,
)
from penstock.sandbox.wire import Json, iso_time

LOCK_REASONS = ("off-topic", "too heated", "resolved", "spam")


def add(world: World, repo: Repository, title: str, at: str, **fields: Any) -> Record:
    """Keep a new issue, or a pull request's issue side, and return it."""
    repo.numbers += 1
    record: Record = {
        "id": world.next_id(3_000_000_000),
        "number": repo.numbers,
        "title": title,
        "body": None,
        "user": world.login,
        "labels": [],
        "assignees": [],
        "state": "open",
        "state_reason": None,
        "locked": False,
        "lock_reason": None,
        "comments": 0,
        "created_at": at,
        "updated_at": at,
        "closed_at": None,
        "closed_by": None,
        "pull": None,
        **fields,
    }
    record["kind_state"] = ("pull" if record["pull"] else "issue", record["state"])
    return repo.issues.add(str(record["number"]), record)


def create(turn: Turn) -> Json:
    repo = turn.repository()
    if repo.record["archived"] or not repo.record["has_issues"]:
        raise Refusal(410, "Issues has been disabled in this repository.")
    turn.need("title")
    given = turn.given
    if not isinstance(given["title"], str | int):
        raise invalid("Issue", "title", "invalid")
    assignees = [
        str(login)
        for login in given.get("assignees") or ([given["assignee"]] if given.get("assignee") else [])
    ]
    _check_assignees(turn.world, assignees)
    record = add(
        turn.world,
        repo,
        str(given["title"]),
        turn.now,
        body=given.get("body"),
        labels=ensure_labels(turn.world, repo, given.get("labels") or []),
        assignees=assignees,
    )
    turn.created("issues.create", record["number"], repository=repo.full_name, title=record["title"])
    return _show(turn, repo)(record)


def listed(turn: Turn) -> Json:
    """List issues and pull requests; nothing said about the state means the open ones."""
    repo, query = turn.repository(), turn.query
    state = query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise invalid("Issue", "state", "invalid")
    where = None if state == "all" else ("state", state)
    keep = _filters(query)
    is_newest_first = query.get("direction", "desc") != "asc"
    sort = query.get("sort", "created")
    if sort == "created":
        return turn.page(
            repo.issues, _show(turn, repo), where=where, is_newest_first=is_newest_first, keep=keep
        )
    if sort not in ("updated", "comments"):
        raise invalid("Issue", "sort", "invalid")
    found, _ = repo.issues.page(len(repo.issues), where=where, keep=keep)
    name = "updated_at" if sort == "updated" else "comments"
    found.sort(key=lambda record: record[name], reverse=is_newest_first)
    return turn.page_of(found, _show(turn, repo))


def _filters(query: dict[str, str]) -> Callable[[Record], bool] | None:
    tests: list[Callable[[Record], bool]] = []
    if query.get("labels"):
        wanted = {name.strip().lower() for name in query["labels"].split(",")}
        tests.append(lambda record: wanted <= {name.lower() for name in record["labels"]})
    if query.get("creator"):
        tests.append(lambda record: bool(record["user"] == query["creator"]))
    if query.get("assignee") == "none":
        tests.append(lambda record: not record["assignees"])
    elif query.get("assignee") not in (None, "", "*"):
        tests.append(lambda record: query["assignee"] in record["assignees"])
    if query.get("since"):
        tests.append(lambda record: bool(record["updated_at"] >= query["since"]))
    return (lambda record: all(test(record) for test in tests)) if tests else None


def get(turn: Turn) -> Json:
    repo = turn.repository()
    return _show(turn, repo)(named(turn, repo))


def update(turn: Turn) -> Json:
    repo = turn.repository()
    record, given = named(turn, repo), turn.given
    changes: dict[str, Any] = {"updated_at": turn.now}
    for name in ("title", "body"):
        if name in given:
            changes[name] = given[name]
    if "title" in changes and not changes["title"]:
        raise invalid("Issue", "title", "missing_field")
    if "labels" in given:
        changes["labels"] = ensure_labels(turn.world, repo, given["labels"] or [])
    if "assignees" in given:
        changes["assignees"] = [str(login) for login in given["assignees"] or []]
        _check_assignees(turn.world, changes["assignees"])
    if given.get("state") is not None:
        if given["state"] not in ("open", "closed"):
            raise invalid("Issue", "state", "invalid")
        changes |= close_changes(turn, record, given["state"], given.get("state_reason"))
    repo.issues.update(str(record["number"]), **changes)
    turn.changed(
        "issues.update",
        record["number"],
        repository=repo.full_name,
        title=record["title"],
        state=record["state"],
    )
    return _show(turn, repo)(record)


def close_changes(turn: Turn, record: Record, state: str, reason: str | None = None) -> dict[str, Any]:
    """Return the changes of an issue that is closed or opened again."""
    is_closed = state == "closed"
    kind = "pull" if record["pull"] else "issue"
    if is_closed:
        said = None if record["pull"] else reason or "completed"
    else:
        said = "reopened" if record["state"] == "closed" else record["state_reason"]
    return {
        "state": state,
        "kind_state": (kind, state),
        "state_reason": said,
        "closed_at": turn.now if is_closed else None,
        "closed_by": turn.world.login if is_closed else None,
    }


def lock(turn: Turn) -> None:
    repo = turn.repository()
    record = named(turn, repo)
    reason = turn.given.get("lock_reason")
    if reason is not None and reason not in LOCK_REASONS:
        raise invalid("Issue", "lock_reason", "invalid")
    record |= {"locked": True, "lock_reason": reason}
    turn.changed("issues.lock", record["number"], repository=repo.full_name)
    turn.status = 204


def unlock(turn: Turn) -> None:
    repo = turn.repository()
    record = named(turn, repo)
    record |= {"locked": False, "lock_reason": None}
    turn.changed("issues.unlock", record["number"], repository=repo.full_name)
    turn.status = 204


def list_labels(turn: Turn) -> Json:
    repo = turn.repository()
    return turn.page_of(list(repo.labels), lambda name: shapes.label(turn.base, repo, name))


def add_labels(turn: Turn) -> Json:
    repo = turn.repository()
    record = named(turn, repo)
    for name in ensure_labels(turn.world, repo, turn.given.get("labels") or []):
        if name not in record["labels"]:
            record["labels"].append(name)
    turn.changed("issues.addLabels", record["number"], repository=repo.full_name, labels=record["labels"])
    return [shapes.label(turn.base, repo, name) for name in record["labels"]]


def named(turn: Turn, repo: Repository) -> Record:
    """Return the issue the path names. Raises Refusal (404)."""
    record = repo.issues.get(turn.values["number"])
    if record is None:
        raise not_found()
    return record


def ensure_labels(world: World, repo: Repository, given: list[Any]) -> list[str]:
    """Return label names, making those the repository lacks."""
    names = names_of(given)
    for name in names:
        if name not in repo.labels:
            repo.labels[name] = {"id": world.next_id(208_000), "name": name, "color": "ededed"}
    return names


def _check_assignees(world: World, logins: list[str]) -> None:
    for login in logins:
        if login not in world.users:
            raise invalid("Issue", "assignees", "invalid")


def _show(turn: Turn, repo: Repository) -> Callable[[Record], Json]:
    return lambda record: shapes.issue(turn.base, turn.world, repo, record)


def fill(world: World, repo: Repository, at: float) -> None:
    """Put 250 issues into a repository, one in five closed, an hour between one and the next."""
    subjects = (
        "Kettle whistles off key",
        "Tea arrives cold",
        "Label peels off",
        "Add oolong",
        "How long to steep?",
    )
    for index in range(250):
        created = iso_time(at - (250 - index) * 3600.0)
        kind = (["bug"], ["bug"], [], ["enhancement"], ["question"])[index % 5]
        state: dict[str, Any] = {}
        if index % 5 == 2:
            state = {
                "state": "closed",
                "state_reason": "completed",
                "closed_at": created,
                "closed_by": "mona-sandbox",
            }
        title = f"{subjects[index % 5]} ({index + 1})"
        add(
            world,
            repo,
            title,
            created,
            user="mona-sandbox",
            labels=list(kind),
            body=f"Sample issue {index + 1}.",
            **state,
        )


_REPO = "/repos/{owner}/{repo}"
ROUTES = {
    f"GET {_REPO}/issues": listed,
    f"POST {_REPO}/issues": create,
    f"GET {_REPO}/issues/{{number}}": get,
    f"PATCH {_REPO}/issues/{{number}}": update,
    f"PUT {_REPO}/issues/{{number}}/lock": lock,
    f"DELETE {_REPO}/issues/{{number}}/lock": unlock,
    f"POST {_REPO}/issues/{{number}}/labels": add_labels,
    f"GET {_REPO}/labels": list_labels,
}
