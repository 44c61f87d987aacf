"""Gmail: messages, threads, drafts, labels.

docs        https://developers.google.com/workspace/gmail/api/reference/rest
checked     2026-11, v1 (in the path), discovery revision 20261005
quirks      Limits are counted in quota units: a message read costs 20, one sent 100, a list 5. A Cloud project first used
            since May 2026 has 6,000 units a minute for each person; one from before keeps 15,000: say quota="earlier".
            Throttling is mostly a 403 with a reason; a 429 may say "Retry after" and an instant in its message, and is
            also the mailbox's own sending limit. No limit fields. A message is RFC 822 text in base64url: raw takes
            bytes, or is written here of to, subject, text or html. userId is "me" where it is not given. No
            idempotency: a message sent twice is there twice; a draft can be sent once. history.list answers 404 where
            startHistoryId is older than about a week. Push comes through Pub/Sub, which signs with an OIDC token or not
            at all, and ends after seven days unless users.watch is called again.
unverified  units of what the newer table is not quoted for (they are the older table's); whether older projects pay
            the newer units; texts of refusals; the wait of 20 s after one that says no time; the end point that
            revokes; service accounts' facts; Pub/Sub's times.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime
from typing import Any

from penstock.catalog.check import is_missing
from penstock.catalog.definition import (
    BaseParameter,
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    Parameter,
    RateLimitHint,
    Response,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://developers.google.com/workspace/gmail/api/reference/quota, 2026-11"
_SCOPES = ("https://www.googleapis.com/auth/gmail.modify", "https://www.googleapis.com/auth/gmail.send")
_RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_DAY_REASONS = frozenset({"dailyLimitExceeded", "quotaExceeded"})
_WAIT_S = 20.0  # quotas come back by the minute: three waits and it has passed
_AGAIN = re.compile(r"retry after (\d{4}-\d\d-\d\dT[\d:.]+)Z", re.IGNORECASE)
_USER = "/users/{userId}"
_ME = Parameter("userId", "path")
_PAGE = "maxResults:integer pageToken"
_FOUND = "q labelIds:array includeSpamTrash:boolean"
_COLUMNS = {
    "to": "To", "cc": "Cc", "bcc": "Bcc", "sender": "From", "reply_to": "Reply-To", "subject": "Subject",
    "in_reply_to": "In-Reply-To",
}  # fmt: skip
_MESSAGE = "raw:any threadId to:csv cc:csv bcc:csv subject text html sender reply_to in_reply_to"
_WRITING = frozenset({"messages.send", "drafts.create", "drafts.update"})
_LABEL = (
    "labelListVisibility=labelShow|labelShowIfUnread|labelHide messageListVisibility=show|hide color:object"
)


def classify(response: Response) -> Verdict | int | None:
    """Tell a 403 for rate from one for permission, and a day's quota from a minute's."""
    if response.status not in (403, 429):
        return None
    reason = str(read(response, "error.errors.0.reason") or read(response, "error.details.*.reason"))
    if reason in _DAY_REASONS:
        return Verdict.PERMANENT
    return 429 if reason in _RATE_REASONS else None


def read_hint(response: Response) -> RateLimitHint | None:
    """Read the instant in a refusal's message; without one wait for a part of the minute by which quotas come back."""
    said = classify(response)
    is_refused = said == 429 or (said is None and response.status == 429)
    if not is_refused or "retry-after" in response.headers:
        return None
    told = _AGAIN.search(str(read(response, "error.message") or ""))
    date = response.headers.get("date")
    if told is None or date is None:
        return RateLimitHint(retry_after_s=_WAIT_S)
    try:
        until = datetime.fromisoformat(f"{told[1]}+00:00")
        wait_s = (until - parsedate_to_datetime(date)).total_seconds()  # by their clock, not ours
    except (TypeError, ValueError):
        return RateLimitHint(retry_after_s=_WAIT_S)
    return RateLimitHint(retry_after_s=max(wait_s, 1.0))


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Say whose mailbox it is, and write a message of its columns where it is not given as raw."""
    if operation != _PROFILE.name and is_missing(parameters.get("userId")):
        parameters["userId"] = "me"
    if operation not in _WRITING:
        return parameters
    if is_missing(parameters.get("raw")):
        given = {name: parameters.pop(name) for name in (*_COLUMNS, "text", "html") if name in parameters}
        given = {name: value for name, value in given.items() if not is_missing(value)}
        if given:
            parameters["raw"] = write_message(given)
    raw = parameters.get("raw")
    if isinstance(raw, (bytes, bytearray)):
        parameters["raw"] = base64.urlsafe_b64encode(raw).decode()
    return parameters


def write_message(columns: Mapping[str, Any]) -> bytes:
    """Return an e-mail's bytes: the same columns give the same bytes, so that a row sent again is known to be the same."""
    message = EmailMessage(SMTP)
    for name, header in _COLUMNS.items():
        value = columns.get(name)
        if value is not None:
            text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            # A line break would begin a header field of its own.
            message[header] = " ".join(_whole(text).split())
    kind = "html" if "html" in columns else "plain"
    body = str(columns.get("html", columns.get("text", "")))
    message.set_content(_whole(body), subtype=kind)
    return message.as_bytes()


