"""Jira's people, projects, fields, boards and sprints: read only."""

from __future__ import annotations

from collections.abc import Callable

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.vendors.jira.world import answer_slice, person
from penstock.sandbox.wire import Answer, Json, json_answer

_FIELDS = (
    "summary",
    "description",
    "status",
    "assignee",
    "reporter",
    "priority",
    "labels",
    "issuetype",
    "project",
)


def _get_project(turn: Turn) -> Json:
    name = turn.values["projectIdOrKey"]
    for one in turn.store.table("projects"):
        if name.upper() in (one["key"], one["id"]):
            return one
    raise turn.refuse("not_found", message=f"No project could be found with key '{name}'.")


def _get_user(turn: Turn) -> Json:
    found = turn.store.table("users").get(turn.query.get("accountId", ""))
    if found is None:
        raise turn.refuse(
            "not_found", message="Specified user does not exist or you do not have required permissions"
        )
    return found


def _search_users(turn: Turn) -> Answer:
    """Return a part of all people, and of it those the query finds: a page may hold fewer than asked."""
    start, size = (int(turn.query.get(word) or usual) for word, usual in (("startAt", 0), ("maxResults", 50)))
    part = list(turn.store.table("users"))[start : start + size]
    words = turn.query.get("query", "").lower()
    return json_answer(200, [one for one in part if words in one["displayName"].lower()])


def _list_boards(turn: Turn) -> Answer:
    return answer_slice(turn, turn.store.table("boards"))


def _list_sprints(turn: Turn) -> Answer:
    if turn.values["boardId"] not in turn.store.table("boards"):
        raise turn.refuse("not_found", message=f"Board {turn.values['boardId']} does not exist.")
    states = turn.query.get("state", "")
    rows = turn.store.table("sprints", turn.values["boardId"])
    return answer_slice(turn, [one for one in rows if not states or one["state"] in states.split(",")])


HANDLERS: dict[str, Callable[[Turn], Json | Answer]] = {
    "projects.search": lambda turn: answer_slice(turn, turn.store.table("projects")),
    "projects.get": _get_project,
    "users.search": _search_users,
    "users.get": _get_user,
    "users.me": lambda turn: person() | {"emailAddress": "sandbox@example.com", "locale": "en_GB"},
    "fields.list": lambda turn: [
        {"id": name, "key": name, "name": name.title(), "custom": False} for name in _FIELDS
    ],
    "boards.list": _list_boards,
    "sprints.list": _list_sprints,
}
