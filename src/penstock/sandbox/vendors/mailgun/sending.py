"""Mailgun's messages, and the events each leaves: accepted, then delivered, or failed where the address had bounced."""

from __future__ import annotations

import base64
import json
from email import message_from_bytes
from urllib.parse import quote

from penstock.sandbox.rest.turn import Turn, read_files
from penstock.sandbox.state import HEX, Record
from penstock.sandbox.vendors.mailgun.records import (
    find_domain,
    gone,
    is_yes,
    read_json,
    read_limit,
    read_list,
    refuse,
)
from penstock.sandbox.wire import Json, http_date, iso_time

MOST_RECIPIENTS, MOST_EVENTS = 1000, 300
_FILTERS = ("event", "recipient", "from", "subject", "message-id", "tags", "severity")


def send(turn: Turn) -> Json:
    """Queue a message, or say which of its parameters is wrong."""
    domain, given = find_domain(turn), turn.fields
    if not given.get("from"):
        raise refuse(turn, "'from' parameter is missing")
    if not any(given.get(name) for name in ("text", "html", "amp-html", "template")):
        raise refuse(
            turn, "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified"
        )
    content = {name: str(given.get(name) or "") for name in ("from", "subject", "text", "html")}
    return _queue(turn, domain, content)


def send_mime(turn: Turn) -> Json:
    """Queue a message that was built elsewhere."""
    domain, raw = find_domain(turn), read_files(turn.request).get("message")
    if not raw:
        raise refuse(turn, "'message' parameter is missing")
    message = message_from_bytes(raw)
    content = {
        "from": str(message["From"] or ""),
        "subject": str(message["Subject"] or ""),
        "text": "",
        "html": "",
    }
    return _queue(turn, domain, content)


def _queue(turn: Turn, domain: str, content: Record) -> Json:
    people = read_list(turn, "to")
    if not people:
        raise refuse(turn, "'to' parameter is missing")
    if not all("@" in person for person in people):
        raise refuse(turn, "'to' parameter is not a valid address. please check documentation")
    if len(people) > MOST_RECIPIENTS:
        raise refuse(turn, f"Too many recipients: at most {MOST_RECIPIENTS} are allowed")
    read_json(turn, "recipient-variables", {})
    stamp = "".join(one for one in iso_time(turn.now) if one.isdigit())
    id = f"{stamp}.{turn.ids.text(16, HEX)}@{domain}"
    variables = {name[2:]: value for name, value in turn.fields.items() if name.startswith("v:")}
    for person in [*people, *read_list(turn, "cc"), *read_list(turn, "bcc")]:
        address = person.rpartition("<")[2].rstrip(">").strip()
        key = base64.urlsafe_b64encode(f"{id}/{address}".encode()).decode().rstrip("=")
        stored = {**content, "To": person, "recipients": address, "Message-Id": f"<{id}>"}
        turn.table("stored", domain).add(key, stored)
        bounced = turn.table("bounces", domain).get(address.lower())
        for event in ("accepted", "failed" if bounced is not None else "delivered"):
            _log(turn, domain, event, address, content, id, key, variables)
        turn.change("messages.send", id, {"email": address, "subject": content["subject"]})
    return {"id": f"<{id}>", "message": "Queued. Thank you."}


def _log(
    turn: Turn, domain: str, event: str, address: str, content: Record, id: str, key: str, variables: Record
) -> None:
    headers = {"to": address, "message-id": id, "from": content["from"], "subject": content["subject"]}
    record: Record = {
        "id": turn.ids.text(22), "event": event, "timestamp": turn.now, "recipient": address,
        "log-level": "error" if event == "failed" else "info", "recipient-domain": address.rpartition("@")[2],
        "message": {"headers": headers, "attachments": [], "size": 512}, "tags": read_list(turn, "o:tag"),
        "user-variables": variables, "flags": {"is-test-mode": is_yes(turn, "o:testmode"), "is-routed": False},
        "storage": {"key": key, "url": f"{turn.request.base}/v3/domains/{domain}/messages/{key}"}, "campaigns": [],
    }  # fmt: skip
    if event == "failed":
        record |= {"severity": "permanent", "reason": "suppress-bounce", "delivery-status": {"code": 605}}
    turn.table("events", domain).add(record["id"], record)


