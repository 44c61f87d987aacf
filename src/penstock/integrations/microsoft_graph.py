"""Microsoft Graph: people, mail, calendars, files, Teams of Microsoft 365.

docs        https://learn.microsoft.com/graph/api/overview
checked     2026-11, v1.0 (in the path); the public description here is the PowerShell SDK's of 2021-09
quirks      Limits nest (app, tenant, mailbox, channel) and the first one reached wins; refused calls count too, and several
            services name no time. People and groups are metered in resource units, which each answer states. A page may be
            empty and yet lead on; the next one is asked for with its link's own parameters. Ids of mail change when it is
            moved, unless prefer='IdType="ImmutableId"'. $count, $search and the like on people and groups want
            consistency_level="eventual" and count=True. A token of the app alone has no /me. A $batch is 200 whatever
            becomes of its parts: the nested limits hold for each of them, and one refused for rate goes again by itself.
            The fields of the call do not reach its parts: what answers ids of mail or events (see prefer) is not put into
            one. Subscriptions end after days: renew them. Here an address or a text may stand for the object Graph wants:
            toRecipients="a@b.co", body="hello", start="2026-11-23T09:00:00" (UTC).
unverified  2,000 requests a second for an app (newer pages say 130,000 in ten); the limits of OneNote, SharePoint and of
            reports other than sign-ins, which are not declared; the largest page of each list; how soon a notification
            wants an answer (3 s; newer text says 10); how long refresh tokens live; 20 members in one call; what a
            repeated transactionId is answered with; workbooks, folders, copies, links, soft deletes and leaving a group,
            which are from memory and not compared with the reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from penstock.catalog.definition import (
    BaseParameter,
    Bulk,
    ErrorShape,
    Idempotency,
    Integration,
    Json,
    Limit,
    NextCall,
    OAuth2,
    Operation,
    Parameter,
    Part,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    dig,
    fields,
)

_RATES = "https://github.com/microsoftgraph/microsoft-graph-docs-contrib/blob/main/concepts/throttling-limits.md, 2026-11"
_LOGIN = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
_OUTLOOK = ("mail.*", "messages.*", "mail_folders.*", "events.*", "calendar_view.*", "contacts.*")
_DIRECTORY = ("users.*", "groups.*")
_WRITES = ("POST", "PATCH", "PUT", "DELETE")
_UNIT = "resource units"
_TENANTS = {"small": 3500, "medium": 5000, "large": 8000}  # resource units in 10 s
_QUERY = {
    "top": "integer", "skip": "integer", "select": "csv", "filter": "string", "orderby": "csv", "expand": "csv",
    "search": "string", "count": "boolean",
}  # fmt: skip
_OF_ONE = tuple(Parameter(name, type="csv", wire=f"${name}") for name in ("select", "expand"))
_OF_MANY = tuple(Parameter(name, type=kind, wire=f"${name}") for name, kind in _QUERY.items())
_CONSISTENCY = Parameter("consistency_level", "header", choices=("eventual",), wire="ConsistencyLevel")
_USER = "/users/{user_id}"
_PERSON = """
    givenName surname jobTitle department companyName officeLocation mobilePhone businessPhones:array otherMails:array
    city country state streetAddress postalCode preferredLanguage usageLocation employeeId employeeType userType
    passwordPolicies onPremisesImmutableId
"""
_MAIL = """
    subject body:object toRecipients:array ccRecipients:array bccRecipients:array replyTo:array categories:array
    importance=low|normal|high isReadReceiptRequested:boolean isDeliveryReceiptRequested:boolean
"""
_EVENT = """
    body:object attendees:array location:object locations:array isAllDay:boolean isOnlineMeeting:boolean
    onlineMeetingProvider recurrence:object reminderMinutesBeforeStart:integer isReminderOn:boolean
    showAs=free|tentative|busy|oof|workingElsewhere sensitivity=normal|personal|private|confidential
    importance=low|normal|high categories:array responseRequested:boolean allowNewTimeProposals:boolean hideAttendees:boolean
"""
_POST = "body:object! subject summary importance=normal|high|urgent mentions:array attachments:array hostedContents:array"
_ADDRESSES = ("toRecipients", "ccRecipients", "bccRecipients", "replyTo", "attendees")


def classify(response: Response) -> Verdict | int | None:
    """Read SharePoint's 509 as too fast, and a full drive as what waiting does not help."""
    if response.status == 507:
        return Verdict.PERMANENT
    return 429 if response.status == 509 else None


