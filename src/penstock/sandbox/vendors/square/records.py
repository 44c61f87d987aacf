"""What Square's sandbox keeps: customers, orders, invoices; versions, and what is told of an error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from penstock.sandbox.rest.acting import act, create, find, update
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import UPPER, Ids, Record
from penstock.sandbox.wire import Answer, Json

_WRAPPED = {
    "orders.create": "order",
    "invoices.create": "invoice",
    "webhook_subscriptions.create": "subscription",
}
_NAMES = ("given_name", "family_name", "company_name", "email_address", "phone_number")
_CATEGORIES = {401: "AUTHENTICATION_ERROR", 402: "PAYMENT_METHOD_ERROR", 403: "AUTHENTICATION_ERROR",
               429: "RATE_LIMIT_ERROR", 500: "API_ERROR"}  # fmt: skip


def new_id(ids: Ids, collection: str) -> str:
    """Return an id for a new record of a collection."""
    return {"payments": ids.text(32), "customers": ids.text(26, UPPER), "catalog": ids.text(24, UPPER)}.get(
        collection, ids.text(22)
    )


def say_time(turn: Turn) -> str:
    """Return the time as Square writes it."""
    return datetime.fromtimestamp(turn.now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def build(turn: Turn, id: str, given: Record) -> Record:
    """Return what is kept of a create."""
    operation = turn.operation
    inner = given.get(_WRAPPED.get(operation.name, "")) if operation else None
    fields = {
        name: value
        for name, value in (inner or given).items()
        if name not in ("idempotency_key", "id", "version")
    }
    record: Record = {"id": id, "created_at": say_time(turn), "updated_at": say_time(turn), **fields}
    match turn.collection:
        case "customers":
            if not any(given.get(name) for name in _NAMES):
                words = f"At least one of {', '.join(_NAMES)} is required"
                raise turn.refuse("invalid", message=words)
            return {
                **record,
                "preferences": {"email_unsubscribed": False},
                "creation_source": "THIRD_PARTY",
                "version": 0,
            }
        case "orders":
            if not fields.get("location_id"):
                raise turn.refuse("invalid", "order.location_id")
            lines = fields.get("line_items") or []
            amount = sum(
                int(one["quantity"]) * int((one.get("base_price_money") or {}).get("amount", 0))
                for one in lines
            )
            total = {"amount": amount, "currency": "EUR"}
            return {**record, "state": fields.get("state", "OPEN"), "version": 1, "total_money": total}
        case "invoices":
            return {
                **record,
                "status": "DRAFT",
                "version": 0,
                "invoice_number": f"{turn.ids.next('invoice'):06d}",
            }
        case "subscriptions":
            return {**record, "status": "ACTIVE", "version": int(turn.now * 1000)}
        case "webhook_subscriptions":
            return {"enabled": True, **record, "signature_key": turn.ids.text(22)}
    return record


def need(turn: Turn, *names: str) -> None:
    """Refuse a call that lacks one of these."""
    for name in names:
        if turn.fields.get(name) in (None, ""):
            raise turn.refuse("invalid", name)


def check_version(turn: Turn, record: Record, given: Any, *, is_needed: bool = False) -> None:
    """Refuse a version that is not the current one."""
    if given is None and not is_needed:
        return
    if given is None:
        raise turn.refuse("invalid", "version")
    if int(given) != record["version"]:
        words = f"Object version does not match latest database version {record['version']}"
        raise turn.refuse("invalid", status=409, code="VERSION_MISMATCH", message=words)


def say_error(refusal: Refusal) -> Record:
    """Return a refusal as one of the errors in an answer."""
    category = _CATEGORIES.get(refusal.status, "INVALID_REQUEST_ERROR")
    return {"category": category, "code": refusal.code, "detail": refusal.message}


def update_customer(turn: Turn) -> Json:
    """Change a customer; with a version, only where it is the current one."""
    record = find(turn)
    check_version(turn, record, turn.fields.get("version"))
    fields = {name: value for name, value in turn.fields.items() if name != "version"}
    return {
        "customer": update(
            turn, record, {**fields, "version": record["version"] + 1, "updated_at": say_time(turn)}
        )
    }


def create_customers(turn: Turn) -> Json:
    """Make up to 100 customers; each succeeds or fails under its own key."""
    answers: Record = {}
    for key, given in (turn.fields.get("customers") or {}).items():
        try:
            answers[key] = {"customer": create(turn, given)}
        except Refusal as exc:
            answers[key] = {"errors": [say_error(exc)]}
    if not answers:
        raise turn.refuse("invalid", "customers")
    return {"responses": answers}


def search_customers(turn: Turn) -> Answer:
    """Return the customers with an address or a reference."""
    wanted = ((turn.fields.get("query") or {}).get("filter") or {}).items()
    kept = (
        one
        for one in turn.table()
        if all(
            str(one.get(name)).lower() == str(how.get("exact", "")).lower()
            for name, how in wanted
            if "exact" in how
        )
    )
    return answer_rows(turn, kept)


def update_order(turn: Turn) -> Json:
    """Change an order of the version given."""
    record, given = find(turn), turn.fields.get("order") or {}
    check_version(turn, record, given.get("version"), is_needed=True)
    return {
        "order": update(
            turn, record, {**given, "version": record["version"] + 1, "updated_at": say_time(turn)}
        )
    }


def search_orders(turn: Turn) -> Answer:
    """Return the orders of the locations asked for."""
    need(turn, "location_ids")
    states = (((turn.fields.get("query") or {}).get("filter") or {}).get("state_filter") or {}).get("states")
    kept = (
        one
        for one in turn.table()
        if one["location_id"] in turn.fields["location_ids"] and (not states or one["state"] in states)
    )
    return answer_rows(turn, kept)


def retrieve_orders(turn: Turn) -> Json:
    """Return the orders there are of those asked for."""
    need(turn, "order_ids")
    return {"orders": [one for id in turn.fields["order_ids"] if (one := turn.table().get(id))]}


def publish(turn: Turn) -> Json:
    """Send a draft invoice of the version given."""
    record = find(turn)
    check_version(turn, record, turn.fields.get("version"), is_needed=True)
    if record["status"] != "DRAFT":
        raise turn.refuse("invalid", code="BAD_REQUEST", message=f"The invoice is {record['status']}")
    return {"invoice": update(turn, record, {"status": "UNPAID", "version": record["version"] + 1})}


def list_invoices(turn: Turn) -> Json | Answer:
    """Return the invoices of a location."""
    if not turn.query.get("location_id"):
        raise turn.refuse("invalid", "location_id")
    return act(turn, turn.operation.pagination if turn.operation else None)
