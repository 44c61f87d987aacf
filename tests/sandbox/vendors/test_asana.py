"""Asana's sandbox judged by Asana's own package, and by Penstock itself."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def asana(make_box):
    """Return a sandbox, Asana's client on it, and the workspace's gid."""
    sdk = pytest.importorskip("asana")

    def make(key=None, **options):
        box = make_box(names=["asana"], **options)
        configuration = sdk.Configuration()
        configuration.host = box.base_url("asana")
        configuration.access_token = key or box.credential("asana")["token"]
        configuration.page_limit = 10
        configuration.retry_strategy = False
        client = sdk.ApiClient(configuration)
        workspaces = [] if key else list(sdk.WorkspacesApi(client).get_workspaces({}))
        return box, client, workspaces[0]["gid"] if workspaces else None

    return make


def _words(caught):
    return json.loads(caught.value.body)["errors"][0]["message"]


def test_tasks_are_made_read_changed_and_listed_over_pages(asana):
    """Twenty-five tasks of a project come over three pages; changes, subtasks, comments and deletions are seen."""
    sdk = pytest.importorskip("asana")
    box, client, workspace = asana()
    projects, tasks, stories = sdk.ProjectsApi(client), sdk.TasksApi(client), sdk.StoriesApi(client)
    project = projects.create_project({"data": {"name": "Launch", "workspace": workspace}}, {})["gid"]
    made = [
        tasks.create_task({"data": {"name": f"Task {n}", "projects": [project], "assignee": "me"}}, {})
        for n in range(25)
    ]
    assert made[0]["assignee"]["name"] == "Ada" and made[0]["completed"] is False
    listed = list(tasks.get_tasks({"project": project, "limit": 10, "opt_fields": "name,completed"}))
    assert [task["name"] for task in listed] == [f"Task {n}" for n in range(25)]
    assert set(listed[0]) >= {"gid", "name", "completed"} and "notes" not in listed[0]
    pages = [entry for entry in box.log() if entry["path"].endswith("/tasks") and entry["method"] == "GET"]
    assert len(pages) == 3
    changed = tasks.update_task({"data": {"completed": True}}, made[0]["gid"], {})
    assert changed["completed"] is True
    tasks.create_subtask_for_task({"data": {"name": "Below"}}, made[0]["gid"], {})
    assert [one["name"] for one in tasks.get_subtasks_for_task(made[0]["gid"], {})] == ["Below"]
    story = stories.create_story_for_task({"data": {"text": "Hi"}}, made[0]["gid"], {})
    assert (story["text"], story["resource_subtype"]) == ("Hi", "comment_added")
    tasks.delete_task(made[24]["gid"])
    assert len(list(tasks.get_tasks({"project": project}))) == 24
    tasks.remove_project_for_task({"data": {"project": project}}, made[23]["gid"])
    assert len(list(tasks.get_tasks({"project": project}))) == 23


def test_a_batch_tells_what_became_of_each(asana):
    """One action succeeds, one does not; the whole is a 200 all the same."""
    sdk = pytest.importorskip("asana")
    _, client, workspace = asana()
    actions = [
        {"method": "post", "relative_path": "/tasks", "data": {"name": "a", "workspace": workspace}},
        {"method": "get", "relative_path": "/tasks/1"},
    ]
    said = list(sdk.BatchAPIApi(client).create_batch_request({"data": {"actions": actions}}, {}))
    assert [one["status_code"] for one in said] == [201, 404]
    assert said[0]["body"]["data"]["name"] == "a"


def test_its_client_sees_asanas_refusals(asana):
    """Nothing there, nothing said, a wrong token and a refusal for rate raise its own error with Asana's words."""
    sdk = pytest.importorskip("asana")
    rest = pytest.importorskip("asana.rest")
    box, client, _ = asana()
    tasks, users = sdk.TasksApi(client), sdk.UsersApi(client)
    cases = [
        (404, lambda: tasks.get_task("1", {})),
        (400, lambda: list(tasks.get_tasks({}))),
        (400, lambda: tasks.create_task({"data": {"name": "Nowhere"}}, {})),
        (401, lambda: sdk.UsersApi(asana(key="0/stranger")[1]).get_user("me", {})),
    ]
    for status, ask in cases:
        with pytest.raises(rest.ApiException) as caught:
            ask()
        assert caught.value.status == status and _words(caught)
    box.set_faults({"script": [{"match": "GET /asana/api/1.0/users/me", "fault": "429"}]})
    with pytest.raises(rest.ApiException) as caught:
        users.get_user("me", {})
    assert caught.value.status == 429 and int(caught.value.headers["Retry-After"]) >= 1
    assert users.get_user("me", {})["name"] == "Ada"


