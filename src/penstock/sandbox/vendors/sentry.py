"""Sentry as the sandbox plays it: an organisation with a team, a project and 230 issues, each with an event.

Sources: the pages named in integrations/sentry.py; the vendor's description (getsentry/sentry-api-schema) for the forms.
"""

from __future__ import annotations

from collections.abc import Callable

from penstock.integrations.sentry import integration
from penstock.sandbox.rest.acting import act, create, update
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import HEX, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer, parse_pairs

ORG, TEAM, PROJECT, ISSUES = "sandbox", "ducks", "web", 230
_CHANGEABLE = (
    "status", "statusDetails", "substatus", "assignedTo", "hasSeen", "isBookmarked", "isSubscribed", "isPublic", "inbox",
    "priority",
)  # fmt: skip


def open_vendor(setup: Setup) -> Vendor:
    """Return Sentry."""
    return RestVendor(setup, integration, SHAPE)


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _team(turn: Turn, slug: str, name: str) -> Record:
    id = str(turn.ids.next("teams", 4501))
    return {
        "id": id,
        "slug": slug,
        "name": name,
        "dateCreated": _now(turn),
        "isMember": True,
        "memberCount": 1,
    }


def _project(turn: Turn, slug: str, given: Record) -> Record:
    id = str(turn.ids.next("projects", 4_508_001))
    return {
        "id": id, "slug": slug, "name": given.get("name") or slug, "platform": given.get("platform"), "status": "active",
        "dateCreated": _now(turn), "isBookmarked": False, "features": [], "organization": {"slug": ORG},
        "team": {"slug": turn.values.get("team_id_or_slug", TEAM)},
    }  # fmt: skip


def _now(turn: Turn) -> str:
    return iso_time(turn.now).replace("Z", ".000000Z")


def _org(turn: Turn) -> Record:
    found = turn.store.table("organizations").get(turn.values["organization_id_or_slug"])
    if found is None:
        raise turn.refuse("not_found")
    return found


def _serve(turn: Turn) -> Json | Answer:
    """Answer an operation below an organisation, and a project, that have to be there."""
    operation = turn.operation
    assert operation is not None
    if not turn.request.path.endswith("/"):
        raise turn.refuse("no_route")
    if "organization_id_or_slug" in turn.values:
        turn.values["organization_id_or_slug"] = _org(turn)["slug"]
    for name, kind in (("project_id_or_slug", "projects"), ("team_id_or_slug", "teams")):
        if name in turn.values and turn.store.table(kind, ORG).get(turn.values[name]) is None:
            raise turn.refuse("not_found")
    own = _OWN.get(operation.name)
    return own(turn) if own is not None else act(turn, operation.pagination or integration.pagination)


def _make_slugged(turn: Turn, kind: str) -> Answer:
    given = turn.fields
    name = str(given.get("name") or given.get("slug") or "")
    if not name:
        return json_answer(400, {"name": ["This field is required."]})
    slug, table = str(given.get("slug") or _slug(name)), turn.store.table(kind, ORG)
    if slug in table:
        raise turn.refuse("invalid", status=409, message=f"A {kind[:-1]} with this slug already exists.")
    record = table.add(slug, _team(turn, slug, name) if kind == "teams" else _project(turn, slug, given))
    turn.change(f"{kind}.create", slug, record)
    return json_answer(201, record)


def _change_slugged(turn: Turn, kind: str, name: str) -> Json:
    record = turn.store.table(kind, ORG).get(turn.values[name])
    assert record is not None
    record.update(turn.fields)
    turn.change(f"{kind}.update", turn.values[name], record)
    return record


def _remove_slugged(turn: Turn, kind: str, name: str) -> Answer:
    turn.store.table(kind, ORG).remove(turn.values[name])
    turn.change(f"{kind}.delete", turn.values[name])
    return Answer(204)


def _list_issues(turn: Turn) -> Answer:
    words = turn.query.get("query", "is:unresolved").split()
    status = next((word.partition(":")[2] for word in words if word.startswith("is:")), None)
    text = " ".join(word for word in words if ":" not in word).lower()
    rows = [
        one
        for one in turn.table("issues", ORG)
        if status in (None, one["status"]) and text in one["title"].lower()
    ]
    return answer_rows(turn, rows[::-1])


