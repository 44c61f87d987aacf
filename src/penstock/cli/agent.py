"""`penstock agent`: look at the process that keeps the vault unlocked, lock it, or end it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from penstock.clock import utc
from penstock.errors import VaultLocked


def run(given: argparse.Namespace) -> int:
    """Do it and say how it went. `status` returns 1 where no agent runs; lock and stop both end the agent."""
    from penstock.agent.launch import find_agent
    from penstock.loop import EngineLoop
    from penstock.settings import default_home

    client, loop = find_agent(default_home()), EngineLoop("penstock-agent-client")
    status: dict[str, Any] | None = None
    try:
        if client is not None:
            status = loop.run(client.status())
            if given.action != "status":
                loop.run(client.lock() if given.action == "lock" else client.stop())
    except VaultLocked:  # it ended between two words
        pass
    finally:
        loop.close()
    if given.json:
        print(json.dumps(_as_json(given.action, status)))
    else:
        print(_as_text(given.action, status))
    return 1 if status is None and given.action == "status" else 0


def _as_json(action: str, status: dict[str, Any] | None) -> dict[str, Any]:
    if action != "status":
        return {"running": False, "was_running": status is not None}
    return {"running": status is not None, **(status or {})}


def _as_text(action: str, status: dict[str, Any] | None) -> str:
    if status is None:
        return "No agent runs. Unlocking the vault starts one: ps.vault().unlock()"
    if action != "status":
        return "The vault is locked, and the agent has ended."
    since = (
        f"The agent runs: process {status['pid']}, since {utc(status['started_at']):%Y-%m-%d %H:%M:%S} UTC."
    )
    if status["is_locked"]:
        return f"{since}\nThe vault is locked."
    idle, absolute = _as_length(status["idle_left_s"]), _as_length(status["absolute_left_s"])
    return f"{since}\nThe vault is unlocked: for {idle} without use, and for {absolute} in all."


def _as_length(seconds: float | None) -> str:
    if seconds is None:
        return "as long as it runs"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
