"""Alternating runs: each variant in a child process, one after the other, round after round; and what is made of them.

A ratio is taken within each round, where both sides met the same machine, and the median of the rounds is given
with the lowest and the highest.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("child.py")
TIMEOUT_S = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """One measurement of one variant."""

    rows: int
    elapsed_s: float
    cpu_s: float
    peak_bytes: int

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / self.elapsed_s

    @property
    def cpu_us(self) -> float:
        """Microseconds of processor per row."""
        return self.cpu_s / self.rows * 1e6


@dataclass(frozen=True, slots=True)
class Variant:
    """What a child is asked to run: its name in child.py, and the options it is given."""

    run: str
    rows: int
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with the lowest and the highest of what it is the median of."""

    median: float
    low: float
    high: float

    def text(self, form: str = "{:,.2f}", unit: str = "") -> str:
        """Return "5.1 (4.8–5.6)", with the unit behind the median."""
        low, high = form.format(self.low), form.format(self.high)
        return f"{form.format(self.median)}{unit} ({low}–{high})"


def spread(values: Sequence[float]) -> Spread:
    """Return the median of some values and their extremes."""
    return Spread(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that was promised, beside what was measured; `is_met` is judged by the median."""

    what: str
    wanted: str
    measured: str
    is_met: bool


def at_least(
    what: str, values: Sequence[float], bound: float, form: str = "{:.2f}", unit: str = " ×"
) -> Target:
    """Return the target that the median of the rounds is at least `bound`."""
    found = spread(values)
    return Target(what, f"≥ {bound:g}{unit}", found.text(form, unit), found.median >= bound)


def at_most(
    what: str, values: Sequence[float], bound: float, form: str = "{:.2f}", unit: str = " ×"
) -> Target:
    """Return the target that the median of the rounds is at most `bound`."""
    found = spread(values)
    return Target(what, f"≤ {bound:g}{unit}", found.text(form, unit), found.median <= bound)


@dataclass(slots=True)
class Section:
    """One part of the page: what was measured, how, the figures, and the targets they are held against."""

    name: str
    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target] = ()
    notes: Sequence[str] = ()
    raw: Any = None
    date: str = ""
    took_s: float = 0.0
    load: float = 0.0  # of the machine when it began: what others were doing there

    def to_json(self) -> dict[str, Any]:
        """Return the section as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Section:
        """Return the section that `to_json` wrote."""
        return cls(**{**data, "targets": [Target(**target) for target in data["targets"]]})


@dataclass(frozen=True, slots=True)
class Setting:
    """How much is measured: the real thing, or a quick look that proves only that everything runs."""

    is_quick: bool
    say: Callable[[str], None]

    def pick(self, full: int, quick: int) -> int:
        """Return the amount for this setting."""
        return quick if self.is_quick else full


def measure(variant: Variant) -> Figures:
    """Run one variant in a process of its own."""
    command = [sys.executable, str(CHILD), variant.run, json.dumps(dict(variant.options))]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT_S)
    if done.returncode != 0:
        raise RuntimeError(f"{variant.run} failed:\n{done.stderr[-4000:]}")
    return Figures(variant.rows, **json.loads(done.stdout.splitlines()[-1]))


def alternate(
    variants: Mapping[str, Variant], rounds: int, say: Callable[[str], None]
) -> dict[str, list[Figures]]:
    """Measure every variant once per round, in turn; return the figures of each, round by round."""
    figures: dict[str, list[Figures]] = {label: [] for label in variants}
    for number in range(1, rounds + 1):
        for label, variant in variants.items():
            found = measure(variant)
            figures[label].append(found)
            say(
                f"  round {number}/{rounds}  {label:<44}{found.rate:>10,.0f} rows/s{found.cpu_us:>9,.0f} µs CPU/row"
            )
    return figures


def ratios(over: Sequence[Figures], under: Sequence[Figures]) -> list[float]:
    """Return rows per second of one variant over another's, round by round."""
    return [a.rate / b.rate for a, b in zip(over, under, strict=True)]


def raw(figures: Mapping[str, Sequence[Figures]]) -> dict[str, Any]:
    """Return every single measurement as plain data."""
    return {label: [asdict(found) for found in found_all] for label, found_all in figures.items()}


def figure_rows(figures: Mapping[str, Sequence[Figures]], base: str | None = None) -> list[list[str]]:
    """Return table rows: rows/s, CPU per row, peak memory, and the ratio to `base` where one is given."""
    table: list[list[str]] = []
    for label, found in figures.items():
        row = [
            label,
            spread([one.rate for one in found]).text("{:,.0f}"),
            spread([one.cpu_us for one in found]).text("{:,.0f}"),
            f"{statistics.median(one.peak_bytes for one in found) / 2**20:,.0f}",
        ]
        if base is not None:
            row.append("1" if label == base else spread(ratios(found, figures[base])).text("{:.2f}"))
        table.append(row)
    return table
