"""The socket edge: one end that listens, channels that carry frames. It knows no operations.

A UNIX socket in a folder of this user alone, and whoever connects is asked of the system before a byte is read. On
Windows it is a named pipe: see pipes.py.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from penstock.agent.peers import is_own
from penstock.agent.protocol import HEAD_BYTES, body_length, build_frame
from penstock.clock import Clock
from penstock.errors import VaultExposed
from penstock.store import translate
from penstock.vault.disk import check_private
from penstock.vault.lock import try_lock

T = TypeVar("T")
_WAITING = 64  # connections the system keeps for us meanwhile
_AGAIN_S = 0.05  # before a connection is tried or taken again, where there was no room
_FULL = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Channel(Protocol):
    """Carry bodies to and from one peer."""

    async def send(self, body: bytes) -> None:
        """Return once the body is with the system; raises OSError where the peer is gone."""
        ...

    async def receive(self, most_bytes: int) -> bytes | None:
        """Return the next body, None where the peer has ended; raises UsageError where it is too large."""
        ...

    def close(self) -> None:
        """End it, at once."""
        ...


class Listener(Protocol):
    """Take connections, one after another."""

    async def accept(self, clock: Clock) -> Channel:
        """Return a channel to the next peer that is this user."""
        ...

    def close(self) -> None:
        """Take the name away and listen no more."""
        ...


class SocketChannel:
    """Carry frames over a connected socket that does not block."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._loop = asyncio.get_running_loop()

    async def send(self, body: bytes) -> None:
        """Return once the body is with the system; raises OSError where the peer is gone."""
        await self._loop.sock_sendall(self._socket, build_frame(body))

    async def receive(self, most_bytes: int) -> bytes | None:
        """Return the next body, None where the peer has ended; raises UsageError where it is too large."""
        head = await self._exactly(HEAD_BYTES)
        return None if head is None else await self._exactly(body_length(head, most_bytes))

    async def _exactly(self, count: int) -> bytes | None:
        read = bytearray()
        while len(read) < count:
            some = await self._loop.sock_recv(self._socket, min(count - len(read), 1 << 16))
            if not some:
                return None
            read += some
        return bytes(read)

    def close(self) -> None:
        """End it, at once."""
        self._socket.close()


class SocketListener:
    """Listen on a UNIX socket that is this process's as long as it lives."""

    def __init__(
        self, path: Path, lock: int, listening: socket.socket, admits: Callable[[socket.socket], bool]
    ) -> None:
        self._path, self._lock, self._socket, self._admits = path, lock, listening, admits
        status = path.lstat()
        self._made = status.st_dev, status.st_ino

    @classmethod
    def open(cls, path: Path, admits: Callable[[socket.socket], bool] = is_own) -> SocketListener | None:
        """Listen at `path` and return it; None where another process does so already.

        A socket left by a process that died is replaced. Raises VaultExposed where the folder or what stands at
        `path` is not this user's own.
        """
        prepare_folder(path.parent)
        lock = _take_lock(path.with_name(f"{path.name}.lock"))
        if lock is None:
            return None
        try:
            _clear(path)
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                listening.bind(os.fspath(path))
                path.chmod(0o600)
                listening.listen(_WAITING)
                listening.setblocking(False)
                return cls(path, lock, listening, admits)
            except OSError as exc:
                listening.close()
                raise translate(exc, path) from exc
        except BaseException:
            os.close(lock)
            raise

    async def accept(self, clock: Clock) -> SocketChannel:
        """Return a channel to the next peer that is this user; of others not a byte is read."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._socket)
            except OSError as exc:
                if exc.errno not in (*_FULL, errno.ECONNABORTED):
                    raise
                await clock.sleep(_AGAIN_S)
                continue
            if self._admits(connection):
                return SocketChannel(connection)
            connection.close()

    def close(self) -> None:
        """Take the name away, then listen no more; the lock goes last, so that nobody's new socket is removed."""
        with suppress(OSError):
            status = self._path.lstat()
            if (status.st_dev, status.st_ino) == self._made:
                self._path.unlink()
        self._socket.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


async def connect(path: Path, clock: Clock) -> SocketChannel:
    """Return a channel to whoever listens at `path`; raises OSError where nobody does, VaultExposed where it is another user."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        while True:
            try:
                connection.connect(os.fspath(path))
                break
            except BlockingIOError:  # many wait already; where there is room it is done at once
                await clock.sleep(_AGAIN_S)
        check_peer(path, connection)
        return SocketChannel(connection)
    except BaseException:
        connection.close()
        raise


def check_peer(path: Path, connection: socket.socket) -> None:
    """Return when this user listens at `path`, or raise VaultExposed: a password would go to somebody else."""
    if not is_own(connection):
        raise VaultExposed(
            f"Another user listens at {path}; nothing was sent.",
            hint="Find out who, or set PENSTOCK_AGENT_SOCK to a path in a folder of your own.",
        )


def prepare_folder(folder: Path) -> None:
    """Make the socket's folder, mode 0700, or raise VaultExposed where one is there that others may use."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
    except OSError as exc:
        raise translate(exc, folder) from exc
    if not stat.S_ISDIR(status.st_mode):
        raise VaultExposed(f"{folder} is not a folder, or is reached by a symbolic link.", hint="Remove it.")
    if status.st_uid != os.geteuid():
        raise VaultExposed(
            f"The folder {folder} belongs to another user (uid {status.st_uid}).",
            hint="Set PENSTOCK_AGENT_SOCK to a path in a folder of your own.",
        )
    if status.st_mode & 0o077:
        raise VaultExposed(
            f"The folder {folder} is open to others (mode {stat.S_IMODE(status.st_mode):04o}).",
            hint=f"chmod 700 '{folder}', or set PENSTOCK_AGENT_SOCK to a path in a folder of its own.",
        )


async def within(clock: Clock, seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns, or end it and raise TimeoutError after so many seconds of this clock."""
    task = asyncio.ensure_future(work)
    alarm = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()
        alarm.cancel()
        await asyncio.gather(task, alarm, return_exceptions=True)


def _take_lock(path: Path) -> int | None:
    """Return the descriptor of a lock file this process now holds, None where another one does."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    except OSError as exc:
        if path.is_symlink():
            raise VaultExposed(f"{path} is a symbolic link.", hint="Remove it.") from None
        raise translate(exc, path) from exc
    try:
        check_private(path, os.fstat(descriptor))
        if try_lock(descriptor):
            return descriptor
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _clear(path: Path) -> None:
    """Remove the socket of a process that died; anything else in its place is left, and refused."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise VaultExposed(f"{path} is not a socket; it is left as it is.", hint="Move it away.")
    path.unlink()
