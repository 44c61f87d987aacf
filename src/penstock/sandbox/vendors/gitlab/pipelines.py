"""GitLab's pipelines and their jobs: each pipeline has one job, which has succeeded by the time one looks."""

from __future__ import annotations

from collections.abc import Callable

from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.vendors.gitlab.world import person
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer


def _run(turn: Turn) -> Answer:
    ref = turn.fields.get("ref") or turn.query.get("ref")
    if not ref:
        raise turn.refuse("invalid", "ref")
    place = turn.values["id"]
    if str(ref) not in turn.table("branches", place):
        raise turn.refuse("invalid", code="message", message="Reference not found")
    id, number = turn.ids.next("pipelines", 1_100_001), turn.ids.next(f"pipelines of {turn.account} {place}")
    record = {
        "id": id, "iid": number, "project_id": int(place), "status": "created", "source": "api", "ref": str(ref),
        "sha": "0" * 40, "created_at": iso_time(turn.now), "updated_at": iso_time(turn.now), "user": person(),
        "web_url": f"https://gitlab.com/sandbox/demo/-/pipelines/{id}",
    }  # fmt: skip
    turn.table("pipelines", place).add(str(id), record)
    job = {
        "id": id + 1,
        "name": "test",
        "stage": "test",
        "status": "success",
        "ref": str(ref),
        "pipeline": {"id": id},
    }
    turn.table("jobs", place).add(str(id + 1), job)
    turn.change("pipelines.create", str(id), {"name": str(ref)})
    return json_answer(201, record)


def _cancel(turn: Turn) -> Json:
    record = find(turn)
    record["status"] = "canceled"
    turn.change("pipelines.cancel", turn.values["pipeline_id"])
    return record


def _read_log(turn: Turn) -> Answer:
    job = turn.table("jobs", turn.values["id"]).get(turn.values["job_id"])
    if job is None:
        raise turn.refuse("not_found")
    return Answer(200, b"Running with gitlab-runner\nJob succeeded\n", [("Content-Type", "text/plain")])


HANDLERS: dict[str, Callable[[Turn], Json | Answer]] = {
    "pipelines.create": _run,
    "pipelines.cancel": _cancel,
    "jobs.log": _read_log,
}
