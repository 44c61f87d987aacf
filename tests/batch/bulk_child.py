"""A program to be killed while its rows go together. Run by test_bulk_kill.py, never by itself.

argv: HOME BASE_URL CALL ROWS.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from bulk_runs import start, table

import penstock as ps


def main(argv: Sequence[str]) -> int:
    home, url, call, rows = argv
    server: Any = SimpleNamespace(url=url)  # the address is all a client needs of it
    with ps.Workbench(home=home, share_limits=False) as bench:
        run = start(bench, server, call, table(["x"] * int(rows)), name="killed", concurrency=3)
        print("started", flush=True)
        run.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
