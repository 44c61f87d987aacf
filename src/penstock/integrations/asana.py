"""Asana: tasks, projects, comments.

docs        https://developers.asana.com/reference/rest-api-reference
checked     2026-11, 1.0 (in the path)
quirks      Bodies and answers are wrapped in "data". Refused calls count too, so asking on only prolongs it. Besides the
            calls of a minute there are calls at once (50 reads, 15 writes), and a cost for wide opt_fields without a
            figure. Records are compact: ask for more with opt_fields. The place in a list (offset) is a text, to be used
            as it is. A search has no pages. A batch answers 200 with a status_code for each of its actions, counts as
            that many calls, and is refused whole when one of them would be.
unverified  the cost limit's figure; that the refresh token stays, and the access token's hour; PKCE; a heartbeat every eight
            hours; jobs at once are counted by their calls here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Bulk,
    Cursor,
    ErrorShape,
    Integration,
    Json,
    Limit,
    OAuth2,
    Operation,
    Part,
    Signature,
    WebhookSource,
    dig,
    fields,
)

_RATES = "https://developers.asana.com/docs/rate-limits, 2026-11"
_AT_ONCE = "https://asana.com/developers/documentation/getting-started/rate-limits, 2026-11"
_PAGE = "limit:integer offset opt_fields:csv"
_TASK = """
    name notes html_notes completed:boolean due_on due_at start_on start_at assignee assignee_section custom_fields:object
    resource_subtype=default_task|milestone|approval|custom approval_status=pending|approved|rejected|changes_requested
    parent liked:boolean external:object
"""
_NEW_TASK = "workspace projects:array followers:array tags:array"
_PROJECT = """
    name notes html_notes color archived:boolean due_on start_on owner custom_fields:object
    default_view=list|board|calendar|timeline privacy_setting=public_to_workspace|private_to_team|private
"""
_SEARCHED = """
    text resource_subtype completed:boolean is_subtask:boolean is_blocked:boolean is_blocking:boolean has_attachment:boolean
    assignee.any:csv assignee.not:csv projects.any:csv projects.not:csv projects.all:csv sections.any:csv tags.any:csv
    tags.all:csv teams.any:csv created_by.any:csv followers.any:csv due_on due_on.before due_on.after due_at.before
    due_at.after created_on.before created_on.after created_at.before created_at.after completed_on.before
    completed_on.after completed_at.before completed_at.after modified_on.before modified_on.after modified_at.before
    modified_at.after sort_by=due_date|created_at|completed_at|likes|modified_at|relevance sort_ascending:boolean
"""


def _count(method: str, parameters: Mapping[str, Any]) -> float:
    """Return how many calls Asana counts: a batch is as many as it has actions."""
    actions = parameters.get("actions")
    return float(len(actions)) if isinstance(actions, list) and actions else 1.0


def _split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Read each action's own answer: they come in the order of the actions, which Asana guarantees."""
    results = dig(answer, "data")
    if not isinstance(results, list) or len(results) != len(items):
        return [None] * len(items)
    return [Part(dig(one, "body"), int(dig(one, "status_code"))) for one in results]


def _acting(method: str, path: str, *, is_idempotent: bool = False) -> Bulk:
    """Return how rows become actions of a batch; those that ask for fields of the answer go by themselves."""
    in_path = re.findall(r"{(\w+)}", path)

    def item(given: dict[str, Any]) -> Json | None:
        if "opt_fields" in given:
            return None
        place = path.format_map({name: quote(str(given[name]), safe="") for name in in_path})
        data = {name: value for name, value in given.items() if name not in (*in_path, "data")}
        return {"method": method, "relative_path": place, "data": {**(given.get("data") or {}), **data}}

    return Bulk("batch.run", "actions", 10, item=item, split=_split, is_idempotent=is_idempotent)


_ME = Operation("users.me", "GET", "/users/me", fields("opt_fields:csv"), summary="Whose token this is.")

