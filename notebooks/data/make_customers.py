"""Write customers_export.csv, the tour's input: a customer export with the mess of a real one, always the same.

python notebooks/data/make_customers.py
"""

from __future__ import annotations

import csv
from pathlib import Path

from penstock.sandbox.sample_rows import COLUMNS, build_messy_customers

TARGET = Path(__file__).with_name("customers_export.csv")


def write_customers(target: Path = TARGET, count: int = 1000) -> None:
    """Write `count` customers, some of them twice, as a spreadsheet program exports them: with a byte order mark."""
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(build_messy_customers(count))


if __name__ == "__main__":
    write_customers()
    print(f"Wrote {TARGET}")
