"""Calendly's sandbox judged by calendly-python (Calendly itself has no Python package), and used through Penstock."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import NotFound, PermissionMissing, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.calendly.records import ORGANIZATION, USER

DAY = "2026-12-{:02}T10:00:00Z"


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any]:
    """Return a sandbox, and the package's client of it."""
    pytest.importorskip("calendly")
    from calendly.client import Client

    box = make_box(names=["calendly"])

    class Local(Client):  # type: ignore[misc]
        """The package's client, elsewhere."""

        URL = f"{box.base_url('calendly')}/"

    return box, Local(access_token=box.credential("calendly")["token"])


def _book(calendly: Any, number: int, kind: str) -> Any:
    body = {"event_type": kind, "start_time": DAY.format(number + 1)}
    return calendly.post("invitees", data={**body, "invitee": {"email": f"p{number}@example.com"}})[
        "resource"
    ]


def test_times_are_booked_read_listed_over_pages_and_cancelled(client: Any) -> None:
    """Seven bookings are three pages of three; one reads back, is cancelled, and cannot be booked twice meanwhile."""
    box, calendly = client
    assert (calendly.user_uri, calendly.organization_uri) == (USER, ORGANIZATION)
    kind = calendly.get("event_types", params={"user": USER})["collection"][1]["uri"]
    made = [_book(calendly, number, kind) for number in range(7)]
    pages, url = [], "scheduled_events"
    params: Any = {"user": USER, "count": 3}
    while url:
        page = calendly.get(url, params=params)
        pages.append([one["uri"] for one in page["collection"]])
        token = page["pagination"]["next_page_token"]
        assert (page["pagination"]["next_page"] is None) == (token is None)
        url, params = (url if token else ""), {"user": USER, "count": 3, "page_token": token}
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [uri for page in pages for uri in page] == [one["event"] for one in made]
    id = made[0]["event"].rpartition("/")[2]
    assert calendly.get_scheduled_event(id)["resource"]["end_time"] == "2026-12-01T10:30:00.000000Z"
    again = calendly.get(f"scheduled_events/{id}/invitees")["collection"]
    assert [one["email"] for one in again] == ["p0@example.com"]
    from calendly.exceptions import WrongFormatInputError

    with pytest.raises(WrongFormatInputError):
        _book(calendly, 0, kind)
    calendly.post(f"scheduled_events/{id}/cancellation", data={"reason": "ill"})
    assert calendly.get_scheduled_event(id)["resource"]["status"] == "canceled"
    _book(calendly, 0, kind)
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["invitees.create"] * 7 + ["scheduled_events.cancel", "invitees.create"]


def test_webhooks_are_made_once_listed_and_removed(client: Any) -> None:
    """The same webhook again is 409 Already Exists; a removed one is gone."""
    _, calendly = client
    asked = ("https://example.com/hook", ["invitee.created"], ORGANIZATION, USER, "user")
    made = calendly.create_webhook(*asked)["resource"]
    assert calendly.create_webhook(*asked)["title"] == "Already Exists"
    found = calendly.list_webhooks("user", ORGANIZATION, USER)
    assert [one["uri"] for one in found] == [made["uri"]]
    assert calendly.delete_webhook(found[0]["uuid"]) is None
    assert calendly.list_webhooks("user", ORGANIZATION, USER) == []


def test_refusals_are_its_own_errors(client: Any) -> None:
    """A list that does not say whose, an id that is none, a refusal for rate and a wrong token."""
    from calendly.exceptions import UnauthorizedError, WrongFormatInputError

    box, calendly = client
    with pytest.raises(WrongFormatInputError) as caught:
        calendly.get("scheduled_events")
    assert caught.value.args[0]["details"][0]["parameter"] == "organization"
    assert calendly.get_scheduled_event("nothing")["title"] == "Resource Not Found"
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    assert calendly.get_current_user()["title"] == "Too Many Requests"
    box.set_faults({"revoke": "calendly"})
    with pytest.raises(UnauthorizedError):
        calendly.get_current_user()


def test_the_reset_is_told_in_seconds(make_box: Any, call: Any) -> None:
    """Fifty calls a minute on the free plan; the next is refused, with the seconds that are left."""
    box = make_box(names=["calendly"], limits=True)
    url, key = f"{box.base_url('calendly')}/users/me", box.credential("calendly")["token"]
    answers = [call(url, Authorization=f"Bearer {key}") for _ in range(51)]
    assert [answer.status for answer in answers] == [200] * 50 + [429]
    assert answers[50].headers["x-ratelimit-remaining"] == "0"
    assert 0 < int(answers[50].headers["x-ratelimit-reset"]) <= 60


def test_penstock_books_reads_and_lists(workbench: Any) -> None:
    """An id does for an address and an address for an id; lists come over pages; what is refused is told apart."""
    calendly = workbench.connect("calendly", sandbox=True)
    kind = calendly.event_types.list.frame(user=USER.rpartition("/")[2])["uri"][0]
    made = [
        calendly.invitees.create(event_type=kind, start_time=DAY.format(n + 1), email=f"p{n}@example.com")
        for n in range(5)
    ]
    frame = calendly.scheduled_events.list.frame(organization=ORGANIZATION, count=2)
    assert len(frame) == 5
    assert calendly.scheduled_events.get(uuid=frame["uri"][0])["resource"]["name"] == "15 Minute Meeting"
    assert (
        calendly.invitees.get(
            event_uuid=made[0]["resource"]["event"], invitee_uuid=made[0]["resource"]["uri"]
        )["resource"]["email"]
        == "p0@example.com"
    )
    calendly.scheduled_events.cancel(uuid=frame["uri"][0])
    assert len(calendly.scheduled_events.list.frame(user=USER, status="active")) == 4
    with pytest.raises(NotFound) as caught:
        calendly.scheduled_events.get(uuid="nothing")
    assert caught.value.hint
    with pytest.raises(PermissionMissing):
        calendly.scheduled_events.list(user="SOMEBODYELSE")
    stranger = workbench.connect(
        "calendly", credential={"token": Secret("nobody")}, base_url=workbench.sandbox().base_url("calendly")
    )
    with pytest.raises(SignInNeeded):
        stranger.users.me()
