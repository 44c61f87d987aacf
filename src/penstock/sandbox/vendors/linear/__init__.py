"""Linear as the sandbox plays it: one team with 230 issues, its states, labels, people and a project.

Sources: the pages named in integrations/linear.py; github.com/linear/linear packages/sdk (schema, error types). A property
counts a tenth, an object one, a connection its rows (fifty unless said). Filters know id, team, state and identifier by eq.
"""

from __future__ import annotations

import math

from graphql import GraphQLError

from penstock.integrations.linear import integration
from penstock.sandbox.limits import Points, read_figures
from penstock.sandbox.rest.counting import Asked
from penstock.sandbox.rest.graph import GraphTurn, GraphVendor, Play
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.linear import changes, reading, world
from penstock.sandbox.wire import Answer, Json, Pairs, json_answer

FIGURES = {
    "requests": 5000.0,
    "complexity": 3_000_000.0,
    "query": 10_000.0,
}  # an hour, an hour, one query at most
HOUR_S = 3600.0
_BUDGETS = ("requests", "complexity")


def open_vendor(setup: Setup) -> Vendor:
    """Return Linear."""
    return GraphVendor(setup, integration, PLAY, Hourly(setup))


def _price(asked: Asked) -> float:
    if asked.is_leaf:
        return 0.1
    return 1.0 + (asked.size or 50) * asked.inner if asked.is_connection else 1.0 + asked.inner


class Hourly:
    """Hold requests and complexity to so many an hour, each in a leaky bucket of its own."""

    def __init__(self, setup: Setup) -> None:
        self._figures = read_figures(setup.limits, "linear", FIGURES, ("requests",))
        self._clock = setup.clock
        self._buckets: dict[tuple[str, str], Points] = {}

    def admit(self, turn: GraphTurn) -> Answer | None:
        turn.cost = math.ceil(turn.cost)
        figures = self._figures or FIGURES
        if turn.cost > figures["query"]:
            return _refuse("Query too complex", "INPUT_ERROR", "invalid input")
        if self._figures is None:
            return None
        now = self._clock.monotonic()
        wants = {
            name: (self._bucket(turn.account, name), 1.0 if name == "requests" else turn.cost)
            for name in _BUDGETS
        }
        if any(bucket.wait(amount, now) > 0 for bucket, amount in wants.values()):
            answer = _refuse("Rate limit exceeded", "RATELIMITED", "ratelimited")
            answer.headers += self.fields(turn)
            return answer
        for bucket, amount in wants.values():
            bucket.take(amount, now)
        return None

    def fields(self, turn: GraphTurn) -> Pairs:
        pairs: Pairs = [("X-Complexity", str(int(turn.cost)))]
        if self._figures is None:
            return pairs
        now = self._clock.monotonic()
        for name in _BUDGETS:
            bucket = self._bucket(turn.account, name)
            reset_ms = int((turn.request.at + bucket.wait(bucket.capacity, now)) * 1000) + 1
            title = f"X-RateLimit-{name.title()}"
            pairs += [(f"{title}-Limit", f"{bucket.capacity:.0f}"), (f"{title}-Remaining", str(int(bucket.available(now)))),
                      (f"{title}-Reset", str(reset_ms))]  # fmt: skip
        return pairs

    def refusal(self, wait_s: float) -> Answer:
        return _refuse("Rate limit exceeded", "RATELIMITED", "ratelimited")

    def _bucket(self, account: str, name: str) -> Points:
        bucket = self._buckets.get((account, name))
        if bucket is None:
            amount = (self._figures or FIGURES)[name]
            bucket = self._buckets[account, name] = Points(amount, amount / HOUR_S, jitter_s=0.05)
        return bucket


def _refuse(message: str, code: str, kind: str, status: int = 400) -> Answer:
    extensions = {"type": kind, "code": code, "statusCode": status, "userPresentableMessage": message}
    return json_answer(status, {"errors": [{"message": message, "extensions": extensions}]})


def _describe(error: GraphQLError) -> Json:
    """Return an error as Linear writes it: its own with code and type, a document's as a validation error."""
    shown = dict(error.formatted)
    if not error.extensions:
        shown["extensions"] = {
            "code": "GRAPHQL_VALIDATION_FAILED",
            "type": "graphql error",
            "userError": True,
        }
    return shown


PLAY = Play(
    key="lin_api_sandbox_{name}",
    package="penstock.sandbox.vendors.linear",
    resolvers={**reading.RESOLVERS, **changes.RESOLVERS},
    price=_price,
    seed=world.seed,
    describe=_describe,
    unknown=lambda: _refuse(
        "Authentication required, not authenticated", "AUTHENTICATION_ERROR", "authentication error", 401
    ),
    failed=lambda: _refuse("Internal server error", "INTERNAL_SERVER_ERROR", "internal error", 500),
    wrong_status=400,
)
