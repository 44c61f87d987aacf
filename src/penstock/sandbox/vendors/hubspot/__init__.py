"""HubSpot as the sandbox plays it: records of five kinds, each a bag of properties, and what is between them.

Sources: the pages named in integrations/hubspot.py; what the hubspot-api-client package reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from penstock.catalog.definition import Limit
from penstock.integrations.hubspot import integration
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.hubspot import batches, records, searching
from penstock.sandbox.wire import Answer, Json, Pairs, iso_time, json_answer

KINDS = ("contacts", "companies", "deals", "tickets", "notes")
MANUAL_LIST = "7"
_STAGES = {
    "deals": {"appointmentscheduled": "Appointment scheduled", "closedwon": "Closed won", "closedlost": "Closed lost"},
    "tickets": {"1": "New", "2": "Waiting on contact", "4": "Closed"},
}  # fmt: skip
_POLICIES = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}


def open_vendor(setup: Setup) -> Vendor:
    """Return HubSpot."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    body = {
        "status": "error",
        "message": refusal.message,
        "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf",
    }
    if refusal.kind != "throttled":
        return json_answer(refusal.status, {**body, "category": refusal.code})
    policy = next((name for name, most in _POLICIES.items() if (refusal.wait_s or 0.0) <= most), "DAILY")
    said = f"You have reached your {policy.lower()} limit."
    return json_answer(429, {**body, "message": said, "errorType": "RATE_LIMIT", "policyName": policy})


def _say_left(limit: Limit, left: float, reset_in_s: float, now: float) -> Pairs:
    """A search's answer says nothing; the others how long the window is, not when it ends."""
    if limit.per is None or limit.per <= 1.0:
        return []
    fields = {"Max": limit.amount, "Remaining": left, "Interval-Milliseconds": limit.per * 1000}
    return [(f"X-HubSpot-RateLimit-{name}", f"{int(value)}") for name, value in fields.items()]


def _link(turn: Turn, body: Json) -> Json:
    """Say the next page's whole address beside its cursor."""
    following = body.get("paging", {}).get("next")
    if following is not None:
        kept = [(name, value) for name, value in turn.request.query_pairs() if name != "after"]
        following["link"] = f"{turn.url}?{urlencode([*kept, ('after', following['after'])])}"
    return body


def _seed(turn: Turn) -> None:
    for number, name in enumerate(("Ada", "Grace", "Hedy"), start=1):
        owner = {
            "id": str(number),
            "email": f"{name.lower()}@example.com",
            "firstName": name,
            "userId": number,
        }
        times = {"createdAt": iso_time(turn.now), "updatedAt": iso_time(turn.now), "archived": False}
        turn.table("owners").add(str(number), {**owner, **times})
    turn.store.notes["lists"] = {MANUAL_LIST: []}


