"""Names nobody can guess, the same after every restart: of a row's call, and of a bulk call made of certain rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b


def derive_key(secret: bytes, row_key: str, operation: str, generation: int) -> str:
    """Return a row's idempotency key, shaped like a UUID: the same for every attempt and after every restart.

    Keyed BLAKE2 (RFC 7693) is a MAC like HMAC, at a third of its cost: who does not know the secret cannot guess a key.
    """
    digest = blake2b(f"{row_key}\0{operation}\0{generation}".encode(), key=secret, digest_size=16).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def name_group(secret: bytes, kind: str, rows: Iterable[tuple[str, int]]) -> str:
    """Return the name of a bulk call: of the same rows (key, generation) in the same order always the same."""
    digest = blake2b(key=secret, digest_size=16)
    for key, generation in rows:
        text = f"{key}\0{generation}".encode()
        digest.update(len(text).to_bytes(4, "big") + text)
    return f"{kind}-{digest.hexdigest()}"


def derive_group_key(secret: bytes, name: str, operation: str) -> str:
    """Return the idempotency key of a bulk call; no row's key is equal to it, whatever the rows are called."""
    return derive_key(secret, f"\0{name}", operation, 0)
