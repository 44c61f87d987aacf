"""What several processes make of one budget: who holds a slice of it, who waits for one. Arithmetic only.

Each process (an owner) uses slices inline and reports afterwards when each unit was really used. The rules:

1. A unit lent counts against the budget until it is reported used or returned, or, when nobody reports it, as if
   used at the slice's expiry. So no owner, nor a dead one, can make the sum exceed the limit.
2. A slice may begin in the near future: units are reserved for the instant at which they will be free, so that
   the rate does not suffer from asking. More than HORIZON_S ahead nothing is lent.
3. Who asked first and got nothing is owed: later askers leave that much alone (first come, first served).
4. Calls at once are slots, held until returned, or until their owner is known to be dead or has been silent.

Times are seconds since 1970 on the machine's wall clock. Where it jumps back, everything is moved back with it.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass

from penstock.ratelimit.bucket import TokenBucket
from penstock.ratelimit.budget import guard_s, unit_s
from penstock.ratelimit.window import SlidingWindow

HORIZON_S = 0.05  # how far ahead units are reserved
HEAD_START_S = 0.025  # how long before the units are free an owner should ask again
POLL_S = 0.02  # when to ask again while another holds what is wanted
LASTING_S = 0.25  # how long a slice may be used after it has begun
SILENCE_S = 30.0  # after this long without a word, slots of an owner who cannot be looked for come back
OWED_S = 0.5  # how much later than asked for an owner may come back before it is owed nothing
LATE_S = 1.0  # how long after expiry a report of a bucket's slice is still waited for
MOST_PIECES = 16
LOG_ENTRIES = 500  # of the shared log, which is written at every exchange


@dataclass(frozen=True, slots=True)
class Ask:
    """What one owner reports of one budget, and wants of it. Times are on the owner's monotonic clock.

    must: the least that is of use, what the first waiting call costs; 0 when nobody waits. want: the most.
    """

    key: str
    kind: str
    amount: float
    per: float = 0.0
    burst: float = 0.0
    used: tuple[tuple[float, float], ...] = ()  # (when, units), of units lent
    returned: float = 0.0
    refunded: tuple[
        tuple[float, float], ...
    ] = ()  # (when it was used, units): it cost so much less, or (negative) more
    must: float = 0.0
    want: float = 0.0
    remaining: float | None = None  # what the service says is left
    reset_in_s: float | None = None
    close_until: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an owner gets. Times are on its monotonic clock."""

    pieces: tuple[tuple[float, float], ...] = ()  # (from when, units)
    expires_at: float = 0.0
    retry_at: float | None = None  # when to ask again, where `must` could not be lent
    free: float = 0.0  # what anybody could still have
    closed_until: float = -math.inf
    held: float = 0.0  # the slots this owner has now
    owed: float = 0.0  # the slots it should let another have


