"""Slack's sandbox judged by Slack's own package, and by its documentation where the package does not look."""

from __future__ import annotations

import json

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from penstock.testing import FakeClock


@pytest.fixture
def client(make_box):
    """Return a sandbox and the official client pointed at it, retries off."""

    def make(**options):
        box = make_box(names=["slack"], **options)
        return box, _client(box)

    return make


def _client(box, key="default"):
    token = box.credential("slack", key)["token"]
    return WebClient(token, base_url=f"{box.base_url('slack')}/", retry_handlers=[])


def test_channels_and_messages_are_made_read_back_changed_and_gone(client):
    """A channel is created and its messages posted, changed, reacted to, threaded and deleted."""
    box, api = client()
    channel = api.conversations_create(name="New Room")["channel"]
    assert (channel["name"], channel["num_members"]) == ("new-room", 1)
    posted = api.chat_postMessage(channel=channel["id"], text="Hallo ‹Zoë› 🎉")
    assert posted["message"]["text"] == "Hallo ‹Zoë› 🎉"
    api.chat_update(channel=channel["id"], ts=posted["ts"], text="changed")
    api.reactions_add(channel=channel["id"], timestamp=posted["ts"], name="thumbsup")
    api.chat_postMessage(channel=channel["id"], text="reply", thread_ts=posted["ts"])
    (seen,) = api.conversations_history(channel=channel["id"])["messages"]
    assert (seen["text"], seen["reply_count"], seen["reactions"][0]["name"]) == ("changed", 1, "thumbsup")
    thread = api.conversations_replies(channel=channel["id"], ts=posted["ts"])["messages"]
    assert [message["text"] for message in thread] == ["changed", "reply"]
    api.chat_delete(channel=channel["id"], ts=posted["ts"])
    assert api.conversations_history(channel=channel["id"])["messages"] == []
    api.conversations_archive(channel=channel["id"])
    with pytest.raises(SlackApiError, match="is_archived"):
        api.chat_postMessage(channel=channel["id"], text="late")
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds[:2] == ["channels.create", "messages.post"]


def test_lists_go_over_pages_by_cursors_that_end_in_an_equals_sign(client):
    """Channels, people, members and history come whole over three pages and more, each once."""
    _, api = client()
    walks = {
        "channels": (lambda **kw: api.conversations_list(limit=4, **kw), "channels", 13),
        "people": (lambda **kw: api.users_list(limit=15, **kw), "members", 46),
    }
    general = next(c for c in api.conversations_list()["channels"] if c["name"] == "general")["id"]
    walks["members"] = (
        lambda **kw: api.conversations_members(channel=general, limit=20, **kw),
        "members",
        46,
    )
    walks["history"] = (
        lambda **kw: api.conversations_history(channel=general, limit=25, **kw),
        "messages",
        60,
    )
    for name, (ask, field, total) in walks.items():
        seen, cursor, pages = [], "", 0
        while True:
            page = ask(**({"cursor": cursor} if cursor else {}))
            seen += [item if isinstance(item, str) else item.get("id") or item["ts"] for item in page[field]]
            pages += 1
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                break
            assert cursor.endswith("="), name
        assert pages >= 3, name
        expected = total - 1 if name == "channels" else total  # the private room is another type
        assert len(seen) == len(set(seen)) == expected, name


def test_errors_are_answers_of_200_that_say_no(client):
    """Every refusal is a SlackApiError with status 200 and Slack's own code."""
    box, api = client()
    stranger = WebClient("xoxb-stranger", base_url=f"{box.base_url('slack')}/", retry_handlers=[])
    refusals = {
        "channel_not_found": lambda: api.conversations_info(channel="C0NOBODY"),
        "no_text": lambda: api.api_call("chat.postMessage", json={"channel": "general"}),
        "invalid_auth": stranger.auth_test,
        "unknown_method": lambda: api.api_call("foo.bar"),
        "invalid_cursor": lambda: api.conversations_list(cursor="zzz"),
        "invalid_limit": lambda: api.conversations_list(limit=1001),
        "name_taken": lambda: api.conversations_create(name="general"),
        "users_not_found": lambda: api.users_lookupByEmail(email="nobody@example.org"),
        "not_allowed_token_type": lambda: api.search_messages(query="good"),
        "invalid_arguments": lambda: api.api_call("conversations.info"),
    }
    for code, ask in refusals.items():
        with pytest.raises(SlackApiError) as refused:
            ask()
        assert refused.value.response.status_code == 200
        assert refused.value.response["error"] == code
        assert refused.value.response["ok"] is False


