"""The limiter: what leaves, in what order, and that nobody is forgotten. Time is moved, never spent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from send_log import fullest

from penstock.errors import CallRefused
from penstock.ratelimit.headers import RateLimitHint
from penstock.ratelimit.limit import Charge, Limit
from penstock.ratelimit.queue import Limiter, WaitTooLong
from penstock.testing import FakeClock


def charge(key: str, amount: float, per: float | None, cost: float = 1.0, **options: float | str) -> Charge:
    return Charge(key, Limit(amount, per=per, **options), cost)  # type: ignore[arg-type]


MINUTE = charge("minute", 60, 60.0)


def run(scenario: Callable[[Limiter, FakeClock], Awaitable[None]], *, autojump: bool = False) -> None:
    """Play a scenario with a limiter under a clock of its own."""

    async def play() -> None:
        clock = FakeClock(start=1000.0, autojump=autojump)
        await asyncio.wait_for(scenario(Limiter(clock), clock), 30)

    asyncio.run(play())


# 1. Every window holds at once

OPERATIONS = ("create", "list", "search")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(OPERATIONS),
            st.sampled_from(["a", "b", "c"]),  # source
            st.floats(0.0, 30.0),  # when it is made
            st.floats(0.0, 3.0),  # how long the call takes
            st.integers(1, 50),  # points
            st.booleans(),  # cancelled on the way
        ),
        min_size=1,
        max_size=150,
    )
)
def test_no_window_of_the_send_log_ever_exceeds_its_limit(
    calls: list[tuple[str, str, float, float, int, bool]],
) -> None:
    """Second, minute, day, operation, cost points and concurrency hold at once, whatever is sent and cancelled when."""
    limits = {"second": (5, 1.0), "minute": (40, 60.0), "day": (100, 86_400.0)}
    sends: list[tuple[float, str, float]] = []
    inside = most_inside = 0

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        async def call(operation: str, source: str, at: float, takes_s: float, points: int) -> None:
            nonlocal inside, most_inside
            await clock.sleep(at)
            charges = (
                *(charge(name, amount, per) for name, (amount, per) in limits.items()),
                charge(f"operation:{operation}", 3, 2.0),
                charge("points", 100, 10.0, points, unit="points"),
                charge("at once", 4, None),
            )
            if not limiter.acquire_nowait(charges):
                await limiter.acquire(charges, source=source)
            sends.append((clock.monotonic(), operation, points))
            inside += 1
            most_inside = max(most_inside, inside)
            try:
                await clock.sleep(takes_s)
            finally:
                inside -= 1
                limiter.release(charges)

        tasks: list[asyncio.Task[None]] = []
        cancelling: list[asyncio.Task[None]] = []
        for operation, source, at, takes_s, points, is_cancelled in calls:
            task = asyncio.create_task(call(operation, source, at, takes_s, points))
            tasks.append(task)
            if is_cancelled:
                cancelling.append(asyncio.create_task(cancel_later(clock, task, at + takes_s / 2)))
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(one is None or isinstance(one, asyncio.CancelledError) for one in done)
        assert len([one for one in done if one is None]) >= sum(not call[5] for call in calls)
        assert limiter.waiting == 0

    run(scenario, autojump=True)
    counted = [(at, 1.0) for at, _, _ in sends]
    for amount, per in limits.values():
        assert fullest(counted, per - 1e-6) <= amount
    for operation in OPERATIONS:
        assert fullest([(at, 1.0) for at, of, _ in sends if of == operation], 2.0 - 1e-6) <= 3
    assert fullest([(at, points) for at, _, points in sends], 10.0 - 1e-6) <= 100
    assert most_inside <= 4


async def cancel_later(clock: FakeClock, task: asyncio.Task[None], after_s: float) -> None:
    await clock.sleep(after_s)
    task.cancel()


def test_control_without_a_limiter_the_same_traffic_breaks_every_window() -> None:
    """The judge notices: 100 calls made at once are 100 in each window."""
    assert fullest([(0.0, 1.0)] * 100, 1.0) == 100


def test_all_budgets_pay_or_none() -> None:
    """A call the second budget refuses has not taken from the first."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        wide, narrow, slots = charge("wide", 10, 60.0), charge("narrow", 1, 60.0), charge("slots", 5, None)
        assert limiter.acquire_nowait((wide, slots, narrow))
        for _ in range(5):
            assert not limiter.acquire_nowait((wide, slots, narrow))
        available = {one.key: one.available for one in limiter.statistics().budgets}
        assert available == {"wide": 9, "narrow": 0, "slots": 4}

    run(scenario)


