"""What `import penstock` costs in a fresh interpreter, and what it loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from rounds import Section, Setting, Target, spread

# Packages that must not be loaded before they are used.
HEAVY = (
    "IPython", "aiohttp", "anywidget", "cryptography", "dask", "graphql", "httpx", "httpx2", "ipykernel", "ipywidgets",
    "narwhals", "nest_asyncio2", "numpy", "pandas", "plotly", "polars", "pyarrow", "pyreqwest", "tornado", "uvloop",
)  # fmt: skip

_TIMED = """
import json, sys, time
{before}
started = time.perf_counter()
{timed}
print(json.dumps([(time.perf_counter() - started) * 1e3, sorted(set(sys.modules) & set({heavy!r}))]))
"""
_CONNECT = 'penstock.connect("stripe", base_url="http://127.0.0.1:9", credential={"token": penstock.Secret("sk_test_x")})'
STATEMENTS = {
    "`import penstock`": ("", "import penstock"),
    "`import httpx2`": ("", "import httpx2"),
    "the first `penstock.connect(...)`": ("import penstock", _CONNECT),
    "the second one": (f"import penstock\n{_CONNECT}", _CONNECT),
    "`import pandas`, for comparison": ("", "import pandas"),
}


def run(setting: Setting) -> Section:
    """Measure it."""
    found: dict[str, list[float]] = {label: [] for label in STATEMENTS}
    loaded: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as home:
        for _ in range(setting.pick(7, 3)):
            for label, (before, timed) in STATEMENTS.items():
                script = _TIMED.format(before=before, timed=timed, heavy=HEAVY)
                done = subprocess.run(
                    [sys.executable, "-c", script],
                    check=True,
                    capture_output=True,
                    text=True,
                    timeout=60,
                    env={**os.environ, "PENSTOCK_HOME": home},
                )
                took_ms, loaded[label] = json.loads(done.stdout.splitlines()[-1])
                found[label].append(took_ms)
    for label, values in found.items():
        setting.say(f"  {label:<44}{spread(values).text('{:,.1f}', ' ms')}")
    ours, theirs = "`import penstock`", "`import httpx2`"
    added = spread([a - b for a, b in zip(found[ours], found[theirs], strict=True)])
    return Section(
        "imports",
        "Import",
        "Fresh interpreters, warm disk cache, in turn; milliseconds inside the interpreter, its own start not counted.",
        ("statement", "ms", "heavy packages it loads"),
        [
            [label, spread(values).text("{:,.1f}"), ", ".join(loaded[label]) or "none"]
            for label, values in found.items()
        ],
        [
            Target(
                "`import penstock` beyond `import httpx2`",
                "< + 150 ms",
                added.text("{:+,.0f}", " ms"),
                added.median < 150,
            ),
            Target(
                "heavy packages loaded by `import penstock`",
                "none",
                ", ".join(loaded[ours]) or "none",
                not loaded[ours],
            ),
        ],
        [
            "A connection is made with the engine's thread, the transport and the shared limits' file; nothing is sent."
        ],
        found,
    )
