"""Jira Cloud: issues, comments, projects, boards (platform API v3, Agile API).

docs        https://developer.atlassian.com/cloud/jira/platform/rest/v3/
checked     2026-11, API v3 (/rest/api/3 and /rest/agile/1.0, in the paths)
quirks      Two addresses: your site with a classic API token; api.atlassian.com/ex/jira/CLOUD_ID with OAuth or a scoped
            token. Long texts are documents (ADF): plain text is wrapped here, a dict goes as it is. Names and keys are
            taken for the objects Jira wants (project="WEB", issuetype="Bug"); other columns go into fields. Search is
            /search/jql: no total, refuses a JQL without a restriction, and its token may lead on for ever, so an empty page
            ends it. Three limits at once: an app's points by the hour, each end point by the second, each issue's writes;
            RateLimit-Reason says which. A 429 may be a page of HTML, a 503 with Retry-After is one too. A call for which
            the credential is wrong may get an empty list instead of a 401. People are account ids. No idempotency keys.
            bulk_create answers 201 with errors[] for the issues it refused. Connect's signed requests are not offered.
unverified  all figures of the limits; lifetimes and PKCE at the sign-in; 100 rows a page of a search with fields; bulk sizes;
            webhook figures; parameters are those of a description of 2022-07 and, for what is newer, as remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Basic,
    Bulk,
    ErrorShape,
    Integration,
    Json,
    Limit,
    NextCall,
    OAuth2,
    Operation,
    Part,
    RateHeaders,
    Response,
    Signature,
    WebhookSource,
    dig,
    fields,
)

_POINTS = "https://developer.atlassian.com/cloud/jira/platform/rate-limiting/, 2026-11"
_RATES = (
    "https://developer.atlassian.com/cloud/jira/platform/build-an-app-that-respects-rate-limits/, 2026-11"
)
_ISSUE, _PROJECT = "/rest/api/3/issue/{issueIdOrKey}", "/rest/api/3/project/{projectIdOrKey}"
_PAGE = "maxResults:integer startAt:integer"
_TEXTS = ("description", "environment", "body", "comment")
_NAMED = {  # what a text stands for, where Jira wants an object
    "project": "key", "parent": "key", "issuetype": "name", "priority": "name", "resolution": "name", "assignee": "accountId",
    "reporter": "accountId", "transition": "id", "inwardIssue": "key", "outwardIssue": "key", "type": "name",
}  # fmt: skip
_LISTED = ("fields", "expand", "properties")  # of one issue they are texts with commas, of many lists
_OF_ISSUES = (
    "issues.create", "issues.update", "issues.transition", "issue_links.create", "comments.create", "comments.update",
    "worklogs.create",
)  # fmt: skip


def classify(response: Response) -> int | None:
    """Read a 503 that names a time as a refusal for rate: nothing was done."""
    return 429 if response.status == 503 and "retry-after" in response.headers else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write texts as documents and names as objects, and ask a search for the fields one sees."""
    if operation == "issues.search" and parameters.get("fields") is None:
        return {**parameters, "fields": ["*navigable"]}
    if operation == "issues.bulk_fetch":
        listed = {
            name: str(parameters[name]).split(",")
            for name in _LISTED
            if isinstance(parameters.get(name), str)
        }
        return {**parameters, **listed}
    if operation == "issues.bulk_create" and isinstance(parameters.get("issueUpdates"), (list, tuple)):
        updates = [_write_fields(operation, update) for update in parameters["issueUpdates"]]
        return {**parameters, "issueUpdates": updates}
    return _write_fields(operation, parameters) if operation in _OF_ISSUES else parameters


def _write_fields(operation: str, given: Any) -> Any:
    written = dict(given) if isinstance(given, Mapping) else {}
    for name, value in written.items():
        if name == "fields":
            written[name] = _write_fields(operation, value)
        if isinstance(value, (int, float)) and value == value // 1:
            value = str(int(value))  # an id out of a frame
        if not isinstance(value, str) or not value or value[:1] == "{":
            continue
        if name in _TEXTS:
            document = _write_document(value)
            written[name] = {"body": document} if operation == "issue_links.create" else document
        elif name in _NAMED:
            written[name] = {"id" if value.isdigit() else _NAMED[name]: value}
    return written


def _write_document(text: str) -> dict[str, Any]:
    """Return a plain text in Atlassian's document format: a paragraph for each line."""
    lines = ([{"type": "text", "text": line}] if line else [] for line in text.splitlines())
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": line} for line in lines],
    }


