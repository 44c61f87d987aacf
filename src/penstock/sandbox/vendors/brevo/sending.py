"""What Brevo sends: mail, text messages, campaigns; and the events it is told of."""

from __future__ import annotations

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Record
from penstock.sandbox.vendors.brevo.people import find_contact
from penstock.sandbox.vendors.brevo.records import gone, keep, page, refuse
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

MOST_VERSIONS, MOST_WEBHOOKS = 2000, 40


def send_mail(turn: Turn) -> Answer:
    """Send a mail, or one in many versions."""
    mail = turn.body if isinstance(turn.body, dict) else {}
    versions = mail.get("messageVersions") or [{"to": mail.get("to")}]
    _check(turn, mail, versions)
    ids = [_send(turn, {**mail, **one}) for one in versions]
    return json_answer(201, {"messageIds": ids} if mail.get("messageVersions") else {"messageId": ids[0]})


def _check(turn: Turn, mail: Record, versions: list[Record]) -> None:
    template = mail.get("templateId")
    if template is None and not mail.get("sender"):
        raise refuse(turn, "missing_parameter", "sender is missing")
    if template is not None and turn.table("templates").get(str(template)) is None:
        raise refuse(turn, "invalid_parameter", "Template ID does not exist")
    if template is None and not (mail.get("htmlContent") or mail.get("textContent")):
        raise refuse(turn, "missing_parameter", "Either of htmlContent or textContent is required")
    if template is None and not mail.get("subject"):
        raise refuse(turn, "missing_parameter", "subject is missing")
    if len(versions) > MOST_VERSIONS:
        raise refuse(turn, "invalid_parameter", f"messageVersions can have at most {MOST_VERSIONS} entries")
    for one in versions:
        if not one.get("to"):
            raise refuse(turn, "missing_parameter", "to is missing")
        if not all("@" in str(person.get("email")) for person in one["to"]):
            raise refuse(turn, "invalid_parameter", "email is not valid in to")


def _send(turn: Turn, mail: Record) -> str:
    id = f"<{turn.ids.text(12, '0123456789')}.{turn.ids.text(11, '0123456789')}@smtp-relay.mailin.fr>"
    for person in mail["to"]:
        sent = {
            "email": person["email"], "subject": mail.get("subject") or "Hello", "messageId": id, "uuid": turn.ids.uuid(),
            "date": iso_time(turn.now), "from": (mail.get("sender") or {}).get("email") or "shop@example.com",
            "templateId": mail.get("templateId"), "tags": mail.get("tags") or [],
        }  # fmt: skip
        turn.table("mails").add(sent["uuid"], sent)
        turn.change("email.send", id, sent)
    return id


def list_mails(turn: Turn) -> Json:
    """Return mails by address, template or id; one of them must be given."""
    asked = {name: turn.query[name] for name in ("email", "templateId", "messageId") if turn.query.get(name)}
    if not asked:
        raise refuse(turn, "missing_parameter", "Either of email, templateId or messageId is required")
    found = [
        one for one in turn.table("mails") if all(str(one[name]) == text for name, text in asked.items())
    ]
    return page(turn, found, "transactionalEmails", 1000)


def send_text(turn: Turn) -> Answer:
    """Send a text message to a number that begins with its country."""
    number = str(turn.fields.get("recipient") or "").removeprefix("+")
    for name in ("sender", "recipient", "content"):
        if not turn.fields.get(name):
            raise refuse(turn, "missing_parameter", f"{name} is missing")
    if not number.isdigit() or number.startswith("0"):
        raise refuse(turn, "invalid_parameter", "Invalid telephone number")
    id = 1_511_882_900_176_220 + turn.ids.next("sms")
    turn.change("sms.send", str(id), {"email": number, "text": turn.fields["content"]})
    said = {
        "reference": turn.ids.text(19, HEX),
        "messageId": id,
        "smsCount": 1,
        "usedCredits": 4.5,
        "remainingCredits": 995.5,
    }
    return json_answer(201, said)


def create_campaign(turn: Turn) -> Answer:
    """Keep a campaign as a draft; its sender must be one there is."""
    sender = turn.fields.get("sender")
    if not turn.fields.get("name") or not isinstance(sender, dict):
        raise refuse(turn, "missing_parameter", "name and sender are required")
    if not any(
        one["email"] == sender.get("email") or one["id"] == sender.get("id") for one in turn.table("senders")
    ):
        raise refuse(turn, "invalid_parameter", "Sender is invalid / inactive")
    fields = {"type": "classic", "status": "draft", "createdAt": iso_time(turn.now), **turn.fields}
    return json_answer(201, {"id": keep(turn, "campaigns", fields)})


def send_campaign(turn: Turn) -> Answer:
    """Queue a campaign; one that was sent is not sent again."""
    campaign = turn.table("campaigns").get(turn.values["campaignId"])
    if campaign is None:
        raise gone(turn, "Campaign ID does not exist")
    if campaign["status"] != "draft":
        raise refuse(turn, "invalid_parameter", "Campaign is already sent or in process")
    campaign["status"] = "queued"
    turn.change("campaigns.send_now", str(campaign["id"]), campaign)
    return Answer(204)


def create_sender(turn: Turn) -> Answer:
    """Keep a sender, which must be verified before it may send."""
    if not turn.fields.get("name") or "@" not in str(turn.fields.get("email")):
        raise refuse(turn, "missing_parameter", "name and email are required")
    if any(one["email"] == turn.fields["email"] for one in turn.table("senders")):
        raise refuse(turn, "duplicate_parameter", "Sender already exists")
    id = keep(turn, "senders", {"active": False, "ips": [], **turn.fields})
    return json_answer(201, {"id": id, "spfError": False, "dkimError": False})


def create_webhook(turn: Turn) -> Answer:
    """Keep a webhook; nothing is ever delivered."""
    if not turn.fields.get("url") or not turn.fields.get("events"):
        raise refuse(turn, "missing_parameter", "url and events are required")
    if len(turn.table("webhooks")) >= MOST_WEBHOOKS:
        raise refuse(turn, "invalid_parameter", f"At most {MOST_WEBHOOKS} webhooks are allowed")
    return json_answer(201, {"id": keep(turn, "webhooks", dict(turn.fields))})


def take_event(turn: Turn) -> Answer:
    """Take an event of a contact; who is not there is not made one."""
    who = turn.fields.get("identifiers") or {}
    if not turn.fields.get("event_name") or not who:
        raise refuse(turn, "missing_parameter", "event_name and identifiers are required")
    contact = find_contact(
        turn, str(who.get("email_id") or who.get("ext_id")), "email_id" if who.get("email_id") else "ext_id"
    )
    shown = {"name": turn.fields["event_name"], "email": who.get("email_id")}
    turn.change("events.create", str(contact["id"] if contact else turn.ids.next("event")), shown)
    return Answer(204)
