"""Shopify's customers."""

from __future__ import annotations

import re
from typing import Any

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.shopify.metafields import check_metafields, put_metafields
from penstock.sandbox.vendors.shopify.world import CURRENCY, Args, Turn, complain, connect_list, to_decimal

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[\d\s()./-]{7,20}")


def create(turn: Turn, source: Any, args: Args) -> Record:
    given = args["input"]
    if given.get("id"):
        return complain("Cannot specify ID on creation", "id")
    if not any((given.get(name) or "").strip() for name in ("email", "phone", "firstName", "lastName")):
        return complain("A name, phone number, or email address must be present")
    problem = _why_not(turn, given, None) or check_metafields(given.get("metafields"))
    if problem:
        return problem
    customer = add(turn, given)
    put_metafields(turn, customer["id"], given.get("metafields") or [])
    return {"customer": _changed(turn, "create", customer), "userErrors": []}


def add(turn: Turn, given: dict[str, Any]) -> Record:
    """Keep a new customer and return it."""
    return turn.add(
        "Customer",
        {
            "firstName": given.get("firstName"),
            "lastName": given.get("lastName"),
            "email": _clean(given.get("email")),
            "phone": _digits(given.get("phone")),
            "note": given.get("note"),
            "tags": sorted(set(given.get("tags") or [])),
            "locale": given.get("locale") or "en",
            "taxExempt": bool(given.get("taxExempt")),
            "verifiedEmail": True,
            "state": "DISABLED",
            "consent": (given.get("emailMarketingConsent") or {}).get("marketingState", "NOT_SUBSCRIBED"),
            "sms_consent": (given.get("smsMarketingConsent") or {}).get("marketingState", "NOT_SUBSCRIBED"),
            "address_list": [address(turn, entry) for entry in given.get("addresses") or []],
        },
    )


def address(turn: Turn, given: dict[str, Any] | None) -> Any:
    """Return a mailing address's record, None for none."""
    if given is None:
        return None
    name = " ".join(part for part in (given.get("firstName"), given.get("lastName")) if part)
    shown = {key: value for key, value in given.items() if key not in ("countryCode", "id")}
    code = given.get("countryCode")
    more = {"name": name or None, "countryCodeV2": code, "country": given.get("country") or code}
    return {"__typename": "MailingAddress", "id": turn.world.new_id("MailingAddress"), **shown, **more}


def update(turn: Turn, source: Any, args: Args) -> Record:
    given = args["input"]
    customer = turn.table("Customer").get(given.get("id") or "")
    if customer is None:
        return complain("Customer does not exist", "id")
    problem = _why_not(turn, given, customer["id"]) or check_metafields(given.get("metafields"))
    if problem:
        return problem
    changes = {n: given[n] for n in ("firstName", "lastName", "note", "locale", "taxExempt") if n in given}
    if "email" in given:
        changes["email"] = _clean(given["email"])
    if "phone" in given:
        changes["phone"] = _digits(given["phone"])
    if given.get("tags") is not None:
        changes["tags"] = sorted(set(given["tags"]))
    if given.get("addresses") is not None:
        changes["address_list"] = [address(turn, entry) for entry in given["addresses"]]
    turn.table("Customer").update(customer["id"], **changes, updatedAt=turn.now)
    put_metafields(turn, customer["id"], given.get("metafields") or [])
    return {"customer": _changed(turn, "update", customer), "userErrors": []}


def delete(turn: Turn, source: Any, args: Args) -> Record:
    id = args["input"]["id"]
    customer = turn.table("Customer").get(id)
    if customer is None:
        return complain("Customer can't be found", "id") | {"shop": {}}
    if turn.table("Order").count(("customer_id", id)):
        return complain("Customer can't be deleted because they have associated orders", "id") | {"shop": {}}
    turn.table("Customer").remove(id)
    _changed(turn, "delete", customer)
    return {"deletedCustomerId": id, "shop": {}, "userErrors": []}


