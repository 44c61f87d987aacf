"""HubSpot's bulk calls: up to a hundred inputs, all or nothing, or with a 207 that says which failed.

A create tells them apart only where each input brings an objectWriteTraceId; else one bad input refuses them all.
"""

from __future__ import annotations

from collections.abc import Callable

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.hubspot import records
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

MOST_INPUTS = 100


def create(turn: Turn) -> Answer:
    """Answer batch/create."""
    inputs = _inputs(turn)
    is_traced = all(one.get("objectWriteTraceId") for one in inputs)
    if not is_traced:
        _try_all(turn, inputs)
    return _each(turn, inputs, 201, lambda one: records.keep(turn, one.get("properties")))


def update(turn: Turn) -> Answer:
    """Answer batch/update: what is not there is told in the 207."""
    return _each(
        turn, _inputs(turn), 200, lambda one: records.change(turn, _find(turn, one), one.get("properties"))
    )


def upsert(turn: Turn) -> Answer:
    """Answer batch/upsert: each input says whether it was new."""
    inputs = _inputs(turn)
    for one in inputs:
        if not one.get("id") or one.get("idProperty") in (None, ""):
            raise turn.refuse("invalid", "id and idProperty are needed")
        records.check(turn, one.get("properties") or {})
    return _each(turn, inputs, 200, lambda one: _put(turn, one))


def _put(turn: Turn, one: Record) -> Record:
    known_by, key = str(one["idProperty"]), str(one["id"])
    record = records.find(turn, key, known_by)
    properties = {**(one.get("properties") or {}), known_by: key}
    if record is None:
        return {**records.keep(turn, properties), "new": True}
    return {**records.change(turn, record, properties), "new": False}


def _inputs(turn: Turn) -> list[Record]:
    inputs = turn.body.get("inputs") if isinstance(turn.body, dict) else None
    if not isinstance(inputs, list) or not inputs or not all(isinstance(one, dict) for one in inputs):
        raise turn.refuse("invalid", "inputs")
    if len(inputs) > MOST_INPUTS:
        raise turn.refuse(
            "invalid", message=f"Batch input size {len(inputs)} exceeds the limit of {MOST_INPUTS}."
        )
    return inputs


def _find(turn: Turn, one: Record) -> Record:
    record = records.find(turn, str(one.get("id")), one.get("idProperty"))
    if record is None:
        raise turn.refuse("not_found", f"{turn.collection} {one.get('id')}")
    return record


def _try_all(turn: Turn, inputs: list[Record]) -> None:
    """Refuse them all for one that is not valid, or whose address is known: to us, or twice among them."""
    emails: list[str] = []
    for one in inputs:
        email = records.check(turn, one.get("properties")).get("email")
        there = records.find(turn, email, "email") if email and turn.collection == "contacts" else None
        if there is not None or (email and email.lower() in emails):
            said = f"Contact already exists. Existing ID: {there['id'] if there else 'in this batch'}"
            raise turn.refuse("invalid", status=409, code="CONFLICT", message=said)
        if email:
            emails.append(email.lower())


def _each(turn: Turn, inputs: list[Record], status: int, do: Callable[[Record], Record]) -> Answer:
    results: list[Json] = []
    errors: list[Json] = []
    for one in inputs:
        trace = {"objectWriteTraceId": one["objectWriteTraceId"]} if one.get("objectWriteTraceId") else {}
        try:
            results.append({**do(one), **trace})
        except Refusal as exc:
            context = {"ids": [str(one["id"])]} if "id" in one else {}
            context |= {name: [value] for name, value in trace.items()}
            errors.append(
                {"status": "error", "category": exc.code, "message": exc.message, "context": context}
            )
    at = iso_time(turn.now)
    body = {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}
    if errors:
        return json_answer(207, {**body, "numErrors": len(errors), "errors": errors})
    return json_answer(status, body)
