"""Intercom: contacts, companies, conversations and tickets of a support team.

docs        https://developers.intercom.com/docs/references/rest-api/api.intercom.io
checked     2026-11, API version 2.16 (a header field; without it an app's own setting decides what bodies look like)
quirks      Users and leads are both contacts (role=user, role=lead). There are no idempotency keys: contacts.create of
            somebody who is there answers 409 with the id in its message, and companies.upsert knows a company by
            company_id. A search lags behind writes, so it cannot say whether one went through. 10,000 calls a minute come
            as 1,666 in ten seconds. Columns that are no parameters become custom attributes, a ticket's attributes or an
            event's metadata. Two ways of pages: cursors, and for companies numbers up to the 10,000th; all of them come
            by companies.scroll, of which there can be one at a time. The host is the workspace's region's.
unverified  1,666 calls in ten seconds (the page says "evenly"); 60 companies on a page; the code of a second scroll; that
            an event repeated with the same second is dropped; what is sent when a webhook's address is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Cursor,
    ErrorShape,
    Integration,
    Json,
    Limit,
    NextCall,
    OAuth2,
    Operation,
    PageNumber,
    Parameter,
    RateHeaders,
    Signature,
    WebhookSource,
    fields,
)

_RATES = "https://developers.intercom.com/docs/references/2.17/rest-api/errors/rate-limiting, 2026-11"
_LISTED = "per_page:integer starting_after"
_SEARCHED = fields(f"/query:object! {_LISTED} /sort:object")
_CONTACT = """
    /email /external_id /phone /name /avatar /signed_up_at:integer /last_seen_at:integer /owner_id
    /unsubscribed_from_emails:boolean /email_verified:boolean custom_attributes:object
"""
_COMPANY = """
    /name /plan /size:integer /website /industry /monthly_spend:integer /update_last_request_at:boolean
    custom_attributes:object
"""
_CONVERSATION = "/conversations/{conversation_id}"
_FROM = Parameter("from_", "body", "any", True, wire="from")
_KINDS = {"conversations.create": "contact", "messages.create": "admin"}  # whom a bare id in from_ means


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Take a bare id for the person it means, and from= as it is called in Intercom's own pages."""
    if operation in _SENDING and "from" in parameters:
        parameters["from_"] = parameters.pop("from")
    if operation in _KINDS:
        parameters["from_"] = _person(_KINDS[operation], parameters.get("from_"))
    if operation == "messages.create":
        parameters["to"] = _person("user", parameters.get("to"))
    if operation == "tickets.create":
        contacts = parameters.get("contacts")
        if isinstance(contacts, str) and contacts and not contacts.startswith("["):
            contacts = [contacts]
        if isinstance(contacts, list):
            parameters["contacts"] = [{"id": one} if isinstance(one, str) else one for one in contacts]
    return parameters


def _person(kind: str, value: Any) -> Any:
    """Return whom a bare id names; an admin's is a number there."""
    if isinstance(value, (str, int)) and value != "" and not isinstance(value, bool):
        is_number = kind == "admin" and str(value).isdigit()
        return {"type": kind, "id": int(value) if is_number else str(value)}
    return value


def _scroll_on(parameters: Mapping[str, Any], answer: Json, rows: list[Any]) -> Mapping[str, Any] | None:
    """Go on until a page is empty, whatever scroll_param that has."""
    return {**parameters, "scroll_param": answer["scroll_param"]} if rows else None


def _pages(items: str) -> Cursor:
    return Cursor(
        "starting_after", next="pages.next.starting_after", items=items, size="per_page", max_size=150
    )


def _search(name: str, path: str, items: str) -> Operation:
    return Operation(
        name, "POST", path, _SEARCHED, into="pagination", is_idempotent=True, is_paginated=True, is_open=False,
        pagination=_pages(items), summary='query={"field": "email", "operator": "=", "value": "a@b.co"}; lags behind writes.',
    )  # fmt: skip


_SENDING = ("contacts.merge", *_KINDS)
_ME = Operation(
    "me.get", "GET", "/me", summary="Whose token this is: app.id_code and app.region are the workspace's."
)

