"""Dropbox as the sandbox plays it: an empty folder of an account, errors as tags in a 409, content on its own routes.

Sources: the pages named in integrations/dropbox.py; what the dropbox package reads of metadata, batches and errors.
"""

from __future__ import annotations

import math
from typing import Any

from penstock.integrations.dropbox import integration
from penstock.sandbox.rest.paging import build_token, read_token
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.dropbox import content, files
from penstock.sandbox.vendors.dropbox.files import (
    answer_each,
    bare,
    find,
    nest,
    open_tree,
    read_path,
    refuse,
    remove,
)
from penstock.sandbox.wire import Answer, Json, Pairs, json_answer

PAGE = 2000
MATCHES = 100


def open_vendor(setup: Setup) -> Vendor:
    """Return Dropbox."""
    return RestVendor(setup, integration, SHAPE)


def _build_error(refusal: Refusal) -> Answer:
    """Return tags for a route's error, a reason for a refusal for rate, plain text for a request nobody can read."""
    if refusal.status in (400, 500):
        return Answer(
            refusal.status, refusal.message.encode(), [("Content-Type", "text/plain; charset=utf-8")]
        )
    error: Record = nest(refusal.code)
    if refusal.kind == "throttled":
        error = {"reason": {".tag": refusal.code}, "retry_after": math.ceil(refusal.wait_s or 1.0)}
    if refusal.code.startswith("upload/"):
        tags = refusal.code.removeprefix("upload/")
        error = {".tag": "path", "reason": nest(tags), "upload_session_id": "AAAAAAAAAAE"}
        return json_answer(refusal.status, {"error_summary": f"path/{tags}/..", "error": error})
    summary = refusal.code.partition("=")[0]
    return json_answer(refusal.status, {"error_summary": f"{summary}/..", "error": error})


def _wait(wait_s: float) -> Pairs:
    return [("Retry-After", str(math.ceil(wait_s)))]


def _account(turn: Turn) -> Json:
    name = {"given_name": "Ada", "surname": "Lovelace", "familiar_name": "Ada", "display_name": "Ada Lovelace",
            "abbreviated_name": "AL"}  # fmt: skip
    return {
        "account_id": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc", "name": name, "email": "ada@example.com",
        "email_verified": True, "disabled": False, "locale": "en", "referral_link": "https://www.dropbox.com/referrals/a",
        "is_paired": False, "account_type": {".tag": "basic"},
        "root_info": {".tag": "user", "root_namespace_id": "3235641", "home_namespace_id": "3235641"},
    }  # fmt: skip


def _delete(turn: Turn) -> Json:
    entry = remove(turn, find(turn, turn.fields.get("path"), "path_lookup"))
    turn.change("files.delete", entry["path_display"], entry)
    return {"metadata": entry}


def _make_folder(turn: Turn) -> Json:
    return {"metadata": bare(_add_folder(turn, turn.fields.get("path")))}


def _add_folder(turn: Turn, path: Any) -> Record:
    tree = open_tree(turn)
    key = read_path(turn, path, "path")
    if key in tree.entries:
        if not turn.fields.get("autorename"):
            raise refuse(turn, f"path/conflict/{tree.entries[key]['.tag']}")
        path = files.next_free(tree, str(path))
    entry = files.make_folder(turn, str(path))
    turn.change("files.create_folder", entry["path_display"], entry)
    return entry


def _begin_list(turn: Turn) -> Record:
    """Return the state of a listing that has not begun."""
    path = str(turn.fields.get("path") or "")
    is_recursive = bool(turn.fields.get("recursive"))
    if path == "/":
        raise turn.refuse("invalid", 'path: Specify the root folder as an empty string rather than as "/".')
    key = find(turn, path, "path")["path_lower"] if path else ""
    tree = open_tree(turn)
    left = tree.below(key, is_recursive=is_recursive)
    return {"path": key, "recursive": is_recursive, "left": left, "at": len(tree.journal), "size": PAGE}


def _list(turn: Turn) -> Json:
    return files.list_on(turn, _begin_list(turn), min(int(turn.fields.get("limit") or PAGE), PAGE))


def _go_on(turn: Turn) -> Json:
    state = open_tree(turn).cursors.get(str(turn.fields.get("cursor")))
    if state is None:
        raise turn.refuse("invalid", 'cursor: Invalid "cursor" parameter')
    return files.list_on(turn, state, state["size"])


def _latest(turn: Turn) -> Json:
    state = {**_begin_list(turn), "left": []}
    return {"cursor": files.list_on(turn, state, state["size"])["cursor"]}


