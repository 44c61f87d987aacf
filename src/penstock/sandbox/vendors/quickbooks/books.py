"""The books of QuickBooks' sandbox: what is kept of each entity, and how its SyncToken guards it."""

from __future__ import annotations

from datetime import UTC, datetime

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.wire import Answer, Json

ENTITIES = {
    one.lower(): one
    for one in (
        "Account", "Bill", "Customer", "Employee", "Estimate", "Invoice", "Item", "JournalEntry", "Payment", "Purchase",
        "SalesReceipt", "Vendor", "CompanyInfo",
    )
}  # fmt: skip
_NEEDED = {
    "Bill": ("VendorRef", "Line"), "Estimate": ("CustomerRef", "Line"), "Invoice": ("CustomerRef", "Line"),
    "Item": ("Name",), "JournalEntry": ("Line",), "Payment": ("CustomerRef", "TotalAmt"), "SalesReceipt": ("Line",),
}  # fmt: skip
_PEOPLE = ("Customer", "Vendor", "Employee")  # no two of them may share a DisplayName
_WITH_LINES = ("Bill", "Estimate", "Invoice", "JournalEntry", "SalesReceipt")


def seed(turn: Turn) -> None:
    """Put the company and its accounts into the books."""
    turn.store.table("CompanyInfo").add(
        "1", {"Id": "1", "CompanyName": "Penstock", "Country": "US", "SyncToken": "0"}
    )
    for name, kind in (("Sales", "Income"), ("Checking", "Bank")):
        keep(turn, "Account", {"Name": name, "AccountType": kind, "Active": True})


def name_entity(turn: Turn) -> str:
    """Return the entity the address names."""
    parts = turn.request.path.strip("/").split("/")
    found = next((ENTITIES[part] for part in parts[3:] if part in ENTITIES), None)
    if found is None:
        raise turn.refuse("no_route", turn.request.path)
    return found


def say_time(turn: Turn) -> str:
    """Return the time as QuickBooks writes it."""
    return datetime.fromtimestamp(int(turn.now), UTC).isoformat()


def say_fault(refusal: Refusal) -> Record:
    """Return a refusal as a fault has it."""
    kind = {"throttled": "THROTTLING", "failed": "SystemFault"}.get(refusal.kind, "ValidationFault")
    brief = refusal.message.partition(" : ")[0]
    return {
        "Error": [{"Message": brief, "Detail": refusal.message, "code": refusal.code, "element": ""}],
        "type": kind,
    }


def keep(turn: Turn, entity: str, given: Record) -> Record:
    """Keep a new object and note the effect. Refuses one that lacks what it needs, or has a name that is taken."""
    for name in _NEEDED.get(entity, ()):
        if given.get(name) in (None, "", []):
            raise turn.refuse("invalid", name)
    if entity in _PEOPLE and not any(
        given.get(name) for name in ("DisplayName", "GivenName", "FamilyName", "CompanyName")
    ):
        raise turn.refuse("invalid", "DisplayName")
    fields = {name: value for name, value in given.items() if name not in ("Id", "SyncToken", "sparse")}
    if entity in _PEOPLE:
        parts = (fields.get("GivenName"), fields.get("FamilyName"))
        fields.setdefault("DisplayName", " ".join(filter(None, parts)) or fields.get("CompanyName"))
        fields |= {"Active": fields.get("Active", True), "Balance": 0}
    _check_name(turn, entity, fields)
    id = str(turn.ids.next(entity))
    times = {"CreateTime": say_time(turn), "LastUpdatedTime": say_time(turn)}
    record = {**fields, "domain": "QBO", "sparse": False, "Id": id, "SyncToken": "0", "MetaData": times}
    if entity in _WITH_LINES:
        record["DocNumber"] = fields.get("DocNumber") or str(1000 + turn.ids.next("DocNumber"))
        record["TxnDate"] = fields.get("TxnDate") or times["CreateTime"][:10]
        _add_up(entity, record)
    if entity == "Payment":
        _pay_off(turn, record)
    turn.store.table(entity).add(id, record)
    turn.change(f"{entity}.create", id, record)
    return record


def _add_up(entity: str, record: Record) -> None:
    record["TotalAmt"] = sum(float(line.get("Amount") or 0) for line in record.get("Line") or ())
    if entity in ("Invoice", "Bill"):
        record["Balance"] = record["TotalAmt"]


