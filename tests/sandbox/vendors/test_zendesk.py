"""Zendesk's sandbox judged by zenpy, and by Penstock itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def zendesk(make_box):
    """Return a sandbox and zenpy's client on it."""
    zenpy = pytest.importorskip("zenpy")
    api = pytest.importorskip("zenpy.lib.api")

    def make(key=None, **options):
        box = make_box(names=["zendesk"], **options)
        credential = box.credential("zendesk")
        host = urlsplit(box.base_url("zendesk")).netloc  # 127.0.0.1:PORT
        client = zenpy.Zenpy(
            subdomain=host[:7],
            domain=host[8:],
            email=credential["email"],
            token=key or credential["api_token"],
            ratelimit_budget=1,
            timeout=5,
            disable_cache=True,
        )
        for one in vars(client).values():
            for part in (one, *getattr(one, "__dict__", {}).values()):
                if isinstance(part, api.BaseApi):
                    part.protocol, part.api_prefix = "http", "zendesk/api/v2"
        return box, client

    return make


def _ticket(number):
    api = pytest.importorskip("zenpy.lib.api_objects")
    return api.Ticket(subject=f"No {number}", comment=api.Comment(body=f"Help {number}"), tags=["a"])


def test_tickets_are_made_changed_deleted_and_listed_over_pages(zendesk):
    """Two hundred and five tickets come over three pages; a comment, a delete and a recovery are seen."""
    box, client = zendesk()
    made = [client.tickets.create(_ticket(number)).ticket for number in range(5)]
    for start in (5, 105):
        job = client.tickets.create([_ticket(number) for number in range(start, start + 100)])
        assert job.status == "queued"
    assert client.job_status(id=job.id).status == "completed"
    assert [one.subject for one in client.tickets()] == [f"No {number}" for number in range(205)]
    asked = [
        entry for entry in box.log() if entry["path"].endswith("/tickets.json") and entry["method"] == "GET"
    ]
    assert len(asked) == 3
    first = client.tickets(id=made[0].id)
    first.status = "solved"
    first.comment = pytest.importorskip("zenpy.lib.api_objects").Comment(body="Done", public=False)
    assert client.tickets.update(first).ticket.status == "solved"
    assert [one.body for one in client.tickets.comments(ticket=first.id)] == ["Help 0", "Done"]
    client.tickets.delete(first)
    zenpy = pytest.importorskip("zenpy.lib.exception")
    with pytest.raises(zenpy.RecordNotFoundException):
        client.tickets(id=first.id)
    client.tickets.restore(first.id)
    assert client.tickets(id=first.id).status == "solved"


def test_users_and_organizations_are_found_and_known_again(zendesk):
    """An address is taken once, and create_or_update knows it; searches and exports find what is there."""
    api = pytest.importorskip("zenpy.lib.api_objects")
    zenpy = pytest.importorskip("zenpy.lib.exception")
    _, client = zendesk()
    assert client.users.me().email == "ada@example.com"
    eve = client.users.create(api.User(name="Eve", email="eve@example.com"))
    with pytest.raises(zenpy.APIException, match="RecordInvalid"):
        client.users.create(api.User(name="Eve", email="eve@example.com"))
    again = client.users.create_or_update(api.User(name="Eve Two", email="eve@example.com"))
    assert (again.id, again.name) == (eve.id, "Eve Two")
    assert [one.id for one in client.users.search(query="eve@example.com")] == [eve.id]
    organization = client.organizations.create(api.Organization(name="Acme"))
    assert client.organizations(id=organization.id).name == "Acme"
    client.tickets.create(_ticket(1))
    assert [one.subject for one in client.search(type="ticket", status="open")] == ["No 1"]
    assert [one.subject for one in client.tickets.incremental(start_time=1, paginate_by_time=False)] == [
        "No 1"
    ]


def test_its_client_sees_zendesks_refusals(zendesk):
    """A wrong token and a refusal for rate, which names its wait, are zenpy's own errors."""
    zenpy = pytest.importorskip("zenpy.lib.exception")
    box, client = zendesk()
    with pytest.raises(zenpy.APIException, match="authenticate"):
        zendesk(key="stranger")[1].users.me()
    box.set_faults({"script": [{"match": "GET /zendesk/api/v2/users/me*", "fault": "429"}]})
    with pytest.raises(zenpy.RatelimitBudgetExceeded):
        client.users.me()
    assert client.users.me().name == "Ada"


def test_the_field_says_what_is_left_of_the_minute(make_box, call):
    """The team's 200 a minute are counted down, and the 201st call is told how long to wait."""
    box = make_box(names=["zendesk"], limits=True)
    credential = box.credential("zendesk")
    auth = {"Authorization": f"Bearer {credential['api_token']}"}
    first = call(f"{box.base_url('zendesk')}/users/me", **auth)
    assert (first.headers["X-Rate-Limit"], first.headers["X-Rate-Limit-Remaining"]) == ("200", "199")
    for _ in range(199):
        assert call(f"{box.base_url('zendesk')}/users/me", **auth).status == 200
    refused = call(f"{box.base_url('zendesk')}/users/me", **auth)
    assert refused.status == 429 and 0 < int(refused.headers["Retry-After"]) <= 61


def test_penstock_makes_reads_and_lists(workbench):
    """Columns become tickets, a key one ticket, and a frame comes over pages; refusals are told in words."""
    zendesk = workbench.connect("zendesk", sandbox=True)
    for number in range(5):
        made = zendesk.tickets.create(subject=f"No {number}", comment="Help")["ticket"]
    once = [
        zendesk.tickets.create(subject="Once", comment="Help", idempotency_key="row-1")["ticket"]["id"]
        for _ in range(2)
    ]
    assert once[0] == once[1]
    assert zendesk.tickets.get(made["id"])["ticket"]["subject"] == "No 4"
    assert list(zendesk.tickets.list.frame(page_size=2)["id"]) == [1, 2, 3, 4, 5, 6]
    assert len(zendesk.tickets.incremental.frame(start_time=1, per_page=2)) == 6
    assert len(zendesk.search_results.export.frame(query="No", type="ticket", page_size=2)) == 5
    assert len(zendesk.search_results.list.frame(query="type:ticket", per_page=2)) == 6
    zendesk.users.create(name="Eve", email="eve@example.com")
    with pytest.raises(Invalid, match="already being used"):
        zendesk.users.create(name="Eve", email="eve@example.com")
    with pytest.raises(NotFound):
        zendesk.tickets.get(99)
    credential = {"email": Secret("ada@example.com"), "api_token": Secret("stranger")}
    stranger = workbench.connect("zendesk", credential=credential, base_url=zendesk.client.base_url)
    with pytest.raises(SignInNeeded):
        stranger.users.me()


def test_tickets_are_read_a_hundred_at_a_time(make_box: Any) -> None:
    """120 tickets and one there is not are two calls and one; each row has its own ticket."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        made = [
            connection.tickets.create(comment=f"c{number}", subject=f"s{number}") for number in range(120)
        ]
        return [{"ticket_id": id} for id in [*(one["ticket"]["id"] for one in made), 404]]

    frame, requests = run_both(make_box, "zendesk", "tickets.get", rows, key="ticket_id")
    assert list(frame["status"]) == [*["done"] * 120, "failed"] and "404" in frame["error"][120]
    assert [said["ticket"]["subject"] for said in frame["response"][:120]] == [
        f"s{number}" for number in range(120)
    ]
    assert len(requests) == 3
