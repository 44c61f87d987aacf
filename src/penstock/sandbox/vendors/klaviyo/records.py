"""Klaviyo's resources as JSON:API has them: type, id, attributes, links; their lists, filters and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Ids, Record
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

TYPE = "application/vnd.api+json"
_CAPITALS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LONG = ("profile", "campaign", "profile-bulk-import-job", "campaign-send-job", "webhook")
_PATHS = {
    "profile": "profiles",
    "list": "lists",
    "event": "events",
    "metric": "metrics",
    "campaign": "campaigns",
}
_FILTER = re.compile(r"([a-z-]+)\(([\w.$]+),(.+)\)")


def refuse(turn: Turn, detail: str, *, pointer: str = "/data/attributes", **changes: Any) -> Refusal:
    """Return the refusal of a value, with where it stands."""
    return turn.refuse("invalid", message=f"{detail}|{pointer}", **changes)


def new_id(ids: Ids, kind: str) -> str:
    """Return 26 characters that begin with 01, or six letters and digits."""
    return f"01K{ids.text(23, _CAPITALS)}" if kind in _LONG else ids.text(6)


def write_time(at: float) -> str:
    """Return an instant as 2026-11-23T02:00:00+00:00."""
    return iso_time(at).replace("Z", "+00:00")


def show(turn: Turn, kind: str, id: str, attributes: Record, **more: Json) -> Record:
    """Return a resource."""
    path = f"{turn.request.base}/api/{_PATHS.get(kind, f'{kind}s')}/{id}/"
    return {"type": kind, "id": id, "attributes": attributes, **more, "links": {"self": path}}


def keep(turn: Turn, kind: str, attributes: Record, *, id: str | None = None, **more: Json) -> Record:
    """Keep a new resource, note the effect, and return it."""
    id = id or new_id(turn.ids, kind)
    record = turn.table(kind).add(id, show(turn, kind, id, attributes, **more))
    turn.change(f"{_PATHS.get(kind, f'{kind}s')}.create", id, attributes)
    return record


def find(turn: Turn, kind: str, id: str) -> Record:
    """Return the resource of an id."""
    found = turn.table(kind).get(id)
    if found is None:
        raise turn.refuse("not_found", f"A {kind} with id {id} does not exist.")
    return found


def attributes(turn: Turn) -> Record:
    """Return what a body says under data.attributes."""
    data = turn.body.get("data") if isinstance(turn.body, dict) else None
    given = data.get("attributes") if isinstance(data, dict) else None
    return dict(given) if isinstance(given, dict) else {}


def single(status: int, resource: Record) -> Answer:
    """Return the answer that holds one resource."""
    return json_answer(status, {"data": resource, "links": {"self": resource["links"]["self"]}})


def list_of(kind: str) -> Callable[[Turn], Answer]:
    """Return what lists a kind of resource: those the filter asks for, in the order asked for."""
    return lambda turn: answer_list(turn, turn.table(kind))


def answer_list(turn: Turn, records: Iterable[Record]) -> Answer:
    """Return a page of resources."""
    rows = [one for one in records if _fits(turn, one)]
    order = turn.query.get("sort", "")
    name = order.removeprefix("-")
    if name:
        rows.sort(key=lambda one: str(_look_up(one, name) or ""), reverse=order.startswith("-"))
    return answer_rows(turn, rows)


def finish_page(turn: Turn, body: Json) -> Json:
    """Say where this page is, and that none follows where none does."""
    links = {"self": f"{turn.url}?{turn.request.query}".rstrip("?"), "next": None, "prev": None}
    return {**body, "links": links | (body.get("links") or {})}


def _fits(turn: Turn, record: Record) -> bool:
    text = turn.query.get("filter")
    return text is None or all(_fits_one(turn, record, part) for part in re.split(r",(?=[a-z-]+\()", text))


def _fits_one(turn: Turn, record: Record, text: str) -> bool:
    match = _FILTER.fullmatch(text.strip())
    if match is None:
        raise refuse(turn, f"Invalid filter provided: '{text}'", pointer="filter")
    operator, name, said = match.groups()
    found = _look_up(record, name)
    wanted = [one.strip().strip("'\"") for one in said.strip().removeprefix("[").removesuffix("]").split(",")]
    shown, first = str(found if found is not None else ""), wanted[0]
    match operator:
        case "equals" | "any":
            return shown in wanted or (isinstance(found, bool) and shown.lower() == first)
        case "contains":
            return first in shown
        case "greater-than" | "greater-or-equal":
            return shown > first or (operator == "greater-or-equal" and shown == first)
        case "less-than" | "less-or-equal":
            return shown < first or (operator == "less-or-equal" and shown == first)
    raise refuse(turn, f"'{operator}' is not an allowed operator for '{name}'", pointer="filter")


def _look_up(record: Record, name: str) -> Json:
    """Return a field of a resource: its id, an attribute, or whom it is tied to ("metric_id")."""
    if name == "id":
        return record["id"]
    tied = (record.get("relationships") or {}).get(name.removesuffix("_id")) if name.endswith("_id") else None
    if tied is not None:
        return tied["data"]["id"]
    return record["attributes"].get(name.replace("messages.", ""))
