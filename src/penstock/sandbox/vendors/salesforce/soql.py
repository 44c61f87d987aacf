"""The SOQL of Salesforce's sandbox: one object, conditions joined with AND, an order, a limit, and pages by locator."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import ALNUM, Record
from penstock.sandbox.vendors.salesforce.records import VERSION, check_object
from penstock.sandbox.wire import Json

_PAGE_SIZE, _LEAST = 2000, 200
_SEARCHED = ("Name", "LastName", "Company", "Email", "Subject")
_QUERY = re.compile(
    r"\s*SELECT\s+(?P<fields>.+?)\s+FROM\s+(?P<object>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>\w+)(?P<down>\s+DESC)?(?:\s+ASC)?)?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(
    r"\s*(?P<field>\w+)\s*(?P<how>=|!=|<=|>=|<|>|LIKE\b|IN\b)\s*(?P<value>'(?:[^'\\]|\\.)*'|\([^)]*\)|[\w.:+-]+)\s*",
    re.IGNORECASE,
)


def answer_query(turn: Turn) -> Json:
    """Return the rows a query finds, 2,000 at a time or as many as the header field says."""
    locator = turn.values.get("locator")
    if locator is None:
        rows = _run(turn, turn.query.get("q", ""))
        if isinstance(rows, int):
            return {"totalSize": rows, "done": True, "records": []}
        locator, start = f"01gxx{turn.ids.text(13, ALNUM)}", 0
    else:
        locator, _, number = locator.partition("-")
        known = turn.store.notes.get(f"query {locator}")
        if known is None or not number.isdigit():
            raise turn.refuse("invalid", code="INVALID_QUERY_LOCATOR", message="invalid query locator")
        rows, start = known, int(number)
    said = re.search(r"batchSize=(\d+)", turn.request.headers.get("Sforce-Query-Options", ""))
    end = start + (max(_LEAST, min(int(said[1]), _PAGE_SIZE)) if said else _PAGE_SIZE)
    answer = {"totalSize": len(rows), "done": end >= len(rows), "records": rows[start:end]}
    if end < len(rows):
        turn.store.notes[f"query {locator}"] = rows
        name = "queryAll" if "queryAll" in turn.request.path else "query"
        answer["nextRecordsUrl"] = (
            f"{urlsplit(turn.request.base).path}/services/data/{VERSION}/{name}/{locator}-{end}"
        )
    return answer


def _run(turn: Turn, text: str) -> list[Record] | int:
    match = _QUERY.fullmatch(text)
    if match is None:
        raise turn.refuse("invalid", code="MALFORMED_QUERY", message=f"unexpected token in '{text[:40]}'")
    if match["fields"].strip() == "*":
        raise turn.refuse("invalid", code="MALFORMED_QUERY", message="unexpected token: '*'")
    name = match["object"]
    try:
        name = check_object(turn, name)
    except Refusal:
        words = f"sObject type '{name}' is not supported."
        raise turn.refuse("invalid", code="INVALID_TYPE", message=words) from None
    rows = list(turn.store.table(name))
    if "queryAll" in turn.request.path:
        rows += [one for one in turn.store.table("recycle bin") if one["attributes"]["type"] == name]
    for condition in (
        re.split(r"\s+AND\s+", match["where"] or "", flags=re.IGNORECASE) if match["where"] else ()
    ):
        rows = _keep(turn, rows, condition)
    if match["order"]:
        rows.sort(key=lambda one: str(one.get(match["order"])), reverse=bool(match["down"]))
    if match["limit"]:
        rows = rows[: int(match["limit"])]
    wanted = match["fields"].strip()
    if wanted.upper() == "COUNT()":
        return len(rows)
    if wanted.upper().startswith("FIELDS("):
        return rows
    names = [one.strip() for one in wanted.split(",")]
    return [{"attributes": row["attributes"], **{field: row.get(field) for field in names}} for row in rows]


def _keep(turn: Turn, rows: list[Record], condition: str) -> list[Record]:
    match = _CONDITION.fullmatch(condition)
    if match is None:
        raise turn.refuse(
            "invalid", code="MALFORMED_QUERY", message=f"unexpected token in '{condition.strip()[:40]}'"
        )
    field, how, raw = match["field"], match["how"].upper(), match["value"]
    if how == "IN":
        values = [_read(one.strip()) for one in raw.strip("()").split(",")]
        return [row for row in rows if row.get(field) in values]
    value = _read(raw)
    if how == "LIKE":
        pattern = re.escape(str(value)).replace("%", ".*").replace("_", ".")
        return [row for row in rows if re.fullmatch(pattern, str(row.get(field) or ""), re.IGNORECASE)]
    return [row for row in rows if _compare(row.get(field), how, value)]


def _compare(held: Json, how: str, value: Json) -> bool:
    if how in ("=", "!="):
        is_same = held == value or (
            isinstance(held, str) and isinstance(value, str) and held.lower() == value.lower()
        )
        return is_same == (how == "=")
    if held is None or value is None:
        return False
    if isinstance(held, str) != isinstance(value, str):
        held, value = str(held), str(value)
    return bool({"<": held < value, ">": held > value, "<=": held <= value, ">=": held >= value}[how])


def _read(text: str) -> Json:
    if text[:1] == "'":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text.lower() in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text.lower()]
    try:
        return float(text)
    except ValueError:
        return text.replace("Z", ".000+0000") if text.endswith("Z") and "." not in text else text


def search(turn: Turn) -> Json:
    """Return the records a SOSL search finds: FIND {words} in every object."""
    match = re.match(r"\s*FIND\s*\{([^}]*)\}", turn.query.get("q", ""), re.IGNORECASE)
    if match is None:
        raise turn.refuse(
            "invalid", code="MALFORMED_SEARCH", message="No search term found. The search term must be in {}"
        )
    words = match[1].lower().split()
    found = [
        {"attributes": row["attributes"], "Id": row["Id"]}
        for name in ("Account", "Contact", "Lead", "Opportunity", "Case")
        for row in turn.store.table(name)
        if all(word in " ".join(str(row.get(field) or "") for field in _SEARCHED).lower() for word in words)
    ]
    return {"searchRecords": found}
