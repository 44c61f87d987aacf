"""Mailgun's sandbox judged by the mailgun package, and used as a person would through Penstock."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.mailgun import COMPLAINTS, DOMAIN, TEMPLATES

SHOP = f"Shop <shop@{DOMAIN}>"


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any]:
    """Return a sandbox and the package's client, pointed at it; it does not try again by itself."""
    mailgun = pytest.importorskip("mailgun.client")
    from mailgun.config import RetryPolicy

    box = make_box(names=["mailgun"])
    key, url = box.credential("mailgun")["api_key"], box.base_url("mailgun")
    return box, mailgun.Client(auth=("api", key), api_url=url, retry_policy=RetryPolicy(max_retries=0))


def test_a_message_is_queued_and_leaves_events(client: tuple[Any, Any]) -> None:
    """The package sends to two with a file and a variable; each is an effect, and has events that know the message."""
    box, mg = client
    message = {
        "from": SHOP,
        "to": ["ada@example.com", "eve@example.com"],
        "subject": "Hi",
        "text": "x",
        "v:order": "42",
    }
    sent = mg.messages.create(data=message, domain=DOMAIN, files=[("attachment", ("a.txt", b"hello"))])
    assert sent.status_code == 200 and sent.json()["message"] == "Queued. Thank you."
    effects = box.log(has_effect=True)[0]["effects"]
    assert [one["key"]["email"] for one in effects] == ["ada@example.com", "eve@example.com"]
    events = mg.events.get(domain=DOMAIN, filters={"event": "delivered"}).json()["items"]
    assert {one["recipient"] for one in events} == {"ada@example.com", "eve@example.com"}
    assert events[0]["message"]["headers"]["message-id"] in sent.json()["id"]
    assert events[0]["user-variables"] == {"order": "42"}


def test_who_bounced_is_not_written_to(client: tuple[Any, Any]) -> None:
    """A bounced address fails until it is taken off the list."""
    _, mg = client
    mg.bounces.create(data={"address": "ada@example.com", "code": 550}, domain=DOMAIN)
    message = {"from": SHOP, "to": "ada@example.com", "subject": "Hi", "text": "x"}
    mg.messages.create(data=message, domain=DOMAIN)
    assert mg.bounces.delete(domain=DOMAIN, bounce_address="ada@example.com").status_code == 200
    mg.messages.create(data=message, domain=DOMAIN)
    events = mg.events.get(domain=DOMAIN, filters={"ascending": "yes"}).json()["items"]
    assert [one["event"] for one in events] == ["accepted", "failed", "accepted", "delivered"]
    assert mg.bounces.delete(domain=DOMAIN, bounce_address="ada@example.com").status_code == 404


def test_bounces_and_members_come_over_pages(client: tuple[Any, Any]) -> None:
    """Seven bounces are four pages of two and an empty one, by the address of the last row; members likewise."""
    _, mg = client
    for number in range(7):
        mg.bounces.create(data={"address": f"p{number}@example.com"}, domain=DOMAIN)
    rows = list(mg.bounces.stream(filters={"limit": 2}, domain=DOMAIN))
    assert [row["address"] for row in rows] == [f"p{number}@example.com" for number in range(7)]
    address = f"news@{DOMAIN}"
    assert mg.lists.create(data={"address": address, "name": "News"}).status_code == 201
    members = '[{"address": "a@example.com", "vars": {"age": 36}}, "b@example.com", "c@example.com"]'
    made = mg.lists_members.create(address=address, data={"members": members, "upsert": True}, multiple=True)
    assert made.json()["list"]["members_count"] == 3
    one = mg.lists_members.create(address=address, data={"address": "a@example.com"})
    assert one.status_code == 400
    changed = mg.lists_members.put(address=address, member_address="b@example.com", data={"subscribed": "no"})
    assert changed.json()["member"]["subscribed"] is False
    assert mg.lists_members.delete(address=address, member_address="c@example.com").status_code == 200


def test_refusals_are_told_apart(client: tuple[Any, Any]) -> None:
    """A domain there is not, a message without recipients, a rate and a revoked key: statuses and Mailgun's words."""
    box, mg = client
    message = {"from": SHOP, "to": "ada@example.com", "subject": "Hi", "text": "x"}
    other = mg.messages.create(data=message, domain="other.example.com")
    assert (other.status_code, other.json()["message"]) == (404, "Domain not found: other.example.com")
    nobody = mg.messages.create(data={**message, "to": ""}, domain=DOMAIN)
    assert (nobody.status_code, nobody.json()["message"]) == (400, "'to' parameter is missing")
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    many = mg.domains.get()
    assert (many.status_code, many.json()["retry-seconds"]) == (429, 1)
    assert mg.domains.get().json()["items"][0]["name"] == DOMAIN
    box.set_faults({"revoke": "mailgun"})
    revoked = mg.domains.get()
    assert (revoked.status_code, revoked.text) == (401, "Forbidden")


