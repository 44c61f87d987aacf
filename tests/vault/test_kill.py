"""Processes that write to one vault at once, and die by SIGKILL while they do."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from vaults import OTHER, PASSWORD, make_vault, reopen, settings

from penstock.errors import RecordChanged
from penstock.vault.vault import Vault

CHILD = Path(__file__).with_name("vault_child.py")
HERE = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHILD.parent), os.environ.get("PYTHONPATH", "")])}


def start(folder: Path, name: str, first: int, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), name, str(first), str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=HERE,
    )


def kill_often(folder: Path, kills: int) -> tuple[int, int]:
    """Kill a writer at random moments and look each time; return how many were killed, and the writes acknowledged."""
    Vault.create(folder / "test.vault", password=PASSWORD, **settings(folder))
    chance = random.Random(5)
    killed = acknowledged = first = 0
    acked: set[str] = set()  # accounts with an acknowledged write
    fine: dict[str, set[int]] = {}  # for each the last of them, and the writes under way at a kill since
    for _ in range(kills):
        child = start(folder, "acct", first, 100_000)
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n", child.communicate()[1]
        try:
            child.wait(chance.uniform(0.01, 0.15))
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        said = child.communicate(timeout=60)[0].splitlines()
        for line in said:
            number = int(line.split()[0])
            acked.add(f"acct-{number % 7}")
            fine[f"acct-{number % 7}"], first = {number}, number + 1
        acknowledged += len(said)
        fine.setdefault(f"acct-{first % 7}", set()).add(first)
        vault = reopen(folder)  # raises where the file is unreadable
        assert acked <= {entry.account for entry in vault.list()}
        for entry in vault.list():
            found = vault.get("stripe", entry.account).fields["token"].reveal()
            assert int(found.removeprefix("sk_")) in fine[entry.account]
        first += 1
    return killed, acknowledged


def test_no_kill_loses_an_acknowledged_write(tmp_path: Path) -> None:
    """After kill -9 at random moments the vault opens every time, and every acknowledged write is in it."""
    killed, acknowledged = kill_often(tmp_path, 16)
    assert killed >= 15 and acknowledged > 50


@pytest.mark.slow
def test_no_kill_of_sixty_loses_an_acknowledged_write(tmp_path: Path) -> None:
    """The same, sixty times."""
    killed, acknowledged = kill_often(tmp_path, 60)
    assert killed >= 55 and acknowledged > 200


def test_four_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """Four processes with 25 writes each leave 100 records, and the generation counts every one of them."""
    vault = Vault.create(tmp_path / "test.vault", password=PASSWORD, **settings(tmp_path))
    children = [start(tmp_path, f"writer-{number}", 0, 25) for number in range(4)]
    for child in children:
        _, errors = child.communicate(timeout=120)
        assert child.returncode == 0, errors
    versions = [entry.version for entry in vault.list()]
    assert sorted(versions) == list(range(2, 102))


def test_a_stale_write_is_refused(tmp_path: Path) -> None:
    """With the version it read, a writer who comes second is refused, and the first one's credential stays."""
    vault, other = make_vault(tmp_path), reopen(tmp_path)
    seen = vault.get("stripe", "acme").version
    fresh = other.put("stripe", "acme", {"token": OTHER}, expect=seen)
    with pytest.raises(RecordChanged, match=f"at version {fresh}, not {seen}"):
        vault.put("stripe", "acme", {"token": PASSWORD}, expect=seen)
    assert vault.get("stripe", "acme").fields["token"] == OTHER
    assert vault.put("stripe", "acme", {"token": PASSWORD}, expect=fresh) == fresh + 1


def test_a_version_never_comes_back(tmp_path: Path) -> None:
    """A credential removed and made anew does not take the writes meant for the one before."""
    vault = make_vault(tmp_path)
    seen = vault.get("stripe", "acme").version
    vault.remove("stripe", "acme")
    with pytest.raises(RecordChanged, match="removed by another"):
        vault.put("stripe", "acme", {"token": OTHER}, expect=seen)
    assert vault.put("stripe", "acme", {"token": OTHER}, expect=0) > seen
    with pytest.raises(RecordChanged):
        vault.remove("stripe", "acme", expect=seen)
    with pytest.raises(RecordChanged):
        vault.put("stripe", "acme", {"token": OTHER}, expect=0)
