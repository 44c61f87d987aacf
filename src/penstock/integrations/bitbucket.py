"""Bitbucket Cloud: repositories, pull requests, commits, pipelines.

docs        https://developer.atlassian.com/cloud/bitbucket/rest/
checked     2026-11, API 2.0 (in the path)
quirks      2026 changed much: app passwords answer 401 since July (take an API token with your e-mail address), refresh
            tokens rotate since May, lists over all workspaces are gone (410; ask workspaces.list, then each), and so are
            issues and wikis since August. A thousand calls an hour and user, counted over the last hour; the 429 is plain
            text without a time, and no field says what is left. An id in braces is a uuid. A page of pull requests holds
            50. The token of a repository or workspace may not ask users.me (403), so the health call fails with it.
unverified  a minute's wait after a 429; the larger limits of paid workspaces' tokens, 5,000 files an hour beside the
            thousand calls (both count as one here), lifetimes of OAuth tokens, webhook figures; parameters are from a
            description of 2024-05.
"""

from __future__ import annotations

from typing import Any

from penstock.catalog.definition import (
    Basic,
    Bearer,
    ErrorShape,
    Integration,
    Limit,
    NextUrl,
    OAuth2,
    Operation,
    Parameter,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
)

_RATES = "https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/, 2026-11"
_WAIT_S = 60.0
_REPO = "/repositories/{workspace}/{repo_slug}"
_PULL = f"{_REPO}/pullrequests/{{pull_request_id}}"
_PAGE = "pagelen:integer page q sort fields"
_IN_REPO = Parameter("path", type="path", is_required=True)  # a file's path keeps its slashes


def classify(response: Response) -> Verdict | None:
    """Take a source file for what it is: an answer of plain text is no broken JSON."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    is_file = response.status == 200 and kind.startswith("text/") and kind != "text/html"
    return Verdict.SUCCESS if is_file else None


def read_hint(response: Response) -> RateLimitHint | None:
    """Wait a minute where no time is named: calls of an hour ago free themselves one by one."""
    is_refused = response.status == 429 and "retry-after" not in response.headers
    return RateLimitHint(retry_after_s=_WAIT_S) if is_refused else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Take a branch's name, a project's key and people's uuids for the objects Bitbucket wants."""
    if not operation.startswith(("pullrequests.", "repositories.")):
        return parameters
    if isinstance(branch := parameters.get("destination"), str) and branch[:1] != "{":
        parameters["destination"] = {"branch": {"name": branch}}
    if isinstance(key := parameters.get("project"), str) and key[:1] != "{":
        parameters["project"] = {"key": key}
    if isinstance(people := parameters.get("reviewers"), (list, tuple)):
        parameters["reviewers"] = [{"uuid": one} if isinstance(one, str) else one for one in people]
    return parameters


_PULLS = NextUrl(next="next", items="values", size="pagelen", max_size=50)
_PULL_FIELDS = "/description /destination:object /reviewers:array /close_source_branch:boolean /draft:boolean"
_REPO_FIELDS = """
    name description is_private:boolean project:object language mainbranch:object
    fork_policy=allow_forks|no_public_forks|no_forks
"""
_ME = Operation(
    "users.me", "GET", "/user", summary="Whose token this is; refused to tokens of a repository or workspace."
)

