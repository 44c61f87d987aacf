"""A process that calls a protected page with what the vault issues: `python refresh_child.py JSON`, prints a JSON report.

mode: "own" (a keeper of its own on the home all share), "agent" (the one that listens at `socket`), and the two controls:
"unlocked" (its keeper takes no lock between processes) and "stale" (it does not read again under the lock).
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

sys.path += [str(Path(__file__).parents[1] / "vault")]

from vaults import CHEAP

from penstock.agent import refreshing
from penstock.agent.client import AgentClient
from penstock.agent.grants import read_issued
from penstock.agent.keeper import Keeper
from penstock.agent.locks import NoJournal
from penstock.auth.accounts import Issued
from penstock.auth.schemes import OAuth2
from penstock.auth.sessions import Session
from penstock.clock import SystemClock
from penstock.errors import PenstockError
from penstock.redact import Secret
from penstock.vault.anchor import FileAnchor

ACCOUNT = {"integration": "oidc", "account": "me"}


@asynccontextmanager
async def no_lock(*_: Any) -> AsyncIterator[NoJournal]:
    """Stand in for the lock between processes, and hold nothing."""
    yield NoJournal()


async def open_keeper(asked: dict[str, Any]) -> Keeper | AgentClient:
    """Return what issues, unlocked."""
    if asked["mode"] == "agent":
        return AgentClient(asked["socket"])
    home = Path(asked["home"])
    keeper = Keeper(home, policy=CHEAP, anchor=FileAnchor(home / "seen"))
    await keeper.unlock(password=Secret(asked["password"]))
    if asked["mode"] == "unlocked":
        refreshing.refresh_lock = no_lock  # type: ignore[assignment]
    if asked["mode"] == "stale":
        keeper._refresher._records = Stale(keeper._accounts)  # type: ignore[assignment]
    return keeper


class Stale:
    """Read each account once, and never again."""

    def __init__(self, accounts: Any) -> None:
        self._accounts, self._read = accounts, {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._accounts, name)

    def read(self, *key: str) -> Any:
        """Return what was read first, or written here since."""
        if key not in self._read:
            self._read[key] = self._accounts.read(*key)
        return self._read[key]

    async def write_grant(self, stored: Any, grant: Any) -> Any:
        """Write, and remember."""
        self._read[stored.key] = fresh = await self._accounts.write_grant(stored, grant)
        return fresh


async def main(asked: dict[str, Any]) -> dict[str, Any]:
    """Call until the time is over, and return how often it went well, and why it did not."""
    clock, keeper = SystemClock(), await open_keeper(asked)
    done, failed = 0, []

    async def issue(seen: int | None, is_refused: bool) -> Issued:
        return read_issued(await keeper.issue(**ACCOUNT, seen=seen, is_refused=is_refused))

    session = Session.of((OAuth2(),), await issue(None, False), issue, clock)
    ends_at = clock.monotonic() + asked["seconds"]

    async def call(http: httpx2.AsyncClient) -> None:
        nonlocal done
        while clock.monotonic() < ends_at:
            try:
                for attempt in (1, 2):
                    if clock.monotonic() >= session.due_at:
                        await session.freshen()
                    version = session.version
                    answer = await http.get(f"{asked['issuer']}/me", headers=list(session.sign()[0]))
                    if answer.status_code == 200:
                        done += 1
                        break
                    if attempt == 2 or not await session.refresh(version):
                        failed.append(f"{answer.status_code} {session.trouble}")
                        return
            except PenstockError as exc:
                failed.append(f"{type(exc).__name__}: {exc}")
                return

    async with httpx2.AsyncClient(timeout=20) as http:
        await asyncio.gather(*(call(http) for _ in range(asked["tasks"])))
    return {"done": done, "failed": failed}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.stdin.read())))))
