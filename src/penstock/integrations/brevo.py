"""Brevo: contacts, mail and text messages (once Sendinblue).

docs        https://developers.brevo.com/reference
checked     2026-11, API v3 (in the path)
quirks      Most end points have 100 calls an HOUR together: campaigns, senders, webhooks, the account (the health call too);
            contacts have ten a second, mail a thousand. The fields begin with x-sib-, the reset counts seconds, and there is
            no Retry-After. The key that makes a mail go out once sits in the mail's own headers, in the body, for half an
            hour; a second mail with it is refused as duplicate_parameter, which means that the first went out. Columns
            that are no parameters become a contact's attributes; Brevo drops those it does not know without a word. A
            contact is named by id, e-mail, number or ext_id: identifierType says which. Lists come 50 at a time.
unverified  that the limit for an hour is shared by all those end points; the limits of the extended plan; that the
            refusal of a used key names it; the texts of a 429; how soon a webhook wants its answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from penstock.catalog.check import is_missing
from penstock.catalog.definition import (
    ApiKey,
    BaseParameter,
    Bulk,
    ErrorShape,
    Idempotency,
    Integration,
    Json,
    Limit,
    Offset,
    Operation,
    Part,
    RateHeaders,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    dig,
    fields,
    read,
)

_RATES = "https://developers.brevo.com/docs/api-limits, 2026-11"
_RATED = {  # what counts together: calls by plan (general, advanced), and in how many seconds
    ("email.send",): (1000, 2000, 1.0),
    ("email.list",): (2, 3, 1.0),
    ("templates.*",): (300, 600, 3600.0),
    ("sms.send",): (150, 200, 1.0),
    ("events.create",): (10, 20, 1.0),
    ("contacts.*", "contact_attributes.*", "lists.*"): (10, 20, 1.0),
}
_ELSE = {"general": 100, "advanced": 200}  # an hour, all that has no limit of its own together
_OWN = (
    "smtp.*",
    "products.*",
    "orders.*",
)  # of the catalogue, with limits of their own that are not declared
_LISTED = "limit:integer offset:integer sort=asc|desc"
_NAMED = re.compile(r"\s*(.*?)\s*<([^<>]+)>\s*")
_PERSON = "?identifierType=email_id|phone_id|ext_id|contact_id|whatsapp_id|landline_number_id"
_CONTACT = """
    /email /ext_id attributes:object /emailBlacklisted:boolean /smsBlacklisted:boolean /listIds:array
    /smtpBlacklistSender:array
"""
_ATTRIBUTE = "/contacts/attributes/{attributeCategory}/{attributeName}"
_CATEGORY = "attributeCategory=normal|transactional|category|calculated|global!"
_VALUES = "value enumeration:array multiCategoryOptions:array"


def classify(response: Response) -> Verdict | None:
    """Read the refusal of a used key: the mail went out before, though this answer does not tell its id."""
    if response.status not in (400, 409):
        return None
    code, said = read(response, "code"), str(read(response, "message") or "").lower()
    is_repeated = code == "duplicate_request" or (code == "duplicate_parameter" and "idempotency" in said)
    return Verdict.UNCERTAIN if is_repeated else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write addresses as Brevo wants them, and whom an event is about."""
    if operation == "email.send":
        for name in ("sender", "replyTo"):
            if isinstance(parameters.get(name), str):
                parameters[name] = _address(parameters[name])
        for name in ("to", "cc", "bcc"):
            people = parameters.get(name)
            if not is_missing(people) and not (isinstance(people, str) and people.lstrip().startswith("[")):
                parameters[name] = [
                    _address(one) for one in (people if isinstance(people, list) else [people])
                ]
    if operation == "events.create" and is_missing(parameters.get("identifiers")):
        who = {f"{name}_id": parameters.pop(name, None) for name in ("email", "ext")}
        who = {name: value for name, value in who.items() if not is_missing(value)}
        if who:
            parameters["identifiers"] = who
    return parameters


