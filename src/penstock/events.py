"""What can be observed. Rooms emit these records; monitoring and widgets listen, and can change nothing.

A listener that raises is logged and never disturbs the walk of a row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from penstock.model import Verdict

log = logging.getLogger("penstock.events")


class AttemptEnded(NamedTuple):
    """One request was answered, or failed on the way."""

    integration: str
    account: str
    operation: str
    host: str
    number: int
    verdict: Verdict
    status: int | None
    elapsed_s: float
    waited_s: float
    source: str
    row: str | None
    error_type: str | None
    retry_in_s: float | None


class CallEnded(NamedTuple):
    """One call is over: answered, failed for good, or uncertain."""

    integration: str
    account: str
    operation: str
    verdict: Verdict
    status: int | None
    attempts: int
    elapsed_s: float
    waited_s: float
    source: str
    row: str | None
    error_type: str | None


@dataclass(frozen=True, slots=True)
class WaitChanged:
    """Calls of an account began or ceased to wait. `reason`: limit, breaker or sign-in; None when it is over."""

    integration: str
    account: str
    reason: str | None
    until: float | None
    source: str


@dataclass(frozen=True, slots=True)
class BreakerMoved:
    """A circuit breaker changed its state, and why."""

    integration: str
    account: str
    host: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class CredentialRefused:
    """The service refused the account's credential."""

    integration: str
    account: str
    status: int | None


@dataclass(frozen=True, slots=True)
class CredentialChecked:
    """An account's credential was checked: healthy, expiring, expired, revoked, scope_missing or offline; what to do."""

    integration: str
    account: str
    health: str
    fix: str


@dataclass(frozen=True, slots=True)
class AccountSwitched:
    """Another account of an integration became the active one."""

    integration: str
    account: str


@dataclass(frozen=True, slots=True)
class RunMoved:
    """A run changed its state: running, paused, cancelled, finished, stopped."""

    run: str
    state: str
    why: str | None = None


Listener = Callable[[Any], None]


class EventBus:
    """Hand each event to those who asked for its kind."""

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        self._listeners: dict[type, tuple[Listener, ...]] = {}

    def subscribe(self, kind: type, listener: Listener) -> Callable[[], None]:
        """Call `listener(event)` for every event of `kind`; return the function that ends it."""
        self._listeners = {**self._listeners, kind: (*self._listeners.get(kind, ()), listener)}

        def unsubscribe() -> None:
            rest = tuple(known for known in self._listeners.get(kind, ()) if known is not listener)
            self._listeners = {**self._listeners, kind: rest}

        return unsubscribe

    def wants(self, kind: type) -> bool:
        """Say whether anybody listens for `kind`, so that an event nobody hears is never built."""
        return bool(self._listeners.get(kind))

    def emit(self, event: object) -> None:
        """Tell the listeners of this event's kind, on the calling thread."""
        for listener in self._listeners.get(type(event), ()):
            try:
                listener(event)
            except Exception:
                log.exception("A listener for %s raised; the work goes on.", type(event).__name__)
