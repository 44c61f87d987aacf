"""Slack's messages: post, change, delete, schedule, find; and reactions to them."""

from __future__ import annotations

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.slack.conversations import show_message
from penstock.sandbox.vendors.slack.world import Channel, SlackError, Turn
from penstock.sandbox.wire import Json

LONGEST_TEXT = 40_000
MOST_BLOCKS = 50
FARTHEST_S = 120 * 86_400  # a message can be scheduled for 120 days ahead


def post(turn: Turn) -> Json:
    channel = _writable(turn, has_names=True)
    content = _content(turn)
    thread = turn.text("thread_ts") or None
    if thread is not None and thread not in channel.messages:
        raise SlackError("thread_not_found")
    more = dict(content)
    text = str(more.pop("text"))
    if thread is not None and turn.flag("reply_broadcast"):
        more["subtype"] = "thread_broadcast"
    message = turn.world.add_message(channel, turn.user_id, text, turn.request.at, thread, **more)
    id = channel.record["id"]
    turn.changed("messages.post", message["ts"], channel=id, text=text, metadata=message.get("metadata"))
    return {"channel": id, "ts": message["ts"], "message": show_message(message)}


def _writable(turn: Turn, *, has_names: bool = False) -> Channel:
    turn.need("channel")
    given = turn.text("channel")
    if has_names and given in turn.world.users:
        channel = _direct(turn, given)
    else:
        channel = turn.channel(has_names=has_names)
    if channel.record["is_archived"]:
        raise SlackError("is_archived")
    if turn.user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _direct(turn: Turn, user: str) -> Channel:
    """Return the direct conversation with a user: posting to a user's id opens one."""
    everyone = frozenset({user, turn.user_id})
    known = turn.world.direct.get(everyone)
    if known is None:
        channel = turn.world.add_channel("", "im", turn.user_id, turn.request.at, sorted(everyone))
        known = turn.world.direct[everyone] = channel.record["id"]
    return turn.world.channels[known]


def _content(turn: Turn) -> dict[str, Json]:
    """Return a message's text, blocks, attachments and metadata. Raises SlackError."""
    blocks, attachments = turn.structure("blocks"), turn.structure("attachments")
    if blocks is not None and (not isinstance(blocks, list) or not all(isinstance(b, dict) for b in blocks)):
        raise SlackError("invalid_blocks_format")
    if blocks and len(blocks) > MOST_BLOCKS:
        raise SlackError("invalid_blocks", messages=[f"[ERROR] no more than {MOST_BLOCKS} items allowed"])
    text = turn.text("text")
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if len(text) > LONGEST_TEXT:
        raise SlackError("msg_too_long")
    content: dict[str, Json] = {"text": text}
    named = {"blocks": blocks, "attachments": attachments, "metadata": turn.structure("metadata")}
    return content | {name: value for name, value in named.items() if value}


def update(turn: Turn) -> Json:
    channel = turn.channel()
    message = _own(turn, channel, "cant_update_message")
    content = _content(turn)
    message |= {**content, "edited": {"user": turn.user_id, "ts": channel.next_ts(turn.request.at)}}
    id = channel.record["id"]
    turn.changed("messages.update", message["ts"], channel=id, text=message["text"])
    return {"channel": id, "ts": message["ts"], "text": message["text"], "message": show_message(message)}


def delete(turn: Turn) -> Json:
    channel = turn.channel()
    message = _own(turn, channel, "cant_delete_message")
    channel.messages.remove(message["ts"])
    turn.changed("messages.delete", message["ts"], channel=channel.record["id"])
    return {"channel": channel.record["id"], "ts": message["ts"]}


