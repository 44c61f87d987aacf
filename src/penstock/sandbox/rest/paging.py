"""A page of a collection, and the way to the next one, in the vendor's own style read from its declaration."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from penstock.catalog.definition import Cursor, LinkHeader, NextUrl, Offset, PageNumber, Pagination
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record, Table
from penstock.sandbox.wire import Answer, Json, Pairs, json_answer, parse_pairs

MOST_ROWS = 1000


def put(body: Json, path: str, value: Json) -> Json:
    """Return a body with a value at a dotted path, making what is missing on the way; "$" is the body itself."""
    if path == "$":
        return value
    body = body if isinstance(body, dict) else {}
    if path.startswith("@"):
        body[path] = value
        return body
    step, _, rest = path.partition(".")
    body[step] = put(body.get(step), rest, value) if rest else value
    return body


def answer_page(turn: Turn, style: Pagination | None, table: Table) -> tuple[Json, Pairs]:
    """Return a list's answer and the header fields it has besides."""
    operation, shape = turn.operation, turn.shape
    assert operation is not None
    items = operation.items or getattr(style, "items", None) or "$"
    size = _number(turn, getattr(style, "size", None), shape.page_size)
    size = max(1, min(size, getattr(style, "max_size", MOST_ROWS)))
    start = _start(turn, style, size, table)
    if start is None:
        raise turn.refuse("invalid", str(getattr(style, "request", "cursor")))
    after, offset = start
    records, has_more = table.page(size, after=after, offset=offset, is_newest_first=False)
    rows = [shape.row(turn, record) for record in records]
    body, headers = _lead_on(turn, style, put(None, items, rows), records, offset, size, len(table), has_more)
    return (shape.page(turn, body) if shape.page is not None else body), headers


def answer_rows(turn: Turn, records: Iterable[Record]) -> Answer:
    """Return a page of these records, in their order: for handlers whose list is not a whole table."""
    operation, table = turn.operation, Table()
    assert operation is not None
    for number, record in enumerate(records):
        table.add(str(record.get(turn.shape.id, number)), record)
    body, headers = answer_page(turn, operation.pagination or turn.integration.pagination, table)
    return json_answer(turn.shape.statuses.get("list", 200), body, headers)


def _asked(turn: Turn, name: str | None) -> str | None:
    if not name:
        return None
    operation = turn.operation
    wire = (
        next((p.wire for p in operation.parameters if p.name == name and p.wire), name) if operation else name
    )
    value = turn.query.get(wire, turn.fields.get(wire, turn.query.get(name, turn.fields.get(name))))
    return None if value is None or value == "" else str(value)


def _number(turn: Turn, name: str | None, default: int) -> int:
    text = _asked(turn, name)
    if text is None:
        return default
    if not text.lstrip("-").isdigit():
        raise turn.refuse("invalid", str(name))
    return int(text)


def _start(turn: Turn, style: Pagination | None, size: int, table: Table) -> tuple[str | None, int] | None:
    """Return (the id to begin behind, how many to pass over), None where what was asked for is not there."""
    if isinstance(style, Cursor):
        token = _asked(turn, style.request)
        if token is None:
            return None, 0
        if _is_own_id(style):
            return (token, 0) if token in table else None
        offset = read_token(token)
        return None if offset is None else (None, offset)
    if isinstance(style, PageNumber):
        return None, max(0, (_number(turn, style.request, style.first) - style.first) * size)
    if isinstance(style, Offset):
        return None, max(0, _number(turn, style.request, 0))
    token = _asked(
        turn, "cursor" if isinstance(style, LinkHeader) and style.unless else turn.shape.next_parameter
    )
    if token is None:
        return None, 0
    offset = read_token(token)
    return (
        (None, max(0, (int(token) - 1) * size)) if offset is None and token.isdigit() else (None, offset or 0)
    )


def _is_own_id(style: Cursor) -> bool:
    """Say whether the cursor is a field of the last row, not a token of the answer's own."""
    return "-1." in style.next


def build_token(offset: int) -> str:
    """Return a cursor that looks like one: opaque, and it survives being copied."""
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode().rstrip("=")


def read_token(token: str) -> int | None:
    """Return what `build_token` was given, None for anything else."""
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        return None
    kind, _, number = text.partition(":")
    return int(number) if kind == "offset" and number.isdigit() else None


def _lead_on(
    turn: Turn,
    style: Pagination | None,
    body: Json,
    records: list[Record],
    offset: int,
    size: int,
    total: int,
    has_more: bool,
) -> tuple[Json, Pairs]:
    end = offset + len(records)
    if isinstance(style, Cursor):
        if style.more and style.more != style.next:
            body = put(body, style.more, has_more)
        if has_more and not _is_own_id(style):
            body = put(body, style.next, build_token(end))
    elif isinstance(style, PageNumber) and style.total_pages:
        body = put(body, style.total_pages, math.ceil(total / size))
    elif isinstance(style, Offset) and style.total:
        body = put(body, style.total, total)
    elif isinstance(style, NextUrl) and has_more:
        body = put(body, style.next, _address(turn, turn.shape.next_parameter, build_token(end)))
    elif isinstance(style, LinkHeader):
        return body, _link(turn, style, end, size, has_more)
    return body, []


def _link(turn: Turn, style: LinkHeader, end: int, size: int, has_more: bool) -> Pairs:
    if style.unless is not None:
        name, no = style.unless
        token = build_token(end)
        address = _address(turn, "cursor", token)
        said = no if not has_more else ("true" if no == "false" else "false")
        return [("Link", f'<{address}>; rel="next"; {name}="{said}"; cursor="{token}"')]
    if not has_more:
        return []
    return [("Link", f'<{_address(turn, turn.shape.next_parameter, str(end // size + 1))}>; rel="next"')]


def _address(turn: Turn, name: str, value: str) -> str:
    """Return the address asked, with one query parameter in place of what it had of that name."""
    kept = [(key, text) for key, text in parse_pairs(turn.request.query) if key != name]
    return f"{turn.url}?{urlencode([*kept, (name, value)], quote_via=quote)}"
