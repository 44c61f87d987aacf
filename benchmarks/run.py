"""Every benchmark, one command: python benchmarks/run.py [--quick] [--only NAME ...]. Writes RESULTS.md beside itself.

A full run takes about half an hour. `--only` measures some parts again and keeps what is known of the others;
`--quick` takes minutes, proves that everything runs, and writes to build/ instead. A target missed is reported, never an error.
"""

from __future__ import annotations

import argparse
import fcntl
import importlib
import json
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "bench"

# Name → the module whose run() measures it, in the order of the page.
SECTIONS = {
    "throughput": "throughput",
    "noop": "noop",
    "stream": "stream",
    "rate": "rate",
    "shared": "shared",
    "outage": "outage_load",
    "imports": "imports",
    "catalogue": "catalogue",
    "vault": "vault",
}


def main() -> int:
    """Measure, write the page, say what was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few rows and rounds; judges nothing")
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, metavar="NAME", help=f"of {', '.join(SECTIONS)}"
    )
    options = parser.parse_args()
    from page import describe_machine, write_page
    from rounds import Section, Setting

    folder = BUILD if options.quick else HERE
    BUILD.mkdir(parents=True, exist_ok=True)
    lock = (BUILD / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        parser.error("another benchmark runs here; two at once measure each other.")
    store = folder / "results.json"
    known = json.loads(store.read_text()) if store.exists() else {}
    setting = Setting(options.quick, lambda text: print(text, file=sys.stderr, flush=True))
    for name in options.only or SECTIONS:
        setting.say(f"{name} …")
        started, load = time.monotonic(), os.getloadavg()[0]
        section = importlib.import_module(SECTIONS[name]).run(setting)
        section.date, section.took_s = time.strftime("%Y-%m-%d"), time.monotonic() - started
        section.load = load
        known[name] = section.to_json()
        sections = [Section.from_json(known[name]) for name in SECTIONS if name in known]
        store.write_text(json.dumps(known, indent=1) + "\n")
        (folder / "RESULTS.md").write_text(
            write_page(sections, describe_machine(HERE), is_quick=options.quick), encoding="utf-8"
        )
        for target in section.targets:
            print(
                f"{'met   ' if target.is_met else 'MISSED'}  {target.what}: {target.measured}, target {target.wanted}"
            )
    print(f"{(folder / 'RESULTS.md').relative_to(HERE.parent)} is written.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
