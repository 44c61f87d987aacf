"""OpenAI's limits: requests and tokens a minute, each model's own, told in header fields with every answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from penstock.sandbox.limits import Figures, Points
from penstock.sandbox.vendors.openai.world import Refusal, count_tokens
from penstock.sandbox.wire import Pairs, to_json

PER_S = 60.0
# A new organisation's figures for a small model; real ones differ by organisation, model and tier.
FIGURES = {"requests": 500.0, "tokens": 200_000.0}
_SHORT = {"requests": "requests per min (RPM)", "tokens": "tokens per min (TPM)"}


class Meter:
    """Count what one organisation uses of one model: buckets that fill up evenly over a minute."""

    def __init__(self, figures: Figures) -> None:
        self._points = {unit: Points(amount, amount / PER_S) for unit, amount in figures.items()}

    def take(self, costs: Mapping[str, float], model: str, now: float) -> Pairs:
        """Count a request in and return the fields that go with its answer. Raises Refusal (429), counting nothing."""
        for unit, points in self._points.items():
            wait_s = points.wait(costs[unit], now)
            if wait_s > 0:
                raise self._refuse(unit, costs[unit], wait_s, model, now)
        for unit, points in self._points.items():
            points.take(costs[unit], now)
        return self.fields(now)

    def fields(self, now: float) -> Pairs:
        """Return what is left, as header fields; a reset is the time until all of it is back."""
        found: Pairs = []
        for unit, points in self._points.items():
            left = points.available(now)
            found += [
                (f"x-ratelimit-limit-{unit}", f"{points.capacity:.0f}"),
                (f"x-ratelimit-remaining-{unit}", str(int(left))),
                (f"x-ratelimit-reset-{unit}", write_duration((points.capacity - left) / points.rate)),
            ]
        return found

    def _refuse(self, unit: str, cost: float, wait_s: float, model: str, now: float) -> Refusal:
        points = self._points[unit]
        place = f"{model} in organization org-sandbox on {_SHORT[unit]}: Limit {points.capacity:.0f}"
        if cost > points.capacity:
            message = f"Request too large for {place}, Requested {cost:.0f}."
            return Refusal(429, message, type=unit, code="rate_limit_exceeded", headers=self.fields(now))
        used = points.capacity - points.available(now)
        message = (
            f"Rate limit reached for {place}, Used {used:.0f}, Requested {cost:.0f}."
            f" Please try again in {write_duration(wait_s)}."
        )
        return refuse(message, unit, wait_s, self.fields(now))


def refuse(message: str, unit: str, wait_s: float, headers: Pairs) -> Refusal:
    """Return the 429 that says when to come back, in whole seconds."""
    told = ("retry-after", str(math.ceil(wait_s)))
    return Refusal(429, message, type=unit, code="rate_limit_exceeded", headers=[told, *headers])


def price(given: Mapping[str, Any]) -> dict[str, float]:
    """Return what a call takes: one request, and the larger of its prompt and the answer it allows, in tokens."""
    asked = [given.get(name) for name in ("messages", "input", "prompt", "instructions")]
    prompt = count_tokens(to_json([one for one in asked if one is not None]).decode())
    allowed = [given.get(name) for name in ("max_completion_tokens", "max_tokens", "max_output_tokens")]
    return {"requests": 1.0, "tokens": float(max([prompt, *(n for n in allowed if isinstance(n, int))]))}


def write_duration(seconds: float) -> str:
    """Return a duration as Go writes it: 12ms, 1.94s, 6m0s."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, rest = divmod(math.ceil(seconds * 1000) / 1000, 60)
    text = f"{rest:.3f}".rstrip("0").rstrip(".")
    return f"{minutes:.0f}m{text}s" if minutes else f"{text}s"
