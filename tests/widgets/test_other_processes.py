"""What another process does to the vault is seen here: the widgets follow without being asked (real agent, real vault)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import penstock as ps
from penstock.agent.launch import find_agent
from penstock.widgets.account_switcher import AccountSwitcher
from penstock.widgets.credential_vault import CredentialVault

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")

PASSWORD = "kovif-hijan-tifat-rozox"
PATIENCE_S = 20.0  # ten looks; a machine that does nothing else sees it within three seconds


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ps.Workbench]:
    """Give a workbench whose vault is unlocked in an agent of its own, and end that afterwards."""
    with tempfile.TemporaryDirectory(prefix="ps-") as short:  # a socket's path may not be long
        monkeypatch.setenv("PENSTOCK_AGENT_SOCK", str(Path(short) / "a.sock"))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        with ps.Workbench(home=tmp_path / "home", agent=True) as made:
            made.vault().create(ps.Secret(PASSWORD), recovery=False)
            yield made
            client = find_agent(made.home)
            if client is not None:
                asyncio.run(client.stop())


def elsewhere(home: Path, code: str) -> None:
    """Run code with `vault` in a process of its own."""
    program = f"import sys\nimport penstock as ps\nvault = ps.Workbench(home=sys.argv[1]).vault()\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program, str(home)],
        capture_output=True,
        check=False,
        text=True,
        env=dict(os.environ),
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def wait_for(widget: Any, name: str, is_there: Callable[[Any], bool]) -> None:
    """Wait until a trait is as it should be, whoever moves it."""
    moved = threading.Event()

    def look(_: Any = None) -> None:
        if is_there(getattr(widget, name)):
            moved.set()

    widget.observe(look, name)
    look()
    assert moved.wait(PATIENCE_S), getattr(widget, name)
    widget.unobserve(look, name)


def test_what_another_process_does_is_shown(bench: ps.Workbench) -> None:
    """An account added, made active, and the vault locked by child processes: vault and switcher show each of it."""
    vault, switcher = CredentialVault(bench.vault()), AccountSwitcher("stripe", bench.vault())
    assert vault.vault["accounts"] == [] and switcher.accounts == []
    for account in ("acme", "beta"):
        elsewhere(bench.home, f"vault.add('stripe', {account!r}, token=ps.Secret('sk_test_c4n4ry7788'))")
    wait_for(vault, "vault", lambda shown: [one["account"] for one in shown["accounts"]] == ["acme", "beta"])
    wait_for(switcher, "accounts", lambda shown: [one["is_active"] for one in shown] == [True, False])
    elsewhere(bench.home, "vault.use('stripe', 'beta')")
    wait_for(switcher, "accounts", lambda shown: [one["is_active"] for one in shown] == [False, True])
    elsewhere(bench.home, "vault.lock()")
    wait_for(vault, "vault", lambda shown: shown["is_locked"] and shown["accounts"] == [])
    wait_for(switcher, "trouble", lambda said: "locked" in said)
    assert find_agent(bench.home) is None
    vault.close()
    switcher.close()


def test_an_agent_that_ends_is_a_locked_vault(bench: ps.Workbench) -> None:
    """When the agent ends by itself the page is told that the vault is locked, and unlocking starts another."""
    widget = CredentialVault(bench.vault())
    assert not widget.vault["is_locked"]
    client = find_agent(bench.home)
    assert client is not None
    asyncio.run(client.stop())
    wait_for(widget, "vault", lambda shown: shown["is_locked"])
    bench.vault().unlock(ps.Secret(PASSWORD))
    wait_for(widget, "vault", lambda shown: not shown["is_locked"] and shown["where"] == "agent")
    widget.close()
