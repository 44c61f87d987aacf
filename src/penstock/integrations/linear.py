"""Linear: issues, projects, comments (GraphQL).

docs        https://linear.app/developers/graphql
checked     2026-11; the schema has no version, deprecations are marked in it
quirks      Everything is a POST of GraphQL to one path. A personal key goes bare into Authorization, an OAuth token as a
            bearer: mixed up they are refused. Two budgets an hour, requests and complexity; a refusal for rate is HTTP 400
            with the code RATELIMITED and no Retry-After, its time stands in fields in milliseconds. A refused change is 200
            with success false. No idempotency keys; a create takes an id= of your own (a UUID), and a second sending is
            then refused instead of made twice. Archived things show with includeArchived=True only. A nested list without
            first= counts fifty times. An issue's id may be its identifier: LIN-123.
unverified  5,000 requests an hour; 2,000,000 points for OAuth; codes beside RATELIMITED and AUTHENTICATION_ERROR; rotation
            and lifetimes of OAuth tokens; 250 rows a page; 50 issues in one batch; what a call costs, an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from penstock.catalog.definition import (
    ApiKey,
    ErrorShape,
    GraphQLCursor,
    Headers,
    Integration,
    Limit,
    OAuth2,
    Operation,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)
from penstock.catalog.graphql import write

_RATES = "https://linear.app/developers/rate-limiting, 2026-11"
_COMPLEXITY = "https://github.com/mre/rate-limits/issues/8, 2026-11"
_PATH = "/graphql"
_CODES = {
    "RATELIMITED": 429, "AUTHENTICATION_ERROR": 401, "FORBIDDEN": 403, "FEATURE_NOT_ACCESSIBLE": 403,
    "USAGE_LIMIT_EXCEEDED": 402, "INTERNAL_SERVER_ERROR": 500,
}  # fmt: skip


def classify(response: Response) -> Verdict | int | None:
    """Read the code of an error, which comes with a 200 or a 400, and a change that was not made."""
    if response.status not in (200, 400):
        return None
    if read(response, "errors"):
        code = str(read(response, "errors.0.extensions.code")).upper()
        if code == "LOCK_TIMEOUT":
            return Verdict.TRANSIENT  # another change holds the thing; nothing was done
        is_absent = str(read(response, "errors.0.message")).startswith("Entity not found")
        return 404 if is_absent else _CODES.get(code, 400)
    if response.status == 200 and not isinstance(read(response, "data"), dict):
        return 502  # not Linear's: something on the way answered
    return 422 if read(response, "data.*.success") is False else None


def read_hint(response: Response) -> RateLimitHint | None:
    """Tell of the budget that will run out first; of a refusal, when the one that is used up is there again."""
    headers = response.headers
    known = [
        _read_budget(headers, *budget) for budget in (("requests", "requests"), ("complexity", "points"))
    ]
    if response.status == 429 or classify(response) == 429:
        known.append(_read_budget(headers, "endpoint-requests", "requests"))
        waits = [
            hint.reset_in_s for hint in known if hint is not None and hint.remaining == 0 and hint.reset_in_s
        ]
        return RateLimitHint(retry_after_s=max(waits)) if waits else None
    told = [hint for hint in known if hint is not None]
    return min(told, key=lambda hint: (hint.remaining or 0.0) / (hint.limit or 1.0)) if told else None


def _read_budget(headers: Headers, name: str, unit: str) -> RateLimitHint | None:
    amounts = [headers.get(f"x-ratelimit-{name}-{word}", "") for word in ("limit", "remaining")]
    if not all(amount.isdigit() for amount in amounts) or amounts[0] == "0":
        return None
    reset, date, cost = (
        headers.get(f"x-ratelimit-{name}-reset", ""),
        headers.get("date"),
        headers.get("x-complexity", ""),
    )
    try:
        now = parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        now = None
    reset_in_s = (
        max(int(reset) / 1000 - now, 1.0) if reset.isdigit() and now is not None else None
    )  # by their clock
    limit, remaining = map(float, amounts)
    return RateLimitHint(
        limit,
        remaining,
        reset_in_s,
        unit=unit,
        cost=float(cost) if unit == "points" and cost.isdigit() else None,
    )


def _query(name: str, root: str, arguments: str, answer: str, summary: str = "") -> Operation:
    """Return the operation that reads one thing."""
    takes, document = fields("id!" if arguments else ""), write("query", root, arguments, answer)
    return Operation(
        name, "POST", _PATH, takes, document=document, is_idempotent=True, is_open=False, cost=10.0, summary=summary
    )  # fmt: skip


def _list(
    name: str, root: str, filtered: str, answer: str, points: float, *, also: str = "", takes: str = ""
) -> Operation:
    """Return the operation that reads a connection page by page; `points` is what one row costs."""
    arguments = f"{also}first: Int = 50, after: String, filter: {filtered}, includeArchived: Boolean, orderBy: PaginationOrderBy"
    document = write("query", root, arguments, f"nodes {{ {answer} }} pageInfo {{ hasNextPage endCursor }}")

    def cost(given: Mapping[str, Any]) -> float:
        return 1.0 + points * float(given.get("first") or 50)

    return Operation(
        name, "POST", _PATH,
        fields(takes, "filter:object includeArchived:boolean orderBy=createdAt|updatedAt first:integer after"),
        is_paginated=True, document=document, is_idempotent=True, is_open=False, cost=cost,
    )  # fmt: skip


def _mutation(
    name: str, root: str, arguments: str, answer: str, takes: str, *, is_idempotent: bool | None = None,
    bulk: str | None = None, summary: str = "",
) -> Operation:  # fmt: skip
    """Return the operation that changes something; parameters without a variable of their own go into input."""
    return Operation(
        name, "POST", _PATH, fields(takes), document=write("mutation", root, arguments, f"success {answer}"),
        into="input" if "input:" in arguments else None, is_idempotent=is_idempotent, is_open="input:" in arguments, cost=10.0,
        bulk=bulk, summary=summary,
    )  # fmt: skip


_ISSUE = (
    "id identifier title description priority priorityLabel estimate dueDate url branchName labelIds createdAt updatedAt"
    " completedAt canceledAt state { id name type } assignee { id name email } team { id key } project { id name }"
)
_PROJECT = (
    "id name description url priority progress startDate targetDate createdAt updatedAt status { id name type }"
    " lead { id name email }"
)
_COMMENT = "id body url createdAt updatedAt issueId parentId user { id name email }"
_LINK = "attachment { id title subtitle url metadata }"
_TAKES_ISSUE = """
    description assigneeId stateId priority:integer labelIds:array projectId projectMilestoneId cycleId parentId
    estimate:integer dueDate subscriberIds:array delegateId sortOrder:number