def test_a_batch_counts_as_its_actions(asana):
    """With three calls a minute allowed, a batch of three is too many after one other."""
    sdk = pytest.importorskip("asana")
    rest = pytest.importorskip("asana.rest")
    _, client, _ = asana(limits={"asana": 3})  # the fixture has asked for the workspaces
    batch = sdk.BatchAPIApi(client)
    action = {"method": "get", "relative_path": "/users/me"}
    assert len(list(batch.create_batch_request({"data": {"actions": [action, action]}}, {}))) == 2
    with pytest.raises(rest.ApiException) as caught:
        list(batch.create_batch_request({"data": {"actions": [action]}}, {}))
    assert caught.value.status == 429


def test_penstock_makes_reads_and_lists(workbench):
    """Columns become a task and come back as a frame; refusals are told in words; a wrong key asks for a sign-in."""
    asana = workbench.connect("asana", sandbox=True)
    workspace = asana.workspaces.list()["data"][0]["gid"]
    project = asana.projects.create(name="Launch", workspace=workspace)["data"]["gid"]
    for number in range(5):
        made = asana.tasks.create(name=f"Task {number}", projects=[project])["data"]
    assert asana.tasks.get(made["gid"])["data"]["name"] == "Task 4"
    assert list(asana.tasks.list.frame(project=project, limit=2)["name"]) == [f"Task {n}" for n in range(5)]
    with pytest.raises(NotFound, match="gid"):
        asana.tasks.get("1")
    with pytest.raises(Invalid, match="You should specify one of"):
        asana.tasks.create(name="Nowhere")
    stranger = workbench.connect(
        "asana", credential={"token": Secret("0/stranger")}, base_url=asana.client.base_url
    )
    with pytest.raises(SignInNeeded):
        stranger.users.me()


def test_tasks_go_ten_actions_at_a_time(make_box: Any) -> None:
    """25 new tasks and one in a project there is not are three calls; each row has its own task, and that one fails alone."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        workspace = connection.workspaces.list.frame()["gid"][0]
        given = [{"name": f"t{number}", "workspace": workspace} for number in range(25)]
        return [*given, {"name": "odd", "workspace": workspace, "projects": ["404"]}]

    frame, requests = run_both(make_box, "asana", "tasks.create", rows, key="name", parameters=dict)
    assert list(frame["status"]) == [*["done"] * 25, "failed"]
    assert [said["data"]["name"] for said in frame["response"][:25]] == [f"t{number}" for number in range(25)]
    assert requests == [("POST", "batch")] * 3


@pytest.mark.parametrize(
    "operation",
    ["tasks.update", "tasks.delete", "tasks.create_subtask", "tasks.add_project", "tasks.add_tag"],
)
def test_changes_of_tasks_go_ten_at_a_time(make_box: Any, operation: str) -> None:
    """Changes of ten tasks are one call that does what ten would; of an eleventh task, that is not there, the row fails."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        workspace = connection.workspaces.list.frame()["gid"][0]
        project = connection.projects.create(name="p", workspace=workspace)["data"]["gid"]
        ids = [connection.tasks.create(name="t", workspace=workspace)["data"]["gid"] for _ in range(10)]
        more = {
            "tasks.update": {"notes": "n"},
            "tasks.create_subtask": {"name": "below"},
            "tasks.add_project": {"project": project},
            "tasks.add_tag": {"tag": "7"},
        }
        return [{"task_gid": id, **more.get(operation, {})} for id in [*ids, "404"]]

    frame, requests = run_both(make_box, "asana", operation, rows, key="task_gid", parameters=dict)
    assert list(frame["status"]) == [*["done"] * 10, "failed"]
    assert Counter(path for _, path in requests)["batch"] == 1 and len(requests) == 2