def _own(turn: Turn, channel: Channel, refusal: str) -> Record:
    turn.need("ts")
    message = channel.messages.get(turn.text("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message["user"] != turn.user_id:
        raise SlackError(refusal)
    return message


def post_ephemeral(turn: Turn) -> Json:
    channel = _writable(turn)
    turn.need("user")
    if turn.text("user") not in channel.members:
        raise SlackError("user_not_in_channel")
    content = _content(turn)
    ts = channel.next_ts(turn.request.at)
    turn.changed(
        "messages.postEphemeral",
        ts,
        channel=channel.record["id"],
        user=turn.text("user"),
        text=content["text"],
    )
    return {"message_ts": ts}


def schedule(turn: Turn) -> Json:
    channel = _writable(turn, has_names=True)
    turn.need("post_at")
    given = turn.text("post_at")
    if not given.isdigit():
        raise SlackError("invalid_time")
    post_at = int(given)
    if post_at <= turn.request.at:
        raise SlackError("time_in_past")
    if post_at > turn.request.at + FARTHEST_S:
        raise SlackError("time_too_far")
    content = _content(turn)
    id = turn.world.new_id("Q")
    record = {"id": id, "channel_id": channel.record["id"], "post_at": post_at, "text": content["text"]}
    turn.world.scheduled.add(id, {**record, "date_created": int(turn.request.at)})
    turn.changed("messages.schedule", id, channel=channel.record["id"], text=content["text"])
    message = {
        "text": content["text"],
        "type": "delayed_message",
        "bot_id": turn.world.bot_id,
        "team": turn.world.team_id,
    }
    shown = {"channel": channel.record["id"], "scheduled_message_id": id, "post_at": post_at}
    return {**shown, "message": {**message, "user": turn.user_id}}


def list_scheduled(turn: Turn) -> Json:
    wanted = turn.text("channel")
    found, _ = turn.world.scheduled.page(100, keep=lambda r: not wanted or bool(r["channel_id"] == wanted))
    return {"scheduled_messages": found, "response_metadata": {"next_cursor": ""}}


def delete_scheduled(turn: Turn) -> Json:
    turn.need("scheduled_message_id")
    if turn.world.scheduled.remove(turn.text("scheduled_message_id")) is None:
        raise SlackError("invalid_scheduled_message_id")
    turn.changed("messages.unschedule", turn.text("scheduled_message_id"))
    return {}


def permalink(turn: Turn) -> Json:
    channel = turn.channel()
    turn.need("message_ts")
    ts = turn.text("message_ts")
    if ts not in channel.messages:
        raise SlackError("message_not_found")
    id = channel.record["id"]
    return {
        "channel": id,
        "permalink": f"https://{turn.world.name}.slack.com/archives/{id}/p{ts.replace('.', '')}",
    }


def search(turn: Turn) -> Json:
    """Answer search.messages: for user tokens only, by pages and not by cursors."""
    if turn.is_bot:
        raise SlackError("not_allowed_token_type")
    turn.need("query")
    words = turn.text("query").lower().split()
    count, page = turn.number("count", 20, 100), turn.number("page", 1, 100)
    matches = [
        {**show_message(message), "channel": {"id": channel.record["id"], "name": channel.record["name"]}}
        for channel in turn.world.channels.values()
        if not channel.record["is_private"] or turn.user_id in channel.members
        for message in channel.messages
        if all(word in message["text"].lower() for word in words)
    ]
    matches.sort(key=lambda match: str(match["ts"]), reverse=True)
    total = len(matches)
    pages = -(-total // count)
    paging = {"count": count, "total": total, "page": page, "pages": pages}
    shown = matches[(page - 1) * count : page * count]
    return {"query": turn.text("query"), "messages": {"total": total, "paging": paging, "matches": shown}}


def add_reaction(turn: Turn) -> Json:
    channel, message, name = _reacted(turn)
    reactions = message.setdefault("reactions", [])
    known = next((r for r in reactions if r["name"] == name), None)
    if known is not None and turn.user_id in known["users"]:
        raise SlackError("already_reacted")
    if known is None:
        known = {"name": name, "users": [], "count": 0}
        reactions.append(known)
    known["users"].append(turn.user_id)
    known["count"] += 1
    turn.changed("reactions.add", message["ts"], channel=channel.record["id"], name=name)
    return {}


def remove_reaction(turn: Turn) -> Json:
    channel, message, name = _reacted(turn)
    known = next((r for r in message.get("reactions", ()) if r["name"] == name), None)
    if known is None or turn.user_id not in known["users"]:
        raise SlackError("no_reaction")
    known["users"].remove(turn.user_id)
    known["count"] -= 1
    if not known["count"]:
        message["reactions"].remove(known)
    turn.changed("reactions.remove", message["ts"], channel=channel.record["id"], name=name)
    return {}


def get_reactions(turn: Turn) -> Json:
    channel = turn.channel()
    turn.need("timestamp")
    message = channel.messages.get(turn.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    return {"type": "message", "channel": channel.record["id"], "message": show_message(message)}


def _reacted(turn: Turn) -> tuple[Channel, Record, str]:
    turn.need("channel", "name", "timestamp")
    channel = turn.channel()
    message = channel.messages.get(turn.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    name = turn.text("name").strip(":")
    if not name.replace("_", "").replace("-", "").replace("+", "").replace(":", "").isalnum():
        raise SlackError("invalid_name")
    return channel, message, name


METHODS = {
    "chat.postMessage": (post, "post", True),
    "chat.update": (update, "tier_3", True),
    "chat.delete": (delete, "tier_3", True),
    "chat.postEphemeral": (post_ephemeral, "tier_4", True),
    "chat.scheduleMessage": (schedule, "tier_3", True),
    "chat.deleteScheduledMessage": (delete_scheduled, "tier_3", True),
    "chat.scheduledMessages.list": (list_scheduled, "tier_3", True),
    "chat.getPermalink": (permalink, "special", False),
    "search.messages": (search, "tier_2", False),
    "reactions.add": (add_reaction, "tier_3", True),
    "reactions.remove": (remove_reaction, "tier_2", True),
    "reactions.get": (get_reactions, "tier_3", False),
}
