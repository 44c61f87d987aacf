"""The rows every variant is given, and the request a row becomes: the same for all, so that only the way differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

PATH = "/v1/customers"
TOKEN = "sk_test_benchmark"
CONCURRENCY = 50
WARM_UP = 300  # rows sent before the clock starts: connections are open and everything is imported


def build_rows(count: int) -> list[dict[str, Any]]:
    """Return so many customers as dicts."""
    return [
        {
            "id": f"c{number}",
            "email": f"c{number}@example.com",
            "name": f"Customer {number}",
            "phone": "555-0100",
        }
        for number in range(count)
    ]


def build_frame(count: int) -> pd.DataFrame:
    """Return the same as a frame."""
    import pandas as pd

    return pd.DataFrame(build_rows(count))


def fields(row: dict[str, Any]) -> dict[str, Any]:
    """Return what is sent of a row."""
    return {"email": row["email"], "name": row["name"], "phone": row["phone"]}
