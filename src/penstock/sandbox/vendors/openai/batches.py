"""Batches: a file of requests, worked off by the time somebody asks how it stands; the answers are a file again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.openai import chat, models, responses
from penstock.sandbox.vendors.openai.world import Refusal, Turn, missing, wrong_value
from penstock.sandbox.wire import Answer, Json, to_json

WINDOW_S = 86_400
ENDPOINTS: dict[str, Callable[[Turn], Json | Answer]] = {
    "/v1/chat/completions": chat.create,
    "/v1/responses": responses.create,
    "/v1/embeddings": models.embed,
    "/v1/moderations": models.moderate,
    "/v1/images/generations": models.draw,
}
_MOMENTS = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")


def create(turn: Turn) -> Json:
    """Take a batch on; it is worked off later."""
    given = turn.given
    for name in ("input_file_id", "endpoint", "completion_window"):
        if given.get(name) is None:
            raise missing(name)
    if given["endpoint"] not in ENDPOINTS:
        raise wrong_value("endpoint", given["endpoint"], ENDPOINTS)
    if given["completion_window"] != "24h":
        raise wrong_value("completion_window", given["completion_window"], ("24h",))
    source = turn.world.files.get(str(given["input_file_id"]))
    if source is None:
        raise Refusal(404, f"No such File object: {given['input_file_id']}", param="input_file_id")
    if source["purpose"] != "batch":
        raise Refusal(400, "The input file's purpose is not 'batch'.", param="input_file_id")
    id = turn.id("batch_", 32)
    record: Record = {
        "id": id,
        "object": "batch",
        "endpoint": given["endpoint"],
        "errors": None,
        "input_file_id": source["id"],
        "completion_window": "24h",
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": int(turn.at),
        "expires_at": int(turn.at) + WINDOW_S,
        **{f"{moment}_at": None for moment in _MOMENTS},
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "metadata": given.get("metadata"),
    }
    turn.changed("batches.create", id, endpoint=record["endpoint"], input_file_id=source["id"])
    return turn.world.batches.add(id, record)


def listed(turn: Turn) -> Json:
    """Return a page of batches."""
    return turn.page(turn.world.batches, most=100, default=20)


def get(turn: Turn) -> Json:
    """Return a batch, worked off."""
    record = _find(turn)
    if record["status"] == "validating":
        _work_off(turn, record)
    return record


def cancel(turn: Turn) -> Json:
    """Stop a batch that is not finished."""
    record = _find(turn)
    if record["status"] != "validating":
        raise Refusal(409, f"Cannot cancel a batch with status '{record['status']}'.")
    record |= {"status": "cancelled", "cancelling_at": int(turn.at), "cancelled_at": int(turn.at)}
    turn.changed("batches.cancel", record["id"])
    return record


def _find(turn: Turn) -> Record:
    id = turn.values["batch_id"]
    found = turn.world.batches.get(id)
    if found is None:
        raise Refusal(404, f"No batch found with id '{id}'.")
    return found


def _work_off(turn: Turn, record: Record) -> None:
    """Answer every line of the input; one that cannot be read fails the whole batch, as at OpenAI."""
    at = int(turn.at)
    lines = turn.world.contents.get(record["input_file_id"], b"").splitlines()
    asked: dict[str, dict[str, Any]] = {}  # by custom_id
    for number, line in enumerate(lines, 1):
        problem = _read_line(line, record["endpoint"], asked)
        if problem is not None:
            error = {"code": problem[0], "line": number, "message": problem[1], "param": None}
            record |= {
                "status": "failed",
                "failed_at": at,
                "errors": {"object": "list", "data": [error]},
            }
            return
    done = [_answer(turn, record["endpoint"], one) for one in asked.values()]
    good = [line for line in done if line["response"]["status_code"] == 200]
    bad = [line for line in done if line["response"]["status_code"] != 200]
    for name, kept in (("output", good), ("error", bad)):
        if kept:
            content = b"".join(to_json(line) + b"\n" for line in kept)
            file = turn.world.add_file(content, f"{record['id']}_{name}.jsonl", "batch_output", turn.at)
            record[f"{name}_file_id"] = file["id"]
    moments = dict.fromkeys(("in_progress_at", "finalizing_at", "completed_at"), at)
    counts = {"total": len(done), "completed": len(good), "failed": len(bad)}
    record |= {"status": "completed", "request_counts": counts, **moments}


def _read_line(line: bytes, endpoint: str, asked: dict[str, dict[str, Any]]) -> tuple[str, str] | None:
    """Take a line on, or return what is wrong with it: a code and a sentence."""
    try:
        one = json.loads(line)
    except (ValueError, RecursionError):
        one = None
    if not isinstance(one, dict) or not isinstance(one.get("body"), dict):
        return "invalid_json_line", "This line is not parseable as valid JSON."
    custom_id = one.get("custom_id")
    if not isinstance(custom_id, str) or not custom_id:
        return "missing_required_parameter", "Missing required parameter: 'custom_id'."
    if one.get("url") != endpoint:
        return "invalid_url", f"The URL provided for this request does not match the batch's {endpoint}."
    if custom_id in asked:
        return "duplicate_custom_id", f"The custom_id {custom_id!r} has been used before."
    asked[custom_id] = one
    return None


def _answer(turn: Turn, endpoint: str, one: dict[str, Any]) -> dict[str, Any]:
    inner = replace(turn, given={**one["body"], "stream": False})  # its effects are noted with the turn's own
    try:
        status, body = 200, ENDPOINTS[endpoint](inner)
    except Refusal as exc:
        status, body = exc.status, exc.body
    said = {"status_code": status, "request_id": turn.id("req_", 32), "body": body}
    return {
        "id": turn.id("batch_req_", 24),
        "custom_id": one["custom_id"],
        "response": said,
        "error": None,
    }


ROUTES = {
    "GET /v1/batches": listed,
    "POST /v1/batches": create,
    "GET /v1/batches/{batch_id}": get,
    "POST /v1/batches/{batch_id}/cancel": cancel,
}
