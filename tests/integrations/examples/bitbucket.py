"""What Bitbucket Cloud answers and is asked, and what each means: data only.

Bodies as in https://developer.atlassian.com/cloud/bitbucket/rest/intro/ (2026-11) and reports of 2019 to 2026.
"""

NOT_DESCRIBED = {
    "workspaces.list": "newer than the description of 2024-05; it took the place of GET /workspaces"
}

CREDENTIALS = [
    {
        "credential": {"email": "ada@example.com", "api_token": "ATATT"},
        "authorization": "Basic YWRhQGV4YW1wbGUuY29tOkFUQVRU",
    },
    {"credential": {"token": "ATCTT"}, "authorization": "Bearer ATCTT"},
    {"credential": {"access_token": "abc"}, "authorization": "Bearer abc"},
]

BASES = [{"given": {}, "url": "https://api.bitbucket.org/2.0", "headers": {}}]

_EXPIRED = "Access token expired. Use your refresh token to obtain a new access token."

ANSWERS = [
    {"why": "a success", "status": 200, "body": {"slug": "app", "type": "repository"}, "verdict": "success"},
    {"why": "an empty success", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "a source file is a success, though no JSON",
        "status": 200,
        "headers": {"content-type": "text/plain"},
        "body": "# Read me",
        "verdict": "success",
    },
    {
        "why": "a page of something on the way is no success",
        "status": 200,
        "headers": {"content-type": "text/html; charset=utf-8"},
        "body": "<html>Log in</html>",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "the hour's calls are used up: plain text, no time, no fields",
        "status": 429,
        "headers": {"content-type": "text/plain"},
        "body": "Rate limit for this resource has been exceeded",
        "verdict": "throttled",
        "hint": {"retry_after_s": 60.0},
        "has_hint": True,
    },
    {
        "why": "an expired token",
        "status": 401,
        "body": {"type": "error", "error": {"message": _EXPIRED}},
        "verdict": "auth",
        "has_hint": True,
    },
    {"why": "an app password", "status": 401, "body": "", "verdict": "auth", "has_hint": True},
    {
        "why": "a missing scope",
        "status": 403,
        "body": {"type": "error", "error": {"message": "Your credentials lack one or more required privilege scopes.",
                                            "detail": {"required": ["pullrequest:write"], "granted": ["repository"]}}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a list over all workspaces, gone since 2026",
        "status": 410,
        "body": {"type": "error", "error": {"message": "CHANGE-2770: this endpoint has been removed."}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a field they refuse",
        "status": 400,
        "body": {"type": "error", "error": {"message": "Bad request", "fields": {"source": ["This field is required."]}}},
        "verdict": "permanent",
        "message": "This field is required.",
    },
    {
        "why": "nothing there",
        "status": 404,
        "body": {"type": "error", "error": {"message": "Repository a/b not found"}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 503,
        "body": "",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

_REPO = "https://api.bitbucket.org/2.0/repositories/acme/app"

REQUESTS = [
    {
        "operation": "pullrequests.create",
        "given": {
            "workspace": "acme", "repo_slug": "app", "title": "It holds", "source_branch": "fix", "destination": "main",
            "reviewers": ["{d301aafa}"], "description": None,
        },
        "url": f"{_REPO}/pullrequests",
        "body": {
            "source": {"branch": {"name": "fix"}}, "title": "It holds", "destination": {"branch": {"name": "main"}},
            "reviewers": [{"uuid": "{d301aafa}"}],
        },
        "is_resendable": False,
    },
    {
        "operation": "pullrequests.list",
        "given": {"workspace": "{d301-aafa}", "repo_slug": "app", "state": ["OPEN", "MERGED"], "pagelen": 50},
        "url": "https://api.bitbucket.org/2.0/repositories/%7Bd301-aafa%7D/app/pullrequests?state=OPEN&state=MERGED&pagelen=50",
    },
    {
        "operation": "pullrequest_comments.create",
        "given": {"workspace": "acme", "repo_slug": "app", "pull_request_id": 3.0, "raw": "Why?",
                  "inline": {"path": "a.py", "to": 4}},
        "url": f"{_REPO}/pullrequests/3/comments",
        "body": {"content": {"raw": "Why?"}, "inline": {"path": "a.py", "to": 4}},
        "is_resendable": False,
    },
    {
        "operation": "branches.create",
        "given": {"workspace": "acme", "repo_slug": "app", "name": "fix", "hash": "main"},
        "url": f"{_REPO}/refs/branches",
        "body": {"name": "fix", "target": {"hash": "main"}},
    },
    {
        "operation": "pipelines.run",
        "given": {"workspace": "acme", "repo_slug": "app", "ref_type": "branch", "ref_name": "main",
                  "variables": [{"key": "A", "value": "1"}]},
        "url": f"{_REPO}/pipelines/",
        "body": {"target": {"type": "pipeline_ref_target", "ref_type": "branch", "ref_name": "main"},
                 "variables": [{"key": "A", "value": "1"}]},
    },
    {
        "operation": "repositories.create",
        "given": {"workspace": "acme", "repo_slug": "app", "project": "WEB", "is_private": "true"},
        "url": _REPO,
        "body": {"project": {"key": "WEB"}, "is_private": True},
    },
    {
        "operation": "source.get",
        "given": {"workspace": "acme", "repo_slug": "app", "commit": "main", "path": "docs/a b.md"},
        "url": f"{_REPO}/src/main/docs/a%20b.md",
        "is_resendable": True,
    },
    {
        "operation": "commit_statuses.create",
        "given": {"workspace": "acme", "repo_slug": "app", "commit": "1f", "key": "ci", "state": "SUCCESSFUL"},
        "body": {"key": "ci", "state": "SUCCESSFUL"},
        "is_resendable": True,
    },
]  # fmt: skip

REFUSED = [
    {
        "operation": "pullrequests.create",
        "given": {"workspace": "acme", "repo_slug": "app", "title": "t"},
        "says": "needs source_branch",
    },
    {
        "operation": "pullrequests.create",
        "given": {
            "workspace": "acme",
            "repo_slug": "app",
            "title": "t",
            "source_branch": "b",
            "colour": "red",
        },
        "says": "no parameter 'colour'",
    },
    {
        "operation": "commit_statuses.create",
        "given": {"workspace": "acme", "repo_slug": "app", "commit": "1f", "key": "ci", "state": "DONE"},
        "says": "SUCCESSFUL",
    },
    {"operation": "repositories.get", "given": {"workspace": "acme"}, "says": "needs repo_slug"},
]

PAGES = [
    {
        "operation": "repositories.list",
        "asked": {"workspace": "acme"},
        "body": {
            "values": [{"slug": "a"}],
            "pagelen": 1,
            "next": "https://api.bitbucket.org/2.0/repositories/acme?page=2",
        },
        "items": [{"slug": "a"}],
        "next_url": "https://api.bitbucket.org/2.0/repositories/acme?page=2",
    },
    {
        "operation": "pullrequests.list",
        "asked": {"workspace": "acme", "repo_slug": "app"},
        "body": {"values": [{"id": 1}], "pagelen": 50, "size": 1},
        "items": [{"id": 1}],
    },
]
