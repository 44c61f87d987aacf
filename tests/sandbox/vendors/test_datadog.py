"""Datadog's sandbox judged through Penstock: their own package is too large to keep for it."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Conflict, Invalid, NotFound, PermissionMissing
from penstock.redact import Secret

NOW = 1_795_399_200


@pytest.fixture
def datadog(make_box, workbench):
    """Return a sandbox and a connection to it."""
    box = make_box(names=["datadog"])
    return box, workbench.connect("datadog", sandbox=box)


def test_points_come_back_from_a_query(datadog):
    """Rows become points that a query finds; one sent twice is there once; a query nobody can read is an error."""
    box, dd = datadog
    for value in (1, 2, 3, 3):
        dd.metrics.submit(
            metric="shop.orders",
            value=value,
            timestamp=NOW + 60 * value,
            type="count",
            tags=["env:prod"],
            host="a",
        )
    asked = {"from": NOW, "to": NOW + 600}
    line = dd.metrics.query(**asked, query="sum:shop.orders{*}")["series"][0]
    assert line["pointlist"] == [[(NOW + 60 * n) * 1000.0, float(n)] for n in (1, 2, 3)]
    assert dd.metrics.query(**asked, query="sum:shop.orders{env:test}")["series"] == []
    assert [row["id"] for row in dd.metrics.list.all()] == ["shop.orders"]
    assert [row["name"] for row in dd.hosts.list.all()] == ["a"]
    with pytest.raises(Invalid, match="unable to parse"):
        dd.metrics.query(**asked, query="nonsense")
    with pytest.raises(Invalid, match="missing a timestamp"):
        dd.metrics.submit(metric="shop.orders", value=1)
    assert len(box.log(has_effect=True)) == 4


def test_monitors_are_made_read_changed_and_listed_over_pages(datadog):
    """Five monitors come over three pages of two, each once; a change and a deletion are seen."""
    box, dd = datadog
    query = "avg(last_5m):avg:system.cpu.user{*} > 90"
    made = [dd.monitors.create(type="query alert", query=query, name=f"CPU {n}").data for n in range(5)]
    box.clear_log()
    assert [row["id"] for row in dd.monitors.list.all(page_size=2)] == [monitor["id"] for monitor in made]
    assert len(box.log()) == 3
    assert dd.monitors.update(made[0]["id"], name="Other")["name"] == "Other"
    assert dd.monitors.get(made[0]["id"])["name"] == "Other"
    assert dd.monitors.delete(made[1]["id"])["deleted_monitor_id"] == made[1]["id"]
    with pytest.raises(NotFound, match="not found"):
        dd.monitors.get(made[1]["id"])
    with pytest.raises(Invalid, match="'type'"):
        dd.monitors.create(type="noise alert", query=query)


def test_logs_are_searched_over_pages(datadog):
    """The fifteen logs of one service come over three pages of six, by the cursor inside the body."""
    _, dd = datadog
    pages = list(dd.logs.search.pages(filter={"query": "service:web"}, page={"limit": 6}))
    assert [len(page.items) for page in pages] == [6, 6, 3]
    assert {row["attributes"]["service"] for page in pages for row in page.items} == {"web"}
    counted = dd.logs.aggregate(filter={"query": "service:web"}, compute=[{"aggregation": "count"}])
    assert counted["data"]["buckets"][0]["computes"] == {"c0": 15}


def test_dashboards_go_together_or_stay(datadog):
    """Several are deleted in one call, or none of them where one is not there."""
    _, dd = datadog
    made = [
        dd.dashboards.create(title=f"Board {n}", layout_type="ordered", widgets=[])["id"] for n in range(3)
    ]
    assert list(dd.dashboards.list.frame(count=2)["id"]) == made
    named = [{"id": id, "type": "dashboard"} for id in made]
    with pytest.raises(NotFound):
        dd.dashboards.delete_many(data=[*named, {"id": "aaa-bbb-ccc", "type": "dashboard"}])
    assert len(list(dd.dashboards.list.all())) == 3
    dd.dashboards.delete_many(data=named[:2])
    assert [row["id"] for row in dd.dashboards.list.all()] == made[2:]


def test_incidents_events_users_and_webhooks(datadog):
    """What is declared is listed; users come over pages from number nought; a second webhook of a name is refused."""
    _, dd = datadog
    made = [dd.incidents.create(title=f"Down {n}", customer_impacted=True)["data"]["id"] for n in range(3)]
    assert [row["id"] for row in dd.incidents.list.all(page_size=2)] == made
    dd.events.create(title="Deployed", text="version 7", tags=["env:prod"])
    assert [row["attributes"]["message"] for row in dd.events.list.all()] == ["version 7"]
    assert [row["attributes"]["name"] for row in dd.users.list.all(page_size=1)] == ["Ada", "Eve"]
    dd.webhooks.create(name="mine", url="https://example.com/hook")
    with pytest.raises(Conflict, match="already exists"):
        dd.webhooks.create(name="mine", url="https://example.com/hook")


def test_a_wrong_key_looks_like_a_wrong_site(datadog, workbench):
    """Datadog answers 403 to a key it does not know, and the hint speaks of the site first."""
    _, dd = datadog
    assert dd.keys.validate()["valid"] is True
    credential = {"api_key": Secret("0" * 32), "application_key": Secret("0" * 40)}
    stranger = workbench.connect(
        "datadog", credential=credential, base_url=dd.client.base_url, site="datadoghq.com"
    )
    with pytest.raises(PermissionMissing, match="Check the site first"):
        stranger.keys.validate()


def test_a_refusal_for_rate_says_how_long_it_lasts(make_box, call):
    """With two events a minute allowed the third is refused, with the seconds until more in X-RateLimit-Reset."""
    box = make_box(names=["datadog"], limits={"datadog": 2})
    credential = box.credential("datadog")
    keys = {"DD_API_KEY": credential["api_key"], "DD_APPLICATION_KEY": credential["application_key"]}
    answers = [
        call(f"{box.base_url('datadog')}/api/v1/events", "POST", '{"title": "a", "text": "b"}', **keys)
        for _ in range(3)
    ]
    assert [answer.status for answer in answers] == [202, 202, 429]
    assert (
        1 <= int(answers[2].headers["X-RateLimit-Reset"]) <= 60 and answers[2].headers["Retry-After"] is None
    )
    assert "Rate limit" in answers[2].json()["errors"][0]


def test_points_go_together(make_box: Any) -> None:
    """500 points are one call, and with one that Datadog cannot read the others still arrive."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        return [
            {"id": number, "metric": f"jobs.{number % 7}", "value": 1.5, "timestamp": 1795399200 + number}
            for number in range(500)
        ]

    def odd(connection: ps.Connection) -> list[dict[str, Any]]:
        return [
            {**row, "timestamp": None if row["id"] == 9 else row["timestamp"]}
            for row in rows(connection)[:20]
        ]

    names = {name: name for name in ("metric", "value", "timestamp")}
    frame, requests = run_both(make_box, "datadog", "metrics.submit", rows, key="id", parameters=names)
    assert requests == [("POST", "series")] and set(frame["status"]) == {"done"}
    frame, requests = run_both(make_box, "datadog", "metrics.submit", odd, key="id", parameters=names)
    assert list(frame.index[frame["status"] == "failed"]) == [9] and len(requests) < 20
