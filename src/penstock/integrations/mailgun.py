"""Mailgun: sending mail, events, suppressions, mailing lists.

docs        https://documentation.mailgun.com/docs/mailgun/api-reference/
checked     2026-11; each resource has its version in the path (v3 messages, v4 domains, v1 analytics)
quirks      A domain lives in one region: on the other host it is 404 or 401 (api="api.eu" for Europe). Bodies are forms,
            a list repeats its field; a mail goes as multipart, so that attachments can be bytes. Options begin with o:,
            headers with h:, variables with v:; here they are tracking=, headers={...}, variables={...}. Without
            recipient_variables everyone in to= sees the others. A 429 of sending names in its text when to go on. The next
            page's address is always there: a page without rows is the last. No idempotency keys, and a 5xx may have
            sent the mail. Events come late and are kept for days only.
unverified  limits but for 300 calls a minute to domains and their webhooks: those of sending go by plan, and have no
            figures; what a 401 says; that a domain's sending key cannot make the health call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Basic,
    ErrorShape,
    Integration,
    Limit,
    NextUrl,
    Offset,
    Operation,
    Parameter,
    RateLimitHint,
    Response,
    Signature,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://github.com/mailgun/documentation/blob/master/source/api-webhooks.rst, 2026-11"
_AGAIN = re.compile(r"try again after ([^\"}]{10,40})", re.IGNORECASE)
_SWITCH = ("yes", "no", "true", "false")
_MEMBER = "/v3/lists/{list_address}/members/{member_address}"


def _page(most: int) -> NextUrl:
    return NextUrl(next="paging.next", items="items", size="limit", max_size=most)


def read_hint(response: Response) -> RateLimitHint | None:
    """Read from the text of a refusal when to go on: a date, or retry-seconds."""
    if response.status != 429:
        return None
    wait_s = read(response, "retry-seconds")
    if isinstance(wait_s, (int, float)):
        return RateLimitHint(retry_after_s=float(wait_s))
    told, date = _AGAIN.search(response.text), response.headers.get("date")
    if told is None or date is None:
        return None
    try:
        until = parsedate_to_datetime(told[1].strip(" ."))
        return RateLimitHint(
            retry_after_s=max(until.timestamp() - parsedate_to_datetime(date).timestamp(), 1.0)
        )
    except ValueError:
        return None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write what Mailgun takes as text: dicts as JSON, switches as yes and no; and each header and variable by its name."""
    if operation not in ("messages.send", "messages.send_mime"):
        return {
            name: _text(value) if name in ("vars", "members") else value for name, value in parameters.items()
        }
    if "from" in parameters:
        parameters["from_"] = parameters.pop("from")
    for group, mark in (("headers", "h"), ("variables", "v")):
        if isinstance(parameters.get(group), Mapping):
            parameters |= {f"{mark}:{name}": value for name, value in parameters.pop(group).items()}
    return {name: value if isinstance(value, list) else _text(value) for name, value in parameters.items()}


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _options(texts: str, choices: tuple[str, ...] = ()) -> tuple[Parameter, ...]:
    """Return options of a mail: tracking_clicks is o:tracking-clicks on the wire."""
    return tuple(
        Parameter(name, choices=choices, wire=f"o:{name.replace('_', '-')}") for name in texts.split()
    )


_MAIL = (
    *fields("headers:any variables:any template"),
    Parameter("recipient_variables", type="any", wire="recipient-variables"),
    Parameter("template_variables", type="any", wire="t:variables"),
    Parameter("template_version", wire="t:version"),
    Parameter("tag", type="any", wire="o:tag"),
    *_options("dkim require_tls skip_verification testmode", _SWITCH),
    *_options("tracking tracking_clicks tracking_opens", (*_SWITCH, "htmlonly")),
    *_options(
        "deliverytime deliver_within deliverytime_optimize_period time_zone_localize sending_ip sending_ip_pool"
    ),
)
_DOMAINS = Operation(
    "domains.list", "GET", "/v4/domains",
    fields("limit:integer skip:integer state=active|unverified|disabled sort search authority include_subaccounts:boolean"),
    is_paginated=True, pagination=Offset(request="skip", size="limit", total="total_count", items="items", max_size=1000),
)  # fmt: skip

