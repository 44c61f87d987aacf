"""Zoom's sandbox judged by zoomus (no package of Zoom's own calls its API), and used through Penstock."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import Invalid, NotFound, QuotaSpent, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.zoom import PARTICIPANTS, PAST, PEOPLE


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any]:
    """Return a sandbox and a zoomus client that has signed in to it."""
    zoomus = pytest.importorskip("zoomus")
    box = make_box(names=["zoom"])
    url = box.base_url("zoom")
    return box, zoomus.ZoomClient("id", "secret", "account", base_uri=url, oauth_uri=f"{url}/oauth/token")


def test_a_meeting_is_made_read_changed_and_deleted(client: tuple[Any, Any]) -> None:
    """zoomus creates a meeting for me, changes its topic, registers somebody, and takes it away."""
    box, zoom = client
    made = zoom.meeting.create(user_id="me", topic="Stand-up", type=2)
    assert made.status_code == 201 and len(str(made.json()["id"])) == 11
    meeting = made.json()["id"]
    assert zoom.meeting.update(id=meeting, topic="Sit-down").status_code == 204
    assert zoom.meeting.get(id=meeting).json()["topic"] == "Sit-down"
    person = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"}
    assert zoom.meeting.add_registrant(id=meeting, **person).json()["registrant_id"]
    assert zoom.meeting.list_registrants(id=meeting).json()["registrants"][0]["email"] == "ada@example.com"
    assert zoom.meeting.delete(id=meeting).status_code == 204
    gone = zoom.meeting.get(id=meeting)
    assert (gone.status_code, gone.json()["code"]) == (404, 3001)
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["meetings.create", "meetings.update", "registrants.create", "meetings.delete"]


def test_people_come_over_pages_until_an_empty_token(client: tuple[Any, Any]) -> None:
    """130 people are three pages of 50, and the last one's token is the empty text."""
    _, zoom = client
    pages, token = [], ""
    while True:
        page = zoom.user.list(page_size=50, **({"next_page_token": token} if token else {})).json()
        pages.append([person["id"] for person in page["users"]])
        token = page["next_page_token"]
        if token == "":
            break
    assert [len(page) for page in pages] == [50, 50, 30]
    assert len({id for page in pages for id in page}) == PEOPLE


def test_a_refusal_for_rate_has_a_number_and_words(client: tuple[Any, Any]) -> None:
    """A 429 is {"code": 429} with a sentence; the second attempt passes."""
    box, zoom = client
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    refused = zoom.user.me()
    assert (refused.status_code, refused.json()["code"]) == (429, 429)
    assert "per-second" in refused.json()["message"]
    assert zoom.user.me().json()["email"] == "person000@example.com"


def test_penstock_makes_lists_and_is_refused(workbench: Any) -> None:
    """A meeting is created, read and listed; people come over pages; wrong ids and keys are told apart."""
    zoom = workbench.connect("zoom", sandbox=True)
    made = [zoom.meetings.create(userId="me", topic=f"Meeting {n}", type=2) for n in range(3)]
    assert zoom.meetings.get(meetingId=made[0]["id"])["topic"] == "Meeting 0"
    assert len(zoom.meetings.list.frame(userId="me", page_size=1)) == 3
    assert len(zoom.users.list.frame(page_size=50)) == PEOPLE
    ended = zoom.meetings.end(meetingId=made[0]["id"])
    assert ended.status == 204
    with pytest.raises(Invalid):
        zoom.meetings.end(meetingId=made[0]["id"])
    with pytest.raises(NotFound) as caught:
        zoom.meetings.get(meetingId=7)
    assert caught.value.hint
    server = workbench.sandbox()
    stranger = workbench.connect(
        "zoom", credential={"access_token": Secret("nobody")}, base_url=server.base_url("zoom")
    )
    with pytest.raises(SignInNeeded):
        stranger.users.me()


def test_a_uuid_with_a_slash_reaches_its_meeting(workbench: Any) -> None:
    """Encoded twice it is found, with its seventy participants; encoded once it is no such path."""
    zoom = workbench.connect("zoom", sandbox=True)
    assert zoom.past_meetings.get(meetingUUID=PAST)["uuid"] == PAST
    assert len(zoom.past_meetings.participants.frame(meetingUUID=PAST, page_size=30)) == PARTICIPANTS


def test_the_hundred_and_first_meeting_of_a_day_is_not_asked_for_again(workbench: Any, make_box: Any) -> None:
    """A host's day is a budget: with it spent the call is given up at once, not tried until midnight."""
    box = make_box(names=["zoom"], limits=True)
    zoom = workbench.connect("zoom", sandbox=box, limit=())
    for number in range(100):
        assert zoom.meetings.create(userId="me", topic=str(number)).status == 201
    with pytest.raises(QuotaSpent) as caught:
        zoom.meetings.create(userId="me", topic="one more")
    assert caught.value.attempts == 1 and "daily rate limit" in str(caught.value)


def test_thirty_are_registered_in_one_call(workbench: Any) -> None:
    """Thirty registrants pass at once, thirty-one do not, and one is denied by the meeting's host."""
    zoom = workbench.connect("zoom", sandbox=True)
    meeting = zoom.meetings.create(userId="me", topic="Crowd")["id"]
    people = [{"email": f"p{n}@example.com", "first_name": "P", "last_name": str(n)} for n in range(31)]
    made = zoom.registrants.batch_create(meetingId=meeting, registrants=people[:30])["registrants"]
    with pytest.raises(Invalid):
        zoom.registrants.batch_create(meetingId=meeting, registrants=people)
    denied = [{"id": made[0]["registrant_id"], "email": made[0]["email"]}]
    zoom.registrants.update_status(meetingId=meeting, action="deny", registrants=denied)
    states = [row["status"] for row in zoom.registrants.list.all(meetingId=meeting)]
    assert states == ["denied", *["approved"] * 29]
