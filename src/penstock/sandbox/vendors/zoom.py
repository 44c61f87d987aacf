"""Zoom as the sandbox plays it: an account of 130 people, meetings with numbers of eleven digits, UUIDs with slashes.

Sources: the pages named in integrations/zoom.py; what zoomus asks for (it has no error classes of its own).
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import unquote

from penstock.integrations.zoom import integration
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import HEX, Ids, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

ME, PEOPLE, PARTICIPANTS, REGISTRANTS_AT_ONCE = "z8yCxjabcdEFGHfp8uQ", 130, 70, 30
PAST = "/ajXp112QmuoKj4854875=="  # begins with a slash, as one in so many does
_KEY = "eyJzdiI6IjAwMDAwMSJ9.sandbox.{name}"
_DAY = (
    "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular "
    "user. You may resume these requests at GMT 00:00:00."
)
_NOT_THERE = {
    "users": (1001, "User does not exist: {id}."), "meetings": (3001, "Meeting does not exist: {id}."),
    "webinars": (3001, "Webinar does not exist: {id}."), "recordings": (3301, "This recording does not exist."),
    "past_meetings": (3001, "Meeting does not exist: {id}."),
}  # fmt: skip


def open_vendor(setup: Setup) -> Vendor:
    """Return Zoom."""
    return RestVendor(setup, integration, SHAPE)


def _build_error(refusal: Refusal) -> Answer:
    """Return Zoom's number and words; of two refusals for rate only the words tell them apart."""
    code, message = int(refusal.code), refusal.message
    if refusal.kind == "not_found":
        collection, _, id = message.partition(" ")
        code, said = _NOT_THERE.get(collection, (300, "{id} does not exist."))
        message = said.replace("{id}", id)
    if refusal.kind == "throttled" and (refusal.wait_s or 0.0) > 60:
        message = _DAY
    body: Record = {"code": code, "message": message}
    if refusal.kind == "invalid":
        body["errors"] = [{"field": message, "message": "Invalid field."}]
        body["message"] = "Validation Failed."
    return json_answer(refusal.status, body)


def _new_id(ids: Ids, collection: str) -> str:
    if collection in ("meetings", "webinars"):
        return str(85_746_065_432 + ids.next("meeting") * 7)
    return ids.text(22)


def _uuid(ids: Ids) -> str:
    return base64.b64encode(bytes.fromhex(ids.text(32, HEX))).decode()


def _person(id: str, number: int) -> Record:
    return {
        "id": id, "first_name": f"Person{number}", "last_name": "Sandbox", "email": f"person{number:03}@example.com",
        "type": 2, "status": "active", "timezone": "Europe/Paris", "verified": 1, "dept": "", "pmi": 1_234_567_000 + number,
    }  # fmt: skip


def _seed(turn: Turn) -> None:
    for number in range(PEOPLE):
        id = ME if number == 0 else f"u{number:03}EFGHfp8uQabcdKLM"
        turn.table("users").add(id, _person(id, number))
    past = {"uuid": PAST, "id": 85_746_000_001, "host_id": ME, "type": 2, "topic": "Past", "user_name": "Person0",
            "start_time": "2026-11-01T09:00:00Z", "end_time": "2026-11-01T09:30:00Z", "duration": 30,
            "total_minutes": 30, "participants_count": PARTICIPANTS}  # fmt: skip
    turn.table("past_meetings").add(PAST, past)
    file = {"id": "rec1", "file_type": "MP4", "file_size": 1000, "status": "completed"}
    turn.table("recordings").add("85746000001", {**past, "recording_files": [file], "recording_count": 1})


def _find(turn: Turn, collection: str, id: str) -> Record:
    """Return a record by its id; a person also by address, and as me."""
    if collection == "users":
        id = ME if id == "me" else next((one["id"] for one in turn.table("users") if one["email"] == id), id)
    record = turn.table(collection).get(id)
    if record is None:
        raise turn.refuse("not_found", f"{collection} {id}")
    return record


