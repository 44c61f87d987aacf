"""How GitHub shows its things: every object with the addresses that belong to it. No state, no decisions."""

from __future__ import annotations

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.github.people import SITE as SITE
from penstock.sandbox.vendors.github.people import user as user
from penstock.sandbox.vendors.github.world import Repository, World, node_id
from penstock.sandbox.wire import Json

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
_NO_REACTIONS = dict.fromkeys(_REACTIONS, 0)


_REPOSITORY_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def repository(base: str, world: World, repo: Repository) -> Json:
    """Return a repository in full."""
    url, site = f"{base}/repos/{repo.full_name}", f"{SITE}/{repo.full_name}"
    open_count = repo.issues.count(("state", "open"))
    size = sum(len(content) for content in repo.branches["main"].files.values()) // 1024
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": user(base, world, repo.owner),
        "html_url": site,
        "fork": False,
        "url": url,
        **{name: url + part for name, part in _REPOSITORY_URLS.items()},
        "clone_url": f"{site}.git",
        "git_url": f"git://github.com/{repo.full_name}.git",
        "ssh_url": f"git@github.com:{repo.full_name}.git",
        "svn_url": site,
        "mirror_url": None,
        "language": None,
        "license": None,
        "size": size,
        "forks": 0,
        "forks_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "network_count": 0,
        "subscribers_count": 0,
        "open_issues": open_count,
        "open_issues_count": open_count,
        "is_template": False,
        "has_projects": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "has_downloads": True,
        "disabled": False,
        "visibility": "private" if repo.record["private"] else "public",
        "permissions": {"admin": True, "maintain": True, "push": True, "triage": True, "pull": True},
        **repo.record,
    }


def label(base: str, repo: Repository, name: str) -> Json:
    """Return a label."""
    record = repo.labels[name]
    return {
        "id": record["id"],
        "node_id": node_id("LA", record["id"]),
        "url": f"{base}/repos/{repo.full_name}/labels/{name}",
        "name": name,
        "description": record.get("description"),
        "color": record["color"],
        "default": name in ("bug", "enhancement", "question"),
    }


def issue(base: str, world: World, repo: Repository, record: Record) -> Json:
    """Return an issue, or the issue side of a pull request."""
    number = record["number"]
    root = f"{base}/repos/{repo.full_name}"
    url = f"{root}/issues/{number}"
    site = f"{SITE}/{repo.full_name}/{'pull' if record['pull'] else 'issues'}/{number}"
    assignees = [user(base, world, login) for login in record["assignees"]]
    shown: dict[str, Json] = {
        "url": url,
        "repository_url": root,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": site,
        "id": record["id"],
        "node_id": node_id("PR" if record["pull"] else "I", record["id"]),
        "number": number,
        "title": record["title"],
        "user": user(base, world, record["user"]),
        "labels": [label(base, repo, name) for name in record["labels"]],
        "state": record["state"],
        "state_reason": record["state_reason"],
        "locked": record["locked"],
        "active_lock_reason": record["lock_reason"],
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "comments": record["comments"],
        "created_at": record["created_at"],
        "updated_at": record["updated_at"],
        "closed_at": record["closed_at"],
        "closed_by": user(base, world, record["closed_by"]) if record["closed_by"] else None,
        "author_association": "OWNER" if repo.owner == world.login else "MEMBER",
        "body": record["body"],
        "reactions": {"url": f"{url}/reactions", "total_count": 0, **_NO_REACTIONS},
        "performed_via_github_app": None,
    }
    if record["pull"]:
        pull = f"{root}/pulls/{number}"
        shown["pull_request"] = {
            "url": pull,
            "html_url": site,
            "diff_url": f"{site}.diff",
            "patch_url": f"{site}.patch",
        }
        shown["pull_request"]["merged_at"] = record["pull"]["merged_at"]
    return shown


def comment(base: str, world: World, repo: Repository, record: Record) -> Json:
    """Return a comment on an issue."""
    root = f"{base}/repos/{repo.full_name}/issues"
    url = f"{root}/comments/{record['id']}"
    return {
        "url": url,
        "html_url": f"{SITE}/{repo.full_name}/issues/{record['issue']}#issuecomment-{record['id']}",
        "issue_url": f"{root}/{record['issue']}",
        "id": record["id"],
        "node_id": node_id("IC", record["id"]),
        "user": user(base, world, record["user"]),
        "created_at": record["created_at"],
        "updated_at": record["updated_at"],
        "author_association": "OWNER",
        "body": record["body"],
        "reactions": {"url": f"{url}/reactions", "total_count": 0, **_NO_REACTIONS},
        "performed_via_github_app": None,
    }


def commit(base: str, world: World, repo: Repository, record: Record) -> Json:
    """Return a commit as the list of commits shows it."""
    sha, root = record["sha"], f"{base}/repos/{repo.full_name}"
    person = {"name": "Sandbox User", "email": f"{world.login}@example.org", "date": record["date"]}
    tree = world.sha("tree", sha)
    return {
        "sha": sha,
        "node_id": node_id("C", sha),
        "commit": {
            "author": person,
            "committer": person,
            "message": record["message"],
            "tree": {"sha": tree, "url": f"{root}/git/trees/{tree}"},
            "url": f"{root}/git/commits/{sha}",
            "comment_count": 0,
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "url": f"{root}/commits/{sha}",
        "html_url": f"{SITE}/{repo.full_name}/commit/{sha}",
        "comments_url": f"{root}/commits/{sha}/comments",
        "author": user(base, world, world.login),
        "committer": user(base, world, world.login),
        "parents": [
            {
                "sha": parent,
                "url": f"{root}/commits/{parent}",
                "html_url": f"{SITE}/{repo.full_name}/commit/{parent}",
            }
            for parent in record["parents"]
        ],
    }
