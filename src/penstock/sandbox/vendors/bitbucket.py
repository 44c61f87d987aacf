"""Bitbucket Cloud as the sandbox plays it: a workspace with a repository, 120 pull requests and 120 commits.

Sources: the pages named in integrations/bitbucket.py; what atlassian-python-api reads of repositories and pull requests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from penstock.integrations.bitbucket import integration
from penstock.sandbox.rest.acting import act, create, find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn, read_files
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import HEX, Ids, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.wire import Answer, Json, json_answer, parse_pairs

WORKSPACE, REPO, ROWS = "sandbox", "demo", 120
PERSON = {
    "type": "user",
    "display_name": "Sandbox",
    "uuid": "{d301aafa-d676-4ee0-88be-962be7417567}",
    "account_id": "1",
}
_OWN_KEY = {"branches.create": "name", "commit_statuses.create": "key"}
_NUMBERED = ("pullrequests", "pullrequest_comments")
_CREATED = ("pullrequests", "pullrequest_comments", "branches", "commit_statuses", "hooks")


def open_vendor(setup: Setup) -> Vendor:
    """Return Bitbucket Cloud."""
    return RestVendor(setup, integration, SHAPE)


def _new_id(ids: Ids, collection: str) -> str:
    return str(ids.next(collection, ROWS + 1)) if collection in _NUMBERED else f"{{{ids.uuid()}}}"


def _time(turn: Turn) -> str:
    return datetime.fromtimestamp(turn.now, UTC).isoformat(timespec="microseconds")


def _links(turn: Turn, *below: str) -> Record:
    path = "/".join(below)
    own = f"{turn.request.base}/2.0/repositories/{path}"
    return {
        "self": {"href": own},
        "html": {"href": f"https://bitbucket.org/{path.replace('pullrequests', 'pull-requests')}"},
    }


def _repository(turn: Turn, slug: str, given: Record) -> Record:
    name = f"{turn.values.get('workspace', WORKSPACE)}/{slug}"
    return {
        "type": "repository", "uuid": f"{{{turn.ids.uuid()}}}", "scm": "git", "is_private": True, "language": "",
        "fork_policy": "no_public_forks", "mainbranch": {"type": "branch", "name": "main"}, "description": "", **given,
        "slug": slug, "name": given.get("name") or slug, "full_name": name, "owner": PERSON, "created_on": _time(turn),
        "updated_on": _time(turn), "workspace": {"type": "workspace", "slug": WORKSPACE}, "links": _links(turn, name),
    }  # fmt: skip


def _pull(turn: Turn, id: str, given: Record, repo: str) -> Record:
    source, main = given.get("source") or {}, {"branch": {"name": "main"}}
    if not given.get("title") or not source.get("branch", {}).get("name"):
        raise turn.refuse("invalid", "source" if given.get("title") else "title")
    return {
        "type": "pullrequest", "state": "OPEN", "description": "", "close_source_branch": False, **given, "id": int(id),
        "destination": given.get("destination") or main, "author": PERSON, "created_on": _time(turn),
        "updated_on": _time(turn), "comment_count": 0, "participants": [], "links": _links(turn, repo, "pullrequests", id),
    }  # fmt: skip


def _build(turn: Turn, id: str, given: Record) -> Record:
    repo = f"{turn.values.get('workspace')}/{turn.values.get('repo_slug')}"
    match turn.collection:
        case "repositories":
            return _repository(turn, id, given)
        case "pullrequests":
            return _pull(turn, id, given, repo)
        case "pullrequest_comments":
            body = turn.body if isinstance(turn.body, dict) else {}
            return {**body, "type": "pullrequest_comment", "id": int(id), "user": PERSON, "created_on": _time(turn),
                    "deleted": False}  # fmt: skip
        case "branches":
            target = turn.body.get("target", {}) if isinstance(turn.body, dict) else {}
            return {"type": "branch", "name": id, "target": {"type": "commit", **target}}
        case "commit_statuses":
            return {**given, "type": "build", "created_on": _time(turn), "updated_on": _time(turn)}
        case _:
            return {**given, "uuid": id, "created_at": _time(turn)}


def _serve(turn: Turn) -> Json | Answer:
    """Answer an operation; whatever lies below a repository needs the repository."""
    operation = turn.operation
    assert operation is not None
    if "repo_slug" in turn.values and operation.name != "repositories.create":
        workspace, slug = turn.values["workspace"], turn.values["repo_slug"]
        if turn.store.table("repositories", workspace).get(slug) is None:
            raise turn.refuse("not_found", f"Repository {workspace}/{slug}")
    own = _OWN.get(operation.name)
    said = own(turn) if own is not None else act(turn, operation.pagination or integration.pagination)
    if not isinstance(said, Answer) and operation.name.endswith(".create") and turn.collection in _CREATED:
        return json_answer(201, said)
    return said


def _make_repository(turn: Turn) -> Json:
    slug = turn.values.pop("repo_slug")
    if slug in turn.table("repositories", turn.values["workspace"]):
        raise turn.refuse("invalid", message="Repository with this Slug and Owner already exists.")
    return create(turn, turn.fields, id=slug)


def _make_named(turn: Turn) -> Json:
    """Make what goes by a name of its own: a branch once, a build's status again and again."""
    assert turn.operation is not None
    key = str(turn.fields.get(_OWN_KEY[turn.operation.name]) or "")
    if not key:
        raise turn.refuse("invalid", _OWN_KEY[turn.operation.name])
    if key in turn.table() and turn.collection == "branches":
        raise turn.refuse("invalid", message="Branch already exists.")
    turn.table().remove(key)
    return create(turn, turn.fields, id=key)


