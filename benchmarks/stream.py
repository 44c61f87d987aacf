"""A million rows from a generator: memory must stay flat, and time grow with the rows."""

from __future__ import annotations

import statistics

from rounds import Section, Setting, Variant, alternate, at_least, at_most, figure_rows, ratios, raw

FEW = 10_000

ABOUT = """\
Rows come one by one from a generator and go through an async function that does nothing, each durable
before and after, `key="id"`, concurrency 50; `run.wait()`, nobody asks for a frame. {many:,} rows against
{few:,}: the most memory the process ever held, and rows per second."""


def run(setting: Setting) -> Section:
    """Measure it."""
    many = setting.pick(1_000_000, 100_000)
    few_label, many_label = f"{FEW:,} rows", f"{many:,} rows"
    figures = alternate(
        {
            few_label: Variant("stream", FEW, {"count": FEW, "source": "plain"}),
            many_label: Variant("stream", many, {"count": many, "source": "plain"}),
        },
        rounds=setting.pick(5, 1),
        say=setting.say,
    )
    few, all_of_it = figures[few_label], figures[many_label]
    memory = [b.peak_bytes / a.peak_bytes for a, b in zip(few, all_of_it, strict=True)]
    times = statistics.median(one.elapsed_s for one in all_of_it)
    return Section(
        "stream",
        "Rows from a generator",
        ABOUT.format(many=many, few=FEW),
        ("rows", "rows/s", "CPU µs per row", "peak MiB"),
        figure_rows(figures),
        [
            at_most(f"memory of {many:,} rows / of {FEW:,}", memory, 1.5),
            at_least(f"rows/s at {many:,} / at {FEW:,} (linear is 1)", ratios(all_of_it, few), 0.9),
        ],
        [f"{many:,} rows took {times:,.0f} s (median)."],
        raw(figures),
    )
