"""Linear's queries: one thing by its id, lists as connections, and what an issue points at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.sandbox.rest.graph import Args, GraphTurn, page
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.linear.world import find, refuse

Resolver = Callable[[GraphTurn, Any, Args], Any]
_POINTS_AT = {
    "team": "Team",
    "state": "WorkflowState",
    "assignee": "User",
    "project": "Project",
    "user": "User",
    "lead": "User",
}


def _list(kind: str) -> Resolver:
    def resolve(turn: GraphTurn, source: Any, args: Args) -> Record:
        rows = [one for one in turn.table(kind) if args.get("includeArchived") or not one.get("archivedAt")]
        return _page([one for one in rows if _matches(turn, one, args.get("filter") or {})][::-1], args)

    return resolve


def _page(rows: list[Record], args: Args) -> Record:
    after = args.get("after")
    if after is not None and all(one["id"] != after for one in rows):
        raise refuse(f"Invalid cursor: {after}")
    return page(rows, args, usual=50)


def _matches(turn: GraphTurn, record: Record, wanted: Record) -> bool:
    """Say whether a record fits a filter of the form {field: {eq: value}} or {field: {field: {eq: value}}}."""
    for name, test in wanted.items():
        value: Any = record.get(name)
        if name in _POINTS_AT:
            value = turn.table(_POINTS_AT[name]).get(str(record.get(f"{name}Id")))
        if "eq" in test:
            if value != test["eq"]:
                return False
        elif "in" in test:
            if value not in test["in"]:
                return False
        elif "contains" in test:
            if test["contains"].lower() not in str(value).lower():
                return False
        elif not isinstance(value, dict) or not _matches(turn, value, test):
            return False
    return True


def _search(turn: GraphTurn, source: Any, args: Args) -> Record:
    words = args["term"].lower()
    found = [
        one for one in turn.table("Issue") if words in one["title"].lower() and not one.get("archivedAt")
    ]
    return _page(found[::-1], args)


def _point(name: str, kind: str) -> Resolver:
    def resolve(turn: GraphTurn, source: Any, args: Args) -> Any:
        id = source.get(f"{name}Id")
        return turn.table(kind).get(id) if id else None

    return resolve


def _tell_limits(turn: GraphTurn, source: Any, args: Args) -> Record:
    limit = {"type": "complexity", "allowedAmount": 3e6, "period": 3.6e6, "remainingAmount": 3e6, "requestedAmount": turn.cost,
             "reset": turn.request.at * 1000}  # fmt: skip
    return {"identifier": turn.account, "kind": "apiKey", "limits": [limit]}


_LISTS = {
    "issues": "Issue", "comments": "Comment", "projects": "Project", "teams": "Team", "users": "User", "cycles": "Cycle",
    "workflowStates": "WorkflowState", "issueLabels": "IssueLabel",
}  # fmt: skip

RESOLVERS: dict[tuple[str, str], Resolver] = {
    **{("Query", name): _list(kind) for name, kind in _LISTS.items()},
    ("Query", "searchIssues"): _search,
    ("Query", "issue"): lambda turn, source, args: find(turn, "Issue", args["id"]),
    ("Query", "project"): lambda turn, source, args: find(turn, "Project", args["id"]),
    ("Query", "viewer"): lambda turn, source, args: turn.table("User").get(turn.store.notes["viewer"]),
    ("Query", "rateLimitStatus"): _tell_limits,
    **{
        (type_, name): _point(name, kind)
        for type_ in (
            "Issue",
            "IssueSearchResult",
            "Comment",
            "Project",
            "Cycle",
            "IssueLabel",
            "WorkflowState",
        )
        for name, kind in _POINTS_AT.items()
    },
}
