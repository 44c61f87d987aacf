"""The payouts of PayPal's sandbox: a batch is taken once under its sender_batch_id, and done when it is asked for."""

from __future__ import annotations

import math

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import UPPER, Record
from penstock.sandbox.vendors.paypal.orders import need_json
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

_MOST_ITEMS, _NOBODY = 15_000, "unclaimed@example.com"


def create_payout(turn: Turn) -> Answer:
    """Take in a batch."""
    need_json(turn)
    header, items = turn.fields.get("sender_batch_header"), turn.fields.get("items")
    if not isinstance(header, dict) or not isinstance(items, list) or not 0 < len(items) <= _MOST_ITEMS:
        raise turn.refuse("invalid", "items" if isinstance(header, dict) else "sender_batch_header")
    name = header.get("sender_batch_id")
    if name and any(
        one["sender_batch_header"].get("sender_batch_id") == name for one in turn.table("payouts")
    ):
        words = "User business error: a batch with this sender_batch_id exists."
        raise turn.refuse("invalid", code="USER_BUSINESS_ERROR", message=words)
    id = turn.ids.text(13, UPPER)
    batch = {
        "payout_batch_id": id,
        "batch_status": "PENDING",
        "sender_batch_header": header,
        "time_created": iso_time(turn.now),
    }
    turn.table("payouts").add(id, batch)
    for one in items:
        _keep_item(turn, id, one)
    links = [{"href": f"{turn.url}/{id}", "rel": "self", "method": "GET"}]
    shown = {name: batch[name] for name in ("payout_batch_id", "batch_status", "sender_batch_header")}
    turn.change("payouts.create", id, header)
    return json_answer(201, {"batch_header": shown, "links": links})


def _keep_item(turn: Turn, batch_id: str, given: Record) -> None:
    id = turn.ids.text(13, UPPER)
    status = "UNCLAIMED" if given.get("receiver") == _NOBODY else "SUCCESS"
    item = {"payout_item_id": id, "transaction_id": turn.ids.text(17, UPPER), "transaction_status": status,
            "payout_batch_id": batch_id, "payout_item": given, "time_processed": iso_time(turn.now)}  # fmt: skip
    turn.table("payout_items").add(id, item)
    turn.change("payout_items.create", id, given)


def read_payout(turn: Turn) -> Json:
    """Return a batch with a page of its items."""
    batch = find(turn, turn.values["id"], collection="payouts")
    batch["batch_status"] = "SUCCESS"
    items = [one for one in turn.table("payout_items") if one["payout_batch_id"] == batch["payout_batch_id"]]
    size, page = int(turn.query.get("page_size") or 1000), int(turn.query.get("page") or 1)
    totals = {"total_items": len(items), "total_pages": math.ceil(len(items) / size)}
    rows = items[(page - 1) * size : page * size]
    return {
        **(totals if turn.query.get("total_required") == "true" else {}),
        "batch_header": batch,
        "items": rows,
    }


def cancel_item(turn: Turn) -> Json:
    """Take back a payment nobody has claimed."""
    need_json(turn)
    item = find(turn, turn.values["payout_item_id"])
    if item["transaction_status"] != "UNCLAIMED":
        words = "The item is not in an unclaimed state."
        raise turn.refuse("invalid", code="ITEM_CANCELLATION_FAILED", message=words)
    item["transaction_status"] = "RETURNED"
    turn.change("payout_items.cancel", item["payout_item_id"], item["payout_item"])
    return item
