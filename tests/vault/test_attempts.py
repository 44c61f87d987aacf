from __future__ import annotations

import pytest
from vaults import pass_time

from penstock.errors import UnlockDelayed
from penstock.testing import FakeClock
from penstock.vault.attempts import FREE, LONGEST_S, Attempts


def test_each_failure_after_the_fifth_doubles_the_wait() -> None:
    """Five are free; then one waits 1, 2, 4 … seconds, never more than five minutes."""
    clock = FakeClock()
    attempts = Attempts(clock)
    for _ in range(FREE - 1):
        attempts.failed()
        attempts.check()
    for number in range(40):
        attempts.failed()
        delay = min(2.0**number, LONGEST_S)
        with pytest.raises(UnlockDelayed) as caught:
            attempts.check()
        assert caught.value.retry_after_s == pytest.approx(delay)
        pass_time(clock, delay)
        attempts.check()
    attempts.succeeded()
    attempts.check()
