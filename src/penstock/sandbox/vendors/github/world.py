"""One GitHub account in memory: its user, an organisation, repositories; and how GitHub says no."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from penstock.sandbox.state import Ids, Record, Table
from penstock.sandbox.wire import Answer, Effect, Incoming, Json, Pairs, iso_time, json_answer

DOCS = "https://docs.github.com/rest"
DEFAULT_PAGE, MOST_PER_PAGE = 30, 100
ORGANISATION = "sandbox-org"


class Refusal(Exception):
    """An answer other than success. `has_limit_headers` is False for the secondary limit, which has none."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        docs: str = DOCS,
        errors: list[dict[str, str]] | None = None,
        headers: Pairs | None = None,
        has_limit_headers: bool = True,
    ) -> None:
        super().__init__(message)
        self.status, self.headers, self.has_limit_headers = status, headers or [], has_limit_headers
        self.body: dict[str, Any] = {"message": message}
        if errors:
            self.body["errors"] = errors
        self.body |= {"documentation_url": docs, "status": str(status)}

    def answer(self) -> Answer:
        """Return the answer."""
        return json_answer(self.status, self.body, list(self.headers))


def not_found() -> Refusal:
    """Return the 404: for what is not there, and for what the token may not see."""
    return Refusal(404, "Not Found")


def invalid(resource: str, field: str, code: str, message: str | None = None) -> Refusal:
    """Return the 422 about one field; `code` is missing_field, invalid, already_exists or custom."""
    error = {"resource": resource, "code": code, "field": field}
    if message:
        error["message"] = message
    return Refusal(422, "Validation Failed", errors=[error])


@dataclass(slots=True)
class Branch:
    """A branch: the commits that led to it, oldest first, and its files by path."""

    name: str
    commits: list[str]
    files: dict[str, bytes]


@dataclass(slots=True)
class Repository:
    """One repository and everything in it."""

    id: int
    owner: str
    name: str
    record: Record
    issues: Table = field(default_factory=lambda: Table("state", "kind_state"))  # pull requests among them
    comments: Table = field(default_factory=lambda: Table("issue"))
    reviews: Table = field(default_factory=lambda: Table("pull"))
    labels: dict[str, Record] = field(default_factory=dict)
    releases: Table = field(default_factory=Table)
    hooks: Table = field(default_factory=Table)
    workflows: Table = field(default_factory=Table)
    runs: Table = field(default_factory=Table)
    branches: dict[str, Branch] = field(default_factory=dict)
    commits: dict[str, Record] = field(default_factory=dict)
    numbers: int = 0  # issues and pull requests are numbered together

    @property
    def full_name(self) -> str:
        """Return owner/name."""
        return f"{self.owner}/{self.name}"

    def branch(self, name: str | None) -> Branch:
        """Return a branch, the default one for None. Raises Refusal (404)."""
        found = self.branches.get((name or self.record["default_branch"]).removeprefix("refs/heads/"))
        if found is None:
            raise Refusal(404, f"No commit found for the ref {name}")
        return found


class World:
    """Hold everything one account sees."""

    def __init__(self, ids: Ids, login: str, user_id: int) -> None:
        self.ids = ids
        self.login, self.user_id = login, user_id
        self.organisations = {ORGANISATION: 9_000_001}
        self.users = {login: user_id, "mona-sandbox": 700_001, "hubot-sandbox": 700_002}
        self.repositories: dict[str, Repository] = {}

    def next_id(self, start: int) -> int:
        """Return a number no other thing of the kind has; `start` tells the kinds apart."""
        return self.ids.next(f"github {start}", start, 7)

    def sha(self, *parts: object) -> str:
        """Return forty hexadecimal digits that depend on the parts."""
        return hashlib.sha1(repr(parts).encode(), usedforsecurity=False).hexdigest()

    def add_repository(self, owner: str, name: str, given: dict[str, Any], at: float) -> Repository:
        """Keep a new repository with one commit on main and return it."""
        now = iso_time(at)
        record: Record = {
            "description": given.get("description"),
            "private": bool(given.get("private", False)),
            "homepage": given.get("homepage"),
            "default_branch": "main",
            "archived": False,
            "has_issues": given.get("has_issues", True),
            "topics": [],
            "created_at": now,
            "updated_at": now,
            "pushed_at": now,
        }
        repository = Repository(self.next_id(1_300_000), owner, name, record)
        repository.branches["main"] = Branch("main", [], {})
        self.commit(repository, "main", "Initial commit", {"README.md": f"# {name}\n".encode()}, at)
        for label, colour in (("bug", "d73a4a"), ("enhancement", "a2eeef"), ("question", "d876e3")):
            repository.labels[label] = {"id": self.next_id(208_000), "name": label, "color": colour}
        self.repositories[repository.full_name.lower()] = repository
        return repository

    def commit(
        self,
        repository: Repository,
        branch_name: str,
        message: str,
        files: dict[str, bytes | None],
        at: float,
    ) -> Record:
        """Put a commit on a branch: None deletes a file. Return the commit's record."""
        branch = repository.branches[branch_name]
        parent = branch.commits[-1] if branch.commits else None
        sha = self.sha(repository.id, message, parent, len(repository.commits), sorted(files))
        record = {
            "sha": sha,
            "message": message,
            "date": iso_time(at),
            "parents": [parent] if parent else [],
            "paths": sorted(files),
        }
        repository.commits[sha] = record
        branch.commits.append(sha)
        for path, content in files.items():
            if content is None:
                branch.files.pop(path, None)
            else:
                branch.files[path] = content
        repository.record["pushed_at"] = iso_time(at)
        return record


