"""What the vault costs: unlocking, storing a credential in a small vault and a large one, and getting one to sign with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from rounds import Section, Setting, Target, spread

SIZES = (100, 1_000)
MOST_UNLOCK_S, MOST_PUT_MS, MOST_GET_MS = 2.0, 50.0, 5.0

# In one fresh interpreter, with a home of its own: the accounts are put in by a disk that is not asked to flush, then all
# is measured with the real one.
_SCRIPT = """
import json, os, sys, time
from pathlib import Path
import penstock as ps
from penstock.agent.keeper import vault_path
from penstock.vault.disk import Disk
from penstock.vault.vault import Vault

class Quick(Disk):
    def sync(self, descriptor): pass
    def sync_folder(self, folder): pass

home, sizes, tries = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
password, key = ps.Secret("correct horse battery staple"), ps.Secret("sk_test_of_a_benchmark_1234567890")

def timed(act):
    started = time.perf_counter()
    act()
    return time.perf_counter() - started

def middle(act):
    return sorted(timed(act) for _ in range(tries))[tries // 2] * 1e3

def get(bench):
    return middle(lambda: bench.vault()._keeping.ask("issue", integration="stripe", account="account-0"))

found = {}
with ps.Workbench(home=home, agent=False) as bench:
    found["create_s"] = timed(lambda: bench.vault().create(password, recovery=False))
    bench.vault().lock()
    found["unlock_s"] = timed(lambda: bench.vault().unlock(password))
    filling = Vault.open(vault_path(home), disk=Quick())
    filling.unlock(password=password)
    there = 0
    for size in sizes:
        for number in range(there, size):
            filling.put("stripe", f"account-{number}", {"secret_key": key}, {"kind": "key", "serial": 1})
        there = size
        found[f"put_{size}_ms"] = middle(lambda: bench.vault().add("stripe", "account-0", token=key, replace=True))
        found[f"get_{size}_ms"] = get(bench)
with ps.Workbench(home=home, agent=True) as bench:
    bench.vault().unlock(password)
    try:
        found[f"agent_{size}_ms"] = get(bench)
    finally:
        bench.vault().lock()
print(json.dumps(found))
"""


def run(setting: Setting) -> Section:
    """Measure it."""
    rounds: list[dict[str, float]] = []
    small, large = SIZES if not setting.is_quick else (20, 100)
    for _ in range(setting.pick(5, 2)):
        with tempfile.TemporaryDirectory(prefix="penstock-bench-") as home:
            environment = {**os.environ, "XDG_STATE_HOME": f"{home}/state", "XDG_RUNTIME_DIR": home}
            environment.pop("PENSTOCK_AGENT_SOCK", None)
            done = subprocess.run(
                [sys.executable, "-c", _SCRIPT, f"{home}/home", json.dumps([small, large]), str(setting.pick(31, 7))],
                check=True, capture_output=True, text=True, timeout=300, env=environment,
            )  # fmt: skip
            rounds.append(json.loads(done.stdout.splitlines()[-1]))
    found = {name: spread([one[name] for one in rounds]) for name in rounds[0]}
    unlock = found["unlock_s"]
    put, agent = found[f"put_{small}_ms"], found[f"agent_{large}_ms"]
    slower = spread([one[f"put_{large}_ms"] / one[f"put_{small}_ms"] for one in rounds])
    setting.say(f"  unlock {unlock.text('{:.2f}', ' s')}, put {put.text('{:.1f}', ' ms')}")
    return Section(
        "vault",
        "The vault",
        "One encrypted file, written whole and flushed at every change; a home and an interpreter of its own for each round. "
        "**put**: `vault.add(...,\nreplace=True)`. **get**: what a connection asks for once when it is made, and a batch's when "
        "its token is due.",
        ("what", "in this process", "through the agent"),
        [
            ["make a vault, s", found["create_s"].text(), ""],
            ["unlock it, s", unlock.text(), ""],
            [f"put, {small:,} accounts, ms", put.text("{:.1f}"), ""],
            [f"put, {large:,} accounts, ms", found[f"put_{large}_ms"].text("{:.1f}"), ""],
            [f"get, {small:,} accounts, ms", found[f"get_{small}_ms"].text("{:.2f}"), ""],
            [f"get, {large:,} accounts, ms", found[f"get_{large}_ms"].text("{:.2f}"), agent.text("{:.2f}")],
        ],
        [
            Target("unlock a vault", f"< {MOST_UNLOCK_S:g} s", unlock.text("{:.2f}", " s"), unlock.median < MOST_UNLOCK_S),
            Target(f"store a credential among {small:,}", f"< {MOST_PUT_MS:g} ms", put.text("{:.1f}", " ms"),
                   put.median < MOST_PUT_MS),
            Target("get a credential through the agent", f"< {MOST_GET_MS:g} ms", agent.text("{:.2f}", " ms"),
                   agent.median < MOST_GET_MS),
        ],
        [
            f"A put into {large:,} takes {slower.text('{:.1f}', ' ×')} as long as one into {small:,}: the whole file is written.",
            "Unlocking is Argon2id on purpose: the cost is chosen for the machine when the vault is made.",
        ],
        rounds,
    )  # fmt: skip
