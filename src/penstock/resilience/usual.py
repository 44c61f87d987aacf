"""What is slow here: judged by how long successes usually take at this service, not by one figure for all.

A call is slow beyond max(slow_min, slow_factor * p95), p95 being that of the successes seen. A service that
always needs twenty seconds (a language model, a report) is therefore not taken for one that is going down.
"""

from __future__ import annotations

import math

_PER_OCTAVE = 4  # a bucket ends 19 % above where it begins: p95 is overestimated by at most that
_BUCKETS = 64  # sixteen octaves above the floor: 2 s to 36 h
_KEEP = 2000  # successes after which what was learned is halved, so that lately counts for more


class UsualDuration:
    """Learn the durations of successes, and say from how many seconds on a call is slow.

    Durations up to `floor` (slow_min / slow_factor) are only counted: a p95 below it cannot raise the
    threshold. What is known leaves out at least the last window, so that a service which grows slow is
    measured against what it was before; only until `minimum` successes are known does everything count.
    """

    __slots__ = (
        "_factor", "_known", "_known_long", "_minimum", "_newer", "_newer_long", "_slow_min",
        "floor", "slow_after",
    )  # fmt: skip

    def __init__(self, *, slow_min: float, slow_factor: float, minimum: int) -> None:
        self._slow_min, self._factor, self._minimum = slow_min, slow_factor, minimum
        self.floor = slow_min / slow_factor
        self.slow_after = slow_min
        self._known, self._known_long = 0, [0] * _BUCKETS
        # Two windows wait before they join what is known: the one that runs now, and the one before it.
        self._newer = [0, 0]
        self._newer_long = [[0] * _BUCKETS, [0] * _BUCKETS]

    def add_long(self, elapsed_s: float, successes: int) -> None:
        """Note a success longer than `floor`; `successes`: how many this window has seen, this one too."""
        bucket = int(math.log2(elapsed_s / self.floor) * _PER_OCTAVE) if elapsed_s < math.inf else _BUCKETS
        self._newer_long[0][min(_BUCKETS - 1, max(0, bucket))] += 1
        if self._known < self._minimum:
            self._newer[0] = successes
            long = [sum(counts) for counts in zip(self._known_long, *self._newer_long, strict=True)]
            self.slow_after = self._threshold(self._known + sum(self._newer), long)

    def turn(self, successes: int) -> None:
        """Begin another window; the one that ends has seen so many successes."""
        self._known += self._newer[1]
        self._known_long = [a + b for a, b in zip(self._known_long, self._newer_long[1], strict=True)]
        self._newer = [0, successes]
        self._newer_long = [[0] * _BUCKETS, self._newer_long[0]]
        if self._known > _KEEP:
            self._known //= 2
            self._known_long = [count // 2 for count in self._known_long]
        if self._known >= self._minimum:
            self.slow_after = self._threshold(self._known, self._known_long)

    def _threshold(self, successes: int, long: list[int]) -> float:
        rank = math.ceil(0.95 * successes) - (successes - sum(long))  # of the p95 among the long ones
        if rank <= 0:
            return self._slow_min
        for bucket, count in enumerate(long):
            rank -= count
            if rank <= 0:
                p95: float = self.floor * 2.0 ** ((bucket + 1) / _PER_OCTAVE)
                return max(self._slow_min, self._factor * p95)
        return self._slow_min
