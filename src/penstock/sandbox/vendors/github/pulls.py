"""GitHub's pull requests: create, list, change, merge, review."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.github import issues, shapes
from penstock.sandbox.vendors.github.world import (
    Branch,
    Refusal,
    Repository,
    Turn,
    invalid,
    node_id,
    not_found,
)
from penstock.sandbox.wire import Json

EVENTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def create(turn: Turn) -> Json:
    repo, given = turn.repository(), turn.given
    turn.need("head", "base")
    if not given.get("issue"):
        turn.need("title")
    head, base = _branch(repo, str(given["head"]), "head"), _branch(repo, str(given["base"]), "base")
    if head.commits == base.commits or set(head.commits) <= set(base.commits):
        raise invalid("PullRequest", "", "custom", f"No commits between {base.name} and {head.name}")
    for record in repo.issues.find("kind_state", ("pull", "open")):
        if record["pull"]["head"] == head.name and record["pull"]["base"] == base.name:
            message = f"A pull request already exists for {repo.owner}:{head.name}."
            raise invalid("PullRequest", "", "custom", message)
    pull = {
        "head": head.name,
        "base": base.name,
        "draft": bool(given.get("draft", False)),
        "merged_at": None,
        "merge_commit_sha": None,
    }
    record = issues.add(
        turn.world, repo, str(given.get("title", "")), turn.now, body=given.get("body"), pull=pull
    )
    turn.created(
        "pulls.create", record["number"], repository=repo.full_name, title=record["title"], head=head.name
    )
    return _show(turn, repo, record, is_full=True)


def _branch(repo: Repository, name: str, field: str) -> Branch:
    found = repo.branches.get(name.rpartition(":")[2])
    if found is None:
        raise invalid("PullRequest", field, "invalid")
    return found


def listed(turn: Turn) -> Json:
    repo, query = turn.repository(), turn.query
    state = query.get("state", "open")
    is_newest_first = query.get("direction", "desc") != "asc"
    kept = {name: query[name].rpartition(":")[2] for name in ("head", "base") if query.get(name)}

    def keep(record: Record) -> bool:
        pull = record["pull"]
        return bool(pull) and all(pull[name] == value for name, value in kept.items())

    def show(record: Record) -> Json:
        return _show(turn, repo, record)

    if state in ("open", "closed") and not kept:
        return turn.page(
            repo.issues, show, where=("kind_state", ("pull", state)), is_newest_first=is_newest_first
        )
    if state not in ("open", "closed", "all"):
        raise invalid("PullRequest", "state", "invalid")
    where = None if state == "all" else ("kind_state", ("pull", state))
    return turn.page(repo.issues, show, where=where, is_newest_first=is_newest_first, keep=keep)


def get(turn: Turn) -> Json:
    repo = turn.repository()
    return _show(turn, repo, _named(turn, repo), is_full=True)


def update(turn: Turn) -> Json:
    repo, given = turn.repository(), turn.given
    record = _named(turn, repo)
    changes: dict[str, Any] = {name: given[name] for name in ("title", "body") if name in given}
    if given.get("state") is not None:
        if given["state"] not in ("open", "closed"):
            raise invalid("PullRequest", "state", "invalid")
        changes |= issues.close_changes(turn, record, given["state"])
    repo.issues.update(str(record["number"]), **changes, updated_at=turn.now)
    turn.changed("pulls.update", record["number"], repository=repo.full_name, title=record["title"])
    return _show(turn, repo, record, is_full=True)


def merge(turn: Turn) -> Json:
    repo = turn.repository()
    record = _named(turn, repo)
    pull = record["pull"]
    if pull["merged_at"] or record["state"] == "closed":
        raise Refusal(405, "Pull Request is not mergeable")
    head = repo.branches[pull["head"]]
    wanted = turn.given.get("sha")
    if wanted and wanted != head.commits[-1]:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    message = (
        turn.given.get("commit_title")
        or f"Merge pull request #{record['number']} from {repo.owner}/{head.name}"
    )
    base = repo.branches[pull["base"]]
    base.commits += [sha for sha in head.commits if sha not in set(base.commits)]
    commit = turn.world.commit(repo, base.name, message, dict(head.files), turn.request.at)
    pull |= {"merged_at": turn.now, "merge_commit_sha": commit["sha"]}
    repo.issues.update(
        str(record["number"]), **issues.close_changes(turn, record, "closed"), updated_at=turn.now
    )
    turn.changed("pulls.merge", record["number"], repository=repo.full_name, sha=commit["sha"])
    return {"sha": commit["sha"], "merged": True, "message": "Pull Request successfully merged"}


def create_review(turn: Turn) -> Json:
    repo = turn.repository()
    record = _named(turn, repo)
    event = turn.given.get("event")
    if event is not None and event not in EVENTS:
        raise invalid("PullRequestReview", "event", "invalid")
    if event in ("REQUEST_CHANGES", "COMMENT"):
        turn.need("body")
    id = turn.world.next_id(80_000_000)
    review: Record = {
        "id": id,
        "pull": record["number"],
        "body": turn.given.get("body") or "",
        "state": EVENTS[event] if event else "PENDING",
        "submitted_at": turn.now,
        "commit_id": repo.branches[record["pull"]["head"]].commits[-1],
    }
    repo.reviews.add(str(id), review)
    turn.changed(
        "reviews.create", id, repository=repo.full_name, pull=record["number"], state=review["state"]
    )
    return _review(turn, repo, review)


def list_reviews(turn: Turn) -> Json:
    repo = turn.repository()
    record = _named(turn, repo)

    def show(review: Record) -> Json:
        return _review(turn, repo, review)

    return turn.page(repo.reviews, show, where=("pull", record["number"]), is_newest_first=False)


def _review(turn: Turn, repo: Repository, review: Record) -> Json:
    pull_url = f"{turn.base}/repos/{repo.full_name}/pulls/{review['pull']}"
    site = f"{shapes.SITE}/{repo.full_name}/pull/{review['pull']}#pullrequestreview-{review['id']}"
    return {
        "id": review["id"],
        "node_id": node_id("PRR", review["id"]),
        "user": shapes.user(turn.base, turn.world, turn.world.login),
        "body": review["body"],
        "state": review["state"],
        "html_url": site,
        "pull_request_url": pull_url,
        "author_association": "OWNER",
        "_links": {"html": {"href": site}, "pull_request": {"href": pull_url}},
        "submitted_at": review["submitted_at"],
        "commit_id": review["commit_id"],
    }


def _named(turn: Turn, repo: Repository) -> Record:
    record = repo.issues.get(turn.values["number"])
    if record is None or not record["pull"]:
        raise not_found()
    return record


def _side(turn: Turn, repo: Repository, name: str) -> Json:
    return {
        "label": f"{repo.owner}:{name}",
        "ref": name,
        "sha": repo.branches[name].commits[-1],
        "user": shapes.user(turn.base, turn.world, repo.owner),
        "repo": shapes.repository(turn.base, turn.world, repo),
    }


def _show(turn: Turn, repo: Repository, record: Record, *, is_full: bool = False) -> Json:
    pull, number = record["pull"], record["number"]
    root, site = f"{turn.base}/repos/{repo.full_name}", f"{shapes.SITE}/{repo.full_name}/pull/{number}"
    url = f"{root}/pulls/{number}"
    side = shapes.issue(turn.base, turn.world, repo, record)
    shared = (
        "id",
        "number",
        "title",
        "user",
        "body",
        "labels",
        "state",
        "locked",
        "active_lock_reason",
        "assignee",
    )
    more = (
        "assignees",
        "milestone",
        "created_at",
        "updated_at",
        "closed_at",
        "author_association",
        "comments_url",
    )
    shown: dict[str, Json] = {
        "url": url,
        "node_id": side["node_id"],
        "html_url": site,
        "diff_url": f"{site}.diff",
        "patch_url": f"{site}.patch",
        "issue_url": side["url"],
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{root}/pulls/comments{{/number}}",
        "statuses_url": f"{root}/statuses/{repo.branches[pull['head']].commits[-1]}",
        **{name: side[name] for name in (*shared, *more)},
        "merged_at": pull["merged_at"],
        "merge_commit_sha": pull["merge_commit_sha"],
        "requested_reviewers": [],
        "requested_teams": [],
        "draft": pull["draft"],
        "head": _side(turn, repo, pull["head"]),
        "base": _side(turn, repo, pull["base"]),
        "auto_merge": None,
        "_links": {
            "self": {"href": url},
            "html": {"href": site},
            "issue": {"href": side["url"]},
            "comments": {"href": side["comments_url"]},
            "review_comments": {"href": f"{url}/comments"},
            "review_comment": {"href": f"{root}/pulls/comments{{/number}}"},
            "commits": {"href": f"{url}/commits"},
            "statuses": {"href": f"{root}/statuses/{repo.branches[pull['head']].commits[-1]}"},
        },
    }
    if is_full:
        is_merged = pull["merged_at"] is not None
        shown |= {
            "merged": is_merged,
            "mergeable": None if is_merged else True,
            "mergeable_state": "unknown" if is_merged else "clean",
            "merged_by": shapes.user(turn.base, turn.world, turn.world.login) if is_merged else None,
            "comments": record["comments"],
            "review_comments": 0,
            "maintainer_can_modify": False,
            "commits": 1,
            "additions": 0,
            "deletions": 0,
            "changed_files": 1,
        }
    return shown


_REPO = "/repos/{owner}/{repo}"
ROUTES = {
    f"GET {_REPO}/pulls": listed,
    f"POST {_REPO}/pulls": create,
    f"GET {_REPO}/pulls/{{number}}": get,
    f"PATCH {_REPO}/pulls/{{number}}": update,
    f"PUT {_REPO}/pulls/{{number}}/merge": merge,
    f"GET {_REPO}/pulls/{{number}}/reviews": list_reviews,
    f"POST {_REPO}/pulls/{{number}}/reviews": create_review,
}
