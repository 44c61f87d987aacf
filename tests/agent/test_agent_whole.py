"""The agent as it is used: its own process, the real Keeper, a real vault with real Argon2id."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agent_fakes import CANARY, PASSWORD, needs_unix
from agent_processes import environment, run_client

from penstock.agent.client import AgentClient
from penstock.agent.launch import find_agent, socket_path, start_agent
from penstock.errors import UnknownName, UnlockDelayed, VaultLocked, WrongPassword
from penstock.redact import Secret

pytestmark = needs_unix

ACME: dict[str, Any] = {"integration": "stripe", "account": "acme"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a home, and end its agent afterwards."""
    monkeypatch.setenv("PENSTOCK_AGENT_SOCK", str(tmp_path / "s" / "a.sock"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield tmp_path / "home"
    client = find_agent(tmp_path / "home")
    if client is not None:
        asyncio.run(client.stop())


async def fill(client: AgentClient) -> None:
    await client.create(password=Secret(PASSWORD), recovery=False)
    await client.put(
        **ACME, fields={"token": Secret(CANARY)}, plan=None, base={"shop": "acme"}, base_url=None, label="Acme",
        kind="key", replace=False,
    )  # fmt: skip


def test_a_vault_outlives_the_kernel_that_unlocked_it_and_not_its_agent(home: Path) -> None:
    """Made through one process and used by another, the vault is locked by `lock`, and a new agent needs the password."""
    client = start_agent(home)
    asyncio.run(fill(client))
    path = socket_path(home)
    ask = "print(asyncio.run(client.issue(integration='stripe', account='acme'))['fields']['token'].reveal())"
    assert run_client(path, ask) == CANARY
    status = asyncio.run(client.status())
    assert (status["exists"], status["is_locked"], status["where"]) == (True, False, "agent")
    assert [account["account"] for account in asyncio.run(client.accounts())] == ["acme"]
    with pytest.raises(UnknownName):
        asyncio.run(client.issue(integration="stripe", account="other"))

    asyncio.run(client.lock())
    assert find_agent(home) is None  # at once, so that the next can be started
    with pytest.raises(VaultLocked):
        asyncio.run(client.issue(**ACME))
    client = start_agent(home)
    with pytest.raises(VaultLocked):
        asyncio.run(client.issue(**ACME))
    assert asyncio.run(client.unlock(password=Secret(PASSWORD)))["is_locked"] is False
    issued = asyncio.run(client.issue(**ACME))
    assert issued["fields"] == {"token": Secret(CANARY)} and issued["base"] == {"shop": "acme"}


def test_guessing_is_delayed_over_all_clients(home: Path) -> None:
    """After five wrong passwords, each over a connection of its own, one more is not tried: the agent counts, not the client."""
    client = start_agent(home)
    asyncio.run(client.create(password=Secret(PASSWORD), recovery=False))
    asyncio.run(client.lock())
    start_agent(home)
    wrong = 0
    with pytest.raises(UnlockDelayed) as caught:
        while wrong < 12:  # the wait doubles each time, so that a slow machine meets it too
            with pytest.raises(WrongPassword):
                asyncio.run(AgentClient(socket_path(home)).unlock(password=Secret("wrong horse battery")))
            wrong += 1
    assert wrong >= 5 and caught.value.retry_after_s


def test_a_second_agent_ends_quietly_and_the_first_goes_on(home: Path) -> None:
    """It prints nothing, returns 0, and takes neither socket nor keys from the first."""
    client = start_agent(home)
    pid = asyncio.run(client.status())["pid"]
    second = subprocess.run(
        [sys.executable, "-m", "penstock.agent", "--home", str(home)],
        capture_output=True, check=False, env=environment(), timeout=60,
    )  # fmt: skip
    assert (second.returncode, second.stdout, second.stderr) == (0, b"", b"")
    assert asyncio.run(client.status())["pid"] == pid


def test_it_ends_with_the_process_it_is_for(home: Path) -> None:
    """Started for a process that is gone already, it ends at its first look, and its socket with it."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    done = subprocess.run(
        [sys.executable, "-m", "penstock.agent", "--home", str(home), "--until-pid", str(gone.pid)],
        capture_output=True, check=False, env=environment(), timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert not socket_path(home).exists()


def test_what_keeps_it_from_listening_is_said(home: Path) -> None:
    """A folder that others can enter is named on standard error, in one line, with exit code 1."""
    socket_path(home).parent.mkdir()
    socket_path(home).parent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "penstock.agent", "--home", str(home)],
        capture_output=True, check=False, env=environment(), text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1 and "open to others" in done.stderr and done.stderr.count("\n") == 1


def test_a_log_is_written_when_asked_for_and_holds_no_secret(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PENSTOCK_AGENT_LOG there is a file of this user alone with what was asked, never with what; without, none."""
    path = home.parent / "agent.log"
    monkeypatch.setenv("PENSTOCK_AGENT_LOG", str(path))
    asyncio.run(fill(start_agent(home)))
    text = path.read_text()
    assert "asked for put" in text and CANARY not in text and PASSWORD not in text
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in home.rglob("*.log")] == []
