"""SendGrid's sandbox judged by the sendgrid package, and used through Penstock."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.sendgrid import BOUNCES


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any]:
    """Return a sandbox and the package's client, pointed at it."""
    sendgrid = pytest.importorskip("sendgrid")
    box = make_box(names=["sendgrid"])
    host = box.base_url("sendgrid").removesuffix("/v3")
    return box, sendgrid.SendGridAPIClient(box.credential("sendgrid")["api_key"], host=host)


def test_a_mail_is_queued_and_the_log_knows_to_whom(client: tuple[Any, Any]) -> None:
    """The package's own Mail goes out with a 202 and an id; each recipient is an effect."""
    from sendgrid.helpers.mail import Mail

    box, sg = client
    sent = sg.send(
        Mail(
            from_email="me@example.com",
            to_emails=["ada@example.com", "eve@example.com"],
            subject="Hi",
            html_content="<p>x</p>",
        )
    )
    assert sent.status_code == 202 and sent.headers["X-Message-Id"]
    effects = [entry["effect"] for entry in box.log(has_effect=True)]
    assert effects[0]["kind"] == "mail.send" and effects[0]["key"]["email"] == "ada@example.com"


def test_refusals_are_the_packages_own_errors(client: tuple[Any, Any]) -> None:
    """A mail without content, a wrong key, an unknown list and too many calls are told apart by the package."""
    from python_http_client.exceptions import (
        BadRequestsError,
        NotFoundError,
        TooManyRequestsError,
        UnauthorizedError,
    )

    box, sg = client
    with pytest.raises(BadRequestsError) as caught:
        sg.client.mail.send.post(
            request_body={"from": {"email": "a@b.co"}, "personalizations": [{"to": [{"email": "c@d.co"}]}]}
        )
    assert caught.value.to_dict["errors"][0]["field"] == "content"
    with pytest.raises(NotFoundError):
        sg.client.marketing.lists._("nothing").get()
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    with pytest.raises(TooManyRequestsError):
        sg.client.scopes.get()
    box.set_faults({"revoke": "sendgrid"})
    with pytest.raises(UnauthorizedError):
        sg.client.scopes.get()


def test_lists_come_over_pages(client: tuple[Any, Any]) -> None:
    """Seven lists are four pages of two, by the address each page names; bounces page by offset."""
    _, sg = client
    for number in range(7):
        assert sg.client.marketing.lists.post(request_body={"name": f"List {number}"}).status_code == 201
    names, query = [], {"page_size": 2}
    for _ in range(10):
        page = sg.client.marketing.lists.get(query_params=query).to_dict
        names += [one["name"] for one in page["result"]]
        following = page["_metadata"].get("next")
        if following is None:
            break
        query = {"page_size": 2, "page_token": following.partition("page_token=")[2].partition("&")[0]}
    assert names == [f"List {number}" for number in range(7)]
    first = sg.client.suppression.bounces.get(query_params={"limit": 50, "offset": 100}).to_dict
    assert len(first) == BOUNCES - 100


def test_contacts_are_written_changed_and_deleted(client: tuple[Any, Any]) -> None:
    """A contact is known by its address: written twice it is there once, and it can be found and deleted."""
    box, sg = client
    for name in ("Ada", "Augusta"):
        body = {"contacts": [{"email": "Ada@example.com", "first_name": name}]}
        assert "job_id" in sg.client.marketing.contacts.put(request_body=body).to_dict
    found = sg.client.marketing.contacts.search.emails.post(
        request_body={"emails": ["ada@example.com"]}
    ).to_dict
    contact = found["result"]["ada@example.com"]["contact"]
    assert contact["first_name"] == "Augusta"
    assert sg.client.marketing.contacts._(contact["id"]).get().to_dict["email"] == "ada@example.com"
    sg.client.marketing.contacts.delete(query_params={"ids": contact["id"]})
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["contacts.upsert", "contacts.upsert", "contacts.delete"]


def test_penstock_sends_lists_and_is_refused(workbench: Any) -> None:
    """A mail from plain columns, contacts in a batch, pages as a frame; wrong ids and keys are told apart."""
    sg = workbench.connect("sendgrid", sandbox=True)
    assert (
        sg.mail.send(from_="Me <me@example.com>", to="ada@example.com", subject="Hi", text="x").status == 202
    )
    rows = [{"key": n, "email": f"p{n}@example.com", "first_name": f"P{n}"} for n in range(20)]
    parameters = {"email": "email", "first_name": "first_name"}
    run = workbench.batch(sg.contacts.upsert, rows, key="key", parameters=parameters)
    assert run.frame()["status"].eq("done").all()
    assert sg.contacts.search(query="email LIKE '%@example.com'").data["contact_count"] == 20
    assert len(sg.suppressions.bounces.frame(limit=50)) == BOUNCES
    for number in range(5):
        sg.lists.create(name=f"List {number}")
    assert len(sg.lists.list.frame(page_size=2)) == 5
    with pytest.raises(NotFound):
        sg.lists.get("nothing")
    with pytest.raises(Invalid, match="valid address"):
        sg.mail.send(from_="me@example.com", to="nobody", subject="Hi", text="x")
    wrong = {"api_key": Secret("SG.wrong")}
    url = workbench.sandbox().base_url("sendgrid")
    with pytest.raises(SignInNeeded):
        workbench.connect("sendgrid", base_url=url, credential=wrong).scopes.list()


def test_contacts_go_in_one_call_with_the_lists_they_share(make_box: Any) -> None:
    """300 contacts of two lists are two calls, and one without a proper address fails alone."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        return [
            {"email": f"c{number}@example.com" if number != 77 else "nobody", "list_ids": [f"l{number % 2}"]}
            for number in range(300)
        ]

    frame, requests = run_both(make_box, "sendgrid", "contacts.upsert", rows, key="email", parameters=dict)
    assert list(frame.index[frame["status"] == "failed"]) == [77]
    assert all("job_id" in said for said in frame["response"][frame["status"] == "done"])
    assert len(requests) < 25 and set(requests) == {("PUT", "contacts")}
