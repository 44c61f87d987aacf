"""Trello as the sandbox plays it: one member without boards; boards, lists, cards, comments, checklists are made.

Sources: the pages named in integrations/trello.py; py-trello's own reading of them.
Refusals are bare text, but for those for rate. Ids begin with the time, as Trello's do; a limited list gives the newest.
Key and token come in the query, as py-trello sends them; what is left of a limit is not told.
"""

from __future__ import annotations

from penstock.integrations.trello import integration
from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.trello import making
from penstock.sandbox.vendors.trello.records import build_change, build_drop, build_read, build_rows, new_id
from penstock.sandbox.wire import Answer, json_answer

_KEY = "0123456789abcdef0123456789abcdef"


def open_vendor(setup: Setup) -> Vendor:
    """Return Trello."""
    return RestVendor(setup, integration, SHAPE)


def _seed(turn: Turn) -> None:
    id = new_id(turn)
    turn.store.notes["me"] = id
    turn.table("members").add(
        id, {"id": id, "username": "ada", "fullName": "Ada", "email": "ada@example.com"}
    )


def _error(refusal: Refusal) -> Answer:
    if refusal.kind == "throttled":
        return json_answer(429, {"error": refusal.code, "message": refusal.message})
    return Answer(refusal.status, refusal.message.encode(), [("Content-Type", "text/plain; charset=utf-8")])


SHAPE = Shape(
    key="ATTAsandbox{name}",
    key_field="token",
    others={"key": _KEY},
    seed=_seed,
    error=_error,
    refusals={
        "unauthorized": (401, "", "invalid token"),
        "forbidden": (401, "", "unauthorized permission requested"),
        "not_found": (404, "", "The requested resource was not found."),
        "no_route": (404, "", "The requested resource was not found."),
        "invalid": (400, "", "invalid value for {what}"),
        "throttled": (429, "API_TOKEN_LIMIT_EXCEEDED", "Rate limit exceeded"),
        "failed": (500, "", "Internal Server Error"),
    },
    handlers={
        "boards.create": making.create_board,
        "boards.get": build_read("boards"),
        "boards.update": build_change("boards"),
        "boards.delete": build_drop("boards"),
        "boards.lists": build_rows("lists", "idBoard"),
        "boards.cards": build_rows("cards", "idBoard"),
        "boards.actions": build_rows("actions", "idBoard", is_newest_first=True),
        "lists.create": making.create_list,
        "lists.get": build_read("lists"),
        "lists.update": build_change("lists"),
        "lists.archive": build_change("lists"),
        "lists.cards": build_rows("cards", "idList"),
        "cards.create": making.create_card,
        "cards.get": build_read("cards"),
        "cards.update": build_change("cards"),
        "cards.delete": build_drop("cards"),
        "cards.add_comment": making.comment,
        "cards.update_comment": making.comment,
        "cards.delete_comment": making.comment,
        "cards.add_attachment": making.attach,
        "cards.list_attachments": making.attach,
        "cards.add_label": making.label,
        "cards.remove_label": making.label,
        "cards.search": making.search,
        "checklists.create": making.create_checklist,
        "checklists.add_item": making.add_item,
        "checklists.update_item": making.change_item,
        "members.me": lambda turn: find(turn, turn.store.notes["me"], collection="members"),
        "members.boards": lambda turn: list(turn.table("boards")),
        "webhooks.create": making.create_webhook,
    },
    routes={"PUT /cards/{id}/closed": "cards.update"},
)  # fmt: skip
