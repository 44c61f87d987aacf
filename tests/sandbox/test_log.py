"""Tests of the log: what tests judge by has to be whole, in order, and without secrets."""

from __future__ import annotations

import json


def test_every_request_is_logged_with_its_effect_and_numbered(make_box, stripe_call):
    """n counts from 1 without a gap; only what changed something has an effect, with its natural fields."""
    box = make_box(names=["stripe"])
    stripe_call(box, "POST", "/v1/customers", "email=a@b.co&metadata[row]=7", key="k1")
    stripe_call(box, "GET", "/v1/customers?limit=3")
    stripe_call(box, "POST", "/v1/customers", "email=nonsense")
    log = box.log()
    assert [entry["n"] for entry in log] == [1, 2, 3]
    assert [entry["status"] for entry in log] == [200, 200, 400]
    assert [entry["query"] for entry in log] == ["", "limit=3", ""]
    assert log[0]["idempotency_key"] == "k1"
    assert log[0]["account"] == "default"
    effect = log[0]["effect"]
    assert effect["kind"] == "customers.create"
    assert effect["id"].startswith("cus_")
    assert effect["key"] == {"email": "a@b.co", "metadata": {"row": "7"}}
    assert [entry["effect"] for entry in log[1:]] == [None, None]


def test_the_log_reads_the_same_over_http_and_by_parts(make_box, stripe_call, call):
    """GET /__log?since=N gives what follows N; effects=1 leaves out what changed nothing; clear empties it."""
    box = make_box(names=["stripe"])
    for number in range(5):
        stripe_call(box, "POST", "/v1/customers", f"email=a{number}@b.co")
        stripe_call(box, "GET", "/v1/balance")
    url = f"http://127.0.0.1:{box.port}/__log"
    assert call(url).json() == box.log()
    assert [entry["n"] for entry in call(f"{url}?since=8").json()] == [9, 10]
    assert [entry["n"] for entry in call(f"{url}?effects=1&since=2").json()] == [3, 5, 7, 9]
    assert call(f"{url}/clear", "POST").json() == {"ok": True}
    assert box.log() == []
    stripe_call(box, "GET", "/v1/balance")
    assert [entry["n"] for entry in box.log()] == [11]


def test_no_credential_stands_in_the_log(make_box, call):
    """A token in a header, a query or a form is not in the log; the rest of the query is."""
    box = make_box(names=["slack", "github"])
    slack, github = box.credential("slack")["token"], box.credential("github")["token"]
    call(f"{box.base_url('slack')}/users.list?token={slack}&limit=2")
    call(
        f"{box.base_url('slack')}/auth.test",
        "POST",
        f"token={slack}",
        Content_Type="application/x-www-form-urlencoded",
    )
    call(f"{box.base_url('github')}/user", Authorization=f"Bearer {github}", User_Agent="t")
    text = json.dumps(box.log())
    assert [entry["status"] for entry in box.log()] == [200, 200, 200]
    assert slack not in text and github not in text
    assert "limit=2" in text


def test_a_bounded_log_keeps_the_newest(make_box, stripe_call):
    """log_limit=3 keeps the last three of five, with their numbers."""
    box = make_box(names=["stripe"], log_limit=3)
    for _ in range(5):
        stripe_call(box, "GET", "/v1/balance")
    assert [entry["n"] for entry in box.log()] == [3, 4, 5]


def test_several_effects_of_one_request_are_all_there(make_box, call):
    """A batch of members is one request with as many effects as members."""
    box = make_box(names=["mailchimp"])
    auth = f"Bearer {box.credential('mailchimp')['api_key']}"
    list_id = call(f"{box.base_url('mailchimp')}/lists", Authorization=auth).json()["lists"][0]["id"]
    members = [{"email_address": f"m{number}@b.co", "status": "subscribed"} for number in range(3)]
    call(
        f"{box.base_url('mailchimp')}/lists/{list_id}",
        "POST",
        json.dumps({"members": members}),
        Authorization=auth,
    )
    entry = box.log(has_effect=True)[-1]
    assert [effect["key"]["email"] for effect in entry["effects"]] == ["m0@b.co", "m1@b.co", "m2@b.co"]
    assert entry["effect"] == entry["effects"][0]
