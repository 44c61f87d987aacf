"""Slack: messages, channels, people (Web API).

docs        https://docs.slack.dev/reference/methods
checked     2026-11; the API has no version, its method names are the contract
quirks      Nearly every failure is HTTP 200 with {"ok": false, "error": code}. Limits are per method, workspace and app,
            by tier; nothing says what is left, only Retry-After on a 429. Reads take query parameters (a JSON body there
            is silently ignored), writes take JSON. A message's id is its ts, a text: as a number it loses digits.
            No idempotency: a message sent twice is there twice. files.upload is gone: ask for a URL, send the bytes
            there, complete.
unverified  the tier of the single methods; how large a burst a channel takes; chat.postMessage's limit over the whole
            workspace ("several hundred a minute", not declared for want of a figure); whether existing unlisted apps
            fall under one history call a minute since 2026-03-03.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Bulk,
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    PageNumber,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://docs.slack.dev/apis/web-api/rate-limits, 2026-11"
_UNLISTED = "https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps, 2026-11"
_TIERS = {  # calls a minute: the methods
    20: ("messages.search", "channels.list", "channels.create", "channels.archive", "users.list"),
    50: (
        "messages.update", "messages.delete", "messages.schedule", "channels.get", "channels.invite", "channels.open",
        "users.lookup_by_email", "reactions.add", "files.list",
    ),
    100: ("messages.post_ephemeral", "channels.members", "users.get", "files.get_upload_url", "files.complete_upload",
          "views.open"),
}  # fmt: skip
_HISTORY = ("channels.history", "channels.replies")
_PAGE = "limit:integer cursor"
_MESSAGE = "text blocks:array attachments:array thread_ts mrkdwn:boolean parse link_names:boolean"
_TIMES = ("ts", "thread_ts", "message_ts", "timestamp", "latest", "oldest")

_CODES = (  # the token end point's own words
    *((word, "invalid_grant") for word in ("invalid_refresh_token", "token_revoked", "token_expired", "account_inactive")),
    *((word, "invalid_grant") for word in ("invalid_code", "code_already_used")),
    ("bad_client_secret", "invalid_client"), ("invalid_client_id", "invalid_client"), ("bad_redirect_uri", "invalid_request"),
    ("invalid_grant_type", "unsupported_grant_type"), ("ratelimited", "temporarily_unavailable"),
    ("internal_error", "server_error"), ("fatal_error", "server_error"), ("service_unavailable", "temporarily_unavailable"),
)  # fmt: skip
_STATUS = {
    429: ("ratelimited", "rate_limited", "message_limit_exceeded"),
    401: ("invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive"),
    403: (
        "missing_scope", "no_permission", "not_allowed_token_type", "restricted_action", "access_denied",
        "ekm_access_denied", "team_access_not_granted", "org_login_required", "not_in_channel", "user_is_bot",
    ),
    404: (
        "channel_not_found", "user_not_found", "users_not_found", "message_not_found", "thread_not_found",
        "file_not_found", "team_not_found", "view_not_found",
    ),
    409: ("name_taken", "already_reacted", "already_in_channel", "already_archived", "is_archived"),
    500: ("internal_error", "fatal_error"),  # Slack: some of it may have happened
    503: ("service_unavailable", "team_added_to_org"),
}  # fmt: skip
_MEANS = {code: status for status, codes in _STATUS.items() for code in codes}


def classify(response: Response) -> Verdict | int | None:
    """Read the code of a 200 with ok=false as the status it stands for."""
    if response.status != 200 or response.body.startswith(b'{"ok":true'):
        return None
    if read(response, "ok") is True:
        return None
    code = read(response, "error")
    if code == "request_timeout":
        return Verdict.TRANSIENT  # our request did not arrive whole, so nothing was done
    if not isinstance(code, str):
        return 502  # not Slack's: something on the way answered, and what became of the call is unknown
    return _MEANS.get(code, 400)


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write a message's ts with its six decimals again where a frame has made a number of it."""
    for name in _TIMES:
        value = parameters.get(name)
        if isinstance(value, float) and value == value:
            parameters[name] = f"{value:.6f}"
    return parameters


def _as_user(parameters: dict[str, Any]) -> Any:
    """Return the one user to invite; several, or whatever else a row says, go by themselves."""
    users = str(parameters.pop("users"))
    return users.strip() if "," not in users and not parameters else None


def _find_kind(credential: Mapping[str, str], base: Mapping[str, str]) -> str:
    return "unlisted" if base.get("app") == "unlisted" else "listed"


_TEST = Operation("auth.test", "POST", "/auth.test", is_idempotent=True, summary="Whose token this is.")