def _change_issue(turn: Turn) -> Json:
    record = turn.table("issues", ORG).get(turn.values["issue_id"])
    if record is None:
        raise turn.refuse("not_found")
    return update(turn, record, {name: value for name, value in turn.fields.items() if name in _CHANGEABLE})


def _change_many(turn: Turn) -> Answer:
    """Change or delete the issues named; those there are none of are passed over in silence, as Sentry does."""
    table, ids = turn.table("issues", ORG), [v for k, v in parse_pairs(turn.request.query) if k == "id"]
    changed = {name: value for name, value in turn.fields.items() if name in _CHANGEABLE}
    for id in [one for one in ids if one in table]:
        if turn.request.method == "DELETE":
            table.remove(id)
            turn.change("issues.delete", id)
        else:
            turn.change("issues.update", id, table.update(id, **changed))
    return Answer(204) if turn.request.method == "DELETE" else json_answer(200, changed)


def _delete_issue(turn: Turn) -> Answer:
    if turn.table("issues", ORG).remove(turn.values["issue_id"]) is None:
        raise turn.refuse("not_found")
    turn.change("issues.delete", turn.values["issue_id"])
    return Answer(202)


def _get_issue(turn: Turn) -> Json:
    record = turn.table("issues", ORG).get(turn.values["issue_id"])
    if record is None:
        raise turn.refuse("not_found")
    return record


def _events(turn: Turn) -> list[Record]:
    number = turn.values.get("issue_id")
    return [one for one in turn.store.table("events", ORG) if number in (None, one["groupID"])]


def _get_event(turn: Turn) -> Json:
    events, id = _events(turn), turn.values["event_id"]
    ends = {"latest": -1, "oldest": 0, "recommended": -1}
    found = (
        events[ends[id]] if id in ends and events else next((one for one in events if one["id"] == id), None)
    )
    if found is None:
        raise turn.refuse("not_found", message="Event not found")
    return found


def _discover(turn: Turn) -> Answer:
    names = [value for name, value in parse_pairs(turn.request.query) if name == "field"]
    if not names:
        raise turn.refuse("invalid", message="No columns selected")
    rows = [{name: one.get(name) for name in names} for one in _events(turn)]
    answer = answer_rows(turn, [{"id": str(number), **row} for number, row in enumerate(rows)])
    return answer


def _make_release(turn: Turn) -> Answer:
    version, projects = turn.fields.get("version"), turn.fields.get("projects")
    missing = {
        name: ["This field is required."] for name in ("version", "projects") if not turn.fields.get(name)
    }
    if missing:
        return json_answer(400, missing)
    known = turn.table().get(str(version))
    if known is not None:
        return json_answer(208, known)
    record = {"version": version, "shortVersion": version, "dateCreated": _now(turn), "dateReleased": None, "newGroups": 0,
              "ref": turn.fields.get("ref"), "url": turn.fields.get("url"),
              "projects": [{"slug": one} for one in projects or []]}  # fmt: skip
    turn.table().add(str(version), record)
    turn.change("releases.create", str(version), {"name": version})
    return json_answer(201, record)


def _make_deploy(turn: Turn) -> Answer:
    if turn.store.table("releases", ORG).get(turn.values["version"]) is None:
        raise turn.refuse("not_found")
    if not turn.fields.get("environment"):
        return json_answer(400, {"environment": ["This field is required."]})
    return json_answer(201, create(turn, turn.fields))


