"""What QuickBooks' sandbox finds: its SQL over one entity, several calls in one, and what has changed since."""

from __future__ import annotations

import re
from typing import Any

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.quickbooks.books import ENTITIES, change, keep, say_fault, say_time
from penstock.sandbox.wire import Json

_MOST_ROWS, _ROWS, _MOST_CALLS = 1000, 100, 30
_QUERY = re.compile(
    r"\s*select\s+(?P<fields>.+?)\s+from\s+(?P<entity>\w+)(?:\s+where\s+(?P<where>.+?))?"
    r"(?:\s+order\s*by\s+(?P<order>\w+)(?P<down>\s+desc)?(?:\s+asc)?)?"
    r"(?:\s+startposition\s+(?P<start>\d+))?(?:\s+maxresults\s+(?P<most>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(
    r"\s*(?P<field>[\w.]+)\s*(?P<how>=|!=|<=|>=|<|>|like\b|in\b)\s*(?P<value>'(?:[^'\\]|\\.)*'|\([^)]*\)|[\w.:+-]+)\s*",
    re.IGNORECASE,
)


def answer_query(turn: Turn) -> Json:
    """Return what a query finds."""
    body = turn.request.body.decode(errors="replace")
    return {"QueryResponse": _run(turn, turn.query.get("query") or body), "time": say_time(turn)}


def _run(turn: Turn, text: str) -> Record:
    match = _QUERY.fullmatch(text)
    if match is None:
        words = f"Error parsing query : QueryParserError: cannot read {text[:40]}"
        raise turn.refuse("invalid", code="4000", message=words)
    entity = ENTITIES.get(match["entity"].lower())
    if entity is None:
        words = f"Error parsing query : QueryValidationError: {match['entity']} is no entity"
        raise turn.refuse("invalid", code="4001", message=words)
    rows = list(turn.store.table(entity))
    for condition in re.split(r"\s+and\s+", match["where"], flags=re.IGNORECASE) if match["where"] else ():
        rows = [row for row in rows if _holds(turn, row, condition)]
    if match["order"]:
        rows.sort(key=lambda one: str(one.get(match["order"])), reverse=bool(match["down"]))
    if match["fields"].replace(" ", "").lower() == "count(*)":
        return {"totalCount": len(rows)}
    start = int(match["start"] or 1)
    rows = rows[start - 1 :][: min(int(match["most"] or _ROWS), _MOST_ROWS)]
    if not rows:
        return {}
    if match["fields"].strip() != "*":
        names = [one.strip() for one in match["fields"].split(",")]
        rows = [{"domain": "QBO", "sparse": True, **{name: row.get(name) for name in names}} for row in rows]
    return {entity: rows, "startPosition": start, "maxResults": len(rows)}


def _holds(turn: Turn, row: Record, condition: str) -> bool:
    match = _CONDITION.fullmatch(condition)
    if match is None:
        words = f"Error parsing query : QueryParserError: cannot read {condition.strip()[:40]}"
        raise turn.refuse("invalid", code="4000", message=words)
    held: Any = row
    for step in match["field"].split("."):
        held = held.get(step) if isinstance(held, dict) else None
    how, raw = match["how"].lower(), match["value"]
    if how == "in":
        return _text(held) in [_text(_read(one.strip())) for one in raw.strip("()").split(",")]
    value = _read(raw)
    if how == "like":
        return re.fullmatch(re.escape(value).replace("%", ".*"), _text(held), re.IGNORECASE) is not None
    if isinstance(held, (int, float)) and not isinstance(held, bool):
        try:
            return _compare(float(held), how, float(value))
        except ValueError:
            return False
    return held is not None and _compare(_text(held).lower(), how, value.lower())


def _compare(held: Any, how: str, value: Any) -> bool:
    answers = {
        "=": held == value,
        "!=": held != value,
        "<": held < value,
        ">": held > value,
        "<=": held <= value,
    }
    return bool(answers.get(how, held >= value))


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] == "'" else text


def run_batch(turn: Turn) -> Json:
    """Do up to 30 things; each succeeds or fails by itself."""
    given = turn.fields.get("BatchItemRequest")
    if not isinstance(given, list) or not given:
        raise turn.refuse("invalid", "BatchItemRequest")
    if len(given) > _MOST_CALLS:
        raise turn.refuse(
            "invalid", code="1040", message=f"The number of batch items exceeds the limit of {_MOST_CALLS}"
        )
    return {"BatchItemResponse": [_run_one(turn, one) for one in given], "time": say_time(turn)}


def _run_one(turn: Turn, call: Record) -> Json:
    id = call.get("bId")
    try:
        if "Query" in call:
            return {"bId": id, "QueryResponse": _run(turn, str(call["Query"]))}
        entity = next((name for name in call if name.lower() in ENTITIES), None)
        if entity is None:
            raise turn.refuse("invalid", "entity")
        action = str(call.get("operation") or "create")
        fields = call[entity]
        return {
            "bId": id,
            entity: keep(turn, entity, fields)
            if action == "create"
            else change(turn, entity, fields, action),
        }
    except Refusal as exc:
        return {"bId": id, "Fault": say_fault(exc)}


def list_changes(turn: Turn) -> Json:
    """Return the objects of these entities that were changed since."""
    since, names = turn.query.get("changedSince", ""), turn.query.get("entities", "")
    if not since or not names:
        raise turn.refuse("invalid", "changedSince" if names else "entities")
    found = []
    for name in names.split(","):
        entity = ENTITIES.get(name.strip().lower(), name)
        rows = [one for one in turn.store.table(entity) if one["MetaData"]["LastUpdatedTime"] >= since]
        found.append({entity: rows, "startPosition": 1, "maxResults": len(rows)} if rows else {})
    return {"CDCResponse": [{"QueryResponse": found}], "time": say_time(turn)}
