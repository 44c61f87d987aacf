"""A program to be killed: it takes one named run as far as it gets. Run by test_kill.py, never by itself.

argv: HOME BASE_URL KIND ROWS MODE POINT
KIND: stripe (a key the server knows) or github (no key). MODE: honest, no-intent, new-keys.
POINT: "" or "before:N" / "after:N": die by SIGKILL around the ledger's N-th transaction.
"""

from __future__ import annotations

import os
import random
import signal
import sys

import penstock as ps
from penstock.batch import ledger, runner


def main() -> int:
    home, base_url, kind, rows, mode, point = sys.argv[1:7]
    if mode == "new-keys":
        runner.derive_key = lambda *_: f"{random.random()}"  # type: ignore[assignment]
    if mode == "no-intent":

        async def no_intent(self: runner.Entry, attempt: int, request: object) -> None:
            self.is_open = True

        runner.Entry.intent = no_intent  # type: ignore[assignment,method-assign]
    if point:
        die_at_transaction(point)
    table = [
        {"id": f"row-{n}", "email": f"user{n}@example.com", "title": f"row-{n}"} for n in range(int(rows))
    ]
    with ps.Workbench(home=home, share_limits=False) as bench:
        secret = {"token": ps.Secret(os.environ["CHILD_TOKEN"])}
        # The limits and the breaker are not what is tried here.
        loose = {"limit": ps.Limit(10_000, per=1.0), "breaker": ps.BreakerPolicy(minimum_calls=10**6)}
        service = bench.connect(
            kind,
            base_url=base_url,
            credential=secret,
            retry=ps.RetryPolicy(wait_initial=0.02, wait_max=0.1),
            **loose,
        )
        if kind == "stripe":
            call, parameters = service.customers.create, {"email": "email", "description": "id"}
        else:
            call, parameters = (
                service.issues.create,
                {"title": "title", "owner": lambda row: "sandbox-org", "repo": lambda row: "demo"},
            )
        run = bench.batch(
            call,
            table,
            key="id",
            name="killed",
            parameters=parameters,
            concurrency=3 if point else 20,
            chunk_size=25,
        )
        print("started", flush=True)
        run.wait()
        print("finished", run.progress.done, flush=True)
    return 0


def die_at_transaction(point: str) -> None:
    when, _, number = point.partition(":")
    left = int(number)
    write = ledger.Ledger._write

    def counted(self: ledger.Ledger, groups: dict[str, list[object]]) -> None:
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        write(self, groups)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger.Ledger._write = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main())
