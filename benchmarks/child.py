"""One variant in one process: python benchmarks/child.py VARIANT '{"url": …}'. It prints its figures as one line of JSON.

A process of its own for each measurement keeps CPU and memory of one variant out of another's.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys

VARIANTS = {
    "penstock": "ours:run_penstock",
    "noop": "ours:run_noop",
    "stream": "ours:run_stream",
    "bare-pyreqwest": "bare:run_pyreqwest",
    "bare-httpx2": "bare:run_httpx2",
    "stack-httpx2": "stack:run_httpx2",
    "stack-httpx": "stack:run_httpx",
    "stack-pyreqwest": "stack:run_pyreqwest",
    "rate-penstock": "rate_clients:run_penstock",
    "rate-aiolimiter": "rate_clients:run_aiolimiter",
    "rate-gap": "rate_clients:run_gap",
    "rate-gcra": "rate_clients:run_gcra",
}


def main(variant: str, options: dict[str, object]) -> None:
    """Run one variant and print what it took."""
    uses_uvloop = bool(options.pop("uvloop", False))
    if not uses_uvloop:
        sys.modules["uvloop"] = None  # type: ignore[assignment]  # as where it is not installed
    from measure import peak_bytes

    module, function = VARIANTS[variant].split(":")
    run = getattr(importlib.import_module(module), function)
    if inspect.iscoroutinefunction(run):
        factory = None
        if uses_uvloop:
            import uvloop

            factory = uvloop.new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            result = runner.run(run(**options))
    else:
        result = run(**options)
    print(json.dumps({"elapsed_s": result.elapsed_s, "cpu_s": result.cpu_s, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