def _address(person: Any) -> Any:
    """Return {"email", "name"} of "Ada <ada@example.com>"; what is no text is one already."""
    if not isinstance(person, str):
        return person
    named = _NAMED.fullmatch(person)
    return (
        {"email": named[2], "name": named[1]}
        if named and named[1]
        else {"email": named[2] if named else person.strip()}
    )


def _pages(items: str, most: int) -> Offset:
    return Offset(size="limit", items=items, max_size=most, total="count")


def _as_address(given: dict[str, Any]) -> Json | None:
    """Return the one address of a row; a row with several, or with ids, goes by itself."""
    emails = given.get("emails")
    return emails[0] if isinstance(emails, list) and len(emails) == 1 and len(given) == 1 else None


def _split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Tell by its address who came into a list, or out of it, and who did not."""
    done = {str(one).lower() for one in dig(answer, "contacts.success") or ()}
    failed = {str(one).lower() for one in dig(answer, "contacts.failure") or ()}
    return [
        Part({"contacts": {"success": [one], "failure": []}})
        if str(one).lower() in done
        else Part({"code": "invalid_parameter", "message": f"Brevo lists {one} as a failure."}, 400)
        if str(one).lower() in failed
        else None
        for one in items
    ]


def _of_a_list(operation: str) -> Bulk:
    return Bulk(operation, "emails", 150, item=_as_address, shared=("listId",), split=_split)


_ACCOUNT = Operation(
    "accounts.get",
    "GET",
    "/account",
    summary="Whose key this is, and the plan; counts as one of 100 an hour.",
)

integration = Integration(
    name="brevo",
    title="Brevo",
    category="marketing",
    docs="https://developers.brevo.com/reference",
    checked="2026-11",
    base_url="https://api.brevo.com/v3",
    base_parameters=(
        BaseParameter(
            "plan", default="general", pattern="general|advanced",
            help="advanced for Professional and Enterprise accounts, which may call twice as often",
        ),
    ),
    auth=(ApiKey("api_key", header="api-key", note="xkeysib-…; may be bound to addresses. xsmtpsib- is SMTP's, not this."),),
    limits=(
        *(
            Limit(amounts[number], per=amounts[2], only=names, when=plan, source=_RATES)
            for number, plan in enumerate(_ELSE)
            for names, amounts in _RATED.items()
        ),
        *(
            Limit(amount, per=3600.0, apart=tuple(name for names in _RATED for name in names), when=plan, source=_RATES)
            for plan, amount in _ELSE.items()
        ),
    ),
    variant=lambda credential, base: base.get("plan") or "general",
    rate_headers=RateHeaders(
        limit="x-sib-ratelimit-limit", remaining="x-sib-ratelimit-remaining", reset="x-sib-ratelimit-reset",
        reset_unit="delta_s",
    ),
    classify=classify,
    adjust=adjust,
    idempotency=Idempotency("headers.idempotencyKey", place="body", only=("email.send",), lifetime_s=1800.0),
    pagination=_pages("contacts", 1000),
    errors=ErrorShape(message=("message",), code=("code",)),
    hints={
        "unauthorized": "Check the key (xkeysib-…), and under Security > Authorised IPs whether this address may use it.",
        "duplicate_parameter": "It is there already: contacts.upsert changes a contact; of a mail, an earlier one went out.",
        "invalid_parameter": "The message names the field; a sender must be verified, a number begins with its country.",
        "missing_parameter": "Add the field the message names.",
        "document_not_found": "There is no such id here: check it, and for a contact which identifierType it is.",
        "not_enough_credits": "The plan's mails or the SMS credits are used up: buy some, or wait for the next period.",
        "account_under_validation": "Brevo is still looking at the account: sending begins when they have let it.",
        "permission_denied": "The account or plan may not do this: sending may not be activated yet.",
        "too_many_requests": "Most end points take 100 calls an hour: lower the rate with limit=ps.Limit(n, per=1.0).",
        "401": "Check the key (xkeysib-…), and under Security > Authorised IPs whether this address may use it.",
        "429": "Most end points take 100 calls an hour, contacts ten a second; a larger plan takes twice that.",
    },
    health=_ACCOUNT,
    webhooks=WebhookSource(
        Signature(
            "Authorization", algorithm="token", prefix="Bearer ",
            note="Nothing is signed: only a webhook made with auth={\"type\": \"bearer\", \"token\": ...} brings this.",
        ),
        event="body:event",
        retries="Four times (10 min, 1 h, 2 h, 8 h) when nobody answers or on 429; a 5xx or another 4xx loses the event: answer"
        " 429 when you cannot take it. The body's id is the webhook's: an event is known by message-id, event and ts_event.",
    ),
    operations=(
        _ACCOUNT,
        Operation(
            "contacts.create", "POST", "/contacts", fields(_CONTACT, "/updateEnabled:boolean"), into="attributes",
            bulk="contacts.bulk_import", summary="Other columns (FIRSTNAME, LASTNAME) become attributes.",
        ),
        Operation(
            "contacts.upsert", "POST", "/contacts", fields(_CONTACT), into="attributes", fixed={"updateEnabled": True},
            is_idempotent=True, bulk="contacts.bulk_import", summary="Add a contact, or change the one there is.",
        ),
        Operation(
            "contacts.list", "GET", "/contacts",
            fields(_LISTED, "modifiedSince createdSince segmentId:integer listIds:array filter"), is_paginated=True,
        ),
        Operation("contacts.get", "GET", "/contacts/{identifier}", fields(_PERSON, "startDate endDate")),
        Operation(
            "contacts.update", "PUT", "/contacts/{identifier}",
            fields(_PERSON, "/ext_id attributes:object /emailBlacklisted:boolean /smsBlacklisted:boolean /listIds:array"
                   " /unlinkListIds:array /smtpBlacklistSender:array"),
            into="attributes", bulk="contacts.batch_update",
        ),
        Operation("contacts.delete", "DELETE", "/contacts/{identifier}", fields(_PERSON)),
        Operation(
            "contacts.batch_update", "POST", "/contacts/batch", fields("contacts:array!"), is_idempotent=True,
            summary='Up to 100: [{"email": ..., "attributes": {...}}].',
        ),
        Operation(
            "contacts.bulk_import", "POST", "/contacts/import",
            fields("""
                jsonBody:array fileBody fileUrl listIds:array newList:object notifyUrl updateExistingContacts:boolean
                emptyContactsAttributes:boolean emailBlacklist:boolean smsBlacklist:boolean disableNotification:boolean
            """),
            is_idempotent=True, summary="10 MB at most, 8 MB are advised; in the background.",
        ),
        Operation("contact_attributes.list", "GET", "/contacts/attributes", items="attributes"),
        Operation(
            "contact_attributes.create", "POST", _ATTRIBUTE,
            fields(_CATEGORY, _VALUES, "type=text|date|float|boolean|id|category|multiple-choice isRecurring:boolean"),
        ),
        Operation("contact_attributes.update", "PUT", _ATTRIBUTE, fields(_CATEGORY, _VALUES)),
        Operation("contact_attributes.delete", "DELETE", _ATTRIBUTE, fields(_CATEGORY)),
        Operation(
            "lists.list", "GET", "/contacts/lists", fields(_LISTED), is_paginated=True, pagination=_pages("lists", 50)
        ),
        Operation("lists.create", "POST", "/contacts/lists", fields("name! folderId:integer!")),
        Operation(
            "lists.contacts", "GET", "/contacts/lists/{listId}/contacts", fields("listId:integer!", _LISTED, "modifiedSince"),
            is_paginated=True, pagination=_pages("contacts", 500),
        ),
        Operation(
            "lists.add_contacts", "POST", "/contacts/lists/{listId}/contacts/add",
            fields("listId:integer! emails:array ids:array"), bulk=_of_a_list("lists.add_contacts"),
            summary="Up to 150; who is in it already is refused, and all are when all are.",
        ),
        Operation(
            "lists.remove_contacts", "POST", "/contacts/lists/{listId}/contacts/remove",
            fields("listId:integer! emails:array ids:array all:boolean"), bulk=_of_a_list("lists.remove_contacts"),
        ),
        Operation(
            "email.send", "POST", "/smtp/email",
            fields("""
                headers:object /sender:object /to:array /cc:array /bcc:array /replyTo:object /subject /htmlContent /textContent
                /templateId:integer /params:object /attachment:array /tags:array /scheduledAt /batchId /messageVersions:array
            """),
            into="headers", is_open=False,
            summary='to= and sender= take addresses ("Ada <ada@example.com>"); or messageVersions=[...] for up to 2,000.',
        ),
        Operation(
            "email.list", "GET", "/smtp/emails", fields(_LISTED, "email templateId:integer messageId startDate endDate"),
            is_paginated=True, pagination=_pages("transactionalEmails", 1000), summary="One of email=, templateId=, messageId=.",
        ),
        Operation(
            "templates.list", "GET", "/smtp/templates", fields(_LISTED, "templateStatus:boolean"), is_paginated=True,
            pagination=_pages("templates", 1000),
        ),
        Operation(
            "campaigns.list", "GET", "/emailCampaigns",
            fields(_LISTED, """
                type=classic|trigger status=suspended|archive|sent|queued|draft|inProcess startDate endDate
                statistics=globalStats|linksStats|statsByDomain excludeHtmlContent:boolean
            """),
            is_paginated=True, pagination=_pages("campaigns", 100),
        ),
        Operation(
            "campaigns.create", "POST", "/emailCampaigns",
            fields("""
                name! sender:object! subject recipients:object htmlContent htmlUrl templateId:integer scheduledAt previewText
                replyTo toField tag attachmentUrl params:object header footer utmCampaign mirrorActive:boolean
                inlineImageActivation:boolean sendAtBestTime:boolean abTesting:boolean subjectA subjectB splitRule:integer
                winnerCriteria=open|click winnerDelay:integer unsubscriptionPageId updateFormId
            """),
        ),
        Operation(
            "campaigns.send_now", "POST", "/emailCampaigns/{campaignId}/sendNow", fields("campaignId:integer!"),
        ),
        Operation("senders.list", "GET", "/senders", fields("ip domain"), items="senders"),
        Operation("senders.create", "POST", "/senders", fields("name! email! ips:array")),
        Operation("senders.delete", "DELETE", "/senders/{senderId}", fields("senderId:integer!")),
        Operation(
            "sms.send", "POST", "/transactionalSMS/sms",
            fields("""
                sender! recipient! content! type=transactional|marketing tag:any webUrl unicodeEnabled:boolean
                organisationPrefix
            """),
        ),
        Operation(
            "events.create", "POST", "/events",
            fields("event_name! identifiers:object! event_date contact_properties:object event_properties:object email ext"),
            summary="email= or ext= (your own id) says whom it happened to, or identifiers={...}.",
        ),
        Operation(
            "webhooks.create", "POST", "/webhooks",
            fields("""
                url! events:array! type=transactional|marketing|inbound description domain batched:boolean auth:object
                headers:array
            """),
            summary='Give auth={"type": "bearer", "token": ...}: nothing else says that a delivery is Brevo\'s. 40 at most.',
        ),
    ),
    unverified=(
        "that the hour's limit is shared by all end points without one of their own; /smtp, /products and /orders, which have,"
        " are counted there too",
        "the extended plan's limits, which are not declared",
        "that the refusal of a used key names the key",
        "the code and text of a 429",
        "100 contacts for contacts.batch_update",
        "identifierType: newer than the description of 2025-02",
    ),
)  # fmt: skip
