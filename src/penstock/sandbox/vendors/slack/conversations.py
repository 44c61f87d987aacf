"""Slack's conversations.*: list, read, make, join, invite, archive."""

from __future__ import annotations

import re
from collections.abc import Callable

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.slack.world import (
    Channel,
    SlackError,
    Turn,
    next_page,
    read_cursor,
    write_cursor,
)
from penstock.sandbox.wire import Json

TYPES = ("public_channel", "private_channel", "mpim", "im")
MOST_INVITED = 100
_NAME = re.compile(r"[\w\-]{1,80}")


def show(turn: Turn, channel: Channel) -> Json:
    """Return a conversation as Slack answers it."""
    record = {key: value for key, value in channel.record.items() if key != "type"}
    if record["is_im"]:
        record["user"] = next((m for m in channel.members if m != turn.user_id), turn.user_id)
        return record
    return {**record, "is_member": turn.user_id in channel.members, "num_members": len(channel.members)}


def listed(turn: Turn) -> Json:
    size = turn.number("limit", 100)
    types = {name.strip() for name in turn.text("types", "public_channel").split(",")}
    if not types <= set(TYPES):
        raise SlackError("invalid_types")
    is_excluding = turn.flag("exclude_archived")
    world = turn.world

    def keep(record: Record) -> bool:
        return (
            record["type"] in types
            and not (is_excluding and record["is_archived"])
            and (not record["is_private"] or turn.user_id in world.channels[record["id"]].members)
        )

    after = read_cursor(turn.text("cursor"), "channel")
    if after is not None and after not in world.channels:
        raise SlackError("invalid_cursor")
    found, more = world.listing.page(size, after=after, is_newest_first=False, keep=keep)
    shown = [show(turn, world.channels[record["id"]]) for record in found]
    return {"channels": shown, **next_page(write_cursor("channel", found[-1]["id"]) if more else "")}


def info(turn: Turn) -> Json:
    return {"channel": show(turn, turn.channel())}


def create(turn: Turn) -> Json:
    turn.need("name")
    name = turn.text("name").lower().replace(" ", "-")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name_maxlength" if len(name) > 80 else "invalid_name_specials")
    if name in turn.world.by_name:
        raise SlackError("name_taken")
    type = "private_channel" if turn.flag("is_private") else "public_channel"
    channel = turn.world.add_channel(name, type, turn.user_id, turn.request.at, [turn.user_id])
    turn.changed("channels.create", channel.record["id"], name=name)
    return {"channel": show(turn, channel)}


def history(turn: Turn) -> Json:
    """Answer messages newest first; replies stay in their threads."""
    channel = turn.channel()
    if turn.user_id not in channel.members and channel.record["is_private"]:
        raise SlackError("not_in_channel")
    size = turn.number("limit", 100, 999)
    after = read_cursor(turn.text("cursor"), "next_ts")
    if after is not None and after not in channel.messages:
        raise SlackError("invalid_cursor")
    keep = _between(turn)
    where = ("in_history", True)
    found, more = channel.messages.page(size, after=after, where=where, keep=keep)
    answer: dict[str, Json] = {"messages": [show_message(m) for m in found], "has_more": more, "pin_count": 0}
    if more:
        answer |= {"response_metadata": {"next_cursor": write_cursor("next_ts", found[-1]["ts"])}}
    return answer


def replies(turn: Turn) -> Json:
    """Answer a thread: the message it hangs on, then its replies, oldest first."""
    channel = turn.channel()
    turn.need("ts")
    parent = channel.messages.get(turn.text("ts"))
    if parent is None:
        raise SlackError("thread_not_found")
    size = turn.number("limit", 1000, 1000)
    after = read_cursor(turn.text("cursor"), "reply_ts")
    if parent.get("thread_ts") is None:
        return {"messages": [show_message(parent)], "has_more": False}
    thread = ("thread_ts", parent["thread_ts"])
    found, more = channel.messages.page(size, after=after, is_newest_first=False, where=thread)
    answer: dict[str, Json] = {"messages": [show_message(m) for m in found], "has_more": more}
    if more:
        answer |= next_page(write_cursor("reply_ts", found[-1]["ts"]))
    return answer


