"""GitLab's sandbox judged by python-gitlab, and used as a person would through Penstock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penstock.errors import NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.gitlab.world import ISSUES, PROJECT

DEMO = "sandbox/demo"


@pytest.fixture
def client(make_box: Any) -> Callable[..., tuple[Any, Any]]:
    """Return a sandbox and python-gitlab pointed at it: client(token=..., **options of the sandbox)."""
    gitlab = pytest.importorskip("gitlab")

    def make(token: str | None = None, **options: Any) -> tuple[Any, Any]:
        box = make_box(names=["gitlab"], **options)
        url = box.base_url("gitlab").removesuffix("/api/v4")
        return box, gitlab.Gitlab(url, private_token=token or box.credential("gitlab")["token"])

    return make


def test_issues_are_made_read_back_listed_over_pages_and_changed(client: Any) -> None:
    """python-gitlab walks 230 issues over three pages; a new one is read by iid, noted, labelled, closed, deleted."""
    box, api = client()
    project = api.projects.get(DEMO)
    assert project.id == PROJECT
    numbers = [issue.iid for issue in project.issues.list(iterator=True, per_page=100)]
    assert numbers == list(range(ISSUES, 0, -1))
    assert len([entry for entry in box.log() if entry["path"].endswith("/issues")]) == 3
    issue = project.issues.create({"title": "Zoë 🎉", "labels": "bug,ui"})
    assert (issue.iid, issue.labels) == (ISSUES + 1, ["bug", "ui"])
    assert api.projects.get(PROJECT).issues.get(issue.iid).title == "Zoë 🎉"
    issue.notes.create({"body": "first"})
    assert [note.body for note in issue.notes.list(get_all=True)] == ["first"]
    issue.state_event = "close"
    issue.save()
    assert project.issues.get(issue.iid).state == "closed"
    issue.delete()
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["issues.create", "issue_notes.create", "issues.update", "issues.delete"]


def test_files_branches_merge_requests_and_releases_go_the_whole_way(client: Any) -> None:
    """A file is written, read and deleted on a branch that becomes a merge request and is merged once."""
    gitlab = pytest.importorskip("gitlab")
    _, api = client()
    project = api.projects.get(DEMO)
    project.branches.create({"branch": "topic", "ref": "main"})
    project.files.create(
        {"file_path": "a/b c.txt", "branch": "topic", "content": "hi", "commit_message": "add"}
    )
    assert project.files.get("a/b c.txt", ref="topic").decode() == b"hi"
    assert project.files.raw("a/b c.txt", ref="topic") == b"hi"
    assert [one["path"] for one in project.repository_tree(ref="topic", get_all=True)] == ["a/b c.txt"]
    project.files.delete("a/b c.txt", branch="topic", commit_message="delete")
    with pytest.raises(gitlab.GitlabGetError):
        project.files.get("a/b c.txt", ref="topic")
    asked = project.mergerequests.create(
        {"source_branch": "topic", "target_branch": "main", "title": "Something"}
    )
    asked.merge()
    assert project.mergerequests.get(asked.iid).state == "merged"
    with pytest.raises(gitlab.GitlabMRClosedError):
        asked.merge()
    release = project.releases.create({"tag_name": "v1", "name": "One", "description": "notes"})
    assert project.releases.get(release.tag_name).name == "One"
    assert project.pipelines.create({"ref": "main"}).status == "created"
    assert project.jobs.list(get_all=True)[0].trace().endswith(b"Job succeeded\n")


def test_errors_are_the_packages_own_classes(client: Any) -> None:
    """What is not there, whose token is wrong, what is refused and what is too fast arrive as python-gitlab's classes."""
    gitlab = pytest.importorskip("gitlab")
    box, api = client()
    with pytest.raises(gitlab.GitlabGetError) as missing:
        api.projects.get("sandbox/nothing")
    assert (missing.value.response_code, missing.value.error_message) == (404, "404 Project Not Found")
    with pytest.raises(gitlab.GitlabAuthenticationError):
        client(token="glpat-stranger")[1].auth()
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        api.projects.get(DEMO).issues.create({"title": ""})
    assert refused.value.response_code == 400
    box.set_faults({"script": [{"match": "GET /gitlab/*", "fault": "429", "times": 1}]})
    with pytest.raises(gitlab.GitlabError) as throttled:
        api.projects.get(DEMO, obey_rate_limit=False)
    assert throttled.value.response_code == 429


def test_notes_have_a_limit_of_their_own(client: Any) -> None:
    """The 61st note within a minute is refused with a 429, although the limit per user has room."""
    gitlab = pytest.importorskip("gitlab")
    _, api = client(limits=True)
    issue = api.projects.get(DEMO).issues.get(1)
    for number in range(60):
        issue.notes.create({"body": f"{number}"})
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        issue.notes.create({"body": "one more"}, obey_rate_limit=False)
    assert refused.value.response_code == 429


def test_penstock_makes_lists_and_is_refused(workbench: Any, make_box: Any) -> None:
    """An issue is created, read back and listed over three pages; a wrong number and a wrong key are told apart."""
    gitlab = workbench.connect("gitlab", sandbox=True)
    made = gitlab.issues.create(id=DEMO, title="It leaks", labels=["bug"])
    assert gitlab.issues.get(DEMO, made["iid"])["title"] == "It leaks"
    assert len(gitlab.issues.list.frame(id=DEMO)) == ISSUES + 1
    assert gitlab.files.get_raw(DEMO, "README.md", ref="main").text == "# Demo\n"
    with pytest.raises(NotFound):
        gitlab.issues.get(DEMO, 9999)
    box = make_box(names=["gitlab"])
    stranger = workbench.connect(
        "gitlab", credential={"token": Secret("glpat-x")}, base_url=box.base_url("gitlab")
    )
    with pytest.raises(SignInNeeded):
        stranger.users.me()
