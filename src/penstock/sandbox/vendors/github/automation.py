"""What GitHub hangs on a repository: releases, hooks, workflows and their runs."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.github import shapes
from penstock.sandbox.vendors.github.world import Repository, Turn, invalid, node_id, not_found
from penstock.sandbox.wire import Json


def list_releases(turn: Turn) -> Json:
    repo = turn.repository()
    return turn.page(repo.releases, lambda record: _release(turn, repo, record))


def create_release(turn: Turn) -> Json:
    repo, given = turn.repository(), turn.given
    turn.need("tag_name")
    tag = str(given["tag_name"])
    if any(record["tag_name"] == tag for record in repo.releases):
        raise invalid("Release", "tag_name", "already_exists")
    id = turn.world.next_id(100_000_000)
    is_draft = bool(given.get("draft", False))
    record: Record = {
        "id": id,
        "tag_name": tag,
        "target_commitish": given.get("target_commitish") or repo.record["default_branch"],
        "name": given.get("name"),
        "body": given.get("body"),
        "draft": is_draft,
        "prerelease": bool(given.get("prerelease", False)),
        "created_at": turn.now,
        "published_at": None if is_draft else turn.now,
    }
    repo.releases.add(str(id), record)
    turn.created("releases.create", id, repository=repo.full_name, tag=tag)
    return _release(turn, repo, record)


def get_release(turn: Turn) -> Json:
    repo = turn.repository()
    wanted = turn.values["release_id"]
    if wanted == "latest":
        found, _ = repo.releases.page(1, keep=lambda r: not r["draft"] and not r["prerelease"])
        record = found[0] if found else None
    else:
        record = repo.releases.get(wanted)
    if record is None:
        raise not_found()
    return _release(turn, repo, record)


def delete_release(turn: Turn) -> None:
    repo = turn.repository()
    if repo.releases.remove(turn.values["release_id"]) is None:
        raise not_found()
    turn.changed("releases.delete", turn.values["release_id"], repository=repo.full_name)
    turn.status = 204


def _release(turn: Turn, repo: Repository, record: Record) -> Json:
    root = f"{turn.base}/repos/{repo.full_name}/releases"
    url, tag = f"{root}/{record['id']}", record["tag_name"]
    return {
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": f"{shapes.SITE}/{repo.full_name}/releases/tag/{tag}",
        "node_id": node_id("RE", record["id"]),
        "author": shapes.user(turn.base, turn.world, turn.world.login),
        "assets": [],
        "tarball_url": f"{turn.base}/repos/{repo.full_name}/tarball/{tag}",
        "zipball_url": f"{turn.base}/repos/{repo.full_name}/zipball/{tag}",
        **record,
    }


def list_hooks(turn: Turn) -> Json:
    repo = turn.repository()
    return turn.page(repo.hooks, dict, is_newest_first=False)


def create_hook(turn: Turn) -> Json:
    repo, given = turn.repository(), turn.given
    config: dict[str, Any] = given.get("config") or {}
    url = config.get("url")
    if not url:
        raise invalid("Hook", "url", "custom", "url cannot be blank")
    if any(record["config"]["url"] == url for record in repo.hooks):
        raise invalid("Hook", "url", "custom", "Hook already exists on this repository")
    id = turn.world.next_id(400_000_000)
    address = f"{turn.base}/repos/{repo.full_name}/hooks/{id}"
    shown = {key: value for key, value in config.items() if key != "secret"}
    if "secret" in config:
        shown["secret"] = "********"
    record: Record = {
        "type": "Repository",
        "id": id,
        "name": given.get("name", "web"),
        "active": given.get("active", True),
        "events": given.get("events") or ["push"],
        "config": {"content_type": "form", "insecure_ssl": "0", **shown},
        "updated_at": turn.now,
        "created_at": turn.now,
        "url": address,
        "test_url": f"{address}/test",
        "ping_url": f"{address}/pings",
        "deliveries_url": f"{address}/deliveries",
        "last_response": {"code": None, "status": "unused", "message": None},
    }
    repo.hooks.add(str(id), record)
    turn.created("hooks.create", id, repository=repo.full_name, url=url)
    return record


def delete_hook(turn: Turn) -> None:
    repo = turn.repository()
    if repo.hooks.remove(turn.values["hook_id"]) is None:
        raise not_found()
    turn.changed("hooks.delete", turn.values["hook_id"], repository=repo.full_name)
    turn.status = 204


def list_workflows(turn: Turn) -> Json:
    repo = turn.repository()

    def show(record: Record) -> Json:
        return _workflow(turn, repo, record)

    shown = turn.page(repo.workflows, show, is_newest_first=False)
    return {"total_count": len(repo.workflows), "workflows": shown}


def get_workflow(turn: Turn) -> Json:
    repo = turn.repository()
    return _workflow(turn, repo, _named_workflow(turn, repo))


def _named_workflow(turn: Turn, repo: Repository) -> Record:
    wanted = turn.values["workflow_id"]
    found, _ = repo.workflows.page(1, keep=lambda r: wanted in (str(r["id"]), r["path"].rpartition("/")[2]))
    if not found:
        raise not_found()
    return found[0]


def _workflow(turn: Turn, repo: Repository, record: Record) -> Json:
    site = f"{shapes.SITE}/{repo.full_name}"
    return {
        **record,
        "node_id": node_id("W", record["id"]),
        "url": _workflow_url(turn, repo, record),
        "html_url": f"{site}/blob/main/{record['path']}",
        "badge_url": f"{site}/workflows/{record['name']}/badge.svg",
    }


def _workflow_url(turn: Turn, repo: Repository, record: Record) -> str:
    return f"{turn.base}/repos/{repo.full_name}/actions/workflows/{record['id']}"


def dispatch(turn: Turn) -> None:
    """Start a workflow by its id or file name: 204, and a run in the list."""
    repo = turn.repository()
    turn.need("ref")
    workflow, branch = _named_workflow(turn, repo), repo.branch(str(turn.given["ref"]))
    id = turn.world.next_id(30_000_000)
    url = f"{turn.base}/repos/{repo.full_name}/actions/runs/{id}"
    run: Record = {
        "id": id,
        "name": workflow["name"],
        "node_id": node_id("WFR", id),
        "head_branch": branch.name,
        "head_sha": branch.commits[-1],
        "path": workflow["path"],
        "display_title": workflow["name"],
        "run_number": len(repo.runs) + 1,
        "run_attempt": 1,
        "event": "workflow_dispatch",
        "status": "queued",
        "conclusion": None,
        "workflow_id": workflow["id"],
        "url": url,
        "html_url": f"{shapes.SITE}/{repo.full_name}/actions/runs/{id}",
        "pull_requests": [],
        "created_at": turn.now,
        "updated_at": turn.now,
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "artifacts_url": f"{url}/artifacts",
        "check_suite_url": f"{turn.base}/repos/{repo.full_name}/check-suites/{id}",
        "workflow_url": _workflow_url(turn, repo, workflow),
    }
    repo.runs.add(str(id), run)
    turn.changed(
        "workflows.dispatch", id, repository=repo.full_name, workflow=workflow["name"], ref=branch.name
    )
    turn.status = 204


def list_runs(turn: Turn) -> Json:
    repo, query = turn.repository(), turn.query
    names = {"branch": "head_branch", "event": "event", "status": "status"}
    tests = {field: query[name] for name, field in names.items() if query.get(name)}
    keep = (lambda run: all(run[field] == value for field, value in tests.items())) if tests else None
    found, _ = repo.runs.page(len(repo.runs), keep=keep)
    home = shapes.repository(turn.base, turn.world, repo)

    def show(run: Record) -> Json:
        commit = repo.commits[run["head_sha"]]
        person = {"name": "Sandbox User", "email": f"{turn.world.login}@example.org"}
        head = {
            "id": commit["sha"],
            "tree_id": turn.world.sha("tree", commit["sha"]),
            "message": commit["message"],
        }
        head |= {"timestamp": commit["date"], "author": person, "committer": person}
        return {**run, "head_commit": head, "repository": home, "head_repository": home}

    shown = turn.page_of(found, show)
    return {"total_count": len(found), "workflow_runs": shown}


_REPO = "/repos/{owner}/{repo}"
ROUTES = {
    f"GET {_REPO}/releases": list_releases,
    f"POST {_REPO}/releases": create_release,
    f"GET {_REPO}/releases/{{release_id}}": get_release,
    f"DELETE {_REPO}/releases/{{release_id}}": delete_release,
    f"GET {_REPO}/hooks": list_hooks,
    f"POST {_REPO}/hooks": create_hook,
    f"DELETE {_REPO}/hooks/{{hook_id}}": delete_hook,
    f"GET {_REPO}/actions/workflows": list_workflows,
    f"GET {_REPO}/actions/workflows/{{workflow_id}}": get_workflow,
    f"POST {_REPO}/actions/workflows/{{workflow_id}}/dispatches": dispatch,
    f"GET {_REPO}/actions/runs": list_runs,
}