def test_two_limits_of_one_key_share_a_budget_and_undo_cleanly() -> None:
    """A call charged twice to one key takes two units or none."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        twice = (charge("key", 3, 60.0), charge("key", 3, 60.0))
        assert limiter.acquire_nowait(twice)
        assert not limiter.acquire_nowait(twice)
        assert limiter.statistics().budgets[0].available == 1
        waiting = asyncio.create_task(limiter.acquire(twice))
        await clock.advance(59)
        assert not waiting.done()
        await clock.advance(2)
        assert waiting.done()

    run(scenario)


# A gap between any two calls, kept where they really leave


def send_after_commits(*, is_spaced: bool) -> list[float]:
    """Return when calls leave that are let go 10 ms apart and then take 0 to 5 ms over a commit, in turn."""
    left: list[float] = []

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        gap = (charge("gap", 100, 1.0, burst=1),)
        assert not limiter.keeps_gaps

        async def call(number: int) -> None:
            await limiter.acquire(gap)
            await clock.sleep((5 - number % 6) / 1000)
            assert limiter.keeps_gaps
            if is_spaced:
                await limiter.space_out(gap)
            left.append(clock.monotonic())

        await asyncio.gather(*(call(number) for number in range(60)))

    run(scenario, autojump=True)
    return left


def test_a_gap_is_kept_where_calls_really_leave() -> None:
    """However long a commit takes after a call was let go, no two calls leave within the gap, and the rate is kept."""
    left = send_after_commits(is_spaced=True)
    gaps = [b - a for a, b in pairwise(left)]
    assert min(gaps) >= 0.01
    assert left[-1] - left[0] <= 59 * 0.01 * 1.05


def test_control_without_spacing_out_commits_narrow_the_gap() -> None:
    """The same calls, not spaced out again, leave closer together than the gap."""
    left = sorted(send_after_commits(is_spaced=False))
    assert min(b - a for a, b in pairwise(left)) < 0.0095


def test_only_short_gaps_are_spaced_out() -> None:
    """Neither a window, nor a burst, nor a gap of seconds makes a call wait a second time."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        for one in (charge("w", 5, 1.0), charge("b", 100, 1.0, burst=20), charge("s", 1, 60.0, burst=1)):
            await limiter.acquire((one,))
        assert not limiter.keeps_gaps

    run(scenario)


# 2. Waiting, and for how long


def test_it_waits_hours_for_a_daily_quota_and_goes_on_by_itself() -> None:
    """The third call of a budget of two a day leaves a day after the first, having slept, not polled."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        daily = (charge("day", 2, 86_400.0),)
        assert await limiter.acquire(daily) == await limiter.acquire(daily) == 0.0
        third = asyncio.create_task(limiter.acquire(daily))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        next_in_s = limiter.statistics().next_in_s
        assert next_in_s is not None and next_in_s == pytest.approx(86_400, abs=1)
        assert clock.sleeping == 1
        assert await third == pytest.approx(86_400, abs=1)

    run(scenario, autojump=True)


def test_a_wait_beyond_ones_patience_is_told_at_once() -> None:
    """With 300 s of patience and a day to wait, WaitTooLong comes before any time has passed, and says how long."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        daily = (charge("day", 1, 86_400.0),)
        await limiter.acquire(daily)
        with pytest.raises(WaitTooLong) as told:
            await limiter.acquire(daily, patience_s=300)
        assert told.value.wait_s == pytest.approx(86_400, abs=1)
        assert told.value.until_s == pytest.approx(1000 + 86_400, abs=1)
        assert clock.monotonic() == 1000 and limiter.waiting == 0

    run(scenario)


