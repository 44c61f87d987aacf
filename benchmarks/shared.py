"""Two processes that share one account: together they must use the limit, and never exceed it."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nginx import Door, run_nginx
from rate import BURST, RATE, judge
from rounds import Section, Setting, Target, Variant, measure, spread

HOMES = Path(__file__).resolve().parent.parent / "build" / "bench"
ABOUT = """\
Two processes, each with a batch at concurrency 50, share one home and so one account with `Limit({rate},
per=1.0, burst={burst})`, through a SQLite file and no server. nginx's log is the judge: what both together
got in {seconds} s as a share of what one limit allows, what nginx's own `limit_req` (the same limit)
refused, and the most requests in any second."""


def busiest_second(log: Sequence[tuple[float, int]]) -> int:
    """Return the most requests in any stretch of one second."""
    times = sorted(at for at, _ in log)
    most = start = 0
    for end, at in enumerate(times):
        while times[start] <= at - 1.0:
            start += 1
        most = max(most, end - start + 1)
    return most


def run(setting: Setting) -> Section:
    """Measure it."""
    seconds, turns = setting.pick(30, 6), setting.pick(3, 1)
    HOMES.mkdir(parents=True, exist_ok=True)
    found: list[tuple[float, int, int]] = []
    with (
        run_nginx([Door(f"shared{turn}", RATE, BURST) for turn in range(turns)]) as server,
        ThreadPoolExecutor(2) as pool,
    ):
        for turn in range(turns):
            home = tempfile.mkdtemp(prefix="shared-", dir=HOMES)
            options = {
                "url": server.door(f"shared{turn}"),
                "seconds": seconds + 1,
                "burst": BURST,
                "home": home,
            }
            try:
                for one in [pool.submit(measure, Variant("rate-penstock", 1, options)) for _ in range(2)]:
                    one.result()
            finally:
                shutil.rmtree(home, ignore_errors=True)
            log = server.log(f"shared{turn}")
            found.append((*judge(log, seconds, BURST), busiest_second(log)))
            setting.say(
                f"  turn {turn + 1}/{turns}  used {found[-1][0]:.1%}, refused {found[-1][1]}, most in a second {found[-1][2]}"
            )
    used, refused, most = (list(values) for values in zip(*found, strict=True))
    shown = [
        spread([100 * one for one in used]).text("{:.1f}", " %"),
        spread(refused).text("{:,.0f}"),
        spread(most).text("{:,.0f}"),
    ]
    return Section(
        "shared",
        "One account, two processes",
        ABOUT.format(rate=RATE, burst=BURST, seconds=seconds),
        ("used of one limit", "refused by nginx", f"most in a second (allowed {RATE + BURST})"),
        [shown],
        [
            Target(
                "two processes, one limit: used / refused",
                "≥ 99 % / 0",
                f"{shown[0]} / {shown[1]}",
                statistics.median(used) >= 0.99 and statistics.median(refused) == 0,
            )
        ],
        [f"{turns} turns of {seconds} s; medians (lowest–highest)."],
        found,
    )