def _seed(turn: Turn) -> None:
    store = turn.store
    known = {
        "slug": ORG,
        "name": "Sandbox",
        "id": "1",
        "status": {"id": "active", "name": "active"},
        "dateCreated": _now(turn),
    }
    links = {"organizationUrl": f"https://{ORG}.sentry.io", "regionUrl": "https://us.sentry.io"}
    store.table("organizations").add(ORG, known | {"links": links, "isEarlyAdopter": False, "features": []})
    store.table("teams", ORG).add(TEAM, _team(turn, TEAM, "Ducks"))
    store.table("projects", ORG).add(PROJECT, _project(turn, PROJECT, {"name": "Web"}))
    store.table("members", ORG).add(
        "1", {"id": "1", "email": "sandbox@example.com", "name": "Sandbox", "orgRole": "owner"}
    )
    key = turn.ids.text(32, HEX)
    dsn = {"public": f"https://{key}@o1.ingest.us.sentry.io/1"}
    store.table("projects.keys", ORG, PROJECT).add(
        key, {"id": key, "public": key, "isActive": True, "dsn": dsn}
    )
    for number in range(1, ISSUES + 1):
        id, title = str(6_000_000_000 + number), f"TypeError: value {number} is undefined"
        store.table("issues", ORG).add(id, {
            "id": id, "shortId": f"WEB-{number}", "title": title, "culprit": "app/main.js", "level": "error", "count": "1",
            "status": "unresolved", "statusDetails": {}, "isPublic": False, "project": {"id": "1", "slug": PROJECT},
            "firstSeen": "2026-01-01T00:00:00Z", "lastSeen": "2026-01-01T00:00:00Z", "userCount": 0, "assignedTo": None,
        })  # fmt: skip
        event = turn.ids.text(32, HEX)
        store.table("events", ORG).add(
            event, {"id": event, "eventID": event, "groupID": id, "title": title, "tags": []}
        )


def _error(refusal: Refusal) -> Answer:
    return json_answer(refusal.status, {"detail": refusal.message})


_OWN: dict[str, Callable[[Turn], Json | Answer]] = {
    "organizations.get": _org,
    "organizations.update": lambda turn: update(turn, _org(turn), turn.fields),
    "issues.list": _list_issues,
    "issues.get": _get_issue,
    "issues.update": _change_issue,
    "issues.delete": _delete_issue,
    "issues.bulk_mutate": _change_many,
    "issues.bulk_delete": _change_many,
    "issues.events": lambda turn: answer_rows(turn, _events(turn)),
    "issues.event": _get_event,
    "events.list": lambda turn: answer_rows(turn, _events(turn)),
    "events.get": _get_event,
    "discover.events": _discover,
    "projects.create": lambda turn: _make_slugged(turn, "projects"),
    "projects.get": lambda turn: turn.store.table("projects", ORG).get(turn.values["project_id_or_slug"]),
    "projects.update": lambda turn: _change_slugged(turn, "projects", "project_id_or_slug"),
    "projects.delete": lambda turn: _remove_slugged(turn, "projects", "project_id_or_slug"),
    "releases.create": _make_release,
    "deploys.create": _make_deploy,
    "teams.create": lambda turn: _make_slugged(turn, "teams"),
    "teams.get": lambda turn: turn.store.table("teams", ORG).get(turn.values["team_id_or_slug"]),
    "teams.update": lambda turn: _change_slugged(turn, "teams", "team_id_or_slug"),
    "teams.delete": lambda turn: _remove_slugged(turn, "teams", "team_id_or_slug"),
}

SHAPE = Shape(
    key="sntryu_sandbox_{name}",
    new_id=lambda ids, collection: str(ids.next(collection, 1001)),
    page_size=100,
    seed=_seed,
    error=_error,
    refusals={
        "unauthorized": (401, "", "Invalid token"),
        "forbidden": (403, "", "You do not have permission to perform this action."),
        "not_found": (404, "", "The requested resource does not exist"),
        "no_route": (404, "", "The requested resource does not exist"),
        "invalid": (400, "", "Invalid request: {what}"),
        "throttled": (429, "", "You are attempting to use this endpoint too frequently. Limit is 40 requests in 1 seconds"),
        "failed": (500, "", "Internal Error"),
    },
    wait_fields=lambda seconds: [("X-Sentry-Rate-Limit-Remaining", "0"), ("X-Sentry-Rate-Limit-Limit", "40")],
    collections={"projects.keys": "projects.keys"},
    handlers={operation.name: _serve for operation in integration.operations},
    keeps=("name", "slug", "title", "status", "environment"),
)  # fmt: skip
