"""GitLab: projects, issues, merge requests, pipelines, files (REST).

docs        https://docs.gitlab.com/api/rest/
checked     2026-11, API v4 (in the path); gitlab.com, or your own: host=, and prefix= where it lives below a path
quirks      Two limiters that know nothing of each other: one per user, told by the RateLimit fields of every answer, and one
            for each of some end points (issues, notes, search, pipelines, projects), which no field tells: a 429 may come
            while RateLimit-Remaining is high. The first one's 429 is plain text. After 300 failed sign-ins in a minute the
            address is shut out for 15 minutes with a bare 403 "Forbidden". A project's id is its number or its path
            (group/project, sent as group%2Fproject); issues and merge requests go by iid, their number in the project.
            A refresh ends both old tokens. No idempotency keys. A message is a text, or an object of lists. GraphQL is at
            /api/graphql, which is not below the base URL here. Labels are one text with commas.
unverified  the bodies of refusals; a minute's wait after an end point's own refusal; self-managed limits (off unless an
            administrator has switched them on); webhook figures; paths and parameters are from the reference as remembered.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from penstock.catalog.definition import (
    ApiKey,
    BaseParameter,
    ErrorShape,
    Integration,
    Limit,
    LinkHeader,
    OAuth2,
    Operation,
    Parameter,
    RateHeaders,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://gitlab.com/gitlab-org/gitlab/-/blob/master/doc/user/gitlab_com/_index.md, 2026-11"
_OWN_RATES = "https://gitlab.com/gitlab-org/gitlab/-/blob/master/doc/administration/settings/user_and_ip_rate_limits.md, 2026-11"
_USERS = "throttle_authenticated_api"  # what RateLimit-Name calls the limit per user
_LIMITS = (  # of single end points: so many, per so many seconds, for which
    (200, 60, ("issues.create",)),
    (60, 60, ("issue_notes.create", "merge_request_notes.create")),
    (10, 60, ("search.*",)),
    (2000, 600, ("projects.list",)),
    (400, 60, ("projects.get",)),
    (200, 60, ("groups.list",)),
    (400, 60, ("groups.get",)),
    (600, 60, ("groups.projects",)),
    (300, 600, ("users.get",)),
)
_PROJECT = "/projects/{id}"
_ISSUE, _MERGE = f"{_PROJECT}/issues/{{issue_iid}}", f"{_PROJECT}/merge_requests/{{merge_request_iid}}"
_FILE = f"{_PROJECT}/repository/files/{{file_path}}"
_PAGE = "per_page:integer page:integer"
_SORTED = "sort=asc|desc"
_DATES = "created_after created_before updated_after updated_before"
_OWN_LIMIT_WAIT_S = 60.0
_SHUT_OUT_S = 900.0


def classify(response: Response) -> Verdict | int | None:
    """Tell an address that is shut out from a missing permission, and a file or a log from an answer that is broken."""
    if response.status == 403 and response.body.strip() == b"Forbidden":
        return 429  # the API's own 403 is JSON
    is_text = response.headers.get("content-type", "").startswith("text/plain")
    return Verdict.SUCCESS if response.status == 200 and is_text else None


def read_hint(response: Response) -> RateLimitHint | None:
    """Say how long a refusal lasts that names no time: an end point's own limit, an address that is shut out."""
    if "retry-after" in response.headers:
        return None
    if response.status == 403 and classify(response) == 429:
        return RateLimitHint(retry_after_s=_SHUT_OUT_S)
    if response.status == 429 and "too many times" in str(read(response, "message.error") or ""):
        return RateLimitHint(retry_after_s=_OWN_LIMIT_WAIT_S)
    return None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write a file's bytes as base64, and say so."""
    content = parameters.get("content")
    if operation in ("files.create", "files.update") and isinstance(content, (bytes, bytearray)):
        parameters |= {"content": base64.b64encode(content).decode(), "encoding": "base64"}
    return parameters


def _find_limits(credential: Mapping[str, str], base: Mapping[str, str]) -> str:
    return "gitlab_com" if base.get("host") in (None, "gitlab.com") else "self_managed"


