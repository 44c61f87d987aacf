"""Google Calendar's sandbox judged by aiogoogle with Google's own description of the API, and used through Penstock."""

from __future__ import annotations

from typing import Any

import pytest
from google_apis import Caller

from penstock.errors import Conflict, NotFound, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def calendar(make_box: Any) -> tuple[Any, Caller]:
    """Return a sandbox, and their client of it."""
    box = make_box(names=["google_calendar"])
    return box, Caller("google_calendar", box, path="/calendar/v3")


def _event(number: int, **more: Any) -> dict[str, Any]:
    day = f"2026-11-{number + 1:02}"
    times = {"start": {"dateTime": f"{day}T10:00:00Z"}, "end": {"dateTime": f"{day}T11:00:00Z"}}
    return {"summary": f"Order {number}", **times, **more}


def _insert(call: Caller, number: int, **more: Any) -> str:
    return str(call("events.insert", calendarId="primary", json=_event(number, **more))["id"])


def test_events_are_made_read_changed_listed_over_pages_and_cancelled(calendar: Any) -> None:
    """Seven events are three pages of three in the order of time; a patch keeps the rest; what is cancelled is not listed."""
    box, call = calendar
    made = [_insert(call, number) for number in range(7)]
    pages, token = [], {}
    while True:
        page = call(
            "events.list", calendarId="primary", maxResults=3, singleEvents=True, orderBy="startTime", **token
        )
        pages.append([one["id"] for one in page["items"]])
        if "nextPageToken" not in page:
            assert page["nextSyncToken"]
            break
        token = {"pageToken": page["nextPageToken"]}
    assert [len(page) for page in pages] == [3, 3, 1] and [id for page in pages for id in page] == made
    changed = call("events.patch", calendarId="primary", eventId=made[0], json={"location": "Kitchen"})
    assert (changed["summary"], changed["location"]) == ("Order 0", "Kitchen")
    replaced = call("events.update", calendarId="primary", eventId=made[0], json=_event(0, summary="New"))
    assert "location" not in replaced
    call("events.delete", calendarId="primary", eventId=made[1])
    assert call.refused(lambda: call("events.delete", calendarId="primary", eventId=made[1])) == (
        410,
        "deleted",
    )
    assert call("events.get", calendarId="primary", eventId=made[1])["status"] == "cancelled"
    assert len(call("events.list", calendarId="primary", timeMin="2026-11-03T00:00:00Z")["items"]) == 5
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["events.insert"] * 7 + ["events.patch", "events.update", "events.delete"]


def test_what_changed_since_is_told_by_a_sync_token(calendar: Any) -> None:
    """The token of the last list leads to what changed, the cancelled too; one that is none is 410."""
    _, call = calendar
    made = [_insert(call, number) for number in range(3)]
    token = call("events.list", calendarId="primary")["nextSyncToken"]
    call("events.delete", calendarId="primary", eventId=made[1])
    since = call("events.list", calendarId="primary", syncToken=token)
    assert [(one["id"], one["status"]) for one in since["items"]] == [(made[1], "cancelled")]
    assert call.refused(lambda: call("events.list", calendarId="primary", syncToken="old")) == (
        410,
        "fullSyncRequired",
    )


def test_an_id_of_ones_own_serves_once(calendar: Any) -> None:
    """The second event with an id is 409 duplicate; without start, or with an end before it, there is none."""
    _, call = calendar
    assert _insert(call, 1, id="order2026a7") == "order2026a7"
    assert call.refused(lambda: _insert(call, 1, id="order2026a7")) == (409, "duplicate")
    assert call.refused(lambda: _insert(call, 1, id="ORDER")) == (400, "invalid")
    assert call.refused(lambda: call("events.insert", calendarId="primary", json={"summary": "a"})) == (
        400,
        "required",
    )
    wrong = _event(1, end={"dateTime": "2026-11-02T09:00:00Z"})
    assert call.refused(lambda: call("events.insert", calendarId="primary", json=wrong)) == (
        400,
        "timeRangeEmpty",
    )


def test_calendars_rules_and_busy_times(calendar: Any) -> None:
    """A calendar is made, shared, asked when it is busy, and deleted; the primary one is not."""
    _, call = calendar
    made = call("calendars.insert", json={"summary": "Team"})["id"]
    assert [one.get("primary") for one in call("calendarList.list")["items"]] == [True, None]
    rule = {"role": "reader", "scope": {"type": "user", "value": "bob@example.com"}}
    assert call("acl.insert", calendarId=made, json=rule)["id"] == "user:bob@example.com"
    _insert(call, 3)
    event = call("events.list", calendarId="primary")["items"][0]["id"]
    call("events.move", calendarId="primary", eventId=event, destination=made)
    span = {"timeMin": "2026-11-01T00:00:00Z", "timeMax": "2026-12-01T00:00:00Z"}
    busy = call("freebusy.query", json={**span, "items": [{"id": made}, {"id": "nobody"}]})["calendars"]
    assert len(busy[made]["busy"]) == 1 and busy["nobody"]["errors"][0]["reason"] == "notFound"
    call("calendars.delete", calendarId=made)
    assert call.refused(lambda: call("calendars.get", calendarId=made)) == (404, "notFound")
    assert call.refused(lambda: call("calendars.delete", calendarId="primary"))[0] == 400
    channel = {"id": "ch-1", "type": "web_hook", "address": "https://example.com", "token": "s3cr3t"}
    opened = call("events.watch", calendarId="primary", json=channel)
    assert opened["token"] == "s3cr3t"
    call("channels.stop", json={"id": "ch-1", "resourceId": opened["resourceId"]})


def test_a_refusal_for_rate_is_a_403_with_its_reason(calendar: Any) -> None:
    """Throttling is no 429; a wrong key is 401 authError."""
    box, call = calendar
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    assert call.refused(lambda: call("colors.get")) == (403, "userRateLimitExceeded")
    box.set_faults({"revoke": "google_calendar"})
    assert call.refused(lambda: call("settings.list")) == (401, "authError")


def test_penstock_makes_reads_and_lists(workbench: Any) -> None:
    """Days and addresses become what Google wants; lists come over pages; what is refused is told apart."""
    calendar = workbench.connect("google_calendar", sandbox=True)
    made = [
        calendar.events.insert(
            calendarId="primary", summary=f"Day {n}", start=f"2026-11-{n + 1:02}", end=f"2026-11-{n + 2:02}",
            attendees="bob@example.com, eve@example.com",
        )
        for n in range(5)
    ]  # fmt: skip
    assert made[0]["start"] == {"date": "2026-11-01"} and len(made[0]["attendees"]) == 2
    assert len(calendar.events.list.frame(calendarId="primary", maxResults=2)) == 5
    assert calendar.events.get(calendarId="primary", eventId=made[0]["id"])["summary"] == "Day 0"
    with pytest.raises(NotFound) as caught:
        calendar.events.get(calendarId="primary", eventId="nothing")
    assert caught.value.hint
    own = {"calendarId": "primary", "id": "order2026a7", "start": "2026-11-23", "end": "2026-11-24"}
    calendar.events.insert(**own)
    with pytest.raises(Conflict) as duplicate:
        calendar.events.insert(**own)
    assert duplicate.value.code == "duplicate" and duplicate.value.hint
    stranger = workbench.connect(
        "google_calendar",
        credential={"access_token": Secret("nobody")},
        base_url=workbench.sandbox().base_url("google_calendar"),
    )
    with pytest.raises(SignInNeeded):
        stranger.colors.get()
