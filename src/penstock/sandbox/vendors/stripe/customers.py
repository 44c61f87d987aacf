"""Stripe's customers: create, get, list, search, update, delete."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.stripe.cards import attach_source
from penstock.sandbox.vendors.stripe.errors import invalid, missing
from penstock.sandbox.vendors.stripe.parameters import LIST
from penstock.sandbox.vendors.stripe.world import Turn, merge_metadata

COMMON = (
    "address:hash? balance:int business_name:str? cash_balance:hash coupon:str description:str email:str "
    "individual_name:str? invoice_prefix:str invoice_settings:hash metadata:hash? name:str "
    "next_invoice_sequence:int "
    "phone:str preferred_locales:list promotion_code:str shipping:hash? source:str tax:hash "
    "tax_exempt:none|exempt|reverse"
)
CREATE = f"{COMMON} payment_method:str tax_id_data:list test_clock:str"
UPDATE = f"{COMMON} default_source:str"
_CLAUSE = re.compile(
    r"""\s*(-)?(email|name|phone|metadata\[["']([^"']+)["']\])\s*([:~])\s*(?:"([^"]*)"|'([^']*)')\s*(AND|OR)?"""
)


def create(turn: Turn) -> Record:
    given, world = turn.given, turn.world
    id = world.new_id("customers")
    record: Record = {
        "id": id,
        "object": "customer",
        "address": given.get("address"),
        "balance": given.get("balance", 0),
        "created": turn.at,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": given.get("description"),
        "discount": None,
        "email": given.get("email"),
        "invoice_prefix": given.get("invoice_prefix")
        or world.ids.text(8, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
        "invoice_settings": _invoice_settings(given.get("invoice_settings")),
        "livemode": False,
        "metadata": merge_metadata({}, given.get("metadata", {})),
        "name": given.get("name"),
        "next_invoice_sequence": given.get("next_invoice_sequence", 1),
        "phone": given.get("phone"),
        "preferred_locales": given.get("preferred_locales", []),
        "shipping": given.get("shipping"),
        "tax_exempt": given.get("tax_exempt", "none"),
        "test_clock": given.get("test_clock"),
    }
    attach_source(turn, record)
    turn.table("customers").add(id, record)
    return _changed(turn, "create", record)


def get(turn: Turn) -> Record:
    id = turn.values["customer"]
    if id in turn.world.deleted:
        return {"id": id, "object": "customer", "deleted": True}
    record = turn.table("customers").get(id)
    if record is None:
        raise missing("customer", id, "id", status=404)
    return record


def update(turn: Turn) -> Record:
    record = turn.path_record("customers", "customer")
    changes = {name: value for name, value in turn.given.items() if name in record}
    if "metadata" in changes:
        changes["metadata"] = merge_metadata(record["metadata"], changes["metadata"])
    if "invoice_settings" in changes:
        changes["invoice_settings"] = {**record["invoice_settings"], **changes["invoice_settings"]}
    turn.table("customers").update(record["id"], **changes)
    attach_source(turn, record)
    return _changed(turn, "update", record)


def delete(turn: Turn) -> Record:
    record = turn.path_record("customers", "customer")
    turn.table("customers").remove(record["id"])
    turn.world.deleted[record["id"]] = "customer"
    _changed(turn, "delete", record)
    return {"id": record["id"], "object": "customer", "deleted": True}


def listed(turn: Turn) -> Record:
    return turn.list("customers", "/v1/customers", by=("email",))


def search(turn: Turn) -> Record:
    """Answer docs.stripe.com/search: clauses joined by AND or by OR, page tokens instead of ids."""
    given = turn.given
    test, email = _read_query(given["query"])
    try:
        offset = int(given.get("page", "0") or 0)
    except ValueError:
        raise invalid("Invalid page", "page") from None
    size = given.get("limit", 10)
    where = None if email is None else ("email", email)
    found, more = turn.table("customers").page(offset + size, where=where, keep=test)
    return {
        "object": "search_result",
        "url": "/v1/customers/search",
        "has_more": more,
        "data": found[offset:],
        "next_page": str(offset + size) if more else None,
        "total_count": None,
    }


def _read_query(text: str) -> tuple[Callable[[Record], bool], str | None]:
    tests: list[Callable[[Record], bool]] = []
    joins: set[str] = set()
    emails: list[str] = []
    at = 0
    while at < len(text):
        clause = _CLAUSE.match(text, at)
        if clause is None:
            raise invalid(
                'We were unable to parse your search query. Try using the format `metadata["key"]:"value"`.',
                "query",
            )
        negated, name, key, operator, double, single, join = clause.groups()
        wanted = double if double is not None else single
        tests.append(_clause_test(name, key, operator, wanted, is_negated=negated is not None))
        if name == "email" and operator == ":" and negated is None:
            emails.append(wanted)
        if join:
            joins.add(join)
        elif clause.end() < len(text):
            raise invalid("We were unable to parse your search query.", "query")
        at = clause.end()
    if not tests or len(joins) > 1:
        raise invalid("A search query joins its clauses by AND, or by OR, not by both.", "query")
    combine = any if joins == {"OR"} else all
    only_email = emails[0] if emails and joins != {"OR"} else None
    return (lambda record: combine(test(record) for test in tests)), only_email


def _clause_test(
    name: str, key: str | None, operator: str, wanted: str, *, is_negated: bool
) -> Callable[[Record], bool]:
    def test(record: Record) -> bool:
        value: Any = record["metadata"].get(key) if key else record.get(name)
        text = (value or "").lower()
        found = wanted.lower() in text if operator == "~" else text == wanted.lower()
        return found != is_negated

    return test


def _changed(turn: Turn, action: str, record: Record) -> Record:
    return turn.changed(
        action, record, email=record["email"], name=record["name"], metadata=record["metadata"]
    )


def _invoice_settings(given: dict[str, Any] | None) -> dict[str, Any]:
    settings = {
        "custom_fields": None,
        "default_payment_method": None,
        "footer": None,
        "rendering_options": None,
    }
    return {**settings, **(given or {})}


ROUTES = {
    "POST /v1/customers": (CREATE, create),
    "GET /v1/customers": (f"{LIST} email:str test_clock:str", listed),
    "GET /v1/customers/search": ("query:str! page:str limit:int", search),
    "GET /v1/customers/{customer}": ("", get),
    "POST /v1/customers/{customer}": (UPDATE, update),
    "DELETE /v1/customers/{customer}": ("", delete),
}