def _search(turn: Turn) -> Json:
    """Find names that hold the text; the next pages come from another route."""
    options = turn.fields.get("options") or {}
    word, start = turn.fields.get("query"), 0
    size = int(options.get("max_results") or MATCHES)
    if turn.fields.get("cursor"):
        start = read_token(str(turn.fields["cursor"])) or 0
        word, size = turn.store.notes["searched"]
    turn.store.notes["searched"] = (word, size)
    named = [one for one in open_tree(turn).entries.values() if str(word).lower() in one["name"].lower()]
    shown = named[start : start + size]
    matches = [{"metadata": {".tag": "metadata", "metadata": one}} for one in shown]
    has_more = len(named) > start + size
    return {
        "matches": matches,
        "has_more": has_more,
        **({"cursor": build_token(start + size)} if has_more else {}),
    }


def _relocate_many(turn: Turn) -> Json:
    is_copy = turn.operation is not None and turn.operation.name == "files.copy_batch"
    made = answer_each(
        turn, lambda one: {"success": files.relocate(turn, one, is_copy=is_copy)}, turn.fields.get("entries")
    )
    for one in made["entries"]:
        if one[".tag"] == "failure":
            one["failure"] = {".tag": "relocation_error", "relocation_error": one["failure"]}
    return made


def _delete_many(turn: Turn) -> Json:
    def one(entry: Any) -> Record:
        found = remove(turn, find(turn, entry.get("path"), "path_lookup"))
        turn.change("files.delete", found["path_display"], found)
        return {"metadata": found}

    return answer_each(turn, one, turn.fields.get("entries"))


def _make_folders(turn: Turn) -> Json:
    return answer_each(
        turn, lambda path: {"metadata": bare(_add_folder(turn, path))}, turn.fields.get("paths")
    )


def _share(turn: Turn) -> Json:
    entry, tree = find(turn, turn.fields.get("path"), "path"), open_tree(turn)
    if any(link["path_lower"] == entry["path_lower"] for link in tree.links):
        raise refuse(turn, "shared_link_already_exists")
    link = {
        **entry, "url": f"https://www.dropbox.com/scl/fi/{turn.ids.text(20)}/{entry['name']}?dl=0",
        "link_permissions": {"can_revoke": True, "allow_download": True, "visibility_policies": [],
                             "can_set_expiry": False, "can_remove_expiry": False, "can_allow_download": True,
                             "can_disallow_download": False, "allow_comments": True, "team_restricts_comments": False},
    }  # fmt: skip
    tree.links.append(link)
    turn.change("shared_links.create", link["url"], link)
    return link


def _list_links(turn: Turn) -> Json:
    path = turn.fields.get("path")
    links = [link for link in open_tree(turn).links if not path or link["path_lower"] == str(path).lower()]
    return {"links": links, "has_more": False}


def _list_revisions(turn: Turn) -> Json:
    entry = find(turn, turn.fields.get("path"), "path")
    size = int(turn.fields.get("limit") or 10)
    kept = open_tree(turn).revisions.get(entry["path_lower"], [])[::-1]
    shown = [bare(one) for one in kept[:size]]
    return {"is_deleted": False, "has_more": len(kept) > size, "entries": shown}


def _save_url(turn: Turn) -> Json:
    if not turn.fields.get("url"):
        raise turn.refuse("invalid", "url")
    path = str(turn.fields.get("path"))
    read_path(turn, path, "path")
    saved = files.save_file(turn, path, str(turn.fields["url"]).encode())
    turn.change("files.save_url", saved["path_display"], saved)
    return {".tag": "complete", **bare(saved)}


SHAPE = Shape(
    key="sl.u.sandbox-{name}",
    refusals={
        "unauthorized": (401, "invalid_access_token", "invalid_access_token/.."),
        "no_route": (400, "unknown", 'Unknown API function: "{what}"'),
        "invalid": (400, "bad_input", "Error in call to API function: request body: {what}"),
        "throttled": (429, "too_many_requests", "too_many_requests/.."),
        "failed": (500, "internal", "Internal server error"),
    },
    error=_build_error,
    wait_fields=_wait,
    content_type="application/json",
    keeps=("path_display", "name"),
    handlers={
        **content.HANDLERS,
        "users.current": _account, "files.delete": _delete,
        "files.copy": lambda turn: {"metadata": files.relocate(turn, turn.fields, is_copy=True)},
        "files.move": lambda turn: {"metadata": files.relocate(turn, turn.fields, is_copy=False)},
        "files.get_metadata": lambda turn: find(turn, turn.fields.get("path"), "path"),
        "files.get_temporary_link": lambda turn: {
            "metadata": bare(find(turn, turn.fields.get("path"), "path")),
            "link": f"https://dl.dropboxusercontent.com/cd/0/get/{turn.ids.text(30)}/file",
        },
        "files.list_folder": _list, "files.list_folder_continue": _go_on, "files.latest_cursor": _latest,
        "files.create_folder": _make_folder, "files.search": _search, "files.list_revisions": _list_revisions,
        "files.save_url": _save_url, "files.copy_batch": _relocate_many, "files.move_batch": _relocate_many,
        "files.delete_batch": _delete_many, "files.create_folder_batch": _make_folders,
        "shared_links.create": _share, "shared_links.list": _list_links,
    },
    routes={"POST /files/search/continue_v2": "files.search"},
)  # fmt: skip
