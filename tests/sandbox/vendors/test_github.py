"""GitHub's sandbox judged by PyGithub, and by GitHub's documentation where the package does not look."""

from __future__ import annotations

import json
import re

import github
import pytest

from penstock.testing import FakeClock

DEMO = "sandbox-org/demo"


@pytest.fixture
def client(make_box):
    """Return a sandbox and PyGithub pointed at it, retries and pauses off."""

    def make(**options):
        box = make_box(names=["github"], **options)
        return box, _client(box)

    return make


def _client(box, key="default", token=None):
    auth = github.Auth.Token(token or box.credential("github", key)["token"])
    options = {"retry": None, "seconds_between_requests": 0, "seconds_between_writes": 0, "per_page": 100}
    return github.Github(base_url=box.base_url("github"), auth=auth, **options)


def _headers(box):
    return {"Authorization": f"Bearer {box.credential('github')['token']}", "User_Agent": "test"}


def test_issues_are_made_read_back_listed_over_pages_and_closed(client):
    """The sample's 250 issues come over three pages; a new one is created, commented, labelled and closed."""
    _, api = client()
    repo = api.get_repo(DEMO)
    numbers = [issue.number for issue in repo.get_issues(state="all")]
    assert numbers == list(range(250, 0, -1))
    assert len(list(repo.get_issues())) == 200
    issue = repo.create_issue("Zoë 🎉", "body", labels=["bug", "brand-new"])
    assert repo.get_issue(issue.number).title == "Zoë 🎉"
    assert [label.name for label in issue.labels] == ["bug", "brand-new"]
    comment = issue.create_comment("first")
    comment.edit("changed")
    assert [c.body for c in issue.get_comments()] == ["changed"]
    issue.edit(state="closed")
    closed = repo.get_issue(issue.number)
    assert (closed.state, closed.state_reason, closed.comments) == ("closed", "completed", 1)
    issue.lock("resolved")
    assert repo.get_issue(issue.number).locked
    assert api.search_issues(f"repo:{DEMO} is:open label:question steep").totalCount == 50


def test_links_lead_to_every_page_and_no_further(client, call):
    """Link has next and last on the first page, all four in the middle, none that leads past the end."""
    box, _ = client()
    url = f"{box.base_url('github')}/repos/{DEMO}/issues?state=all&per_page=100"
    rels = []
    for page in (1, 2, 3):
        link = call(f"{url}&page={page}", **_headers(box)).headers["Link"]
        found = re.findall(r'[?&]page=(\d+)[^>]*>; rel="(\w+)"', link)
        rels.append({rel: int(number) for number, rel in found})
    assert rels == [
        {"next": 2, "last": 3},
        {"prev": 1, "next": 3, "last": 3, "first": 1},
        {"prev": 2, "first": 1},
    ]
    beyond = call(f"{url}&page=9", **_headers(box))
    assert beyond.json() == [] and 'rel="next"' not in beyond.headers["Link"]
    assert len(call(f"{url[:-3]}500", **_headers(box)).json()) == 100


def test_files_branches_and_pull_requests_go_the_whole_way(client):
    """A file is added, changed and deleted; a branch becomes a pull request that is reviewed and merged."""
    box, api = client()
    repo = api.get_repo(DEMO)
    made = repo.create_file("a/b c.txt", "add", "hi")["content"]
    assert repo.get_contents("a/b c.txt").decoded_content == b"hi"
    with pytest.raises(github.GithubException) as stale:
        repo.update_file("a/b c.txt", "change", "ho", "0" * 40)
    assert stale.value.status == 409
    changed = repo.update_file("a/b c.txt", "change", "ho", made.sha)["content"]
    repo.delete_file("a/b c.txt", "delete", changed.sha)
    with pytest.raises(github.UnknownObjectException):
        repo.get_contents("a/b c.txt")
    repo.create_git_ref("refs/heads/topic", repo.get_branch("main").commit.sha)
    with pytest.raises(github.GithubException, match="No commits between"):
        repo.create_pull(base="main", head="topic", title="nothing")
    repo.create_file("new.txt", "on topic", "n", branch="topic")
    pull = repo.create_pull(base="main", head="topic", title="Something")
    assert pull.create_review(body="ok", event="APPROVE").state == "APPROVED"
    assert pull.merge().merged
    assert repo.get_pull(pull.number).merged
    assert repo.get_contents("new.txt").decoded_content == b"n"
    assert repo.get_commits()[0].commit.message.startswith("Merge pull request")
    assert len(list(repo.get_commits())) > 40
    assert [e["effect"]["kind"] for e in box.log(has_effect=True)][:3] == [
        "contents.put",
        "contents.put",
        "contents.delete",
    ]


def test_repositories_releases_hooks_and_workflows(client):
    """A repository of the organisation gets a release and a hook; a workflow runs when dispatched."""
    _, api = client()
    organisation = api.get_organization("sandbox-org")
    repo = organisation.create_repo("fresh")
    assert {r.name for r in organisation.get_repos()} == {"demo", "fresh"}
    assert (
        repo.create_git_release("v1", "one", "notes").tag_name == repo.get_latest_release().tag_name == "v1"
    )
    with pytest.raises(github.GithubException) as twice:
        repo.create_git_release("v1", "one", "notes")
    assert (twice.value.status, twice.value.data["errors"][0]["code"]) == (422, "already_exists")
    assert (
        repo.create_hook("web", {"url": "https://example.org/h", "secret": "s"}, ["push"]).config["secret"]
        == "********"
    )
    demo = api.get_repo(DEMO)
    (workflow,) = demo.get_workflows()
    assert workflow.create_dispatch("main")
    assert [run.event for run in demo.get_workflow_runs()] == ["workflow_dispatch"]
    assert api.get_user().login == "sandbox-user"


