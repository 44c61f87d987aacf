"""Gmail's sandbox judged by aiogoogle with Google's own description of the API, and used through Penstock."""

from __future__ import annotations

import base64
from email import message_from_bytes
from typing import Any

import pytest
from google_apis import Caller

from penstock.errors import NotFound, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def gmail(make_box: Any) -> tuple[Any, Caller]:
    """Return a sandbox, and their client of it."""
    box = make_box(names=["gmail"])
    return box, Caller("gmail", box, path="/gmail/v1")


def _raw(to: str, subject: str, text: str = "Hei") -> str:
    return base64.urlsafe_b64encode(f"To: {to}\r\nSubject: {subject}\r\n\r\n{text}".encode()).decode()


def _send(call: Caller, number: int, to: str = "bob@example.com") -> Any:
    body = {"raw": _raw(to, f"Order {number}")}
    return call("users.messages.send", userId="me", json=body)


def test_messages_are_sent_read_listed_over_pages_and_deleted(gmail: Any) -> None:
    """Seven messages are three pages of three, the newest first; one reads back whole; one is deleted for good."""
    box, call = gmail
    made = [_send(call, number)["id"] for number in range(7)]
    pages, token = [], {}
    while True:
        page = call("users.messages.list", userId="me", maxResults=3, **token)
        pages.append([one["id"] for one in page["messages"]])
        if "nextPageToken" not in page:
            break
        token = {"pageToken": page["nextPageToken"]}
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [id for page in pages for id in page] == made[::-1]
    whole = call("users.messages.get", userId="me", id=made[0], format="raw")
    sent = message_from_bytes(base64.urlsafe_b64decode(whole["raw"]))
    assert (sent["Subject"], sent.get_payload()) == ("Order 0", "Hei")
    headers = call("users.messages.get", userId="me", id=made[0])["payload"]["headers"]
    assert {"name": "To", "value": "bob@example.com"} in headers
    call("users.messages.delete", userId="me", id=made[0])
    assert gmail[1].refused(lambda: call("users.messages.get", userId="me", id=made[0])) == (404, "notFound")
    effects = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert effects == ["messages.send"] * 7 + ["messages.delete"]


def test_labels_searches_and_the_bin_decide_what_is_listed(gmail: Any) -> None:
    """A label put on is found by it; a search finds a word of the subject; what is in the bin is not listed."""
    _, call = gmail
    made = [_send(call, number)["id"] for number in range(3)]
    label = call("users.labels.create", userId="me", json={"name": "Paid"})["id"]
    assert call.refused(lambda: call("users.labels.create", userId="me", json={"name": "paid"}))[0] == 409
    call("users.messages.modify", userId="me", id=made[0], json={"addLabelIds": [label]})
    change = {"ids": made[1:], "addLabelIds": ["STARRED"]}
    call("users.messages.batchModify", userId="me", json=change)

    def found(**asked: Any) -> list[str]:
        return [one["id"] for one in call("users.messages.list", userId="me", **asked).get("messages", [])]

    assert found(labelIds=[label]) == [made[0]]
    assert found(labelIds=["STARRED"]) == made[:0:-1]
    assert found(q='subject:"Order 2"') == [made[2]]
    call("users.messages.trash", userId="me", id=made[2])
    assert found() == [made[1], made[0]]
    assert found(q="nothing") == []
    assert call.refused(
        lambda: call("users.messages.modify", userId="me", id=made[0], json={"addLabelIds": ["Nope"]})
    ) == (400, "invalidArgument")


def test_an_answer_joins_its_thread_and_a_draft_is_sent_once(gmail: Any) -> None:
    """A message with a threadId belongs to that thread; a draft that was sent is gone."""
    _, call = gmail
    first = _send(call, 1)
    body = {"raw": _raw("bob@example.com", "Re: Order 1"), "threadId": first["threadId"]}
    call("users.messages.send", userId="me", json=body)
    _send(call, 2)
    assert len(call("users.threads.list", userId="me")["threads"]) == 2
    assert len(call("users.threads.get", userId="me", id=first["threadId"])["messages"]) == 2
    draft = call("users.drafts.create", userId="me", json={"message": {"raw": _raw("a@b.co", "Later")}})["id"]
    assert call("users.drafts.get", userId="me", id=draft)["message"]["labelIds"] == ["DRAFT"]
    assert call("users.drafts.send", userId="me", json={"id": draft})["labelIds"] == ["SENT"]
    assert call.refused(lambda: call("users.drafts.send", userId="me", json={"id": draft})) == (
        404,
        "notFound",
    )


def test_history_goes_on_from_where_it_was(gmail: Any) -> None:
    """What came since is told by the profile's historyId; one that is too old is 404."""
    _, call = gmail
    before = call("users.getProfile", userId="me")["historyId"]
    made = _send(call, 1)["id"]
    history = call("users.history.list", userId="me", startHistoryId=before)["history"]
    assert [one["messagesAdded"][0]["message"]["id"] for one in history] == [made]
    assert call.refused(lambda: call("users.history.list", userId="me", startHistoryId="1")) == (
        404,
        "notFound",
    )


def test_a_refusal_for_rate_is_a_403_with_its_reason(gmail: Any) -> None:
    """Throttling is no 429; a wrong key is 401 authError; their failure is a 500."""
    box, call = gmail
    ask = lambda: call("users.getProfile", userId="me")  # noqa: E731
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    assert call.refused(ask) == (403, "userRateLimitExceeded")
    box.set_faults({"script": [{"match": "GET *", "fault": "500", "times": 1}]})
    assert call.refused(ask) == (500, "backendError")
    box.set_faults({"revoke": "gmail"})
    assert call.refused(ask) == (401, "authError")


def test_sixty_messages_a_minute_are_sent_and_no_more(make_box: Any) -> None:
    """6,000 units are sixty messages: the next one is refused until a minute has passed."""
    call = Caller("gmail", make_box(names=["gmail"], limits=True), path="/gmail/v1")
    for number in range(60):
        _send(call, number)
    assert call.refused(lambda: _send(call, 60)) == (403, "userRateLimitExceeded")


def test_penstock_writes_reads_and_lists(workbench: Any) -> None:
    """Columns become a message; lists come over pages; wrong ids and keys are told apart."""
    gmail = workbench.connect("gmail", sandbox=True)
    made = [
        gmail.messages.send(to="bob@example.com", subject=f"Order {n}", text="Grüße")["id"] for n in range(5)
    ]
    assert list(gmail.messages.list.frame(maxResults=2)["id"]) == made[::-1]
    whole = gmail.messages.get(id=made[0])
    assert whole["snippet"] == "Grüße" and gmail.health().status == 200
    assert gmail.labels.get(id="INBOX")["type"] == "system"
    with pytest.raises(NotFound) as caught:
        gmail.messages.get(id="nothing")
    assert caught.value.hint
    stranger = workbench.connect(
        "gmail", credential={"access_token": Secret("nobody")}, base_url=workbench.sandbox().base_url("gmail")
    )
    with pytest.raises(SignInNeeded):
        stranger.labels.list()