def _show_account(turn: Turn) -> Json:
    return {
        "portalId": 62515, "accountType": "DEVELOPER_TEST", "timeZone": "Europe/Dublin", "companyCurrency": "EUR",
        "additionalCurrencies": [], "utcOffset": "+00:00", "utcOffsetMilliseconds": 0, "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }  # fmt: skip


def _list_properties(turn: Turn) -> Json:
    kind = turn.values["objectType"]
    if kind not in records.PROPERTIES:
        raise turn.refuse("not_found", kind)
    named = records.PROPERTIES[kind]
    return {
        "results": [{"name": name, "label": name, "type": "string", "fieldType": "text"} for name in named]
    }


def _list_pipelines(turn: Turn) -> Json:
    kind = turn.values["objectType"]
    if kind not in _STAGES:
        raise turn.refuse("not_found", kind)
    stages = [
        {"id": id, "label": label, "displayOrder": number}
        for number, (id, label) in enumerate(_STAGES[kind].items())
    ]
    id = "0" if kind == "tickets" else "default"
    return {"results": [{"id": id, "label": "Pipeline", "displayOrder": 0, "stages": stages}]}


def _associate(turn: Turn) -> Json:
    ends = (("fromObjectType", "fromObjectId"), ("toObjectType", "toObjectId"))
    kinds = [turn.values[kind] for kind, _ in ends]
    for kind, id in zip(kinds, (turn.values[id] for _, id in ends), strict=True):
        table = f"{kind}s" if f"{kind}s" in KINDS else kind
        if table not in KINDS or id not in turn.table(table):
            raise turn.refuse("not_found", f"{kind} {id}")
    made = {"from": {"id": turn.values["fromObjectId"]}, "to": {"id": turn.values["toObjectId"]}}
    turn.change("associations.create_default", made["from"]["id"], {"name": "/".join(kinds)})
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
    times = {"startedAt": iso_time(turn.now), "completedAt": iso_time(turn.now)}
    return {"status": "COMPLETE", "results": [{**made, "associationSpec": spec}], **times}


def _add_members(turn: Turn) -> Json:
    members = turn.store.notes["lists"].get(turn.values["listId"])
    if members is None:
        raise turn.refuse("not_found", f"list {turn.values['listId']}")
    asked = [str(id) for id in turn.body] if isinstance(turn.body, list) else []
    there = [id for id in asked if id in turn.table("contacts")]
    added = [id for id in there if id not in members]
    members += added
    for id in added:
        turn.change("lists.add_members", id, {"name": turn.values["listId"]})
    missing = [id for id in asked if id not in there]
    return {"recordsIdsAdded": added, "recordIdsRemoved": [], "recordIdsMissing": missing}


def _of_type(turn: Turn) -> Turn:
    """Return the call as one to the type of object its path names."""
    kind = {"0-3": "deals"}.get(turn.values["objectType"], turn.values["objectType"])
    if kind not in KINDS:
        raise turn.refuse("not_found", kind)
    return replace(turn, collection=kind)


_HANDLERS: dict[str, Callable[[Turn], Json | Answer]] = {
    f"{kind}.{leaf}": handler
    for kind in KINDS
    for leaf, handler in {
        "create": records.create,
        "get": records.get,
        "list": records.list_all,
        "update": records.update,
        "delete": records.archive,
        "search": searching.search,
        "upsert": batches.upsert,
        "batch_create": batches.create,
        "batch_update": batches.update,
    }.items()
}
_HANDLERS |= {
    "objects.batch_create": lambda turn: batches.create(_of_type(turn)),
    "objects.batch_update": lambda turn: batches.update(_of_type(turn)),
}
_NAMED = {operation.name: operation for operation in integration.operations}

SHAPE = Shape(
    key="pat-na1-sandbox-{name}",
    error=_error,
    seed=_seed,
    page=_link,
    left_fields=_say_left,
    refusals={
        "unauthorized": (401, "INVALID_AUTHENTICATION", "Authentication credentials not found."),
        "forbidden": (
            403,
            "MISSING_SCOPES",
            "This app hasn't been granted all required scopes to make this call.",
        ),
        "not_found": (404, "OBJECT_NOT_FOUND", "Object not found: {what}."),
        "no_route": (404, "OBJECT_NOT_FOUND", "resource not found"),
        "invalid": (400, "VALIDATION_ERROR", "Invalid input JSON: {what}"),
        "throttled": (429, "RATE_LIMITS", "You have reached your limit."),
        "failed": (500, "INTERNAL_ERROR", "internal error"),
    },
    handlers={
        **{name: handler for name, handler in _HANDLERS.items() if name in _NAMED},
        "account_info.get": _show_account,
        "owners.list": lambda turn: answer_rows(turn, turn.table("owners")),
        "properties.list": _list_properties,
        "pipelines.list": _list_pipelines,
        "associations.create_default": _associate,
        "lists.add_members": _add_members,
    },
    routes={
        f"{operation.method} {operation.path.replace('/0-3', '/deals')}": name
        for name, operation in _NAMED.items()
        if "/0-3" in operation.path
    },
)
