"""kill -9 while credentials are put, renewed, rotated, and the password changed: nothing acknowledged is ever lost.

python -m pytest tests/agent/test_refresh_kill.py -m slow -s    prints the figures
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from oidc import OidcServer, serve
from refresh_soaks import ACCOUNT, PASSWORD, prepare, sign_in
from vaults import CHEAP

from penstock.agent.keeper import Keeper
from penstock.errors import PenstockError, SignInNeeded, WrongPassword
from penstock.redact import Secret
from penstock.vault.anchor import FileAnchor

CHILD = Path(__file__).parent / "refresh_kill_child.py"
OTHER = "purple monkey dishwasher lamp"


@dataclass
class Known:
    """What was acknowledged so far, and what the kills have cost."""

    passwords: list[str] = field(default_factory=lambda: [PASSWORD, OTHER])
    put: list[str] = field(default_factory=list)
    version: int = 1
    kills: int = 0
    windows: int = 0
    stored_before: int = 1  # the version when the server's refreshes were last counted
    answered_before: int = 0


def run_child(home: Path, known: Known, seed: int, at: str, after_s: float) -> None:
    """Let a process work, kill it or let it kill itself, and note what it has acknowledged."""
    asked = {"home": str(home), "passwords": known.passwords, "seed": seed, "at": at}
    child = subprocess.Popen(
        [sys.executable, str(CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(json.dumps(asked) + "\n")
    child.stdin.flush()
    first = child.stdout.readline()
    assert json.loads(first) == {"ready": True}
    killer = threading.Timer(10.0 if at else after_s, child.kill)
    killer.start()
    for line in child.stdout:
        said = json.loads(line)
        known.put += [said["put"]] if "put" in said else []
        known.version = said.get("refresh", known.version)
        if "password" in said:
            known.passwords = [said["password"], *(one for one in known.passwords if one != said["password"])]
    killer.cancel()
    assert child.wait(10) == -9
    known.kills += 1


async def look(home: Path, known: Known, server: OidcServer) -> None:
    """Open the vault as the next process would, and hold it against what was acknowledged."""
    keeper = Keeper(home, policy=CHEAP, anchor=FileAnchor(home / "seen"))
    try:
        await keeper.unlock(password=Secret(known.passwords[0]))
    except WrongPassword:  # killed between the change and its acknowledgement
        await keeper.unlock(password=Secret(known.passwords[1]))
        known.passwords.reverse()
    there = {one["account"] for one in await keeper.accounts(integration="stripe")}
    assert set(known.put) <= there
    for name in known.put[-5:]:
        issued = await keeper.issue(integration="stripe", account=name)
        assert issued["fields"]["secret_key"].reveal() == f"sk_test_{name}_x"
    stored = (await keeper.accounts(integration="oidc"))[0]["version"]
    assert stored >= known.version
    answered = server.worked_off()
    try:
        issued = await keeper.issue(**ACCOUNT, seen=stored, is_refused=True)
        known.version = issued["version"]
    except SignInNeeded as exc:
        # Only where the service had worked off a refresh that the vault could not have yet, and it is said.
        assert "under way" in str(exc), exc
        assert answered - known.answered_before > stored - known.stored_before
        known.windows += 1
        await sign_in(keeper, server.issuer)
        known.version = (await keeper.accounts(integration="oidc"))[0]["version"]
    known.stored_before, known.answered_before = known.version, server.worked_off()
    await keeper.aclose()


@pytest.fixture
def server() -> Iterator[OidcServer]:
    with serve(3600) as running:
        yield running


def kill_often(home: Path, server: OidcServer, points: list[str], seed: int) -> Known:
    """Kill once for each point, and look after each."""
    prepare(home, server.issuer)
    known, chance = Known(), random.Random(seed)
    for number, at in enumerate(points):
        run_child(home, known, seed * 1000 + number, at, 0.02 + 0.4 * chance.random())
        try:
            asyncio.run(look(home, known, server))
        except PenstockError as exc:
            raise AssertionError(f"after kill {number} ({at or 'from outside'}): {exc}") from exc
    return known


def test_what_was_acknowledged_survives_each_point(tmp_path: Path, server: OidcServer) -> None:
    """Killed before the request, in a put, or anywhere: nothing is lost; after the answer: the window, which is said."""
    known = kill_often(tmp_path, server, ["before-post", "in-put", "", "in-put", "after-answer", ""], seed=1)
    assert known.kills == 6 and known.windows >= 1


@pytest.mark.slow
def test_sixty_kills(tmp_path: Path, server: OidcServer) -> None:
    """Sixty kills lose nothing that was acknowledged, and no grant but in the window."""
    points = (["", "", "", "in-put", "in-put", "before-post"] * 10) + ["after-answer"] * 3
    known = kill_often(tmp_path, server, points, seed=7)
    print(
        f"{known.kills} kills, {len(known.put)} puts acknowledged, 0 lost, {known.windows} grants lost in the window"
    )
    assert known.kills == 63 and known.windows >= 3
