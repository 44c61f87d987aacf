"""PagerDuty's sandbox judged by PagerDuty's own package, and by Penstock itself."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret


def _options(box):
    """Return what leads PagerDuty's client to the sandbox: it wants https, and is carried over http."""
    httpx2 = pytest.importorskip("httpx2")

    class Plain(httpx2.HTTPTransport):
        def handle_request(self, request):
            request.url = request.url.copy_with(scheme="http")
            return super().handle_request(request)

    return {"base_url": box.base_url("pagerduty").replace("http://", "https://"), "transport": Plain()}


@pytest.fixture
def pagerduty(make_box):
    """Return a sandbox, PagerDuty's client on it, and a reference to its service."""
    sdk = pytest.importorskip("pagerduty")

    def make(key=None, **options):
        box = make_box(names=["pagerduty"], **options)
        client = sdk.RestApiV2Client(key or box.credential("pagerduty")["token"], **_options(box))
        client.retry, client.sleep_timer = {429: 1}, 0.0  # it would else go on for ever
        service = None if key else {"id": client.list_all("services")[0]["id"], "type": "service_reference"}
        return box, client, service

    return make


def _refused(ask):
    sdk = pytest.importorskip("pagerduty")
    with pytest.raises(sdk.HttpError) as caught:
        ask()
    answer = caught.value.response
    return answer.status_code, answer.json()["error"]["code"]


def test_incidents_open_change_and_come_over_pages(pagerduty):
    """Twenty-five incidents come over three pages; notes, merging and resolving are seen in their log."""
    box, client, service = pagerduty()
    made = [
        client.rpost("incidents", json={"type": "incident", "title": f"No {n}", "service": service})
        for n in range(25)
    ]
    assert made[0]["summary"] == "[#1] No 0" and made[0]["status"] == "triggered"
    assert [one["title"] for one in client.iter_all("incidents", page_size=10)] == [
        f"No {n}" for n in range(25)
    ]
    asked = [
        entry for entry in box.log() if entry["path"].endswith("/incidents") and entry["method"] == "GET"
    ]
    assert len(asked) >= 3
    first = f"incidents/{made[0]['id']}"
    assert client.rput(first, json={"type": "incident", "status": "acknowledged"})["status"] == "acknowledged"
    client.rpost(f"{first}/notes", json={"content": "Looking"})
    assert [note["content"] for note in client.rget(f"{first}/notes")] == ["Looking"]
    client.rput(
        f"{first}/merge", json={"source_incidents": [{"id": made[1]["id"], "type": "incident_reference"}]}
    )
    assert client.rget(f"incidents/{made[1]['id']}")["status"] == "resolved"
    several = [{"id": one["id"], "type": "incident_reference", "status": "resolved"} for one in made[2:5]]
    assert {one["status"] for one in client.rput("incidents", json=several)} == {"resolved"}
    assert len(client.list_all("incidents", params={"statuses[]": ["resolved"]})) == 4
    assert len(client.list_all("log_entries")) >= 30
    assert client.find("users", "ada@example.com", attribute="email")["name"] == "Ada"


def test_events_with_one_key_are_one_alert(pagerduty):
    """Two triggers with one dedup_key have one effect; resolving ends it; an event without a severity is refused."""
    sdk = pytest.importorskip("pagerduty")
    box, _, _ = pagerduty()
    events = sdk.EventsApiV2Client("R" * 32, **_options(box))
    for _ in range(2):
        assert events.trigger("Disk full", "db1", dedup_key="row-1", severity="critical") == "row-1"
    events.resolve("row-1")
    assert [entry["effect"]["kind"] for entry in box.log(has_effect=True)] == [
        "alerts.create",
        "alerts.resolve",
    ]
    with pytest.raises(sdk.HttpError):
        events.send_event("trigger", dedup_key="row-2", payload={"summary": "s", "source": "s"})


def test_its_client_sees_pagerdutys_refusals(pagerduty):
    """Nothing there, nothing said, a key that is open, a wrong token and a refusal for rate have PagerDuty's codes."""
    box, client, service = pagerduty()
    assert _refused(lambda: client.rget("incidents/PNOTHNG")) == (404, 2100)
    assert _refused(lambda: client.rpost("incidents", json={"type": "incident", "title": "No"})) == (
        400,
        2001,
    )
    incident = {"type": "incident", "title": "Once", "service": service, "incident_key": "row-1"}
    client.rpost("incidents", json=incident)
    assert _refused(lambda: client.rpost("incidents", json=incident)) == (400, 2001)
    stranger = pagerduty(key="u+stranger")[1]
    assert _refused(lambda: stranger.rget("users/me")) == (401, 2006)
    box.set_faults({"script": [{"match": "GET /pagerduty/users/me", "fault": "429", "times": 2}]})
    assert _refused(lambda: client.rget("users/me")) == (429, 2020)
    answer = client.get("users/me")
    assert answer.json()["user"]["name"] == "Ada"


def test_what_is_left_is_told_in_seconds_from_now(pagerduty):
    """The fields count down, and the reset is no instant; the call too many is refused."""
    _, client, _ = pagerduty(limits={"pagerduty": 3})  # the fixture has asked once
    said = [client.get("users/me").headers for _ in range(2)]
    assert [one["ratelimit-remaining"] for one in said] == ["1", "0"]
    assert 0 < int(said[1]["ratelimit-reset"]) <= 61
    assert _refused(lambda: client.rget("users/me")) == (429, 2020)


def test_penstock_makes_reads_and_lists(workbench):
    """Columns become an incident and come back as a frame; refusals are told in words; a wrong key asks for a sign-in."""
    pagerduty = workbench.connect("pagerduty", sandbox=True)
    service = pagerduty.services.list()["services"][0]["id"]
    for number in range(5):
        made = pagerduty.incidents.create(title=f"No {number}", service=service)["incident"]
    assert pagerduty.incidents.get(made["id"])["incident"]["title"] == "No 4"
    assert len(pagerduty.incidents.list.frame(limit=2)) == 5
    event = {"routing_key": "R" * 32, "dedup_key": "row-1", "summary": "s", "source": "s", "severity": "info"}
    assert pagerduty.events.trigger(**event).status == 202
    with pytest.raises(NotFound, match="id"):
        pagerduty.incidents.get("PNOTHNG")
    with pytest.raises(Invalid, match="Service does not exist"):
        pagerduty.incidents.create(title="No", service="PNOTHNG")
    stranger = workbench.connect(
        "pagerduty", credential={"token": Secret("u+stranger")}, base_url=pagerduty.client.base_url
    )
    with pytest.raises(SignInNeeded):
        stranger.abilities.list()


def test_incidents_are_changed_together(make_box: Any) -> None:
    """260 incidents are two calls, each row with its own incident; one that is not there fails alone."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        service = connection.services.list.frame()["id"][0]
        ids = [
            connection.incidents.create(title=f"i{number}", service=service)["incident"]["id"]
            for number in range(260)
        ]
        return [{"id": id, "wanted": "resolved"} for id in [*ids, "PNOBODY"]]

    frame, requests = run_both(
        make_box, "pagerduty", "incidents.update", rows, key="id", parameters={"id": "id", "status": "wanted"}
    )
    assert list(frame["status"]) == [*["done"] * 260, "failed"]
    assert [said["incident"]["id"] for said in frame["response"][:260]] == list(frame["id"][:260])
    assert {said["incident"]["status"] for said in frame["response"][:260]} == {"resolved"}
    assert len(requests) < 20
