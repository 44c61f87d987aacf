"""GitHub's limits: the hour of each resource with its headers, and the secondary ones without any.

Source: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api (read in November 2026).
"""

from __future__ import annotations

from penstock.clock import Clock
from penstock.sandbox.limits import AtOnce, FixedWindow, Window
from penstock.sandbox.vendors.github.world import Refusal
from penstock.sandbox.wire import Json, Pairs

FIGURES = {
    "core": 5000.0,  # an hour, all tokens of a user together
    "search": 30.0,  # a minute
    "code_search": 10.0,  # a minute
    "unauthenticated": 60.0,  # an hour
    "concurrent": 100.0,
    "points": 900.0,  # a minute on one end point; GET 1, others 5
    "content": 80.0,  # a minute
    "content_hour": 500.0,
}
PER_S = {"core": 3600.0, "search": 60.0, "code_search": 60.0, "unauthenticated": 3600.0}
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach "
    "out to "
    "GitHub Support for help, please include the request ID."
)
_SECONDARY_DOCS = (
    "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"
)
_PRIMARY_DOCS = "https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting"


def secondary(headers: Pairs | None = None, status: int = 403) -> Refusal:
    """Return the secondary limit's answer."""
    return Refusal(status, _SECONDARY, docs=_SECONDARY_DOCS, headers=headers, has_limit_headers=False)


class Counter:
    """Count one account's calls. `figures` None counts for the headers and refuses nothing."""

    def __init__(self, clock: Clock, figures: dict[str, float] | None, *, is_signed_in: bool) -> None:
        self._clock = clock
        self._is_enforced = figures is not None
        self._figures = figures or FIGURES
        self._core = "core" if is_signed_in else "unauthenticated"
        self._windows = {name: FixedWindow(self._figures[name], per) for name, per in PER_S.items()}
        self._points: dict[str, Window] = {}
        self._content = (
            Window(self._figures["content"], 60.0),
            Window(self._figures["content_hour"], 3600.0),
        )
        self._concurrent = AtOnce(self._figures["concurrent"])

    def resource(self, path: str) -> str:
        """Return the name of the bucket a path counts against."""
        if path.startswith("/search/"):
            return "code_search" if path.startswith("/search/code") else "search"
        return "core"

    def check(self, path: str, user_id: int | str) -> None:
        """Raise Refusal (403) where the hour's calls are used up."""
        left = self._window(self.resource(path)).open(self._clock.monotonic())
        if self._is_enforced and left <= 0:
            raise Refusal(403, f"API rate limit exceeded for user ID {user_id}.", docs=_PRIMARY_DOCS)

    def enter(self, route: str, method: str, *, is_content: bool) -> None:
        """Count a call against the secondary limits and in. Raises Refusal (403, no headers)."""
        if not self._is_enforced:
            return
        now = self._clock.monotonic()
        cost = 1.0 if method in ("GET", "HEAD", "OPTIONS") else 5.0
        points = self._points.get(route)
        if points is None:
            points = self._points[route] = Window(self._figures["points"], 60.0)
        windows = [(points, cost), *((window, 1.0) for window in self._content if is_content)]
        if any(window.wait(now, amount) > 0 for window, amount in windows) or not self._concurrent.enter():
            raise secondary()
        for window, amount in windows:
            window.take(now, amount)

    def leave(self) -> None:
        """Count a call out."""
        if self._is_enforced:
            self._concurrent.leave()

    def take(self, path: str) -> None:
        """Count a call against the hour."""
        self._window(self.resource(path)).take()

    def headers(self, path: str) -> Pairs:
        """Return the x-ratelimit fields of the bucket a path counts against."""
        name = self.resource(path)
        shown = self._shown(name)
        fields = [
            (f"X-RateLimit-{field.capitalize()}", str(shown[field]))
            for field in ("limit", "remaining", "reset", "used")
        ]
        return [*fields, ("X-RateLimit-Resource", name)]

    def describe(self) -> Json:
        """Return what GET /rate_limit answers."""
        resources = {name: self._shown(name) for name in ("core", "search", "code_search")}
        return {"resources": resources, "rate": resources["core"]}

    def _window(self, name: str) -> FixedWindow:
        return self._windows[self._core if name == "core" else name]

    def _shown(self, name: str) -> dict[str, int]:
        window = self._window(name)
        now = self._clock.monotonic()
        left = window.open(now)
        reset = int(self._clock.wall() + window.reset_at - now) + 1
        return {"limit": window.amount, "remaining": max(0, left), "reset": reset, "used": window.used}
