"""What GitLab answers and is asked, and what each means: data only.

Bodies as in https://docs.gitlab.com/api/rest/ and doc/administration/settings/user_and_ip_rate_limits.md (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "glpat-abc"}, "variant": "gitlab_com", "header": ("PRIVATE-TOKEN", "glpat-abc")},
    {
        "credential": {"access_token": "abc"},
        "base": {"host": "git.example.com"},
        "variant": "self_managed",
        "authorization": "Bearer abc",
    },
    {"credential": {"job_token": "abc"}, "variant": "gitlab_com", "header": ("JOB-TOKEN", "abc")},
]

BASES = [
    {"given": {}, "url": "https://gitlab.com/api/v4", "headers": {}},
    {"given": {"host": "git.example.com:8443"}, "url": "https://git.example.com:8443/api/v4", "headers": {}},
    {
        "given": {"host": "example.com", "prefix": "/gitlab"},
        "url": "https://example.com/gitlab/api/v4",
        "headers": {},
    },
]

_TOO_OFTEN = "This endpoint has been requested too many times. Try again later."

ANSWERS = [
    {
        "why": "a success, with what is left of the minute",
        "status": 200,
        "headers": {
            "ratelimit-limit": "2000", "ratelimit-remaining": "1999", "ratelimit-reset": "1795399260",
            "ratelimit-name": "throttle_authenticated_api", "date": "Mon, 23 Nov 2026 02:00:00 GMT",
        },
        "body": {"id": 1, "iid": 1},
        "verdict": "success",
        "hint": {"limit": 2000.0, "remaining": 1999.0, "reset_in_s": 60.0, "scope": "throttle_authenticated_api"},
    },
    {"why": "an empty success", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "a job's log is a success, though no JSON",
        "status": 200,
        "headers": {"content-type": "text/plain"},
        "body": "Running with gitlab-runner 18.5.0",
        "verdict": "success",
    },
    {
        "why": "the limit per user: plain text, with a time",
        "status": 429,
        "headers": {"retry-after": "37", "ratelimit-remaining": "0", "ratelimit-name": "throttle_authenticated_api",
                    "content-type": "text/plain"},
        "body": "Retry later\n",
        "verdict": "throttled",
        "hint": {"retry_after_s": 37.0, "remaining": 0.0},
    },
    {
        "why": "an end point's own limit: plenty remains of the other, and no time is named",
        "status": 429,
        "headers": {"ratelimit-limit": "2000", "ratelimit-remaining": "1800", "ratelimit-name": "throttle_authenticated_api"},
        "body": {"message": {"error": _TOO_OFTEN}},
        "verdict": "throttled",
        "hint": {"retry_after_s": 60.0, "remaining": None},
        "message": _TOO_OFTEN,
        "has_hint": True,
    },
    {
        "why": "an address that is shut out for failed sign-ins",
        "status": 403,
        "headers": {"content-type": "text/plain"},
        "body": "Forbidden\n",
        "verdict": "throttled",
        "hint": {"retry_after_s": 900.0},
    },
    {
        "why": "a missing role",
        "status": 403,
        "body": {"message": "403 Forbidden"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a missing scope",
        "status": 403,
        "body": {"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided"
                 " by the access token.", "scope": "api"},
        "verdict": "permanent",
        "code": "insufficient_scope",
        "has_hint": True,
    },
    {
        "why": "an expired token",
        "status": 401,
        "body": {"error": "invalid_token", "error_description": "Token is expired. You can either do re-authorization or"
                 " token refresh."},
        "verdict": "auth",
        "has_hint": True,
    },
    {"why": "a wrong token", "status": 401, "body": {"message": "401 Unauthorized"}, "verdict": "auth", "has_hint": True},
    {
        "why": "a message that is an object of lists",
        "status": 400,
        "body": {"message": {"title": ["can't be blank"]}},
        "verdict": "permanent",
        "message": "can't be blank",
    },
    {
        "why": "a project the token may not see",
        "status": 404,
        "body": {"message": "404 Project Not Found"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a file that is there",
        "status": 400,
        "body": {"message": "A file with this name already exists"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 502,
        "body": "GitLab is not responding",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "issues.create",
        "given": {
            "id": "group/sub/project",
            "title": "It leaks",
            "labels": ["bug", "ui"],
            "assignee_id": 7.0,
        },
        "url": "https://gitlab.com/api/v4/projects/group%2Fsub%2Fproject/issues",
        "body": {"title": "It leaks", "labels": "bug,ui", "assignee_id": 7},
        "is_resendable": False,
    },
    {
        "operation": "issues.list",
        "given": {"id": 42, "iids": [1, 2], "labels": ["bug", "ui"], "state": "opened"},
        "url": "https://gitlab.com/api/v4/projects/42/issues?iids%5B%5D=1&iids%5B%5D=2&labels=bug%2Cui&state=opened",
    },
    {
        "operation": "files.create",
        "given": {
            "id": 42,
            "file_path": "docs/a file.md",
            "branch": "main",
            "content": b"hello",
            "commit_message": "m",
        },
        "url": "https://gitlab.com/api/v4/projects/42/repository/files/docs%2Fa%20file.md",
        "body": {"branch": "main", "content": "aGVsbG8=", "encoding": "base64", "commit_message": "m"},
        "is_resendable": False,
    },
    {
        "operation": "files.delete",
        "given": {"id": 42, "file_path": "x.md", "branch": "main", "commit_message": "m"},
        "url": "https://gitlab.com/api/v4/projects/42/repository/files/x.md?branch=main&commit_message=m",
        "is_resendable": False,
    },
    {
        "operation": "issues.update",
        "given": {"id": 42, "issue_iid": "7", "discussion_locked": True},
        "url": "https://gitlab.com/api/v4/projects/42/issues/7",
        "body": {"discussion_locked": True},
        "is_resendable": True,
    },
    {
        "operation": "merge_requests.accept",
        "given": {"id": 42, "merge_request_iid": 3},
        "url": "https://gitlab.com/api/v4/projects/42/merge_requests/3/merge",
        "is_resendable": False,
    },
]

REFUSED = [
    {"operation": "issues.create", "given": {"id": 42}, "says": "needs title"},
    {"operation": "files.get", "given": {"id": 42, "file_path": "a.md"}, "says": "needs ref"},
    {"operation": "issues.get", "given": {"id": 42, "issue_iid": "seven"}, "says": "a whole number"},
    {"operation": "issues.list", "given": {"id": 42, "state": "open"}, "says": "opened, closed, all"},
]

PAGES = [
    {
        "operation": "issues.list",
        "asked": {"id": 42, "per_page": 2},
        "headers": {
            "link": '<https://gitlab.com/api/v4/projects/42/issues?id=42&page=2&per_page=2>; rel="next", '
            '<https://gitlab.com/api/v4/projects/42/issues?id=42&page=1&per_page=2>; rel="first"'
        },
        "body": [{"iid": 1}, {"iid": 2}],
        "items": [{"iid": 1}, {"iid": 2}],
        "next_url": "https://gitlab.com/api/v4/projects/42/issues?id=42&page=2&per_page=2",
    },
    {
        "operation": "issues.list",
        "asked": {"id": 42, "per_page": 2},
        "headers": {
            "x-next-page": "",
            "link": '<https://gitlab.com/api/v4/projects/42/issues?page=1>; rel="first"',
        },
        "body": [{"iid": 3}],
        "items": [{"iid": 3}],
    },
]
