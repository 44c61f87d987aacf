"""The circuit breaker of one (integration, account, host): whether a call may go. It never waits or sends.

Rules (each has a test of its name in tests/resilience/test_breaker.py):
    1. CLOSED, everything goes. It trips when of the calls in the last `window` (30 s), `minimum_calls` (10)
       or more, `failure_rate_threshold` (50 %) failed or `slow_rate_threshold` (80 %) were slow.
    2. OPEN, nothing goes for `open_for` * 2^k (15, 30, … 300 s) ± 20 %, k being the failed trials in a row.
    3. The first to ask after that finds HALF_OPEN: `probes` (2) calls may go, one after the other or at once,
       and only such as do no harm when sent twice.
    4. HALF_OPEN, a probe that fails opens it again, for twice as long; `probes` that succeed close it. A slow
       success is a success: a service that is merely slow gets less traffic, but never none.
    5. An answer to what was sent before the last move says nothing about now, and is not counted (a call that
       hung for a minute must not open what has closed meanwhile); nor is any that comes while it is OPEN.
    6. A probe that ends without an answer gives its place back (`forget`); one that is never heard of again
       blocks it for `open_max` at most.
    7. `reset()` closes it from any state.
What counts as a failure is decided in classify.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from penstock.clock import Clock
from penstock.errors import UsageError
from penstock.resilience.usual import UsualDuration
from penstock.resilience.window import CallWindow


class BreakerState(StrEnum):
    """What a breaker does with a call: lets it go, refuses it, or lets a few try."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class _Event(StrEnum):
    TRIPPED = "too many calls failed, or were slow"
    WAITED = "the time is over"
    PROBE_FAILED = "a probe failed"
    PROBES_PASSED = "all probes succeeded"
    RESET = "reset by hand"


_CLOSED, _OPEN, _HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN

_TABLE = {
    (_CLOSED, _Event.TRIPPED): _OPEN,
    (_OPEN, _Event.WAITED): _HALF_OPEN,
    (_HALF_OPEN, _Event.PROBE_FAILED): _OPEN,
    (_HALF_OPEN, _Event.PROBES_PASSED): _CLOSED,
    (_CLOSED, _Event.RESET): _CLOSED,
    (_OPEN, _Event.RESET): _CLOSED,
    (_HALF_OPEN, _Event.RESET): _CLOSED,
}

