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
from collections import Counter
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
    is_changing: bool = False  # a change of the password was begun, and not acknowledged
    kills: int = 0
    windows: int = 0
    lost_at: Counter[str] = field(default_factory=Counter)  # of these, by where the kill was
    stored_before: int = 1  # the version when the server's refreshes were last counted
    answered_before: int = 0


def run_child(
    home: Path, known: Known, seed: int, at: str, after_s: float, *, step: int = 0, control: str = ""
) -> list[str]:
    """Let a process work, kill it or let it kill itself, and note what it has acknowledged; return recovery keys."""
    asked = {
        "home": str(home),
        "passwords": known.passwords,
        "seed": seed,
        "at": at,
        "step": step,
        "control": control,
    }
    known.is_changing, recovery_keys = False, []
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
        recovery_keys += [said["recovery_key"]] if "recovery_key" in said else []
        known.is_changing = known.is_changing or "changing" in said
        if "password" in said:
            known.is_changing = False
            known.passwords = [said["password"], *(one for one in known.passwords if one != said["password"])]
    killer.cancel()
    assert child.wait(10) == -9
    known.kills += 1
    return recovery_keys


async def look(home: Path, known: Known, server: OidcServer) -> None:
    """Open the vault as the next process would, and hold it against what was acknowledged."""
    keeper = Keeper(home, policy=CHEAP, anchor=FileAnchor(home / "seen"))
    try:
        await keeper.unlock(password=Secret(known.passwords[0]))
    except WrongPassword:
        assert known.is_changing, "an acknowledged password does not open it"
        await keeper.unlock(password=Secret(known.passwords[1]))
        known.passwords.reverse()
    there = {one["account"] for one in await keeper.accounts(integration="stripe")}
    assert set(known.put) <= there, "an acknowledged account is not there"
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


def kill_often(home: Path, server: OidcServer, points: list[str], seed: int, control: str = "") -> Known:
    """Kill once for each point, and look after each."""
    prepare(home, server.issuer)
    known, chance = Known(), random.Random(seed)
    for number, at in enumerate(points):
        run_child(home, known, seed * 1000 + number, at, 0.02 + 0.4 * chance.random(), control=control)
        try:
            asyncio.run(look(home, known, server))
        except PenstockError as exc:
            raise AssertionError(f"after kill {number} ({at or 'from outside'}): {exc}") from exc
        known.lost_at[at or "from outside"] += known.windows - known.lost_at.total()
    assert known.lost_at["before-post"] == 0  # nothing had been sent
    assert known.lost_at["after-answer"] == points.count("after-answer")  # the window itself
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
        f"{known.kills} kills, {len(known.put)} puts acknowledged, 0 lost, {known.windows} grants lost in the window, by "
        f"where the kill was: {dict(known.lost_at)} of {dict(Counter(at or 'from outside' for at in points))}"
    )
    assert known.kills == 63 and known.windows >= 3


@pytest.mark.parametrize(
    ("control", "at", "says"),
    [
        ("hasty", "in-put", "an acknowledged account is not there"),
        ("hasty-password", "in-put", "an acknowledged password does not open it"),
        ("silent", "after-answer", "no longer accepts"),
    ],
)
def test_the_judge_finds_what_is_lost(
    tmp_path: Path, server: OidcServer, control: str, at: str, says: str
) -> None:
    """The controls: an acknowledgement before the write, of an account or a password, and a window nobody noted, are found."""
    with pytest.raises(AssertionError, match=says):
        kill_often(tmp_path, server, [at], seed=3, control=control)


def kill_creating(folder: Path, steps: range) -> tuple[int, int, int]:
    """Kill at each step of making a vault; return the kills, after how many it was there, and had its recovery key."""
    there = whole = 0
    for step in steps:
        home = folder / str(step)
        known = Known()
        keys = run_child(home, known, step, "in-create", 0.0, step=step)

        async def check(home: Path = home, keys: list[str] = keys) -> bool:
            keeper = Keeper(home, policy=CHEAP, anchor=FileAnchor(home / "seen"))
            is_there = bool((await keeper.status())["exists"])
            if not is_there:
                assert not keys
                await keeper.create(password=Secret(PASSWORD), recovery=False)
            else:
                await keeper.unlock(password=Secret(PASSWORD))
            for key in keys:
                await keeper.lock()
                await keeper.unlock(recovery_key=Secret(key))
            await keeper.put(
                integration="stripe", account="after", fields={"secret_key": Secret("sk_test_after_x")}, plan=None,
                base={}, base_url=None, label=None, kind="key", replace=False,
            )  # fmt: skip
            await keeper.aclose()
            return is_there

        there, whole = there + asyncio.run(check()), whole + len(keys)
    return len(steps), there, whole


@pytest.mark.parametrize(
    "steps", [range(2, 10, 3), pytest.param(range(16), marks=pytest.mark.slow)], ids=["some", "every"]
)
def test_a_vault_half_made_is_none_or_opens(tmp_path: Path, steps: range) -> None:
    """Killed at any step of create, there is no vault and one can be made, or one the password opens; a key told opens it."""
    kills, there, whole = kill_creating(tmp_path, steps)
    print(
        f"{kills} kills while creating: {there} vaults were there, {whole} with their recovery key, 0 unreadable"
    )
    assert 0 < there < kills and (whole > 0) is (steps == range(16))