def _next_token(parameters: Mapping[str, Any], data: Json, items: list[Any]) -> Mapping[str, Any] | None:
    """Go on with the token of a search, but not from an empty page: some tokens never end."""
    token = dig(data, "nextPageToken")
    is_last = not items or not token or dig(data, "isLast") is True
    return None if is_last else {**parameters, "nextPageToken": token}


def _next_start(parameters: Mapping[str, Any], data: Json, items: list[Any]) -> Mapping[str, Any] | None:
    """Go on at the next row. Lists of people are filtered after they are cut: there a page may hold fewer than asked."""
    if not items or dig(data, "isLast") is True:
        return None
    step = int(parameters.get("maxResults") or len(items)) if isinstance(data, list) else len(items)
    start, total = int(parameters.get("startAt") or 0) + step, dig(data, "total")
    return None if isinstance(total, int) and start >= total else {**parameters, "startAt": start}


def _split(answer: Json, items: Sequence[Json]) -> list[Part | None]:
    """Say of each issue whether it was made: those refused are named by their place, the others come in order."""
    errors = answer.get("errors") or []
    refused = {
        one["failedElementNumber"]: Part(one.get("elementErrors"), int(one.get("status") or 400))
        for one in errors
    }
    made = iter([Part(issue, 201) for issue in answer.get("issues") or []])
    return [refused[place] if place in refused else next(made, None) for place in range(len(items))]


def _find_site(credential: Mapping[str, str]) -> str | None:
    if credential.get("cloud_id"):
        return f"api.atlassian.com/ex/jira/{credential['cloud_id']}"
    site = credential.get("site")
    return f"{site}.atlassian.net" if site and "." not in site else site


def _count_points(method: str, parameters: Mapping[str, Any]) -> float:
    """A call costs a point, and one for each thing it reads."""
    reads = parameters.get("maxResults") or (1 if method == "GET" else 0)
    return 1.0 + float(reads)


_SEARCH = NextCall(_next_token, items="issues", size="maxResults", max_size=100)
_ISSUE_FIELDS = """
    description:object environment:object priority:object assignee:object reporter:object labels:array
    components:array fixVersions:array versions:array duedate parent:object timetracking:object
"""
_ME = Operation(
    "users.me", "GET", "/rest/api/3/myself", fields("expand"), summary="Whose credential this is."
)