def _make_pull(turn: Turn) -> Json:
    return create(turn, turn.body if isinstance(turn.body, dict) else {})


def _list_pulls(turn: Turn) -> Answer:
    states = [value for name, value in parse_pairs(turn.request.query) if name == "state"] or ["OPEN"]
    return answer_rows(turn, [one for one in turn.table() if one["state"] in states][::-1])


def _settle(turn: Turn) -> Json:
    """Merge or decline a pull request, once."""
    assert turn.operation is not None
    record, leaf = find(turn), turn.operation.name.rpartition(".")[2]
    if record["state"] != "OPEN":
        raise turn.refuse("invalid", message="This pull request is already closed.")
    record["state"] = "MERGED" if leaf == "merge" else "DECLINED"
    turn.change(turn.operation.name, turn.values["pull_request_id"], record)
    return record


def _approve(turn: Turn) -> Json:
    record = find(turn)
    if record["participants"]:
        raise turn.refuse("invalid", status=409, message="You already approved this pull request.")
    record["participants"] = [{"type": "participant", "user": PERSON, "role": "REVIEWER", "approved": True}]
    turn.change("pullrequests.approve", turn.values["pull_request_id"], record)
    return record["participants"][0]


def _read_source(turn: Turn) -> Answer:
    path = turn.values["path"]
    content = turn.table("files", turn.values["workspace"], turn.values["repo_slug"]).get(path)
    if content is None:
        raise turn.refuse("not_found", f"No such file or directory: {path}", message="{what}")
    return Answer(200, content["content"], [("Content-Type", "text/plain")])


def _write_source(turn: Turn) -> Answer:
    table = turn.table("files", turn.values["workspace"], turn.values["repo_slug"])
    is_multipart = "multipart" in turn.request.headers.get("Content-Type", "")
    given = read_files(turn.request) if is_multipart else {k: str(v).encode() for k, v in turn.fields.items()}
    for path, content in given.items():
        if path not in ("message", "author", "branch", "parents", "files"):
            table.remove(path.lstrip("/"))
            table.add(path.lstrip("/"), {"content": content})
            turn.change("source.create", path, {"name": path})
    return Answer(201, b"", [("Location", f"{turn.request.base}/2.0{turn.request.path}")])


def _run(turn: Turn) -> Json:
    target = turn.body.get("target") if isinstance(turn.body, dict) else None
    if not isinstance(target, dict) or not (target.get("ref_name") or target.get("commit")):
        raise turn.refuse("invalid", "target")
    id = f"{{{turn.ids.uuid()}}}"
    record = {
        "type": "pipeline", "uuid": id, "build_number": turn.ids.next("builds"), "target": target, "creator": PERSON,
        "created_on": _time(turn), "state": {"name": "PENDING", "type": "pipeline_state_pending"},
    }  # fmt: skip
    turn.table().add(id, record)
    turn.change("pipelines.run", id)
    return json_answer(201, record)


