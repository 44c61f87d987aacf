"""One Slack workspace in memory, how Slack says no, and what every method does alike (arguments, cursors)."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from penstock.sandbox.state import UPPER, Ids, Record, Table
from penstock.sandbox.wire import Effect, Incoming, Json

MOST_PER_PAGE = 1000


class SlackError(Exception):
    """An answer {"ok": false, "error": code}, with status 200 as Slack has it."""

    def __init__(self, code: str, *, messages: list[str] | None = None, **more: Json) -> None:
        super().__init__(code)
        self.body: dict[str, Json] = {"ok": False, "error": code, **more}
        if messages:
            self.body["response_metadata"] = {"messages": messages}


@dataclass(slots=True)
class Channel:
    """A conversation: its record, its members in the order they came, its messages by ts."""

    record: Record
    members: dict[str, None] = field(default_factory=dict)
    messages: Table = field(default_factory=lambda: Table("thread_ts", "in_history"))
    last_us: int = 0  # the newest ts, in microseconds

    def next_ts(self, at: float) -> str:
        """Return a ts later than every other of the channel."""
        self.last_us = max(self.last_us + 1, int(at * 1_000_000))
        return f"{self.last_us // 1_000_000}.{self.last_us % 1_000_000:06d}"


class World:
    """Hold everything one workspace has."""

    def __init__(self, ids: Ids, name: str) -> None:
        self.ids = ids
        self.name = name
        self.team_id, self.bot_id, self.app_id = self.new_id("T"), self.new_id("B"), self.new_id("A")
        self.users = Table("email")
        self.channels: dict[str, Channel] = {}
        self.listing = Table("type")  # the channels' records
        self.by_name: dict[str, str] = {}
        self.direct: dict[frozenset[str], str] = {}
        self.files = Table()
        self.uploads: dict[str, Record] = {}
        self.scheduled = Table()
        self.bot_user = self.add_user("penstock_sandbox", None, is_bot=True)

    def new_id(self, letter: str) -> str:
        """Return an id as Slack's: a letter and ten capitals and digits."""
        return letter + "0" + self.ids.text(9, UPPER)

    def add_user(self, name: str, real_name: str | None, *, is_bot: bool = False) -> str:
        """Keep a new user and return the id."""
        id = self.new_id("U")
        email = None if is_bot else f"{name}@example.org"
        shown = real_name or name
        profile = {"real_name": shown, "display_name": name, "title": "", "phone": "", "status_text": ""}
        self.users.add(
            id,
            {
                "id": id,
                "team_id": self.team_id,
                "name": name,
                "deleted": False,
                "color": "9f69e7",
                "real_name": shown,
                "tz": "Europe/Berlin",
                "tz_offset": 3600,
                "profile": {**profile, "email": email} if email else profile,
                "is_admin": False,
                "is_owner": False,
                "is_bot": is_bot,
                "is_app_user": False,
                "updated": 1_790_000_000,
                "email": email,
            },
        )
        return id

    def add_channel(self, name: str, type: str, creator: str, at: float, members: list[str]) -> Channel:
        """Keep a new conversation of the type public_channel, private_channel, im or mpim, and return it."""
        id = self.new_id({"im": "D", "mpim": "G"}.get(type, "C"))
        blank = {"value": "", "creator": "", "last_set": 0}
        record: Record = {
            "id": id,
            "name": name,
            "name_normalized": name,
            "type": type,
            "is_channel": type == "public_channel",
            "is_group": type == "private_channel",
            "is_im": type == "im",
            "is_mpim": type == "mpim",
            "is_private": type != "public_channel",
            "is_archived": False,
            "is_general": name == "general",
            "is_shared": False,
            "created": int(at),
            "creator": creator,
            "context_team_id": self.team_id,
            "topic": dict(blank),
            "purpose": dict(blank),
            "previous_names": [],
        }
        channel = self.channels[id] = Channel(record, dict.fromkeys(members))
        self.listing.add(id, record)
        if type in ("public_channel", "private_channel"):
            self.by_name[name] = id
        return channel

    def add_message(
        self, channel: Channel, user: str, text: str, at: float, thread_ts: str | None = None, **more: Json
    ) -> Record:
        """Keep a new message and return it."""
        ts = channel.next_ts(at)
        message: Record = {"type": "message", "user": user, "text": text, "ts": ts, **more}
        if user == self.bot_user:
            message |= {"bot_id": self.bot_id, "app_id": self.app_id, "team": self.team_id}
        if thread_ts is not None:
            message["thread_ts"] = thread_ts
            parent = channel.messages.get(thread_ts)
            if parent is not None:
                channel.messages.update(thread_ts, thread_ts=thread_ts)
                parent["reply_count"] = parent.get("reply_count", 0) + 1
                parent["latest_reply"] = ts
        message["in_history"] = thread_ts is None or bool(more.get("subtype") == "thread_broadcast")
        return channel.messages.add(ts, message)


