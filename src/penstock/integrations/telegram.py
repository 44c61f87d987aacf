"""Telegram Bot API: messages, chats, updates of a bot.

docs        https://core.telegram.org/bots/api
checked     2026-11, Bot API 10.3 (its addresses have no version)
quirks      The token is part of the address. Every method takes POST. The real limits are unpublished and adapt; a 429
            says in its body, not in a field, how long to wait. Nothing is idempotent: a message sent again is there
            twice. A token that cannot be one answers 404. A group that became a supergroup answers 400 with its new id
            (parameters.migrate_to_chat_id). getUpdates and a webhook exclude each other, and so do two readers of one
            bot. Reading on confirms: the updates of the page before are gone then. Files go as multipart: a file's
            bytes, its file_id, or an address. They are fetched from another address with the token in it (20 MB at
            most), which connection.http cannot do yet.
unverified  the limits: 30 messages a second, one in a chat, 20 a minute in a group are the FAQ's rough figures; that a
            malformed token answers 404; how long updates are kept (24 hours); the numbers of the bulk calls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from penstock.catalog.definition import (
    AddressKey,
    ErrorShape,
    Integration,
    Json,
    Limit,
    NextCall,
    Operation,
    RateLimitHint,
    Response,
    Signature,
    WebhookSource,
    dig,
    fields,
    read,
)

_FAQ = "https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this, 2026-11"
_IN_CHAT = "https://telegra.ph/Hitting-limits-bot-FAQ, 2026-11"
_SENDS = (
    "messages.send", "messages.edit", "messages.send_photo", "messages.send_document", "messages.send_video",
    "messages.send_media_group", "messages.send_location", "messages.forward*", "messages.copy*",
)  # fmt: skip
_WITH_FILES = frozenset(
    {"messages.send_photo", "messages.send_document", "messages.send_video", "messages.send_media_group", "webhooks.set"}
)  # fmt: skip
_QUIET = "message_thread_id:integer disable_notification:boolean protect_content:boolean"
_SENT = f"""
    {_QUIET} business_connection_id direct_messages_topic_id:integer allow_paid_broadcast:boolean message_effect_id
    suggested_post_parameters:any reply_parameters:any reply_markup:any
"""
_MARKED = "parse_mode=HTML|Markdown|MarkdownV2"
_CAPTION = f"caption {_MARKED} caption_entities:any"
_PICTURE = f"{_CAPTION} show_caption_above_media:boolean has_spoiler:boolean"


def classify(response: Response) -> int | None:
    """Read a 404 as the token's fault, and ok=false as the error it names even where the status says nothing."""
    if response.status == 404:
        return 401  # our methods exist; what is not found is a bot with this token
    if response.status != 200 or response.body.startswith(b'{"ok":true'):
        return None
    if read(response, "ok") is not False:
        return None
    code = read(response, "error_code")
    return code if isinstance(code, int) else 400


def read_hint(response: Response) -> RateLimitHint | None:
    """Read how long a refusal lasts: it stands in the body only."""
    wait_s = read(response, "parameters.retry_after") if response.status == 429 else None
    return RateLimitHint(retry_after_s=float(wait_s)) if isinstance(wait_s, (int, float)) else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write lists and dicts beside a file as the JSON text Telegram wants them to be."""
    if operation in _WITH_FILES:
        for name, value in parameters.items():
            if isinstance(value, (list, dict)):
                parameters[name] = json.dumps(value)
    return parameters


def _count_in_group(method: str, parameters: Mapping[str, Any]) -> float:
    """A group's or channel's id begins with - or @; what goes to a person takes next to nothing of this limit."""
    chat = str(parameters.get("chat_id", "-"))
    return 1.0 if chat[:1] in ("-", "@") else 0.001


def _ask_on(parameters: Mapping[str, Any], answer: Json, rows: list[Any]) -> Mapping[str, Any] | None:
    """The next updates are asked for by the last one's number and one."""
    last = dig(answer, "result.-1.update_id")
    return {**parameters, "offset": last + 1} if isinstance(last, int) else None


_ME = Operation("bots.me", "POST", "/getMe", is_idempotent=True, summary="Whose token this is.")