def read_hint(response: Response) -> RateLimitHint | None:
    """Read what a call to the directory really took."""
    text = response.headers.get("x-ms-resource-unit", "")
    return RateLimitHint(cost=float(text), unit=_UNIT) if text.isdigit() and response.status < 400 else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write addresses, texts, times and ids as the objects Graph wants, where a row has them plain."""
    for name in _ADDRESSES:
        if name in parameters:
            parameters[name] = _list_addresses(parameters[name], is_attendee=name == "attendees")
    body = parameters.get("body")
    if isinstance(body, str) and not body.startswith("{"):
        parameters["body"] = {"contentType": "html" if body.startswith("<") else "text", "content": body}
    for name in ("start", "end") if operation.startswith("events.") else ():
        value = parameters.get(name)
        text = value.isoformat() if isinstance(value, datetime) else value
        if isinstance(text, str) and not text.startswith("{"):
            parameters[name] = {"dateTime": text, "timeZone": "UTC"}
    members = parameters.get("members") if operation.startswith("groups.") else None
    if isinstance(members, str):
        parameters["members"] = _find_object(members)
    elif isinstance(members, list):
        parameters["members"] = [_find_object(str(member)) for member in members]
    return parameters


def _list_addresses(value: Any, *, is_attendee: bool) -> Any:
    """Return recipients for "a@b.co; c@d.co" or a list of addresses; what is no address stays as it is."""
    if isinstance(value, str) and "@" in value and value[:1] not in "[{":
        value = [part.strip() for part in value.replace(";", ",").split(",") if part.strip()]
    if not isinstance(value, list):
        return value
    kind = {"type": "required"} if is_attendee else {}
    return [{"emailAddress": {"address": one}, **kind} if isinstance(one, str) else one for one in value]


def _find_object(member: str) -> str:
    return member if "://" in member else f"https://graph.microsoft.com/v1.0/directoryObjects/{member}"


def _cost(base: float) -> Callable[[Mapping[str, Any]], float]:
    """Return what a read takes: less with $select or a small $top, more with $expand, never less than one unit."""

    def cost(parameters: Mapping[str, Any]) -> float:
        top = parameters.get("top")
        less = ("select" in parameters) + (isinstance(top, int) and top < 20)
        return max(base + ("expand" in parameters) - less, 1.0)

    return cost


def _ask_on(parameters: Mapping[str, Any], answer: Json, rows: list[Any]) -> Mapping[str, Any] | None:
    """Return the parameters of the link to the next page, in place of those of this one."""
    link = answer.get("@odata.nextLink") if isinstance(answer, dict) else None
    if not isinstance(link, str):
        return None
    kept = {name: value for name, value in parameters.items() if name not in _QUERY}
    return {**kept, **dict(parse_qsl(urlsplit(link).query))}


def _split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Find each request's own answer by its id."""
    found = {dig(one, "id"): one for one in dig(answer, "responses") or ()}
    said = (found.get(str(place)) for place in range(len(items)))
    return [None if one is None else Part(dig(one, "body"), int(dig(one, "status"))) for one in said]


def _in_batch(
    method: str,
    path: str,
    *,
    into: str | None = None,
    beside: str = "",
    is_idempotent: bool = False,
    **names: str,
) -> Bulk:
    """Return how rows become requests of a batch. `names` are those that differ on the wire, `beside` stands outside `into`."""
    in_path = re.findall(r"{(\w+)}", path)

    def item(given: dict[str, Any]) -> Json:
        url = path.format_map({name: quote(str(given[name]), safe="") for name in in_path})
        fields = {names.get(name, name): value for name, value in given.items() if name not in in_path}
        if method == "GET":
            listed = {
                f"${name}": ",".join(value) if isinstance(value, list) else value
                for name, value in fields.items()
            }
            return {"method": method, "url": f"{url}?{urlencode(listed)}" if listed else url}
        outside = {beside: fields.pop(beside)} if beside in fields else {}
        whole = fields.pop(into, None) or {} if into else {}
        body = {into: {**whole, **fields}, **outside} if into else fields
        return {"method": method, "url": url, "headers": {"Content-Type": "application/json"}, "body": body}

    return Bulk(
        "batch.send",
        "requests",
        20,
        3_000_000,
        item=item,
        split=_split,
        trace="id",
        is_idempotent=is_idempotent,
    )


