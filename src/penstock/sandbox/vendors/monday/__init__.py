"""monday.com as the sandbox plays it: a board on the Pro plan with 230 items in two groups.

Sources: the pages named in integrations/monday.py; what monday-api-python-sdk, monday.com's own client, asks and reads.
A change costs 10,000 points, a field one, a page its rows. Boards and items one asks for and there are none of are left
out of the answer, as monday.com does.
"""

from __future__ import annotations

from graphql import GraphQLError

from penstock.integrations.monday import integration
from penstock.sandbox.limits import Window, read_figures
from penstock.sandbox.rest.counting import Asked
from penstock.sandbox.rest.graph import GraphTurn, GraphVendor, Play
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.monday import changes, reading, world
from penstock.sandbox.wire import Answer, Json, Pairs, json_answer

FIGURES = {"complexity": 1e7, "minute": 2500.0, "day": 10_000.0}  # of the Pro plan
_SPANS = {"complexity": 60.0, "minute": 60.0, "day": 86_400.0}
_WRITE = 10_000.0


def open_vendor(setup: Setup) -> Vendor:
    """Return monday.com."""
    return GraphVendor(setup, integration, PLAY, Budget(setup))


def _price(asked: Asked) -> float:
    if asked.name == "complexity":
        return 0.0
    if asked.is_leaf:
        return 1.0
    return (_WRITE if asked.parent == "Mutation" else 1.0) + (asked.size or 1) * asked.inner


class Budget:
    """Hold an account to its points and calls a minute, and its calls a day."""

    def __init__(self, setup: Setup) -> None:
        self._figures = read_figures(setup.limits, "monday", FIGURES, ("complexity",))
        self._windows: dict[tuple[str, str], Window] = {}

    def admit(self, turn: GraphTurn) -> Answer | None:
        figures, now = self._figures or FIGURES, turn.request.at
        windows = {name: self._window(turn.account, name, figures[name]) for name in FIGURES}
        costs = {"complexity": turn.cost, "minute": 1.0, "day": 1.0}
        for name, window in windows.items() if self._figures is not None else ():
            if wait_s := window.wait(now, costs[name]):
                return self._refuse(name, wait_s)
        for name, window in windows.items():
            window.take(now, costs[name])
        turn.left, turn.reset_in_s = windows["complexity"].left(now)
        return None

    def fields(self, turn: GraphTurn) -> Pairs:
        return []

    def refusal(self, wait_s: float) -> Answer:
        return self._refuse("complexity", wait_s)

    def _refuse(self, name: str, wait_s: float) -> Answer:
        """Return the refusal as monday.com has it: points in a 200, calls in a 429, a day's without a time."""
        told = {"retry_in_seconds": int(wait_s) + 1, "status_code": 429}
        if name == "complexity":
            return _error("Complexity budget exhausted", "COMPLEXITY_BUDGET_EXHAUSTED", 200, told)
        if name == "minute":
            return _error("Minute limit rate exceeded", "RATE_LIMIT_EXCEEDED", 429, told)
        return _error("Daily limit exceeded", "DAILY_LIMIT_EXCEEDED", 429, {"status_code": 429})

    def _window(self, account: str, name: str, amount: float) -> Window:
        return self._windows.setdefault((account, name), Window(amount, _SPANS[name]))


def _error(message: str, code: str, status: int, more: dict[str, Json]) -> Answer:
    return json_answer(status, {"errors": [{"message": message, "extensions": {"code": code, **more}}]})


def _describe(error: GraphQLError) -> Json:
    """Return an error as monday.com writes it; of a document the message alone."""
    return dict(error.formatted)


PLAY = Play(
    key="eyJhbGciOiJIUzI1NiJ9.sandbox.{name}",
    package="penstock.sandbox.vendors.monday",
    resolvers={**reading.RESOLVERS, **changes.RESOLVERS},
    price=_price,
    seed=world.seed,
    describe=_describe,
    unknown=lambda: json_answer(401, {"errors": ["Not Authenticated"]}),
    failed=lambda: _error("Internal server error", "INTERNAL_SERVER_ERROR", 500, {"status_code": 500}),
    parameters={"plan": "pro"},
)
