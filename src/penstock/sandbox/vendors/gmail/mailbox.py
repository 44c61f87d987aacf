"""The mailbox: its messages, how one is made of raw text, shown, found, and how its history counts on."""

from __future__ import annotations

import base64
import re
from email.parser import BytesParser
from email.policy import SMTP
from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Record, Table

ADDRESS = "ada@sandbox.example"
FIRST_HISTORY = 9_876_543_000
_TERM = re.compile(r'(from|to|subject|label|is|in):(?:"([^"]+)"|(\S+))|"([^"]+)"|(\S+)')


def messages(turn: Turn) -> Table:
    """Return the mailbox."""
    return turn.table("messages", "me")


def find(turn: Turn, table: str = "messages") -> Record:
    """Return the message, or the draft, the path names."""
    record = turn.table(table, "me").get(turn.values["id"])
    if record is None:
        raise turn.refuse("not_found")
    return record


def note(turn: Turn, kind: str, record: Record) -> None:
    """Count the mailbox's history on, and remember what happened."""
    number = turn.ids.next("history", FIRST_HISTORY)
    record["historyId"] = str(number)
    short = {"message": {"id": record["id"], "threadId": record["threadId"]}}
    turn.store.notes.setdefault("history", []).append({"id": str(number), kind: [short]})


def need(turn: Turn, *names: str) -> None:
    """Refuse a request that lacks a field it needs."""
    for name in names:
        if turn.fields.get(name, turn.query.get(name)) in (None, ""):
            raise turn.refuse("invalid", name)


def decode(raw: str) -> bytes:
    """Return what base64url says, with or without padding; ValueError where it is none."""
    return base64.urlsafe_b64decode(raw.rstrip("=") + "=" * (-len(raw.rstrip("=")) % 4))


def write(turn: Turn, fields: Record, labels: list[str]) -> Record:
    """Return a message made of its raw text."""
    raw = fields.get("raw")
    if not isinstance(raw, str) or not raw:
        raise turn.refuse(
            "invalid",
            message="'raw' RFC822 payload message string or uploading message via /upload/* URL required",
        )
    try:
        content = decode(raw)
    except ValueError:
        raise turn.refuse("invalid", message="Invalid value for ByteString: " + raw[:20]) from None
    parsed = BytesParser(policy=SMTP).parsebytes(content)
    to = str(parsed.get("To", ""))
    if "@" not in f"{to}{parsed.get('Cc', '')}{parsed.get('Bcc', '')}" and "DRAFT" not in labels:
        raise turn.refuse("invalid", message="Recipient address required")
    headers = [{"name": name, "value": str(value)} for name, value in parsed.items()]
    if "From" not in parsed:
        headers.insert(0, {"name": "From", "value": ADDRESS})
    part: Any = parsed.get_body(("plain", "html")) if parsed.is_multipart() else parsed
    body: bytes = (part.get_payload(decode=True) if part is not None else b"") or b""
    id = turn.ids.text(16, HEX)
    thread = fields.get("threadId")
    if thread and not any(one["threadId"] == thread for one in messages(turn)):
        raise turn.refuse("not_found")
    record: Record = {
        "id": id, "threadId": thread or id, "labelIds": labels, "snippet": body.decode(errors="replace").strip()[:100],
        "sizeEstimate": len(content), "internalDate": str(int(turn.now * 1000)), "raw": raw,
        "payload": {"partId": "", "mimeType": parsed.get_content_type(), "filename": "", "headers": headers,
                    "body": {"size": len(body), "data": base64.urlsafe_b64encode(body).decode()}},
        "to": to, "subject": str(parsed.get("Subject", "")),
    }  # fmt: skip
    return record


def keep(turn: Turn, fields: Record) -> Record:
    """Send a message: keep it, and return what is answered."""
    record = write(turn, fields, ["SENT"])
    if ADDRESS in record["to"]:
        record["labelIds"] += ["INBOX", "UNREAD"]
    messages(turn).add(record["id"], record)
    note(turn, "messagesAdded", record)
    turn.change("messages.send", record["id"], record)
    return {"id": record["id"], "threadId": record["threadId"], "labelIds": record["labelIds"]}


def show(record: Record, form: str) -> Record:
    """Return a message in one of the four forms there are."""
    hidden = (
        {"to", "subject"}
        | ({"payload"} if form in ("minimal", "raw") else set())
        | ({"raw"} if form != "raw" else set())
    )
    shown = {name: value for name, value in record.items() if name not in hidden}
    if form == "metadata":
        shown["payload"] = {"headers": record["payload"]["headers"]}
    return shown


def matches(record: Record, query: str) -> bool:
    """Say whether a message has every word and term of a search."""
    for field, quoted, bare, phrase, word in _TERM.findall(query):
        value = (quoted or bare or phrase or word).lower()
        sender = next((h["value"] for h in record["payload"]["headers"] if h["name"] == "From"), "")
        places = {
            "from": sender, "to": record["to"], "subject": record["subject"], "label": " ".join(record["labelIds"]),
            "is": " ".join(record["labelIds"]), "in": " ".join(record["labelIds"]),
        }  # fmt: skip
        if (
            value
            not in places.get(
                field, f"{record['subject']} {record['snippet']} {record['to']} {sender}"
            ).lower()
        ):
            return False
    return True


def found(turn: Turn) -> list[Record]:
    """Return the mailbox's messages that a list asks for, the newest first."""
    wanted = {value for name, value in turn.request.query_pairs() if name == "labelIds"}
    has_all = turn.query.get("includeSpamTrash") == "true" or bool(wanted & {"TRASH", "SPAM"})
    return [
        one
        for one in reversed(list(messages(turn)))
        if wanted <= set(one["labelIds"])
        and (has_all or "TRASH" not in one["labelIds"])
        and matches(one, turn.query.get("q", ""))
    ]


def newest(turn: Turn) -> str:
    """Return the number of the last thing that happened."""
    history = turn.store.notes.get("history")
    return str(history[-1]["id"]) if history else str(FIRST_HISTORY - 1)
