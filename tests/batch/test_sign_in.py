"""A batch whose sign-in ends, whose vault is locked, whose account is switched: no row is failed, and each is done once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from signing_in_child import sign_in

import penstock as ps
from penstock.loop import wait_for_event

PASSWORD = "correct horse battery staple"
CHILD = Path(__file__).parent / "signing_in_child.py"
ROWS = 60


class World:
    """A workbench with a vault, a service, and an account that was signed in to."""

    def __init__(self, home: Path, *, slow_s: float = 0.05, lifetime_s: float | None = None) -> None:
        self.home = home
        self.service = ps.Sandbox(seed=3, slow_s=slow_s, limits=False).start()
        if lifetime_s is not None:
            self.service.set_faults({"oauth": {"github": {"lifetime_s": lifetime_s}}})
        self.bench = ps.Workbench(home=home, agent=False)
        self.vault = self.bench.vault()
        self.vault.create(ps.Secret(PASSWORD), recovery=False)
        self.app = self.service.oauth("github")
        self.base_url = self.service.base_url("github")
        sign_in(self.vault, self.app, self.base_url)
        self.github = self.bench.connect("github", account="me")
        self.service.set_faults({"github": {"slow": 1.0}})

    def start(self) -> ps.Run:
        """Begin a batch, and return when a few rows are done."""
        rows = pd.DataFrame({"n": range(ROWS), "title": [f"row {n}" for n in range(ROWS)]})

        def fill(row: Any) -> dict[str, Any]:
            return {"owner": "sandbox-org", "repo": "demo", "title": row["title"]}

        run = self.bench.batch(
            self.github.issues.create, rows, key="n", name="tickets", concurrency=3, parameters=fill
        )
        wait_for(lambda: run.progress.done >= 5)
        return run

    def effects(self) -> Counter[str]:
        """Count the issues the service has made, by title."""
        made = self.service.log(has_effect=True)
        return Counter(
            one["effect"]["key"]["title"] for one in made if one["effect"]["kind"] == "issues.create"
        )

    def close(self) -> None:
        self.bench.close()
        self.service.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "home")
    yield made
    made.close()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so; a test that hangs is ended by pytest-timeout."""
    import threading

    while not condition():
        wait_for_event(threading.Event(), 0.02)


def is_waiting(run: ps.Run) -> bool:
    return run.progress.waiting_on == "sign-in"


def check_whole(world: World, run: ps.Run) -> None:
    frame = run.frame()
    assert frame["status"].value_counts().to_dict() == {"done": ROWS}
    made = world.effects()
    assert len(made) == ROWS and set(made.values()) == {1}


@pytest.mark.parametrize("place", ["here", "another process"])
def test_a_sign_in_anywhere_lets_the_batch_go_on(world: World, place: str) -> None:
    """The grant is taken away in mid-run: the batch waits; after a new sign-in it goes on by itself, each row done once."""
    run = world.start()
    world.service.set_faults({"revoke": "github/oauth"})
    wait_for(lambda: is_waiting(run) or run.is_finished)
    assert is_waiting(run) and run.progress.failed == 0
    account = world.vault.get("github", "me")
    assert account.needs_sign_in and "no longer accepts" in account.why
    if place == "here":
        sign_in(world.vault, world.app, world.base_url)
    else:
        asked = {"home": str(world.home), "password": PASSWORD, "app": world.app, "base_url": world.base_url}
        words = [sys.executable, str(CHILD)]
        subprocess.run(words, input=json.dumps(asked), text=True, check=True, timeout=60)
    check_whole(world, run)


def test_without_a_sign_in_it_goes_on_waiting(world: World) -> None:
    """The control: where nobody signs in the rows stay unsent, and cancelling keeps what is done."""
    run = world.start()
    world.service.set_faults({"revoke": "github/oauth"})
    wait_for(lambda: is_waiting(run) or run.is_finished)
    done = run.progress.done
    assert is_waiting(run) and done < ROWS
    run.cancel()
    run.wait()
    assert run.progress.failed == 0 and len(world.effects()) < ROWS


def test_a_vault_that_is_locked_meanwhile(world: World) -> None:
    """Locked in mid-run, the batch uses its token to the end of it, then waits, and goes on when it is unlocked."""
    run = world.start()
    world.vault.lock()
    world.service.set_faults({"revoke": "github/oauth"})
    wait_for(lambda: is_waiting(run) or run.is_finished)
    assert is_waiting(run) and run.progress.failed == 0
    world.vault.unlock(ps.Secret(PASSWORD))
    sign_in(world.vault, world.app, world.base_url)
    check_whole(world, run)


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_token_that_ends_while_the_vault_is_locked(tmp_path: Path, is_locked: bool) -> None:
    """The grant is well, but nobody can renew it: the batch waits, and unlocking alone lets it go on. Unlocked it never waits."""
    world = World(tmp_path / "home", slow_s=0.2, lifetime_s=2.0)
    try:
        run = world.start()
        if is_locked:
            world.vault.lock()
            wait_for(lambda: is_waiting(run) or run.is_finished)
            assert is_waiting(run) and run.progress.failed == 0 and run.progress.done < ROWS
            world.vault.unlock(ps.Secret(PASSWORD))
        seen: set[str | None] = set()
        wait_for(lambda: seen.add(run.progress.waiting_on) or run.is_finished)
        assert is_locked or "sign-in" not in seen
        check_whole(world, run)
        assert not world.vault.get("github", "me").needs_sign_in
        assert world.vault.get("github", "me").version > 1  # renewed, not signed in to again
    finally:
        world.close()


def test_a_switch_leaves_what_runs_alone(world: World) -> None:
    """Another account becomes active in mid-run: the run keeps its own, new calls go as the other, and it is said."""
    key = {name: ps.Secret(value) for name, value in world.service.credential("github", "second").items()}
    world.vault.add("github", "other", base_url=world.base_url, **key)
    following = world.bench.connect("github")
    assert following.account == "me"
    run = world.start()
    world.vault.use("github", "other")
    assert following.account == "other" and world.vault.running("github") == (("tickets", "me"),)
    check_whole(world, run)
    assert run.account == "me" and following.health().status == 200
