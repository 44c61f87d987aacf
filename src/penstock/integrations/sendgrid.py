"""SendGrid: mail, and the contacts, lists and suppressions around it (Web API v3).

docs        https://www.twilio.com/docs/sendgrid/api-reference
checked     2026-11, API v3 (in the path)
quirks      A 202 from mail.send means queued: what became of the mail is told by the event webhook. There are no
            idempotency keys: a mail sent twice arrives twice, so after a lost answer its row is uncertain. Contacts are
            written in the background (202 with a job_id): a read straight after does not see them. contacts.list is a
            sample of 50; search or export for all. Spent credits answer 401, though nothing is wrong with the key.
            Suppressions page by limit and offset, lists and templates by a link. Each end point has its own limit, which
            its answers state; only the mail's has no fields. api="api.eu" is for EU subusers; marketing is not served there.
unverified  600 calls a minute as the usual limit (a changelog of 2019) and 10,000 mails a second (third parties); that
            spent credits answer 401; on_behalf_of for mail.send; how long an event is delivered again.
"""

from __future__ import annotations

import re
from typing import Any

from penstock.catalog.check import Check, is_missing
from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Bulk,
    ErrorShape,
    Integration,
    Json,
    Limit,
    NextUrl,
    Offset,
    Operation,
    Parameter,
    RateHeaders,
    Response,
    Signature,
    WebhookSource,
    fields,
    read,
)

_USUAL = (
    "https://www.twilio.com/en-us/changelog/imposing-rate-limits-on-some-sendgrid-v2-api-endpoints, 2026-11"
)
_RATES = (
    "https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits, 2026-11"
)
_NAMED = re.compile(r"\s*(.*?)\s*<([^<>]+)>\s*")
_PEOPLE = ("to", "cc", "bcc")
_PERSONAL = (*_PEOPLE, "dynamic_template_data", "substitutions")
_SUPPRESSED = "start_time:integer end_time:integer limit:integer offset:integer email"
_BY_OFFSET = Offset(size="limit", items="$", max_size=500)
_PERSON = """
    email first_name last_name phone_number external_id anonymous_id alternate_emails:array address_line_1 address_line_2
    city state_province_region postal_code country custom_fields:object
"""


def classify(response: Response) -> int | None:
    """Read spent credits, which answer 401, as the refusal they are: a new credential would not help."""
    if response.status == 401 and "credits" in str(read(response, "errors.0.message") or "").lower():
        return 403
    return None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Build from plain columns what is nested: a mail's personalizations, content and addresses; the one contact."""
    if operation == "mail.send":
        return _build_mail(parameters)
    if operation == "contacts.upsert" and is_missing(parameters.get("contacts")):
        contact = {
            name: parameters.pop(name) for name in [*parameters] if name not in ("list_ids", "contacts")
        }
        cleaned = Check(_CONTACT, "sendgrid")(contact)
        if cleaned:
            parameters["contacts"] = [cleaned]
    return parameters


def _as_contact(given: dict[str, Any]) -> Json | None:
    """Return the one contact that was made of a row; a row that brings a list goes by itself."""
    contacts = given.get("contacts")
    return contacts[0] if isinstance(contacts, list) and len(contacts) == 1 and len(given) == 1 else None


def _build_mail(parameters: dict[str, Any]) -> dict[str, Any]:
    if "from" in parameters:
        parameters["from_"] = parameters.pop("from")
    for name in ("from_", "reply_to"):
        if isinstance(parameters.get(name), str):
            parameters[name] = _address(parameters[name])
    if not is_missing(parameters.get("to")):
        personal = {name: parameters.pop(name, None) for name in _PERSONAL}
        for name in _PEOPLE:
            people = personal[name]
            if not is_missing(people):
                personal[name] = [_address(one) for one in (people if isinstance(people, list) else [people])]
        parameters["personalizations"] = [{k: v for k, v in personal.items() if not is_missing(v)}]
    written = [
        (kind, parameters.pop(name, None)) for kind, name in (("text/plain", "text"), ("text/html", "html"))
    ]
    content = [{"type": kind, "value": text} for kind, text in written if not is_missing(text)]
    if content:
        parameters["content"] = content
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


