"""`penstock runs`: every run in this home."""

from __future__ import annotations

import argparse


def run(given: argparse.Namespace) -> int:
    """Print the runs, newest first as ps.runs() has them."""
    from penstock.workbench import Workbench

    with Workbench() as bench:
        frame = bench.runs()
    if given.json:
        print(frame.to_json(orient="records", date_format="iso", force_ascii=False))
    elif frame.empty:
        print("No runs yet. A batch makes one: penstock batch --help")
    else:
        print(frame.to_string(index=False))
    return 0
