"""Dropbox: files, folders, shared links.

docs        https://www.dropbox.com/developers/documentation/http/documentation
checked     2026-11, API 2 (in the path; single routes have a version of their own, _v2)
quirks      Every call is a POST. 409 is any error of a route, from "not found" to "busy": its tags tell. A 429 for
            too_many_write_operations is no rate: one writer at a time, or the batch routes. Content goes to another host,
            with its parameters as JSON in a header field, which is made here. A folder's next pages come from another
            route. The root folder is "" (here "/" or nothing too). Batches answer 200 with a tag for each entry, or with
            a job to ask after. The text of a 400 is plain. Tokens pasted from the console end after four hours.
            Webhooks name accounts, not files: keep a cursor for each. files.list_folder/longpoll is not here: it refuses
            a request that is signed.
unverified  all limits but one writer at a time: no figures are published; 2,000 entries on a page; the numbers of the
            batch routes; how the client's secret is sent; when a webhook that fails is switched off.
"""

from __future__ import annotations

import json
from typing import Any

from penstock.catalog.check import Check
from penstock.catalog.definition import (
    BaseParameter,
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    Parameter,
    RateLimitHint,
    Response,
    Signature,
    WebhookSource,
    fields,
    read,
)

_CONTENT = "https://content.dropboxapi.com/2/files"
_WRITES = (
    "files.upload", "files.delete", "files.copy", "files.move", "files.create_folder", "files.save_url", "files.*_batch",
    "upload_session.finish", "upload_session.finish_batch",
)  # fmt: skip
_MEANS = {
    "too_many_write_operations": 429, "internal_error": 500, "not_found": 404, "no_write_permission": 403,
    "access_restricted": 403, "no_permission": 403, "insufficient_permissions": 403,
}  # fmt: skip
_FORBIDDEN = frozenset(
    {"missing_scope", "route_access_denied", "invalid_select_user", "invalid_select_admin"}
)
_FOLDER = """
    path recursive:boolean include_deleted:boolean include_mounted_folders:boolean include_media_info:boolean
    include_has_explicit_shared_members:boolean include_non_downloadable_files:boolean include_restorable_info:boolean
    include_property_groups:any shared_link:object limit:integer
"""
_MOVED = "from_path! to_path! autorename:boolean allow_ownership_transfer:boolean"
_KEPT = (
    "mode:any autorename:boolean client_modified mute:boolean property_groups:array strict_conflict:boolean"
)

# What goes into the header field Dropbox-API-Arg, as JSON: the first of each carries it there.
_ARGUMENTS = {
    "files.upload": fields("path!", _KEPT, "content_hash"),
    "files.download": fields("path!"),
    "upload_session.start": fields("close:boolean session_type=sequential|concurrent content_hash"),
    "upload_session.append": fields("session_id! offset:integer! close:boolean content_hash"),
    "upload_session.finish": fields("session_id! offset:integer! path!", _KEPT, "content_hash"),
}
_CHECKS = {name: Check(Operation(name, "POST", "/", taken), "dropbox") for name, taken in _ARGUMENTS.items()}
_FILE = Parameter("content", type="any", is_required=True, wire="$")