integration = Integration(
    name="intercom",
    title="Intercom",
    category="support",
    docs="https://developers.intercom.com/docs/references/rest-api/api.intercom.io",
    checked="2026-11",
    base_url="https://{region_host}",
    base_parameters=(
        BaseParameter(
            "region_host", default="api.intercom.io", pattern=r"api(\.eu|\.au)?\.intercom\.io",
            help="the region's host: api.intercom.io, api.eu.intercom.io or api.au.intercom.io",
        ),
        BaseParameter("version", default="2.16", pattern=r"\d\.\d{1,2}|Unstable|Preview", help="the API version"),
    ),
    headers=(("Intercom-Version", "{version}"), ("Accept", "application/json")),
    auth=(
        Bearer("access_token", note="Of an app in your own workspace (Developer Hub > Authentication); does not expire."),
        OAuth2(
            authorize="https://{sign_in_host}.intercom.com/oauth",
            token="https://api.intercom.io/auth/eagle/token",
            token_auth="client_secret_post",
            fields_optional=(("sign_in_host", "app"),),
            note="Scopes are chosen in the Developer Hub. Does not expire. European and Australian workspaces sign in with"
            " sign_in_host=app.eu and app.au.",
        ),
    ),
    limits=(
        Limit(1666, per=10.0, source=_RATES),
        Limit(10_000, per=60.0, source=_RATES),
        Limit(25_000, per=60.0, source=_RATES),  # of all apps of the workspace together
    ),
    rate_headers=RateHeaders(
        limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", reset_unit="epoch_s"
    ),
    adjust=adjust,
    pagination=_pages("data"),
    errors=ErrorShape(message=("errors.0.message",), code=("errors.0.code",)),
    hints={
        "conflict": "They are there already: the message has the id, contacts.update changes them; an archived one must be"
        " unarchived first.",
        "resource_conflict": "There is one like it already: change that one, or give this one another name.",
        "unauthorized": "Check the access token, and the region: another region's host does not know it (region_host=).",
        "token_unauthorized": "The app lacks a permission for this: tick it in the Developer Hub, then sign in again.",
        "token_revoked": "The token was taken back: make a new one in the Developer Hub.",
        "not_found": "Check the id: contacts have two, Intercom's own (24 letters and digits) and your external_id.",
        "parameter_invalid": "The message names the field; a custom attribute must exist before a contact can have it.",
        "parameter_not_found": "Add the field the message names.",
        "api_plan_restricted": "The workspace's plan does not have this.",
        "action_forbidden": "This admin or app may not do this: check its role, or the app's permissions.",
        "scroll_exists": "Another scroll is open: it ends a minute after its last page was read.",
        "rate_limit_exceeded": "Other programs use this app's token, or the workspace's: they share what ten seconds allow.",
        "410": "The contact was archived, merged or deleted for good.",
    },
    health=_ME,
    webhooks=WebhookSource(
        Signature(
            "X-Hub-Signature", "hmac-sha1", prefix="sha1=",
            note="The key is the app's client_secret. No time is signed: remember ids, so that none is taken twice.",
        ),
        event="body:topic",
        delivery="body:id",
        handshake="The address is tried when it is saved, with a HEAD request and the topic ping.",
        answer_within_s=5.0,
        retries="Once more after a minute. Over 1,000 failures in 15 minutes pause the webhook for 15 minutes.",
    ),
    operations=(
        _ME,
        Operation("admins.list", "GET", "/admins", fields("display_avatar:boolean"), items="admins"),
        Operation(
            "contacts.list", "GET", "/contacts", fields(_LISTED, "include_merge_history:boolean"), is_paginated=True,
            summary="Users and leads.",
        ),
        Operation("contacts.get", "GET", "/contacts/{contact_id}", fields("include_merge_history:boolean")),
        Operation(
            "contacts.find", "GET", "/contacts/find_by_external_id/{external_id}", fields("include_merge_history:boolean"),
            summary="By your own id.",
        ),
        Operation(
            "contacts.create", "POST", "/contacts", fields("/role=user|lead", _CONTACT), into="custom_attributes",
            summary="Other columns become custom attributes. Somebody who is there already is refused with a 409.",
        ),
        Operation(
            "contacts.update", "PUT", "/contacts/{contact_id}", fields("/role=user|lead", _CONTACT), into="custom_attributes",
        ),
        Operation("contacts.delete", "DELETE", "/contacts/{contact_id}", summary="For good; contacts.archive is not."),
        Operation("contacts.archive", "POST", "/contacts/{contact_id}/archive", is_idempotent=True),
        _search("contacts.search", "/contacts/search", "data"),
        Operation(
            "contacts.merge", "POST", "/contacts/merge",
            (
                Parameter("from_", "body", is_required=True, wire="from"),
                *fields("into! skip_duplicate_validation:boolean"),
            ),
            summary="Makes the lead from_= part of the user into=.",
        ),
        Operation("contacts.add_tag", "POST", "/contacts/{contact_id}/tags", fields("id!"), is_idempotent=True),
        Operation("contacts.remove_tag", "DELETE", "/contacts/{contact_id}/tags/{tag_id}"),
        Operation(
            "contacts.attach_company", "POST", "/contacts/{contact_id}/companies", fields("id!"), is_idempotent=True,
            summary="id is Intercom's own of the company, not company_id.",
        ),
        Operation("notes.create", "POST", "/contacts/{contact_id}/notes", fields("body! admin_id")),
        Operation(
            "companies.upsert", "POST", "/companies", fields("/company_id!", _COMPANY, "/remote_created_at:integer"),
            into="custom_attributes", is_idempotent=True,
            summary="Add a company, or change the one with this company_id. It shows once somebody belongs to it.",
        ),
        Operation(
            "companies.list", "GET", "/companies",
            fields("page:integer per_page:integer name company_id tag_id segment_id"), is_paginated=True,
            pagination=PageNumber(size="per_page", max_size=60, total_pages="pages.total_pages"),
            summary="Up to the 10,000th; with name= or company_id= the one company itself. companies.scroll reads all.",
        ),
        Operation(
            "companies.scroll", "GET", "/companies/scroll", fields("scroll_param"), is_paginated=True,
            pagination=NextCall(_scroll_on), summary="All companies, 100 at a time; one scroll at a time in a workspace.",
        ),
        Operation("companies.get", "GET", "/companies/{company_id}", summary="By Intercom's own id."),
        Operation("companies.update", "PUT", "/companies/{company_id}", fields(_COMPANY), into="custom_attributes"),
        Operation(
            "conversations.list", "GET", "/conversations", fields(_LISTED), is_paginated=True, pagination=_pages("conversations"),
        ),
        Operation(
            "conversations.get", "GET", f"{_CONVERSATION}", fields("display_as=plaintext include_translations:boolean"),
        ),
        Operation(
            "conversations.create", "POST", "/conversations",
            (_FROM, *fields("body! subject attachment_urls:array created_at:integer brand_id")),
            summary="from_ is a contact's id. Answers with the message; its conversation_id is the conversation.",
        ),
        Operation(
            "conversations.update", "PUT", f"{_CONVERSATION}",
            fields("?display_as=plaintext /read:boolean /title custom_attributes:object /company_id"), into="custom_attributes",
        ),
        _search("conversations.search", "/conversations/search", "conversations"),
        Operation(
            "conversations.reply", "POST", f"{_CONVERSATION}/reply",
            fields("""
                message_type=comment|note|quick_reply! type=admin|user! body admin_id intercom_user_id user_id email
                created_at:integer attachment_urls:array attachment_files:array reply_options:array skip_notifications:boolean
            """),
            summary="Of an admin with admin_id=, of a contact with intercom_user_id=, user_id= or email=.",
        ),
        Operation(
            "conversations.manage", "POST", f"{_CONVERSATION}/parts",
            fields("""
                message_type=close|snoozed|open|assignment! admin_id! type=admin|team assignee_id body snoozed_until:integer
            """),
            summary="Close, snooze, open or assign it.",
        ),
        Operation("tickets.get", "GET", "/tickets/{ticket_id}"),
        Operation(
            "tickets.create", "POST", "/tickets",
            fields("""
                /ticket_type_id! /contacts:array! /company_id /conversation_to_link_id /created_at:integer /assignment:object
                /skip_notifications:boolean ticket_attributes:object
            """),
            into="ticket_attributes",
            summary="contacts is an id or a list; _default_title_ and _default_description_ are its title and text.",
        ),
        Operation(
            "tickets.update", "PUT", "/tickets/{ticket_id}",
            fields("""
                /ticket_state_id /company_id /open:boolean /is_shared:boolean /snoozed_until:integer /admin_id:integer
                /assignee_id /skip_notifications:boolean ticket_attributes:object
            """),
            into="ticket_attributes",
        ),
        _search("tickets.search", "/tickets/search", "tickets"),
        Operation(
            "messages.create", "POST", "/messages",
            (
                _FROM,
                *fields("""
                    message_type=in_app|email|whatsapp! to:any! subject body template=plain|personal cc:any bcc:any
                    created_at:integer create_conversation_without_contact_reply:boolean components:array locale
                """),
            ),
            summary="From an admin (from_ is their id) to a contact (to is the id).",
        ),
        Operation(
            "events.create", "POST", "/events", fields("/event_name! /created_at:integer! /user_id /id /email metadata:object"),
            into="metadata", summary="Of whom: id=, user_id= (your own) or email=. Other columns become metadata.",
        ),
        Operation("tags.list", "GET", "/tags", items="data"),
        Operation("tags.create", "POST", "/tags", fields("name! id"), is_idempotent=True, summary="Or finds the one there is."),
    ),
    unverified=(
        "1,666 calls in ten seconds: the page says 10,000 a minute, evenly spread over windows of ten seconds",
        "60 companies on a page: the description gives no maximum",
        "the code scroll_exists",
        "that the API drops an event repeated with the same second, which is why events.create is not sent again",
        "webhooks: what is sent when an address is saved, five seconds, the one repetition",
        "token_auth of the sign-in, and that European and Australian codes are exchanged at the same host",
    ),
)  # fmt: skip