def _find_issues(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
    """Find each issue by its id or key; of one that is not there, or was moved, nothing is said, and it goes by itself."""
    issues = dig(answer, "issues") or ()
    found = {str(dig(issue, name)).upper(): issue for issue in issues for name in ("id", "key")}
    named = (str(item).upper() for item in items)
    return [Part(found[name]) if name in found else None for name in named]


_FETCH = Bulk(
    "issues.bulk_fetch", "issueIdsOrKeys", 100, shared=("fields", "expand", "properties", "fieldsByKeys"),
    fixed={"fields": ["*all"]}, split=_find_issues,  # by itself an issue is answered with all its fields
    item=lambda given: given["issueIdOrKey"] if len(given) == 1 else None,
)  # fmt: skip

integration = Integration(
    name="jira",
    title="Jira Cloud",
    category="project-management",
    docs="https://developer.atlassian.com/cloud/jira/platform/rest/v3/",
    checked="2026-11",
    base_url="https://{site}",
    base_parameters=(
        BaseParameter(
            "site", derive=_find_site,
            pattern=r"[A-Za-z0-9][A-Za-z0-9-]*\.atlassian\.net|api\.atlassian\.com/ex/jira/[0-9a-f-]{36}",
            help="acme.atlassian.net; with OAuth or a scoped token api.atlassian.com/ex/jira/CLOUD_ID",
        ),
    ),
    auth=(
        Basic(user="email", password="api_token", note="Your e-mail address and an API token; it lives a year at most."),
        OAuth2(
            authorize="https://auth.atlassian.com/authorize",
            token="https://auth.atlassian.com/oauth/token",
            scopes=("offline_access", "read:jira-work", "write:jira-work", "read:jira-user"),
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=3600,
            refresh_token_lifetime_s=7_776_000,
            authorize_extra=(("audience", "api.atlassian.com"), ("prompt", "consent")),
            lookup="https://api.atlassian.com/oauth/token/accessible-resources",
            keep=("id", "url"),
            base=(("site", "id", "([0-9a-f-]{36})", r"api.atlassian.com/ex/jira/\1"),),
            codes=(("refresh_token is invalid", "invalid_grant"),),
            note="accessible-resources names the cloud_id of each site; where there are several, give site=.",
        ),
    ),
    limits=(
        Limit(65_000, per=3600.0, unit="points", when="app", cost=_count_points, source=_POINTS),
        Limit(100, per=1.0, scope="operation", methods=("GET", "POST"), key="jira-burst-based", source=_RATES),
        Limit(50, per=1.0, scope="operation", methods=("PUT", "DELETE"), key="jira-burst-based", source=_RATES),
        Limit(
            20, per=2.0, scope="parameter:issueIdOrKey", methods=("POST", "PUT", "DELETE"), key="jira-per-issue-on-write",
            source=_RATES,
        ),
        Limit(100, per=30.0, scope="parameter:issueIdOrKey", methods=("POST", "PUT", "DELETE"), source=_RATES),
    ),
    variant=lambda credential, base: "app" if "access_token" in credential else "user",
    rate_headers=RateHeaders(
        limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", reset_unit="iso",
        scope="ratelimit-reason",
    ),
    classify=classify,
    adjust=adjust,
    pagination=NextCall(_next_start, items="values", size="maxResults", max_size=50),
    errors=ErrorShape(message=("errorMessages.0", "errors.*", "message", "error_description"), code=("code", "error")),
    hints={
        "Issue does not exist or you do not have permission to see it.": "Check the key, and that the account may browse the"
        " project.",
        "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.": "Add a restriction to"
        ' the JQL, for example project = WEB, or updated >= -30d.',
        "Operation value must be an Atlassian Document (see the Atlassian Document Format)": "A custom text field wants a"
        " document: give it as a dict in Atlassian's document format.",
        "issue type is required": "Give issuetype=, for example Task; the project's own types are in projects.get.",
        "400": "Jira refused a field: it may be unknown, not on the screen, or want another form; fields.list has their ids.",
        "401": "Check the e-mail address and the API token; a scoped token works at api.atlassian.com/ex/jira/CLOUD_ID only.",
        "403": "The account lacks the permission in this project, or the token its scope.",
        "404": "Check ids and site=; Jira also answers 404 for what the account may not see.",
        "410": "Atlassian has removed this: searches are issues.search now.",
        "429": "The message or RateLimit-Reason says what to slow down: the app, the end point, or writes on one issue.",
    },
    health=_ME,
    operations=(
        Operation(
            "issues.create", "POST", "/rest/api/3/issue",
            fields("project:object! summary! issuetype:object! /properties:array", _ISSUE_FIELDS), into="fields",
            bulk=Bulk("issues.bulk_create", into="issueUpdates", max_items=50, split=_split),
            summary="Custom fields by their ids: customfield_10010=...",
        ),
        Operation(
            "issues.bulk_create", "POST", "/rest/api/3/issue/bulk", fields("issueUpdates:array!"),
            summary='Up to 50: issueUpdates=[{"fields": {...}}]; errors[] of the answer names those refused.',
        ),
        Operation(
            "issues.get", "GET", _ISSUE,
            fields("fields:csv expand properties:csv fieldsByKeys:boolean updateHistory:boolean"),
            bulk=_FETCH,
        ),
        Operation(
            "issues.bulk_fetch", "POST", "/rest/api/3/issue/bulkfetch",
            fields("issueIdsOrKeys:array! fields:array expand:array properties:array fieldsByKeys:boolean"),
            is_idempotent=True, items="issues", summary="Up to 100 by ids or keys.",
        ),
        Operation(
            "issues.update", "PUT", _ISSUE,
            fields("summary project:object issuetype:object ?notifyUsers:boolean", _ISSUE_FIELDS), into="fields",
        ),
        Operation(
            "issues.bulk_edit", "POST", "/rest/api/3/bulk/issues/fields",
            fields("""
                selectedIssueIdsOrKeys:array! selectedActions:array! editedFieldsInput:object! sendBulkNotification:boolean
            """),
            summary="One change to up to 1,000 issues, done in the background.",
        ),
        Operation("issues.delete", "DELETE", _ISSUE, fields("deleteSubtasks=true|false")),
        Operation(
            "issues.search", "POST", "/rest/api/3/search/jql",
            fields("""
                jql! maxResults:integer nextPageToken fields:array expand properties:array fieldsByKeys:boolean
                reconcileIssues:array
            """),
            is_paginated=True, is_idempotent=True, items="issues", pagination=_SEARCH,
            summary="With the navigable fields unless fields= names others; [\"*all\"] gives every one.",
        ),
        Operation("issues.count", "POST", "/rest/api/3/search/approximate-count", fields("jql!"), is_idempotent=True),
        Operation(
            "issues.transitions", "GET", f"{_ISSUE}/transitions",
            fields("expand transitionId includeUnavailableTransitions:boolean sortByOpsBarAndStatus:boolean"),
            items="transitions",
        ),
        Operation(
            "issues.transition", "POST", f"{_ISSUE}/transitions",
            fields("/transition:object! resolution:object /update:object /historyMetadata:object"), into="fields",
            summary="transition= takes the id issues.transitions shows.",
        ),
        Operation(
            "issues.assign", "PUT", f"{_ISSUE}/assignee", fields("accountId!"), summary="accountId=-1 lets the project choose."
        ),
        Operation("issues.changelog", "GET", f"{_ISSUE}/changelog", fields(_PAGE), is_paginated=True),
        Operation("issues.notify", "POST", f"{_ISSUE}/notify", fields("subject textBody htmlBody to:object restrict:object")),
        Operation(
            "issue_links.create", "POST", "/rest/api/3/issueLink",
            fields("type:object! inwardIssue:object! outwardIssue:object! comment:object"),
            summary="For example type=Blocks, inwardIssue=WEB-1, outwardIssue=WEB-2.",
        ),
        Operation(
            "comments.create", "POST", f"{_ISSUE}/comment",
            fields("body:object! visibility:object properties:array ?expand"), summary="body= takes plain text.",
        ),
        Operation("comments.get", "GET", f"{_ISSUE}/comment/{{id}}", fields("expand")),
        Operation(
            "comments.list", "GET", f"{_ISSUE}/comment", fields(_PAGE, "orderBy=created|-created|+created expand"),
            is_paginated=True, items="comments",
        ),
        Operation(
            "comments.update", "PUT", f"{_ISSUE}/comment/{{id}}",
            fields("body:object! visibility:object ?notifyUsers:boolean ?expand"),
        ),
        Operation("comments.delete", "DELETE", f"{_ISSUE}/comment/{{id}}"),
        Operation(
            "attachments.create", "POST", f"{_ISSUE}/attachments", fields("file:any!"), body="multipart",
            headers=(("X-Atlassian-Token", "no-check"),), summary='file= takes ("name.txt", bytes).',
        ),
        Operation(
            "worklogs.create", "POST", f"{_ISSUE}/worklog",
            fields("""
                timeSpent timeSpentSeconds:integer started comment:object visibility:object ?notifyUsers:boolean
                ?adjustEstimate=new|leave|manual|auto ?newEstimate ?reduceBy
            """),
            summary="timeSpent=3h 20m, started=2026-11-23T09:00:00.000+0000.",
        ),
        Operation(
            "projects.search", "GET", "/rest/api/3/project/search",
            fields(_PAGE, "query keys:array id:array typeKey categoryId:integer action=view|browse|edit orderBy expand"),
            is_paginated=True,
        ),
        Operation("projects.get", "GET", _PROJECT, fields("expand properties:csv")),
        Operation(
            "users.search", "GET", "/rest/api/3/user/search", fields(_PAGE, "query accountId property"), is_paginated=True,
            items="$", summary="By a part of the name, or of an e-mail address one may see.",
        ),
        Operation("users.get", "GET", "/rest/api/3/user", fields("accountId! expand")),
        _ME,
        Operation("fields.list", "GET", "/rest/api/3/field", items="$", summary="All fields with their ids, custom ones too."),
        Operation(
            "boards.list", "GET", "/rest/agile/1.0/board",
            fields(_PAGE, "type=scrum|kanban|simple name projectKeyOrId filterId:integer orderBy=name|-name|+name expand"),
            is_paginated=True,
        ),
        Operation(
            "sprints.list", "GET", "/rest/agile/1.0/board/{boardId}/sprint", fields(_PAGE, "boardId:integer! state:csv"),
            is_paginated=True, summary="state=active,future,closed.",
        ),
    ),
    sandbox_base={"site": "penstock.atlassian.net"},
    webhooks=WebhookSource(
        Signature(
            "X-Hub-Signature", prefix="sha256=",
            note="Of webhooks an administrator makes, where they have a secret. Those an app registers carry a JWT in"
            " Authorization instead, signed with the app's secret.",
        ),
        event="body:webhookEvent",
        delivery="header:X-Atlassian-Webhook-Identifier",
        retries="Up to five times, 5 to 15 minutes apart; those an app registers end after 30 days unless refreshed.",
    ),
    removed=("GET /rest/api/3/search", "POST /rest/api/3/search"),  # 410 since 2025: /rest/api/3/search/jql
    unverified=(
        "65,000 points an hour, and what a call costs of them",
        "100 and 50 calls a second for an end point, 20 writes in two seconds on an issue",
        "lifetimes of OAuth tokens, and PKCE at the sign-in",
        "100 rows a page of a search that asks for fields; 50, 100 and 1,000 issues in one bulk call",
        "the retries of webhooks",
        "parameters: from a description of 2022-07, and of newer end points as remembered",
    ),
)  # fmt: skip
