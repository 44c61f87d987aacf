"""What several owners may make of one budget, played with simulated owners: late, greedy, forgetful and dead ones."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from send_log import fullest, most_over_line

from penstock.ratelimit import shares
from penstock.ratelimit.shares import Answer, Ask, SharedBudget

ROUNDING = 1e-6


@dataclass
class Owner:
    """A process as the store sees it: it uses what it was lent when it likes, and reports when it likes."""

    name: str
    clock_ahead: float  # its monotonic clock stands elsewhere
    units: list[list[float]] = field(default_factory=list)  # [from, units, until] on the wall clock
    used: list[tuple[float, float]] = field(default_factory=list)
    returned: float = 0.0

    def ask(
        self, shared: SharedBudget, wall: float, must: float, want: float, **limit: float | str
    ) -> Answer:
        self.drop_expired(wall)
        ask = Ask(
            "key", used=tuple((at - self.clock_ahead, units) for at, units in self.used), returned=self.returned,
            must=must, want=want, **limit,
        )  # type: ignore[arg-type]  # fmt: skip
        answer = shared.exchange(ask, self.name, wall=wall, ahead=self.clock_ahead)
        self.used, self.returned = [], 0.0
        until = answer.expires_at + self.clock_ahead
        self.units += [[begins + self.clock_ahead, units, until] for begins, units in answer.pieces]
        return answer

    def drop_expired(self, wall: float) -> None:
        for units in self.units:
            if units[2] <= wall:
                self.returned += units[1]
        self.units = [units for units in self.units if units[2] > wall]

    def use(self, wall: float, most: float) -> list[tuple[float, float]]:
        """Use up to `most` of the units that may be used now."""
        self.drop_expired(wall)
        done: list[tuple[float, float]] = []
        for units in self.units:
            part = min(most, units[1]) if units[0] <= wall else 0.0
            if part > 0:
                units[1] -= part
                most -= part
                done.append((wall, part))
        self.units = [units for units in self.units if units[1] > 0]
        self.used += done
        return done


Step = tuple[int, float, str, int]  # which owner, how much later, what, how many


def make_plan(seed: int) -> list[Step]:
    """Return 200 random steps: mostly close together, so that much is lent and used at the same time."""
    rng = random.Random(seed)
    most_later = rng.choice([0.01, 0.05, 0.3])
    kinds = ["ask"] * 4 + ["use"] * 4 + ["report"] * rng.randrange(3) + ["die"] * rng.randrange(2)
    return [
        (rng.randrange(3), rng.random() * most_later, rng.choice(kinds), rng.randint(1, 6))
        for _ in range(200)
    ]


plans = st.integers(0, 2**32).map(make_plan)


def play(limit: dict[str, float | str], plan: list[Step]) -> list[tuple[float, float]]:
    shared, wall = SharedBudget(), 1e9
    owners = [Owner(f"owner {number}", number * 1e6) for number in range(3)]
    sends: list[tuple[float, float]] = []
    for number, (which, later, step, count) in enumerate(plan):
        wall += later
        owner = owners[which]
        if step == "ask":
            owner.ask(shared, wall, float(count), float(count + number % 5), **limit)
        elif step == "use":
            sends += owner.use(wall, float(count))
        elif step == "report":
            owner.ask(shared, wall, 0.0, 0.0, **limit)
        else:  # all it had not reported is lost; another takes its place
            owners[which] = Owner(f"owner {which}, after {number}", which * 1e6)
        if number % 7 == 0:  # another process reads what this one wrote
            copy = SharedBudget()
            copy.load(*shared.dump())
            shared = copy
    return [(at - 1e9, units) for at, units in sends]


@settings(deadline=None)
@given(plans, st.integers(1, 12), st.sampled_from([0.5, 1.0, 20.0]))
def test_no_window_is_exceeded_whatever_the_owners_do(plan: list[Step], amount: int, per: float) -> None:
    """Used late, returned, never reported, or lost with its owner: no stretch of `per` seconds has too many units."""
    sends = play({"kind": "window", "amount": amount, "per": per}, plan)
    assert fullest(sends, per) <= amount * (1 + ROUNDING)


@settings(deadline=None)
@given(plans, st.integers(1, 12), st.sampled_from([2.0, 10.0, 100.0]))
def test_no_burst_is_exceeded_whatever_the_owners_do(plan: list[Step], burst: int, rate: float) -> None:
    """A leaky bucket lent to three owners never runs ahead of its rate by more than its burst."""
    sends = play({"kind": "bucket", "amount": rate, "per": 1.0, "burst": burst}, plan)
    assert most_over_line(sends, rate) <= burst * (1 + 1e-3)


def test_control_owners_who_do_not_share_exceed_it() -> None:
    """The judge notices: three owners with a budget each let three times the amount through."""
    plan = [(which, 0.0, step, 6) for step in ("ask", "use") for which in range(3)]
    limit: dict[str, float | str] = {"kind": "window", "amount": 6, "per": 20.0}
    together = play(limit, plan)
    apart = [send for which in range(3) for send in play(limit, [one for one in plan if one[0] == which])]
    assert fullest(together, 20.0) == 6 and fullest(apart, 20.0) == 18


def test_one_owner_alone_gets_the_whole_rate() -> None:
    """Asking 30 times a second and used a millisecond late, a shared window still gives 99 % of its rate."""
    shared, owner, wall = SharedBudget(), Owner("one", 0.0), 1e9
    sends: list[tuple[float, float]] = []
    while wall < 1e9 + 20:
        answer = owner.ask(shared, wall, 1.0, 5.0, kind="window", amount=100, per=1.0)
        while owner.units:
            wall = max(wall, owner.units[0][0] + 0.001)
            sends += owner.use(wall, 1.0)
        wall = max(wall + 0.0005, answer.retry_at or 0.0)
    assert 0.99 * 2000 <= len(sends) <= 2100
    assert fullest([(at - 1e9, 1.0) for at, _ in sends], 1.0) <= 100


def test_who_asked_first_is_served_first() -> None:
    """An owner that needs 50 of 60 points gets them although another asks for 1 again and again."""
    limit: dict[str, float | str] = {"kind": "bucket", "amount": 10, "per": 1.0, "burst": 60}
    shared, wall = SharedBudget(), 1e9
    large, small = Owner("large", 0.0), Owner("small", 0.0)
    small.ask(shared, wall, 60.0, 60.0, **limit)
    small.use(wall, 60.0)
    while wall < 1e9 + 6:
        wall += 0.05
        small.ask(shared, wall, 1.0, 1.0, **limit)
        small.use(wall, 1.0)
        if wall > 1e9 + 0.2 and large.ask(shared, wall, 50.0, 50.0, **limit).pieces:
            break
    assert wall < 1e9 + 5.6 and sum(units for _, units, _ in large.units) == 50


def test_an_owner_that_gave_up_waiting_is_owed_nothing() -> None:
    """When the one who waited for 50 does not come back, the others have the points again within two seconds."""
    limit: dict[str, float | str] = {"kind": "bucket", "amount": 10, "per": 1.0, "burst": 60}
    shared, wall = SharedBudget(), 1e9
    gone, other = Owner("gone", 0.0), Owner("other", 0.0)
    other.ask(shared, wall, 55.0, 55.0, **limit)
    other.use(wall, 55.0)
    retry_at = gone.ask(shared, wall, 20.0, 20.0, **limit).retry_at
    assert retry_at is not None
    assert not other.ask(shared, wall + 0.1, 5.0, 5.0, **limit).pieces
    assert other.ask(shared, retry_at + shares.OWED_S + 0.01, 5.0, 5.0, **limit).pieces


def test_what_a_service_says_holds_for_everybody() -> None:
    """One owner hears that nothing remains for 10 s; another is lent nothing until then."""
    limit: dict[str, float | str] = {"kind": "window", "amount": 100, "per": 60.0}
    shared, hears, other = SharedBudget(), Owner("hears", 0.0), Owner("other", 7.0)
    ask = Ask("key", "window", 100, 60.0, remaining=0.0, reset_in_s=10.0)
    shared.exchange(ask, hears.name, wall=1e9, ahead=0.0)
    answer = other.ask(shared, 1e9 + 1, 1.0, 1.0, **limit)
    assert not answer.pieces and answer.retry_at is not None
    assert answer.retry_at + 7.0 == pytest.approx(1e9 + 10, abs=0.5)
    assert other.ask(shared, 1e9 + 10.5, 1.0, 1.0, **limit).pieces


def test_closing_closes_for_everybody() -> None:
    """Closed by one owner, a budget lends nothing to another before the instant, in the other's own time."""
    limit: dict[str, float | str] = {"kind": "window", "amount": 100, "per": 60.0}
    shared, other = SharedBudget(), Owner("other", 500.0)
    shared.exchange(Ask("key", "window", 100, 60.0, close_until=30.0), "one", wall=1e9, ahead=1e9)
    answer = other.ask(shared, 1e9 + 1, 1.0, 1.0, **limit)
    assert not answer.pieces and answer.closed_until == pytest.approx(1e9 + 30 - 500)
    assert other.ask(shared, 1e9 + 30.1, 1.0, 1.0, **limit).pieces