@dataclass(slots=True)
class Turn:
    """One call on its way: the workspace, who calls, the arguments, what has changed."""

    world: World
    request: Incoming
    given: dict[str, Any]
    user_id: str
    is_bot: bool
    effects: list[Effect] = field(default_factory=list)

    def need(self, *names: str) -> None:
        """Raise SlackError unless every one of these arguments is there."""
        lacking = [name for name in names if self.given.get(name) in (None, "")]
        if lacking:
            raise SlackError(
                "invalid_arguments", messages=[f"[ERROR] missing required field: {name}" for name in lacking]
            )

    def text(self, name: str, default: str = "") -> str:
        """Return an argument as text."""
        value = self.given.get(name)
        return default if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return an argument as a truth."""
        return str(self.given.get(name, "")).lower() in ("1", "true", "on")

    def number(self, name: str, default: int, highest: int = MOST_PER_PAGE) -> int:
        """Return a size. Raises SlackError for one that cannot be."""
        value = self.given.get(name)
        if value in (None, ""):
            return default
        if not str(value).isdigit() or int(value) > highest:
            raise SlackError("invalid_limit")
        return int(value) or default

    def structure(self, name: str) -> Json:
        """Return a structured argument: JSON in a form, itself in a JSON body."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        if value == "":
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(f"invalid_{name}_format" if name == "blocks" else "invalid_arguments") from None

    def channel(self, name: str = "channel", *, has_names: bool = False) -> Channel:
        """Return the conversation an argument names. Raises SlackError."""
        self.need(name)
        given = self.text(name)
        if has_names and not given.startswith(("C", "D", "G")):
            given = self.world.by_name.get(given.lstrip("#"), given)
        found = self.world.channels.get(given)
        if found is None or (found.record["is_private"] and self.user_id not in found.members):
            raise SlackError("channel_not_found")
        return found

    def changed(self, kind: str, id: str, **key: Any) -> None:
        """Note an effect."""
        self.effects.append(Effect(kind, id, {k: v for k, v in key.items() if v not in (None, "", [], {})}))


def write_cursor(kind: str, place: str) -> str:
    """Return the cursor of a place in a list: base64 that ends in "=", as Slack's do."""
    text = f"{kind}:{place}"
    if len(text.encode()) % 3 == 0:
        text += "~"
    return base64.b64encode(text.encode()).decode()


def read_cursor(given: str, kind: str) -> str | None:
    """Return the place a cursor names, None for no cursor. Raises SlackError for one not of this list."""
    if not given:
        return None
    try:
        found, _, place = base64.b64decode(given, validate=True).decode().rstrip("~").partition(":")
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if found != kind or not place:
        raise SlackError("invalid_cursor")
    return place


def next_page(cursor: str) -> Json:
    """Return the response_metadata of a page; "" ends the list."""
    return {"response_metadata": {"next_cursor": cursor}}
