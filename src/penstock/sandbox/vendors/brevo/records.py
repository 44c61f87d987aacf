"""What Brevo's collections share: refusals, new records under the next number, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Json


def refuse(turn: Turn, code: str, message: str) -> Refusal:
    """Return the refusal of a request that is not as it should be."""
    return turn.refuse("invalid", code=code, message=message)


def gone(turn: Turn, message: str) -> Refusal:
    """Return the refusal of what names nothing there is."""
    return turn.refuse("not_found", message=message)


def keep(turn: Turn, collection: str, fields: Record) -> int:
    """Keep a new record under the next number, and return that."""
    id = turn.ids.next(collection, 10)
    turn.table(collection).add(str(id), {"id": id, **fields})
    turn.change(f"{collection}.create", str(id), fields)
    return id


def page(turn: Turn, rows: Iterable[Record], items: str, most: int) -> Json:
    """Return a page, newest first unless it was asked otherwise; a page that is too large is refused."""
    asked = {name: turn.query.get(name, default) for name, default in (("limit", "50"), ("offset", "0"))}
    if not all(text.isdigit() for text in asked.values()):
        raise refuse(turn, "invalid_parameter", "limit and offset must be numbers")
    limit, offset = int(asked["limit"]), int(asked["offset"])
    if limit > most:
        raise refuse(turn, "out_of_range", "Limit exceeds max value")
    ordered = list(rows) if turn.query.get("sort") == "asc" else list(rows)[::-1]
    return {items: ordered[offset : offset + limit], "count": len(ordered)}


def list_of(collection: str, items: str, most: int) -> Callable[[Turn], Json]:
    """Return what lists a collection."""
    return lambda turn: page(turn, turn.table(collection), items, most)