def test_those_ahead_count_as_well() -> None:
    """At one a minute with ten waiting, an eleventh with five minutes of patience is told at once."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        slow = (charge("slow", 1, 60.0),)
        queue = [asyncio.create_task(limiter.acquire(slow)) for _ in range(11)]
        await asyncio.sleep(0)
        with pytest.raises(WaitTooLong) as told:
            await limiter.acquire(slow, patience_s=300)
        assert told.value.wait_s >= 600
        assert limiter.waiting == 10
        other = asyncio.create_task(limiter.acquire(slow, source="another", patience_s=300))
        await asyncio.gather(*queue, other)

    run(scenario, autojump=True)


def test_patience_ends_where_the_wait_could_not_be_known() -> None:
    """Waiting for a slot nobody gives back ends with WaitTooLong when the patience is over, not before."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        slot = (charge("slot", 1, None),)
        await limiter.acquire(slot)
        waiting = asyncio.create_task(limiter.acquire(slot, patience_s=10))
        await clock.advance(9.9)
        assert not waiting.done()
        await clock.advance(0.2)
        with pytest.raises(WaitTooLong):
            await waiting

    run(scenario)


def test_closing_tells_those_whose_patience_is_shorter() -> None:
    """When a 429 closes the budget for an hour, who would wait 300 s is told now; who waits for ever goes then."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        await asyncio.gather(*(limiter.acquire((MINUTE,)) for _ in range(60)))
        short = asyncio.create_task(limiter.acquire((MINUTE,), patience_s=300))
        patient = asyncio.create_task(limiter.acquire((MINUTE,)))
        await asyncio.sleep(0)
        limiter.close_until(clock.monotonic() + 3600, (MINUTE,))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(WaitTooLong) as told:
            await short
        assert told.value.wait_s == pytest.approx(3600)
        await clock.advance(3599)
        assert not patient.done()
        await clock.advance(1.001)
        assert patient.done()

    run(scenario)


def test_a_closed_account_lets_nothing_out_not_even_what_is_not_limited() -> None:
    """close_until without charges holds back every call, one without charges too, and budgets made afterwards."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        limiter.close_until(clock.monotonic() + 10)
        assert not limiter.acquire_nowait(()) and not limiter.acquire_nowait((MINUTE,))
        assert limiter.statistics().closed_for_s == 10
        waiting = asyncio.create_task(limiter.acquire(()))
        await clock.advance(9.9)
        assert not waiting.done()
        await clock.advance(0.2)
        assert waiting.done() and limiter.acquire_nowait((MINUTE,))

    run(scenario)


def test_a_call_that_could_never_be_served_is_refused_with_the_figures() -> None:
    """50 points where 20 is the most at once: CallRefused names both, before waiting, and takes nothing."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        costly = (MINUTE, charge("points", 100, 1.0, 50.0, burst=20, unit="points"))
        for attempt in (limiter.acquire_nowait, limiter.acquire):
            with pytest.raises(CallRefused, match=r"costs 50 points.*more than 20") as told:
                result = attempt(costly)
                if asyncio.iscoroutine(result):
                    await result
            assert told.value.hint
        assert limiter.statistics().budgets[0].available == 60

    run(scenario)


def test_a_limit_that_shrinks_below_a_waiting_call_refuses_it() -> None:
    """A call of 15 that waits while the service says that 10 is the most does not wait for ever."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        points = (charge("points", 20, 60.0, 15.0),)
        await limiter.acquire(points)
        waiting = asyncio.create_task(limiter.acquire(points))
        await asyncio.sleep(0)
        limiter.settle(points, RateLimitHint(limit=10, remaining=0, reset_in_s=59))
        with pytest.raises(CallRefused):
            await waiting

    run(scenario)


# 3. In what order


