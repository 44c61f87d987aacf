"""A batch of a function that does nothing: what a durable row costs by itself."""

from __future__ import annotations

from rounds import Section, Setting, Variant, alternate, at_most, figure_rows, raw

ASYNC, PLAIN, UVLOOP = "async function", "plain function (on a thread)", "async function, uvloop"

ABOUT = """\
`bench.batch(function, frame, key="id", concurrency=50).frame()` over {rows:,} rows; the function returns
the row's id. Each row's intent is on the disk before the function runs, its outcome after it."""


def run(setting: Setting) -> Section:
    """Measure it."""
    rows = setting.pick(10_000, 2_000)
    figures = alternate(
        {
            ASYNC: Variant("noop", rows, {"count": rows, "kind": "async"}),
            PLAIN: Variant("noop", rows, {"count": rows, "kind": "plain"}),
            UVLOOP: Variant("noop", rows, {"count": rows, "kind": "async", "uvloop": True}),
        },
        rounds=setting.pick(7, 3),
        say=setting.say,
    )
    per_row_ms = [one.elapsed_s / one.rows * 1e3 for one in figures[ASYNC]]
    return Section(
        "noop",
        "A row that does nothing, durable",
        ABOUT.format(rows=rows),
        ("call", "rows/s", "CPU µs per row", "peak MiB"),
        figure_rows(figures),
        [at_most("a no-op row, durable, on the wall", per_row_ms, 0.15, "{:.3f}", " ms")],
        [
            "Not measured here, but in November 2026 on the same kind of machine, with 200 to 4,000 items, none of them "
            "durable one by one: Prefect 3.8.8 `.map` 10.7 ms, dask 2026.8.0 (2 processes) 0.96 ms, ray 2.60.0 0.67 ms."
        ],
        raw(figures),
    )
