"""Airtable as the sandbox plays it: one base with a table of contacts; more tables and columns can be made.

Sources: the pages named in integrations/airtable.py; pyairtable's own reading of them.
A base refuses everything for 30 seconds once it was asked too often, and no field says so. Cells are checked against their
column's type. Formulas are understood in their simplest form: {Column} = 'text'.
"""

from __future__ import annotations

from penstock.integrations.airtable import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.airtable import records, tables
from penstock.sandbox.wire import Answer, iso_time, json_answer

_WEEK_S = 7 * 86_400.0  # a webhook lives so long


def open_vendor(setup: Setup) -> Vendor:
    """Return Airtable."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    """Return a refusal as Airtable has it: a text for what is not there, a list for rate, else an object."""
    if refusal.kind == "throttled":
        return json_answer(429, {"errors": [{"error": refusal.code, "message": refusal.message}]})
    if refusal.kind == "not_found":
        return json_answer(404, {"error": refusal.code})
    return json_answer(refusal.status, {"error": {"type": refusal.code, "message": refusal.message}})


def _build_webhook(turn: Turn, id: str, given: Record) -> Record:
    secret = {"macSecretBase64": "c2FuZGJveA=="}
    return {"id": id, **given, **secret, "expirationTime": iso_time(turn.now + _WEEK_S)}


SHAPE = Shape(
    key="patSandbox.{name}",
    new_id=lambda ids, collection: ("ach" if collection == "webhooks" else collection[:3]) + ids.text(14),
    page_size=100,
    penalty_s=30.0,
    seed=tables.seed,
    error=_error,
    keeps=("fields", "name", "text"),
    build=_build_webhook,
    refusals={
        "unauthorized": (401, "AUTHENTICATION_REQUIRED", "Authentication required"),
        "forbidden": (
            403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND",
            "Invalid permissions, or the requested model was not found. Check that both your user and your token have the "
            "required permissions, and that the model names and/or ids are correct.",
        ),
        "not_found": (404, "NOT_FOUND", "NOT_FOUND"),
        "no_route": (404, "NOT_FOUND", "NOT_FOUND"),
        "invalid": (422, "INVALID_REQUEST_UNKNOWN", "Invalid request: {what} is missing."),
        "throttled": (429, "RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later"),
        "failed": (500, "SERVER_ERROR", "Server error"),
    },
    handlers={
        "whoami.get": lambda turn: {"id": "usr" + "S" * 14, "scopes": ["data.records:read", "data.records:write"]},
        "bases.schema": lambda turn: {"tables": list(turn.table("tables", tables.find_base(turn)))},
        "tables.create": tables.create_table,
        "tables.update": tables.change_table,
        "fields.create": tables.create_field,
        "webhooks.list": lambda turn: {"webhooks": list(turn.table("webhooks", turn.values["baseId"]))},
        "webhooks.payloads": lambda turn: {"payloads": [], "cursor": 1, "mightHaveMore": False},
        "webhooks.refresh": lambda turn: {"expirationTime": iso_time(turn.now + _WEEK_S)},
        "records.list": records.list_records,
        "records.list_by_post": records.list_records,
        "records.get": records.get_record,
        "records.create": records.create_records,
        "records.update": records.change_record,
        "records.replace": records.change_record,
        "records.update_many": records.change_records,
        "records.upsert": records.change_records,
        "records.delete": records.delete_record,
        "records.delete_many": records.delete_records,
        "comments.list": records.comment,
        "comments.create": records.comment,
    },
)  # fmt: skip
