"""Notion: pages, blocks, and the data sources of databases.

docs        https://developers.notion.com/reference/intro
checked     2026-11, API version 2026-03-11 (in the header Notion-Version; without it every call is refused)
quirks      Since 2025-09-03 a database holds data sources, and rows are asked of a data_source_id. Whatever was not shared
            with the connection is a 404. 529 means too busy: it waits like a 429, for every method; a 409 is two writes at
            once: nothing was done. What is too large (100 blocks, 2,000 characters in a text) is a 400. Appending is a
            PATCH that is not safe to send twice. Columns that are no parameters become properties, each in Notion's own
            form: Name={"title": [{"text": {"content": "Ada"}}]}.
unverified  180 calls a minute: since 2026 the figure depends on the plan and is not published; the workspace has another;
            revoking; lifetimes of OAuth tokens; how soon a webhook wants its answer; parameters of 2026 that the
            description lacks.
"""

from __future__ import annotations

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://developers.notion.com/reference/request-limits, 2026-11"
_PAGE = "start_cursor page_size:integer"
_ROWS = Cursor(
    request="start_cursor",
    next="next_cursor",
    more="has_more",
    size="page_size",
    items="results",
    max_size=100,
)


def classify(response: Response) -> Verdict | int | None:
    """Take 529 for what it is, a refusal for now, and a collision of two writes for one that may be tried again."""
    if response.status == 529:
        return 429
    if response.status == 409 and read(response, "code") == "conflict_error":
        return Verdict.TRANSIENT  # the write was rolled back
    return None


_ME = Operation("users.me", "GET", "/users/me", summary="The connection's own user.")

