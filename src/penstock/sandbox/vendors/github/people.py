"""How GitHub shows users and organisations. No state, no decisions."""

from __future__ import annotations

from penstock.sandbox.vendors.github.world import World, node_id
from penstock.sandbox.wire import Json

SITE = "https://github.com"


def user(base: str, world: World, login: str) -> Json:
    """Return a simple user or organisation."""
    is_organisation = login in world.organisations
    number = world.organisations.get(login) or world.users.get(login, 0)
    url = f"{base}/users/{login}"
    parts = {
        "followers_url": "/followers",
        "following_url": "/following{/other_user}",
        "gists_url": "/gists{/gist_id}",
        "starred_url": "/starred{/owner}{/repo}",
        "subscriptions_url": "/subscriptions",
        "organizations_url": "/orgs",
        "repos_url": "/repos",
        "events_url": "/events{/privacy}",
        "received_events_url": "/received_events",
    }
    return {
        "login": login,
        "id": number,
        "node_id": node_id("O" if is_organisation else "U", number),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{SITE}/{login}",
        **{name: url + part for name, part in parts.items()},
        "type": "Organization" if is_organisation else "User",
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user(base: str, world: World, login: str) -> Json:
    """Return a user as everyone sees them."""
    count = sum(repository.owner == login for repository in world.repositories.values())
    return {
        **user(base, world, login),
        "name": "Sandbox User" if login == world.login else login,
        "company": None,
        "blog": "",
        "location": None,
        "email": f"{login}@example.org",
        "hireable": None,
        "bio": None,
        "public_repos": count,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def private_user(base: str, world: World) -> Json:
    """Return the signed-in user with what only they see."""
    return {
        **public_user(base, world, world.login),
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }


def organisation(base: str, login: str, number: int, count: int) -> Json:
    """Return an organisation in full."""
    url = f"{base}/orgs/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": node_id("O", number),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "description": "Sample data of the sandbox",
        "html_url": f"{SITE}/{login}",
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": count,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "type": "Organization",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "archived_at": None,
    }
