"""One process that shares an account's budget: it sends as fast as it may, and writes down when it did.

Usage: lease_child.py DATABASE|- SECONDS WORKERS LIMITS START_AT LOG
`-` for a budget of its own; LIMITS as JSON, [amount, per, burst, cost] each; the log is one line for each send.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from penstock.clock import SystemClock
from penstock.ratelimit.lease import LeaseStore
from penstock.ratelimit.limit import Charge, Limit
from penstock.ratelimit.queue import Limiter

HOLD_S = 0.01  # how long a call lasts, where calls at once are limited


async def main(database: str, seconds: float, workers: int, limits: str, start_at: float, log: Path) -> None:
    clock = SystemClock()
    store = None if database == "-" else LeaseStore(Path(database), clock)
    limiter = Limiter(clock, leases=store, name="acct")
    charges = tuple(
        Charge(str(number), Limit(amount, per=per, burst=burst), cost)
        for number, (amount, per, burst, cost) in enumerate(json.loads(limits))
    )
    is_held = any(charge.limit.per is None for charge in charges)
    await asyncio.sleep(start_at - clock.wall())
    end_at = clock.monotonic() + seconds
    with log.open("w", buffering=1) as sends:

        async def work() -> None:
            while (left := end_at - clock.monotonic()) > 0:
                try:
                    async with asyncio.timeout(left):
                        await limiter.acquire(charges)
                except TimeoutError:
                    return
                began = time.time()
                if is_held:
                    await asyncio.sleep(HOLD_S)
                sends.write(f"{began} {time.time()}\n")
                limiter.release(charges)

        await asyncio.gather(*(work() for _ in range(workers)))
    if store is not None:
        store.close()


if __name__ == "__main__":
    where, length, many, which, when, path = sys.argv[1:7]
    asyncio.run(main(where, float(length), int(many), which, float(when), Path(path)))
