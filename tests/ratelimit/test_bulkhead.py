"""How many at once."""

from __future__ import annotations

import math

import pytest

from penstock.ratelimit.bulkhead import Bulkhead


def test_no_more_than_the_amount_are_inside() -> None:
    """The eleventh of ten is told that nobody knows when, and goes in as soon as one comes out."""
    bulkhead = Bulkhead(10)
    assert [bulkhead.take(1.0, 0.0) for _ in range(10)] == [0.0] * 10
    assert bulkhead.take(1.0, 0.0) == math.inf
    bulkhead.release(1.0)
    assert bulkhead.take(1.0, 0.0) == 0.0
    assert bulkhead.in_use == 10 and bulkhead.available(0.0) == 0


def test_more_releases_than_takes_make_no_room() -> None:
    """A slot given back twice is not two slots."""
    bulkhead = Bulkhead(1)
    bulkhead.take(1.0, 0.0)
    bulkhead.release(1.0)
    bulkhead.release(1.0)
    assert bulkhead.take(1.0, 0.0) == 0.0
    assert bulkhead.take(1.0, 0.0) == math.inf


def test_a_closed_bulkhead_says_until_when() -> None:
    """Closed for 5 s it lets nobody in for 5 s, though it is empty."""
    bulkhead = Bulkhead(3)
    bulkhead.close(5.0)
    assert bulkhead.take(1.0, 0.0) == 5.0 and bulkhead.available(0.0) == 0.0
    assert bulkhead.take(1.0, 5.0) == 0.0


@pytest.mark.parametrize("cost", [4.0, -1.0, math.nan])
def test_a_cost_that_never_fits_takes_nothing(cost: float) -> None:
    """More than the amount, less than nothing and not a number leave every slot free."""
    bulkhead = Bulkhead(3)
    assert bulkhead.take(cost, 0.0) == math.inf
    assert bulkhead.available(0.0) == 3
