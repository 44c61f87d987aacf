"""How long to wait before the next attempt: the arithmetic, and nothing that waits.

    base(n) = min(cap, initial * factor ** (n - 1))        n = 1 after the first failure: 1, 2, 4, 8, 16 s

    none          base(n)                                  the exact schedule
    equal         base(n) / 2 + U(0, base(n) / 2)          spread out, yet never less than half
    full          U(0, base(n))
    decorrelated  min(cap, U(initial, 3 * previous))       previous: the last wait; base(n - 1) where unknown

Source of the jitters: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015-03-04.
"""

from __future__ import annotations

from random import Random

JITTERS = ("none", "equal", "full", "decorrelated")


def compute_base(retry_num: int, *, initial: float, factor: float, cap: float) -> float:
    """Return the wait of the schedule before retry `retry_num` (1 after the first failure), seconds."""
    try:
        return min(cap, initial * factor ** (retry_num - 1))
    except OverflowError:  # far beyond any cap
        return cap if initial > 0 else 0.0


def compute_delay(
    retry_num: int,
    *,
    initial: float,
    factor: float,
    cap: float,
    jitter: str,
    random: Random,
    previous: float | None = None,
) -> float:
    """Return the seconds to wait before retry `retry_num` (1 after the first failure), jitter included.

    Raises ValueError for a jitter that is not in JITTERS, or a retry_num below 1.
    """
    if retry_num < 1:
        raise ValueError(f"retry_num is 1 after the first failure, not {retry_num}.")
    if jitter == "decorrelated":
        if previous is None:
            previous = compute_base(max(1, retry_num - 1), initial=initial, factor=factor, cap=cap)
        return min(cap, random.uniform(initial, max(initial, 3.0 * previous)))
    base = compute_base(retry_num, initial=initial, factor=factor, cap=cap)
    if jitter == "none":
        return base
    if jitter == "equal":
        return base / 2.0 + random.uniform(0.0, base / 2.0)
    if jitter == "full":
        return random.uniform(0.0, base)
    raise ValueError(f"There is no jitter {jitter!r}; there are: {', '.join(JITTERS)}.")
