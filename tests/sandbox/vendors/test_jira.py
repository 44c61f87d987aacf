"""Jira's sandbox judged by the package jira, and used as a person would through Penstock."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.jira.world import BOARD, ISSUES, PEOPLE, PROJECT

TASK = {"project": {"key": PROJECT}, "issuetype": {"name": "Task"}}


def _document(text: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


@pytest.fixture
def client(make_box: Any) -> Callable[..., tuple[Any, Any]]:
    """Return a sandbox and the package pointed at it: client(token=..., **options of the sandbox)."""
    jira = pytest.importorskip("jira")

    def make(token: str | None = None, **options: Any) -> tuple[Any, Any]:
        box = make_box(names=["jira"], **options)
        credential = box.credential("jira")
        signed = (credential["email"], token or credential["api_token"])
        settings = {"server": box.base_url("jira"), "rest_api_version": "3"}
        return box, jira.JIRA(options=settings, basic_auth=signed, max_retries=0)

    return make


def test_issues_are_made_read_back_searched_over_pages_and_moved_on(client: Any) -> None:
    """The package walks 230 issues over three pages; a new one is commented, moved to Done, given a file, and deleted."""
    box, api = client()
    found = api.enhanced_search_issues(f"project = {PROJECT} ORDER BY created DESC", maxResults=False)
    assert [issue.key for issue in found] == [f"{PROJECT}-{number}" for number in range(ISSUES, 0, -1)]
    assert len([entry for entry in box.log() if entry["path"].endswith("/search/jql")]) == 3
    issue = api.create_issue(fields=TASK | {"summary": "Zoë 🎉", "description": _document("text")})
    assert api.issue(issue.key).fields.summary == "Zoë 🎉"
    api.add_comment(issue, _document("first"))
    assert len(api.comments(issue)) == 1
    api.transition_issue(issue, "Done")
    issue.update(fields={"summary": "Zoë"})
    assert (api.issue(issue.key).fields.status.name, issue.fields.summary) == ("Done", "Zoë")
    assert api.add_attachment(issue, io.BytesIO(b"hello"), "a.txt").filename == "a.txt"
    issue.delete()
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == [
        "issues.create",
        "comments.create",
        "issues.transition",
        "issues.update",
        "attachments.create",
        "issues.delete",
    ]


def test_many_are_made_at_once_and_the_refused_are_named(client: Any) -> None:
    """Of three issues in one call the one without a summary is refused, the others are made."""
    _, api = client()
    rows = [TASK | {"summary": "one"}, TASK | {"summary": ""}, TASK | {"summary": "three"}]
    results = api.create_issues(rows, prefetch=False)
    assert sorted(result["status"] for result in results) == ["Error", "Success", "Success"]
    refused = next(result for result in results if result["status"] == "Error")
    assert "summary" in str(refused["error"])


def test_errors_are_the_packages_own(client: Any) -> None:
    """What is not there, whose token is wrong, a text that is no document, and what is too fast arrive as JIRAError."""
    jira = pytest.importorskip("jira")
    box, api = client()
    with pytest.raises(jira.JIRAError) as missing:
        api.issue("WEB-9999")
    assert (missing.value.status_code, missing.value.text.partition(" or ")[0]) == (
        404,
        "Issue does not exist",
    )
    with pytest.raises(jira.JIRAError) as stranger:
        client(token="stranger")[1].myself()
    assert stranger.value.status_code == 401
    with pytest.raises(jira.JIRAError, match="Atlassian Document"):
        api.create_issue(fields=TASK | {"summary": "s", "description": "plain"})
    box.set_faults({"script": [{"match": "GET /jira/rest/api/3/issue/*", "fault": "429", "times": 1}]})
    with pytest.raises(jira.JIRAError) as throttled:
        api.issue(f"{PROJECT}-1")
    assert throttled.value.status_code == 429 and "rate-limited" in throttled.value.text


def test_an_end_point_and_an_issue_have_limits_of_their_own(make_box: Any, call: Any) -> None:
    """The 21st write on an issue within two seconds is refused; a write on another goes on."""
    import base64
    import json

    from penstock.testing import FakeClock

    box = make_box(names=["jira"], limits=True, clock=FakeClock())
    credential = box.credential("jira")
    pair = base64.b64encode(f"{credential['email']}:{credential['api_token']}".encode()).decode()
    signed = {"Authorization": f"Basic {pair}", "Content_Type": "application/json"}

    def rename(key: str) -> Any:
        body = json.dumps({"fields": {"summary": "s"}})
        return call(f"{box.base_url('jira')}/rest/api/3/issue/{key}", "PUT", body, **signed)

    answers = [rename("WEB-1") for _ in range(21)]
    assert [answer.status for answer in answers] == [204] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert rename("WEB-2").status == 204


def test_penstock_takes_plain_columns_and_is_refused(workbench: Any, make_box: Any) -> None:
    """Plain texts and names become what Jira wants; lists come over pages; wrong ids and keys are told apart."""
    jira = workbench.connect("jira", sandbox=True)
    made = jira.issues.create(
        project=PROJECT, issuetype="Bug", summary="It leaks", description="First.\nLast."
    )
    kept = jira.issues.get(made["key"])["fields"]
    assert (kept["summary"], kept["issuetype"]) == ("It leaks", {"name": "Bug"})
    assert len(kept["description"]["content"]) == 2
    jira.issues.transition(made["key"], transition="31")
    assert jira.issues.get(made["key"], fields=["status"])["fields"] == {"status": {"name": "Done"}}
    assert [
        change["items"][0]["toString"] for change in jira.issues.changelog(made["key"]).data["values"]
    ] == ["Done"]
    frame = jira.issues.search.frame(jql=f"project = {PROJECT}")
    assert len(frame) == ISSUES + 1
    assert jira.issues.count(jql="status = Done")["count"] == 1
    assert len(jira.users.search.frame(query="person")) == PEOPLE - 1
    assert len(jira.sprints.list.frame(boardId=BOARD)) == 3
    with pytest.raises(Invalid, match="Unbounded"):
        jira.issues.search(jql="order by created")
    with pytest.raises(NotFound):
        jira.issues.get("WEB-9999")
    box = make_box(names=["jira"])
    wrong = {"email": Secret("a@b.co"), "api_token": Secret("x")}
    with pytest.raises(SignInNeeded):
        workbench.connect("jira", credential=wrong, base_url=box.base_url("jira")).users.me()


def test_a_batch_makes_fifty_issues_in_one_call_and_names_the_refused(workbench: Any, sandbox: Any) -> None:
    """Of 120 rows the one Jira refuses is failed, all others done, with three bulk calls and no single one but for it."""
    pd = pytest.importorskip("pandas")
    jira = workbench.connect("jira", sandbox=sandbox)
    rows = pd.DataFrame({"number": range(120), "project": PROJECT, "issuetype": "Task"})
    rows["summary"] = [f"Row {number}" for number in rows["number"]]
    rows.loc[60, "project"] = "NOWHERE"
    run = workbench.batch(jira.issues.create, rows.drop(columns="number"), key=None)
    frame = run.wait().frame()
    assert list(frame["status"].value_counts().sort_index().items()) == [("done", 119), ("failed", 1)]
    paths = [entry["path"] for entry in sandbox.log() if entry["method"] == "POST"]
    assert sum(path.endswith("/issue/bulk") for path in paths) == 3


def test_issues_are_read_a_hundred_at_a_time(make_box: Any) -> None:
    """150 issues by their keys are two calls, and one there is not fails alone; each row has the fields it asks for."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        found = connection.issues.search.all(jql=f"project = {PROJECT}", fields=["summary"])
        keys = [one["key"] for one in found][:150]
        return [{"issueIdOrKey": key, "fields": "summary"} for key in [*keys, f"{PROJECT}-99999"]]

    frame, requests = run_both(make_box, "jira", "issues.get", rows, key="issueIdOrKey")
    assert list(frame["status"]) == [*["done"] * 150, "failed"]
    assert [said["key"] for said in frame["response"][:150]] == list(frame["issueIdOrKey"][:150])
    assert all(list(said["fields"]) == ["summary"] for said in frame["response"][:150])
    assert sorted(requests) == [("GET", f"{PROJECT}-99999"), *[("POST", "bulkfetch")] * 2]
