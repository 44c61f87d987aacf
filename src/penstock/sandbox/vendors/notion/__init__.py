"""Notion as the sandbox plays it: a data source of contacts to put rows into, pages, blocks and comments.

Sources: the pages named in integrations/notion.py; https://developers.notion.com/reference/page, /block, /status-codes.
A property takes Notion's own form only, and must be one the data source has. Titles alone are searched.
"""

from __future__ import annotations

from penstock.integrations.notion import integration
from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Ids
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.notion import blocks, pages, sources
from penstock.sandbox.wire import Answer, Json, json_answer


def open_vendor(setup: Setup) -> Vendor:
    """Return Notion."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    return json_answer(
        refusal.status,
        {"object": "error", "status": refusal.status, "code": refusal.code, "message": refusal.message,
         "request_id": "5b2d1c5e-9f3a-4a52-9a45-0d5d3a3a4e0d"},
    )  # fmt: skip


def _page(turn: Turn, body: Json) -> Json:
    return {"object": "list", "next_cursor": None, "type": "page_or_data_source", **body}


def _new_id(ids: Ids, collection: str) -> str:
    return ids.uuid()


SHAPE = Shape(
    key="ntn_sandbox_{name}",
    new_id=_new_id,
    page=_page,
    page_size=100,
    seed=sources.seed,
    error=_error,
    wait_fields=lambda seconds: [("Retry-After", str(int(seconds) + 1))],
    refusals={
        "unauthorized": (401, "unauthorized", "API token is invalid."),
        "not_found": (404, "object_not_found", "Could not find {what}. Make sure it is shared with your integration."),
        "no_route": (400, "invalid_request_url", "Invalid request URL."),
        "invalid": (400, "validation_error", "body failed validation: body.{what} should be defined, instead was `undefined`."),
        "throttled": (429, "rate_limited", "You have been rate limited. Please try again in a few minutes."),
        "failed": (500, "internal_server_error", "Unexpected error occurred."),
    },
    handlers={
        "pages.create": pages.create_page,
        "pages.update": pages.change_page,
        "pages.archive": pages.change_page,
        "pages.move": pages.move_page,
        "pages.get_markdown": pages.read_markdown,
        "pages.update_markdown": pages.read_markdown,
        "page_properties.get": pages.read_property,
        "blocks.list_children": blocks.list_children,
        "blocks.append_children": blocks.append_children,
        "blocks.update": blocks.change_block,
        "blocks.delete": blocks.change_block,
        "data_sources.query": sources.query,
        "data_sources.create": sources.create_source,
        "data_source_templates.list": lambda turn: answer_rows(turn, []),
        "workspace.search": sources.search,
        "comments.create": blocks.create_comment,
        "comments.list": blocks.list_comments,
        "users.me": lambda turn: find(turn, turn.store.notes["bot"], collection="users"),
    },
    ids=dict.fromkeys(("pages.archive", "pages.move", "pages.get_markdown", "pages.update_markdown"), "page_id"),
    actions={"blocks.update": "update", "blocks.delete": "delete"},
)  # fmt: skip
