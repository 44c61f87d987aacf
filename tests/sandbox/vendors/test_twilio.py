"""Twilio's sandbox judged by its own package, and used as a person would through Penstock."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from penstock.errors import Invalid, NotFound, QuotaSpent, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.twilio.kept import ACCOUNT, CODE, NUMBER, STOPPED

TO = "+33123456789"


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any, Any]:
    """Return a sandbox, a client of the twilio package whose hosts are all there, and its class of errors."""
    rest = pytest.importorskip("twilio.rest")
    base = pytest.importorskip("twilio.base.exceptions")
    transport = pytest.importorskip("twilio.http.http_client")
    box = make_box(names=["twilio"])
    here = f"http://127.0.0.1:{box.port}"

    class Here(transport.TwilioHttpClient):  # type: ignore[misc]
        def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
            path = url[len("https://") :].partition("/")[2].removeprefix("twilio/")
            return super().request(method, f"{here}/twilio/{path}", *args, **options)

    token = box.credential("twilio")["auth_token"]
    return box, rest.Client(ACCOUNT, token, http_client=Here()), base.TwilioRestException


def test_a_message_is_queued_read_back_redacted_and_deleted(client: tuple[Any, Any, Any]) -> None:
    """The package sends a message, reads it, takes its text away and deletes it, and the log has each."""
    box, twilio, _ = client
    sent = twilio.messages.create(to=TO, from_=NUMBER, body="hello")
    assert (sent.status, sent.to, sent.from_, sent.direction) == ("queued", TO, NUMBER, "outbound-api")
    assert sent.sid.startswith("SM") and len(sent.sid) == 34 and sent.date_created is not None
    assert twilio.messages(sent.sid).fetch().body == "hello"
    assert twilio.messages(sent.sid).update(body="").body == ""
    assert twilio.messages(sent.sid).delete()
    call = twilio.calls.create(to=TO, from_=NUMBER, twiml="<Response/>")
    assert twilio.calls(call.sid).update(status="completed").status == "completed"
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["messages.create", "messages.update", "messages.delete", "calls.create", "calls.update"]


def test_messages_come_over_pages_the_newest_first(client: tuple[Any, Any, Any]) -> None:
    """The package walks 25 messages over three pages of ten by the address each page names."""
    box, twilio, _ = client
    for number in range(25):
        twilio.messages.create(to=TO, from_=NUMBER, body=str(number))
    box.clear_log()
    bodies = [message.body for message in twilio.messages.list(page_size=10)]
    assert bodies == [str(number) for number in reversed(range(25))]
    assert len(box.log()) == 3
    assert len(twilio.messages.list(to="+15005550001")) == 0


def test_refusals_are_its_own_error_with_twilios_codes(client: tuple[Any, Any, Any]) -> None:
    """No such message, no number, STOP, too many at once: each has the code people look up."""
    box, twilio, failure = client
    with pytest.raises(failure) as missing:
        twilio.messages("SM" + "0" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)
    for to, code in (("nonsense", 21211), (STOPPED, 21610)):
        with pytest.raises(failure) as refused:
            twilio.messages.create(to=to, from_=NUMBER, body="hello")
        assert (refused.value.status, refused.value.code) == (400, code)
    box.set_faults({"script": [{"match": "POST *", "fault": "429", "times": 1}]})
    with pytest.raises(failure) as throttled:
        twilio.messages.create(to=TO, from_=NUMBER, body="hello")
    assert (throttled.value.status, throttled.value.code) == (429, 20429)


def test_a_verification_is_started_and_checked_on_its_own_host(client: tuple[Any, Any, Any]) -> None:
    """Verify and Conversations answer below their own hosts: the right code is approved, a wrong one is not."""
    _, twilio, failure = client
    service = twilio.verify.v2.services("VA" + "0" * 32)
    assert service.verifications.create(to=TO, channel="sms").status == "pending"
    assert service.verification_checks.create(to=TO, code="000000").status == "pending"
    assert service.verification_checks.create(to=TO, code=CODE).status == "approved"
    for _ in range(5):
        service.verifications.create(to=TO, channel="sms")
    with pytest.raises(failure) as spent:
        service.verifications.create(to=TO, channel="sms")
    assert (spent.value.status, spent.value.code) == (429, 60203)
    made = [twilio.conversations.v1.conversations.create(friendly_name=str(n)) for n in range(5)]
    said = twilio.conversations.v1.conversations(made[0].sid).messages.create(body="hello", author="ada")
    assert (said.body, said.conversation_sid) == ("hello", made[0].sid)


def test_penstock_sends_lists_and_is_refused(workbench: Any) -> None:
    """A message is sent from a number a frame made of it, read and listed; wrong ids and keys are told apart."""
    twilio = workbench.connect("twilio", sandbox=True)
    made = [twilio.messages.create(To=33123456789.0, From=NUMBER, Body=str(n)) for n in range(7)]
    assert made[0]["to"] == TO
    assert twilio.messages.get(made[0]["sid"])["body"] == "0"
    frame = twilio.messages.list.frame(PageSize=3)
    assert list(frame["body"]) == ["6", "5", "4", "3", "2", "1", "0"]
    with pytest.raises(NotFound):
        twilio.messages.get("SM" + "0" * 32)
    with pytest.raises(Invalid) as caught:
        twilio.messages.create(To=STOPPED, From=NUMBER, Body="hello")
    assert caught.value.code == "21610" and caught.value.hint
    server = workbench.sandbox()
    assert urlsplit(server.base_url("twilio")).path.endswith(ACCOUNT)
    stranger = workbench.connect(
        "twilio",
        credential={"account_sid": Secret(ACCOUNT), "auth_token": Secret("nobody")},
        base_url=server.base_url("twilio"),
    )
    with pytest.raises(SignInNeeded):
        stranger.messages.list()


def test_what_lives_on_another_host_is_called_there(workbench: Any) -> None:
    """A verification is started below its own host, and one sent too often is given up at once."""
    twilio = workbench.connect("twilio", sandbox=True)
    given = {"ServiceSid": "VA" + "0" * 32, "To": TO, "Channel": "sms"}
    for _ in range(5):
        assert twilio.verify.start(**given)["status"] == "pending"
    with pytest.raises(QuotaSpent) as caught:
        twilio.verify.start(**given)
    assert caught.value.attempts == 1 and caught.value.hint
    assert twilio.accounts.get(Sid=ACCOUNT)["status"] == "active"
    for number in range(5):
        twilio.conversations.create(FriendlyName=str(number))
    assert len(twilio.conversations.list.frame(PageSize=2)) == 5
