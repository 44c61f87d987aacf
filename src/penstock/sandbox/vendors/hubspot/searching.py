"""HubSpot's search: groups of filters, any of which may hold; and a query over what a person would look for."""

from __future__ import annotations

from collections.abc import Callable

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.hubspot import records
from penstock.sandbox.wire import Json

MOST_FOUND = 10_000
_LOOKED_AT = (
    "email",
    "firstname",
    "lastname",
    "phone",
    "company",
    "name",
    "domain",
    "dealname",
    "subject",
    "hs_note_body",
)


def _order(text: str) -> tuple[bool, float, str]:
    """Return what numbers and texts are ordered by: numbers first, by their size."""
    try:
        return False, float(text), ""
    except ValueError:
        return True, 0.0, text.lower()


_TESTS: dict[str, Callable[[str | None, Record], bool]] = {
    "EQ": lambda value, wanted: value is not None and value.lower() == str(wanted.get("value", "")).lower(),
    "NEQ": lambda value, wanted: value is None or value.lower() != str(wanted.get("value", "")).lower(),
    "LT": lambda value, wanted: value is not None and _order(value) < _order(str(wanted["value"])),
    "LTE": lambda value, wanted: value is not None and _order(value) <= _order(str(wanted["value"])),
    "GT": lambda value, wanted: value is not None and _order(value) > _order(str(wanted["value"])),
    "GTE": lambda value, wanted: value is not None and _order(value) >= _order(str(wanted["value"])),
    "BETWEEN": lambda value, wanted: value is not None
    and _order(str(wanted["value"])) <= _order(value) <= _order(str(wanted["highValue"])),
    "IN": lambda value, wanted: value is not None and value.lower() in [str(v).lower() for v in wanted.get("values", ())],
    "NOT_IN": lambda value, wanted: value is None or value.lower() not in [str(v).lower() for v in wanted.get("values", ())],
    "HAS_PROPERTY": lambda value, wanted: value not in (None, ""),
    "NOT_HAS_PROPERTY": lambda value, wanted: value in (None, ""),
    "CONTAINS_TOKEN": lambda value, wanted: value is not None
    and str(wanted.get("value", "")).strip("*").lower() in value.lower(),
}  # fmt: skip


def search(turn: Turn) -> Json:
    """Answer POST …/search: the rows asked for, how many there are, and the place to go on from."""
    asked = turn.body if isinstance(turn.body, dict) else {}
    start, size = _number(turn, asked, "after", 0), min(_number(turn, asked, "limit", 10), 200)
    if start + size > MOST_FOUND:
        raise turn.refuse("invalid", message=f"The total of limit and after must not be above {MOST_FOUND}.")
    groups = [group.get("filters", ()) for group in asked.get("filterGroups") or ()]
    for one in (one for group in groups for one in group):
        if one.get("operator") not in _TESTS:
            raise turn.refuse("invalid", f"operator {one.get('operator')}")
    query = str(asked.get("query") or "").lower()
    found = [
        record
        for record in turn.table(turn.collection)
        if (not groups or any(all(_holds(record, one) for one in group) for group in groups))
        and (
            not query
            or any(query in str(record["properties"].get(name) or "").lower() for name in _LOOKED_AT)
        )
    ]
    for sort in reversed(asked.get("sorts") or ()):
        name, is_falling = _read_sort(sort)
        found.sort(key=lambda record: _order(record["properties"].get(name) or ""), reverse=is_falling)
    shown = [
        records.show(turn, record, asked.get("properties") or ()) for record in found[start : start + size]
    ]
    body: Record = {"total": len(found), "results": shown}
    if start + size < len(found):
        body["paging"] = {"next": {"after": str(start + size)}}
    return body


def _number(turn: Turn, asked: Record, name: str, default: int) -> int:
    text = str(asked.get(name) or default)
    if not text.isdigit():
        raise turn.refuse("invalid", name)
    return int(text)


def _holds(record: Record, wanted: Record) -> bool:
    value = record["properties"].get(wanted.get("propertyName"))
    return _TESTS[wanted["operator"]](value, wanted)


def _read_sort(sort: Json) -> tuple[str, bool]:
    if isinstance(sort, dict):
        return str(sort.get("propertyName")), sort.get("direction") == "DESCENDING"
    return str(sort).lstrip("-"), str(sort).startswith("-")
