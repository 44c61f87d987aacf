from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agent_fakes import CANARY, PASSWORD, Agent, RawPeer, an_agent, needs_unix
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.agent.protocol import MOST_REQUEST, build_frame, build_request, decode
from penstock.agent.server import MOST_CONNECTIONS, PATIENCE_S
from penstock.errors import PenstockError, UnknownName, UsageError, VaultLocked, WrongPassword
from penstock.redact import Secret
from penstock.testing import FakeClock

pytestmark = needs_unix

ISSUE = {"integration": "stripe", "account": "acme"}


async def settle() -> None:
    """Let what is on its way through the sockets arrive."""
    for _ in range(50):
        await asyncio.sleep(0)


# ---- what is answered ------------------------------------------------------------------------------------


def test_an_operation_reaches_the_keeper_and_its_value_comes_back(tmp_path: Path) -> None:
    """Unlocking, changing and issuing work through the socket, and a secret arrives as a Secret."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            with pytest.raises(VaultLocked):
                await agent.client.issue(**ISSUE)
            with pytest.raises(WrongPassword):
                await agent.client.unlock(password=Secret("wrong"))
            assert (await agent.client.unlock(password=Secret(PASSWORD)))["is_locked"] is False
            await agent.client.describe(**ISSUE, label="Ünï")
            assert await agent.client.accounts() == [{"account": "acme", "label": "Ünï"}]
            issued = await agent.client.issue(**ISSUE)
            assert issued["fields"] == {"token": Secret(CANARY)} and issued["version"] == 3

    asyncio.run(scenario())


def test_an_error_comes_back_with_its_names(tmp_path: Path) -> None:
    """The caller sees the Keeper's own error, with the account it is about."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.unlock()
            with pytest.raises(UnknownName, match="account other") as caught:
                await agent.client.issue(integration="stripe", account="other")
            assert caught.value.integration == "stripe"

    asyncio.run(scenario())


def test_a_fault_of_ours_is_told_without_its_text(tmp_path: Path) -> None:
    """An error that is none of ours gives its type away, not its text, and the agent goes on."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            with pytest.raises(PenstockError, match="RuntimeError") as caught:
                await agent.client.backup(path="/somewhere")
            assert CANARY not in str(caught.value) and "/somewhere" not in str(caught.value)
            with pytest.raises(UsageError, match="parts"):  # an answer larger than an answer may be
                await agent.client.seal(names=["stripe/acme"], expires_s=60)
            assert (await agent.client.status())["pid"] == os.getpid()

    asyncio.run(scenario())


def test_status_says_who_how_long_and_since_when(tmp_path: Path) -> None:
    """The agent adds its process, its start and the time left; locked it has no time to tell."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            began = agent.clock.wall()
            status = await agent.client.status()
            assert (status["where"], status["pid"], status["started_at"]) == ("agent", os.getpid(), began)
            assert (status["idle_left_s"], status["absolute_left_s"]) == (None, None)
            await agent.unlock()
            agent.clock.move(600)
            status = await agent.client.status()
            assert (status["idle_left_s"], status["absolute_left_s"]) == (3000, 42_600)

    asyncio.run(scenario())


def test_what_nobody_asked_for_is_no_use(tmp_path: Path) -> None:
    """A check by schedule, or a run that waits for a sign-in, leaves the idle time as it is; a call does not."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.unlock()
            await agent.client.describe(integration="stripe", account="acme", label="x")
            agent.clock.move(600)
            await agent.client.accounts(is_use=False)
            await agent.client.issue(integration="stripe", account="acme", is_use=False)
            assert (await agent.client.status())["idle_left_s"] == 3000
            await agent.client.issue(integration="stripe", account="acme")
            assert (await agent.client.status())["idle_left_s"] == 3600

    asyncio.run(scenario())


def test_several_requests_go_over_one_connection(tmp_path: Path) -> None:
    """Two requests sent at once are answered in turn."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            peer = RawPeer(agent.path)
            frame = build_frame(build_request("status", {}))
            await peer.send(frame + frame)
            peer.end_sending()
            raw = await peer.read_all()
            length = int.from_bytes(raw[:4], "big")
            assert raw[: 4 + length] == raw[4 + length :] and decode(raw[4 : 4 + length])["ok"] is True
            peer.close()

    asyncio.run(scenario())


# ---- peers that are slow, many or mad --------------------------------------------------------------------


