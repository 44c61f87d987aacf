"""What a health call says about a credential: one word, and what to do, in one sentence. No I/O."""

from __future__ import annotations

from penstock.auth.accounts import (
    EXPIRED,
    EXPIRING,
    HEALTHY,
    OFFLINE,
    REVOKED,
    SCOPE_MISSING,
    Account,
    Health,
)
from penstock.clock import utc
from penstock.errors import PenstockError, PermissionMissing, SignInNeeded, Throttled

EXPIRING_S = 7 * 86_400.0  # a week: time to find whoever can sign in


def judge(account: Account, error: PenstockError | None, wall: float) -> Health:
    """Return how an account was found, by how its health call ended (None: well) at `wall`."""
    state, fix = _judge(account, error, wall)
    return Health(state, fix, wall)


# Read from top to bottom; the first line that fits counts.
#   the call was refused, or no token could be had:
#       its token's time was over      → expired        sign in again, or put a new key
#       otherwise                      → revoked        sign in again, or put a new key
#   it may not do even this            → scope_missing  give it the permission
#   nothing could be learned           → offline        try again
#   it ends within a week by itself    → expiring       sign in again before
#   otherwise                          → healthy
def _judge(account: Account, error: PenstockError | None, wall: float) -> tuple[str, str]:
    again = _say_again(account)
    if isinstance(error, SignInNeeded):
        is_over = account.expires_at is not None and account.expires_at <= wall
        ended = account.refresh_expires_at is not None and account.refresh_expires_at <= wall
        return (EXPIRED if is_over or ended else REVOKED), again
    if isinstance(error, PermissionMissing):
        return SCOPE_MISSING, f"Give {account.name} the permission the service names: {error.message}"
    if isinstance(error, Throttled):
        return OFFLINE, "The service throttles this account now; check again later."
    if error is not None:
        return OFFLINE, f"It could not be checked: {error.message}"
    ends_at = account.refresh_expires_at if account.can_refresh else account.expires_at
    if account.kind != "client" and ends_at is not None and ends_at - wall < EXPIRING_S:
        return EXPIRING, f"It ends {utc(ends_at):%Y-%m-%d %H:%M} UTC. {again}"
    return HEALTHY, ""


def _say_again(account: Account) -> str:
    if account.kind == "oauth":
        return f"Sign in again: ps.sign_in({account.integration!r}, account={account.account!r})."
    what = "the app's id and secret" if account.kind == "client" else "a new key"
    return f"Put {what}: ps.vault().add({account.integration!r}, {account.account!r}, replace=True, …)."
