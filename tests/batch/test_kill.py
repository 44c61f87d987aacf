"""The ledger's promise under kill -9, judged by the log of a server the killed program does not share."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import penstock as ps

CHILD = Path(__file__).with_name("kill_child.py")
FAULTS = {"429": 0.03, "500": 0.02, "502_after_effect": 0.02, "drop_after_effect": 0.04, "drop": 0.02}


@dataclass
class Server:
    """The other side: a sandbox in a process of its own, which nobody kills."""

    process: subprocess.Popen[str]
    services: dict[str, Any]

    @property
    def root(self) -> str:
        return self.services["stripe"]["base_url"].split("/stripe")[0]

    def effects(self, kind: str) -> Counter[str]:
        """Count the effects by the row that caused them, as the server's own log has them."""
        with urllib.request.urlopen(f"{self.root}/__log?effects=1", timeout=10) as answer:
            records = json.load(answer)
        wanted = {"stripe": "customers.create", "github": "issues.create"}[kind]
        field = {"stripe": "email", "github": "title"}[kind]
        return Counter(
            r["effect"]["key"][field] for r in records if r["effect"] and r["effect"]["kind"] == wanted
        )

    def post(self, path: str, body: Any) -> None:
        request = urllib.request.Request(
            f"{self.root}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=10).read()


@pytest.fixture
def server() -> Iterator[Server]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "penstock.sandbox",
            "--port",
            "0",
            "--json",
            "--no-limits",
            "--names",
            "stripe",
            "github",
            "--faults",
            json.dumps(FAULTS),
            "--seed",
            "7",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    services = json.loads(process.stdout.readline())
    yield Server(process, services)
    process.send_signal(signal.SIGTERM)
    process.wait(10)


def start(
    server: Server, home: Path, kind: str, rows: int, mode: str = "honest", point: str = ""
) -> subprocess.Popen[str]:
    service = server.services[kind]
    token = next(iter(service["credential"].values()))
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(home), service["base_url"], kind, str(rows), mode, point],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CHILD_TOKEN": token},
    )


def kill_often(
    server: Server, home: Path, kind: str, rows: int, kills: int, mode: str = "honest", seed: int = 1
) -> int:
    """Start, kill at a random moment, start again …; let the last one finish. Return how many were really killed."""
    chance = random.Random(seed)
    killed = 0
    for _ in range(kills):
        child = start(server, home, kind, rows, mode)
        assert child.stdout is not None
        if child.stdout.readline().strip() != "started":
            raise AssertionError(child.communicate(timeout=60)[1])
        try:
            child.wait(chance.uniform(0.002, 0.05))
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        child.communicate(timeout=60)
    # Run the cell again, and once more: rows in doubt whose retry budget ran out are settled by their key.
    for _ in range(2):
        last = start(server, home, kind, rows, mode)
        _, errors = last.communicate(timeout=120)
        assert last.returncode == 0, errors
    return killed


def judge(server: Server, home: Path, kind: str, rows: int) -> tuple[Counter[str], Any]:
    with ps.Workbench(home=home) as bench:
        frame = bench.reopen("killed").frame()
    return server.effects(kind), frame


def test_with_a_key_no_row_happens_twice_or_stays_unknown(server: Server, tmp_path: Path) -> None:
    """After kill -9 at random moments, every row is done exactly once where the server knows the key."""
    rows = 600
    killed = kill_often(server, tmp_path, "stripe", rows, kills=14)
    effects, frame = judge(server, tmp_path, "stripe", rows)
    assert killed >= 8
    assert max(effects.values()) == 1
    assert set(frame["status"]) <= {"done", "failed"}
    assert len(frame) == rows
    done = frame[frame["status"] == "done"]
    assert len(effects) >= len(done)
    assert all(effects[email] == 1 for email in done["email"])


def test_without_a_key_every_row_that_may_have_happened_is_listed(server: Server, tmp_path: Path) -> None:
    """After kill -9 without a key, no row is sent twice, and each effect belongs to a row that is done or uncertain."""
    rows = 400
    killed = kill_often(server, tmp_path, "github", rows, kills=14, seed=2)
    effects, frame = judge(server, tmp_path, "github", rows)
    assert killed >= 8
    assert max(effects.values()) == 1
    status = dict(zip(frame["title"], frame["status"], strict=True))
    assert set(status.values()) <= {"done", "failed", "uncertain"}
    assert len(frame) == rows
    assert all(status[title] in ("done", "uncertain") for title in effects)
    assert all(effects[title] == 1 for title, state in status.items() if state == "done")


@pytest.mark.parametrize("kind", ["stripe", "github"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_death_at_each_commit_point(server: Server, tmp_path: Path, kind: str, when: str) -> None:
    """Dying right before or right after any of the ledger's transactions breaks no promise."""
    rows = 12
    for number in range(1, 60):
        child = start(server, tmp_path, kind, rows, point=f"{when}:{number}")
        child.communicate(timeout=60)
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL
    else:
        # Each death moved on by one transaction; the last one starts without a death in store.
        child = start(server, tmp_path, kind, rows)
        child.communicate(timeout=60)
    effects, frame = judge(server, tmp_path, kind, rows)
    field = "email" if kind == "stripe" else "title"
    status = dict(zip(frame[field], frame["status"], strict=True))
    assert max(effects.values(), default=0) <= 1
    assert len(status) == rows
    assert all(status[name] in (("done",) if kind == "stripe" else ("done", "uncertain")) for name in effects)


@pytest.mark.parametrize(("mode", "kind"), [("no-intent", "github"), ("new-keys", "stripe")])
def test_the_controls_fail(server: Server, tmp_path: Path, mode: str, kind: str) -> None:
    """Without intents, or with a new key for each attempt, effects do happen twice: the judge can tell."""
    kill_often(server, tmp_path, kind, 400, kills=8, mode=mode, seed=3)
    assert max(server.effects(kind).values()) > 1


def test_a_second_process_is_told_who_has_the_run(server: Server, tmp_path: Path) -> None:
    """While one process works on a run, another is refused with the owner's process id."""
    server.post("/__faults", {"slow": 1.0})
    first = start(server, tmp_path, "stripe", 50)
    assert first.stdout is not None and first.stdout.readline().strip() == "started"
    second = start(server, tmp_path, "stripe", 50)
    _, errors = second.communicate(timeout=60)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=60)
    assert second.returncode != 0
    assert "RunBusy" in errors and str(first.pid) in errors