def show_message(message: Record) -> Json:
    """Return a message as Slack answers it."""
    return {key: value for key, value in message.items() if key != "in_history"}


def _between(turn: Turn) -> Callable[[Record], bool] | None:
    oldest, latest, inclusive = turn.text("oldest"), turn.text("latest"), turn.flag("inclusive")
    if not oldest and not latest:
        return None
    try:
        low, high = float(oldest or 0), float(latest or 1e12)
    except ValueError:
        raise SlackError("invalid_ts_oldest" if oldest else "invalid_ts_latest") from None

    def keep(message: Record) -> bool:
        at = float(message["ts"])
        return low < at < high or (inclusive and at in (low, high))

    return keep


def members(turn: Turn) -> Json:
    channel = turn.channel()
    size = turn.number("limit", 100)
    place = read_cursor(turn.text("cursor"), "offset")
    offset = int(place) if place and place.isdigit() else 0
    every = list(channel.members)
    found = every[offset : offset + size]
    is_last = offset + size >= len(every)
    return {"members": found, **next_page("" if is_last else write_cursor("offset", str(offset + size)))}


def invite(turn: Turn) -> Json:
    channel = _open_channel(turn)
    turn.need("users")
    users = [user.strip() for user in turn.text("users").split(",") if user.strip()]
    if len(users) > MOST_INVITED:
        raise SlackError("too_many_users")
    if turn.user_id not in channel.members:
        raise SlackError("not_in_channel")
    errors = [
        {"user": user, "ok": False, "error": code}
        for user in users
        if (code := _why_not(turn, channel, user))
    ]
    if errors and not turn.flag("force"):
        raise SlackError(str(errors[0]["error"]), errors=errors)
    for user in users:
        if user in turn.world.users:
            channel.members[user] = None
    turn.changed("channels.invite", channel.record["id"], users=users)
    return {"channel": show(turn, channel)}


def _why_not(turn: Turn, channel: Channel, user: str) -> str | None:
    if user not in turn.world.users:
        return "user_not_found"
    if user == turn.user_id:
        return "cant_invite_self"
    return "already_in_channel" if user in channel.members else None


def kick(turn: Turn) -> Json:
    channel = _open_channel(turn)
    turn.need("user")
    user = turn.text("user")
    if user == turn.user_id:
        raise SlackError("cant_kick_self")
    if user not in channel.members:
        raise SlackError("not_in_channel")
    del channel.members[user]
    turn.changed("channels.kick", channel.record["id"], user=user)
    return {"errors": {}}


def join(turn: Turn) -> Json:
    channel = _open_channel(turn)
    if channel.record["is_private"]:
        raise SlackError("method_not_supported_for_channel_type")
    if turn.user_id in channel.members:
        warnings = {"response_metadata": {"warnings": ["already_in_channel"]}}
        return {"channel": show(turn, channel), "warning": "already_in_channel", **warnings}
    channel.members[turn.user_id] = None
    turn.changed("channels.join", channel.record["id"])
    return {"channel": show(turn, channel)}


def leave(turn: Turn) -> Json:
    channel = turn.channel()
    if channel.record["is_general"]:
        raise SlackError("cant_leave_general")
    if turn.user_id not in channel.members:
        return {"not_in_channel": True}
    del channel.members[turn.user_id]
    turn.changed("channels.leave", channel.record["id"])
    return {}


