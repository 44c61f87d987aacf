"""Against a real limiter that is not ours: nginx's limit_req at 100 requests a second, with and without a burst."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from nginx import Door, Nginx, run_nginx
from rate_clients import RATE
from rounds import Section, Setting, Target, Variant, measure, spread

BURST = 20
OURS = "Penstock"
ABOUT = """\
nginx's `limit_req` allows {rate} requests a second, once with `burst={burst} nodelay`, once with no burst
at all; each client tries for {seconds} s with 50 workers to use all of it and to be refused nothing. Used:
what nginx let through in the {seconds} s after the first request, as a share of what it could have let
through ({rate} × {seconds} + burst). Refused: its 429s. The judge is nginx's own log. Penstock:
`Limit({rate}, per=1.0, burst={burst})` and `burst=1`; the others send on through a refusal, Penstock waits
as a client should. With a burst the clients run side by side, each with a limiter of its own in nginx;
without one, where a millisecond decides, one after the other."""

# label → (variant, options with a burst, options without)
CLIENTS: dict[str, tuple[str, dict[str, float] | None, dict[str, float] | None]] = {
    OURS: ("rate-penstock", {"burst": BURST}, {"burst": 1}),
    "aiolimiter, AsyncLimiter(100, 1)": ("rate-aiolimiter", *[{"amount": RATE, "period": 1.0}] * 2),
    "aiolimiter, AsyncLimiter(1, 0.01)": ("rate-aiolimiter", *[{"amount": 1, "period": 1 / RATE}] * 2),
    "10 ms gap by hand": ("rate-gap", {}, {}),
    "GCRA by hand, burst 20 / 1": ("rate-gcra", {"burst": BURST}, {"burst": 1}),
}


def judge(log: Sequence[tuple[float, int]], seconds: float, burst: int) -> tuple[float, int]:
    """Return the share of the allowed requests that were let through, and how many were refused."""
    began = log[0][0]
    inside = [status for at, status in log if at < began + seconds]
    return inside.count(200) / (RATE * seconds + burst), sum(status == 429 for status in inside)


def _door(number: int, burst: int, turn: int) -> Door:
    return Door(f"client{number}_{burst}_{turn}", RATE, burst)


def _try(server: Nginx, door: Door, label: str, seconds: int) -> tuple[float, int]:
    variant, with_burst, without = CLIENTS[label]
    options = with_burst if door.burst else without
    measure(Variant(variant, 1, {"url": server.door(door.name), "seconds": seconds, **(options or {})}))
    return judge(server.log(door.name), seconds, door.burst)


def run(setting: Setting) -> Section:
    """Measure it."""
    seconds, turns = setting.pick(30, 6), setting.pick(3, 1)
    doors = [
        _door(number, burst, turn)
        for number in range(len(CLIENTS))
        for burst in (BURST, 0)
        for turn in range(turns)
    ]
    found: dict[str, dict[int, list[tuple[float, int]]]] = {label: {BURST: [], 0: []} for label in CLIENTS}
    with run_nginx(doors) as server, ThreadPoolExecutor(len(CLIENTS)) as pool:
        for turn in range(turns):
            waiting = {
                label: pool.submit(_try, server, _door(number, BURST, turn), label, seconds)
                for number, label in enumerate(CLIENTS)
            }
            for label, future in waiting.items():
                found[label][BURST].append(future.result())
            for number, label in enumerate(CLIENTS):
                found[label][0].append(_try(server, _door(number, 0, turn), label, seconds))
            for label, by_burst in found.items():
                said = "   ".join(
                    f"burst {burst}: {used[-1][0]:.1%} / {used[-1][1]}" for burst, used in by_burst.items()
                )
                setting.say(f"  turn {turn + 1}/{turns}  {label:<44}{said}")
    rows = [[label, *(_text(by_burst[burst]) for burst in (BURST, 0))] for label, by_burst in found.items()]
    return Section(
        "rate",
        "A limit used to the full",
        ABOUT.format(rate=RATE, burst=BURST, seconds=seconds),
        ("client", f"burst {BURST}: used / refused", "burst 0: used / refused"),
        rows,
        [
            _target(f"burst {BURST}", found[OURS][BURST], 0.995, 0),
            _target("burst 0", found[OURS][0], 0.92, 4),
        ],
        [f"{turns} turns of {seconds} s; medians (lowest–highest)."],
        found,
    )


def _text(tries: Sequence[tuple[float, int]]) -> str:
    used = spread([share * 100 for share, _ in tries]).text("{:.1f}", " %")
    return f"{used} / {spread([refused for _, refused in tries]).text('{:,.0f}')}"


def _target(what: str, tries: Sequence[tuple[float, int]], share: float, refused: int) -> Target:
    used = statistics.median(one for one, _ in tries)
    no = statistics.median(one for _, one in tries)
    return Target(
        f"nginx 100 r/s, {what}: used / refused",
        f"≥ {share * 100:g} % / {f'≤ {refused}' if refused else '0'}",
        _text(tries),
        used >= share and no <= refused,
    )
