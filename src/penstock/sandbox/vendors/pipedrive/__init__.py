"""Pipedrive as the sandbox plays it: a small company with one user, its records in v2, its leads and notes in v1.

Sources: the pages named in integrations/pipedrive.py; what the api-pipedrive-python package reads. The v1 twins of what
is in v2 are not played: they are out of support.
"""

from __future__ import annotations

from penstock.integrations.pipedrive import integration
from penstock.sandbox.rest.acting import create
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.pipedrive import lists, records
from penstock.sandbox.wire import Answer, Json, Pairs, json_answer

PRODUCTS = 12
_STAGES = ("Qualified", "Contact made", "Demo scheduled", "Proposal made", "Negotiations started")
_WHERE_TO_READ = "Please check developers.pipedrive.com for more information about Pipedrive API."
_DAY_S = 600.0  # who has to wait longer than that has used up the day


def open_vendor(setup: Setup) -> Vendor:
    """Return Pipedrive."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    body: dict[str, Json] = {"success": False, "error": refusal.message}
    if refusal.code.startswith("ERR_"):
        body |= {"code": refusal.code, "additional_data": {}}
    else:
        body |= {
            "errorCode": refusal.status,
            "error_info": _WHERE_TO_READ,
            "data": None,
            "additional_data": None,
        }
    return json_answer(refusal.status, body)


def _say_wait(wait_s: float) -> Pairs:
    return [("x-daily-ratelimit-token-remaining", "0")] if wait_s > _DAY_S else []


def _seed(turn: Turn) -> None:
    me = {
        "id": 1, "name": "Ada", "email": "ada@example.com", "is_you": True, "active_flag": True, "company_id": 100,
        "company_name": "Sandbox", "company_domain": "sandbox", "default_currency": "EUR", "locale": "en_US",
    }  # fmt: skip
    turn.table("users").add("1", me)
    turn.table("pipelines").add("1", {"id": 1, "name": "Pipeline", "order_nr": 0, "is_deleted": False})
    for number, name in enumerate(_STAGES, start=1):
        stage = {"id": number, "name": name, "order_nr": number, "pipeline_id": 1, "is_deleted": False}
        turn.table("stages").add(str(number), stage)
    for number in range(1, PRODUCTS + 1):
        product = {
            "id": number,
            "name": f"Product {number}",
            "code": f"P{number}",
            "owner_id": 1,
            "prices": [],
        }
        turn.table("products").add(str(number), product)


def _one(turn: Turn, record: Json) -> Json:
    return {"success": True, "data": record}


def _page(turn: Turn, body: Json) -> Json:
    """A list says that it succeeded, and where the next page is even when there is none."""
    return {
        "success": True,
        **body,
        "additional_data": {"next_cursor": None, **body.get("additional_data", {})},
    }


def _add_webhook(turn: Turn) -> Answer:
    if not str(turn.fields.get("subscription_url", "")).startswith("https://"):
        raise turn.refuse("invalid", message="Subscription URL must be an https address.")
    made = create(turn, {**turn.fields, "http_auth_password": None, "is_active": 1})
    return json_answer(201, {"success": True, "status": "ok", "data": made})


SHAPE = Shape(
    key="sandbox{name}0123456789abcdef0123456789abcdef",
    parameters={"company_domain": "sandbox"},
    new_id=records.new_id,
    build=records.build,
    merge=records.merge,
    one=_one,
    page=_page,
    page_size=100,
    error=_error,
    seed=_seed,
    wait_fields=_say_wait,
    deleted=lambda turn, record: {"success": True, "data": {"id": record["id"]}},
    refusals={
        "unauthorized": (401, "", "unauthorized access"),
        "forbidden": (403, "", "Scope and URL mismatch"),
        "not_found": (404, "", "{what} not found"),
        "no_route": (404, "", "Unknown method."),
        "invalid": (400, "ERR_SCHEMA_VALIDATION_FAILED", "Validation failed: {what}: Required"),
        "throttled": (429, "", "request over limit"),
        "failed": (500, "", "Internal server error"),
    },
    statuses={"delete": 200},
    handlers={
        **{
            f"{kind}.create": records.create_one
            for kind in ("deals", "persons", "organizations", "activities")
        },
        **{f"{kind}.list": lists.list_some for kind in ("deals", "persons", "organizations", "activities")},
        **{f"{kind}.list": lists.list_some for kind in ("products", "pipelines", "stages")},
        **{f"{kind}.search": lists.search for kind in ("deals", "persons", "organizations")},
        "deal_products.add": records.add_product,
        "deal_products.bulk_add": records.add_products,
        "leads.create": records.create_lead,
        "leads.list": lists.list_v1,
        "notes.create": records.create_note,
        "notes.list": lists.list_v1,
        "users.me": lambda turn: _one(turn, turn.table("users").get("1")),
        "webhooks.create": _add_webhook,
    },
)
