"""Message batches: they are at work until they are looked at again, and then have ended."""

from __future__ import annotations

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import ALNUM, Record
from penstock.sandbox.vendors.anthropic.messages import answer_message, check
from penstock.sandbox.wire import Answer, Json, iso_time, to_json

MOST = 100_000
DAY_S = 86_400
_KINDS = ("processing", "succeeded", "errored", "canceled", "expired")


def create(turn: Turn) -> Json:
    """Take a batch in; each request needs an id of its own."""
    requests = turn.fields.get("requests")
    if not isinstance(requests, list) or not requests:
        raise turn.refuse("invalid", "requests")
    ids = [str(one.get("custom_id", "")) for one in requests if isinstance(one, dict)]
    if len(requests) > MOST or len(set(ids)) != len(requests) or "" in ids:
        raise turn.refuse(
            "invalid", message="requests: custom_id must be unique and not empty, 100,000 at most"
        )
    id = f"msgbatch_01{turn.ids.text(22, ALNUM)}"
    record: Record = {
        "id": id, "type": "message_batch", "processing_status": "in_progress", "created_at": iso_time(turn.now),
        "expires_at": iso_time(turn.now + DAY_S), "ended_at": None, "cancel_initiated_at": None, "archived_at": None,
        "request_counts": {**dict.fromkeys(_KINDS, 0), "processing": len(requests)}, "results_url": None,
    }  # fmt: skip
    turn.table().add(id, record)
    turn.store.notes[id] = requests
    turn.change("batches.create", id)
    return dict(record)


def _end(turn: Turn, record: Record) -> None:
    """Do what a batch asks for, unless that has been done."""
    if record["processing_status"] == "ended":
        return
    is_canceled = record["processing_status"] == "canceling"
    results = [
        {
            "custom_id": one["custom_id"],
            "result": {"type": "canceled"} if is_canceled else _answer(turn, one.get("params")),
        }
        for one in turn.store.notes[record["id"]]
    ]
    counts = dict.fromkeys(_KINDS, 0)
    for one in results:
        counts[str(one["result"]["type"])] += 1
    record.update(
        processing_status="ended", ended_at=iso_time(turn.now), request_counts=counts,
        results_url=f"{turn.request.base}/v1/messages/batches/{record['id']}/results",
    )  # fmt: skip
    turn.store.notes[record["id"]] = results


def _answer(turn: Turn, params: Json) -> Record:
    try:
        check(turn, params if isinstance(params, dict) else {}, "model", "max_tokens", "messages")
    except Refusal as exc:
        return {
            "type": "errored",
            "error": {"type": "error", "error": {"type": exc.code, "message": exc.message}},
        }
    return {"type": "succeeded", "message": answer_message(turn, params)}


def get(turn: Turn) -> Json:
    """Return a batch, which has ended by now."""
    record = find(turn)
    _end(turn, record)
    return record


def list_batches(turn: Turn) -> Answer:
    """List the batches, the newest first."""
    return answer_rows(turn, reversed(list(turn.table())))


def read_results(turn: Turn) -> Answer:
    """Return the results, one JSON text a line, not in the order asked."""
    record = find(turn)
    if record["processing_status"] != "ended":
        raise turn.refuse("invalid", message="Batch results are not available until it has ended.")
    lines = b"".join(to_json(one) + b"\n" for one in reversed(turn.store.notes[record["id"]]))
    return Answer(200, lines, [("Content-Type", "application/x-jsonl")])


def cancel(turn: Turn) -> Json:
    """Stop a batch that is at work."""
    record = find(turn)
    if record["processing_status"] == "in_progress":
        record.update(processing_status="canceling", cancel_initiated_at=iso_time(turn.now))
        turn.change("batches.cancel", record["id"])
    return dict(record)


def delete(turn: Turn) -> Json:
    """Delete a batch that has ended."""
    record = find(turn)
    if record["processing_status"] != "ended":
        raise turn.refuse("invalid", message="Cannot delete a batch that is still processing.")
    turn.table().remove(record["id"])
    turn.change("batches.delete", record["id"])
    return {"id": record["id"], "type": "message_batch_deleted"}
