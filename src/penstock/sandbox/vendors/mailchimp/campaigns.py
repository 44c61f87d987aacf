"""Mailchimp's campaigns and their reports, batches of calls, and the ping."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

from penstock.sandbox.state import HEX, Record
from penstock.sandbox.vendors.mailchimp.world import Problem, Turn, World, invalid, not_found, offset_time
from penstock.sandbox.wire import Json, to_json

TYPES = ("regular", "plaintext", "absplit", "rss", "variate")


def ping(turn: Turn) -> Json:
    return {"health_status": "Everything's Chimpy!"}


def listed(turn: Turn) -> Json:
    status = turn.query.get("status")
    where = None if status is None else ("status", status)
    return turn.page("campaigns", turn.world.campaigns, where=where)


def create(turn: Turn) -> Json:
    given = turn.given
    if given.get("type") not in TYPES:
        raise invalid(("type", "The value is not one of the allowed types."))
    list_id = given.get("recipients", {}).get("list_id")
    if list_id is not None and list_id not in turn.world.audiences:
        raise invalid(("recipients.list_id", "The list does not exist."))
    record = _add(turn.world, given, turn.at)
    turn.changed("campaigns.create", record["id"], title=record["settings"]["title"])
    return record


def _add(world: World, given: dict[str, Any], at: float) -> Record:
    id = world.ids.text(10, HEX)
    settings = {"subject_line": "", "preview_text": "", "title": "", "from_name": "", "reply_to": ""}
    list_id = given.get("recipients", {}).get("list_id", "")
    record: Record = {
        "id": id,
        "web_id": world.ids.next("web", 100_001),
        "type": given["type"],
        "create_time": offset_time(at),
        "archive_url": "",
        "status": "save",
        "emails_sent": 0,
        "send_time": "",
        "content_type": "template",
        "recipients": {"list_id": list_id, "recipient_count": _count(world, list_id)},
        "settings": {**settings, **given.get("settings", {})},
        "tracking": given.get("tracking", {}),
        "_links": [],
    }
    world.contents[id] = {"plain_text": "", "html": ""}
    return world.campaigns.add(id, record)


def _count(world: World, list_id: str) -> int:
    audience = world.audiences.get(list_id)
    return 0 if audience is None else audience.members.count(("status", "subscribed"))


def get(turn: Turn) -> Json:
    return _named(turn)


def update(turn: Turn) -> Json:
    record = _named(turn)
    _check_unsent(record)
    for name in ("settings", "recipients", "tracking"):
        if isinstance(turn.given.get(name), dict):
            record[name] = {**record[name], **turn.given[name]}
    turn.changed("campaigns.update", record["id"], title=record["settings"]["title"])
    return record


def delete(turn: Turn) -> None:
    record = _named(turn)
    turn.world.campaigns.remove(record["id"])
    turn.changed("campaigns.delete", record["id"], title=record["settings"]["title"])
    turn.status = 204


def get_content(turn: Turn) -> Json:
    return {**turn.world.contents[_named(turn)["id"]], "_links": []}


def set_content(turn: Turn) -> Json:
    record = _named(turn)
    _check_unsent(record)
    content = turn.world.contents[record["id"]]
    content |= {name: str(turn.given[name]) for name in ("html", "plain_text") if name in turn.given}
    turn.changed("campaigns.set_content", record["id"])
    return {**content, "_links": []}


def send(turn: Turn) -> None:
    record = _named(turn)
    _check_unsent(record)
    content = turn.world.contents[record["id"]]
    lacking = [
        (name, text)
        for name, text, is_there in (
            ("list", "Your Campaign is not ready to send: it has no list.", record["recipients"]["list_id"]),
            (
                "subject",
                "Your Campaign is not ready to send: it has no subject.",
                record["settings"]["subject_line"],
            ),
            (
                "content",
                "Your Campaign is not ready to send: it has no content.",
                content["html"] or content["plain_text"],
            ),
        )
        if not is_there
    ]
    if lacking:
        raise Problem(400, "Bad Request", lacking[0][1])
    count = _count(turn.world, record["recipients"]["list_id"])
    turn.world.campaigns.update(
        record["id"], status="sent", emails_sent=count, send_time=offset_time(turn.at)
    )
    turn.changed("campaigns.send", record["id"], title=record["settings"]["title"], emails_sent=count)
    turn.status = 204


def replicate(turn: Turn) -> Json:
    record = _named(turn)
    settings = {**record["settings"], "title": f"{record['settings']['title']} (copy 01)"}
    copy = _add(turn.world, {**record, "settings": settings}, turn.at)
    turn.world.contents[copy["id"]] = dict(turn.world.contents[record["id"]])
    turn.changed("campaigns.replicate", copy["id"], title=settings["title"])
    return copy


def report(turn: Turn) -> Json:
    record = turn.world.campaigns.get(turn.values["campaign_id"])
    if record is None or record["status"] != "sent":
        raise not_found()
    return {
        "id": record["id"],
        "campaign_title": record["settings"]["title"],
        "type": record["type"],
        "list_id": record["recipients"]["list_id"],
        "subject_line": record["settings"]["subject_line"],
        "emails_sent": record["emails_sent"],
        "abuse_reports": 0,
        "unsubscribed": 0,
        "send_time": record["send_time"],
        "bounces": {"hard_bounces": 0, "soft_bounces": 0, "syntax_errors": 0},
        "opens": {"opens_total": 0, "unique_opens": 0, "open_rate": 0},
        "clicks": {"clicks_total": 0, "unique_clicks": 0, "click_rate": 0},
        "_links": [],
    }


def keep_batch(world: World, results: list[tuple[str, int, bytes]], at: float, base: str) -> Record:
    """Keep the results of a batch's calls: (operation id, status, body); return its record."""
    id = world.ids.text(10, HEX)
    rows: list[dict[str, Any]] = [
        {"status_code": status, "operation_id": operation, "response": body.decode("utf-8", "replace")}
        for operation, status, body in results
    ]
    record = {
        "id": id,
        "status": "finished",
        "total_operations": len(rows),
        "finished_operations": len(rows),
        "errored_operations": sum(row["status_code"] >= 400 for row in rows),
        "submitted_at": offset_time(at),
        "completed_at": offset_time(at),
        "response_body_url": f"{base}/3.0/batch-results/{id}",
        "_links": [],
    }
    world.batches[id] = {"record": record, "rows": rows}
    return record


