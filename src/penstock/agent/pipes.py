"""The named pipe of Windows, and its key. Untested on Windows; its code runs over a socket in the tests.

Whoever connects proves that it can read the key in the home, a file of this user alone, before a message is read.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path

from penstock.agent.channel import within
from penstock.clock import Clock
from penstock.errors import UsageError, VaultExposed
from penstock.store import translate
from penstock.vault.disk import Disk, read_private, write_new

KEY_BYTES = 32
PROOF_S = 10.0


class PipeChannel:
    """Carry bodies over a pipe; its calls block, so each runs in a thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def send(self, body: bytes) -> None:
        """Return once the body is with the system; raises OSError where the peer is gone."""
        await asyncio.to_thread(self._connection.send_bytes, body)

    async def receive(self, most_bytes: int) -> bytes | None:
        """Return the next body, None where the peer has ended; raises UsageError where it is too large."""
        try:
            return await asyncio.to_thread(self._connection.recv_bytes, most_bytes)
        except EOFError:
            return None
        except OSError as exc:
            if exc.errno is None:  # how multiprocessing says that a message is longer than allowed
                raise UsageError(
                    f"A message to or from the agent is longer than {most_bytes:,} bytes."
                ) from None
            raise

    def close(self) -> None:
        """End it, at once."""
        self._connection.close()


class PipeListener:
    """Listen on a named pipe; only one process can."""

    def __init__(self, listener: Listener, key: bytes) -> None:
        self._listener, self._key = listener, key

    @classmethod
    def open(cls, address: str, key_file: Path, family: str = "AF_PIPE") -> PipeListener | None:
        """Listen at `address` and return it; None where another process does so already."""
        key = make_key(key_file)
        try:
            return cls(Listener(address, family), key)
        except OSError:
            return None

    async def accept(self, clock: Clock) -> PipeChannel:
        """Return a channel to the next peer that knows the key."""
        while True:
            connection = await asyncio.to_thread(self._listener.accept)
            try:
                await within(clock, PROOF_S, asyncio.to_thread(_prove_as_server, connection, self._key))
                return PipeChannel(connection)
            except (OSError, EOFError, AuthenticationError):
                connection.close()

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()


async def connect_pipe(address: str, key_file: Path, family: str = "AF_PIPE") -> PipeChannel:
    """Return a channel to whoever listens at `address` and knows the key; raises OSError where nobody does."""

    def dial() -> Connection:
        key = read_private(key_file, KEY_BYTES)
        connection: Connection = Client(address, family)
        try:
            answer_challenge(connection, key)
            deliver_challenge(connection, key)
        except AuthenticationError:
            connection.close()
            raise VaultExposed(
                "Somebody else listens at the agent's pipe; nothing was sent.",
                hint=f"End that process, or remove {key_file} and unlock again.",
            ) from None
        except EOFError:
            connection.close()
            raise ConnectionResetError("the agent ended") from None
        except BaseException:
            connection.close()
            raise
        return connection

    return PipeChannel(await asyncio.to_thread(dial))


def make_key(path: Path) -> bytes:
    """Return the key in a file of this user alone, made where there is none."""
    try:
        write_new(Disk(), path, secrets.token_bytes(KEY_BYTES))
    except FileExistsError:
        pass
    except OSError as exc:
        raise translate(exc, path) from exc
    key = read_private(path, KEY_BYTES)
    if len(key) != KEY_BYTES:
        raise VaultExposed(f"{os.fspath(path)} is not the agent's key.", hint="Remove it and unlock again.")
    return key


def _prove_as_server(connection: Connection, key: bytes) -> None:
    deliver_challenge(connection, key)
    answer_challenge(connection, key)
