"""Dropbox's file tree: entries by their lower-case path, revisions, and a journal that cursors read on from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from penstock.sandbox.rest.shape import Refusal
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import HEX, Record
from penstock.sandbox.wire import Json, iso_time

BLOCK = 4 * 1024 * 1024  # of which the content hash is made


class Tree:
    """Keep one account's files and folders."""

    def __init__(self) -> None:
        self.entries: dict[str, Record] = {}
        self.contents: dict[str, bytes] = {}  # by revision
        self.revisions: dict[str, list[Record]] = {}
        self.journal: list[Record] = []
        self.sessions: dict[str, bytes] = {}
        self.cursors: dict[str, Record] = {}
        self.links: list[Record] = []

    def below(self, path: str, *, is_recursive: bool) -> list[Record]:
        """Return what lies in a folder, by its lower-case path, in the order of the paths."""
        found = [key for key in sorted(self.entries) if key.startswith(f"{path}/")]
        if not is_recursive:
            found = [key for key in found if "/" not in key[len(path) + 1 :]]
        return [self.entries[key] for key in found]


def open_tree(turn: Turn) -> Tree:
    """Return the account's tree, made the first time."""
    tree = turn.store.notes.get("tree")
    if tree is None:
        tree = turn.store.notes["tree"] = Tree()
    return tree


def refuse(turn: Turn, tags: str) -> Refusal:
    """Return a route's own error: its tags, from the outermost in ("path/not_found", "incorrect_offset=6")."""
    return turn.refuse("invalid", status=409, code=tags, message=f"{tags}/..")


def nest(tags: str) -> Record:
    """Return an error as its tags say it: each outer one holds the next under its own name."""
    first, _, rest = tags.partition("/")
    tag, _, number = first.partition("=")
    if number:
        return {".tag": tag, "correct_offset": int(number)}
    return {".tag": first, first: nest(rest)} if rest else {".tag": first}


def read_path(turn: Turn, path: Any, tag: str) -> str:
    """Return a path in lower case. Raises the route's error for one that is not written as a path is."""
    text = str(path or "")
    known = next((key for key, one in open_tree(turn).entries.items() if one["id"] == text), None)
    if known is not None:
        return known
    if text.startswith("id:"):
        raise refuse(turn, f"{tag}/not_found")
    if not text.startswith("/") or text.endswith("/"):
        raise refuse(turn, f"{tag}/malformed_path")
    return text.lower()


def find(turn: Turn, path: Any, tag: str) -> Record:
    """Return the entry at a path. Raises the route's error where there is none."""
    entry = open_tree(turn).entries.get(read_path(turn, path, tag))
    if entry is None:
        raise refuse(turn, f"{tag}/not_found")
    return entry


def hash_content(content: bytes) -> str:
    """Return Dropbox's content hash: SHA-256 over the SHA-256 of each block."""
    blocks = [content[start : start + BLOCK] for start in range(0, len(content), BLOCK)]
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()


def _put(turn: Turn, path: str, entry: Record) -> Record:
    tree = open_tree(turn)
    for end in [index for index, letter in enumerate(path) if letter == "/"][1:]:
        if path[:end].lower() not in tree.entries:  # the folders on the way are made with it
            make_folder(turn, path[:end])
    named = {"name": path.rpartition("/")[2], "path_lower": path.lower(), "path_display": path}
    whole = {**entry, **named, "id": entry.get("id") or f"id:{turn.ids.text(22)}"}
    tree.entries[path.lower()] = whole
    tree.journal.append(whole)
    return whole


def make_folder(turn: Turn, path: str) -> Record:
    """Keep a folder and return it."""
    return _put(turn, path, {".tag": "folder"})


def save_file(turn: Turn, path: str, content: bytes, before: Record | None = None) -> Record:
    """Keep a file's new revision and return it."""
    at = iso_time(turn.now)
    entry = {
        ".tag": "file", "client_modified": at, "server_modified": at, "rev": f"0{turn.ids.text(22, HEX)}",
        "size": len(content), "is_downloadable": True, "content_hash": hash_content(content),
    }  # fmt: skip
    saved = _put(turn, path, entry | ({"id": before["id"]} if before else {}))
    tree = open_tree(turn)
    tree.contents[saved["rev"]] = content
    tree.revisions.setdefault(saved["path_lower"], []).append(saved)
    return saved


