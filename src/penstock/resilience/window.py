"""The calls of the last seconds, counted: how many, how many failed, how many slow. It judges nothing."""

from __future__ import annotations

from collections import deque

from penstock.resilience.usual import UsualDuration

SLOTS = 15  # a window of 30 s is kept in slots of 2 s: it covers 28 to 30 s, and a call costs an addition


class CallWindow:
    """Count calls over the last `window` seconds; `now` is always the monotonic clock's."""

    __slots__ = (
        "_base_calls", "_base_failures", "_base_slow", "_calls", "_failures", "_floor", "_history",
        "_slot_ends_at", "_slot_s", "_slow", "_turn_ends_at", "_turn_successes", "_usual", "_window",
    )  # fmt: skip

    def __init__(self, usual: UsualDuration, *, window: float, now: float) -> None:
        self._usual, self._floor = usual, usual.floor
        self._window, self._slot_s = window, window / SLOTS
        # Counts since the beginning; the window's are the differences to the base, the counts when it began.
        self._calls = self._failures = self._slow = 0
        self._history: deque[tuple[int, int, int, int]] = deque()  # the counts when each slot began
        self._turn_ends_at, self._turn_successes = now + window, 0
        self.clear(now)

    def add(self, is_failure: bool, elapsed_s: float, now: float) -> bool:
        """Count one call; return whether any call of the window failed or was slow."""
        if now >= self._slot_ends_at:
            self._roll(now)
        self._calls += 1
        if is_failure:
            self._failures += 1
        if elapsed_s > self._floor:
            self._weigh(is_failure, elapsed_s)
        return self._failures != self._base_failures or self._slow != self._base_slow

    def counts(self, now: float) -> tuple[int, int, int]:
        """Return the window's calls, failures and slow ones."""
        if now >= self._slot_ends_at:
            self._roll(now)
        return (
            self._calls - self._base_calls,
            self._failures - self._base_failures,
            self._slow - self._base_slow,
        )

    def clear(self, now: float) -> None:
        """Begin an empty window; what was learned of the usual duration stays."""
        self._history.clear()
        self._roll(now)

    def _weigh(self, is_failure: bool, elapsed_s: float) -> None:
        """Look at a call that took long: learn from it when it succeeded, count it when it was slow."""
        if not is_failure:
            self._usual.add_long(elapsed_s, self._calls - self._failures - self._turn_successes)
        if elapsed_s > self._usual.slow_after:
            self._slow += 1

    def _roll(self, now: float) -> None:
        """Begin the slot of `now`, and let the window begin with the oldest slot it still reaches."""
        slot = int(now / self._slot_s)
        self._slot_ends_at = (slot + 1) * self._slot_s
        history = self._history
        if not history or history[-1][0] != slot:
            history.append((slot, self._calls, self._failures, self._slow))
        while history[0][0] <= slot - SLOTS:
            history.popleft()
        _, self._base_calls, self._base_failures, self._base_slow = history[0]
        if now >= self._turn_ends_at:
            successes = self._calls - self._failures
            self._usual.turn(successes - self._turn_successes)
            self._turn_ends_at, self._turn_successes = now + self._window, successes
