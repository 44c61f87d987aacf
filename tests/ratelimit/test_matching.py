"""Which budget an answer speaks of."""

from __future__ import annotations

import pytest

from penstock.ratelimit.headers import RateLimitHint
from penstock.ratelimit.limit import Charge, Limit
from penstock.ratelimit.matching import match_charges

SECOND = Charge("s", Limit(100, per=1.0))
MINUTE = Charge("m", Limit(900, per=60.0))
HOUR = Charge("h", Limit(5000, per=3600.0))
CORE = Charge("core", Limit(5000, per=3600.0, key="core"))
POINTS = Charge("p", Limit(100, per=1.0, burst=1000, unit="points"))
SLOTS = Charge("c", Limit(5))
ALL = (SECOND, MINUTE, HOUR, POINTS, SLOTS)


def matched(charges: tuple[Charge, ...], **hint: float | str | None) -> str:
    return "".join(match.charge.key for match in match_charges(charges, RateLimitHint(**hint)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hint", "keys"),
    [
        ({"limit": 900, "remaining": 5, "reset_in_s": 30}, "m"),  # the very figure
        ({"limit": 5000, "remaining": 5, "reset_in_s": 3000}, "h"),
        (
            {"limit": 100, "remaining": 5, "reset_in_s": 3000},
            "h",
        ),  # the figure is chance: a second has no such reset
        ({"limit": 60, "remaining": 5, "reset_in_s": 40}, "m"),  # another plan's figure
        ({"remaining": 5, "reset_in_s": 1}, "s"),  # the least harm if wrong
        ({"remaining": 5}, ""),  # could be any
        ({"remaining": 5, "reset_in_s": 86_000}, ""),  # none is so long
        ({"limit": 900, "remaining": 5, "unit": "content-bytes"}, ""),
        ({"capacity": 1000, "remaining": 5, "refill_rate": 100, "unit": "points"}, "p"),
        ({"retry_after_s": 5}, ""),
    ],
)
def test_the_budget_is_found_by_figure_or_by_reset(hint: dict[str, float | str], keys: str) -> None:
    """The very figure wins where its window can hold the reset; else the shortest window that can."""
    assert matched(ALL, **hint) == keys


def test_a_name_wins_where_a_limit_has_it() -> None:
    """GitHub's resource "core" is the limit with that key; "search" is not."""
    assert matched((MINUTE, CORE), limit=900, remaining=5, reset_in_s=60, scope="core") == "core"
    assert matched((CORE,), limit=5000, remaining=5, reset_in_s=60, scope="search") == ""


def test_a_figure_is_taken_over_only_where_it_is_surely_the_same_limit() -> None:
    """A reset in the first half of a window may be that of a shorter one, whose figure would throttle the longer."""
    early, late = (
        match_charges((MINUTE,), RateLimitHint(limit=60, remaining=5, reset_in_s=at)) for at in (1.0, 50.0)
    )
    assert [match.is_certain for match in (*early, *late)] == [False, True]
