"""Telegram as the sandbox plays it: three people, a group that has moved, 250 updates that wait to be read.

Sources: the pages named in integrations/telegram.py; what python-telegram-bot reads of messages and refusals.
"""

from __future__ import annotations

import json
import math
from typing import Any

from penstock.integrations.telegram import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.wire import Answer, Json, json_answer

PERSON, GROUP, MOVED_GROUP, BLOCKED = "5550001", "-1001234567890", "-4242", "5550666"
UPDATES, BOT = 250, 123456789
LONGEST = 4096
_FILES = ("photo", "document", "video")


def open_vendor(setup: Setup) -> Vendor:
    """Return Telegram."""
    return RestVendor(setup, integration, SHAPE)


def _build_error(refusal: Refusal) -> Answer:
    """Return ok=false with the status again; what else it says stands under parameters."""
    body: Record = {"ok": False, "error_code": refusal.status, "description": refusal.message}
    if refusal.kind == "throttled":
        wait_s = math.ceil(refusal.wait_s or 1.0)
        body["description"] = f"Too Many Requests: retry after {wait_s}"
        body["parameters"] = {"retry_after": wait_s}
    if refusal.code == "migrated":
        body["parameters"] = {"migrate_to_chat_id": int(GROUP)}
    return json_answer(refusal.status, body)


def _good(result: Json) -> Json:
    return {"ok": True, "result": result}


def _bot() -> Record:
    return {"id": BOT, "is_bot": True, "first_name": "Sandbox", "username": "penstock_sandbox_bot"}


def _person(id: str) -> Record:
    return {"id": int(id), "type": "private", "first_name": "Ada", "username": "ada"}


def _seed(turn: Turn) -> None:
    turn.table("chats").add(PERSON, _person(PERSON))
    turn.table("chats").add(GROUP, {"id": int(GROUP), "type": "supergroup", "title": "Sandbox"})
    turn.store.notes["updates"] = [_update(number, turn.now) for number in range(1, UPDATES + 1)]


def _update(number: int, now: float) -> Record:
    person = _person(PERSON)
    sender = {**person, "is_bot": False}
    message = {
        "message_id": number,
        "date": int(now),
        "chat": person,
        "from": sender,
        "text": f"message {number}",
    }
    return {"update_id": 10_000 + number, "message": message}


def _read(value: Any) -> Any:
    """Return what a field says: of JSON what it holds, since forms carry lists and dicts as text."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _refuse(turn: Turn, words: str, *, status: int = 400, code: str = "400") -> Refusal:
    return turn.refuse("invalid", status=status, code=code, message=words)


def _chat(turn: Turn, name: str = "chat_id") -> Record:
    """Return the chat a call names, made the first time a channel is named by its @name."""
    id = str(turn.fields.get(name) or "")
    if not id:
        raise _refuse(turn, f"Bad Request: {name} is empty")
    if id == MOVED_GROUP:
        raise _refuse(turn, "Bad Request: group chat was upgraded to a supergroup chat", code="migrated")
    if id == BLOCKED:
        raise _refuse(turn, "Forbidden: bot was blocked by the user", status=403)
    chat = turn.table("chats").get(id)
    if chat is None and id.startswith("@"):
        chat = turn.table("chats").add(
            id, {"id": -1009000000001, "type": "channel", "title": id[1:], "username": id[1:]}
        )
    if chat is None:
        raise _refuse(turn, "Bad Request: chat not found")
    return chat


def _write(turn: Turn, chat: Record, **content: Json) -> Record:
    """Keep a message in a chat and return it."""
    number = turn.ids.next("message")
    message = {"message_id": number, "date": int(turn.now), "chat": chat, "from": _bot(), **content}
    turn.table("messages", str(chat["id"])).add(str(number), message)
    turn.change(
        "messages.create", f"{chat['id']}/{number}", {"text": content.get("text") or content.get("caption")}
    )
    return message


def _send(turn: Turn) -> Json:
    chat, text = _chat(turn), str(turn.fields.get("text") or "")
    if not text.strip():
        raise _refuse(turn, "Bad Request: message text is empty")
    if len(text) > LONGEST:
        raise _refuse(turn, "Bad Request: message is too long")
    return _good(_write(turn, chat, text=text))


def _send_file(turn: Turn) -> Json:
    """Keep a file's message; what was sent as bytes or by its id comes back as an id."""
    chat, kind = _chat(turn), next((name for name in _FILES if turn.fields.get(name)), None)
    if kind is None:
        raise _refuse(turn, "Bad Request: there is no file in the request")
    given = turn.fields[kind]
    is_new = isinstance(given, dict) or str(given).startswith(("http", "attach:"))
    file = {
        "file_id": turn.ids.text(60) if is_new else str(given),
        "file_unique_id": turn.ids.text(14),
        "file_size": 5,
    }
    if kind != "document":
        file |= {"width": 90, "height": 90} | ({"duration": 1} if kind == "video" else {})
    caption = {"caption": turn.fields["caption"]} if turn.fields.get("caption") else {}
    return _good(_write(turn, chat, **{kind: [file] if kind == "photo" else file}, **caption))


