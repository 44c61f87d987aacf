"""Pipedrive's records: what a new one has, and what v2 refuses because it is of another type."""

from __future__ import annotations

from collections.abc import Callable

from penstock.sandbox.rest.acting import create
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Ids, Record
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

MOST_PRODUCTS = 100
_LINKS = {"person_id": "persons", "org_id": "organizations", "organization_id": "organizations", "deal_id": "deals",
          "stage_id": "stages", "product_id": "products"}  # fmt: skip
_NEW: dict[str, Callable[[Record], Record]] = {
    "deals": lambda fields: {
        "value": 0, "currency": "EUR", "status": "open", "pipeline_id": 1, "stage_id": 1, "person_id": None, "org_id": None,
        "is_archived": False, "won_time": None, "lost_time": None, "label_ids": [], "custom_fields": {},
    },
    "persons": lambda fields: {
        "first_name": str(fields.get("name", "")).partition(" ")[0], "org_id": None, "emails": [], "phones": [],
        "label_ids": [], "custom_fields": {},
    },
    "organizations": lambda fields: {"address": None, "label_ids": [], "custom_fields": {}},
    "activities": lambda fields: {"type": "call", "done": False, "busy": False, "due_date": None, "deal_id": None},
}  # fmt: skip
_IDS = ("owner_id", "person_id", "org_id", "pipeline_id", "stage_id", "deal_id")
_LISTS = ("emails", "phones", "label_ids", "participants", "attendees")


def new_id(ids: Ids, collection: str) -> str:
    """Return a number; of leads 32 hexadecimal digits in groups."""
    return ids.uuid() if collection == "leads" else str(ids.next(collection))


def build(turn: Turn, id: str, fields: Record) -> Record:
    """Return a new record with what every one of its kind has."""
    at = iso_time(turn.now)
    own = _NEW[turn.collection](fields) if turn.collection in _NEW else {}
    key: Json = id if turn.collection == "leads" else int(id)
    is_v2 = turn.collection in _NEW
    common = {"owner_id": 1, "is_deleted": False, "visible_to": 3} if is_v2 else {}
    return {"id": key, **own, **common, "add_time": at, "update_time": at, **fields}


def merge(turn: Turn, record: Record, fields: Record) -> None:
    """Change a record; custom fields are changed one by one, and a deal that is won says when."""
    check(turn, fields)
    own = {**record.get("custom_fields", {}), **fields.get("custom_fields", {})}
    record.update(fields, update_time=iso_time(turn.now))
    if "custom_fields" in record:
        record["custom_fields"] = own
    if fields.get("status") in ("won", "lost"):
        record[f"{fields['status']}_time"] = iso_time(turn.now)


def check(turn: Turn, fields: Record) -> None:
    """Refuse what is of another type, or names what is not there."""
    for name, value in fields.items():
        if name in _IDS and value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise _wrong(turn, name, "Expected number, received string")
        if name in _LISTS and not isinstance(value, list):
            raise _wrong(turn, name, "Expected array, received string")
        if name == "value" and turn.collection == "deals" and not isinstance(value, (int, float)):
            raise _wrong(turn, name, "Expected number, received string")
        if name in _LINKS and value is not None and str(value) not in turn.table(_LINKS[name]):
            raise turn.refuse(
                "invalid", message=f"{name.removesuffix('_id').capitalize()} with id {value} does not exist"
            )


def _wrong(turn: Turn, name: str, why: str) -> Exception:
    return turn.refuse("invalid", message=f"Validation failed: {name}: {why}")


def create_one(turn: Turn) -> Json:
    """Answer a create of v2."""
    named = {"deals": "title", "activities": "subject"}.get(turn.collection, "name")
    if not isinstance(turn.fields.get(named), str) or not turn.fields[named]:
        raise turn.refuse("invalid", named)
    check(turn, turn.fields)
    return turn.shape.one(turn, create(turn, turn.fields))


def create_lead(turn: Turn) -> Answer:
    """Answer a lead's create: it must be somebody's."""
    fields = turn.fields
    if not fields.get("title"):
        raise turn.refuse("invalid", code="", message="title is required")
    if not (fields.get("person_id") or fields.get("organization_id")):
        said = "A lead must be linked to a person or organization."
        raise turn.refuse("invalid", code="", message=said)
    check(turn, fields)
    made = create(turn, {"owner_id": 1, "creator_id": 1, "is_archived": False, "was_seen": False, **fields})
    return json_answer(201, turn.shape.one(turn, made))


def create_note(turn: Turn) -> Json:
    """Answer a note's create: it must be about something."""
    fields = turn.fields
    if not fields.get("content"):
        raise turn.refuse("invalid", code="", message="content is required")
    if not any(fields.get(name) for name in ("lead_id", "deal_id", "person_id", "org_id")):
        said = "Note must be associated with a deal, person, organization or lead."
        raise turn.refuse("invalid", code="", message=said)
    check(turn, fields)
    return turn.shape.one(turn, create(turn, {"active_flag": True, "user_id": 1, **fields}))


def add_product(turn: Turn) -> Answer:
    """Answer POST …/products of one deal."""
    return json_answer(201, turn.shape.one(turn, _attach(turn, turn.fields)))


def add_products(turn: Turn) -> Answer:
    """Answer POST …/products/bulk: all or none."""
    given = turn.fields.get("data")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_PRODUCTS:
        raise turn.refuse("invalid", "data")
    for one in given:
        _check_product(turn, one)
    return json_answer(201, {"success": True, "data": [_attach(turn, one) for one in given]})


def _check_product(turn: Turn, fields: Record) -> None:
    if turn.values["id"] not in turn.table("deals"):
        raise turn.refuse("not_found", "Deal")
    for name in ("product_id", "item_price", "quantity"):
        if not isinstance(fields.get(name), (int, float)):
            raise turn.refuse("invalid", name)
    check(turn, {"product_id": fields["product_id"]})


def _attach(turn: Turn, fields: Record) -> Record:
    _check_product(turn, fields)
    total = fields["item_price"] * fields["quantity"]
    made = create(
        turn, {"deal_id": int(turn.values["id"]), **fields, "sum": total}, collection="deal_products"
    )
    return made