def _pay_off(turn: Turn, payment: Record) -> None:
    for line in payment.get("Line") or ():
        for link in line.get("LinkedTxn") or ():
            invoice = turn.store.table("Invoice").get(str(link.get("TxnId")))
            if invoice is not None and link.get("TxnType") == "Invoice":
                invoice["Balance"] -= float(line.get("Amount") or 0)


def _check_name(turn: Turn, entity: str, fields: Record, id: str | None = None) -> None:
    name = "DisplayName" if entity in _PEOPLE else "Name" if entity == "Item" else None
    if name is None or not fields.get(name):
        return
    for other in _PEOPLE if entity in _PEOPLE else ("Item",):
        for one in turn.store.table(other):
            if one.get(name) == fields[name] and (other, one["Id"]) != (entity, id):
                words = f"Duplicate Name Exists Error : The name supplied already exists. : Id={one['Id']}"
                raise turn.refuse("invalid", code="6240", message=words)


def find(turn: Turn, entity: str, id: str) -> Record:
    """Return the object with this id."""
    record = turn.store.table(entity).get(id)
    if record is None:
        raise turn.refuse("not_found", f"{entity} {id}")
    return record


def change(turn: Turn, entity: str, given: Record, action: str = "update") -> Record:
    """Change, void or delete the object a request names by its Id, where its SyncToken is the current one."""
    record = find(turn, entity, str(given.get("Id")))
    if str(given.get("SyncToken")) != record["SyncToken"]:
        words = "Stale Object Error : You and someone else were working on this at the same time."
        raise turn.refuse("invalid", code="5010", message=words)
    id = record["Id"]
    if action == "delete":
        turn.store.table(entity).remove(id)
        turn.change(f"{entity}.delete", id, record)
        return {"Id": id, "status": "Deleted", "domain": "QBO"}
    _check_name(turn, entity, given, id)
    kept = {"Id": id, "SyncToken": str(int(record["SyncToken"]) + 1), "domain": "QBO", "sparse": False}
    times = {**record["MetaData"], "LastUpdatedTime": say_time(turn)}
    if str(given.get("sparse")).lower() != "true" and action == "update":
        total: Record = {
            name: record[name] for name in ("Balance", "TotalAmt", "DocNumber", "TxnDate") if name in record
        }
        record.clear()
        record |= total
    fields = {name: value for name, value in given.items() if name not in ("sparse", "MetaData")}
    record |= {**fields, **kept, "MetaData": times}
    if action == "void":
        record |= {"TotalAmt": 0, "Balance": 0, "PrivateNote": "Voided"}
    elif entity in _WITH_LINES and "Line" in given:
        _add_up(entity, record)
    turn.change(f"{entity}.{action}", id, record)
    return record


def write(turn: Turn) -> Json:
    """Make an object; or change, void or delete it, as the address and the Id in the body say."""
    entity, given = name_entity(turn), turn.fields
    asked = turn.query.get("include") or turn.query.get("operation")
    if asked in ("delete", "void") or given.get("Id"):
        action = asked if asked in ("delete", "void") else "update"
        return _say(turn, entity, change(turn, entity, given, str(action)))
    return _say(turn, entity, keep(turn, entity, given))


def read(turn: Turn) -> Json:
    """Return one object."""
    entity = name_entity(turn)
    return _say(turn, entity, find(turn, entity, turn.values["id"]))


def send(turn: Turn) -> Json:
    """Note that a document was sent."""
    entity = name_entity(turn)
    record = find(turn, entity, turn.values["id"])
    address = turn.query.get("sendTo") or (record.get("BillEmail") or {}).get("Address")
    if not address:
        raise turn.refuse("invalid", "sendTo")
    record |= {"EmailStatus": "EmailSent", "BillEmail": {"Address": address}}
    turn.change(f"{entity}.send", record["Id"], record)
    return _say(turn, entity, record)


def print_invoice(turn: Turn) -> Answer:
    """Return an invoice as a file."""
    record = find(turn, "Invoice", turn.values["id"])
    text = f"%PDF-1.4\n% Invoice {record['DocNumber']}\n%%EOF\n"
    return Answer(200, text.encode(), [("Content-Type", "application/pdf")])


def _say(turn: Turn, entity: str, record: Record) -> Json:
    return {entity: record, "time": say_time(turn)}
