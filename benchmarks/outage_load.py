"""The load a service gets during an outage, with and without restraint: outage.py's simulation, put into the page."""

from __future__ import annotations

from dataclasses import asdict

from outage import OUTAGE_S, RATE, simulate
from rounds import Section, Setting, Target

ABOUT = """\
{rate:g} calls a second go to a service that is down for {outage:g} s. Load: requests it gets in that time
for each call made. The policies are the real ones under a simulated clock, with 6 attempts after 1, 2, 4,
8, 16 s and equal jitter; nothing here is timed."""

CASES = {
    "retries alone": (False, False, 5.0),
    "+ retry budget": (True, False, 5.0),
    "+ retry budget + breaker": (True, True, 5.0),
    "the same after 30 s of good traffic": (True, True, 30.0),
}


def run(setting: Setting) -> Section:
    """Simulate it."""
    found = {
        label: simulate(has_budget=has_budget, has_breaker=has_breaker, before_s=before_s)
        for label, (has_budget, has_breaker, before_s) in CASES.items()
    }
    for label, result in found.items():
        setting.say(f"  {label:<44}{result.load:.2f} ×")
    naive, budget, both = (found[label].load for label in list(CASES)[:3])
    return Section(
        "outage",
        "An outage of a minute",
        ABOUT.format(rate=RATE, outage=OUTAGE_S),
        ("with", "load", "most requests in a second", "calls that failed", "first success after"),
        [
            [label, f"{one.load:.2f} ×", str(one.peak), f"{one.failed:.0%}", f"{one.recovered_s:.1f} s"]
            for label, one in found.items()
        ],
        [
            Target(
                "load with the retry budget",
                "about 1.0 ×",
                f"{budget:.2f} × (naive {naive:.2f} ×)",
                budget <= 1.1,
            ),
            Target("load with budget and breaker", "about 0.1 ×", f"{both:.2f} ×", both <= 0.15),
        ],
        ["Earlier prototype: naive 5.8 ×, budget 1.0 ×, budget and breaker 0.1 ×."],
        {label: asdict(one) for label, one in found.items()},
    )
