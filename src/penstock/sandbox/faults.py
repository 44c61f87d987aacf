"""What goes wrong on purpose: shares of requests and scripted ones, from a seeded source of chance.

name               before or after the effect   what the client sees
429                before                       the vendor's own throttle answer
500                before                       the vendor's own 500; no idempotency key remembers it
500_stored         before, but begun            a 500 that an idempotency key remembers and gives again
drop               before                       the connection closed, no answer
html               before                       200 with an HTML page, as from a proxy or a sign-in wall
drop_after_effect  after                        the connection closed, no answer
500_after_effect   after                        a 500 that an idempotency key remembers and gives again
502_after_effect   after                        a gateway's 502; a key remembers the answer that was lost
truncated          after                        JSON cut in the middle, with a fitting Content-Length
slow               after                        the right answer, `slow_s` seconds later

What goes wrong at the token end points besides: `oauth/trouble.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from penstock.errors import UnknownName, UsageError, nearest
from penstock.sandbox.oauth.trouble import Trouble, read_troubles, take_refusal

BEFORE = ("429", "500", "500_stored", "drop", "html")
AFTER = ("drop_after_effect", "500_after_effect", "502_after_effect", "truncated", "slow")
FAULTS = (*BEFORE, *AFTER)
EVERYWHERE = "*"


@dataclass(slots=True)
class Script:
    """One fault for the requests that match, `times` times after letting `skip` of them pass.

    match: "POST /stripe/v1/customers"; * matches anything.
    contains: text that must be in the body or the query.
    """

    match: str
    fault: str
    times: int = 1
    skip: int = 0
    contains: str = ""

    def applies(self, method: str, path: str, body: bytes, query: str) -> bool:
        """Count the request, and say whether the fault falls on it."""
        if self.times < 1 or not fnmatchcase(f"{method} {path}", self.match):
            return False
        if self.contains and self.contains.encode() not in body and self.contains not in query:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Faults:
    """Choose the fault, if any, that falls on a request."""

    def __init__(
        self, vendors: Iterable[str], random: Random, settings: Mapping[str, Any] | None = None
    ) -> None:
        self._vendors = tuple(vendors)
        self._random = random
        self._shares: dict[str, dict[str, float]] = {}
        self._steps: dict[str, list[tuple[float, str]]] = {}
        self._scripts: list[Script] = []
        self._troubles: dict[str, Trouble] = {}
        self.slow_s = 2.0
        self.change(settings or {})

    def change(self, settings: Mapping[str, Any]) -> None:
        """Take new settings: shares replace all shares, a script replaces the script, {} ends all faults.

        Shares are {"500": 0.02, …} for every vendor or {"stripe": {"500": 0.02}} for one; "script" is a list
        of Script fields; "slow_s" seconds; "seed" starts chance anew; "oauth" replaces what goes wrong there.
        Raises UsageError and changes nothing.
        """
        shares, scripts, slow_s = _read(settings, self._vendors)
        troubles = read_troubles(settings.get("oauth", {}), self._vendors)
        if "oauth" in settings or not settings:
            self._troubles = troubles
        if "slow_s" in settings:
            self.slow_s = slow_s
        if "seed" in settings:
            self._random.seed(settings["seed"])
        if scripts is not None or not settings:
            self._scripts = scripts or []
        if shares or not settings:
            self._shares = shares
            self._steps = {
                vendor: _add_up({**shares.get(EVERYWHERE, {}), **shares.get(vendor, {})})
                for vendor in self._vendors
            }

    def choose(self, vendor: str, method: str, path: str, query: str, body: bytes) -> str | None:
        """Return the name of the fault that falls on this request, None for none. `path` has the prefix."""
        if method == "POST" and path.startswith(f"/{vendor}/__oauth/") and path.endswith("/token"):
            refusal = take_refusal(self._troubles.get(vendor))
            if refusal is not None:
                return refusal
        for script in self._scripts:
            if script.applies(method, path, body, query):
                return script.fault
        steps = self._steps.get(vendor)
        if not steps:
            return None
        drawn = self._random.random()
        for edge, name in steps:
            if drawn < edge:
                return name
        return None

    def find_trouble(self, vendor: str) -> Trouble | None:
        """Return what is set for a vendor's token end point, None for nothing."""
        return self._troubles.get(vendor)

    def describe(self) -> dict[str, Any]:
        """Return the settings in force."""
        scripts = [
            {"match": s.match, "fault": s.fault, "times": s.times, "skip": s.skip, "contains": s.contains}
            for s in self._scripts
            if s.times > 0
        ]
        own = {vendor: dict(shares) for vendor, shares in self._shares.items() if vendor != EVERYWHERE}
        troubles = {vendor: told for vendor, t in self._troubles.items() if (told := t.describe())}
        oauth = {"oauth": troubles} if troubles else {}
        return {**self._shares.get(EVERYWHERE, {}), **own, "slow_s": self.slow_s, "script": scripts, **oauth}


def _read(
    settings: Mapping[str, Any], vendors: tuple[str, ...]
) -> tuple[dict[str, dict[str, float]], list[Script] | None, float]:
    if not isinstance(settings, Mapping):
        raise UsageError(
            "Faults are a mapping.", hint='For example {"500": 0.02, "drop_after_effect": 0.01}.'
        )
    shares: dict[str, dict[str, float]] = {}
    scripts: list[Script] | None = None
    slow_s = 2.0
    for name, value in settings.items():
        if name == "script":
            scripts = [_read_script(entry) for entry in value]
        elif name == "slow_s":
            slow_s = _number(name, value, highest=3600.0)
        elif name in FAULTS:
            shares.setdefault(EVERYWHERE, {})[name] = _number(name, value)
        elif name in vendors and isinstance(value, Mapping):
            shares[name] = {_fault(inner): _number(inner, share) for inner, share in value.items()}
        elif name not in ("seed", "oauth"):
            known = (*FAULTS, *vendors, "script", "slow_s", "oauth")
            raise UnknownName(f"There is no fault {name!r}.", hint=nearest(name, known))
    for vendor in vendors:
        _add_up({**shares.get(EVERYWHERE, {}), **shares.get(vendor, {})})
    return shares, scripts, slow_s


def _read_script(entry: Any) -> Script:
    try:
        script = Script(**entry)
    except TypeError as exc:
        raise UsageError(
            f"A script entry cannot be read: {entry!r}.",
            hint='For example {"match": "POST /stripe/v1/customers", "fault": "drop", "times": 1}.',
        ) from exc
    _fault(script.fault)
    return script


def _fault(name: str) -> str:
    if name not in FAULTS:
        raise UnknownName(f"There is no fault {name!r}.", hint=nearest(name, FAULTS))
    return name


def _number(name: str, value: Any, highest: float = 1.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        raise UsageError(f"{name} is a number from 0 to {highest:g}, not {value!r}.")
    return float(value)


def _add_up(shares: Mapping[str, float]) -> list[tuple[float, str]]:
    steps: list[tuple[float, str]] = []
    total = 0.0
    for name, share in shares.items():
        if share > 0:
            total += share
            steps.append((total, name))
    if total > 1 + 1e-9:
        raise UsageError(f"The shares of faults add up to {total:g}, more than all requests.")
    return steps
