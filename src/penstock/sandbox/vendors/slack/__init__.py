"""Slack as the sandbox plays it: tokens, arguments, tiers, answers of 200 that say no. The rest is beside this.

Sources: docs.slack.dev/reference/methods, /apis/web-api (arguments, pagination, rate limits), read November
2026.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from penstock.sandbox.keys import KeyRing
from penstock.sandbox.limits import JITTER_S, Points, Window, read_figures
from penstock.sandbox.state import Ids
from penstock.sandbox.vendors import Setup
from penstock.sandbox.vendors.slack import chat, conversations, people
from penstock.sandbox.vendors.slack.world import SlackError, Turn, World
from penstock.sandbox.wire import Answer, Incoming, Json, json_answer, parse_pairs

# A minute for each method of a tier (docs.slack.dev/apis/web-api/rate-limits). `post` is messages a second in
# one channel, with a burst of `post_burst` ("short bursts" has no published figure), `workspace` messages a
# minute in all ("several hundred"), `special` the methods outside the tiers.
FIGURES = {
    "tier_1": 1.0,
    "tier_2": 20.0,
    "tier_3": 50.0,
    "tier_4": 100.0,
    "special": 600.0,
    "post": 1.0,
    "post_burst": 3.0,
    "workspace": 300.0,
}
WORKSPACES = {"default": "sandbox", "second": "sandbox-two"}
Method = tuple[Callable[[Turn], Json], str, bool]
METHODS: dict[str, Method] = {**people.METHODS, **conversations.METHODS, **chat.METHODS}


def open_vendor(setup: Setup) -> Slack:
    """Return a new Slack."""
    return Slack(setup)


class _Throttled(Exception):
    def __init__(self, wait_s: float) -> None:
        super().__init__()
        self.wait_s = max(1, math.ceil(wait_s))


class Slack:
    """Answer as slack.com/api does. The default and second keys are bots', the spare one is a person's."""

    name = "slack"
    base_path = "/api"
    base_parameters: dict[str, str] = {}  # noqa: RUF012 - nothing of Slack's base URL is its users'
    credential_field = "token"
    service_s = 0.0
    has_stored_failures = False

    def __init__(self, setup: Setup) -> None:
        self._clock = setup.clock
        self._ids = Ids(setup.random)
        self._figures = read_figures(setup.limits, self.name, FIGURES, ("tier_2", "tier_3", "tier_4"))
        self._windows: dict[tuple[str, ...], Window] = {}
        self._posts: dict[tuple[str, str], Points] = {}
        self._worlds: dict[str, World] = {}
        self._people: dict[str, str] = {}
        self.keys = KeyRing(self.name, lambda name: f"xox{'p' if name == 'spare' else 'b'}-sandbox-{name}")

    def answer(self, request: Incoming) -> Answer:
        if request.method == "POST" and request.path.startswith("/upload/v1/"):
            return self._receive_upload(request)
        account: str | None = None
        effects: list[Any] = []
        try:
            name = request.path.removeprefix("/api/")
            method = METHODS.get(name)
            if method is None or not request.path.startswith("/api/"):
                raise SlackError("unknown_method", req_method=name)
            run, tier, is_writing = method
            given, warning = _read_arguments(request, is_writing=is_writing)
            token = self._token(request, given)
            account = self.keys.account(token)
            world, user_id = self._enter(account or "", token)
            turn = Turn(world, request, given, user_id, token.startswith("xoxb"))
            self._spend(account or "", name, tier, turn)
            body = {"ok": True, **run(turn)}
            effects = turn.effects
            if warning and "warning" not in body:
                body["warning"] = warning
                body["response_metadata"] = {**body.get("response_metadata", {}), "warnings": [warning]}
            answer = json_answer(200, body)
        except SlackError as exc:
            answer = json_answer(200, exc.body)
        except _Throttled as exc:
            answer = _throttle(exc.wait_s)
        answer.account, answer.effects = account, effects
        return self._finish(answer)

    def throttled(self, request: Incoming) -> Answer:
        return self._finish(_throttle(1))

    def failed(self, request: Incoming) -> Answer:
        return self._finish(json_answer(500, {"ok": False, "error": "internal_error"}))

    def _token(self, request: Incoming, given: dict[str, Any]) -> str:
        """Return the caller's token: from the header, or from the form or query. Raises SlackError."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = str(given.pop("token", "")) if not request.is_json() else ""
        given.pop("token", None)
        token = token.strip()
        if not token:
            raise SlackError("not_authed")
        if self.keys.account(token) is None:
            raise SlackError("invalid_auth")
        if self.keys.is_revoked(token):
            raise SlackError("token_revoked")
        return token

    def _enter(self, account: str, token: str) -> tuple[World, str]:
        world = self._worlds.get(account)
        if world is None:
            world = self._worlds[account] = World(self._ids, WORKSPACES[account])
            people.fill(world, self._clock.wall())
            self._people[account] = world.users.find("email", "ada.aberg@example.org")[0]["id"]
        return world, world.bot_user if token.startswith("xoxb") else self._people[account]

    def _spend(self, account: str, name: str, tier: str, turn: Turn) -> None:
        """Count a call against its method's minute, a message against its channel's second. Raises _Throttled."""
        figures = self._figures
        if figures is None:
            return
        now = self._clock.monotonic()
        if tier != "post":
            window = self._window((account, name), figures[tier])
            wait = window.wait(now)
            if wait > 0:
                raise _Throttled(wait)
            window.take(now)
            return
        everywhere = self._window((account, "workspace"), figures["workspace"])
        place = (account, turn.text("channel"))
        channel = self._posts.get(place)
        if channel is None:
            channel = self._posts[place] = Points(figures["post_burst"], figures["post"], jitter_s=JITTER_S)
        wait = max(everywhere.wait(now), channel.wait(1.0, now))
        if wait > 0:
            raise _Throttled(wait)
        everywhere.take(now)
        channel.take(1.0, now)

    def _window(self, key: tuple[str, ...], amount: float) -> Window:
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window(amount, 60.0)
        return window

    def _receive_upload(self, request: Incoming) -> Answer:
        """Take the bytes of a file at the address files.getUploadURLExternal gave."""
        id = request.path.rpartition("/")[2]
        for world in self._worlds.values():
            upload = world.uploads.get(id)
            if upload is not None:
                content = _file_bytes(request)
                if len(content) != upload["size"]:
                    return Answer(
                        400, b"The length is not the one announced", [("Content-Type", "text/plain")]
                    )
                upload["content"] = content
                return Answer(200, f"OK - {len(content)}".encode(), [("Content-Type", "text/plain")])
        return Answer(404, b"No such upload", [("Content-Type", "text/plain")])

    def _finish(self, answer: Answer) -> Answer:
        scopes = "chat:write,channels:read,channels:history,users:read,users:read.email,files:write,reactions:write"
        answer.headers += [("X-Slack-Req-Id", self._ids.text(32)), ("X-OAuth-Scopes", scopes)]
        return answer