def _count(method: str, parameters: Mapping[str, Any]) -> float:
    """Return how many requests Graph counts: those inside a batch, each by itself."""
    requests = parameters.get("requests")
    return float(len(requests)) if isinstance(requests, list) and requests else 1.0


_ME = Operation(
    "users.me", "GET", "/me", _OF_ONE, summary="Whose token this is; not with a token of the app alone."
)

_POSTED = "/teams/{team_id}/channels/{channel_id}/messages/{message_id}"
_CHATTED = "/users/{user_id}/chats/{chat_id}/messages/{message_id}"
_BOOK = "/drives/{drive_id}/items/{item_id}/workbook"
_RANGE = f"{_BOOK}/worksheets/{{worksheet_id}}/range(address='{{address}}')"
_TABLE = f"{_BOOK}/tables/{{table_id}}"
_WORKBOOK = (  # of Excel files on a drive; the description at hand has none of these: from memory
    Operation("workbook.worksheets.list", "GET", f"{_BOOK}/worksheets", items="value"),
    Operation("workbook.worksheets.create", "POST", f"{_BOOK}/worksheets", fields("name")),
    Operation("workbook.worksheets.delete", "DELETE", f"{_BOOK}/worksheets/{{worksheet_id}}"),
    Operation("workbook.ranges.get", "GET", _RANGE, summary="For example address=A1:C20."),
    Operation(
        "workbook.ranges.update", "PATCH", _RANGE, fields("values:array formulas:array numberFormat:array"),
        is_idempotent=True, summary="values is a list of rows, of the very size of the range.",
    ),
    Operation(
        "workbook.ranges.clear", "POST", f"{_RANGE}/clear", fields("applyTo=All|Formats|Contents"), is_idempotent=True
    ),
    Operation(
        "workbook.tables.create", "POST", f"{_BOOK}/worksheets/{{worksheet_id}}/tables/add",
        fields("address! hasHeaders:boolean!"),
    ),
    Operation("workbook.tables.delete", "DELETE", _TABLE),
    Operation("workbook.tables.columns", "GET", f"{_TABLE}/columns", items="value"),
    Operation("workbook.tables.rows", "GET", f"{_TABLE}/rows", items="value"),
    Operation(
        "workbook.tables.add_rows", "POST", f"{_TABLE}/rows", fields("values:array! index:integer"),
        summary="values is a list of rows; at the end without an index.",
    ),
    Operation("workbook.tables.convert_to_range", "POST", f"{_TABLE}/convertToRange"),
)  # fmt: skip

