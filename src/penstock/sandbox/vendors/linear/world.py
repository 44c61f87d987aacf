"""What a Linear workspace holds at first, and how its things are found and made."""

from __future__ import annotations

from graphql import GraphQLError

from penstock.sandbox.rest.graph import GraphTurn
from penstock.sandbox.state import Record

TEAM_KEY, ISSUES = "SAN", 230
_STATES = (
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In Progress", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
)
_PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")
_LABELS = ("Bug", "Feature", "Improvement")


def refuse(message: str, code: str = "INPUT_ERROR", kind: str = "invalid input") -> GraphQLError:
    """Return an error to raise, with the words a person may see."""
    return GraphQLError(
        message, extensions={"code": code, "type": kind, "userError": True, "userPresentableMessage": message}
    )


def find(turn: GraphTurn, kind: str, id: str) -> Record:
    """Return a thing by its id, an issue by its identifier as well. Raises Linear's refusal."""
    table = turn.table(kind)
    found = table.get(id)
    if found is None and kind == "Issue":
        found = next((one for one in table if one["identifier"] == id.upper()), None)
    if found is None:
        raise refuse(f"Entity not found: {kind}")
    return found


def add(turn: GraphTurn, kind: str, given: Record) -> Record:
    """Keep a new thing, under the id given or a new one. Raises Linear's refusal for an id there is."""
    id = given.get("id") or turn.ids.uuid()
    if id in turn.table(kind):
        raise refuse(f"Entity already exists: {kind} with id {id}")
    record = {
        **given,
        "id": id,
        "createdAt": given.get("createdAt") or turn.now,
        "updatedAt": turn.now,
        "archivedAt": None,
    }
    return turn.table(kind).add(id, record)


def make_issue(turn: GraphTurn, given: Record) -> Record:
    """Keep a new issue, with the next number of its team."""
    team = find(turn, "Team", given["teamId"])
    if not given.get("title"):
        raise refuse("title should not be empty")
    number = turn.ids.next(f"{turn.account} {team['id']}")
    identifier = f"{team['key']}-{number}"
    team["issueCount"] += 1
    usual = {"priority": 0, "labelIds": [], "stateId": turn.store.notes["states"][0]}
    given = usual | {name: value for name, value in given.items() if value is not None}
    find(turn, "WorkflowState", given["stateId"])
    return add(turn, "Issue", given | {
        "identifier": identifier, "number": number, "url": f"https://linear.app/sandbox/issue/{identifier}",
        "branchName": f"sandbox/{identifier.lower()}", "priorityLabel": _PRIORITIES[int(given["priority"])],
    })  # fmt: skip


def change_issue(turn: GraphTurn, issue: Record, given: Record) -> None:
    """Change an issue by the fields of an update."""
    added, removed = given.pop("addedLabelIds", None) or [], given.pop("removedLabelIds", None) or []
    for kind, name in (("WorkflowState", "stateId"), ("User", "assigneeId"), ("Project", "projectId")):
        if given.get(name) is not None:
            find(turn, kind, given[name])
    issue.update(given, updatedAt=turn.now)
    if "priority" in given:
        issue["priorityLabel"] = _PRIORITIES[int(given["priority"] or 0)]
    kept = [one for one in issue["labelIds"] if one not in removed]
    issue["labelIds"] = [*kept, *(one for one in added if one not in kept)]


def seed(turn: GraphTurn) -> None:
    """Fill a new account."""
    place = {"id": turn.ids.uuid(), "name": "Sandbox", "urlKey": "sandbox"}
    person = {
        "name": "Ada",
        "displayName": "ada",
        "email": "ada@example.com",
        "active": True,
        "admin": True,
        "guest": False,
    }
    user = add(turn, "User", person | {"organization": place})
    team = add(turn, "Team", {"key": TEAM_KEY, "name": "Sandbox", "description": None, "visibility": "public", "timezone": "UTC",
                              "issueCount": 0})  # fmt: skip
    states = [
        add(turn, "WorkflowState", {"name": name, "type": kind, "color": "#bec2c8", "position": number * 1.0,
                                    "teamId": team["id"]})
        for number, (name, kind) in enumerate(_STATES)
    ]  # fmt: skip
    for name in _LABELS:
        add(
            turn,
            "IssueLabel",
            {"name": name, "color": "#eb5757", "description": None, "isGroup": False, "teamId": team["id"]},
        )
    status = {"id": turn.ids.uuid(), "name": "Planned", "type": "planned"}
    turn.store.notes |= {"viewer": user["id"], "states": [state["id"] for state in states], "status": status}
    add(turn, "Project", make_project(turn, {"name": "Launch", "teamIds": [team["id"]]}))
    cycle = {
        "number": 1.0,
        "name": None,
        "startsAt": turn.now,
        "endsAt": turn.now,
        "completedAt": None,
        "progress": 0.0,
    }
    add(turn, "Cycle", cycle | {"isActive": True, "teamId": team["id"]})
    for number in range(1, ISSUES + 1):
        make_issue(turn, {"teamId": team["id"], "title": f"Issue {number}"})


def make_project(turn: GraphTurn, given: Record) -> Record:
    """Return a new project's fields."""
    usual: Record = {"description": "", "priority": 0, "progress": 0.0, "startDate": None, "targetDate": None}
    slug = str(given["name"]).lower().replace(" ", "-")
    return (
        usual
        | given
        | {"status": turn.store.notes["status"], "url": f"https://linear.app/sandbox/project/{slug}"}
    )
