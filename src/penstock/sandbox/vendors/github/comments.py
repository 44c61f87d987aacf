"""GitHub's comments on issues and pull requests."""

from __future__ import annotations

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.github import shapes
from penstock.sandbox.vendors.github.issues import named
from penstock.sandbox.vendors.github.world import Repository, Turn, not_found
from penstock.sandbox.wire import Json


def create_comment(turn: Turn) -> Json:
    repo = turn.repository()
    record = named(turn, repo)
    turn.need("body")
    id = turn.world.next_id(2_000_000_000)
    comment = {
        "id": id,
        "issue": record["number"],
        "body": turn.given["body"],
        "user": turn.world.login,
        "created_at": turn.now,
        "updated_at": turn.now,
    }
    repo.comments.add(str(id), comment)
    record |= {"comments": record["comments"] + 1, "updated_at": turn.now}
    turn.created(
        "issueComments.create", id, repository=repo.full_name, issue=record["number"], body=comment["body"]
    )
    return shapes.comment(turn.base, turn.world, repo, comment)


def list_comments(turn: Turn) -> Json:
    repo = turn.repository()
    record = named(turn, repo)

    def show(comment: Record) -> Json:
        return shapes.comment(turn.base, turn.world, repo, comment)

    return turn.page(repo.comments, show, where=("issue", record["number"]), is_newest_first=False)


def get_comment(turn: Turn) -> Json:
    repo = turn.repository()
    return shapes.comment(turn.base, turn.world, repo, _comment(turn, repo))


def update_comment(turn: Turn) -> Json:
    repo = turn.repository()
    comment = _comment(turn, repo)
    turn.need("body")
    comment |= {"body": turn.given["body"], "updated_at": turn.now}
    turn.changed("issueComments.update", comment["id"], repository=repo.full_name, body=comment["body"])
    return shapes.comment(turn.base, turn.world, repo, comment)


def delete_comment(turn: Turn) -> None:
    repo = turn.repository()
    comment = _comment(turn, repo)
    repo.comments.remove(str(comment["id"]))
    issue = repo.issues.get(str(comment["issue"]))
    if issue is not None:
        issue["comments"] -= 1
    turn.changed("issueComments.delete", comment["id"], repository=repo.full_name)
    turn.status = 204


def _comment(turn: Turn, repo: Repository) -> Record:
    comment = repo.comments.get(turn.values["comment_id"])
    if comment is None:
        raise not_found()
    return comment


_REPO = "/repos/{owner}/{repo}"
ROUTES = {
    f"GET {_REPO}/issues/{{number}}/comments": list_comments,
    f"POST {_REPO}/issues/{{number}}/comments": create_comment,
    f"GET {_REPO}/issues/comments/{{comment_id}}": get_comment,
    f"PATCH {_REPO}/issues/comments/{{comment_id}}": update_comment,
    f"DELETE {_REPO}/issues/comments/{{comment_id}}": delete_comment,
}