def _named(turn: Turn) -> tuple[str, str]:
    """Return (the collection, the id) the path names first; a UUID comes encoded once more."""
    name, value = next(iter(turn.values.items()))
    collection = {
        "userId": "users",
        "meetingId": "meetings",
        "webinarId": "webinars",
        "meetingUUID": "past_meetings",
    }[name]
    return collection, unquote(value)


def _get(turn: Turn) -> Json:
    return _find(turn, *_named(turn)) if turn.values else turn.table("users").get(ME)


def _list_people(turn: Turn) -> Answer:
    return answer_rows(turn, list(turn.table("users")))


def _add_person(turn: Turn) -> Json:
    info = turn.body.get("user_info") if isinstance(turn.body, dict) else None
    if not isinstance(info, dict) or not info.get("email"):
        raise turn.refuse("invalid", "user_info.email")
    if any(one["email"] == info["email"] for one in turn.table("users")):
        raise turn.refuse("invalid", status=409, code="1005", message="User already in the account.")
    id = turn.shape.new_id(turn.ids, "users")
    record = _person(id, len(turn.table("users"))) | info | {"status": "pending"}
    turn.table("users").add(id, record)
    turn.change("users.create", id, record)
    return json_answer(
        201, {name: record.get(name) for name in ("id", "first_name", "last_name", "email", "type")}
    )


def _change(turn: Turn) -> Answer:
    collection, id = _named(turn)
    record = _find(turn, collection, id)
    record.update(turn.fields)
    turn.change(f"{collection}.update", str(record["id"]), record)
    return Answer(204)


def _create(turn: Turn) -> Json:
    """Keep a meeting or webinar; its host is who the path names."""
    host = _find(turn, "users", turn.values["userId"])
    if not isinstance(turn.fields.get("type", 2), int):
        raise turn.refuse("invalid", "type")
    id = turn.shape.new_id(turn.ids, turn.collection)
    record = {
        "uuid": _uuid(turn.ids), "id": int(id), "host_id": host["id"], "topic": "Zoom Meeting", "type": 2,
        "status": "waiting", "duration": 60, "timezone": "UTC", "created_at": iso_time(turn.now),
        "join_url": f"https://us02web.zoom.us/j/{id}", **turn.fields,
    }  # fmt: skip
    turn.table(turn.collection).add(id, record)
    turn.change(f"{turn.collection}.create", id, record)
    return json_answer(201, record)


def _list_of_host(turn: Turn) -> Answer:
    host = _find(turn, "users", turn.values["userId"])
    return answer_rows(turn, [one for one in turn.table(turn.collection) if one["host_id"] == host["id"]])


def _delete(turn: Turn) -> Answer:
    id = turn.values["meetingId"]
    _find(turn, turn.collection, id)
    turn.table(turn.collection).remove(id)
    turn.change(f"{turn.collection}.delete", id)
    return Answer(204)


def _end(turn: Turn) -> Answer:
    meeting = _find(turn, "meetings", turn.values["meetingId"])
    if meeting["status"] == "ended":
        raise turn.refuse("invalid", code="3161", message="action")
    meeting["status"] = "ended"
    turn.change("meetings.end", str(meeting["id"]))
    return Answer(204)


def _invite(turn: Turn) -> Json:
    meeting = _find(turn, "meetings", turn.values["meetingId"])
    return {
        "invitation": f"Person0 is inviting you to a scheduled Zoom meeting.\r\nTopic: {meeting['topic']}\r\n"
    }


