"""Brevo as the sandbox plays it: contacts with their attributes, lists, mail that goes out once for a key.

Sources: the pages named in integrations/brevo.py; what brevo-python reads of contacts, lists and refusals.
"""

from __future__ import annotations

from penstock.integrations.brevo import integration
from penstock.sandbox.rest.shape import Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.brevo import people, sending
from penstock.sandbox.vendors.brevo.records import keep, list_of, refuse
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

FOLDER, SENDER, TEMPLATES = 1, 5, 12
_ATTRIBUTES = {"FIRSTNAME": "text", "LASTNAME": "text", "SMS": "text", "JOINED": "date"}


def open_vendor(setup: Setup) -> Vendor:
    """Return Brevo."""
    return RestVendor(setup, integration, SHAPE)


def _seed(turn: Turn) -> None:
    for name, kind in _ATTRIBUTES.items():
        turn.table("attributes").add(name, {"name": name, "category": "normal", "type": kind})
    for number in range(1, TEMPLATES + 1):
        template = {
            "id": number,
            "name": f"Template {number}",
            "subject": "Hello",
            "isActive": True,
            "tag": "",
        }
        turn.table("templates").add(str(number), template | {"createdAt": iso_time(turn.now)})
    sender = {"id": SENDER, "name": "Shop", "email": "shop@example.com", "active": True, "ips": []}
    turn.table("senders").add(str(SENDER), sender)


def _create_list(turn: Turn) -> Answer:
    if turn.fields.get("folderId") != FOLDER:
        raise refuse(turn, "invalid_parameter", "Folder ID does not exist")
    if not turn.fields.get("name"):
        raise refuse(turn, "missing_parameter", "name is missing")
    return json_answer(201, {"id": keep(turn, "lists", {"name": turn.fields["name"], "folderId": FOLDER})})


def _account(turn: Turn) -> Json:
    return {
        "organization_id": "60f000000000000000000001", "email": "shop@example.com", "firstName": "Ada", "lastName": "Sandbox",
        "companyName": "Shop", "address": {"street": "1 Sand Street", "city": "Paris", "zipCode": "75001", "country": "France"},
        "plan": [{"type": "payAsYouGo", "credits": 1000, "creditsType": "sendLimit"}],
        "relay": {"enabled": True, "data": {"userName": "shop@example.com", "relay": "smtp-relay.brevo.com", "port": 587}},
    }  # fmt: skip


SHAPE = Shape(
    key="xkeysib-0f0f0f-sandbox-{name}",
    content_type="application/json",
    refusals={
        "unauthorized": (401, "unauthorized", "Key not found"),
        "not_found": (404, "document_not_found", "{what}"),
        "no_route": (404, "document_not_found", "Method not found"),
        "invalid": (400, "invalid_parameter", "{what} is not valid"),
        "key_reuse": (400, "duplicate_parameter", "idempotencyKey has already been used"),
        "throttled": (429, "too_many_requests", "You have exceeded the rate limit"),
        "failed": (500, "internal_error", "Internal server error"),
    },
    keeps=("email", "name", "subject", "text"),
    has_keys_once=True,
    seed=_seed,
    handlers={
        "accounts.get": _account,
        "contacts.create": people.post_contact,
        "contacts.upsert": people.post_contact,
        "contacts.list": list_of("contacts", "contacts", 1000),
        "contacts.get": lambda turn: {**people.get_contact(turn), "statistics": {}},
        "contacts.update": people.put_contact,
        "contacts.delete": people.delete_from("contacts", "identifier", "Contact does not exist"),
        "contacts.batch_update": people.update_many,
        "contacts.bulk_import": people.import_contacts,
        "contact_attributes.list": lambda turn: {"attributes": list(turn.table("attributes"))},
        "contact_attributes.create": people.write_attribute,
        "contact_attributes.update": people.write_attribute,
        "contact_attributes.delete": people.delete_from(
            "attributes", "attributeName", "Attribute does not exist"
        ),
        "lists.list": people.show_lists,
        "lists.create": _create_list,
        "lists.contacts": people.show_members,
        "lists.add_contacts": people.join,
        "lists.remove_contacts": people.join,
        "email.send": sending.send_mail,
        "email.list": sending.list_mails,
        "templates.list": list_of("templates", "templates", 1000),
        "campaigns.list": list_of("campaigns", "campaigns", 100),
        "campaigns.create": sending.create_campaign,
        "campaigns.send_now": sending.send_campaign,
        "senders.list": lambda turn: {"senders": list(turn.table("senders"))},
        "senders.create": sending.create_sender,
        "senders.delete": people.delete_from("senders", "senderId", "Sender ID does not exist"),
        "sms.send": sending.send_text,
        "events.create": sending.take_event,
        "webhooks.create": sending.create_webhook,
    },
)