"""
_TAKES_PROJECT = """
    description content leadId memberIds:array labelIds:array statusId priority:integer startDate targetDate icon color
"""
_ME = _query(
    "users.me",
    "viewer",
    "",
    "id name email admin organization { id name urlKey }",
    "Whose credential this is.",
)

integration = Integration(
    name="linear",
    title="Linear",
    category="project-management",
    docs="https://linear.app/developers/graphql",
    checked="2026-11",
    base_url="https://api.linear.app",
    auth=(
        ApiKey("token", header="Authorization", note="A personal key (lin_api_...), as it is: no Bearer before it."),
        OAuth2(
            title="As a person",
            authorize="https://linear.app/oauth/authorize",
            token="https://api.linear.app/oauth/token",
            revoke="https://api.linear.app/oauth/revoke",
            scopes=("read", "write"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=86_400,
            separator=",",
            note="Scopes stand with commas between them; actor=app makes the app act as itself.",
        ),
        OAuth2(
            title="As the app",
            token="https://api.linear.app/oauth/token",
            grant="client_credentials",
            scopes=("read", "write"),
            token_auth="client_secret_post",
            access_token_lifetime_s=2_592_000,
            separator=",",
            ends_old=True,
            note="As the app; must be switched on for it, and there is one such token at a time.",
        ),
    ),
    limits=(
        Limit(5000, per=3600.0, burst=5000, source=_RATES),
        Limit(3_000_000, per=3600.0, burst=3_000_000, unit="points", when="key", source=_COMPLEXITY),
        Limit(2_000_000, per=3600.0, burst=2_000_000, unit="points", when="app", source=_COMPLEXITY),
    ),
    variant=lambda credential, base: "app" if "access_token" in credential else "key",
    read_hint=read_hint,
    classify=classify,
    pagination=GraphQLCursor(connection="data.*", max_size=250),
    errors=ErrorShape(
        message=("errors.0.extensions.userPresentableMessage", "errors.0.message"),
        code=("errors.0.extensions.code", "errors.0.extensions.type"),
    ),
    hints={
        "RATELIMITED": "Other programs of yours use the same budget; ask for fewer rows or fields at a time.",
        "AUTHENTICATION_ERROR": "Check the key: a personal one goes into token=, an OAuth token into access_token=.",
        "FORBIDDEN": "The key's user, or the app's scopes, may not do this.",
        "FEATURE_NOT_ACCESSIBLE": "The workspace's plan does not have this.",
        "USAGE_LIMIT_EXCEEDED": "The workspace's plan is used up; archive issues, or take a larger plan.",
        "INPUT_ERROR": "Linear refused a value; its message names it. A query too complex asks for too many rows at once.",
        "INVALID_INPUT": "Linear refused a value; its message names it.",
        "GRAPHQL_VALIDATION_FAILED": "The text asks for a field the schema does not have.",
        "401": "Check the key: a personal one goes into token=, an OAuth token into access_token=.",
        "404": "Check the id: it may be deleted, or in a team the key's user does not see.",
        "422": "Linear did not make the change; read the thing again.",
    },
    health=_ME,
    operations=(
        _mutation(
            "issues.create", "issueCreate", "input: IssueCreateInput!", f"issue {{ {_ISSUE} }}",
            "teamId! title id templateId createdAt" + _TAKES_ISSUE, bulk="issues.batch_create",
            summary="With an id= of your own (a UUID) a second sending is refused.",
        ),
        _mutation(
            "issues.batch_create", "issueBatchCreate", "input: IssueBatchCreateInput!", f"issues {{ {_ISSUE} }}",
            "issues:array!", summary="Up to 50, each as in issues.create; all of them or none.",
        ),
        _query("issues.get", "issue", "id: String!", _ISSUE, "By its id, or its identifier: LIN-123."),
        _list("issues.list", "issues", "IssueFilter", _ISSUE, 8.0),
        _list(
            "issues.search", "searchIssues", "IssueFilter", _ISSUE, 8.0,
            also="term: String!, teamId: String, includeComments: Boolean, ", takes="term! teamId includeComments:boolean",
        ),
        _mutation(
            "issues.update", "issueUpdate", "id: String!, input: IssueUpdateInput!", f"issue {{ {_ISSUE} }}",
            "id! title teamId addedLabelIds:array removedLabelIds:array trashed:boolean" + _TAKES_ISSUE, is_idempotent=True,
        ),
        _mutation(
            "issues.batch_update", "issueBatchUpdate", "ids: [UUID!]!, input: IssueUpdateInput!", f"issues {{ {_ISSUE} }}",
            "ids:array! title teamId addedLabelIds:array removedLabelIds:array" + _TAKES_ISSUE, is_idempotent=True,
            summary="The same change to up to 50 issues.",
        ),
        _mutation(
            "issues.delete", "issueDelete", "id: String!, permanentlyDelete: Boolean", "entity { id identifier }",
            "id! permanentlyDelete:boolean", is_idempotent=True, summary="Into the trash, for 30 days.",
        ),
        _mutation(
            "issues.archive", "issueArchive", "id: String!, trash: Boolean", "entity { id identifier }", "id! trash:boolean",
            is_idempotent=True,
        ),
        _mutation(
            "issues.add_label", "issueAddLabel", "id: String!, labelId: String!", f"issue {{ {_ISSUE} }}", "id! labelId!",
            is_idempotent=True,
        ),
        _mutation(
            "comments.create", "commentCreate", "input: CommentCreateInput!", f"comment {{ {_COMMENT} }}",
            "body issueId id parentId projectId projectUpdateId initiativeId createAsUser displayIconUrl createdAt"
            " doNotSubscribeToIssue:boolean",
        ),
        _list("comments.list", "comments", "CommentFilter", _COMMENT, 3.0),
        _mutation(
            "attachments.create", "attachmentCreate", "input: AttachmentCreateInput!", _LINK,
            "issueId! title! url! id subtitle iconUrl metadata:object groupBySource:boolean commentBody createAsUser",
            is_idempotent=True, summary="The same url on the same issue is updated.",
        ),
        _mutation(
            "attachments.link_url", "attachmentLinkURL", "issueId: String!, url: String!, title: String, id: String", _LINK,
            "issueId! url! title id", is_idempotent=True,
        ),
        _mutation(
            "projects.create", "projectCreate", "input: ProjectCreateInput!", f"project {{ {_PROJECT} }}",
            "name! teamIds:array! id" + _TAKES_PROJECT,
        ),
        _query("projects.get", "project", "id: String!", _PROJECT),
        _list("projects.list", "projects", "ProjectFilter", _PROJECT, 5.0),
        _mutation(
            "projects.update", "projectUpdate", "id: String!, input: ProjectUpdateInput!", f"project {{ {_PROJECT} }}",
            "id! name teamIds:array" + _TAKES_PROJECT, is_idempotent=True,
        ),
        _list("teams.list", "teams", "TeamFilter", "id key name description visibility timezone issueCount", 2.0),
        _list(
            "users.list", "users", "UserFilter", "id name displayName email active admin guest createdAt", 2.0,
            also="includeDisabled: Boolean, ", takes="includeDisabled:boolean",
        ),
        _list(
            "workflow_states.list", "workflowStates", "WorkflowStateFilter", "id name type color position team { id key }", 3.0
        ),
        _list("labels.list", "issueLabels", "IssueLabelFilter", "id name color description isGroup team { id key }", 3.0),
        _mutation(
            "labels.create", "issueLabelCreate", "input: IssueLabelCreateInput!", "issueLabel { id name color }",
            "name! id color description teamId parentId isGroup:boolean",
        ),
        _list(
            "cycles.list", "cycles", "CycleFilter",
            "id number name startsAt endsAt completedAt progress isActive team { id key }", 3.0,
        ),
        _mutation(
            "documents.create", "documentCreate", "input: DocumentCreateInput!", "document { id title url slugId createdAt }",
            "title! content id projectId issueId teamId initiativeId cycleId icon color",
        ),
        _mutation(
            "webhooks.create", "webhookCreate", "input: WebhookCreateInput!", "webhook { id url enabled resourceTypes }",
            "url! resourceTypes:array! id label teamId allPublicTeams:boolean enabled:boolean secret",
        ),
        _query(
            "rate_limit.status", "rateLimitStatus", "",
            "identifier kind limits { type allowedAmount remainingAmount requestedAmount period reset }",
        ),
        _ME,
    ),
    graphql_path=_PATH,
    webhooks=WebhookSource(
        Signature(
            "Linear-Signature", timestamp="body:webhookTimestamp", timestamp_unit="ms", tolerance_s=60.0,
            note="The time in the body is signed, that in Linear-Timestamp is not. A repeated delivery has a new time.",
        ),
        event="body:type",
        delivery="header:Linear-Delivery",
        answer_within_s=5.0,
        retries="After a minute, an hour and six hours; then the webhook may be switched off.",
    ),
    unverified=(
        "5,000 requests an hour, and 2,000,000 points an hour for OAuth",
        "codes beside RATELIMITED and AUTHENTICATION_ERROR",
        "rotation and lifetimes of OAuth tokens",
        "250 rows a page, 50 issues in one batch",
        "what a call costs: an estimate, put right by each answer",
        "webhooks: five seconds to answer, and the retries",
    ),
)  # fmt: skip