def test_sources_take_turns() -> None:
    """A run of 40 waiting calls delays another source's single call by one turn, not by 40."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        one = (charge("one", 1, 1.0),)
        order: list[str] = []

        async def call(source: str) -> None:
            await limiter.acquire(one, source=source)
            order.append(source)

        await limiter.acquire(one)
        tasks = [asyncio.create_task(call("import")) for _ in range(40)]
        await asyncio.sleep(0)
        tasks += [asyncio.create_task(call("by hand")) for _ in range(3)]
        await asyncio.gather(*tasks)
        assert order[:6] == ["import", "by hand", "import", "by hand", "import", "by hand"]
        assert order.count("import") == 40

    run(scenario, autojump=True)


def test_control_without_sources_the_late_comer_waits_for_all() -> None:
    """The same calls of one source leave in the order they came."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        one = (charge("one", 1, 1.0),)
        order: list[int] = []

        async def call(number: int) -> None:
            await limiter.acquire(one, source="all")
            order.append(number)

        await asyncio.gather(*(call(number) for number in range(43)))
        assert order == list(range(43))

    run(scenario, autojump=True)


def test_one_busy_channel_does_not_hold_up_the_others() -> None:
    """30 messages waiting for one channel's second leave the other channels' calls free to go at once."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        workspace = charge("workspace", 1000, 60.0)

        def post(channel: str) -> Sequence[Charge]:
            return workspace, charge(f"channel:{channel}", 1, 1.0)

        busy = [asyncio.create_task(limiter.acquire(post("busy"))) for _ in range(30)]
        await asyncio.sleep(0)
        for number in range(20):
            assert limiter.acquire_nowait(post(f"other {number}"))
        assert await limiter.acquire(post("another")) == 0.0
        assert limiter.waiting == 29
        await asyncio.gather(*busy)
        assert clock.monotonic() >= 1029

    run(scenario, autojump=True)


def test_small_calls_do_not_starve_a_large_one() -> None:
    """A call of 50 points goes although calls of 1 point keep coming: they wait behind it."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        def points(cost: float) -> Sequence[Charge]:
            return (charge("points", 10, 1.0, cost, burst=60),)

        small_ones = 0

        async def small() -> None:
            nonlocal small_ones
            while True:
                await limiter.acquire(points(1), source="small")
                small_ones += 1

        await limiter.acquire(points(60))
        workers = [asyncio.create_task(small()) for _ in range(5)]
        await clock.sleep(1)
        assert await limiter.acquire(points(50), source="large") <= 6.0
        before = small_ones
        await clock.sleep(10)
        assert small_ones - before >= 90
        for worker in workers:
            worker.cancel()

    run(scenario, autojump=True)


def test_nobody_is_overtaken_without_waiting() -> None:
    """A unit that has come back belongs to who waits for it, not to who asks without waiting."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        one = (charge("one", 1, 1.0),)
        await limiter.acquire(one)
        waiting = asyncio.create_task(limiter.acquire(one))
        await asyncio.sleep(0)
        clock.move(2.0)
        assert not limiter.acquire_nowait(one)
        await waiting

    run(scenario)


# 4. Nobody is lost, nothing stays behind


def test_a_cancelled_waiter_leaves_its_place_to_the_next() -> None:
    """The first of three is cancelled: the second goes when the first would have, and no unit is lost."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        one = (charge("one", 1, 1.0), charge("slots", 10, None))
        await limiter.acquire(one)
        first, second, third = (asyncio.create_task(limiter.acquire(one)) for _ in range(3))
        await asyncio.sleep(0)
        first.cancel()
        await clock.advance(1.1)
        assert first.cancelled() and second.done() and not third.done()
        third.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert limiter.waiting == 0 and limiter.statistics().budgets[1].in_use == 2
        assert limiter._line.lanes() == [] and clock.sleeping == 0

    run(scenario)