def _list_parameters(name: str) -> tuple[Parameter, ...]:
    """Return what a content route takes: the carrier of the header field, then what is found in it and sent nowhere else."""
    first, *others = _ARGUMENTS[name]
    carrier = Parameter(first.name, "header", is_required=first.is_required, wire="Dropbox-API-Arg")
    return (carrier, *others)


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write the header field of a content route, and the root folder as Dropbox does."""
    taken = _ARGUMENTS.get(operation)
    if taken is None:
        if operation in ("files.list_folder", "files.latest_cursor") and parameters.get("path") in (
            None,
            "/",
        ):
            parameters["path"] = ""
        return parameters
    carrier = taken[0].name
    if str(parameters.get(carrier)).startswith("{"):
        return parameters  # it is written already
    names = [parameter.name for parameter in taken]
    argument = _CHECKS[operation]({name: parameters[name] for name in names if name in parameters})
    if "offset" in argument:
        cursor = {name: argument.pop(name) for name in ("session_id", "offset")}
        if operation == "upload_session.finish":
            digest = {"content_hash": argument.pop("content_hash")} if "content_hash" in argument else {}
            argument = {"cursor": cursor, "commit": argument, **digest}
        else:
            argument = {"cursor": cursor, **argument}
    # A header field is ASCII, and its last character, DEL, may not stand in one either.
    parameters[carrier] = json.dumps(argument, default=str).replace("\x7f", "\\u007f")
    return parameters


def classify(response: Response) -> int | None:
    """Read the tags of an error: a 409 may be anything, and a missing scope is no wrong token."""
    if response.status == 409:
        tags = str(read(response, "error_summary") or "").split("/")
        return next((_MEANS[tag] for tag in tags if tag in _MEANS), None)
    if response.status == 401:
        return 403 if _FORBIDDEN & set(str(read(response, "error_summary") or "").split("/")) else None
    return None


def read_hint(response: Response) -> RateLimitHint | None:
    """Read how long a refusal lasts from its body where no field says it."""
    if response.status != 429 or "retry-after" in response.headers:
        return None
    wait_s = read(response, "error.retry_after")
    return RateLimitHint(retry_after_s=float(wait_s)) if isinstance(wait_s, (int, float)) else None


_ME = Operation(
    "users.current", "POST", "/users/get_current_account", is_idempotent=True, summary="Whose token."
)

integration = Integration(
    name="dropbox",
    title="Dropbox",
    category="file storage",
    docs="https://www.dropbox.com/developers/documentation/http/documentation",
    checked="2026-11",
    base_url="https://api.dropboxapi.com/2",
    base_parameters=(
        BaseParameter("select_user", default="", pattern=r"(dbmid:[\w-]+)?", help="team apps: the member to act as"),
        BaseParameter("select_admin", default="", pattern=r"(dbmid:[\w-]+)?", help="team apps: the administrator to act as"),
    ),
    headers=(("Dropbox-API-Select-User", "{select_user}"), ("Dropbox-API-Select-Admin", "{select_admin}")),
    auth=(
        OAuth2(
            authorize="https://www.dropbox.com/oauth2/authorize",
            token="https://api.dropboxapi.com/oauth2/token",
            revoke="https://api.dropboxapi.com/2/auth/token/revoke",
            scopes=("files.metadata.read", "files.content.read", "files.content.write", "sharing.write"),
            pkce=True,
            token_auth="client_secret_basic",
            refresh="static",
            access_token_lifetime_s=14_400,
            authorize_extra=(("token_access_type", "offline"),),
            keep=("account_id", "team_id"),
            fields_optional=(("client_secret", ""),),
            note="Ask with token_access_type=offline, or there is no refresh token; that one stays until it is revoked."
            " A token made in the App Console ends after four hours.",
        ),
    ),
    limits=(Limit(1, only=_WRITES, source="https://developers.dropbox.com/dbx-performance-guide, 2026-11"),),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=Cursor(
        request="cursor", next="cursor", more="has_more", items="entries", size="limit", max_size=2000,
        follow="list_folder/continue",
    ),
    errors=ErrorShape(message=("user_message.text", "error_summary"), code=("error.*.*", "error.*")),
    timeout_s=300.0,  # a file of 150 MB takes its time
    hosts=("content.dropboxapi.com",),
    hints={
        "not_found": "There is nothing at this path: it begins with /, and an app with its own folder sees only that.",
        "malformed_path": "A path begins with / and does not end in one; the root folder is the empty text.",
        "conflict": "Something else is there already: use another path, autorename=True, or mode=overwrite.",
        "insufficient_space": "The account is full: make room, or ask for more; asking again will not help.",
        "no_write_permission": "The account may only read this folder.",
        "expired_access_token": "Tokens end after four hours: sign in with token_access_type=offline to have them renewed.",
        "invalid_access_token": "Check the token, or sign in again: it was revoked, or the app was removed.",
        "missing_scope": "Switch the scope on in the App Console under Permissions, then sign in again.",
        "too_many_write_operations": "Somebody else writes into the same folder tree: one writer at a time, or a batch route.",
        "too_many_requests": "Other programs use the same app for this account; Penstock waits as long as Dropbox asks.",
        "reset": "The cursor is no longer good: list the folder again from its beginning.",
        "incorrect_offset": "The session is at another offset, which the answer names: go on from there.",
        "400": "Dropbox could not read the request: its text says which field.",
    },
    health=_ME,
    webhooks=WebhookSource(
        Signature("X-Dropbox-Signature", note="The secret is the app's."),
        handshake="A GET with ?challenge=, when the address is saved: answer 200 with it as plain text, and"
        " X-Content-Type-Options: nosniff.",
        answer_within_s=10.0,
        retries="For about ten minutes with growing pauses; an address that fails often is switched off.",
    ),
    operations=(
        _ME,
        Operation(
            "files.upload", "POST", f"{_CONTENT}/upload", (*_list_parameters("files.upload"), _FILE), body="raw",
            is_open=False, summary="content is bytes, 150 MB at most; mode is add, overwrite or an update of a rev.",
        ),
        Operation(
            "files.download", "POST", f"{_CONTENT}/download", _list_parameters("files.download"), is_open=False,
            is_idempotent=True, summary="The file itself: .body has its bytes; the header field Dropbox-API-Result the rest.",
        ),
        Operation(
            "files.delete", "POST", "/files/delete_v2", fields("path! parent_rev"), bulk="files.delete_batch",
            summary="A file, or a folder with all that is in it.",
        ),
        Operation("files.copy", "POST", "/files/copy_v2", fields(_MOVED), bulk="files.copy_batch"),
        Operation("files.move", "POST", "/files/move_v2", fields(_MOVED), bulk="files.move_batch"),
        Operation(
            "files.get_metadata", "POST", "/files/get_metadata",
            fields("""
                path! include_media_info:boolean include_deleted:boolean include_has_explicit_shared_members:boolean
                include_property_groups:any
            """),
            is_idempotent=True, summary="Not of the root folder.",
        ),
        Operation(
            "files.get_temporary_link", "POST", "/files/get_temporary_link", fields("path!"), is_idempotent=True,
            summary="An address anybody can read the file at for four hours.",
        ),
        Operation(
            "files.list_folder", "POST", "/files/list_folder", fields(_FOLDER), is_paginated=True, is_idempotent=True,
            summary="The root without path.",
        ),
        Operation(
            "files.list_folder_continue", "POST", "/files/list_folder/continue", fields("cursor!"), is_paginated=True,
            is_idempotent=True, pagination=Cursor(request="cursor", next="cursor", more="has_more", items="entries"),
            summary="What has changed since a cursor.",
        ),
        Operation(
            "files.latest_cursor", "POST", "/files/list_folder/get_latest_cursor", fields(_FOLDER), is_idempotent=True,
            summary="A cursor for the changes from now on.",
        ),
        Operation(
            "files.create_folder", "POST", "/files/create_folder_v2", fields("path! autorename:boolean"),
            bulk="files.create_folder_batch",
        ),
        Operation(
            "files.search", "POST", "/files/search_v2",
            fields("query! options:object match_field_options:object include_highlights:boolean"),
            is_paginated=True, is_idempotent=True,
            pagination=Cursor(
                request="cursor", next="cursor", more="has_more", items="matches", follow="search/continue_v2"
            ),
            summary='For example options={"path": "/reports", "file_extensions": ["pdf"]}.',
        ),
        Operation(
            "files.list_revisions", "POST", "/files/list_revisions",
            fields("path! mode=path|id limit:integer before_rev include_restorable_info:boolean"), is_idempotent=True,
        ),
        Operation(
            "files.save_url", "POST", "/files/save_url", fields("path! url!"), summary="Dropbox fetches it; gives a job's id."
        ),
        Operation(
            "files.copy_batch", "POST", "/files/copy_batch_v2", fields("entries:array! autorename:boolean"),
            summary='Up to 1,000; entries=[{"from_path": "/a", "to_path": "/b"}].',
        ),
        Operation(
            "files.move_batch", "POST", "/files/move_batch_v2",
            fields("entries:array! autorename:boolean allow_ownership_transfer:boolean"), summary="Up to 1,000.",
        ),
        Operation(
            "files.delete_batch", "POST", "/files/delete_batch", fields("entries:array!"),
            summary='Up to 1,000; entries=[{"path": "/a"}]. Gives a job\'s id.',
        ),
        Operation(
            "files.create_folder_batch", "POST", "/files/create_folder_batch",
            fields("paths:array! autorename:boolean force_async:boolean"), summary="Up to 10,000.",
        ),
        Operation(
            "upload_session.start", "POST", f"{_CONTENT}/upload_session/start",
            (*_list_parameters("upload_session.start"), _FILE), body="raw", is_open=False,
            summary="The first piece of a large file; the last is sent with close=True.",
        ),
        Operation(
            "upload_session.append", "POST", f"{_CONTENT}/upload_session/append_v2",
            (*_list_parameters("upload_session.append"), _FILE), body="raw", is_open=False,
        ),
        Operation(
            "upload_session.finish", "POST", f"{_CONTENT}/upload_session/finish",
            (*_list_parameters("upload_session.finish"), _FILE), body="raw", is_open=False,
            bulk="upload_session.finish_batch",
        ),
        Operation(
            "upload_session.finish_batch", "POST", "/files/upload_session/finish_batch_v2", fields("entries:array!"),
            summary="Up to 1,000 files become visible at once: the way to write many.",
        ),
        Operation(
            "shared_links.create", "POST", "/sharing/create_shared_link_with_settings", fields("path! settings:object"),
            summary="Where there is one already, the error has it.",
        ),
        Operation(
            "shared_links.list", "POST", "/sharing/list_shared_links", fields("path cursor direct_only:boolean"),
            is_paginated=True, is_idempotent=True,
            pagination=Cursor(request="cursor", next="cursor", more="has_more", items="links"),
        ),
    ),
    unverified=(
        "the figures of the limits: none are published",
        "how many entries a page may have",
        "the numbers of the batch routes",
        "how the client's secret is sent",
        "when a webhook that fails is switched off",
    ),
)  # fmt: skip
