"""How often it may be guessed: five wrong passwords are free, then each makes the wait twice as long. No I/O."""

from __future__ import annotations

from penstock.clock import Clock
from penstock.errors import UnlockDelayed

FREE, FIRST_S, LONGEST_S = 5, 1.0, 300.0


class Attempts:
    """Count wrong passwords in this process; another process pays Argon2id for each of its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed = 0
        self._open_at = 0.0

    def check(self) -> None:
        """Return when an attempt may be made now, or raise UnlockDelayed."""
        left = self._open_at - self._clock.monotonic()
        if self._failed >= FREE and left > 0:
            raise UnlockDelayed(
                f"Not tried: {self._failed} attempts to unlock the vault failed.",
                hint=f"Try again in {left:.0f} s.",
                retry_after_s=left,
            )

    def failed(self) -> None:
        """Note a wrong password."""
        self._failed += 1
        if self._failed >= FREE:
            delay = min(LONGEST_S, FIRST_S * 2.0 ** min(self._failed - FREE, 30))
            self._open_at = self._clock.monotonic() + delay

    def succeeded(self) -> None:
        """Forget what failed."""
        self._failed = 0
