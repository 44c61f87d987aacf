"""How Zendesk's sandbox lists: by cursor or by number, found by words, or as an export."""

from __future__ import annotations

import re
from collections.abc import Iterable

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.paging import answer_rows, build_token, read_token
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.zendesk.records import SINGULAR
from penstock.sandbox.wire import Answer, Json, iso_time

_PAGE_SIZE, _MOST_FOUND = 100, 1000
_BELOW = {  # list of what lies below: the collection, and the field that names what it lies below
    "users.organizations.list": ("organizations", "id", "organization_id"),
    "users.tickets.list": ("tickets", "requester_id", "id"),
    "organizations.users.list": ("users", "organization_id", "id"),
}


def link_pages(turn: Turn, body: Json) -> Json:
    """Put the addresses of the neighbours beside a page that follows a cursor."""
    meta = body.get("meta", {})
    after = meta.get("after_cursor")
    size = turn.query.get("page[size]", "100")
    link = f"{turn.url}?page%5Bafter%5D={after}&page%5Bsize%5D={size}" if meta.get("has_more") else None
    return {
        **body,
        "meta": {"after_cursor": None, "before_cursor": None, **meta},
        "links": {"prev": None, "next": link},
    }


def _answer_page(turn: Turn, name: str, rows: Iterable[Record], most: int | None = None) -> Json | Answer:
    """Return a page by cursor where a size for that is given, else a numbered one."""
    kept = list(rows)
    if "page[size]" in turn.query:
        return answer_rows(turn, kept)
    size, page = (int(turn.query.get(key) or default) for key, default in (("per_page", 100), ("page", 1)))
    size = max(1, min(size, _PAGE_SIZE))
    start = (page - 1) * size
    if most is not None and start >= most:
        words = "Number of search results exceeds the limit; use the Export Search Results endpoint"
        raise turn.refuse("invalid", code="Search Response Limits", message=words)

    def link(number: int) -> str:
        others = "".join(f"&{key}={value}" for key, value in turn.query.items() if key != "page")
        return f"{turn.url}?page={number}{others.replace(' ', '+')}"

    return {
        name: kept[start : start + size],
        "next_page": link(page + 1) if start + size < len(kept) else None,
        "previous_page": link(page - 1) if page > 1 else None,
        "count": len(kept),
    }


def answer_list(turn: Turn) -> Json | Answer:
    """Return a page of a collection, or of what lies below one record."""
    operation = turn.operation
    assert operation is not None
    collection, field, own = _BELOW.get(operation.name, ("", "", ""))
    if collection:
        parent = find(
            turn, str(next(iter(turn.values.values()))), collection=operation.name.partition(".")[0]
        )
        return _answer_page(
            turn, collection, [one for one in turn.table(collection) if one.get(field) == parent.get(own)]
        )
    name = operation.name.removesuffix(".list").rpartition(".")[2]
    wanted = {key: turn.query[key] for key in ("role", "external_id") if key in turn.query}
    rows = (one for one in turn.table() if all(str(one.get(key)) == value for key, value in wanted.items()))
    return _answer_page(turn, name, rows)


def search(turn: Turn) -> Json | Answer:
    """Return what the words of a query are found in; type:, status:, email: and so on must be so."""
    kinds = {one: many for many, one in SINGULAR.items() if many in ("tickets", "users", "organizations")}
    words = re.findall(r"\S+", turn.query.get("query", ""))
    operation = turn.operation
    assert operation is not None
    asked = operation.name.partition(".")[0]
    wanted = {
        "search_results": turn.query.get("filter[type]")
        or next((w[5:] for w in words if w.startswith("type:")), None),
    }.get(asked, SINGULAR.get(asked))
    found = [
        {**record, "result_type": kind} if asked == "search_results" else record
        for kind, many in kinds.items()
        if wanted in (None, kind)
        for record in turn.table(many)
        if all(_holds(record, word) for word in words) and _is_named(record, turn.query)
    ]
    if operation.name == "search_results.count":
        return {"count": len(found)}
    name = "results" if asked == "search_results" else asked
    most = _MOST_FOUND if operation.name == "search_results.list" else None
    return _answer_page(turn, name, found, most)


def _holds(record: Record, word: str) -> bool:
    name, colon, value = word.partition(":")
    if name == "type" and colon:
        return True
    if colon and name in record:
        return str(record[name]).lower() == value.lower()
    text = " ".join(str(record.get(key) or "") for key in ("name", "email", "subject", "description"))
    return word.strip('"').lower() in text.lower()


def _is_named(record: Record, query: dict[str, str]) -> bool:
    return all(str(record.get(key)) == query[key] for key in ("external_id", "name") if key in query)


def export(turn: Turn) -> Json:
    """Return what was changed since a time, and a cursor also at the end of the stream."""
    operation = turn.operation
    assert operation is not None
    name = operation.name.partition(".")[0]
    since = turn.query.get("start_time", "")
    offset = read_token(turn.query.get("cursor", "")) or 0
    if "cursor" not in turn.query and not since.isdigit():
        raise turn.refuse(
            "invalid", code="InvalidValue", message="start_time\nInvalid start_time: must be an integer"
        )
    first = iso_time(float(since)) if since.isdigit() else ""
    kept = [one for one in turn.table(name) if one["updated_at"] >= first]
    size = max(1, min(int(turn.query.get("per_page") or 1000), 1000))
    rows, end = kept[offset : offset + size], offset + size
    cursor = build_token(min(end, len(kept)))
    after_url = f"{turn.url}?cursor={cursor}"
    return {name: rows, "after_cursor": cursor, "after_url": after_url, "before_cursor": None,
            "end_of_stream": end >= len(kept)}  # fmt: skip