_ISSUE_FIELDS = """
    description assignee_id:integer assignee_ids:array confidential:boolean due_date epic_id:integer labels:csv
    issue_type=issue|incident|test_case|task milestone_id:integer weight:integer
"""
_MERGE_FIELDS = """
    description assignee_id:integer assignee_ids:array reviewer_ids:array labels:csv milestone_id:integer
    remove_source_branch:boolean squash:boolean allow_collaboration:boolean
"""
_PROJECT_FIELDS = """
    description visibility=private|internal|public default_branch topics:array issues_access_level merge_requests_access_level
    wiki_access_level builds_access_level merge_method=merge|rebase_merge|ff squash_option
    only_allow_merge_if_pipeline_succeeds:boolean remove_source_branch_after_merge:boolean lfs_enabled:boolean
    shared_runners_enabled:boolean ci_config_path
"""
_PROJECT_FILTERS = """
    archived:boolean membership:boolean owned:boolean starred:boolean search visibility=private|internal|public simple:boolean
    order_by=id|name|path|created_at|updated_at|last_activity_at|similarity|star_count min_access_level:integer topic
    with_issues_enabled:boolean with_merge_requests_enabled:boolean with_programming_language statistics:boolean
"""
_COMMIT_FIELDS = "author_email author_name start_branch"
_RELEASE_FIELDS = "name description milestones:array released_at"
_IIDS = Parameter("iids", type="array", wire="iids[]")
_ME = Operation(
    "users.me", "GET", "/user", summary="Whose token this is; a project's or group's token is a bot."
)