_CONTACT = Operation(
    "contacts.upsert", "PUT", "/marketing/contacts", fields(_PERSON)
)  # what one contact may have
_SCOPES = Operation(
    "scopes.list", "GET", "/scopes", items="scopes", summary="What this key may do; every key may ask."
)

integration = Integration(
    name="sendgrid",
    title="SendGrid",
    category="email",
    docs="https://www.twilio.com/docs/sendgrid/api-reference",
    checked="2026-11",
    base_url="https://{api}.sendgrid.com/v3",
    base_parameters=(
        BaseParameter("api", default="api", pattern=r"api|api\.eu", help="the region's host: api, or api.eu for EU subusers"),
        BaseParameter("on_behalf_of", default="", pattern=r"[\w.-]*", help="the user name of the subuser to act for"),
    ),
    headers=(("on-behalf-of", "{on_behalf_of}"),),
    auth=(Bearer("api_key", note="SG.…, with the scopes it was given; a scope it lacks answers 403."),),
    limits=(
        Limit(600, per=60.0, scope="operation", apart=("mail.send",), source=_USUAL),
        Limit(10_000, per=1.0, only=("mail.send",), source=_RATES),
    ),
    rate_headers=RateHeaders(
        limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", reset_unit="epoch_s"
    ),
    classify=classify,
    adjust=adjust,
    pagination=NextUrl(next="_metadata.next", items="result", size="page_size", max_size=1000),
    errors=ErrorShape(message=("errors.0.message", "errors.*.message"), code=("errors.0.field", "errors.0.error_id")),
    hints={
        "authorization required": "Give the API key: it begins with SG. and is shown only once, when it is made.",
        "The provided authorization grant is invalid, expired, or revoked": "Check the key: deleted, or cut off when copied.",
        "access forbidden": "The key lacks the scope for this: scopes.list shows what it may do.",
        "Maximum credits exceeded": "The plan's mails are used up: upgrade, or wait for the next period.",
        "from": "Verify the sender: Settings > Sender Authentication; until then SendGrid refuses its mail.",
        "personalizations": "Each needs a to, and an address may stand only once among its to, cc and bcc.",
        "template_id": "Check the template's id: dynamic ones begin with d- and want dynamic_template_data.",
        "too many requests": "Other programs may use the same account; lower the rate with limit=ps.Limit(n, per=1.0).",
        "404": "Check the id; a contact written a moment ago is not there yet, and EU hosts have no marketing.",
        "413": "A mail and its attachments may have 30 MB, a list of contacts 6 MB: send less at once.",
    },
    health=_SCOPES,
    webhooks=WebhookSource(
        Signature(
            "X-Twilio-Email-Event-Webhook-Signature", algorithm="ecdsa-p256-sha256", signed="{timestamp}{body}",
            encoding="base64", timestamp="header:X-Twilio-Email-Event-Webhook-Timestamp", secret="base64",
            note="Off until switched on. The secret is a public key: base64 DER (SPKI) without PEM lines. The signature is"
            " DER too. The body ends in CRLF: check the bytes as they came. No tolerance is documented.",
        ),
        event="body:0.event",
        delivery="body:0.sg_event_id",
        retries="For about a day, with growing waits. A delivery is a list of events, in any order, some of them twice.",
    ),
    operations=(
        _SCOPES,
        Operation(
            "mail.send", "POST", "/mail/send",
            (
                Parameter("personalizations", type="array", is_required=True),
                Parameter("from_", type="object", is_required=True, wire="from"),
                *fields("""
                    to:any cc:any bcc:any subject text html content:array template_id dynamic_template_data:object
                    substitutions:object reply_to:object reply_to_list:array attachments:array headers:object
                    categories:array custom_args:object send_at:integer batch_id asm:object ip_pool_name
                    mail_settings:object tracking_settings:object
                """),
            ),
            summary="to= and from_= take addresses (\"Ada <ada@example.com>\"); or give personalizations=[...] for up to 1,000.",
        ),
        Operation("mail_batches.create", "POST", "/mail/batch", summary="An id by which scheduled mail can be cancelled."),
        Operation(
            "contacts.upsert", "PUT", "/marketing/contacts",
            (*fields("contacts:array! list_ids:array"), *fields(_PERSON)),
            bulk=Bulk("contacts.upsert", "contacts", 30_000, 5_900_000, item=_as_contact, shared=("list_ids",)),
            summary="One contact from its columns, or contacts=[...] with up to 30,000 (6 MB); done in the background.",
        ),
        Operation(
            "contacts.list", "GET", "/marketing/contacts", items="result", summary="A sample of 50; search or export for all."
        ),
        Operation("contacts.get", "GET", "/marketing/contacts/{id}"),
        Operation(
            "contacts.delete", "DELETE", "/marketing/contacts", fields("ids:csv delete_all_contacts=true"),
            summary="By ids; in the background.",
        ),
        Operation(
            "contacts.search", "POST", "/marketing/contacts/search", fields("query!"), is_idempotent=True, items="result",
            summary="50 at most. For example query=\"email LIKE '%@example.com'\".",
        ),
        Operation(
            "contacts.get_by_emails", "POST", "/marketing/contacts/search/emails",
            fields("emails:array! phone_number_id external_id anonymous_id"), is_idempotent=True,
            summary="result has an entry for each address: a contact, or an error.",
        ),
        Operation(
            "contacts.export", "POST", "/marketing/contacts/exports",
            fields("list_ids:array segment_ids:array notifications:object file_type=csv|json max_file_size:integer"),
            summary="In the background: GET /marketing/contacts/exports/{id} says when, and where the files are.",
        ),
        Operation(
            "contacts.bulk_import", "PUT", "/marketing/contacts/imports",
            fields("file_type=csv! field_mappings:array! list_ids:array"),
            summary="Then send the file to upload_uri with upload_headers.",
        ),
        Operation("contacts.get_import", "GET", "/marketing/contacts/imports/{id}", summary="The state of a job_id."),
        Operation("lists.list", "GET", "/marketing/lists", fields("page_size:integer page_token"), is_paginated=True),
        Operation("lists.get", "GET", "/marketing/lists/{id}", fields("contact_sample:boolean")),
        Operation("lists.create", "POST", "/marketing/lists", fields("name!")),
        Operation("lists.update", "PATCH", "/marketing/lists/{id}", fields("name!"), is_idempotent=True),
        Operation("lists.delete", "DELETE", "/marketing/lists/{id}", fields("delete_contacts:boolean")),
        Operation(
            "lists.remove_contacts", "DELETE", "/marketing/lists/{id}/contacts", fields("contact_ids:csv!"),
            summary="They stay contacts.",
        ),
        Operation(
            "templates.list", "GET", "/templates",
            fields("page_size:integer page_token generations=legacy|dynamic|legacy,dynamic"),
            is_paginated=True, pagination=NextUrl(next="_metadata.next", items="result", size="page_size", max_size=200),
        ),
        Operation("templates.get", "GET", "/templates/{template_id}"),
        Operation(
            "suppressions.bounces", "GET", "/suppression/bounces", fields(_SUPPRESSED), is_paginated=True,
            pagination=_BY_OFFSET, headers=(("Accept", "application/json"),),
        ),
        Operation("suppressions.remove_bounce", "DELETE", "/suppression/bounces/{email}"),
        Operation(
            "suppressions.blocks", "GET", "/suppression/blocks", fields(_SUPPRESSED), is_paginated=True, pagination=_BY_OFFSET
        ),
        Operation(
            "suppressions.spam_reports", "GET", "/suppression/spam_reports", fields(_SUPPRESSED), is_paginated=True,
            pagination=_BY_OFFSET,
        ),
        Operation(
            "suppressions.unsubscribes", "GET", "/suppression/unsubscribes", fields(_SUPPRESSED), is_paginated=True,
            pagination=_BY_OFFSET,
        ),
        Operation(
            "suppressions.add_global", "POST", "/asm/suppressions/global", fields("recipient_emails:array!"), is_idempotent=True,
            summary="They get no mail at all any more.",
        ),
        Operation("unsubscribe_groups.list", "GET", "/asm/groups", fields("id:integer"), items="$"),
        Operation("event_webhooks.list", "GET", "/user/webhooks/event/settings/all", fields("include"), items="webhooks"),
    ),
    unverified=(
        "600 calls a minute as the usual limit: a changelog of 2019 for the end points of that time",
        "10,000 mails a second: third parties say so, the page has no figure",
        "that spent credits answer 401",
        "that on-behalf-of is not looked at by mail.send",
        "how long, and how often, an event is delivered again",
    ),
)  # fmt: skip
