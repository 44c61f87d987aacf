"""Zendesk Support as the sandbox plays it: agent Ada, tickets with comments, jobs that are done when asked for.

Sources: the pages named in integrations/zendesk.py; what zenpy asks for and reads. Lists come by cursor where page[size]
is given and in numbered pages where it is not, as theirs do. Triggers and mails are not played; a request without any
credential is refused at /users/me too.
"""

from __future__ import annotations

from penstock.integrations.zendesk import integration
from penstock.sandbox.rest.acting import find
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.zendesk.jobs import do_many
from penstock.sandbox.vendors.zendesk.lists import answer_list, export, link_pages, search
from penstock.sandbox.vendors.zendesk.records import (
    answer_one,
    build,
    count,
    count_related,
    create_hook,
    delete,
    merge,
    new_id,
    recover,
    upload,
    upsert,
)
from penstock.sandbox.wire import Answer, iso_time, json_answer

_SEARCHES = (
    "search_results.list", "search_results.export", "search_results.count", "users.search", "organizations.search",
)  # fmt: skip


def open_vendor(setup: Setup) -> Vendor:
    """Return Zendesk."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    if refusal.kind == "unauthorized":
        return json_answer(401, {"error": refusal.message})
    if refusal.kind == "invalid" and "\n" in refusal.message:
        name, _, words = refusal.message.partition("\n")
        details = {name: [{"description": words, "error": refusal.code}]}
        body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
        return json_answer(refusal.status, body)
    return json_answer(refusal.status, {"error": refusal.code, "description": refusal.message})


def _seed(turn: Turn) -> None:
    person = {"id": 8447388090494, "name": "Ada", "email": "ada@example.com", "role": "admin", "active": True,
              "updated_at": iso_time(turn.now), "external_id": None, "organization_id": None}  # fmt: skip
    turn.store.notes["me"] = person["id"]
    turn.table("users").add(str(person["id"]), person)
    group = {"id": 8447388091000, "name": "Support", "default": True}
    turn.table("groups").add(str(group["id"]), group)
    for name in ("Subject", "Status", "Priority"):
        id = new_id(turn.ids, "ticket_fields")
        field = {"id": int(id), "type": name.lower(), "title": name, "active": True}
        turn.table("ticket_fields").add(id, field)


SHAPE = Shape(
    key="sandbox{name}0123456789abcdefghijklmnop",
    key_field="api_token",
    others={"email": "ada@example.com"},
    parameters={"subdomain": "penstock"},
    new_id=new_id,
    build=build,
    merge=merge,
    one=answer_one,
    page=link_pages,
    page_size=100,
    statuses={"create": 201},
    seed=_seed,
    error=_error,
    keeps=("email", "name", "subject", "status"),
    wait_fields=lambda wait_s: [("Retry-After", str(int(wait_s) + 1))],
    refusals={
        "unauthorized": (401, "Unauthorized", "Couldn't authenticate you"),
        "forbidden": (403, "Forbidden", "You do not have access to this page."),
        "not_found": (404, "RecordNotFound", "Not found"),
        "no_route": (404, "InvalidEndpoint", "Not found"),
        "invalid": (422, "BlankValue", "{what}\n{what}: cannot be blank"),
        "key_reuse": (400, "IdempotentRequestError", "Request parameters don't match the given idempotency key"),
        "throttled": (429, "APIRateLimitExceeded", "Number of allowed API requests per minute exceeded"),
        "failed": (500, "InternalError", "Something went wrong"),
    },
    routes={f"{one.method} {one.path}.json": one.name for one in integration.operations},
    handlers={
        **{one.name: answer_list for one in integration.operations if one.name.endswith(".list")},
        **dict.fromkeys(_SEARCHES, search),
        **{f"{name}.create_or_update": upsert for name in ("users", "organizations")},
        **{f"{name}.create_many": do_many("create") for name in ("tickets", "users", "organizations")},
        "users.create_or_update_many": do_many("upsert"),
        "tickets.update_many": do_many("update"),
        "tickets.destroy_many": do_many("delete"),
        "tickets.show_many": lambda turn: {
            "tickets": [one for id in turn.query.get("ids", "").split(",") if (one := turn.table().get(id))]
        },
        "tickets.incremental": export,
        "users.incremental": export,
        "tickets.delete": delete,
        "users.delete": delete,
        "tickets.recover": recover,
        "tickets.count": count,
        "organizations.count": count,
        "users.related": count_related,
        "organizations.related": count_related,
        "users.me": lambda turn: {"user": find(turn, str(turn.store.notes["me"]))},
        "ticket_forms.list": lambda turn: {"ticket_forms": [], "count": 0},
        "uploads.create": upload,
        "webhooks.create": create_hook,
        "webhooks.signing_secret": lambda turn: {"signing_secret": find(turn)["signing_secret"]},
    },
)  # fmt: skip