def opened(turn: Turn) -> Json:
    """Open a direct conversation with the users named; the same users open the same one."""
    if turn.text("channel"):
        return {"channel": {"id": turn.channel().record["id"]}, "no_op": True, "already_open": True}
    turn.need("users")
    users = [user.strip() for user in turn.text("users").split(",") if user.strip()]
    for user in users:
        if user not in turn.world.users:
            raise SlackError("user_not_found")
    if len(users) > 8:
        raise SlackError("too_many_users")
    everyone = frozenset({*users, turn.user_id})
    known = turn.world.direct.get(everyone)
    if known is None:
        type = "im" if len(everyone) <= 2 else "mpim"
        name = "" if type == "im" else f"mpdm-{len(turn.world.direct) + 1}"
        channel = turn.world.add_channel(name, type, turn.user_id, turn.request.at, sorted(everyone))
        known = turn.world.direct[everyone] = channel.record["id"]
        turn.changed("channels.open", known, users=users)
        state: dict[str, Json] = {}
    else:
        state = {"no_op": True, "already_open": True}
    found = turn.world.channels[known]
    return {"channel": show(turn, found) if turn.flag("return_im") else {"id": known}, **state}


def archive(turn: Turn) -> Json:
    channel = turn.channel()
    if channel.record["is_general"]:
        raise SlackError("cant_archive_general")
    if channel.record["is_im"] or channel.record["is_mpim"]:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.record["is_archived"]:
        raise SlackError("already_archived")
    channel.record["is_archived"] = True
    turn.changed("channels.archive", channel.record["id"], name=channel.record["name"])
    return {}


def unarchive(turn: Turn) -> Json:
    channel = turn.channel()
    if not channel.record["is_archived"]:
        raise SlackError("not_archived")
    channel.record["is_archived"] = False
    turn.changed("channels.unarchive", channel.record["id"], name=channel.record["name"])
    return {}


def rename(turn: Turn) -> Json:
    channel = _open_channel(turn)
    turn.need("name")
    name = turn.text("name").lower().replace(" ", "-")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    if turn.world.by_name.get(name, channel.record["id"]) != channel.record["id"]:
        raise SlackError("name_taken")
    turn.world.by_name.pop(channel.record["name"], None)
    turn.world.by_name[name] = channel.record["id"]
    channel.record["previous_names"].insert(0, channel.record["name"])
    channel.record |= {"name": name, "name_normalized": name}
    turn.changed("channels.rename", channel.record["id"], name=name)
    return {"channel": show(turn, channel)}


def set_topic(turn: Turn) -> Json:
    return _set(turn, "topic")


def set_purpose(turn: Turn) -> Json:
    return _set(turn, "purpose")


def _set(turn: Turn, name: str) -> Json:
    channel = _open_channel(turn)
    turn.need(name)
    value = turn.text(name)
    if len(value) > 250:
        raise SlackError("too_long")
    channel.record[name] = {"value": value, "creator": turn.user_id, "last_set": int(turn.request.at)}
    turn.changed(f"channels.set_{name}", channel.record["id"], value=value)
    return {"channel": show(turn, channel)} if name == "topic" else {name: value}


def _open_channel(turn: Turn) -> Channel:
    channel = turn.channel()
    if channel.record["is_archived"]:
        raise SlackError("is_archived")
    return channel


# method -> (what runs, tier, whether it writes: those alone take JSON bodies)
METHODS = {
    "conversations.list": (listed, "tier_2", False),
    "conversations.info": (info, "tier_3", False),
    "conversations.history": (history, "tier_3", False),
    "conversations.replies": (replies, "tier_3", False),
    "conversations.members": (members, "tier_4", False),
    "conversations.create": (create, "tier_2", True),
    "conversations.invite": (invite, "tier_3", True),
    "conversations.kick": (kick, "tier_3", True),
    "conversations.join": (join, "tier_3", True),
    "conversations.leave": (leave, "tier_3", True),
    "conversations.open": (opened, "tier_3", True),
    "conversations.archive": (archive, "tier_2", True),
    "conversations.unarchive": (unarchive, "tier_2", True),
    "conversations.rename": (rename, "tier_2", True),
    "conversations.setTopic": (set_topic, "tier_2", True),
    "conversations.setPurpose": (set_purpose, "tier_2", True),
}
