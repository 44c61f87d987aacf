"""How Graph lists and shows things: $top, $skiptoken, $select and a little of $filter, addresses of the next page, units."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from penstock.sandbox.rest.paging import build_token, read_token
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Answer, Json, json_answer, parse_pairs

DEFAULT_PAGE, LARGEST_PAGE = 100, 999
_EQUAL = re.compile(r"(\w+) eq '((?:[^']|'')*)'|(\w+) eq (true|false)")


def select(turn: Turn, record: Record) -> Record:
    """Return the properties $select names, all of them where it is not there."""
    names = [name for name in turn.query.get("$select", "").split(",") if name]
    return {name: record.get(name) for name in ["id", *names] if name in record} if names else record


def answer(turn: Turn, body: Json, *, status: int = 200) -> Answer:
    """Return an answer; what the directory answers says what it took."""
    units = []
    if turn.collection.partition(".")[0] in ("users", "groups") and turn.operation is not None:
        cost = turn.operation.cost
        given: Record = {name.removeprefix("$"): value for name, value in turn.query.items()}
        given |= {"top": int(turn.query["$top"])} if turn.query.get("$top", "").isdigit() else {}
        units = [("x-ms-resource-unit", f"{cost(given) if callable(cost) else cost or 1:g}")]
    return json_answer(status, body, units)


def answer_list(turn: Turn, records: Iterable[Record], *, size: int = DEFAULT_PAGE) -> Answer:
    """Return a page of those records that pass $filter, with the address of the next where there is one."""
    rows = [record for record in records if _passes(turn, record)]
    start = read_token(turn.query.get("$skiptoken", "")) or 0
    if "$skiptoken" in turn.query and read_token(turn.query["$skiptoken"]) is None:
        raise turn.refuse(
            "invalid", code="Directory_ExpiredPageToken", message="The specified page token is not valid."
        )
    size = _read_size(turn, size)
    return answer_page(
        turn, rows[start : start + size], start + size if len(rows) > start + size else None, len(rows)
    )


def answer_page(turn: Turn, rows: list[Record], following: int | None, total: int) -> Answer:
    """Return these rows as a page; `following` is the place the next one begins at."""
    body: Record = {"@odata.context": f"{turn.request.base}/v1.0/$metadata#{turn.collection}"}
    if turn.query.get("$count") == "true":
        body["@odata.count"] = total
    if following is not None:
        kept = [pair for pair in parse_pairs(turn.request.query) if pair[0] != "$skiptoken"]
        query = urlencode([*kept, ("$skiptoken", build_token(following))], quote_via=quote, safe="$")
        body["@odata.nextLink"] = f"{turn.url}?{query}"
    body["value"] = [select(turn, row) for row in rows]
    return answer(turn, body)


def _read_size(turn: Turn, default: int) -> int:
    text = turn.query.get("$top", "")
    if text and not (text.isdigit() and 1 <= int(text) <= LARGEST_PAGE):
        raise turn.refuse(
            "invalid", message=f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive."
        )
    return int(text) if text else default


def _passes(turn: Turn, record: Record) -> bool:
    """Say whether a record passes a $filter of equals; anything more is an advanced query, which wants its header."""
    text = turn.query.get("$filter", "")
    if not text:
        return True
    found = _EQUAL.fullmatch(text.strip())
    if found is None:
        if turn.request.headers.get("ConsistencyLevel") != "eventual":
            raise turn.refuse("invalid", code="Request_UnsupportedQuery", message="Unsupported Query.")
        return True
    name, value, flag, state = found.groups()
    return (
        bool(record.get(flag) is (state == "true")) if flag else record.get(name) == value.replace("''", "'")
    )
