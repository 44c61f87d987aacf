"""Intercom as the sandbox plays it: contacts that must not be there twice, scrolls, conversations with parts.

Any custom attribute is taken; Intercom wants each to be defined first. A search sees what was just written.
Sources: the pages named in integrations/intercom.py; what python-intercom reads of lists, conversations and refusals.
"""

from __future__ import annotations

from penstock.integrations.intercom import integration
from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.intercom import people, records, talk
from penstock.sandbox.wire import Answer, json_answer

TAG = "81"
_WORDS = {"contacts": "User", "companies": "Company", "tags": "Tag"}


def open_vendor(setup: Setup) -> Vendor:
    """Return Intercom."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    """Return the list of errors, which always is of one."""
    message = refusal.message
    if refusal.kind == "not_found":
        message = f"{_WORDS.get(message.partition(' ')[0], 'Resource')} Not Found"
    one = {"code": refusal.code, "message": message}
    return json_answer(refusal.status, {"type": "error.list", "errors": [one]})


def _seed(turn: Turn) -> None:
    turn.table("tags").add(TAG, {"type": "tag", "id": TAG, "name": "VIP"})


SHAPE = Shape(
    key="dG9rOnNhbmRib3gx{name}",
    new_id=records.new_id,
    build=records.build,
    merge=records.merge,
    statuses={"delete": 200},
    deleted=lambda turn, record: {
        "type": "contact", "id": record["id"], "external_id": record["external_id"], "deleted": True,
    },
    refusals={
        "unauthorized": (401, "unauthorized", "Access Token Invalid"),
        "not_found": (404, "not_found", "{what}"),
        "no_route": (404, "not_found", "The requested resource was not found"),
        "invalid": (400, "parameter_invalid", "{what} is invalid"),
        "throttled": (429, "rate_limit_exceeded", "The rate limit for the App has been exceeded"),
        "failed": (500, "server_error", "Internal Server Error"),
    },
    error=_error,
    keeps=("email", "external_id", "company_id", "name", "text"),
    seed=_seed,
    handlers={
        "me.get": lambda turn: {
            **records.build_admin(),
            "app": {"type": "app", "id_code": records.WORKSPACE, "name": "Sandbox", "region": "US", "secure": False},
        },
        "admins.list": lambda turn: {"type": "admin.list", "admins": [records.build_admin()]},
        "contacts.list": records.list_of(),
        "contacts.find": people.get_by_external_id,
        "contacts.create": people.create_contact,
        "contacts.update": records.change,
        "contacts.archive": people.archive,
        "contacts.search": records.list_of(),
        "contacts.merge": people.merge_contacts,
        "contacts.add_tag": people.attach("tags", "tags"),
        "contacts.remove_tag": people.attach("tags", "tags"),
        "contacts.attach_company": people.attach("companies", "companies"),
        "notes.create": people.create_note,
        "companies.upsert": people.upsert_company,
        "companies.list": people.list_companies,
        "companies.scroll": people.scroll,
        "companies.update": records.change,
        "conversations.list": records.list_of("conversations", "conversation.list"),
        "conversations.get": lambda turn: find(turn, turn.values["conversation_id"]),
        "conversations.create": talk.start_conversation,
        "conversations.update": records.change,
        "conversations.search": records.list_of("conversations", "conversation.list"),
        "conversations.reply": talk.add_part,
        "conversations.manage": talk.add_part,
        "tickets.create": talk.create_ticket,
        "tickets.update": records.change,
        "tickets.search": records.list_of("tickets", "ticket.list"),
        "messages.create": talk.send_message,
        "events.create": people.take_event,
        "tags.list": lambda turn: {"type": "list", "data": list(turn.table())},
        "tags.create": people.create_tag,
    },
)  # fmt: skip
