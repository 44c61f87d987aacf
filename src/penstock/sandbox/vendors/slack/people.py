"""Slack's users, files and views, and auth.test."""

from __future__ import annotations

import re

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.slack.conversations import show
from penstock.sandbox.vendors.slack.world import SlackError, Turn, World, next_page, read_cursor, write_cursor
from penstock.sandbox.wire import Json

_TRIGGER = re.compile(r"\d+\.\d+\.[0-9a-f]+")


def auth_test(turn: Turn) -> Json:
    world = turn.world
    user = world.users.get(turn.user_id)
    assert user is not None  # the caller is a user of the workspace
    answer = {"url": f"https://{world.name}.slack.com/", "team": world.name, "user": user["name"]}
    answer |= {"team_id": world.team_id, "user_id": turn.user_id}
    return answer | ({"bot_id": world.bot_id, "is_enterprise_install": False} if turn.is_bot else {})


def api_test(turn: Turn) -> Json:
    if turn.text("error"):
        raise SlackError(turn.text("error"), args=turn.given)
    return {"args": turn.given}


def list_users(turn: Turn) -> Json:
    """Answer users by pages, or all of them where no limit is given."""
    size = turn.number("limit", len(turn.world.users))
    after = read_cursor(turn.text("cursor"), "user")
    if after is not None and after not in turn.world.users:
        raise SlackError("invalid_cursor")
    found, more = turn.world.users.page(size, after=after, is_newest_first=False)
    cursor = write_cursor("user", found[-1]["id"]) if more else ""
    return {"members": [_user(user) for user in found], "cache_ts": int(turn.request.at), **next_page(cursor)}


