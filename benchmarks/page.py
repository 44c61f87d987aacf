"""RESULTS.md from the figures in results.json: what was promised first, then every table with what its rows mean."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from rounds import Section

LIBRARIES = (
    "penstock", "pyreqwest", "httpx2", "httpx", "stamina", "circuitbreaker", "aiolimiter", "uvloop", "pandas",
)  # fmt: skip


def describe_machine(disk: Path) -> list[str]:
    """Return what these figures were measured on and with, a line each; nothing that names a user or a path."""
    libraries = ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    return [
        f"{os.cpu_count()} cores ({_processor()}), {platform.system()} {platform.release()}, disk {_disk_kind(disk)}",
        f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {_nginx()}",
        libraries,
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _disk_kind(path: Path) -> str:
    from penstock.store import disk_kind

    return disk_kind(path) or "unknown"


def _nginx() -> str:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    try:
        told = subprocess.run(
            ["nginx", "-v"], check=False, capture_output=True, text=True, env={"PATH": path}, timeout=10
        )
    except OSError:
        return "no nginx"
    return told.stderr.strip().rpartition(" ")[2].replace("/", " ")


def write_page(sections: Sequence[Section], machine: Sequence[str], *, is_quick: bool) -> str:
    """Return the page."""
    targets = [(target, section) for section in sections for target in section.targets]
    missed = sum(not target.is_met for target, _ in targets)
    lines = [
        "# What was measured",
        "",
        "Written by `make bench` (`python benchmarks/run.py`); every single measurement is in `results.json`.\n"
        "Alternating runs on one machine, each variant in a process of its own: the median of the rounds, with the\n"
        "lowest and the highest. Absolute figures belong to the machine; a ratio is taken within each round.\n"
        "Loopback only: no TLS, no network latency, small bodies, and a server that does not fail.",
        "",
        *(f"- {line}" for line in machine),
        "",
    ]
    if is_quick:
        lines += ["**A quick look (`--quick`): too few rows and rounds to judge a target by.**", ""]
    lines += [
        f"## Targets: {len(targets) - missed} of {len(targets)} met",
        "",
        "| what | target | measured | |",
        "| --- | --- | --- | --- |",
        *(
            f"| {target.what} | {target.wanted} | {target.measured} | {'met' if target.is_met else '**missed**'} |"
            for target, _ in targets
        ),
        "",
    ]
    for section in sections:
        lines += _write_section(section)
    return "\n".join(lines).rstrip() + "\n"


def _write_section(section: Section) -> list[str]:
    return [
        f"## {section.title}",
        "",
        section.about,
        "",
        f"| {' | '.join(section.columns)} |",
        f"|{' --- |' * len(section.columns)}",
        *(f"| {' | '.join(row)} |" for row in section.rows),
        "",
        *(f"- {note}" for note in section.notes),
        *([""] if section.notes else []),
        f"Measured {section.date} in {section.took_s:,.0f} s, load average at the start {section.load:.1f}: "
        f"`python benchmarks/run.py --only {section.name}`",
        "",
    ]
