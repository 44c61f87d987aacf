"""Anthropic as the sandbox plays it: Claude repeats what it is told; files, batches and agents are kept.

Sources: the pages named in integrations/anthropic.py; the anthropic package's reading of answers and streams. No model thinks
here: the answer is the last thing said, word for word, and a token is a word.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from penstock.catalog.definition import Limit
from penstock.integrations.anthropic import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import ALNUM, Ids, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.anthropic import agents, batches, messages
from penstock.sandbox.wire import Answer, Json, Pairs, iso_time, json_answer

MODELS = {
    "claude-opus-5-5": "Claude Opus 5.5",
    "claude-sonnet-5-5": "Claude Sonnet 5.5",
    "claude-haiku-5-5": "Claude Haiku 5.5",
}
MODELS_SINCE = 1_790_000_000.0
_PREFIXES = {
    "batches": "msgbatch_01",
    "files": "file_01",
    "agents": "agent_01",
    "sessions": "session_01",
    "skills": "skill_01",
}


def open_vendor(setup: Setup) -> Vendor:
    """Return Anthropic."""
    ids = Ids(setup.random)
    return RestVendor(
        setup, integration, replace(SHAPE, headers=lambda: [("request-id", f"req_01{ids.text(22, ALNUM)}")])
    )


def seed(turn: Turn) -> None:
    """Give a new account the models there are."""
    for at, (id, name) in enumerate(MODELS.items()):
        made = iso_time(MODELS_SINCE - at * 86_400)
        turn.table("models").add(id, {"type": "model", "id": id, "display_name": name, "created_at": made})


def build(turn: Turn, id: str, fields: Record) -> Record:
    """Return a file as its upload makes it."""
    given = fields.get("file")
    if not isinstance(given, dict):
        raise turn.refuse("invalid", "file")
    name = str(given["filename"])
    kind = "application/pdf" if name.endswith(".pdf") else "text/plain"
    return {
        "type": "file", "id": id, "filename": name, "mime_type": kind, "size_bytes": given["size"],
        "created_at": iso_time(turn.now), "downloadable": False,
    }  # fmt: skip


def _finish_list(turn: Turn, body: Json) -> Json:
    rows = body["data"]
    if turn.collection in ("files", "agents", "sessions", "skills"):
        return {
            "next_page": None,
            **body,
            **({"has_more": "next_page" in body} if turn.collection == "skills" else {}),
        }
    return {**body, "first_id": rows[0]["id"] if rows else None, "last_id": rows[-1]["id"] if rows else None}


def _refuse_download(turn: Turn) -> Json:
    id = turn.values["file_id"]
    if turn.table("files").get(id) is None:
        raise turn.refuse("not_found", f"File not found: {id}")
    raise turn.refuse("invalid", message=f"File {id} is not downloadable.")  # only what Claude made is


def write_error(refusal: Refusal) -> Answer:
    """Return an error's envelope."""
    error = {"type": refusal.code, "message": refusal.message}
    return json_answer(refusal.status, {"type": "error", "error": error})


def write_left(limit: Limit, left: float, full_in_s: float, now: float) -> Pairs:
    """Return what is left of the requests, and of tokens that are never short here."""
    until = iso_time(now + math.ceil(full_in_s))
    amounts = {"requests": (limit.burst or limit.amount, left), "tokens": (1_000_000, 1_000_000)}
    return [
        (f"anthropic-ratelimit-{unit}-{word}", text)
        for unit, (most, rest) in amounts.items()
        for word, text in (("limit", f"{most:g}"), ("remaining", f"{int(rest)}"), ("reset", until))
    ]


def _versioned(handler: Callable[[Turn], Json | Answer]) -> Callable[[Turn], Json | Answer]:
    """Refuse what names no API version, as everything is there."""

    def answer(turn: Turn) -> Json | Answer:
        if not turn.request.headers.get("anthropic-version"):
            raise turn.refuse("invalid", message="anthropic-version: header is required")
        return handler(turn)

    return answer


SHAPE = Shape(
    key="sk-ant-api03-sandbox-{name}",
    new_id=lambda ids, collection: _PREFIXES.get(collection, "") + ids.text(22, ALNUM),
    build=build,
    page=_finish_list,
    deleted=lambda turn, record: {"id": record["id"], "type": "file_deleted"},
    statuses={"delete": 200},
    refusals={
        "unauthorized": (401, "authentication_error", "invalid x-api-key"),
        "not_found": (404, "not_found_error", "{what}"),
        "no_route": (404, "not_found_error", "Not found"),
        "invalid": (400, "invalid_request_error", "{what}: Field required"),
        "throttled": (
            429,
            "rate_limit_error",
            "This request would exceed the rate limit for your organization.",
        ),
        "failed": (500, "api_error", "Internal server error"),
    },
    error=write_error,
    seed=seed,
    keeps=("filename", "name", "title", "display_name"),
    wait_fields=lambda seconds: [("retry-after", str(math.ceil(seconds)))],
    left_fields=write_left,
    handlers={
        name: _versioned(handler)
        for name, handler in {
            "messages.create": messages.create,
            "messages.count_tokens": messages.count,
            "batches.create": batches.create,
            "batches.list": batches.list_batches,
            "batches.get": batches.get,
            "batches.results": batches.read_results,
            "batches.cancel": batches.cancel,
            "batches.delete": batches.delete,
            "files.download": _refuse_download,
            "agents.create": agents.create_agent,
            "sessions.create": agents.create_session,
            "sessions.get": agents.get_session,
            "sessions.send_events": agents.send_events,
            "sessions.list_events": agents.list_events,
            "skills.create": agents.create_skill,
            "prompts.generate": messages.write_prompt,
            "prompts.improve": messages.write_prompt,
            "prompts.templatize": messages.write_prompt,
        }.items()
    },
)