def user_info(turn: Turn) -> Json:
    turn.need("user")
    user = turn.world.users.get(turn.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": _user(user)}


def look_up(turn: Turn) -> Json:
    turn.need("email")
    found = turn.world.users.find("email", turn.text("email").lower())
    if not found:
        raise SlackError("users_not_found")
    return {"user": _user(found[0])}


def user_conversations(turn: Turn) -> Json:
    user = turn.text("user", turn.user_id)
    size = turn.number("limit", 100)
    channels = turn.world.channels
    after = read_cursor(turn.text("cursor"), "channel")

    def keep(record: Record) -> bool:
        return (
            record["type"] in ("public_channel", "private_channel") and user in channels[record["id"]].members
        )

    found, more = turn.world.listing.page(size, after=after, is_newest_first=False, keep=keep)
    cursor = write_cursor("channel", found[-1]["id"]) if more else ""
    return {"channels": [show(turn, channels[record["id"]]) for record in found], **next_page(cursor)}


def _user(user: Record) -> Json:
    return {key: value for key, value in user.items() if key != "email"}


def upload_url(turn: Turn) -> Json:
    turn.need("filename", "length")
    if not turn.text("length").isdigit() or turn.text("length") == "0":
        raise SlackError(
            "invalid_arguments",
            messages=["[ERROR] input must be a number greater than 0 [json-pointer:/length]"],
        )
    id = turn.world.new_id("F")
    record = {"id": id, "name": turn.text("filename"), "size": int(turn.text("length")), "content": None}
    turn.world.uploads[id] = record
    return {"upload_url": f"{turn.request.base}/upload/v1/{id}", "file_id": id}


def complete_upload(turn: Turn) -> Json:
    """Make files of what was uploaded, and share them where a channel is named."""
    files = turn.structure("files")
    if not isinstance(files, list) or not files:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: files"])
    channel = turn.channel("channel_id") if turn.text("channel_id") else None
    if channel is not None and turn.user_id not in channel.members:
        raise SlackError("not_in_channel")
    uploads = []
    for given in files:
        upload = turn.world.uploads.get(str(given.get("id")) if isinstance(given, dict) else "")
        if upload is None or upload["content"] is None:
            raise SlackError("file_not_found")
        uploads.append((upload, given.get("title") or upload["name"]))
    made = [_file(turn, upload, title) for upload, title in uploads]
    if channel is not None:
        text = turn.text("initial_comment")
        turn.world.add_message(
            channel, turn.user_id, text, turn.request.at, turn.text("thread_ts") or None, files=made
        )
        for file in made:
            file["channels"] = [channel.record["id"]]
    for file in made:
        turn.changed("files.completeUpload", file["id"], name=file["name"], size=file["size"])
    return {"files": made}


def _file(turn: Turn, upload: Record, title: str) -> Record:
    id = upload["id"]
    del turn.world.uploads[id]
    return turn.world.files.add(
        id,
        {
            "id": id,
            "created": int(turn.request.at),
            "timestamp": int(turn.request.at),
            "name": upload["name"],
            "title": title,
            "filetype": upload["name"].rpartition(".")[2],
            "user": turn.user_id,
            "size": len(upload["content"]),
            "mode": "hosted",
            "is_public": False,
            "channels": [],
            "permalink": f"https://{turn.world.name}.slack.com/files/{turn.user_id}/{id}/{upload['name']}",
        },
    )


def list_files(turn: Turn) -> Json:
    """Answer files by numbered pages, newest first."""
    count, page = turn.number("count", 100), turn.number("page", 1)
    user, channel = turn.text("user"), turn.text("channel")

    def keep(record: Record) -> bool:
        return (not user or record["user"] == user) and (not channel or channel in record["channels"])

    files = turn.world.files
    if user or channel:
        found, _ = files.page(len(files), keep=keep)
        total, shown = len(found), found[(page - 1) * count : page * count]
    else:
        total, (shown, _) = len(files), files.page(count, offset=(page - 1) * count)
    return {
        "files": shown,
        "paging": {"count": count, "total": total, "page": page, "pages": -(-total // count)},
    }


def file_info(turn: Turn) -> Json:
    return {"file": _named_file(turn), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete_file(turn: Turn) -> Json:
    file = _named_file(turn)
    turn.world.files.remove(file["id"])
    turn.changed("files.delete", file["id"], name=file["name"])
    return {}


def _named_file(turn: Turn) -> Record:
    turn.need("file")
    file = turn.world.files.get(turn.text("file"))
    if file is None:
        raise SlackError("file_not_found")
    return file


def open_view(turn: Turn) -> Json:
    turn.need("trigger_id", "view")
    if not _TRIGGER.fullmatch(turn.text("trigger_id")):
        raise SlackError("invalid_trigger_id")
    return _view(turn, ("modal",))


def publish_view(turn: Turn) -> Json:
    turn.need("user_id", "view")
    if turn.text("user_id") not in turn.world.users:
        raise SlackError("user_not_found")
    return _view(turn, ("home",))


def _view(turn: Turn, types: tuple[str, ...]) -> Json:
    view = turn.structure("view")
    if (
        not isinstance(view, dict)
        or view.get("type") not in types
        or not isinstance(view.get("blocks"), list)
    ):
        raise SlackError("invalid_arguments", messages=["[ERROR] view is not valid [json-pointer:/view]"])
    id = turn.world.new_id("V")
    more = {
        "id": id,
        "team_id": turn.world.team_id,
        "hash": f"{int(turn.request.at)}.{turn.world.ids.text(8)}",
    }
    turn.changed("views.open", id, type=view["type"])
    return {
        "view": {**view, **more, "app_id": turn.world.app_id, "bot_id": turn.world.bot_id, "root_view_id": id}
    }


def fill(world: World, at: float) -> None:
    """Put 45 people, 14 channels and a conversation in general into a new workspace."""
    firsts = ("ada", "bjorn", "chloe", "dana", "emre", "fatima", "grazyna", "hugo", "ines")
    lasts = ("aberg", "brandt", "costa", "dubois", "eklund")
    people = [world.add_user(f"{f}.{s}", f"{f.title()} {s.title()}") for s in lasts for f in firsts]
    names = ("general", "random", *(f"team-{number:02d}" for number in range(1, 11)))
    for name in names:
        world.add_channel(name, "public_channel", people[0], at - 9e6, [world.bot_user, *people])
    world.add_channel("back-room", "private_channel", people[0], at - 9e6, [world.bot_user, *people[:5]])
    world.add_channel("board-only", "private_channel", people[0], at - 9e6, people[:3])
    general = world.channels[world.by_name["general"]]
    for index in range(60):
        world.add_message(
            general,
            people[index % len(people)],
            f"Good morning, number {index + 1}",
            at - 86_400 + index * 60,
        )
    first = next(iter(general.messages))["ts"]
    for index in range(5):
        world.add_message(general, people[index + 1], f"And to you ({index + 1})", at - 80_000 + index, first)


METHODS = {
    "auth.test": (auth_test, "special", True),
    "api.test": (api_test, "tier_4", True),
    "users.list": (list_users, "tier_2", False),
    "users.info": (user_info, "tier_4", False),
    "users.lookupByEmail": (look_up, "tier_3", False),
    "users.conversations": (user_conversations, "tier_3", False),
    "files.getUploadURLExternal": (upload_url, "tier_4", False),
    "files.completeUploadExternal": (complete_upload, "tier_4", True),
    "files.list": (list_files, "tier_3", False),
    "files.info": (file_info, "tier_4", False),
    "files.delete": (delete_file, "tier_3", True),
    "views.open": (open_view, "tier_4", True),
    "views.publish": (publish_view, "tier_4", True),
}
