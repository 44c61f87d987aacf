"""What an answer's header fields say about its service's limits, as one value. Bytes in, a value or None out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimitHint:
    """What one answer said about one budget; None where it said nothing. Durations are seconds from now.

    scope:        the service's own name of the budget (GitHub's x-ratelimit-resource).
    capacity, refill_rate: a leaky bucket the service describes (Shopify's maximumAvailable and restoreRate).
    cost:         what this call really cost, where that differs from the estimate.
    """

    limit: float | None = None
    remaining: float | None = None
    reset_in_s: float | None = None
    retry_after_s: float | None = None
    unit: str = "requests"
    scope: str | None = None
    capacity: float | None = None
    refill_rate: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """Name the header fields in which a service states its limits, where they are its own.

    reset_unit:       "auto" (by magnitude), "epoch_s", "epoch_ms", "delta_s", "delta_ms", "iso" or "duration" ("6m0s").
    retry_after_unit: "s", "ms" or "epoch_s".
    """

    limit: str | None = None
    remaining: str | None = None
    reset: str | None = None
    reset_unit: str = "auto"
    retry_after: str = "retry-after"
    retry_after_unit: str = "s"
    scope: str | None = None
