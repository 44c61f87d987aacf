"""From an account to a client: everything the calls of one account share, made once and kept. It sends nothing."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from penstock.auth.sessions import Session
from penstock.catalog.definition import Integration, Limit
from penstock.catalog.operations import OperationIndex
from penstock.clock import Clock
from penstock.connecting import check_address, choose_limits, fill_base
from penstock.engine.client import Client
from penstock.engine.desk import Desk
from penstock.engine.transport import Transport, open_transport
from penstock.errors import StoreError, UsageError
from penstock.events import BreakerMoved, EventBus
from penstock.loop import EngineLoop
from penstock.ratelimit.lease import LeaseStore
from penstock.ratelimit.queue import Limiter
from penstock.redact import Secret
from penstock.resilience.breaker import BreakerPolicy, CircuitBreaker
from penstock.resilience.recovery import RecoveryPath
from penstock.resilience.retry import RetryBudget, RetryPolicy

Key = tuple[str, ...]


class Settings(NamedTuple):
    """What a connection was asked to do otherwise than its integration states."""

    retry: RetryPolicy | None
    limit: Limit | Sequence[Limit] | None
    breaker: BreakerPolicy | None
    recover: tuple[RecoveryPath, ...]
    timeout: float | None
    transport: str | Transport | None


class Opening:
    """Make clients. Those of one account and host share limiter, breaker and retry budget, and all share a transport."""

    def __init__(
        self,
        home: Path,
        engine: EngineLoop,
        clock: Clock,
        bus: EventBus,
        *,
        transport: str | Transport,
        seed: int | None,
        share_limits: bool,
    ) -> None:
        self._home, self._engine, self._clock, self._bus = home, engine, clock, bus
        self._random = random.Random(seed)
        self._transport_choice = transport
        self._transports: dict[str, Transport] = {}
        self._limiters: dict[Key, Limiter] = {}
        self._breakers: dict[Key, CircuitBreaker] = {}
        self._budgets: dict[Key, RetryBudget] = {}
        self._share_limits = share_limits
        self._leases: LeaseStore | None = None

    def open_client(
        self, integration: Integration, account: str, session: Session, secrets: Mapping[str, Secret],
        given: Mapping[str, str], base_url: str | None, settings: Settings,
    ) -> Client:  # fmt: skip
        """Return the client of an account. `given`: parts of the address; `base_url`: instead of the service's own."""
        values = fill_base(integration, given, secrets, is_given=base_url is not None)
        address = (base_url or integration.base_url.format_map(values)).rstrip("/")
        check_address(address)
        limits = choose_limits(integration, settings.limit, secrets, values)

        async def build() -> Client:
            return self._build_client(integration, account, session, address, values, limits, settings)

        return self._engine.run(build())

    def _build_client(
        self, integration: Integration, account: str, session: Session, address: str, values: Mapping[str, str],
        limits: tuple[Limit, ...], settings: Settings,
    ) -> Client:  # fmt: skip
        timeout, breaker = settings.timeout, settings.breaker
        if timeout is not None:
            if not timeout > 0:
                raise UsageError(f"timeout is {timeout!r}; it is a positive number of seconds.")
            integration = replace(integration, timeout_s=float(timeout))
        scheme, host, *_ = urlsplit(address)
        key = (integration.name, account, host)
        limiter_key = (*key, repr(limits))
        limiter = self._limiters.get(limiter_key)
        if limiter is None:
            shared_name = f"{integration.name}/{account}/{host}"
            limiter = self._limiters[limiter_key] = Limiter(
                self._clock, leases=self._lease_store(), name=shared_name
            )
        guard = self._breakers.get(key) if breaker is None else None
        if guard is None:

            def tell(state: str, why: str) -> None:
                self._bus.emit(BreakerMoved(integration.name, account, host, state, why))

            guard = CircuitBreaker(breaker or BreakerPolicy(), self._clock, random=self._random, on_move=tell)
            if breaker is None:
                self._breakers[key] = guard
        desk = Desk(
            integration=integration,
            account=account,
            session=session,
            transport=self.transport(settings.transport),
            limiter=limiter,
            breaker=guard,
            policy=settings.retry or RetryPolicy(),
            budget=self._budgets.setdefault(key, RetryBudget()),
            clock=self._clock,
            bus=self._bus,
            random=self._random,
            host=host,
            origin=f"{scheme}://{host}".lower(),
            recoveries=settings.recover,
        )
        return Client(desk, address, OperationIndex(integration), limits, integration.fill_headers(values))

    def transport(self, choice: str | Transport | None) -> Transport:
        """Return a transport: the one asked for, else the workbench's; opened once."""
        choice = choice if choice is not None else self._transport_choice
        if not isinstance(choice, str):
            return choice
        if choice not in self._transports:
            self._transports[choice] = open_transport(choice)
        return self._transports[choice]

    def _lease_store(self) -> LeaseStore | None:
        """Return the file through which kernels of this machine share their budgets; None where it cannot be had."""
        if not self._share_limits:
            return None
        if self._leases is None:
            try:
                self._leases = LeaseStore(self._home / "limits.db", self._clock)
            except (StoreError, OSError):
                self._share_limits = (
                    False  # a read-only home: limits hold in this process, as a run will say by itself
                )
        return self._leases

    def hang_up(self) -> None:
        """Close every connection."""
        transports, self._transports = list(self._transports.values()), {}

        async def close() -> None:
            for transport in transports:
                await transport.aclose()

        if transports:
            self._engine.run(close())

    def close(self) -> None:
        """Close the file the limits are shared through; the engine has ended."""
        if self._leases is not None:
            self._leases.close()
            self._leases = None
