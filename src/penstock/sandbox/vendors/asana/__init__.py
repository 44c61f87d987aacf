"""Asana as the sandbox plays it: one workspace with two people; tasks, projects, sections, comments.

Sources: the pages named in integrations/asana.py; the asana package's own reading of them.
Lists are compact unless opt_fields asks for more. A batch answers 200 whatever became of its actions. Webhooks are kept,
but nothing is ever delivered.
"""

from __future__ import annotations

from penstock.integrations.asana import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.asana import work
from penstock.sandbox.wire import Answer, json_answer


def open_vendor(setup: Setup) -> Vendor:
    """Return Asana."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    body = work.say(refusal.message)
    if refusal.kind == "failed":
        body["errors"][0]["phrase"] = refusal.code
    return json_answer(refusal.status, body)


SHAPE = Shape(
    key="2/1200000000000001/sandbox:{name}",
    new_id=lambda ids, collection: str(1_200_000_000_000_000 + int(ids.text(12, "0123456789"))),
    id="gid",
    build=work.build,
    merge=work.merge,
    one=lambda turn, record: {"data": record},
    row=work.write_row,
    page=work.write_page,
    page_size=100,
    statuses={"create": 201},
    deleted=lambda turn, record: {"data": {}},
    seed=work.seed,
    error=_error,
    wait_fields=lambda seconds: [("Retry-After", str(int(seconds) + 1))],
    refusals={
        "unauthorized": (401, "unauthorized", "Not Authorized"),
        "not_found": (404, "not_found", "{what}: Unknown object"),
        "no_route": (404, "no_route", "No matching route for request"),
        "invalid": (400, "invalid", "{what}: Missing input"),
        "throttled": (
            429, "throttled", "You have exceeded your rate limit. Please retry after the given amount of time.",
        ),
        "failed": (500, "6 sad squid snuggle softly", "Server Error"),
    },
    actions={"stories.create": "create", "tasks.create_subtask": "create", "attachments.create": "create"},
    handlers={
        "tasks.list": work.list_tasks,
        "tasks.search": work.build_list(
            "tasks", work.HAS_WORDS, ("projects.any", work.is_in), ("assignee.any", work.has("assignee"))
        ),
        "tasks.subtasks": work.build_list("tasks", ("task_gid", work.has("parent"))),
        "tasks.create_subtask": work.create_subtask,
        "tasks.add_project": work.build_move("project"),
        "tasks.remove_project": work.build_move("project"),
        "tasks.add_tag": work.build_move("tag"),
        "tasks.remove_tag": work.build_move("tag"),
        "sections.add_task": work.build_move("section"),
        "sections.list": work.build_list("sections", ("project_gid", work.has("project"))),
        "stories.create": work.create_story,
        "projects.list": work.build_list("projects", ("workspace", work.has("workspace"))),
        "users.get": work.read_user,
        "users.me": work.read_user,
        "batch.run": work.run_batch,
    },
)  # fmt: skip
