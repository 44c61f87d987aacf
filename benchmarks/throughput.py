"""A batch of 10,000 rows to a server that answers at once: Penstock, the bare workers below it, the stacks beside it."""

from __future__ import annotations

from nginx import run_nginx
from rounds import Section, Setting, Variant, alternate, at_least, at_most, figure_rows, ratios, raw

OURS, BARE = "Penstock, pyreqwest (default)", "bare workers, pyreqwest"
OURS_2, BARE_2 = "Penstock, httpx2", "bare workers, httpx2"
STACK_2, STACK_1 = "hand-made stack, httpx2", "hand-made stack, httpx"
STACK_0 = "hand-made stack, pyreqwest"
OURS_UV, BARE_UV = "Penstock, pyreqwest, uvloop", "bare workers, pyreqwest, uvloop"

ABOUT = """\
A frame of {rows:,} customers, POST with a form body, concurrency 50, nginx (one process, keep-alive, 157
bytes of JSON) on 127.0.0.1. **Penstock**: `bench.batch(stripe.customers.create, frame, key="id",
concurrency=50).frame()` with everything on: retry, breaker, three stacked limits that do not bind (a
second, an hour, a second per operation; shared between processes), listeners for the events of every
attempt and call, intent and outcome of each row durable (`synchronous=FULL`), frame to frame. **Bare
workers**: 50 coroutines over one iterator, the answer read, checked and parsed, nothing else. **Hand-made
stack**: stamina + circuitbreaker + aiolimiter + semaphore + gather, an idempotency key per row, frame to
frame, no ledger. asyncio's own loop everywhere, except in the rows that say uvloop."""


def run(setting: Setting) -> Section:
    """Measure it."""
    rows = setting.pick(10_000, 1_000)
    with run_nginx() as server:
        options = {"url": server.url, "count": rows}

        def variant(name: str, **more: object) -> Variant:
            return Variant(name, rows, {**options, **more})

        figures = alternate(
            {
                OURS: variant("penstock"),
                BARE: variant("bare-pyreqwest"),
                OURS_2: variant("penstock", transport="httpx2"),
                BARE_2: variant("bare-httpx2"),
                STACK_2: variant("stack-httpx2"),
                STACK_1: variant("stack-httpx"),
                STACK_0: variant("stack-pyreqwest"),
                OURS_UV: variant("penstock", uvloop=True),
                BARE_UV: variant("bare-pyreqwest", uvloop=True),
            },
            rounds=setting.pick(5, 3),
            say=setting.say,
        )
    added_us = [a.cpu_us - b.cpu_us for a, b in zip(figures[OURS], figures[BARE], strict=True)]
    return Section(
        "throughput",
        "A batch, everything on",
        ABOUT.format(rows=rows),
        ("variant", "rows/s", "CPU µs per row", "peak MiB", "rows/s against Penstock (default)"),
        figure_rows(figures, OURS),
        [
            at_least(
                "Penstock / hand-made stack on httpx2", ratios(figures[OURS], figures[STACK_2]), 10, "{:.1f}"
            ),
            at_least(
                "Penstock / hand-made stack on httpx", ratios(figures[OURS], figures[STACK_1]), 20, "{:.1f}"
            ),
            at_least("Penstock / bare workers, both pyreqwest", ratios(figures[OURS], figures[BARE]), 0.60),
            at_least("Penstock / bare workers, both httpx2", ratios(figures[OURS_2], figures[BARE_2]), 0.80),
            at_least(
                "Penstock on httpx2 / hand-made stack on httpx2",
                ratios(figures[OURS_2], figures[STACK_2]),
                1.5,
            ),
            at_most("CPU added per row by everything on (pyreqwest)", added_us, 80, "{:.0f}", " µs"),
        ],
        [
            "The CPU is that of the client's process, all its threads; nginx's is not in it.",
            "Where the stack is put on pyreqwest, what remains of the ratio is what Penstock's own code makes of it.",
        ],
        raw(figures),
    )
