"""GitLab's files, commits, branches, tags and releases: contents are kept for each branch, history as a list."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.gitlab.tracker import make
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer


def _ref(turn: Turn) -> str:
    ref = turn.query.get("ref") or "main"
    return "main" if ref == "HEAD" else ref


def _find(turn: Turn) -> Record:
    record = turn.table("files", turn.values["id"]).get(f"{_ref(turn)}:{turn.values['file_path']}")
    if record is None:
        raise turn.refuse("not_found", message="404 File Not Found")
    return record


def _commit(turn: Turn, message: str) -> Record:
    id = turn.ids.text(40, "0123456789abcdef")
    record = {
        "id": id, "short_id": id[:8], "title": message.partition("\n")[0], "message": message, "author_name": "Sandbox",
        "created_at": iso_time(turn.now), "parent_ids": [], "web_url": f"https://gitlab.com/sandbox/demo/-/commit/{id}",
    }  # fmt: skip
    return turn.table("commits", turn.values["id"]).add(id, record)


def _write(turn: Turn, action: str, branch: str, path: str, given: Record) -> None:
    """Make, change or delete one file of a branch. Raises GitLab's refusals."""
    table, key = turn.table("files", turn.values["id"]), f"{branch}:{path}"
    if (action == "create") == (key in table):
        words = (
            "A file with this name already exists"
            if action == "create"
            else "A file with this name doesn't exist"
        )
        raise turn.refuse("invalid", code="message", message=words)
    table.remove(key)
    if action != "delete":
        text = str(given.get("content") or "")
        content = base64.b64decode(text) if given.get("encoding") == "base64" else text.encode()
        table.add(key, {"path": path, "ref": branch, "content": content})
    turn.change(f"files.{action}", path, {"name": path})


def _write_one(turn: Turn) -> Json | Answer:
    operation = turn.operation
    assert operation is not None
    fields = {**turn.query, **turn.fields}
    for name in ("branch", "commit_message"):
        if not fields.get(name):
            raise turn.refuse("invalid", name)
    path, branch = turn.values["file_path"], str(fields["branch"])
    _write(turn, operation.name.rpartition(".")[2], branch, path, fields)
    _commit(turn, str(fields["commit_message"]))
    if operation.method == "DELETE":
        return Answer(204)
    return json_answer(201 if operation.method == "POST" else 200, {"file_path": path, "branch": branch})


def _write_many(turn: Turn) -> Json:
    for name in ("branch", "commit_message", "actions"):
        if not turn.fields.get(name):
            raise turn.refuse("invalid", name)
    for one in turn.fields["actions"]:
        _write(turn, str(one["action"]), str(turn.fields["branch"]), str(one["file_path"]), one)
    return _commit(turn, str(turn.fields["commit_message"]))


def _get_file(turn: Turn) -> Json:
    if not turn.query.get("ref"):
        raise turn.refuse("invalid", "ref")
    record = _find(turn)
    content: bytes = record["content"]
    digest = hashlib.sha256(content).hexdigest()
    return {
        "file_name": record["path"].rpartition("/")[2], "file_path": record["path"], "size": len(content), "encoding": "base64",
        "content": base64.b64encode(content).decode(), "content_sha256": digest, "ref": _ref(turn), "blob_id": digest[:40],
        "commit_id": "0" * 40, "last_commit_id": "0" * 40, "execute_filemode": False,
    }  # fmt: skip


def _list_tree(turn: Turn) -> Answer:
    ref, below = _ref(turn), turn.query.get("path", "")
    paths = [one["path"] for one in turn.table("files", turn.values["id"]) if one["ref"] == ref]
    rows = [
        {"id": hashlib.sha1(path.encode()).hexdigest(), "name": path.rpartition("/")[2], "type": "blob", "path": path,
         "mode": "100644"}
        for path in sorted(paths) if path.startswith(below)
    ]  # fmt: skip
    return answer_rows(turn, rows)


def _make_tag_too(turn: Turn) -> Answer:
    name = turn.fields.get("tag_name")
    if name and name not in turn.table("tags", turn.values["id"]):
        turn.table("tags", turn.values["id"]).add(
            str(name), {"name": name, "message": None, "target": "0" * 40}
        )
    return make(turn)


HANDLERS: dict[str, Callable[[Turn], Json | Answer]] = {
    **{f"files.{action}": _write_one for action in ("create", "update", "delete")},
    "files.get": _get_file,
    "files.get_raw": lambda turn: Answer(200, _find(turn)["content"], [("Content-Type", "text/plain")]),
    "files.list": _list_tree,
    "commits.create": _write_many,
    "commits.list": lambda turn: answer_rows(turn, list(turn.table("commits", turn.values["id"]))[::-1]),
    "branches.create": make,
    "releases.create": _make_tag_too,
}
