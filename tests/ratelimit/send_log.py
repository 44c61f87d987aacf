"""The judge of every limit: a log of what was sent when, and a count of the fullest stretch in it.

It shares no line with the limiter: two pointers over a sorted list.
"""

from __future__ import annotations

from collections.abc import Iterable


def fullest(sends: Iterable[tuple[float, float]], per: float) -> float:
    """Return the most units sent in any stretch of `per` seconds (half open: a send `per` later is outside)."""
    log = sorted(sends)
    most = inside = 0.0
    first = 0
    for at, cost in log:
        inside += cost
        while log[first][0] <= at - per:
            inside -= log[first][1]
            first += 1
        most = max(most, inside)
    return most


def most_over_line(sends: Iterable[tuple[float, float]], rate: float) -> float:
    """Return the most units that ever left beyond `rate` a second: what a leaky bucket must hold."""
    level = most = 0.0
    last = None
    for at, cost in sorted(sends):
        if last is not None:
            level = max(0.0, level - (at - last) * rate)
        last = at
        level += cost
        most = max(most, level)
    return most