integration = Integration(
    name="bitbucket",
    title="Bitbucket Cloud",
    category="developer",
    docs="https://developer.atlassian.com/cloud/bitbucket/rest/",
    checked="2026-11",
    base_url="https://api.bitbucket.org/2.0",
    auth=(
        Basic(user="email", password="api_token", note="Your Atlassian e-mail address and an API token with scopes."),
        Bearer("token", note="The access token of a repository, a project or a workspace."),
        OAuth2(
            title="As a person",
            authorize="https://bitbucket.org/site/oauth2/authorize",
            token="https://bitbucket.org/site/oauth2/access_token",
            scopes=("account", "repository", "pullrequest"),
            token_auth="client_secret_basic",
            refresh="rotates",
            access_token_lifetime_s=7200,
            refresh_token_lifetime_s=7_776_000,
            note="Not Atlassian's own sign-in; the scopes are those of the consumer. Unused for three months it dies.",
        ),
        OAuth2(
            title="As the consumer",
            token="https://bitbucket.org/site/oauth2/access_token",
            grant="client_credentials",
            token_auth="client_secret_basic",
            access_token_lifetime_s=7200,
            note="As the consumer itself; one of a personal workspace sees that workspace only.",
        ),
    ),
    limits=(Limit(1000, per=3600.0, source=_RATES),),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=NextUrl(next="next", items="values", size="pagelen", max_size=100),
    errors=ErrorShape(
        message=("error.fields.*.0", "error.message", "error_description"), code=("error.data.key", "error")
    ),
    hints={
        "Access token expired. Use your refresh token to obtain a new access token.": "The token lives two hours: sign in"
        " again, or give the refresh token as well.",
        "Repository with this Slug and Owner already exists.": "The repository is there: take another slug, or update it.",
        "Branch already exists.": "The branch is there: take another name, or use it as it is.",
        "401": "Take an API token with your Atlassian e-mail address: app passwords stopped working in July 2026.",
        "403": "Give the token the scope the message names; tokens of a repository or workspace may not ask about users.",
        "404": "Check workspace and repo_slug (both are slugs or uuids in braces), and that the token may see them.",
        "409": "It changed meanwhile, or it is done already: read it again.",
        "410": "Bitbucket has removed this: list workspaces first, and then what is in each; issues and wikis are gone.",
        "429": "A thousand calls an hour are used up, perhaps by other programs: they come back over the hour.",
    },
    health=_ME,
    operations=(
        Operation(
            "workspaces.list", "GET", "/user/workspaces", fields(_PAGE), is_paginated=True,
            summary="Those the token's user belongs to.",
        ),
        Operation("workspaces.get", "GET", "/workspaces/{workspace}"),
        Operation("workspaces.members", "GET", "/workspaces/{workspace}/members", fields(_PAGE), is_paginated=True),
        Operation(
            "repositories.list", "GET", "/repositories/{workspace}",
            fields(_PAGE, "role=admin|contributor|member|owner"), is_paginated=True,
            summary="For example q='updated_on > 2026-01-01' and sort=-updated_on.",
        ),
        Operation("repositories.get", "GET", _REPO),
        Operation(
            "repositories.create", "POST", _REPO, fields("scm=git", _REPO_FIELDS), summary="project= takes a project's key."
        ),
        Operation("repositories.update", "PUT", _REPO, fields(_REPO_FIELDS)),
        Operation("repositories.delete", "DELETE", _REPO, fields("redirect_to")),
        Operation(
            "pullrequests.list", "GET", f"{_REPO}/pullrequests", fields(_PAGE, "state:array"), is_paginated=True,
            pagination=_PULLS, summary='Open ones, or state=["MERGED", "DECLINED", "SUPERSEDED", "OPEN"].',
        ),
        Operation("pullrequests.get", "GET", _PULL, fields("pull_request_id:integer!")),
        Operation(
            "pullrequests.create", "POST", f"{_REPO}/pullrequests",
            (
                Parameter("source_branch", "body", is_required=True, wire="name"),
                *fields("/title!", _PULL_FIELDS),
            ),
            into="source.branch", is_open=False,
            summary="destination= takes a branch's name (the main branch without it), reviewers= their uuids.",
        ),
        Operation(
            "pullrequests.update", "PUT", _PULL,
            fields("pull_request_id:integer! title description destination:object reviewers:array close_source_branch:boolean"),
        ),
        Operation(
            "pullrequests.merge", "POST", f"{_PULL}/merge",
            fields("""
                pull_request_id:integer! message close_source_branch:boolean ?async:boolean
                merge_strategy=merge_commit|squash|fast_forward|squash_fast_forward|rebase_fast_forward|rebase_merge
            """),
        ),
        Operation("pullrequests.approve", "POST", f"{_PULL}/approve", fields("pull_request_id:integer!")),
        Operation("pullrequests.decline", "POST", f"{_PULL}/decline", fields("pull_request_id:integer!")),
        Operation(
            "pullrequest_comments.create", "POST", f"{_PULL}/comments",
            fields("pull_request_id:integer! raw! markup /inline:object /parent:object /pending:boolean"),
            into="content", summary='raw= is the text; inline={"path": ..., "to": line} puts it beside a line.',
        ),
        Operation(
            "pullrequest_comments.list", "GET", f"{_PULL}/comments", fields(_PAGE, "pull_request_id:integer!"),
            is_paginated=True,
        ),
        Operation(
            "commits.list", "GET", f"{_REPO}/commits", fields("pagelen:integer page fields include:array exclude:array path"),
            is_paginated=True,
        ),
        Operation(
            "commit_statuses.create", "POST", f"{_REPO}/commit/{{commit}}/statuses/build",
            fields("key! state=SUCCESSFUL|FAILED|INPROGRESS|STOPPED! url name description refname"),
            is_idempotent=True, summary="The same key again replaces the status.",
        ),
        Operation("branches.list", "GET", f"{_REPO}/refs/branches", fields(_PAGE), is_paginated=True),
        Operation(
            "branches.create", "POST", f"{_REPO}/refs/branches", fields("/name! hash!"), into="target",
            summary="hash= is the commit or the branch it starts from.",
        ),
        Operation("branches.delete", "DELETE", f"{_REPO}/refs/branches/{{name}}"),
        Operation(
            "source.get", "GET", f"{_REPO}/src/{{commit}}/{{path}}",
            (_IN_REPO, *fields("format=meta|rendered q sort max_depth:integer pagelen:integer page")),
            summary="A file's text in .text and bytes in .body; of a folder its list.",
        ),
        Operation(
            "source.create", "POST", f"{_REPO}/src", fields("message author branch parents files:any"), body="multipart",
            summary='Commits files: each is a parameter by its path, **{"docs/a.md": b"..."}; files= names those to delete.',
        ),
        Operation(
            "pipelines.run", "POST", f"{_REPO}/pipelines/",
            fields("ref_name ref_type=branch|tag|named_branch|bookmark selector:object commit:object target:object"
                   " /variables:array"),
            into="target", fixed={"target": {"type": "pipeline_ref_target"}},
            summary="On ref_name=, with ref_type=branch or tag.",
        ),
        Operation("pipelines.list", "GET", f"{_REPO}/pipelines/", fields(_PAGE), is_paginated=True),
        Operation("pipelines.get", "GET", f"{_REPO}/pipelines/{{pipeline_uuid}}"),
        Operation("pipelines.stop", "POST", f"{_REPO}/pipelines/{{pipeline_uuid}}/stopPipeline"),
        Operation(
            "hooks.create", "POST", f"{_REPO}/hooks",
            fields("url! events:array! description active:boolean secret"), summary='events=["repo:push", ...].',
        ),
        _ME,
    ),
    webhooks=WebhookSource(
        Signature(
            "X-Hub-Signature", prefix="sha256=",
            note="SHA-256, under the name GitHub uses for SHA-1. Absent where the hook has no secret.",
        ),
        event="header:X-Event-Key",
        delivery="header:X-Request-UUID",
        answer_within_s=10.0,
        retries="Twice more after a 5xx or no answer; X-Attempt-Number counts.",
    ),
    removed=(  # issues and wikis went on 2026-08-20, lists across workspaces in 2026-04
        "* /repositories/{workspace}/{repo_slug}/issues*", "* /repositories/{workspace}/{repo_slug}/wiki*",
        "GET /repositories", "GET /workspaces", "GET /user/permissions/*",
    ),
    unverified=(
        "a minute's wait after a 429",
        "limits of up to 10,000 an hour for tokens of large paid workspaces: say so with limit=",
        "files and archives have 5,000 an hour of their own; here they count with the thousand",
        "two hours as the life of an access token",
        "webhooks: ten seconds to answer, two more attempts",
        "parameters: from a description of 2024-05",
    ),
)  # fmt: skip