@settings(deadline=None)
@given(plans, st.lists(st.integers(0, 199), max_size=3))
def test_a_wall_clock_set_back_exceeds_nothing_and_stops_nothing(plan: list[Step], jumps: list[int]) -> None:
    """Set back an hour at any moment, the window holds in real time, and nobody waits longer than a window."""
    shared, real, wall = SharedBudget(), 0.0, 1e9
    owner = Owner("one", 0.0)
    sends: list[tuple[float, float]] = []
    for number, (_, later, step, count) in enumerate(plan):
        real, wall = real + later, wall + later
        if number in jumps:
            wall -= 3600.0
            for units in owner.units:  # the owner counts in monotonic time, which does not jump
                units[0] -= 3600.0
                units[2] -= 3600.0
            owner.used = [(at - 3600.0, units) for at, units in owner.used]
        if step == "use":
            sends += [(real, units) for _, units in owner.use(wall, float(count))]
        elif step != "die":
            answer = owner.ask(shared, wall, float(min(count, 5)), 5.0, kind="window", amount=5, per=1.0)
            assert answer.retry_at is None or answer.retry_at <= wall + 2.0
    assert fullest(sends, 1.0 - ROUNDING) <= 5


# Calls at once


def slots(
    shared: SharedBudget, name: str, wall: float, want: float, returned: float = 0.0, alive: object = None
) -> Answer:
    ask = Ask("key", "concurrency", 4, must=min(want, 1.0), want=want, returned=returned)
    return shared.exchange(ask, name, wall=wall, ahead=0.0, is_alive=lambda owner: alive)  # type: ignore[arg-type,return-value]


