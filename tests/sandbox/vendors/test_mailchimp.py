"""Mailchimp's sandbox judged by its documentation: no package of theirs can be pointed at another address."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
import time

import pytest


@pytest.fixture
def client(make_box, call):
    """Return a sandbox, a way to call it, and the sample list's id."""

    def make(**options):
        box = make_box(names=["mailchimp"], **options)
        auth = f"Bearer {box.credential('mailchimp')['api_key']}"

        def send(method, path, body=None):
            text = None if body is None else json.dumps(body)
            return call(
                box.base_url("mailchimp") + path,
                method,
                text,
                Authorization=auth,
                Content_Type="application/json",
            )

        return box, send, send("GET", "/lists").json()["lists"][0]["id"]

    return make


def _hash(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def test_members_are_added_read_back_changed_and_listed_over_pages(client):
    """The sample's 120 members come over pages of 50; a new one is added, changed and found by its hash."""
    _, send, list_id = client()
    members = f"/lists/{list_id}/members"
    pages = [send("GET", f"{members}?count=50&offset={offset}").json() for offset in (0, 50, 100)]
    assert [len(page["members"]) for page in pages] == [50, 50, 20]
    assert {page["total_items"] for page in pages} == {120}
    assert len({member["id"] for page in pages for member in page["members"]}) == 120
    body = {
        "email_address": "Zoe@B.co",
        "status": "subscribed",
        "merge_fields": {"FNAME": "Zoë"},
        "tags": ["a"],
    }
    made = send("POST", members, body).json()
    assert made["id"] == _hash("zoe@b.co")
    changed = send("PATCH", f"{members}/{made['id']}", {"merge_fields": {"LNAME": "Last"}}).json()
    assert changed["full_name"] == "Zoë Last"
    assert send("GET", f"{members}/zoe@b.co").json()["tags"] == [{"id": made["tags"][0]["id"], "name": "a"}]
    assert send("GET", f"{members}?status=unsubscribed&count=1").json()["total_items"] == 10
    assert send("GET", f"{members}?count=1001").status == 400


def test_put_is_an_upsert_and_post_is_not(client):
    """PUT twice leaves one member; POST of a known address is "Member Exists"."""
    box, send, list_id = client()
    path = f"/lists/{list_id}/members/{_hash('new@b.co')}"
    body = {"email_address": "new@b.co", "status_if_new": "pending"}
    assert [send("PUT", path, body).json()["status"] for _ in range(2)] == ["pending", "pending"]
    refused = send("POST", f"/lists/{list_id}/members", {"email_address": "NEW@b.co", "status": "subscribed"})
    assert (refused.status, refused.json()["title"]) == (400, "Member Exists")
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert send("GET", f"/lists/{list_id}/members?count=1").json()["total_items"] == 121
    lacking = send("PUT", f"/lists/{list_id}/members/{_hash('other@b.co')}", {"email_address": "other@b.co"})
    assert lacking.json()["errors"][0]["field"] == "status_if_new"
    assert [e["effect"]["kind"] for e in box.log(has_effect=True)] == ["members.upsert", "members.upsert"]


def test_the_archived_may_come_back_and_the_forgotten_may_not(client):
    """DELETE archives, delete-permanent forgets: only the first can be added again."""
    _, send, list_id = client()
    members = f"/lists/{list_id}/members"
    body = {"email_address": "gone@b.co", "status": "subscribed"}
    path = f"{members}/{_hash('gone@b.co')}"
    send("POST", members, body)
    assert send("DELETE", path).status == 204
    assert send("GET", path).json()["status"] == "archived"
    assert send("DELETE", path).status == 405
    assert send("POST", members, body).json()["status"] == "subscribed"
    assert send("POST", f"{path}/actions/delete-permanent").status == 204
    assert send("GET", path).status == 404
    refused = send("POST", members, body)
    assert (refused.status, refused.json()["title"]) == (400, "Forgotten Email Not Subscribed")


def test_errors_are_problem_documents(client, call):
    """Every refusal is RFC 7807 with Mailchimp's titles."""
    box, send, list_id = client()
    members = f"/lists/{list_id}/members"
    cases = {
        "Resource Not Found": send("GET", "/lists/nothing"),
        "Method Not Allowed": send("POST", "/ping", {}),
        "Invalid Resource": send("POST", members, {"email_address": "nonsense", "status": "subscribed"}),
        "API Key Invalid": call(f"{box.base_url('mailchimp')}/ping", Authorization="Bearer stranger-us21"),
        "API Key Missing": call(f"{box.base_url('mailchimp')}/ping"),
    }
    statuses = {title: answer.status for title, answer in cases.items()}
    assert statuses == {
        "Resource Not Found": 404,
        "Method Not Allowed": 405,
        "Invalid Resource": 400,
        "API Key Invalid": 401,
        "API Key Missing": 401,
    }
    for title, answer in cases.items():
        problem = answer.json()
        assert problem["title"] == title
        assert set(problem) >= {"type", "title", "status", "detail", "instance"}
        assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_a_batch_of_members_answers_200_with_its_errors(client):
    """One known and one impossible address leave two errors beside the one that was added."""
    _, send, list_id = client()
    given = [
        {"email_address": "ok@b.co", "status": "subscribed"},
        {"email_address": "member001@example.org", "status": "subscribed"},
        {"email_address": "nonsense", "status": "subscribed"},
    ]
    answer = send("POST", f"/lists/{list_id}", {"members": given})
    done = answer.json()
    assert (answer.status, done["total_created"], done["error_count"]) == (200, 1, 2)
    assert [error["error_code"] for error in done["errors"]] == ["ERROR_CONTACT_EXISTS", "ERROR_GENERIC"]
    updated = send("POST", f"/lists/{list_id}", {"members": given[1:2], "update_existing": True}).json()
    assert updated["total_updated"] == 1
    assert send("POST", f"/lists/{list_id}", {"members": given[:1] * 501}).status == 400


def test_a_batch_of_calls_is_fetched_when_it_is_finished(client, call):
    """Operations run on their own; their results are a gzipped tar at the address the batch names."""
    box, send, list_id = client()
    operations = [
        {"method": "GET", "path": "/lists/nothing", "operation_id": "one"},
        {"method": "PUT", "path": f"/lists/{list_id}/members/{_hash('q@b.co')}", "operation_id": "two",
         "body": json.dumps({"email_address": "q@b.co", "status_if_new": "subscribed"})},
    ]  # fmt: skip
    started = send("POST", "/batches", {"operations": operations}).json()
    assert started["status"] == "pending"
    done = send("GET", f"/batches/{started['id']}").json()
    assert (done["status"], done["finished_operations"], done["errored_operations"]) == ("finished", 2, 1)
    auth = f"Bearer {box.credential('mailchimp')['api_key']}"
    packed = call(done["response_body_url"], Authorization=auth).body
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        (member,) = archive.getmembers()
        content = archive.extractfile(member)
        assert content is not None
        rows = json.load(content)
    assert [(row["operation_id"], row["status_code"]) for row in rows] == [("one", 404), ("two", 200)]


def test_campaigns_are_made_filled_sent_and_reported(client):
    """A campaign without content cannot be sent; with it, it can, once, and has a report."""
    _, send, list_id = client()
    settings = {"subject_line": "Hello", "title": "First"}
    made = send(
        "POST", "/campaigns", {"type": "regular", "recipients": {"list_id": list_id}, "settings": settings}
    ).json()
    path = f"/campaigns/{made['id']}"
    assert send("POST", f"{path}/actions/send").json()["detail"].endswith("it has no content.")
    assert send("GET", f"/reports/{made['id']}").status == 404
    send("PUT", f"{path}/content", {"html": "<p>Hi</p>"})
    assert send("POST", f"{path}/actions/send").status == 204
    assert (
        send("GET", f"/reports/{made['id']}").json()["emails_sent"]
        == made["recipients"]["recipient_count"]
        == 107
    )
    copy = send("POST", f"{path}/actions/replicate").json()
    assert copy["status"] == "save"
    assert send("DELETE", f"/campaigns/{copy['id']}").status == 204
    assert send("GET", "/campaigns").json()["total_items"] == 1


def test_answers_can_be_cut_down_to_fields(client):
    """fields keeps what it names, exclude_fields drops it, dots lead inward."""
    _, send, list_id = client()
    kept = send("GET", f"/lists/{list_id}/members?count=1&fields=members.email_address,total_items").json()
    assert kept == {"members": [{"email_address": "member001@example.org"}], "total_items": 120}
    dropped = send("GET", f"/lists/{list_id}?exclude_fields=stats,_links,contact").json()
    assert "stats" not in dropped and dropped["name"] == "Tea letter"


def test_ten_connections_at_once_and_not_eleven(client):
    """While ten calls are being answered the eleventh is a 429; when they are done the next one passes."""
    box, send, _ = client(limits=True)
    box.set_faults({"script": [{"match": "GET */ping", "fault": "slow", "times": 10}], "slow_s": 1.0})
    waiting = [threading.Thread(target=send, args=("GET", "/ping")) for _ in range(10)]
    before = len(box.log())
    for thread in waiting:
        thread.start()
    while len(box.log()) < before + 10:
        time.sleep(0.005)
    refused = send("GET", "/ping")
    assert (refused.status, refused.json()["title"]) == (429, "Too Many Requests")
    assert refused.headers["Retry-After"] is None
    for thread in waiting:
        thread.join(timeout=10)
    assert send("GET", "/ping").json() == {"health_status": "Everything's Chimpy!"}


def test_without_limits_many_connections_pass(client):
    """The control: limits=False answers the eleventh as well."""
    box, send, _ = client()
    box.set_faults({"script": [{"match": "GET */ping", "fault": "slow", "times": 12}], "slow_s": 0.2})
    statuses: list[int] = []
    waiting = [
        threading.Thread(target=lambda: statuses.append(send("GET", "/ping").status)) for _ in range(12)
    ]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join(timeout=10)
    assert statuses == [200] * 12
