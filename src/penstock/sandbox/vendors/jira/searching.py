"""Jira's searches: a small JQL, pages that follow one another by tokens, and an approximate count."""

from __future__ import annotations

import re
from collections.abc import Callable

from penstock.sandbox.rest.paging import build_token, read_token
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.jira.issues import show
from penstock.sandbox.wire import Answer, Json, json_answer

UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
_CLAUSE = re.compile(r"\s*(\w+)\s*(!=|=|~|in)\s*(\([^)]*\)|\"[^\"]*\"|'[^']*'|[^\s]+)\s*", re.IGNORECASE)
_ORDER = re.compile(r"\border\s+by\s+(\w+)(?:\s+(asc|desc))?\s*$", re.IGNORECASE)


def find_issues(turn: Turn, jql: str) -> list[Record]:
    """Return the issues a JQL finds, the newest first unless it says otherwise. Raises Jira's refusals."""
    order = _ORDER.search(jql)
    text = jql[: order.start()] if order else jql
    if not text.strip():
        raise turn.refuse("invalid", message=UNBOUNDED)
    found = list(turn.store.table("issues"))
    for clause in re.split(r"\s+AND\s+", text.strip(), flags=re.IGNORECASE):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise turn.refuse(
                "invalid", message=f"Error in the JQL Query: Expecting operator but got '{clause}'."
            )
        field, sign, value = match[1].lower(), match[2].lower(), match[3]
        wanted = {one.strip(" \"'()").lower() for one in value.split(",")}
        found = [one for one in found if _matches(one, field, sign, wanted)]
    is_up = order is not None and (order[2] or "asc").lower() == "asc"
    return found if is_up else found[::-1]


def _matches(issue: Record, field: str, sign: str, wanted: set[str]) -> bool:
    fields = issue["fields"]
    if sign == "~" or field in ("text", "summary"):
        return any(word in str(fields.get("summary")).lower() for word in wanted)
    known = {
        "project": {fields["project"]["key"].lower()}, "key": {issue["key"].lower()},
        "status": {fields["status"]["name"].lower()},
        "assignee": {str((fields.get("assignee") or {}).get("accountId")).lower()},
        "labels": {str(one).lower() for one in fields.get("labels") or []},
    }  # fmt: skip
    return bool(known.get(field, set()) & wanted) != (sign == "!=")


def _search(turn: Turn) -> Answer:
    given = {**turn.query, **turn.fields}
    found = find_issues(turn, str(given.get("jql") or ""))
    token = given.get("nextPageToken")
    start = read_token(str(token)) if token else 0
    if start is None:
        raise turn.refuse("invalid", message="The provided next page token is invalid or expired.")
    size = max(1, min(int(given.get("maxResults") or 50), 100))
    names = given.get("fields") or "id"  # without fields= the numbers alone
    wanted = names if isinstance(names, str) else ",".join(names)
    rows = [show(one, wanted) if wanted != "id" else {"id": one["id"]} for one in found[start : start + size]]
    end = start + len(rows)
    more = {"nextPageToken": build_token(end)} if end < len(found) else {}
    return json_answer(200, {"issues": rows, "isLast": not more, **more})


def _count(turn: Turn) -> Json:
    return {"count": len(find_issues(turn, str(turn.fields.get("jql") or "")))}


def _fetch(turn: Turn) -> Json:
    """Return those of the issues named that exist."""
    table, keys = turn.store.table("issues"), turn.store.notes["keys"]
    names = [str(one) for one in turn.fields.get("issueIdsOrKeys") or []]
    if not 0 < len(names) <= 100:
        raise turn.refuse("invalid", message="issueIdsOrKeys must hold 1 to 100 issues.")
    found = [table.get(name) or table.get(keys.get(name, "")) for name in names]
    wanted = ",".join(turn.fields.get("fields") or ["*navigable"])
    return {"issues": [show(one, wanted) for one in found if one is not None], "issueErrors": []}


HANDLERS: dict[str, Callable[[Turn], Json | Answer]] = {
    "issues.search": _search,
    "issues.count": _count,
    "issues.bulk_fetch": _fetch,
}