def _send_group(turn: Turn) -> Json:
    chat, media = _chat(turn), _read(turn.fields.get("media"))
    if not isinstance(media, list) or not 2 <= len(media) <= 10:
        raise _refuse(turn, "Bad Request: a media group has 2 to 10 items")
    file = {"file_id": turn.ids.text(60), "file_unique_id": turn.ids.text(14), "width": 90, "height": 90}
    return _good([_write(turn, chat, photo=[file], caption=one.get("caption")) for one in media])


def _send_location(turn: Turn) -> Json:
    chat = _chat(turn)
    place = {name: float(turn.fields[name]) for name in ("latitude", "longitude") if turn.fields.get(name)}
    if len(place) < 2:
        raise _refuse(turn, "Bad Request: latitude or longitude is empty")
    return _good(_write(turn, chat, location=place))


def _find(turn: Turn, chat: Record, what: str) -> Record:
    message = turn.table("messages", str(chat["id"])).get(str(turn.fields.get("message_id")))
    if message is None:
        raise _refuse(turn, f"Bad Request: message to {what} not found")
    return message


def _edit(turn: Turn) -> Json:
    message = _find(turn, _chat(turn), "edit")
    text = str(turn.fields.get("text") or "")
    if text == message.get("text"):
        raise _refuse(
            turn,
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
            " as a current content and reply markup of the message",
        )
    message |= {"text": text, "edit_date": int(turn.now)}
    turn.change("messages.update", str(message["message_id"]), message)
    return _good(message)


def _delete(turn: Turn) -> Json:
    chat = _chat(turn)
    is_bulk = turn.operation is not None and turn.operation.name == "messages.delete_many"
    ids = _read(turn.fields.get("message_ids")) if is_bulk else [_find(turn, chat, "delete")["message_id"]]
    for id in ids or []:
        if turn.table("messages", str(chat["id"])).remove(str(id)) is not None:
            turn.change("messages.delete", f"{chat['id']}/{id}")
    return _good(True)


def _pass_on(turn: Turn) -> Json:
    """Forward or copy one message or many: a copy's answer is its number alone."""
    chat, source = _chat(turn), _chat(turn, "from_chat_id")
    name = turn.operation.name if turn.operation is not None else ""
    is_bulk = name.endswith("_many")
    ids = _read(turn.fields.get("message_ids")) if is_bulk else [turn.fields.get("message_id")]
    made = []
    for id in ids or []:
        message = turn.table("messages", str(source["id"])).get(str(id))
        if message is not None:
            made.append(_write(turn, chat, text=message.get("text")))
        elif not is_bulk:
            raise _refuse(turn, "Bad Request: message to forward not found")
    if name == "messages.forward":
        return _good(made[0])
    numbers = [{"message_id": message["message_id"]} for message in made]
    return _good(numbers if is_bulk else numbers[0])


