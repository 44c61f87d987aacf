"""Discord's sandbox judged by discord.py, and used as a person would through Penstock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from penstock.errors import NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.discord import BOT, CHANNEL, GUILD, MEMBERS

Act = Callable[[Any], Awaitable[Any]]


@pytest.fixture
def judge(make_box: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Any, Any]]:
    """Return what a signed-in discord.py client makes of a sandbox: judge(act) → (the sandbox, what act returned)."""
    discord = pytest.importorskip("discord")

    def run(act: Act, *, faults: dict[str, Any] | None = None, token: str | None = None) -> tuple[Any, Any]:
        box = make_box(names=["discord"])
        monkeypatch.setattr(discord.http.Route, "BASE", box.base_url("discord"))

        async def main() -> Any:
            async with discord.Client(intents=discord.Intents.none()) as client:
                await client.login(token or box.credential("discord")["token"])
                if faults:
                    box.set_faults(faults)
                return await act(client)

        return box, asyncio.run(main())

    return run


def test_messages_are_sent_read_back_changed_and_deleted(judge: Any) -> None:
    """discord.py sends a message, fetches it, edits and deletes it, and the log has each."""

    async def act(client: Any) -> Any:
        channel = client.get_partial_messageable(int(CHANNEL))
        sent = await channel.send("hello")
        assert sent.author.id == int(BOT) and sent.content == "hello"
        changed = await sent.edit(content="good-bye")
        assert (await channel.fetch_message(sent.id)).content == changed.content == "good-bye"
        assert changed.edited_at is not None
        await sent.add_reaction("🔥")
        await sent.delete()
        return [message async for message in channel.history()]

    box, left = judge(act)
    assert left == []
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["messages.create", "messages.update", "reactions.add", "messages.delete"]


def test_a_history_is_walked_from_the_newest_back(judge: Any) -> None:
    """discord.py reads 205 messages over three pages of 100, each once, newest first."""

    async def act(client: Any) -> Any:
        channel = client.get_partial_messageable(int(CHANNEL))
        for number in range(205):
            await client.http.send_message(int(CHANNEL), params=_params(f"{number}"))
        return [message.content async for message in channel.history(limit=None)]

    box, contents = judge(act)
    assert contents == [str(number) for number in reversed(range(205))]
    assert (
        len([entry for entry in box.log() if entry["method"] == "GET" and "/messages" in entry["path"]]) == 3
    )


def _params(text: str) -> Any:
    from discord.http import handle_message_parameters

    return handle_message_parameters(content=text)


def test_what_is_not_there_and_what_may_not_be_are_its_own_errors(judge: Any) -> None:
    """An unknown channel, an empty message and a wrong token are NotFound, HTTPException and LoginFailure."""
    discord = pytest.importorskip("discord")

    async def act(client: Any) -> None:
        with pytest.raises(discord.NotFound) as caught:
            await client.fetch_channel(7)
        assert caught.value.code == 10003
        with pytest.raises(discord.HTTPException) as empty:
            await client.http.send_message(int(CHANNEL), params=_params(""))
        assert (empty.value.status, empty.value.code) == (400, 50006)

    judge(act)
    with pytest.raises(discord.LoginFailure):
        judge(act, token="MTk4.nobody")


def test_a_refusal_for_rate_is_waited_for_and_sent_again(judge: Any) -> None:
    """discord.py reads the wait in a 429 and sends the message once more, which then is there once."""
    script = {"script": [{"match": "POST /discord/*", "fault": "429", "times": 1}]}

    async def act(client: Any) -> Any:
        return (await client.get_partial_messageable(int(CHANNEL)).send("hello")).content

    box, content = judge(act, faults=script)
    assert content == "hello"
    assert [entry["status"] for entry in box.log() if entry["method"] == "POST"] == [429, 200]
    assert len(box.log(has_effect=True)) == 1


def test_penstock_sends_lists_and_is_refused(workbench: Any) -> None:
    """A message is created, read back and listed; members come over pages; a wrong id and key are told apart."""
    discord = workbench.connect("discord", sandbox=True)
    made = discord.messages.create(channel_id=CHANNEL, content="hello")
    assert discord.messages.get(CHANNEL, made["id"])["content"] == "hello"
    assert [message["id"] for message in discord.messages.list(channel_id=CHANNEL).data] == [made["id"]]
    frame = discord.members.list.frame(guild_id=GUILD, limit=100)
    assert len(frame) == MEMBERS
    with pytest.raises(NotFound) as caught:
        discord.channels.get("7")
    assert caught.value.code == "10003" and caught.value.hint
    server = workbench.sandbox()
    stranger = workbench.connect(
        "discord", credential={"token": Secret("nobody")}, base_url=server.base_url("discord")
    )
    with pytest.raises(SignInNeeded):
        stranger.users.me()


def test_a_webhook_says_what_it_posted_only_when_asked(workbench: Any) -> None:
    """Executing a webhook gives 204, with wait=True the message; a wrong token finds no webhook."""
    discord = workbench.connect("discord", sandbox=True)
    hook = discord.webhooks.create(channel_id=CHANNEL, name="news")
    given = {"webhook_id": hook["id"], "webhook_token": hook["token"], "content": "hello"}
    assert discord.webhooks.execute(**given).status == 204
    assert discord.webhooks.execute(**given, wait=True)["webhook_id"] == hook["id"]
    with pytest.raises(NotFound):
        discord.webhooks.execute(**{**given, "webhook_token": "wrong"})


def test_many_are_banned_in_one_call_and_those_already_banned_are_told(workbench: Any) -> None:
    """A bulk ban names who was banned and who could not be."""
    discord = workbench.connect("discord", sandbox=True)
    one, two = (row["user"]["id"] for row in discord.members.list.all(guild_id=GUILD, max_items=2))
    discord.members.ban(guild_id=GUILD, user_id=one)
    answer = discord.members.bulk_ban(guild_id=GUILD, user_ids=[one, two])
    assert answer.data == {"banned_users": [two], "failed_users": [one]}
    with pytest.raises(NotFound):
        discord.members.get(GUILD, one)