def test_penstock_sends_lists_and_is_refused(workbench: Any) -> None:
    """Rows become messages; events, complaints and templates come over pages; wrong domains and keys are told apart."""
    mailgun = workbench.connect("mailgun", sandbox=True)
    always = {"domain_name": DOMAIN, "from_": SHOP, "text": "Hi", "tag": "welcome"}
    rows = [{"key": n, "to": f"p{n}@example.com", "subject": f"Hello {n}", **always} for n in range(7)]
    run = workbench.batch(
        mailgun.messages.send, rows, key="key", parameters={name: name for name in ("to", "subject", *always)}
    )
    assert run.frame()["status"].eq("done").all()
    events = mailgun.events.list.frame(domain_name=DOMAIN, event="delivered", tags="welcome", limit=3)
    assert len(events) == 7 and events["id"].is_unique
    key = events["storage.key"][0] if "storage.key" in events else events["storage"][0]["key"]
    stored = mailgun.messages.get_stored(domain_name=DOMAIN, storage_key=key)
    assert stored["body-plain"] == "Hi"
    assert len(mailgun.complaints.list.frame(domain_name=DOMAIN, limit=1)) == COMPLAINTS
    assert len(mailgun.templates.list.frame(domain_name=DOMAIN, limit=5)) == TEMPLATES
    counted = mailgun.analytics.metrics(metrics=["accepted_count", "delivered_count"])
    assert counted["aggregates"]["metrics"] == {"accepted_count": 7, "delivered_count": 7}
    with pytest.raises(NotFound) as caught:
        mailgun.messages.send(domain_name="other.example.com", from_=SHOP, to="a@b.co", text="x")
    assert caught.value.hint
    with pytest.raises(Invalid, match="valid address"):
        mailgun.messages.send(domain_name=DOMAIN, from_=SHOP, to="nobody", text="x")
    url = workbench.sandbox().base_url("mailgun")
    with pytest.raises(SignInNeeded):
        workbench.connect("mailgun", base_url=url, credential={"api_key": Secret("key-wrong")}).domains.list()


def test_penstock_writes_lists_webhooks_and_routes(workbench: Any) -> None:
    """A list with members as they are asked for, a webhook with two addresses, a route with two actions."""
    mailgun = workbench.connect("mailgun", sandbox=True)
    address = f"news@{DOMAIN}"
    mailgun.lists.create(address=address, access_level="members")
    for number in range(5):
        mailgun.list_members.add(
            list_address=address, address=f"p{number}@example.com", vars={"number": number}, upsert=True
        )
    members = mailgun.list_members.list.frame(list_address=address, limit=2)
    assert len(members) == 5
    urls = ["https://example.com/a", "https://example.com/b"]
    mailgun.domain_webhooks.create(domain=DOMAIN, id="delivered", url=urls)
    assert mailgun.domain_webhooks.list(domain=DOMAIN)["webhooks"] == {"delivered": {"urls": urls}}
    actions = ["forward('https://example.com/mail')", "stop()"]
    mailgun.routes.create(expression="catch_all()", action=actions, priority=1)
    assert mailgun.routes.list.frame()["actions"][0] == actions
    mailgun.bounces.bulk_add(domain_name=DOMAIN, bounces=[{"address": f"b{n}@example.com"} for n in range(5)])
    assert len(mailgun.bounces.list.frame(domain_name=DOMAIN, limit=2)) == 5


def test_a_minutes_calls_to_domains_are_counted(make_box: Any, call: Any) -> None:
    """One call to domains more than a minute allows is refused, with the seconds in its body."""
    import base64

    box = make_box(names=["mailgun"], limits={"mailgun": 3})
    key = base64.b64encode(f"api:{box.credential('mailgun')['api_key']}".encode()).decode()
    url = f"{box.base_url('mailgun')}/v4/domains"
    answers = [call(url, Authorization=f"Basic {key}") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert 0 < answers[-1].json()["retry-seconds"] <= 60
