"""Where a process reaches the vault: an agent that lives, one that is started, or a keeper of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agent_fakes import needs_unix
from vaults import OTHER, PASSWORD
from workbench_vaults import bench_at, open_bench

import penstock as ps
from penstock.agent import launch
from penstock.agent.launch import find_agent
from penstock.errors import UsageError, VaultError, VaultLocked
from penstock.keeping import Keeping, has_person
from penstock.redact import Secret

pytestmark = needs_unix
KEY = Secret("sk_test_of_keeping_12345")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a home whose agent's socket is in the test's folder, and end that agent afterwards."""
    monkeypatch.setenv("PENSTOCK_AGENT_SOCK", str(tmp_path / "s" / "a.sock"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("PENSTOCK_AGENT", raising=False)
    yield tmp_path / "home"
    client = find_agent(tmp_path / "home")
    if client is not None:
        asyncio.run(client.stop())


def pid_of(bench: ps.Workbench) -> int:
    """Return the process that has the keys."""
    return int(bench.vault()._keeping.ask("status")["pid"])


def script(tmp_path: Path, code: str, **environ: str) -> str:
    """Run a script of its own process, with `bench` and `vault`, and return what it prints."""
    program = (
        "import sys, penstock as ps\n"
        "bench = ps.Workbench(home=sys.argv[1])\n"
        "vault = bench.vault()\n"
        f"{code}\nbench.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "home")], stdin=subprocess.DEVNULL, check=False,
        capture_output=True, text=True, timeout=100, env={**os.environ, **environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---- without an agent --------------------------------------------------------------------------------------------


def test_a_script_keeps_its_keys_to_itself(tmp_path: Path) -> None:
    """Where nobody is at the keyboard no agent is started: the keys are in this process, and end with it."""
    assert not has_person()
    with open_bench(tmp_path, agent=None) as bench:
        assert bench.vault().status().where == "here" and pid_of(bench) == os.getpid()
        assert find_agent(bench.home) is None and bench.vault()._keeping.is_own
    with bench_at(tmp_path, agent=None) as again:
        assert again.vault().is_locked


@pytest.mark.parametrize("where", ["argument", "environment"])
def test_off_starts_and_uses_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """With agent=False or PENSTOCK_AGENT=off a person's unlocking starts none either, and one that lives is not asked."""
    monkeypatch.setattr("penstock.keeping.has_person", lambda: True)
    started: list[Any] = []
    monkeypatch.setattr(launch, "start_agent", lambda *given: started.append(given))
    monkeypatch.setattr(launch, "find_agent", lambda *given: started.append(given))
    if where == "environment":
        monkeypatch.setenv("PENSTOCK_AGENT", "off")
    with open_bench(tmp_path, agent=False if where == "argument" else None) as bench:
        assert pid_of(bench) == os.getpid() and started == []


def test_a_person_starts_one_and_goes_without_where_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlocking by a person asks for an agent; where it cannot be started the keys stay here. With agent=True that is raised."""
    tried: list[Any] = []

    def fail(*given: Any) -> Any:
        tried.append(given)
        raise VaultError("The agent could not be started.")

    monkeypatch.setattr(launch, "start_agent", fail)
    monkeypatch.setattr("penstock.keeping.has_person", lambda: True)
    with open_bench(tmp_path, agent=None) as bench:
        assert len(tried) == 1 and pid_of(bench) == os.getpid()
    with bench_at(tmp_path, agent=True) as bench, pytest.raises(VaultError, match="could not be started"):
        bench.vault().unlock(PASSWORD)


def test_looking_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """status, accounts and issue start no agent even where one is wished for: only making and unlocking do."""
    started: list[Any] = []
    monkeypatch.setattr(launch, "start_agent", lambda *given: started.append(given))
    with open_bench(tmp_path) as bench:
        bench.vault().add("stripe", "acme", token=KEY)
    with bench_at(tmp_path, agent=True) as bench:
        assert bench.vault().status().exists
        with pytest.raises(VaultLocked):
            bench.vault().list_accounts()
        assert started == [] and find_agent(bench.home) is None


@pytest.mark.parametrize("wish", ["yes", "1", "maybe"])
def test_a_wish_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: str) -> None:
    """PENSTOCK_AGENT is on, off or auto; anything else is UsageError, so that a slip does not start or leave out an agent."""
    monkeypatch.setenv("PENSTOCK_AGENT", wish)
    with pytest.raises(UsageError, match="on, off or auto"):
        Keeping(tmp_path, None, None, None)  # type: ignore[arg-type]


# ---- with one ----------------------------------------------------------------------------------------------------


def test_one_agent_serves_a_notebook_and_scripts_and_its_death_locks_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlocked in one process, a script in another calls without a password, by the agent; off (the control) it is locked.
    Killed, everything that used it is VaultLocked with the way on, and unlocking again goes on.
    """
    monkeypatch.setenv("PENSTOCK_AGENT", "on")
    with ps.Workbench(home=tmp_path / "home") as bench:
        vault = bench.vault()
        vault.create(PASSWORD, recovery=False)
        status = vault.status()
        pid = pid_of(bench)
        assert status.where == "agent" and pid != os.getpid() and not vault._keeping.is_own
        assert status.idle_left_s is not None and status.absolute_left_s is not None
        vault.add("stripe", "acme", token=KEY, base_url="http://127.0.0.1:9")
        said = script(tmp_path, "print(bench.connect('stripe').account, vault.status().where)")
        assert said == "acme agent"
        locked = "print(vault.is_locked, vault.status().where)"
        assert script(tmp_path, locked, PENSTOCK_AGENT="auto") == "False agent"
        assert script(tmp_path, locked, PENSTOCK_AGENT="off") == "True here"
        stripe = bench.connect("stripe")
        os.kill(pid, signal.SIGKILL)
        while find_agent(tmp_path / "home") is not None:
            pass
        with pytest.raises(VaultLocked) as caught:
            vault.list_accounts()
        assert "unlock" in (caught.value.hint or "").lower()
        with pytest.raises(VaultLocked) as caught:
            bench.connect("stripe")
        assert "unlock()" in (caught.value.hint or "")
        assert (
            stripe.account == "acme" and vault.status().is_locked
        )  # the connection has what it signs with still
        vault.unlock(PASSWORD)
        assert vault.status().where == "agent" and pid_of(bench) not in (pid, os.getpid())
        vault.lock()
        assert find_agent(tmp_path / "home") is None and vault.is_locked
        with pytest.raises(VaultError):
            vault.unlock(OTHER)


def test_a_schedule_of_checks_and_a_watcher_keep_no_agent_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks by itself (status, accounts without use) leaves the agent's idle time running; a use (the control) sets it
    back.
    """
    monkeypatch.setenv("PENSTOCK_AGENT", "on")
    with ps.Workbench(home=tmp_path / "home") as bench:
        vault = bench.vault()
        vault.create(PASSWORD, recovery=False)
        vault.add("stripe", "acme", token=KEY, base_url="http://127.0.0.1:9")
        ask = vault._keeping.ask

        def left() -> float:
            return float(ask("status")["idle_left_s"])

        before = left()
        ask("accounts", is_use=False)
        ask("issue", integration="stripe", account="acme", is_use=False)
        assert left() < before
        last = left()
        ask("accounts")
        assert left() > last
