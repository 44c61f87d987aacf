"""An integration's declared limits, enforced: who may pass now, and what is said of them in header fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from penstock.catalog.definition import Integration, Limit, Operation, RateHeaders
from penstock.sandbox.limits import AtOnce, LimitSetting, Points, Window, read_figures
from penstock.sandbox.wire import Pairs, iso_time

Counter = Window | Points | AtOnce
POINTS_JITTER_S = 0.05  # points lent to those who come a little early: the road is not always equally long


class TooMany(Exception):
    """One more than a limit allows; `wait_s` is when the next may come, 0 where nobody can say."""

    def __init__(self, limit: Limit, wait_s: float) -> None:
        super().__init__(limit.text)
        self.limit, self.wait_s = limit, wait_s


class Gate:
    """Hold every account to the limits that apply to it."""

    def __init__(
        self,
        integration: Integration,
        setting: bool | Mapping[str, LimitSetting],
        parameters: Mapping[str, str],
        credential: Mapping[str, str],
        told_per_s: float | None = None,
    ) -> None:
        variant = integration.variant(credential, parameters) if integration.variant else None
        chosen = [limit for limit in integration.limits if limit.when is None or limit.when == variant]
        named = {_name(number, limit): limit for number, limit in enumerate(chosen)}
        figures = read_figures(
            setting, integration.name, {name: limit.amount for name, limit in named.items()}, tuple(named)[:1]
        )
        self._limits = (
            [] if figures is None else [(name, limit, figures[name]) for name, limit in named.items()]
        )
        self._counters: dict[tuple[str, ...], Counter] = {}
        self._told_per_s = told_per_s

    def enter(
        self, account: str, operation: Operation, parameters: Mapping[str, Any], now: float
    ) -> tuple[list[Callable[[], None]], tuple[Limit, float, float] | None]:
        """Count a call in. Return what counts it out again, and (limit, left, seconds until more) of the narrowest window.

        Raises TooMany, and then has counted nothing.
        """
        applying = [
            (
                limit,
                self._counter(account, name, limit, amount, operation, parameters),
                operation.units(limit, parameters),
            )
            for name, limit, amount in self._limits
            if limit.holds_for(operation.name, operation.method)
        ]
        for limit, counter, cost in applying:
            if isinstance(counter, AtOnce):
                if counter.is_full:
                    raise TooMany(limit, 0.0)
            elif wait_s := _wait(counter, now, cost):
                raise TooMany(limit, wait_s)
        release: list[Callable[[], None]] = []
        told: tuple[Limit, float, float] | None = None
        for limit, counter, cost in applying:
            if isinstance(counter, AtOnce):
                counter.enter()
                release.append(counter.leave)
            elif isinstance(counter, Window):
                counter.take(now, cost)
                left, reset_in_s = counter.left(now)
                is_told = limit.unit == "requests" and self._told_per_s in (None, limit.per)
                if is_told and (told is None or left < told[1]):
                    told = limit, left, reset_in_s
            else:
                counter.take(cost, now)
                if told is None and limit.unit == "requests":
                    told = limit, counter.available(now), counter.wait(counter.capacity, now)
        return release, told

    def _counter(
        self,
        account: str,
        name: str,
        limit: Limit,
        amount: float,
        operation: Operation,
        parameters: Mapping[str, Any],
    ) -> Counter:
        key = [account, limit.key or name]
        if limit.scope == "operation":
            key.append(operation.name)
        elif limit.scope.startswith("parameter:"):
            key.append(str(parameters.get(limit.scope[10:], "")))
        counter = self._counters.get(tuple(key))
        if counter is None:
            counter = self._counters[tuple(key)] = _open(limit, amount)
        return counter


def _name(number: int, limit: Limit) -> str:
    per = "at_once" if limit.per is None else f"per_{limit.per:g}s"
    return f"{limit.key or limit.unit}_{per}_{number}"


def _open(limit: Limit, amount: float) -> Counter:
    if limit.per is None:
        return AtOnce(amount)
    if limit.burst is None:
        return Window(amount, limit.per)
    return Points(limit.burst, amount / limit.per, jitter_s=POINTS_JITTER_S)


def _wait(counter: Window | Points, now: float, cost: float) -> float:
    return counter.wait(now, cost) if isinstance(counter, Window) else counter.wait(cost, now)


def write_headers(declared: RateHeaders | None, told: tuple[Limit, float, float] | None, now: float) -> Pairs:
    """Return the header fields in which a service states what is left, in its own units."""
    if declared is None or told is None:
        return []
    limit, left, reset_in_s = told
    amount = limit.amount if limit.burst is None else limit.burst
    pairs: Sequence[tuple[str | None, str]] = (
        (declared.limit, f"{amount:g}"),
        (declared.remaining, f"{int(left)}"),
        (declared.reset, write_instant(declared.reset_unit, reset_in_s, now)),
    )
    return [(name, value) for name, value in pairs if name]


def write_instant(unit: str, in_s: float, now: float) -> str:
    """Return an instant so many seconds from now as a header field of that unit has it."""
    whole = int(in_s) + 1
    if unit == "epoch_s":
        return str(int(now) + whole)
    if unit == "epoch_ms":
        return str((int(now) + whole) * 1000)
    if unit == "delta_ms":
        return str(int(in_s * 1000) + 1)
    if unit == "iso":
        return iso_time(now + whole)
    return f"{whole}s" if unit == "duration" else str(whole)
