"""Which of a call's budgets an answer speaks of: services state figures, seldom which limit they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.ratelimit.headers import RateLimitHint
from penstock.ratelimit.limit import Charge

SLACK_S = 1.5  # resets are rounded up to seconds, and the Date they are measured against down


@dataclass(frozen=True, slots=True)
class Match:
    """A charge the hint is about. `is_certain`: its limit replaces ours, not only what remains of it."""

    charge: Charge
    is_certain: bool


def match_charges(charges: Sequence[Charge], hint: RateLimitHint) -> list[Match]:
    """Return the charges a hint is about; none where it could be any of several.

    By name where the service gives one and a limit has it as its key; else the limit with the very figure; else
    the shortest window that can hold the time until the reset: what remains of a second mistaken for what remains
    of a day would stop the work for a day, the other way round it costs a second.
    """
    says_amount = hint.remaining is not None or hint.limit is not None or hint.capacity is not None
    if not says_amount and hint.cost is None:
        return []
    known = [charge for charge in charges if charge.limit.per is not None and charge.limit.unit == hint.unit]
    if hint.scope is not None:
        named = [charge for charge in known if charge.limit.key == hint.scope]
        if named:
            return [Match(charge, True) for charge in named]
        known = [charge for charge in known if charge.limit.key is None]
    if hint.capacity is not None:
        return [Match(charge, True) for charge in known if charge.limit.burst is not None]
    if not says_amount:
        return [Match(charge, False) for charge in known]
    exact = [
        charge
        for charge in known
        if hint.limit is not None
        and hint.limit in (charge.limit.amount, charge.limit.burst)
        and _can_hold(charge, hint)
    ]
    if exact:
        return [Match(charge, True) for charge in exact]
    windows = [charge for charge in known if charge.limit.burst is None and _can_hold(charge, hint)]
    if hint.reset_in_s is None:
        return [Match(charge, False) for charge in known] if len(known) == 1 else []
    if not windows:
        return []
    shortest = min(_per(charge) for charge in windows)
    # A reset in the second half of a window shows that it is as long as ours, so the figure is of the same limit.
    is_certain = hint.reset_in_s > shortest / 2
    return [Match(charge, is_certain) for charge in windows if _per(charge) == shortest]


def _per(charge: Charge) -> float:
    return charge.limit.per or 0.0


def _can_hold(charge: Charge, hint: RateLimitHint) -> bool:
    is_bucket = charge.limit.burst is not None
    return is_bucket or hint.reset_in_s is None or hint.reset_in_s <= _per(charge) * 1.01 + SLACK_S
