"""What Stripe remembers of an idempotency key: the first answer's status and body, for 24 hours.

Nothing is kept of a call that was refused before it began (parameters, limits, sign-in); a call that began is
kept whatever came of it, a 500 included. Sources: docs.stripe.com/idempotency,
docs.stripe.com/api/idempotent_requests.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass

from penstock.sandbox.vendors.stripe.errors import StripeError
from penstock.sandbox.wire import Pairs

LIFETIME_S = 86_400.0
LONGEST = 255


@dataclass(slots=True)
class Kept:
    """One key's first call: `status` 0 and `is_open` while it has not been answered yet."""

    fingerprint: bytes
    expires_at: float
    request_id: str
    status: int = 0
    body: bytes = b""
    is_open: bool = True


class KeyStore:
    """Remember the keys of one account."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._expiring: deque[tuple[float, str]] = deque()

    def begin(self, key: str, fingerprint: bytes, request_id: str, now: float) -> tuple[Kept, bool]:
        """Return what is kept under the key, and whether it is new. Raises StripeError."""
        if len(key) > LONGEST:
            raise StripeError(
                400, f"Idempotency keys can be at most {LONGEST} characters.", type="idempotency_error"
            )
        self._prune(now)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = Kept(fingerprint, now + LIFETIME_S, request_id)
            self._expiring.append((kept.expires_at, key))
            return kept, True
        if kept.fingerprint != fingerprint:
            raise StripeError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first "
                "used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        if kept.is_open:
            raise StripeError(
                409,
                "There is currently another in-progress request using this Idempotent Key (that probably "
                "means you submitted "
                f"twice, and the other request is still going through): {key}. Please try again later.",
                code="idempotency_key_in_use",
            )
        return kept, False

    def forget(self, key: str) -> None:
        """Keep nothing of a call that did not begin."""
        self._kept.pop(key, None)

    def _prune(self, now: float) -> None:
        while self._expiring and self._expiring[0][0] <= now:
            at, key = self._expiring.popleft()
            kept = self._kept.get(key)
            if kept is not None and kept.expires_at <= at:
                del self._kept[key]


def fingerprint(path: str, pairs: Pairs) -> bytes:
    """Return what tells one call's parameters from another's, whatever their order."""
    return hashlib.blake2b(
        repr((path, sorted(pairs))).encode("utf-8", "surrogatepass"), digest_size=16
    ).digest()