def _register(turn: Turn) -> Json:
    """Add one registrant, or up to thirty at once."""
    meeting = _find(turn, "meetings", turn.values["meetingId"])
    is_bulk = turn.operation is not None and turn.operation.name == "registrants.batch_create"
    given: list[Any] = (turn.fields.get("registrants") or []) if is_bulk else [turn.fields]
    if not 1 <= len(given) <= REGISTRANTS_AT_ONCE or not all(
        isinstance(one, dict) and one.get("email") and one.get("first_name") for one in given
    ):
        raise turn.refuse("invalid", "registrants" if is_bulk else "email")
    made = []
    for one in given:
        id = turn.shape.new_id(turn.ids, "registrants")
        record = {**one, "id": id, "status": "approved", "create_time": iso_time(turn.now)}
        turn.table("registrants", str(meeting["id"])).add(id, record)
        turn.change("registrants.create", id, record)
        made.append(
            {"registrant_id": id, "email": one["email"], "join_url": f"{meeting['join_url']}?tk={id}"}
        )
    if is_bulk:
        return json_answer(201, {"registrants": made})
    return json_answer(201, {**made[0], "id": meeting["id"], "topic": meeting["topic"]})


def _list_registrants(turn: Turn) -> Answer:
    meeting = _find(turn, "meetings", turn.values["meetingId"])
    return answer_rows(turn, list(turn.table("registrants", str(meeting["id"]))))


def _decide(turn: Turn) -> Answer:
    action = str(turn.fields.get("action"))
    states = {"approve": "approved", "cancel": "cancelled", "deny": "denied"}
    if action not in states:
        raise turn.refuse("invalid", "action")
    _find(turn, "meetings", turn.values["meetingId"])
    for one in turn.fields.get("registrants") or []:
        record = turn.table("registrants", turn.values["meetingId"]).get(str(one.get("id")))
        if record is not None:
            record["status"] = states[action]
            turn.change("registrants.update_status", str(one["id"]), record)
    return Answer(204)


def _list_participants(turn: Turn) -> Answer:
    rows = [
        {"id": f"p{n}", "name": f"Guest {n}", "user_email": f"guest{n}@example.com"}
        for n in range(PARTICIPANTS)
    ]
    if "meetingUUID" in turn.values:
        _find(turn, "past_meetings", unquote(turn.values["meetingUUID"]))
    return answer_rows(turn, rows)


def _finish_page(turn: Turn, body: Json) -> Json:
    """Say "" where no page follows, as Zoom does, and how large a page is."""
    return {"next_page_token": "", "page_size": int(turn.query.get("page_size", "30")), **body}


SHAPE = Shape(
    key=_KEY,
    new_id=_new_id,
    page=_finish_page,
    page_size=30,
    refusals={
        "unauthorized": (401, "124", "Invalid access token."),
        "no_route": (404, "2300", "This API endpoint is not recognized."),
        "invalid": (400, "300", "{what}"),
        "not_found": (404, "300", "{what}"),
        "throttled": (429, "429", "You have reached the maximum per-second rate limit for this API. Try again later."),
        "failed": (500, "500", "Internal server error."),
    },
    error=_build_error,
    keeps=("topic", "email"),
    seed=_seed,
    handlers={
        "users.me": _get, "users.get": _get, "users.list": _list_people, "users.create": _add_person,
        "users.update": _change, "meetings.create": _create, "meetings.list": _list_of_host, "meetings.get": _get,
        "meetings.update": _change, "meetings.delete": _delete, "meetings.end": _end, "meetings.invitation": _invite,
        "registrants.create": _register, "registrants.batch_create": _register, "registrants.list": _list_registrants,
        "registrants.update_status": _decide, "past_meetings.get": _get, "past_meetings.participants": _list_participants,
        "recordings.list": _list_of_host, "recordings.delete": _delete, "webinars.create": _create,
        "recordings.get": lambda turn: _find(turn, "recordings", unquote(turn.values["meetingId"])),
        "webinars.list": _list_of_host, "webinars.get": _get, "reports.meeting_participants": _list_participants,
    },
    open_paths={
        "POST /oauth/token": lambda turn: {
            "access_token": _KEY.replace("{name}", "default"), "token_type": "bearer", "expires_in": 3599,
            "scope": "meeting:write:admin", "api_url": turn.request.base,
        },
    },
)  # fmt: skip