def test_a_grant_that_meets_a_cancellation_is_given_back() -> None:
    """Cancelled after it was let go and before it ran, a call returns its slot and its unit to the next."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        both = (charge("slot", 1, None), charge("window", 5, 60.0))
        await limiter.acquire(both)
        first, second = (asyncio.create_task(limiter.acquire(both)) for _ in range(2))
        await asyncio.sleep(0)
        limiter.release(both)  # lets the first go…
        first.cancel()  # …which is cancelled before it wakes
        for _ in range(4):
            await asyncio.sleep(0)
        assert first.cancelled() and second.done()
        assert limiter.statistics().budgets[0].in_use == 1
        assert limiter.statistics().budgets[1].available == 3

    run(scenario)


def test_a_clock_that_fails_wakes_everyone_with_its_failure(caplog: pytest.LogCaptureFixture) -> None:
    """When sleeping itself raises, each waiting call gets that error instead of waiting for ever."""

    class BrokenClock(FakeClock):
        async def sleep(self, seconds: float) -> None:
            raise OSError("no timers left")

    async def play() -> None:
        limiter = Limiter(BrokenClock())
        one = (charge("one", 1, 1.0),)
        await limiter.acquire(one)
        done = await asyncio.wait_for(
            asyncio.gather(*(limiter.acquire(one) for _ in range(3)), return_exceptions=True), 5
        )
        assert [str(error) for error in done] == ["no timers left"] * 3
        assert limiter.waiting == 0

    with caplog.at_level(logging.CRITICAL, logger="penstock.ratelimit"):
        asyncio.run(play())


def test_the_end_of_a_loop_does_not_break_the_limiter_for_the_next() -> None:
    """A limiter whose first loop died with calls waiting serves calls on another loop."""
    clock = FakeClock()
    limiter = Limiter(clock)
    one = (charge("one", 1, 1.0),)

    async def leave_waiting() -> None:
        await limiter.acquire(one)
        left = [asyncio.create_task(limiter.acquire(one)) for _ in range(3)]
        await asyncio.sleep(0)
        assert limiter.waiting == len(left)

    async def go_on() -> float:
        waiting = asyncio.create_task(limiter.acquire(one))
        await asyncio.sleep(0)
        await clock.advance(2.0)
        return await waiting

    asyncio.run(leave_waiting())
    assert asyncio.run(asyncio.wait_for(go_on(), 5)) > 0


def test_waiting_costs_one_sleeper_whoever_waits() -> None:
    """200 calls of 20 sources in line are one task that sleeps, and it wakes about once for each call let go."""

    class CountingClock(FakeClock):
        naps = 0

        async def sleep(self, seconds: float) -> None:
            self.naps += 1
            await super().sleep(seconds)

    async def play() -> None:
        clock = CountingClock(autojump=True)
        limiter = Limiter(clock)
        one = (charge("one", 1, 1.0),)
        tasks = [asyncio.create_task(limiter.acquire(one, source=str(number % 20))) for number in range(200)]
        await asyncio.sleep(0)
        assert clock.sleeping <= 1
        await asyncio.gather(*tasks)
        assert clock.naps <= 210

    asyncio.run(play())


def test_idle_budgets_are_dropped() -> None:
    """10,000 channels used once each do not stay in memory when their second is over."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        for number in range(10_000):
            assert limiter.acquire_nowait((MINUTE, charge(f"channel:{number}", 1, 1.0))) or number % 60
            clock.move(1.1)
        assert len(limiter.statistics().budgets) <= 1001

    run(scenario)


# 5. What answers say


def test_what_remains_by_the_service_is_believed() -> None:
    """An answer that says 2 remain of 60 lets two more go, and the third after the reset it named."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        await limiter.acquire((MINUTE,))
        limiter.settle((MINUTE,), RateLimitHint(limit=60, remaining=2, reset_in_s=20))
        assert [await limiter.acquire((MINUTE,)) for _ in range(2)] == [0.0, 0.0]
        assert await limiter.acquire((MINUTE,)) == pytest.approx(20, abs=0.5)

    run(scenario, autojump=True)


def test_a_cheaper_call_than_estimated_gives_the_difference_back() -> None:
    """10 points taken and 3 really used leave 97 of 100, but no more than the service itself says is left."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        points = (charge("points", 1, 1.0, 10.0, burst=100, unit="points"),)
        await limiter.acquire(points)
        limiter.settle(
            points, RateLimitHint(unit="points", cost=3, capacity=100, refill_rate=1, remaining=100)
        )
        assert limiter.statistics().budgets[0].available == pytest.approx(97)
        await limiter.acquire(points)
        limiter.settle(
            points, RateLimitHint(unit="points", cost=3, capacity=100, refill_rate=1, remaining=50)
        )
        assert limiter.statistics().budgets[0].available == pytest.approx(50)

    run(scenario)