@pytest.mark.parametrize("said", [b"", b"\0\0", build_frame(build_request("status", {}))[:-3]])
def test_a_peer_that_dawdles_is_dropped_and_keeps_nobody_waiting(tmp_path: Path, said: bytes) -> None:
    """Silent or cut, a peer is dropped after ten seconds; before that others are served, and it is not dropped."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            peer = RawPeer(agent.path)
            await peer.send(said)
            assert (await agent.client.status())["where"] == "agent"
            await agent.clock.advance(PATIENCE_S - 0.1)
            await settle()
            assert peer.is_open
            await agent.clock.advance(0.2)
            assert await peer.read_all() == b""
            peer.close()

    asyncio.run(scenario())


def test_no_more_than_64_are_let_in_at_once(tmp_path: Path) -> None:
    """The 65th waits outside, and is served when the silent ones have been dropped."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            silent = [RawPeer(agent.path) for _ in range(MOST_CONNECTIONS)]
            await settle()
            asked = asyncio.create_task(agent.client.status())
            await settle()
            assert not asked.done()
            await agent.clock.advance(PATIENCE_S)
            assert (await asyncio.wait_for(asked, 10))["where"] == "agent"
            for peer in silent:
                peer.close()

    asyncio.run(scenario())


def test_hundreds_at_once_are_all_answered(tmp_path: Path) -> None:
    """More callers than there is room for wait, and none is turned away."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            answers = await asyncio.gather(*(agent.client.status() for _ in range(300)))
            assert len(answers) == 300

    asyncio.run(scenario())


def test_a_frame_too_large_is_refused_and_the_rest_not_read(tmp_path: Path) -> None:
    """The peer hears why, and the connection ends."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            peer = RawPeer(agent.path)
            await peer.send((MOST_REQUEST + 1).to_bytes(4, "big"))
            raw = await peer.read_all()
            assert decode(raw[4:])["error"]["kind"] == "UsageError"
            peer.close()
            assert (await agent.client.status())["where"] == "agent"

    asyncio.run(scenario())


@pytest.fixture
def fuzzed(tmp_path: Path) -> Iterator[tuple[asyncio.AbstractEventLoop, Agent]]:
    """Give one agent that lives as long as a whole fuzz does."""
    loop = asyncio.new_event_loop()
    context = an_agent(tmp_path)
    agent = loop.run_until_complete(context.__aenter__())
    yield loop, agent
    loop.run_until_complete(context.__aexit__(None, None, None))
    loop.close()


HARMLESS = build_request("status", {})
names = st.sampled_from(["v", "op", "arguments", "integration", "account", "label", "password", "$secret"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=10,
)
ops = st.sampled_from(["status", "unlock", "accounts", "issue", "describe", "create", "seal", "backup"])
requests = st.builds(
    lambda op, arguments: json.dumps({"v": 1, "op": op, "arguments": arguments}).encode(),
    ops | values,
    st.dictionaries(names, values, max_size=4) | values,
)
frames = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.binary(min_size=1, max_size=200).map(build_frame),
        requests.map(build_frame),
        st.just(build_frame(HARMLESS)),
    ),
    max_size=4,
).map(b"".join)


async def throw(agent: Agent, raw: bytes) -> None:
    """Send anything, read what comes, and see that each frame of it is one of our answers and the agent goes on."""
    peer = RawPeer(agent.path)
    await peer.send(raw)
    peer.end_sending()
    said = await peer.read_all()
    peer.close()
    while len(said) >= 4:
        length = int.from_bytes(said[:4], "big")
        answer: Any = decode(said[4 : 4 + length])
        assert isinstance(answer["ok"], bool)
        said = said[4 + length :]
    assert said == b""
    assert (await agent.client.status())["where"] == "agent"


@given(raw=frames)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_agent_serves_on_whatever_comes(
    fuzzed: tuple[asyncio.AbstractEventLoop, Agent], raw: bytes
) -> None:
    """Any bytes at all are answered with frames of ours or not at all, and the next caller is served."""
    loop, agent = fuzzed
    loop.run_until_complete(throw(agent, raw))


@pytest.mark.slow
@given(raw=frames)
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_agent_serves_on_whatever_comes_for_long(
    fuzzed: tuple[asyncio.AbstractEventLoop, Agent], raw: bytes
) -> None:
    """The same, twenty thousand times."""
    loop, agent = fuzzed
    loop.run_until_complete(throw(agent, raw))


# ---- when it ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", ["lock", "stop"])
def test_it_dies_with_its_lock(tmp_path: Path, op: str) -> None:
    """lock and stop are answered, the keys are forgotten, and then the socket is gone."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.unlock()
            await getattr(agent.client, op)()
            assert not agent.path.exists()  # as soon as it is answered
            assert await agent.ended() == f"{op} was asked for"
            assert agent.keeper.is_locked and not agent.path.exists()
            with pytest.raises(VaultLocked, match="has ended"):
                await agent.client.status()

    asyncio.run(scenario())


def test_an_hour_without_use_ends_it(tmp_path: Path) -> None:
    """Sixty minutes after the last use the vault is locked and the agent gone; asking for the status is no use."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.unlock()
            await agent.clock.advance(3000)
            await agent.client.issue(**ISSUE)
            await agent.clock.advance(3000)
            await agent.client.status()
            assert not agent.task.done()
            await agent.clock.advance(600)
            assert await agent.ended() == "its time is over"
            assert agent.keeper.is_locked and not agent.path.exists()

    asyncio.run(scenario())


