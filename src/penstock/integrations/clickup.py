"""ClickUp: tasks, lists, comments, tracked time (API v2).

docs        https://developer.clickup.com/reference
checked     2026-11, API v2 (in the path)
quirks      A personal token (pk_...) is sent without the word Bearer; with it, it is a 401. A Workspace is called team.
            Dates are milliseconds since 1970: a datetime or a Timestamp is written so here, one without a zone as UTC.
            A task's custom id needs custom_task_ids=True and team_id. Pages of tasks begin at 0 and their size cannot
            be chosen; the last one says last_page. Comments go on from the date and id of the last one. No Retry-After:
            the reset of X-RateLimit-Reset is in epoch seconds. A personal token's limit is that of the plan of the
            Workspace it belongs to: say plan=. No idempotency: a task sent twice is there twice.
unverified  the codes of errors; last_page; 25 comments on a page; a webhook's delivery id; that OAuth tokens want Bearer;
            parameters are those of a third party's description, or from the reference as remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from penstock.catalog.definition import (
    ApiKey,
    BaseParameter,
    ErrorShape,
    Integration,
    Json,
    Limit,
    NextCall,
    OAuth2,
    Operation,
    Parameter,
    RateHeaders,
    Signature,
    WebhookSource,
    dig,
    fields,
)

_RATES = "https://developer.clickup.com/docs/rate-limits, 2026-11"
_PLANS = {
    "free": 100,
    "unlimited": 100,
    "business": 100,
    "business_plus": 1000,
    "enterprise": 10_000,
}  # a minute
_TASKS_ON_A_PAGE, _COMMENTS_ON_A_PAGE = 100, 25
_DATES = frozenset((
    "due_date", "start_date", "start", "stop", "end", "end_date", "due_date_gt", "due_date_lt", "date_created_gt",
    "date_created_lt", "date_updated_gt", "date_updated_lt", "date_done_gt", "date_done_lt",
))  # fmt: skip
_CUSTOM_ID = "?custom_task_ids:boolean ?team_id"
_TASK = """
    description markdown_content status priority:integer due_date:integer due_date_time:boolean
    start_date:integer start_date_time:boolean time_estimate:integer points:number parent
"""
_DATED = """
    due_date_gt:integer due_date_lt:integer date_created_gt:integer date_created_lt:integer date_updated_gt:integer
    date_updated_lt:integer
"""
_LISTED = """
    page:integer order_by=id|created|updated|due_date reverse:boolean subtasks:boolean include_closed:boolean
    include_markdown_description:boolean custom_fields
"""


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write dates as the milliseconds ClickUp wants."""
    for name in _DATES & parameters.keys():
        parameters[name] = _to_milliseconds(parameters[name])
    return parameters


def _to_milliseconds(value: Any) -> Any:
    if not isinstance(value, date) or value != value:  # pandas' NaT is a date that differs from itself
        return value
    at = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def next_tasks(asked: Mapping[str, Any], answer: Json, rows: list[Any]) -> dict[str, Any] | None:
    """Ask for the next number until the answer says last_page, or, where it says nothing, a page is not full."""
    is_last = dig(answer, "last_page")
    if not rows or is_last is True or (is_last is None and len(rows) < _TASKS_ON_A_PAGE):
        return None
    return {**asked, "page": int(asked.get("page") or 0) + 1}


def next_comments(asked: Mapping[str, Any], answer: Json, rows: list[Any]) -> dict[str, Any] | None:
    """Go on from the oldest comment read: its date and its id."""
    start, start_id = dig(rows, "-1.date"), dig(rows, "-1.id")
    if len(rows) < _COMMENTS_ON_A_PAGE or not start or not start_id:
        return None
    return {**asked, "start": start, "start_id": start_id}


def _lists(*names: str) -> tuple[Parameter, ...]:
    """Return the parameters whose name on the wire ends in brackets: statuses[]=a&statuses[]=b."""
    return tuple(Parameter(name, "query", "array", wire=f"{name}[]") for name in names)


_ME = Operation("users.me", "GET", "/user", summary="Whose token this is.")
_COMMENTS = NextCall(next_comments, items="comments")

