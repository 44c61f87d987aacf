"""GitHub: repositories, issues, pull requests (REST; GraphQL through connection.graphql).

docs        https://docs.github.com/rest
checked     2026-11, API version 2022-11-28 (2026-03-10 is published too: version="2026-03-10")
quirks      Both limits answer 403 or 429. Retry-After goes first; else remaining 0 means until the reset; else a
            "secondary rate limit" means a minute at least. A plain 403 is a missing permission. The secondary limits
            have no fields: writes cost five points a minute per end point, and content is made 80 times a minute at
            most. x-ratelimit-resource names the budget. What a token may not see is 404, not 403. Asking on while
            refused may ban the integration.
unverified  which calls count as content-creating; the CPU-time limit cannot be declared (90 s a minute); 30 searches
            a minute; parameters are those of npm @octokit/openapi 23.0.2.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    ErrorShape,
    Integration,
    Limit,
    LinkHeader,
    OAuth2,
    Operation,
    RateHeaders,
    RateLimitHint,
    Response,
    Signature,
    WebhookSource,
    fields,
    read,
)
from penstock.catalog.parameters import Parameter

_RATES = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, 2026-11"
_CONTENT = ("*.create", "*.create_for_org", "contents.put")
_REPO = "/repos/{owner}/{repo}"
_PAGE = "per_page:integer page:integer"
_SORTED = "direction=asc|desc"
_IN_REPO = Parameter("path", type="path", is_required=True)  # a file's path keeps its slashes
_SECONDARY_WAIT_S = 60.0
_CODES = (  # the token end point's own words
    ("bad_refresh_token", "invalid_grant"), ("bad_verification_code", "invalid_grant"),
    ("incorrect_device_code", "invalid_grant"), ("incorrect_client_credentials", "invalid_client"),
    ("device_flow_disabled", "unauthorized_client"),
)  # fmt: skip


def classify(response: Response) -> int | None:
    """Tell a 403 for rate from one for permission, and GraphQL's errors from its successes."""
    if response.status == 200:
        if not response.body.startswith(b'{"'):
            return None
        kind = read(response, "errors.0.type") or read(response, "errors.0.extensions.code")
        return _GRAPHQL_STATUS.get(str(kind), 422) if kind else None
    if response.status != 403:
        return None
    headers = response.headers
    if "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0":
        return 429
    said = str(read(response, "message") or "").lower()
    return 429 if "rate limit" in said or "abuse detection" in said else None


def read_hint(response: Response) -> RateLimitHint | None:
    """Say how long a refusal for rate lasts where no Retry-After does."""
    headers = response.headers
    is_refused = response.status == 429 or classify(response) == 429
    if not is_refused or "retry-after" in headers:
        return None
    reset, date = headers.get("x-ratelimit-reset", ""), headers.get("date")
    if headers.get("x-ratelimit-remaining") != "0":
        return RateLimitHint(retry_after_s=_SECONDARY_WAIT_S)
    if not reset.isdigit() or date is None:
        return None
    try:
        wait_s = max(float(reset) - parsedate_to_datetime(date).timestamp(), 1.0)  # by their clock, not ours
    except ValueError:
        return None
    scope = headers.get("x-ratelimit-resource")
    return RateLimitHint(remaining=0.0, reset_in_s=wait_s, retry_after_s=wait_s, scope=scope)


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write a file's bytes as the base64 GitHub wants."""
    content = parameters.get("content")
    if isinstance(content, (bytes, bytearray)):
        parameters["content"] = base64.b64encode(content).decode()
    return parameters


def _count_points(method: str, parameters: Mapping[str, Any]) -> float:
    return 1.0 if method in ("GET", "HEAD", "OPTIONS") else 5.0


_GRAPHQL_STATUS = {"RATE_LIMITED": 429, "NOT_FOUND": 404, "FORBIDDEN": 403, "INSUFFICIENT_SCOPES": 403}
_ME = Operation("users.me", "GET", "/user", summary="Whose token this is.")