integration = Integration(
    name="microsoft_graph",
    title="Microsoft Graph",
    category="productivity",
    docs="https://learn.microsoft.com/graph/api/overview",
    checked="2026-11",
    base_url="https://{host}/v1.0",
    base_parameters=(
        BaseParameter(
            "host", default="graph.microsoft.com",
            pattern=r"graph\.microsoft\.(com|us)|dod-graph\.microsoft\.us|microsoftgraph\.chinacloudapi\.cn",
            help="the cloud: graph.microsoft.com, or a national one's",
        ),
        BaseParameter("tenant_size", default="small", pattern="small|medium|large", help="under 50, up to 500, more people"),
        BaseParameter("prefer", default="", pattern='(IdType="ImmutableId")?', help="IdType=\"ImmutableId\": ids that stay"),
    ),
    headers=(("Prefer", "{prefer}"),),
    auth=(
        OAuth2(
            title="As a person",
            authorize=f"{_LOGIN}/authorize",
            token=f"{_LOGIN}/token",
            scopes=("offline_access", "User.Read", "Mail.ReadWrite", "Mail.Send", "Calendars.ReadWrite",
                    "Files.ReadWrite.All"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=3600,
            refresh_token_lifetime_s=7_776_000,
            device=f"{_LOGIN}/devicecode",
            codes=(("interaction_required", "invalid_grant"), ("consent_required", "invalid_grant"),
                   ("login_required", "invalid_grant"), ("bad_verification_code", "invalid_grant"),
                   ("authorization_declined", "access_denied")),
            fields_optional=(("tenant", "common"), ("client_secret", "")),
            note="tenant is its id, common, organizations or consumers; without offline_access there is no refresh token.",
        ),
        OAuth2(
            title="As the app",
            token=f"{_LOGIN}/token",
            grant="client_credentials",
            scopes=("https://graph.microsoft.com/.default",),
            token_auth="client_secret_post",
            access_token_lifetime_s=3600,
            fields_needed=("tenant",),
            note="The app alone, with an administrator's consent and the tenant's own id; a signed assertion may replace"
            " the secret.",
        ),
    ),
    limits=(
        Limit(2000, per=1.0, cost=_count, source=_RATES),
        Limit(10_000, per=600.0, scope="parameter:user_id", only=_OUTLOOK, source=_RATES),
        Limit(4, scope="parameter:user_id", only=_OUTLOOK, source=_RATES),
        *(Limit(units, per=10.0, unit=_UNIT, only=_DIRECTORY, when=size, source=_RATES) for size, units in _TENANTS.items()),
        Limit(3000, per=150.0, only=_DIRECTORY, methods=_WRITES, source=_RATES),
        Limit(4, per=1.0, scope="parameter:team_id", source=_RATES),
        Limit(4, per=1.0, scope="parameter:channel_id", source=_RATES),
        Limit(30, per=1.0, only=("teams.*",), methods=("GET",), source=_RATES),
        Limit(50, per=1.0, only=("channel_messages.create",), source=_RATES),
        Limit(3000, per=86_400.0, scope="parameter:channel_id", only=("channel_messages.create",), source=_RATES),
        Limit(20, per=1.0, only=("chat_messages.create",), source=_RATES),
        Limit(5, per=10.0, only=("sign_ins.*",), source=_RATES),
    ),
    variant=lambda credential, base: base.get("tenant_size") or "small",
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    idempotency=Idempotency("transactionId", place="body", only=("events.create",)),
    pagination=NextCall(_ask_on, items="value", size="top", max_size=999),
    errors=ErrorShape(message=("error.message", "error_description"), code=("error.code", "error")),
    hints={
        "InvalidAuthenticationToken": "The token has ended, or is of another cloud or kind: sign in again.",
        "Authorization_RequestDenied": "The app lacks a permission, or an administrator has not consented to it.",
        "ErrorAccessDenied": "Give the app the permission (Mail.ReadWrite, ...), or the person access to this mailbox.",
        "Request_ResourceNotFound": "There is no such person or group: check the id, or the address.",
        "ErrorItemNotFound": "It is gone, or was moved and has another id: prefer='IdType=\"ImmutableId\"' gives ids that stay.",
        "itemNotFound": "There is no such file or folder in this drive, or it is not shared with this person.",
        "nameAlreadyExists": "A file of this name is there already: use another name, or upload over it.",
        "Request_BadRequest": "A property is wrong or taken: the message names it.",
        "Request_UnsupportedQuery": 'Add consistency_level="eventual" and count=True: this query is an advanced one.',
        "MailboxNotEnabledForRESTAPI": "This person has no mailbox in Exchange Online, or no licence for one.",
        "/me request is only valid with delegated authentication flow.": "A token of the app alone has no /me: give user_id=.",
        "TooManyRequests": "Other programs may use the same app or mailbox; Penstock waits as long as Graph asks.",
        "ApplicationThrottled": "More than four calls run at once on one mailbox: other programs read it too.",
        "403": "Give the app the permission this call needs, and have an administrator consent to it.",
    },
    health=_ME,
    webhooks=WebhookSource(
        Signature(
            "", algorithm="token",
            note="Each item of value has the clientState that was given to subscriptions.create: compare every one. With"
            " resource data there are validationTokens (signed JWTs) too.",
        ),
        event="body:value.0.changeType",
        delivery="body:value.0.id",
        handshake="On creating and renewing a POST with ?validationToken=: answer 200 with it, decoded, as plain text, within"
        " ten seconds.",
        answer_within_s=3.0,
        retries="For up to four hours with growing pauses; slow addresses are given less, then nothing.",
    ),
    operations=(
        _ME,
        Operation("users.list", "GET", "/users", (*_OF_MANY, _CONSISTENCY), is_paginated=True, cost=_cost(2)),
        Operation(
            "users.get", "GET", _USER, _OF_ONE, cost=_cost(1), bulk=_in_batch("GET", _USER, is_idempotent=True),
            summary="user_id is an id or an address.",
        ),
        Operation(
            "users.create", "POST", "/users",
            fields("displayName! mailNickname! userPrincipalName! accountEnabled:boolean! passwordProfile:object!", _PERSON),
            bulk=_in_batch("POST", "/users"),
            summary='For example passwordProfile={"password": "...", "forceChangePasswordNextSignIn": True}.',
        ),
        Operation(
            "users.update", "PATCH", _USER,
            fields("displayName mailNickname userPrincipalName accountEnabled:boolean passwordProfile:object", _PERSON),
            is_idempotent=True, bulk=_in_batch("PATCH", _USER, is_idempotent=True),
        ),
        Operation("messages.list", "GET", f"{_USER}/messages", _OF_MANY, is_paginated=True, summary="The newest first."),
        Operation("messages.get", "GET", f"{_USER}/messages/{{message_id}}", _OF_ONE),
        Operation(
            "messages.update", "PATCH", f"{_USER}/messages/{{message_id}}",
            fields(_MAIL, "isRead:boolean flag:object inferenceClassification=focused|other"), is_idempotent=True,
            summary="isRead, flag and categories at any time; the rest of a draft only.",
        ),
        Operation("messages.delete", "DELETE", f"{_USER}/messages/{{message_id}}", summary="Into Deleted Items."),
        Operation(
            "messages.reply", "POST", f"{_USER}/messages/{{message_id}}/reply", fields("comment message:object"),
            summary="comment, or message with a body; not both.",
        ),
        Operation(
            "mail.send", "POST", f"{_USER}/sendMail",
            fields("subject! body:object! toRecipients:array!", """
                ccRecipients:array bccRecipients:array replyTo:array attachments:array importance=low|normal|high
                isReadReceiptRequested:boolean isDeliveryReceiptRequested:boolean internetMessageHeaders:array from:object
                /saveToSentItems:boolean
            """),
            into="message", bulk=_in_batch("POST", f"{_USER}/sendMail", into="message", beside="saveToSentItems"),
            summary='toRecipients="a@b.co, c@d.co"; body="text", or "<p>HTML</p>".',
        ),
        Operation("mail_folders.list", "GET", f"{_USER}/mailFolders", _OF_MANY, is_paginated=True),
        Operation("events.list", "GET", f"{_USER}/events", _OF_MANY, is_paginated=True, summary="A series once."),
        Operation(
            "events.create", "POST", f"{_USER}/events", fields("subject! start:object! end:object!", _EVENT),
            summary="start and end as text are UTC; attendees are invited.",
        ),
        Operation(
            "events.update", "PATCH", f"{_USER}/events/{{event_id}}", fields("subject start:object end:object", _EVENT),
            is_idempotent=True,
        ),
        Operation(
            "calendar_view.list", "GET", f"{_USER}/calendarView", (*fields("startDateTime! endDateTime!"), *_OF_MANY),
            is_paginated=True, summary="What happens between two times, a series each time.",
        ),
        Operation("contacts.list", "GET", f"{_USER}/contacts", _OF_MANY, is_paginated=True),
        Operation(
            "drive.root.children", "GET", "/drives/{drive_id}/root/children", _OF_MANY, is_paginated=True,
            summary="What is in a drive's first folder.",
        ),
        Operation("drive.items.children", "GET", "/drives/{drive_id}/items/{item_id}/children", _OF_MANY, is_paginated=True),
        Operation(
            "drive.upload", "PUT", "/drives/{drive_id}/items/{item_id}:/{filename}:/content",
            (Parameter("content", type="any", is_required=True, wire="$"),), body="raw",
            summary="Into a folder (item_id=root is the first), over a file of that name; 250 MB at most.",
        ),
        Operation(
            "drive.download", "GET", "/drives/{drive_id}/items/{item_id}/content", summary="The file itself: .body."
        ),
        Operation(
            "teams.joined", "GET", f"{_USER}/joinedTeams", is_paginated=True,
            pagination=NextCall(_ask_on, items="value"), summary="The teams a person is in; takes no $top.",
        ),
        Operation(
            "channel_messages.create", "POST", "/teams/{team_id}/channels/{channel_id}/messages", fields(_POST),
            summary="As a person: a token of the app alone may only migrate.",
        ),
        Operation("chat_messages.create", "POST", "/chats/{chat_id}/messages", fields(_POST)),
        Operation("groups.list", "GET", "/groups", (*_OF_MANY, _CONSISTENCY), is_paginated=True, cost=_cost(2)),
        Operation(
            "groups.members.list", "GET", "/groups/{group_id}/members", (*_OF_MANY, _CONSISTENCY), is_paginated=True,
            cost=_cost(3),
        ),
        Operation(
            "groups.members.add", "POST", "/groups/{group_id}/members/$ref",
            (Parameter("members", is_required=True, wire="@odata.id"),),
            bulk=_in_batch("POST", "/groups/{group_id}/members/$ref", members="@odata.id"),
            summary="members is one person's id.",
        ),
        Operation(
            "groups.members.remove", "DELETE", "/groups/{group_id}/members/{member_id}/$ref", is_idempotent=False
        ),
        Operation(
            "groups.update", "PATCH", "/groups/{group_id}",
            (
                *fields("displayName description mailNickname visibility=Public|Private"),
                Parameter("members", type="array", wire="members@odata.bind"),
            ),
            is_idempotent=False, summary="members are up to 20 ids, who join; who is a member already is refused.",
        ),
        *_WORKBOOK,
        Operation(
            "drive.items.create_folder", "POST", "/drives/{drive_id}/items/{item_id}/children", fields("name!"),
            fixed={"folder": {}}, summary="Below item_id; root is the first.",
        ),
        Operation(
            "drive.items.copy", "POST", "/drives/{drive_id}/items/{item_id}/copy", fields("name parentReference:object"),
            summary="In the background: the answer's Location tells how far it is.",
        ),
        Operation(
            "drive.items.create_link", "POST", "/drives/{drive_id}/items/{item_id}/createLink",
            fields("type=view|edit|embed! scope=anonymous|organization|users password expirationDateTime"), is_idempotent=True,
            summary="A link there is already is given again.",
        ),
        Operation("channel_messages.soft_delete", "POST", f"{_POSTED}/softDelete", is_idempotent=True),
        Operation("channel_messages.undo_soft_delete", "POST", f"{_POSTED}/undoSoftDelete", is_idempotent=True),
        Operation("chat_messages.soft_delete", "POST", f"{_CHATTED}/softDelete", is_idempotent=True),
        Operation("chat_messages.undo_soft_delete", "POST", f"{_CHATTED}/undoSoftDelete", is_idempotent=True),
        Operation(
            "planner_tasks.update", "PATCH", "/planner/tasks/{task_id}",
            (
                Parameter("if_match", "header", is_required=True, wire="If-Match"),
                *fields("title percentComplete:integer bucketId dueDateTime startDateTime assignments:object priority:integer"),
            ),
            is_idempotent=False, summary="if_match is the task's @odata.etag: a change since then is not overwritten.",
        ),
        Operation(
            "subscriptions.create", "POST", "/subscriptions",
            fields("""
                changeType:csv! notificationUrl! resource! expirationDateTime! clientState lifecycleNotificationUrl
                includeResourceData:boolean encryptionCertificate encryptionCertificateId latestSupportedTlsVersion
            """),
            summary="changeType is created, updated, deleted; mail and events end after seven days at most.",
        ),
        Operation(
            "subscriptions.renew", "PATCH", "/subscriptions/{subscription_id}", fields("expirationDateTime!"),
            is_idempotent=True,
        ),
        Operation("sign_ins.list", "GET", "/auditLogs/signIns", _OF_MANY, is_paginated=True),
        Operation(
            "batch.send", "POST", "/$batch", fields("requests:array!"),
            summary="Up to 20 requests in one; each has its own status in the answer's responses.",
        ),
    ),
    unverified=(
        "workbooks, folders, copies, links, soft deletes and leaving a group: from memory, not compared with the reference",
        "2,000 requests a second for an app: newer pages say 130,000 in ten",
        "the limits of OneNote, SharePoint and reports other than sign-ins: not declared",
        "the largest page of each list",
        "how soon a notification wants an answer",
        "how long refresh tokens live",
        "20 members in one call",
        "what a repeated transactionId is answered with",
    ),
)  # fmt: skip