def get_batch(turn: Turn) -> Json:
    batch = turn.world.batches.get(turn.values["batch_id"])
    if batch is None:
        raise not_found()
    return batch["record"]


def list_batches(turn: Turn) -> Json:
    records = [batch["record"] for batch in turn.world.batches.values()]
    return {"batches": records, "total_items": len(records), "_links": []}


def pack_results(world: World, id: str) -> bytes | None:
    """Return a finished batch's results as the gzipped tar Mailchimp gives, None for no batch."""
    batch = world.batches.get(id)
    if batch is None:
        return None
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        content = to_json(batch["rows"])
        entry = tarfile.TarInfo(f"{id}/{id}.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def read_operations(given: dict[str, Any]) -> list[tuple[str, str, str, str, bytes]]:
    """Return a batch's calls: (operation id, method, path, query, body). Raises Problem."""
    operations = given.get("operations")
    if not isinstance(operations, list) or not operations:
        raise invalid(("operations", "This value should not be blank."))
    calls: list[tuple[str, str, str, str, bytes]] = []
    for index, operation in enumerate(operations):
        if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
            raise invalid((f"operations.item:{index}.path", "This value should not be blank."))
        method = operation.get("method")
        if "batches" in operation["path"]:
            raise invalid((f"operations.item:{index}.path", "Batches cannot be put into a batch."))
        if method not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            raise invalid(
                (f"operations.item:{index}.method", "The method is not one of the allowed methods.")
            )
        parameters = operation.get("params") or {}
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        body = operation.get("body") or ""
        text = body if isinstance(body, str) else json.dumps(body)
        calls.append(
            (str(operation.get("operation_id", "")), method, operation["path"], query, text.encode())
        )
    return calls


def _named(turn: Turn) -> Record:
    record = turn.world.campaigns.get(turn.values["campaign_id"])
    if record is None:
        raise not_found()
    return record


def _check_unsent(record: Record) -> None:
    if record["status"] == "sent":
        raise Problem(400, "Bad Request", "Cannot change a campaign that has been sent.")


_CAMPAIGN = "/3.0/campaigns/{campaign_id}"
ROUTES = {
    "GET /3.0/ping": ping,
    "GET /3.0/campaigns": listed,
    "POST /3.0/campaigns": create,
    f"GET {_CAMPAIGN}": get,
    f"PATCH {_CAMPAIGN}": update,
    f"DELETE {_CAMPAIGN}": delete,
    f"GET {_CAMPAIGN}/content": get_content,
    f"PUT {_CAMPAIGN}/content": set_content,
    f"POST {_CAMPAIGN}/actions/send": send,
    f"POST {_CAMPAIGN}/actions/replicate": replicate,
    "GET /3.0/reports/{campaign_id}": report,
    "GET /3.0/batches": list_batches,
    "GET /3.0/batches/{batch_id}": get_batch,
}
