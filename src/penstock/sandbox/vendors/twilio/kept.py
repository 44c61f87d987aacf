"""What Twilio keeps of an account: resources with a SID, dates and an address; and how it refuses."""

from __future__ import annotations

from email.utils import formatdate
from urllib.parse import urlsplit

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record

ACCOUNT = "AC5a4dbc0ffee5a4dbc0ffee5a4dbc0ff3"
NUMBER, STOPPED, CODE = "+15017122661", "+15005550610", "123456"


def refuse(turn: Turn, code: int, words: str, *, status: int = 400) -> Refusal:
    return turn.refuse("invalid", status=status, code=str(code), message=words)


def keep(turn: Turn, collection: str, record: Record) -> Record:
    """Keep a resource of the account with its SID, dates and address."""
    sid = turn.shape.new_id(turn.ids, collection)
    date = formatdate(turn.now).replace("-0000", "+0000")
    uri = f"{urlsplit(turn.url).path.removesuffix('.json')}/{sid}.json"
    whole = {
        "sid": sid,
        "account_sid": ACCOUNT,
        **record,
        "date_created": date,
        "date_updated": date,
        "uri": uri,
    }
    turn.table(collection).add(sid, whole)
    turn.change(f"{collection}.create", sid, whole)
    return whole


def find(turn: Turn, collection: str, sid: str) -> Record:
    record = turn.table(collection).get(sid)
    if record is None:
        raise turn.refuse("not_found", urlsplit(turn.url).path)
    return record


def seed(turn: Turn) -> None:
    sid = "PN" + "0" * 31 + "1"
    number = {
        "sid": sid,
        "phone_number": NUMBER,
        "friendly_name": "(501) 712-2661",
        "sms_url": "",
        "voice_url": "",
    }
    turn.table("phone_numbers").add(sid, {"account_sid": ACCOUNT, **number})
    sid = "RE" + "0" * 31 + "1"
    recording = {
        "sid": sid,
        "call_sid": "CA" + "0" * 32,
        "duration": "3",
        "status": "completed",
        "channels": 1,
    }
    turn.table("recordings").add(sid, {"account_sid": ACCOUNT, **recording})
