"""Mailchimp as the sandbox plays it: keys, ten connections at once, problem documents. The rest is beside this.

Sources: mailchimp.com/developer/marketing/api and /docs/errors, /docs/fundamentals (limits).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

from penstock.sandbox.keys import KeyRing
from penstock.sandbox.limits import AtOnce, read_figures
from penstock.sandbox.routes import Routes
from penstock.sandbox.state import Ids
from penstock.sandbox.vendors import Setup
from penstock.sandbox.vendors.mailchimp import audiences, campaigns, members, tags
from penstock.sandbox.vendors.mailchimp.world import Problem, Turn, World, not_found, read_body, select
from penstock.sandbox.wire import Answer, Incoming, Json, json_answer, parse_pairs

DATA_CENTRE = "us21"
# developer/marketing/docs/fundamentals/#api-limits: connections at once for each user
FIGURES = {"connections": 10.0}
# A limit on connections means nothing to a server that answers at once: this one takes its time over each.
SERVICE_S = 0.02
Operation = Callable[[Turn], Json]
ROUTES: Routes[Operation] = Routes({**audiences.ROUTES, **members.ROUTES, **tags.ROUTES, **campaigns.ROUTES})


def open_vendor(setup: Setup) -> Mailchimp:
    """Return a new Mailchimp."""
    return Mailchimp(setup)


class Mailchimp:
    """Answer as {dc}.api.mailchimp.com/3.0 does."""

    name = "mailchimp"
    base_path = "/3.0"
    base_parameters = {"dc": DATA_CENTRE}  # noqa: RUF012 - never changed
    credential_field = "api_key"
    has_stored_failures = False

    def __init__(self, setup: Setup) -> None:
        self._clock = setup.clock
        self._ids = Ids(setup.random)
        self._figures = read_figures(setup.limits, self.name, FIGURES, ("connections",))
        self._connections: dict[str, AtOnce] = {}
        self._worlds: dict[str, World] = {}
        self.service_s = SERVICE_S if self._figures else 0.0
        self.keys = KeyRing(self.name, lambda name: f"sandbox{name}-{DATA_CENTRE}")

    def answer(self, request: Incoming) -> Answer:
        account: str | None = None
        release: list[Callable[[], None]] = []
        try:
            account = self._sign_in(request)
            release = self._enter(account)
            answer = self._answer(request, self._world(account))
        except Problem as exc:
            answer = exc.answer(self._ids.uuid())
        answer.account = account
        answer.release += release
        return self._finish(answer)

    def throttled(self, request: Incoming) -> Answer:
        return self._finish(_throttle(10).answer(self._ids.uuid()))

    def failed(self, request: Incoming) -> Answer:
        problem = Problem(500, "Internal Server Error", "An unexpected internal error has occurred.")
        return self._finish(problem.answer(self._ids.uuid()))

    def _answer(self, request: Incoming, world: World) -> Answer:
        if request.method == "POST" and request.path.rstrip("/") == "/3.0/batches":
            return self._run_batch(request, world)
        if request.method == "GET" and request.path.startswith("/3.0/batch-results/"):
            packed = campaigns.pack_results(world, request.path.rpartition("/")[2])
            if packed is None:
                raise not_found()
            return Answer(200, packed, [("Content-Type", "application/gzip")])
        found = ROUTES.find(request.method, request.path)
        if found is None:
            known = ROUTES.methods(request.path)
            if known:
                raise Problem(
                    405,
                    "Method Not Allowed",
                    f"The requested method and resource are not compatible. Allowed: {', '.join(known)}.",
                )
            raise not_found()
        _, operation, values = found
        given = read_body(request) if request.method in ("POST", "PUT", "PATCH") else {}
        query = dict(parse_pairs(request.query))
        turn = Turn(world, request, request.at, values, query, given)
        value = operation(turn)
        if turn.status == 204:
            answer = Answer(204)
        else:
            answer = json_answer(turn.status, select(value, query.get("fields"), query.get("exclude_fields")))
        answer.effects = turn.effects
        return answer

    def _run_batch(self, request: Incoming, world: World) -> Answer:
        """Run a batch's calls at once; a client that asks for the batch finds it finished."""
        results: list[tuple[str, int, bytes]] = []
        answer = Answer(200)
        for operation_id, method, path, query, body in campaigns.read_operations(read_body(request)):
            path = path if path.startswith("/") else f"/{path}"
            path = path if path.startswith("/3.0/") else f"/3.0{path}"
            inner = replace(request, method=method, path=path, query=query, body=body)
            try:
                done = self._answer(inner, world)
            except Problem as exc:
                done = exc.answer(self._ids.uuid())
            answer.effects += done.effects
            results.append((operation_id, done.status, done.body))
        record = campaigns.keep_batch(world, results, request.at, request.base)
        pending = {
            **record,
            "status": "pending",
            "finished_operations": 0,
            "errored_operations": 0,
            "completed_at": "",
        }
        pending["response_body_url"] = ""
        shown = json_answer(200, pending)
        answer.body, answer.headers = shown.body, shown.headers
        return answer

    def _sign_in(self, request: Incoming) -> str:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given).decode().partition(":")[2]
            except ValueError:
                given = ""
        given = given.removeprefix("apikey ")
        if not given:
            raise Problem(401, "API Key Missing", "Your request did not include an API key.")
        account = self.keys.account(given)
        if account is None or self.keys.is_revoked(given):
            raise Problem(
                401,
                "API Key Invalid",
                "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
            )
        return account

    def _enter(self, account: str) -> list[Callable[[], None]]:
        """Count a connection in and return what counts it out. Raises Problem (429)."""
        if self._figures is None:
            return []
        amount = self._figures["connections"]
        connections = self._connections.setdefault(account, AtOnce(amount))
        if not connections.enter():
            raise _throttle(int(amount))
        return [connections.leave]

    def _world(self, account: str) -> World:
        world = self._worlds.get(account)
        if world is None:
            world = self._worlds[account] = World(self._ids)
            audiences.fill(world, self._clock.wall())
        return world

    def _finish(self, answer: Answer) -> Answer:
        answer.headers.append(("X-Request-Id", self._ids.uuid()))
        return answer


def _throttle(amount: int) -> Problem:
    """Return the 429: no header says when to come back."""
    return Problem(
        429, "Too Many Requests", f"You have exceeded the limit of {amount} simultaneous connections."
    )
