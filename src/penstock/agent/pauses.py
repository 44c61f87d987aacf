"""How long a refresh that failed for the moment waits: 1 s, 2 s, 4 s, to a minute; longer where the service says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from penstock.agent.grants import Stored
from penstock.auth.tokens import Refusal
from penstock.clock import Clock

FIRST_S, LONGEST_S = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class _Pause:
    """Of which credential, how often it failed in a row, not before when (monotonic), and what the service said.

    refusal: None where it was no answer of the service's.
    """

    serial: int
    count: int
    not_before: float
    refusal: Refusal | None


class Pauses:
    """Know which credentials' refreshes wait; a credential that takes another's place does not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], _Pause] = {}

    def begin(self, stored: Stored, refusal: Refusal | None = None) -> None:
        """Let the next refresh of this credential wait, longer than the last time."""
        last = self._known.get(stored.key)
        count = last.count + 1 if last is not None and last.serial == stored.serial else 1
        pause_s = min(FIRST_S * 2.0 ** min(count - 1, 30), LONGEST_S)
        if refusal is not None:
            pause_s = max(pause_s, refusal.retry_after_s or 0.0)
        self._known[stored.key] = _Pause(stored.serial, count, self._clock.monotonic() + pause_s, refusal)

    def left_s(self, stored: Stored) -> float:
        """Return for how many seconds it is still to wait."""
        pause = self._known.get(stored.key)
        if pause is None or pause.serial != stored.serial:
            return 0.0
        return max(0.0, pause.not_before - self._clock.monotonic())

    def refusal(self, stored: Stored) -> Refusal | None:
        """Return what the service said, with the seconds left, while it is to wait; None otherwise."""
        left_s, pause = self.left_s(stored), self._known.get(stored.key)
        if pause is None or pause.refusal is None or left_s <= 0:
            return None
        return replace(pause.refusal, retry_after_s=left_s)

    def end(self, key: tuple[str, str]) -> None:
        """Forget that it failed."""
        self._known.pop(key, None)