@dataclass(slots=True)
class Turn:
    """One call on its way: the account, the path's values, the query, the body, what has changed."""

    world: World
    request: Incoming
    values: dict[str, str]
    query: dict[str, str]
    given: dict[str, Any] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    status: int = 200
    headers: Pairs = field(default_factory=list)

    @property
    def base(self) -> str:
        """Return the address the API answers at."""
        return self.request.base

    @property
    def now(self) -> str:
        """Return the time as GitHub writes it."""
        return iso_time(self.request.at)

    def repository(self) -> Repository:
        """Return the repository the path names. Raises Refusal (404)."""
        name = f"{self.values['owner']}/{self.values['repo']}".lower()
        found = self.world.repositories.get(name)
        if found is None:
            raise not_found()
        return found

    def need(self, *names: str) -> None:
        """Raise Refusal (422) unless the body has every one of these."""
        for name in names:
            if self.given.get(name) in (None, ""):
                raise Refusal(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')

    def changed(self, kind: str, id: object, **key: Any) -> None:
        """Note an effect."""
        self.effects.append(
            Effect(kind, str(id), {k: v for k, v in key.items() if v not in (None, "", [], {})})
        )

    def created(self, kind: str, id: object, **key: Any) -> None:
        """Note an effect and answer 201."""
        self.changed(kind, id, **key)
        self.status = 201

    def page(
        self,
        table: Table,
        show: Callable[[Record], Json],
        *,
        where: tuple[str, Any] | None = None,
        is_newest_first: bool = True,
        keep: Callable[[Record], bool] | None = None,
    ) -> list[Json]:
        """Return a page of a table and set its Link field."""
        size, number = self.page_size()
        if keep is not None:
            every, _ = table.page(len(table), is_newest_first=is_newest_first, where=where, keep=keep)
            return self.page_of(every, show)
        offset = (number - 1) * size
        found, _ = table.page(size, offset=offset, is_newest_first=is_newest_first, where=where)
        self._link(table.count(where), size, number)
        return [show(record) for record in found]

    def page_of(self, every: list[Any], show: Callable[[Any], Json]) -> list[Json]:
        """Return a page of a list and set its Link field."""
        size, number = self.page_size()
        self._link(len(every), size, number)
        return [show(record) for record in every[(number - 1) * size : number * size]]

    def page_size(self) -> tuple[int, int]:
        """Return per_page (held to 100) and page, as GitHub reads them: nonsense is the default."""
        size = _read_number(self.query.get("per_page"), DEFAULT_PAGE)
        return min(size, MOST_PER_PAGE), _read_number(self.query.get("page"), 1)

    def _link(self, total: int, size: int, number: int) -> None:
        last = max(1, -(-total // size))
        rels: list[tuple[str, int]] = []
        if number > 1:
            rels.append(("prev", min(number - 1, last)))
        if number < last:
            rels += [("next", number + 1), ("last", last)]
        if number > 1:
            rels.append(("first", 1))
        if rels:
            self.headers.append(
                ("Link", ", ".join(f'<{self._page_url(page)}>; rel="{rel}"' for rel, page in rels))
            )

    def _page_url(self, page: int) -> str:
        pairs = [(name, value) for name, value in self.request.query_pairs() if name != "page"]
        return f"{self.base}{self.request.path}?{urlencode([*pairs, ('page', str(page))])}"


def _read_number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and int(text) > 0 else default


def read_body(request: Incoming) -> dict[str, Any]:
    """Return the JSON object of a body. Raises Refusal (400) for what is none."""
    if not request.body.strip():
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refusal(400, "Problems parsing JSON") from None
    if not isinstance(body, dict):
        raise Refusal(400, "Body should be a JSON object")
    return body


def node_id(prefix: str, number: int | str) -> str:
    """Return a global id in the manner of GitHub's."""
    digest = hashlib.sha1(f"{prefix}{number}".encode(), usedforsecurity=False).hexdigest()
    return f"{prefix}_kwDO{digest[:12]}"


def names_of(values: Iterable[Any]) -> list[str]:
    """Return the names in a list of names or of objects with one."""
    return [str(value["name"] if isinstance(value, dict) else value) for value in values]
