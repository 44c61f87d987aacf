"""Salesforce as the sandbox plays it: an org with its standard objects, and one of its own, Invoice__c.

Sources: the pages named in integrations/salesforce.py; what simple-salesforce asks for and reads. SOQL is understood as
SELECT, FROM, WHERE with AND, ORDER BY and LIMIT over one object; rules, flows and triggers are not played.
"""

from __future__ import annotations

from penstock.catalog.definition import Limit
from penstock.integrations.salesforce import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.salesforce import jobs, many, records
from penstock.sandbox.vendors.salesforce.soql import answer_query, search
from penstock.sandbox.wire import Answer, Json, Pairs, json_answer

_SHORT_WAIT_S = 60.0  # a refusal for longer is for the day's calls, not for too many at once
_CREATES = (
    "records.create",
    "notes.create",
    "campaign_members.create",
    "case_comments.create",
    "content_versions.create",
)


def open_vendor(setup: Setup) -> Vendor:
    """Return Salesforce."""
    return RestVendor(setup, integration, SHAPE)


def _tell_use(limit: Limit, left: float, reset_in_s: float, now: float) -> Pairs:
    if limit.key != "api-usage":
        return []
    return [("Sforce-Limit-Info", f"api-usage={int(limit.amount - left)}/{int(limit.amount)}")]


def _error(refusal: Refusal) -> Answer:
    words = refusal.message
    if refusal.kind == "throttled" and (refusal.wait_s or 0.0) > _SHORT_WAIT_S:
        words = "TotalRequests Limit exceeded."
    return json_answer(refusal.status, [{"message": words, "errorCode": refusal.code}])


def _limits(turn: Turn) -> Json:
    return {
        "DailyApiRequests": {"Max": 100_000, "Remaining": 99_000},
        "DataStorageMB": {"Max": 1024, "Remaining": 1000},
    }


def _by_leaf(leaf: str) -> list[str]:
    return [
        one.name
        for one in integration.operations
        if one.path.startswith("/sobjects/") and one.name.endswith(leaf)
    ]


SHAPE = Shape(
    key="00Dxx0000001gER!{name}.AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL",
    parameters={"instance": "penstock.my.salesforce.com"},
    error=_error,
    left_fields=_tell_use,
    seed=records.seed,
    keeps=("Email", "Name", "LastName", "Subject", "Title", "StageName"),
    service_s=0.01,
    refusals={
        "unauthorized": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
        "forbidden": (403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"),
        "not_found": (404, "NOT_FOUND", "The requested resource does not exist"),
        "no_route": (404, "NOT_FOUND", "The requested resource does not exist"),
        "invalid": (400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [{what}]"),
        "throttled": (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."),
        "failed": (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId."),
    },
    handlers={
        **dict.fromkeys((*_CREATES, *_by_leaf(".create")), records.create_record),
        **dict.fromkeys(_by_leaf(".get"), records.get_record),
        **dict.fromkeys(_by_leaf(".update"), records.update_record),
        **dict.fromkeys(_by_leaf(".upsert"), records.upsert_record),
        **dict.fromkeys(_by_leaf(".delete"), records.delete_record),
        **dict.fromkeys((one.name for one in integration.operations if one.path.startswith("/query")), answer_query),
        "query.sosl": search,
        "objects.list": records.list_objects,
        "objects.get": records.get_object,
        "objects.describe": records.describe_object,
        "collections.create": many.create_all,
        "collections.update": many.update_all,
        "collections.upsert": many.upsert_all,
        "collections.delete": many.delete_all,
        "composite.run": many.run_composite,
        "composite.create_tree": many.create_tree,
        "flows.list": lambda turn: {"actions": [{"name": "Send_Offer", "label": "Send offer", "type": "FLOW"}]},
        "flows.invoke": many.invoke_flow,
        "bulk_jobs.create": jobs.create_job,
        "bulk_jobs.upload": jobs.upload,
        "bulk_jobs.update": jobs.change_job,
        "bulk_jobs.get": jobs.get_job,
        "bulk_jobs.list": jobs.list_jobs,
        "bulk_jobs.results": jobs.read_results,
        "bulk_jobs.failures": jobs.read_results,
        "org_limits.get": _limits,
    },
    routes={
        **{f"GET /sobjects/{name}/describe": "objects.describe" for name in records.PREFIXES},
        "GET /query/{locator}": "query.soql",
        "GET /queryAll/{locator}": "query.all",
    },
)  # fmt: skip
