"""Sentry's sandbox used as a person would through Penstock: there is no client for its API on PyPI to judge it."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import Conflict, Invalid, NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.sentry import ISSUES, ORG, PROJECT, TEAM


@pytest.fixture
def sentry(workbench: Any) -> Any:
    """Return a connection to the sandbox's Sentry."""
    return workbench.connect("sentry", sandbox=True)


def test_issues_come_over_pages_and_the_last_leads_nowhere(sentry: Any) -> None:
    """230 issues come over three pages of a hundred, each once, although the last page names a next one too."""
    pages = list(sentry.issues.list.pages(organization_id_or_slug=ORG))
    assert [len(page.items) for page in pages] == [100, 100, 30]
    last = pages[-1].response.headers["link"]
    assert 'rel="next"' in last and 'results="false"' in last
    ids = [issue["id"] for page in pages for issue in page.items]
    assert len(set(ids)) == ISSUES and ids == sorted(ids, reverse=True)


def test_issues_are_changed_one_by_one_and_many_at_once(sentry: Any) -> None:
    """An issue is resolved and read back; two of three named in one call exist and are changed; deleted ones are gone."""
    first, second, third = (issue["id"] for issue in sentry.issues.list(ORG, limit=3).data)
    sentry.issues.update(ORG, first, status="resolved")
    assert sentry.issues.get(ORG, first)["status"] == "resolved"
    sentry.issues.bulk_mutate(ORG, id=[second, third, 7], status="ignored")
    ignored = sentry.issues.list.frame(organization_id_or_slug=ORG, query="is:ignored")
    assert set(ignored["id"]) == {second, third}
    sentry.issues.delete(ORG, first)
    with pytest.raises(NotFound, match="does not exist"):
        sentry.issues.get(ORG, first)
    assert sentry.issues.event(ORG, second, "latest")["groupID"] == second
    table = sentry.discover.events.frame(
        organization_id_or_slug=ORG, field=["title"], dataset="errors", max_items=5
    )
    assert len(table) == 5


def test_teams_projects_and_releases_are_made_once(sentry: Any) -> None:
    """A team and a project are made, refused a second time, renamed and deleted; a version again is the same release."""
    team = sentry.teams.create(ORG, name="Big Geese")
    assert team["slug"] == "big-geese"
    with pytest.raises(Conflict):
        sentry.teams.create(ORG, name="Big Geese")
    with pytest.raises(Invalid, match="required"):
        sentry.teams.create(ORG)
    project = sentry.projects.create(ORG, TEAM, name="Shop")
    assert sentry.projects.update(ORG, project["slug"], name="Shop two")["name"] == "Shop two"
    assert set(sentry.projects.list.frame(organization_id_or_slug=ORG)["slug"]) == {PROJECT, "shop"}
    sentry.projects.delete(ORG, project["slug"])
    with pytest.raises(NotFound):
        sentry.projects.get(ORG, project["slug"])
    for _ in range(2):
        sentry.releases.create(ORG, version="web@1.0/rc 1", projects=[PROJECT])
    assert sentry.releases.get(ORG, "web@1.0/rc 1")["version"] == "web@1.0/rc 1"
    assert len(sentry.releases.list.frame(organization_id_or_slug=ORG)) == 1
    assert sentry.deploys.create(ORG, "web@1.0/rc 1", environment="prod")["environment"] == "prod"


def test_too_many_of_a_second_are_refused_with_the_time(make_box: Any, call: Any) -> None:
    """The 41st call of an end point within a second is a 429 whose fields say so; another end point goes on."""
    from penstock.testing import FakeClock

    box = make_box(names=["sentry"], limits=True, clock=FakeClock())
    signed = {"Authorization": f"Bearer {box.credential('sentry')['token']}"}
    url = f"{box.base_url('sentry')}/organizations/"
    answers = [call(url, **signed) for _ in range(41)]
    assert [answer.status for answer in answers] == [200] * 40 + [429]
    assert answers[-1].headers["X-Sentry-Rate-Limit-Remaining"] == "0"
    assert "too frequently" in answers[-1].json()["detail"]
    assert call(f"{url}{ORG}/", **signed).status == 200


def test_a_wrong_key_and_a_wrong_organisation_are_told_apart(
    sentry: Any, workbench: Any, make_box: Any
) -> None:
    """An organisation of another region is NotFound, a wrong token SignInNeeded."""
    with pytest.raises(NotFound):
        sentry.organizations.get("elsewhere")
    box = make_box(names=["sentry"])
    stranger = workbench.connect("sentry", credential={"token": Secret("x")}, base_url=box.base_url("sentry"))
    with pytest.raises(SignInNeeded):
        stranger.organizations.list()
