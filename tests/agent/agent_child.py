"""An agent of its own process around the tests' Keeper. Run by the tests of its neighbours, never by itself.

argv: SOCKET [admit-all]. It prints "ready" once it listens.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agent_fakes import FakeKeeper

from penstock.agent.channel import SocketListener
from penstock.agent.hardening import harden
from penstock.agent.peers import is_own
from penstock.agent.server import Server


async def serve(path: Path, is_open: bool) -> None:
    listener = SocketListener.open(path, (lambda _: True) if is_open else is_own)
    if listener is None:
        print("another", flush=True)
        return
    server = Server(FakeKeeper(), listener)
    print("ready", flush=True)
    await server.serve()


if __name__ == "__main__":
    harden()
    words = sys.argv[1:]
    if "--home" in words:  # as launch.py starts one
        from penstock.agent.launch import socket_path

        words = [str(socket_path(words[words.index("--home") + 1]))]
    asyncio.run(serve(Path(words[0]), "admit-all" in words))
