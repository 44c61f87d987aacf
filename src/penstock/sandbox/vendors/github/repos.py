"""GitHub's users, organisations and repositories."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.vendors.github import people, shapes
from penstock.sandbox.vendors.github.world import Repository, Turn, invalid, not_found
from penstock.sandbox.wire import Json


def me(turn: Turn) -> Json:
    return people.private_user(turn.base, turn.world)


def get_user(turn: Turn) -> Json:
    login = turn.values["username"]
    if login == turn.world.login:
        return me(turn)
    if login not in turn.world.users and login not in turn.world.organisations:
        raise not_found()
    return people.public_user(turn.base, turn.world, login)


def get_organisation(turn: Turn) -> Json:
    login = turn.values["org"]
    number = turn.world.organisations.get(login)
    if number is None:
        raise not_found()
    return people.organisation(turn.base, login, number, len(_of(turn, login)))


def list_mine(turn: Turn) -> Json:
    return turn.page_of(_sorted(turn, list(turn.world.repositories.values())), _show(turn))


def list_of_organisation(turn: Turn) -> Json:
    if turn.values["org"] not in turn.world.organisations:
        raise not_found()
    return turn.page_of(_sorted(turn, _of(turn, turn.values["org"])), _show(turn))


def list_of_user(turn: Turn) -> Json:
    if turn.values["username"] not in turn.world.users:
        raise not_found()
    return turn.page_of(_sorted(turn, _of(turn, turn.values["username"])), _show(turn))


def _of(turn: Turn, owner: str) -> list[Repository]:
    return [repo for repo in turn.world.repositories.values() if repo.owner == owner]


def _sorted(turn: Turn, repos: list[Repository]) -> list[Repository]:
    """Return repositories in the order asked for: by name, or newest first by date."""
    sort = turn.query.get("sort", "full_name")
    if sort == "full_name":
        return sorted(
            repos, key=lambda repo: repo.full_name.lower(), reverse=turn.query.get("direction") == "desc"
        )
    name = {"created": "created_at", "updated": "updated_at", "pushed": "pushed_at"}.get(sort)
    if name is None:
        raise invalid("Repository", "sort", "invalid")
    return sorted(
        repos, key=lambda repo: str(repo.record[name]), reverse=turn.query.get("direction") != "asc"
    )


def create_mine(turn: Turn) -> Json:
    return _create(turn, turn.world.login)


def create_for_organisation(turn: Turn) -> Json:
    if turn.values["org"] not in turn.world.organisations:
        raise not_found()
    return _create(turn, turn.values["org"])


def _create(turn: Turn, owner: str) -> Json:
    turn.need("name")
    name = str(turn.given["name"])
    if f"{owner}/{name}".lower() in turn.world.repositories:
        raise invalid("Repository", "name", "custom", "name already exists on this account")
    repo = turn.world.add_repository(owner, name, turn.given, turn.request.at)
    turn.created("repos.create", repo.full_name, name=name)
    return _show(turn)(repo)


def get(turn: Turn) -> Json:
    return _show(turn)(turn.repository())


def update(turn: Turn) -> Json:
    repo = turn.repository()
    names = ("description", "homepage", "private", "archived", "has_issues", "default_branch")
    repo.record |= {name: turn.given[name] for name in names if name in turn.given}
    repo.record["updated_at"] = turn.now
    turn.changed("repos.update", repo.full_name)
    return _show(turn)(repo)


def delete(turn: Turn) -> None:
    repo = turn.repository()
    del turn.world.repositories[repo.full_name.lower()]
    turn.changed("repos.delete", repo.full_name)
    turn.status = 204


def _show(turn: Turn) -> Any:
    return lambda repo: shapes.repository(turn.base, turn.world, repo)


_REPO = "/repos/{owner}/{repo}"
ROUTES = {
    "GET /user": me,
    "GET /users/{username}": get_user,
    "GET /orgs/{org}": get_organisation,
    "GET /user/repos": list_mine,
    "POST /user/repos": create_mine,
    "GET /users/{username}/repos": list_of_user,
    "GET /orgs/{org}/repos": list_of_organisation,
    "POST /orgs/{org}/repos": create_for_organisation,
    f"GET {_REPO}": get,
    f"PATCH {_REPO}": update,
    f"DELETE {_REPO}": delete,
}