def test_twelve_hours_end_it_however_busy(tmp_path: Path) -> None:
    """Used every half hour it still ends twelve hours after it was unlocked."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.unlock()
            for _ in range(23):
                await agent.clock.advance(1800)
                await agent.client.issue(**ISSUE)
            assert not agent.task.done()
            await agent.clock.advance(1800)
            assert await agent.ended() == "its time is over"

    asyncio.run(scenario())


def test_a_bundle_begins_the_time_and_never_lengthens_it(tmp_path: Path) -> None:
    """Where nothing was open a bundle gives twelve hours; a second one gives no more."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            for left_s in (43_200, 42_600):
                await agent.client.open_sealed(text="a bundle", key=Secret("its key"))
                assert (await agent.client.status())["absolute_left_s"] == left_s
                agent.clock.move(600)

    asyncio.run(scenario())


def test_one_never_unlocked_ends_after_ten_minutes(tmp_path: Path) -> None:
    """An agent nobody unlocks does not stay."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.clock.advance(599)
            assert not agent.task.done()
            await agent.clock.advance(1)
            assert await agent.ended() == "its time is over"

    asyncio.run(scenario())


def test_the_first_request_after_a_suspend_is_refused(tmp_path: Path) -> None:
    """Where the machine slept past the time, nothing is issued, although nobody had looked at the clock yet."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.unlock()
            await agent.client.issue(**ISSUE)
            agent.clock.jump_wall(2 * 3600)
            with pytest.raises(VaultLocked, match="time is over"):
                await agent.client.issue(**ISSUE)
            assert await agent.ended() == "its time is over"
            assert agent.keeper.is_locked

    asyncio.run(scenario())


def test_a_suspend_is_noticed_by_itself(tmp_path: Path) -> None:
    """Fifteen seconds after the machine wakes the agent is gone, though nobody asked."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.unlock()
            agent.clock.jump_wall(2 * 3600)
            await agent.clock.advance(15)
            assert await agent.ended() == "its time is over"

    asyncio.run(scenario())


def test_it_ends_with_the_process_it_was_started_for(tmp_path: Path) -> None:
    """When that process is gone, the next look ends the agent."""

    async def scenario() -> None:
        gone: list[bool] = []
        async with an_agent(tmp_path, is_over=lambda: bool(gone)) as agent:
            await agent.unlock()
            await agent.clock.advance(60)
            assert not agent.task.done()
            gone.append(True)
            await agent.clock.advance(15)
            assert await agent.ended() == "the process it was started for has ended"

    asyncio.run(scenario())


def test_what_is_under_way_is_answered_before_it_ends(tmp_path: Path) -> None:
    """An operation begun before the end gets its answer; a silent peer does not hold the end up."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            agent.keeper.hold = asyncio.Event()
            silent = RawPeer(agent.path)
            asked = asyncio.create_task(agent.client.ways())
            await agent.keeper.was_asked("ways")
            agent.server.end("told to")
            await agent.keeper.was_asked("lock")
            agent.keeper.hold.set()
            assert await asked == [{"name": "password"}]
            assert await agent.ended() == "told to"
            silent.close()

    asyncio.run(scenario())


def test_what_hangs_does_not_keep_it_alive(tmp_path: Path) -> None:
    """An operation that never ends gets five seconds, and its caller is told that the agent ended."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            agent.keeper.hold = asyncio.Event()
            asked = asyncio.create_task(agent.client.ways())
            await agent.keeper.was_asked("ways")
            agent.server.end("told to")
            await agent.keeper.was_asked("lock")
            await agent.clock.advance(5)
            assert await agent.ended() == "told to"
            with pytest.raises(VaultLocked, match="before it answered"):
                await asked

    asyncio.run(scenario())


def test_the_log_names_operations_and_no_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG there is what was asked for, never with what."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.unlock()
            await agent.client.issue(**ISSUE)

    with caplog.at_level(logging.DEBUG, logger="penstock"):
        asyncio.run(scenario())
    assert "asked for unlock" in caplog.text and "asked for issue" in caplog.text
    assert PASSWORD not in caplog.text and CANARY not in caplog.text


def test_the_tests_clock_is_the_agents(tmp_path: Path) -> None:
    """The control: without moving the clock none of these agents ends by itself."""

    async def scenario() -> None:
        async with an_agent(tmp_path) as agent:
            await agent.unlock()
            await settle()
            assert isinstance(agent.clock, FakeClock) and not agent.task.done()

    asyncio.run(scenario())
