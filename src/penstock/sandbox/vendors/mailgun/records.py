"""What Mailgun's collections share: domains, refusals, texts that stand for lists, pages that always name a next one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import urlencode

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record, Table
from penstock.sandbox.wire import Json


def refuse(turn: Turn, message: str, *, status: int = 400) -> Refusal:
    """Return the refusal of a request that is not as it should be."""
    return turn.refuse("invalid", status=status, message=message)


def gone(turn: Turn, message: str) -> Refusal:
    """Return the refusal of what names nothing there is."""
    return turn.refuse("not_found", message=message)


def find_domain(turn: Turn) -> str:
    """Return the domain a path names, which must be one of the account's."""
    name = next((turn.values[key] for key in ("domain_name", "domain", "name") if key in turn.values), "")
    if turn.table("domains").get(name) is None:
        raise gone(turn, f"Domain not found: {name}")
    return name


def write(table: Table, id: str, record: Record) -> None:
    """Keep a record, or change the one of this id."""
    if id in table:
        table.update(id, **record)
    else:
        table.add(id, record)


def read_list(turn: Turn, name: str) -> list[str]:
    """Return the values of a field, which may be there many times or hold them between commas."""
    value = turn.fields.get(name)
    found = value if isinstance(value, list) else [value] if value else []
    return [one.strip() for text in found for one in str(text).split(",") if one.strip()]


def read_json(turn: Turn, name: str, default: Json) -> Json:
    """Return what a field says as JSON text."""
    text = turn.fields.get(name)
    if not isinstance(text, str) or not text:
        return text if text else default
    try:
        return json.loads(text)
    except ValueError:
        raise refuse(turn, f"'{name}' parameter is not valid JSON") from None


def is_yes(turn: Turn, name: str, default: bool = False) -> bool:
    """Say whether a switch is on."""
    return str(turn.fields.get(name, default)).lower() in ("yes", "true", "1")


def read_limit(turn: Turn, most: int, default: int = 100) -> int:
    """Return how many rows a page has. Raises the refusal of what is no number."""
    text = turn.query.get("limit", str(default))
    if not text.isdigit() or int(text) < 1:
        raise refuse(turn, "limit must be a positive number")
    return min(int(text), most)


def answer_pages(
    turn: Turn, rows: Iterable[Record], name: str, *, most: int = 1000, pivot: str | None = None
) -> Json:
    """Return a page behind the row the address names; the next page's address is there on the last one too."""
    ordered, asked = sorted(rows, key=lambda row: str(row[name])), pivot or name
    limit, page, at = read_limit(turn, most), turn.query.get("page", "first"), turn.query.get(asked, "")
    if page == "next":
        ordered = [row for row in ordered if str(row[name]) > at]
    elif page == "previous":
        ordered = [row for row in ordered if str(row[name]) < at][-limit:]
    elif page == "last":
        ordered = ordered[-limit:]
    found = ordered[:limit]
    ends = {"next": found[-1][name] if found else at, "previous": found[0][name] if found else at}
    links = {
        which: f"{turn.url}?{urlencode({'page': which, asked: ends.get(which, ''), 'limit': limit})}"
        for which in ("first", "next", "previous", "last")
    }
    return {"items": found, "paging": links}