_ASK_AGAIN_S = 1.0  # for who finds the places of the probes taken
_GRACE_S = 0.001  # the instant a call was sent is a difference of two clock readings, and not exact


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """State when a breaker trips and how long it stays open; durations are seconds, thresholds shares of 1.

    A call is slow beyond max(slow_min, slow_factor * the p95 of the successes seen).
    Raises UsageError for values that make no sense.
    """

    window: float = 30.0
    minimum_calls: int = 10
    failure_rate_threshold: float = 0.5
    slow_rate_threshold: float = 0.8
    slow_min: float = 10.0
    slow_factor: float = 5.0
    open_for: float = 15.0
    open_max: float = 300.0
    open_jitter: float = 0.2
    probes: int = 2

    def __post_init__(self) -> None:
        for name in ("window", "slow_min", "slow_factor", "open_for", "open_max"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise UsageError(
                    f"A breaker's {name} is a positive number, not {value!r}.", hint=_usual(name)
                )
        for name in ("minimum_calls", "probes"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise UsageError(
                    f"A breaker's {name} is a whole number from 1, not {value!r}.", hint=_usual(name)
                )
        for name in ("failure_rate_threshold", "slow_rate_threshold"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
                raise UsageError(
                    f"A breaker's {name} is a share above 0 and up to 1 (0.5 is half), not {value!r}.",
                    hint=_usual(name),
                )
        if not isinstance(self.open_jitter, int | float) or not 0 <= self.open_jitter < 1:
            raise UsageError(
                f"A breaker's open_jitter is a share from 0 and below 1, not {self.open_jitter!r}.",
                hint=_usual("open_jitter"),
            )
        if self.open_max < self.open_for:
            raise UsageError(
                f"open_max ({self.open_max:g} s) is shorter than open_for ({self.open_for:g} s).",
                hint="Make open_max the longest time the breaker may stay open at once.",
            )


def _usual(name: str) -> str:
    return f"The usual is {name}={BreakerPolicy.__dataclass_fields__[name].default}."


@dataclass(frozen=True, slots=True)
class BreakerStatistics:
    """What a breaker sees: its state and why, the window's counts, and when it lets calls go again.

    next_in_s: None when calls go. openings: times opened in a row. probes_left: places free in HALF_OPEN.
    """

    state: str
    why: str
    calls: int
    failures: int
    slow: int
    slow_after_s: float
    next_in_s: float | None
    openings: int
    probes_left: int


class CircuitBreaker:
    """Let calls go while a service is well, and keep them back while it is not.

    Ask `permit` before each call; when it returns None, the call goes, and ends in one `record` or `forget`.
    `on_move(state, why)` is called after each change of state. It belongs to one loop, not to threads.
    """

    __slots__ = (
        "_cause", "_monotonic", "_moved_at", "_on_move", "_open_until", "_openings", "_policy", "_probe_at",
        "_probes_given", "_probes_passed", "_random", "_state", "_usual", "_why", "_window",
    )  # fmt: skip

    def __init__(
        self,
        policy: BreakerPolicy,
        clock: Clock,
        *,
        random: Random,
        on_move: Callable[[str, str], None] | None = None,
    ) -> None:
        self._policy, self._monotonic, self._random, self._on_move = policy, clock.monotonic, random, on_move
        self._state, self._why, self._cause = _CLOSED, "", ""
        self._usual = UsualDuration(
            slow_min=policy.slow_min, slow_factor=policy.slow_factor, minimum=policy.minimum_calls
        )
        self._moved_at = self._open_until = self._probe_at = now = self._monotonic()
        self._window = CallWindow(self._usual, window=policy.window, now=now)
        self._openings = self._probes_given = self._probes_passed = 0

    @property
    def state(self) -> str:
        """Return CLOSED, OPEN or HALF_OPEN."""
        return self._state

    @property
    def why(self) -> str:
        """Return why it is in this state ("6 of 10 calls failed in 30 s; last: 503"), "" at first."""
        return self._why

    @property
    def is_probe_wanted(self) -> bool:
        """Say whether a resendable call would be let go as a probe: where all traffic is not, send one."""
        if self._state is _OPEN:
            return self._monotonic() >= self._open_until
        return self._state is _HALF_OPEN and self._probes_given < self._policy.probes

    def permit(self, is_resendable: bool) -> float | None:
        """Return None when the call may go, else the seconds until it is worth asking again.

        is_resendable: sending it twice does no harm; only such a call may be a probe.
        """
        if self._state is _CLOSED:
            return None
        now = self._monotonic()
        if self._state is _OPEN:
            if now < self._open_until:
                return self._open_until - now
            self._move(
                _Event.WAITED, f"{_count(self._policy.probes, 'probe')} to see whether it is well again", now
            )
        if not is_resendable:
            return _ASK_AGAIN_S
        if self._probes_given >= self._policy.probes:
            if now - self._probe_at < self._policy.open_max:
                return _ASK_AGAIN_S
            self._probes_given = self._probes_passed  # never heard of again: their places are free
        self._probes_given += 1
        self._probe_at = now
        return None

    def record(self, is_failure: bool, elapsed_s: float, cause: str = "") -> None:
        """Count a permitted call that ended, `elapsed_s` after it was permitted or sent.

        `cause` names a failure in `why`: a status, a kind of error. 4xx answers other than 408 are none.
        """
        now = self._monotonic()
        if now - elapsed_s < self._moved_at - _GRACE_S:
            return
        if self._state is not _CLOSED:
            if self._state is _HALF_OPEN:
                self._record_probe(is_failure, cause, now)
            return
        if is_failure:
            self._cause = cause
        if self._window.add(is_failure, elapsed_s, now):
            self._judge(now)

    def forget(self, elapsed_s: float = 0.0) -> None:
        """Take back a permitted call that ended without an answer (cancelled) after `elapsed_s`."""
        if self._state is _HALF_OPEN and self._monotonic() - elapsed_s >= self._moved_at - _GRACE_S:
            self._probes_given = max(self._probes_passed, self._probes_given - 1)

    def reset(self) -> None:
        """Close it now and forget what was counted: the next call goes."""
        self._move(_Event.RESET, "reset by hand", self._monotonic())

    def statistics(self) -> BreakerStatistics:
        """Return what it sees now."""
        now = self._monotonic()
        calls, failures, slow = self._window.counts(now)
        next_in_s = None
        if self._state is not _CLOSED:
            next_in_s = max(0.0, self._open_until - now)
        return BreakerStatistics(
            state=self._state,
            why=self._why,
            calls=calls,
            failures=failures,
            slow=slow,
            slow_after_s=self._usual.slow_after,
            next_in_s=next_in_s,
            openings=self._openings,
            probes_left=self._policy.probes - self._probes_given if self._state is _HALF_OPEN else 0,
        )

    # The moves

    def _move(self, event: _Event, why: str, now: float) -> None:
        before, self._state = self._state, _TABLE[self._state, event]
        self._why, self._moved_at = why, now
        if self._state is _CLOSED:
            self._openings = 0
            self._window.clear(now)
        elif self._state is _OPEN:
            self._open_until = now + self._draw_open_s()
            self._openings += 1
        else:
            self._probes_given = self._probes_passed = 0
        if self._on_move is not None and self._state is not before:
            self._on_move(self._state, why)

    def _draw_open_s(self) -> float:
        """Return open_for * 2^openings up to open_max, give or take the jitter."""
        policy = self._policy
        base = min(policy.open_max, policy.open_for * 2.0 ** min(self._openings, 60))
        return base * self._random.uniform(1.0 - policy.open_jitter, 1.0 + policy.open_jitter)

    def _record_probe(self, is_failure: bool, cause: str, now: float) -> None:
        if is_failure:
            self._move(_Event.PROBE_FAILED, f"a probe failed{f': {cause}' if cause else ''}", now)
        elif self._probes_passed < self._probes_given:
            self._probes_passed += 1
            if self._probes_passed >= self._policy.probes:
                self._move(_Event.PROBES_PASSED, f"{_count(self._policy.probes, 'probe')} succeeded", now)

    def _judge(self, now: float) -> None:
        """Trip when the window's calls say so."""
        policy = self._policy
        calls, failures, slow = self._window.counts(now)
        if calls < policy.minimum_calls:
            return
        if failures / calls >= policy.failure_rate_threshold:
            last = f"; last: {self._cause}" if self._cause else ""
            self._move(
                _Event.TRIPPED, f"{failures} of {calls} calls failed in {policy.window:g} s{last}", now
            )
        elif slow / calls >= policy.slow_rate_threshold:
            longer = f"took longer than {self._usual.slow_after:.0f} s"
            self._move(_Event.TRIPPED, f"{slow} of {calls} calls in {policy.window:g} s {longer}", now)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
