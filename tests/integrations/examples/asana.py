"""What Asana answers and is asked, and what each means: data only.

Bodies as in https://developers.asana.com/docs/errors and /docs/rate-limits (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "1/abc"}, "authorization": "Bearer 1/abc", "variant": "free"},
    {
        "credential": {"access_token": "def"},
        "authorization": "Bearer def",
        "base": {"plan": "paid"},
        "variant": "paid",
    },
]

BASES = [{"given": {}, "url": "https://app.asana.com/api/1.0", "headers": {}}]


def _error(message: str, **more: str) -> dict:
    return {"errors": [{"message": message, "help": "For more information on API status codes ...", **more}]}


ANSWERS = [
    {"why": "a success", "status": 200, "body": {"data": {"gid": "1", "name": "Ada"}}, "verdict": "success"},
    {
        "why": "a batch is a 200 whatever became of its actions",
        "status": 200,
        "body": {"data": [{"status_code": 404, "body": _error("task: Not a recognized ID: 1")}]},
        "verdict": "success",
    },
    {
        "why": "too fast",
        "status": 429,
        "headers": {"retry-after": "30"},
        "body": _error("You've made too many requests and hit a rate limit. Please retry after the given amount of time."),
        "verdict": "throttled",
        "hint": {"retry_after_s": 30.0},
        "has_hint": True,
    },
    {"why": "a wrong token", "status": 401, "body": _error("Not Authorized"), "verdict": "auth", "has_hint": True},
    {
        "why": "a plan without it",
        "status": 402,
        "body": _error("Search is only available to premium users."),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a value they refuse",
        "status": 400,
        "body": _error("You should specify one of workspace"),
        "verdict": "permanent",
        "message": "You should specify one of workspace",
        "has_hint": True,
    },
    {"why": "not theirs to see", "status": 403, "body": _error("Forbidden"), "verdict": "permanent", "has_hint": True},
    {
        "why": "nothing there",
        "status": 404,
        "body": _error("task: Unknown object: 1"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure, with a phrase for their support",
        "status": 500,
        "body": _error("Server Error", phrase="6 sad squid snuggle softly"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
        "code": "6 sad squid snuggle softly",
        "has_hint": True,
    },
    {
        "why": "they are away for a named time",
        "status": 503,
        "headers": {"retry-after": "60"},
        "body": "",
        "verdict": {"resendable": "throttled", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "tasks.create",
        "given": {"name": "Call Ada", "projects": ["12"], "due_on": "2026-12-01", "notes": None, "opt_fields": ["gid", "name"]},
        "url": "https://app.asana.com/api/1.0/tasks?opt_fields=gid%2Cname",
        "body": {"data": {"name": "Call Ada", "projects": ["12"], "due_on": "2026-12-01"}},
        "is_resendable": False,
    },
    {
        "operation": "tasks.list",
        "given": {"project": 120123456789.0, "limit": 100, "opt_fields": "name,due_on"},
        "url": "https://app.asana.com/api/1.0/tasks?project=120123456789&limit=100&opt_fields=name%2Cdue_on",
    },
    {
        "operation": "tasks.search",
        "given": {"workspace_gid": "9", "text": "ada", "projects.any": ["1", "2"], "completed": False},
        "url": "https://app.asana.com/api/1.0/workspaces/9/tasks/search?text=ada&projects.any=1%2C2&completed=false",
        "is_resendable": True,
    },
    {
        "operation": "batch.run",
        "given": {"actions": [{"method": "post", "relative_path": "/tasks", "data": {"name": "a", "workspace": "9"}}]},
        "url": "https://app.asana.com/api/1.0/batch",
        "body": {
            "data": {
                "actions": [
                    {"method": "post", "relative_path": "/tasks", "data": {"name": "a", "workspace": "9"}}
                ]
            }
        },
        "is_resendable": False,
    },
    {
        "operation": "sections.add_task",
        "given": {"section_gid": "5", "task": "1"},
        "url": "https://app.asana.com/api/1.0/sections/5/addTask",
        "body": {"data": {"task": "1"}},
        "is_resendable": True,
    },
]  # fmt: skip

REFUSED = [
    {"operation": "tasks.add_tag", "given": {"task_gid": "1"}, "says": "needs tag"},
    {"operation": "tasks.create", "given": {"name": "a", "asignee": "me"}, "says": "Did you mean assignee?"},
    {"operation": "projects.create", "given": {"name": "a", "default_view": "table"}, "says": "list, board"},
]  # fmt: skip

PAGES = [
    {
        "operation": "tasks.list",
        "asked": {"project": "1", "limit": 1},
        "body": {
            "data": [{"gid": "1"}],
            "next_page": {"offset": "eyJ0eXAiOiJKV1Qi", "path": "/tasks?offset=...", "uri": "https://app.asana.com/..."},
        },
        "items": [{"gid": "1"}],
        "next": {"project": "1", "limit": 1, "offset": "eyJ0eXAiOiJKV1Qi"},
    },
    {"operation": "users.list", "body": {"data": [{"gid": "2"}], "next_page": None}, "items": [{"gid": "2"}]},
]  # fmt: skip

NOT_DESCRIBED = {"users.me": 'described as /users/{user_gid}, whose gid may be the word "me"'}