def _note(turn: Turn) -> Json:
    """Answer what changes nothing that could be read back."""
    if "chat_id" in turn.fields:
        _chat(turn)
    if turn.operation is not None and not turn.operation.is_harmless_twice:
        turn.change(turn.operation.name, str(turn.fields.get("chat_id", "")))
    return _good(True)


def _rename(turn: Turn) -> Json:
    chat = _chat(turn)
    name = "title" if "title" in turn.fields else "description"
    if chat["type"] == "private":
        raise _refuse(turn, f"Bad Request: can't change private chat {name}")
    chat[name] = turn.fields.get(name, "")
    turn.change(f"chats.set_{name}", str(chat["id"]), chat)
    return _good(True)


def _list_updates(turn: Turn) -> Json:
    """Return the updates from an offset on; those before it are confirmed, and gone."""
    notes = turn.store.notes
    if notes.get("webhook"):
        raise _refuse(
            turn,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            status=409,
        )
    offset, size = int(turn.fields.get("offset") or 0), int(turn.fields.get("limit") or 100)
    notes["updates"] = [one for one in notes["updates"] if one["update_id"] >= offset]
    return _good(notes["updates"][: max(1, min(size, 100))])


def _set_webhook(turn: Turn) -> Json:
    url = str(turn.fields.get("url") or "")
    if url and not url.startswith("https://"):
        raise _refuse(turn, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    turn.store.notes["webhook"] = url
    turn.change("webhooks.set" if url else "webhooks.delete", url)
    return _good(True)


def _show_webhook(turn: Turn) -> Json:
    waiting = len(turn.store.notes["updates"])
    url = turn.store.notes.get("webhook") or ""
    return _good({"url": url, "has_custom_certificate": False, "pending_update_count": waiting})


def _show_member(turn: Turn) -> Json:
    _chat(turn)
    user = {"id": int(turn.fields.get("user_id") or BOT), "is_bot": False, "first_name": "Ada"}
    return _good({"status": "member", "user": user})


def _show_file(turn: Turn) -> Json:
    file_id = str(turn.fields.get("file_id") or "")
    if len(file_id) < 20:
        raise _refuse(turn, "Bad Request: invalid file_id")
    return _good({"file_id": file_id, "file_unique_id": file_id[:14], "file_path": "photos/file_0.jpg"})


_HANDLERS = {
    "messages.send": _send, "messages.edit": _edit, "messages.delete": _delete, "messages.delete_many": _delete,
    "messages.send_photo": _send_file, "messages.send_document": _send_file, "messages.send_video": _send_file,
    "messages.send_media_group": _send_group, "messages.send_location": _send_location, "messages.forward": _pass_on,
    "messages.forward_many": _pass_on, "messages.copy": _pass_on, "messages.copy_many": _pass_on,
    "chats.get": lambda turn: _good({**_chat(turn), "accent_color_id": 0, "max_reaction_count": 11}),
    "chats.administrators": lambda turn: _good([{"status": "creator", "user": _bot(), "is_anonymous": False}]),
    "chats.member": _show_member, "chats.set_title": _rename, "chats.set_description": _rename,
    "files.get": _show_file, "updates.get": _list_updates, "webhooks.set": _set_webhook, "webhooks.delete": _set_webhook,
    "webhooks.info": _show_webhook, "bots.me": lambda turn: _good(_bot()),
}  # fmt: skip

SHAPE = Shape(
    key="123456789:AAsandbox-{name}",
    refusals={
        "unauthorized": (401, "401", "Unauthorized"),
        "no_route": (404, "404", "Not Found"),
        "throttled": (429, "429", "Too Many Requests"),
        "failed": (500, "500", "Internal Server Error"),
    },
    error=_build_error,
    content_type="application/json",
    keeps=("text", "title"),
    seed=_seed,
    handlers={**{operation.name: _note for operation in integration.operations}, **_HANDLERS},
)