integration = Integration(
    name="slack",
    title="Slack",
    category="chat",
    docs="https://docs.slack.dev/reference/methods",
    checked="2026-11",
    base_url="https://slack.com/api",
    base_parameters=(
        BaseParameter(
            "app", default="internal", pattern="internal|marketplace|unlisted",
            help="whose app: internal (your own), marketplace, or unlisted (sold, not in the Marketplace: 1 history/min)",
        ),
    ),
    auth=(
        Bearer("token", note="xoxb- (bot), xoxp- (user; messages.search wants one), xapp- (socket mode only)."),
        OAuth2(
            title="As the app",
            authorize="https://slack.com/oauth/v2/authorize",
            token="https://slack.com/api/oauth.v2.access",
            revoke="https://slack.com/api/auth.revoke",
            scopes=("chat:write", "channels:read", "channels:history", "users:read", "users:read.email", "files:write"),
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=43_200,
            separator=",",
            keep=("team.id", "team.name", "bot_user_id"),
            codes=_CODES,
            note="Without token rotation (opt-in) it does not expire and there is nothing to refresh. Errors come as 200"
            " with ok=false.",
        ),
        OAuth2(
            title="As a person",
            authorize="https://slack.com/oauth/v2/authorize",
            token="https://slack.com/api/oauth.v2.access",
            revoke="https://slack.com/api/auth.revoke",
            scopes=("search:read", "chat:write", "channels:read", "channels:history", "users:read"),
            scope_field="user_scope",
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=43_200,
            separator=",",
            within="authed_user",
            keep=("team.id", "team.name", "authed_user.id"),
            codes=_CODES,
            note="The person's own token (xoxp-), which stands in authed_user; a refresh answers it on top.",
        ),
    ),
    limits=(
        *(Limit(amount, per=60.0, scope="operation", only=only, source=_RATES) for amount, only in _TIERS.items()),
        Limit(50, per=60.0, scope="operation", only=_HISTORY, when="listed", source=_RATES),
        Limit(1, per=60.0, scope="operation", only=_HISTORY, when="unlisted", source=_UNLISTED),
        Limit(1, per=1.0, burst=3, scope="parameter:channel", only=("messages.post",), source=_RATES),
    ),
    variant=_find_kind,
    classify=classify,
    adjust=adjust,
    pagination=Cursor(request="cursor", next="response_metadata.next_cursor", size="limit", items="channels", max_size=200),
    errors=ErrorShape(message=("error",), code=("error",)),
    hints={
        "not_in_channel": "Invite the app to the channel first: /invite @app in Slack, or channels.invite.",
        "channel_not_found": "Give the channel's id (C...), and invite the app: a bot cannot see private channels it is not in.",
        "missing_scope": "Add the scope in the app's settings under OAuth & Permissions, then install the app again.",
        "invalid_auth": "Check the token: xoxb- for a bot, xoxp- for a user; a new installation gives a new one.",
        "token_revoked": "The app was removed or its token revoked: install it again.",
        "not_allowed_token_type": "This method wants another kind of token, as a rule a user's (xoxp-).",
        "ratelimited": "Other programs use the same app in this workspace; Penstock waits as long as Slack asks.",
        "no_text": "Give text= or blocks=.",
        "users_not_found": "Nobody in this workspace has the address; the app also needs the scope users:read.email.",
        "is_archived": "Unarchive the channel, or post to another one.",
        "msg_too_long": "Cut the text: 40,000 characters at most, 4,000 for good display.",
    },
    health=_TEST,
    operations=(
        _TEST,
        Operation(
            "messages.post", "POST", "/chat.postMessage",
            fields("channel!", _MESSAGE, """
                username icon_emoji icon_url as_user reply_broadcast:boolean unfurl_links:boolean unfurl_media:boolean
                metadata:object
            """),
        ),
        Operation(
            "messages.update", "POST", "/chat.update",
            fields("channel! ts! text blocks:array attachments:array parse link_names as_user metadata:object"),
            is_idempotent=True,
        ),
        Operation("messages.delete", "POST", "/chat.delete", fields("channel! ts! as_user:boolean")),
        Operation(
            "messages.post_ephemeral", "POST", "/chat.postEphemeral",
            fields("channel! user! text blocks:array attachments:array thread_ts username icon_emoji icon_url parse"
                   " link_names:boolean as_user:boolean"),
            summary="Seen by one person only, and gone when they reload.",
        ),
        Operation(
            "messages.schedule", "POST", "/chat.scheduleMessage",
            fields("channel! post_at:integer! text blocks:array attachments:array thread_ts parse link_names:boolean"
                   " as_user:boolean reply_broadcast:boolean unfurl_links:boolean unfurl_media:boolean metadata:object"),
            summary="post_at is in epoch seconds, at most 120 days ahead.",
        ),
        Operation("messages.permalink", "GET", "/chat.getPermalink", fields("channel! message_ts!")),
        Operation(
            "messages.search", "GET", "/search.messages",
            fields("query! count:integer page:integer highlight:boolean sort=score|timestamp sort_dir=asc|desc"),
            is_paginated=True, items="messages.matches",
            pagination=PageNumber(size="count", items="messages.matches", total_pages="messages.paging.pages"),
        ),
        Operation(
            "channels.list", "GET", "/conversations.list", fields(_PAGE, "types:csv exclude_archived:boolean team_id"),
            is_paginated=True, items="channels", summary="types=public_channel,private_channel,mpim,im.",
        ),
        Operation(
            "channels.get", "GET", "/conversations.info",
            fields("channel! include_locale:boolean include_num_members:boolean"),
        ),
        Operation("channels.create", "POST", "/conversations.create", fields("name! is_private:boolean team_id")),
        Operation(
            "channels.history", "GET", "/conversations.history",
            fields(_PAGE, "channel! latest oldest inclusive:boolean include_all_metadata:boolean"),
            is_paginated=True, items="messages",
        ),
        Operation(
            "channels.replies", "GET", "/conversations.replies",
            fields(_PAGE, "channel! ts! latest oldest inclusive:boolean include_all_metadata:boolean"),
            is_paginated=True, items="messages",
        ),
        Operation(
            "channels.invite", "POST", "/conversations.invite", fields("channel! users:csv! force:boolean"),
            # Without force it is all or nobody.
            bulk=Bulk("channels.invite", into="users", max_items=100, item=_as_user, shared=("channel",)),
            summary="Up to 100 users in one call.",
        ),
        Operation(
            "channels.members", "GET", "/conversations.members", fields(_PAGE, "channel!"),
            is_paginated=True, items="members",
        ),
        Operation(
            "channels.open", "POST", "/conversations.open",
            fields("channel users:csv return_im:boolean prevent_creation:boolean"),
            is_idempotent=True, summary="The direct message with these users, made if there is none.",
        ),
        Operation("channels.archive", "POST", "/conversations.archive", fields("channel!")),
        Operation(
            "users.list", "GET", "/users.list", fields(_PAGE, "include_locale:boolean team_id"),
            is_paginated=True, items="members",
        ),
        Operation("users.get", "GET", "/users.info", fields("user! include_locale:boolean")),
        Operation("users.lookup_by_email", "GET", "/users.lookupByEmail", fields("email!")),
        Operation("reactions.add", "POST", "/reactions.add", fields("channel! name! timestamp!")),
        Operation(
            "files.get_upload_url", "GET", "/files.getUploadURLExternal",
            fields("filename! length:integer! alt_txt snippet_type"), is_idempotent=True,
            summary="Then send the bytes to upload_url, then files.complete_upload.",
        ),
        Operation(
            "files.complete_upload", "POST", "/files.completeUploadExternal",
            fields("files:array! channel_id channels:csv initial_comment thread_ts blocks:array"),
        ),
        Operation(
            "files.list", "GET", "/files.list",
            fields("channel user ts_from ts_to types:csv count:integer page:integer show_files_hidden_by_limit:boolean team_id"),
            is_paginated=True, items="files",
            pagination=PageNumber(size="count", items="files", total_pages="paging.pages"),
        ),
        Operation("views.open", "POST", "/views.open", fields("view:object! trigger_id interactivity_pointer")),
    ),
    webhooks=WebhookSource(
        Signature(
            "X-Slack-Signature", signed="v0:{timestamp}:{body}", prefix="v0=",
            timestamp="header:X-Slack-Request-Timestamp", tolerance_s=300,
            note="Also for slash commands and interactivity, whose bodies are forms.",
        ),
        event="body:event.type", delivery="body:event_id", answer_within_s=3,
        handshake="type=url_verification: answer 200 with the challenge, within 3 s.",
        retries="3 times: at once, after 1 and after 5 minutes; over 95 % failures in an hour switch it off.",
    ),
    removed=("POST /files.upload",),  # gone since 2025-11: files.get_upload_url
    unverified=(
        "invalid_code and code_already_used as the words for a spent code",
        "the tier of each single method",
        "a channel's burst of three messages",
        "chat.postMessage's limit over the whole workspace: no figure is published",
        "whether existing unlisted apps fall under one history call a minute",
    ),
)  # fmt: skip