class SharedBudget:
    """One budget as all owners together see it."""

    def __init__(self) -> None:
        self._meter: SlidingWindow | TokenBucket | None = None
        self._meter_of: tuple[float, ...] = ()
        self._numbers: list[float] = []
        self._seen = -math.inf
        self._closed_until = -math.inf
        self._held: dict[str, list[float]] = {}  # owner → [units lent and not accounted for, expiry]
        self._waits: dict[
            str, list[float]
        ] = {}  # owner → [units it must have, since when, until when it is owed]
        self.idle_at = -math.inf  # from then on nothing here matters

    def dump(self) -> tuple[bytes, str]:
        """Return all that is remembered: the numbers of the log, and the rest."""
        numbers = self._numbers if self._meter is None else self._meter.dump()
        rest = [self._seen, self._closed_until, self._held, self._waits]
        return array("d", numbers).tobytes(), json.dumps(rest)

    def load(self, numbers: bytes, rest: str) -> None:
        """Take up what was remembered."""
        self._numbers = array("d", numbers).tolist()
        self._seen, self._closed_until, self._held, self._waits = json.loads(rest)
        self._meter = None

    def exchange(
        self,
        ask: Ask,
        owner: str,
        *,
        wall: float,
        ahead: float,
        is_alive: Callable[[str], bool | None] = lambda owner: None,
    ) -> Answer:
        """Take an owner's report and lend it what it wants. `ahead` is the wall clock minus its monotonic clock."""
        if wall < self._seen:
            self._shift(wall - self._seen, ask)
        self._seen = wall
        if ask.close_until is not None:
            self._closed_until = max(self._closed_until, ask.close_until + ahead)
        if ask.kind == "gate":
            self.idle_at = self._closed_until
            return Answer(closed_until=self._closed_until - ahead)
        if ask.kind == "concurrency":
            answer = self._exchange_slots(ask, owner, wall, ahead, is_alive)
        else:
            answer = self._exchange_units(ask, owner, wall, ahead)
        lasting = [expiry + ask.per + LATE_S for _, expiry in self._held.values()]
        lasting += [until for _, _, until in self._waits.values()]
        self.idle_at = max(wall + ask.per + 1.0, self._closed_until, *lasting)
        if isinstance(self._meter, TokenBucket):
            self.idle_at = max(self.idle_at, self._meter.dump()[0])
        return answer

    def _shift(self, seconds: float, ask: Ask) -> None:
        if ask.kind in ("window", "bucket"):
            self._measure(ask).shift(seconds)
        self._closed_until += seconds
        for held in self._held.values():
            held[1] += seconds
        for waits in self._waits.values():
            waits[1] += seconds
            waits[2] += seconds

    def _measure(self, ask: Ask) -> SlidingWindow | TokenBucket:
        """Return the window or bucket, of the size this owner believes in."""
        meter, size = self._meter, (ask.amount, ask.per, ask.burst)
        if meter is None or self._meter_of != size:
            numbers = self._numbers if meter is None else meter.dump()
            if ask.kind == "window":
                grain_s = ask.per / LOG_ENTRIES if ask.amount > LOG_ENTRIES else 0.0
                meter = SlidingWindow(ask.amount, ask.per, guard_s=guard_s(ask.per), grain_s=grain_s)
            else:
                meter = TokenBucket(ask.burst, 1.0 / unit_s(ask.amount, ask.per, ask.burst))
            if numbers:
                meter.load(numbers)
            self._meter, self._meter_of = meter, size
        return meter

    def _owed(self, owner: str, wall: float) -> float:
        """Return what must be left for those who asked before this owner."""
        since = self._waits[owner][1] if owner in self._waits else wall
        for other in [name for name, (_, _, until) in self._waits.items() if until <= wall]:
            del self._waits[other]
        return sum(
            must
            for other, (must, its_since, _) in self._waits.items()
            if other != owner and its_since < since
        )

    def _note_wait(self, owner: str, must: float, wall: float, retry_at: float) -> None:
        since = self._waits[owner][1] if owner in self._waits else wall
        self._waits[owner] = [must, since, retry_at + OWED_S]

    # Windows and buckets

    def _exchange_units(self, ask: Ask, owner: str, wall: float, ahead: float) -> Answer:
        meter = self._measure(ask)
        self._forget_late(meter, wall, ask.per)
        self._settle(meter, ask, owner, wall, ahead)
        lent = sum(units for units, _ in self._held.values())
        if ask.remaining is not None:
            # What is lent and not yet used the service cannot have counted.
            meter.correct(wall, remaining=ask.remaining + lent, reset_in_s=ask.reset_in_s)
        closed_until = self._closed_until - ahead
        owed = self._owed(owner, wall)
        free = max(0.0, meter.available(wall) - lent)
        if ask.want <= 0:
            self._waits.pop(owner, None)
            return Answer(free=free, closed_until=closed_until)
        if wall < self._closed_until:
            if ask.must > 0:
                self._note_wait(owner, ask.must, wall, self._closed_until)
            return Answer(free=0.0, closed_until=closed_until, retry_at=closed_until)
        pieces = self._lend(meter, ask, wall, lent + owed)
        if not pieces:
            retry_at = self._retry_at(meter, ask, wall, is_alone=lent + owed <= 0)
            if ask.must > 0:
                self._note_wait(owner, ask.must, wall, retry_at)
            return Answer(free=free, closed_until=closed_until, retry_at=retry_at - ahead)
        self._waits.pop(owner, None)
        units = sum(units for _, units in pieces)
        expires_at = pieces[-1][0] + LASTING_S
        held = self._held.setdefault(owner, [0.0, expires_at])
        held[0] += units
        held[1] = max(held[1], expires_at)
        return Answer(
            tuple((at - ahead, units) for at, units in pieces),
            expires_at - ahead,
            None,
            max(0.0, free - units),
            closed_until,
        )

    def _settle(
        self, meter: SlidingWindow | TokenBucket, ask: Ask, owner: str, wall: float, ahead: float
    ) -> None:
        held = self._held.get(owner)
        # Units of a bucket whose report came too late have been counted as used already.
        if held is not None or isinstance(meter, SlidingWindow):
            for at, units in ask.used:
                meter.remember(units, min(at + ahead, wall))
        if held is not None:
            held[0] -= sum(units for _, units in ask.used) + ask.returned
            if held[0] <= 1e-9:
                del self._held[owner]
        if ask.returned:
            meter.scheduled_at(-ask.returned, wall)
        for at, units in ask.refunded:
            if units >= 0:
                meter.give_back(units, at + ahead, wall)
            else:
                meter.remember(-units, min(at + ahead, wall))

    def _forget_late(self, meter: SlidingWindow | TokenBucket, wall: float, per: float) -> None:
        """Count as used what was lent and never reported, and forget what has left the window."""
        meter.expire(wall)
        for owner, (units, expiry) in list(self._held.items()):
            if isinstance(meter, TokenBucket):
                if expiry + LATE_S <= wall:
                    meter.remember(units, expiry)
                    del self._held[owner]
            elif expiry + per + guard_s(per) <= wall:
                del self._held[owner]  # it counted until now, and has left the window

    def _lend(
        self, meter: SlidingWindow | TokenBucket, ask: Ask, wall: float, occupied: float
    ) -> list[tuple[float, float]]:
        """Return (from when, units) for as much of what is wanted as will be free soon."""
        pieces: list[tuple[float, float]] = []
        step = max(1.0, (ask.want - ask.must) / MOST_PIECES)
        units = ask.must if ask.must > 0 else min(step, ask.want)
        total = 0.0
        while units > 1e-9:
            free_at = meter.free_at(total + units, wall, occupied=occupied)
            if free_at > wall + HORIZON_S:
                break
            at = meter.scheduled_at(units, free_at)
            if at > wall + HORIZON_S:
                meter.scheduled_at(-units, free_at)
                break
            if pieces and at <= pieces[-1][0]:
                pieces[-1] = (pieces[-1][0], pieces[-1][1] + units)
            else:
                pieces.append((at, units))
            total += units
            units = min(step, ask.want - total)
        return pieces

    def _retry_at(
        self, meter: SlidingWindow | TokenBucket, ask: Ask, wall: float, *, is_alone: bool
    ) -> float:
        cost = ask.must or 1.0
        scheduled_at = meter.scheduled_at(0.0, wall)
        at = max(meter.free_at(cost, wall), scheduled_at)
        if not math.isfinite(at):
            at = wall + POLL_S
        return max(at - HEAD_START_S, wall + (HEAD_START_S / 5 if is_alone else POLL_S))

    # Calls at once

    def _exchange_slots(
        self, ask: Ask, owner: str, wall: float, ahead: float, is_alive: Callable[[str], bool | None]
    ) -> Answer:
        closed_until = self._closed_until - ahead
        for other, (_, expiry) in list(self._held.items()):
            if other == owner:
                continue
            alive = is_alive(other)
            if alive is False or (alive is None and expiry <= wall):
                del self._held[other]
                self._waits.pop(other, None)
        mine = max(0.0, (self._held[owner][0] if owner in self._held else 0.0) - ask.returned)
        others = sum(slots for other, (slots, _) in self._held.items() if other != owner)
        owed = self._owed(owner, wall)
        free = max(0.0, ask.amount - mine - others)
        lent, retry_at = 0.0, None
        if ask.want > 0:
            least = ask.must if ask.must > 0 else 1.0
            lent = float(math.floor(min(ask.want, free - owed)))
            if wall < self._closed_until or lent < least:
                lent = 0.0
                retry_at = max(wall + POLL_S, self._closed_until)
                if ask.must > 0:
                    self._note_wait(owner, ask.must, wall, retry_at)
        if retry_at is None:
            self._waits.pop(owner, None)
        mine += lent
        if mine > 0:
            self._held[owner] = [mine, wall + SILENCE_S]
        else:
            self._held.pop(owner, None)
        # Who has fewer slots than this owner, and waits, is let in as slots come free.
        behind = [
            mine - (self._held[other][0] if other in self._held else 0.0)
            for other, (_, _, until) in self._waits.items()
            if other != owner and until > wall
        ]
        should_yield = math.ceil(max(behind, default=0.0) / 2)
        return Answer(
            ((wall - ahead, lent),) if lent else (),
            wall + SILENCE_S - ahead,
            None if retry_at is None else retry_at - ahead,
            free - lent,
            closed_until,
            mine,
            float(max(0, should_yield)),
        )
