"""Brevo's sandbox judged by brevo-python, and used as a person would through Penstock."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import Invalid, NotFound, OutcomeUncertain, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.brevo import FOLDER, TEMPLATES

SHOP = {"email": "shop@example.com", "name": "Shop"}


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any]:
    """Return a sandbox and the package's client, pointed at it; it does not try again by itself."""
    brevo = pytest.importorskip("brevo")
    box = make_box(names=["brevo"])
    key = box.credential("brevo")["api_key"]
    return box, brevo.Brevo(api_key=key, base_url=box.base_url("brevo"), max_retries=0)


def test_contacts_are_made_changed_and_deleted(client: tuple[Any, Any]) -> None:
    """The package makes a contact, reads it by address, changes it and takes it away; unknown attributes are dropped."""
    box, brevo = client
    made = brevo.contacts.create_contact(
        email="ada@example.com", attributes={"FIRSTNAME": "Ada", "SHOESIZE": 7}
    )
    read = brevo.contacts.get_contact_info("ada@example.com")
    assert read.id == made.id and read.list_ids == []
    assert read.attributes.model_dump(exclude_none=True) == {"FIRSTNAME": "Ada"}
    brevo.contacts.update_contact("ada@example.com", attributes={"LASTNAME": "Lovelace"})
    assert brevo.contacts.get_contact_info(str(made.id)).attributes.LASTNAME == "Lovelace"
    brevo.contacts.create_contact(
        email="ada@example.com", attributes={"FIRSTNAME": "Augusta"}, update_enabled=True
    )
    brevo.contacts.delete_contact("ada@example.com")
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["contacts.create", "contacts.update", "contacts.update", "contacts.delete"]


def test_contacts_and_lists_come_over_pages(client: tuple[Any, Any]) -> None:
    """Seven contacts are four pages of two; in a list are those that were put there, and nobody twice."""
    from brevo import BadRequestError
    from brevo.contacts import AddContactToListRequestBodyEmails

    _, brevo = client
    emails = [f"p{n}@example.com" for n in range(7)]
    for email in emails:
        brevo.contacts.create_contact(email=email)
    pages = [brevo.contacts.get_contacts(limit=2, offset=start, sort="asc") for start in range(0, 8, 2)]
    assert [one.email for page in pages for one in page.contacts] == emails and pages[0].count == 7
    listed = brevo.contacts.create_list(name="News", folder_id=FOLDER).id
    joined = AddContactToListRequestBodyEmails(emails=[*emails[:3], "nobody@example.com"])
    answer = brevo.contacts.add_contact_to_list(listed, request=joined)
    assert answer.contacts.success == emails[:3] and answer.contacts.failure == ["nobody@example.com"]
    assert brevo.contacts.get_contacts_from_list(listed).count == 3
    assert brevo.contacts.get_lists().lists[0].unique_subscribers == 3
    with pytest.raises(BadRequestError):
        brevo.contacts.add_contact_to_list(listed, request=joined)


def test_a_mail_goes_out_once_for_a_key(client: tuple[Any, Any]) -> None:
    """A mail with a key that was used is refused as a duplicate, and the log has one mail."""
    from brevo import BadRequestError

    box, brevo = client
    mail = {
        "sender": SHOP,
        "to": [{"email": "ada@example.com"}],
        "subject": "Hi",
        "html_content": "<p>x</p>",
        "headers": {"idempotencyKey": "5d8f6c1e"},
    }
    sent = brevo.transactional_emails.send_transac_email(**mail)
    assert sent.message_id.startswith("<")
    with pytest.raises(BadRequestError) as caught:
        brevo.transactional_emails.send_transac_email(**mail)
    assert caught.value.body["code"] == "duplicate_parameter"
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["email.send"]
    found = brevo.transactional_emails.get_transac_emails_list(email="ada@example.com")
    assert [one.message_id for one in found.transactional_emails] == [sent.message_id]
    assert len(brevo.transactional_emails.get_smtp_templates(limit=50).templates) == TEMPLATES


