"""What a Jira site holds at first, and how its things look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Answer, Json, json_answer

PROJECT, ISSUES, PEOPLE, BOARD = "WEB", 230, 120, 1
STATES = {"11": "To Do", "21": "In Progress", "31": "Done"}  # transition -> the state it leads to


def write_time(at: float) -> str:
    """Return an instant as Jira writes it: 2026-11-23T02:00:00.000+0000."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def person(number: int = 1) -> Record:
    """Return an account as others show it."""
    id = f"5b10a2844c20165700ed{number:04x}"
    name = "Sandbox" if number == 1 else f"Person {number}"
    return {
        "accountId": id,
        "accountType": "atlassian",
        "displayName": name,
        "active": True,
        "timeZone": "Etc/UTC",
    }


def find_issue(turn: Turn, name: str | None = None) -> Record:
    """Return an issue by its key or its number. Raises Jira's refusal."""
    name = name or turn.values["issueIdOrKey"]
    table = turn.store.table("issues")
    found = table.get(name.upper()) or table.get(turn.store.notes["keys"].get(name, ""))
    if found is None:
        raise turn.refuse("not_found")
    return found


def make_issue(turn: Turn, fields: Record) -> Record:
    """Keep a new issue with these fields, which have been checked."""
    project = fields["project"]["key"]
    number, key = (
        str(turn.ids.next("issues", 10_001)),
        f"{project}-{turn.ids.next(f'{turn.account} {project}')}",
    )
    now = write_time(turn.now)
    kept = {
        "description": None, "labels": [], "assignee": None, "reporter": person(), "priority": {"name": "Medium"}, **fields,
        "status": {"id": "1", "name": "To Do"}, "created": now, "updated": now, "creator": person(), "resolution": None,
    }  # fmt: skip
    record = {
        "id": number,
        "key": key,
        "self": f"{turn.request.base}/rest/api/3/issue/{number}",
        "fields": kept,
    }
    turn.store.table("issues").add(key, record)
    turn.store.notes["keys"][number] = key
    return record


def answer_slice(turn: Turn, rows: Iterable[Json], name: str = "values") -> Answer:
    """Return a list as Jira's older lists have it: startAt, maxResults, total, isLast."""
    given, found = {**turn.query, **turn.fields}, list(rows)
    start, size = (int(given.get(word) or usual) for word, usual in (("startAt", 0), ("maxResults", 50)))
    size = max(0, min(size, 100))
    body = {"startAt": start, "maxResults": size, "total": len(found), name: found[start : start + size]}
    return json_answer(200, body | ({"isLast": start + size >= len(found)} if name == "values" else {}))


def seed(turn: Turn) -> None:
    """Fill a new account."""
    store = turn.store
    store.notes["keys"] = {}
    types = [
        {"id": str(10_000 + number), "name": name} for number, name in enumerate(("Task", "Bug", "Story"), 1)
    ]
    project = {
        "id": "10000",
        "key": PROJECT,
        "name": "Web",
        "projectTypeKey": "software",
        "issueTypes": types,
        "lead": person(),
    }
    store.table("projects").add(PROJECT, project)
    for number in range(1, PEOPLE + 1):
        store.table("users").add(person(number)["accountId"], person(number))
    for number in range(1, ISSUES + 1):
        make_issue(
            turn,
            {
                "project": {"key": PROJECT, "id": "10000"},
                "summary": f"Issue {number}",
                "issuetype": {"name": "Task"},
            },
        )
    store.table("boards").add(str(BOARD), {"id": BOARD, "name": "Web board", "type": "scrum"})
    for number, state in enumerate(("closed", "active", "future"), 1):
        store.table("sprints", str(BOARD)).add(
            str(number), {"id": number, "name": f"Sprint {number}", "state": state}
        )
