from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from agent_fakes import PASSWORD, needs_unix
from agent_processes import child_agent, run_client

from penstock.cli import main

pytestmark = needs_unix


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the path at which the command line looks for the agent."""
    monkeypatch.setenv("PENSTOCK_AGENT_SOCK", str(tmp_path / "s" / "a.sock"))
    return tmp_path / "s" / "a.sock"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["agent", *words])
    return code, capsys.readouterr().out


def test_where_none_runs_status_is_1_and_the_others_0(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No agent is a failure of `status` alone, and each says that none runs."""
    for action, code in (("status", 1), ("lock", 0), ("stop", 0)):
        assert said(capsys, action) == (
            code,
            "No agent runs. Unlocking the vault starts one: ps.vault().unlock()\n",
        )
    assert said(capsys, "status", "--json") == (1, '{"running": false}\n')
    assert json.loads(said(capsys, "stop", "--json")[1]) == {"running": False, "was_running": False}


def test_status_tells_the_process_and_the_time_left(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Locked it says so; unlocked it says for how long."""
    with child_agent(path) as process:
        code, text = said(capsys, "status")
        assert code == 0 and f"process {process.pid}, since 20" in text and "The vault is locked." in text
        run_client(path, f"asyncio.run(client.unlock(password=Secret({PASSWORD!r})))")
        code, text = said(capsys, "status")
        assert code == 0 and "1 h 00 min without use, and for 12 h 00 min in all" in text
        found = json.loads(said(capsys, "status", "--json")[1])
        assert (found["running"], found["pid"], found["is_locked"]) == (True, process.pid, False)
        assert 0 < found["idle_left_s"] <= 3600


@pytest.mark.parametrize("action", ["lock", "stop"])
def test_lock_and_stop_end_it(path: Path, capsys: pytest.CaptureFixture[str], action: str) -> None:
    """After either no agent runs."""
    with child_agent(path) as process:
        assert said(capsys, action) == (0, "The vault is locked, and the agent has ended.\n")
        assert process.wait(20) == 0
        assert said(capsys, "status")[0] == 1


def test_no_action_is_a_wrong_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`penstock agent` alone is refused with the actions there are."""
    with pytest.raises(SystemExit) as caught:
        main(["agent"])
    assert caught.value.code == 2 and "status" in capsys.readouterr().err
    assert os.environ.get("PENSTOCK_AGENT_SOCK") is None
