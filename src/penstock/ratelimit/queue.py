"""The limiter of one account: all its budgets, and the calls that wait for them. The arithmetic is elsewhere.

A call takes from every budget it is charged to, or from none. Who cannot go stands in line (line.py); one alarm
rings when the next can go, so that a hundred waiting calls cost no more than one.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence

from penstock.clock import Clock
from penstock.errors import CallRefused
from penstock.ratelimit.alarm import Alarm, sleep_until
from penstock.ratelimit.book import BudgetBook
from penstock.ratelimit.budget import Budget
from penstock.ratelimit.bulkhead import Bulkhead
from penstock.ratelimit.headers import RateLimitHint
from penstock.ratelimit.lease import LeaseStore
from penstock.ratelimit.limit import Charge
from penstock.ratelimit.line import Lane, Line, Waiter, foresee
from penstock.ratelimit.matching import match_charges
from penstock.ratelimit.sharing import Sharing, Slice
from penstock.ratelimit.statistics import LimiterStatistics

log = logging.getLogger("penstock.ratelimit")

TOLD_AGAIN_S = 5.0  # a wait that ends so much later than was told is told again
SOON_S = 0.1  # a call that could go this soon but for its slices is worth fetching them for


class WaitTooLong(Exception):
    """The wait is longer than the caller's patience: at best `wait_s` seconds from now, at `until_s` on the clock."""

    def __init__(self, wait_s: float, until_s: float) -> None:
        super().__init__(f"The limit allows the next call in {wait_s:.3f} s.")
        self.wait_s, self.until_s = wait_s, until_s