integration = Integration(
    name="asana",
    title="Asana",
    category="project management",
    docs="https://developers.asana.com/reference/rest-api-reference",
    checked="2026-11",
    base_url="https://app.asana.com/api/1.0",
    base_parameters=(
        BaseParameter(
            "plan", default="free", pattern="free|paid", help="the domain's plan, which sets the rate: free or paid"
        ),
    ),
    auth=(
        Bearer("token", note="A personal access token, or a service account's (Enterprise)."),
        OAuth2(
            authorize="https://app.asana.com/-/oauth_authorize",
            token="https://app.asana.com/-/oauth_token",
            revoke="https://app.asana.com/-/oauth_revoke",
            scopes=("tasks:read", "tasks:write", "projects:read", "webhooks:write"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="static",
            access_token_lifetime_s=3600,
            note="A refresh gives a new access token only: keep the first refresh token.",
        ),
    ),
    limits=(
        Limit(150, per=60.0, when="free", cost=_count, source=_RATES),
        Limit(1500, per=60.0, when="paid", cost=_count, source=_RATES),
        Limit(60, per=60.0, only=("tasks.search",), source=_RATES),
        Limit(50, methods=("GET",), source=_AT_ONCE),
        Limit(15, methods=("POST", "PUT", "PATCH", "DELETE"), source=_AT_ONCE),
        Limit(5, only=("tasks.duplicate",), source=_RATES),
    ),
    variant=lambda credential, base: base.get("plan") or "free",
    pagination=Cursor(request="offset", next="next_page.offset", size="limit", max_size=100),
    errors=ErrorShape(message=("errors.0.message",), code=("errors.0.phrase", "errors.0.error")),
    hints={
        "Not Authorized": "Check the token: it may be revoked, or cut off when it was copied.",
        "400": "Asana refused a value; the message names it. Lists want a project, a section, or assignee with workspace.",
        "401": "Check the token: it may be revoked, or cut off when it was copied.",
        "402": "The domain's plan does not have this: searching and some fields are for paying domains.",
        "403": "The token's user may not do this, or the app lacks the scope.",
        "404": "Check the gid: a number as text; what the token's user cannot see is not found either.",
        "429": "Others use the same token; Penstock waits as long as Asana asks. On a paid domain say so: plan='paid'.",
        "451": "The request was refused for legal reasons: the domain's data is elsewhere, or blocked.",
        "500": "Asana failed; its support can find the call by the phrase in the answer.",
    },
    health=_ME,
    operations=(
        Operation(
            "tasks.create", "POST", "/tasks", fields(_TASK, _NEW_TASK, "?opt_fields:csv"), into="data",
            bulk=_acting("post", "/tasks"), summary="Needs workspace, projects or parent.",
        ),
        Operation("tasks.get", "GET", "/tasks/{task_gid}", fields("opt_fields:csv")),
        Operation(
            "tasks.list", "GET", "/tasks", fields(_PAGE, "assignee project section workspace completed_since modified_since"),
            is_paginated=True, summary="Of one project, one section, or of assignee= in workspace=.",
        ),
        Operation(
            "tasks.update", "PUT", "/tasks/{task_gid}", fields(_TASK, "?opt_fields:csv"), into="data",
            bulk=_acting("put", "/tasks/{task_gid}", is_idempotent=True),
        ),
        Operation("tasks.delete", "DELETE", "/tasks/{task_gid}", bulk=_acting("delete", "/tasks/{task_gid}")),
        Operation(
            "tasks.duplicate", "POST", "/tasks/{task_gid}/duplicate", fields("name! include:csv ?opt_fields:csv"), into="data",
            summary="Done in the background: the answer is a job.",
        ),
        Operation(
            "tasks.search", "GET", "/workspaces/{workspace_gid}/tasks/search", fields(_SEARCHED, "limit:integer opt_fields:csv"),
            items="data", summary="100 at most: go on with sort_by=created_at and created_at.before. For paying domains.",
        ),
        Operation("tasks.subtasks", "GET", "/tasks/{task_gid}/subtasks", fields(_PAGE), is_paginated=True),
        Operation(
            "tasks.create_subtask", "POST", "/tasks/{task_gid}/subtasks", fields(_TASK, _NEW_TASK, "?opt_fields:csv"),
            into="data", bulk=_acting("post", "/tasks/{task_gid}/subtasks"),
        ),
        Operation(
            "tasks.add_project", "POST", "/tasks/{task_gid}/addProject", fields("project! section insert_after insert_before"),
            into="data", is_idempotent=True, bulk=_acting("post", "/tasks/{task_gid}/addProject", is_idempotent=True),
        ),
        Operation("tasks.remove_project", "POST", "/tasks/{task_gid}/removeProject", fields("project!"), into="data"),
        Operation(
            "tasks.add_tag", "POST", "/tasks/{task_gid}/addTag", fields("tag!"), into="data", is_idempotent=True,
            bulk=_acting("post", "/tasks/{task_gid}/addTag", is_idempotent=True),
        ),
        Operation("tasks.remove_tag", "POST", "/tasks/{task_gid}/removeTag", fields("tag!"), into="data"),
        Operation(
            "sections.add_task", "POST", "/sections/{section_gid}/addTask", fields("task! insert_before insert_after"),
            into="data", is_idempotent=True, summary="Moves a task to the section.",
        ),
        Operation("sections.list", "GET", "/projects/{project_gid}/sections", fields(_PAGE), is_paginated=True),
        Operation(
            "stories.create", "POST", "/tasks/{task_gid}/stories",
            fields("text html_text is_pinned:boolean sticker_name ?opt_fields:csv"), into="data", summary="A comment.",
        ),
        Operation("stories.delete", "DELETE", "/stories/{story_gid}"),
        Operation(
            "projects.create", "POST", "/projects", fields(_PROJECT, "workspace team followers:csv ?opt_fields:csv"), into="data"
        ),
        Operation("projects.get", "GET", "/projects/{project_gid}", fields("opt_fields:csv")),
        Operation("projects.list", "GET", "/projects", fields(_PAGE, "workspace team archived:boolean"), is_paginated=True),
        Operation(
            "projects.update", "PUT", "/projects/{project_gid}", fields(_PROJECT, "team followers:csv ?opt_fields:csv"),
            into="data",
        ),
        Operation("projects.delete", "DELETE", "/projects/{project_gid}"),
        Operation(
            "attachments.create", "POST", "/attachments",
            fields("parent! file:any url name resource_subtype=asana|external connect_to_app:boolean ?opt_fields:csv"),
            body="multipart", summary='file=("plan.pdf", bytes, "application/pdf"), or url= with resource_subtype="external".',
        ),
        Operation("users.list", "GET", "/users", fields(_PAGE, "workspace team"), is_paginated=True),
        Operation("users.get", "GET", "/users/{user_gid}", fields("workspace opt_fields:csv")),
        _ME,
        Operation("workspaces.list", "GET", "/workspaces", fields(_PAGE), is_paginated=True),
        Operation(
            "webhooks.create", "POST", "/webhooks", fields("resource! target! filters:array ?opt_fields:csv"), into="data",
            summary="The handshake comes to target before this call is answered.",
        ),
        Operation(
            "batch.run", "POST", "/batch", fields("actions:array! ?opt_fields:csv"), into="data", items="data",
            summary='Up to ten: [{"method": "post", "relative_path": "/tasks", "data": {...}}]; look at each status_code.',
        ),
    ),
    webhooks=WebhookSource(
        Signature("X-Hook-Signature", note="The key is the X-Hook-Secret of this webhook's handshake; each has its own."),
        event="body:events.0.action",
        handshake="While the webhook is being created a delivery brings X-Hook-Secret: answer 200 with the same field.",
        answer_within_s=10.0,
        retries="For up to 24 hours at growing distances; then the webhook is deleted. Empty heartbeats come every eight hours.",
    ),
    unverified=(
        "the cost limit's figure",
        "that the refresh token stays, and the access token's hour",
        "PKCE at the sign-in",
        "a heartbeat every eight hours",
        "five jobs at once: counted by the calls that start them",
    ),
)  # fmt: skip
