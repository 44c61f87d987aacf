"""GitLab as the sandbox plays it: one project with 230 issues, files and a pipeline. The rest is beside this.

Sources: the pages named in integrations/gitlab.py; what python-gitlab reads of headers, projects, issues and files.
Every refusal for rate is the one per user ("Retry later"): end points' own limits are enforced, not told apart.
"""

from __future__ import annotations

from penstock.integrations.gitlab import integration
from penstock.sandbox.rest.acting import act
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.gitlab import pipelines, repository, tracker, world
from penstock.sandbox.wire import Answer, Json, json_answer

_OWN = {**tracker.HANDLERS, **repository.HANDLERS, **pipelines.HANDLERS}


def open_vendor(setup: Setup) -> Vendor:
    """Return GitLab."""
    return RestVendor(setup, integration, SHAPE)


def _serve(turn: Turn) -> Json | Answer:
    """Answer an operation, its project or group named by number or by path; a list says on which page it is."""
    operation = turn.operation
    assert operation is not None
    if operation.path.startswith(("/projects/{id}", "/groups/{id}")):
        kind = "projects" if operation.path.startswith("/projects") else "groups"
        turn.values["id"] = str(world.find_place(turn, kind, turn.values["id"])["id"])
    own = _OWN.get(operation.name)
    said = own(turn) if own is not None else act(turn, operation.pagination or integration.pagination)
    if operation.is_paginated and isinstance(said, Answer):
        page, size = turn.query.get("page", "1"), turn.query.get("per_page", "20")
        has_next = any(name == "Link" for name, _ in said.headers)
        following = str(int(page) + 1) if has_next and page.isdigit() else ""
        said.headers += [("X-Page", page), ("X-Per-Page", size), ("X-Next-Page", following)]
    if operation.method == "POST" and not isinstance(said, Answer):
        return json_answer(201, said)
    return said


def _error(refusal: Refusal) -> Answer:
    if refusal.kind == "throttled":
        return Answer(429, b"Retry later\n", [("Content-Type", "text/plain")])
    return json_answer(refusal.status, {refusal.code: refusal.message})


SHAPE = Shape(
    key="glpat-sandbox-{name}",
    new_id=world.new_id,
    build=world.build,
    merge=tracker.merge,
    seed=world.seed,
    error=_error,
    wait_fields=lambda seconds: [
        ("Retry-After", str(int(seconds) + 1)), ("RateLimit-Name", "throttle_authenticated_api"), ("RateLimit-Remaining", "0"),
    ],
    left_fields=lambda limit, left, reset_in_s, now: [("RateLimit-Name", limit.key)] if limit.key else [],
    refusals={
        "unauthorized": (401, "message", "401 Unauthorized"),
        "forbidden": (403, "message", "403 Forbidden"),
        "not_found": (404, "message", "404 Not found"),
        "no_route": (404, "error", "404 Not Found"),
        "invalid": (400, "error", "{what} is missing"),
        "failed": (500, "message", "500 Internal Server Error"),
    },
    handlers={operation.name: _serve for operation in integration.operations},
)  # fmt: skip
