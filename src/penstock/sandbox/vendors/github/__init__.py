"""GitHub as the sandbox plays it: User-Agent, tokens, limits, ETags, errors. The rest is beside this file.

Sources: docs.github.com/rest, its OpenAPI description (github/rest-api-description).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from penstock.sandbox.keys import KeyRing
from penstock.sandbox.limits import read_figures
from penstock.sandbox.routes import Routes
from penstock.sandbox.state import HEX, Ids
from penstock.sandbox.vendors import Setup
from penstock.sandbox.vendors.github import automation, code, comments, issues, pulls, repos, search
from penstock.sandbox.vendors.github.limits import FIGURES, Counter, secondary
from penstock.sandbox.vendors.github.world import ORGANISATION, Refusal, Turn, World, not_found, read_body
from penstock.sandbox.wire import Answer, Incoming, Json, Pairs, json_answer, parse_pairs

VERSIONS = ("2022-11-28", "2026-03-10")
ANYONE = "anyone"  # the account of requests without a token: reads what is public
LOGINS = {"default": ("sandbox-user", 500_001), "second": ("second-user", 500_002)}
Operation = Callable[[Turn], Json]
_MODULES = (issues, comments, search, pulls, code, repos, automation)
ROUTES: Routes[Operation] = Routes({text: run for part in _MODULES for text, run in part.ROUTES.items()})


def open_vendor(setup: Setup) -> GitHub:
    """Return a new GitHub."""
    return GitHub(setup)


class GitHub:
    """Answer as api.github.com does."""

    name = "github"
    base_path = ""
    base_parameters: dict[str, str] = {}  # noqa: RUF012 - nothing of GitHub's base URL is its users'
    credential_field = "token"
    service_s = 0.0
    has_stored_failures = False

    def __init__(self, setup: Setup) -> None:
        self._clock = setup.clock
        self._ids = Ids(setup.random)
        self._figures = read_figures(setup.limits, self.name, FIGURES, ("core",))
        self._counters: dict[str, Counter] = {}
        self._worlds: dict[str, World] = {}
        self.keys = KeyRing(self.name, lambda name: "_".join(("ghp", "sandbox", name)))

    def answer(self, request: Incoming) -> Answer:
        if not request.headers.get("User-Agent"):
            return self._finish(_no_user_agent(), request, None)
        account: str | None = None
        counter: Counter | None = None
        try:
            account = self._sign_in(request)
            counter = self._counter(account)
            answer = self._answer(request, account, counter)
        except Refusal as exc:
            answer = exc.answer()
            if not exc.has_limit_headers:
                counter = None
        answer.account = account
        return self._finish(answer, request, counter)

    def throttled(self, request: Incoming) -> Answer:
        """Refuse as the secondary limit may: 429, and this once it says when to come back."""
        return self._finish(secondary([("Retry-After", "1")], 429).answer(), request, None)

    def failed(self, request: Incoming) -> Answer:
        return self._finish(Refusal(500, "Server Error").answer(), request, None)

    def _answer(self, request: Incoming, account: str, counter: Counter) -> Answer:
        version = request.headers.get("X-GitHub-Api-Version")
        if version and version not in VERSIONS:
            raise Refusal(400, f'"{version}" is not a supported version. Supported: {", ".join(VERSIONS)}.')
        if request.method == "GET" and request.path == "/rate_limit":
            return json_answer(200, counter.describe())
        world = self._world(account)
        counter.check(request.path, world.user_id)
        found = ROUTES.find(request.method, request.path)
        route = found[0] if found else request.path
        counter.enter(route, request.method, is_content=_is_content(route))
        try:
            if found is None:
                raise not_found()
            answer = self._run(request, account, world, found[1], found[2])
        except Refusal as exc:
            answer = exc.answer()
        answer.release.append(counter.leave)
        if answer.status != 304:  # a 304 does not count when signed in
            counter.take(request.path)
        return answer

    def _run(
        self, request: Incoming, account: str, world: World, operation: Operation, values: dict[str, str]
    ) -> Answer:
        if account == ANYONE and (request.method != "GET" or request.path in ("/user", "/user/repos")):
            raise Refusal(401, "Requires authentication")
        given = read_body(request) if request.method != "GET" else {}
        turn = Turn(world, request, values, dict(parse_pairs(request.query)), given)
        value = operation(turn)
        answer = Answer(204) if turn.status == 204 else json_answer(turn.status, value)
        answer.headers += turn.headers
        answer.effects = turn.effects
        if request.method == "GET":
            _tag(answer, request)
        return answer

    def _sign_in(self, request: Incoming) -> str:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return ANYONE
        account = self.keys.account(given.strip()) if scheme.lower() in ("bearer", "token") else None
        if account is None or self.keys.is_revoked(given.strip()):
            raise Refusal(401, "Bad credentials", has_limit_headers=False)
        return account

    def _counter(self, account: str) -> Counter:
        counter = self._counters.get(account)
        if counter is None:
            counter = Counter(self._clock, self._figures, is_signed_in=account != ANYONE)
            self._counters[account] = counter
        return counter

    def _world(self, account: str) -> World:
        name = "default" if account == ANYONE else account
        world = self._worlds.get(name)
        if world is None:
            world = self._worlds[name] = World(self._ids, *LOGINS[name])
            _fill(world, self._clock.wall())
        return world

    def _finish(self, answer: Answer, request: Incoming, counter: Counter | None) -> Answer:
        digits = self._ids.text(24, HEX).upper()
        request_id = f"{digits[:4]}:{digits[4:10]}:{digits[10:16]}:{digits[16:]}"
        fields: Pairs = [
            ("X-GitHub-Media-Type", "github.v3; format=json"),
            ("X-GitHub-Request-Id", request_id),
            ("X-GitHub-Api-Version-Selected", request.headers.get("X-GitHub-Api-Version", VERSIONS[0])),
        ]
        if counter is not None:
            fields += counter.headers(request.path)
        answer.headers += fields
        return answer


def _is_content(route: str) -> bool:
    """Say whether a call makes content: what is posted (but for a workflow's start), and files put."""
    return (route.startswith("POST ") and not route.endswith("/dispatches")) or route.startswith(
        "PUT /repos/{owner}/{repo}/contents"
    )


def _tag(answer: Answer, request: Incoming) -> None:
    """Give an answer its ETag, and make it a 304 where the client has it already."""
    tag = f'W/"{hashlib.blake2b(answer.body, digest_size=32).hexdigest()}"'
    answer.headers.append(("ETag", tag))
    known = request.headers.get("If-None-Match", "")
    if answer.status == 200 and known and tag.removeprefix("W/") in known:
        answer.status, answer.body = 304, b""


def _no_user_agent() -> Answer:
    text = (
        "Request forbidden by administrative rules. Please make sure your request has a User-Agent header "
        "(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check "
        "https://developer.github.com for other possible causes.\n"
    )
    return Answer(403, text.encode(), [("Content-Type", "text/html; charset=utf-8")])


def _fill(world: World, at: float) -> None:
    """Put an organisation's repository with 250 issues and one of the user's own into a new account."""
    demo = world.add_repository(
        ORGANISATION, "demo", {"description": "Sample data of the sandbox"}, at - 1_000_000
    )
    for index in range(1, 41):
        content = f"step {index}\n".encode()
        world.commit(
            demo, "main", f"Step {index}", {f"docs/step-{index:02d}.md": content}, at - 900_000 + index * 600
        )
    issues.fill(world, demo, at)
    id = world.next_id(20_000)
    demo.workflows.add(
        str(id),
        {
            "id": id,
            "name": "CI",
            "path": ".github/workflows/ci.yml",
            "state": "active",
            "created_at": demo.record["created_at"],
            "updated_at": demo.record["created_at"],
        },
    )
    world.add_repository(world.login, "notes", {"description": "A repository of one's own"}, at - 500_000)
