"""What goes wrong on purpose at the token end points: lives of another length, and refusals; part of the faults.

{"github": {"lifetime_s": 3, "refuse": "invalid_grant", "times": 2}}: access tokens given from now on hold for 3 s, and
the next two token requests are refused. `refuse`: "invalid_grant" and "temporarily_unavailable" as the vendor says
them, "html" a page in place of an answer, "silence" a closed connection. `times` is 1 unless said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.errors import UnknownName, UsageError, nearest

LONGEST_S = 366 * 86_400.0
# What is refused with, and the fault of an ordinary request that does it, where there is one.
REFUSALS = {
    "invalid_grant": "invalid_grant",
    "temporarily_unavailable": "temporarily_unavailable",
    "html": "html",
    "silence": "drop",
}
_KEYS = ("lifetime_s", "refuse", "times")


@dataclass(slots=True)
class Trouble:
    """What is set for one vendor; `times` counts down."""

    lifetime_s: float | None = None
    refuse: str | None = None
    times: int = 0

    def describe(self) -> dict[str, Any]:
        """Return what is still in force."""
        lifetime = {} if self.lifetime_s is None else {"lifetime_s": self.lifetime_s}
        return {**lifetime, **({"refuse": self.refuse, "times": self.times} if self.times > 0 else {})}


def read_troubles(settings: Any, vendors: Iterable[str]) -> dict[str, Trouble]:
    """Return what is set for each vendor. Raises UsageError."""
    known = tuple(vendors)
    if not isinstance(settings, Mapping):
        raise UsageError(
            "oauth has, for each vendor, what goes wrong.", hint='{"oauth": {"github": {"lifetime_s": 3}}}'
        )
    found: dict[str, Trouble] = {}
    for name, value in settings.items():
        if name not in known:
            raise UnknownName(f"The sandbox has no vendor {name!r}.", hint=nearest(str(name), known))
        if not isinstance(value, Mapping):
            raise UsageError(f"oauth of {name} is a mapping.", hint='{"lifetime_s": 3}')
        found[name] = _read_trouble(value)
    return found


def _read_trouble(value: Mapping[str, Any]) -> Trouble:
    for key in value:
        if key not in _KEYS:
            raise UnknownName(f"There is no {key!r} for oauth.", hint=nearest(str(key), _KEYS))
    lifetime_s, refuse, times = value.get("lifetime_s"), value.get("refuse"), value.get("times", 1)
    if lifetime_s is not None and not _is_lifetime(lifetime_s):
        raise UsageError(f"lifetime_s is a number from 0 to {LONGEST_S:g}, not {lifetime_s!r}.")
    if refuse is not None and not (isinstance(refuse, str) and refuse in REFUSALS):
        raise UnknownName(f"refuse cannot be {refuse!r}.", hint=nearest(str(refuse), REFUSALS))
    if isinstance(times, bool) or not isinstance(times, int) or not 0 <= times <= 1_000_000:
        raise UsageError(f"times is a whole number, not {times!r}.")
    return Trouble(
        None if lifetime_s is None else float(lifetime_s), refuse, times if refuse is not None else 0
    )


def _is_lifetime(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 < value <= LONGEST_S


def take_refusal(trouble: Trouble | None) -> str | None:
    """Return the fault that falls on a token request, counting it; None for none."""
    if trouble is None or trouble.refuse is None or trouble.times < 1:
        return None
    trouble.times -= 1
    return REFUSALS[trouble.refuse]