integration = Integration(
    name="notion",
    title="Notion",
    category="productivity",
    docs="https://developers.notion.com/reference/intro",
    checked="2026-11",
    base_url="https://api.notion.com/v1",
    base_parameters=(
        BaseParameter("version", default="2026-03-11", pattern=r"\d{4}-\d\d-\d\d", help="the API version"),
    ),
    headers=(("Notion-Version", "{version}"),),
    auth=(
        Bearer("token", note="ntn_... (older ones secret_...): an internal connection. Share the pages with it first."),
        OAuth2(
            authorize="https://api.notion.com/v1/oauth/authorize?owner=user",
            token="https://api.notion.com/v1/oauth/token",
            revoke="https://api.notion.com/v1/oauth/revoke",
            pkce=False,
            token_auth="client_secret_basic",
            refresh="rotates",
            encoding="json",
            keep=("workspace_id", "workspace_name", "bot_id"),
            note="The token request has a JSON body. No scopes and no expires_in: refresh after a 401; each refresh"
            " gives a new refresh token too.",
        ),
    ),
    limits=(Limit(180, per=60.0, source=_RATES),),
    classify=classify,
    pagination=_ROWS,
    errors=ErrorShape(message=("message",), code=("code",)),
    hints={
        "object_not_found": "Share the page or database with the connection: ... > Connections. Rows are asked of a"
        " data_source_id, not of a database_id.",
        "validation_error": "The message names the field. Properties take Notion's own form; a text has at most 2,000"
        " characters, a call at most 100 blocks.",
        "unauthorized": "Check the token: it may be from another workspace, revoked, or expired.",
        "restricted_resource": "Give the connection the capability this needs (read, insert or update content, comments,"
        " user information) in its settings.",
        "rate_limited": "Other connections share the workspace's limit; Penstock waits as long as Notion asks.",
        "service_overload": "Notion is too busy; Penstock waits and asks again.",
        "conflict_error": "Somebody wrote the same thing at the same moment; Penstock tries again.",
        "missing_version": "The header Notion-Version got lost on the way: a proxy may strip it.",
        "invalid_request_url": "Check the ids in the path, and the version: since 2025-09-03 rows are below /data_sources.",
        "504": "Large data sources often take too long: ask with a filter, or with a smaller page_size.",
    },
    health=_ME,
    operations=(
        Operation(
            "pages.create", "POST", "/pages",
            fields("/parent:object! properties:object /children:array /markdown /icon:object /cover:object /template:object"
                   " /position:object"),
            into="properties", summary='parent={"data_source_id": ...} makes a row, parent={"page_id": ...} a page.',
        ),
        Operation("pages.get", "GET", "/pages/{page_id}", fields("filter_properties:array")),
        Operation(
            "pages.update", "PATCH", "/pages/{page_id}",
            fields("properties:object /in_trash:boolean /is_locked:boolean /icon:object /cover:object /template:object"
                   " /erase_content:boolean"),
            into="properties", is_idempotent=True,
        ),
        Operation(
            "pages.archive", "PATCH", "/pages/{page_id}", fixed={"in_trash": True}, is_idempotent=True,
            summary="Into the trash; pages.update(page_id, in_trash=False) brings it back.",
        ),
        Operation("pages.move", "POST", "/pages/{page_id}/move", fields("parent:object!"), is_idempotent=True),
        Operation("pages.get_markdown", "GET", "/pages/{page_id}/markdown", fields("include_transcript:boolean")),
        Operation(
            "pages.update_markdown", "PATCH", "/pages/{page_id}/markdown",
            fields("""
                type=replace_content|update_content|insert_content|replace_content_range! replace_content:object
                update_content:object insert_content:object replace_content_range:object
            """),
        ),
        Operation(
            "page_properties.get", "GET", "/pages/{page_id}/properties/{property_id}", fields(_PAGE), is_paginated=True,
            summary="Texts, relations and people come in pages; the value of any other kind stands in the answer itself.",
        ),
        Operation("blocks.get", "GET", "/blocks/{block_id}"),
        Operation(
            "blocks.list_children", "GET", "/blocks/{block_id}/children", fields(_PAGE), is_paginated=True,
            summary="Those right below; a block with has_children is asked for its own.",
        ),
        Operation(
            "blocks.append_children", "PATCH", "/blocks/{block_id}/children",
            fields("children:array! position:object after"), summary="Up to 100 blocks, two levels deep.",
        ),
        Operation(
            "blocks.update", "PATCH", "/blocks/{block_id}", fields("in_trash:boolean"), is_idempotent=True,
            summary='The block\'s own kind names what changes: paragraph={"rich_text": [...]}.',
        ),
        Operation("blocks.delete", "DELETE", "/blocks/{block_id}"),
        Operation("databases.get", "GET", "/databases/{database_id}", summary="Its data_sources with their ids."),
        Operation("data_sources.get", "GET", "/data_sources/{data_source_id}", summary="The properties, as columns."),
        Operation(
            "data_sources.query", "POST", "/data_sources/{data_source_id}/query",
            fields("filter:object sorts:array in_trash:boolean result_type=page|data_source", _PAGE, "?filter_properties:array"),
            is_paginated=True, is_idempotent=True, summary="The rows; each is a page.",
        ),
        Operation(
            "data_sources.create", "POST", "/data_sources", fields("parent:object! properties:object! title:array icon:object"),
            summary='parent={"database_id": ...}.',
        ),
        Operation(
            "data_sources.update", "PATCH", "/data_sources/{data_source_id}",
            fields("title:array properties:object icon:object in_trash:boolean parent:object"), is_idempotent=True,
        ),
        Operation(
            "data_source_templates.list", "GET", "/data_sources/{data_source_id}/templates", fields(_PAGE),
            is_paginated=True, items="templates",
        ),
        Operation(
            "workspace.search", "POST", "/search", fields("query filter:object sort:object", _PAGE),
            is_paginated=True, is_idempotent=True,
            summary='Finds titles. filter={"property": "object", "value": "data_source"}, or "page".',
        ),
        Operation(
            "comments.create", "POST", "/comments",
            fields("rich_text:array! parent:object discussion_id attachments:array display_name:object"),
            summary="On a page or a block with parent=, in a discussion with discussion_id=.",
        ),
        Operation("comments.list", "GET", "/comments", fields("block_id!", _PAGE), is_paginated=True),
        Operation("users.list", "GET", "/users", fields(_PAGE), is_paginated=True),
        Operation("users.get", "GET", "/users/{user_id}"),
        _ME,
    ),
    webhooks=WebhookSource(
        Signature("X-Notion-Signature", prefix="sha256=", note="The key is the verification_token of the handshake."),
        event="body:type",
        delivery="body:id",
        handshake="One unsigned delivery holds verification_token; a person pastes it into the connection's settings.",
        retries="Up to 8 times within about a day; events may be gathered and come out of order.",
    ),
    unverified=(
        "180 calls a minute: the figure depends on the plan and is not published",
        "the workspace's own limit",
        "revoking, and lifetimes of OAuth tokens",
        "how soon a webhook wants its answer",
        "parameters of 2026 that the description lacks: markdown, template, position, is_locked",
    ),
)  # fmt: skip
