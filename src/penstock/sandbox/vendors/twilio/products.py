"""Twilio's younger products, each below a host of its own: Verify, Lookup, Conversations."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.twilio.calling import E164
from penstock.sandbox.vendors.twilio.kept import ACCOUNT, CODE, find, refuse
from penstock.sandbox.wire import Json, iso_time, json_answer

CHECKS = SENDINGS = 5


def _start(turn: Turn) -> Json:
    """Send a code; the sixth to the same address is refused."""
    to, channel = turn.fields.get("To"), turn.fields.get("Channel")
    if not to or not channel:
        raise refuse(turn, 60200, "Invalid parameter: To" if not to else "Invalid parameter: Channel")
    known = turn.store.notes.setdefault("verifications", {}).setdefault(to, {"sent": 0, "checked": 0})
    known["sent"] += 1
    if known["sent"] > SENDINGS:
        raise refuse(turn, 60203, "Max send attempts reached", status=429)
    known.setdefault("sid", turn.shape.new_id(turn.ids, "verify"))
    turn.change("verify.start", known["sid"], {"to": to})
    return json_answer(201, _describe_verification(turn, to, known["sid"], "pending"))


def _describe_verification(turn: Turn, to: str, sid: str, status: str) -> Record:
    at = iso_time(turn.now)
    return {
        "sid": sid, "service_sid": turn.values["ServiceSid"], "account_sid": ACCOUNT, "to": to, "channel": "sms",
        "status": status, "valid": status == "approved", "date_created": at, "date_updated": at, "url": turn.url,
    }  # fmt: skip


def _check(turn: Turn) -> Json:
    to = turn.fields.get("To") or ""
    known = turn.store.notes.get("verifications", {}).get(to)
    if known is None:
        raise turn.refuse("not_found", urlsplit(turn.url).path)
    known["checked"] += 1
    if known["checked"] > CHECKS:
        raise refuse(turn, 60202, "Max check attempts reached", status=429)
    is_right = turn.fields.get("Code") == CODE
    turn.change("verify.check", known["sid"], {"to": to})
    if is_right:
        turn.store.notes["verifications"].pop(to)
    answer = _describe_verification(turn, to, known["sid"], "approved" if is_right else "pending")
    return json_answer(201, answer)


def _look_up(turn: Turn) -> Json:
    number = turn.values["PhoneNumber"]
    is_valid = E164.fullmatch(number) is not None
    return {
        "phone_number": number,
        "valid": is_valid,
        "country_code": "US" if is_valid else None,
        "url": turn.url,
    }


def _converse(turn: Turn) -> Json:
    """Begin a conversation, or say something in one."""
    at = iso_time(turn.now)
    conversation = turn.values.get("ConversationSid")
    if conversation is not None:
        find(turn, "conversations", conversation)
    named = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): value for name, value in turn.fields.items()}
    sid = turn.shape.new_id(turn.ids, turn.collection)
    record = {"attributes": "{}", "state": "active", **named, "sid": sid, "account_sid": ACCOUNT, "date_created": at,
              "date_updated": at, "url": f"{turn.url}/{sid}", "conversation_sid": conversation or sid}  # fmt: skip
    turn.table(turn.collection, *([conversation] if conversation else [])).add(sid, record)
    turn.change(f"{turn.collection}.create", sid, record)
    return json_answer(201, record)


HANDLERS = {
    "verify.start": _start, "verify.check": _check, "lookups.get": _look_up, "conversations.create": _converse,
    "conversations.messages.create": _converse,
    "conversations.list": lambda turn: answer_rows(turn, list(turn.table("conversations"))),
}  # fmt: skip
