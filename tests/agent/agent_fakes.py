"""What the agent's tests share: a Keeper that keeps nothing real, a server around it, a peer that speaks badly."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from penstock.agent.channel import SocketListener
from penstock.agent.client import AgentClient
from penstock.agent.peers import is_own
from penstock.agent.server import Server
from penstock.errors import UnknownName, VaultLocked, WrongPassword
from penstock.redact import Secret
from penstock.testing import FakeClock

PASSWORD = "correct horse battery staple"
CANARY = "canary-4eC39HqLyjWDarjtT1zdp7dc"
NOBODY = 65534

needs_unix = pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")
needs_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can become another user"
)


class FakeKeeper:
    """Answer as a Keeper does, from memory; one account, one password."""

    def __init__(self) -> None:
        self.is_locked = True
        self.labels: dict[str, str | None] = {"acme": "Acme"}
        self._asked = {"ways": asyncio.Event(), "lock": asyncio.Event()}
        self.hold: asyncio.Event | None = None  # what `ways` waits for

    async def was_asked(self, op: str) -> None:
        """Return once `lock` or `ways` has begun."""
        await asyncio.wait_for(self._asked[op].wait(), 10)

    async def status(self) -> dict[str, Any]:
        return {
            "exists": True,
            "is_locked": self.is_locked,
            "path": "/somewhere/credentials.psk",
            "is_kept": True,
        }

    async def create(self, *, password: Secret, recovery: bool = True) -> dict[str, Any]:
        self.is_locked = False
        return {"recovery_key": Secret("a-recovery-key") if recovery else None}

    async def unlock(self, *, password: Secret | None = None, **others: Any) -> dict[str, Any]:
        if password != Secret(PASSWORD):
            raise WrongPassword("It opens no slot of the vault.")
        self.is_locked = False
        return await self.status()

    async def lock(self) -> None:
        self._asked["lock"].set()
        self.is_locked = True

    async def accounts(self, *, integration: str | None = None, is_use: bool = True) -> list[dict[str, Any]]:
        return [{"account": name, "label": label} for name, label in self.labels.items()]

    async def describe(self, *, integration: str, account: str, label: str | None) -> None:
        self.labels[account] = label

    async def issue(
        self,
        *,
        integration: str,
        account: str,
        seen: int | None = None,
        is_refused: bool = False,
        is_use: bool = True,
    ) -> dict[str, Any]:
        if self.is_locked:
            raise VaultLocked("The vault is locked.")
        if account not in self.labels:
            raise UnknownName("There is no such account.", integration=integration, account=account)
        return {
            "fields": {"token": Secret(CANARY)},
            "version": 3,
            "expires_at": None,
            "base": {"shop": "acme"},
        }

    async def backup(self, *, path: str) -> None:
        raise RuntimeError(f"{path}: {CANARY}")

    async def ways(self) -> list[dict[str, Any]]:
        self._asked["ways"].set()
        assert self.hold is not None
        await self.hold.wait()
        return [{"name": "password"}]

    async def open_sealed(self, *, text: str, key: Secret) -> dict[str, Any]:
        self.is_locked = False
        return {"accounts": ["stripe/acme"]}

    async def seal(self, *, names: list[str], expires_s: float) -> dict[str, Any]:
        return {"text": "x" * 2_000_000}


class Agent:
    """A server that runs, with what a test wants to reach."""

    def __init__(self, path: Path, keeper: FakeKeeper, server: Server, clock: FakeClock) -> None:
        self.path, self.keeper, self.server, self.clock = path, keeper, server, clock
        self.client = AgentClient(path)
        self.task: asyncio.Task[str] = asyncio.create_task(server.serve())

    async def ended(self) -> str:
        """Return why it ended, once it has."""
        return await asyncio.wait_for(self.task, 10)

    async def unlock(self) -> None:
        await self.client.unlock(password=Secret(PASSWORD))


@asynccontextmanager
async def an_agent(
    folder: Path,
    admits: Callable[[socket.socket], bool] = is_own,
    is_over: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Agent]:
    """Run an agent at folder/s/a.sock on a clock of its own."""
    listener = SocketListener.open(folder / "s" / "a.sock", admits)
    assert listener is not None
    keeper, clock = FakeKeeper(), FakeClock()
    agent = Agent(
        folder / "s" / "a.sock", keeper, Server(keeper, listener, clock=clock, is_over=is_over), clock
    )
    await asyncio.sleep(0)
    try:
        yield agent
    finally:
        agent.server.end("the test is over")
        await agent.ended()


class RawPeer:
    """A peer that sends whatever a test wants."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.connect(str(path))

    async def send(self, raw: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, raw)
        except (BrokenPipeError, ConnectionResetError):
            pass

    async def read_all(self) -> bytes:
        """Return what comes until the agent ends the connection; TimeoutError where it does not."""
        read = b""
        async with asyncio.timeout(10):
            while True:
                try:
                    some = await asyncio.get_running_loop().sock_recv(self._socket, 65536)
                except ConnectionResetError:
                    return read
                if not some:
                    return read
                read += some

    @property
    def is_open(self) -> bool:
        """Say whether the agent has neither answered nor ended the connection."""
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        return False

    def end_sending(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._socket.close()


def as_nobody(work: Callable[[], str]) -> str:
    """Return what `work` returns in a child process of another user, or the name of the error it ends with."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            said = work()
        except BaseException as exc:
            said = type(exc).__name__
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as end:
        said = end.read()
    os.waitpid(child, 0)
    return said
