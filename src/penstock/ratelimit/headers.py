"""What an answer's header fields say about its service's limits, as one value. Bytes in, a value or None out.

Known: Retry-After, RateLimit and RateLimit-Policy (the current draft and -07), the three RateLimit-* fields of
earlier drafts, X-RateLimit-* in its usual spellings, and what an integration names in its RateHeaders. Nobody
else reads these fields. Fields are untrusted: whatever stands there, the answer is a value or None, soon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from penstock.model import Headers
from penstock.ratelimit.instants import (
    LONGEST_S,
    LONGEST_TEXT,
    parse_duration,
    parse_http_date,
    parse_iso,
    parse_number,
)

LONGEST_FIELD = 2048  # of a structured field; a longer one is not looked at

_RETRY_AFTER = re.compile(r"([0-9]{1,9})(\.[0-9]{1,6})?")  # RFC 9110 §10.2.3; Shopify adds decimals: "2.0"
_NEGATIVE = re.compile(r"-[0-9]{1,9}(\.[0-9]{1,6})?")
_EPOCH_S, _EPOCH_MS = 1e9, 1e11  # by magnitude: from 2001 on in seconds, the same in milliseconds

# Prefixes and suffixes of the three fields in use; OpenAI counts requests and tokens apart.
_PREFIXES = ("ratelimit-", "x-ratelimit-", "x-rate-limit-")
_SUFFIXES = ("", "-requests")
_TRIPLES = tuple(
    tuple(f"{prefix}{word}{suffix}" for word in ("limit", "remaining", "reset"))
    for prefix in _PREFIXES
    for suffix in _SUFFIXES
)
_KNOWN = frozenset(
    {"retry-after", "retry-after-ms", "ratelimit", "ratelimit-policy", *(name for triple in _TRIPLES for name in triple)}
)  # fmt: skip


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
    _names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named = (self.limit, self.remaining, self.reset, self.retry_after)
        object.__setattr__(self, "_names", frozenset(name.lower() for name in named if name))

    def is_in(self, headers: Headers) -> bool:
        """Say whether any of these fields is there."""
        return not self._names.isdisjoint(headers)


_Said = tuple[
    float | None, float | None, float | None, str, str | None
]  # limit, remaining, reset_in_s, unit, scope


def read_headers(headers: Headers, declared: RateHeaders | None, *, wall: float) -> RateLimitHint | None:
    """Return what the fields say about the limits, None where they say nothing.

    Fields the integration names win over RateLimit, RateLimit over X-RateLimit-*. `wall` is this machine's time
    in seconds since 1970; an instant is measured against the answer's own Date field, so that a clock that is
    wrong on either side does not matter. Never raises.
    """
    has_known = not _KNOWN.isdisjoint(headers)
    if not has_known and (declared is None or not declared.is_in(headers)):
        return None
    retry_after_s = _read_retry_after(headers, declared, wall)
    said: _Said | None = None
    if declared is not None and (declared.limit or declared.remaining or declared.reset):
        names = (declared.limit, declared.remaining, declared.reset)
        scope = headers.get(declared.scope) if declared.scope else None
        said = _read_triple(headers, names, declared.reset_unit, wall, scope)
    if said is None and has_known:
        if "ratelimit" in headers:
            said = _read_structured(headers["ratelimit"], headers.get("ratelimit-policy", ""))
        for triple in _TRIPLES if said is None else ():
            said = _read_triple(headers, triple, "auto", wall, None)
            if said is not None:
                break
    if said is None:
        return None if retry_after_s is None else RateLimitHint(retry_after_s=retry_after_s)
    limit, remaining, reset_in_s, unit, scope = said
    return RateLimitHint(limit, remaining, reset_in_s, retry_after_s, unit, scope)


def parse_retry_after(value: str, *, wall: float, date: str | None) -> float | None:
    """Return the seconds a Retry-After field asks for, None where it cannot be read.

    Seconds of up to nine digits, with decimals or not, or an HTTP date in any of its three forms, measured
    against `date` (the answer's Date field) or, without one, against `wall`. What lies in the past is 0.
    """
    if len(value) > LONGEST_TEXT:
        return None
    value = value.strip()
    if _RETRY_AFTER.fullmatch(value):
        return float(value)
    if _NEGATIVE.fullmatch(value):
        return 0.0
    until = parse_http_date(value, wall=wall)
    return None if until is None else _until(until, wall, date)


def _until(instant: float, wall: float, date: str | None) -> float | None:
    """Return the seconds from the answer's own Date to `instant`; whole tens of years are a mistake."""
    said_now = parse_http_date(date, wall=wall) if date else None
    wait_s = instant - (wall if said_now is None else said_now)
    return max(0.0, wait_s) if wait_s <= LONGEST_S else None


def _read_retry_after(headers: Headers, declared: RateHeaders | None, wall: float) -> float | None:
    name, unit = (
        ("retry-after", "s") if declared is None else (declared.retry_after, declared.retry_after_unit)
    )
    if declared is None and "retry-after-ms" in headers:  # OpenAI and Azure: the same, more exactly
        milliseconds = parse_number(headers["retry-after-ms"])
        if milliseconds is not None:
            return _within(max(0.0, milliseconds / 1000))
    value = headers.get(name)
    if value is None:
        return None
    if unit == "s":
        return parse_retry_after(value, wall=wall, date=headers.get("date"))
    number = parse_number(value)
    if number is None:
        return parse_retry_after(value, wall=wall, date=headers.get("date"))  # a date is a date in every unit
    if unit == "epoch_s":
        return _until(number, wall, headers.get("date"))
    return _within(max(0.0, number / 1000))


def _within(seconds: float) -> float | None:
    return seconds if seconds <= LONGEST_S else None


def _read_triple(
    headers: Headers, names: Iterable[str | None], reset_unit: str, wall: float, scope: str | None
) -> _Said | None:
    values = [headers.get(name) if name else None for name in names]
    if values[0] is None and values[1] is None and values[2] is None:
        return None
    limit = parse_number(values[0]) if values[0] else None
    remaining = parse_number(values[1]) if values[1] else None
    reset_in_s = _read_reset(values[2], reset_unit, wall, headers.get("date")) if values[2] else None
    if limit is not None and limit <= 0:
        limit = None
    if remaining is not None and remaining < 0:
        remaining = None if limit is None else 0.0  # -1 of nothing: they mean that there is no limit
    if limit is None and remaining is None and reset_in_s is None:
        return None
    return limit, remaining, reset_in_s, "requests", scope


def _read_reset(value: str, unit: str, wall: float, date: str | None) -> float | None:
    number = parse_number(value) if "," not in value else None
    if number is not None:
        if unit == "auto":
            unit = "epoch_ms" if number >= _EPOCH_MS else "epoch_s" if number >= _EPOCH_S else "delta_s"
        if unit == "epoch_ms":
            return _until(number / 1000, wall, date)
        if unit == "epoch_s":
            return _until(number, wall, date)
        return _within(max(0.0, number / 1000 if unit == "delta_ms" else number))
    length = parse_duration(value)
    if length is not None:
        return _within(length)
    instant = parse_iso(value)
    if instant is None:
        instant = parse_http_date(value, wall=wall)
    return None if instant is None else _until(instant, wall, date)


def _read_structured(value: str, policies: str) -> _Said | None:
    """Read RateLimit as a list with r and t (the current draft) or a dictionary (-07), with its policies.

    Where it states several budgets, the one that will run out first is told.
    """
    quotas = _read_policies(policies)
    listed = _parse(value, "list")
    if isinstance(listed, list):
        found: list[tuple[float, _Said]] = []
        for member in listed:
            name, parameters = _item(member)
            remaining = _count(parameters.get("r"))
            if remaining is None:
                continue
            reset_in_s = _count(parameters.get("t"))
            # The policy of that name; a lone one belongs to it whatever it is called (Cloudflare's differ).
            quota, unit = quotas.get(name) or (
                next(iter(quotas.values())) if len(quotas) == 1 else (None, "requests")
            )
            said = (quota, remaining, reset_in_s, unit, name or None)
            found.append((remaining / max(reset_in_s or 1.0, 1.0), said))
        if found:
            return min(found, key=lambda one: one[0])[1]
    named = _parse(value, "dictionary")
    if isinstance(named, dict):
        limit, remaining, reset_in_s = (
            _count(_item(named[key])[1].get("") if key in named else None)
            for key in ("limit", "remaining", "reset")
        )
        if remaining is not None or reset_in_s is not None:
            return limit, remaining, reset_in_s, "requests", None
    return None


def _read_policies(value: str) -> dict[str, tuple[float | None, str]]:
    """Return policy name → (quota, unit): `"burst";q=100;w=60` of the current draft, `100;w=60` of the earlier ones."""
    listed = _parse(value, "list") if value else None
    quotas: dict[str, tuple[float | None, str]] = {}
    for member in listed if isinstance(listed, list) else ():
        name, parameters = _item(member)
        quota = _count(parameters.get("q", parameters.get("")))
        unit = parameters.get("qu", "requests")
        quotas[name] = (quota or None, unit if isinstance(unit, str) else "requests")
    return quotas


def _parse(value: str, kind: str) -> Any:
    """Return a structured field's value (RFC 9651), None where it is none."""
    if len(value) > LONGEST_FIELD or not value.isascii():
        return None
    import http_sf

    try:
        return http_sf.parse(value.encode("ascii"), tltype=kind)
    except Exception:  # whatever a foreign parser makes of foreign bytes, the call itself has succeeded
        return None


def _item(member: Any) -> tuple[str, dict[str, Any]]:
    """Return an item's name and its parameters; the bare value itself is the parameter ""."""
    if not isinstance(member, tuple) or len(member) != 2 or not isinstance(member[1], dict):
        return "", {}
    value, parameters = member
    return ("" if isinstance(value, int | float | bool | list) else str(value)), {"": value, **parameters}


def _count(value: Any) -> float | None:
    """Return a number that is not negative."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value >= 0 else None
