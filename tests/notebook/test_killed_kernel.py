"""The main job in a notebook whose kernel dies: run the cell again, and no customer exists twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

CELL = """
import os, json, pandas as pd, penstock as ps
table = pd.read_csv(os.environ["TABLE"], dtype=str, encoding="utf-8-sig").drop_duplicates("customer_id").head(400)
stripe = ps.connect("stripe", base_url=os.environ["BASE_URL"], credential={"token": "env:KEY"},
    limit=ps.Limit(400, per=1.0), retry=ps.RetryPolicy(wait_initial=0.05, wait_max=0.2))
run = ps.batch(stripe.customers.create, table, key="customer_id", name="july-import",
    parameters={"email": "email", "name": "name", "metadata": lambda row: {"customer_id": row["customer_id"]}})
frame = run.frame()
print(json.dumps(frame["status"].value_counts().to_dict()))
"""
EXPORT = Path(__file__).parents[2] / "notebooks" / "data" / "customers_export.csv"


@pytest.fixture
def service() -> Iterator[dict[str, Any]]:
    """Give Stripe as the sandbox plays it, in a process that outlives every kernel."""
    faults = {"429": 0.03, "500": 0.02, "drop_after_effect": 0.03}
    command = [sys.executable, "-m", "penstock.sandbox", "--port", "0", "--json", "--no-limits"]
    command += ["--names", "stripe", "--seed", "5", "--faults", json.dumps(faults)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["stripe"]
    process.send_signal(signal.SIGTERM)
    process.wait(10)


def effects(base_url: str) -> Counter[str]:
    """Count the customers by the row that made them, as the server's log has them."""
    with urllib.request.urlopen(f"{base_url.rpartition('/')[0]}/__log?effects=1", timeout=10) as answer:
        records = json.load(answer)
    return Counter(
        r["effect"]["key"]["metadata"]["customer_id"]
        for r in records
        if r["effect"]["kind"] == "customers.create"
    )


@pytest.mark.skipif(not EXPORT.exists(), reason="the export of the tour is not here")
def test_a_kernel_killed_in_the_middle_creates_nobody_twice(service: dict[str, Any], tmp_path: Path) -> None:
    """Two kernels are killed while the cell runs; the third runs it to the end, and every customer exists once."""
    base_url = service["base_url"]
    environment = {
        **os.environ,
        "PENSTOCK_HOME": str(tmp_path / "home"),
        "BASE_URL": base_url,
        "KEY": next(iter(service["credential"].values())),
        "TABLE": str(EXPORT),
    }
    for wanted in (40, 160):
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(env=environment)
        try:
            client = manager.blocking_client()
            client.start_channels()
            client.wait_for_ready(timeout=60)
            client.execute(CELL)
            end = time.monotonic() + 60
            while sum(effects(base_url).values()) < wanted:
                assert time.monotonic() < end, "the batch made no progress"
                time.sleep(0.02)
            os.kill(manager.provisioner.process.pid, signal.SIGKILL)  # type: ignore[union-attr]
        finally:
            manager.shutdown_kernel(now=True)
    assert 160 <= sum(effects(base_url).values()) < 400
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=environment)
    said: list[str] = []
    try:
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=60)

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            said.append(content.get("text", "") or "\n".join(content.get("traceback", [])))

        client.execute_interactive(CELL, timeout=120, output_hook=hear)
    finally:
        manager.shutdown_kernel(now=True)
    assert json.loads("".join(said).strip().splitlines()[-1]) == {"done": 400}, said
    made = effects(base_url)
    assert len(made) == 400 and set(made.values()) == {1}