integration = Integration(
    name="clickup",
    title="ClickUp",
    category="project management",
    docs="https://developer.clickup.com/reference",
    checked="2026-11",
    base_url="https://api.clickup.com/api/v2",
    base_parameters=(
        BaseParameter(
            "plan", default="free", pattern="|".join(_PLANS),
            help="the Workspace's plan: free, unlimited, business (100 calls a minute), business_plus (1,000), enterprise",
        ),
    ),
    auth=(
        ApiKey("token", header="Authorization", note="A personal token (pk_...), as it stands: no Bearer before it."),
        OAuth2(
            authorize="https://app.clickup.com/api",
            token="https://api.clickup.com/api/v2/oauth/token",
            pkce=False,
            token_auth="client_secret_post",
            note="No scopes: the person picks Workspaces. The token does not expire and cannot be refreshed.",
        ),
    ),
    limits=tuple(Limit(amount, per=60.0, when=plan, source=_RATES) for plan, amount in _PLANS.items()),
    variant=lambda credential, base: base.get("plan") or "free",
    rate_headers=RateHeaders(
        limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", reset_unit="epoch_s"
    ),
    adjust=adjust,
    pagination=NextCall(next_tasks, items="tasks"),
    errors=ErrorShape(message=("err", "error"), code=("ECODE",)),
    hints={
        "APP_002": "The limit of the Workspace's plan is reached; say plan= if it is higher, and look for other programs.",
        "OAUTH_025": "The token is not valid: copy it again from Settings > Apps, and leave Bearer out before a pk_ token.",
        "OAUTH_027": "The app has not been given this Workspace: connect it again and pick the Workspace.",
        "OAUTH_019": "The authorization header is malformed: a personal token stands alone in it.",
        "ITEM_013": "No such task for this token; a custom id needs custom_task_ids=True and team_id.",
        "FIELD_129": "The custom field does not take this value; lists.custom_fields shows its type and its options.",
        "401": "Check the token; a personal one begins with pk_ and has no Bearer before it.",
        "404": "Check the id; a task's custom id needs custom_task_ids=True and team_id.",
    },
    health=_ME,
    operations=(
        Operation("teams.list", "GET", "/team", items="teams", summary="The Workspaces; the API calls one a team."),
        Operation("lists.list", "GET", "/folder/{folder_id}/list", fields("archived:boolean"), items="lists"),
        Operation("lists.custom_fields", "GET", "/list/{list_id}/field", items="fields"),
        Operation(
            "lists.add_task", "POST", "/list/{list_id}/task/{task_id}", is_idempotent=True,
            summary="Show a task in a second list; the Workspace must allow tasks in several.",
        ),
        Operation("lists.remove_task", "DELETE", "/list/{list_id}/task/{task_id}"),
        Operation(
            "tasks.create", "POST", "/list/{list_id}/task",
            fields("name!", _TASK, """
                assignees:array group_assignees:array tags:array notify_all:boolean links_to custom_item_id:integer
                custom_fields:array check_required_custom_fields:boolean
            """, _CUSTOM_ID),
            summary="priority is 1 (urgent) to 4 (low); custom_fields=[{id, value}].",
        ),
        Operation(
            "tasks.get", "GET", "/task/{task_id}",
            fields("custom_task_ids:boolean team_id include_subtasks:boolean include_markdown_description:boolean"),
        ),
        Operation(
            "tasks.update", "PUT", "/task/{task_id}",
            fields("name", _TASK, "assignees:object group_assignees:object archived:boolean custom_item_id:integer",
                   _CUSTOM_ID),
            summary='assignees={"add": [id], "rem": [id]}. Custom fields change by tasks.set_custom_field.',
        ),
        Operation("tasks.delete", "DELETE", "/task/{task_id}", fields("custom_task_ids:boolean team_id")),
        Operation(
            "tasks.list", "GET", "/list/{list_id}/task",
            (*fields(_LISTED, _DATED, "archived:boolean"), *_lists("statuses", "assignees", "tags")),
            is_paginated=True,
        ),
        Operation(
            "tasks.list_filtered", "GET", "/team/{team_id}/task",
            (
                *fields(_LISTED, _DATED),
                *_lists("statuses", "assignees", "tags", "list_ids", "project_ids", "space_ids"),
            ),
            is_paginated=True, summary="Over the whole Workspace; project_ids are folders.",
        ),
        Operation("tasks.members", "GET", "/task/{task_id}/member", items="members"),
        Operation(
            "tasks.set_custom_field", "POST", "/task/{task_id}/field/{field_id}",
            fields("value:any! value_options:object", _CUSTOM_ID), is_idempotent=True,
        ),
        Operation(
            "tasks.add_tag", "POST", "/task/{task_id}/tag/{tag_name}", fields(_CUSTOM_ID), is_idempotent=True,
        ),
        Operation(
            "tasks.remove_tag", "DELETE", "/task/{task_id}/tag/{tag_name}", fields("custom_task_ids:boolean team_id"),
        ),
        Operation(
            "tasks.add_attachment", "POST", "/task/{task_id}/attachment", fields("attachment:any!", _CUSTOM_ID),
            body="multipart", summary="attachment is bytes, or (its name, bytes).",
        ),
        Operation(
            "tasks.add_dependency", "POST", "/task/{task_id}/dependency",
            fields("depends_on dependency_of", _CUSTOM_ID), is_idempotent=True, summary="One of the two.",
        ),
        Operation(
            "tasks.remove_dependency", "DELETE", "/task/{task_id}/dependency",
            fields("depends_on dependency_of custom_task_ids:boolean team_id"),
        ),
        Operation(
            "checklists.create", "POST", "/task/{task_id}/checklist", fields("name!", _CUSTOM_ID),
        ),
        Operation("checklists.update", "PUT", "/checklist/{checklist_id}", fields("name position:integer")),
        Operation("checklists.delete", "DELETE", "/checklist/{checklist_id}"),
        Operation(
            "checklist_items.create", "POST", "/checklist/{checklist_id}/checklist_item", fields("name! assignee:integer"),
        ),
        Operation(
            "checklist_items.update", "PUT", "/checklist/{checklist_id}/checklist_item/{checklist_item_id}",
            fields("name assignee:integer resolved:boolean parent"),
        ),
        Operation(
            "checklist_items.delete", "DELETE", "/checklist/{checklist_id}/checklist_item/{checklist_item_id}"
        ),
        Operation(
            "comments.create", "POST", "/task/{task_id}/comment",
            fields("comment_text comment:array assignee:integer group_assignee notify_all:boolean", _CUSTOM_ID),
            summary="comment_text is plain; comment is a list of formatted parts.",
        ),
        Operation(
            "comments.list", "GET", "/task/{task_id}/comment",
            fields("start:integer start_id custom_task_ids:boolean team_id"),
            is_paginated=True, pagination=_COMMENTS, summary="The newest first.",
        ),
        Operation("space_tags.list", "GET", "/space/{space_id}/tag", items="tags"),
        Operation("space_tags.create", "POST", "/space/{space_id}/tag", fields("name! tag_fg tag_bg"), into="tag"),
        Operation(
            "space_tags.update", "PUT", "/space/{space_id}/tag/{tag_name}", fields("name fg_color bg_color"), into="tag",
            is_idempotent=False,  # renamed, it is not found under the old name
        ),
        Operation("space_tags.delete", "DELETE", "/space/{space_id}/tag/{tag_name}"),
        Operation(
            "time_entries.create", "POST", "/team/{team_id}/time_entries",
            fields("""
                tid description start:integer! stop:integer duration:integer! assignee:integer billable:boolean tags:array
                ?custom_task_ids:boolean
            """),
            summary="duration is in milliseconds; tid is the task's id.",
        ),
        Operation(
            "time_entries.list", "GET", "/team/{team_id}/time_entries",
            fields("""
                start_date:integer end_date:integer assignee:csv include_task_tags:boolean
                include_location_names:boolean space_id folder_id list_id task_id custom_task_ids:boolean
            """),
            items="data", summary="Those of the last 30 days without start_date and end_date; one of space, folder, list, task.",
        ),
        Operation(
            "time_entries.start", "POST", "/team/{team_id}/time_entries/start",
            fields("tid description billable:boolean tags:array ?custom_task_ids:boolean"),
        ),
        Operation(
            "time_entries.remove_tags", "DELETE", "/team/{team_id}/time_entries/tags",
            (
                Parameter("time_entry_ids", "body", "array", is_required=True),
                Parameter("tags", "body", "array", is_required=True),
            ),
        ),
        Operation(
            "webhooks.create", "POST", "/team/{team_id}/webhook",
            fields("endpoint! events:array! space_id:integer folder_id:integer list_id:integer task_id"),
            summary='events=["*"] for all; the answer has the secret that signs deliveries.',
        ),
    ),
    webhooks=WebhookSource(
        Signature("X-Signature", note="The key is webhook.secret of the answer to webhooks.create."),
        event="body:event",
        delivery="body:history_items.0.id",
        answer_within_s=7.0,
        retries="Five attempts, then the event is lost; after 100 lost events, or one 410, the webhook is suspended"
        " without notice: look at health.status in GET /team/{team_id}/webhook.",
    ),
    unverified=(
        "the codes of errors",
        "last_page in the answer, and 25 comments on a page",
        "a webhook's delivery id",
        "that an OAuth token wants Bearer before it",
        "parameters: from a third party's description and the reference as remembered",
    ),
)  # fmt: skip
