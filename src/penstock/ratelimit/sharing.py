"""Carries one limiter's slices to the lease store and back: one exchange at a time, no more often than needed.

It decides nothing: slices say what they need, the store what they get. Where the store fails, every slice becomes
a budget of its own and work goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from penstock.clock import Clock
from penstock.errors import StoreError
from penstock.ratelimit.lease import LeaseStore
from penstock.ratelimit.limit import Limit
from penstock.ratelimit.shares import LASTING_S, Ask
from penstock.ratelimit.slices import UnitSlice
from penstock.ratelimit.slots import SlotSlice

Slice = UnitSlice | SlotSlice

TICK_S = LASTING_S / 2  # how soon what was used is reported when nothing else asks for an exchange


class Sharing:
    """The shared budgets of one account, as one process uses them.

    on_change: called after every exchange; None, or the instant until which the whole account is closed.
    """

    def __init__(
        self, store: LeaseStore, name: str, clock: Clock, on_change: Callable[[float | None], None]
    ) -> None:
        self._store = store
        self._name = name
        self._clock = clock
        self._on_change = on_change
        self._slices: dict[str, Slice] = {}
        self._owner = store.enroll(self._last_words)
        self._close_until: float | None = None
        self._flight: asyncio.Task[None] | None = None
        self._ticker: asyncio.Task[None] | None = None

    @property
    def is_working(self) -> bool:
        """Say whether the store can be used; once it has failed, it is left alone."""
        return self._store.failure is None

    def open(self, key: str, limit: Limit) -> Slice:
        """Return this process's slice of a budget, empty at first."""
        # Another connection may hold other figures for the same account: they meet where the kind of limit is the same.
        shape = f"{limit.kind} {limit.per or 0:g} {limit.unit}"
        shared = f"{self._name}/{key}/{shape}"
        made = SlotSlice(shared, limit) if limit.per is None else UnitSlice(shared, limit)
        if not self.is_working:
            made.go_local(self._clock.monotonic())
        self._slices[shared] = made
        return made

    def forget(self, slice: Slice) -> None:
        """Drop a slice that is idle."""
        self._slices.pop(slice.key, None)

    def close_until(self, at: float) -> None:
        """Tell the others that the whole account is closed until then."""
        self._close_until = at if self._close_until is None else max(self._close_until, at)
        self.start()

    def start(self) -> None:
        """Begin an exchange, unless one is under way."""
        if not self.is_working or _is_running(self._flight):
            return
        try:
            self._flight = asyncio.get_running_loop().create_task(self._exchange())
        except RuntimeError:
            pass  # no loop runs here: what there is to say is said at the next exchange

    async def _exchange(self) -> None:
        asks, asking = self._collect()
        try:
            answers = await self._store.exchange(self._owner, asks)
        except Exception as exc:  # whatever it is, nobody may be left waiting for an answer
            self._go_local(exc if isinstance(exc, StoreError) else StoreError(f"{type(exc).__name__}: {exc}"))
            return
        finally:
            self._flight = None
        now = self._clock.monotonic()
        for slice, answer in zip(asking, answers[1:], strict=True):
            slice.apply(answer, now)
        closed_until = answers[0].closed_until
        self._on_change(closed_until if closed_until > now else None)
        if self._close_until is not None or any(slice.is_urgent for slice in asking):
            self.start()  # what others must know came up meanwhile
        if not _is_running(self._ticker) and self._has_open_ends(now):
            self._ticker = asyncio.get_running_loop().create_task(self._tick())

    def _collect(self) -> tuple[list[Ask], list[Slice]]:
        now = self._clock.monotonic()
        asking = [slice for slice in self._slices.values() if slice.has_news(now)]
        gate = Ask(f"{self._name}/*", "gate", 1.0, close_until=self._close_until)
        self._close_until = None
        return [gate, *(slice.ask(now) for slice in asking)], asking

    def _has_open_ends(self, now: float) -> bool:
        return any(slice.is_lent or slice.has_news(now) for slice in self._slices.values())

    async def _tick(self) -> None:
        """Report and return from time to time, until nothing is left to report or return."""
        while self.is_working and self._has_open_ends(self._clock.monotonic()):
            await self._clock.sleep(TICK_S)
            now = self._clock.monotonic()
            if any(slice.has_news(now) for slice in self._slices.values()):
                self.start()

    def _go_local(self, failure: StoreError) -> None:
        self._store.fail(failure)
        now = self._clock.monotonic()
        for slice in self._slices.values():
            slice.go_local(now)
        self._on_change(None)

    def _last_words(self) -> Sequence[Ask]:
        """Return the last report: all that was used, and everything in hand goes back."""
        if not self.is_working:
            return ()
        for slice in self._slices.values():
            slice.give_up()
        asks, _ = self._collect()
        return asks


def _is_running(task: asyncio.Task[None] | None) -> bool:
    """Say whether a task is under way on this loop; one of a loop that has ended never will be again."""
    if task is None or task.done():
        return False
    try:
        return task.get_loop() is asyncio.get_running_loop()
    except RuntimeError:
        return not task.get_loop().is_closed()
