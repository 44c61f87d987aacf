"""GitHub's search through issues and repositories, as far as its common qualifiers go."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.github import shapes
from penstock.sandbox.vendors.github.world import Repository, Turn, World, invalid
from penstock.sandbox.wire import Json

MOST_FOUND = 1000  # search never gives more (docs.github.com/rest/search)
Test = Callable[[Record], bool]
Found = tuple[Repository, Record]


def search_issues(turn: Turn) -> Json:
    """Answer search/issues: words in title or body, and repo:, is:, state:, label:, author:."""
    text = turn.query.get("q", "")
    if not text.strip():
        raise invalid("Search", "q", "missing")
    repos, tests = _read(turn.world, text)

    def keep(record: Record) -> bool:
        return all(test(record) for test in tests)

    def show(pair: Found) -> Json:
        return {**shapes.issue(turn.base, turn.world, *pair), "score": 1.0}

    found = [(repo, record) for repo in repos for record in repo.issues.page(len(repo.issues), keep=keep)[0]]
    shown = turn.page_of(found[:MOST_FOUND], show)
    return {
        "total_count": len(found),
        "incomplete_results": False,
        "items": shown,
        "search_type": "lexical",
    }


def _read(world: World, text: str) -> tuple[list[Repository], list[Test]]:
    """Return the repositories to look in and the tests an issue has to pass. Raises Refusal."""
    repos = list(world.repositories.values())
    tests: list[Test] = []
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    for word in words:
        name, colon, value = word.partition(":")
        if name == "repo" and colon:
            repos = [repo for repo in repos if repo.full_name.lower() == value.lower()]
            if not repos:
                raise invalid("Search", "q", "invalid", "The listed repositories cannot be searched.")
        else:
            test = _test(name, value) if colon else _contains(word.lower())
            tests += [test] if test else []
    return repos, tests


def _test(name: str, value: str) -> Test | None:
    """Return a qualifier's test, None for one that is not known: GitHub passes over it."""
    match name, value:
        case (("is" | "type"), "issue"):
            return lambda record: not record["pull"]
        case (("is" | "type"), "pr"):
            return lambda record: bool(record["pull"])
        case (("is" | "state"), ("open" | "closed")):
            return lambda record: bool(record["state"] == value)
        case "label", _:
            return lambda record: value in record["labels"]
        case "author", _:
            return lambda record: bool(record["user"] == value)
    return None


def _contains(word: str) -> Test:
    return lambda record: word in f"{record['title']} {record['body']}".lower()


def search_repositories(turn: Turn) -> Json:
    words = turn.query.get("q", "").lower().split()
    if not words:
        raise invalid("Search", "q", "missing")
    plain = [word for word in words if ":" not in word]
    found = [
        repo
        for repo in turn.world.repositories.values()
        if all(word in f"{repo.full_name} {repo.record['description']}".lower() for word in plain)
    ]
    shown = turn.page_of(found, lambda repo: {**shapes.repository(turn.base, turn.world, repo), "score": 1.0})
    return {"total_count": len(found), "incomplete_results": False, "items": shown}


ROUTES = {
    "GET /search/issues": search_issues,
    "GET /search/repositories": search_repositories,
}
