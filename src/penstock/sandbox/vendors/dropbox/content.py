"""Dropbox's content routes: what is asked stands in a header field, and the body is the file. Sessions too."""

from __future__ import annotations

import json
from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.dropbox.files import answer_each, bare, find, open_tree, refuse, write
from penstock.sandbox.wire import Answer, Json, json_answer


def _argument(turn: Turn) -> Record:
    """Return what a content route was asked: the JSON in its header field."""
    try:
        found = json.loads(turn.request.headers.get("Dropbox-API-Arg", "{}"))
    except ValueError:
        raise turn.refuse("invalid", "HTTP header Dropbox-API-Arg: could not decode input as JSON") from None
    return dict(found) if isinstance(found, dict) else {}


def _upload(turn: Turn) -> Json:
    return bare(write(turn, _argument(turn), turn.request.body, "upload"))


def _download(turn: Turn) -> Answer:
    entry = find(turn, _argument(turn).get("path"), "path")
    if entry[".tag"] != "file":
        raise refuse(turn, "path/not_file")
    told = ("Dropbox-API-Result", json.dumps(bare(entry)))
    content = open_tree(turn).contents[entry["rev"]]
    return Answer(200, content, [("Content-Type", "application/octet-stream"), told])


def _start_session(turn: Turn) -> Json:
    id = f"AAAAAAAA{turn.ids.text(14)}"
    open_tree(turn).sessions[id] = turn.request.body
    return {"session_id": id}


def _session(turn: Turn, cursor: Any, tag: str) -> tuple[str, bytes]:
    """Return a session's id and what it holds. Raises the route's error where the offset is another."""
    id = str((cursor or {}).get("session_id"))
    held = open_tree(turn).sessions.get(id)
    if held is None:
        raise refuse(turn, f"{tag}not_found")
    if cursor.get("offset") != len(held):
        raise refuse(turn, f"{tag}incorrect_offset={len(held)}")
    return id, held


def _append(turn: Turn) -> Answer:
    id, held = _session(turn, _argument(turn).get("cursor"), "")
    open_tree(turn).sessions[id] = held + turn.request.body
    return json_answer(200, None)


def _finish(turn: Turn, given: Record, last: bytes) -> Record:
    id, held = _session(turn, given.get("cursor"), "lookup_failed/")
    saved = write(turn, given.get("commit") or {}, held + last, "path")
    del open_tree(turn).sessions[id]
    return saved


def _finish_many(turn: Turn) -> Json:
    done = answer_each(turn, lambda one: bare(_finish(turn, one, b"")), turn.fields.get("entries"))
    return {"entries": done["entries"]}


HANDLERS = {
    "files.upload": _upload,
    "files.download": _download,
    "upload_session.start": _start_session,
    "upload_session.append": _append,
    "upload_session.finish": lambda turn: bare(_finish(turn, _argument(turn), turn.request.body)),
    "upload_session.finish_batch": _finish_many,
}
