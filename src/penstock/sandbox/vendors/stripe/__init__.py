"""Stripe as the sandbox plays it: sign-in, limits, keys, errors. The operations are beside this file.

Sources: docs.stripe.com/api, /rate-limits, /idempotency, /error-codes, /testing; the public OpenAPI
description.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from penstock.sandbox.keys import KeyRing
from penstock.sandbox.limits import Window, read_figures
from penstock.sandbox.routes import Routes
from penstock.sandbox.state import Ids, Record
from penstock.sandbox.vendors import Setup
from penstock.sandbox.vendors.stripe import (
    billing,
    cards,
    checkout,
    customers,
    intents,
    items,
    meters,
    products,
    refunds,
    subscriptions,
)
from penstock.sandbox.vendors.stripe.errors import StripeError
from penstock.sandbox.vendors.stripe.form import parse_form
from penstock.sandbox.vendors.stripe.idempotency import Kept, fingerprint
from penstock.sandbox.vendors.stripe.parameters import read
from penstock.sandbox.vendors.stripe.world import API_VERSION, Turn, World, expand
from penstock.sandbox.wire import Answer, Incoming, Pairs, json_answer, parse_pairs, to_json

# docs.stripe.com/rate-limits, test mode (read in November 2026): all calls, one end point, search; per second
FIGURES = {"account": 25.0, "endpoint": 25.0, "search": 20.0}
Operation = Callable[[Turn], Record]
_MODULES = (customers, intents, cards, refunds, products, billing, items, meters, subscriptions, checkout)
ROUTES: Routes[tuple[str, Operation]] = Routes(
    {text: route for part in _MODULES for text, route in part.ROUTES.items()}
)


def open_vendor(setup: Setup) -> Stripe:
    """Return a new Stripe."""
    return Stripe(setup)


class Stripe:
    """Answer as api.stripe.com does in test mode."""

    name = "stripe"
    base_path = ""
    base_parameters: dict[str, str] = {}  # noqa: RUF012 - nothing of Stripe's base URL is its users'
    credential_field = "secret_key"
    service_s = 0.0
    has_stored_failures = True

    def __init__(self, setup: Setup) -> None:
        self._clock = setup.clock
        self._ids = Ids(setup.random)
        self._figures = read_figures(setup.limits, self.name, FIGURES, ("account", "endpoint"))
        self._windows: dict[tuple[str, str], Window] = {}
        self._worlds: dict[str, World] = {}
        self.keys = KeyRing(self.name, lambda name: "_".join(("sk", "test", "sandbox", name)))

    def answer(self, request: Incoming) -> Answer:
        request_id = f"req_{self._ids.text(14)}"
        account: str | None = None
        try:
            account = self._sign_in(request)
            answer = self._answer(request, account, request_id)
        except StripeError as exc:
            answer = _refusal(exc)
        answer.account = account
        return self._finish(answer, request, request_id)

    def throttled(self, request: Incoming) -> Answer:
        return self._finish(_refusal(_throttle("global-rate")), request, f"req_{self._ids.text(14)}")

    def failed(self, request: Incoming) -> Answer:
        return self._finish(
            json_answer(500, _FAILURE, content_type="application/json"), request, f"req_{self._ids.text(14)}"
        )

    def _answer(self, request: Incoming, account: str, request_id: str) -> Answer:
        found = ROUTES.find(request.method, request.path)
        self._spend(account, found[0] if found else request.path)
        if found is None:
            raise StripeError(
                404,
                f"Unrecognized request URL ({request.method}: {request.path}). Please see "
                f"https://stripe.com/docs.",
            )
        route, (declaration, operation), values = found
        pairs = _read_pairs(request)
        world = self._world(account)
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        turn = Turn(world, int(request.at), values, {}, route, request_id, key)
        if not key:
            if request.fault == "500_stored":  # begun, but there is no key to remember it
                return json_answer(500, _FAILURE, content_type="application/json")
            return _run(turn, declaration, operation, parse_form(pairs))
        kept, is_new = world.keys.begin(key, fingerprint(request.path, pairs), request_id, request.at)
        if not is_new:
            replayed = [("Idempotent-Replayed", "true"), ("Original-Request", kept.request_id)]
            return Answer(kept.status, kept.body, [("Content-Type", "application/json"), *replayed])
        return self._run_once(turn, declaration, operation, pairs, kept, request.fault)

    def _run_once(
        self, turn: Turn, declaration: str, operation: Operation, pairs: Pairs, kept: Kept, fault: str | None
    ) -> Answer:
        """Run an operation and keep its answer under its key, unless it was refused before it began."""
        key = turn.idempotency_key or ""
        try:
            given = read(declaration, parse_form(pairs))
            if fault == "500_stored":
                answer = json_answer(500, _FAILURE, content_type="application/json")
            else:
                answer = _run(turn, declaration, operation, given, is_read=True)
        except StripeError as exc:
            if not exc.is_stored:
                turn.world.keys.forget(key)
                raise
            answer = _refusal(exc)
        answer.effects = turn.effects
        if fault == "500_after_effect":
            answer.status, answer.body = 500, to_json(_FAILURE)
        kept.status, kept.body = answer.status, answer.body
        answer.headers.append(("Original-Request", turn.request_id))

        def close() -> None:
            kept.is_open = False

        answer.release.append(close)
        return answer

    def _sign_in(self, request: Incoming) -> str:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given).decode().partition(":")[0]
            except ValueError:
                given = ""
        if not given:
            raise StripeError(401, _NO_KEY, headers=[("WWW-Authenticate", 'Basic realm="Stripe"')])
        account = self.keys.account(given)
        shown = f"{given[:8]}{'*' * max(0, len(given) - 12)}{given[-4:]}"
        if account is None:
            raise StripeError(
                401,
                f"Invalid API Key provided: {shown}",
                headers=[("WWW-Authenticate", 'Basic realm="Stripe"')],
            )
        if self.keys.is_revoked(given):
            raise StripeError(401, f"Expired API Key provided: {shown}", code="api_key_expired")
        return account

    def _spend(self, account: str, route: str) -> None:
        """Count a call against the account's and the end point's window. Raises StripeError (429)."""
        figures = self._figures
        if figures is None:
            return
        now = self._clock.monotonic()
        kind = "search" if "/search" in route else "endpoint"
        windows = [
            (self._window((account, "account"), figures["account"]), "global-rate"),
            (self._window((account, route), figures[kind]), "endpoint-rate"),
        ]
        for window, reason in windows:
            if window.wait(now) > 0:
                raise _throttle(reason)
        for window, _ in windows:
            window.take(now)

    def _window(self, key: tuple[str, str], amount: float) -> Window:
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window(amount, 1.0)
        return window

    def _world(self, account: str) -> World:
        world = self._worlds.get(account)
        if world is None:
            world = self._worlds[account] = World(self._ids)
            products.fill(world, int(self._clock.wall()))
        return world

    def _finish(self, answer: Answer, request: Incoming, request_id: str) -> Answer:
        version = request.headers.get("Stripe-Version", API_VERSION)
        answer.headers += [("Request-Id", request_id), ("Stripe-Version", version)]
        key = request.headers.get("Idempotency-Key")
        if key:
            answer.headers.append(("Idempotency-Key", key))
        return answer


_FAILURE: dict[str, Any] = {
    "error": {
        "message": "An unknown error occurred. It is the sandbox, playing a failure that was asked for.",
        "type": "api_error",
    }
}
_NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using "
    "Bearer auth (e.g. "
    "'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details."
)


def _read_pairs(request: Incoming) -> Pairs:
    """Return the call's parameters: the query, and the body of a POST or DELETE."""
    if request.body and request.method in ("POST", "DELETE"):
        if request.is_json():
            raise StripeError(
                400,
                "Invalid request (check that your POST content type is application/x-www-form-urlencoded). "
                "If you have any "
                "questions, we can help at https://support.stripe.com/.",
            )
        return [*request.query_pairs(), *parse_pairs(request.body.decode("utf-8", "replace"))]
    return request.query_pairs()


def _run(
    turn: Turn, declaration: str, operation: Operation, given: dict[str, Any], *, is_read: bool = False
) -> Answer:
    turn.given = given if is_read else read(declaration, given)
    try:
        record = operation(turn)
    except StripeError as exc:
        if not exc.is_stored:
            raise
        answer = _refusal(exc)
        answer.effects = turn.effects
        return answer
    paths = turn.given.get("expand")
    answer = json_answer(
        200, expand(turn.world, record, paths) if paths else record, content_type="application/json"
    )
    answer.effects = turn.effects
    return answer


def _refusal(error: StripeError) -> Answer:
    return json_answer(error.status, error.body, list(error.headers), content_type="application/json")


def _throttle(reason: str) -> StripeError:
    """Return the 429: no Retry-After, but a reason (docs.stripe.com/rate-limits)."""
    return StripeError(
        429,
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        code="rate_limit",
        headers=[("Stripe-Rate-Limited-Reason", reason)],
    )
