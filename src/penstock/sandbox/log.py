"""What the sandbox writes down for tests to judge by: every request and every effect, and no credential."""

from __future__ import annotations

from collections import deque
from typing import Any
from urllib.parse import urlencode

from penstock.sandbox.wire import Effect, Incoming

SECRET_PARAMETERS = frozenset(
    {"token", "access_token", "api_key", "apikey", "client_secret", "refresh_token", "password"}
)
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
        "vendor",
    )

    def __init__(self, n: int, request: Incoming, path: str) -> None:
        self.n, self.at, self.vendor = n, request.at, request.vendor
        self.method, self.path, self.fault = request.method, path, request.fault
        self.query = _mask(request) if request.query else ""
        self.idempotency_key = request.headers.get("Idempotency-Key")
        self.status: int | None = None
        self.account: str | None = None
        self.effects: list[Effect] = []

    def describe(self) -> dict[str, Any]:
        """Return the record: `effect` is the first of them, `status` None where the connection was cut."""
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
        return record


class Log:
    """Keep the entries in order, numbered from 1; `limit` keeps only the newest."""

    def __init__(self, limit: int | None = None) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._count = 0

    def begin(self, request: Incoming, path: str) -> Entry:
        """Write an entry for a request that has just arrived."""
        self._count += 1
        entry = Entry(self._count, request, path)
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
    return urlencode([(k, MASK if k.lower() in SECRET_PARAMETERS else v) for k, v in request.query_pairs()])
