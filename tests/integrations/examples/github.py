"""What GitHub answers and is asked, and what each means: data only.

Bodies as in https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and
/troubleshooting-the-rest-api (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "ghp_abc"}, "variant": "user", "authorization": "Bearer ghp_abc"},
    {"credential": {"token": "ghs_abc"}, "base": {"plan": "actions"}, "variant": "actions"},
]

BASES = [
    {
        "given": {},
        "url": "https://api.github.com",
        "headers": {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    },
    {
        "given": {"version": "2026-03-10"},
        "url": "https://api.github.com",
        "headers": {"X-GitHub-Api-Version": "2026-03-10"},
    },
]

_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

ANSWERS = [
    {"why": "a success", "status": 200, "body": {"id": 1, "full_name": "a/b"}, "verdict": "success"},
    {"why": "an empty success", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "the hour's budget is used up: wait until the reset, by GitHub's own clock",
        "status": 403,
        "headers": {
            "x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795401000",
            "x-ratelimit-resource": "core", "date": "Mon, 23 Nov 2026 02:00:00 GMT",
        },
        "body": {"message": "API rate limit exceeded for user ID 1."},
        "verdict": "throttled",
        "hint": {"remaining": 0.0, "retry_after_s": 1800.0, "scope": "core"},
    },
    {
        "why": "the secondary limit without any field: a minute at least",
        "status": 403,
        "headers": {"x-ratelimit-remaining": "4980", "x-ratelimit-reset": "1795395600"},
        "body": {"message": _SECONDARY},
        "verdict": "throttled",
        "hint": {"retry_after_s": 60.0},
    },
    {
        "why": "the secondary limit with a Retry-After, which goes first",
        "status": 403,
        "headers": {"retry-after": "17"},
        "body": {"message": _SECONDARY},
        "verdict": "throttled",
        "hint": {"retry_after_s": 17.0},
    },
    {
        "why": "the secondary limit as a 429",
        "status": 429,
        "body": {"message": _SECONDARY},
        "verdict": "throttled",
        "hint": {"retry_after_s": 60.0},
    },
    {
        "why": "a plain 403 is a missing permission and must not be asked again",
        "status": 403,
        "headers": {"x-ratelimit-remaining": "4999"},
        "body": {"message": "Resource not accessible by personal access token"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "GraphQL refuses for rate with a 200",
        "status": 200,
        "body": {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]},
        "verdict": "throttled",
    },
    {
        "why": "a GraphQL query that is wrong is not a success",
        "status": 200,
        "body": {"errors": [{"extensions": {"code": "undefinedField"}, "message": "Field 'x' doesn't exist"}]},
        "verdict": "permanent",
        "message": "Field 'x' doesn't exist",
    },
    {
        "why": "a REST answer about errors is a success: the list of a CODEOWNERS file",
        "status": 200,
        "body": {"errors": [{"line": 3, "kind": "Invalid pattern", "message": "..."}]},
        "verdict": "success",
    },
    {"why": "a wrong token", "status": 401, "body": {"message": "Bad credentials"}, "verdict": "auth", "has_hint": True},
    {"why": "a private repository", "status": 404, "body": {"message": "Not Found"}, "verdict": "permanent", "has_hint": True},
    {
        "why": "a field they do not accept",
        "status": 422,
        "body": {"message": "Validation Failed", "errors": [{"resource": "Issue", "code": "missing_field", "field": "title"}]},
        "verdict": "permanent",
        "code": "missing_field",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 502,
        "body": {"message": "Server Error"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "issues.create",
        "given": {"owner": "a", "repo": "b", "title": "It leaks", "labels": ["bug"]},
        "url": "https://api.github.com/repos/a/b/issues",
        "body": {"title": "It leaks", "labels": ["bug"]},
        "is_resendable": False,
    },
    {
        "operation": "issues.list",
        "given": {"owner": "a", "repo": "b", "labels": ["bug", "ui"], "state": "all"},
        "url": "https://api.github.com/repos/a/b/issues?labels=bug%2Cui&state=all",
    },
    {
        "operation": "contents.put",
        "given": {"owner": "a", "repo": "b", "path": "docs/a file.md", "message": "m", "content": b"hello"},
        "url": "https://api.github.com/repos/a/b/contents/docs/a%20file.md",
        "body": {"message": "m", "content": "aGVsbG8="},
        "is_resendable": False,
    },
    {
        "operation": "contents.delete",
        "given": {"owner": "a", "repo": "b", "path": "x.md", "message": "m", "sha": "1f"},
        "url": "https://api.github.com/repos/a/b/contents/x.md",
        "body": {"message": "m", "sha": "1f"},
        "is_resendable": False,
    },
    {
        "operation": "issues.get",
        "given": {"owner": "a", "repo": "b", "issue_number": 7.0},
        "url": "https://api.github.com/repos/a/b/issues/7",
    },
]

REFUSED = [
    {"operation": "issues.create", "given": {"owner": "a", "repo": "b"}, "says": "needs title"},
    {"operation": "issues.create", "given": {"owner": "a", "title": "t"}, "says": "needs repo"},
    {
        "operation": "issues.get",
        "given": {"owner": "a", "repo": "b", "issue_number": "seven"},
        "says": "a whole number",
    },
    {
        "operation": "pulls.merge",
        "given": {"owner": "a", "repo": "b", "pull_number": 1, "merge_method": "ff"},
        "says": "merge, squash, rebase",
    },
]

PAGES = [
    {
        "operation": "issues.list",
        "asked": {"owner": "a", "repo": "b"},
        "headers": {
            "link": '<https://api.github.com/repositories/1/issues?page=2>; rel="next", '
            '<https://api.github.com/repositories/1/issues?page=9>; rel="last"'
        },
        "body": [{"number": 1}, {"number": 2}],
        "items": [{"number": 1}, {"number": 2}],
        "next_url": "https://api.github.com/repositories/1/issues?page=2",
    },
    {
        "operation": "search.issues",
        "asked": {"q": "leak"},
        "body": {"total_count": 1, "incomplete_results": False, "items": [{"number": 3}]},
        "items": [{"number": 3}],
    },
    {
        "operation": "workflow_runs.list",
        "asked": {"owner": "a", "repo": "b"},
        "body": {"total_count": 1, "workflow_runs": [{"id": 4}]},
        "items": [{"id": 4}],
    },
]
