"""What an account keeps: values under keys, scripts, databases, places for notifications."""

from __future__ import annotations

from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP

from penstock.sandbox.rest.paging import build_token, read_token
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Table
from penstock.sandbox.vendors.cloudflare.answers import refuse, say, seek
from penstock.sandbox.wire import Answer, Incoming, Json, iso_time

_MOST_PAIRS = 10_000


def _pairs(turn: Turn) -> Table:
    seek(turn, "accounts", "account_id")
    return turn.table("kv", turn.values["namespace_id"])


def list_keys(turn: Turn) -> Json:
    """Return a page of a store's keys, with the cursor of the next."""
    prefix, size = turn.query.get("prefix", ""), min(int(turn.query.get("limit", "1000")), 1000)
    names = sorted(record["name"] for record in _pairs(turn) if record["name"].startswith(prefix))
    start = read_token(turn.query["cursor"]) if turn.query.get("cursor") else 0
    if start is None:
        raise refuse(turn, 400, 10047, "invalid cursor")
    end = start + size
    shown = [{"name": name} for name in names[start:end]]
    return say(shown, count=len(shown), cursor=build_token(end) if end < len(names) else "")


def get_value(turn: Turn) -> Answer:
    """Return the bare value of a key."""
    record = _pairs(turn).get(turn.values["key_name"])
    if record is None:
        raise refuse(turn, 404, 10009, "get: 'key not found'")
    return Answer(200, record["value"], [("Content-Type", "application/octet-stream")])


def put_value(turn: Turn) -> Json:
    """Keep the value of a key."""
    _put(turn, _pairs(turn), turn.values["key_name"], _read_value(turn.request))
    return say(None)


def _read_value(request: Incoming) -> bytes:
    """Return a value as it came: bare, or as the part of that name."""
    kind = request.headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        return request.body
    parsed = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    named = {part.get_param("name", header="content-disposition"): part for part in parsed.iter_parts()}
    found = named["value"].get_payload(decode=True) if "value" in named else b""
    return found if isinstance(found, bytes) else b""


def _put(turn: Turn, pairs: Table, name: str, value: bytes) -> None:
    pairs.remove(name)
    pairs.add(name, {"name": name, "value": value})
    turn.change("kv_values.put", name, {"name": name})


def put_values(turn: Turn) -> Json:
    """Keep up to 10,000 values at once."""
    pairs, given = _pairs(turn), turn.body
    if not isinstance(given, list) or len(given) > _MOST_PAIRS or any("key" not in one for one in given):
        raise refuse(turn, 400, 10022, "bulk: each pair needs a key and a value; 10,000 at most")
    for one in given:
        _put(turn, pairs, str(one["key"]), str(one.get("value", "")).encode())
    return say({"successful_key_count": len(given), "unsuccessful_keys": []})


def upload_script(turn: Turn) -> Json:
    """Keep a script."""
    account, name = seek(turn, "accounts", "account_id")["id"], turn.values["script_name"]
    scripts = turn.table("scripts", account)
    scripts.remove(name)
    record = {
        "id": name,
        "etag": turn.ids.text(32, HEX),
        "modified_on": iso_time(turn.now),
        "handlers": ["fetch"],
    }
    turn.change("workers_scripts.upload", name, scripts.add(name, record))
    return say(record)


def build_list(collection: str) -> Callable[[Turn], Json]:
    """Return the handler of a list of an account."""
    return lambda turn: say(list(turn.table(collection, seek(turn, "accounts", "account_id")["id"])))


def query_base(turn: Turn) -> Json:
    """Note what a database is asked; it finds nothing."""
    seek(turn, "accounts", "account_id")
    if not turn.fields.get("sql"):
        raise refuse(turn, 400, 7400, "The request is malformed: sql is required")
    turn.change("d1.query", turn.values["database_id"], {"text": turn.fields["sql"]})
    return say([{"results": [], "success": True, "meta": {"changes": 0, "rows_read": 0, "rows_written": 0}}])


def add_webhook(turn: Turn) -> Json:
    """Keep a place to send notifications to."""
    seek(turn, "accounts", "account_id")
    if not turn.fields.get("name") or not turn.fields.get("url"):
        raise refuse(turn, 400, 17103, "name and url are required")
    id = turn.ids.text(32, HEX)
    turn.change("notification_webhooks.create", id, turn.fields)
    return say({"id": id})
