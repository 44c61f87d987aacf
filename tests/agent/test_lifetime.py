from __future__ import annotations

from penstock.agent.lifetime import HOUR_S, LOOK_S, MINUTE_S, Lifetime
from penstock.testing import FakeClock


def test_a_use_gives_another_hour() -> None:
    """An unlocked agent lasts sixty minutes from its last use."""
    clock = FakeClock()
    life = Lifetime(clock)
    life.unlock()
    clock.move(59 * MINUTE_S)
    life.use()
    clock.move(59 * MINUTE_S)
    assert life.left_s() == MINUTE_S
    clock.move(MINUTE_S)
    assert life.left_s() == 0


def test_no_use_reaches_beyond_twelve_hours() -> None:
    """However often it is used, twelve hours after it was unlocked it is over."""
    clock = FakeClock()
    life = Lifetime(clock)
    life.unlock()
    for _ in range(24):
        assert life.left_s() > 0
        clock.move(HOUR_S / 2)
        life.use()
    assert (life.idle_left_s(), life.absolute_left_s(), life.left_s()) == (HOUR_S, 0, 0)


def test_unlocking_again_begins_again() -> None:
    """The twelve hours count from the last time somebody knew the password."""
    clock = FakeClock()
    life = Lifetime(clock)
    life.unlock()
    clock.move(11 * HOUR_S)
    life.unlock()
    assert life.absolute_left_s() == 12 * HOUR_S


def test_one_never_unlocked_lasts_ten_minutes() -> None:
    """Until it is unlocked it has ten minutes from what was last asked, and no other limit."""
    clock = FakeClock()
    life = Lifetime(clock)
    assert (life.idle_left_s(), life.absolute_left_s(), life.left_s()) == (None, None, 600)
    clock.move(600)
    assert life.left_s() == 0


def test_sleep_of_the_machine_counts() -> None:
    """Where the monotonic clock stood still and the wall clock did not, the time is over all the same."""
    clock = FakeClock()
    life = Lifetime(clock)
    life.unlock()
    clock.jump_wall(2 * HOUR_S)
    assert clock.monotonic() == 0 and life.left_s() == 0


def test_a_wall_clock_set_back_gives_no_more_time() -> None:
    """Whoever sets the clock back does not keep a vault open."""
    clock = FakeClock()
    life = Lifetime(clock)
    life.unlock()
    clock.jump_wall(-10 * HOUR_S)
    clock.move(HOUR_S)
    assert life.left_s() == 0


def test_it_is_looked_at_often_enough_to_see_a_suspend() -> None:
    """The next look is at most fifteen seconds away, and when the end is nearer, then."""
    clock = FakeClock()
    life = Lifetime(clock)
    assert life.next_look_s() == LOOK_S
    clock.move(597)
    assert life.next_look_s() == 3
