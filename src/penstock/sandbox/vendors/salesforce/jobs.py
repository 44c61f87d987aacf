"""The bulk jobs of Salesforce's sandbox: a CSV is uploaded, closed, and worked off when it is asked for."""

from __future__ import annotations

import csv
import io

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import ALNUM, Record
from penstock.sandbox.vendors.salesforce.records import (
    VERSION,
    change,
    check_object,
    find,
    keep,
    remove,
    upsert,
)
from penstock.sandbox.wire import Answer, Json, iso_time


def create_job(turn: Turn) -> Json:
    """Open a job."""
    given = turn.fields
    for name in ("object", "operation"):
        if not given.get(name):
            raise turn.refuse("invalid", name)
    id = f"750xx{turn.ids.text(13, ALNUM)}"
    job = {
        "id": id, "operation": given["operation"], "object": check_object(turn, given["object"]), "state": "Open",
        "externalIdFieldName": given.get("externalIdFieldName"), "contentType": "CSV", "jobType": "V2Ingest",
        "apiVersion": float(VERSION[1:]), "lineEnding": given.get("lineEnding", "LF"), "createdDate": iso_time(turn.now),
        "columnDelimiter": given.get("columnDelimiter", "COMMA"), "concurrencyMode": "Parallel",
        "contentUrl": f"services/data/{VERSION}/jobs/ingest/{id}/batches",
    }  # fmt: skip
    return turn.store.table("jobs").add(id, job)


def _find(turn: Turn) -> Record:
    job = turn.store.table("jobs").get(turn.values["job_id"])
    if job is None:
        raise turn.refuse("not_found")
    return job


def upload(turn: Turn) -> Answer:
    """Take the job's one file."""
    job = _find(turn)
    if job["state"] != "Open" or "csv" in job:
        words = "Found multiple contents for job: an ingest job takes one"
        raise turn.refuse("invalid", code="INVALIDJOBSTATE", message=words)
    job["csv"] = turn.request.body.decode(errors="replace")
    return Answer(201)


def change_job(turn: Turn) -> Json:
    """Close a job, so that it is worked off, or give it up."""
    job, state = _find(turn), turn.fields.get("state")
    if state not in ("UploadComplete", "Aborted"):
        raise turn.refuse("invalid", "state")
    if job["state"] == "Open":
        job["state"] = state
    return _show(job)


def get_job(turn: Turn) -> Json:
    """Return how a job stands; one that was closed is done when it is asked for."""
    job = _find(turn)
    if job["state"] == "UploadComplete":
        rows = csv.DictReader(io.StringIO(job.get("csv", "")))
        job["done"], job["failed"] = [], []
        for row in rows:
            try:
                record, is_new = _do_one(turn, job, row)
                job["done"].append({"sf__Id": record["Id"], "sf__Created": str(is_new).lower(), **row})
            except Refusal as exc:
                job["failed"].append({"sf__Id": "", "sf__Error": f"{exc.code}:{exc.message}", **row})
        job["state"] = "JobComplete"
    return _show(job)


def _do_one(turn: Turn, job: Record, row: Record) -> tuple[Record, bool]:
    name, operation = job["object"], job["operation"]
    fields = {field: value for field, value in row.items() if value != ""}
    if operation == "insert":
        return keep(turn, name, fields), True
    if operation == "upsert":
        field = str(job["externalIdFieldName"])
        return upsert(turn, name, field, str(row.get(field)), fields)
    record = find(turn, name, str(row.get("Id")))
    if operation == "update":
        change(turn, name, record, fields)
    else:
        remove(turn, name, record)
    return record, False


def _show(job: Record) -> Record:
    counted = len(job.get("done", ())) + len(job.get("failed", ()))
    shown = {name: value for name, value in job.items() if name not in ("csv", "done", "failed")}
    return shown | {"numberRecordsProcessed": counted, "numberRecordsFailed": len(job.get("failed", ()))}


def list_jobs(turn: Turn) -> Json:
    """Return every job."""
    return {"done": True, "nextRecordsUrl": None, "records": [_show(job) for job in turn.store.table("jobs")]}


def read_results(turn: Turn) -> Answer:
    """Return the rows that were done, or those that were not, as CSV."""
    job = _find(turn)
    rows = job.get("failed" if turn.request.path.endswith("failedResults") else "done", [])
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return Answer(200, text.getvalue().encode(), [("Content-Type", "text/csv; charset=UTF-8")])
