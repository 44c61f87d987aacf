"""Calls of Salesforce's sandbox that do many things: collections, trees, composite calls; each part answers for itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.salesforce.records import (
    PREFIXES,
    change,
    check_object,
    find,
    keep,
    name_object,
    remove,
    say_done,
    upsert,
)
from penstock.sandbox.wire import Answer, Json, json_answer

_MOST_RECORDS, _MOST_CALLS = 200, 25


def _do_all(turn: Turn, given: Sequence[Any], do: Callable[[Any], Record]) -> Json:
    """Return what became of each, in order; with allOrNone one failure leaves the rest unchecked and undone."""
    if len(given) > _MOST_RECORDS:
        words = f"record limit reached. cannot submit more than {_MOST_RECORDS} records into this call"
        raise turn.refuse("invalid", code="EXCEEDED_ID_LIMIT", message=words)
    is_whole = str(turn.fields.get("allOrNone", turn.query.get("allOrNone"))).lower() == "true"
    results: list[Record] = []
    for one in given:
        try:
            results.append(do(one))
        except Refusal as exc:
            error = {"statusCode": exc.code, "message": exc.message, "fields": []}
            results.append({"success": False, "errors": [error]})
            if is_whole:
                break
    if is_whole and results and not results[-1]["success"]:
        halted = {
            "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "message": "Record rolled back",
            "fields": [],
        }
        turn.effects.clear()
        for done in results[:-1]:
            turn.store.table(_name_of(done["id"])).remove(done["id"])
        rolled_back = {"success": False, "errors": [halted]}
        return [
            *(rolled_back for _ in results[:-1]),
            results[-1],
            *(rolled_back for _ in given[len(results) :]),
        ]
    return results


def _name_of(id: str) -> str:
    return next((name for name, prefix in PREFIXES.items() if id.startswith(prefix)), "Account")


def _records(turn: Turn) -> list[Any]:
    given = turn.fields.get("records")
    if not isinstance(given, list) or not given:
        raise turn.refuse("invalid", "records")
    return given


def _type(turn: Turn, record: Record) -> str:
    return check_object(turn, str((record.get("attributes") or {}).get("type")))


def create_all(turn: Turn) -> Json:
    """Make up to 200 records."""
    return _do_all(turn, _records(turn), lambda one: say_done(keep(turn, _type(turn, one), one)["Id"]))


def update_all(turn: Turn) -> Json:
    """Change up to 200 records by their ids."""

    def do(one: Record) -> Record:
        record = find(turn, _type(turn, one), str(one.get("id", one.get("Id"))))
        change(turn, _type(turn, one), record, one)
        return say_done(record["Id"])

    return _do_all(turn, _records(turn), do)


def upsert_all(turn: Turn) -> Json:
    """Change or make up to 200 records by an external id field."""
    name, field = check_object(turn, turn.values["object"]), turn.values["externalIdField"]

    def do(one: Record) -> Record:
        record, is_new = upsert(turn, name, field, str(one.get(field)), one)
        return say_done(record["Id"], created=is_new)

    return _do_all(turn, _records(turn), do)


def delete_all(turn: Turn) -> Json:
    """Take out up to 200 records."""

    def do(id: str) -> Record:
        remove(turn, _name_of(id), find(turn, _name_of(id), id))
        return say_done(id)

    return _do_all(turn, [id for id in turn.query.get("ids", "").split(",") if id], do)


def create_tree(turn: Turn) -> Answer:
    """Make records of one object; those below them are not played."""
    name = name_object(turn)
    results = [
        {"referenceId": one["attributes"].get("referenceId"), "id": keep(turn, name, one)["Id"]}
        for one in _records(turn)
    ]
    return json_answer(201, {"hasErrors": False, "results": results})


def run_composite(turn: Turn) -> Json:
    """Run calls in order; one may use another's answer as @{referenceId.id}."""
    given = turn.fields.get("compositeRequest")
    if not isinstance(given, list) or not 0 < len(given) <= _MOST_CALLS:
        raise turn.refuse("invalid", "compositeRequest")
    said: dict[str, Json] = {}
    answers = []
    for one in given:
        try:
            body, status = _run_one(turn, one, said)
        except Refusal as exc:
            body, status = [{"errorCode": exc.code, "message": exc.message}], exc.status
        said[str(one.get("referenceId"))] = body
        answers.append(
            {"body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": one.get("referenceId")}
        )
    return {"compositeResponse": answers}


def _run_one(turn: Turn, call: Record, said: dict[str, Json]) -> tuple[Json, int]:
    def put(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        return re.sub(r"@\{(\w+)\.(\w+)\}", lambda found: str((said.get(found[1]) or {}).get(found[2])), text)

    fields = {name: put(value) for name, value in (call.get("body") or {}).items()}
    parts = str(put(call.get("url"))).partition("/sobjects/")[2].split("/")
    name, method = check_object(turn, parts[0]), call.get("method")
    if method == "POST":
        return say_done(keep(turn, name, fields)["Id"]), 201
    if method == "PATCH" and len(parts) == 3:
        record, is_new = upsert(turn, name, parts[1], parts[2], fields)
        return say_done(record["Id"], created=is_new), 201 if is_new else 200
    record = find(turn, name, parts[1] if len(parts) > 1 else "")
    if method == "GET":
        return record, 200
    if method == "PATCH":
        change(turn, name, record, fields)
    else:
        remove(turn, name, record)
    return None, 204


def invoke_flow(turn: Turn) -> Answer:
    """Run a flow on each of its inputs; one that wants `to` fails where it is missing."""
    name = turn.values["apiName"]
    if name != "Send_Offer":
        raise turn.refuse("not_found")
    results: list[Record] = []
    for one in turn.fields.get("inputs") or [{}]:
        error = {
            "statusCode": "REQUIRED_FIELD_MISSING",
            "message": "Missing required input parameter: to",
            "fields": [],
        }
        is_done = bool(one.get("to"))
        results.append(
            {
                "actionName": name,
                "errors": None if is_done else [error],
                "isSuccess": is_done,
                "outputValues": None,
            }
        )
    if all(not one["isSuccess"] for one in results):
        return json_answer(400, results)
    turn.change("flows.invoke", name)
    return json_answer(200, results)