def test_a_dearer_call_than_estimated_is_paid_for() -> None:
    """1 point taken and 30 really used leave 70 of 100."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        for points in (
            (charge("bucket", 1, 1.0, burst=100, unit="points"),),
            (charge("window", 100, 60.0, unit="points"),),
        ):
            await limiter.acquire(points)
            limiter.settle(points, RateLimitHint(unit="points", cost=30))
        assert [one.available for one in limiter.statistics().budgets] == [pytest.approx(70)] * 2

    run(scenario)


# 6. What is told


def test_waiting_is_told_when_it_begins_and_when_it_ends() -> None:
    """Ten calls that wait one after the other are one beginning and one end, with the instant of the next call."""
    told: list[tuple[str | None, float | None]] = []

    async def play() -> None:
        clock = FakeClock(wall=5000.0, autojump=True)
        limiter = Limiter(clock, on_wait=lambda reason, until: told.append((reason, until)))
        one = (charge("one", 1, 1.0),)
        await limiter.acquire(one)
        assert told == []
        await asyncio.gather(*(limiter.acquire(one) for _ in range(10)))

    asyncio.run(play())
    assert told == [("limit", pytest.approx(5001, abs=0.1)), (None, None)]


def test_a_wait_that_turns_out_longer_is_told_again() -> None:
    """Closed for an hour while calls already wait for a second, the new instant is told."""
    told: list[tuple[str | None, float | None]] = []

    async def play() -> None:
        clock = FakeClock(wall=5000.0)
        limiter = Limiter(clock, on_wait=lambda reason, until: told.append((reason, until)))
        one = (charge("one", 1, 1.0),)
        await limiter.acquire(one)
        waiting = asyncio.create_task(limiter.acquire(one))
        await asyncio.sleep(0)
        limiter.close_until(clock.monotonic() + 3600)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.sleep(0)

    asyncio.run(play())
    assert told == [("limit", pytest.approx(5001, abs=0.1)), ("limit", 8600.0), (None, None)]


def test_a_listener_that_raises_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """on_wait may fail; calls go on."""

    def fail(reason: str | None, until: float | None) -> None:
        raise RuntimeError("drawn badly")

    async def play() -> None:
        limiter = Limiter(FakeClock(autojump=True), on_wait=fail)
        await asyncio.gather(*(limiter.acquire((charge("one", 1, 1.0),)) for _ in range(3)))

    with caplog.at_level(logging.CRITICAL, logger="penstock.ratelimit"):
        asyncio.run(play())


def test_statistics_tell_each_budget() -> None:
    """Key, limit in words, kind, what is left and when the next unit is, for each kind of limit."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        charges = (charge("w", 2, 60.0), charge("b", 2, 1.0, burst=4), charge("c", 3, None))
        for _ in range(2):
            await limiter.acquire(charges)
        window, tokens, slots = limiter.statistics().budgets
        assert (window.key, window.limit_text, window.kind) == ("w", "2 requests / min", "window")
        assert (window.capacity, window.available, window.in_use) == (2, 0, 2)
        assert window.next_in_s == pytest.approx(60, abs=1)
        assert (tokens.kind, tokens.capacity, tokens.available, tokens.next_in_s) == ("bucket", 4, 2, 0.0)
        assert (slots.kind, slots.in_use, slots.available, slots.next_in_s) == ("concurrency", 2, 1, 0.0)
        assert limiter.statistics().waiting == 0 and limiter.statistics().next_in_s is None

    run(scenario)


def test_a_monotonic_clock_that_goes_back_stops_nothing() -> None:
    """Set back an hour, the budget still waits a minute at most."""

    async def scenario(limiter: Limiter, clock: FakeClock) -> None:
        for _ in range(60):
            assert limiter.acquire_nowait((MINUTE,))
        clock._now -= 3600
        waiting = asyncio.create_task(limiter.acquire((MINUTE,)))
        await asyncio.sleep(0)
        await clock.advance(61)
        assert waiting.done()

    run(scenario)
