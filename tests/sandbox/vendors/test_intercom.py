"""Intercom's sandbox judged by python-intercom, and used as a person would through Penstock."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import Conflict, Invalid, NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.intercom import TAG
from penstock.sandbox.vendors.intercom.people import SCROLLED
from penstock.sandbox.vendors.intercom.records import ADMIN
from penstock.sandbox.vendors.intercom.talk import TICKET_TYPE


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any]:
    """Return a sandbox and the package's client, pointed at it."""
    intercom = pytest.importorskip("intercom")
    box = make_box(names=["intercom"])
    token = box.credential("intercom")["access_token"]
    return box, intercom.Intercom(token=token, base_url=box.base_url("intercom"))


def test_contacts_are_made_changed_found_and_deleted(client: tuple[Any, Any]) -> None:
    """The package makes a contact, changes it, tags it, finds it by a search, and takes it away."""
    from intercom import CreateContactRequestWithEmail, SingleFilterSearchRequest

    box, ic = client
    request = CreateContactRequestWithEmail(
        email="ada@example.com", name="Ada", custom_attributes={"tier": "gold"}
    )
    made = ic.contacts.create(request=request)
    assert made.role == "user" and len(made.id) == 24
    changed = ic.contacts.update(made.id, phone="+33123456789", custom_attributes={"seats": 3})
    assert changed.phone == "+33123456789" and changed.custom_attributes == {"tier": "gold", "seats": 3}
    assert ic.tags.tag_contact(made.id, tag_id=TAG).name == "VIP"
    assert [tag.id for tag in ic.contacts.find(made.id).tags.data] == [TAG]
    query = SingleFilterSearchRequest(field="email", operator="=", value="ada@example.com")
    assert [one.id for one in ic.contacts.search(query=query)] == [made.id]
    assert ic.contacts.delete(made.id).deleted is True
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["contacts.create", "contacts.update", "tags.attach", "contacts.delete"]


def test_contacts_come_over_pages_by_cursors(client: tuple[Any, Any]) -> None:
    """Seven contacts are four pages of two, listed and searched, each once."""
    from intercom import CreateContactRequestWithExternalId, SingleFilterSearchRequest, StartingAfterPaging

    _, ic = client
    ids = [
        ic.contacts.create(request=CreateContactRequestWithExternalId(external_id=f"u{n}")).id
        for n in range(7)
    ]
    pages = [[one.id for one in page.items] for page in ic.contacts.list(per_page=2).iter_pages()]
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert [id for page in pages for id in page] == ids
    query = SingleFilterSearchRequest(field="role", operator="=", value="user")
    found, cursor = [], None
    for _ in range(5):  # the package's own pager asks for the first page of a search for ever
        page = ic.contacts.search(
            query=query, pagination=StartingAfterPaging(per_page=3, starting_after=cursor)
        )
        found.append([one.id for one in page.items])
        following = page.response.pages.next
        if following is None:
            break
        cursor = following.starting_after
    assert [len(page) for page in found] == [3, 3, 1]
    assert [id for page in found for id in page] == ids


def test_refusals_are_the_packages_own_errors(client: tuple[Any, Any]) -> None:
    """Nobody there, somebody there already, a rate and a revoked token are told apart, each with Intercom's code."""
    from intercom import CreateContactRequestWithEmail, NotFoundError, UnauthorizedError
    from intercom.core.api_error import ApiError

    box, ic = client
    with pytest.raises(NotFoundError) as caught:
        ic.conversations.find("7")
    assert caught.value.body["errors"][0] == {"code": "not_found", "message": "Resource Not Found"}
    request = CreateContactRequestWithEmail(email="ada@example.com")
    made = ic.contacts.create(request=request)
    with pytest.raises(ApiError) as twice:
        ic.contacts.create(request=request)
    assert twice.value.status_code == 409
    assert twice.value.body["errors"][0]["message"].endswith(f"already exists with id={made.id}")
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    with pytest.raises(ApiError) as many:
        ic.contacts.list()
    assert many.value.status_code == 429
    assert many.value.body["errors"][0]["code"] == "rate_limit_exceeded"
    box.set_faults({"revoke": "intercom"})
    with pytest.raises(UnauthorizedError):
        ic.contacts.list()