def test_refusals_are_the_packages_own_errors(client: tuple[Any, Any]) -> None:
    """Nobody there, somebody there already, a rate and a revoked key are told apart, each with Brevo's code."""
    from brevo import BadRequestError, NotFoundError, TooManyRequestsError
    from brevo.core.api_error import ApiError

    box, brevo = client
    with pytest.raises(NotFoundError) as caught:
        brevo.contacts.get_contact_info("nobody@example.com")
    assert caught.value.body["code"] == "document_not_found"
    brevo.contacts.create_contact(email="ada@example.com")
    with pytest.raises(BadRequestError) as twice:
        brevo.contacts.create_contact(email="ADA@example.com")
    assert twice.value.body["code"] == "duplicate_parameter"
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    with pytest.raises(TooManyRequestsError):
        brevo.contacts.get_contacts()
    box.set_faults({"revoke": "brevo"})
    with pytest.raises(ApiError) as revoked:
        brevo.contacts.get_contacts()
    assert revoked.value.status_code == 401


def test_penstock_writes_lists_and_is_refused(workbench: Any) -> None:
    """Rows become contacts with attributes, twice without harm, over pages; wrong ids and keys are told apart."""
    brevo = workbench.connect("brevo", sandbox=True)
    for _ in range(2):
        for n in range(3):
            brevo.contacts.upsert(email=f"p{n}@example.com", FIRSTNAME=f"P{n}")
    frame = brevo.contacts.list.frame(limit=1, sort="asc")
    assert frame["email"].tolist() == ["p0@example.com", "p1@example.com", "p2@example.com"]
    assert brevo.contacts.get(identifier="p1@example.com")["attributes"] == {"FIRSTNAME": "P1"}
    brevo.contact_attributes.create(attributeCategory="normal", attributeName="CITY", type="text")
    brevo.contacts.bulk_import(jsonBody=[{"email": "p1@example.com", "attributes": {"CITY": "Paris"}}])
    assert brevo.contacts.get(identifier="p1@example.com")["attributes"]["CITY"] == "Paris"
    with pytest.raises(NotFound):
        brevo.contacts.get(identifier="nobody@example.com")
    with pytest.raises(Invalid):
        brevo.contacts.create(email="p0@example.com")
    url = workbench.sandbox().base_url("brevo")
    with pytest.raises(SignInNeeded):
        workbench.connect("brevo", base_url=url, credential={"api_key": Secret("wrong")}).accounts.get()


def test_a_mail_whose_answer_was_lost_is_not_sent_again(workbench: Any, make_box: Any) -> None:
    """Its key is refused the second time: the mail went out once, and the call says that nobody knows how it ended."""
    box = make_box(names=["brevo"])
    brevo = workbench.connect("brevo", sandbox=box)
    box.set_faults(
        {"script": [{"match": "POST /brevo/v3/smtp/email", "fault": "drop_after_effect", "times": 1}]}
    )
    with pytest.raises(OutcomeUncertain):
        brevo.email.send(sender=SHOP, to="ada@example.com", subject="Hi", htmlContent="<p>x</p>")
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["email.send"]


def test_an_hours_calls_are_counted(make_box: Any, call: Any) -> None:
    """What is left of a hundred an hour is told in fields of their own, and the hundred and first is a 429."""
    box = make_box(names=["brevo"], limits=True)
    key = box.credential("brevo")["api_key"]
    url = f"{box.base_url('brevo')}/senders"
    answers = [call(url, api_key=key) for _ in range(101)]
    assert [answer.status for answer in answers] == [200] * 100 + [429]
    assert answers[0].headers["x-sib-ratelimit-remaining"] == "99"
    assert answers[-1].json()["code"] == "too_many_requests"
    assert 3500 < int(answers[-1].headers["x-sib-ratelimit-reset"]) <= 3600
