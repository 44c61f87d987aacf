"""When to refresh a grant, and what a refused refresh means. No I/O, no clock, no randomness of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from penstock.auth.tokens import Grant, Refusal

LONGEST_LEAD_S = 600.0  # ten minutes for the usual hour-long token
LEAD_SHARE = 0.2  # of a short token's life: a longer lead would mean a refresh for every call
_EARLIEST, _LATEST = 1.0, 0.75  # of the lead, so that many processes do not refresh in the same second


def lead_s(lifetime_s: float, chance: float) -> float:
    """Return how long before its expiry to refresh: min(600 s, 20 % of the lifetime) × U(0.75, 1).

    `chance` is a random number from 0 to 1.
    """
    return min(LONGEST_LEAD_S, LEAD_SHARE * lifetime_s) * (_LATEST + (_EARLIEST - _LATEST) * chance)


def refresh_at(grant: Grant, chance: float) -> datetime | None:
    """Return when to refresh; None where its expiry is unknown: then a 401 says so."""
    if grant.expires_at is None or grant.lifetime_s is None:
        return None
    return grant.expires_at - timedelta(seconds=lead_s(grant.lifetime_s, chance))


class About(StrEnum):
    """What a refusal is about."""

    GRANT = "grant"  # the refresh token is used, expired or revoked
    CLIENT = "client"  # the client's id or secret, or the way it asks
    TEMPORARY = "temporary"  # busy, broken, or not reached


class Step(StrEnum):
    """What to do about a refused refresh."""

    REREAD = (
        "reread"  # look whether somebody else has stored a newer grant; if so it is that, if not judge again
    )
    USE = "use"  # the access token still holds: call with it until it expires, and do not refresh it again
    RETRY = "retry"  # the same refresh later, with backoff; calls go on while the token holds, then wait
    REAUTH = "reauth_needed"  # somebody has to sign in; the stored grant stays where it is
    CORRECT = (
        "correct_client"  # somebody has to correct the client's settings; signing in again would not help
    )


# The rules, in the order in which they win:
#   1. Nothing is ever deleted: a step is what to do next, and the stored grant stays.
#   2. What is temporary says nothing about the grant: the same again later. No answer at all (NO_ANSWER) is such a
#      case: whether the refresh token was used nobody knows, and asking again is the only way to learn it.
#   3. A refused grant is re-read before anything else: another process may have refreshed it, and then there is nothing
#      wrong at all.
#   4. A refused *early* refresh never ends a token that is still valid.
#   5. Only then somebody is asked: to sign in when it is the grant, to correct the client when it is the client.
#
# (about, re-read without finding a newer one, the access token still valid) → step
STEPS = {
    (About.TEMPORARY, False, True): Step.RETRY,
    (About.TEMPORARY, False, False): Step.RETRY,
    (About.TEMPORARY, True, True): Step.RETRY,
    (About.TEMPORARY, True, False): Step.RETRY,
    (About.GRANT, False, True): Step.REREAD,
    (About.GRANT, False, False): Step.REREAD,
    (About.GRANT, True, True): Step.USE,
    (About.GRANT, True, False): Step.REAUTH,
    (About.CLIENT, False, True): Step.USE,
    (About.CLIENT, False, False): Step.CORRECT,
    (About.CLIENT, True, True): Step.USE,
    (About.CLIENT, True, False): Step.CORRECT,
}

_ABOUT_GRANT = {"invalid_grant", "access_denied", "expired_token"}


def judge(refusal: Refusal) -> About:
    """Return what a refusal is about; an unknown code that is not temporary is about the client, which ends no grant."""
    if refusal.is_temporary:
        return About.TEMPORARY
    return About.GRANT if refusal.code in _ABOUT_GRANT else About.CLIENT


def next_step(refusal: Refusal, *, is_reread: bool, is_valid: bool) -> Step:
    """Return what to do about a refused refresh.

    is_reread: the stored grant was read again after the refusal, and it is still the one that was refused.
    is_valid:  the access token has not expired (`Grant.is_valid`); False as well where a call was just answered 401.
    """
    return STEPS[judge(refusal), is_reread, is_valid]
