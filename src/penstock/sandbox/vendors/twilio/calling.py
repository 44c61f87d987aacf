"""Twilio's messages, calls and telephone numbers (the API of 2010)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.twilio.kept import ACCOUNT, STOPPED, find, keep, refuse
from penstock.sandbox.wire import Answer, Json, json_answer

LONGEST = 1600
E164 = re.compile(r"\+[1-9]\d{6,14}|(whatsapp|messenger):.+")


def _address(turn: Turn) -> str:
    to = str(turn.fields.get("To") or "")
    if not to:
        raise refuse(turn, 21604, "A 'To' phone number is required.")
    if not E164.fullmatch(to):
        raise refuse(turn, 21211, f"Invalid 'To' Phone Number: {to}")
    return to


def _send(turn: Turn) -> Json:
    given, to = turn.fields, _address(turn)
    if to == STOPPED:
        raise refuse(turn, 21610, "Attempt to send to unsubscribed recipient")
    if not (given.get("From") or given.get("MessagingServiceSid")):
        raise refuse(turn, 21603, "A 'From' phone number is required.")
    body, media = given.get("Body") or "", given.get("MediaUrl") or []
    if not (body or media or given.get("ContentSid")):
        raise refuse(turn, 21602, "Message body is required.")
    if len(body) > LONGEST:
        raise refuse(turn, 21617, "The concatenated message body exceeds the 1600 character limit")
    record: Record = {
        "to": to, "from": given.get("From"), "body": body, "messaging_service_sid": given.get("MessagingServiceSid"),
        "status": "queued", "direction": "outbound-api", "num_segments": str(max(1, -(-len(body) // 153))),
        "num_media": str(len(media) if isinstance(media, list) else 1), "price": None, "price_unit": "USD",
        "error_code": None, "error_message": None, "date_sent": None, "api_version": "2010-04-01", "subresource_uris": {},
    }  # fmt: skip
    return json_answer(201, keep(turn, "messages", record))


def _change_message(turn: Turn) -> Json:
    message = find(turn, "messages", turn.values["Sid"])
    if turn.fields.get("Status") == "canceled":
        if message["status"] not in ("scheduled", "queued"):
            raise refuse(turn, 30409, "Message is not in a cancelable state.")
        message["status"] = "canceled"
    if "Body" in turn.fields:
        if turn.fields["Body"]:
            raise refuse(turn, 20001, "Body can only be redacted.")
        message["body"] = ""
    turn.change("messages.update", message["sid"], message)
    return message


def _call(turn: Turn) -> Json:
    given, to = turn.fields, _address(turn)
    if not given.get("From"):
        raise refuse(turn, 21213, "A 'From' phone number is required.")
    if not (given.get("Url") or given.get("Twiml") or given.get("ApplicationSid")):
        raise refuse(turn, 21205, "Url parameter is required.")
    record = {
        "to": to, "from": given["From"], "status": "queued", "direction": "outbound-api", "duration": None, "price": None,
        "price_unit": "USD", "start_time": None, "end_time": None, "api_version": "2010-04-01", "subresource_uris": {},
    }  # fmt: skip
    return json_answer(201, keep(turn, "calls", record))


def _change_call(turn: Turn) -> Json:
    call = find(turn, "calls", turn.values["Sid"])
    call["status"] = turn.fields.get("Status") or call["status"]
    turn.change("calls.update", call["sid"], call)
    return call


def _get(turn: Turn) -> Json:
    return find(turn, turn.collection, turn.values["Sid"])


def _list(turn: Turn) -> Answer:
    """Return the newest first, those with the number asked for where one is."""
    asked = {name.lower(): turn.query[name] for name in ("To", "From", "Status") if turn.query.get(name)}
    rows = [
        one
        for one in turn.table(turn.collection)
        if all(one.get(key) == value for key, value in asked.items())
    ]
    return answer_rows(turn, rows[::-1])


def _delete(turn: Turn) -> Answer:
    message = find(turn, "messages", turn.values["Sid"])
    turn.table("messages").remove(message["sid"])
    turn.change("messages.delete", message["sid"])
    return Answer(204)


def _set_number(turn: Turn) -> Json:
    """Buy a number, or change one that is there: what comes in PascalCase is kept in snake_case."""
    named = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): value for name, value in turn.fields.items()}
    if "Sid" in turn.values:
        number = find(turn, "phone_numbers", turn.values["Sid"])
        number.update(named)
        turn.change("phone_numbers.update", number["sid"], number)
        return number
    if not (named.get("phone_number") or named.get("area_code")):
        raise refuse(turn, 21450, "PhoneNumber or AreaCode is required.")
    bought = named.get("phone_number") or f"+1{named['area_code']}5550100"
    return json_answer(
        201, keep(turn, "phone_numbers", {"friendly_name": bought, **named, "phone_number": bought})
    )


def _offer_numbers(turn: Turn) -> Json:
    country, area = turn.values["CountryCode"], turn.query.get("AreaCode", "501")
    shown = [f"+1{area}55501{n:02}" for n in range(10)]
    return {
        "available_phone_numbers": [
            {"phone_number": one, "friendly_name": one, "iso_country": country} for one in shown
        ]
    }


def _show_account(turn: Turn) -> Json:
    if turn.values["Sid"] != ACCOUNT:
        raise turn.refuse("not_found", urlsplit(turn.url).path)
    return {"sid": ACCOUNT, "friendly_name": "Sandbox", "status": "active", "type": "Full"}


HANDLERS = {
    "messages.create": _send, "messages.list": _list, "messages.latest": _list, "messages.get": _get,
    "messages.update": _change_message, "messages.delete": _delete, "calls.create": _call, "calls.list": _list,
    "calls.get": _get, "calls.update": _change_call, "recordings.list": _list, "recordings.get": _get,
    "messages.media.list": lambda turn: answer_rows(turn, []), "phone_numbers.list": _list,
    "phone_numbers.buy": _set_number, "phone_numbers.update": _set_number, "accounts.get": _show_account,
    "phone_numbers.search_local": _offer_numbers, "usage.list": lambda turn: answer_rows(turn, []),
}  # fmt: skip