def _whole(text: str) -> str:
    """Return a text without the halves of characters a broken file leaves in it."""
    return text.encode("utf-8", "replace").decode()


def _count_others(method: str, parameters: Mapping[str, Any]) -> float:
    return 5.0  # calls the table is not quoted for


_PROFILE = Operation(
    "profile.get", "GET", "/users/me/profile", cost=1, summary="The address and the newest historyId."
)

integration = Integration(
    name="gmail",
    title="Gmail",
    category="email",
    docs="https://developers.google.com/workspace/gmail/api/reference/rest",
    checked="2026-11",
    base_url="https://gmail.googleapis.com/gmail/v1",
    base_parameters=(
        BaseParameter(
            "quota", default="new", pattern="new|earlier",
            help="new: 6,000 units a minute; earlier: 15,000, for Cloud projects that used Gmail before May 2026",
        ),
    ),
    auth=(
        OAuth2(
            title="As a person",
            authorize="https://accounts.google.com/o/oauth2/v2/auth",
            token="https://oauth2.googleapis.com/token",
            revoke="https://oauth2.googleapis.com/revoke",
            scopes=_SCOPES,
            pkce=True,
            token_auth="client_secret_post",
            refresh="static",
            access_token_lifetime_s=3599,
            authorize_extra=(("access_type", "offline"), ("prompt", "consent")),
            codes=(("admin_policy_enforced", "access_denied"), ("deleted_client", "invalid_client"),
                   ("disabled_client", "invalid_client")),
            note="Ask with access_type=offline and prompt=consent, or there is no refresh token. It ends after six months"
            " without use, with a change of password, and after seven days while the consent screen is in Testing.",
        ),
        OAuth2(
            title="Service account",
            token="https://oauth2.googleapis.com/token",
            grant="jwt_bearer",
            scopes=_SCOPES,
            token_auth="private_key_jwt",
            access_token_lifetime_s=3600,
            fields_needed=("client_email", "private_key", "subject"),
            issuer="client_email",
            subject="subject",
            assertion_lifetime_s=3500,
            note="A service account has no mailbox: it needs a domain that delegates, and sub = the person's address.",
        ),
    ),
    limits=(
        Limit(6000, per=60.0, unit="units", cost=_count_others, when="new", source=_RATES),
        Limit(15_000, per=60.0, unit="units", cost=_count_others, when="earlier", source=_RATES),
        Limit(1_200_000, per=60.0, unit="units", cost=_count_others, key="project", source=_RATES),
        Limit(80_000_000, per=86_400.0, unit="units", cost=_count_others, key="day", source=_RATES),
    ),
    variant=lambda credential, base: base.get("quota") or "new",
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=Cursor(request="pageToken", next="nextPageToken", size="maxResults", items="messages", max_size=500),
    errors=ErrorShape(
        message=("error.message", "error_description"),
        code=("error.errors.0.reason", "error.details.*.reason", "error.status", "error"),
    ),
    hints={
        "userRateLimitExceeded": "The person's units for this minute are spent; other programs may use the same mailbox.",
        "rateLimitExceeded": "The project's units are spent, or the mailbox may send no more today (2,000 messages).",
        "dailyLimitExceeded": "The day's quota of the Cloud project is spent: go on tomorrow, or ask Google for more.",
        "insufficientPermissions": "The token's scopes do not allow it: sign in again with gmail.modify or gmail.send.",
        "PERMISSION_DENIED": "The token's scopes do not allow it, or the Gmail API is not enabled for the Cloud project.",
        "failedPrecondition": "A service account has no mailbox: delegate the domain to it, and name a person as sub.",
        "notFound": "Check the id; for history.list the startHistoryId is too old: read everything once again.",
        "invalidArgument": "Check ids and raw: an e-mail with To, in base64url; or give to=, subject= and text=.",
        "authError": "The access token has ended or was revoked: sign in again.",
        "invalid_grant": "The refresh token has ended (password changed, six months unused, or Testing): connect again.",
    },
    health=_PROFILE,
    operations=(
        _PROFILE,
        Operation(
            "messages.send", "POST", f"{_USER}/messages/send", (_ME, *fields(_MESSAGE)), cost=100,
            summary="to=, subject= and text= or html=; or raw= (bytes). A reply needs threadId and in_reply_to.",
        ),
        Operation(
            "messages.list", "GET", f"{_USER}/messages", (_ME, *fields(_PAGE, _FOUND)), is_paginated=True, cost=5,
            summary='Ids only; q as in Gmail\'s search: "from:ada newer_than:2d".',
        ),
        Operation(
            "messages.get", "GET", f"{_USER}/messages/{{id}}",
            (_ME, *fields("format=minimal|full|raw|metadata metadataHeaders:array")), cost=20,
        ),
        Operation(
            "messages.modify", "POST", f"{_USER}/messages/{{id}}/modify",
            (_ME, *fields("addLabelIds:array removeLabelIds:array")), is_idempotent=True, cost=5,
            bulk="messages.batch_modify", summary='removeLabelIds=["UNREAD"] marks it as read.',
        ),
        Operation("messages.trash", "POST", f"{_USER}/messages/{{id}}/trash", (_ME,), is_idempotent=True, cost=5),
        Operation("messages.untrash", "POST", f"{_USER}/messages/{{id}}/untrash", (_ME,), is_idempotent=True, cost=5),
        Operation(
            "messages.delete", "DELETE", f"{_USER}/messages/{{id}}", (_ME,), cost=10, bulk="messages.batch_delete",
            summary="For good, without the bin; wants the scope https://mail.google.com/.",
        ),
        Operation(
            "messages.batch_modify", "POST", f"{_USER}/messages/batchModify",
            (_ME, *fields("ids:array! addLabelIds:array removeLabelIds:array")), is_idempotent=True, cost=50,
            summary="Up to 1,000 messages.",
        ),
        Operation(
            "messages.batch_delete", "POST", f"{_USER}/messages/batchDelete", (_ME, *fields("ids:array!")),
            is_idempotent=True, cost=50, summary="Up to 1,000 messages, for good; an id that is not there is passed over.",
        ),
        Operation(
            "attachments.get", "GET", f"{_USER}/messages/{{messageId}}/attachments/{{id}}", (_ME,), cost=5,
            summary="data is base64url.",
        ),
        Operation(
            "threads.list", "GET", f"{_USER}/threads", (_ME, *fields(_PAGE, _FOUND)), is_paginated=True, items="threads", cost=10
        ),
        Operation(
            "threads.get", "GET", f"{_USER}/threads/{{id}}",
            (_ME, *fields("format=full|metadata|minimal metadataHeaders:array")), cost=40,
        ),
        Operation(
            "threads.modify", "POST", f"{_USER}/threads/{{id}}/modify",
            (_ME, *fields("addLabelIds:array removeLabelIds:array")), is_idempotent=True, cost=10,
        ),
        Operation("threads.trash", "POST", f"{_USER}/threads/{{id}}/trash", (_ME,), is_idempotent=True, cost=10),
        Operation("threads.untrash", "POST", f"{_USER}/threads/{{id}}/untrash", (_ME,), is_idempotent=True, cost=10),
        Operation("threads.delete", "DELETE", f"{_USER}/threads/{{id}}", (_ME,), cost=20),
        Operation("drafts.create", "POST", f"{_USER}/drafts", (_ME, *fields(_MESSAGE)), into="message", cost=10),
        Operation(
            "drafts.update", "PUT", f"{_USER}/drafts/{{id}}", (_ME, *fields(_MESSAGE)), into="message", cost=15,
            summary="Replaces the draft's message.",
        ),
        Operation(
            "drafts.list", "GET", f"{_USER}/drafts", (_ME, *fields(_PAGE, "q includeSpamTrash:boolean")),
            is_paginated=True, items="drafts", cost=5,
        ),
        Operation("drafts.get", "GET", f"{_USER}/drafts/{{id}}", (_ME, *fields("format=minimal|full|raw|metadata")), cost=5),
        Operation(
            "drafts.send", "POST", f"{_USER}/drafts/send", (_ME, *fields("id!")), cost=100,
            summary="A draft is gone once it is sent: a second sending is refused.",
        ),
        Operation("drafts.delete", "DELETE", f"{_USER}/drafts/{{id}}", (_ME,), cost=10),
        Operation("labels.list", "GET", f"{_USER}/labels", (_ME,), items="labels", cost=1),
        Operation("labels.get", "GET", f"{_USER}/labels/{{id}}", (_ME,), cost=1),
        Operation("labels.create", "POST", f"{_USER}/labels", (_ME, *fields("name!", _LABEL)), cost=5),
        Operation("labels.delete", "DELETE", f"{_USER}/labels/{{id}}", (_ME,), cost=5),
        Operation(
            "history.list", "GET", f"{_USER}/history",
            (_ME, *fields(_PAGE, "startHistoryId! labelId historyTypes:array")),
            is_paginated=True, items="history", cost=2, summary="What changed since; a 404 means: read everything again.",
        ),
        Operation(
            "watch.start", "POST", f"{_USER}/watch",
            (_ME, *fields("topicName! labelIds:array labelFilterBehavior=include|exclude")), is_idempotent=True, cost=100,
            summary="Call it every day: it ends after seven.",
        ),
    ),
    webhooks=WebhookSource(
        None,
        delivery="body:message.messageId",
        handshake="None: Pub/Sub pushes to a subscription. Where that asks for authentication, Authorization has an OIDC"
        " token of Google's, whose audience and e-mail are to be checked; it does not cover the body.",
        answer_within_s=10.0,
        retries="Pub/Sub delivers again until it gets a 2xx, for seven days.",
    ),
    unverified=(
        "the token end point's codes beside the standard's",
        "units of calls the newer table is not quoted for: they are the older table's, and 5 for the rest",
        "whether projects from before May 2026 pay the newer units",
        "the texts of refusals, and the wait of 20 s where they say no time",
        "the end point that revokes a token",
        "service accounts' facts",
        "Pub/Sub's times",
    ),
)  # fmt: skip
