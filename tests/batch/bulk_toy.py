"""A service of our own that takes many things at once in five ways, and the server behind it, which logs every effect.

contacts    as HubSpot: each item is done or refused by itself, the answer names them by what the request wrote into them
records     as Airtable: ten at a time, all or nothing
objects     as Salesforce: a list of flags in the order sent
settings    a PUT and its many: sending it twice does no harm
charges     known again by an idempotency key
renders     worked off as a job, which can be found again by its name; prints: one that cannot
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from penstock.catalog.definition import (
    Bearer,
    Bulk,
    BulkJob,
    Cursor,
    ErrorShape,
    Idempotency,
    Integration,
    Limit,
    Operation,
    Part,
    fields,
    in_order,
    traced,
)

_HEALTH = Operation("health.get", "GET", "/health")


def job(kind: str, **more: Any) -> BulkJob:
    """Return how rows are handed in as a job of this kind."""
    return BulkJob(
        submit=f"{kind}.submit",
        write=lambda calls, name: {
            "name": name,
            "calls": [{"id": call.id, "path": call.path, "body": call.body} for call in calls],
        },
        poll="jobs.get",
        poll_by="job_id",
        is_ended=lambda record: record["state"] == "over",
        fetch=lambda record: [("jobs.results", {"job_id": record["id"]})],
        read=lambda body: [
            (one["id"], Part(one["body"], one["status"])) for one in map(json.loads, body.splitlines())
        ],
        max_items=10,
        **more,
    )


INTEGRATION = Integration(
    name="toy",
    title="Toy",
    docs="https://toy.example",
    checked="2026-11",
    base_url="http://127.0.0.1:1",
    auth=(Bearer("token"),),
    idempotency=Idempotency("Idempotency-Key", only=("charges.create", "charges.create_many")),
    pagination=Cursor(request="after", next="next", items="jobs"),
    errors=ErrorShape(message=("message", "0.message"), code=("code", "0.code")),
    hints={"BAD": "Mend the row."},
    limits=(Limit(100_000, per=1.0),),
    health=_HEALTH,
    operations=(
        _HEALTH,
        Operation(
            "contacts.create",
            "POST",
            "/contacts",
            fields("row! value"),
            into="properties",
            bulk=Bulk(
                "contacts.create_many",
                into="inputs",
                max_items=10,
                trace="trace",
                split=traced("results", "trace", error_trace="context.trace"),
            ),
        ),
        Operation("contacts.create_many", "POST", "/contacts/many", fields("inputs:array!")),
        Operation(
            "records.create",
            "POST",
            "/tables/{table}",
            fields("table! row! value"),
            into="fields",
            bulk=Bulk(
                "records.create_many",
                into="records",
                max_items=10,
                max_bytes=4000,
                shared=("table",),
                split=in_order("records"),
            ),
        ),
        Operation("records.create_many", "POST", "/tables/{table}/many", fields("table! records:array!")),
        Operation(
            "objects.create",
            "POST",
            "/objects/{kind}",
            fields("kind! row! value"),
            bulk=Bulk(
                "objects.create_many",
                into="records",
                max_items=25,
                fixed={"allOrNone": False},
                item=lambda given: {"attributes": {"type": given.pop("kind")}, **given},
                split=in_order(is_done="success", error="errors"),
            ),
        ),
        Operation("objects.create_many", "POST", "/collections", fields("records:array! allOrNone:boolean")),
        Operation(
            "settings.put",
            "PUT",
            "/settings/{row}",
            fields("row! value"),
            bulk=Bulk(
                "settings.put_many",
                into="all",
                max_items=10,
                item=lambda given: given if given.get("value") != "alone" else None,
                split=in_order("all"),
                is_idempotent=True,
            ),
        ),
        Operation("settings.put_many", "POST", "/settings", fields("all:array!")),
        Operation(
            "charges.create",
            "POST",
            "/charges",
            fields("row! value"),
            bulk=Bulk("charges.create_many", into="charges", max_items=10, split=in_order("charges")),
        ),
        Operation("charges.create_many", "POST", "/charges/many", fields("charges:array!")),
        Operation(
            "renders.create",
            "POST",
            "/renders",
            fields("row! value"),
            bulk_job=job("renders", find="jobs.list", is_found=lambda record, name: record["name"] == name),
        ),
        Operation("renders.submit", "POST", "/jobs", fields("name! calls:array!")),
        Operation("prints.create", "POST", "/prints", fields("row! value"), bulk_job=job("prints")),
        Operation("prints.submit", "POST", "/jobs", fields("name! calls:array!")),
        Operation("jobs.list", "GET", "/jobs", fields("after"), is_paginated=True, items="jobs"),
        Operation("jobs.get", "GET", "/jobs/{job_id}"),
        Operation("jobs.results", "GET", "/jobs/{job_id}/results"),
    ),
)

CALLS = ("contacts.create", "records.create", "objects.create", "settings.put", "charges.create")


class Toy:
    """The server. `faults` are taken one by one, each by one request: "", "429", "500", "drop", "drop_after_effect"."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.effects: list[tuple[str, str]] = []
        self.requests: list[str] = []
        self.items: list[int] = []
        self.faults: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {}  # by idempotency key
        self.jobs: dict[str, dict[str, Any]] = {}
        self.polls_needed = 0
        toy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                toy.serve(self)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> Toy:
        return self

    def __exit__(self, *_: Any) -> None:
        self.http.shutdown()
        self.http.server_close()

    def counted(self, kind: str) -> Counter[str]:
        """Return how often each row had its effect."""
        with self.lock:
            return Counter(row for its_kind, row in self.effects if its_kind == kind)

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("Content-Length") or 0)
        body = json.loads(request.rfile.read(length)) if length else {}
        path = urlsplit(request.path).path
        with self.lock:
            fault = self.faults.pop(0) if self.faults else ""
            self.requests.append(f"{request.command} {path}")
            status, answer = 200, None
            if fault in ("", "drop_after_effect"):
                status, answer = self.answer(request.command, path, body, request.headers)
            elif fault.isdigit():
                status, answer = int(fault), {"message": "Not now."}
        if fault.startswith("drop"):
            request.close_connection = True
            request.connection.close()
            return
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        request.send_response(status)
        kind = "application/x-ndjson" if isinstance(answer, bytes) else "application/json"
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def answer(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[int, Any]:
        key = headers.get("Idempotency-Key")
        if key is not None and key in self.answers:
            return self.answers[key]
        status, answer = self.route(method, path.strip("/").split("/"), body)
        if key is not None:
            self.answers[key] = (status, answer)
        return status, answer

    def route(self, method: str, steps: list[str], body: Any) -> tuple[int, Any]:
        match steps:
            case ["contacts"]:
                return self.one("contacts", body["properties"])
            case ["contacts", "many"]:
                done, errors = [], []
                for item in body["inputs"]:
                    status, said = self.one("contacts", item["properties"])
                    if status == 200:
                        done.append({**said, "trace": item["trace"]})
                    else:
                        errors.append({**said, "context": {"trace": [item["trace"]]}})
                self.items.append(len(body["inputs"]))
                # In no order anybody promised.
                return (
                    (207, {"results": done[::-1], "errors": errors})
                    if errors
                    else (200, {"results": done[::-1]})
                )
            case ["tables", table]:
                return self.one(f"records {table}", body["fields"])
            case ["tables", table, "many"]:
                return self.whole(f"records {table}", [r["fields"] for r in body["records"]], "records", 10)
            case ["objects", kind]:
                return self.one(f"objects {kind}", body)
            case ["collections"]:
                self.items.append(len(body["records"]))
                flags = []
                for record in body["records"]:
                    status, said = self.one(f"objects {record.pop('attributes')['type']}", record)
                    flags.append(
                        {**said, "success": True} if status == 200 else {"success": False, "errors": [said]}
                    )
                return 200, flags
            case ["settings", row]:
                return self.one("settings", {**body, "row": row})
            case ["settings"]:
                return self.whole("settings", body["all"], "all", 10)
            case ["charges"]:
                return self.one("charges", body)
            case ["charges", "many"]:
                return self.whole("charges", body["charges"], "charges", 10)
            case ["jobs"] if method == "POST":
                return self.take_job(body)
            case ["jobs"]:
                return 200, {"jobs": [self.record(id) for id in reversed(self.jobs)], "next": None}
            case ["jobs", id] if id in self.jobs:
                self.jobs[id]["polls"] += 1
                return 200, self.record(id)
            case ["jobs", id, "results"] if id in self.jobs:
                return 200, b"".join(json.dumps(line).encode() + b"\n" for line in self.jobs[id]["lines"])
            case _:
                return 404, {"message": "There is nothing here."}

    def one(self, kind: str, given: dict[str, Any]) -> tuple[int, Any]:
        if given.get("value") == "bad":
            return 400, {"message": f"{given['row']} is bad.", "code": "BAD"}
        self.effects.append((kind, given["row"]))
        return 200, {"id": f"id-{given['row']}", "value": given.get("value")}

    def whole(self, kind: str, many: list[dict[str, Any]], name: str, most: int) -> tuple[int, Any]:
        """Do all or nothing."""
        self.items.append(len(many))
        if len(many) > most:
            return 422, {"message": f"At most {most}."}
        bad = next((given["row"] for given in many if given.get("value") == "bad"), None)
        if bad is not None:
            return 422, {"message": f"{bad} is bad.", "code": "BAD"}
        return 200, {name: [self.one(kind, given)[1] for given in many]}

    def take_job(self, body: Any) -> tuple[int, Any]:
        id = f"job{len(self.jobs)}"
        lines = []
        for call in reversed(body["calls"]):
            status, said = self.one(call["path"].strip("/"), call["body"])
            lines.append({"id": call["id"], "status": status, "body": said})
        self.jobs[id] = {"name": body["name"], "lines": lines, "polls": 0}
        self.items.append(len(lines))
        return 200, self.record(id)

    def record(self, id: str) -> dict[str, Any]:
        job = self.jobs[id]
        return {
            "id": id,
            "name": job["name"],
            "state": "over" if job["polls"] > self.polls_needed else "going on",
        }
