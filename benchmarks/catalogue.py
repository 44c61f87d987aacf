"""What it costs to have every operation of forty-five services at hand: loading the largest, and connecting to any."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.resources import files

from rounds import Section, Setting, Target, spread

LARGEST = "microsoft_graph"
MOST_LOAD_MS, MOST_CONNECT_MS, MOST_BYTES = 150.0, 40.0, 3 * 2**20

# In one fresh interpreter: the engine is warmed by a first connection, the sandbox is up, and then each service is
# connected to and its operations are listed for TAB, for the first time.
_SCRIPT = """
import json, time, penstock as ps
from penstock.catalog.registry import Registry
ps.sandbox().describe()
ps.connect("stripe", sandbox=True).customers
took = {}
for name in Registry().names():
    started = time.perf_counter()
    connection = ps.connect(name, sandbox=True)
    connected = time.perf_counter()
    dir(connection)
    took[name] = [(connected - started) * 1e3, (time.perf_counter() - connected) * 1e3, len(connection.client.index)]
print(json.dumps(took))
"""


def run(setting: Setting) -> Section:
    """Measure it."""
    rounds: list[dict[str, list[float]]] = []
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as home:
        for _ in range(setting.pick(7, 3)):
            done = subprocess.run(
                [sys.executable, "-c", _SCRIPT], check=True, capture_output=True, text=True, timeout=120,
                env={**os.environ, "PENSTOCK_HOME": home},
            )  # fmt: skip
            rounds.append(json.loads(done.stdout.splitlines()[-1]))
    names = sorted(rounds[0], key=lambda name: -rounds[0][name][2])
    connects = {name: spread([one[name][0] for one in rounds]) for name in names}
    listings = {name: spread([one[name][1] for one in rounds]) for name in names}
    largest = spread([one[LARGEST][0] + one[LARGEST][1] for one in rounds])
    worst = max((name for name in names if name != LARGEST), key=lambda name: connects[name].median)
    size = sum(
        len(path.read_bytes())
        for path in (files("penstock.integrations") / "operations").iterdir()
        if path.is_file()
    )
    shown = [*names[:5], names[len(names) // 2], names[-1]]
    setting.say(
        f"  {LARGEST} {largest.text('{:.0f}', ' ms')}, {worst} {connects[worst].text('{:.1f}', ' ms')}"
    )
    return Section(
        "catalogue",
        "Every operation of every service",
        "One interpreter, warmed by a first connection: `ps.connect(NAME)`, then TAB on it for the first time, service after\n"
        f"service; milliseconds. {sum(rounds[0][name][2] for name in names):,.0f} operations of {len(names)} services;"
        " the five largest, the middle one and the smallest.",
        ("service", "operations", "connect", "TAB, the first time"),
        [
            [name, f"{rounds[0][name][2]:,.0f}", connects[name].text("{:.1f}"), listings[name].text("{:.1f}")]
            for name in shown
        ],
        [
            Target(f"the largest ({LARGEST}), connected and listed", f"< {MOST_LOAD_MS:g} ms", largest.text("{:.0f}", " ms"),
                   largest.median < MOST_LOAD_MS),
            Target(f"a connection to any other (the slowest: {worst})", f"< {MOST_CONNECT_MS:g} ms",
                   connects[worst].text("{:.1f}", " ms"), connects[worst].median < MOST_CONNECT_MS),
            Target("all catalogues as they are in the wheel", f"≤ {MOST_BYTES / 2**20:g} MB", f"{size / 2**20:.2f} MB",
                   size <= MOST_BYTES),
        ],
        [f"The median over all services: connect {statistics.median(one.median for one in connects.values()):.1f} ms,"
         f" TAB {statistics.median(one.median for one in listings.values()):.1f} ms."],
        rounds,
    )  # fmt: skip
