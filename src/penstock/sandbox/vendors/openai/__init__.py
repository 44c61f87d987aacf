"""OpenAI as the sandbox plays it: keys, limits by model, errors. What it answers is beside this.

Two models stand for trouble: "sandbox-insufficient-quota" is answered as an organisation without credit is
(429), "sandbox-overloaded" as when the engine is overloaded (503).
Sources: developers.openai.com/api/reference, /api/docs/guides/rate-limits and /guides/error-codes.
"""

from __future__ import annotations

from collections.abc import Callable

from penstock.sandbox.keys import KeyRing
from penstock.sandbox.limits import read_figures
from penstock.sandbox.routes import Routes
from penstock.sandbox.state import HEX, Ids
from penstock.sandbox.vendors import Setup
from penstock.sandbox.vendors.openai import batches, chat, files, models, responses
from penstock.sandbox.vendors.openai.limits import FIGURES, Meter, price, refuse
from penstock.sandbox.vendors.openai.world import MODELS, Refusal, Turn, World, read_body
from penstock.sandbox.wire import Answer, Incoming, Json, json_answer, parse_pairs

ORGANIZATION = "org-sandbox"
Operation = Callable[[Turn], Json | Answer]
ROUTES: Routes[Operation] = Routes(
    {**models.ROUTES, **chat.ROUTES, **responses.ROUTES, **files.ROUTES, **batches.ROUTES}
)
_TROUBLE = {
    "sandbox-insufficient-quota": (
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "sandbox-overloaded": (
        503,
        "The engine is currently overloaded, please try again later",
        "server_error",
        None,
    ),
}


def open_vendor(setup: Setup) -> OpenAI:
    """Return a new OpenAI."""
    return OpenAI(setup)


class OpenAI:
    """Answer as api.openai.com/v1 does."""

    name = "openai"
    base_path = "/v1"
    base_parameters: dict[str, str] = {}  # noqa: RUF012 - never changed
    credential_field = "api_key"
    service_s = 0.0
    has_stored_failures = False

    def __init__(self, setup: Setup) -> None:
        self._clock = setup.clock
        self._ids = Ids(setup.random)
        self._figures = read_figures(setup.limits, self.name, FIGURES, ("requests",))
        self._meters: dict[tuple[str, str], Meter] = {}
        self._worlds: dict[str, World] = {}
        self.keys = KeyRing(self.name, lambda name: f"sk-proj-sandbox{name}")

    def answer(self, request: Incoming) -> Answer:
        account: str | None = None
        try:
            account = self._sign_in(request)
            answer = self._answer(request, account)
        except Refusal as exc:
            answer = exc.answer()
        answer.account = account
        return self._finish(answer)

    def throttled(self, request: Incoming) -> Answer:
        message = "Rate limit reached for requests. Please try again in 1s."
        left = [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1s")]
        return self._finish(refuse(message, "requests", 1.0, left).answer())

    def failed(self, request: Incoming) -> Answer:
        message = "The server had an error while processing your request. Sorry about that!"
        return self._finish(Refusal(500, message, type="server_error").answer())

    def _answer(self, request: Incoming, account: str) -> Answer:
        found = ROUTES.find(request.method, request.path)
        if found is None:
            if ROUTES.methods(request.path):
                message = f"Not allowed to {request.method} on {request.path}."
                raise Refusal(405, message, code="method_not_supported")
            raise Refusal(404, f"Invalid URL ({request.method} {request.path})")
        _, operation, values = found
        has_form = request.headers.get("Content-Type", "").startswith("multipart/")
        given = read_body(request) if request.method == "POST" and not has_form else {}
        fields = self._enter(account, given)
        world = self._worlds.setdefault(account, World(self._ids))
        turn = Turn(world, request, request.at, values, dict(parse_pairs(request.query)), given)
        value = operation(turn)
        answer = (
            value if isinstance(value, Answer) else json_answer(200, value, content_type="application/json")
        )
        answer.headers += fields
        answer.effects = turn.effects
        return answer

    def _enter(self, account: str, given: dict[str, Json]) -> list[tuple[str, str]]:
        """Count a call of a model in and return the fields that say what is left. Raises Refusal."""
        model = given.get("model")
        if not isinstance(model, str):
            return []
        if model in _TROUBLE:
            status, message, kind, code = _TROUBLE[model]
            raise Refusal(status, message, type=kind, code=code)
        if self._figures is None or model not in MODELS:
            return []
        meter = self._meters.setdefault((account, model), Meter(self._figures))
        return meter.take(price(given), model, self._clock.monotonic())

    def _sign_in(self, request: Incoming) -> str:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            message = (
                "You didn't provide an API key. You need to provide your API key in an Authorization header "
                "using"
                " Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
            )
            raise Refusal(401, message)
        account = self.keys.account(key)
        if account is None or self.keys.is_revoked(key):
            shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "*" * len(key)
            raise Refusal(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")
        if request.headers.get("OpenAI-Organization", ORGANIZATION) != ORGANIZATION:
            message = "OpenAI-Organization header should match organization for API key"
            raise Refusal(401, message, code="mismatched_organization")
        return account

    def _finish(self, answer: Answer) -> Answer:
        answer.headers += [
            ("openai-version", "2020-10-01"),
            ("openai-organization", ORGANIZATION),
            ("x-request-id", f"req_{self._ids.text(32, HEX)}"),
        ]
        return answer
