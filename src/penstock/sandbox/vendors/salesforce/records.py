"""The records of Salesforce's sandbox: what an object needs, what it may not have twice, and how one is changed."""

from __future__ import annotations

from datetime import UTC, datetime

from penstock.integrations.salesforce import integration
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import ALNUM, Ids, Record, Table
from penstock.sandbox.wire import Answer, Json, json_answer

VERSION = "v67.0"
PREFIXES = {
    "Account": "001", "Note": "002", "Contact": "003", "User": "005", "Opportunity": "006", "ContentVersion": "068",
    "CaseComment": "00a", "Attachment": "00P", "Lead": "00Q", "Task": "00T", "CampaignMember": "00v", "Campaign": "701",
    "Case": "500", "Invoice__c": "a00",
}  # fmt: skip
_NEEDED = {
    "Account": ("Name",), "Contact": ("LastName",), "Lead": ("LastName", "Company"),
    "Opportunity": ("Name", "StageName", "CloseDate"), "Task": ("Status", "Priority"), "Note": ("ParentId", "Title"),
    "Attachment": ("ParentId", "Name", "Body"), "ContentVersion": ("VersionData", "PathOnClient"),
    "CampaignMember": ("CampaignId",), "CaseComment": ("ParentId",),
}  # fmt: skip
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_MOST_TEXT = 255


def seed(turn: Turn) -> None:
    """Put a user and a campaign into the org."""
    id = new_id(turn.ids, "User")
    turn.store.notes["user"] = id
    keep(
        turn,
        "User",
        {"Name": "Ada", "LastName": "Ada", "Email": "ada@example.com", "Username": "ada@example.com"},
        id,
    )
    keep(turn, "Campaign", {"Name": "Launch"})


def new_id(ids: Ids, name: str) -> str:
    """Return an id of 18 characters; the last three say which of the others are capitals."""
    short = f"{PREFIXES[name]}xx0000{ids.next(name):03d}{ids.text(3, ALNUM)}"
    parts = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(_SUFFIX[sum(1 << n for n, c in enumerate(part) if c.isupper())] for part in parts)


def name_object(turn: Turn) -> str:
    """Return the object the address names. Refuses one there is not."""
    path = turn.request.path.partition("/sobjects/")[2] or turn.request.path.partition("/tree/")[2]
    return check_object(turn, turn.values.get("object") or path.partition("/")[0])


def check_object(turn: Turn, name: str) -> str:
    """Return an object's name as it is spelled. Refuses one there is not."""
    found = next((known for known in PREFIXES if known.lower() == name.lower()), None)
    if found is None:
        raise turn.refuse("not_found")
    return found


def keep(turn: Turn, name: str, given: Record, id: str | None = None) -> Record:
    """Keep a new record and note the effect. Refuses one that lacks what its object needs."""
    fields = {
        field: value
        for field, value in given.items()
        if field not in ("attributes", "id", "Id") and value is not None
    }
    missing = [field for field in _NEEDED.get(name, ()) if fields.get(field) in (None, "")]
    if missing:
        raise turn.refuse("invalid", ", ".join(missing))
    _check(turn, name, fields)
    id, now = id or new_id(turn.ids, name), _time(turn)
    record = {
        "attributes": {"type": name, "url": f"/services/data/{VERSION}/sobjects/{name}/{id}"}, "Id": id, "IsDeleted": False,
        "OwnerId": turn.store.notes.get("user"), "CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now, **fields,
    }  # fmt: skip
    if name in ("Contact", "Lead"):
        record["Name"] = " ".join(filter(None, (fields.get("FirstName"), fields.get("LastName"))))
    turn.store.table(name).add(id, record)
    turn.change(f"{name}.create", id, record)
    return record


def change(turn: Turn, name: str, record: Record, given: Record) -> None:
    """Change a record and note the effect."""
    fields = {field: value for field, value in given.items() if field not in ("attributes", "id", "Id")}
    _check(turn, name, fields, record)
    record |= fields | {"LastModifiedDate": _time(turn), "SystemModstamp": _time(turn)}
    turn.change(f"{name}.update", record["Id"], record)


def remove(turn: Turn, name: str, record: Record) -> None:
    """Take a record to the recycle bin and note the effect."""
    turn.store.table(name).remove(record["Id"])
    turn.store.table("recycle bin").add(record["Id"], {**record, "IsDeleted": True})
    turn.change(f"{name}.delete", record["Id"], record)


