"""What a run would take, before it is run."""

from __future__ import annotations

import pandas as pd
import pytest

import penstock as ps
from penstock.batch.estimate import spell


def test_the_binding_limit_is_named(workbench: ps.Workbench) -> None:
    """1,000 rows at 25 a second take about 40 seconds, and the limit that says so comes first."""
    stripe = workbench.connect(
        "stripe", base_url="http://127.0.0.1:9", credential={"token": ps.Secret("sk_test_0000000000")}
    )
    made = workbench.estimate(stripe.customers.create, pd.DataFrame({"email": ["a"] * 1000}))
    assert made.requests == 1000 and made.seconds == pytest.approx(39.0) and made.rate == 25
    assert "25 requests / 1 s" in repr(made) and made.frame()["share"].iloc[0] == 40
    assert "<table>" in made._repr_html_()


def test_what_cannot_be_known_is_not_said(workbench: ps.Workbench) -> None:
    """A stream's length and a function's time are unknown, and told as such."""
    stripe = workbench.connect(
        "stripe", base_url="http://127.0.0.1:9", credential={"token": ps.Secret("sk_test_0000000000")}
    )
    assert workbench.estimate(stripe.customers.create, iter([])).seconds is None
    assert workbench.estimate(lambda row: row, [1, 2, 3]).seconds is None
    assert workbench.estimate(stripe.customers.create, []).seconds == 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "under a second"), (40, "40 s"), (720, "12 min"), (12_600, "3.5 h"), (400_000, "4.6 days")],
)
def test_lengths_read_at_a_glance(seconds: float, said: str) -> None:
    """Seconds, minutes, hours or days, whichever is short."""
    assert spell(seconds) == said
