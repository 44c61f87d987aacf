"""Discord as the sandbox plays it: one server with a channel and 240 members, snowflakes, the newest message first.

Sources: the pages named in integrations/discord.py; what discord.py 2 reads of messages, members and refusals.
"""

from __future__ import annotations

from datetime import UTC, datetime

from penstock.integrations.discord import integration
from penstock.sandbox.rest.acting import create, find
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Ids, Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.wire import Answer, Json, Pairs, json_answer

GUILD, CHANNEL, BOT = "197038439483310086", "155101607195836416", "80351110224678912"
MEMBERS = 240
LONGEST = 2000
# What there is none of: its name and number in Discord's list of codes.
_UNKNOWN = {
    "channels": ("Unknown Channel", 10003), "guilds": ("Unknown Guild", 10004), "members": ("Unknown Member", 10007),
    "messages": ("Unknown Message", 10008), "bans": ("Unknown Ban", 10026), "webhooks": ("Unknown Webhook", 10015),
}  # fmt: skip
_FILLED = ("content", "embeds", "sticker_ids", "components", "poll", "attachments")


def open_vendor(setup: Setup) -> Vendor:
    """Return Discord."""
    return RestVendor(setup, integration, SHAPE)


def _build_error(refusal: Refusal) -> Answer:
    """Return Discord's own body; a refusal for rate says its wait in it."""
    message, code = refusal.message, int(refusal.code)
    if refusal.kind == "not_found":
        message, code = _UNKNOWN.get(message.partition(" ")[0], ("404: Not Found", 0))
    body: Record = {"message": message, "code": code}
    if refusal.kind == "throttled":
        body = {"message": message, "retry_after": refusal.wait_s or 1.0, "global": False}
    if code == 50035:
        body["errors"] = {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Too long."}]}}
    return json_answer(refusal.status, body)


def _wait(wait_s: float) -> Pairs:
    return [
        ("Retry-After", str(int(wait_s) + 1)), ("X-RateLimit-Scope", "user"), ("X-RateLimit-Remaining", "0"),
        ("X-RateLimit-Reset-After", f"{wait_s:.3f}"),
    ]  # fmt: skip


def _id(ids: Ids, collection: str) -> str:
    return str(1_100_000_000_000_000_000 + (ids.next("snowflake") << 22))


def _user(id: str, name: str, *, is_bot: bool = False) -> Record:
    known = {"id": id, "username": name, "discriminator": "0", "bot": is_bot}
    return {**known, "global_name": None, "avatar": None, "flags": 0}


def _time(turn: Turn) -> str:
    return datetime.fromtimestamp(turn.now, UTC).isoformat()


def _channel(id: str, kind: int, name: str, guild_id: str | None = GUILD) -> Record:
    return {
        "id": id, "type": kind, "name": name, "guild_id": guild_id, "position": 0, "parent_id": None, "topic": None,
        "nsfw": False, "permission_overwrites": [], "rate_limit_per_user": 0, "last_message_id": None, "flags": 0,
    }  # fmt: skip


def _build(turn: Turn, id: str, given: Record) -> Record:
    """Return a message as it is kept."""
    if not any(given.get(name) for name in _FILLED):
        raise turn.refuse("invalid", code="50006", message="Cannot send an empty message")
    if len(str(given.get("content") or "")) > LONGEST:
        raise turn.refuse("invalid")
    author = given.get("author") or _user(BOT, "sandbox", is_bot=True)
    return {
        "id": id, "type": 0, "channel_id": turn.values.get("channel_id", CHANNEL), "author": author,
        "content": given.get("content") or "", "timestamp": _time(turn), "edited_timestamp": None, "tts": False,
        "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
        "embeds": given.get("embeds") or [], "components": given.get("components") or [], "pinned": False, "flags": 0,
    }  # fmt: skip


def _merge(turn: Turn, record: Record, given: Record) -> None:
    record.update(given)
    if turn.collection == "messages":
        record["edited_timestamp"] = _time(turn)


def _seed(turn: Turn) -> None:
    guild: Record = {
        "id": GUILD,
        "name": "Sandbox",
        "icon": None,
        "owner_id": "1",
        "features": [],
        "roles": [],
    }
    turn.table("guilds").add(GUILD, guild)
    turn.table("channels").add(CHANNEL, _channel(CHANNEL, 0, "general"))
    for number in range(1, MEMBERS + 1):
        user = _user(str(900_000_000_000_000_000 + number), f"member{number:03}")
        joined: Record = {"user": user, "nick": None, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False,
                  "mute": False, "flags": 0}  # fmt: skip
        turn.table("members", GUILD).add(user["id"], joined)


def _list_messages(turn: Turn) -> Json:
    """Return a channel's messages from the newest back, or those after one, the newest of them first."""
    channel = find(turn, turn.values["channel_id"], collection="channels")
    table = turn.table("messages", channel["id"])
    size = max(1, min(100, int(turn.query.get("limit", "50"))))
    before, after = turn.query.get("before"), turn.query.get("after")
    if after is not None:
        return table.page(size, after=after if after in table else None, is_newest_first=False)[0][::-1]
    if before is not None and before not in table:
        return []
    return table.page(size, after=before)[0]


def _send(turn: Turn) -> Json:
    find(turn, turn.values["channel_id"], collection="channels")
    return create(turn, turn.fields)


def _delete_many(turn: Turn) -> Answer:
    ids = turn.fields.get("messages") or []
    if not 2 <= len(ids) <= 100:
        raise turn.refuse("invalid", code="50016", message="Provided too few or too many messages to delete.")
    table = turn.table("messages", turn.values["channel_id"])
    for id in ids:
        if table.remove(str(id)) is not None:
            turn.change("messages.delete", str(id))
    return Answer(204)


def _make_channel(turn: Turn) -> Json:
    is_thread = turn.operation is not None and turn.operation.name == "threads.create"
    if not turn.fields.get("name"):
        raise turn.refuse("invalid")
    id = turn.shape.new_id(turn.ids, "channels")
    record = _channel(id, int(turn.fields.get("type") or (11 if is_thread else 0)), str(turn.fields["name"]))
    record |= {name: value for name, value in turn.fields.items() if name in record}
    if is_thread:
        record["parent_id"] = turn.values["channel_id"]
    turn.table("channels").add(id, record)
    turn.change("channels.create", id, record)
    return json_answer(201, record)


def _react(turn: Turn) -> Answer:
    message = turn.values["message_id"]
    if message not in turn.table("messages", turn.values["channel_id"]):
        raise turn.refuse("not_found", f"messages {message}")
    turn.change("reactions.add", message)
    return Answer(204)


def _change_role(turn: Turn) -> Answer:
    member = turn.table("members", turn.values["guild_id"]).get(turn.values["user_id"])
    if member is None:
        raise turn.refuse("not_found", f"members {turn.values['user_id']}")
    role, is_added = turn.values["role_id"], turn.request.method == "PUT"
    member["roles"] = [*(one for one in member["roles"] if one != role), *([role] if is_added else [])]
    turn.change("members.add_role" if is_added else "members.remove_role", turn.values["user_id"])
    return Answer(204)


def _ban(turn: Turn) -> Json:
    """Ban one or many; whoever is banned already cannot be again in bulk."""
    guild, is_bulk = turn.values["guild_id"], turn.request.method == "POST"
    asked = [str(id) for id in turn.fields.get("user_ids") or []] if is_bulk else [turn.values["user_id"]]
    bans, members = turn.table("bans", guild), turn.table("members", guild)
    banned = [id for id in asked if id not in bans]
    for id in banned:
        bans.add(id, {"user": {"id": id}, "reason": None})
        members.remove(id)
        turn.change("members.ban", id)
    if not is_bulk:
        return Answer(204)
    return {"banned_users": banned, "failed_users": [id for id in asked if id not in banned]}


def _unban(turn: Turn) -> Answer:
    id = turn.values["user_id"]
    if turn.table("bans", turn.values["guild_id"]).remove(id) is None:
        raise turn.refuse("not_found", f"bans {id}")
    turn.change("members.unban", id)
    return Answer(204)


def _open_direct(turn: Turn) -> Json:
    person = str(turn.fields.get("recipient_id") or "")
    if not person:
        raise turn.refuse("invalid")
    known = turn.store.notes.setdefault("direct", {})
    if person not in known:
        known[person] = turn.shape.new_id(turn.ids, "channels")
        record = {"id": known[person], "type": 1, "recipients": [_user(person, "someone")], "flags": 0}
        turn.table("channels").add(known[person], record | {"last_message_id": None})
        turn.change("dms.create", known[person])
    return turn.table("channels").get(known[person])


def _make_webhook(turn: Turn) -> Json:
    channel = find(turn, turn.values["channel_id"], collection="channels")
    id, token = turn.shape.new_id(turn.ids, "webhooks"), turn.ids.text(68)
    record = {"id": id, "type": 1, "channel_id": channel["id"], "guild_id": GUILD, "name": turn.fields.get("name"),
              "avatar": None, "token": token, "application_id": None}  # fmt: skip
    turn.table("webhooks").add(id, record)
    turn.change("webhooks.create", id, record)
    return record


def _run_webhook(turn: Turn) -> Json | Answer:
    hook = turn.table("webhooks").get(turn.values["webhook_id"])
    if hook is None or hook["token"] != turn.values["webhook_token"]:
        raise turn.refuse("not_found", "webhooks")
    turn.values = {"channel_id": hook["channel_id"]}
    author = _user(hook["id"], str(turn.fields.get("username") or hook["name"]), is_bot=True)
    id = turn.shape.new_id(turn.ids, "messages")
    record = _build(turn, id, {**turn.fields, "author": author}) | {"webhook_id": hook["id"]}
    turn.table("messages", hook["channel_id"]).add(id, record)
    turn.change("messages.create", id, record)
    return record if turn.query.get("wait") == "true" else Answer(204)


def _set_commands(turn: Turn) -> Json:
    commands = turn.body if isinstance(turn.body, list) else []
    turn.change("commands.overwrite", turn.values["application_id"])
    return [
        {"id": turn.shape.new_id(turn.ids, "commands"), "type": 1, "version": "1", **one} for one in commands
    ]


def _respond(turn: Turn) -> Answer:
    turn.change("interactions.respond", turn.values["interaction_id"])
    return Answer(204)


def _describe_app(turn: Turn) -> Json:
    return {
        "id": BOT, "name": "sandbox", "description": "", "icon": None, "flags": 0, "bot_public": True,
        "bot_require_code_grant": False, "owner": _user("1", "owner"), "team": None, "verify_key": "0" * 64, "summary": "",
    }  # fmt: skip


SHAPE = Shape(
    key="MTk4NjIyNDgzNDcxOTI1MjQ4.Sandbox.{name}",
    new_id=_id,
    build=_build,
    merge=_merge,
    deleted=lambda turn, record: record if turn.collection == "channels" else None,
    refusals={
        "unauthorized": (401, "0", "401: Unauthorized"),
        "forbidden": (403, "50013", "Missing Permissions"),
        "no_route": (404, "0", "404: Not Found"),
        "not_found": (404, "0", "{what}"),
        "invalid": (400, "50035", "Invalid Form Body"),
        "throttled": (429, "0", "You are being rate limited."),
        "failed": (500, "0", "500: Internal Server Error"),
    },
    error=_build_error,
    wait_fields=_wait,
    headers=lambda: [("Via", "1.1 google")],  # without it a client takes a 429 for the edge's ban
    content_type="application/json",
    keeps=("content", "name", "username"),
    seed=_seed,
    actions={"members.kick": "delete"},
    collections={"members.kick": "members"},
    handlers={
        "users.me": lambda turn: _user(BOT, "sandbox", is_bot=True),
        "guild_channels.list": lambda turn: [
            one for one in turn.table("channels") if one.get("guild_id") == turn.values["guild_id"]
        ],
        "guild_channels.create": _make_channel,
        "threads.create": _make_channel,
        "messages.create": _send,
        "messages.list": _list_messages,
        "messages.bulk_delete": _delete_many,
        "reactions.add": _react,
        "members.add_role": _change_role,
        "members.remove_role": _change_role,
        "members.ban": _ban,
        "members.bulk_ban": _ban,
        "members.unban": _unban,
        "dms.create": _open_direct,
        "webhooks.create": _make_webhook,
        "webhooks.execute": _run_webhook,
        "interactions.respond": _respond,
        "commands.overwrite": _set_commands,
    },
    open_paths={f"GET {path}": _describe_app for path in ("/oauth2/applications/@me", "/applications/@me")},
)  # fmt: skip
