"""Bitbucket's sandbox judged by atlassian-python-api, and used as a person would through Penstock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penstock.errors import NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.bitbucket import REPO, ROWS, WORKSPACE


@pytest.fixture
def client(make_box: Any) -> Callable[..., tuple[Any, Any]]:
    """Return a sandbox and atlassian-python-api pointed at it: client(password=..., **options of the sandbox)."""
    bitbucket = pytest.importorskip("atlassian.bitbucket")

    def make(password: str | None = None, **options: Any) -> tuple[Any, Any]:
        box = make_box(names=["bitbucket"], **options)
        credential = box.credential("bitbucket")
        url = box.base_url("bitbucket").removesuffix("/2.0")
        api = bitbucket.Cloud(url, username=credential["email"], password=password or credential["api_token"])
        return box, api

    return make


def test_pull_requests_are_made_read_back_listed_over_pages_and_merged(client: Any) -> None:
    """atlassian-python-api walks 120 pull requests page by page; a new one is commented, approved and merged once."""
    requests = pytest.importorskip("requests")
    box, api = client()
    repo = api.workspaces.get(WORKSPACE).repositories.get(REPO)
    numbers = [pull.id for pull in repo.pullrequests.each()]
    assert numbers == list(range(ROWS, 0, -1))
    pages = [entry for entry in box.log() if entry["path"].rstrip("/").endswith("/pullrequests")]
    assert len(pages) == ROWS // 10
    made = repo.pullrequests.create("Zoë 🎉", "topic", "main", "text", reviewers=["{1}"])
    assert (made.id, made.source_branch, made.destination_branch) == (ROWS + 1, "topic", "main")
    assert repo.pullrequests.get(made.id).title == "Zoë 🎉"
    made.comment("first")
    made.approve()
    made.merge()
    assert repo.pullrequests.get(made.id).is_merged
    with pytest.raises(requests.HTTPError, match="already closed"):
        made.merge()
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == [
        "pullrequests.create",
        "pullrequest_comments.create",
        "pullrequests.approve",
        "pullrequests.merge",
    ]


def test_repositories_are_made_changed_and_deleted_once(client: Any) -> None:
    """A repository is created, read, renamed, refused a second time, deleted, and gone."""
    requests = pytest.importorskip("requests")
    _, api = client()
    (workspace,) = api.workspaces.each()
    made = workspace.repositories.create("fresh", is_private=True)
    made.name = "Fresh one"
    assert workspace.repositories.get("fresh").name == "Fresh one"
    with pytest.raises(requests.HTTPError, match="already exists"):
        workspace.repositories.create("fresh")
    assert {repo.slug for repo in workspace.repositories.each()} == {REPO, "fresh"}
    made.delete()
    assert not workspace.repositories.exists("fresh")


def test_errors_are_the_packages_own(client: Any) -> None:
    """What is not there, whose token is wrong and what is too fast arrive as its HTTPError with Bitbucket's words."""
    requests = pytest.importorskip("requests")
    box, api = client()
    with pytest.raises(requests.HTTPError, match="Repository sandbox/nothing not found"):
        api.repositories.get(WORKSPACE, "nothing")
    with pytest.raises(requests.HTTPError) as stranger:
        client(password="stranger")[1].repositories.get(WORKSPACE, REPO)
    assert stranger.value.response.status_code == 401
    box.set_faults({"script": [{"match": "GET /bitbucket/*", "fault": "429", "times": 1}]})
    with pytest.raises(requests.HTTPError) as throttled:
        api.repositories.get(WORKSPACE, REPO)
    assert throttled.value.response.text == "Rate limit for this resource has been exceeded"


def test_penstock_makes_lists_and_is_refused(workbench: Any, make_box: Any) -> None:
    """A pull request is created, read back and listed over pages; a file is text; wrong ids and keys are told apart."""
    bitbucket = workbench.connect("bitbucket", sandbox=True)
    place = {"workspace": WORKSPACE, "repo_slug": REPO}
    made = bitbucket.pullrequests.create(**place, title="It holds", source_branch="topic", destination="main")
    assert bitbucket.pullrequests.get(**place, pull_request_id=made["id"])["state"] == "OPEN"
    assert len(bitbucket.pullrequests.list.frame(**place)) == ROWS + 1
    assert len(bitbucket.commits.list.frame(**place, pagelen=50)) == ROWS
    bitbucket.source.create(**place, **{"docs/a.md": b"hello"}, message="add")
    assert bitbucket.source.get(**place, commit="main", path="docs/a.md").text == "hello"
    with pytest.raises(NotFound):
        bitbucket.repositories.get(WORKSPACE, "nothing")
    box = make_box(names=["bitbucket"])
    wrong = {"email": Secret("a@b.co"), "api_token": Secret("x")}
    with pytest.raises(SignInNeeded):
        workbench.connect("bitbucket", credential=wrong, base_url=box.base_url("bitbucket")).users.me()