def write(turn: Turn, given: Record, content: bytes, tag: str) -> Record:
    """Keep what is uploaded: a new file, a new revision, the same again, or a file beside it, as asked."""
    tree, path = open_tree(turn), str(given.get("path") or "")
    key = read_path(turn, path, tag)
    before = tree.entries.get(key)
    mode = given.get("mode") or "add"
    kind = mode.get(".tag") if isinstance(mode, dict) else mode
    is_new = before is None or before[".tag"] != "file"
    if before is not None and before[".tag"] == "folder" and not given.get("autorename"):
        raise refuse(turn, f"{tag}/conflict/folder")
    is_same = not is_new and before is not None and before["content_hash"] == hash_content(content)
    if before is not None and is_same and not given.get("strict_conflict"):
        return before
    is_meant = kind == "overwrite" or (
        isinstance(mode, dict)
        and kind == "update"
        and before is not None
        and mode.get("update") == before.get("rev")
    )
    if before is not None and not is_meant:
        if not given.get("autorename"):
            raise refuse(turn, f"{tag}/conflict/file")
        path, before = next_free(tree, path), None
    saved = save_file(turn, before["path_display"] if before else path, content, before)
    turn.change("files.upload", saved["path_display"], saved)
    return saved


def next_free(tree: Tree, path: str) -> str:
    """Return the path with the first number in brackets that nobody has: "a (1).txt"."""
    stem, dot, end = path.rpartition(".")
    stem, end = (stem, f".{end}") if dot and "/" not in end else (path, "")
    number = 1
    while f"{stem} ({number}){end}".lower() in tree.entries:
        number += 1
    return f"{stem} ({number}){end}"


def remove(turn: Turn, entry: Record) -> Record:
    """Take an entry out, and all that lies below it."""
    tree, path = open_tree(turn), entry["path_lower"]
    for one in [entry, *tree.below(path, is_recursive=True)]:
        del tree.entries[one["path_lower"]]
        tree.journal.append(
            {".tag": "deleted", **{name: one[name] for name in ("name", "path_lower", "path_display")}}
        )
    return entry


def relocate(turn: Turn, given: Record, *, is_copy: bool) -> Record:
    """Copy or move an entry, with all that lies below it."""
    tree = open_tree(turn)
    source = find(turn, given.get("from_path"), "from_lookup")
    target = str(given.get("to_path") or "")
    if read_path(turn, target, "to") in tree.entries:
        if not given.get("autorename"):
            raise refuse(turn, f"to/conflict/{tree.entries[target.lower()]['.tag']}")
        target = next_free(tree, target)
    start = len(source["path_display"])
    moved = [source, *tree.below(source["path_lower"], is_recursive=True)]
    if not is_copy:
        remove(turn, source)
    made: list[Record] = []
    for one in moved:
        path = target + one["path_display"][start:]
        kept = one if not is_copy else {**one, "id": None}
        made.append(_put(turn, path, kept))
    turn.change("files.copy" if is_copy else "files.move", made[0]["path_display"], made[0])
    return made[0]


def list_on(turn: Turn, state: Record, size: int) -> Json:
    """Return the next page of a listing, or what has changed since it was finished, with the cursor that goes on."""
    tree = open_tree(turn)
    entries: list[Record] = state["left"]
    at = state["at"]
    if not entries:
        path, changed = state["path"], tree.journal[at:]
        entries = [one for one in changed if one["path_lower"].startswith(f"{path}/")]
        if not state["recursive"]:
            entries = [one for one in entries if "/" not in one["path_lower"][len(path) + 1 :]]
        at = len(tree.journal)
    cursor = f"AAG{turn.ids.text(60)}"
    tree.cursors[cursor] = {**state, "left": entries[size:], "at": at, "size": size}
    return {"entries": entries[:size], "cursor": cursor, "has_more": len(entries) > size}


def bare(entry: Record) -> Record:
    """Return metadata where its kind is plain from the place: without a tag."""
    return {name: value for name, value in entry.items() if name != ".tag"}


def answer_each(turn: Turn, one: Callable[[Any], Record], entries: Any) -> Json:
    """Answer a batch at once: each entry succeeds or fails by itself."""
    answered: list[Record] = []
    for entry in entries or []:
        try:
            answered.append({".tag": "success", **one(entry)})
        except Refusal as exc:
            answered.append({".tag": "failure", "failure": nest(exc.code)})
    return {".tag": "complete", "entries": answered}
