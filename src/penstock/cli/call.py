"""`penstock call`: one call, and its answer on standard output."""

from __future__ import annotations

import argparse
import json
import sys

from penstock.cli.connecting import open_operation
from penstock.redact import redact


def run(given: argparse.Namespace) -> int:
    """Make the call and print the answer's data; a refusal by the service is an error of ours."""
    from penstock.workbench import Workbench

    with Workbench() as bench:
        response = open_operation(bench, given)(**dict(given.parameters))
    if given.json:
        said = {
            "status": response.status,
            "attempts": response.attempts,
            "elapsed_s": round(response.elapsed, 3),
            "request_id": response.request_id,
            "data": response.data,
        }
        print(redact(json.dumps(said, ensure_ascii=False)))
        return 0
    tries = f", {response.attempts} attempts" if response.attempts > 1 else ""
    print(f"{response.status}{tries}, {response.elapsed:.3f} s", file=sys.stderr)
    if response.data is not None:
        print(redact(json.dumps(response.data, ensure_ascii=False, indent=2)))
    return 0