class Limiter:
    """Everything one account may use, and who waits for it. It lives on one event loop.

    leases:  where budgets are shared with other processes, under `name`; without it they are this process's own.
    on_wait: called with ("limit", instant in seconds since 1970 or None) when calls begin to wait, again when the
             wait turns out longer by some seconds, and with (None, None) when none waits any more.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        leases: LeaseStore | None = None,
        name: str = "",
        on_wait: Callable[[str | None, float | None], None] | None = None,
    ) -> None:
        self._clock = clock
        self._monotonic = clock.monotonic
        self._on_wait = on_wait
        self._sharing = Sharing(leases, name, clock, self._on_exchange) if leases is not None else None
        self._book = BudgetBook(self._sharing)
        self._budgets = self._book.budgets
        self._line = Line()
        self._held: set[Budget | None] = (
            set()
        )  # what the heads of the line wait for; None: the account itself
        self._closed_until = -math.inf
        self._seen = -math.inf
        self._next_at = math.inf  # when the first in line can go
        self._is_exact = False  # whether a millisecond matters then
        self._told_at: float | None = None  # the instant last told to on_wait
        self._is_told = False
        self._alarm = Alarm(clock, self._serve, self._fail)

    # Taking

    def acquire_nowait(self, charges: Sequence[Charge]) -> bool:
        """Take from every budget and return True, or take nothing and return False.

        False also when others wait for one of these budgets: nobody is overtaken. Raises CallRefused where a call
        costs more than its limit ever allows.
        """
        now = self._monotonic()
        if now < self._seen:
            self._shift(now - self._seen)
        self._seen = now
        if now < self._closed_until:
            return False
        budgets, held = self._budgets, self._held
        for taken, charge in enumerate(charges):
            try:
                budget = budgets[charge.key]
            except KeyError:
                budget = self._book.open(charge, self._wanted(charges), now)
            if (held and budget in held) or budget.take(charge.cost, now):
                self._book.undo(charges, taken, now)
                self._check(charges)
                return False
        if self._sharing is not None:
            self._fetch_ahead(charges, now)
        return True

    async def acquire(
        self, charges: Sequence[Charge], *, source: str = "", patience_s: float = math.inf
    ) -> float:
        """Wait until every budget has what the call costs, take it, and return the seconds waited.

        Sources take turns; a source's own calls keep their order. Raises WaitTooLong as soon as the wait is known
        to exceed `patience_s`, at the latest when that has passed, and CallRefused where a call costs more than
        its limit ever allows. A cancelled call leaves nothing behind.
        """
        if self.acquire_nowait(charges):
            return 0.0
        begun_at = self._seen
        budgets = self._find(charges)
        future = asyncio.get_running_loop().create_future()
        waiter = Waiter(charges, budgets, source, begun_at + patience_s, future)
        lane = self._line.join(waiter)
        self._serve()
        if not future.done() and patience_s < math.inf:
            self._look_ahead(waiter, lane, begun_at)
        try:
            if not future.done():
                await future
            future.result()
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                future.exception()  # looked at, so that nobody complains that it never was
            if waiter.granted_at is not None:
                self._give_back(waiter)
            else:
                self._line.leave(waiter)
            asyncio.get_running_loop().call_soon(self._serve)  # what it waited for, or got, is now another's
            raise
        now = self._monotonic()
        if waiter.granted_at is not None:
            is_later = False
            for charge, budget in zip(charges, budgets, strict=True):
                is_later = budget.delay(charge.cost, waiter.granted_at, now) or is_later
            if is_later and self._line:
                self._serve()
        return max(0.0, now - begun_at)

    @property
    def keeps_gaps(self) -> bool:
        """Say whether there is anything to `space_out` for."""
        return bool(self._book.left_at)

    async def space_out(self, charges: Sequence[Charge]) -> None:
        """Keep the gaps again, right before a call leaves: what came since it was let go took now more, now less time.

        Only limits that are a short gap between any two calls (burst=1) make anybody wait here, about as long as a
        commit takes.
        """
        now = self._monotonic()
        at = self._book.leave(charges, now)
        if at > now:
            await sleep_until(self._clock, at)

    def release(self, charges: Sequence[Charge]) -> None:
        """Give back the slots of a call that has ended; what was taken per second or day stays taken."""
        if not self._book.has_bulkheads:
            return
        has_come_free = must_report = False
        for charge in charges:
            if charge.limit.per is None:
                budget = self._budgets.get(charge.key)
                if isinstance(budget, Bulkhead):
                    budget.release(charge.cost)
                    has_come_free = True
                    must_report = must_report or budget.must_report
        if has_come_free and self._line:
            self._serve()
        if must_report and self._sharing is not None:
            self._sharing.start()

    # Learning

    def settle(self, charges: Sequence[Charge], hint: RateLimitHint, *, sent_at: float | None = None) -> None:
        """Believe what an answer said where it leaves less than we thought, and take back what a call did not cost.

        Nothing ever allows more than was declared. `sent_at` is when the call left, on the monotonic clock; without
        it only leaky buckets take back the difference between a call's estimated and real cost.
        """
        now = self._monotonic()
        for match in match_charges(charges, hint):
            charge = match.charge
            budget = self._budgets.get(charge.key)
            if budget is None or isinstance(budget, Bulkhead):
                continue
            is_bucket = charge.limit.burst is not None
            if hint.cost is not None and hint.cost != charge.cost:
                unused = charge.cost - hint.cost
                if unused < 0:
                    budget.remember(-unused, now)
                elif is_bucket or sent_at is not None:
                    budget.give_back(unused, now if sent_at is None else sent_at, now)
            budget.correct(
                now,
                limit=hint.capacity if is_bucket else hint.limit if match.is_certain else None,
                remaining=hint.remaining,
                reset_in_s=hint.reset_in_s,
                refill_rate=hint.refill_rate,
            )
        if self._line:
            self._serve()

    def close_until(self, at_monotonic: float, charges: Sequence[Charge] | None = None) -> None:
        """Let nothing of these budgets leave before then, nothing at all where `charges` is None: we are throttled."""
        if charges is None:
            self._closed_until = max(self._closed_until, at_monotonic)
            for budget in self._budgets.values():
                budget.close(at_monotonic)
            if self._sharing is not None:
                self._sharing.close_until(at_monotonic)
        else:
            for budget in self._find(charges):
                budget.close(at_monotonic)
            if self._sharing is not None:
                self._sharing.start()
        if self._line:
            self._serve()

    # Telling

    @property
    def waiting(self) -> int:
        """Return how many calls wait."""
        return len(self._line)

    @property
    def next_in_s(self) -> float | None:
        """Return the seconds until the next waiting call can go; None when none waits or nobody knows."""
        if not self._line or self._next_at == math.inf:
            return None
        return max(0.0, self._next_at - self._monotonic())

    def statistics(self) -> LimiterStatistics:
        """Return what the limiter looks like now; any thread may ask."""
        now = self._monotonic()
        closed_for_s = max(0.0, self._closed_until - now)
        return LimiterStatistics(len(self._line), self.next_in_s, closed_for_s, self._book.statistics(now))

    # Within

    def _wanted(self, charges: Sequence[Charge]) -> set[str]:
        """Return the keys of budgets that may not be dropped just now."""
        return {charge.key for charge in charges} | {
            key for waiter in self._line.everyone() for key in waiter.keys
        }

    def _find(self, charges: Sequence[Charge]) -> tuple[Budget, ...]:
        """Return the budgets of these charges, made where they are seen for the first time."""
        now, known = self._monotonic(), self._budgets
        return tuple(
            known.get(one.key) or self._book.open(one, self._wanted(charges), now) for one in charges
        )

    def _check(self, charges: Sequence[Charge]) -> None:
        """Raise CallRefused where a call costs more than its limit ever allows."""
        for charge, budget in zip(charges, self._find(charges), strict=True):
            if not 0.0 <= charge.cost <= budget.capacity:
                raise CallRefused(
                    f"This call costs {charge.cost:g} {charge.limit.unit}, and the limit never allows more than "
                    f"{budget.capacity:g} at once ({charge.limit.text}). Nothing was sent.",
                    hint="Ask for less in one call (fewer items, a smaller page), or correct the limit: ps.Limit(...).",
                )

    def _give_back(self, waiter: Waiter) -> None:
        now = self._monotonic()
        for charge, budget in zip(waiter.charges, waiter.budgets, strict=True):
            budget.give_back(charge.cost, now if waiter.granted_at is None else waiter.granted_at, now)

    def _serve(self) -> None:
        """Let everyone go who can, and see when the next can."""
        now = self._monotonic()
        if now < self._seen:
            self._shift(now - self._seen)
        self._seen = now
        self._held = set()
        self._next_at, self._is_exact = math.inf, False
        if self._line:
            fetching: list[Slice] = []
            impatient: list[tuple[Waiter, float]] = []
            self._line.offer(lambda waiter, lane: self._attempt(waiter, lane, now, fetching, impatient))
            for waiter, wait_s in impatient:
                self._line.leave(waiter)
                if not waiter.future.done():
                    waiter.future.set_exception(WaitTooLong(wait_s, now + wait_s))
            if fetching and self._sharing is not None:
                self._sharing.start()
            if impatient:
                asyncio.get_running_loop().call_soon(self._serve)  # those behind them have not had their turn
        wake_at = min([self._next_at, *(lane.give_up_at for lane in self._line.lanes())])
        self._alarm.set(wake_at, is_exact=self._is_exact and wake_at == self._next_at)
        self._tell(now)

    def _attempt(
        self,
        waiter: Waiter,
        lane: Lane,
        now: float,
        fetching: list[Slice],
        impatient: list[tuple[Waiter, float]],
    ) -> bool:
        """Let one waiter go where it can; else note what it waits for."""
        if waiter.future.done():
            return True  # cancelled, and about to say so
        worst_s, worst = max(0.0, self._closed_until - now), None
        known_s = worst_s
        short: list[int] = []
        for place, (charge, budget) in enumerate(zip(waiter.charges, waiter.budgets, strict=True)):
            wait_s = budget.wait(charge.cost, now)
            if wait_s > worst_s:
                worst_s, worst = wait_s, budget
            if known_s < wait_s < math.inf:
                known_s = wait_s
            if wait_s == math.inf:
                short.append(place)
        if not worst_s and self._held.isdisjoint(waiter.budgets):
            return self._grant(waiter, now)
        if short:
            try:
                self._check(waiter.charges)
            except CallRefused as exc:
                waiter.future.set_exception(exc)
                return True
            if known_s <= SOON_S:
                for place in short:
                    charge = waiter.charges[place]
                    slice = self._book.slices.get(charge.key)
                    if slice is not None and slice.request(charge.cost, lane.costs[place], now):
                        fetching.append(slice)
        if worst_s:
            self._held.add(worst)
            if now + worst_s < self._next_at:
                self._next_at = now + worst_s
                self._is_exact = worst is not None and worst.is_exact
        if lane.give_up_at < now + known_s or lane.give_up_at <= now:
            self._lose_patience(lane, now, known_s, impatient)
        return False

    def _grant(self, waiter: Waiter, now: float) -> bool:
        for taken, (charge, budget) in enumerate(zip(waiter.charges, waiter.budgets, strict=True)):
            wait_s = budget.take(charge.cost, now)
            if wait_s:  # two limits with one key, and one unit left
                self._book.undo(waiter.charges, taken, now)
                self._held.add(budget)
                self._next_at = min(self._next_at, now + wait_s)
                return False
        for charge, budget in zip(waiter.charges, waiter.budgets, strict=True):
            budget.promise(charge.cost, now)
        waiter.granted_at = now
        waiter.future.set_result(None)
        return True

    def _lose_patience(
        self, lane: Lane, now: float, wait_s: float, impatient: list[tuple[Waiter, float]]
    ) -> None:
        lane.give_up_at = math.inf
        for waiter in lane.waiters:
            if waiter.give_up_at < now + wait_s or waiter.give_up_at <= now:
                impatient.append((waiter, wait_s))
            else:
                lane.give_up_at = min(lane.give_up_at, waiter.give_up_at)

    def _look_ahead(self, waiter: Waiter, lane: Lane, now: float) -> None:
        """Send a newcomer away at once whose own lane alone takes longer than its patience."""
        waits = [
            foresee(charge.limit, budget, lane.costs[place], charge.cost, now)
            for place, (charge, budget) in enumerate(zip(waiter.charges, waiter.budgets, strict=True))
        ]
        wait_s = max(waits, default=0.0)
        if now + wait_s > waiter.give_up_at:
            self._line.leave(waiter)
            waiter.future.set_exception(WaitTooLong(wait_s, now + wait_s))
            self._serve()

    def _fail(self, exc: Exception | None) -> None:
        """Tell everyone who waits that nothing will wake them any more."""
        for waiter in self._line.everyone():
            self._line.leave(waiter)
            if exc is None:
                waiter.future.cancel()
            elif not waiter.future.done():
                waiter.future.set_exception(exc)

    def _tell(self, now: float) -> None:
        """Say that calls begin to wait, wait longer than was said, or wait no more."""
        if self._on_wait is None:
            return
        if not self._line:
            if self._is_told:
                self._is_told, self._told_at = False, None
                self._say(None, None)
            return
        until = None if self._next_at == math.inf else self._next_at
        # Seconds between calls are the pace; longer, and the instant that was told is past, it is a wait of its own.
        is_later = until is not None and until > max(now, self._told_at or now) + TOLD_AGAIN_S
        if not self._is_told or is_later:
            self._is_told, self._told_at = True, until
            self._say("limit", None if until is None else self._clock.wall() + until - now)

    def _say(self, reason: str | None, until: float | None) -> None:
        assert self._on_wait is not None
        try:
            self._on_wait(reason, until)
        except Exception:
            log.exception("on_wait raised; the work goes on.")

    def _shift(self, seconds: float) -> None:
        """Move every remembered instant with a clock that was set back."""
        self._book.shift(seconds)
        self._closed_until += seconds

    # With other processes

    def _fetch_ahead(self, charges: Sequence[Charge], now: float) -> None:
        """Ask for more of what is nearly spent, before anybody has to wait for it."""
        sharing = self._sharing
        assert sharing is not None
        for charge in charges:
            slice = self._book.slices[charge.key]
            if slice.is_low and slice.request(0.0, 1.0, now):
                sharing.start()

    def _on_exchange(self, closed_until: float | None) -> None:
        if closed_until is not None:
            self._closed_until = max(self._closed_until, closed_until)
        if self._line:
            self._serve()