def get_stored(turn: Turn) -> Json:
    """Return a message by its storage key."""
    found = turn.table("stored", find_domain(turn)).get(turn.values["storage_key"])
    if found is None:
        raise gone(turn, "Message not found")
    return {
        "From": found["from"], "sender": found["from"], "Subject": found["subject"], "subject": found["subject"],
        "body-plain": found["text"], "body-html": found["html"], "To": found["To"], "recipients": found["recipients"],
        "Message-Id": found["Message-Id"],
    }  # fmt: skip


def list_events(turn: Turn) -> Json:
    """Return a page of events, newest first; the next page's address holds all that was asked for in one part of it."""
    domain, token = find_domain(turn), turn.values.get("page")
    asked, start = (turn.query, 0) if token is None else _read(turn, token)
    rows = [one for one in turn.table("events", domain) if _fits(one, asked)]
    if asked.get("ascending") != "yes":
        rows.reverse()
    limit = (
        read_limit(turn, MOST_EVENTS) if token is None else min(int(asked.get("limit", "100")), MOST_EVENTS)
    )
    base = f"{turn.request.base}/v3/{quote(domain)}/events"
    found = rows[start : start + limit]
    spots = {
        "next": start + len(found),
        "previous": max(0, start - limit),
        "first": 0,
        "last": max(0, len(rows) - limit),
    }
    return {"items": found, "paging": {which: f"{base}/{_write(asked, at)}" for which, at in spots.items()}}


def _write(asked: Record, at: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([asked, at]).encode()).decode().rstrip("=")


def _read(turn: Turn, token: str) -> tuple[Record, int]:
    try:
        asked, at = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return dict(asked), int(at)
    except (ValueError, TypeError):
        raise refuse(turn, "Invalid page token") from None


def _fits(event: Record, asked: Record) -> bool:
    headers = event["message"]["headers"]
    known = {
        "event": event["event"], "recipient": event["recipient"], "from": headers["from"], "subject": headers["subject"],
        "message-id": headers["message-id"], "tags": " ".join(event["tags"]), "severity": event.get("severity", ""),
    }  # fmt: skip
    for name in _FILTERS:
        if asked.get(name) and not any(one.strip() in known[name] for one in asked[name].split(" OR ")):
            return False
    return all(
        event["timestamp"] >= float(asked[name])
        if name == "begin"
        else event["timestamp"] <= float(asked[name])
        for name in ("begin", "end")
        if asked.get(name, "").replace(".", "", 1).isdigit()
    )


def measure(turn: Turn) -> Json:
    """Return how many messages were accepted, delivered and refused, over all domains."""
    given = turn.body if isinstance(turn.body, dict) else {}
    counts: dict[str, int] = {}
    for domain in turn.table("domains"):
        for event in turn.table("events", domain["name"]):
            counts[event["event"]] = counts.get(event["event"], 0) + 1
    metrics = {
        name: counts.get(name.removesuffix("_count"), 0)
        for name in given.get("metrics") or ["accepted_count"]
    }
    now = http_date(turn.now)
    dimensions = given.get("dimensions") or ["time"]
    shown = [{"dimension": one, "value": now, "display_value": now} for one in dimensions]
    return {
        "start": given.get("start") or now, "end": given.get("end") or now, "resolution": given.get("resolution") or "day",
        "duration": given.get("duration"), "dimensions": dimensions,
        "pagination": {"sort": "", "skip": 0, "limit": 1500, "total": 1},
        "items": [{"dimensions": shown, "metrics": metrics}], "aggregates": {"metrics": metrics},
    }  # fmt: skip
