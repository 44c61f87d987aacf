"""Responses: listed backwards by their tokens, deleted, summed up."""

from __future__ import annotations

import math

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.vendors.typeform.forms import find, find_form
from penstock.sandbox.wire import Answer, Json


def list_responses(turn: Turn) -> Json:
    """List a form's responses, the newest first, or those older or newer than one."""
    rows = list(turn.table("responses", find_form(turn)["id"]))[::-1]
    tokens = [one["token"] for one in rows]
    before, after = turn.query.get("before"), turn.query.get("after")
    if (before or after) and turn.query.get("sort"):
        raise turn.refuse("invalid", "sort")
    if before:
        rows = rows[tokens.index(before) + 1 :] if before in tokens else []
    if after:
        rows = rows[: tokens.index(after)] if after in tokens else []
    if only := turn.query.get("included_response_ids"):
        rows = [one for one in rows if one["token"] in only.split(",")]
    if since := turn.query.get("since"):
        rows = [one for one in rows if one["submitted_at"] >= since]
    if until := turn.query.get("until"):
        rows = [one for one in rows if one["submitted_at"] <= until]
    size = turn.query.get("page_size", "25")
    if not size.isdigit() or not 1 <= int(size) <= 1000:
        raise turn.refuse("invalid", "page_size")
    return {
        "total_items": len(rows),
        "page_count": math.ceil(len(rows) / int(size)),
        "items": rows[: int(size)],
    }


def delete_responses(turn: Turn) -> Answer:
    """Delete the responses named; it is done a little later at Typeform, and at once here."""
    form = find_form(turn)
    ids = turn.query.get("included_response_ids") or turn.query.get("included_tokens")
    if not ids:
        raise turn.refuse("invalid", "included_response_ids")
    for id in ids.split(","):
        if turn.table("responses", form["id"]).remove(id) is not None:
            turn.change("responses.delete", id)
    return Answer(202)


def get_file(turn: Turn) -> Answer:
    """Return a file somebody uploaded."""
    find(turn, "responses", turn.values["response_id"], "RESPONSE_NOT_FOUND")
    return Answer(200, b"", [("Content-Type", "application/octet-stream")])


def get_insights(turn: Turn) -> Json:
    """Sum up how a form does."""
    form = find_form(turn)
    count = len(turn.table("responses", form["id"]))
    summary = {
        "average_time": 20_000,
        "completion_rate": 100,
        "responses_count": count,
        "total_visits": count,
        "unique_visits": count,
    }
    return {"fields": [], "form": {"platforms": [], "summary": summary}}