integration = Integration(
    name="telegram",
    title="Telegram Bot API",
    category="chat",
    docs="https://core.telegram.org/bots/api",
    checked="2026-11",
    base_url="https://api.telegram.org/bot{{token}}",
    auth=(AddressKey("token", note="From @BotFather: 123456:ABC...; it does not expire."),),
    limits=(
        Limit(30, per=1.0, only=_SENDS, source=_FAQ),
        Limit(1, per=1.0, scope="parameter:chat_id", only=_SENDS, source=_IN_CHAT),
        Limit(20, per=60.0, scope="parameter:chat_id", only=_SENDS, cost=_count_in_group, source=_IN_CHAT),
    ),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=NextCall(_ask_on, items="result", size="limit", max_size=100),
    errors=ErrorShape(message=("description",), code=("error_code",)),
    hints={
        "401": "Check the token: it may be revoked, or cut off when it was copied; @BotFather shows it.",
        "Bad Request: chat not found": "Check chat_id; a bot sees only people who wrote to it first, and chats it is in.",
        "Bad Request: group chat was upgraded to a supergroup chat": "The group has a new id: it stands in the answer, under"
        " parameters.migrate_to_chat_id; send there, and keep it.",
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
        " current content and reply markup of the message": "The message already says this: there is nothing to do.",
        "Bad Request: message text is empty": "Give text= something to say: it was empty, or only spaces.",
        "Bad Request: message is too long": "Cut the text: 4,096 characters at most, 1,024 for a caption.",
        "Forbidden: bot was blocked by the user": "They blocked the bot: take them off the list; asking again will not help.",
        "Forbidden: bot can't initiate conversation with a user": "They must write to the bot first, with /start.",
        "Forbidden: bot was kicked from the group chat": "The bot was removed from the group: somebody must add it again.",
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first":
        "Call webhooks.delete first: updates come either by webhook or by asking.",
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running":
        "Another program reads this bot's updates: stop one of the two.",
        "429": "Telegram says how long to wait, and Penstock waits; a group takes about 20 messages a minute.",
    },
    health=_ME,
    webhooks=WebhookSource(
        Signature(
            "X-Telegram-Bot-Api-Secret-Token", algorithm="token",
            note="The secret_token given to webhooks.set comes back as it is; the body is not signed and has no time.",
        ),
        delivery="body:update_id",
        retries="Again and again for a while; updates are kept for 24 hours. What happened is the key beside update_id.",
    ),
    operations=(
        _ME,
        Operation(
            "messages.send", "POST", "/sendMessage",
            fields("chat_id! text!", _MARKED, _SENT, "entities:array link_preview_options:object"),
            summary="chat_id is a number, or @name of a public channel.",
        ),
        Operation(
            "messages.edit", "POST", "/editMessageText",
            fields("text chat_id message_id:integer inline_message_id business_connection_id", _MARKED, """
                entities:array link_preview_options:object reply_markup:object
            """),
            summary="Needs chat_id and message_id, or inline_message_id; the same text again is an error.",
        ),
        Operation(
            "messages.delete", "POST", "/deleteMessage", fields("chat_id! message_id:integer!"),
            bulk="messages.delete_many", summary="Within 48 hours.",
        ),
        Operation(
            "messages.delete_many", "POST", "/deleteMessages", fields("chat_id! message_ids:array!"), is_idempotent=True,
            summary="Up to 100; those not found are passed over.",
        ),
        Operation(
            "messages.send_photo", "POST", "/sendPhoto", fields("chat_id! photo:any!", _PICTURE, _SENT), body="multipart",
            summary="photo is bytes, (name, bytes), a file_id, or an address; 10 MB at most.",
        ),
        Operation(
            "messages.send_document", "POST", "/sendDocument",
            fields("chat_id! document:any!", _CAPTION, _SENT, "thumbnail:any disable_content_type_detection:boolean"),
            body="multipart", summary="document is bytes, (name, bytes), a file_id, or an address; 50 MB at most.",
        ),
        Operation(
            "messages.send_video", "POST", "/sendVideo",
            fields("chat_id! video:any!", _PICTURE, _SENT, """
                duration:integer width:integer height:integer thumbnail:any cover:any start_timestamp:integer
                supports_streaming:boolean
            """),
            body="multipart", summary="video is bytes, (name, bytes), a file_id, or an address; 50 MB at most.",
        ),
        Operation(
            "messages.send_media_group", "POST", "/sendMediaGroup",
            fields("chat_id! media:any!", _QUIET, """
                business_connection_id direct_messages_topic_id:integer allow_paid_broadcast:boolean message_effect_id
                reply_parameters:any
            """),
            body="multipart",
            summary='From 2 to 10; media=[{"type": "photo", "media": "attach://a"}, ...] takes the file from a=.',
        ),
        Operation(
            "messages.send_location", "POST", "/sendLocation",
            fields("chat_id! latitude:number! longitude:number!", _SENT, """
                horizontal_accuracy:number live_period:integer heading:integer proximity_alert_radius:integer
            """),
        ),
        Operation(
            "messages.send_chat_action", "POST", "/sendChatAction",
            fields("chat_id! action! business_connection_id message_thread_id:integer"), is_idempotent=True,
            summary="For example action=typing; it shows for five seconds.",
        ),
        Operation(
            "messages.forward", "POST", "/forwardMessage",
            fields("chat_id! from_chat_id! message_id:integer!", _QUIET, """
                direct_messages_topic_id:integer video_start_timestamp:integer message_effect_id
                suggested_post_parameters:object
            """),
            bulk="messages.forward_many",
        ),
        Operation(
            "messages.forward_many", "POST", "/forwardMessages",
            fields("chat_id! from_chat_id! message_ids:array!", _QUIET, "direct_messages_topic_id:integer"),
            summary="Up to 100.",
        ),
        Operation(
            "messages.copy", "POST", "/copyMessage",
            fields("chat_id! from_chat_id! message_id:integer!", _CAPTION, """
                message_thread_id:integer disable_notification:boolean protect_content:boolean
                direct_messages_topic_id:integer video_start_timestamp:integer show_caption_above_media:boolean
                allow_paid_broadcast:boolean message_effect_id suggested_post_parameters:object reply_parameters:object
                reply_markup:object
            """),
            bulk="messages.copy_many",
        ),
        Operation(
            "messages.copy_many", "POST", "/copyMessages",
            fields("chat_id! from_chat_id! message_ids:array! remove_caption:boolean", _QUIET, """
                direct_messages_topic_id:integer
            """),
            summary="Up to 100.",
        ),
        Operation(
            "messages.pin", "POST", "/pinChatMessage",
            fields("chat_id! message_id:integer! business_connection_id disable_notification:boolean"),
        ),
        Operation(
            "messages.unpin", "POST", "/unpinChatMessage", fields("chat_id! message_id:integer business_connection_id"),
            summary="The latest one without message_id.",
        ),
        Operation("chats.get", "POST", "/getChat", fields("chat_id!"), is_idempotent=True),
        Operation(
            "chats.administrators", "POST", "/getChatAdministrators", fields("chat_id! return_bots:boolean"),
            is_idempotent=True,
        ),
        Operation("chats.member", "POST", "/getChatMember", fields("chat_id! user_id:integer!"), is_idempotent=True),
        Operation("chats.leave", "POST", "/leaveChat", fields("chat_id!")),
        Operation("chats.set_title", "POST", "/setChatTitle", fields("chat_id! title!")),
        Operation("chats.set_description", "POST", "/setChatDescription", fields("chat_id! description")),
        Operation(
            "callbacks.answer", "POST", "/answerCallbackQuery",
            fields("callback_query_id! text show_alert:boolean url cache_time:integer"),
        ),
        Operation(
            "inline.answer", "POST", "/answerInlineQuery",
            fields("inline_query_id! results:array! cache_time:integer is_personal:boolean next_offset button:object"),
        ),
        Operation(
            "files.get", "POST", "/getFile", fields("file_id!"), is_idempotent=True,
            summary="Its file_path, good for an hour.",
        ),
        Operation(
            "updates.get", "POST", "/getUpdates",
            fields("offset:integer limit:integer timeout:integer allowed_updates:array"),
            is_paginated=True, is_idempotent=True,
            summary="Asking for the next page confirms this one; some kinds come only when named in allowed_updates.",
        ),
        Operation(
            "webhooks.set", "POST", "/setWebhook",
            fields("url! certificate:any ip_address max_connections:integer allowed_updates:any"
                   " drop_pending_updates:boolean secret_token"),
            body="multipart", is_idempotent=True, summary="Ports 443, 80, 88 and 8443; allowed_updates stays as last set.",
        ),
        Operation(
            "webhooks.delete", "POST", "/deleteWebhook", fields("drop_pending_updates:boolean"), is_idempotent=True
        ),
        Operation("webhooks.info", "POST", "/getWebhookInfo", is_idempotent=True),
    ),
    unverified=(
        "the limits: they adapt, and the figures are the FAQ's rough ones",
        "that a malformed token answers 404",
        "how long updates are kept, and how often a webhook is tried",
        "the numbers one bulk call takes",
    ),
)  # fmt: skip
