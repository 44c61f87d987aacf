"""`python -m penstock.sandbox`: the sandbox as a program of its own, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any

from penstock.errors import PenstockError
from penstock.sandbox.oauth.facts import CLIENT_ID, CLIENT_SECRET
from penstock.sandbox.server import Sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return 0, or 2 where the arguments or the port will not do."""
    parser = argparse.ArgumentParser(
        prog="penstock sandbox", description="Answer as the vendors do, on 127.0.0.1."
    )
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON: base_url, credential, base_parameters"
    )
    parser.add_argument(
        "--faults", type=json.loads, default=None, metavar="JSON", help="for example '{\"500\": 0.02}'"
    )
    parser.add_argument("--no-limits", action="store_true", help="throttle nobody")
    parser.add_argument("--seed", type=int, default=0, help="starts the chance behind faults and ids")
    parser.add_argument(
        "--names", nargs="*", default=None, metavar="NAME", help="the vendors to serve, all by default"
    )
    parser.add_argument(
        "--log-limit", type=int, default=None, metavar="N", help="keep the newest N log entries only"
    )
    given = parser.parse_args(arguments)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        sandbox = Sandbox(
            faults=given.faults,
            seed=given.seed,
            port=given.port,
            limits=not given.no_limits,
            names=given.names,
            log_limit=given.log_limit,
        ).start()
    except (PenstockError, OSError) as exc:
        print(f"penstock sandbox: {exc}", file=sys.stderr)
        return 2
    try:
        _show(sandbox.describe(), sandbox.port, is_json=given.json)
        stopped.wait()
    finally:
        sandbox.stop()
    return 0


def _show(description: dict[str, Any], port: int, *, is_json: bool) -> None:
    if is_json:
        print(json.dumps(description), flush=True)
        return
    for name, entry in description.items():
        said = "  ".join(f"{field} {key}" for field, key in entry["credential"].items())
        print(f"{name:<16} {entry['base_url']:<60} {said}")
    print(
        f"Requests and effects: http://127.0.0.1:{port}/__log   faults: POST "
        f"http://127.0.0.1:{port}/__faults\n"
        f"Sign-ins with OAuth: http://127.0.0.1:{port}/NAME/__oauth/authorize, token, device, revoke; "
        f"client_id {CLIENT_ID}, client_secret {CLIENT_SECRET}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