integration = Integration(
    name="gitlab",
    title="GitLab",
    category="developer",
    docs="https://docs.gitlab.com/api/rest/",
    checked="2026-11",
    base_url="https://{host}{prefix}/api/v4",
    base_parameters=(
        BaseParameter(
            "host", default="gitlab.com", pattern=r"[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?",
            help="gitlab.com, or the host of your own GitLab",
        ),
        BaseParameter(
            "prefix", default="", pattern=r"(/[A-Za-z0-9_-]+)*", help="the path your own GitLab lives below: /gitlab"
        ),
    ),
    auth=(
        ApiKey("token", header="PRIVATE-TOKEN", note="A personal (glpat-), project or group access token: a year at most."),
        OAuth2(
            authorize="https://{host}{prefix}/oauth/authorize",
            token="https://{host}{prefix}/oauth/token",
            revoke="https://{host}{prefix}/oauth/revoke",
            scopes=("api", "read_user"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=7200,
            device="https://{host}{prefix}/oauth/authorize_device",
            ends_old=True,
            refresh_repeats_redirect=True,
            fields_optional=(("client_secret", ""),),
            note="A refresh repeats the redirect_uri of the sign-in, and ends both old tokens at once.",
        ),
        ApiKey("job_token", header="JOB-TOKEN", note="CI_JOB_TOKEN inside a pipeline: serves a few end points only."),
    ),
    limits=(
        Limit(2000, per=60.0, key=_USERS, when="gitlab_com", source=_RATES),
        *(Limit(amount, per=per, only=only, when="gitlab_com", source=_RATES) for amount, per, only in _LIMITS),
        Limit(25, per=60.0, scope="parameter:id", only=("pipelines.create",), when="gitlab_com", source=_RATES),
        # 7,200 an hour once switched on; the fields tell it by the minute.
        Limit(120, per=60.0, key=_USERS, when="self_managed", source=_OWN_RATES),
    ),
    variant=_find_limits,
    rate_headers=RateHeaders(
        limit="ratelimit-limit", remaining="ratelimit-remaining", reset="ratelimit-reset", reset_unit="epoch_s",
        scope="ratelimit-name",
    ),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=LinkHeader(items="$", size="per_page", max_size=100),
    errors=ErrorShape(
        message=("message", "message.error", "message.*.0", "error_description", "error"), code=("error", "message")
    ),
    hints={
        "401 Unauthorized": "Check the token: it may be expired, revoked, or of another GitLab than host= names.",
        "invalid_token": "The token has expired or was revoked: sign in again, or make a new one.",
        "insufficient_scope": "Give the token the scope api; read_api reads only.",
        "404 Project Not Found": "Check the project's number or path; GitLab also answers 404 where the token may not see it.",
        "404 Not found": "Check the number: issues and merge requests go by iid, the number in the project, not by id.",
        "403 Forbidden": "The token's user needs a higher role in this project or group.",
        "A file with this name already exists": "The file is there: use files.update.",
        "Branch already exists": "The branch is there: take another name, or use it as it is.",
        "This endpoint has been requested too many times. Try again later.": "This end point has a limit of its own, which"
        " other programs of yours use too.",
        "403": "The token's role or scope does not allow this; a bare Forbidden means too many failed sign-ins from here.",
        "404": "Check ids and host; GitLab also answers 404 for what the token may not see.",
        "405": "It cannot be merged now: it is closed, a draft, has conflicts, or its pipeline has not passed.",
        "409": "It exists already, or it changed meanwhile: read it again.",
        "422": "GitLab refused a value; its message names it.",
    },
    health=_ME,
    operations=(
        Operation("issues.create", "POST", f"{_PROJECT}/issues", fields("title! created_at", _ISSUE_FIELDS)),
        Operation("issues.get", "GET", _ISSUE, fields("issue_iid:integer!")),
        Operation(
            "issues.list", "GET", f"{_PROJECT}/issues",
            (_IIDS, *fields(_PAGE, _SORTED, _DATES, """
                state=opened|closed|all labels:csv milestone author_id:integer author_username assignee_id:any
                assignee_username scope=created_by_me|assigned_to_me|all search in confidential:boolean
                order_by=created_at|due_date|label_priority|milestone_due|popularity|priority|relative_position|title|updated_at|weight
            """)),
            is_paginated=True,
        ),
        Operation(
            "issues.update", "PUT", _ISSUE,
            fields("""
                issue_iid:integer! title state_event=close|reopen add_labels:csv remove_labels:csv
                discussion_locked:boolean updated_at
            """, _ISSUE_FIELDS),
            summary="Locked with discussion_locked=True, closed with state_event=close.",
        ),
        Operation("issues.delete", "DELETE", _ISSUE, fields("issue_iid:integer!")),
        Operation(
            "issue_notes.create", "POST", f"{_ISSUE}/notes", fields("issue_iid:integer! body! internal:boolean created_at")
        ),
        Operation(
            "issue_notes.list", "GET", f"{_ISSUE}/notes",
            fields(_PAGE, _SORTED, "issue_iid:integer! order_by=created_at|updated_at"), is_paginated=True,
        ),
        Operation(
            "merge_requests.create", "POST", f"{_PROJECT}/merge_requests",
            fields("source_branch! target_branch! title! target_project_id:integer", _MERGE_FIELDS),
        ),
        Operation(
            "merge_requests.get", "GET", _MERGE,
            fields("merge_request_iid:integer! include_diverged_commits_count:boolean include_rebase_in_progress:boolean"),
        ),
        Operation(
            "merge_requests.list", "GET", f"{_PROJECT}/merge_requests",
            (_IIDS, *fields(_PAGE, _SORTED, _DATES, """
                state=opened|closed|locked|merged|all labels:csv milestone author_id:integer author_username
                assignee_id:any reviewer_id:any reviewer_username scope=created_by_me|assigned_to_me|all search
                source_branch target_branch order_by=created_at|title|updated_at|merged_at
            """)),
            is_paginated=True,
        ),
        Operation(
            "merge_requests.update", "PUT", _MERGE,
            fields("""
                merge_request_iid:integer! title target_branch state_event=close|reopen add_labels:csv remove_labels:csv
                discussion_locked:boolean
            """, _MERGE_FIELDS),
        ),
        Operation(
            "merge_requests.accept", "PUT", f"{_MERGE}/merge",
            fields("""
                merge_request_iid:integer! merge_commit_message squash_commit_message squash:boolean
                should_remove_source_branch:boolean auto_merge:boolean sha
            """),
            is_idempotent=False,  # a second merge is refused with 405, which would hide that the first succeeded
        ),
        Operation("merge_requests.approve", "POST", f"{_MERGE}/approve", fields("merge_request_iid:integer! sha")),
        Operation(
            "merge_request_notes.create", "POST", f"{_MERGE}/notes",
            fields("merge_request_iid:integer! body! internal:boolean created_at"),
        ),
        Operation(
            "merge_request_notes.list", "GET", f"{_MERGE}/notes",
            fields(_PAGE, _SORTED, "merge_request_iid:integer! order_by=created_at|updated_at"), is_paginated=True,
        ),
        Operation(
            "projects.list", "GET", "/projects", fields(_PAGE, _SORTED, _PROJECT_FILTERS, "pagination=keyset"),
            is_paginated=True, summary="Past 50,000 rows with pagination=keyset and order_by=id only.",
        ),
        Operation("projects.get", "GET", _PROJECT, fields("statistics:boolean license:boolean")),
        Operation(
            "projects.create", "POST", "/projects",
            fields("name path namespace_id:integer import_url initialize_with_readme:boolean", _PROJECT_FIELDS),
            summary="With a name or a path.",
        ),
        Operation("projects.update", "PUT", _PROJECT, fields("name path", _PROJECT_FIELDS)),
        Operation("projects.delete", "DELETE", _PROJECT),
        Operation(
            "groups.list", "GET", "/groups",
            fields(_PAGE, _SORTED, """
                search owned:boolean all_available:boolean min_access_level:integer top_level_only:boolean
                order_by=name|path|id|similarity visibility=private|internal|public
            """),
            is_paginated=True,
        ),
        Operation("groups.get", "GET", "/groups/{id}", fields("with_projects:boolean")),
        Operation(
            "groups.projects", "GET", "/groups/{id}/projects",
            fields(_PAGE, _SORTED, """
                archived:boolean owned:boolean starred:boolean search simple:boolean include_subgroups:boolean
                with_shared:boolean order_by=id|name|path|created_at|updated_at|last_activity_at|similarity|star_count
            """),
            is_paginated=True,
        ),
        Operation("files.get", "GET", _FILE, fields("ref!"), summary="Its content is base64; ref=HEAD is the default branch."),
        Operation("files.get_raw", "GET", f"{_FILE}/raw", fields("ref lfs:boolean"), summary="The bytes themselves, in .body."),
        Operation(
            "files.list", "GET", f"{_PROJECT}/repository/tree", fields(_PAGE, "path ref recursive:boolean pagination=keyset"),
            is_paginated=True,
        ),
        Operation(
            "files.create", "POST", _FILE,
            fields(_COMMIT_FIELDS, "branch! content! commit_message! encoding=text|base64 execute_filemode:boolean"),
            bulk="commits.create", summary="content= takes text or bytes.",
        ),
        Operation(
            "files.update", "PUT", _FILE,
            fields(_COMMIT_FIELDS, """
                branch! content! commit_message! encoding=text|base64 last_commit_id execute_filemode:boolean
            """),
            is_idempotent=False,  # with last_commit_id a second sending is refused, and without it makes a second commit
            bulk="commits.create", summary="content= takes text or bytes.",
        ),
        Operation(
            "files.delete", "DELETE", _FILE, fields(_COMMIT_FIELDS, "branch! commit_message! last_commit_id"),
            is_idempotent=False, bulk="commits.create",
        ),
        Operation(
            "commits.create", "POST", f"{_PROJECT}/repository/commits",
            fields(_COMMIT_FIELDS, "branch! commit_message! actions:array! start_sha start_project stats:boolean force:boolean"),
            summary='Many files in one commit: actions=[{"action": "create", "file_path": ..., "content": ...}].',
        ),
        Operation("commits.get", "GET", f"{_PROJECT}/repository/commits/{{sha}}", fields("stats:boolean")),
        Operation(
            "commits.list", "GET", f"{_PROJECT}/repository/commits",
            fields(_PAGE, """
                ref_name since until path author all:boolean with_stats:boolean first_parent:boolean order=default|topo
                trailers:boolean
            """),
            is_paginated=True,
        ),
        Operation("branches.create", "POST", f"{_PROJECT}/repository/branches", fields("branch! ref!")),
        Operation(
            "branches.list", "GET", f"{_PROJECT}/repository/branches", fields(_PAGE, "search regex"), is_paginated=True
        ),
        Operation("branches.delete", "DELETE", f"{_PROJECT}/repository/branches/{{branch}}"),
        Operation(
            "tags.list", "GET", f"{_PROJECT}/repository/tags",
            fields(_PAGE, _SORTED, "search order_by=name|updated|version"), is_paginated=True,
        ),
        Operation(
            "pipelines.create", "POST", f"{_PROJECT}/pipeline", fields("ref! variables:array inputs:object"),
            summary='variables=[{"key": ..., "value": ...}].',
        ),
        Operation("pipelines.get", "GET", f"{_PROJECT}/pipelines/{{pipeline_id}}", fields("pipeline_id:integer!")),
        Operation(
            "pipelines.list", "GET", f"{_PROJECT}/pipelines",
            fields(_PAGE, _SORTED, """
                scope=running|pending|finished|branches|tags source ref sha name username yaml_errors:boolean updated_after
                updated_before created_after created_before order_by=id|status|ref|updated_at|user_id
                status=created|waiting_for_resource|preparing|pending|running|success|failed|canceling|canceled|skipped|manual|scheduled
            """),
            is_paginated=True,
        ),
        Operation(
            "pipelines.cancel", "POST", f"{_PROJECT}/pipelines/{{pipeline_id}}/cancel", fields("pipeline_id:integer!"),
            is_idempotent=True,
        ),
        Operation(
            "jobs.list", "GET", f"{_PROJECT}/jobs",
            (Parameter("scope", type="array", wire="scope[]"), *fields("per_page:integer page:integer pagination=keyset")),
            is_paginated=True, summary='scope=["failed", "success", ...].',
        ),
        Operation(
            "jobs.log", "GET", f"{_PROJECT}/jobs/{{job_id}}/trace", fields("job_id:integer!"), summary="The log, in .text."
        ),
        Operation(
            "releases.create", "POST", f"{_PROJECT}/releases", fields("tag_name! tag_message ref assets:object", _RELEASE_FIELDS),
            summary="A tag there is, or one to be made at ref=.",
        ),
        Operation("releases.get", "GET", f"{_PROJECT}/releases/{{tag_name}}", fields("include_html_description:boolean")),
        Operation(
            "releases.list", "GET", f"{_PROJECT}/releases",
            fields(_PAGE, _SORTED, "order_by=released_at|created_at include_html_description:boolean"), is_paginated=True,
        ),
        Operation("releases.update", "PUT", f"{_PROJECT}/releases/{{tag_name}}", fields(_RELEASE_FIELDS)),
        Operation("releases.delete", "DELETE", f"{_PROJECT}/releases/{{tag_name}}", summary="The tag stays."),
        Operation("labels.create", "POST", f"{_PROJECT}/labels", fields("name! color! description priority:integer")),
        Operation(
            "labels.list", "GET", f"{_PROJECT}/labels",
            fields(_PAGE, "with_counts:boolean include_ancestor_groups:boolean search"), is_paginated=True,
        ),
        Operation(
            "milestones.create", "POST", f"{_PROJECT}/milestones", fields("title! description due_date start_date")
        ),
        Operation(
            "milestones.list", "GET", f"{_PROJECT}/milestones", (_IIDS, *fields(_PAGE, "state=active|closed title search")),
            is_paginated=True,
        ),
        Operation(
            "members.add", "POST", f"{_PROJECT}/members",
            fields("user_id:integer username access_level:integer! expires_at"),
            summary="access_level: 10 guest, 15 planner, 20 reporter, 30 developer, 40 maintainer, 50 owner.",
        ),
        Operation("members.list", "GET", f"{_PROJECT}/members/all", fields(_PAGE, "query state"), is_paginated=True),
        Operation(
            "hooks.create", "POST", f"{_PROJECT}/hooks",
            fields("""
                url! name token push_events:boolean push_events_branch_filter issues_events:boolean
                confidential_issues_events:boolean merge_requests_events:boolean tag_push_events:boolean note_events:boolean
                job_events:boolean pipeline_events:boolean releases_events:boolean enable_ssl_verification:boolean
            """),
        ),
        Operation(
            "search.all", "GET", "/search",
            fields(_PAGE, _SORTED, """
                search! scope=projects|issues|merge_requests|milestones|snippet_titles|users|wiki_blobs|commits|blobs|notes!
                state confidential:boolean order_by=created_at
            """),
            is_paginated=True, summary="Everything the token may see.",
        ),
        Operation(
            "search.project", "GET", f"{_PROJECT}/search",
            fields(_PAGE, _SORTED, """
                search! scope=issues|merge_requests|milestones|users|wiki_blobs|commits|blobs|notes! ref state
                confidential:boolean order_by=created_at
            """),
            is_paginated=True,
        ),
        Operation("users.get", "GET", "/users/{user_id}", fields("user_id:integer!")),
        Operation(
            "users.list", "GET", "/users",
            fields(_PAGE, _SORTED, "username search active:boolean blocked:boolean humans:boolean created_after created_before"),
            is_paginated=True,
        ),
        Operation(
            "users.projects", "GET", "/users/{user_id}/projects", fields(_PAGE, _SORTED, _PROJECT_FILTERS),
            is_paginated=True, summary="user_id is a number or a user name.",
        ),
        _ME,
    ),
    webhooks=WebhookSource(
        Signature(
            "X-Gitlab-Token", "token",
            note="The secret itself: compare in constant time. A hook with a signing token (2026) sends webhook-signature"
            " besides: base64 HMAC-SHA256 of {id}.{timestamp}.{body} after v1, with a whsec_ key.",
        ),
        event="header:X-Gitlab-Event",
        delivery="header:Idempotency-Key",
        answer_within_s=10.0,
        retries="A hook that fails four times in a row rests for a minute, growing to a day; after 40 failures for good.",
    ),
    unverified=(
        "the bodies of refusals",
        "a minute's wait after a refusal by an end point's own limit, and 15 minutes of being shut out",
        "limits of self-managed GitLab: 7,200 an hour is the figure an administrator switches on",
        "webhooks: ten seconds to answer, and the retries",
        "paths and parameters: from the reference as remembered, there is no description at hand",
    ),
)  # fmt: skip
