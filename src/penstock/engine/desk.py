"""What the stages of the corridor share: the desk of an account, and the trip of a call. They hold; they do nothing."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from penstock.auth.sessions import Session
from penstock.catalog.definition import Integration, Operation
from penstock.clock import Clock
from penstock.engine.transport import Transport
from penstock.events import EventBus
from penstock.model import Call, Request, Response, Verdict
from penstock.ratelimit.headers import RateLimitHint
from penstock.ratelimit.limit import Charge
from penstock.ratelimit.queue import Limiter
from penstock.resilience.breaker import CircuitBreaker
from penstock.resilience.recovery import RecoveryPath
from penstock.resilience.retry import RetryBudget, RetryPolicy


@dataclass(slots=True)
class Streak:
    """How often in a row the service throttled without saying for how long; refusals of one moment count once."""

    count: int = 0
    at: float = float("-inf")

    def hit(self, sent_at: float, now: float) -> int:
        """Count a refusal of what was sent at `sent_at`, and return how many there are now."""
        if sent_at >= self.at:
            self.count, self.at = self.count + 1, now
        return self.count

    def end(self, sent_at: float) -> None:
        """End the streak when something sent after the last refusal succeeded."""
        if self.count and sent_at >= self.at:
            self.count = 0


@dataclass(slots=True)
class Desk:
    """What the calls of one account share: whom they speak for, and everything that holds them back."""

    integration: Integration = field(repr=False)  # with hundreds of operations, in every frame of a traceback
    account: str
    session: Session
    transport: Transport
    limiter: Limiter
    breaker: CircuitBreaker
    policy: RetryPolicy
    budget: RetryBudget
    clock: Clock
    bus: EventBus
    random: random.Random
    host: str
    origin: str
    recoveries: tuple[RecoveryPath, ...] = ()
    probe: Callable[[], Awaitable[None]] | None = None
    streak: Streak = field(default_factory=Streak)


@dataclass(slots=True)
class Trip:
    """One call on its way: the stages leave here what the others need. It never leaves the engine."""

    call: Call
    operation: Operation = field(repr=False)
    request: Request
    charges: Sequence[Charge]
    attempt: int = 0
    verdict: Verdict = Verdict.UNCERTAIN
    hint: RateLimitHint | None = None
    status: int | None = None
    waited_s: float = 0.0
    elapsed_s: float = 0.0
    session_version: int = 0
    is_sent: bool = False
    sent_at: float = 0.0


Onward = Callable[[Desk, Trip], Awaitable[Response]]
