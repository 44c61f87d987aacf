from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from agent_fakes import needs_unix

from penstock.agent.pipes import PipeChannel, PipeListener, connect_pipe, make_key
from penstock.clock import SystemClock
from penstock.errors import UsageError, VaultExposed

# A named pipe is Windows' alone; the same code runs over a UNIX socket, and that is what is tested here.
pytestmark = needs_unix


def listen(folder: Path) -> PipeListener:
    listener = PipeListener.open(str(folder / "pipe"), folder / "agent.key", "AF_UNIX")
    assert listener is not None
    return listener


def test_bodies_go_both_ways(tmp_path: Path) -> None:
    """Who knows the key is let in, and bodies arrive whole; one too large is refused; the end is None."""

    async def scenario() -> None:
        listener = listen(tmp_path)
        client, server = await asyncio.gather(
            connect_pipe(str(tmp_path / "pipe"), tmp_path / "agent.key", "AF_UNIX"),
            listener.accept(SystemClock()),
        )
        await client.send(b"ask")
        assert await server.receive(100) == b"ask"
        await server.send(b"answer")
        assert await client.receive(100) == b"answer"
        client.close()
        assert await server.receive(100) is None
        server.close()
        listener.close()

    asyncio.run(scenario())


def test_too_much_is_refused(tmp_path: Path) -> None:
    """A body above the limit is a UsageError."""

    async def scenario() -> None:
        listener = listen(tmp_path)
        client, server = await asyncio.gather(
            connect_pipe(str(tmp_path / "pipe"), tmp_path / "agent.key", "AF_UNIX"),
            listener.accept(SystemClock()),
        )
        await client.send(b"x" * 101)
        with pytest.raises(UsageError, match="longer than 100"):
            await server.receive(100)
        client.close()
        listener.close()

    asyncio.run(scenario())


def test_who_does_not_know_the_key_is_not_let_in(tmp_path: Path) -> None:
    """A peer with another key is turned away, and the next with the right one is served."""

    async def scenario() -> None:
        listener = listen(tmp_path)
        accepted = asyncio.create_task(listener.accept(SystemClock()))
        make_key(tmp_path / "other.key")
        with pytest.raises((VaultExposed, OSError)):
            await connect_pipe(str(tmp_path / "pipe"), tmp_path / "other.key", "AF_UNIX")
        client = await connect_pipe(str(tmp_path / "pipe"), tmp_path / "agent.key", "AF_UNIX")
        assert isinstance(await accepted, PipeChannel)
        client.close()
        (await accepted).close()
        listener.close()

    asyncio.run(scenario())


def test_the_key_is_this_users_alone(tmp_path: Path) -> None:
    """It is made once, with mode 0600, and one that others can read is refused."""
    key = make_key(tmp_path / "agent.key")
    assert len(key) == 32 and make_key(tmp_path / "agent.key") == key
    assert (tmp_path / "agent.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "agent.key").chmod(0o644)
    with pytest.raises(VaultExposed):
        make_key(tmp_path / "agent.key")