def test_errors_are_the_packages_own_classes(client):
    """What is not there, not allowed and not valid arrives as PyGithub's class for it."""
    box, api = client()
    with pytest.raises(github.UnknownObjectException) as missing:
        api.get_repo("sandbox-org/nothing")
    assert missing.value.data == {
        "message": "Not Found",
        "documentation_url": "https://docs.github.com/rest",
        "status": "404",
    }
    with pytest.raises(github.BadCredentialsException):
        _ = _client(box, token="stranger").get_user().login
    with pytest.raises(github.GithubException) as invalid:
        api.get_repo(DEMO).create_issue("")
    assert invalid.value.status == 422
    box.set_faults({"500": 1.0})
    with pytest.raises(github.GithubException) as broken:
        api.get_repo(DEMO)
    assert broken.value.status == 500


def test_the_hour_runs_out_as_a_rate_limit_error_and_comes_back(client):
    """With five calls an hour the sixth is PyGithub's RateLimitExceededException; an hour later all is well."""
    clock = FakeClock()
    _, api = client(limits={"github": 5}, clock=clock)
    for _ in range(5):
        api.get_repo(DEMO)
    assert api.get_rate_limit().resources.core.remaining == 0
    with pytest.raises(github.RateLimitExceededException) as refused:
        api.get_repo(DEMO)
    headers = {name.lower(): value for name, value in refused.value.headers.items()}
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("5", "0")
    assert headers["x-ratelimit-resource"] == "core"
    assert int(headers["x-ratelimit-reset"]) == int(clock.wall()) + 3601
    assert "retry-after" not in headers
    clock.move(3601)
    api.get_repo(DEMO)


def test_searches_have_a_minute_of_their_own(client, call):
    """Thirty searches a minute, counted apart from the hour."""
    box, _ = client(limits=True, clock=FakeClock())
    url = f"{box.base_url('github')}/search/issues?q=kettle"
    answers = [call(url, **_headers(box)) for _ in range(31)]
    assert [answer.status for answer in answers] == [200] * 30 + [403]
    assert answers[0].headers["X-RateLimit-Resource"] == "search"
    assert call(f"{box.base_url('github')}/user", **_headers(box)).headers["X-RateLimit-Used"] == "1"


def test_the_secondary_limit_has_no_headers(client):
    """The 81st piece of content within a minute is a 403 that names the secondary limit, and nothing else."""
    clock = FakeClock()
    _, api = client(limits=True, clock=clock)
    repo = api.get_repo(DEMO)
    for number in range(80):
        repo.create_issue(f"t{number}")
    with pytest.raises(github.RateLimitExceededException) as refused:
        repo.create_issue("one more")
    assert "secondary rate limit" in refused.value.data["message"]
    names = {name.lower() for name in refused.value.headers}
    assert not {name for name in names if name.startswith("x-ratelimit") or name == "retry-after"}
    clock.move(60)
    repo.create_issue("one more")


def test_points_bind_on_one_end_point_and_not_on_another(client, call):
    """With 20 points a minute, four changes (5 each) use up an end point; reading another one goes on."""
    box, _ = client(limits={"github": {"points": 20}}, clock=FakeClock())
    url = f"{box.base_url('github')}/repos/{DEMO}/issues/1"
    answers = [call(url, "PATCH", json.dumps({"title": f"t{n}"}), **_headers(box)).status for n in range(5)]
    assert answers == [200, 200, 200, 200, 403]
    assert call(url, **_headers(box)).status == 200


def test_without_limits_nobody_is_refused(client):
    """The control: limits=False lets a hundred issues of one instant pass."""
    _, api = client(clock=FakeClock())
    repo = api.get_repo(DEMO)
    for number in range(100):
        repo.create_issue(f"t{number}")


def test_what_is_known_already_is_a_304_that_costs_nothing(client, call):
    """If-None-Match with the ETag answers 304 without a body and without counting; a change answers 200."""
    box, api = client()
    url = f"{box.base_url('github')}/repos/{DEMO}/issues/1"
    first = call(url, **_headers(box))
    again = call(url, If_None_Match=first.headers["ETag"], **_headers(box))
    assert (again.status, again.body) == (304, b"")
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"] == "1"
    api.get_repo(DEMO).get_issue(1).edit(title="changed")
    assert call(url, If_None_Match=first.headers["ETag"], **_headers(box)).status == 200


def test_a_user_agent_is_asked_for_and_a_token_for_what_is_not_public(client, call):
    """No User-Agent is a 403 page; no token reads what is public, sixty times an hour, and changes nothing."""
    box, _ = client()
    base = box.base_url("github")
    refused = call(f"{base}/repos/{DEMO}")
    assert refused.status == 403 and b"User-Agent" in refused.body
    public = call(f"{base}/repos/{DEMO}", User_Agent="t")
    assert (public.status, public.headers["X-RateLimit-Limit"]) == (200, "60")
    assert call(f"{base}/user", User_Agent="t").json()["message"] == "Requires authentication"
    assert call(f"{base}/repos/{DEMO}/issues", "POST", '{"title": "x"}', User_Agent="t").status == 401
    wrong = call(f"{base}/user", User_Agent="t", X_GitHub_Api_Version="1999-01-01")
    assert wrong.status == 400
