"""`python -m penstock.agent --home HOME`: an agent, until its time is over. `launch.start_agent` starts it."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from penstock.agent.channel import Listener, SocketListener
from penstock.agent.hardening import harden, log_to
from penstock.agent.launch import KEY_NAME, socket_path
from penstock.agent.pipes import PipeListener
from penstock.agent.server import Server
from penstock.agent.watched import Watched
from penstock.errors import PenstockError


def main(words: Sequence[str] | None = None) -> int:
    """Serve, and return 0; at once where another agent serves this home already."""
    harden()
    parser = argparse.ArgumentParser(prog="penstock.agent", description="Keep a vault unlocked.")
    parser.add_argument("--home", type=Path, required=True, help="the folder the vault is in")
    parser.add_argument("--until-pid", type=int, metavar="PID", help="end when this process does")
    given = parser.parse_args(words)
    try:
        if path := os.environ.get("PENSTOCK_AGENT_LOG"):
            log_to(Path(path).expanduser())
        listener = _listen(given.home)
        if listener is None:
            return 0
        try:
            asyncio.run(_serve(listener, given.home, given.until_pid))
        finally:
            listener.close()
        return 0
    except (PenstockError, OSError) as exc:
        print(f"penstock.agent: {exc}", file=sys.stderr)
        return 1


async def _serve(listener: Listener, home: Path, until_pid: int | None) -> None:
    from penstock.agent.keeper import Keeper

    watched = None if until_pid is None else Watched(until_pid)
    is_over = (lambda: False) if watched is None else watched.is_gone
    keeper = Keeper(home)
    server = Server(keeper, listener, is_over=is_over)
    if sys.platform != "win32":
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, server.end, f"signal {number}")
    _let_go()
    try:
        await server.serve()
    finally:
        await keeper.aclose()
        if sys.platform == "win32":
            os._exit(0)  # a thread that waits for a pipe would keep the process


def _listen(home: Path) -> Listener | None:
    if sys.platform == "win32":
        return PipeListener.open(str(socket_path(home)), home / KEY_NAME)
    return SocketListener.open(socket_path(home))


def _let_go() -> None:
    """Hold on to nobody's output: whoever started this process may close it."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    if null > 2:
        os.close(null)


if __name__ == "__main__":
    sys.exit(main())
