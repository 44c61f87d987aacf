"""What an answer, or none, means for the next step: one table of statuses, one rule for lost connections.

It knows statuses only. What a service says in its body (Slack's 200 with ok=false, GitHub's 403 for rate) is
read by that integration's own `classify`, which goes first.

"Resendable" is an idempotent method or a key the server knows. The last column is what a call without either
gets: it is retried only where the server certainly did nothing, and is uncertain where nobody can know.
"""

from __future__ import annotations

from penstock.errors import TransportFailed
from penstock.model import Verdict

_SUCCESS, _TRANSIENT, _THROTTLED = Verdict.SUCCESS, Verdict.TRANSIENT, Verdict.THROTTLED
_AUTH, _PERMANENT, _UNCERTAIN = Verdict.AUTH, Verdict.PERMANENT, Verdict.UNCERTAIN

# fmt: off
# statuses                     resendable   otherwise     the server …
_TABLE: tuple[tuple[tuple[int, ...], Verdict, Verdict], ...] = (
    (tuple(range(200, 300)),  _SUCCESS,    _SUCCESS),    # did it
    ((303,),                  _SUCCESS,    _SUCCESS),    # did it; the result is elsewhere (RFC 9110 §15.4.4)
    ((304,),                  _SUCCESS,    _SUCCESS),    # has nothing newer than what you have
    ((300, 301, 307, 308),    _PERMANENT,  _PERMANENT),  # did nothing: it is not at this address (§15.4)
    ((302,),                  _PERMANENT,  _UNCERTAIN),  # wants a sign-in, or did it: used for both
    ((401,),                  _AUTH,       _AUTH),       # refused the credential: renew it once, then ask
    ((408,),                  _TRANSIENT,  _UNCERTAIN),  # gave up waiting for the rest of the request
    ((429,),                  _THROTTLED,  _THROTTLED),  # refused it for rate
    (tuple(n for n in range(400, 500) if n not in (401, 408, 429)),
                              _PERMANENT,  _PERMANENT),  # said no (403, 409; 422: also a key reused, a bug)
    ((501, 505),              _PERMANENT,  _PERMANENT),  # cannot do this, ever (§15.6.2, §15.6.6)
    ((511,),                  _PERMANENT,  _PERMANENT),  # was not reached: a network's sign-in (RFC 6585 §6)
    (tuple(n for n in range(500, 600) if n not in (501, 505, 511)),
                              _TRANSIENT,  _UNCERTAIN),  # failed somewhere: before, in or after doing it
)
# fmt: on

_RESENDABLE = {status: resendable for statuses, resendable, _ in _TABLE for status in statuses}
_OTHERWISE = {status: otherwise for statuses, _, otherwise in _TABLE for status in statuses}


def classify_status(
    status: int, *, is_resendable: bool, has_retry_after: bool, safe_503: bool = False, has_key: bool = False
) -> Verdict:
    """Return what an answer with this status means, by the table above and three exceptions to it.

    has_retry_after: a 503 that names a time is a refusal for now: throttled, not broken.
    safe_503:        the integration says that its 503 certainly had no effect.
    has_key:         it is resendable for its idempotency key: a 409 may then mean that an earlier attempt is still
                     at work: wait, and ask again with the same key.
    """
    if status == 503:
        if not (is_resendable or safe_503):
            return _UNCERTAIN
        return _THROTTLED if has_retry_after else _TRANSIENT
    if status == 409 and has_key and is_resendable:
        return _TRANSIENT
    # Not in the table: a 1xx, which never ends a call, or no HTTP status at all. Nothing is known then.
    if is_resendable:
        return _RESENDABLE.get(status, _TRANSIENT)
    return _OTHERWISE.get(status, _UNCERTAIN)


def classify_failure(error: TransportFailed, *, is_resendable: bool) -> Verdict:
    """Return what a broken connection means: nothing left us, or nobody knows what became of what did."""
    return _TRANSIENT if is_resendable or not error.is_sent else _UNCERTAIN


def is_breaker_failure(status: int) -> bool:
    """Say whether an answer speaks against the service's health.

    4xx never do, except 408: 429 feeds the limiter, 401 and 403 the credential. Nor do 501, 505 and 511:
    they say no for good. A connection that failed always counts; it has no status.
    """
    return status == 408 or (status >= 500 and status not in (501, 505, 511))
