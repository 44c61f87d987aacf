"""The jobs of Zendesk's sandbox: many done at once, each by itself; the results are there when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.sandbox.rest.acting import create, find
from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.zendesk.records import merge, new_id
from penstock.sandbox.wire import Json

_MOST_IN_JOB = 100


def do_many(action: str) -> Callable[[Turn], Json]:
    """Return the handler of a call for many: a job, whose results are there when it is asked for."""

    def answer(turn: Turn) -> Json:
        given = turn.fields.get(turn.collection) or list(filter(None, turn.query.get("ids", "").split(",")))
        if not isinstance(given, list) or not given:
            raise turn.refuse("invalid", turn.collection)
        if len(given) > _MOST_IN_JOB:
            raise turn.refuse("invalid", code="TooManyValues", message="ids\nToo many values: at most 100")
        results = [{"index": index, **_do_one(turn, action, one)} for index, one in enumerate(given)]
        id = new_id(turn.ids, "job_statuses")
        path = f"{turn.request.base}/api/v2/job_statuses/{id}.json"
        job = {"id": id, "url": path, "job_type": f"Bulk {action}", "total": len(given), "progress": None,
               "status": "queued", "message": None, "results": None}  # fmt: skip
        done = {
            **job,
            "status": "completed",
            "progress": len(given),
            "message": "Completed",
            "results": results,
        }
        turn.table("job_statuses").add(id, done)
        return {"job_status": job}

    return answer


def _do_one(turn: Turn, action: str, given: Any) -> Record:
    named = given.get("id") if isinstance(given, dict) else given
    if action == "upsert":
        known = next(
            (one for one in turn.table() if one.get("email") and one.get("email") == given.get("email")), None
        )
        named, action = (known["id"], "update") if known else (None, "create")
    try:
        if action == "create":
            return {"id": create(turn, given)["id"], "success": True}
        record = find(turn, str(named))
        if action == "update":
            merge(turn, record, given)
        else:
            turn.table("deleted").add(str(named), turn.table().remove(str(named)) or {})
        turn.change(f"{turn.collection}.{action}", str(named), record)
        return {"id": record["id"], "success": True, "status": action.capitalize() + "d"}
    except Refusal as exc:
        return {"id": named, "success": False, "error": exc.code, "details": exc.message}