def test_slots_are_shared() -> None:
    """Four at once are four for all owners together."""
    shared = SharedBudget()
    assert slots(shared, "a", 0.0, 3.0).held == 3
    assert slots(shared, "b", 0.0, 3.0).held == 1
    assert slots(shared, "c", 0.0, 1.0).pieces == ()
    assert slots(shared, "a", 0.1, 0.0, returned=2.0).held == 1
    assert slots(shared, "c", 0.2, 1.0).held == 1


def test_who_holds_most_is_asked_to_yield() -> None:
    """An owner with all the slots is told that another waits; who holds no more than the other is not."""
    shared = SharedBudget()
    slots(shared, "a", 0.0, 4.0)
    assert slots(shared, "a", 0.1, 0.0).owed == 0
    assert slots(shared, "b", 0.2, 4.0).held == 0
    assert slots(shared, "a", 0.3, 0.0).owed == 2
    assert slots(shared, "a", 0.3, 0.0, returned=2.0).owed == 1
    assert slots(shared, "b", 0.4, 2.0).held == 2
    assert slots(shared, "a", 0.5, 0.0).owed == 0


@pytest.mark.parametrize(
    ("alive", "silent_s", "held"),
    [(False, 0.1, 4.0), (True, 100.0, 0.0), (None, 1.0, 0.0), (None, 31.0, 4.0)],
)
def test_slots_of_the_dead_come_back(alive: bool | None, silent_s: float, held: float) -> None:
    """At once when the owner is known to be dead, never while it is known to live, else after 30 silent seconds."""
    shared = SharedBudget()
    slots(shared, "a", 0.0, 4.0)
    assert slots(shared, "b", silent_s, 4.0, alive=alive).held == held


def test_what_is_dumped_is_what_is_loaded() -> None:
    """A budget read from the store lends and refuses exactly as the one that was written."""
    rng, limit = random.Random(4), {"kind": "window", "amount": 20, "per": 3.0}
    first, owner, wall = SharedBudget(), Owner("one", 3.0), 1e9
    for _ in range(100):
        wall += rng.random() / 5
        owner.ask(first, wall, 1.0, rng.randrange(1, 6), **limit)  # type: ignore[arg-type]
        owner.use(wall, 2.0)
    second = SharedBudget()
    second.load(*first.dump())
    ask = Ask("key", "window", 20, 3.0, must=1.0, want=5.0)
    ends = [budget.exchange(ask, "two", wall=wall, ahead=0.0) for budget in (first, second)]
    assert ends[0] == ends[1]
