"""What ClickUp answers and is asked, and what each means: data only.

Errors as in https://developer.clickup.com/docs/rate-limits and /docs/authentication (2026-11).
"""

from datetime import UTC, date, datetime

CREDENTIALS = [
    {"credential": {"token": "pk_1_ABC"}, "variant": "free", "authorization": "pk_1_ABC"},
    {"credential": {"access_token": "1_abc"}, "base": {"plan": "enterprise"}, "variant": "enterprise",
     "authorization": "Bearer 1_abc"},
]  # fmt: skip

BASES = [{"given": {"plan": "business_plus"}, "url": "https://api.clickup.com/api/v2", "headers": {}}]

_LEFT = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "99", "x-ratelimit-reset": "1795399230"}
_SPENT = {**_LEFT, "x-ratelimit-remaining": "0"}

ANSWERS = [
    {
        "why": "a success, with what is left: the reset is an instant",
        "status": 200,
        "headers": _LEFT,
        "body": {"id": "86a1", "name": "Write"},
        "verdict": "success",
        "hint": {"limit": 100.0, "remaining": 99.0, "reset_in_s": 30.0},
    },
    {
        "why": "too fast: no Retry-After, but nothing is left until the reset",
        "status": 429,
        "headers": _SPENT,
        "body": {"err": "Rate limit reached", "ECODE": "APP_002"},
        "verdict": "throttled",
        "hint": {"remaining": 0.0, "reset_in_s": 30.0},
        "code": "APP_002",
        "message": "Rate limit reached",
        "has_hint": True,
    },
    {
        "why": "a wrong token, or Bearer before a personal one",
        "status": 401,
        "body": {"err": "Token invalid", "ECODE": "OAUTH_025"},
        "verdict": "auth",
        "code": "OAUTH_025",
        "has_hint": True,
    },
    {
        "why": "a Workspace the app was not given",
        "status": 401,
        "body": {"err": "Team not authorized", "ECODE": "OAUTH_027"},
        "verdict": "auth",
        "has_hint": True,
    },
    {
        "why": "no such task: a custom id without custom_task_ids",
        "status": 404,
        "body": {"err": "Task not found, deleted", "ECODE": "ITEM_013"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a value the field does not take",
        "status": 400,
        "body": {"err": "Value is not a valid option", "ECODE": "FIELD_129"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"err": "Internal server error", "ECODE": "ITEMV2_003"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "a gateway on the way",
        "status": 502,
        "body": "<html>Bad Gateway</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]

REQUESTS = [
    {
        "operation": "tasks.create",
        "given": {"list_id": "901", "name": "Write", "due_date": datetime(2026, 11, 23, 2, tzinfo=UTC), "priority": 2.0,
                  "custom_fields": '[{"id": "f1", "value": 3}]', "status": None},
        "url": "https://api.clickup.com/api/v2/list/901/task",
        "body": {"name": "Write", "due_date": 1795399200000, "priority": 2, "custom_fields": [{"id": "f1", "value": 3}]},
        "is_resendable": False,
    },
    {
        "operation": "tasks.update",
        "given": {"task_id": "PROJ-7", "custom_task_ids": True, "team_id": "12", "start_date": date(2026, 11, 23),
                  "assignees": {"add": [183]}},
        "url": "https://api.clickup.com/api/v2/task/PROJ-7?custom_task_ids=true&team_id=12",
        "body": {"start_date": 1795392000000, "assignees": {"add": [183]}},
        "is_resendable": True,
    },
    {
        "operation": "tasks.list",
        "given": {"list_id": "901", "statuses": ["to do", "done"], "date_updated_gt": datetime(2026, 11, 23, 2)},
        "url": "https://api.clickup.com/api/v2/list/901/task?statuses[]=to do&statuses[]=done"
               "&date_updated_gt=1795399200000",
        "is_resendable": True,
    },
    {
        "operation": "tasks.add_tag",
        "given": {"task_id": "86a1", "tag_name": "needs review"},
        "url": "https://api.clickup.com/api/v2/task/86a1/tag/needs%20review",
        "is_resendable": True,
    },
    {
        "operation": "space_tags.create",
        "given": {"space_id": "9", "name": "vip", "tag_bg": "#ff0000"},
        "body": {"tag": {"name": "vip", "tag_bg": "#ff0000"}},
        "is_resendable": False,
    },
    {
        "operation": "time_entries.remove_tags",
        "given": {"team_id": "12", "time_entry_ids": ["1"], "tags": [{"name": "paid"}]},
        "url": "https://api.clickup.com/api/v2/team/12/time_entries/tags",
        "body": {"time_entry_ids": ["1"], "tags": [{"name": "paid"}]},
    },
]  # fmt: skip

REFUSED = [
    {"operation": "tasks.create", "given": {"list_id": "901"}, "says": "needs name"},
    {"operation": "tasks.create", "given": {"list_id": "901", "name": "a", "dueDate": 1}, "says": "Did you mean due_date?"},
    {"operation": "tasks.create", "given": {"list_id": "901", "name": "a", "due_date": "tomorrow"}, "says": "a whole number"},
]  # fmt: skip

PAGES = [
    {
        "operation": "tasks.list",
        "asked": {"list_id": "901"},
        "body": {"tasks": [{"id": "86a1"}], "last_page": False},
        "items": [{"id": "86a1"}],
        "next": {"list_id": "901", "page": 1},
    },
    {
        "operation": "tasks.list",
        "asked": {"list_id": "901", "page": 1},
        "body": {"tasks": [{"id": "86a2"}], "last_page": True},
        "items": [{"id": "86a2"}],
    },
    {
        "operation": "tasks.list_filtered",
        "why": "a page that is not full, from an answer that says nothing",
        "asked": {"team_id": "12"},
        "body": {"tasks": [{"id": "86a1"}]},
        "items": [{"id": "86a1"}],
    },
    {
        "operation": "comments.list",
        "asked": {"task_id": "86a1"},
        "body": {"comments": [{"id": str(number), "date": f"17953992{number:05}"} for number in range(25)]},
        "items": [{"id": str(number), "date": f"17953992{number:05}"} for number in range(25)],
        "next": {"task_id": "86a1", "start": "1795399200024", "start_id": "24"},
    },
    {
        "operation": "comments.list",
        "asked": {"task_id": "86a1"},
        "body": {"comments": [{"id": "1", "date": "1795399200001"}]},
        "items": [{"id": "1", "date": "1795399200001"}],
    },
]

_PARTIAL = "the description is a third party's and partial; the vendor's reference has it"
NOT_DESCRIBED = {
    **dict.fromkeys(
        (
            "lists.add_task", "lists.remove_task", "tasks.add_attachment", "tasks.add_dependency", "tasks.remove_dependency",
            "checklists.create", "checklists.update", "checklists.delete", "checklist_items.create", "checklist_items.update",
            "checklist_items.delete", "space_tags.list", "space_tags.create", "space_tags.update", "space_tags.delete",
            "time_entries.remove_tags",
        ),
        _PARTIAL,
    ),
    "tasks.members": "described below /list/{list_id}, where the vendor's reference does not have it",
    "time_entries.start": "described with a timer_id at its end, which the vendor's reference does not have",
}  # fmt: skip