def find(turn: Turn, name: str, id: str) -> Record:
    """Return the record with this id, of 15 characters or 18. Refuses one that is malformed, deleted or not there."""
    if not id.isalnum() or len(id) not in (15, 18):
        raise turn.refuse(
            "invalid", code="MALFORMED_ID", message=f"{name} ID: id value of incorrect type: {id}"
        )
    table = turn.store.table(name)
    record = table.get(id) or (
        next((one for one in table if one["Id"].startswith(id)), None) if len(id) == 15 else None
    )
    if record is None:
        if id in turn.store.table("recycle bin"):
            raise turn.refuse("not_found", code="ENTITY_IS_DELETED", message="entity is deleted")
        raise turn.refuse(
            "not_found", message=f"Provided external ID field does not exist or is not accessible: {id}"
        )
    return record


def find_by(table: Table, field: str, value: str) -> Record | None:
    """Return the record that has this value in this field."""
    return next((one for one in table if str(one.get(field)) == value), None)


def _check(turn: Turn, name: str, fields: Record, record: Record | None = None) -> None:
    for field, value in fields.items():
        if (
            isinstance(value, str)
            and len(value) > _MOST_TEXT
            and field not in ("Body", "VersionData", "Description")
        ):
            words = f"{field}: data value too large: {value[:20]}... (max length={_MOST_TEXT})"
            raise turn.refuse("invalid", code="STRING_TOO_LONG", message=words)
        if field.lower().startswith("no_such") or not field.isidentifier():
            words = f"No such column '{field}' on sobject of type {name}"
            raise turn.refuse("invalid", code="INVALID_FIELD", message=words)
    email = fields.get("Email")
    if (
        name == "Lead"
        and email
        and (found := find_by(turn.store.table(name), "Email", email))
        and found is not record
    ):
        raise turn.refuse("invalid", code="DUPLICATES_DETECTED", message="Use one of these records?")


def _time(turn: Turn) -> str:
    return datetime.fromtimestamp(int(turn.now), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def say_done(id: str, **more: Json) -> Record:
    """Return what a success says."""
    return {"id": id, "success": True, "errors": [], **more}


def create_record(turn: Turn) -> Answer:
    """Make a record."""
    return json_answer(201, say_done(keep(turn, name_object(turn), turn.fields)["Id"]))


def get_record(turn: Turn) -> Json:
    """Return a record, or the fields of it that are asked for."""
    record = find(turn, name_object(turn), turn.values["id"])
    asked = turn.query.get("fields")
    return (
        record if not asked else {name: record.get(name) for name in ("attributes", "Id", *asked.split(","))}
    )


def update_record(turn: Turn) -> Answer:
    """Change a record."""
    name = name_object(turn)
    change(turn, name, find(turn, name, turn.values["id"]), turn.fields)
    return Answer(204)


def upsert_record(turn: Turn) -> Answer:
    """Change the record that has this value in its external id field, or make one."""
    record, is_new = upsert(
        turn, name_object(turn), turn.values["externalIdField"], turn.values["externalId"], turn.fields
    )
    return json_answer(201 if is_new else 200, say_done(record["Id"], created=is_new))


def upsert(turn: Turn, name: str, field: str, value: str, given: Record) -> tuple[Record, bool]:
    """Return the record that has this value in this field, changed or made, and whether it is new."""
    record = find_by(turn.store.table(name), field, value)
    if record is None:
        return keep(turn, name, {**given, field: value}), True
    change(turn, name, record, given)
    return record, False


def delete_record(turn: Turn) -> Answer:
    """Take a record out."""
    name = name_object(turn)
    remove(turn, name, find(turn, name, turn.values["id"]))
    return Answer(204)


def list_objects(turn: Turn) -> Json:
    """Return every object of the org."""
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_present(name) for name in PREFIXES]}


def get_object(turn: Turn) -> Json:
    """Return an object and the records used last."""
    name = name_object(turn)
    return {"objectDescribe": _present(name), "recentItems": list(turn.store.table(name))[-5:]}


def describe_object(turn: Turn) -> Json:
    """Return an object with its fields."""
    name = name_object(turn)
    created = next(
        (one for one in integration.operations if one.path == f"/sobjects/{name}" and one.method == "POST"),
        None,
    )
    needed = _NEEDED.get(name, ())
    names = ["Id", *(parameter.name for parameter in (created.parameters if created else ()))]
    fields = [
        {"name": field, "type": "id" if field == "Id" else "string", "nillable": field not in needed}
        for field in names
    ]
    return {**_present(name), "fields": fields}


def _present(name: str) -> Record:
    return {"name": name, "label": name.removesuffix("__c"), "keyPrefix": PREFIXES[name], "custom": name.endswith("__c"),
            "createable": True, "queryable": True}  # fmt: skip
