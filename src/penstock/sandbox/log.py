"""What the sandbox writes down for tests to judge by: every request and every effect, and no credential."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from penstock.sandbox.wire import Effect, Incoming

SECRET_PARAMETERS = frozenset(
    {"token", "access_token", "api_key", "apikey", "client_secret", "refresh_token", "password"}
)
OAUTH_PARAMETERS = frozenset({"code", "code_verifier", "device_code", "user_code", "assertion"})
MASK = "hidden"


class Entry:
    """One request: written when it arrives, completed when its answer is decided."""

    __slots__ = (
        "account",
        "at",
        "effects",
        "fault",
        "idempotency_key",
        "method",
        "n",
        "path",
        "query",
        "status",
        "told",
        "vendor",
    )

    def __init__(self, n: int, request: Incoming, path: str, told: Mapping[str, str]) -> None:
        self.n, self.at, self.vendor = n, request.at, request.vendor
        self.method, self.path, self.fault = request.method, path, request.fault
        self.query = _mask(request) if request.query else ""
        self.idempotency_key = request.headers.get("Idempotency-Key")
        self.status: int | None = None
        self.account: str | None = None
        self.effects: list[Effect] = []
        self.told = told

    def describe(self) -> dict[str, Any]:
        """Return the record: `effect` is the first of them, `status` None where the connection was cut.

        A request for a token has its grant_type and client_id besides.
        """
        effects = [effect.describe() for effect in self.effects]
        record: dict[str, Any] = {
            "n": self.n,
            "at": self.at,
            "vendor": self.vendor,
            "account": self.account,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "idempotency_key": self.idempotency_key,
            "status": self.status,
            "fault": self.fault,
            "effect": effects[0] if effects else None,
        }
        if len(effects) > 1:
            record["effects"] = effects
        return {**record, **self.told}


class Log:
    """Keep the entries in order, numbered from 1; `limit` keeps only the newest."""

    def __init__(self, limit: int | None = None) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._count = 0

    def begin(self, request: Incoming, path: str, told: Mapping[str, str] | None = None) -> Entry:
        """Write an entry for a request that has just arrived; `told` is what else the record shows of it."""
        self._count += 1
        entry = Entry(self._count, request, path, told or {})
        self._entries.append(entry)
        return entry

    def read(self, since: int = 0, *, has_effect: bool = False) -> list[dict[str, Any]]:
        """Return the records numbered above `since`, or only those among them that had an effect."""
        wanted: list[dict[str, Any]] = []
        for entry in reversed(self._entries):
            if entry.n <= since:
                break
            if not has_effect or entry.effects:
                wanted.append(entry.describe())
        return wanted[::-1]

    def clear(self) -> None:
        """Forget every entry; the numbers go on."""
        self._entries.clear()


def _mask(request: Incoming) -> str:
    hidden = SECRET_PARAMETERS
    if request.path.startswith("/__oauth"):  # elsewhere `code` is anything
        hidden |= OAUTH_PARAMETERS
    return urlencode([(k, MASK if k.lower() in hidden else v) for k, v in request.query_pairs()])
