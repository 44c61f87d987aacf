"""Jira Cloud as the sandbox plays it: a project with 230 issues, a board with a sprint, 120 people.

Sources: the pages named in integrations/jira.py; what the package jira reads of issues, searches, comments and errors.
A search knows project, key, status, assignee, text and order of one field, joined by AND.
"""

from __future__ import annotations

from penstock.integrations.jira import integration
from penstock.sandbox.rest.acting import act
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.jira import issues, people, searching, world
from penstock.sandbox.wire import Answer, Json, json_answer

_OWN = {**issues.HANDLERS, **searching.HANDLERS, **people.HANDLERS}


def open_vendor(setup: Setup) -> Vendor:
    """Return Jira Cloud."""
    return RestVendor(setup, integration, SHAPE)


def _serve(turn: Turn) -> Json | Answer:
    """Answer an operation, its issue named by key or by number."""
    operation = turn.operation
    assert operation is not None
    if "issueIdOrKey" in turn.values:
        turn.values["issueIdOrKey"] = world.find_issue(turn)["key"]
    own = _OWN.get(operation.name)
    return own(turn) if own is not None else act(turn, operation.pagination or integration.pagination)


def _describe_server(turn: Turn) -> Json:
    version = {"version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0], "deploymentType": "Cloud"}
    return {"baseUrl": turn.request.base, **version, "serverTitle": "Jira"}


def _error(refusal: Refusal) -> Answer:
    if refusal.code:
        return json_answer(refusal.status, {"errorMessages": [], "errors": {refusal.code: refusal.message}})
    return json_answer(refusal.status, {"errorMessages": [refusal.message], "errors": {}})


SHAPE = Shape(
    key="ATATT3xSandbox-{name}",
    key_field="api_token",
    others={"email": "sandbox@example.com"},
    parameters={"site": "penstock.atlassian.net"},
    page_size=50,
    new_id=lambda ids, collection: str(ids.next(collection, 10_001)),
    seed=world.seed,
    error=_error,
    wait_fields=lambda seconds: [
        ("Retry-After", str(int(seconds) + 1)), ("X-RateLimit-Remaining", "0"), ("RateLimit-Reason", "jira-burst-based"),
    ],
    refusals={
        "unauthorized": (401, "", "Client must be authenticated to access this resource."),
        "forbidden": (403, "", "You do not have permission to do this."),
        "not_found": (404, "", "Issue does not exist or you do not have permission to see it."),
        "no_route": (404, "", "null for uri: {what}"),
        "invalid": (400, "", "{what} is required."),
        "throttled": (429, "", "The request has been rate-limited. Please try again later."),
        "failed": (500, "", "Internal server error"),
    },
    routes={"GET /rest/api/3/search/jql": "issues.search"},
    open_paths={"GET /rest/api/3/serverInfo": _describe_server, "GET /rest/api/2/serverInfo": _describe_server},
    handlers={operation.name: _serve for operation in integration.operations},
    keeps=("key", "summary", "accountId"),
)  # fmt: skip