def test_companies_are_known_by_your_own_id_and_scrolled_through(client: tuple[Any, Any]) -> None:
    """A company written twice is there once; 101 are read by a scroll, beside which there can be no other."""
    from intercom.core.api_error import ApiError

    _, ic = client
    for number in (*range(SCROLLED + 1), 0):
        ic.companies.create_or_update(request={"company_id": f"c{number}", "name": f"Company {number}"})
    first = ic.companies.scroll()
    with pytest.raises(ApiError) as second:
        ic.companies.scroll()
    assert second.value.body["errors"][0]["code"] == "scroll_exists"
    names = [company.name for company in first]
    assert len(names) == SCROLLED + 1 and len(set(names)) == len(names)
    assert len(list(ic.companies.scroll())) == SCROLLED + 1


def test_a_conversation_is_answered_and_closed(client: tuple[Any, Any]) -> None:
    """A contact writes, an admin answers and closes: three parts of one story, and the last state is closed."""
    from intercom import CreateContactRequestWithEmail, CreateConversationRequestFrom

    box, ic = client
    contact = ic.contacts.create(request=CreateContactRequestWithEmail(email="ada@example.com"))
    message = ic.conversations.create(
        from_=CreateConversationRequestFrom(type="user", id=contact.id), body="Help"
    )
    answer = {"message_type": "comment", "type": "admin", "admin_id": ADMIN, "body": "Here"}
    ic.conversations.reply(message.conversation_id, request=answer)
    closing = {"message_type": "close", "type": "admin", "admin_id": ADMIN}
    closed = ic.conversations.manage(message.conversation_id, request=closing)
    assert closed.state == "closed" and closed.conversation_parts.total_count == 2
    assert [one.id for one in ic.conversations.list()] == [message.conversation_id]
    assert box.log(has_effect=True)[-1]["effect"]["kind"] == "conversations.close"


def test_penstock_makes_lists_and_is_refused(workbench: Any) -> None:
    """Rows become contacts with attributes, over pages; wrong ids and keys, and who is there, are told apart."""
    ic = workbench.connect("intercom", sandbox=True)
    rows = [{"key": n, "email": f"p{n}@example.com", "tier": "gold"} for n in range(7)]
    run = workbench.batch(ic.contacts.create, rows, key="key", parameters={"email": "email", "tier": "tier"})
    assert run.frame()["status"].eq("done").all()
    frame = ic.contacts.list.frame(per_page=3)
    assert len(frame) == 7
    contact = ic.contacts.get(contact_id=frame["id"][0])
    assert contact["custom_attributes"] == {"tier": "gold"}
    query = {"field": "custom_attributes.tier", "operator": "=", "value": "gold"}
    assert len(ic.contacts.search.frame(query=query, per_page=3)) == 7
    with pytest.raises(Conflict, match="already exists"):
        ic.contacts.create(email="p0@example.com")
    with pytest.raises(NotFound):
        ic.contacts.get(contact_id="nobody")
    with pytest.raises(Invalid):
        ic.contacts.list(per_page=500)
    url = workbench.sandbox().base_url("intercom")
    with pytest.raises(SignInNeeded):
        workbench.connect("intercom", base_url=url, credential={"access_token": Secret("wrong")}).me.get()


def test_penstock_scrolls_writes_tickets_and_counts_an_event_once(workbench: Any) -> None:
    """Companies come by number and by scroll; a ticket's columns are its attributes; an event is kept once."""
    ic = workbench.connect("intercom", sandbox=True)
    for number in range(5):
        ic.companies.upsert(company_id=number, name=f"Company {number}", region="EMEA")
    assert len(ic.companies.list.frame(per_page=2)) == 5
    assert len(ic.companies.scroll.frame()) == 5
    contact = ic.contacts.create(email="ada@example.com")["id"]
    ticket = ic.tickets.create(ticket_type_id=TICKET_TYPE, contacts=contact, _default_title_="Broken")
    assert ticket["ticket_attributes"] == {"_default_title_": "Broken"}
    changed = ic.tickets.update(ticket_id=ticket["id"], open=False, _default_description_="Mended")
    assert changed["ticket_attributes"] == {"_default_title_": "Broken", "_default_description_": "Mended"}
    lead = ic.contacts.create(role="lead", phone="+33123456789")["id"]
    assert ic.contacts.merge(from_=lead, into=contact)["phone"] == "+33123456789"
    for _ in range(2):
        ic.events.create(event_name="ordered", created_at=1_795_485_600, email="ada@example.com", total=9)
    log = workbench.sandbox().log(has_effect=True)
    assert [entry["effect"]["kind"] for entry in log].count("events.create") == 1
