"""Many processes, one grant with rotation and reuse detection, tokens of seconds: the server's own log is the judge.

python -m pytest tests/agent/test_refresh_soak.py -m slow -s    prints the figures
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from oidc import OidcServer, serve
from refresh_soaks import PASSWORD, prepare, sign_in

from penstock.agent.launch import socket_path, start_agent
from penstock.redact import Secret

CHILD = Path(__file__).parent / "refresh_child.py"


def soak(
    server: OidcServer, home: Path, mode: str, *, processes: int, tasks: int, seconds: float, **more: Any
) -> tuple[int, list[str]]:
    """Let processes call for a while; return how many calls went well, and the failures."""
    asked = {
        "mode": mode,
        "home": str(home),
        "issuer": server.issuer,
        "seconds": seconds,
        "tasks": tasks,
        "password": PASSWORD,
    }
    children = [
        subprocess.Popen(
            [sys.executable, str(CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(json.dumps(asked | more))
        child.stdin.close()
        child.stdin = None
    reports = [json.loads(child.communicate(timeout=seconds + 60)[0]) for child in children]
    return sum(one["done"] for one in reports), [why for one in reports for why in one["failed"]]


def most_refreshes(seconds: float, lifetime_s: float) -> int:
    """Return how often a token is renewed at most: a fifth of its life ahead, and one at each end."""
    return int(seconds / (lifetime_s * 0.8)) + 2


def fewest_refreshes(seconds: float, lifetime_s: float) -> int:
    """Return how often a token must have been renewed: fewer, and the server had taken one that had ended."""
    return int(seconds / lifetime_s) - 1


@pytest.mark.parametrize(
    ("processes", "tasks", "seconds", "lifetime_s"),
    [(2, 3, 4.0, 2), pytest.param(4, 5, 15.0, 3, marks=pytest.mark.slow)],
)
def test_processes_of_their_own_never_lose_the_grant(
    tmp_path: Path, processes: int, tasks: int, seconds: float, lifetime_s: int
) -> None:
    """Keepers in several processes renew each token once, and no call fails."""
    with serve(lifetime_s) as server:
        prepare(tmp_path, server.issuer)
        done, failed = soak(server, tmp_path, "own", processes=processes, tasks=tasks, seconds=seconds)
        refreshes = server.refreshes()
    print(f"own keepers: {done} calls, {len(failed)} failed, {len(refreshes)} refreshes in {seconds} s")
    assert failed == [] and done > 100
    assert set(refreshes) == {200}
    assert fewest_refreshes(seconds, lifetime_s) <= len(refreshes) <= most_refreshes(seconds, lifetime_s)


@pytest.mark.parametrize(
    ("processes", "tasks", "seconds", "lifetime_s"),
    [(2, 3, 4.0, 2), pytest.param(4, 5, 15.0, 3, marks=pytest.mark.slow)],
)
def test_an_agent_renews_once_for_all_processes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    processes: int,
    tasks: int,
    seconds: float,
    lifetime_s: int,
) -> None:
    """One agent renews each token once for the kernels that ask it, and no call fails."""
    if sys.platform == "win32":
        pytest.skip("the agent's socket is a UNIX socket here")
    monkeypatch.setenv("PENSTOCK_AGENT_SOCK", str(tmp_path / "run" / "a.sock"))
    (tmp_path / "run").mkdir(mode=0o700)
    home = tmp_path / "home"
    with serve(lifetime_s) as server:
        agent = start_agent(home)

        async def begin() -> None:
            await agent.create(password=Secret(PASSWORD), recovery=False)
            await sign_in(agent, server.issuer)

        try:
            asyncio.run(begin())
            done, failed = soak(
                server, home, "agent", processes=processes, tasks=tasks, seconds=seconds, socket=str(socket_path(home))
            )  # fmt: skip
            refreshes = server.refreshes()
        finally:
            asyncio.run(agent.stop())
    print(f"one agent: {done} calls, {len(failed)} failed, {len(refreshes)} refreshes in {seconds} s")
    assert failed == [] and done > 100
    assert set(refreshes) == {200}
    assert fewest_refreshes(seconds, lifetime_s) <= len(refreshes) <= most_refreshes(seconds, lifetime_s)


@pytest.mark.parametrize("mode", ["unlocked", "stale"])
def test_the_control_loses_the_grant(tmp_path: Path, mode: str) -> None:
    """Without the lock between processes, or without reading again under it, reuse detection ends the grant."""
    with serve(2) as server:
        prepare(tmp_path, server.issuer)
        _, failed = soak(server, tmp_path, mode, processes=4, tasks=2, seconds=5.0)
        refreshes = server.refreshes()
    print(
        f"control {mode}: {len(failed)} tasks failed, {len(refreshes)} refreshes, {refreshes.count(400)} refused"
    )
    assert 400 in refreshes
    assert any("sign-in" in why or "SignInNeeded" in why or "401" in why for why in failed), failed