def test_no_token_is_not_authed_and_a_person_may_search(client, call):
    """A call without a token is not_authed; the spare key is a person's, and finds messages."""
    box, _ = client()
    answer = call(f"{box.base_url('slack')}/auth.test", "POST")
    assert (answer.status, answer.json()) == (200, {"ok": False, "error": "not_authed"})
    found = _client(box, "spare").search_messages(query="good morning", count=20)["messages"]
    assert (found["total"], found["paging"]["pages"], len(found["matches"])) == (60, 3, 20)


def test_a_tier_refuses_with_429_and_says_when_to_come_back(client):
    """The 21st conversations.list of a minute is a 429 with Retry-After; other methods and workspaces are not."""
    clock = FakeClock()
    box, api = client(limits=True, clock=clock)
    for _ in range(20):
        api.conversations_list()
    clock.move(10.0)
    with pytest.raises(SlackApiError) as refused:
        api.conversations_list()
    response = refused.value.response
    assert (response.status_code, response.data) == (429, {"ok": False, "error": "ratelimited"})
    assert response.headers["Retry-After"] == "50"
    api.users_list()
    _client(box, "second").conversations_list()
    clock.move(50.0)
    api.conversations_list()


def test_messages_go_one_a_second_to_a_channel_with_a_short_burst(client):
    """Three at once pass, the fourth waits a second; another channel has its own."""
    clock = FakeClock()
    _, api = client(limits=True, clock=clock)
    for _ in range(3):
        api.chat_postMessage(channel="general", text="x")
    with pytest.raises(SlackApiError, match="ratelimited"):
        api.chat_postMessage(channel="general", text="x")
    api.chat_postMessage(channel="random", text="x")
    clock.move(1.0)
    api.chat_postMessage(channel="general", text="x")


def test_without_limits_nobody_is_refused(client):
    """The control: limits=False lets thirty calls of one instant pass."""
    _, api = client(clock=FakeClock())
    for _ in range(30):
        api.conversations_list()


def test_json_is_read_by_writing_methods_and_passed_over_by_reading_ones(client, call):
    """chat.postMessage takes JSON, with a warning for a missing charset; conversations.info does not see it."""
    box, api = client()
    auth = {"Authorization": f"Bearer {box.credential('slack')['token']}"}
    general = next(c for c in api.conversations_list()["channels"] if c["name"] == "general")["id"]
    said = json.dumps({"channel": general, "text": "x"})
    post = f"{box.base_url('slack')}/chat.postMessage"
    plain = call(post, "POST", said, Content_Type="application/json", **auth).json()
    assert (plain["ok"], plain["warning"]) == (True, "missing_charset")
    assert (
        "warning"
        not in call(post, "POST", said, Content_Type="application/json; charset=utf-8", **auth).json()
    )
    form = call(
        post, "POST", f"channel={general}&text=y", Content_Type="application/x-www-form-urlencoded", **auth
    )
    assert form.json()["ok"] is True
    info = f"{box.base_url('slack')}/conversations.info"
    ignored = call(
        info, "POST", json.dumps({"channel": general}), Content_Type="application/json", **auth
    ).json()
    assert ignored["error"] == "invalid_arguments"
    assert call(f"{info}?channel={general}", **auth).json()["channel"]["id"] == general
    assert (
        call(post, "POST", "[1]", Content_Type="application/json", **auth).json()["error"]
        == "json_not_object"
    )
    assert call(post, "POST", "{", Content_Type="application/json", **auth).json()["error"] == "invalid_json"


def test_people_are_invited_and_files_and_views_go_the_whole_way(client):
    """An invitation, a file in its three steps, a direct conversation and a view come to what Slack says."""
    _, api = client()
    channel = api.conversations_create(name="files")["channel"]["id"]
    people = [user["id"] for user in api.users_list(limit=4)["members"] if not user["is_bot"]]
    assert api.conversations_invite(channel=channel, users=people)["channel"]["num_members"] == 1 + len(
        people
    )
    with pytest.raises(SlackApiError, match="already_in_channel"):
        api.conversations_invite(channel=channel, users=people[:1])
    uploaded = api.files_upload_v2(content="hello", filename="a.txt", title="T", channel=channel)
    assert api.files_info(file=uploaded["file"]["id"])["file"]["size"] == 5
    direct = api.conversations_open(users=people[:1])
    assert api.conversations_open(users=people[:1])["channel"]["id"] == direct["channel"]["id"]
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    assert api.views_open(trigger_id="12.34.ab", view=view)["view"]["id"].startswith("V")
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        api.views_open(trigger_id="stale", view=view)