def _stop(turn: Turn) -> Answer:
    find(turn)["state"] = {
        "name": "COMPLETED",
        "type": "pipeline_state_completed",
        "result": {"name": "STOPPED"},
    }
    turn.change("pipelines.stop", turn.values["pipeline_uuid"])
    return Answer(204)


def _seed(turn: Turn) -> None:
    store, name = turn.store, f"{WORKSPACE}/{REPO}"
    base = f"{turn.request.base}/2.0"
    links = {
        "repositories": f"{base}/repositories/{WORKSPACE}", "members": f"{base}/workspaces/{WORKSPACE}/members",
        "projects": f"{base}/workspaces/{WORKSPACE}/projects",
    }  # fmt: skip
    workspace = {
        "type": "workspace", "slug": WORKSPACE, "name": "Sandbox", "uuid": f"{{{turn.ids.uuid()}}}",
        "links": {name: {"href": href} for name, href in links.items()},
    }  # fmt: skip
    store.table("workspaces").add(WORKSPACE, workspace)
    store.table("workspaces.members", WORKSPACE).add("1", {"type": "workspace_membership", "user": PERSON})
    store.table("repositories", WORKSPACE).add(REPO, _repository(turn, REPO, {"full_name": name}))
    store.table("branches", WORKSPACE, REPO).add(
        "main", {"type": "branch", "name": "main", "target": {"hash": "0" * 40}}
    )
    store.table("files", WORKSPACE, REPO).add("README.md", {"content": b"# Demo\n"})
    for number in range(1, ROWS + 1):
        given = {"title": f"Change {number}", "source": {"branch": {"name": f"topic-{number}"}}}
        store.table("pullrequests", WORKSPACE, REPO).add(str(number), _pull(turn, str(number), given, name))
        hash = turn.ids.text(40, HEX)
        store.table("commits", WORKSPACE, REPO).add(
            hash, {"type": "commit", "hash": hash, "message": f"Change {number}\n"}
        )


def _error(refusal: Refusal) -> Answer:
    if refusal.kind == "throttled":
        text = b"Rate limit for this resource has been exceeded"
        return Answer(429, text, [("Content-Type", "text/plain")])
    return json_answer(refusal.status, {"type": "error", "error": {"message": refusal.message}})


def _page(turn: Turn, body: Json) -> Json:
    size = turn.query.get("pagelen", "10")
    return {
        **body,
        "pagelen": int(size) if size.isdigit() else 10,
        "size": len(turn.table()) or len(body["values"]),
    }


_OWN: dict[str, Callable[[Turn], Json | Answer]] = {
    "users.me": lambda turn: {**PERSON, "username": "sandbox", "nickname": "sandbox"},
    "workspaces.list": lambda turn: answer_rows(turn, [{"type": "workspace_access", "workspace": one}
                                                       for one in turn.store.table("workspaces")]),
    "workspaces.members": lambda turn: answer_rows(turn, turn.store.table("workspaces.members", turn.values["workspace"])),
    "repositories.create": _make_repository,
    "branches.create": _make_named,
    "commit_statuses.create": _make_named,
    "pullrequests.create": _make_pull,
    "pullrequests.list": _list_pulls,
    "pullrequests.merge": _settle,
    "pullrequests.decline": _settle,
    "pullrequests.approve": _approve,
    "source.get": _read_source,
    "source.create": _write_source,
    "pipelines.run": _run,
    "pipelines.stop": _stop,
}  # fmt: skip

SHAPE = Shape(
    key="ATCTT-sandbox-{name}",
    key_field="api_token",
    others={"email": "sandbox@example.com"},
    new_id=_new_id,
    build=_build,
    page=_page,
    page_size=10,
    seed=_seed,
    error=_error,
    refusals={
        "unauthorized": (401, "", "Token is invalid, expired, or not supported for this endpoint."),
        "not_found": (404, "", "{what} not found"),
        "no_route": (404, "", "Resource not found"),
        "invalid": (400, "", "{what}: this field is required."),
        "failed": (500, "", "Something went wrong"),
    },
    routes={
        "GET /repositories/{workspace}/{repo_slug}/src/{commit}/{path*}": "source.get",
    },
    handlers={operation.name: _serve for operation in integration.operations},
    keeps=("title", "name", "slug", "key"),
)  # fmt: skip