def _why_not(turn: Turn, given: dict[str, Any], own_id: str | None) -> Record | None:
    """Return the payload that refuses these values, None where they will do."""
    email, phone = _clean(given.get("email")), given.get("phone")
    if email and not _EMAIL.fullmatch(email):
        return complain("Email is invalid", "email")
    if email and _is_taken(turn, "email", email, own_id):
        return complain("Email has already been taken", "email")
    if phone and not _PHONE.fullmatch(phone):
        return complain("Phone is invalid", "phone")
    if phone and _is_taken(turn, "phone", _digits(phone), own_id):
        return complain("Phone has already been taken", "phone")
    for name, label in (("firstName", "First name"), ("lastName", "Last name")):
        if len(given.get(name) or "") > 255:
            return complain(f"{label} is too long (maximum is 255 characters)", name)
    for index, tag in enumerate(given.get("tags") or []):
        if len(tag) > 255:
            return complain(f"Tag {index} is too long (maximum is 255 characters)", "tags")
    return None


def _is_taken(turn: Turn, name: str, value: str | None, own_id: str | None) -> bool:
    return any(customer["id"] != own_id for customer in turn.table("Customer").find(name, value))


def _clean(email: str | None) -> str | None:
    return (email or "").strip().lower() or None


def _digits(phone: str | None) -> str | None:
    text = re.sub(r"[^\d+]", "", phone or "")
    return text or None


def _changed(turn: Turn, action: str, customer: Record) -> Record:
    name = display_name(turn, customer, {})
    turn.changed(
        f"customers.{action}", customer["id"], email=customer["email"], phone=customer["phone"], name=name
    )
    return customer


def display_name(turn: Turn, customer: Record, args: Args) -> str:
    name = " ".join(part for part in (customer["firstName"], customer["lastName"]) if part)
    return name or customer["email"] or customer["phone"] or ""


def _email_address(turn: Turn, customer: Record, args: Args) -> Record | None:
    email = customer["email"]
    return {"emailAddress": email, "marketingState": customer["consent"]} if email else None


def _phone_number(turn: Turn, customer: Record, args: Args) -> Record | None:
    phone = customer["phone"]
    return {"phoneNumber": phone, "marketingState": customer["sms_consent"]} if phone else None


def _spent(turn: Turn, customer: Record, args: Args) -> Record:
    orders = turn.table("Order").find("customer_id", customer["id"])
    total = sum((to_decimal(order["total"]) for order in orders if not order["cancelledAt"]), to_decimal(0))
    return {"amount": f"{total:.2f}", "currencyCode": CURRENCY}


def fill(turn: Turn) -> None:
    """Put eight customers into a new shop."""
    firsts = ("Ada", "Björn", "Chloë", "Dana", "Emre", "Fatima", "Grażyna", "Hugo")
    for index, first in enumerate(firsts):
        email = f"customer{index + 1}@example.org"
        add(turn, {"firstName": first, "lastName": "Sample", "email": email, "tags": ["sample"]})


RESOLVERS = {
    ("Query", "customer"): lambda turn, _, args: turn.table("Customer").get(args["id"]),
    ("Query", "customers"): lambda turn, _, args: turn.connect("Customer", args),
    ("Query", "customersCount"): lambda turn, _, args: turn.count("Customer", args),
    ("Mutation", "customerCreate"): create,
    ("Mutation", "customerUpdate"): update,
    ("Mutation", "customerDelete"): delete,
    ("Customer", "displayName"): display_name,
    ("Customer", "defaultEmailAddress"): _email_address,
    ("Customer", "defaultPhoneNumber"): _phone_number,
    ("Customer", "amountSpent"): _spent,
    ("Customer", "numberOfOrders"): lambda turn, c, args: str(
        turn.table("Order").count(("customer_id", c["id"]))
    ),
    ("Customer", "defaultAddress"): lambda turn, c, args: (c["address_list"] or [None])[0],
    ("Customer", "addresses"): lambda turn, c, args: c["address_list"][: args.get("first")],
    ("Customer", "addressesV2"): lambda turn, c, args: connect_list(
        c["address_list"], args, is_bulk=turn.is_bulk
    ),
    ("Customer", "orders"): lambda turn, c, args: turn.connect("Order", args, where=("customer_id", c["id"])),
}
