"""GitLab's issues, merge requests and their notes, labels, members, users, groups, searches."""

from __future__ import annotations

from collections.abc import Callable

from penstock.sandbox.rest.acting import create, find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.gitlab.world import USER, find_place, key_of
from penstock.sandbox.wire import Answer, Json, json_answer, parse_pairs

_NEEDED = {
    "issues": ("title",), "merge_requests": ("title", "source_branch", "target_branch"), "milestones": ("title",),
    "labels": ("name", "color"), "issue_notes": ("body",), "merge_request_notes": ("body",), "releases": ("tag_name",),
    "branches": ("branch", "ref"), "members": ("user_id", "access_level"), "hooks": ("url",),
}  # fmt: skip
_TAKEN = {
    "branches": (400, "Branch already exists"), "releases": (409, "Release already exists"),
    "members": (409, "Member already exists"),
}  # fmt: skip
_EVENTS = {"close": "closed", "reopen": "opened"}


def make(turn: Turn) -> Answer:
    """Make a thing of the operation's collection; what has a name must not be there yet."""
    fields = {**turn.query, **turn.fields}
    for name in _NEEDED.get(turn.collection, ()):
        if fields.get(name) in (None, ""):
            raise turn.refuse("invalid", name)
    key = key_of(turn, turn.collection, fields)
    if key is not None and key in turn.table():
        status, words = _TAKEN[turn.collection]
        raise turn.refuse("invalid", status=status, code="message", message=words)
    if turn.collection == "branches":
        fields |= {"name": fields["branch"], "merged": False, "protected": False, "commit": {"id": "0" * 40}}
    return json_answer(201, create(turn, fields, id=key))


def merge(turn: Turn, record: Record, given: Record) -> None:
    """Change a record as GitLab reads an update: states by events, labels as one text or added and taken away."""
    event = given.pop("state_event", None)
    if event in _EVENTS:
        record["state"] = _EVENTS[event]
    labels = given.pop("labels", None)
    if labels is not None:
        record["labels"] = labels.split(",") if isinstance(labels, str) else labels
    added, removed = given.pop("add_labels", None) or "", given.pop("remove_labels", None) or ""
    if added or removed:
        kept = [one for one in record.get("labels", []) if one not in removed.split(",")]
        record["labels"] = [*kept, *(one for one in added.split(",") if one and one not in kept)]
    record.update({name: value for name, value in given.items() if name not in ("id", "iid")})


def _list_by_state(turn: Turn) -> Answer:
    state, numbers = (
        turn.query.get("state", "all"),
        [v for k, v in parse_pairs(turn.request.query) if k == "iids[]"],
    )
    rows = [one for one in turn.table() if state in ("all", one["state"])]
    return answer_rows(turn, [one for one in rows if not numbers or str(one["iid"]) in numbers][::-1])


def _accept(turn: Turn) -> Json:
    record = turn.table("merge_requests", turn.values["id"]).get(turn.values["merge_request_iid"])
    if record is None:
        raise turn.refuse("not_found")
    if record["state"] != "opened":
        raise turn.refuse("invalid", status=405, code="message", message="405 Method Not Allowed")
    record["state"] = "merged"
    turn.change("merge_requests.accept", turn.values["merge_request_iid"], record)
    return record


def _approve(turn: Turn) -> Json:
    record = find(turn)
    turn.change("merge_requests.approve", turn.values["merge_request_iid"], record)
    return {"iid": record["iid"], "approved": True, "approvals_left": 0}


def _note(turn: Turn) -> Answer:
    kind, number = (
        ("issues", "issue_iid")
        if turn.collection == "issue_notes"
        else ("merge_requests", "merge_request_iid")
    )
    above = turn.table(kind, turn.values["id"]).get(turn.values[number])
    if above is None:
        raise turn.refuse("not_found")
    above["user_notes_count"] += 1
    return make(turn)


def _search(turn: Turn) -> Answer:
    words, scope = turn.query.get("search", "").lower(), turn.query.get("scope", "")
    places = (
        [turn.values["id"]]
        if "id" in turn.values
        else [str(one["id"]) for one in turn.store.table("projects")]
    )
    found = [one for place in places for one in turn.store.table(scope, place)]
    if scope == "projects":
        found = list(turn.store.table("projects"))
    return answer_rows(
        turn, [one for one in found if words in str(one.get("title") or one.get("name")).lower()]
    )


def _projects_of(turn: Turn) -> Answer:
    if "user_id" in turn.values and turn.values["user_id"] not in (str(USER), "sandbox"):
        raise turn.refuse("not_found", message="404 User Not Found")
    return answer_rows(turn, turn.store.table("projects"))


def _get_place(turn: Turn) -> Json:
    return find_place(turn, turn.collection, turn.values["id"])


HANDLERS: dict[str, Callable[[Turn], Json | Answer]] = {
    **{f"{kind}.create": make for kind in ("issues", "merge_requests", "labels", "milestones", "hooks")},
    "members.add": make,
    "issues.list": _list_by_state,
    "merge_requests.list": _list_by_state,
    "merge_requests.accept": _accept,
    "merge_requests.approve": _approve,
    "issue_notes.create": _note,
    "merge_request_notes.create": _note,
    "projects.get": _get_place,
    "groups.get": _get_place,
    "groups.projects": _projects_of,
    "users.projects": _projects_of,
    "users.me": lambda turn: turn.store.table("users").get(str(USER)),
    "search.all": _search,
    "search.project": _search,
}
