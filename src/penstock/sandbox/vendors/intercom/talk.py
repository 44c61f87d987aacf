"""Intercom's conversations with their parts, tickets, and the messages of admins."""

from __future__ import annotations

from penstock.sandbox.rest.acting import create, find
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.vendors.intercom.records import ADMIN, build_admin, find_contact, refuse, sent
from penstock.sandbox.wire import Json

TICKET_TYPE = "1234"
_STATES = {"close": "closed", "snoozed": "snoozed", "open": "open"}


def start_conversation(turn: Turn) -> Json:
    """Start a conversation as a contact, and return the message it starts with."""
    sender, body = turn.fields.get("from") or {}, f"<p>{turn.fields.get('body')}</p>"
    contact, now = find_contact(turn, id=sender.get("id")), int(turn.now)
    author = {
        "type": contact["role"],
        "id": contact["id"],
        "name": contact["name"],
        "email": contact["email"],
    }
    fields = {
        "title": turn.fields.get("subject"), "state": "open", "open": True, "read": False, "priority": "not_priority",
        "waiting_since": now, "snoozed_until": None, "admin_assignee_id": 0, "team_assignee_id": None,
        "source": {"type": "conversation", "id": turn.ids.text(9, "123456789"), "body": body, "author": author},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": contact["id"]}]},
        "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [], "total_count": 0},
    }  # fmt: skip
    made = create(turn, fields)
    return {
        "type": "user_message", "id": made["source"]["id"], "created_at": now, "body": turn.fields.get("body"),
        "message_type": "inapp", "conversation_id": made["id"],
    }  # fmt: skip


def add_part(turn: Turn) -> Json:
    """Answer a conversation, or close, snooze, open or assign it: each is a part of it, and all of it is returned."""
    given, conversation = turn.fields, find(turn, turn.values["conversation_id"])
    kind, now = given.get("message_type"), int(turn.now)
    if given.get("type") != "user" and str(given.get("admin_id")) != ADMIN:
        raise turn.refuse("invalid", status=404, code="admin_not_found", message="Admin not found")
    author = (
        {"type": "user", "id": given.get("intercom_user_id")}
        if given.get("type") == "user"
        else build_admin()
    )
    parts = conversation["conversation_parts"]
    parts["conversation_parts"].append({
        "type": "conversation_part", "id": str(turn.ids.next("part")), "part_type": kind, "created_at": now,
        "body": f"<p>{given['body']}</p>" if given.get("body") else None, "author": author,
    })  # fmt: skip
    parts["total_count"] = len(parts["conversation_parts"])
    state = _STATES.get(str(kind), conversation["state"])
    conversation |= {"state": state, "open": state == "open", "updated_at": now}
    if kind == "assignment":
        conversation["admin_assignee_id"] = int(given.get("assignee_id") or 0)
    conversation["snoozed_until"] = given.get("snoozed_until") if state == "snoozed" else None
    turn.change(f"conversations.{kind}", conversation["id"], {"text": given.get("body")})
    return conversation


def create_ticket(turn: Turn) -> Json:
    """Make a ticket about one or more contacts."""
    given = sent(turn)
    if str(given.get("ticket_type_id")) != TICKET_TYPE:
        raise turn.refuse("not_found", "ticket_types", message="ticket_types")
    people = [find_contact(turn, **one) for one in given.get("contacts") or []]
    if not people:
        raise refuse(turn, "contacts must not be empty", code="parameter_not_found")
    made = [{"type": "contact", "id": one["id"]} for one in people]
    kept = {name: given[name] for name in given if name not in ("contacts", "ticket_type_id")}
    return create(turn, {
        **kept, "ticket_id": str(turn.ids.next("ticket")), "category": "Customer", "open": True, "is_shared": True,
        "ticket_state": {"type": "ticket_state", "id": "1", "category": "submitted"},
        "ticket_type": {"type": "ticket_type", "id": TICKET_TYPE, "name": "Bug"},
        "contacts": {"type": "contact.list", "contacts": made},
    })  # fmt: skip


def send_message(turn: Turn) -> Json:
    """Send an admin's message: there is no conversation before somebody answers."""
    given = turn.fields
    if str((given.get("from") or {}).get("id")) != ADMIN:
        raise turn.refuse("invalid", status=404, code="admin_not_found", message="Admin not found")
    contact = find_contact(turn, id=(given.get("to") or {}).get("id"))
    fields = {name: given.get(name) for name in ("subject", "body", "message_type")}
    return create(turn, fields | {"owner": build_admin(), "recipient": {"email": contact["email"]}})