integration = Integration(
    name="mailgun",
    title="Mailgun",
    category="email",
    docs="https://documentation.mailgun.com/docs/mailgun/api-reference/",
    checked="2026-11",
    base_url="https://{api}.mailgun.net",
    base_parameters=(
        BaseParameter("api", default="api", pattern=r"api|api\.eu", help="the region's host: api (US), or api.eu"),
    ),
    body="form",
    form_lists="repeated",
    auth=(Basic(password="api_key", fixed_user="api", note="The account's key, or a domain's, which may only send."),),
    limits=(Limit(300, per=60.0, only=("domain*",), source=_RATES),),
    read_hint=read_hint,
    adjust=adjust,
    pagination=_page(100),
    errors=ErrorShape(message=("message", "Reason", "Description", "error"), code=("Reason", "Description", "error")),
    hints={
        "401": "Check the key, and the region: a European domain is known at api=\"api.eu\" only.",
        "402": "The plan does not have this, or a payment is due.",
        "403": "A domain's sending key may only send; a sandbox domain sends to authorised recipients only.",
        "404": "Check the domain or address, and the region: a European domain is known at api=\"api.eu\" only.",
        "Domain not found": "Check the domain's name, and the region: a European one is known at api=\"api.eu\" only.",
        "Mailgun Magnificent API": "Nothing is at this address: check the path and its version.",
        "'to' parameter is missing": "Give to=, one address or a list of them.",
        "429": "The plan's sending limit is reached; Penstock waits until the time Mailgun names.",
        "413": "A mail may have 25 MB with its attachments.",
    },
    health=_DOMAINS,
    webhooks=WebhookSource(
        Signature(
            "", algorithm="hmac-sha256", signed="{timestamp}{id}", timestamp="body:signature.timestamp",
            note="In the body: signature.signature, over signature.timestamp and signature.token, which here is {id}. The"
            " key is the account's HTTP webhook signing key. The event itself is not covered; remember tokens.",
        ),
        event="body:event-data.event",
        delivery="body:event-data.id",
        retries="For 8 h, after 5, 10 and 15 min, 1, 2 and 4 h; 406 ends them. \"delivered\" is not sent again.",
    ),
    operations=(
        _DOMAINS,
        Operation("domains.get", "GET", "/v4/domains/{name}"),
        Operation(
            "domains.create", "POST", "/v4/domains",
            fields("""
                name! smtp_password spam_action=disabled|block|tag wildcard:boolean force_dkim_authority:boolean
                dkim_key_size=1024|2048 dkim_selector dkim_host_name ips pool_id web_scheme=http|https web_prefix
                require_tls:boolean skip_verification:boolean use_automatic_sender_security:boolean message_ttl:integer
            """),
            body="multipart",
        ),
        Operation(
            "messages.send", "POST", "/v3/{domain_name}/messages",
            (
                Parameter("from_", is_required=True, wire="from"),
                *fields("to:any! cc:any bcc:any subject text html attachment:any inline:any"),
                Parameter("amp_html", wire="amp-html"),
                *_MAIL,
            ),
            body="multipart",
            summary="A file is bytes or (name, bytes). For up to 1,000: to=[...], recipient_variables={address: {...}}.",
        ),
        Operation(
            "messages.send_mime", "POST", "/v3/{domain_name}/messages.mime",
            (*fields("to:any! message:any!"), *_MAIL),
            body="multipart", summary="message is a whole mail (MIME): bytes, or (name, bytes).",
        ),
        Operation("messages.get_stored", "GET", "/v3/domains/{domain_name}/messages/{storage_key}"),
        Operation(
            "events.list", "GET", "/v3/{domain_name}/events",
            (
                *fields("""
                    begin end ascending=yes|no limit:integer event list attachment from to subject recipient recipients tags
                    size severity=temporary|permanent
                """),
                Parameter("message_id", wire="message-id"),
            ),
            is_paginated=True, pagination=_page(300), summary="They come late: begin some minutes back, and know them by id.",
        ),
        Operation("domain_webhooks.list", "GET", "/v3/domains/{domain}/webhooks", items="webhooks"),
        Operation(
            "domain_webhooks.create", "POST", "/v3/domains/{domain}/webhooks",
            fields("id=accepted|clicked|complained|delivered|opened|permanent_fail|temporary_fail|unsubscribed! url:any!"),
            body="multipart", summary="url is one address, or a list of up to three.",
        ),
        Operation(
            "domain_webhooks.update", "PUT", "/v3/domains/{domain_name}/webhooks/{webhook_name}", fields("url:any!"),
            body="multipart",
        ),
        Operation(
            "bounces.list", "GET", "/v3/{domain_name}/bounces", fields("limit:integer page term"), is_paginated=True,
            pagination=_page(1000),
        ),
        Operation(
            "bounces.bulk_add", "POST", "/v3/{domain_name}/bounces",
            (Parameter("bounces", type="array", is_required=True, wire="$"),),
            body="json", is_idempotent=True, summary='Up to 1,000: [{"address": ..., "code": ..., "error": ...}].',
        ),
        Operation("bounces.delete", "DELETE", "/v3/{domain_name}/bounces/{address}"),
        Operation(
            "complaints.list", "GET", "/v3/{domain_name}/complaints", fields("limit:integer page address term"),
            is_paginated=True, pagination=_page(1000),
        ),
        Operation(
            "unsubscribes.list", "GET", "/v3/{domain_name}/unsubscribes", fields("limit:integer page address term"),
            is_paginated=True, pagination=_page(1000),
        ),
        Operation(
            "unsubscribes.create", "POST", "/v3/{domain_name}/unsubscribes", fields("address! tag tags:any created_at"),
            is_idempotent=True,
        ),
        Operation(
            "routes.list", "GET", "/v3/routes", fields("skip:integer limit:integer"), is_paginated=True,
            pagination=Offset(request="skip", size="limit", total="total_count", items="items", max_size=1000),
        ),
        Operation(
            "routes.create", "POST", "/v3/routes", fields("expression! action:array! priority:integer description"),
            summary="For example action=[\"forward('https://example.com/mail')\", \"stop()\"].",
        ),
        Operation("lists.list", "GET", "/v3/lists/pages", fields("limit:integer"), is_paginated=True),
        Operation(
            "lists.create", "POST", "/v3/lists",
            fields("""
                address! name description access_level=readonly|members|everyone reply_preference=list|sender
            """),
            body="multipart",
        ),
        Operation(
            "list_members.list", "GET", "/v3/lists/{list_address}/members/pages",
            fields("limit:integer subscribed:boolean address page"), is_paginated=True,
        ),
        Operation(
            "list_members.add", "POST", "/v3/lists/{list_address}/members",
            fields("address! name vars:any subscribed:boolean upsert:boolean"),
            body="multipart", bulk="list_members.bulk_add", summary="With upsert=True it may be there already.",
        ),
        Operation(
            "list_members.bulk_add", "POST", "/v3/lists/{list_address}/members.json", fields("members:any! upsert:boolean"),
            body="multipart", summary="Up to 1,000 members; in the background, with a task-id.",
        ),
        Operation(
            "list_members.update", "PUT", _MEMBER, fields("address name vars:any subscribed:boolean"), body="multipart",
        ),
        Operation("list_members.delete", "DELETE", _MEMBER),
        Operation(
            "templates.list", "GET", "/v3/{domain_name}/templates", fields("page=first|last|next|previous limit:integer p"),
            is_paginated=True,
        ),
        Operation(
            "analytics.metrics", "POST", "/v1/analytics/metrics",
            fields("""
                start end resolution=hour|day|month duration dimensions:array metrics:array filter:object
                include_subaccounts:boolean include_aggregates:boolean
            """),
            body="json", is_idempotent=True, items="items", summary="What the deprecated stats were.",
        ),
        Operation("addresses.validate", "GET", "/v4/address/validate", fields("address! provider_lookup:boolean")),
    ),
    unverified=(
        "300 calls a minute: found in the documentation's older source, for domains and webhooks",
        "limits of sending and of all else: by plan, no figures are published, none are declared",
        "the text of a 401",
        "that a domain's sending key is refused by the health call",
        "that deliveries of one event carry the same id, and each a token of its own",
    ),
)  # fmt: skip