integration = Integration(
    name="github",
    title="GitHub",
    category="developer",
    docs="https://docs.github.com/rest",
    checked="2026-11",
    base_url="https://api.github.com",
    base_parameters=(
        BaseParameter("version", default="2022-11-28", pattern=r"\d{4}-\d\d-\d\d", help="the API version"),
        BaseParameter(
            "plan", default="user", pattern="user|enterprise|actions",
            help="whose calls are counted: user, enterprise (an Enterprise Cloud app) or actions (GITHUB_TOKEN)",
        ),
    ),
    headers=(("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "{version}")),
    auth=(
        Bearer("token", note="Classic (ghp_) or fine-grained (github_pat_) personal access token, or an installation's."),
        OAuth2(
            title="OAuth app",
            authorize="https://github.com/login/oauth/authorize",
            token="https://github.com/login/oauth/access_token",
            revoke="https://api.github.com/applications/{client_id}/token",
            scopes=("repo", "read:org", "user:email", "admin:repo_hook", "workflow"),
            pkce=True,
            token_auth="client_secret_post",
            device="https://github.com/login/device/code",
            codes=_CODES,
            note="OAuth app: does not expire. Ask with Accept: application/json; errors come as 200 with `error`.",
        ),
        OAuth2(
            title="GitHub App, as a user",
            authorize="https://github.com/login/oauth/authorize",
            token="https://github.com/login/oauth/access_token",
            revoke="https://api.github.com/applications/{client_id}/token",
            pkce=True,
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=28_800,
            refresh_token_lifetime_s=15_811_200,
            device="https://github.com/login/device/code",
            ends_old=True,
            codes=_CODES,
            note="GitHub App, as a user (ghu_): using the refresh token ends both old tokens.",
        ),
        OAuth2(
            title="GitHub App, as an installation",
            token="https://api.github.com/app/installations/{installation_id}/access_tokens",
            grant="app_jwt",
            token_auth="private_key_jwt",
            access_token_lifetime_s=3600,
            token_field="token",
            fields_needed=("app_id", "private_key", "installation_id"),
            issuer="app_id",
            assertion_lifetime_s=540,
            note="GitHub App, as an installation: an RS256 JWT (iss = the app, ten minutes at most) buys one hour.",
        ),
    ),
    limits=(
        Limit(5000, per=3600.0, key="core", when="user", source=_RATES),
        Limit(15000, per=3600.0, key="core", when="enterprise", source=_RATES),
        Limit(1000, per=3600.0, key="core", when="actions", source=_RATES),
        Limit(100, source=_RATES),
        Limit(900, per=60.0, scope="operation", unit="points", cost=_count_points, source=_RATES),
        Limit(80, per=60.0, methods=("POST", "PUT", "PATCH"), only=_CONTENT, source=_RATES),
        Limit(500, per=3600.0, methods=("POST", "PUT", "PATCH"), only=_CONTENT, source=_RATES),
        Limit(30, per=60.0, key="search", only=("search.*",), source="https://docs.github.com/rest/search, 2026-11"),
    ),
    variant=lambda credential, base: base.get("plan") or "user",
    rate_headers=RateHeaders(
        limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", reset_unit="epoch_s",
        scope="x-ratelimit-resource",
    ),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=LinkHeader(items="$", size="per_page", max_size=100),
    errors=ErrorShape(message=("message", "errors.0.message"), code=("errors.0.code", "errors.0.type")),
    hints={
        "Bad credentials": "Check the token: it may be expired, revoked, or cut off when it was copied.",
        "404": "Check owner and name; GitHub also answers 404 where the token may not see a private repository.",
        "403": "Give the token the permission this needs; a fine-grained one must also name the repository.",
        "already_exists": "It exists already: look it up instead of creating it.",
        "missing_field": "Add the field the message names.",
        "invalid": "A field has a value GitHub does not take; the message names it.",
        "custom": "GitHub says in its message what is wrong with the field.",
        "409": "It changed meanwhile: read it again, and send the new sha.",
        "451": "The repository is blocked for legal reasons; nothing can be read from it.",
    },
    health=_ME,
    operations=(
        Operation(
            "issues.create", "POST", f"{_REPO}/issues",
            fields("title:any! body assignees:array labels:array milestone:any assignee type issue_field_values:array"),
        ),
        Operation("issues.get", "GET", f"{_REPO}/issues/{{issue_number}}", fields("issue_number:integer!")),
        Operation(
            "issues.list", "GET", f"{_REPO}/issues",
            fields(_PAGE, _SORTED, """
                state=open|closed|all labels:csv assignee creator mentioned milestone type issue_field_values since
                sort=created|updated|comments
            """),
            is_paginated=True, summary="Pull requests are issues too: those have the field pull_request.",
        ),
        Operation(
            "issues.update", "PATCH", f"{_REPO}/issues/{{issue_number}}",
            fields("""
                issue_number:integer! title:any body state=open|closed
                state_reason=completed|not_planned|duplicate|reopened assignees:array labels:array milestone:any assignee
                type:any issue_field_values:array duplicate_issue_id:integer
            """),
            is_idempotent=True, summary="Labels and assignees replace those there are.",
        ),
        Operation(
            "issues.lock", "PUT", f"{_REPO}/issues/{{issue_number}}/lock",
            (
                *fields("issue_number:integer!"),
                Parameter("lock_reason", choices=("off-topic", "too heated", "resolved", "spam")),
            ),
        ),
        Operation(
            "issue_comments.create", "POST", f"{_REPO}/issues/{{issue_number}}/comments",
            fields("issue_number:integer! body!"),
        ),
        Operation(
            "pulls.create", "POST", f"{_REPO}/pulls",
            fields("head! base! title body draft:boolean head_repo maintainer_can_modify:boolean issue:integer"),
        ),
        Operation(
            "pulls.list", "GET", f"{_REPO}/pulls",
            fields(_PAGE, _SORTED, "state=open|closed|all head base sort=created|updated|popularity|long-running"),
            is_paginated=True,
        ),
        Operation(
            "pulls.merge", "PUT", f"{_REPO}/pulls/{{pull_number}}/merge",
            fields("pull_number:integer! commit_title commit_message sha merge_method=merge|squash|rebase"),
            is_idempotent=False,  # a second merge is refused with 405, which would hide that the first succeeded
        ),
        Operation(
            "reviews.create", "POST", f"{_REPO}/pulls/{{pull_number}}/reviews",
            fields("pull_number:integer! body event=APPROVE|REQUEST_CHANGES|COMMENT comments:array commit_id"),
        ),
        Operation("repos.get", "GET", _REPO),
        Operation(
            "repos.list_for_org", "GET", "/orgs/{org}/repos",
            fields(_PAGE, _SORTED, """
                type=all|public|private|forks|sources|member sort=created|updated|pushed|full_name
            """),
            is_paginated=True,
        ),
        Operation(
            "repos.list_for_user", "GET", "/user/repos",
            fields(_PAGE, _SORTED, """
                visibility=all|public|private affiliation:csv type=all|owner|public|private|member
                sort=created|updated|pushed|full_name since before
            """),
            is_paginated=True, summary="Those the token's own user can reach.",
        ),
        Operation(
            "repos.create_for_org", "POST", "/orgs/{org}/repos",
            fields("""
                name! description homepage private:boolean visibility=public|private has_issues:boolean
                has_projects:boolean has_wiki:boolean has_downloads:boolean is_template:boolean team_id:integer
                auto_init:boolean gitignore_template license_template allow_squash_merge:boolean
                allow_merge_commit:boolean allow_rebase_merge:boolean allow_auto_merge:boolean
                delete_branch_on_merge:boolean custom_properties:object
            """),
        ),
        Operation("contents.get", "GET", f"{_REPO}/contents/{{path}}", (_IN_REPO, *fields("ref"))),
        Operation(
            "contents.put", "PUT", f"{_REPO}/contents/{{path}}",
            (_IN_REPO, *fields("message! content! sha branch committer:object author:object")),
            is_idempotent=False,  # a second sending is refused (409, 422): the sha is no longer the file's
            summary="Write a file: content= takes bytes, or base64 text. A file that exists needs its sha.",
        ),
        Operation(
            "contents.delete", "DELETE", f"{_REPO}/contents/{{path}}",
            (
                _IN_REPO,
                Parameter("message", "body", is_required=True),
                Parameter("sha", "body", is_required=True),
                Parameter("branch", "body"),
                Parameter("committer", "body", "object"),
                Parameter("author", "body", "object"),
            ),
            is_idempotent=False,
        ),
        Operation(
            "releases.create", "POST", f"{_REPO}/releases",
            fields("""
                tag_name! target_commitish name body draft:boolean prerelease:boolean generate_release_notes:boolean
                discussion_category_name make_latest=true|false|legacy
            """),
        ),
        Operation("releases.list", "GET", f"{_REPO}/releases", fields(_PAGE), is_paginated=True),
        Operation(
            "commits.list", "GET", f"{_REPO}/commits", fields(_PAGE, "sha path author committer since until"),
            is_paginated=True,
        ),
        Operation(
            "workflows.dispatch", "POST", f"{_REPO}/actions/workflows/{{workflow_id}}/dispatches",
            fields("ref! inputs:object return_run_details:boolean"),
            summary="workflow_id is its number or its file's name.",
        ),
        Operation(
            "workflow_runs.list", "GET", f"{_REPO}/actions/runs",
            fields(_PAGE, """
                actor branch event created exclude_pull_requests:boolean check_suite_id:integer head_sha
                status=completed|action_required|cancelled|failure|neutral|skipped|stale|success|timed_out|in_progress|queued|requested|waiting|pending
            """),
            is_paginated=True, items="workflow_runs",
        ),
        Operation(
            "search.issues", "GET", "/search/issues",
            fields(_PAGE, "q! sort order=desc|asc advanced_search search_type=semantic|hybrid"),
            is_paginated=True, items="items", summary="1,000 results at most, however many pages.",
        ),
        Operation(
            "hooks.create", "POST", f"{_REPO}/hooks", fields("config:object events:array active:boolean name"),
        ),
        _ME,
    ),
    graphql_path="/graphql",
    webhooks=WebhookSource(
        Signature(
            "X-Hub-Signature-256", prefix="sha256=",
            note="Absent where the hook has no secret; no time is signed. X-Hub-Signature (sha1) is the old one.",
        ),
        event="header:X-GitHub-Event", delivery="header:X-GitHub-Delivery", answer_within_s=10,
        retries="None by itself; a failed delivery can be sent again for 3 days, under the same id.",
    ),
    unverified=(
        "which calls count as content-creating",
        "30 searches a minute",
        "the limit of CPU time, 90 s a minute: it cannot be counted from here",
        "PKCE at the sign-in",
    ),
)  # fmt: skip
