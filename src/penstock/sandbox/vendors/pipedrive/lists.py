"""Pipedrive's lists: by cursor in v2, with what narrows and orders them; by row number in v1; and what a search finds."""

from __future__ import annotations

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Answer, Json

_NARROWED_BY = (
    "owner_id", "person_id", "org_id", "pipeline_id", "stage_id", "deal_id", "lead_id", "status", "done", "user_id",
    "organization_id",
)  # fmt: skip
_LOOKED_AT = {
    "deals": ("title",),
    "organizations": ("name", "address"),
    "persons": ("name", "emails", "phones"),
}
_KIND = {"deals": "deal", "persons": "person", "organizations": "organization"}
MOST_ROWS, MOST_FOUND = 500, 100


def _narrow(turn: Turn) -> list[Record]:
    query = turn.query
    ids = query["ids"].split(",") if query.get("ids") else None
    return [
        record
        for record in turn.table(turn.collection)
        if (ids is None or str(record["id"]) in ids)
        and all(_text(record.get(name)) == query[name] for name in _NARROWED_BY if query.get(name))
        and record.get("update_time", "") >= query.get("updated_since", "")
    ]


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def list_some(turn: Turn) -> Answer:
    """Answer a list of v2."""
    rows = _narrow(turn)
    if by := turn.query.get("sort_by"):
        rows.sort(key=lambda record: (record.get(by) is None, record.get(by)))
        if turn.query.get("sort_direction") == "desc":
            rows.reverse()
    return answer_rows(turn, rows)


def list_v1(turn: Turn) -> Json:
    """Answer a list of v1: no rows are null, and the way on is a row's number."""
    start, size = _number(turn, "start", 0), min(_number(turn, "limit", 100), MOST_ROWS)
    rows = _narrow(turn)
    has_more = start + size < len(rows)
    pages: Record = {"start": start, "limit": size, "more_items_in_collection": has_more}
    if has_more:
        pages["next_start"] = start + size
    return {
        "success": True,
        "data": rows[start : start + size] or None,
        "additional_data": {"pagination": pages},
    }


def _number(turn: Turn, name: str, default: int) -> int:
    text = turn.query.get(name) or str(default)
    if not text.isdigit():
        raise turn.refuse("invalid", name)
    return int(text)


def search(turn: Turn) -> Answer:
    """Answer a search: the term must have two letters, or one where it must match exactly."""
    term, is_exact = turn.query.get("term", "").lower(), turn.query.get("exact_match") == "true"
    if len(term) < (1 if is_exact else 2):
        raise turn.refuse(
            "invalid", message="Validation failed: term: Search term must be at least 2 characters long"
        )
    found = []
    for record in turn.table(turn.collection):
        texts = [text for name in _LOOKED_AT[turn.collection] for text in _texts(record.get(name))]
        if any(text == term if is_exact else term in text for text in texts):
            item = {**record, "type": _KIND[turn.collection]}
            found.append({"id": record["id"], "result_score": 0.5, "item": item})
    return answer_rows(turn, found)


def _texts(value: Json) -> list[str]:
    if isinstance(value, list):
        return [str(one.get("value", "")).lower() for one in value if isinstance(one, dict)]
    return [str(value.get("value", "") if isinstance(value, dict) else value or "").lower()]