def _throttle(wait_s: int) -> Answer:
    return json_answer(429, {"ok": False, "error": "ratelimited"}, [("Retry-After", str(wait_s))])


def _read_arguments(request: Incoming, *, is_writing: bool) -> tuple[dict[str, Any], str | None]:
    """Return a call's arguments and a warning: query and form always, a JSON body for writing methods alone."""
    given: dict[str, Any] = dict(request.query_pairs())
    if not request.body or request.method != "POST":
        return given, None
    kind = request.headers.get("Content-Type", "").lower()
    if "json" in kind:
        if not is_writing:
            return given, None  # Slack passes over it without a word
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return {**given, **body}, None if "charset" in kind else "missing_charset"
    if "x-www-form-urlencoded" in kind:
        return {**given, **dict(parse_pairs(request.body.decode("utf-8", "replace")))}, None
    if "multipart/form-data" in kind:
        return {
            **given,
            **{name: content.decode("utf-8", "replace") for name, content in _parts(request)},
        }, None
    raise SlackError("invalid_post_type" if kind else "missing_post_type")


def _file_bytes(request: Incoming) -> bytes:
    if "multipart/form-data" in request.headers.get("Content-Type", ""):
        parts = _parts(request)
        return parts[0][1] if parts else b""
    return request.body


def _parts(request: Incoming) -> list[tuple[str, bytes]]:
    """Return the parts of a multipart body: name and content."""
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    found: list[tuple[str, bytes]] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition") or ""
        found.append((str(name), content if isinstance(content, bytes) else b""))
    return found
