"""What Jira Cloud answers and is asked, and what each means: data only.

Bodies as in https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and /platform/rate-limiting/ (2026-11).
"""

NOT_DESCRIBED = {
    "issues.bulk_fetch": "newer than the description of 2022-07",
    "issues.bulk_edit": "newer than the description of 2022-07",
    "issues.search": "newer than the description of 2022-07; it took the place of /rest/api/3/search",
    "issues.count": "newer than the description of 2022-07; searches have no total any more",
}

_CLOUD = "7a485448-a9e2-4c85-8a3c-4f44175783c9"

CREDENTIALS = [
    {
        "credential": {"email": "ada@example.com", "api_token": "ATATT", "site": "acme"},
        "base": {"site": "acme.atlassian.net"},
        "variant": "user",
        "authorization": "Basic YWRhQGV4YW1wbGUuY29tOkFUQVRU",
    },
    {
        "credential": {"access_token": "eyJ", "cloud_id": _CLOUD},
        "base": {"site": f"api.atlassian.com/ex/jira/{_CLOUD}"},
        "variant": "app",
        "authorization": "Bearer eyJ",
    },
    {
        "credential": {"email": "a@b.co", "api_token": "x", "site": "acme.atlassian.net"},
        "base": {"site": "acme.atlassian.net"},
        "variant": "user",
    },
]

BASES = [
    {"given": {"site": "acme.atlassian.net"}, "url": "https://acme.atlassian.net", "headers": {}},
    {
        "given": {"site": f"api.atlassian.com/ex/jira/{_CLOUD}"},
        "url": f"https://api.atlassian.com/ex/jira/{_CLOUD}",
        "headers": {},
    },
]

_LIMITED = "The request has been rate-limited. Please try again later."
_UNSEEN = "Issue does not exist or you do not have permission to see it."

ANSWERS = [
    {"why": "a success", "status": 201, "body": {"id": "10000", "key": "WEB-1"}, "verdict": "success"},
    {"why": "an empty success", "status": 204, "body": "", "verdict": "success"},
    {
        "why": "many at once, some of them refused: those made are made",
        "status": 201,
        "body": {"issues": [{"key": "WEB-1"}], "errors": [{"status": 400, "failedElementNumber": 1}]},
        "verdict": "success",
    },
    {
        "why": "an end point too often, with time, figures and reason",
        "status": 429,
        "headers": {
            "retry-after": "5", "x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "ratelimit-reason": "jira-burst-based",
            "x-ratelimit-reset": "2026-11-23T02:00:05Z", "date": "Mon, 23 Nov 2026 02:00:00 GMT",
        },
        "body": {"errorMessages": [_LIMITED], "errors": {}, "status": 429},
        "verdict": "throttled",
        "hint": {"retry_after_s": 5.0, "remaining": 0.0, "reset_in_s": 5.0, "scope": "jira-burst-based"},
        "message": _LIMITED,
        "has_hint": True,
    },
    {
        "why": "too often, as a page of HTML",
        "status": 429,
        "headers": {"content-type": "text/html"},
        "body": "<html><body>429 Too Many Requests</body></html>",
        "verdict": "throttled",
        "has_hint": True,
    },
    {
        "why": "a resource limit: nothing was done, and a time is named",
        "status": 503,
        "headers": {"retry-after": "30"},
        "body": "",
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 30.0},
    },
    {
        "why": "their failure",
        "status": 503,
        "body": "",
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {"why": "a wrong token", "status": 401, "body": "Client must be authenticated to access this resource.",
     "verdict": "auth", "has_hint": True},
    {"why": "a wrong OAuth token", "status": 401, "body": {"code": 401, "message": "Unauthorized"}, "verdict": "auth",
     "code": "401", "has_hint": True},
    {
        "why": "a field they refuse",
        "status": 400,
        "body": {"errorMessages": [], "errors": {"summary": "You must specify a summary of the issue."}},
        "verdict": "permanent",
        "message": "You must specify a summary of the issue.",
        "has_hint": True,
    },
    {
        "why": "an issue one may not see",
        "status": 404,
        "body": {"errorMessages": [_UNSEEN], "errors": {}},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "the search that is gone",
        "status": 410,
        "body": {"errorMessages": ["The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."]},
        "verdict": "permanent",
        "has_hint": True,
    },
]  # fmt: skip


def _document(*lines: str) -> dict:
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}
            for line in lines
        ],
    }


_BASE = "https://acme.atlassian.net"

