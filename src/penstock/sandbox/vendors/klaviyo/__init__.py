"""Klaviyo as the sandbox plays it: JSON:API, profiles known by three keys, events of which the first is kept, jobs.

Each end point's two windows are held to, and the header fields tell of the minute's alone; a refusal has none of them.
Sources: the pages named in integrations/klaviyo.py; what klaviyo-api's models want of each answer.
"""

from __future__ import annotations

import math
from uuid import NAMESPACE_URL, uuid5

from penstock.integrations.klaviyo import integration
from penstock.sandbox.rest.limits import write_headers
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.klaviyo import marketing, people
from penstock.sandbox.vendors.klaviyo.records import (
    TYPE,
    find,
    finish_page,
    list_of,
    new_id,
    show,
    single,
    write_time,
)
from penstock.sandbox.wire import Answer, json_answer

SEGMENTS, TEMPLATES, FLOWS = 25, 12, 3
_TITLES = {
    "invalid": "Invalid input.", "not_found": "Not found.", "throttled": "Request was throttled.", "failed": "Server error.",
    "unauthorized": "Incorrect authentication credentials.", "no_route": "Not found.", "forbidden": "Permission denied.",
}  # fmt: skip


def open_vendor(setup: Setup) -> Vendor:
    """Return Klaviyo."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    """Return the list of errors, each with where it is; a profile that is there already is named in meta."""
    if refusal.kind == "key_reuse":
        return Answer(202)  # of two events with one unique_id the second is dropped without a word
    detail, _, pointer = refusal.message.partition("|")
    meta = {}
    if refusal.code == "duplicate_profile":
        meta = {"duplicate_profile_id": detail}
        detail = "A profile already exists with one of these identifiers."
    source = {"parameter": pointer} if pointer == "filter" else {"pointer": pointer or "/data/"}
    one = {
        "id": str(uuid5(NAMESPACE_URL, refusal.message)), "status": refusal.status, "code": refusal.code,
        "title": "Conflict." if meta else _TITLES[refusal.kind], "detail": detail, "source": source, "links": {}, "meta": meta,
    }  # fmt: skip
    return json_answer(refusal.status, {"errors": [one]})


def _seed(turn: Turn) -> None:
    now = write_time(turn.now)
    for number in range(SEGMENTS):
        id = new_id(turn.ids, "segment")
        fields = {
            "name": f"Segment {number}", "definition": None, "created": now, "updated": now, "is_active": True,
            "is_processing": False, "is_starred": False,
        }  # fmt: skip
        turn.table("segment").add(id, show(turn, "segment", id, fields))
    for number in range(TEMPLATES):
        id = new_id(turn.ids, "template")
        fields = {
            "name": f"Template {number}",
            "editor_type": "CODE",
            "html": "<p>Hi</p>",
            "text": "Hi",
            "created": now,
            "updated": now,
        }
        turn.table("template").add(id, show(turn, "template", id, fields))
    for number in range(FLOWS):
        id = new_id(turn.ids, "flow")
        fields = {
            "name": f"Flow {number}",
            "status": "live",
            "archived": False,
            "created": now,
            "updated": now,
            "trigger_type": "Metric",
        }
        turn.table("flow").add(id, show(turn, "flow", id, fields))
    marketing.find_metric(turn, "Placed Order")


SHAPE = Shape(
    key="pk_sandbox_{name}",
    content_type=TYPE,
    next_parameter="page[cursor]",
    page=finish_page,
    refusals={
        "unauthorized": (401, "authentication_failed", "Incorrect authentication credentials."),
        "not_found": (404, "not_found", "{what}"),
        "no_route": (404, "not_found", "The requested resource could not be found."),
        "invalid": (400, "invalid", "{what} is not valid."),
        "key_reuse": (202, "", ""),
        "throttled": (429, "throttled", "Request was throttled."),
        "failed": (500, "error", "A server error occurred."),
    },
    error=_error,
    wait_fields=lambda wait_s: [("Retry-After", str(math.ceil(wait_s)))],
    told_per_s=60.0,
    left_fields=lambda limit, left, reset_in_s, now: (
        write_headers(integration.rate_headers, (limit, left, reset_in_s), now) if left else []
    ),
    keeps=("email", "phone_number", "external_id", "name"),
    seed=_seed,
    handlers={
        "accounts.list": people.list_accounts,
        "profiles.list": list_of("profile"),
        "profiles.get": lambda turn: single(200, find(turn, "profile", turn.values["id"])),
        "profiles.create": people.create_profile,
        "profiles.update": people.update_profile,
        "profiles.upsert": people.upsert_profile,
        "profiles.bulk_import": people.import_profiles,
        "profiles.bulk_import_errors": people.list_import_errors,
        "profiles.subscribe": people.subscribe,
        "profiles.unsubscribe": people.subscribe,
        "events.create": marketing.create_event,
        "events.list": list_of("event"),
        "events.bulk_create": marketing.create_events,
        "lists.list": list_of("list"),
        "lists.create": people.create_list,
        "lists.profiles": people.list_members,
        "lists.add_profiles": people.change_members,
        "lists.remove_profiles": people.change_members,
        "segments.list": list_of("segment"),
        "campaigns.list": marketing.list_campaigns,
        "campaigns.create": marketing.create_campaign,
        "campaigns.send": marketing.send_campaign,
        "flows.list": list_of("flow"),
        "metrics.list": list_of("metric"),
        "metrics.aggregate": marketing.aggregate,
        "templates.list": list_of("template"),
        "webhooks.create": marketing.create_webhook,
    },
)
