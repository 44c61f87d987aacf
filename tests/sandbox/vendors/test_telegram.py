"""Telegram's sandbox judged by python-telegram-bot, and used as a person would through Penstock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from penstock.errors import Conflict, Invalid, PermissionMissing, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.telegram import BLOCKED, GROUP, MOVED_GROUP, PERSON, UPDATES

Act = Callable[[Any], Awaitable[Any]]


@pytest.fixture
def judge(make_box: Any) -> Callable[..., tuple[Any, Any]]:
    """Return what python-telegram-bot makes of a sandbox: judge(act) → (the sandbox, what act returned)."""
    telegram = pytest.importorskip("telegram")

    def run(act: Act, *, faults: dict[str, Any] | None = None, token: str | None = None) -> tuple[Any, Any]:
        box = make_box(names=["telegram"])
        address = box.base_url("telegram").removesuffix("{token}")

        async def main() -> Any:
            async with telegram.Bot(token or box.credential("telegram")["token"], base_url=address) as bot:
                box.set_faults(faults or {})
                return await act(bot)

        return box, asyncio.run(main())

    return run


def test_messages_are_sent_edited_forwarded_and_deleted(judge: Any) -> None:
    """python-telegram-bot sends text, a file and a place, and each is in the log once."""

    async def act(bot: Any) -> None:
        sent = await bot.send_message(PERSON, "hello")
        assert sent.text == "hello" and sent.chat.id == int(PERSON)
        changed = await bot.edit_message_text("good-bye", PERSON, sent.message_id)
        assert changed.text == "good-bye"
        passed = await bot.forward_message(GROUP, PERSON, sent.message_id)
        assert passed.chat.id == int(GROUP) and passed.text == "good-bye"
        photo = await bot.send_photo(PERSON, b"\x89PNG", caption="a photo")
        again = await bot.send_photo(PERSON, photo.photo[0].file_id)
        assert again.photo[0].file_id == photo.photo[0].file_id
        assert (await bot.send_location(PERSON, 48.85, 2.35)).location.latitude == 48.85
        assert await bot.delete_message(PERSON, sent.message_id)

    box, _ = judge(act)
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["messages.create", "messages.update", *["messages.create"] * 4, "messages.delete"]


def test_updates_are_read_over_pages_and_confirmed(judge: Any) -> None:
    """python-telegram-bot reads the 250 updates that wait in three pages; asking on ends those before."""

    async def act(bot: Any) -> list[list[int]]:
        pages: list[list[int]] = []
        offset = 0
        while updates := await bot.get_updates(offset=offset, limit=100):
            pages.append([update.update_id for update in updates])
            offset = updates[-1].update_id + 1
        return pages

    _, pages = judge(act)
    assert [len(page) for page in pages] == [100, 100, 50]
    assert len({number for page in pages for number in page}) == UPDATES


def test_refusals_are_its_own_errors(judge: Any) -> None:
    """No chat, a moved group, a blocked bot, a limit and a wrong token each raise the class made for them."""
    error = pytest.importorskip("telegram.error")

    async def act(bot: Any) -> None:
        with pytest.raises(error.BadRequest, match=r"[Cc]hat not found"):
            await bot.send_message(7, "hello")
        with pytest.raises(error.ChatMigrated) as moved:
            await bot.send_message(MOVED_GROUP, "hello")
        assert moved.value.new_chat_id == int(GROUP)
        with pytest.raises(error.Forbidden):
            await bot.send_message(BLOCKED, "hello")
        with pytest.raises(error.RetryAfter):
            await bot.send_message(PERSON, "hello")

    script = {"script": [{"match": "POST */sendMessage", "fault": "429", "times": 1, "skip": 3}]}
    judge(act, faults=script)
    with pytest.raises(error.InvalidToken):
        judge(act, token="123456789:nobody")


def test_penstock_sends_reads_and_is_refused(workbench: Any) -> None:
    """A message is sent and its file found again; updates come over pages; refusals are told in plain words."""
    telegram = workbench.connect("telegram", sandbox=True)
    made = telegram.messages.send(chat_id=PERSON, text="hello")
    assert made["result"]["chat"]["id"] == int(PERSON)
    sent = telegram.messages.send_document(
        chat_id=GROUP, document=("a.txt", b"hello"), reply_markup={"force_reply": True}
    )
    assert telegram.files.get(file_id=sent["result"]["document"]["file_id"])["result"]["file_path"]
    assert telegram.chats.get(chat_id=GROUP)["result"]["title"] == "Sandbox"
    assert len(telegram.updates.get.frame()) == UPDATES
    with pytest.raises(Invalid) as caught:
        telegram.messages.send(chat_id=7, text="hello")
    assert caught.value.hint
    with pytest.raises(PermissionMissing, match="blocked"):
        telegram.messages.send(chat_id=BLOCKED, text="hello")
    telegram.webhooks.set(url="https://bot.example/hook")
    with pytest.raises(Conflict) as conflict:
        telegram.updates.get()
    assert conflict.value.hint
    server = workbench.sandbox()
    stranger = workbench.connect(
        "telegram", credential={"token": Secret("1:nobody")}, base_url=server.base_url("telegram")
    )
    with pytest.raises(SignInNeeded) as refused:
        stranger.bots.me()
    assert "nobody" not in str(refused.value)


def test_a_group_takes_twenty_messages_a_minute_and_says_how_long_to_wait(make_box: Any, call: Any) -> None:
    """One message a second goes to a chat; the second at once is refused with its wait in the body alone."""
    box = make_box(names=["telegram"], limits=True)
    address = box.base_url("telegram").replace("{token}", box.credential("telegram")["token"])
    answers = [
        call(
            f"{address}/sendMessage",
            "POST",
            f'{{"chat_id": {GROUP}, "text": "{n}"}}',
            Content_Type="application/json",
        )
        for n in range(2)
    ]
    assert [answer.status for answer in answers] == [200, 429]
    assert answers[1].json()["parameters"] == {"retry_after": 1}
    assert answers[1].headers["Retry-After"] is None