REQUESTS = [
    {
        "operation": "issues.create",
        "given": {
            "project": "WEB", "issuetype": "Bug", "summary": "It leaks", "description": "First.\n\nLast.", "priority": None,
            "labels": ["ui"], "customfield_10010": 3, "parent": "WEB-7", "assignee": "5b10a2844c20165700ede21g",
        },
        "url": f"{_BASE}/rest/api/3/issue",
        "body": {"fields": {
            "project": {"key": "WEB"}, "issuetype": {"name": "Bug"}, "summary": "It leaks",
            "description": _document("First.", "", "Last."), "labels": ["ui"], "customfield_10010": 3,
            "parent": {"key": "WEB-7"}, "assignee": {"accountId": "5b10a2844c20165700ede21g"},
        }},
        "is_resendable": False,
    },
    {
        "operation": "issues.bulk_create",
        "given": {"issueUpdates": [{"fields": {"project": 10001, "summary": "It leaks", "description": "Yes."}}]},
        "body": {"issueUpdates": [{"fields": {"project": {"id": "10001"}, "summary": "It leaks",
                                              "description": _document("Yes.")}}]},
    },
    {
        "operation": "issues.search",
        "given": {"jql": "project = WEB", "maxResults": 100},
        "url": f"{_BASE}/rest/api/3/search/jql",
        "body": {"jql": "project = WEB", "maxResults": 100, "fields": ["*navigable"]},
        "is_resendable": True,
    },
    {
        "operation": "issues.transition",
        "given": {"issueIdOrKey": "WEB-1", "transition": 31.0, "resolution": "Done"},
        "url": f"{_BASE}/rest/api/3/issue/WEB-1/transitions",
        "body": {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}},
        "is_resendable": False,
    },
    {
        "operation": "issues.update",
        "given": {"issueIdOrKey": "WEB-1", "summary": "It held", "notifyUsers": False},
        "url": f"{_BASE}/rest/api/3/issue/WEB-1?notifyUsers=false",
        "body": {"fields": {"summary": "It held"}},
        "is_resendable": True,
    },
    {
        "operation": "comments.create",
        "given": {"issueIdOrKey": "WEB-1", "body": "Seen."},
        "url": f"{_BASE}/rest/api/3/issue/WEB-1/comment",
        "body": {"body": _document("Seen.")},
    },
    {
        "operation": "issue_links.create",
        "given": {"type": "Blocks", "inwardIssue": "WEB-1", "outwardIssue": "WEB-2", "comment": "So it is."},
        "body": {"type": {"name": "Blocks"}, "inwardIssue": {"key": "WEB-1"}, "outwardIssue": {"key": "WEB-2"},
                 "comment": {"body": _document("So it is.")}},
    },
    {
        "operation": "attachments.create",
        "given": {"issueIdOrKey": "WEB-1", "file": ("a.txt", b"hello")},
        "url": f"{_BASE}/rest/api/3/issue/WEB-1/attachments",
        "headers": {"X-Atlassian-Token": "no-check"},
    },
    {
        "operation": "issues.get",
        "given": {"issueIdOrKey": "WEB-1", "fields": ["summary", "status"]},
        "url": f"{_BASE}/rest/api/3/issue/WEB-1?fields=summary%2Cstatus",
    },
]  # fmt: skip

REFUSED = [
    {"operation": "issues.create", "given": {"project": "WEB"}, "says": "needs summary and issuetype"},
    {"operation": "issues.search", "given": {}, "says": "needs jql"},
    {"operation": "issues.delete", "given": {"issueIdOrKey": "WEB-1", "deleteSubtasks": "yes"}, "says": "true, false"},
    {"operation": "sprints.list", "given": {"boardId": "web"}, "says": "a whole number"},
]  # fmt: skip

PAGES = [
    {
        "operation": "issues.search",
        "asked": {"jql": "project = WEB", "maxResults": 2},
        "body": {"issues": [{"key": "WEB-1"}, {"key": "WEB-2"}], "nextPageToken": "abc", "isLast": False},
        "items": [{"key": "WEB-1"}, {"key": "WEB-2"}],
        "next": {"jql": "project = WEB", "maxResults": 2, "nextPageToken": "abc"},
    },
    {
        "operation": "issues.search",
        "asked": {"jql": "project = WEB"},
        "body": {"issues": [{"key": "WEB-3"}], "isLast": True},
        "items": [{"key": "WEB-3"}],
    },
    {
        "operation": "issues.search",
        "asked": {"jql": "project = WEB", "nextPageToken": "abc"},
        "body": {"issues": [], "nextPageToken": "abc", "isLast": False},
        "items": [],
    },
    {
        "operation": "comments.list",
        "asked": {"issueIdOrKey": "WEB-1", "maxResults": 1},
        "body": {"startAt": 0, "maxResults": 1, "total": 2, "comments": [{"id": "1"}]},
        "items": [{"id": "1"}],
        "next": {"issueIdOrKey": "WEB-1", "maxResults": 1, "startAt": 1},
    },
    {
        "operation": "users.search",
        "asked": {"query": "a", "maxResults": 50},
        "body": [{"accountId": "1"}, {"accountId": "2"}],
        "items": [{"accountId": "1"}, {"accountId": "2"}],
        "next": {"query": "a", "maxResults": 50, "startAt": 50},
    },
    {
        "operation": "sprints.list",
        "asked": {"boardId": 1, "startAt": 50},
        "body": {"maxResults": 50, "startAt": 50, "isLast": True, "values": [{"id": 9}]},
        "items": [{"id": 9}],
    },
]
